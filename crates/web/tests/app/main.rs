//! The application behind the door, over real sockets with a real store: signing in and staying in, and what keeps others out.
//!
//! Only the clock is a test's own.

mod browser;
mod every_route;
mod school;
mod secure;
mod sign_in;
