//! `holdfast tls`: the certificate of the name service and of the proxy over TLS.

use crate::{config::Config, install::CONFIG, tls_identity};
use clap::{Args, ValueEnum};
use holdfast_core::problem::lines;
use jiff::Timestamp;
use std::path::PathBuf;

/// What to do with it.
#[derive(Debug, Args)]
pub struct Tls {
    action: Action,
    /// The config file.
    #[arg(long, value_name = "FILE", default_value = CONFIG)]
    config: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Action {
    /// Shows where the certificate is from, for which names, and until when it holds.
    Show,
    /// Prints the own authority's certificate, for devices; its fingerprint goes to standard error.
    Export,
}

impl Tls {
    /// Carries it out; the text is for a person.
    ///
    /// # Errors
    ///
    /// What is wrong and what to do, in words.
    pub fn run(&self) -> Result<String, String> {
        let source = Config::read(&self.config).map_err(|problems| lines(&problems))?.tls_source();
        let none = "There is no own certificate yet: it is made when the service starts with an encrypted listener.";
        if let Action::Show = self.action {
            return tls_identity::examine(&source, Timestamp::now())?
                .map(|standing| standing.to_string())
                .ok_or(none.into());
        }
        let authority = tls_identity::authority_certificate(&source.folder)?.ok_or(none)?;
        eprintln!("SHA-256 fingerprint: {}", authority.fingerprint);
        Ok(authority.pem)
    }
}
