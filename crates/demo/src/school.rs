//! Rivermead School, which does not exist: its policy, its people and its invented lists, written into a data folder
//! as a school would write its own.

use jiff::{ToSpan as _, civil::Date};
use std::{fs, io, path::Path};

const POLICY: &str = include_str!("school/policy.toml");
const PEOPLE: &str = include_str!("school/people.toml");

/// One of the people to try it as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SamplePerson {
    /// The proxy listener that stands for them.
    pub listener: &'static str,
    /// Who they are, for whoever tries it.
    pub who: &'static str,
}

/// The people to try it as, each with a listener of their own.
pub const SAMPLE_PEOPLE: [SamplePerson; 5] = [
    SamplePerson { listener: "amber", who: "Amber, one of the youngest pupils (group Rowan)" },
    SamplePerson { listener: "bilal", who: "Bilal, a pupil of the middle years (group Hazel), in a geography lesson" },
    SamplePerson { listener: "chloe", who: "Chloe, an older pupil (group Oak)" },
    SamplePerson { listener: "teacher", who: "a teacher (group Ash)" },
    SamplePerson { listener: "visitor", who: "a visitor (group Elm)" },
];

/// The password of everybody who can sign in to the demo's proxy.
pub const DEMO_PASSWORD: &str = "river-otter";

/// An invented list of the practice range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InventedList {
    /// The source's id.
    pub id: &'static str,
    /// The category's code.
    pub category: &'static str,
    /// Its hosts, one a line.
    pub hosts: &'static str,
}

/// Invented lists: sites of the practice range, and names that lead nowhere for what nobody may play at.
pub const INVENTED_LISTS: [InventedList; 9] = [
    InventedList { id: "practice-gambling", category: "gambling", hosts: "casino.example\n" },
    InventedList { id: "practice-games", category: "gaming", hosts: "arcade.example\n" },
    InventedList { id: "practice-bypass", category: "anonymisers", hosts: "hide-me.example\n" },
    InventedList { id: "practice-social", category: "social-media", hosts: "social.example\n" },
    InventedList { id: "practice-shopping", category: "shopping", hosts: "shop.example\n" },
    InventedList { id: "practice-search", category: "search-engines", hosts: "search.example\notherfind.example\n" },
    InventedList { id: "practice-hatred", category: "hatred", hosts: "hatred.practice.test\n" },
    InventedList { id: "practice-extremism", category: "extremism", hosts: "extremism.practice.test\n" },
    InventedList { id: "practice-illegal", category: "illegal", hosts: "illegal.practice.test\n" },
];

/// Writes the policy and the people document where they are not there yet, and the invented lists' files.
/// `today` is the school's date; `password_hash` is the argon2id hash of [`DEMO_PASSWORD`].
pub fn write(data_folder: &Path, today: Date, password_hash: &str) -> io::Result<()> {
    let date = |days: i32| today.saturating_add(days.days()).to_string();
    let policy =
        POLICY.replace("{{today}}", &date(0)).replace("{{in-a-week}}", &date(7)).replace("{{next-year}}", &date(365));
    let people = PEOPLE.replace("{{hash}}", password_hash);
    write_if_absent(&data_folder.join("policy.toml"), &policy)?;
    write_if_absent(&data_folder.join("people.toml"), &people)?;
    let folder = data_folder.join("practice-lists");
    fs::create_dir_all(&folder)?;
    for list in INVENTED_LISTS {
        fs::write(folder.join(format!("{}.txt", list.id)), list.hosts)?;
    }
    Ok(())
}

fn write_if_absent(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() { Ok(()) } else { fs::write(path, text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::{
        category::Category,
        people::{self, Document},
        policy,
        ruleset::{self, content::Content},
    };
    use std::sync::Arc;

    #[test]
    fn the_fictional_schools_documents_are_good_and_everybody_was_told() {
        let folder = tempfile::tempdir().unwrap();
        let today: Date = "2026-11-22".parse().unwrap();
        write(folder.path(), today, "$argon2id$example").unwrap();
        let text = fs::read_to_string(folder.path().join("policy.toml")).unwrap();
        let source = policy::read("policy.toml", &text).unwrap();
        let (ruleset, problems) = ruleset::compile(source, Arc::new(Content::default()), "policy.toml", &text).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let text = fs::read_to_string(folder.path().join("people.toml")).unwrap();
        let source = people::read("people.toml", &text).unwrap();
        let document = Document { file: "people.toml", text: &text };
        let table = people::compile(&source, ruleset.source(), today, 1, document).unwrap();
        assert!(table.told);
        for person in SAMPLE_PEOPLE {
            assert!(table.listeners.contains_key(person.listener), "{}", person.listener);
        }
        for list in INVENTED_LISTS {
            assert!(Category::from_code(list.category).is_some(), "{}", list.category);
        }
    }
}
