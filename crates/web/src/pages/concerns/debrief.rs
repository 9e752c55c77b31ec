//! What was learned from an incident or a case after it was closed.

use super::shared::{area, at, done_before, ended, form, must_say, note, read, read_to_work};
use crate::{
    fields::Fields,
    kit::{Choices, DateField},
    pages::form::{FormPage, Part, Wrong, boxed, day_of, day_typed},
    visit::{Answered, SignedVisit},
    words::{self, capital},
};
use holdfast_records::{
    Fault,
    access::FileKind,
    concern::answer::{Case, DebriefDue, DebriefView, Lesson, NewDebrief},
};
use jiff::tz::TimeZone;

/// A concern on the list of debriefs that are to be written down.
#[derive(Debug)]
pub(super) struct DebriefRow {
    pub(super) href: String,
    pub(super) reference: String,
    pub(super) kind: &'static str,
    pub(super) closed: String,
    pub(super) due: String,
    pub(super) is_late: bool,
}

impl DebriefRow {
    pub(super) fn of(due: &DebriefDue, zone: &TimeZone) -> Self {
        Self {
            href: at(&due.reference),
            reference: due.reference.clone(),
            kind: if due.kind == FileKind::StaffConcern { "About an adult who works here" } else { "About a child" },
            closed: words::day(due.closed_at, zone),
            due: words::day(due.due, zone),
            is_late: due.is_late,
        }
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let case = Some(read_to_work(&visit).await?).filter(|case| case.debrief_by.is_some()).ok_or(Fault::NotFound)?;
    debrief_form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn write(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read_to_work(&visit).await?;
    let mut wrong = Wrong::default();
    let held_on = day_of(&fields, "held_on").unwrap_or_else(|words| {
        wrong.0.push(("held_on".to_owned(), words));
        None
    });
    if held_on.is_none() && wrong.0.is_empty() {
        wrong.0.push(("held_on".to_owned(), "Write on which day it was.".to_owned()));
    }
    let who = must_say(&fields, "who", "Write who was there.", &mut wrong);
    let lessons = must_say(&fields, "lessons", "Write what was learned.", &mut wrong);
    let course = Lesson::from_word(fields.get("course"));
    if course.is_none() {
        wrong.0.push(("course".to_owned(), "Choose whether something changes.".to_owned()));
    }
    let words = must_say(&fields, "words", "Write what changes, or why nothing does.", &mut wrong);
    let (Some(held_on), Some(who), Some(lessons), Some(course), Some(words)) = (held_on, who, lessons, course, words)
    else {
        return debrief_form(&visit, &case, &fields, wrong).into();
    };
    let new = NewDebrief { held_on, who, lessons, course, words };
    let made = visit.records.write_debrief(&visit.session, case.file.file.file, &new).await;
    let again = |wrong| debrief_form(&visit, &case, &fields, wrong);
    let at_concern = (&visit, case.file.file.reference.as_str());
    if matches!(made, Err(Fault::Changed(_))) {
        let now = read(&visit).await?;
        let written = now.considered.last().and_then(|considered| considered.debrief.as_ref());
        return done_before(at_concern, written.is_some_and(|view| is_same(&visit, view, &new)), again);
    }
    let told = "It stands in the concern. Whoever changes something puts it into the policy or the lessons themselves.";
    ended(at_concern, made, ("It is written down", told), again)
}

/// Whether what is written down is what they send, by themselves.
fn is_same(visit: &SignedVisit, view: &DebriefView, new: &NewDebrief) -> bool {
    let before = &view.debrief;
    let answers = |one: &NewDebrief| (one.held_on, one.course.word());
    let words = |one: &NewDebrief| [one.who.clone(), one.lessons.clone(), one.words.clone()];
    view.by == visit.me.person && answers(before) == answers(new) && words(before) == words(new)
}

fn debrief_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let today = case.targets.day_of(visit.caller.now);
    let held_on = DateField::new("held_on", "When did you sit together?")
        .values(if wrong.0.is_empty() { boxed(Some(today)) } else { day_typed(fields, "held_on") })
        .error(wrong.field("held_on"));
    let mut courses =
        Choices::new("course", "Does a policy, the curriculum or how you work change?").error(wrong.field("course"));
    for course in Lesson::ALL {
        courses = courses.option(course.word(), capital(course.title()));
    }
    let page = form(visit, &case.file.file.reference, "Write down what was learned", "debrief");
    let mut words = page.words.clone();
    words.push("How it was answered, not who was to blame. Whom it is about is not there.".to_owned());
    FormPage {
        words,
        parts: vec![
            Part::Date(held_on),
            note("who", "Who was there", "", fields, &wrong),
            area("lessons", "What was learned", "", fields, &wrong),
            Part::Radios(courses.chosen(fields.get("course"))),
            area("words", "What changes, or why nothing does", "", fields, &wrong),
        ],
        wrong,
        button: "Write it down",
        ..page
    }
}

/// What was learned, in words.
pub(super) fn told(view: &DebriefView) -> Vec<String> {
    let debrief = &view.debrief;
    vec![
        format!("There were: {}", debrief.who.as_str()),
        format!("Learned: {}", debrief.lessons.as_str()),
        format!("{}: {}", capital(debrief.course.title()), debrief.words.as_str()),
    ]
}
