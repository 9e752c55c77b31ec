//! The application behind the door, over real sockets with a real store: signing in and staying in, and what keeps others out.
//!
//! Only the clock is a test's own.

mod accounts;
mod admissions;
mod asvs;
mod audit;
mod authenticator;
mod browser;
mod by_role;
mod canaries;
mod climbing;
mod concerns_answered;
mod concerns_held;
mod contacts;
mod demonstration;
#[path = "../pages/driver.rs"]
mod driver;
mod duties;
mod every_page;
mod every_route;
mod filtering;
mod keyboard;
#[path = "../pages/looks.rs"]
mod looks;
mod lost;
mod passkeys;
mod passwords;
mod people;
mod people_looks;
mod pupils;
mod pupils_heard;
mod pupils_ways;
mod raising;
mod reports;
mod school;
mod sealed;
mod second_step;
mod secure;
mod set_up;
mod settings;
mod sign_in;
mod sign_on;
#[path = "../../../core/tests/skipped/mod.rs"]
mod skipped;
mod staying;
mod today;
mod trends;
mod waiting;
