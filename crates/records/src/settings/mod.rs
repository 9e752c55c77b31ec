//! Settings with provenance: the catalogue's Part 4 as data compiled into the program, and what a trust and its schools
//! decided about it, as facts that are never overwritten.
//!
//! [`define`] holds every setting, by area, as a constant with its type; [`Effective`] is the pure function from what was
//! decided to what is in force; [`conflicts`] what a person must decide because a source contradicts itself.
//! `docs/settings.md` is printed from the same definitions.

pub mod conflicts;
mod deciders;
pub mod define;
mod definition;
mod effective;
mod page;
pub(crate) mod statements;
mod value;
mod verbs;

pub use definition::{Choice, Definition, Kind, Limit, Order, Owner, Said, Setting};
pub use effective::{Effective, Fact, Origin, Part, State, Version};
pub use page::page;
pub use value::{Rhythm, Shape, Value};
pub(crate) use verbs::in_force;
pub use verbs::{AsOf, Chosen, Decision, NewValue, Told};

#[cfg(test)]
mod tests;
