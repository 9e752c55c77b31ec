//! What we cannot see: the share of what was let through that was seen whole, by the name of the site only, or not at
//! all. A table by group for the status page, and a few calm words for whoever reads `/stopped`.

use crate::words::{Number, part_of, size};
use holdfast_activity::visibility::{Amount, FEWEST_TOLD, GroupSeen, Seen};
use holdfast_core::{inspection::shipped, subject::GroupCode, wording::Band};

/// How the policy for people whom we cannot tell is called beside the groups' codes.
const UNKNOWN: &str = "unknown";

/// Of fewer requests no share stands beside a number that is kept back: from here on one in a hundred is
/// [`FEWEST_TOLD`] requests or more, so whole percents tell no more of it than that it is small.
const FEWEST_BESIDE_KEPT_BACK: u64 = 100 * FEWEST_TOLD;
/// What stands where everybody's number is kept back.
const KEPT_BACK: &str = "not told";

/// The table of the last 24 hours. Small numbers of a group are not told (practice 14), and neither is what would give
/// them away: everybody's number in the same column, and shares from which they could be worked out.
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
    /// "and 1,200 look-ups of names".
    pub(super) look_ups: Option<String>,
    /// Why connections were left unopened, and how many where that can be told; the most frequent first.
    pub(super) reasons: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Cell {
    /// The heading of its column.
    pub(super) title: &'static str,
    /// "60 requests", "fewer than 20 requests"; `None` where there were none.
    pub(super) requests: Option<String>,
    /// `None` where it cannot be told.
    pub(super) share: Option<String>,
    /// `None` where it cannot be told.
    pub(super) data: Option<String>,
}

pub(super) fn table(groups: &[GroupSeen]) -> Unseen {
    let mut rows: Vec<_> =
        groups.iter().map(|row| self::row(name(row.group.as_ref()), &row.seen, [false; 4])).collect();
    if rows.len() > 1 {
        // With everybody's number and those of all other groups, a small one could be worked out.
        let given_away = std::array::from_fn(|column| groups.iter().any(|row| is_small(columns(&row.seen)[column])));
        rows.push(row("Everybody".to_owned(), &together(groups), given_away));
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

/// The numbers of a row.
fn columns(seen: &Seen) -> [u64; 4] {
    [seen.whole.requests, seen.name_only.requests, seen.nothing.requests, seen.look_ups]
}

/// Whether a number is too small to be told. None at all tells of nobody.
fn is_small(count: u64) -> bool {
    (1..FEWEST_TOLD).contains(&count)
}

/// `kept_back`: the columns whose numbers are not told, though they are not small.
fn row(group: String, seen: &Seen, kept_back: [bool; 4]) -> Row {
    let total = seen.requests();
    let [.., look_ups] = columns(seen);
    let has_kept_back = columns(seen)[..3].iter().copied().any(is_small) || kept_back[..3].contains(&true);
    let has_shares = total >= if has_kept_back { FEWEST_BESIDE_KEPT_BACK } else { FEWEST_TOLD };
    let cell = |title, amount: Amount, is_kept_back: bool| {
        let is_told = !is_kept_back && !is_small(amount.requests);
        Cell {
            title,
            requests: (amount.requests > 0).then(|| told(amount.requests, is_kept_back, "request")),
            share: (has_shares && !is_small(amount.requests)).then(|| part_of(amount.requests, total)),
            data: (is_told && amount.requests > 0).then(|| size(amount.bytes)),
        }
    };
    Row {
        group,
        cells: [
            cell("Seen whole", seen.whole, kept_back[0]),
            cell("By name only", seen.name_only, kept_back[1]),
            cell("Not at all", seen.nothing, kept_back[2]),
        ],
        look_ups: (look_ups > 0).then(|| format!("and {} of names", told(look_ups, kept_back[3], "look-up"))),
        reasons: reasons(seen, kept_back[1] || kept_back[2]),
    }
}

/// A number of things in words, where it can be told. Those that are told are never one alone.
fn told(count: u64, is_kept_back: bool, thing: &str) -> String {
    match is_small(count) {
        true => format!("fewer than {FEWEST_TOLD} {thing}s"),
        false if is_kept_back => format!("{thing}s: {KEPT_BACK}"),
        false => format!("{} {thing}s", Number(count)),
    }
}

/// The reasons for leaving connections unopened, the most frequent first. Where one number alone is small, the next one is
/// kept back too, since the rest of the row would tell it.
fn reasons(seen: &Seen, is_kept_back: bool) -> Vec<String> {
    let mut reasons: Vec<_> = seen.unopened.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let large = reasons.iter().filter(|(_, count)| !is_small(**count)).count();
    let numbered = if reasons.len() - large == 1 { large.saturating_sub(1) } else { large };
    let words = reasons.into_iter().enumerate().map(|(place, (code, count))| match *count {
        small if is_small(small) => format!("{}: fewer than {FEWEST_TOLD}", reason(code)),
        count if place < numbered && !is_kept_back => format!("{}: {}", reason(code), Number(count)),
        _ => reason(code),
    });
    words.collect()
}

/// A reason for leaving a connection unopened, in words.
fn reason(code: &str) -> String {
    match code {
        "group" => "nothing more is opened for the group".to_owned(),
        "not-chosen" => "not a site that is opened for the group".to_owned(),
        "school" => "the school leaves it unopened".to_owned(),
        "private" => "a private kind of site".to_owned(),
        "protected" => "a site that is open to everybody and never read".to_owned(),
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
    let is_told = seen.requests() >= FEWEST_TOLD;
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
    fn small_numbers_of_a_group_are_not_told_and_not_given_away() {
        let table = table(&[group("Rowan", seen(30, 60, 10)), group("Alder", seen(40, 3, 0))]);
        let requests = |row: usize| table.rows[row].cells.each_ref().map(|cell| cell.requests.as_deref());
        assert_eq!(requests(0), [Some("30 requests"), Some("60 requests"), Some("fewer than 20 requests")]);
        assert_eq!(requests(1), [Some("40 requests"), Some("fewer than 20 requests"), None]);
        // 60 and 3 in one column, 10 and 0 in the other: with everybody's 63, the 3 would be told.
        assert_eq!(requests(2), [Some("70 requests"), Some("requests: not told"), Some("fewer than 20 requests")]);
        // 30 % and 60 % of 100 would tell the 10.
        assert!(table.rows.iter().flat_map(|row| &row.cells).all(|cell| cell.share.is_none()));
        let data = |row: usize| table.rows[row].cells.each_ref().map(|cell| cell.data.is_some());
        assert_eq!([data(0), data(1), data(2)], [[true, true, false], [true, false, false], [true, false, false]]);
        // Of many, a share in whole percents tells nothing of the few.
        let many = super::table(&[group("Rowan", seen(1_500, 600, 10))]);
        let shares = many.rows[0].cells.each_ref().map(|cell| cell.share.as_deref());
        assert_eq!(shares, [Some("71 %"), Some("28 %"), None]);
        let few = Seen { look_ups: 7, ..seen(0, 0, 0) };
        assert_eq!(
            super::table(&[group("Rowan", few)]).rows[0].look_ups.as_deref(),
            Some("and fewer than 20 look-ups of names")
        );
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
        let halves = [group("Rowan", seen(20, 20, 0)), group("Alder", seen(0, 40, 0))];
        assert_eq!(table(&halves).rows[0].cells[0].share.as_deref(), Some("50 %"));
        assert_eq!(table(&halves).rows[2].group, "Everybody");
        assert_eq!(table(&halves).rows[2].cells[0].share.as_deref(), Some("25 %"));
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
        let words = |counts: &[(&str, u64)]| {
            let unopened = counts.iter().map(|(code, count)| ((*code).into(), *count)).collect();
            table(&[group("Rowan", Seen { unopened, ..seen(0, 400, 0) })]).rows.remove(0).reasons
        };
        assert_eq!(
            words(&[("group", 20), ("private", 30), ("brand-new", 40)]),
            ["brand-new: 40", "a private kind of site: 30", "nothing more is opened for the group: 20"]
        );
        // One small number alone could be worked out from the others and the column.
        assert_eq!(
            words(&[("group", 2), ("private", 30), ("school", 40)]),
            [
                "the school leaves it unopened: 40",
                "a private kind of site",
                "nothing more is opened for the group: fewer than 20"
            ]
        );
        assert_eq!(words(&[("protected", 2)]), ["a site that is open to everybody and never read: fewer than 20"]);
    }
}
