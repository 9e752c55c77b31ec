//! What a school keeps: people, files, settings, policy versions, keys and the audit log; in SQL, with its verbs and its
//! rules.
//!
//! Data flows one way. A verb asks [`Records::act`] (or [`Records::read`]) for leave: in one transaction the asker's
//! standing is read afresh, [`access::decide`] answers, and the [`audit`] entry is written; only what comes back can change
//! a row. What must not be readable from the disk goes through [`seal`] first.
//!
//! The same SQL runs on SQLite and PostgreSQL ([`store`]). Nothing here reads the clock: a [`store::Clock`] is passed in.
#![warn(clippy::disallowed_methods)]

pub mod access;
pub mod accounts;
mod asking;
pub mod audit;
pub mod backup;
pub mod calendar;
pub mod command;
pub mod concern;
pub mod contacts;
pub mod fault;
pub mod file;
pub mod gate;
pub mod id;
pub mod mail;
pub mod people;
pub mod pupil;
mod records;
pub mod seal;
pub mod settings;
pub mod sign_on;
pub mod store;
mod today;

pub use asking::Myself;
pub use fault::Fault;
pub use records::{Entered, Records, Session};
pub use today::Today;
