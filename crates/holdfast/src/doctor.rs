//! `holdfast doctor`: what is wrong with this machine, and what to do.

use crate::{
    check::{people, policy},
    store,
};
use clap::Args;
use holdfast_core::{problem::lines, ruleset::Ruleset};
use holdfast_duty::{
    command::existing_folder,
    lists::{Limits, Store},
};
use holdfast_machine::{
    config::Config,
    doctor::{self, DatabaseSeen, Input, ListSeen},
    install::CONFIG,
};
use holdfast_records::store::{look_at_server, newest_schema};
use jiff::Timestamp;
use std::{path::PathBuf, sync::Arc};

/// Which machine.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The config file.
    #[arg(long, value_name = "FILE", default_value = CONFIG)]
    config: PathBuf,
}

impl Doctor {
    /// Looks at everything; a fault is also told by how the program ends.
    pub fn run(&self) -> Result<String, String> {
        let config =
            Config::read(&self.config).map_err(|problems| format!("FAULT      config: {}", lines(&problems)))?;
        let mut input = Input::new(self.config.clone(), config, Timestamp::now());
        if let Ok(folder) = existing_folder(&input.config.data) {
            let ruleset = folder.last_ruleset().ok();
            input.opens = ruleset.as_ref().is_some_and(Ruleset::opens_anything);
            input.content = ruleset.map(|ruleset| Arc::clone(ruleset.content()));
            input.documents = vec![("policy", policy(&folder)), ("people document", people(&folder))];
            let (standings, problems) = Store::new(folder.path(), Limits::default()).standings();
            input.list_problems = problems;
            input.lists.extend(standings.into_iter().map(|standing| ListSeen {
                fetched: standing.last_look(),
                approved: standing.source.approved,
                held: standing.held.is_some(),
                id: standing.source.id,
            }));
        }
        input.database = store::database_url().map(|url| looked_at(&url)).transpose()?;
        let findings = doctor::examine(&input);
        let report = doctor::report(&findings);
        if doctor::has_fault(&findings) { Err(report) } else { Ok(report) }
    }
}

/// Looks at the PostgreSQL that the environment names. Its address holds a password, so only where it is comes back.
fn looked_at(url: &str) -> Result<DatabaseSeen, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|fault| format!("The doctor cannot start: {fault}."))?;
    let looked = runtime.block_on(look_at_server(url));
    Ok(DatabaseSeen { at: looked.at, schema: looked.schema.map_err(|fault| fault.to_string()), known: newest_schema() })
}
