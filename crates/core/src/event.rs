//! What the gateway reports: one event a request. Serialisable, so that the gate could one day be its own process.

use crate::{request::Visibility, subject::Subject};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};

/// How the answer turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Served.
    Allowed,
    /// Stopped by policy.
    Blocked,
    /// Sent on to another address by policy.
    Redirected,
    /// Stopped by a sealed list; no address is stored.
    Sealed,
    /// Refused because the request itself was unclear, forbidden by form, or aimed at our own network.
    Refused,
    /// Allowed, but the other side could not be reached or broke off.
    Failed,
}

/// One request as it was judged and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEvent {
    /// Opaque reference, random, shown to the person on the block page.
    pub reference: Arc<str>,
    /// When it was judged: microseconds since 1970-01-01 UTC.
    pub at_micros: i64,
    /// The ruleset that judged it.
    pub ruleset: Arc<str>,
    /// The whole subject as judged; without person until the school has told people (practice 23).
    pub subject: Subject,
    /// The client's address, for `/stopped`, which is memory only. On the disk it stands only beside a person who may
    /// be named (practice 23).
    #[serde(default, skip_serializing_if = "is_default")]
    pub client: Option<IpAddr>,
    /// The listener's name.
    pub listener: Arc<str>,
    /// HTTP method; empty where none was seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub method: Arc<str>,
    /// `http`, `https` (opened), `tunnel` (CONNECT), or `dns`.
    pub scheme: Arc<str>,
    /// Host asked for; absent for a sealed hit. A person's own name of our name service is told as the service's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub host: Option<Arc<str>>,
    /// Port asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub port: u16,
    /// Path and query, where seen; absent for a sealed hit, and under the name of our name service.
    #[serde(default, skip_serializing_if = "is_default")]
    pub path: Option<Arc<str>>,
    /// How much was seen.
    pub visibility: Visibility,
    /// How it turned out.
    pub outcome: Outcome,
    /// The status sent to the client; 0 where none was.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: u16,
    /// The deciding layer's code ([`crate::decide::Layer::code`]), or the refusal's code.
    pub layer: Arc<str>,
    /// The deciding rule's id.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rule: Option<Arc<str>>,
    /// The list that matched.
    #[serde(default, skip_serializing_if = "is_default")]
    pub list: Option<Arc<str>>,
    /// The entry that matched.
    #[serde(default, skip_serializing_if = "is_default")]
    pub entry: Option<Arc<str>>,
    /// The category's or service's code.
    #[serde(default, skip_serializing_if = "is_default")]
    pub category: Option<Arc<str>>,
    /// The strict search that was forced: the engine's code and the level, such as `youtube moderate` (F-10).
    #[serde(default, skip_serializing_if = "is_default")]
    pub strict: Option<Arc<str>>,
    /// What was changed in the request or its answer, such as `youtube-restrict moderate` or `alt-svc`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rewrites: Vec<Arc<str>>,
    /// Why a tunnel was left unopened ([`crate::inspection::OpeningReason::code`]); absent where it was opened.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unopened: Option<Arc<str>>,
    /// Policy clauses served.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clauses: Vec<Arc<str>>,
    /// The reason in the words shown to the person.
    #[serde(default, skip_serializing_if = "is_default")]
    pub words: Arc<str>,
    /// Bytes from the client to the origin, bodies only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bytes_up: u64,
    /// Bytes from the origin to the client, bodies only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bytes_down: u64,
    /// From head read to answer done, microseconds.
    pub duration_micros: u64,
    /// Whether this was a probe or drill.
    #[serde(default, skip_serializing_if = "is_default")]
    pub synthetic: bool,
}

/// Absent, empty and zero are left out of what is written: a school's names alone are millions of lines a day.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What goes through the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A request.
    Request(Box<RequestEvent>),
    /// Somebody read a help or report page. Nothing else is kept (practice 9).
    Help,
}

/// Which lane of the bounded channel an event travels in (house invariant 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// May be lost first, counted.
    Ordinary,
    /// Blocked, redirected and sealed requests, searches and alerts. Not what the gate refuses for its form, so that
    /// nobody can crowd out a blocked request with garbage.
    Reserved,
}

impl Event {
    /// The lane it travels in.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Request(event)
                if matches!(event.outcome, Outcome::Blocked | Outcome::Redirected | Outcome::Sealed) =>
            {
                Lane::Reserved
            }
            Self::Request(_) | Self::Help => Lane::Ordinary,
        }
    }
}
