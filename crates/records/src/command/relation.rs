//! `holdfast person relation`, `order`, `no-contact` and `telling`: a child's parents and carers, and who must not be told.

use super::{
    AsWhom, Opened, Surroundings, Where,
    written::{one_of, person, row, written},
};
use crate::{
    Fault, Session, id,
    people::{
        LivesWith, NewCourtOrder, NewRelation, Relation as Stands, RelationKind, Responsibility, Telling as Answer,
        Unsure, WhoMayBeTold, WhyNotFamily,
    },
};
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::fmt::Write as _;

/// `holdfast person relation`.
#[derive(Debug, Args)]
pub struct Relation {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: OfRelation,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum OfRelation {
    /// Records a parent or carer of a pupil.
    Add {
        #[command(flatten)]
        pair: Pair,
        /// What they are to the child: mother, father, parent, step-parent, grandparent, guardian, foster-carer, authority,
        /// carer.
        #[arg(long, value_parser = kind)]
        kind: RelationKind,
        /// Whether they have parental responsibility: yes, no, not-known.
        #[arg(long, default_value = "not-known", value_parser = responsibility)]
        responsibility: Responsibility,
        /// Whether the child lives with them: yes, no, partly, not-known.
        #[arg(long, value_name = "WHETHER", default_value = "not-known", value_parser = lives_with)]
        lives_with: LivesWith,
        /// When they are rung: 1 first.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        ring: i64,
    },
    /// Ends a relation. What changed is recorded as a new one.
    End {
        /// Its id, as `holdfast person relation list` shows it.
        #[arg(value_parser = row)]
        relation: id::Row,
    },
    /// For the chair and the trust lead: lists who of those to whom concerns come is recorded as family of a child, and so reads
    /// nothing about it.
    OfHearers,
    /// For the chair and the trust lead: ends such a relation. All to whom concerns come are told.
    Undo {
        /// Its id, as `holdfast person relation of-hearers` shows it.
        #[arg(value_parser = row)]
        relation: id::Row,
        /// Why: never-were, no-longer, mistaken.
        #[arg(long, value_parser = why_not)]
        because: WhyNotFamily,
    },
    /// Lists a child's parents and carers. Whether they may be told anything is asked with `holdfast person telling`.
    List {
        /// The pupil.
        #[arg(value_parser = person)]
        child: id::Person,
    },
}

/// `holdfast person order`.
#[derive(Debug, Args)]
pub struct Order {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: OfOrder,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum OfOrder {
    /// Records a court order. What it forbids is read from the standard input, and sealed.
    Add {
        #[command(flatten)]
        pair: Pair,
        /// They must not be told anything while it is in force.
        #[arg(long)]
        bars_telling: bool,
        /// Its first day.
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// Its last day, which counts, if it has one.
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
    },
    /// Ends a court order before its last day, or one that has none.
    End {
        /// The pupil.
        #[arg(value_parser = person)]
        child: id::Person,
        /// Its id, as it was told when it was recorded; `holdfast person details show` shows it too.
        #[arg(value_parser = row)]
        order: id::Row,
    },
}

/// `holdfast person no-contact`.
#[derive(Debug, Args)]
pub struct NoContact {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    #[command(subcommand)]
    what: OfNoContact,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum OfNoContact {
    /// Records that somebody must not be contacted or told anything about a child. Why is read from the standard input, and
    /// sealed.
    Add(Pair),
    /// Ends it.
    End {
        /// The pupil.
        #[arg(value_parser = person)]
        child: id::Person,
        /// Its id, as it was told when it was recorded; `holdfast person details show` shows it too.
        #[arg(value_parser = row)]
        no_contact: id::Row,
    },
}

/// `holdfast person telling`.
#[derive(Debug, Args)]
pub struct Telling {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The pupil.
    #[arg(value_parser = person)]
    child: id::Person,
}

#[derive(Debug, Clone, Copy, Args)]
struct Pair {
    /// The pupil.
    #[arg(value_parser = person)]
    child: id::Person,
    /// The adult.
    #[arg(value_parser = person)]
    adult: id::Person,
}

fn kind(text: &str) -> Result<RelationKind, String> {
    one_of(text, RelationKind::from_word(text), RelationKind::ALL.iter().map(|kind| kind.word()))
}

fn responsibility(text: &str) -> Result<Responsibility, String> {
    one_of(text, Responsibility::from_word(text), Responsibility::ALL.iter().map(|one| one.word()))
}

fn why_not(text: &str) -> Result<WhyNotFamily, String> {
    one_of(text, WhyNotFamily::from_word(text), WhyNotFamily::ALL.iter().map(|why| why.word()))
}

fn lives_with(text: &str) -> Result<LivesWith, String> {
    one_of(text, LivesWith::from_word(text), LivesWith::ALL.iter().map(|one| one.word()))
}

impl Relation {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        opened.runtime.block_on(self.what.done(&opened, &session)).map_err(|fault| fault.to_string())
    }
}

impl OfRelation {
    async fn done(self, opened: &Opened, session: &Session) -> Result<String, Fault> {
        let records = &opened.records;
        Ok(match self {
            Self::Add { pair: Pair { child, adult }, kind, responsibility, lives_with, ring } => {
                let new = NewRelation { child, adult, kind, responsibility, lives_with, contact_order: ring };
                let relation = records.record_relation(session, &new).await?;
                format!("Recorded. To end it: `holdfast person relation end {relation}`.")
            }
            Self::End { relation } => {
                records.end_relation(session, relation).await?;
                "Ended.".to_owned()
            }
            Self::OfHearers => {
                let relations = records.family_of_hearers(session).await?;
                let lines = relations.iter().map(|one| {
                    format!("{} ({}), since {:.0}  {}", one.full_name, one.adult, one.recorded_at, one.relation)
                });
                let lines: Vec<String> = lines.collect();
                if lines.is_empty() {
                    "Nobody to whom concerns come is recorded as family.".to_owned()
                } else {
                    lines.join("\n")
                }
            }
            Self::Undo { relation, because } => {
                records.end_hearers_relation(session, relation, because).await?;
                "Ended. All to whom concerns come are told. What is sealed opens for them once somebody has admitted them \
                 (`holdfast holder waiting`)."
                    .to_owned()
            }
            Self::List { child } => listed(&records.relations(session, child).await?),
        })
    }
}

impl Order {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        let done = match self.what {
            OfOrder::Add { pair: Pair { child, adult }, bars_telling, from, until } => {
                let [words] = written(["What does it forbid?"])?;
                let new = NewCourtOrder { child, adult, bars_telling, from, until, words: words.as_str() };
                let order = runtime.block_on(records.record_court_order(&session, &new));
                order.map(|order| {
                    format!("Recorded, and sealed. To end it: `holdfast person order end {child} {order}`.")
                })
            }
            OfOrder::End { child, order } => {
                runtime.block_on(records.end_court_order(&session, child, order)).map(|()| "Ended.".to_owned())
            }
        };
        done.map_err(|fault| fault.to_string())
    }
}

impl NoContact {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        let done = match self.what {
            OfNoContact::Add(Pair { child, adult }) => {
                let [reason] = written(["Why must they not be told?"])?;
                let bar = runtime.block_on(records.record_no_contact(&session, child, adult, reason.as_str()));
                bar.map(|bar| {
                    format!(
                        "Recorded; the reason is sealed. To end it: `holdfast person no-contact end {child} {bar}`."
                    )
                })
            }
            OfNoContact::End { child, no_contact } => {
                runtime.block_on(records.end_no_contact(&session, child, no_contact)).map(|()| "Ended.".to_owned())
            }
        };
        done.map_err(|fault| fault.to_string())
    }
}

impl Telling {
    /// Runs it; what to print.
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let told = opened.runtime.block_on(opened.records.who_may_be_told(&session, self.child));
        told.map(|told| answered(&told)).map_err(|fault| fault.to_string())
    }
}

fn listed(relations: &[Stands]) -> String {
    let mut lines = String::new();
    for Stands { id, adult, full_name, kind, responsibility, lives_with, contact_order } in relations {
        // Writing into a text cannot fail.
        let _written = writeln!(
            lines,
            "{contact_order}. {full_name} ({adult}), {}, {}, lives with them: {}  {id}",
            kind.title(),
            responsibility.title(),
            lives_with.word()
        );
    }
    if relations.is_empty() { "Nobody is recorded.".to_owned() } else { lines.trim_end().to_owned() }
}

fn answered(told: &WhoMayBeTold) -> String {
    let mut lines = String::new();
    for adult in &told.adults {
        let kind = adult.kind.map(|kind| format!(", {}", kind.title())).unwrap_or_default();
        let address = if adult.address_not_given_out { "  (their address is given to nobody)" } else { "" };
        let _written =
            writeln!(lines, "{} ({}){kind}: {}{address}", adult.full_name, adult.adult, answer(adult.telling));
    }
    if told.adults.is_empty() {
        lines.push_str("Nobody is recorded.\n");
    }
    if told.address_not_given_out {
        lines.push_str("The child's address is given to nobody: leave it out of letters, lists and exports.\n");
    }
    lines.push_str("That somebody may be told is not yet a decision that they are.");
    lines
}

fn answer(telling: Answer) -> &'static str {
    match telling {
        Answer::May => "may be told",
        Answer::Never => "NEVER: do not tell, do not contact",
        Answer::Ask(Unsure::NoResponsibility) => "ask first: no parental responsibility",
        Answer::Ask(Unsure::ResponsibilityNotKnown) => "ask first: parental responsibility not known",
        Answer::Ask(Unsure::CourtOrder) => "ask first: a court order binds them",
        Answer::Ask(Unsure::Left) => "ask first: no longer on the school's list",
    }
}
