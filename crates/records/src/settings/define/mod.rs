//! The settings themselves, by area: the catalogue's Part 4, every row of it, and how long files are kept, which has no row
//! there.
//!
//! What the sources say is told in our words, with the lines it stands on. Starting values are ours.

pub mod devices;
pub mod filtering;
pub mod governance;
pub mod identity;
pub mod images;
pub mod incidents;
pub mod keeping;
pub mod signposts;
pub mod social_media;

use super::Definition;

/// Settings that belong together.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    /// Its word in addresses.
    pub word: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Its settings, in the order in which they are shown.
    pub settings: &'static [&'static Definition],
}

/// Every area, in the order in which they are shown.
pub const AREAS: &[Area] = &[
    area("social-media", "Social media", social_media::ALL),
    area("devices", "Devices", devices::ALL),
    area("filtering", "Filtering and monitoring", filtering::ALL),
    area("identity", "Accounts and signing in", identity::ALL),
    area("incidents", "Concerns and incidents", incidents::ALL),
    area("images", "Images and video", images::ALL),
    area("governance", "Governance and training", governance::ALL),
    area("keeping", "How long records are kept", keeping::ALL),
    area("signposts", "Help and signposts", signposts::ALL),
];

const fn area(word: &'static str, title: &'static str, settings: &'static [&'static Definition]) -> Area {
    Area { word, title, settings }
}

/// Every setting, in the order in which they are shown.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    AREAS.iter().flat_map(|area| area.settings).copied()
}

/// The area of a setting.
pub fn area_of(id: &str) -> Option<&'static Area> {
    AREAS.iter().find(|area| area.settings.iter().any(|definition| definition.id == id))
}

/// The setting with this id.
pub fn by_id(id: &str) -> Option<&'static Definition> {
    all().find(|definition| definition.id == id)
}
