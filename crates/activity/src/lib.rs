//! The log of what was asked and answered.
//!
//! The gate sends one [`holdfast_core::event::Event`] a request through a bounded channel of two lanes. [`drain::start`] takes them
//! from there on a thread of its own, so that a slow or full disk never holds up the gate, and gives each one to
//!
//! * the [`journal`]: rotated JSON-lines files, readable by the service's own user only,
//! * [`recent`]: a small memory of the last verdicts (status page, terminal), of the last refusals (`/stopped`), and of
//!   how much was seen of what went by ([`visibility`]), and
//! * [`suggestions`]: hosts whose connections should perhaps be left unopened, for a person to decide.
//!
//! A visit to a help or report page is only ever counted by day (practice 9). The client's address reaches the disk only
//! beside a person who may be named (practice 23).

pub mod drain;
pub mod health;
pub mod journal;
pub mod recent;
pub mod suggestions;
mod text;
pub mod visibility;

use holdfast_core::event::RequestEvent;

/// The layer code of requests to always-open help (house invariant 4).
///
/// The gate sends those as [`holdfast_core::event::Event::Help`] already. Should one arrive as a request all the same,
/// it is treated as help here too, so that no visit for help is ever written beside anybody.
fn is_help(event: &RequestEvent) -> bool {
    &*event.layer == "help"
}
