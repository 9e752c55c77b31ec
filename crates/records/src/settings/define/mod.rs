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

/// Every setting, in the order in which they are shown.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    let areas = [
        social_media::ALL,
        devices::ALL,
        filtering::ALL,
        identity::ALL,
        incidents::ALL,
        images::ALL,
        governance::ALL,
        keeping::ALL,
        signposts::ALL,
    ];
    areas.into_iter().flatten().copied()
}

/// The setting with this id.
pub fn by_id(id: &str) -> Option<&'static Definition> {
    all().find(|definition| definition.id == id)
}
