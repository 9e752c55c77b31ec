//! The school's calendar: terms, closures and watched hours, shown in words and written in a form. What a change would do is shown before
//! it is in force.

use super::{
    Frame, Here, announce, confirm_beside, found, render,
    settings::{CALENDAR_WEEKS, calendar_words, decider},
    status,
};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Row, Width},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Capability,
    calendar::{Answer, Calendar, Days, Draft, DraftTerm, KNOWN_UNTIL, Nation},
};
use jiff::{ToSpan as _, civil::Date};

/// How many terms the form has room for.
const TERMS: usize = 6;
/// How many days are shown one by one.
const DAYS_AHEAD: i64 = 14;
/// The days of the week, with their words in the calendar.
const WEEKDAYS: [(&str, &str); 7] = [
    ("mon", "Monday"),
    ("tue", "Tuesday"),
    ("wed", "Wednesday"),
    ("thu", "Thursday"),
    ("fri", "Friday"),
    ("sat", "Saturday"),
    ("sun", "Sunday"),
];

#[derive(Template)]
#[template(path = "calendar/calendar.html")]
struct CalendarPage {
    frame: Frame,
    standing: String,
    is_short: bool,
    shown: Option<Shown>,
    may_change: bool,
}

struct Shown {
    set: String,
    rows: Vec<Row>,
    terms: Vec<TermRow>,
    closures: Vec<(String, String)>,
    ahead: Vec<DayRow>,
}

struct TermRow {
    name: String,
    days: String,
    half_term: String,
    school_days: String,
}

struct DayRow {
    day: String,
    is_school_day: &'static str,
    watched: String,
}

#[derive(Template)]
#[template(path = "calendar/form.html")]
struct FormPage {
    frame: Frame,
    nation: Choices,
    from: Field,
    until: Field,
    school_days: Choices,
    watched: Field,
    terms: Vec<TermFields>,
    insets: Field,
    closures: Field,
    watched_days: Field,
    why: Field,
    problems: Vec<Problem>,
}

struct TermFields {
    legend: String,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "calendar/preview.html")]
struct PreviewPage {
    frame: Frame,
    standing: String,
    is_short: bool,
    changes: Vec<ChangeRow>,
    document: String,
    why: String,
    must_confirm: bool,
    problems: Vec<Problem>,
}

struct ChangeRow {
    what: String,
    before: String,
    after: String,
    is_changed: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let school = visit.session.school;
    let standing = visit.records.calendar_standing(school, CALENDAR_WEEKS).await?;
    let shown = match visit.records.calendar(school).await? {
        None => None,
        Some(version) => {
            let by = decider(&visit.records.deciders(&visit.session).await?, version.by);
            let set = format!("{by}, {}: {}", words::moment(version.at, &visit.sources.school.zone), version.why);
            Some(shown(&version.calendar, set, version.calendar.day_of(visit.caller.now)))
        }
    };
    let page = CalendarPage {
        frame: Frame::signed(&visit, Here::Settings),
        standing: calendar_words(standing),
        is_short: standing.is_alarming(),
        shown,
        may_change: visit.me.may(Capability::ChangeSettings),
    };
    Ok(render(StatusCode::OK, &page))
}

fn shown(calendar: &Calendar, set: String, today: Date) -> Shown {
    Shown {
        set,
        rows: facts(calendar).into_iter().map(|(name, fact)| Row::new(name, fact)).collect(),
        terms: calendar.terms().iter().map(|term| term_row(calendar, term)).collect(),
        closures: calendar.closures().iter().map(|closure| (span(closure.days), closure.why.clone())).collect(),
        ahead: ahead(calendar, today),
    }
}

fn facts(calendar: &Calendar) -> Vec<(String, String)> {
    let draft = Draft::of(calendar);
    let days = WEEKDAYS.iter().filter(|(word, _)| draft.school_days.iter().any(|day| day == word));
    let list = |text: &str| if text.is_empty() { "None".to_owned() } else { text.replace('\n', "; ") };
    vec![
        ("Covers".to_owned(), span(calendar.range())),
        ("Days of the week".to_owned(), days.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")),
        ("Watched on school days".to_owned(), watched(&draft.watched)),
        ("Watched besides".to_owned(), list(&draft.watched_days)),
        ("Inset days".to_owned(), list(&draft.insets)),
        (
            "Bank holidays".to_owned(),
            format!("{}, known until {}", nation(&draft.nation), KNOWN_UNTIL.strftime("%-d %B %Y")),
        ),
    ]
}

/// Hours of a week in words: “Monday to Thursday 08:00–16:30” as far as days follow each other.
fn watched(text: &str) -> String {
    if text.is_empty() {
        return "Not declared. Nobody can be told when somebody watches.".to_owned();
    }
    let mut spans: Vec<(usize, usize, &str)> = Vec::new();
    for part in text.split(", ") {
        let Some((day, hours)) = part.split_once(' ') else { continue };
        let Some(place) = WEEKDAYS.iter().position(|(word, _)| *word == day) else { continue };
        match spans.iter_mut().find(|(_, last, same)| *last + 1 == place && *same == hours) {
            Some((_, last, _)) => *last = place,
            None => spans.push((place, place, hours)),
        }
    }
    let name = |place: usize| WEEKDAYS.get(place).map_or("", |(_, name)| *name);
    let words = spans.into_iter().map(|(first, last, hours)| {
        let hours = hours.replace('-', "–");
        if first == last {
            format!("{} {hours}", name(first))
        } else {
            format!("{} to {} {hours}", name(first), name(last))
        }
    });
    words.collect::<Vec<_>>().join("; ")
}

fn nation(word: &str) -> &'static str {
    match Nation::from_word(word) {
        Some(Nation::EnglandAndWales) => "England and Wales",
        Some(Nation::Scotland) => "Scotland",
        Some(Nation::NorthernIreland) => "Northern Ireland",
        None => "Not known",
    }
}

fn span(days: Days) -> String {
    let day = |day: Date| day.strftime("%-d %B %Y").to_string();
    if days.first == days.last { day(days.first) } else { format!("{} to {}", day(days.first), day(days.last)) }
}

fn term_row(calendar: &Calendar, term: &holdfast_records::calendar::Term) -> TermRow {
    TermRow {
        name: term.name.clone(),
        days: span(term.days),
        half_term: term.half_term.map_or_else(|| "None".to_owned(), span),
        school_days: school_days(calendar, term.days),
    }
}

/// How many school days there are in a range, as far as the calendar knows.
fn school_days(calendar: &Calendar, days: Days) -> String {
    let answers =
        || days.first.series(1.day()).take_while(|day| *day <= days.last).map(|day| calendar.is_school_day(day));
    let count = answers().filter(|answer| *answer == Answer::Yes).count();
    match answers().filter(|answer| *answer == Answer::Unknown).count() {
        0 => count.to_string(),
        unknown => format!("{count}, and {unknown} days that are not known"),
    }
}

fn ahead(calendar: &Calendar, today: Date) -> Vec<DayRow> {
    let last = today.saturating_add(DAYS_AHEAD.days());
    let draft = Draft::of(calendar);
    let row = |day: Date| {
        let is_school_day = calendar.is_school_day(day);
        let besides =
            draft.watched_days.lines().filter_map(|line| line.strip_prefix(&*day.strftime("%-d %B %Y ").to_string()));
        let mut hours: Vec<String> = besides.map(|hours| hours.replace('-', "–")).collect();
        if is_school_day == Answer::Yes {
            let weekly = calendar.watched().map(|week| week.of(day.weekday())).unwrap_or_default();
            hours.extend(weekly.iter().map(|span| span.to_string().replace('-', "–")));
        }
        DayRow {
            day: day.strftime("%A %-d %B").to_string(),
            is_school_day: match is_school_day {
                Answer::Yes => "School day",
                Answer::No => "No school",
                Answer::Unknown => "Not known",
            },
            watched: if hours.is_empty() { "Nobody".to_owned() } else { hours.join(", ") },
        }
    };
    today.series(1.day()).take_while(|day| *day < last).map(row).collect()
}

pub(crate) async fn form(visit: SignedVisit) -> Answered {
    let draft = match visit.records.calendar(visit.session.school).await? {
        Some(version) => Draft::of(&version.calendar),
        None => empty(),
    };
    Ok(show(&visit, &draft, "", Vec::new()))
}

fn empty() -> Draft {
    Draft {
        nation: Nation::EnglandAndWales.word().to_owned(),
        school_days: WEEKDAYS.iter().take(5).map(|(word, _)| (*word).to_owned()).collect(),
        ..Draft::default()
    }
}

fn typed(fields: &Fields) -> Draft {
    let text = |name: &str| fields.get(name).to_owned();
    let term = |place: usize| {
        let part = |part: &str| text(&format!("term-{place}-{part}"));
        DraftTerm {
            name: part("name"),
            first: part("first"),
            last: part("last"),
            half_first: part("half-first"),
            half_last: part("half-last"),
        }
    };
    Draft {
        nation: text("nation"),
        from: text("from"),
        until: text("until"),
        school_days: fields.all("school-days").map(str::to_owned).collect(),
        watched: text("watched"),
        terms: (1..=TERMS).map(term).collect(),
        insets: text("insets"),
        closures: text("closures"),
        watched_days: text("watched-days"),
    }
}

pub(crate) async fn preview(visit: SignedVisit, fields: Fields) -> Answered {
    let school = visit.session.school;
    let why = fields.get("why");
    if !fields.get("document").is_empty() {
        // Back from the preview, to change something.
        let calendar = visit.records.check_calendar(school, "calendar", fields.get("document")).await?;
        return Ok(show(&visit, &Draft::of(&calendar), why, Vec::new()));
    }
    let draft = typed(&fields);
    let mut problems = Vec::new();
    let mut read = None;
    match draft.written() {
        Err(wrong) => problems.extend(wrong.into_iter().map(|(field, words)| Problem::at(field, words))),
        Ok(written) => match visit.records.check_calendar(school, "calendar", &written.text).await {
            Ok(calendar) => read = Some((calendar, written.text)),
            Err(Fault::Wrong(wrong)) => problems.extend(
                wrong
                    .iter()
                    .map(|problem| Problem::at(written.field_of(problem).unwrap_or("from"), problem.message.as_str())),
            ),
            Err(fault) => return Err(fault),
        },
    }
    if why.is_empty() {
        problems.push(Problem::at("why", "Say why. One line is enough; it stays with the calendar."));
    }
    match read {
        Some((calendar, document)) if problems.is_empty() => {
            check(&visit, &calendar, (document, why.to_owned()), Vec::new()).await
        }
        _ => Ok(show(&visit, &draft, why, problems)),
    }
}

pub(crate) async fn set(visit: SignedVisit, fields: Fields) -> Answered {
    let (document, why) = (fields.get("document"), fields.get("why"));
    let calendar = visit.records.check_calendar(visit.session.school, "calendar", document).await?;
    if let Some(words) = confirm_beside(&visit) {
        return check(&visit, &calendar, (document.to_owned(), why.to_owned()), vec![Problem::of_all(words)]).await;
    }
    visit.records.set_calendar(&visit.session, "calendar", document, why).await?;
    let standing = visit.records.calendar_standing(visit.session.school, CALENDAR_WEEKS).await?;
    announce(&visit, "The calendar is in force", calendar_words(standing));
    Ok(found("/settings/calendar"))
}

/// What the new calendar would change, to be looked at before it is in force.
async fn check(
    visit: &SignedVisit,
    calendar: &Calendar,
    (document, why): (String, String),
    problems: Vec<Problem>,
) -> Answered {
    let before = visit.records.calendar(visit.session.school).await?.map(|version| version.calendar);
    let standing = calendar.standing(visit.caller.now, CALENDAR_WEEKS);
    let frame = Frame::signed(visit, Here::Settings);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = PreviewPage {
        frame: frame.erring(!problems.is_empty()),
        standing: calendar_words(standing),
        is_short: standing.is_alarming(),
        changes: changes(before.as_ref(), calendar),
        document,
        why,
        must_confirm: confirm_beside(visit).is_some(),
        problems,
    };
    Ok(render(status, &page))
}

fn changes(before: Option<&Calendar>, after: &Calendar) -> Vec<ChangeRow> {
    let lines = |calendar: &Calendar| {
        let mut lines = facts(calendar);
        for row in calendar.terms().iter().map(|term| term_row(calendar, term)) {
            let words = format!("{}; half-term: {}; school days: {}", row.days, row.half_term, row.school_days);
            lines.push((format!("Term: {}", row.name), words));
        }
        for closure in calendar.closures() {
            lines.push((format!("Closed: {}", closure.why), span(closure.days)));
        }
        lines
    };
    let (old, new) = (before.map(lines).unwrap_or_default(), lines(after));
    let of = |lines: &[(String, String)], what: &str| {
        let found: Vec<&str> = lines.iter().filter(|(name, _)| name == what).map(|(_, words)| words.as_str()).collect();
        if found.is_empty() { "Nothing".to_owned() } else { found.join("; ") }
    };
    let mut names: Vec<&String> = new.iter().chain(&old).map(|(name, _)| name).collect();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let row = |what: &String| {
        let (before, after) = (of(&old, what), of(&new, what));
        ChangeRow { what: what.clone(), is_changed: before != after, before, after }
    };
    names.into_iter().map(row).collect()
}

fn show(visit: &SignedVisit, draft: &Draft, why: &str, problems: Vec<Problem>) -> axum::response::Response {
    let error = |field: &str| {
        let words: Vec<&str> = problems
            .iter()
            .filter(|problem| problem.field.as_deref() == Some(field))
            .map(|problem| problem.words.as_str())
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    let field = |name: &str, label: &str, value: &str| Field::new(name, label).value(value).error(error(name));
    let day = |name: &str, label: &str, value: &str| field(name, label, value).width(Width::Twenty);
    let nations = Nation::ALL
        .iter()
        .fold(Choices::new("nation", "Whose bank holidays?"), |all, one| all.option(one.word(), nation(one.word())));
    let weekdays =
        WEEKDAYS.iter().fold(Choices::new("school-days", "Which days of the week are school days?"), |all, one| {
            all.option(one.0, one.1)
        });
    let term = |place: usize| {
        let term = draft.terms.get(place - 1).cloned().unwrap_or_default();
        let name = |part: &str| format!("term-{place}-{part}");
        TermFields {
            legend: format!("Term {place}"),
            fields: vec![
                field(&name("name"), "Its name", &term.name).width(Width::Twenty),
                day(&name("first"), "First day", &term.first),
                day(&name("last"), "Last day", &term.last),
                day(&name("half-first"), "First day of half-term (if there is one)", &term.half_first),
                day(&name("half-last"), "Last day of half-term", &term.half_last),
            ],
        }
    };
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, Here::Settings);
    let page = FormPage {
        frame: frame.erring(is_wrong),
        nation: nations.chosen(&draft.nation).error(error("nation")),
        from: day("from", "From which day does the calendar speak?", &draft.from).hint("For example, 1 September 2026"),
        until: day("until", "Until which day?", &draft.until).hint("At most three years later"),
        school_days: draft.school_days.iter().fold(weekdays, |all, day| all.chosen(day)).error(error("school-days")),
        watched: field("watched", "When does somebody watch alerts on school days?", &draft.watched)
            .hint("For example: mon-thu 08:00-16:30, fri 08:00-15:00. Outside these hours people are told when it will be read.")
            .kind(Kind::Code),
        terms: (1..=TERMS).map(term).collect(),
        insets: field("insets", "Inset days", &draft.insets).hint("One day a line, such as 2 September 2026"),
        closures: field("closures", "Days on which the school is closed though it is term", &draft.closures)
            .hint("One a line: first day – last day, then why. For example: 1 December 2026 – 2 December 2026 Snow"),
        watched_days: field("watched-days", "Other days on which somebody watches", &draft.watched_days)
            .hint("One a line: the day and the hours. For example: 28 October 2026 09:00-12:00"),
        why: field("why", "Why is it changed?", why).hint("One line is enough."),
        problems,
    };
    render(status(is_wrong), &page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_records::calendar::EXAMPLE;
    use jiff::tz::TimeZone;

    fn calendar(text: &str) -> Calendar {
        Calendar::read("calendar", text, TimeZone::get("Europe/London").unwrap()).unwrap()
    }

    #[test]
    fn hours_are_told_in_words() {
        assert_eq!(
            watched("mon 08:00-16:30, tue 08:00-16:30, fri 08:00-15:00"),
            "Monday to Tuesday 08:00–16:30; Friday 08:00–15:00"
        );
        let days = ahead(&calendar(EXAMPLE), Date::constant(2026, 10, 23));
        let told: Vec<_> = days.iter().take(6).map(|row| (row.is_school_day, row.watched.as_str())).collect();
        let none = ("No school", "Nobody");
        assert_eq!(told, [("School day", "08:00–15:00"), none, none, none, none, ("No school", "09:00–12:00")]);
    }

    #[test]
    fn a_preview_names_what_changes_and_nothing_else() {
        let later = EXAMPLE.replace("last = 2026-12-18", "last = 2026-12-17");
        let rows = changes(Some(&calendar(EXAMPLE)), &calendar(&later));
        let changed: Vec<_> = rows.iter().filter(|row| row.is_changed).map(|row| row.what.as_str()).collect();
        assert_eq!(changed, ["Term: Autumn"]);
    }
}
