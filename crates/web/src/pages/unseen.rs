//! What we cannot see: the share of what was let through that was seen whole, by the name of the site only, or not at
//! all. A table by group for the status page, and a few calm words for whoever reads `/stopped`.

use crate::words::{Number, part_of, size};
use holdfast_activity::visibility::{Amount, FEWEST_FOR_A_SHARE, GroupSeen, Seen};
use holdfast_core::{inspection::shipped, subject::GroupCode, wording::Band};

/// How the policy for people whom we cannot tell is called beside the groups' codes.
const UNKNOWN: &str = "unknown";

/// The table of the last 24 hours.
#[derive(Debug)]
pub(super) struct Unseen {
    /// One for each group, and one for everybody where there are several.
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    pub(super) group: String,
    /// Seen whole, by name only, not at all.
    pub(super) cells: [Cell; 3],
    pub(super) look_ups: Number,
    /// Why connections were left unopened, and how many; the most frequent first.
    pub(super) reasons: Vec<(String, Number)>,
}

#[derive(Debug)]
pub(super) struct Cell {
    /// The heading of its column.
    pub(super) title: &'static str,
    pub(super) requests: Number,
    /// `None` where there are too few to tell one.
    pub(super) share: Option<String>,
    pub(super) data: String,
}

pub(super) fn table(groups: &[GroupSeen]) -> Unseen {
    let mut rows: Vec<_> = groups.iter().map(|row| self::row(name(row.group.as_ref()), &row.seen)).collect();
    if rows.len() > 1 {
        rows.push(row("Everybody".to_owned(), &together(groups)));
    }
    Unseen { rows }
}

/// The group's code, as tables and numbers have it.
pub(super) fn name(group: Option<&GroupCode>) -> String {
    group.map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)
}

fn together(groups: &[GroupSeen]) -> Seen {
    let mut all = Seen::default();
    for group in groups {
        all.add(&group.seen);
    }
    all
}

fn row(group: String, seen: &Seen) -> Row {
    let total = seen.requests();
    let cell = |title, amount: Amount| Cell {
        title,
        requests: Number(amount.requests),
        share: (total >= FEWEST_FOR_A_SHARE).then(|| part_of(amount.requests, total)),
        data: size(amount.bytes),
    };
    let mut reasons: Vec<_> = seen.unopened.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    Row {
        group,
        cells: [cell("Seen whole", seen.whole), cell("By name only", seen.name_only), cell("Not at all", seen.nothing)],
        look_ups: Number(seen.look_ups),
        reasons: reasons.into_iter().map(|(code, count)| (reason(code), Number(*count))).collect(),
    }
}

/// A reason for leaving a connection unopened, in words.
fn reason(code: &str) -> String {
    match code {
        "group" => "nothing more is opened for the group".to_owned(),
        "not-chosen" => "not a site that is opened for the group".to_owned(),
        "school" => "the school leaves it unopened".to_owned(),
        "private" => "a private kind of site".to_owned(),
        code => shipped::sets()
            .iter()
            .find(|set| set.code == code)
            .map_or_else(|| code.to_owned(), |set| format!("shipped: {}", set.title)),
    }
}

/// What `/stopped` says of it.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// Whose share is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose<'a> {
    /// The reader's group, as the last refusal says.
    Group(Option<&'a GroupCode>),
    /// Nothing says which group the reader is in.
    Everybody,
}

/// The share of the reader's group in words that fit its band. No share is told of few requests.
pub(super) fn sight(groups: &[GroupSeen], whose: Whose<'_>, band: Band) -> Sight {
    let seen = match whose {
        Whose::Group(group) => groups.iter().find(|row| row.group.as_ref() == group).map(|row| row.seen.clone()),
        Whose::Everybody => Some(together(groups)),
    };
    let seen = seen.unwrap_or_default();
    let is_told = seen.requests() >= FEWEST_FOR_A_SHARE;
    match band {
        Band::Youngest => Sight {
            title: "What the filter can see",
            text: format!("The filter can see which sites are used.{}", if is_told { inside(&seen) } else { "" }),
        },
        Band::Younger | Band::Unknown => Sight {
            title: "What the filter can see",
            text: format!(
                "The filter sees the name of a site. It cannot always see the page.{}",
                if is_told { inside(&seen) } else { "" }
            ),
        },
        Band::Older | Band::Staff | Band::Visitor => Sight {
            title: "What the filter can see",
            text: if is_told { shares(&seen, whose) } else { grown_without_shares() },
        },
    }
}

/// How often the whole page was seen, in a child's words.
fn inside(seen: &Seen) -> &'static str {
    let (whole, total) = (seen.whole.requests, seen.requests());
    match whole.saturating_mul(100) / total.max(1) {
        _ if whole == 0 => " In the last day it saw inside no page.",
        _ if whole == total => " In the last day it saw inside every page.",
        0..10 => " In the last day it saw inside a few pages.",
        10..40 => " In the last day it saw inside some pages.",
        40..60 => " In the last day it saw inside about half of the pages.",
        60..90 => " In the last day it saw inside most pages.",
        _ => " In the last day it saw inside nearly every page.",
    }
}

fn shares(seen: &Seen, whose: Whose<'_>) -> String {
    let total = seen.requests();
    let part = |amount: Amount| part_of(amount.requests, total);
    let of = match whose {
        Whose::Group(Some(_)) => "your group",
        Whose::Group(None) => "people who are not signed in",
        Whose::Everybody => "everybody here",
    };
    format!(
        "Of what was let through for {of} in the last 24 hours, the filter saw {} whole, {} by the name of the site only, and \
         {} not at all. Visits to help pages are not counted.",
        part(seen.whole),
        part(seen.name_only),
        part(seen.nothing)
    )
}

fn grown_without_shares() -> String {
    "The filter sees the name of each site. It sees the whole page where the connection is not secure, and where the school \
     opens secure pages to check them. Too little was asked for in the last 24 hours to tell how often that was."
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(whole: u64, name_only: u64, nothing: u64) -> Seen {
        let amount = |requests| Amount { requests, bytes: requests * 1_000 };
        Seen { whole: amount(whole), name_only: amount(name_only), nothing: amount(nothing), ..Seen::default() }
    }

    fn group(code: &str, seen: Seen) -> GroupSeen {
        GroupSeen { group: Some(code.into()), seen }
    }

    #[test]
    fn no_share_is_told_of_few_requests() {
        let few = [group("Rowan", seen(9, 10, 0))];
        assert_eq!(table(&few).rows[0].cells[0].share, None);
        assert_eq!(table(&few).rows.len(), 1, "one group is everybody");
        let rowan = GroupCode::from("Rowan");
        for band in Band::ALL {
            let text = sight(&few, Whose::Group(Some(&rowan)), band).text;
            assert!(!text.contains('%') && !text.contains("last day") && !text.contains('9'), "{text}");
        }
        let enough = [group("Rowan", seen(10, 10, 0)), group("Alder", seen(0, 4, 0))];
        assert_eq!(table(&enough).rows[0].cells[0].share.as_deref(), Some("50 %"));
        assert_eq!(table(&enough).rows[2].group, "Everybody");
        let text = sight(&enough, Whose::Group(Some(&rowan)), Band::Younger).text;
        assert!(text.ends_with("about half of the pages."), "{text}");
        let text = sight(&enough, Whose::Everybody, Band::Staff).text;
        assert!(
            text.contains("everybody here in the last 24 hours, the filter saw 42 % whole, 58 % by the name"),
            "{text}"
        );
        let nobody = sight(&enough, Whose::Group(None), Band::Older).text;
        assert!(nobody.contains("Too little was asked for"), "{nobody}");
    }

    #[test]
    fn reasons_are_told_in_words_the_most_frequent_first() {
        let mut seen = seen(1, 5, 0);
        seen.unopened = [("group".into(), 2), ("private".into(), 3), ("brand-new".into(), 1)].into();
        let reasons: Vec<_> = table(&[group("Rowan", seen)]).rows.remove(0).reasons;
        let words: Vec<_> = reasons.iter().map(|(words, count)| (words.as_str(), count.0)).collect();
        assert_eq!(
            words,
            [("a private kind of site", 3), ("nothing more is opened for the group", 2), ("brand-new", 1)]
        );
    }
}
