//! Rivermead School, which does not exist: its policy, its people and its invented lists, written into a data folder
//! as a school would write its own.

use holdfast_core::{category::Category, lists::Format};
use holdfast_duty::lists::{Limits, Location, Meaning, Source, Store};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

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

/// The personal name under which Chloe's devices ask the encrypted name service; the same as in the people document.
pub const CHLOES_RESOLVER_NAME: &str = "chloe-demo-7m2x";

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
pub const INVENTED_LISTS: [InventedList; 10] = [
    InventedList { id: "practice-gambling", category: "gambling", hosts: "casino.example\n" },
    InventedList { id: "practice-games", category: "gaming", hosts: "arcade.example\n" },
    InventedList { id: "practice-bypass", category: "anonymisers", hosts: "hide-me.example\n" },
    InventedList { id: "practice-social", category: "social-media", hosts: "social.example\n" },
    InventedList { id: "practice-shopping", category: "shopping", hosts: "shop.example\n" },
    InventedList { id: "practice-search", category: "search-engines", hosts: "search.example\notherfind.example\n" },
    InventedList { id: "practice-hatred", category: "hatred", hosts: "hatred.practice.test\n" },
    InventedList { id: "practice-extremism", category: "extremism", hosts: "extremism.practice.test\n" },
    InventedList { id: "practice-pornography", category: "pornography", hosts: "adults-only.practice.test\n" },
    InventedList { id: "practice-illegal", category: "illegal", hosts: "illegal.practice.test\n" },
];

/// Moves the school into a data folder: its documents where they are not there yet, and its invented lists as sources,
/// added and fetched through the same verbs as any other list.
pub fn move_in(data_folder: &Path, now: Timestamp, password_hash: &str) -> Result<(), String> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    write(data_folder, now.to_zoned(zone).date(), password_hash)
        .map_err(|fault| format!("{}: {fault}.", data_folder.display()))?;
    let store = Store::new(data_folder, Limits::default());
    let known = store.list().map_err(|fault| fault.to_string())?;
    for list in INVENTED_LISTS {
        let standing = known.iter().find(|standing| standing.source.id == list.id);
        if standing.is_none() {
            store.add(&list.source(data_folder)?).map_err(|fault| fault.to_string())?;
        }
        // A demonstration that was killed in between has the source and not yet the list.
        if standing.is_none_or(|standing| standing.in_use.is_none()) {
            store.update(list.id, &[], now, &mut |_| {}).map_err(|fault| fault.to_string())?;
        }
    }
    Ok(())
}

impl InventedList {
    fn source(&self, data_folder: &Path) -> Result<Source, String> {
        let category = Category::from_code(self.category).ok_or_else(|| format!("no category “{}”", self.category))?;
        let file = std::path::absolute(data_folder.join("practice-lists").join(format!("{}.txt", self.id)));
        Ok(Source {
            id: self.id.to_owned(),
            title: format!("{} of the practice range (invented)", category.title()),
            location: Location::File(file.map_err(|fault| fault.to_string())?),
            format: Some(Format::Domains),
            meaning: Meaning::Category(category),
            licence: "AGPL-3.0-or-later".to_owned(),
            checksum: None,
            approved: true,
        })
    }
}

/// Writes the policy and the people document where they are not there yet, and the invented lists' files.
/// `today` is the school's date; `password_hash` is the argon2id hash of [`DEMO_PASSWORD`].
fn write(data_folder: &Path, today: Date, password_hash: &str) -> io::Result<()> {
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

/// For the owner only: the people document holds password hashes.
fn write_if_absent(path: &Path, text: &str) -> io::Result<()> {
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::{
        inspection::Extent,
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
        let extents =
            ruleset.source().groups.iter().map(|group| (group.code.as_str(), group.judging.inspection.extent));
        let expected = [
            ("rowan", Extent::Everything),
            ("hazel", Extent::BlockPages),
            ("oak", Extent::Everything),
            ("ash", Extent::BlockPages),
            ("elm", Extent::Nothing),
        ];
        assert_eq!(extents.collect::<Vec<_>>(), expected);
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
