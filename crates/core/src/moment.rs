//! The moment a question is asked at. Always passed in, so that the same question can be asked again later.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A moment, with the school's own wall clock beside it so that schedules need no time zone in `decide`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// Microseconds since 1970-01-01 UTC.
    pub unix_micros: i64,
    /// Day of the week on the school's wall clock: 0 Monday to 6 Sunday.
    pub weekday: u8,
    /// Minute of the day on the school's wall clock: 0 to 1,439.
    pub minute: u16,
}

impl Moment {
    /// The moment `timestamp` as the school in `zone` sees it.
    pub fn at(timestamp: Timestamp, zone: &TimeZone) -> Self {
        let local = zone.to_datetime(timestamp);
        let weekday = local.weekday().to_monday_zero_offset();
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        Self {
            unix_micros: timestamp.as_microsecond(),
            weekday: u8::try_from(weekday).unwrap_or(0),
            minute: u16::try_from(minute).unwrap_or(0),
        }
    }
}
