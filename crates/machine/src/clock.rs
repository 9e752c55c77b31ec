//! What a clock cannot truthfully say.

use jiff::Timestamp;

/// The day on which this was written, 22 November 2026: no copy of the program ran before it.
pub(crate) const WRITTEN: Timestamp = Timestamp::constant(1_795_305_600, 0);

/// The moment, or the earliest that it can be. A computer whose battery is empty begins in 1970.
pub(crate) fn at_least(now: Timestamp) -> Timestamp {
    now.max(WRITTEN)
}
