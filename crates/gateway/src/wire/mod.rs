//! HTTP/1.1 as bytes: heads and bodies, read strictly (RFC 9110, RFC 9112).
//!
//! Two readers that understand one message differently are how requests are smuggled past a filter, so whatever
//! could be read in two ways is refused here, and what goes on is written anew from what was understood.
//! Nothing in this module opens a socket or waits; every parser gives the same answer however its input is split.

pub mod body;
pub mod buffer;
pub mod chunked;
pub mod fault;
pub mod fields;
pub mod request;
pub mod response;
pub mod scan;
pub mod target;
