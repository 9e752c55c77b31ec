//! Search engines whose strict mode can be forced by what their name leads to (F-10; field notes §4.1).

use std::net::IpAddr;

/// How strictly search engines are held for a group.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum StrictLevel {
    /// Engines answer as they like. Only staff may be left at this.
    Off,
    /// As strict as can be where an engine knows one mode, and the milder of two where it knows two (video).
    Moderate,
    /// As strict as can be.
    Strict,
}

/// What an engine's name must lead to, so that it answers strictly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrictForm {
    /// To whatever this other name leads to; the engine's certificate goes on being its own.
    Name(&'static str),
    /// To these addresses.
    Addresses(&'static [IpAddr]),
}

/// One engine's strict mode, as it holds for one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictSearch {
    /// The engine's code, such as `google` or `youtube`.
    pub engine: &'static str,
    /// Which level was chosen.
    pub level: StrictLevel,
    /// What its name must lead to.
    pub form: StrictForm,
}
