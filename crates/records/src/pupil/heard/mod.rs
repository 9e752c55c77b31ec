//! Being heard beside what is told: whom a child would like to talk with ([`trusted`], [`ask`](ask), catalogue C-38), what they wish for
//! what they tell ([`wishes`](wishes)), and whether it was read ([`receipt`](receipt), C-37, practice 17).
//!
//! Whoever is asked to talk learns that the child would like to, and nothing else. Whether they are asked at all is not to be seen from
//! outside: the child reads the same words each time, and where somebody is not to be asked the store is as if the child had named
//! nobody (practice 10, 11).

mod answer;
mod ask;
mod expire;
mod instead;
mod list;
mod near;
mod pass;
mod reading;
mod receipt;
pub(crate) mod statements;
mod trusted;
mod wishes;

pub(super) use ask::Beside;
pub(crate) use expire::expire;
pub(crate) use instead::offer_others;
pub use list::{TalkView, Talked, Talks};
pub(crate) use list::{counted as talks_counted, still_waits};
pub(crate) use near::kept_out;
pub use reading::Reading;
pub use receipt::{Helped, OwnReceipt};
pub(crate) use trusted::end_for_leaver;
pub use trusted::{MOST_TRUSTED, Trusted};
pub use wishes::Wishes;

use crate::store::words;

words! {
    /// What an adult says to a child’s wish to talk.
    TalkAnswer {
        /// They have talked with the child.
        Talked = "talked", "I have talked with them";
        /// They hand it on to those who look after children.
        HandedOn = "handed-on", "Hand it on to the safeguarding team";
    }
}
