//! What belongs to the machine and nothing of policy: the bootstrap config, the one TLS identity, the authority of
//! interception, installing as a service, and the doctor.

pub mod addresses;
pub mod config;
pub mod demonstration;
pub mod doctor;
pub mod doors;
pub mod heartbeat;
pub mod install;
pub mod interception;
pub mod name_servers;
pub mod rounds;
#[cfg(test)]
#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;
pub mod sockets;
pub mod tls_identity;
pub mod upstreams;

mod clock;
mod files;
mod x509;
