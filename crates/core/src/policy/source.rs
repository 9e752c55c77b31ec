//! The shapes of the policy document. Unknown keys are refused, so that a misspelt rule is never silently no rule.

use crate::{
    category::Category,
    inspection::Extent,
    search_engines::StrictLevel,
    subject::{ClassCode, DeviceCode, GroupCode, PersonId, RoomCode},
    wording::Band,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Allow or block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Stop it. The stricter of the two.
    Block,
    /// Let it pass.
    Allow,
}

/// The whole policy of a school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySource {
    /// The version's number; each saved version is one higher.
    pub version: u64,
    /// What people call it.
    pub title: String,
    /// Who wrote this version.
    pub author: PersonId,
    /// Why this version was made.
    pub reason: String,
    /// The day by which people look at it again; the standing allows of the groups carry this end.
    pub review_by: String,
    /// The school's time zone, such as `Europe/London`. Times in this document are in it.
    pub time_zone: String,
    /// The groups, each a filter level with a neutral code.
    #[serde(default, rename = "group")]
    pub groups: Vec<GroupSource>,
    /// What holds for anyone we cannot tell; at least as strict as every group.
    pub unknown: Judging,
    /// Services: named sets of sites such as "video" or "AI chat".
    #[serde(default, rename = "service")]
    pub services: Vec<ServiceSource>,
    /// Search tools that groups may be kept to.
    #[serde(default, rename = "search_tool")]
    pub search_tools: Vec<SearchToolSource>,
    /// Named times of the week.
    #[serde(default, rename = "schedule")]
    pub schedules: Vec<ScheduleSource>,
    /// Rules for people, groups or everyone.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleSource>,
    /// Lesson sets.
    #[serde(default, rename = "lesson")]
    pub lessons: Vec<LessonSource>,
    /// Suspensions of one person's access.
    #[serde(default, rename = "suspension")]
    pub suspensions: Vec<SuspensionSource>,
    /// Emergency blocks.
    #[serde(default, rename = "emergency")]
    pub emergencies: Vec<EmergencySource>,
    /// The school's own help sites beside the national ones.
    #[serde(default, rename = "help")]
    pub help: Vec<HelpSource>,
    /// Lifelines: what must work in every state.
    #[serde(default, rename = "lifeline")]
    pub lifelines: Vec<LifelineSource>,
    /// Protected partners: police, the designated officer, social care (practice 9, 11).
    #[serde(default, rename = "partner")]
    pub partners: Vec<PartnerSource>,
    /// What the school leaves unopened, beside what is shipped.
    #[serde(default)]
    pub left_unopened: Vec<LeftUnopenedSource>,
    /// Which organisations' accounts may be signed in to.
    #[serde(default)]
    pub tenants: Vec<TenantsSource>,
}

/// How a group is judged below the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judging {
    /// What holds where nothing else speaks.
    pub default: Action,
    /// Categories that are blocked, beside the shipped baseline (F-04).
    #[serde(default)]
    pub block_categories: Vec<Category>,
    /// Categories that are allowed where the default is block.
    #[serde(default)]
    pub allow_categories: Vec<Category>,
    /// Services that are blocked.
    #[serde(default)]
    pub block_services: Vec<String>,
    /// Services that are allowed where the default is block.
    #[serde(default)]
    pub allow_services: Vec<String>,
    /// The search tools this group is kept to, the first being where others lead. Empty: engines are judged as sites.
    #[serde(default)]
    pub search_tools: Vec<String>,
    /// How strictly search engines are held whose strict mode can be forced (F-10). Absent: `strict`, and `moderate`
    /// for staff. Only staff may be left at `off`.
    #[serde(default)]
    pub strict_search: Option<StrictLevel>,
    /// What becomes of search engines whose strict mode cannot be forced, where a group is not kept to search tools of
    /// its own. Absent: `block`, and `allow` for staff.
    #[serde(default)]
    pub engines_without_strict_mode: Option<Action>,
    /// Lets this group reach games; the only baseline category that may be relaxed, by a recorded change (F-04).
    #[serde(default)]
    pub relax_gaming: Option<Relaxation>,
    /// Which secure connections are opened to look inside. Absent: none.
    #[serde(default)]
    pub inspection: InspectionSource,
}

/// Which secure connections of a group are opened. What is never opened, whatever stands here: help sites, lifelines
/// and protected partners.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InspectionSource {
    /// How far, for everything that is neither left unopened nor chosen below.
    #[serde(default)]
    pub extent: Extent,
    /// Hosts that are opened whole, each with everything below it, even if a shipped set leaves them unopened. A longer
    /// name of a shipped set below one of them stays unopened, unless it is chosen itself.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Categories that are opened whole.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Services that are opened whole.
    #[serde(default)]
    pub services: Vec<String>,
}

/// A recorded relaxation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relaxation {
    /// Who allowed it.
    pub author: PersonId,
    /// Why.
    pub reason: String,
    /// When it ends: `2026-12-18` (end of that day) or `2026-12-18T16:00`.
    pub ends: String,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSource {
    /// The neutral code that pupils and peers may see.
    pub code: GroupCode,
    /// What it is for; for those entitled to know only.
    pub purpose: String,
    /// The filter level, which also chooses words fit for the age.
    pub band: Band,
    /// How it is judged.
    pub judging: Judging,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceSource {
    /// The code rules name it by.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// Its hosts, each with everything below it.
    pub hosts: Vec<String>,
}

/// A search tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchToolSource {
    /// The code groups name it by.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// Its hosts.
    pub hosts: Vec<String>,
    /// Where somebody is sent who may use this tool and asked for another.
    pub home: String,
    /// The query parameter that carries the words searched for.
    #[serde(default = "default_query_parameter")]
    pub query_parameter: String,
    /// The parameter that switches its strict mode on, where it has one.
    #[serde(default)]
    pub strict: Option<StrictParameter>,
}

fn default_query_parameter() -> String {
    "q".to_owned()
}

/// A query parameter that forces strict results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrictParameter {
    /// The parameter's name.
    pub name: String,
    /// The value it must have.
    pub value: String,
}

/// A named time of the week, such as the school day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSource {
    /// The code rules name it by.
    pub code: String,
    /// The days.
    pub days: Vec<Day>,
    /// From, `HH:MM`.
    pub from: String,
    /// Until (not included), `HH:MM`; `24:00` is the end of the day.
    pub to: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// A rule of the person or group layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSource {
    /// The rule's code, unique.
    pub code: String,
    /// What it does.
    pub action: Action,
    /// For these people (person layer).
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// For these groups (group layer).
    #[serde(default)]
    pub groups: Vec<GroupCode>,
    /// For everyone, the unknown included (group layer).
    #[serde(default)]
    pub everyone: bool,
    /// Hosts, each with everything below it.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Addresses: `host/path`, with everything that continues them.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Categories.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Services.
    #[serde(default)]
    pub services: Vec<String>,
    /// Every request; only a block may say so.
    #[serde(default)]
    pub everything: bool,
    /// Only in these rooms.
    #[serde(default)]
    pub rooms: Vec<RoomCode>,
    /// Only on these devices.
    #[serde(default)]
    pub devices: Vec<DeviceCode>,
    /// Only in this schedule.
    #[serde(default)]
    pub schedule: Option<String>,
    /// Not before.
    #[serde(default)]
    pub starts: Option<String>,
    /// Not after. An allow must have an end.
    #[serde(default)]
    pub ends: Option<String>,
    /// Who made it.
    pub author: PersonId,
    /// Why.
    pub reason: String,
    /// Policy clauses it serves.
    #[serde(default)]
    pub clauses: Vec<String>,
}

/// A set of sites that a teacher opened for a lesson (F-13, F-14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonSource {
    /// The set's code, unique.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// For these classes.
    #[serde(default)]
    pub classes: Vec<ClassCode>,
    /// For these people.
    #[serde(default)]
    pub people: Vec<PersonId>,
    /// For these groups.
    #[serde(default)]
    pub groups: Vec<GroupCode>,
    /// Hosts it opens.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Addresses it opens.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Whether the class is held to this set: all else is blocked while it lasts.
    #[serde(default)]
    pub only: bool,
    /// The teacher.
    pub author: PersonId,
    /// From.
    pub starts: String,
    /// Until.
    pub ends: String,
}

/// A suspension (F-38). Ends by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspensionSource {
    /// The suspension's code, unique.
    pub code: String,
    /// Whose access.
    pub person: PersonId,
    /// Who authorised it.
    pub author: PersonId,
    /// From.
    pub starts: String,
    /// Until.
    pub ends: String,
    /// Teaching sites that stay open.
    #[serde(default)]
    pub keep_hosts: Vec<String>,
}

/// An emergency block, for everyone at once (F-39, practice 8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencySource {
    /// The block's code, unique.
    pub code: String,
    /// Hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Addresses. Where only the name of a request was seen, its whole host is blocked.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Who pressed the button.
    pub author: PersonId,
    /// From.
    pub starts: String,
    /// The next school day, when it is looked at again. It holds until somebody ends it.
    pub review: String,
    /// When it was ended.
    #[serde(default)]
    pub ends: Option<String>,
}

/// A help site of the school's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HelpSource {
    /// Its host.
    pub host: String,
    /// What people call it.
    pub name: String,
}

/// A lifeline (practice 16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifelineSource {
    /// The lifeline's code, unique.
    pub code: String,
    /// What it is.
    pub title: String,
    /// Its hosts.
    pub hosts: Vec<String>,
    /// Ports on which its bytes need be neither web nor secure web. Empty: ordinary web only.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Who approved it.
    pub author: PersonId,
    /// Why.
    pub reason: String,
}

/// A protected partner of the school: police, the designated officer (LADO), social care. Open to everybody in every
/// state like a help site, counted only, never opened; its host appears in no technical output (practice 9, 11).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerSource {
    /// Its host, with everything below it.
    pub host: String,
    /// What people call it. For those who write the policy; shown nowhere.
    pub name: String,
}

/// Tells neither host nor name: what prints a policy to find a fault prints no partner.
impl fmt::Debug for PartnerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartnerSource").finish_non_exhaustive()
    }
}

/// Sites that the school leaves unopened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftUnopenedSource {
    /// The entry's code, unique.
    pub code: String,
    /// What people call it.
    pub title: String,
    /// Hosts, each with everything below it.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Categories.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// For these groups only. Empty: for everyone, the unknown included.
    #[serde(default)]
    pub groups: Vec<GroupCode>,
    /// Who decided it.
    pub author: PersonId,
    /// Why.
    pub reason: String,
}

/// A service whose accounts can be restricted to some organisations (field notes §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TenantService {
    /// Google Workspace and Google accounts.
    Google,
    /// Microsoft 365 and Microsoft accounts.
    Microsoft,
    /// Dropbox.
    Dropbox,
    /// Slack.
    Slack,
}

impl TenantService {
    /// The code written in policies and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Dropbox => "dropbox",
            Self::Slack => "slack",
        }
    }
}

/// Which organisations' accounts of one service may be signed in to. It holds where the service's connections are
/// opened, and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantsSource {
    /// The entry's code, unique.
    pub code: String,
    /// The service.
    pub service: TenantService,
    /// For these groups only; they go by this and not by what is for everyone. Empty: for everyone, the unknown
    /// included.
    #[serde(default)]
    pub groups: Vec<GroupCode>,
    /// The organisations: domains (Google), domains or directory ids (Microsoft), team ids (Dropbox), workspace or
    /// organisation ids (Slack).
    pub values: Vec<String>,
    /// Whose restriction it is: the school's directory id (Microsoft) or its own workspace or organisation id (Slack).
    #[serde(default)]
    pub context: Option<String>,
    /// Whether personal accounts may be signed in to as well (Google, Microsoft).
    #[serde(default)]
    pub personal_accounts: bool,
    /// Who decided it.
    pub author: PersonId,
    /// Why.
    pub reason: String,
}
