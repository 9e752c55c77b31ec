//! How we ask servers outside over HTTP: with one cryptography, following nobody by ourselves, and never for longer than was said.

use std::{sync::Arc, time::Duration};
use ureq::{
    Agent,
    config::ConfigBuilder,
    tls::{RootCerts, TlsConfig, TlsProvider},
    typestate::AgentScope,
};

/// What every question to a server outside begins from: certificates held against `roots`, no proxy of the environment's, no
/// redirect followed, an answer of any status taken for one, and an end after `within`.
pub fn beginning(roots: RootCerts, within: Duration) -> ConfigBuilder<AgentScope> {
    // aws-lc-rs alone: the house rule keeps one set of cryptographic code in the program.
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .tls_config(tls)
        .timeout_global(Some(within))
        .user_agent(concat!("Holdfast/", env!("CARGO_PKG_VERSION")))
}
