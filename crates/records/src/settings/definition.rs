//! What a setting is: its kind of value, which way is stricter, what the sources say, and who may change it.

use super::value::{Shape, Value};
use crate::access::Duty;
use std::marker::PhantomData;

/// One setting, as it is compiled into the program.
#[derive(Debug)]
pub struct Definition {
    /// Its id, which never changes.
    pub id: &'static str,
    /// The id of the row of the catalogue's Part 4 that it holds. A row that asks for several things is several settings.
    pub row: &'static str,
    /// What it is about, in plain words.
    pub title: &'static str,
    /// What its value can be.
    pub kind: Kind,
    /// Which way is stricter.
    pub order: Order,
    /// Our own starting value, as text.
    pub default: &'static str,
    /// How loose it may ever be, whoever asks.
    pub limit: Option<Limit>,
    /// What the sources say, in our words.
    pub said: &'static [Said],
    /// The catalogue's controls that depend on it.
    pub controls: &'static [&'static str],
    /// Who may change it at a school.
    pub owner: Owner,
    /// What practice has to say, where it decides; may be empty.
    pub note: &'static str,
}

/// What a value can be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One of these.
    Choice(&'static [Choice]),
    /// Several of these.
    Several {
        /// What can be chosen.
        from: &'static [Choice],
        /// How many at least.
        at_least: usize,
    },
    /// Holders of these duties, at least one.
    Duties,
    /// A whole number.
    Whole {
        /// Of what.
        unit: &'static str,
        /// The smallest.
        from: u32,
        /// The largest.
        to: u32,
    },
    /// Yes or no.
    Switch,
    /// Names that the school writes: places, tools, partners.
    Names {
        /// Of what.
        what: &'static str,
        /// How many at least.
        at_least: usize,
    },
    /// Hours of the week.
    Hours,
    /// How often.
    Rhythm,
}

/// One thing that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Its word in the store and on the command line.
    pub word: &'static str,
    /// What people read.
    pub title: &'static str,
}

/// Short for a choice.
pub(super) const fn choice(word: &'static str, title: &'static str) -> Choice {
    Choice { word, title }
}

/// Which way is stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Neither: a school chooses freely among what is allowed, unless its trust fixes it.
    None,
    /// The strictest is listed first.
    Listed,
    /// A smaller number, fewer entries, fewer hours.
    Less,
    /// A larger number, more entries.
    More,
    /// Yes.
    Yes,
    /// No.
    No,
}

impl Order {
    /// In words for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "no order",
            Self::Listed => "the first is the strictest",
            Self::Less => "less is stricter",
            Self::More => "more is stricter",
            Self::Yes => "yes is stricter",
            Self::No => "no is stricter",
        }
    }
}

/// How loose a setting may ever be.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// The loosest value.
    pub value: &'static str,
    /// Why: the rule of practice or the invariant.
    pub why: &'static str,
}

/// What one source says, in our words.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    /// Which source.
    pub source: &'static str,
    /// What it says; “silent” where it says nothing.
    pub words: &'static str,
    /// Where: line numbers of the source's text.
    pub lines: &'static str,
}

/// Short for what the three sources say.
pub(super) const fn said(source: &'static str, words: &'static str, lines: &'static str) -> Said {
    Said { source, words, lines }
}

/// A source that says nothing.
pub(super) const fn silent(source: &'static str) -> Said {
    said(source, "silent", "")
}

/// Who may change a setting at a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The head alone.
    Head,
    /// The head or the designated safeguarding lead.
    Safeguarding,
    /// The head or senior leaders.
    Leadership,
    /// The head, the designated safeguarding lead or the online safety lead.
    OnlineSafety,
    /// The head or the data-protection officer.
    DataProtection,
}

impl Owner {
    /// The duties that may.
    pub fn duties(self) -> &'static [Duty] {
        match self {
            Self::Head => &[Duty::Head],
            Self::Safeguarding => &[Duty::Head, Duty::DesignatedLead],
            Self::Leadership => &[Duty::Head, Duty::SeniorLeader],
            Self::OnlineSafety => &[Duty::Head, Duty::DesignatedLead, Duty::OnlineSafetyLead],
            Self::DataProtection => &[Duty::Head, Duty::DataProtection],
        }
    }

    /// In words for a person.
    pub fn words(self) -> String {
        let titles = self.duties().iter().map(|duty| duty.title());
        titles.collect::<Vec<_>>().join(" or ")
    }
}

impl Definition {
    /// Our own starting value.
    ///
    /// # Panics
    ///
    /// Never in what we ship: a test reads the starting value of every setting.
    pub fn ours(&self) -> Value {
        self.kind.read(self.default).expect("a test reads the starting value of every setting")
    }

    /// The loosest value there may ever be.
    pub fn loosest(&self) -> Option<Value> {
        self.limit.and_then(|limit| self.kind.read(limit.value).ok())
    }
}

/// A setting by its constant: the code that uses one cannot misspell it, and gets the type that it has.
#[derive(Debug)]
pub struct Setting<T>(&'static Definition, PhantomData<T>);

impl<T: Shape> Setting<T> {
    /// A setting of this type. That its kind has this type is checked when the program is compiled.
    pub(super) const fn new(definition: &'static Definition) -> Self {
        let is_of_type = matches!(
            (&definition.kind, T::CODE),
            (Kind::Choice(_), 0)
                | (Kind::Several { .. }, 1)
                | (Kind::Duties, 2)
                | (Kind::Whole { .. }, 3)
                | (Kind::Switch, 4)
                | (Kind::Names { .. }, 5)
                | (Kind::Hours, 6)
                | (Kind::Rhythm, 7)
        );
        assert!(is_of_type, "the kind of this setting is not of its type");
        Self(definition, PhantomData)
    }

    /// What it is.
    pub const fn definition(&self) -> &'static Definition {
        self.0
    }
}

/// Declares an area's settings as constants, and `ALL` of them.
macro_rules! define {
    ($($name:ident: $type:ty = $id:literal of $row:literal, $title:literal {
        kind: $kind:expr,
        order: $order:expr,
        default: $default:expr,
        $(limit: $limit:expr,)?
        said: $said:expr,
        controls: $controls:expr,
        owner: $owner:expr,
        $(note: $note:expr,)?
    })*) => {
        $(
            #[doc = concat!($title, " (`", $id, "`).")]
            pub const $name: $crate::settings::Setting<$type> = {
                const DEFINITION: &$crate::settings::Definition = &$crate::settings::Definition {
                    id: $id,
                    row: $row,
                    title: $title,
                    kind: $kind,
                    order: $order,
                    default: $default,
                    limit: $crate::settings::definition::given!(None $(, $limit)?),
                    said: $said,
                    controls: $controls,
                    owner: $owner,
                    note: $crate::settings::definition::given!("" $(, $note)?),
                };
                $crate::settings::Setting::new(DEFINITION)
            };
        )*
        /// Every setting of this area.
        pub(in crate::settings) const ALL: &[&$crate::settings::Definition] = &[$($name.definition()),*];
    };
}

/// What is given, or what stands for nothing given.
macro_rules! given {
    ($nothing:expr) => {
        $nothing
    };
    ($nothing:expr, $given:expr) => {
        $given
    };
}

pub(super) use {define, given};
