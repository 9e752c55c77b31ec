//! How pupils sign in who have no password of their own, or not today (catalogue I-03, I-05, I-08, I-09).
//!
//! An adult opens a class they teach and shows a code on the board ([`opening`]). A pupil types it, finds their name, and shows what is
//! theirs: two pictures in order, or two words ([`way`], [`enter`]). Both work only while the class is open, with an adult in the room.
//! Nothing of them lies in the store but a mark that needs the machine's own key. Older pupils have an account like everybody else.

mod enter;
mod exempt;
pub(crate) mod heard;
mod opening;
mod secret;
pub(crate) mod statements;
mod tell;
mod way;
mod year;

pub use enter::{AtClass, ClassSeat, Tile};
pub(crate) use exempt::listed as exemptions_listed;
pub use exempt::{ExemptReason, Exemption};
pub use heard::{Helped, MOST_TRUSTED, OwnReceipt, Reading, TalkAnswer, TalkView, Talked, Talks, Trusted, Wishes};
pub(crate) use heard::{kept_out, offer_others};
pub use opening::{ClassDoor, Here, OpenClass};
pub use secret::{Mark, Picture, Secret, Shown, WayKind};
pub(crate) use tell::leaves_adult_open;
pub use tell::{AboutAdult, MOST_TOLD, NearAdult, PupilStart, TellWant, TellWhat, TellWhere, Told};
pub use way::{Card, WayReason, WayStanding};

pub(crate) use year::school_year;
