//! The audit log, read by those whose duty it is: what they ask stands in the address by ids and codes, and the verb decides what they
//! may know. That they read is an entry itself.

pub(crate) mod proof;

use super::{Frame, Here, announce, error_at, found, render};
use crate::words::capital;
use crate::{
    fields::Fields,
    kit::{Area, Choices, Field, Kind, PageLinks, Problem, Width},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse as _,
};
use holdfast_records::{
    Fault,
    access::{Act, Capability, Purpose},
    audit::{Bookmark, Outcome, Page, Question, Shown},
    id,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use url::form_urlencoded;

/// How many entries stand on a page.
const A_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "audit/log.html")]
struct LogPage {
    frame: Frame,
    tabs: Vec<Area>,
    /// What is shown, in words.
    asked: String,
    about: Field,
    by_them: Choices,
    from: Field,
    until: Field,
    act: Choices,
    outcome: Choices,
    kind: Choices,
    problems: Vec<Problem>,
    /// The form in which somebody says why they look at one person's history.
    purpose: Option<PurposeForm>,
    entries: Option<Vec<EntryRow>>,
    /// Whether so much that is not shown was passed that nothing is shown, and older entries were not looked at.
    is_unfinished: bool,
    links: PageLinks,
    /// What is asked, to be taken out as a file; nothing for whoever may not.
    exports: Option<Vec<(&'static str, String)>>,
}

/// What is asked of the log, as its form and its addresses have it.
const ASKED: [&str; 7] = ["about", "by", "from", "until", "act", "outcome", "kind"];

struct PurposeForm {
    person: String,
    back: String,
    purpose: Choices,
}

struct EntryRow {
    href: String,
    when: String,
    who: String,
    act: String,
    on: String,
    is_done: bool,
    detail: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "audit/entry.html")]
struct EntryPage {
    frame: Frame,
    entry: EntryRow,
    facts: Vec<(&'static str, String)>,
}

/// The places of this area that somebody can use.
pub(super) fn tabs(visit: &SignedVisit, here: &str) -> Vec<Area> {
    let all = [
        ("/audit", "The log", Capability::ReadAudit),
        ("/audit/verify", "Verify it", Capability::VerifyAudit),
        ("/audit/checkpoints", "Checkpoints", Capability::VerifyAudit),
    ];
    let mine = all.iter().filter(|(_, _, capability)| visit.me.may(*capability));
    mine.map(|(href, words, _)| Area::new(*href, *words, *href == here)).collect()
}

pub(crate) async fn log(visit: SignedVisit) -> Answered {
    let (question, mut problems) = question(&visit.query, &visit.sources.school.zone);
    let mut purpose = None;
    let mut page = None;
    if problems.is_empty() {
        match visit.records.read_audit(&visit.session, &question).await {
            Ok(read) => page = Some(read),
            // What is by and about one other person is their history.
            Err(Fault::NotAllowed(words)) if question.about.is_some() => {
                problems.push(Problem::of_all(words));
                purpose = question.about.as_ref().map(|person| purpose_form(&visit, person));
            }
            Err(Fault::NotFound) if question.about.is_some() || question.after.is_some() => {
                problems.push(Problem::at("about", "There is nothing like that here, or it is not for you to see."));
            }
            Err(fault) => return Err(fault),
        }
    }
    // Where nothing was shown, no address says how far looking came: that something is there would be told by it. The page says
    // that older ones were not looked at.
    let next =
        page.as_ref().filter(|page| page.is_cut).and_then(|page| page.entries.last()).map(|last| next(&visit, last));
    let first = question.after.is_some().then(|| asked_again(&visit));
    let shown = log_page(&visit, problems, purpose, page.as_ref(), PageLinks::stepping(first, next));
    Ok(render(StatusCode::OK, &shown))
}

fn log_page(
    visit: &SignedVisit,
    problems: Vec<Problem>,
    purpose: Option<PurposeForm>,
    page: Option<&Page>,
    links: PageLinks,
) -> LogPage {
    let query = |name: &str| visit.query.get(name);
    let error = |field: &str| error_at(&problems, field);
    let any = |choices: Choices| choices.option("", "Any");
    let act = Act::ALL
        .iter()
        .fold(any(Choices::new("act", "What was done")), |all, act| all.option(act.word(), act_words(act.word())));
    let frame = Frame::signed(visit, Here::Audit);
    LogPage {
        frame: frame.erring(!problems.is_empty()),
        tabs: tabs(visit, "/audit"),
        asked: asked(visit),
        about: Field::new("about", "By or about")
            .hint("The id of a person or another record. About another person, you first say why.")
            .kind(Kind::Code)
            .value(query("about"))
            .error(error("about")),
        by_them: Choices::new("by", "Of that")
            .option("", "Both by and about")
            .option("them", "Only what they did")
            .chosen(query("by")),
        from: Field::new("from", "From day")
            .width(Width::Ten)
            .value(query("from"))
            .error(error("from"))
            .hint("Such as 3/11/2026"),
        until: Field::new("until", "To day")
            .width(Width::Ten)
            .value(query("until"))
            .error(error("until"))
            .hint("That day too"),
        act: act.chosen(query("act")),
        outcome: any(Choices::new("outcome", "Done or denied"))
            .option("done", "Done")
            .option("denied", "Denied")
            .chosen(query("outcome")),
        kind: any(Choices::new("kind", "On"))
            .option("school", "The school")
            .option("person", "A person")
            .option("file", "A file")
            .chosen(query("kind")),
        problems,
        purpose,
        is_unfinished: page.is_some_and(|page| page.is_cut && page.entries.is_empty()),
        exports: page.filter(|page| visit.me.may(Capability::ExportRecords) && !page.entries.is_empty()).map(|_| {
            ASKED.iter().map(|name| (*name, query(name).to_owned())).filter(|(_, value)| !value.is_empty()).collect()
        }),
        entries: page.map(|page| page.entries.iter().map(|entry| row(entry, page, visit)).collect()),
        links,
    }
}

/// What is shown, in words: “policy changed, denied, from 3/11/2026”.
fn asked(visit: &SignedVisit) -> String {
    let query = |name: &str| visit.query.get(name);
    let mut parts = Vec::new();
    for (name, before) in [
        ("act", ""),
        ("outcome", ""),
        ("kind", "on a "),
        ("from", "from "),
        ("until", "to "),
        ("about", "by or about "),
    ] {
        let value: String = query(name).chars().take(60).collect();
        if !value.is_empty() {
            let is_code = matches!(name, "act" | "outcome" | "kind");
            parts.push(format!("{before}{}", if is_code { value.replace('-', " ") } else { value }));
        }
    }
    if parts.is_empty() { "Everything, newest first".to_owned() } else { capital(&parts.join(", ")) }
}

/// What is asked, read strictly: what is not understood is told and nothing is looked for.
fn question(asked: &Fields, zone: &TimeZone) -> (Question, Vec<Problem>) {
    let query = |name: &str| asked.get(name);
    let mut problems = Vec::new();
    let mut day = |name: &str, days: i64| -> Option<Timestamp> {
        let typed = query(name);
        if typed.is_empty() {
            return None;
        }
        let start = typed_day(typed, days, zone);
        if start.is_none() {
            problems.push(Problem::at(name, "This is no day. Write it as 3/11/2026 or 2026-11-03."));
        }
        start
    };
    let (from, until) = (day("from", 0), day("until", 1));
    let about = Some(query("about")).filter(|about| !about.is_empty());
    if about.is_some_and(|about| id::Row::parse(about).is_err()) {
        problems.push(Problem::at(
            "about",
            "This is no id. Open the record, and copy its id from the address of its page.",
        ));
    }
    let after = query("after");
    let bookmark = bookmark(after);
    if !after.is_empty() && bookmark.is_none() {
        problems.push(Problem::of_all("The address of this page was changed. Search again."));
    }
    let question = Question {
        about: about.map(str::to_ascii_lowercase),
        from,
        until,
        by_them: query("by") == "them",
        act: Act::ALL.iter().copied().find(|act| act.word() == query("act")),
        outcome: [Outcome::Done, Outcome::Denied].into_iter().find(|outcome| outcome.word() == query("outcome")),
        kind: Some(query("kind")).filter(|kind| !kind.is_empty()).map(str::to_owned),
        after: bookmark,
        only: None,
        most: A_PAGE,
    };
    (question, problems)
}

fn typed_day(typed: &str, later: i64, zone: &TimeZone) -> Option<Timestamp> {
    let day = ["%d/%m/%Y", "%d %m %Y", "%d %B %Y", "%Y-%m-%d"]
        .iter()
        .find_map(|format| Date::strptime(format, typed).ok())?;
    let day = day.checked_add(jiff::Span::new().days(later)).ok()?;
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

/// Where an entry stands, as addresses have it: “1795425600000000-0a1b2c3d4e5f”.
fn bookmark(text: &str) -> Option<Bookmark> {
    let (moment, reference) = text.split_once('-')?;
    let is_reference = reference.len() == 12 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    let moment = Timestamp::from_microsecond(moment.parse().ok()?).ok()?;
    is_reference.then(|| Bookmark { moment, reference: reference.to_owned() })
}

fn bookmarked(entry: &Shown) -> String {
    format!("{}-{}", entry.moment.as_microsecond(), entry.reference)
}

/// What is asked again from the beginning, for links.
fn asked_again(visit: &SignedVisit) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in ASKED {
        let value = visit.query.get(name);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    format!("/audit?{}", query.finish())
}

fn next(visit: &SignedVisit, last: &Shown) -> String {
    let again = asked_again(visit);
    let joint = if again.ends_with('?') { "" } else { "&" };
    format!("{again}{joint}after={}", bookmarked(last))
}

fn row(entry: &Shown, page: &Page, visit: &SignedVisit) -> EntryRow {
    let name = |id: &str| page.names.get(id).cloned().unwrap_or_else(|| format!("A person ({id})"));
    let who = actor_words(&entry.actor, |_person| name(&entry.actor));
    let on = match entry.resource.split_once(' ') {
        Some(("person", id)) => name(id),
        Some((kind, id)) => format!("{} {id}", capital(&kind.replace('-', " "))),
        None if entry.resource == "school" => "The school".to_owned(),
        None => capital(&entry.resource.replace('-', " ")),
    };
    EntryRow {
        href: format!("/audit/entries/{}", bookmarked(entry)),
        when: entry.moment.to_zoned(visit.sources.school.zone.clone()).strftime("%-d %B %Y, %H:%M:%S").to_string(),
        who,
        act: act_words(&entry.act),
        on,
        is_done: entry.outcome == Outcome::Done.word(),
        detail: entry.detail.iter().map(|(key, value)| (capital(&key.replace('-', " ")), value.clone())).collect(),
    }
}

/// Who did something, as the log has it: a person by what they are called, or what acted in nobody's name.
pub(super) fn actor_words(actor: &str, called: impl FnOnce(id::Person) -> String) -> String {
    match (id::Person::parse(actor), actor.split(' ').next()) {
        (Ok(person), _) => called(person),
        (Err(_), Some("console")) => "The machine’s console".to_owned(),
        (Err(_), Some("door")) => "A door at which nobody signs in".to_owned(),
        (Err(_), Some("sealed-sign-in")) => "A sealed emergency sign-in".to_owned(),
        (Err(_), _) => "Holdfast itself".to_owned(),
    }
}

/// An act in words: “Setting changed”.
fn act_words(word: &str) -> String {
    capital(&word.replace('-', " "))
}

pub(crate) async fn entry(visit: SignedVisit) -> Answered {
    let bookmark = bookmark(visit.places.get("entry")).ok_or(Fault::NotFound)?;
    let question = Question { only: Some(bookmark), most: 1, ..Question::default() };
    let page = visit.records.read_audit(&visit.session, &question).await?;
    let entry = page.entries.first().ok_or(Fault::NotFound)?;
    let row = row(entry, &page, &visit);
    let facts = vec![
        ("When", words::moment(entry.moment, &visit.sources.school.zone)),
        ("To the microsecond, UTC", entry.moment.to_string()),
        ("Who", row.who.clone()),
        ("Their id", entry.actor.clone()),
        ("What", row.act.clone()),
        ("Its word", entry.act.clone()),
        ("Outcome", if row.is_done { "Done".to_owned() } else { "Denied: nothing was done".to_owned() }),
        ("On", row.on.clone()),
        ("Its id", entry.resource.clone()),
        ("Reference", entry.reference.clone()),
    ];
    Ok(render(StatusCode::OK, &EntryPage { frame: Frame::signed(&visit, Here::Audit), entry: row, facts }))
}

/// Takes what is asked out as a file, of all pages.
pub(crate) async fn export(visit: SignedVisit, fields: Fields) -> Answered {
    let zone = &visit.sources.school.zone;
    let (question, problems) = question(&fields, zone);
    if let Some(problem) = problems.first() {
        return Err(Fault::wrong(format!("{} Go back, and search again.", problem.words)));
    }
    let export = visit.records.export_audit(&visit.session, &question, zone).await?;
    // The name says what it is and from which day, and nobody's name.
    let day = visit.caller.now.to_zoned(zone.clone()).strftime("%Y-%m-%d");
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"audit-log-{day}.csv\""));
    let mut response = ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], export.csv).into_response();
    if let Ok(disposition) = disposition {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

fn purpose_form(visit: &SignedVisit, person: &str) -> PurposeForm {
    let purpose =
        Purpose::ALL.iter().fold(Choices::new("purpose", "Why do you look at one person’s history?"), |all, one| {
            all.option(one.word(), capital(one.title()))
        });
    PurposeForm { person: person.to_owned(), back: asked_again(visit), purpose }
}

pub(crate) async fn purpose(visit: SignedVisit, fields: Fields) -> Answered {
    let person = id::Person::parse(fields.get("person"))?;
    let Some(purpose) = Purpose::from_word(fields.get("purpose")) else {
        return Err(Fault::wrong(
            "Choose why you look at this person’s history. Go back, and choose one of the reasons.",
        ));
    };
    visit.records.give_purpose(&visit.session, person, purpose).await?;
    announce(&visit, "Your purpose is noted", "It holds for half an hour, for this person, and stands in the log.");
    let back = fields.get("back");
    Ok(found(if back.starts_with("/audit?") { back } else { "/audit" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bookmark_is_read_strictly() {
        let read = bookmark("1795425600000000-0a1b2c3d4e5f").unwrap();
        assert_eq!((read.moment.as_microsecond(), read.reference.as_str()), (1_795_425_600_000_000, "0a1b2c3d4e5f"));
        for wrong in [
            "",
            "1795425600000000",
            "x-0a1b2c3d4e5f",
            "1-0a1b2c3d4e5",
            "1-0a1b2c3d4e5g",
            "99999999999999999999-0a1b2c3d4e5f",
        ] {
            assert_eq!(bookmark(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn who_acts_is_told_in_words() {
        let person = "0190b5a4-0000-7000-8000-00000000dead";
        let called = |actor: &str| actor_words(actor, |_person| "Hilda Marsh".to_owned());
        assert_eq!(called(person), "Hilda Marsh");
        assert_eq!(called("clock"), "Holdfast itself");
        assert_eq!(called("door"), "A door at which nobody signs in");
        assert_eq!(called("console"), "The machine’s console");
        assert_eq!(called(&format!("sealed-sign-in {person}")), "A sealed emergency sign-in");
    }

    #[test]
    fn days_are_the_schools_own() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let at = |typed: &str, later| typed_day(typed, later, &zone).map(|at| at.to_string());
        assert_eq!(at("1/6/2026", 0).as_deref(), Some("2026-05-31T23:00:00Z"));
        assert_eq!(at("2026-06-01", 1).as_deref(), Some("2026-06-01T23:00:00Z"));
        assert_eq!(at("June", 0), None);
    }
}
