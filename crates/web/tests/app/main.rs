//! The application behind the door, over real sockets with a real store: signing in and staying in, and what keeps others out.
//!
//! Only the clock is a test's own.

mod authenticator;
mod browser;
mod by_role;
mod demonstration;
#[path = "../pages/driver.rs"]
mod driver;
mod every_page;
mod every_route;
mod keyboard;
#[path = "../pages/looks.rs"]
mod looks;
mod passwords;
mod school;
mod second_step;
mod secure;
mod sign_in;
