//! Forms whose answer is shown once: a browser that goes back sends such a form again, with the password or the secret code that was typed
//! into it, and would show the answer to whoever sits there by then.
//!
//! A form carries a number of ours with a mark that only we can make, so that nobody fills the table with numbers of their own. Whoever
//! fills it by asking for forms makes it forget the oldest and keeps nobody out.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use holdfast_records::{Fault, id};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, OnceLock, PoisonError},
};
use zeroize::Zeroizing;

/// How long after its page was made such a form is taken.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How far ahead of the clock a number may be: the clocks of two threads may be a little apart.
const AHEAD: SignedDuration = SignedDuration::from_secs(5);
/// The most numbers that are remembered; beyond it the oldest is forgotten.
const MOST: usize = 20_000;

/// The numbers of one kind of form that were answered a moment ago. A start of the program forgets them, and takes no number from before.
#[derive(Default)]
pub(crate) struct Once {
    /// What marks the numbers, made with the first.
    mark: OnceLock<hmac::Key>,
    /// They begin with the moment at which they were made, so that the first is the oldest.
    taken: Mutex<BTreeSet<String>>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}

impl Once {
    /// The number of a new form.
    pub(crate) fn number(&self, now: Timestamp) -> Result<String, Fault> {
        let number = id::Row::new(now)?.to_string();
        let mark = hmac::sign(self.mark()?, number.as_bytes());
        Ok(format!("{number}.{}", written(mark.as_ref())))
    }

    /// Whether a form with this number is answered now: it is one of ours and of a moment ago, and was not answered before.
    pub(crate) fn take(&self, form: &str, now: Timestamp) -> bool {
        let Some(number) = self.of_ours(form) else { return false };
        let Some(made_at) = made_at(number) else { return false };
        if made_at > now + AHEAD || now.duration_since(made_at) > GOOD_FOR {
            return false;
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !taken.insert(number.to_owned()) {
            return false;
        }
        if taken.len() > MOST {
            taken.pop_first();
        }
        true
    }

    /// A number that we gave out.
    fn of_ours<'a>(&self, form: &'a str) -> Option<&'a str> {
        let (number, mark) = form.split_once('.')?;
        let right = hmac::sign(self.mark.get()?, number.as_bytes());
        crate::house::is_same(mark, &written(right.as_ref())).then_some(number)
    }

    fn mark(&self) -> Result<&hmac::Key, Fault> {
        if let Some(mark) = self.mark.get() {
            return Ok(mark);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())
            .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}. Try again.")))?;
        Ok(self.mark.get_or_init(|| hmac::Key::new(HMAC_SHA256, bytes.as_slice())))
    }
}

/// A mark as a form carries it.
fn written(mark: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(mark)
}

/// When a number was made: it begins with that.
fn made_at(number: &str) -> Option<Timestamp> {
    let number = id::Row::parse(number).ok()?.to_string();
    let moment: String = number.chars().filter(|sign| *sign != '-').take(12).collect();
    Timestamp::from_millisecond(i64::from_str_radix(&moment, 16).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_form_is_answered_once_and_only_for_a_while() {
        let (once, now) = (Once::default(), now());
        let form = once.number(now).unwrap();
        assert!(once.take(&form, now) && !once.take(&form, now));
        assert!(once.take(&once.number(now).unwrap(), now), "another one");
        let late = once.number(now).unwrap();
        assert!(!once.take(&late, now + SignedDuration::from_mins(16)));
        let early = once.number(now + SignedDuration::from_mins(1)).unwrap();
        assert!(!once.take(&early, now), "a clock that was put back keeps no number for longer");
        assert!(!once.take("", now) && !once.take("no number", now));
    }

    #[test]
    fn only_numbers_that_we_gave_out_are_taken_and_none_of_another_form() {
        let (once, other, now) = (Once::default(), Once::default(), now());
        let own = id::Row::new(now).unwrap().to_string();
        assert!(!once.take(&own, now) && !once.take(&format!("{own}."), now), "nothing was given out yet");
        let given = once.number(now).unwrap();
        let mark = given.split_once('.').unwrap().1;
        assert!(!once.take(&own, now) && !once.take(&format!("{own}.{mark}"), now));
        let others = other.number(now).unwrap();
        assert!(!once.take(&others, now) && once.take(&given, now));
    }

    #[test]
    fn whoever_fills_the_table_shuts_nobody_out() {
        let (once, begun) = (Once::default(), now());
        let first = once.number(begun).unwrap();
        assert!(once.take(&first, begun));
        let now = begun + SignedDuration::from_secs(1);
        for _ in 0..MOST + 5 {
            assert!(once.take(&once.number(now).unwrap(), now));
        }
        assert!(once.take(&once.number(now).unwrap(), now), "a child comes after them");
        assert_eq!(once.taken.lock().unwrap().len(), MOST, "and no more are remembered");
    }
}
