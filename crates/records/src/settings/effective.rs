//! What is in force: a pure function of what was decided.
//!
//! A trust sets a floor and a default. A school may always go stricter, and looser only as far as the floor. Where a trust
//! gave no floor, what it gave as default is the floor, and where it said nothing, our starting value is: looser only where
//! the trust allows. A school without a trust goes as loose as the setting itself allows. Whatever was decided in whatever
//! order, what is in force is never looser than the floor: it is tightened to it.

use super::{
    Definition, Order, Setting,
    value::{Shape, Value},
};
use crate::id;
use jiff::Timestamp;
use std::{collections::BTreeMap, fmt};

/// One decision about one setting, with where it came from. Never overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The number of the change it came with.
    pub number: i64,
    /// The value; `None` when it was withdrawn.
    pub value: Option<Value>,
    /// Who decided.
    pub by: id::Person,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// The clause of the policy: its id or text.
    pub clause: Option<String>,
}

/// Whose decision a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The school's value.
    School,
    /// The trust's floor: how loose its schools may be.
    Floor,
    /// The trust's default, for schools that chose nothing.
    Default,
}

impl Part {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Floor => "floor",
            Self::Default => "default",
        }
    }
}

/// Names a state of a school's settings, so that it can be read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Version {
    /// How many changes the school had made.
    pub school: i64,
    /// How many its trust had.
    pub trust: i64,
}

impl Version {
    /// Reads “12” or “12.3”.
    pub fn parse(text: &str) -> Option<Self> {
        let (school, trust) = text.split_once('.').unwrap_or((text, "0"));
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
        Some(Self { school: number(school)?, trust: number(trust)? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.school, self.trust)
    }
}

/// Where the value in force comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Our starting value.
    Ours,
    /// The trust's default.
    Trust,
    /// The school's own.
    School,
    /// The school's or the trust's, tightened to the trust's floor or to what the setting allows.
    Tightened,
}

impl Origin {
    /// In words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ours => "our starting value",
            Self::Trust => "the trust's default",
            Self::School => "the school's",
            Self::Tightened => "tightened to the floor",
        }
    }
}

/// What was decided about one setting, up to some moment.
#[derive(Debug, Clone)]
pub struct State {
    definition: &'static Definition,
    has_trust: bool,
    newest: BTreeMap<Part, Fact>,
}

impl State {
    /// A setting about which nothing was decided yet.
    pub fn new(definition: &'static Definition, has_trust: bool) -> Self {
        Self { definition, has_trust, newest: BTreeMap::new() }
    }

    /// The same after one decision more.
    pub fn decide(&mut self, part: Part, fact: Fact) {
        self.newest.insert(part, fact);
    }

    /// The setting.
    pub fn definition(&self) -> &'static Definition {
        self.definition
    }

    /// The newest decision of this kind, withdrawn ones too.
    pub fn newest(&self, part: Part) -> Option<&Fact> {
        self.newest.get(&part)
    }

    /// The value in force, and where it comes from.
    pub fn effective(&self) -> (Value, Origin) {
        let (wanted, origin) = match (self.chosen(Part::School), self.chosen(Part::Default)) {
            (Some(school), _) => (school.clone(), Origin::School),
            (None, Some(trust)) => (trust.clone(), Origin::Trust),
            (None, None) => (self.definition.ours(), Origin::Ours),
        };
        let Some(floor) = self.floor() else { return (wanted, origin) };
        let met = self.definition.tighten(&wanted, &floor);
        let origin = if met == wanted { origin } else { Origin::Tightened };
        (met, origin)
    }

    /// How loose the school may be; `None` where nothing bounds it within what is allowed.
    pub fn floor(&self) -> Option<Value> {
        let limit = self.definition.loosest();
        let trust = match (self.chosen(Part::Floor), self.chosen(Part::Default)) {
            (Some(floor), _) => Some(floor.clone()),
            (None, _) if !self.has_trust || self.definition.order == Order::None => None,
            (None, Some(default)) => Some(default.clone()),
            (None, None) => Some(self.definition.ours()),
        };
        match (trust, limit) {
            (Some(trust), Some(limit)) => Some(self.definition.tighten(&trust, &limit)),
            (trust, limit) => trust.or(limit),
        }
    }

    /// Reads a value for this part, and whether it may be chosen. Why not is told in words for whoever asks.
    pub fn permit(&self, part: Part, text: &str) -> Result<Value, String> {
        let definition = self.definition;
        let value = definition.kind.read(text)?;
        if let Some(limit) = definition.limit
            && let Some(loosest) = definition.loosest()
            && !definition.is_as_strict(&value, &loosest)
        {
            return Err(format!("“{value}” is looser than it may ever be (“{loosest}”). {}", limit.why));
        }
        let Some(floor) = self.floor().filter(|_| part == Part::School) else { return Ok(value) };
        if definition.is_as_strict(&value, &floor) {
            return Ok(value);
        }
        Err(match definition.order {
            Order::None => format!("The trust has fixed this as “{floor}”. Ask the trust lead to change it."),
            _ => format!(
                "“{value}” is not at least as strict as “{floor}”, the loosest that the trust allows. Ask the trust lead for \
                 a looser floor, or choose a stricter value."
            ),
        })
    }

    fn chosen(&self, part: Part) -> Option<&Value> {
        self.newest.get(&part).and_then(|fact| fact.value.as_ref())
    }
}

/// All settings of a school as they stand, or stood.
#[derive(Debug, Clone)]
pub struct Effective {
    states: BTreeMap<&'static str, State>,
    has_trust: bool,
    version: Version,
}

impl Effective {
    /// Settings about which nothing was decided yet.
    pub fn new(has_trust: bool) -> Self {
        Self { states: BTreeMap::new(), has_trust, version: Version::default() }
    }

    /// The same after one decision more.
    pub fn decide(&mut self, definition: &'static Definition, part: Part, fact: Fact) {
        self.count(part, fact.number);
        let has_trust = self.has_trust;
        self.states.entry(definition.id).or_insert_with(|| State::new(definition, has_trust)).decide(part, fact);
    }

    /// Counts a change that set nothing.
    pub fn count(&mut self, part: Part, number: i64) {
        let counter = if part == Part::School { &mut self.version.school } else { &mut self.version.trust };
        *counter = (*counter).max(number);
    }

    /// The value of a setting.
    ///
    /// # Panics
    ///
    /// Never: that a setting's type and kind go together is checked when the program is compiled.
    pub fn of<T: Shape>(&self, setting: &Setting<T>) -> T {
        let (value, _) = self.state(setting.definition()).effective();
        T::of(&value).expect("that a setting's type and kind go together is checked when the program is compiled")
    }

    /// What was decided about a setting.
    pub fn state(&self, definition: &'static Definition) -> State {
        self.states.get(definition.id).cloned().unwrap_or_else(|| State::new(definition, self.has_trust))
    }

    /// The name of this state.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whether the school belongs to a trust.
    pub fn has_trust(&self) -> bool {
        self.has_trust
    }
}
