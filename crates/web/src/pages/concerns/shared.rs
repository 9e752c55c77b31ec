//! What the pages of answering share: where a concern is, how it stands in words, whom to ring.

use super::trends;
use crate::{
    fields::Fields,
    kit::{Area, Choices, Field, Tag, Tone},
    pages::{
        Frame, Here, announce,
        form::{FormPage, Part, Wrong, comes_back},
        found,
    },
    visit::{Answered, SignedVisit},
    words,
};
use holdfast_records::{
    Fault,
    access::{Act, Capability, Decision, Resource},
    concern::answer::{Case, DoneView, Due, Next, Waiting},
    file::{Severity, Words},
    id,
};
use jiff::{SignedDuration, Timestamp, Unit, civil::Date, tz::TimeZone};

/// The frame of a page of this area. It hides, because all of them hold a child's record or could.
pub(super) fn frame(visit: &SignedVisit) -> Frame {
    Frame::signed(visit, Here::Concerns).hiding()
}

/// Where a concern is.
pub(super) fn at(reference: &str) -> String {
    format!("/concerns/{reference}")
}

/// A form about the concern with this reference.
pub(super) fn form(visit: &SignedVisit, reference: &str, title: &'static str, what: &str) -> FormPage {
    let page = FormPage::new(frame(visit), title, format!("{}/{what}", at(reference)), at(reference));
    FormPage { words: vec![format!("Concern {reference}.")], ..page.begun_by(visit) }
}

/// A field with what was typed into it, and what is wrong with that.
pub(super) fn field(name: &str, label: &str, fields: &Fields, wrong: &Wrong) -> Field {
    Field::new(name, label).value(fields.exact(name)).error(wrong.field(name)).autocomplete("off")
}

fn with_hint(field: Field, hint: &str) -> Field {
    if hint.is_empty() { field } else { field.hint(hint) }
}

/// The same for many lines.
pub(super) fn area(name: &str, label: &str, hint: &str, fields: &Fields, wrong: &Wrong) -> Part {
    Part::Area(with_hint(field(name, label, fields, wrong), hint))
}

/// The same for one.
pub(super) fn note(name: &str, label: &str, hint: &str, fields: &Fields, wrong: &Wrong) -> Part {
    Part::Input(with_hint(field(name, label, fields, wrong), hint))
}

/// The concern that the path names, to whoever may do this to it. To everybody else it is as if there were no such page; nothing of it
/// is shown, so that it leaves no entry.
pub(super) async fn named(visit: &SignedVisit, act: Act) -> Result<(id::File, String), Fault> {
    let reference = visit.places.get("reference").to_owned();
    let file = visit.records.concern_called(&visit.session, &reference).await?;
    let would = visit.records.would(&visit.session, act, &Resource::File(file)).await?;
    if would == Decision::Allowed { Ok((file, reference)) } else { Err(Fault::NotFound) }
}

/// The concern that the path names, read.
pub(super) async fn read(visit: &SignedVisit) -> Result<Case, Fault> {
    let file = visit.records.concern_called(&visit.session, visit.places.get("reference")).await?;
    visit.records.read_concern(&visit.session, file).await
}

/// The same, to whoever works on it.
pub(super) async fn read_to_work(visit: &SignedVisit) -> Result<Case, Fault> {
    Some(read(visit).await?).filter(|case| case.is_worker).ok_or(Fault::NotFound)
}

/// Whether they find children by name: a chair and a trust lead read no directory.
pub(super) fn finds_children(visit: &SignedVisit) -> bool {
    visit.me.may(Capability::ReadDirectory)
}

/// The places of this area that somebody can use.
pub(super) fn places(visit: &SignedVisit, here: &str) -> Vec<Area> {
    let all = [
        ("/concerns", "What waits"),
        ("/concerns/all", "All concerns"),
        ("/concerns/meeting", "For the meeting"),
        ("/concerns/oversight", "Oversight"),
        ("/concerns/trends", "Looking back"),
        ("/concerns/search", "Search"),
        ("/concerns/mine", "What you raised"),
    ];
    let is_theirs = |href: &str| match href {
        "/concerns/trends" => trends::is_for(visit),
        // Whoever sees no list of concerns, and counts, goes between those and what they raised.
        "/concerns/mine" => visit.me.may(Capability::ListFiles) || trends::is_for(visit),
        _ => visit.me.may(Capability::ListFiles),
    };
    all.into_iter()
        .filter(|(href, _)| is_theirs(href))
        .map(|(href, words)| Area::new(href, words, href == here))
        .collect()
}

/// What was done, told on the concern's page.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler, and that answers with an `Answered`")]
pub(super) fn done(visit: &SignedVisit, reference: &str, title: &str, words: impl Into<String>) -> Answered {
    announce(visit, title, words);
    Ok(found(&at(reference)))
}

/// What a verb answered to a form: on to the concern's page, or the form again with what was typed.
pub(super) fn ended(
    (visit, reference): (&SignedVisit, &str),
    done_is: Result<(), Fault>,
    (title, words): (&str, &str),
    again: impl FnOnce(Wrong) -> FormPage,
) -> Answered {
    match done_is {
        Ok(()) => done(visit, reference, title, words),
        Err(fault) if comes_back(&fault) => again(bare(&fault)).into(),
        Err(fault) => Err(fault),
    }
}

/// What the records said, at the field that it names, as a sentence.
pub(super) fn bare(fault: &Fault) -> Wrong {
    let Fault::Wrong(problems) = fault else { return Wrong::of(fault, &[], "") };
    let fields = [
        "reason",
        "owner",
        "due",
        "course",
        "review",
        "reference",
        "rung_at",
        "person",
        "rung",
        "risks",
        "types",
        "crime",
        "crime_reason",
        "level",
        "reasoning",
        "referred_to",
        "grounds",
        "policy",
        "sanction",
        "sanction_note",
        "support",
        "support_note",
        "family",
        "family_note",
        "finding",
        "finding_note",
        "held_on",
        "day",
    ];
    let one = |message: &str| match message.split_once(": ") {
        Some((field, words)) if fields.contains(&field) => (field.to_owned(), words::capital(words)),
        _ => (String::new(), message.to_owned()),
    };
    Wrong(problems.iter().map(|problem| one(&problem.message)).collect())
}

/// Words that were typed; nothing where the field was left empty.
pub(super) fn said(fields: &Fields, name: &str, wrong: &mut Wrong) -> Option<Words> {
    let typed = fields.exact(name);
    if typed.trim().is_empty() {
        return None;
    }
    match Words::new(typed) {
        Ok(words) => Some(words),
        Err(fault) => {
            wrong.0.push((name.to_owned(), crate::pages::plain(&fault)));
            None
        }
    }
}

/// Words that must be there.
pub(super) fn must_say(fields: &Fields, name: &str, missing: &str, wrong: &mut Wrong) -> Option<Words> {
    let before = wrong.0.len();
    let words = said(fields, name, wrong);
    if words.is_none() && wrong.0.len() == before {
        wrong.0.push((name.to_owned(), missing.to_owned()));
    }
    words
}

/// How severe, in words (practice 7).
pub(super) fn level_words(severity: Option<Severity>) -> &'static str {
    match severity.map(Severity::number) {
        Some(5) => "5 Immediate danger",
        Some(4) => "4 Serious harm",
        Some(3) => "3 Decide today",
        Some(2) => "2 Look this week",
        Some(1) => "1 Worth keeping",
        _ => "Level not said",
    }
}

/// The levels to choose from, down to this one; 0 is one that nobody has said.
pub(super) fn levels(mut choices: Choices, least: i64) -> Choices {
    for level in (least..=5).rev() {
        choices = choices.option(level.to_string(), level_words(Severity::new(level)));
    }
    choices
}

/// Whether something was done by whoever asks, with these words.
pub(super) fn is_theirs(visit: &SignedVisit, done: &DoneView, words: Option<&Words>) -> bool {
    done.by == visit.me.person && done.words.as_ref() == words
}

/// What a form is told whose act was done before: by whoever sends it, who pressed twice, by the concern’s page, and by somebody quicker,
/// or with other words, by the form with what was typed.
pub(super) fn done_before(
    (visit, reference): (&SignedVisit, &str),
    is_same: bool,
    again: impl FnOnce(Wrong) -> FormPage,
) -> Answered {
    if is_same {
        return done(
            visit,
            reference,
            "It is written down already",
            "You pressed twice. Nothing was written a second time.",
        );
    }
    let words = "It was written down already: look at the concern. What you typed here was not written down, and is still on this page. Where it \
        says something else, copy it, and add it to the concern.";
    again(Wrong::at("", words)).into()
}

/// How severe, as a tag.
pub(super) fn level_tag(severity: Option<Severity>) -> Tag {
    let tone = match severity.map(Severity::number) {
        Some(4 | 5) => Tone::Bad,
        Some(3) | None => Tone::Warn,
        _ => Tone::Plain,
    };
    Tag::new(level_words(severity), tone)
}

/// What it waits for.
pub(super) fn waiting_words(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Answer => "Nobody has it yet",
        Waiting::Call => "A call to an agency",
        Waiting::Decision => "Needs a decision",
        Waiting::Action => "Something is to be done",
        Waiting::Parents => "A parent or carer",
        Waiting::Nothing => "Nothing today",
    }
}

/// Until when, as people say it: “due today 15:00”, “3 hours late”; and what else is late in it.
pub(super) fn due_words(next: &Next, now: Timestamp, zone: &TimeZone) -> String {
    let today = now.to_zoned(zone.clone()).date();
    let also = next.also_late.map(|day| format!("something else {}", days_late(day, today)));
    let first = Some(first_due_words(next, now, zone)).filter(|words| !words.is_empty());
    [first, also].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn days_late(day: Date, today: Date) -> String {
    let days = day.until((Unit::Day, today)).map_or(0, |span| span.get_days());
    if days == 1 { "1 day late".to_owned() } else { format!("{days} days late") }
}

fn first_due_words(next: &Next, now: Timestamp, zone: &TimeZone) -> String {
    let today = now.to_zoned(zone.clone()).date();
    match next.due {
        None => String::new(),
        Some(Due::By(moment)) if next.is_late => format!("{} late", how_long(now.duration_since(moment))),
        Some(Due::By(moment)) => {
            let at = moment.to_zoned(zone.clone());
            format!("due {} {}", day_words(at.date(), today), at.strftime("%H:%M"))
        }
        Some(Due::On(day)) if next.is_late => days_late(day, today),
        Some(Due::On(day)) => format!("due {}", day_words(day, today)),
    }
}

/// “today”, “tomorrow”, “Friday 27 November”.
pub(super) fn day_words(day: Date, today: Date) -> String {
    match today.until((Unit::Day, day)).map(|span| span.get_days()) {
        Ok(0) => "today".to_owned(),
        Ok(1) => "tomorrow".to_owned(),
        _ if day.year() == today.year() => day.strftime("%A %-d %B").to_string(),
        _ => day.strftime("%A %-d %B %Y").to_string(),
    }
}

fn how_long(time: SignedDuration) -> String {
    let counted = |count: i64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    match time.as_mins() {
        0 => "less than a minute".to_owned(),
        minutes if minutes < 60 => counted(minutes, "minute"),
        minutes if minutes < 48 * 60 => counted(minutes / 60, "hour"),
        minutes => counted(minutes / (24 * 60), "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_words() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let by = |text: &str| {
            let moment: Timestamp = text.parse().unwrap();
            let (due, is_late) = (Some(Due::By(moment)), moment < now);
            due_words(&Next { waiting: Waiting::Answer, due, is_late, also_late: None }, now, &zone)
        };
        assert_eq!(by("2026-11-23T15:00:00Z"), "due today 15:00");
        assert_eq!(by("2026-11-24T09:15:00Z"), "due tomorrow 09:15");
        assert_eq!(by("2026-11-27T09:15:00Z"), "due Friday 27 November 09:15");
        assert_eq!(by("2026-11-23T06:00:00Z"), "3 hours late");
        assert_eq!(by("2026-11-23T08:59:00Z"), "1 minute late");
        assert_eq!(by("2026-11-19T08:59:00Z"), "4 days late");
        let on = |day: i8| {
            let day = jiff::civil::date(2026, 11, day);
            let is_late = day < jiff::civil::date(2026, 11, 23);
            let next = Next { waiting: Waiting::Action, due: Some(Due::On(day)), is_late, also_late: None };
            [None, Some(jiff::civil::date(2026, 11, 20))]
                .map(|also_late| due_words(&Next { also_late, ..next }, now, &zone))
        };
        assert_eq!([on(23)[0].as_str(), &on(22)[0], &on(20)[0]], ["due today", "1 day late", "3 days late"]);
        assert_eq!(on(23)[1], "due today; something else 3 days late");
    }
}
