//! `holdfast custodian`: the people any two of whom recover what is sealed.

use super::{AsWhom, Opened, Surroundings, Where, surroundings::hidden, written::person};
use crate::{
    Fault, Session, id,
    seal::{Recovered, RecoveryCode},
};
use clap::{Args, Subcommand};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// `holdfast custodian`.
#[derive(Debug, Args)]
pub struct Custodian {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Names a custodian, and prints the recovery code once.
    Name {
        /// Who.
        #[arg(value_parser = person)]
        person: id::Person,
    },
    /// Lists the custodians, for whoever looks after accounts.
    List,
    /// Replaces a custodian, or a lost code: the old code opens nothing any more.
    Replace {
        /// Whose code ends.
        #[arg(value_parser = person)]
        old: id::Person,
        /// Who is custodian instead; the same person where only the code is lost.
        #[arg(value_parser = person)]
        new: id::Person,
    },
    /// Wraps for new custodians what you can open and they together could not.
    Complete,
    /// Opens, with the codes of two custodians, what somebody is entitled to and cannot open. The codes are asked for, or
    /// are the next two lines of the standard input.
    Recover {
        /// For whom.
        #[arg(value_parser = person)]
        holder: id::Person,
        /// At the machine's console, where nobody can sign in any more: makes a new way in for a head or safeguarding lead, and
        /// prints the passphrase once. Everybody to whom concerns come is told.
        #[arg(long)]
        at_console: bool,
    },
}

impl Custodian {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = match self.what {
            What::Recover { at_console: true, .. } => opened.console(&self.whom.school)?,
            _ => opened.sign_in(&self.whom)?,
        };
        let codes = match self.what {
            What::Recover { .. } => Some((hidden("First recovery code: ")?, hidden("Second recovery code: ")?)),
            _ => None,
        };
        opened.runtime.block_on(self.what.done(&opened, &session, codes)).map_err(|fault| fault.to_string())
    }
}

impl What {
    async fn done(
        self,
        opened: &Opened,
        session: &Session,
        codes: Option<(Zeroizing<String>, Zeroizing<String>)>,
    ) -> Result<String, Fault> {
        let records = &opened.records;
        match (self, codes) {
            (Self::Name { person }, _) => Ok(printed(&records.name_custodian(session, person).await?)),
            (Self::Replace { old, new }, _) => Ok(printed(&records.replace_custodian(session, old, new).await?)),
            (Self::List, _) => {
                let mut lines = String::new();
                for custodian in records.custodians(session).await? {
                    let (person, since, key) = (custodian.person, custodian.named_at, custodian.fingerprint());
                    writeln!(lines, "{person}  since {since:.0}  key {key}").unwrap_or_default();
                }
                Ok(lines.trim_end().to_owned())
            }
            (Self::Complete, _) => Ok(left(records.complete_custodians(session).await?)),
            (Self::Recover { holder, at_console: false }, Some((one, other))) => {
                Ok(recovered(records.recover(session, [&one, &other], holder).await?))
            }
            (Self::Recover { holder, at_console: true }, Some((one, other))) => {
                let way_in = records.recover_at_console(session, [&one, &other], holder).await?;
                Ok(format!(
                    "A new way in is made for {name}. For the next sign-in, once:\n\n    {}\n\nHand it to the person alone; it is \
                     kept nowhere. They choose a password of their own with “holdfast account --as {name} password --first”. \
                     Everybody to whom concerns come is told.\n{}{}",
                    *way_in.passphrase,
                    recovered(way_in.recovered),
                    stranded(way_in.stranded),
                    name = way_in.sign_in_name,
                ))
            }
            (Self::Recover { .. }, None) => Err(Fault::wrong("Two recovery codes are needed.")),
        }
    }
}

fn recovered(Recovered { opened, not_opened }: Recovered) -> String {
    format!(
        "Opened for them: {opened}. Not opened, because one of the two may not, or their wraps were never completed, or were altered (the machine's log says which): {not_opened}."
    )
}

fn stranded(count: u64) -> String {
    match count {
        0 => String::new(),
        _ => format!(
            "\nNobody can open any more, neither a holder nor two custodians: {count}. Restore a backup for these."
        ),
    }
}

fn printed(code: &RecoveryCode) -> String {
    format!(
        "Recovery code, shown once and kept nowhere. Print it, hand it to the custodian alone, sealed:\n\n    {}\n\n{}",
        *code.text,
        left(code.left)
    )
}

fn left(left: usize) -> String {
    match left {
        0 => "Every two custodians without a part in it can open everything that is sealed.".to_owned(),
        left => format!(
            "{left} sealed compartments still lack this for some two custodians, because you cannot open them. Whoever can \
             runs “holdfast custodian complete”."
        ),
    }
}
