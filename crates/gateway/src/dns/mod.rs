//! The gate's second door: names. Every question is judged by the same function as a web request, answered from the
//! school's upstream name services or by the filter itself, and logged.
//!
//! A question's way: a door ([`doors`]) takes it in over UDP, TCP, TLS or HTTPS; [`question`] reads it strictly;
//! [`respond`] identifies, judges and picks the answer; [`forwarder`] knows or asks upstream; [`known`] reads what
//! upstream said, once, and takes out what would lead round the filter; [`answer`] writes. [`service`] is what all of
//! them share, and what each worker keeps at hand: the ruleset in force, and who asked in this second.
//!
//! Three shapes go between them. A `Question` is what one client asked, with everything its answer must give back. An
//! `Ask` is what is left of it for upstream and for the cache: the same for every client. A `Known` is an upstream's
//! answer, the same for every client too: cleaned, with the names it leads over still to be judged for each of them, and
//! encoded so that giving it is a copy. No message of an upstream ever reaches a client, and none of a client an
//! upstream: both are read to the end and written anew. [`fuzzing`] states what must hold of that for any bytes.

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
