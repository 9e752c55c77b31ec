//! `holdfast calendar`.

use super::{
    setting::{school_of, told},
    surroundings::{AsWhom, OfSchool, Opened, Surroundings, Where, text_of},
};
use crate::calendar::{CalendarVersion, Days, KNOWN_UNTIL, Standing};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// How many weeks before its end a calendar is said to end soon.
const WEEKS: u32 = 8;
/// The longest file that is read, in bytes: more than a calendar may have, so that too long a one is told as that.
const LONGEST: u64 = 128 * 1024;

/// `holdfast calendar`.
#[derive(Debug, Args)]
pub struct CalendarCommand {
    #[command(flatten)]
    place: Where,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Shows the calendar in force and how far it reaches.
    Show {
        #[command(flatten)]
        school: OfSchool,
    },
    /// Puts a calendar in force.
    Set {
        #[command(flatten)]
        as_whom: AsWhom,
        /// The calendar: a TOML document (docs/settings.md shows one).
        file: PathBuf,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Checks a file without keeping it, or else the calendar in force.
    Check {
        #[command(flatten)]
        school: OfSchool,
        /// The calendar to check.
        file: Option<PathBuf>,
    },
}

impl CalendarCommand {
    pub(super) fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let (runtime, records) = (&opened.runtime, &opened.records);
        match self.what {
            What::Show { school } => {
                let school = school_of(&opened, &school)?;
                match told(runtime.block_on(records.calendar(school)))? {
                    Some(version) => {
                        let standing = version.calendar.standing(records.clock().now(), WEEKS);
                        Ok(show(&version, standing))
                    }
                    None => Ok(Standing::Missing.to_string()),
                }
            }
            What::Set { as_whom, file, why } => {
                let (name, document) = read(&file)?;
                let session = opened.sign_in(&as_whom)?;
                let number = told(runtime.block_on(records.set_calendar(&session, &name, &document, &why)))?;
                let standing = told(runtime.block_on(records.calendar_standing(session.school, WEEKS)))?;
                Ok(format!("Calendar {number} is in force. {standing}"))
            }
            What::Check { school, file: Some(file) } => {
                let (name, document) = read(&file)?;
                let school = school_of(&opened, &school)?;
                let calendar = told(runtime.block_on(records.check_calendar(school, &name, &document)))?;
                Ok(format!("Nothing is wrong with it. {}", calendar.standing(records.clock().now(), WEEKS)))
            }
            What::Check { school, file: None } => {
                let school = school_of(&opened, &school)?;
                let standing = told(runtime.block_on(records.calendar_standing(school, WEEKS)))?;
                if standing.is_alarming() { Err(standing.to_string()) } else { Ok(standing.to_string()) }
            }
        }
    }
}

fn read(file: &Path) -> Result<(String, String), String> {
    Ok((file.display().to_string(), text_of(file, LONGEST)?))
}

fn show(version: &CalendarVersion, standing: Standing) -> String {
    let calendar = &version.calendar;
    let days = |days: Days| format!("{} to {}", days.first, days.last);
    let mut lines = vec![
        format!("Calendar {} set {} by {}: {}", version.number, version.at, version.by, version.why),
        standing.to_string(),
        format!("It covers {}; bank holidays are known until {KNOWN_UNTIL}.", days(calendar.range())),
    ];
    for term in calendar.terms() {
        let half_term = term.half_term.map(|half_term| format!(", half-term {}", days(half_term))).unwrap_or_default();
        lines.push(format!("{}: {}{half_term}", term.name, days(term.days)));
    }
    lines.extend(calendar.closures().iter().map(|closure| format!("Closed {}: {}", days(closure.days), closure.why)));
    lines.push(match calendar.watched() {
        Some(week) => format!("Watched on school days: {week}"),
        None => "Watched hours are not declared.".to_owned(),
    });
    lines.join("\n")
}
