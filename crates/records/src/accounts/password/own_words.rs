//! Words that a school adds to those of which no password may be made: its nickname, its mascot, the street. Adding is logged, and
//! nothing is taken away, so that nobody makes room for a weak password and closes it again.

use super::{
    super::statements::{ADD_OWN_WORD, OWN_WORD_COUNT, OWN_WORD_ROWS},
    rule::folded,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
};
use jiff::Timestamp;

/// The fewest and the most letters of a word.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=60;
/// The most words of a school.
const MOST: i64 = 500;

/// A word that the school added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWord {
    /// The word, as passwords are held against it: small letters and digits alone.
    pub word: String,
    /// Who added it.
    pub added_by: id::Person,
    /// When.
    pub added_at: Timestamp,
}

impl Records {
    /// Adds a word of which no password may be made from now on; how it is held against passwords. One that is there already stays
    /// as it is.
    pub async fn add_password_word(&self, session: &Session, word: &str) -> Result<String, Fault> {
        let word = folded(word);
        if !LETTERS.contains(&word.chars().count()) {
            return Err(Fault::wrong(format!(
                "A word has {} to {} letters and digits.",
                LETTERS.start(),
                LETTERS.end()
            )));
        }
        let detail = Detail::none().with("word", word.as_str());
        let mut entered = self.act(session, Act::PasswordWordAdded, Resource::School, detail).await?;
        let added = match session.actor {
            Actor::Person(by) => add(&mut entered, &word, by).await,
            Actor::Console | Actor::Clock | Actor::Door | Actor::SealedSignIn(_) => Err(Fault::NotFound),
        };
        entered.finish(added).await?;
        Ok(word)
    }

    /// The words that a school added, newest first. They say nothing about anybody, so that this leaves no trace.
    pub async fn password_words(&self, school: id::School) -> Result<Vec<OwnWord>, Fault> {
        let rows = self.looking().await?.rows(&OWN_WORD_ROWS, &[school.into()]).await?;
        rows.iter().map(|row| Ok(OwnWord { word: row.get(0)?, added_by: row.get(1)?, added_at: row.get(2)? })).collect()
    }
}

async fn add(entered: &mut Entered, word: &str, by: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let count = entered.row(&OWN_WORD_COUNT, &[school.into()]).await?.map_or(Ok(0), |row| row.get::<i64>(0))?;
    if count >= MOST {
        return Err(Fault::wrong(format!("The school has {MOST} words already, which is as many as there can be.")));
    }
    entered.change(&ADD_OWN_WORD, &[school.into(), word.into(), by.into(), now.into()]).await.map(drop)
}
