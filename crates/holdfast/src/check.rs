//! `holdfast check` and `holdfast schema`: is a document good, before it is used?

use clap::{Args, Subcommand, ValueEnum};
use holdfast_core::{
    people::{self, PeopleSource},
    policy::PolicySource,
    problem::{Problem, lines},
    ruleset::content::Content,
};
use holdfast_duty::{command::existing_folder, data_folder::DataFolder};
use holdfast_machine::config::Config;
use jiff::{Timestamp, tz::TimeZone};
use std::{path::PathBuf, sync::Arc};

/// What to check.
#[derive(Debug, Args)]
pub struct Check {
    #[command(subcommand)]
    document: Checked,
}

#[derive(Debug, Subcommand)]
enum Checked {
    /// The bootstrap config.
    Config {
        /// The config file.
        #[arg(long, value_name = "FILE", default_value = "holdfast.toml")]
        config: PathBuf,
    },
    /// The policy document.
    Policy {
        /// The data folder.
        #[arg(long, value_name = "FOLDER", default_value = "holdfast-data")]
        data: PathBuf,
    },
    /// The people document.
    People {
        /// The data folder.
        #[arg(long, value_name = "FOLDER", default_value = "holdfast-data")]
        data: PathBuf,
    },
}

/// A document with a schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Document {
    /// The bootstrap config, `holdfast.toml`.
    Config,
    /// The policy document, `policy.toml`.
    Policy,
    /// The people document, `people.toml`.
    People,
}

impl Document {
    /// Its JSON Schema.
    pub fn schema(self) -> String {
        let schema = match self {
            Self::Config => schemars::schema_for!(Config),
            Self::Policy => schemars::schema_for!(PolicySource),
            Self::People => schemars::schema_for!(PeopleSource),
        };
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    }
}

impl Check {
    /// Checks; the text is for a person.
    pub fn run(&self) -> Result<String, String> {
        let (name, problems) = match &self.document {
            Checked::Config { config } => ("config", Config::read(config).map(|_| Vec::new())),
            Checked::Policy { data } => ("policy", policy(&existing_folder(data)?)),
            Checked::People { data } => ("people document", people(&existing_folder(data)?)),
        };
        match problems {
            Ok(warnings) if warnings.is_empty() => Ok(format!("The {name} is in order.")),
            Ok(warnings) => Ok(format!("{}\nThe {name} can be used.", lines(&warnings))),
            Err(problems) => {
                let then = match self.document {
                    Checked::Config { .. } => "cannot be used: the service would not start with it",
                    _ => "would be refused, and the last good one goes on serving",
                };
                Err(format!("{}\nThe {name} {then}.", lines(&problems)))
            }
        }
    }
}

/// Whether the policy is good, for which the lists do not matter.
pub fn policy(folder: &DataFolder) -> Result<Vec<Problem>, Vec<Problem>> {
    folder.compile(Arc::new(Content::default())).map(|compiled| compiled.warnings)
}

/// Whether the people document is good beside the policy.
pub fn people(folder: &DataFolder) -> Result<Vec<Problem>, Vec<Problem>> {
    let policy = folder.policy()?;
    let (document, left_out) = folder.people_beside(&policy.source)?;
    let file = folder.people_file().display().to_string();
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let place = people::Document { file: &file, text: &document.text };
    people::compile(&document.source, &policy.source, today, 1, place).map(|_| left_out)
}
