//! The statements of access.

use crate::store::statements;

statements! {
    /// Who holds which duty at a moment.
    HOLDINGS = "SELECT h.duty, h.person FROM duty_holding h \
        LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND h.from_at <= $2 AND (e.ends_at IS NULL OR e.ends_at > $2)";
}
