//! Who keeps children safe here, and who of them is in.

use super::statements::{TEAM, ZONE};
use crate::{Fault, Records, access::Duty, id, settings::define::signposts};
use jiff::tz::TimeZone;

/// One of the safeguarding team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    /// Who.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// The duty they hold.
    pub duty: Duty,
    /// Whether only to act while its holder is away.
    pub is_deputy: bool,
    /// Whether an absence of theirs is recorded for now.
    pub is_away: bool,
}

impl Records {
    /// The safeguarding leads and their deputies, leads first. It is everybody's to know whom to go to, and reading it leaves no
    /// trace; whether the page shows their names to strangers, [`Records::names_are_public`] says.
    pub async fn safeguarding_team(&self, school: id::School) -> Result<Vec<TeamMember>, Fault> {
        let now = self.clock().now();
        let rows = self.looking().await?.rows(&TEAM, &[school.into(), now.into()]).await?;
        let mut team: Vec<TeamMember> = Vec::new();
        for row in &rows {
            let (full, preferred): (String, Option<String>) = (row.get(3)?, row.get(4)?);
            let member = TeamMember {
                person: row.get(2)?,
                name: preferred.unwrap_or(full),
                duty: row.get(0)?,
                is_deputy: row.get(1)?,
                is_away: row.get::<i64>(5)? > 0,
            };
            // Whoever holds two of the duties stands with the first.
            if !team.iter().any(|known| known.person == member.person) {
                team.push(member);
            }
        }
        Ok(team)
    }

    /// Whether the school lets the help page name the team to whoever is not signed in.
    pub async fn names_are_public(&self, school: id::School) -> Result<bool, Fault> {
        Ok(self.settings(school).await?.of(&signposts::HELP_NAMES))
    }

    /// The school's time zone; UTC where its name is of none.
    pub async fn time_zone(&self, school: id::School) -> Result<TimeZone, Fault> {
        let row = self.looking().await?.row(&ZONE, &[school.into()]).await?.ok_or(Fault::NotFound)?;
        Ok(TimeZone::get(&row.get::<String>(0)?).unwrap_or(TimeZone::UTC))
    }
}
