//! `holdfast emergency`: access at once, told to two others and reviewed; and saying why one person's history is looked at.

use super::{
    AsWhom, Opened, Surroundings, Where,
    written::{one_of, person, written},
};
use crate::{
    access::{Emergency as Taken, Purpose},
    id,
};
use clap::{Args, Subcommand, ValueEnum};

/// `holdfast emergency`.
#[derive(Debug, Args)]
pub struct Emergency {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Takes emergency access to what is kept about a person, for half an hour. The reason is read from the standard input.
    Take {
        /// About whom.
        #[arg(value_parser = person)]
        person: id::Person,
    },
    /// Lists emergency access that was taken, and what is still to be reviewed.
    List,
    /// Shows the reason that was given, to those who were told.
    Reason {
        /// Which.
        #[arg(value_parser = emergency)]
        emergency: id::Emergency,
    },
    /// Records that you looked at it, and what you found.
    Review {
        /// Which.
        #[arg(value_parser = emergency)]
        emergency: id::Emergency,
        /// Whether it was right to take it: right or not-right.
        #[arg(long, value_enum)]
        found: Finding,
    },
    /// Says why you look at one person's history; it holds for half an hour.
    Purpose {
        /// Whose.
        #[arg(value_parser = person)]
        person: id::Person,
        /// Why: concern, agency, subject-request, correction, review.
        #[arg(long, value_parser = purpose)]
        why: Purpose,
    },
    /// Shows what you are to be told, once.
    Notices,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Finding {
    /// It was right to take it.
    Right,
    /// It was not.
    NotRight,
}

fn emergency(text: &str) -> Result<id::Emergency, String> {
    id::Emergency::parse(text).map_err(|_fault| "this is not the id of an emergency access".to_owned())
}

fn purpose(text: &str) -> Result<Purpose, String> {
    one_of(text, Purpose::from_word(text), Purpose::ALL.iter().map(|purpose| purpose.word()))
}

impl Emergency {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        let done = match self.what {
            What::Take { person } => {
                let [reason] = written(["Why do you need it now?"])?;
                let taken = runtime.block_on(records.take_emergency_access(&session, person, reason.as_str()));
                taken.map(|id| {
                    format!(
                        "You have emergency access for half an hour ({id}). Others were told, and one of them will review \
                         it. It opens nothing that your own key does not open. In danger, ring 999."
                    )
                })
            }
            What::List => runtime.block_on(records.emergencies(&session)).map(|taken| {
                let lines: Vec<String> = taken.iter().map(line).collect();
                if lines.is_empty() { "None that you may know of.".to_owned() } else { lines.join("\n") }
            }),
            What::Reason { emergency } => {
                runtime.block_on(records.emergency_reason(&session, emergency)).map(|reason| reason.to_string())
            }
            What::Review { emergency, found } => runtime
                .block_on(records.review_emergency(&session, emergency, found == Finding::Right))
                .map(|()| "Reviewed.".to_owned()),
            What::Purpose { person, why } => runtime
                .block_on(records.give_purpose(&session, person, why))
                .map(|()| "Noted. You may look for half an hour.".to_owned()),
            What::Notices => runtime.block_on(records.notices(&session)).map(|notices| {
                let lines: Vec<String> = notices
                    .iter()
                    .map(|notice| format!("{:.0}  {} {}", notice.made_at, notice.kind, notice.about))
                    .collect();
                if lines.is_empty() { "Nothing new.".to_owned() } else { lines.join("\n") }
            }),
        };
        done.map_err(|fault| fault.to_string())
    }
}

fn line(taken: &Taken) -> String {
    let review = match taken.reviewed {
        Some((reviewer, true)) => format!("found right by {reviewer}"),
        Some((reviewer, false)) => format!("found not right by {reviewer}"),
        None if taken.is_overdue => "REVIEW OVERDUE".to_owned(),
        None => "to be reviewed".to_owned(),
    };
    format!(
        "{}  by {} about {}, {:.0} to {:.0}: {review}",
        taken.id, taken.taker, taken.person, taken.taken_at, taken.until
    )
}
