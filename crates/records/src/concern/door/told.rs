//! What somebody wrote at a door: sealed as one, so that nothing of it, not even how it may be answered, stands open.

use super::{super::Picture, Concerned, Writer};
use crate::{Fault, file::Words, people::folded_words, store::damaged};
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
    pub(in crate::concern) fn check(&self) -> Result<(), Fault> {
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

/// Words that stand in “about whom” and are nobody's name.
const SMALL: &[&str] = &[
    "a", "about", "after", "again", "also", "an", "and", "at", "but", "by", "called", "came", "dr", "first", "for",
    "from", "has", "he", "her", "here", "him", "his", "in", "is", "it", "madam", "me", "miss", "mr", "mrs", "ms", "mx",
    "my", "named", "no", "not", "now", "of", "on", "one", "or", "our", "rev", "she", "sir", "some", "somebody",
    "someone", "that", "the", "their", "them", "they", "this", "to", "was", "who", "with", "you",
];
/// Words there that are what somebody is, and some people's names too: “the cook” and “Mr Cook”.
const ROLES: &[&str] = &[
    "agency",
    "assistant",
    "boss",
    "boy",
    "bus",
    "caretaker",
    "child",
    "class",
    "cleaner",
    "club",
    "coach",
    "contractor",
    "cook",
    "cover",
    "doctor",
    "driver",
    "electrician",
    "family",
    "father",
    "football",
    "girl",
    "governor",
    "head",
    "helper",
    "kitchen",
    "lady",
    "last",
    "lunch",
    "man",
    "master",
    "midday",
    "monday",
    "mother",
    "music",
    "name",
    "new",
    "nurse",
    "office",
    "parent",
    "person",
    "photographer",
    "plumber",
    "professor",
    "pupil",
    "pupils",
    "school",
    "security",
    "staff",
    "student",
    "supervisor",
    "supply",
    "taxi",
    "teacher",
    "team",
    "temporary",
    "thursday",
    "today",
    "trainee",
    "transport",
    "tuesday",
    "tutor",
    "unknown",
    "visiting",
    "visitor",
    "volunteer",
    "wednesday",
    "friday",
    "week",
    "woman",
    "work",
    "worker",
    "works",
    "year",
    "yesterday",
    "young",
];

/// The names of an adult as somebody wrote them: what is masked in the child's part where the adult is in no list, or is written there
/// otherwise than in the register. Without the words that are nobody's name, and without the child's own.
pub(in crate::concern) fn spelt(about: &str, child: &[String]) -> Vec<String> {
    let of_child: Vec<String> = child.iter().flat_map(|name| folded_words(name)).collect();
    let begins_large = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let is_first = |word: &str| about.trim_start().starts_with(word);
    let is_name = |word: &&str| {
        let folded = folded_words(word).concat();
        let is_role = ROLES.contains(&folded.as_str()) && (is_first(word) || !begins_large(word));
        word.chars().count() > 1
            && !word.chars().any(|sign| sign.is_ascii_digit())
            && !SMALL.contains(&folded.as_str())
            && !is_role
            && !of_child.contains(&folded)
    };
    let words = |line: &str| -> Vec<String> {
        let parts = line.split(|sign: char| !(sign.is_alphanumeric() || matches!(sign, '-' | '\'' | '’')));
        let parts = parts.flat_map(|part| [part].into_iter().chain(part.split(['-', '\'', '’'])));
        parts.filter(is_name).map(str::to_owned).collect()
    };
    let all = words(about);
    // “Visiting coach kowalski”: a sentence begins with a capital, so that the first word alone says nothing.
    let names: Vec<String> = all.iter().filter(|word| begins_large(word)).cloned().collect();
    let mut names = if names.iter().all(|word| is_first(word)) { all } else { names };
    names.sort_by_key(|name| (std::cmp::Reverse(name.chars().count()), name.clone()));
    names.dedup();
    names
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
    fn the_names_in_what_somebody_wrote_are_found_without_the_words_around_them() {
        let spelt = |about: &str| spelt(about, &["Ann Birch".to_owned()]).join(" ");
        assert_eq!(spelt("Mr Wexcombe, supply"), "Wexcombe");
        assert_eq!(spelt("the supply teacher, mr wexcombe; Ann Birch"), "wexcombe");
        assert_eq!(spelt("Visiting coach kowalski"), "kowalski");
        assert_eq!(spelt("Marek O’Neill-Kowalski from 7A with Ann"), "O’Neill-Kowalski Kowalski Marek Neill");
        assert_eq!(spelt("the cleaner"), "");
        assert_eq!(spelt("the new cook, Mr Cook"), "Cook");
    }

    #[test]
    fn what_is_too_long_is_refused_with_its_field() {
        assert!(told(&"x".repeat(MOST_TOLD)).check().is_ok());
        assert!(told(&"x".repeat(MOST_TOLD + 1)).check().unwrap_err().to_string().contains("words"));
        let long = Told { reach: Zeroizing::new("x".repeat(MOST_IN_A_LINE + 1)), ..told("x") };
        assert!(long.check().unwrap_err().to_string().contains("reach"));
    }
}
