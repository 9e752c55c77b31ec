//! Which school a page speaks for that anybody may read.

use super::statements::SCHOOLS_BY_NAME;
use crate::{Fault, Records, id};

impl Records {
    /// The school that bears this name; where there is only one, that one. Nothing where several could be meant: a page for
    /// everybody does not guess whose people it names.
    pub async fn school_shown_as(&self, name: &str) -> Result<Option<id::School>, Fault> {
        let rows = self.looking().await?.rows(&SCHOOLS_BY_NAME, &[]).await?;
        let schools = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
        let schools = schools.collect::<Result<Vec<(id::School, String)>, Fault>>()?;
        if let [(only, _)] = schools.as_slice() {
            return Ok(Some(*only));
        }
        let mut of_name = schools.iter().filter(|(_, known)| known == name);
        match (of_name.next(), of_name.next()) {
            (Some((school, _)), None) => Ok(Some(*school)),
            _ => Ok(None),
        }
    }
}
