//! `holdfast account`: who may sign in.

use super::{
    AsWhom, Opened, Surroundings, Where,
    surroundings::{chosen, hidden},
    written::person,
};
use crate::{
    Fault, Session,
    accounts::{Account as One, AccountState},
    id,
};
use clap::{Args, Subcommand};
use std::fmt::Write as _;

/// `holdfast account`.
#[derive(Debug, Args)]
pub struct Account {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Makes an account, and prints the passphrase for the first sign-in. Hand it to its person alone.
    Add {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
        /// The name to sign in with.
        sign_in_name: String,
    },
    /// Changes your own password. Asks for the old one, then for the new one (from the standard input: one a line).
    Password {
        /// For the first sign-in: instead of the old password, the passphrase that was handed to you.
        #[arg(long)]
        first: bool,
    },
    /// Resets the password of somebody who lost it. They must be admitted again to what is sealed.
    Reset {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
    },
    /// Takes away somebody's second step, which they lost: the app, the passkeys and the spare codes. They set it up anew.
    ResetSecondStep {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
    },
    /// Closes somebody's account.
    Close {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
    },
    /// Lists the accounts.
    List,
}

impl Account {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        if let What::Password { first } = self.what {
            return password(&opened, &self.whom, first);
        }
        let session = opened.sign_in(&self.whom)?;
        opened.runtime.block_on(self.what.done(&opened, &session)).map_err(|fault| fault.to_string())
    }
}

impl What {
    async fn done(self, opened: &Opened, session: &Session) -> Result<String, Fault> {
        let records = &opened.records;
        Ok(match self {
            Self::Add { person, sign_in_name } => {
                let passphrase = records.create_account(session, person, &sign_in_name).await?;
                format!(
                    "The account is made. For the first sign-in, once:\n\n    {}\n\nHand it to the person alone; it is kept \
                     nowhere. They choose a password of their own with “holdfast account --as {sign_in_name} password \
                     --first”.",
                    *passphrase
                )
            }
            Self::Reset { person } => {
                let passphrase = records.reset_password(session, person).await?;
                format!(
                    "The password is reset. For the next sign-in, once:\n\n    {}\n\nHand it to the person alone. What was \
                     sealed for them opens only when somebody else who can open it admits them (holdfast holder admit), or \
                     two custodians do (holdfast custodian recover).",
                    *passphrase
                )
            }
            Self::ResetSecondStep { person } => {
                records.reset_second_step(session, person).await?;
                "It is taken away. Their password stays, and they set a second step up anew when they next sign in."
                    .to_owned()
            }
            Self::Close { person } => {
                records.close_account(session, person).await?;
                "The account is closed.".to_owned()
            }
            Self::List => listed(&records.accounts(session).await?),
            Self::Password { .. } => String::new(),
        })
    }
}

fn password(opened: &Opened, whom: &AsWhom, is_first: bool) -> Result<String, String> {
    let name = whom.sign_in_name()?;
    let what = if is_first { "Passphrase that was handed to you: " } else { "Your password until now: " };
    let old = hidden(what)?;
    let code = opened.school_code(&whom.school)?;
    let changed = async {
        let session = if is_first { None } else { Some(opened.signed_in(&code, name, &old).await?) };
        let new = chosen().map_err(Fault::wrong)?;
        match session {
            Some(session) => opened.records.change_password(&session, &old, &new).await,
            None => opened.records.choose_password(&code, name, &old, &new).await,
        }
    };
    opened.runtime.block_on(changed).map_err(|fault| fault.to_string())?;
    Ok("Your password is changed. Nobody can look it up: if you lose it, somebody must reset it and admit you again."
        .into())
}

fn listed(accounts: &[One]) -> String {
    let mut lines = String::new();
    for One { person, full_name, sign_in_name, made_at, state, .. } in accounts {
        let state = match state {
            AccountState::NotYetUsed => "not used yet".to_owned(),
            AccountState::InUse => "in use".to_owned(),
            AccountState::Closed(closed) => format!("closed {closed:.0}"),
        };
        writeln!(lines, "{person}  {full_name}  {sign_in_name}  made {made_at:.0}  {state}").unwrap_or_default();
    }
    lines.trim_end().to_owned()
}
