//! The compiled shapes of the policy: numbers and small tables, nothing left to parse.

use crate::{
    category::{Category, Labels},
    inspection::Extent,
    moment::Moment,
    search_engines::StrictLevel,
    subject::{ClassCode, DeviceCode, GroupCode, PersonId, RoomCode, Subject},
    wording::Band,
};
use std::{fmt, sync::Arc};

pub use crate::policy::source::{Action, TenantService};

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
    /// Which secure connections are opened.
    pub inspection: Inspection,
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

/// Which secure connections of one group are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspection {
    /// How far, for what is neither left unopened nor chosen.
    pub extent: Extent,
    /// Chosen categories and services.
    pub labels: Labels,
    /// Whether hosts, categories or services are chosen at all.
    pub has_choice: bool,
    /// Which group's chosen hosts in the index are its own.
    pub(crate) number: u32,
}

impl Inspection {
    /// Whether any connection may be opened, be it only to show a block page.
    pub fn opens_anything(&self) -> bool {
        self.extent != Extent::Nothing || self.has_choice
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

/// A help site, or a protected partner.
#[derive(Clone)]
pub struct Help {
    /// Its host. A partner's is told to nobody (practice 11).
    pub host: Box<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// Whether it is a protected partner.
    pub is_partner: bool,
}

/// Tells no partner's host or name.
impl fmt::Debug for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Help");
        if !self.is_partner {
            told.field("host", &self.host).field("name", &self.name);
        }
        told.field("is_partner", &self.is_partner).finish_non_exhaustive()
    }
}

/// What the school leaves unopened, compiled; its hosts are in the index.
#[derive(Debug, Clone)]
pub struct LeftUnopened {
    /// Its code.
    pub code: Arc<str>,
    /// What people call it.
    pub title: Arc<str>,
    /// For these groups; empty means everyone.
    pub groups: Vec<GroupCode>,
    /// Categories.
    pub labels: Labels,
}

impl LeftUnopened {
    /// Whether it is for this group.
    pub fn is_for(&self, group: &Group) -> bool {
        self.groups.is_empty() || group.code.as_ref().is_some_and(|code| self.groups.contains(code))
    }
}

/// A compiled restriction to some organisations' accounts.
#[derive(Debug, Clone)]
pub struct Tenants {
    /// Its code.
    pub code: Arc<str>,
    /// The service.
    pub service: TenantService,
    /// For these groups; empty means everyone who has none of their own.
    pub groups: Vec<GroupCode>,
    /// What is sent where.
    pub fields: Vec<TenantField>,
}

/// One request field that restricts accounts.
#[derive(Debug, Clone)]
pub struct TenantField {
    /// The hosts it is sent to, each with everything below it.
    pub hosts: &'static [&'static str],
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its value.
    pub value: Box<str>,
}
