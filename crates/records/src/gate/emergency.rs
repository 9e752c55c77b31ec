//! Emergency blocks: for everyone at once, until somebody lifts them (requirement F-39, practice 8).

use super::{
    document,
    policy::{Accepted, Change, Ground, reason},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
};
use holdfast_core::policy::source::EmergencySource;
use jiff::civil::{Date, Weekday};
use toml_edit::DocumentMut;

/// The most sites of one block.
const MOST_SITES: usize = 200;

/// A block to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEmergencyBlock {
    /// Hosts, each with everything below it.
    pub hosts: Vec<String>,
    /// Addresses: `host/path`. Where only the name of a request was seen, its whole host is blocked.
    pub addresses: Vec<String>,
    /// Why.
    pub why: String,
    /// The day on which it is looked at again; the next weekday, if left out.
    pub review: Option<Date>,
}

impl Records {
    /// Blocks sites for everyone, from now on.
    pub async fn emergency_block(&self, session: &Session, new: &NewEmergencyBlock) -> Result<Accepted, Fault> {
        let sites = new.hosts.len() + new.addresses.len();
        if sites == 0 || sites > MOST_SITES {
            return Err(Fault::wrong(format!("An emergency block names one to {MOST_SITES} sites.")));
        }
        let change = Change {
            act: Act::EmergencyBlockChanged,
            resource: Resource::School,
            kind: "emergency",
            why: reason(&new.why)?,
        };
        let place = |document: &mut DocumentMut, ground: &Ground| {
            let code = format!("emergency-{}", ground.number);
            let today = ground.wall.zone.to_datetime(ground.wall.now).date();
            let entry = EmergencySource {
                code: code.clone(),
                hosts: new.hosts.clone(),
                addresses: new.addresses.clone(),
                author: ground.author.as_str().into(),
                starts: ground.wall.time(ground.wall.now),
                review: new.review.unwrap_or_else(|| next_weekday(today)).to_string(),
                ends: None,
            };
            document::add(document, "emergency", &entry)?;
            Ok(Some(code))
        };
        self.revise(session, &change, &place).await
    }

    /// Lifts an emergency block.
    pub async fn lift_emergency_block(&self, session: &Session, code: &str, why: &str) -> Result<Accepted, Fault> {
        let change = Change {
            act: Act::EmergencyBlockChanged,
            resource: Resource::School,
            kind: "emergency-lifted",
            why: reason(why)?,
        };
        let lift = |document: &mut DocumentMut, ground: &Ground| {
            document::end(document, "emergency", code, &ground.wall)?;
            Ok(Some(code.to_owned()))
        };
        self.revise(session, &change, &lift).await
    }
}

fn next_weekday(today: Date) -> Date {
    let days = today.series(jiff::Span::new().days(1)).skip(1);
    days.into_iter().find(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_friday_is_looked_at_on_monday() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(next_weekday(day("2026-11-20")), day("2026-11-23"));
        assert_eq!(next_weekday(day("2026-11-23")), day("2026-11-24"));
    }
}
