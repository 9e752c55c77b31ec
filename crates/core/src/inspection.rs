//! Whether a secure connection is opened to look inside, and why (opening secure pages to check them).
//!
//! Nothing is opened unless the policy says so for the group. What is never opened, whatever a policy says: help,
//! lifelines, and the protected partners (police, the designated officer, social care; practice 9, 11, 16).

pub mod shipped;

use crate::{
    category::{Category, Labels},
    host::Host,
    request::Request,
    ruleset::{Ruleset, matching::Owner, rules::Group},
    subject::Subject,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Categories that are left unopened for everybody's privacy, unless a host of them is chosen by name (M-13).
pub(crate) const PRIVATE: [Category; 2] = [Category::Finance, Category::Health];

/// How far a secure connection is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// Not at all: judged by name, and passed on unread.
    #[default]
    Nothing,
    /// Only where what was asked for is blocked, to show why.
    BlockPages,
    /// Whole: every request inside is judged by its whole address.
    Everything,
}

/// How far one subject's connections to one host are opened, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// How far.
    pub extent: Extent,
    /// Why so far and no further.
    pub reason: OpeningReason,
}

/// Why a host is opened, or left unopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningReason {
    /// A help site, a lifeline, or a protected partner: never opened.
    Protected,
    /// The group's connections are left unopened.
    Group,
    /// The school leaves it unopened: an index into the policy's list.
    School(u32),
    /// One of the shipped sets of what cannot or should not be opened; its code.
    Shipped(&'static str),
    /// Of a category that is left unopened for privacy.
    Private(Category),
    /// The group opens chosen sites, and this is not one.
    NotChosen,
    /// Chosen by the policy.
    Chosen,
}

impl OpeningReason {
    /// The code in events, such as `group`, `apple` or `not-chosen`. Never tells a host.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Group => "group",
            Self::School(_) => "school",
            Self::Shipped(code) => code,
            Self::Private(_) => "private",
            Self::NotChosen => "not-chosen",
            Self::Chosen => "chosen",
        }
    }
}

impl Opening {
    const fn new(extent: Extent, reason: OpeningReason) -> Self {
        Self { extent, reason }
    }

    const fn unopened(reason: OpeningReason) -> Self {
        Self::new(Extent::Nothing, reason)
    }
}

impl Ruleset {
    /// Whether the policy opens anything for anybody, be it only to show a block page.
    pub fn opens_anything(&self) -> bool {
        self.groups().chain([self.unknown()]).any(|group| group.inspection.opens_anything())
    }

    /// How far a subject's connections to a host are opened. The first of these that speaks decides:
    ///
    /// 1. help sites, lifelines and protected partners are never opened;
    /// 2. a group for which nothing is opened;
    /// 3. what the school leaves unopened, by host or category;
    /// 4. hosts that the group chose are opened whole, but for longer names below them that are shipped as left
    ///    unopened;
    /// 5. what is shipped as left unopened, then the private categories (M-13);
    /// 6. categories and services that the group chose are opened whole;
    /// 7. the group's own extent.
    ///
    /// Judged by the host alone, so that it is known before anything inside is seen. Allocates nothing.
    pub fn opening(&self, subject: &Subject, host: &Host) -> Opening {
        let group = self.group(subject);
        let named = match self.named(group, host) {
            Named::Protected => return Opening::unopened(OpeningReason::Protected),
            Named::As(named) => named,
        };
        if !group.inspection.opens_anything() {
            return Opening::unopened(OpeningReason::Group);
        }
        let labels = self.content().labels(&Request::name_only(host)).union(named.services);
        if let Some(index) = named.left_unopened.into_iter().chain(self.left_by_category(group, labels)).min() {
            return Opening::unopened(OpeningReason::School(index));
        }
        let shipped = shipped::holding(host);
        // The longer name knows better what it is about; where both name the same host, the school chose it.
        let shipped_length = shipped.map(|(name, _)| name.len());
        if named.chosen_length.is_some_and(|chosen| shipped_length.is_none_or(|shipped| chosen >= shipped)) {
            return Opening::new(Extent::Everything, OpeningReason::Chosen);
        }
        if let Some((_, set)) = shipped {
            return Opening::unopened(OpeningReason::Shipped(&set.code));
        }
        if let Some(category) = PRIVATE.into_iter().find(|category| !labels.and(Labels::of(*category)).is_empty()) {
            return Opening::unopened(OpeningReason::Private(category));
        }
        if !labels.and(group.inspection.labels).is_empty() {
            return Opening::new(Extent::Everything, OpeningReason::Chosen);
        }
        let extent = group.inspection.extent;
        Opening::new(
            extent,
            match extent {
                Extent::Everything => OpeningReason::Chosen,
                Extent::Nothing | Extent::BlockPages if group.inspection.has_choice => OpeningReason::NotChosen,
                Extent::Nothing | Extent::BlockPages => OpeningReason::Group,
            },
        )
    }

    /// What the policy says about a host by its name, in one walk over its suffixes.
    fn named(&self, group: &Group, host: &Host) -> Named {
        let mut found = ByName::default();
        let postings =
            host.suffixes().flat_map(|name| self.index().at(name).iter().map(move |posting| (name, posting)));
        for (name, posting) in postings {
            match posting.owner {
                Owner::Help(_) | Owner::Lifeline(_) => return Named::Protected,
                Owner::Service(service) => found.services = found.services.union(Labels::service(service)),
                // The longest name comes first.
                Owner::Chosen(number) if number == group.inspection.number => {
                    found.chosen_length.get_or_insert(name.len());
                }
                Owner::LeftUnopened(index) if self.is_left_for(index, group) => {
                    found.left_unopened = Some(found.left_unopened.map_or(index, |first| first.min(index)));
                }
                _ => {}
            }
        }
        Named::As(found)
    }

    fn is_left_for(&self, index: u32, group: &Group) -> bool {
        crate::ruleset::at(self.left_unopened(), index).is_some_and(|entry| entry.is_for(group))
    }

    fn left_by_category(&self, group: &Group, labels: Labels) -> Option<u32> {
        let mut entries = (0_u32..).zip(self.left_unopened());
        entries.find(|(_, entry)| !entry.labels.and(labels).is_empty() && entry.is_for(group)).map(|(index, _)| index)
    }

    /// An opening in words for a person, such as `holdfast explain` prints. Tells no host.
    pub fn tell_opening(&self, opening: &Opening) -> String {
        let why = match opening.reason {
            OpeningReason::Protected => {
                return "never opened: it is a help site, a lifeline or a protected partner".to_owned();
            }
            OpeningReason::Group => "nothing is chosen to be opened for this group".to_owned(),
            OpeningReason::NotChosen => {
                "the policy opens chosen sites for this group, and this is none of them".to_owned()
            }
            OpeningReason::Chosen => "the policy chose it for this group".to_owned(),
            OpeningReason::School(index) => {
                let title = crate::ruleset::at(self.left_unopened(), index).map_or("", |entry| &*entry.title);
                format!("the school decided so (“{title}”)")
            }
            OpeningReason::Private(category) => format!("of “{}”, which is private", category.title()),
            OpeningReason::Shipped(code) => shipped::sets()
                .iter()
                .find(|set| set.code == code)
                .map_or_else(|| code.to_owned(), |set| format!("{} (“{}”, {})", set.why, set.title, set.date)),
        };
        match opening.extent {
            Extent::Nothing => format!("left unopened: {why}"),
            Extent::BlockPages => format!("opened only to say why something is blocked: {why}"),
            Extent::Everything => format!("opened, and every request inside judged by its whole address: {why}"),
        }
    }
}

/// What a host's name alone says.
enum Named {
    /// Never to be opened.
    Protected,
    /// What else the policy says of it.
    As(ByName),
}

#[derive(Default)]
struct ByName {
    services: Labels,
    /// The length of the longest name that the group chose and that holds it.
    chosen_length: Option<usize>,
    /// The first of the school's entries that leaves it unopened.
    left_unopened: Option<u32>,
}
