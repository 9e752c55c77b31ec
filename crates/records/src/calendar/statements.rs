//! The statements of the calendar.

use crate::store::statements;

statements! {
    /// A school's time zone.
    SCHOOL_ZONE = "SELECT time_zone FROM school WHERE id = $1";
    /// The newest calendar of a moment.
    CALENDAR = "SELECT number, document, set_by, set_at, why FROM calendar_version \
        WHERE school = $1 AND set_at <= $2 ORDER BY number DESC LIMIT 1";
    /// The newest number.
    CALENDAR_NUMBER = "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM calendar_version WHERE school = $1";
    /// Adds a version.
    ADD_CALENDAR = "INSERT INTO calendar_version (school, number, document, set_by, set_at, why) \
        VALUES ($1, $2, $3, $4, $5, $6)";
}
