//! List sources: chosen in `lists/sources.toml` of the data folder, fetched, and kept until something better comes.
//!
//! Each source has a folder `lists/<id>/` with the list in use, the one held for a person if there is one, and
//! `state.toml`, which says which is which. Replacing `state.toml` is the one step that swaps a list.

mod bundle;
mod candidate;
mod checksum;
mod fetch;
mod source;
mod state;
mod store;

pub use bundle::{Bundle, Part, read_bundle};
pub use fetch::{Limits, Progress};
pub use source::{Checksum, Location, Meaning, Source, Sources};
pub(crate) use state::record;
pub use state::{Held, InUse, Standing};
pub use store::{OpenHost, Outcome, Store};

use std::{fmt, io, path::PathBuf};

/// Why something about a list source could not be done. The list in use goes on serving.
#[derive(Debug)]
pub enum Fault {
    /// A file or folder of the data folder could not be read or written.
    Disk {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        fault: io::Error,
    },
    /// `lists/sources.toml` cannot be used; each problem has its line.
    Sources(Vec<holdfast_core::problem::Problem>),
    /// There is no source with this id, there is one already, or its list cannot be used.
    Source(String),
    /// The list could not be fetched.
    Fetch(String),
    /// The list arrived, and is not the one its publisher vouches for.
    Checksum(String),
}

impl Fault {
    pub(crate) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |fault| Self::Disk { path, fault }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk { path, fault } => {
                write!(
                    f,
                    "{}: {fault}. Check that this computer's Holdfast account may use it and that the disk is not full.",
                    path.display()
                )
            }
            Self::Sources(problems) => {
                for (index, problem) in problems.iter().enumerate() {
                    if index > 0 {
                        writeln!(f)?;
                    }
                    problem.fmt(f)?;
                }
                Ok(())
            }
            Self::Source(text) | Self::Fetch(text) | Self::Checksum(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Fault {}
