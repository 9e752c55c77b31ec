//! What somebody wrote at a door: sealed as one, so that nothing of it, not even how it may be answered, stands open.

use super::{super::Picture, Concerned, Writer};
use crate::{Fault, file::Words, store::damaged};
use serde_json::{Value as Json, json};
use std::fmt;
use zeroize::Zeroizing;

/// The most that may be told, in characters: a dozen pages. More can be said to whoever answers.
pub const MOST_TOLD: usize = 20_000;
/// The most of what stands in one line: about whom, a name, how to be reached.
pub const MOST_IN_A_LINE: usize = 500;

/// What somebody wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct Told {
    /// Who they say that they are.
    pub writer: Writer,
    /// What or whom they say it is about.
    pub concerned: Concerned,
    /// Whether there is a picture or video.
    pub picture: Picture,
    /// About whom, in their words.
    pub about: Zeroizing<String>,
    /// What happened.
    pub words: Words,
    /// Whether their name is to be kept from the family and from whom it is about.
    pub is_confidential: bool,
    /// Their name, if they gave one.
    pub name: Zeroizing<String>,
    /// How they may be reached, if they said it.
    pub reach: Zeroizing<String>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told(…)")
    }
}

impl Told {
    /// Refuses what is too long, or holds what cannot be kept.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.words.as_str().chars().count() > MOST_TOLD {
            return Err(Fault::wrong(format!(
                "words: That is more than {MOST_TOLD} letters. Shorten it, or send the rest as a second report."
            )));
        }
        for (field, line) in [("about", &self.about), ("name", &self.name), ("reach", &self.reach)] {
            if line.chars().count() > MOST_IN_A_LINE {
                return Err(Fault::wrong(format!("{field}: That is more than {MOST_IN_A_LINE} letters. Shorten it.")));
            }
            if line.contains('\0') {
                return Err(Fault::wrong(format!("{field}: There is a sign in it that cannot be kept.")));
            }
        }
        Ok(())
    }

    /// As it is sealed.
    pub(super) fn sealed_words(&self) -> Result<Words, Fault> {
        let told = json!({
            "writer": self.writer.word(),
            "concerned": self.concerned.word(),
            "picture": self.picture.word(),
            "about": self.about.as_str(),
            "words": self.words.as_str(),
            "confidential": self.is_confidential,
            "name": self.name.as_str(),
            "reach": self.reach.as_str(),
        });
        Words::new(told.to_string())
    }

    /// As it was sealed.
    pub(super) fn read(words: &Words) -> Result<Self, Fault> {
        let unknown = || damaged(0, "is no report that we wrote");
        let json: Json = serde_json::from_str(words.as_str()).map_err(|_not_ours| unknown())?;
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned).ok_or_else(unknown);
        Ok(Self {
            writer: Writer::from_word(&text("writer")?).ok_or_else(unknown)?,
            concerned: Concerned::from_word(&text("concerned")?).ok_or_else(unknown)?,
            picture: Picture::from_word(&text("picture")?).ok_or_else(unknown)?,
            about: Zeroizing::new(text("about")?),
            words: Words::new(text("words")?)?,
            is_confidential: json.get("confidential").and_then(Json::as_bool).ok_or_else(unknown)?,
            name: Zeroizing::new(text("name")?),
            reach: Zeroizing::new(text("reach")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Told {
        Told {
            writer: Writer::Parent,
            concerned: Concerned::Nobody,
            picture: Picture::NotSure,
            about: Zeroizing::new("Mia “R”\n".to_owned()),
            words: Words::new(words).unwrap(),
            is_confidential: true,
            name: Zeroizing::default(),
            reach: Zeroizing::new("07700 900123".to_owned()),
        }
    }

    #[test]
    fn what_was_sealed_is_read_again_and_none_of_it_is_printed() {
        let told = told("a line\nand “another” \\ one");
        assert_eq!(Told::read(&told.sealed_words().unwrap()).unwrap(), told);
        assert_eq!(format!("{told:?}"), "Told(…)");
        assert!(Told::read(&Words::new("{}").unwrap()).is_err());
    }

    #[test]
    fn what_is_too_long_is_refused_with_its_field() {
        assert!(told(&"x".repeat(MOST_TOLD)).check().is_ok());
        assert!(told(&"x".repeat(MOST_TOLD + 1)).check().unwrap_err().to_string().contains("words"));
        let long = Told { reach: Zeroizing::new("x".repeat(MOST_IN_A_LINE + 1)), ..told("x") };
        assert!(long.check().unwrap_err().to_string().contains("reach"));
    }
}
