//! `holdfast duty`.

use super::{AsWhom, Opened, Surroundings, Where};
use crate::{Fault, access::Duty as Which, id, people::GiveDuty};
use clap::{Args, Subcommand};
use jiff::Timestamp;

/// `holdfast duty`.
#[derive(Debug, Subcommand)]
pub enum Duty {
    /// Gives somebody a duty.
    Give(Give),
    /// Proposes a school's first trust lead; somebody else agrees.
    Propose(Propose),
    /// Agrees to the first trust lead whom somebody else proposed.
    Agree(Agree),
    /// Ends a duty at once; the keys that came with it go.
    End(End),
    /// Lists who holds which duty, who deputises, and who is away.
    List(List),
    /// Records that somebody is away from now on.
    Away(Away),
    /// Records that somebody is back.
    Back(Back),
}

impl Duty {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Give(give) => give.run(surroundings),
            Self::Propose(propose) => propose.run(surroundings),
            Self::Agree(agree) => agree.run(surroundings),
            Self::End(end) => end.run(surroundings),
            Self::List(list) => list.run(surroundings),
            Self::Away(away) => away.run(surroundings),
            Self::Back(back) => back.run(surroundings),
        }
    }
}

/// `holdfast duty give`.
#[derive(Debug, Args)]
pub struct Give {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The duty's word, such as dsl or online-safety-lead.
    #[arg(value_parser = which)]
    duty: Which,
    /// The person's id.
    person: String,
    /// Only to act while the holder is away.
    #[arg(long)]
    deputy: bool,
}

impl Give {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async {
            let person = id::Person::parse(&self.person)?;
            let given = GiveDuty { duty: self.duty, person, is_deputy: self.deputy, from: None };
            opened.records.give_duty(&session, &given).await
        };
        let holding = opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())?;
        Ok(format!("Given: {}. To end it: `holdfast duty end {holding}`.", self.duty.title()))
    }
}

/// `holdfast duty propose`.
#[derive(Debug, Args)]
pub struct Propose {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The person's id.
    person: String,
}

impl Propose {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async { opened.records.propose_trust_lead(&session, id::Person::parse(&self.person)?).await };
        let until = opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())?;
        Ok(format!(
            "Proposed as trust lead. Whoever agrees does so by {until:.0}: `holdfast duty agree {}`. Until then it gives them nothing.",
            self.person
        ))
    }
}

/// `holdfast duty agree`.
#[derive(Debug, Args)]
pub struct Agree {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The person's id, as the notice of the proposal shows it.
    person: String,
}

impl Agree {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async { opened.records.agree_trust_lead(&session, id::Person::parse(&self.person)?).await };
        let holding = opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())?;
        Ok(format!("They are trust lead. To end it: `holdfast duty end {holding}`."))
    }
}

/// `holdfast duty end`.
#[derive(Debug, Args)]
pub struct End {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The holding's id, as `holdfast duty list` shows it.
    holding: String,
}

impl End {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async { opened.records.end_duty(&session, id::Holding::parse(&self.holding)?).await };
        opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())?;
        Ok("Ended.".to_owned())
    }
}

/// `holdfast duty list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
}

impl List {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let duties = opened.runtime.block_on(opened.records.duties(&session)).map_err(|fault| fault.to_string())?;
        let line = |held: &crate::people::Held| {
            let part = if held.is_deputy { ", deputy" } else { "" };
            let away = if held.is_away { ", away" } else { "" };
            let (word, name) = (held.duty.word(), &held.full_name);
            format!("{word}{part}: {name} ({}){away}  {}", held.person, held.holding)
        };
        Ok(duties.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

/// `holdfast duty away`.
#[derive(Debug, Args)]
pub struct Away {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The person's id.
    person: String,
    /// Until when, on the school's clock: `2026-11-30T08:00`; until `holdfast duty back`, if nobody knows.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Away {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async {
            let person = id::Person::parse(&self.person)?;
            let until = match &self.until {
                // A moment that says its own offset needs no clock of the school's.
                Some(typed) => match typed.parse::<Timestamp>() {
                    Ok(moment) => Some(moment),
                    Err(_civil) => Some(opened.records.moment_at_school(&session, typed).await?),
                },
                None => None,
            };
            opened.records.record_absence(&session, person, opened.records.clock().now(), until).await
        };
        opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())?;
        Ok("Recorded. Deputies and those who stand in answer from now on.".to_owned())
    }
}

/// `holdfast duty back`.
#[derive(Debug, Args)]
pub struct Back {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The person's id.
    person: String,
}

impl Back {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async { opened.records.end_absence(&session, id::Person::parse(&self.person)?).await };
        opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())?;
        Ok("Recorded.".to_owned())
    }
}

fn which(word: &str) -> Result<Which, String> {
    Which::from_word(word).ok_or_else(|| {
        let words = Which::ALL.iter().map(|duty| duty.word()).collect::<Vec<_>>();
        format!("Write one of: {}.", words.join(", "))
    })
}
