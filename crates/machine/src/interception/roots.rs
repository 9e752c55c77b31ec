//! Whose certificates sites may show: the authorities that browsers trust, and those that the school names.

use super::{bundle::Bundle, secret::read_text};
use crate::files::Stamp;
use rustls::RootCertStore;
use std::{path::PathBuf, sync::Arc};

/// The authorities that are trusted, as they were read at the start.
#[derive(Debug)]
pub(super) struct Roots {
    files: Vec<PathBuf>,
    seen: Vec<Stamp>,
    pub(super) store: Arc<RootCertStore>,
    /// What is wrong with the files since.
    pub(super) alarm: Option<String>,
}

impl Roots {
    /// Reads them.
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, String> {
        let seen = stamps(files);
        Ok(Self { files: files.to_vec(), seen, store: Arc::new(store(files)?), alarm: None })
    }

    /// Whether the files are as they were. Those that were read go on being trusted until a restart.
    pub(super) fn look(&mut self) {
        let seen = stamps(&self.files);
        if seen == self.seen {
            return;
        }
        self.seen = seen;
        self.alarm = match store(&self.files) {
            Err(fault) => Some(format!("{fault} Those from before are trusted on.")),
            Ok(now) if now.roots == self.store.roots => None,
            Ok(_other) => Some(
                "The files under `[inspection] extra_roots` have changed. Start Holdfast again to trust what is in them now."
                    .to_owned(),
            ),
        };
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files.iter().map(|file| Stamp::of(file)).collect()
}

/// The authorities of browsers, and those of these files.
///
/// # Errors
///
/// When a file cannot be read, or has no certificate that can be trusted as an authority's.
pub(super) fn store(files: &[PathBuf]) -> Result<RootCertStore, String> {
    let mut store: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    for file in files {
        let told = |fault: &str| {
            format!(
                "An authority under `[inspection] extra_roots` cannot be used: {fault}. Mend the file, or take it out of the config."
            )
        };
        let text = read_text(file).map_err(|fault| told(&fault))?;
        let named = |fault: String| told(&format!("{}: {fault}", file.display()));
        let certificates = Bundle::from_pem(&text).map_err(named)?.certificates;
        if certificates.is_empty() {
            return Err(named("there is no certificate in it".to_owned()));
        }
        for certificate in certificates {
            store.add(certificate).map_err(|fault| named(fault.to_string()))?;
        }
    }
    Ok(store)
}
