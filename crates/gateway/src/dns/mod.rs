//! The gate's second door: names. Every question is judged by the same function as a web request, answered from the
//! school's upstream name services or by the filter itself, and logged.
//!
//! A question's way: a door ([`doors`]) takes it in over UDP, TCP, TLS or HTTPS; [`question`] reads it strictly;
//! [`respond`] identifies, judges and picks the answer; [`forwarder`] knows or asks upstream; [`known`] reads what
//! upstream said, once, and takes out what would lead round the filter; [`answer`] writes. [`service`] is what all of
//! them share, and what each worker keeps at hand: the ruleset in force, and who asked in this second.

mod answer;
pub mod counters;
mod doors;
pub mod forwarder;
pub mod fuzzing;
mod known;
mod question;
mod respond;
mod service;
pub mod settings;

pub use doors::{Dns, Inputs, Listener, start};
