//! What belongs to the machine and nothing of policy: the bootstrap config, the one TLS identity, installing as a
//! service, and the doctor.

pub mod config;
