//! Mail: how the school sends it, and the queue of mails that say only that something waits (practice 11; field/records.md §4.3).
//!
//! A mail holds no name, no category and no reference. What it is about is read by whoever signs in. `duty` sends; here stands
//! what is to be sent, to whom, and what came of each try.

mod account;
mod address;
mod post;
mod standing;
pub(crate) mod statements;

pub use account::{MailAccount, MailSecret, NewMailAccount, Security, SignInBy};
pub use address::is_address;
pub use post::{DueMail, MailBody, MailOutcome, Tried};
pub use standing::{FailedMail, MailStanding};
