//! A school that is being thought of: what `holdfast school set-up` reads, and what the first run in a browser keeps while
//! somebody works at it. It may be half full; [`Draft::to_set_up`] says what its words mean, and
//! [`SetUp::faults`](super::SetUp::faults) what is still missing.

use super::{FirstDuty, FirstPerson, SetUp};
use crate::{
    access::Duty,
    people::{Kind, NewPerson, StaffKind},
};
use holdfast_core::{
    problem::{Problem, lines},
    toml_text,
};
use serde::{Deserialize, Serialize};

/// The most people of a draft: the duties of a school, each with deputies, many times over.
pub const MOST_PEOPLE: usize = 60;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The school's short code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its time zone.
    #[serde(default = "london")]
    pub time_zone: String,
    /// The trust it belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<String>,
    /// The first people.
    #[serde(default, rename = "person", skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<DraftPerson>,
}

impl Default for Draft {
    fn default() -> Self {
        Self { code: String::new(), name: String::new(), time_zone: london(), trust: None, people: Vec::new() }
    }
}

/// One of the first people, in the words of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftPerson {
    /// Their name in full.
    pub full_name: String,
    /// What they like to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_name: Option<String>,
    /// What they are to the school; staff, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How they work here; employed, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_kind: Option<String>,
    /// What they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duties: Vec<String>,
    /// What they act in while its holder is away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deputy_for: Vec<String>,
    /// The name they will sign in with, if they get an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_name: Option<String>,
    /// Whether they are a custodian.
    #[serde(default)]
    pub custodian: bool,
}

fn london() -> String {
    "Europe/London".to_owned()
}

impl Draft {
    /// Reads the document; what is wrong with it is told with its lines.
    pub(crate) fn read(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        toml_text::read(file, text)
    }

    /// The same as text.
    pub(super) fn text(&self) -> Result<String, crate::Fault> {
        toml::to_string(self).map_err(|fault| crate::Fault::wrong(format!("The draft cannot be written: {fault}.")))
    }

    /// What it means. A word that is none of ours is told; what is missing is told by [`SetUp::faults`].
    pub fn to_set_up(&self) -> Result<SetUp, Vec<Problem>> {
        let mut problems = Vec::new();
        if self.people.len() > MOST_PEOPLE {
            problems.push(Problem::error(format!(
                "{} people are more than the {MOST_PEOPLE} that can be named here. The others are added afterwards.",
                self.people.len()
            )));
        }
        let people = self.people.iter().map(|person| first(person, &mut problems)).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let Self { code, name, time_zone, trust, .. } = self.clone();
        Ok(SetUp { code, name, time_zone, trust, people })
    }

    /// Everything that keeps it from being a school, in words.
    pub fn missing(&self) -> Vec<String> {
        let problems = match self.to_set_up() {
            Ok(set_up) => set_up.faults(),
            Err(problems) => problems,
        };
        problems.into_iter().map(|problem| problem.message).collect()
    }
}

fn first(person: &DraftPerson, problems: &mut Vec<Problem>) -> FirstPerson {
    let mut wrong = |what: &str, word: &str, words: String| {
        problems.push(Problem::error(format!("{what}: “{word}” is none of: {words}.")));
    };
    let kind = person.kind.as_deref().unwrap_or("staff");
    let staff_kind = person.staff_kind.as_deref().or((kind == "staff").then_some("employed"));
    if Kind::from_word(kind).is_none() {
        wrong("kind", kind, Kind::words());
    }
    if let Some(word) = staff_kind.filter(|word| StaffKind::from_word(word).is_none()) {
        wrong("staff_kind", word, StaffKind::words());
    }
    let named = person.duties.iter().map(|word| (word, false));
    let mut duties = Vec::new();
    for (word, is_deputy) in named.chain(person.deputy_for.iter().map(|word| (word, true))) {
        if let Some(duty) = Duty::from_word(word) {
            duties.push(FirstDuty { duty, is_deputy });
        } else {
            wrong("duties", word, Duty::ALL.iter().map(|duty| duty.word()).collect::<Vec<_>>().join(", "));
        }
    }
    FirstPerson {
        person: NewPerson {
            staff_kind: staff_kind.and_then(StaffKind::from_word),
            preferred_name: person.preferred_name.clone(),
            ..NewPerson::new(Kind::from_word(kind).unwrap_or(Kind::Staff), person.full_name.clone())
        },
        duties,
        sign_in_name: person.sign_in_name.clone(),
        is_custodian: person.custodian,
    }
}

/// The same for a file that a person named on the command line.
pub(crate) fn set_up_of(file: &str, text: &str) -> Result<SetUp, String> {
    let draft = Draft::read(file, text).map_err(|problems| lines(&problems))?;
    draft.to_set_up().map_err(|problems| lines(&problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_says_what_is_missing() {
        let person = DraftPerson {
            full_name: "Hana \"the\" Head".to_owned(),
            duties: vec!["head".to_owned()],
            custodian: true,
            ..DraftPerson::default()
        };
        let draft = Draft { name: "Ashdown".to_owned(), people: vec![person], ..Draft::default() };
        let again = Draft::read("draft", &draft.text().unwrap()).unwrap();
        assert_eq!(again, draft);
        let missing = again.missing().join("\n");
        for words in ["code", "designated safeguarding lead", "at least 3 must", "1 different people could recover"] {
            assert!(missing.contains(words), "{words} is not in {missing}");
        }
        let wrong = DraftPerson { duties: vec!["pirate".to_owned()], ..DraftPerson::default() };
        let draft = Draft { people: vec![wrong], ..Draft::default() };
        assert!(draft.missing().join("").contains("pirate"));
    }
}
