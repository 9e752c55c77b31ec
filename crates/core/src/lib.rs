//! Words and decisions.
//!
//! Everything here is pure: no clock, socket, disk, database, random source or async. The moment is passed in.
//! Parsing returns values **and** problems; one bad line never loses a list.
//! Data flows one way: [`lists`] and [`policy`] are compiled into a [`ruleset::Ruleset`];
//! [`decide::decide`] asks it about a [`subject::Subject`], a [`request::Request`] and a [`moment::Moment`],
//! and what happened becomes an [`event::Event`].
#![warn(clippy::disallowed_methods)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod address;
pub mod category;
pub mod decide;
pub mod event;
pub mod host;
pub mod identity;
pub mod inspection;
pub mod lists;
pub mod moment;
pub mod multipart;
pub mod people;
pub mod policy;
pub mod problem;
pub mod request;
pub mod rewrites;
pub mod ruleset;
pub mod search_engines;
pub mod signals;
pub mod subject;
pub mod toml_text;
pub mod wording;
