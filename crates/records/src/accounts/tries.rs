//! Wrong tries slow the next one down: growing, never for long, and never a lock.

use super::statements::{COUNT_TRY, FORGET_OLD_TRIES, FORGET_TRIES, TRIES};
use crate::{Fault, Records, id};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};

/// Tries that cost no wait: people mistype.
const FREE: i64 = 5;
/// The longest wait.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);
/// How long a wrong try is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Who tries: a digest of the school, the name as typed (normalised) and the place the try comes from. Names that exist and
/// names that do not have one alike, so that waiting tells nobody which exist; and whoever tries from one place does not keep
/// the account's owner out at another.
pub(super) fn who(school: id::School, name: &str, place: &str) -> Vec<u8> {
    let parts = [school.to_string(), name.to_owned(), place.to_owned()];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(part.into_bytes());
    }
    digest(&SHA256, &bytes).as_ref().to_vec()
}

/// How long one must wait after so many wrong tries.
fn wait_after(failures: i64) -> SignedDuration {
    match failures - FREE {
        below if below < 0 => SignedDuration::ZERO,
        above => SignedDuration::from_secs(1_i64 << above.min(5)).min(LONGEST),
    }
}

/// Whether a try comes before the wait after the last one is over. One in the future was counted while the clock was ahead, and
/// keeps nobody waiting until then.
fn is_too_soon(failures: i64, last: Timestamp, now: Timestamp) -> bool {
    last <= now && now < last.checked_add(wait_after(failures)).unwrap_or(last)
}

impl Records {
    /// Counts a try before it is looked at, so that many at once are not looked at for the price of one; whether it is to be
    /// looked at. One that comes too soon does not make the wait longer.
    pub(super) async fn count_try(&self, school: id::School, who: &[u8]) -> Result<bool, Fault> {
        let now = self.clock().now();
        let mut t = self.counting().await?;
        t.run(&FORGET_OLD_TRIES, &[now.checked_sub(REMEMBERED).unwrap_or(now).into()]).await?;
        if let Some(row) = t.row(&TRIES, &[school.into(), who.into()]).await? {
            let (failures, last): (i64, Timestamp) = (row.get(0)?, row.get(1)?);
            if is_too_soon(failures, last, now) {
                t.commit().await?;
                return Ok(false);
            }
        }
        t.run(&COUNT_TRY, &[school.into(), who.into(), now.into()]).await?;
        t.commit().await?;
        Ok(true)
    }

    /// Forgets the wrong tries of whoever was right at last, before they are in.
    pub(super) async fn forget_tries_of(&self, school: id::School, who: &[u8]) -> Result<(), Fault> {
        let mut t = self.counting().await?;
        t.run(&FORGET_TRIES, &[school.into(), who.into()]).await?;
        t.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends() {
        let waits: Vec<i64> = [0, 4, 5, 6, 7, 8, 9, 10, 1_000_000].map(|tries| wait_after(tries).as_secs()).to_vec();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn a_try_in_the_future_keeps_nobody_waiting() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(is_too_soon(5, at(1_000), at(1_000)));
        assert!(!is_too_soon(5, at(1_000), at(1_001)));
        assert!(!is_too_soon(50, at(1_000), at(999)));
    }
}
