//! Concerns: a concern is a file ([`crate::file`]) that somebody has to answer. Here stands what is done about one beside the words
//! in it: the forms it is raised with, what is answered beside its words and what whoever raised it keeps in hand; how it is answered
//! ([`answer`]); and that it climbs until somebody does ([`climb`]). What comes from whoever signs in nowhere waits until it is
//! placed in one ([`door`]). [`trends`] looks back at them in counts.

pub mod answer;
pub mod climb;
pub mod door;
mod draft;
pub(crate) mod head;
mod own;
mod paper;
mod raise;
pub(crate) mod statements;
pub mod trends;
mod unlisted;
mod who;
mod words;

pub use draft::{Draft, MOST_DRAFT};
pub(crate) use own::first_entry;
pub use own::{Added, More, Own, Sent, Stage};
pub use paper::MOST_PAPER_FORMS;
pub(crate) use raise::Channel;
pub use raise::{Answers, NewConcern, Part, Said, ToldInPerson};
pub use unlisted::{ListedChild, Unlisted};
pub use who::Reader;
pub use words::{Mode, Picture, Place, Risk, Urgency};

pub(crate) use statements::DROP_OLD_DRAFTS;
