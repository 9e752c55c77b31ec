//! The lists: what each is for, where it comes from and how fresh it is. Their entries are shown nowhere.

use super::tabs;
use crate::{
    kit::{Area, Tag, Tone},
    pages::{Frame, Here, render},
    visit::{Answered, SignedVisit},
    words::{self, Number},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_core::ruleset::{Ruleset, content::ListFacts};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// From how many days on the age of a list is told. It is no fault: many stay as they are for long. What could not be fetched is told above.
const OLD_DAYS: i32 = 14;

#[derive(Template)]
#[template(path = "filtering/lists.html")]
struct ListsPage {
    frame: Frame,
    tabs: Vec<Area>,
    rows: Vec<ListRow>,
    sealed: usize,
    held: Vec<HeldRow>,
    stale: u64,
}

struct ListRow {
    title: String,
    category: &'static str,
    source: String,
    licence: String,
    entries: Number,
    fetched: String,
    freshness: Tag,
}

struct HeldRow {
    title: String,
    reason: String,
    since: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let seen = visit.glance.seen().await;
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let mut rows: Vec<_> = ruleset.content().lists().iter().map(|list| row(list, now, zone)).collect();
    rows.sort_by(|one, other| (one.category, &one.title).cmp(&(other.category, &other.title)));
    let health = seen.as_ref().map(|seen| &seen.health);
    let held = health.map(|health| health.held.iter()).into_iter().flatten().map(|list| HeldRow {
        title: list.title.clone(),
        reason: list.reason.clone(),
        since: words::when(list.since, now, zone),
    });
    let page = ListsPage {
        frame: Frame::signed(&visit, Here::Filter),
        tabs: tabs(&visit, "/filter/lists"),
        rows,
        sealed: ruleset.content().sealed_tiers().len(),
        held: held.collect(),
        stale: health.map_or(0, |health| health.metrics.stale_lists),
    };
    Ok(render(StatusCode::OK, &page))
}

fn row(list: &ListFacts, now: Timestamp, zone: &TimeZone) -> ListRow {
    ListRow {
        title: list.title.clone(),
        category: list.category.title(),
        source: list.source.clone(),
        licence: list.licence.clone(),
        entries: Number(list.entries),
        fetched: list.fetched.clone().unwrap_or_else(|| "Came with the school’s own files".to_owned()),
        freshness: freshness(list.fetched.as_deref(), now, zone),
    }
}

/// How fresh a list is, by the date in the words of when it was fetched; where there is none nobody can say.
fn freshness(fetched: Option<&str>, now: Timestamp, zone: &TimeZone) -> Tag {
    let day = fetched.and_then(|words| words.split([' ', 'T']).find_map(|word| word.parse::<Date>().ok()));
    let Some(day) = day else { return Tag::new("No date", Tone::Plain) };
    let today = now.to_zoned(zone.clone()).date();
    let age = (today - day).get_days();
    if age > OLD_DAYS { Tag::new(format!("{age} days old"), Tone::Plain) } else { Tag::new("Fresh", Tone::Good) }
}

/// What people call a list.
pub(super) fn list_title(ruleset: &Ruleset, id: &str) -> String {
    let lists = ruleset.content().lists();
    lists.iter().find(|list| &*list.id == id).map_or_else(|| id.to_owned(), |list| list.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_list_is_told_from_a_fresh_one() {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let of = |fetched| freshness(fetched, now, &TimeZone::UTC).words;
        assert_eq!(of(Some("2026-11-20")), "Fresh");
        assert_eq!(of(Some("2026-11-01T03:00:00Z")), "22 days old");
        assert_eq!(of(None), "No date");
    }
}
