//! Forms whose answer is shown once: a browser that goes back sends such a form again, with the password or the secret code that was typed
//! into it, and would show the answer to whoever sits there by then.

use holdfast_records::{Fault, id};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// How long after its page was made such a form is taken.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);
/// The most numbers that are remembered; beyond it each form is asked for anew.
const MOST: usize = 20_000;

/// The numbers of forms that were answered a moment ago. A start of the program forgets them.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<BTreeMap<String, Timestamp>>);

/// The number of a new form.
pub(crate) fn number(now: Timestamp) -> Result<String, Fault> {
    id::Row::new(now).map(|number| number.to_string())
}

impl Once {
    /// Whether a form with this number is answered now: it is of a moment ago, and was not answered before.
    pub(crate) fn take(&self, number: &str, now: Timestamp) -> bool {
        let Some(made_at) = made_at(number) else { return false };
        // The clocks of two threads may be a little apart.
        if now.duration_since(made_at).abs() > GOOD_FOR {
            return false;
        }
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= MOST {
            taken.retain(|_, at| now.duration_since(*at) <= GOOD_FOR);
        }
        taken.len() < MOST && taken.insert(number.to_owned(), made_at).is_none()
    }
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

    #[test]
    fn a_form_is_answered_once_and_only_for_a_while() {
        let (once, now): (_, Timestamp) = (Once::default(), "2026-11-23T09:00:00Z".parse().unwrap());
        let form = number(now).unwrap();
        assert!(once.take(&form, now) && !once.take(&form, now));
        assert!(once.take(&number(now).unwrap(), now), "another one");
        let late = number(now).unwrap();
        assert!(!once.take(&late, now + SignedDuration::from_mins(16)));
        assert!(!once.take("", now) && !once.take("no number", now));
    }
}
