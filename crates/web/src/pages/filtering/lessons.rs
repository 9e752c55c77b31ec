//! Lessons: a set of sites that a teacher opens for a class, now and for a while (requirements F-13, F-14).

use super::{of_policy, sites};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Width},
    pages::{Frame, Here, announce, error_at, found, plain, render, status},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use holdfast_core::policy::source::LessonSource;
use holdfast_records::{Fault, gate::LessonClass, gate::NewLesson};

#[derive(Template)]
#[template(path = "filtering/lessons.html")]
struct LessonsPage {
    frame: Frame,
    rows: Vec<LessonRow>,
    has_classes: bool,
    class: Choices,
    title: Field,
    sites: Field,
    only: Choices,
    until: Field,
    problems: Vec<Problem>,
}

struct LessonRow {
    code: String,
    title: String,
    classes: String,
    sites: String,
    only: bool,
    until: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    show(&visit, &Fields::default(), Vec::new()).await
}

/// The lessons that run, of the classes that the asker may open one for.
fn running(visit: &SignedVisit, classes: &[LessonClass]) -> Vec<LessonRow> {
    let ruleset = visit.sources.ruleset.borrow().clone();
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let runs = |lesson: &&LessonSource| {
        let is_mine = lesson.classes.iter().any(|class| classes.iter().any(|mine| mine.code == class.as_str()));
        is_mine && of_policy(&lesson.ends, true, zone).is_some_and(|ends| ends > now)
    };
    let row = |lesson: &LessonSource| LessonRow {
        code: lesson.code.clone(),
        title: lesson.title.clone(),
        classes: lesson.classes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        sites: lesson.hosts.iter().chain(&lesson.addresses).cloned().collect::<Vec<_>>().join(", "),
        only: lesson.only,
        until: of_policy(&lesson.ends, true, zone).map_or_else(String::new, |ends| words::when(ends, now, zone)),
    };
    ruleset.source().lessons.iter().filter(runs).map(row).collect()
}

pub(crate) async fn open(visit: SignedVisit, fields: Fields) -> Answered {
    let (hosts, addresses) = sites(fields.get("sites"));
    let mut problems = Vec::new();
    if fields.get("class").is_empty() {
        problems.push(Problem::at("class", "Choose the class."));
    }
    if fields.get("title").is_empty() {
        problems.push(Problem::at("title", "Give the lesson a title, such as “Rivers”."));
    }
    if hosts.is_empty() && addresses.is_empty() {
        problems.push(Problem::at("sites", "Write the sites that it opens, one a line."));
    }
    let until = match visit.records.moment_at_school(&visit.session, fields.get("until")).await {
        Ok(until) => Some(until),
        Err(Fault::Wrong(_)) => {
            problems.push(Problem::at("until", "Write the time at which it ends today, such as 10:45."));
            None
        }
        Err(fault) => return Err(fault),
    };
    let (Some(until), true) = (until, problems.is_empty()) else { return show(&visit, &fields, problems).await };
    let new = NewLesson {
        class: fields.get("class").to_owned(),
        title: fields.get("title").to_owned(),
        hosts,
        addresses,
        only: fields.get("only") == "yes",
        until,
    };
    match visit.records.set_lesson(&visit.session, &new).await {
        Ok(_) => {
            announce(&visit, "The lesson is open", "The class can use its sites within a second. It ends by itself.");
            Ok(found("/lessons"))
        }
        Err(fault @ Fault::Wrong(_)) => show(&visit, &fields, vec![Problem::at("sites", plain(&fault))]).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn end(visit: SignedVisit, _: Fields) -> Answered {
    visit.records.end_lesson(&visit.session, visit.places.get("code")).await?;
    announce(&visit, "The lesson has ended", "The class is judged as before, within a second.");
    Ok(found("/lessons"))
}

async fn show(visit: &SignedVisit, fields: &Fields, problems: Vec<Problem>) -> Answered {
    let error = |field: &str| error_at(&problems, field);
    let classes = visit.records.lesson_classes(&visit.session).await?;
    let class =
        classes.iter().fold(Choices::new("class", "For which class?").option("", "Choose a class"), |all, class| {
            all.option(class.code.as_str(), format!("{} ({})", class.name, class.code))
        });
    let is_wrong = !problems.is_empty();
    let frame = Frame::signed(visit, Here::Lessons);
    let page = LessonsPage {
        frame: frame.erring(is_wrong),
        rows: running(visit, &classes),
        has_classes: !classes.is_empty(),
        class: class.chosen(fields.get("class")).error(error("class")),
        title: Field::new("title", "What is it about?")
            .width(Width::Thirty)
            .value(fields.get("title"))
            .error(error("title")),
        sites: Field::new("sites", "Which sites does it open?")
            .hint("One site or address a line. What is always stopped for pupils stays stopped.")
            .kind(Kind::Code)
            .value(fields.get("sites"))
            .error(error("sites")),
        only: Choices::new("only", "What else may the class reach meanwhile?")
            .option("no", "What it may always reach")
            .option("yes", "Nothing else: only these sites, help and lifelines")
            .chosen(if fields.get("only") == "yes" { "yes" } else { "no" }),
        until: Field::new("until", "When does it end?")
            .hint("A time of today, such as 10:45")
            .width(Width::Five)
            .value(fields.get("until"))
            .error(error("until")),
        problems,
    };
    Ok(render(status(is_wrong), &page))
}
