//! People, networks and listeners as the school writes them for now: a versioned TOML document beside the policy.
//! (From the store's issue on they live in the store.) Compiled into the gate's [`IdentityTable`].

use crate::{
    identity::{Binding, IdentityTable, KnownPerson, SignIn},
    policy::PolicySource,
    problem::Problem,
    subject::{ClassCode, DeviceCode, GroupCode, PersonId, RoomCode},
    toml_text::{self, Step, line_at, most_alike},
    wording::Band,
};
use ipnet::IpNet;
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeopleSource {
    /// The version's number; each saved version is one higher.
    pub version: u64,
    /// The school's name, shown on its pages.
    pub school: String,
    /// What was told to whom before anybody is named in the log (practice 23).
    #[serde(default)]
    pub told: Told,
    /// People, by opaque id.
    #[serde(default, rename = "person")]
    pub people: Vec<PersonSource>,
    /// Networks and what they stand for.
    #[serde(default, rename = "network")]
    pub networks: Vec<NetworkSource>,
    /// Listeners of the bootstrap config and what they stand for.
    #[serde(default, rename = "listener")]
    pub listeners: Vec<ListenerSource>,
    /// Addresses bound to a person or device for a time.
    #[serde(default, rename = "binding")]
    pub bindings: Vec<BindingSource>,
}

/// "Told before watched": no names in monitoring until all of this is recorded (practice 23).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The date of the monitoring impact assessment.
    #[serde(default)]
    pub impact_assessment: Option<String>,
    /// The date all staff were told.
    #[serde(default)]
    pub staff: Option<String>,
    /// The date each filter level was told.
    #[serde(default)]
    pub bands: Vec<BandTold>,
}

/// When one filter level was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BandTold {
    /// The level.
    pub band: Band,
    /// The date.
    pub date: String,
}

/// One person. No name: the gate needs none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonSource {
    /// The opaque id.
    pub id: PersonId,
    /// The group whose policy applies.
    pub group: GroupCode,
    /// Teaching classes.
    #[serde(default)]
    pub classes: Vec<ClassCode>,
    /// The name to sign in to the proxy with.
    #[serde(default)]
    pub sign_in: Option<String>,
    /// The argon2id hash of the password, from `holdfast password`.
    #[serde(default)]
    pub password_hash: Option<String>,
    /// The person's own name of the encrypted name service: one label of its host, or one part of its path. Whoever
    /// knows it is taken for this person, so it must not be guessable: 10 to 63 lower-case letters, digits and hyphens,
    /// one digit at least, some of them at random.
    #[serde(default)]
    pub resolver_name: Option<String>,
}

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkSource {
    /// The network: `10.1.0.0/16` or `fd00:1::/64`.
    #[schemars(with = "String")]
    pub network: IpNet,
    /// The group, where it is one group's.
    #[serde(default)]
    pub group: Option<GroupCode>,
    /// The room, where it is one room's.
    #[serde(default)]
    pub room: Option<RoomCode>,
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerSource {
    /// Its name in the bootstrap config.
    pub name: String,
    /// The person, where one person's things come to it.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// The group, where it is one group's.
    #[serde(default)]
    pub group: Option<GroupCode>,
    /// The room, where it is one room's.
    #[serde(default)]
    pub room: Option<RoomCode>,
}

/// An address bound to a person or device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BindingSource {
    /// The address.
    pub address: IpAddr,
    /// The person.
    #[serde(default)]
    pub person: Option<PersonId>,
    /// The group, where no person is known.
    #[serde(default)]
    pub group: Option<GroupCode>,
    /// The device.
    #[serde(default)]
    pub device: Option<DeviceCode>,
    /// The room.
    #[serde(default)]
    pub room: Option<RoomCode>,
    /// When it ends, such as `2026-11-23T16:00:00Z`; never, if absent.
    #[serde(default)]
    pub until: Option<String>,
}

/// Reads a people document.
pub fn read(file: &str, text: &str) -> Result<PeopleSource, Vec<Problem>> {
    toml_text::read(file, text)
}

/// Compiles the identity table. `policy` tells which groups and filter levels exist; `today` is the school's date.
pub fn compile(
    source: &PeopleSource,
    policy: &PolicySource,
    today: Date,
    generation: u64,
    document: Document<'_>,
) -> Result<IdentityTable, Vec<Problem>> {
    let mut compiler = Compiler { source, policy, document, problems: Vec::new() };
    let table = compiler.table(today, generation);
    if compiler.problems.is_empty() { Ok(table) } else { Err(compiler.problems) }
}

/// The text a document was read from, for the lines of problems.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The file as its reader knows it.
    pub file: &'a str,
    /// Its text; may be empty.
    pub text: &'a str,
}

struct Compiler<'a> {
    source: &'a PeopleSource,
    policy: &'a PolicySource,
    document: Document<'a>,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    fn error(&mut self, place: &[Step<'_>], message: String) {
        let mut problem = Problem::error(message).in_file(self.document.file);
        problem.line = line_at(self.document.text, place);
        self.problems.push(problem);
    }

    fn table(&mut self, today: Date, generation: u64) -> IdentityTable {
        let people = self.people();
        let sign_ins = self.sign_ins();
        let resolver_names = self.resolver_names();
        let ids: HashSet<&PersonId> = people.keys().collect();
        let told = self.told(today);
        let mut table = IdentityTable { generation, sign_ins, resolver_names, told, ..IdentityTable::default() };
        for (index, network) in self.source.networks.iter().enumerate() {
            self.known_group(network.group.as_ref(), &[Step::Key("network"), Step::Index(index), Step::Key("group")]);
            let binding = Binding { group: network.group.clone(), room: network.room.clone(), ..Binding::default() };
            table.networks.push((network.network, binding));
        }
        for (index, listener) in self.source.listeners.iter().enumerate() {
            let place = |key| [Step::Key("listener"), Step::Index(index), Step::Key(key)];
            self.known_group(listener.group.as_ref(), &place("group"));
            self.known_person(listener.person.as_ref(), &ids, &place("person"));
            let binding = Binding {
                person: listener.person.clone(),
                group: listener.group.clone(),
                room: listener.room.clone(),
                ..Binding::default()
            };
            if table.listeners.insert(listener.name.clone(), binding).is_some() {
                self.error(&place("name"), format!("The listener “{}” stands here twice.", listener.name));
            }
        }
        for (index, bound) in self.source.bindings.iter().enumerate() {
            let place = |key| [Step::Key("binding"), Step::Index(index), Step::Key(key)];
            self.known_group(bound.group.as_ref(), &place("group"));
            self.known_person(bound.person.as_ref(), &ids, &place("person"));
            let until_micros = bound.until.as_ref().map(|text| self.timestamp(text, &place("until")));
            let binding = Binding {
                person: bound.person.clone(),
                group: bound.group.clone(),
                device: bound.device.clone(),
                room: bound.room.clone(),
                until_micros,
            };
            table.bind(bound.address, binding);
        }
        table.people = people;
        table
    }

    fn people(&mut self) -> HashMap<PersonId, KnownPerson> {
        let mut people = HashMap::new();
        for (index, person) in self.source.people.iter().enumerate() {
            let place = |key| [Step::Key("person"), Step::Index(index), Step::Key(key)];
            self.known_group(Some(&person.group), &place("group"));
            let known =
                KnownPerson { id: person.id.clone(), group: person.group.clone(), classes: person.classes.clone() };
            if people.insert(person.id.clone(), known).is_some() {
                self.error(&place("id"), format!("The person “{}” stands here twice.", person.id));
            }
        }
        people
    }

    fn sign_ins(&mut self) -> HashMap<String, SignIn> {
        let mut sign_ins = HashMap::new();
        for (index, person) in self.source.people.iter().enumerate() {
            let place = |key| [Step::Key("person"), Step::Index(index), Step::Key(key)];
            match (&person.sign_in, &person.password_hash) {
                (None, None) => {}
                (Some(name), Some(hash)) if hash.starts_with("$argon2id$") => {
                    let sign_in = SignIn { person: person.id.clone(), password_hash: hash.as_str().into() };
                    if sign_ins.insert(name.trim().to_lowercase(), sign_in).is_some() {
                        self.error(&place("sign_in"), "Another person already has this sign-in name.".to_owned());
                    }
                }
                (Some(_), Some(_)) => {
                    let message = "The password hash is not an argon2id hash. Make one with `holdfast password`.";
                    self.error(&place("password_hash"), message.to_owned());
                }
                (Some(_), None) | (None, Some(_)) => {
                    let message =
                        "A sign-in needs both `sign_in` and `password_hash`. Make the hash with `holdfast password`.";
                    self.error(&place("sign_in"), message.to_owned());
                }
            }
        }
        sign_ins
    }

    fn resolver_names(&mut self) -> HashMap<Box<str>, PersonId> {
        let mut names: HashMap<Box<str>, PersonId> = HashMap::new();
        for (index, person) in self.source.people.iter().enumerate() {
            let Some(name) = &person.resolver_name else { continue };
            let place = [Step::Key("person"), Step::Index(index), Step::Key("resolver_name")];
            if !is_resolver_name(name) {
                let message = "A resolver name is 10 to 63 lower-case letters, digits and hyphens, one digit at least, \
                               with no hyphen at either end nor in both the third and the fourth place. Write \
                               another, such as `willow-4k7q2m`.";
                self.error(&place, message.to_owned());
            } else if names.insert(name.as_str().into(), person.id.clone()).is_some() {
                self.error(&place, "Another person already has this resolver name.".to_owned());
            }
        }
        names
    }

    fn known_group(&mut self, group: Option<&GroupCode>, place: &[Step<'_>]) {
        let known = |group: &GroupCode| self.policy.groups.iter().any(|known| known.code == *group);
        let Some(group) = group.filter(|group| !known(group)) else { return };
        let codes = self.policy.groups.iter().map(|known| known.code.as_str());
        let meant = most_alike(group.as_str(), codes).map(|code| format!(" Did you mean “{code}”?"));
        self.error(place, format!("The policy has no group “{group}”.{}", meant.unwrap_or_default()));
    }

    fn known_person(&mut self, person: Option<&PersonId>, ids: &HashSet<&PersonId>, place: &[Step<'_>]) {
        if let Some(person) = person.filter(|person| !ids.contains(person)) {
            self.error(place, format!("There is no person “{person}”."));
        }
    }

    fn timestamp(&mut self, text: &str, place: &[Step<'_>]) -> i64 {
        text.parse::<Timestamp>().map_or_else(
            |_| {
                self.error(place, format!("“{text}” is not a moment. Write it like `2026-11-23T16:00:00Z`."));
                0
            },
            Timestamp::as_microsecond,
        )
    }

    /// Whether everything of practice 23 is recorded with a date that has come.
    fn told(&mut self, today: Date) -> bool {
        let source = self.source;
        let mut has_come = |text: Option<&str>, key| {
            let Some(text) = text else { return false };
            if let Ok(date) = text.parse::<Date>() {
                return date <= today;
            }
            self.error(
                &[Step::Key("told"), Step::Key(key)],
                format!("“{text}” is not a date. Write it like `2026-09-04`."),
            );
            false
        };
        let assessed = has_come(source.told.impact_assessment.as_deref(), "impact_assessment");
        let staff = has_come(source.told.staff.as_deref(), "staff");
        let mut bands = HashSet::new();
        for told in &source.told.bands {
            if has_come(Some(&told.date), "bands") {
                bands.insert(told.band);
            }
        }
        let every_band =
            self.policy.groups.iter().all(|group| group.band == Band::Staff || bands.contains(&group.band));
        assessed && staff && every_band
    }
}

/// Whether a text can be a label of a host (RFC 1035 §2.3.1; RFC 5891 §4.2.3.1 keeps `--` in the third and fourth place
/// for other alphabets), is long enough not to be hit upon by trying, and is no mere word.
pub fn is_resolver_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    (10..=63).contains(&bytes.len())
        && bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !name.starts_with('-')
        && !name.ends_with('-')
        && bytes.get(2..4) != Some(b"--")
}
