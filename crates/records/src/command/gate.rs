//! `holdfast lesson`, `holdfast suspension` and `holdfast emergency-block`: what is opened or closed for a while.

use super::{
    policy::told,
    surroundings::{AsWhom, Opened, Surroundings, Where},
};
use crate::{
    Fault,
    gate::{Accepted, NewEmergencyBlock, NewLesson, NewSuspension, Suspended},
};
use clap::{Args, Subcommand};
use jiff::civil::Date;

/// `holdfast lesson`.
#[derive(Debug, Args)]
pub struct Lesson {
    #[command(subcommand)]
    action: LessonAction,
}

#[derive(Debug, Subcommand)]
enum LessonAction {
    /// Opens sites for a class, from now on until a time of today.
    Open(Open),
    /// Ends a lesson now.
    End(End),
}

#[derive(Debug, Args)]
struct Open {
    /// The class's code.
    class: String,
    /// What the lesson is about.
    #[arg(long)]
    title: String,
    /// A site that it opens, with everything below it; again for each.
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// A page and what continues it, such as `maps.example/rivers`; again for each.
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// Hold the class to these sites: all else is blocked while it lasts.
    #[arg(long)]
    only: bool,
    /// When it ends, on the school's clock: `10:45`, or `2026-11-23T10:45`.
    #[arg(long, value_name = "TIME")]
    until: String,
    #[command(flatten)]
    way: Way,
}

/// `holdfast suspension`.
#[derive(Debug, Args)]
pub struct Suspension {
    #[command(subcommand)]
    action: SuspensionAction,
}

#[derive(Debug, Subcommand)]
enum SuspensionAction {
    /// Suspends somebody's access, from now on. Help and lifelines stay open to them. Why belongs in their file.
    Place {
        /// Their neutral code.
        person: String,
        /// When it ends, on the school's clock: `2026-11-27T16:00`.
        #[arg(long, value_name = "TIME")]
        until: String,
        /// A teaching site that stays open; again for each.
        #[arg(long = "keep", value_name = "HOST")]
        keep: Vec<String>,
        #[command(flatten)]
        way: Way,
    },
    /// Ends a suspension now.
    End(End),
    /// Lists the suspensions that run or will, of people whose access you may suspend.
    List(Way),
}

/// `holdfast emergency-block`.
#[derive(Debug, Args)]
pub struct EmergencyBlock {
    #[command(subcommand)]
    action: EmergencyAction,
}

#[derive(Debug, Subcommand)]
enum EmergencyAction {
    /// Blocks sites for everyone, from now on until somebody lifts it.
    Place {
        /// A site, with everything below it; again for each.
        #[arg(long = "host", value_name = "HOST")]
        hosts: Vec<String>,
        /// A page and what continues it; again for each.
        #[arg(long = "address", value_name = "ADDRESS")]
        addresses: Vec<String>,
        /// Why.
        #[arg(long, value_name = "WORDS")]
        why: String,
        /// The day on which it is looked at again; the next weekday, if left out.
        #[arg(long, value_name = "DATE")]
        review: Option<Date>,
        #[command(flatten)]
        way: Way,
    },
    /// Lifts a block.
    Lift {
        /// Its code.
        #[arg(value_name = "CODE")]
        which: String,
        /// Why.
        #[arg(long, value_name = "WORDS")]
        why: String,
        #[command(flatten)]
        way: Way,
    },
}

#[derive(Debug, Args)]
struct End {
    /// Its code, as it was told when it was made.
    #[arg(value_name = "CODE")]
    which: String,
    #[command(flatten)]
    way: Way,
}

/// Where the store is, and who gives the command.
#[derive(Debug, Args)]
struct Way {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
}

impl Lesson {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.action {
            LessonAction::Open(open) => {
                let opened = Opened::open(&open.way.place, surroundings)?;
                let session = opened.sign_in(&open.way.whom)?;
                answer(opened.runtime.block_on(async {
                    let until = opened.records.moment_at_school(&session, &open.until).await?;
                    let new = NewLesson {
                        class: open.class,
                        title: open.title,
                        hosts: open.hosts,
                        addresses: open.addresses,
                        only: open.only,
                        until,
                    };
                    opened.records.set_lesson(&session, &new).await
                }))
            }
            LessonAction::End(End { which, way }) => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                answer(opened.runtime.block_on(opened.records.end_lesson(&session, &which)))
            }
        }
    }
}

impl Suspension {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.action {
            SuspensionAction::Place { person, until, keep, way } => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                answer(opened.runtime.block_on(async {
                    let until = opened.records.moment_at_school(&session, &until).await?;
                    let person = opened.records.person_of_gate_code(&session, &person).await?;
                    opened.records.suspend(&session, &NewSuspension { person, until, keep_hosts: keep }).await
                }))
            }
            SuspensionAction::End(End { which, way }) => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                answer(opened.runtime.block_on(opened.records.end_suspension(&session, &which)))
            }
            SuspensionAction::List(way) => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                let listed = opened.runtime.block_on(opened.records.suspensions(&session));
                let listed = listed.map_err(|fault| fault.to_string())?;
                Ok(if listed.is_empty() {
                    "There is none.".to_owned()
                } else {
                    listed.iter().map(line).collect::<Vec<_>>().join("\n")
                })
            }
        }
    }
}

impl EmergencyBlock {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self.action {
            EmergencyAction::Place { hosts, addresses, why, review, way } => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                let new = NewEmergencyBlock { hosts, addresses, why, review };
                answer(opened.runtime.block_on(opened.records.emergency_block(&session, &new)))
            }
            EmergencyAction::Lift { which, why, way } => {
                let opened = Opened::open(&way.place, surroundings)?;
                let session = opened.sign_in(&way.whom)?;
                answer(opened.runtime.block_on(opened.records.lift_emergency_block(&session, &which, &why)))
            }
        }
    }
}

fn line(suspended: &Suspended) -> String {
    let kept = if suspended.keep_hosts.is_empty() { "nothing".to_owned() } else { suspended.keep_hosts.join(", ") };
    let Suspended { code, full_name, until, .. } = suspended;
    format!("{code}  {full_name}  until {until:.0}  stays open: {kept}")
}

fn answer(done: Result<Accepted, Fault>) -> Result<String, String> {
    let accepted = done.map_err(|fault| fault.to_string())?;
    let code = accepted.code.as_ref().map(|code| format!("Its code: {code}\n")).unwrap_or_default();
    Ok(code + &told("policy", &accepted))
}
