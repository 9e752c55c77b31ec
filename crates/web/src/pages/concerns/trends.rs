//! Looking back: how many concerns about children there were in a period, as tables with a chart beside; and what was found in them.

use super::shared::{bare, frame, must_say, places};
use crate::{
    fields::Fields,
    kit::{Area, Choices, DateField, Field},
    pages::{
        Frame, announce,
        form::{FormPage, Part, Wrong, comes_back, day_of, day_typed, written_day},
        found, render,
    },
    visit::{Answered, SignedVisit},
    words::{self, capital},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Capability,
    concern::trends::{Asked, Finding, FindingCourse, NewFinding, Period, Table, Topic, Trends, View},
    id,
};
use jiff::tz::TimeZone;

/// What stands where a number is withheld.
const WITHHELD: &str = "not shown";
/// How far apart the bars of a chart are, and how wide the longest is, in its own units.
const STEP: usize = 46;
const WIDEST: usize = 396;

/// A chart: bars below one another, each with its words above it. It is drawn by attributes alone.
#[derive(Debug)]
struct Chart {
    name: String,
    height: usize,
    bars: Vec<Bar>,
}

/// One of its bars.
#[derive(Debug)]
struct Bar {
    words: String,
    words_at: usize,
    drawn_at: usize,
    /// How wide; nothing where the number is withheld.
    width: Option<usize>,
}

/// A table with its chart beside.
#[derive(Debug)]
struct Section {
    id: &'static str,
    title: String,
    first: String,
    column: String,
    before: Option<String>,
    rows: Vec<(String, String, Option<String>)>,
    chart: Chart,
    findings: Vec<Found>,
    decide: Option<String>,
}

/// What was found, as it is shown.
#[derive(Debug)]
struct Found {
    course: String,
    words: Option<String>,
    by: String,
}

#[derive(Template)]
#[template(path = "concerns/trends.html")]
struct TrendsPage {
    frame: Frame,
    places: Vec<Area>,
    classification: &'static str,
    title: String,
    when: String,
    is_whole: bool,
    /// Where the other view of the same period is, for who has both.
    other: Option<String>,
    periods: Option<Choices>,
    /// The view that the choice of a period keeps, for who has both.
    kept_view: Option<&'static str>,
    undecided: Vec<(String, String)>,
    sections: Vec<Section>,
    least: usize,
    is_withheld: bool,
    school: String,
}

#[derive(Template)]
#[template(path = "concerns/trends_none.html")]
struct NonePage {
    frame: Frame,
    places: Vec<Area>,
    from: Option<String>,
    whole: Option<&'static str>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let typed = visit.query.get("period");
    let period = Period::parse(typed);
    if !typed.is_empty() && period.is_none() {
        return Err(Fault::NotFound);
    }
    let asked = Asked { period, as_shared: visit.query.get("view") == "shared" };
    let trends = visit.records.concern_trends(&visit.session, asked).await?;
    let zone = &visit.sources.school.zone;
    let Some(period) = trends.period else {
        let page = NonePage {
            frame: frame(&visit),
            places: places(&visit, "/concerns/trends"),
            from: trends.next_at.map(|at| words::day(at, zone)),
            whole: trends.decides.then_some("/concerns/trends"),
        };
        return Ok(render(StatusCode::OK, &page));
    };
    let is_whole = trends.view == View::Whole;
    let days = trends.days.map(|(first, last)| format!("{} to {}", written_day(first), written_day(last)));
    let days = days.unwrap_or_default();
    let other = trends.decides.then(|| {
        let view = if is_whole { "&view=shared" } else { "" };
        format!("/concerns/trends?period={}{view}", period.code())
    });
    let sections = sections(&trends, period, zone);
    let page = TrendsPage {
        frame: frame(&visit),
        places: places(&visit, "/concerns/trends"),
        classification: if is_whole { "Confidential: safeguarding" } else { "For leaders and governors" },
        title: period.title(),
        when: if trends.is_running { format!("{days}. It is still going on.") } else { format!("{days}.") },
        is_whole,
        other: other.filter(|_| !is_whole || is_shared_too(&trends)),
        periods: (trends.periods.len() > 1).then(|| choices(&trends, period)),
        kept_view: (trends.decides && !is_whole).then_some("shared"),
        undecided: trends.undecided.iter().map(|one| (at(*one), one.title())).collect(),
        is_withheld: sections.iter().any(|section| section.rows.iter().any(|(_, count, _)| count == WITHHELD)),
        sections,
        least: trends.least,
        school: visit.sources.school.name.clone(),
    };
    Ok(render(StatusCode::OK, &page))
}

/// Whether the others see this period, or will: a running one is shown to nobody else.
fn is_shared_too(trends: &Trends) -> bool {
    !trends.is_running && trends.is_settled
}

fn at(period: Period) -> String {
    format!("/concerns/trends?period={}", period.code())
}

fn choices(trends: &Trends, chosen: Period) -> Choices {
    let mut choices = Choices::new("period", "Period");
    for period in &trends.periods {
        choices = choices.option(period.code(), period.title());
    }
    choices.chosen(&chosen.code())
}

/// The totals first, then a section for each table.
fn sections(trends: &Trends, period: Period, zone: &TimeZone) -> Vec<Section> {
    let totals: Vec<(String, Option<usize>)> =
        trends.totals.iter().map(|one| (one.period.title(), one.total)).collect();
    let all = Section {
        id: "all",
        title: "All concerns".to_owned(),
        first: if period.is_year() { "School year" } else { "Term" }.to_owned(),
        column: "Concerns".to_owned(),
        before: None,
        rows: totals.iter().map(|(title, count)| (title.clone(), number(*count), None)).collect(),
        chart: chart("All concerns, period by period", &totals),
        findings: Vec::new(),
        decide: None,
    };
    let mut sections = vec![all];
    for table in &trends.tables {
        sections.push(section(trends, table, period, zone));
    }
    sections
}

fn section(trends: &Trends, table: &Table, period: Period, zone: &TimeZone) -> Section {
    let title = format!("By {}", table.topic.title());
    let bars: Vec<(String, Option<usize>)> = table.rows.iter().map(|row| (row.title.clone(), row.count)).collect();
    let has_before = table.rows.iter().any(|row| row.before.is_some());
    let decide = format!("/concerns/trends/finding?period={}&topic={}", period.code(), table.topic.word());
    Section {
        id: table.topic.word(),
        first: capital(table.topic.title()),
        column: period.title(),
        before: has_before.then(|| period.before().title()),
        rows: table.rows.iter().map(|row| (row.title.clone(), number(row.count), row.before.map(number))).collect(),
        chart: chart(&format!("{title}, {}", period.title()), &bars),
        findings: table.findings.iter().map(|finding| shown(trends, finding, zone)).collect(),
        decide: trends.decides.then_some(decide),
        title,
    }
}

fn number(count: Option<usize>) -> String {
    count.map_or_else(|| WITHHELD.to_owned(), |count| count.to_string())
}

/// Bars as long as their numbers, the longest across the whole chart.
fn chart(name: &str, counts: &[(String, Option<usize>)]) -> Chart {
    let most = counts.iter().filter_map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let bar = |(place, (title, count)): (usize, &(String, Option<usize>))| Bar {
        words: format!("{title}: {}", number(*count)),
        words_at: place * STEP + 16,
        drawn_at: place * STEP + 22,
        width: count.map(|count| (count * WIDEST / most).max(usize::from(count > 0) * 3)),
    };
    Chart {
        name: format!("Bar chart: {name}. The table has the same numbers."),
        height: counts.len() * STEP,
        bars: counts.iter().enumerate().map(bar).collect(),
    }
}

fn shown(trends: &Trends, finding: &Finding, zone: &TimeZone) -> Found {
    let course = match (finding.course, finding.due) {
        (FindingCourse::Change, Some(due)) => match &finding.owner {
            Some(owner) => format!("A change, by {}: {owner} sees to it", written_day(due)),
            None => format!("A change, by {}", written_day(due)),
        },
        (course, _) => capital(course.title()),
    };
    let said = finding.words.as_ref().map(|said| said.as_str().to_owned());
    let locked = || "The words are locked in this session. Sign in with your password to read them.".to_owned();
    let day = words::day(finding.made_at, zone);
    Found {
        course,
        words: said.or_else(|| (trends.view == View::Whole).then(locked)),
        by: finding.by.as_ref().map_or_else(|| day.clone(), |by| format!("{by}, {day}")),
    }
}

/// Which table of which period a finding is about: neutral codes in the address, and in the form. The term that goes on, and
/// the first table, where neither is said.
fn about(period: &str, topic: &str) -> Result<(Option<Period>, Topic), Fault> {
    if period.is_empty() && topic.is_empty() {
        return Ok((None, Topic::Risk));
    }
    let period = Period::parse(period).ok_or(Fault::NotFound)?;
    Ok((Some(period), Topic::from_word(topic).ok_or(Fault::NotFound)?))
}

pub(crate) async fn finding_page(visit: SignedVisit) -> Answered {
    let about = about(visit.query.get("period"), visit.query.get("topic"))?;
    finding_form(&visit, about, &Fields::default(), Wrong::default()).await?.into()
}

pub(crate) async fn finding(visit: SignedVisit, fields: Fields) -> Answered {
    let (Some(period), topic) = about(fields.get("period"), fields.get("topic"))? else {
        return Err(Fault::NotFound);
    };
    let mut wrong = Wrong::default();
    let course = FindingCourse::from_word(fields.get("course"));
    if course.is_none() {
        wrong.0.push(("course".to_owned(), "Choose what follows from it.".to_owned()));
    }
    let missing = "Write why nothing changes, or what changes.";
    let said = must_say(&fields, "reason", missing, &mut wrong);
    let owner = id::Person::parse(fields.get("owner")).ok();
    let due = day_of(&fields, "due").unwrap_or_else(|words| {
        wrong.0.push(("due".to_owned(), words));
        None
    });
    let (Some(course), Some(said), true) = (course, said, wrong.0.is_empty()) else {
        return finding_form(&visit, (Some(period), topic), &fields, wrong).await?.into();
    };
    let new = NewFinding { period, topic, course, words: said, owner, due };
    match visit.records.decide_trend(&visit.session, &new).await {
        Ok(()) => {
            let next =
                "It stands beside its table. Whoever sees the counts sees what follows and by when, and not the words.";
            announce(&visit, "It is written down", next);
            Ok(found(&at(period)))
        }
        Err(fault) if comes_back(&fault) => {
            finding_form(&visit, (Some(period), topic), &fields, bare(&fault)).await?.into()
        }
        Err(fault) => Err(fault),
    }
}

async fn finding_form(
    visit: &SignedVisit,
    (period, topic): (Option<Period>, Topic),
    fields: &Fields,
    wrong: Wrong,
) -> Result<FormPage, Fault> {
    // The form is there for who decides, and shows of the period what they see anyway.
    let trends = visit.records.concern_trends(&visit.session, Asked { period, as_shared: false }).await?;
    let Some(period) = trends.period.filter(|_| trends.decides) else { return Err(Fault::NotFound) };
    let courses = Choices::new("course", "What follows from it?")
        .option_with("no-change", "No change", "Write why: that too is a decision.")
        .option_with(
            "change",
            "A change",
            "Of what is taught, a policy, a procedure, who is where. Say who sees to it and by when.",
        )
        .chosen(fields.get("course"))
        .error(wrong.field("course"));
    let mut owners = Choices::new("owner", "If something changes: who sees to it?").error(wrong.field("owner"));
    for (person, name) in &trends.owners {
        owners = owners.option(person.to_string(), name.clone());
    }
    let hint = "Name no child and nobody’s family: it is about numbers.";
    let reason = Field::new("reason", "What you found, and why nothing changes or what does")
        .hint(hint)
        .value(fields.exact("reason"))
        .error(wrong.field("reason"))
        .autocomplete("off");
    let due = DateField::new("due", "By which day?").values(day_typed(fields, "due")).error(wrong.field("due"));
    let page = FormPage::new(frame(visit), "What you found", "/concerns/trends/finding", at(period));
    Ok(FormPage {
        words: vec![format!("{}, by {}.", period.title(), topic.title())],
        parts: vec![
            Part::Kept("period", period.code()),
            Part::Kept("topic", topic.word().to_owned()),
            Part::Radios(courses),
            Part::Area(reason),
            Part::Radios(owners.chosen(fields.get("owner"))),
            Part::Date(due),
        ],
        wrong,
        button: "Write it down",
        ..page.begun_by(visit)
    })
}

/// Whether somebody can look back.
pub(super) fn is_for(visit: &SignedVisit) -> bool {
    visit.me.may(Capability::ReadCounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_number_and_a_withheld_one_is_none() {
        let counts = [("A", Some(8)), ("B", Some(0)), ("C", None), ("D", Some(4)), ("E", Some(1))];
        let counts: Vec<_> = counts.map(|(title, count)| (title.to_owned(), count)).to_vec();
        let chart = chart("by kind", &counts);
        let widths: Vec<_> = chart.bars.iter().map(|bar| bar.width).collect();
        assert_eq!(widths, [Some(WIDEST), Some(0), None, Some(WIDEST / 2), Some(WIDEST / 8)]);
        assert_eq!(chart.bars[2].words, "C: not shown");
        assert!(chart.bars.iter().all(|bar| bar.drawn_at + 18 <= chart.height));
        // One of very many is seen, and of none nothing is.
        let far = super::chart("", &[("A".to_owned(), Some(4_000)), ("B".to_owned(), Some(1))]);
        assert_eq!(far.bars[1].width, Some(3));
        assert_eq!(super::chart("", &[]).height, 0);
    }
}
