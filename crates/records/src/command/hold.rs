//! `holdfast hold`: keeping somebody's records from expiring and from being erased.

use super::{
    AsWhom, Opened, Surroundings, Where,
    log_print::held_log,
    written::{hold, one_of, person, written},
};
use crate::{access::Purpose, file::HoldReason, id};
use clap::{Args, Subcommand};
use jiff::civil::Date;

/// `holdfast hold`.
#[derive(Debug, Args)]
pub struct Hold {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Holds somebody's records. Who asked for it, and for what, is read from the standard input.
    Place {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
        /// Why: police, subject-request, court, complaint, inquiry.
        #[arg(long, value_parser = reason)]
        reason: HoldReason,
    },
    /// Lifts a hold, with why.
    Lift {
        /// The hold.
        #[arg(value_parser = hold)]
        hold: id::Hold,
    },
    /// Shows what a hold has kept of the filter's log: of which days, or the lines of one day.
    Log {
        /// The hold.
        #[arg(value_parser = hold)]
        hold: id::Hold,
        /// Why you look: concern, agency, subject-request, correction, review.
        #[arg(long, value_parser = purpose)]
        why: Purpose,
        /// The day, such as 2026-11-22.
        #[arg(long)]
        day: Option<Date>,
    },
    /// Lists the holds on somebody.
    List {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
    },
}

fn reason(text: &str) -> Result<HoldReason, String> {
    one_of(text, HoldReason::from_word(text), HoldReason::ALL.iter().map(|reason| reason.word()))
}

fn purpose(text: &str) -> Result<Purpose, String> {
    one_of(text, Purpose::from_word(text), Purpose::ALL.iter().map(|purpose| purpose.word()))
}

impl Hold {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        let done = match self.what {
            What::Place { person, reason } => {
                let [words] = written(["Who asked for it, and for what?"])?;
                let placed = runtime.block_on(records.place_hold(&session, person, reason, &words));
                placed.map(|hold| format!("Held: nothing of theirs expires or is erased until {hold} is lifted."))
            }
            What::Lift { hold } => {
                let [words] = written(["Why?"])?;
                runtime.block_on(records.lift_hold(&session, hold, &words)).map(|()| "Lifted.".to_owned())
            }
            What::Log { hold, why, day } => {
                let read = runtime.block_on(records.read_held_log(&session, hold, why, day));
                read.map(|log| held_log(&log, day))
            }
            What::List { person } => runtime.block_on(records.list_holds(&session, person)).map(|holds| {
                let line = |hold: &crate::file::Hold| {
                    format!("{}  {}, since {}", hold.id, hold.reason.title(), hold.placed_at)
                };
                let lines: Vec<String> = holds.iter().map(line).collect();
                if lines.is_empty() { "There is no hold that you may know of.".to_owned() } else { lines.join("\n") }
            }),
        };
        done.map_err(|fault| fault.to_string())
    }
}
