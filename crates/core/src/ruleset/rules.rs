//! The compiled shapes of the policy: numbers and small tables, nothing left to parse.

use crate::{
    category::{Category, Labels},
    moment::Moment,
    search_engines::StrictLevel,
    subject::{ClassCode, DeviceCode, GroupCode, PersonId, RoomCode, Subject},
    wording::Band,
};
use std::sync::Arc;

pub use crate::policy::source::Action;

/// How one group, or the policy `unknown`, is judged below the rules.
#[derive(Debug, Clone)]
pub struct Group {
    /// The neutral code; `None` for the policy `unknown`.
    pub code: Option<GroupCode>,
    /// The filter level.
    pub band: Band,
    /// What holds where nothing else speaks.
    pub default: Action,
    /// Blocked categories and services, the baseline included and games with it.
    pub blocked: Labels,
    /// Categories and services allowed where the default is block.
    pub allowed: Labels,
    /// Search tools, by index; the first is where others lead.
    pub search_tools: Vec<u32>,
    /// How strictly search engines are held.
    pub strict_search: StrictLevel,
    /// What becomes of search engines whose strict mode cannot be forced, where there are no search tools.
    pub engines_without_strict_mode: Action,
    /// Until when games are let through, microseconds since 1970-01-01 UTC.
    pub gaming_until: Option<i64>,
}

impl Group {
    /// What is blocked at this moment: all of `blocked`, less games while a recorded relaxation lasts.
    pub fn blocked_labels(&self, moment: &Moment) -> Labels {
        match self.gaming_until {
            Some(until) if moment.unix_micros < until => self.blocked.without(Labels::of(Category::Gaming)),
            _ => self.blocked,
        }
    }
}

/// A span of absolute time: from its start up to, not including, its end. Microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From.
    pub starts: i64,
    /// Until, not included.
    pub ends: i64,
}

impl Span {
    /// All time.
    pub const ALWAYS: Self = Self { starts: i64::MIN, ends: i64::MAX };

    /// Whether the moment lies in it.
    pub fn holds(self, moment: &Moment) -> bool {
        (self.starts..self.ends).contains(&moment.unix_micros)
    }
}

/// Times of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Bit 0 is Monday.
    pub days: u8,
    /// First minute of the day.
    pub from: u16,
    /// Minute of the day after the last.
    pub to: u16,
}

impl Schedule {
    /// Whether the moment lies in it.
    pub fn holds(self, moment: &Moment) -> bool {
        self.days & (1 << (moment.weekday % 7)) != 0 && (self.from..self.to).contains(&moment.minute)
    }
}

/// Whom a rule or lesson is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// These people.
    pub people: Vec<PersonId>,
    /// These groups.
    pub groups: Vec<GroupCode>,
    /// These classes.
    pub classes: Vec<ClassCode>,
    /// Everyone, the unknown included.
    pub everyone: bool,
}

impl Audience {
    /// Whether the subject is one of them. `group` is the subject's group as the ruleset knows it.
    pub fn holds(&self, subject: &Subject, group: &Group) -> bool {
        self.everyone
            || subject.person.as_ref().is_some_and(|person| self.people.contains(person))
            || group.code.as_ref().is_some_and(|code| self.groups.contains(code))
            || subject.classes.iter().any(|class| self.classes.contains(class))
    }
}

/// A compiled rule of the person or group layer.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its code.
    pub code: Arc<str>,
    /// What it does.
    pub action: Action,
    /// Whether it is of the person layer; else of the group layer.
    pub is_personal: bool,
    /// Whom it is for.
    pub audience: Audience,
    /// Only in these rooms; empty means anywhere.
    pub rooms: Vec<RoomCode>,
    /// Only on these devices; empty means any.
    pub devices: Vec<DeviceCode>,
    /// Only in this schedule.
    pub schedule: Option<Schedule>,
    /// Only in this span.
    pub span: Span,
    /// Categories and services it is about.
    pub labels: Labels,
    /// Whether it is about every request.
    pub everything: bool,
    /// Who made it.
    pub author: PersonId,
    /// Policy clauses it serves.
    pub clauses: Vec<Arc<str>>,
}

impl Rule {
    /// Whether it is for this subject, its room and its device.
    pub fn is_for(&self, subject: &Subject, group: &Group) -> bool {
        let room = self.rooms.is_empty() || subject.room.as_ref().is_some_and(|room| self.rooms.contains(room));
        let device =
            self.devices.is_empty() || subject.device.as_ref().is_some_and(|device| self.devices.contains(device));
        room && device && self.audience.holds(subject, group)
    }

    /// Whether it holds at this moment.
    pub fn is_now(&self, moment: &Moment) -> bool {
        self.span.holds(moment) && self.schedule.is_none_or(|schedule| schedule.holds(moment))
    }
}

/// A compiled lesson set.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Its code.
    pub code: Arc<str>,
    /// What people call it.
    pub title: Arc<str>,
    /// Whom it is for.
    pub audience: Audience,
    /// Whether all else is blocked while it lasts.
    pub only: bool,
    /// When.
    pub span: Span,
}

/// A compiled suspension.
#[derive(Debug, Clone)]
pub struct Suspension {
    /// Its code.
    pub code: Arc<str>,
    /// Whose access.
    pub person: PersonId,
    /// When.
    pub span: Span,
}

/// A compiled emergency block.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// Its code.
    pub code: Arc<str>,
    /// When.
    pub span: Span,
}

/// A compiled lifeline.
#[derive(Debug, Clone)]
pub struct Lifeline {
    /// Its code.
    pub code: Arc<str>,
    /// What it is.
    pub title: Arc<str>,
    /// Its hosts, each with everything below it.
    pub hosts: Vec<Box<str>>,
    /// Ports on which its bytes need be neither web nor secure web.
    pub ports: Vec<u16>,
}

/// A compiled search tool.
#[derive(Debug, Clone)]
pub struct SearchTool {
    /// Its code.
    pub code: Arc<str>,
    /// What people call it.
    pub title: Arc<str>,
    /// Where others lead.
    pub home: Arc<str>,
    /// The parameter that carries the words searched for.
    pub query_parameter: Arc<str>,
    /// The parameter, and its value, that force strict results.
    pub strict: Option<(Arc<str>, Arc<str>)>,
}

/// A compiled service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its code.
    pub code: Arc<str>,
    /// What people call it.
    pub title: Arc<str>,
}

/// A help site.
#[derive(Debug, Clone)]
pub struct Help {
    /// Its host.
    pub host: Box<str>,
    /// What people call it.
    pub name: Arc<str>,
}
