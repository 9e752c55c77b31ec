//! `holdfast inspection`: opening secure pages to check them.

use clap::{Args, Subcommand};
use holdfast_activity::suggestions;
use holdfast_core::{host::Host, problem::lines};
use holdfast_duty::command::existing_folder;
use holdfast_machine::{config::Config, install::CONFIG, interception::command};
use jiff::Timestamp;
use std::path::PathBuf;

/// What to do.
#[derive(Debug, Args)]
pub struct Inspection {
    #[command(subcommand)]
    action: Action,
    /// The config file.
    #[arg(long, value_name = "FILE", default_value = CONFIG, global = true)]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Action {
    #[command(flatten)]
    Authority(command::Action),
    /// Sites that some devices would not have opened, with the evidence and the lines for the policy.
    Suggestions,
    /// Decides against leaving a site unopened.
    Dismiss {
        /// The site's name.
        host: String,
    },
}

impl Inspection {
    /// Carries it out; the text is for a person.
    pub fn run(&self) -> Result<String, String> {
        let config = Config::read(&self.config).map_err(|problems| lines(&problems))?;
        let file = config.suggestions_file();
        match &self.action {
            Action::Authority(action) => action.run(&config),
            Action::Suggestions => {
                let ruleset = existing_folder(&config.data)?.last_ruleset().map_err(|problem| problem.to_string())?;
                let mut waiting = suggestions::read(&file)?;
                waiting.retain(|suggestion| suggestion.is_waiting(&ruleset));
                let texts: Vec<String> = waiting.iter().map(ToString::to_string).collect();
                let none = "Nothing waits: no device said that it would not have a site opened.";
                Ok(if texts.is_empty() { none.to_owned() } else { texts.join("\n") })
            }
            Action::Dismiss { host } => {
                let host = Host::parse(host).map_err(|_fault| format!("“{host}” is not a name."))?;
                let was_there = suggestions::dismiss(&file, &host, Timestamp::now())?;
                let none = format!("There is no suggestion for {host}. New ones are saved within a minute.");
                if was_there { Ok(format!("{host} is no longer suggested.")) } else { Err(none) }
            }
        }
    }
}
