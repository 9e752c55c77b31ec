//! Pages of our own origin: whether the filter is working, what was stopped for this client, where to get help, the
//! certificate that devices are given, and the proxy's own file for browsers.
//!
//! Every page works without the one script that there is. Every route stands in one table ([`routes::all`]) from which the
//! router is built, each with the word that says who may ask for it (house invariant 7). Only our own names are answered
//! ([`origin`]), and each client finds its own refusals by the address of its connection, never by a header that it could
//! write itself.

mod cookie;
mod fields;
mod glance;
mod house;
pub mod kit;
mod log_work;
mod once;
pub mod origin;
mod pages;
mod passed_on;
pub mod routes;
mod seats;
pub mod serve;
mod sign_on;
pub mod sources;
mod visit;
mod whence;
mod words;

pub use serve::{Listeners, Loopback, loopback, serve};
pub use sources::{
    CertificateShown, Component, Contact, Demonstration, DemonstrationPerson, DemonstrationPupil, Doors, Health,
    HeldList, InspectionHealth, LogPlaces, Metrics, NameServiceHealth, RecordsHealth, School, Settings, Sources, State,
    UpstreamHealth,
};
