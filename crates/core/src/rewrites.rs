//! What is changed in a request that was seen whole: strict search, the modes of video sites, and which organisations'
//! accounts may be signed in to (F-10; field notes §4.1, §4.2).

mod alt_svc;
pub(crate) mod tenants;

pub use alt_svc::alt_svc_without_http3;

use crate::{
    address::Address,
    host::Host,
    ruleset::{
        Ruleset,
        rules::{Group, TenantField, Tenants},
    },
    search_engines::{StrictLevel, StrictQuery, strict_query, strict_search},
    subject::Subject,
};
use std::sync::Arc;

/// Request fields that are ours to send: whatever a client sends under these names is taken out, always. Lower case.
pub const OUR_FIELDS: [&str; 8] = [
    YOUTUBE_RESTRICT,
    "x-googapps-allowed-domains",
    "restrict-access-to-tenants",
    "restrict-access-context",
    "sec-restrict-tenant-access-policy",
    "x-dropbox-allowed-team-ids",
    "x-slack-allowed-workspaces-requester",
    "x-slack-allowed-workspaces",
];

/// <https://support.google.com/a/answer/6214622>.
const YOUTUBE_RESTRICT: &str = "youtube-restrict";

/// Everything that is changed in one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrites {
    /// The path and query to send instead; `None` leaves them.
    pub path_and_query: Option<Box<str>>,
    /// Fields to send, after every client's own of the same name ([`OUR_FIELDS`]) is taken out. Names in lower case.
    pub fields: Vec<(&'static str, Box<str>)>,
    /// What holds for the request by our doing, as events tell it: `strict-search google`, `youtube-restrict moderate`,
    /// `tenants microsoft`. Strict search is told too where the client had asked for it just so.
    pub applied: Vec<Arc<str>>,
}

impl Ruleset {
    /// What is changed in a request of this subject for this address, made with this method. Empty for nearly all; for
    /// help sites, lifelines and protected partners always.
    pub fn rewrites(&self, subject: &Subject, address: &Address, method: &str) -> Rewrites {
        let (group, host) = (self.group(subject), address.host());
        let mut rewrites = Rewrites::default();
        if group.strict_search != StrictLevel::Off {
            if let Some(query) = strict_query(host).filter(|query| searches(query, address, method)) {
                rewrites.path_and_query = asked_strictly(address.path_and_query(), query).map(String::into_boxed_str);
                rewrites.applied.push(format!("strict-search {}", query.engine).into());
            }
            if let Some(strict) = strict_search(host, group.strict_search).filter(|strict| strict.engine == "youtube") {
                let mode = if strict.level == StrictLevel::Strict { "Strict" } else { "Moderate" };
                rewrites.fields.push((YOUTUBE_RESTRICT, mode.into()));
                rewrites.applied.push(format!("{YOUTUBE_RESTRICT} {}", strict.level.code()).into());
            }
        }
        for (tenants, field) in self.tenant_fields(group, host) {
            rewrites.fields.push((field.name, field.value.clone()));
            let told = format!("tenants {}", tenants.service.code());
            if rewrites.applied.last().is_none_or(|last| **last != *told) {
                rewrites.applied.push(told.into());
            }
        }
        // Asked last, as nearly no request comes this far.
        if !rewrites.applied.is_empty() && self.always_open(host) {
            return Rewrites::default();
        }
        rewrites
    }

    /// The fields that restrict this group's accounts at this host. What names the group stands before what is for
    /// everyone.
    fn tenant_fields<'a>(
        &'a self,
        group: &'a Group,
        host: &'a Host,
    ) -> impl Iterator<Item = (&'a Tenants, &'a TenantField)> {
        let names = |tenants: &Tenants| group.code.as_ref().is_some_and(|code| tenants.groups.contains(code));
        let entries = self.tenants().iter().filter(move |tenants| {
            let is_own = |other: &&Tenants| other.service == tenants.service && names(other);
            names(tenants) || (tenants.groups.is_empty() && !self.tenants().iter().any(|other| is_own(&other)))
        });
        entries
            .flat_map(|tenants| tenants.fields.iter().map(move |field| (tenants, field)))
            .filter(|(_, field)| field.hosts.iter().any(|parent| host.is_within(parent)))
    }
}

/// Whether a request searches: words stand in its address, or the strict parameter itself does, or it is one for a path
/// that searches with what stands elsewhere. Not where its path is known to do something else, and is written so that
/// every server reads it alike.
fn searches(query: &StrictQuery, address: &Address, method: &str) -> bool {
    let (path, parameters) = split(address.path_and_query());
    let is_below =
        |other: &&str| path.strip_prefix(*other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if query.others.iter().any(is_below) && address.has_plain_path() {
        return false;
    }
    let speaks = parameters.is_some_and(|parameters| {
        parameters.split('&').any(|piece| is_named(piece, query.words) || is_named(piece, query.name))
    });
    let is_reading = matches!(method, "GET" | "HEAD");
    speaks || (query.paths.contains(&path) && (parameters.is_some() || !is_reading))
}

/// The same path and query with the strict parameter once, and nothing else changed; `None` where it stands just so.
fn asked_strictly(path_and_query: &str, query: &StrictQuery) -> Option<String> {
    let (path, parameters) = split(path_and_query);
    let ours = format!("{}={}", query.name, query.value);
    let Some(parameters) = parameters else { return Some(format!("{path}?{ours}")) };
    let mut own = parameters.split('&').filter(|piece| is_named(piece, query.name));
    if own.next() == Some(ours.as_str()) && own.next().is_none() {
        return None;
    }
    let kept: Vec<&str> = parameters.split('&').filter(|piece| !is_named(piece, query.name)).collect();
    let kept = kept.join("&");
    Some(if kept.is_empty() { format!("{path}?{ours}") } else { format!("{path}?{kept}&{ours}") })
}

/// Path and query. A fragment never reaches a server, so whatever follows a `#` is left away.
fn split(path_and_query: &str) -> (&str, Option<&str>) {
    let sent = path_and_query.split('#').next().unwrap_or_default();
    sent.split_once('?').map_or((sent, None), |(path, query)| (path, Some(query)))
}

/// Whether a piece of a query sets this parameter, however its name is escaped. Servers differ in whether they tell
/// capitals apart, so we do not.
fn is_named(piece: &str, name: &str) -> bool {
    url::form_urlencoded::parse(piece.as_bytes()).next().is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
