//! Answering a report otherwise than by placing it, and the stages of a complaint. Nothing closes by itself.

use super::waiting::{at, listed, named};
use crate::{
    fields::Fields,
    kit::{Choices, DateField, Field},
    pages::{
        Frame, Here, announce,
        form::{FormPage, Part, Wrong, comes_back, day_of, day_typed, one_of},
        found,
    },
    visit::{Answered, SignedVisit},
    words::capital,
};
use holdfast_records::{
    Fault,
    concern::door::{Course, Door, Outcome, Stage, StageOf, Waits},
    file::Words,
};

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let waits = listed(&visit).await?;
    form(&visit, &waits, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn answer(visit: SignedVisit, fields: Fields) -> Answered {
    let waits = listed(&visit).await?;
    let again = |wrong| form(&visit, &waits, &fields, wrong);
    let Some(outcome) =
        one_of(Outcome::ALL, Outcome::word, fields.get("outcome")).filter(|one| *one != Outcome::Placed)
    else {
        return again(Wrong::at("outcome", "Choose how it was answered.")).into();
    };
    if fields.get("reason").is_empty() {
        return again(Wrong::at("reason", "Write what was done, or why nothing was.")).into();
    }
    let reason = match Words::new(fields.get("reason")) {
        Ok(reason) => reason,
        Err(fault) => return again(Wrong::of(&fault, &[], "reason")).into(),
    };
    match visit.records.answer_report(&visit.session, named(&visit)?, outcome, &reason).await {
        Ok(()) => {
            announce(
                &visit,
                "Answered",
                "It is off the list and kept with its words and your reason. Nobody was written to: whoever wrote it is told by you.",
            );
            Ok(found("/concerns/waiting"))
        }
        Err(fault) if comes_back(&fault) => again(Wrong::of(&fault, &[], "outcome")).into(),
        Err(fault) => Err(fault),
    }
}

fn form(visit: &SignedVisit, waits: &Waits, fields: &Fields, wrong: Wrong) -> FormPage {
    let mut outcome = Choices::new("outcome", "How is it answered?").error(wrong.field("outcome"));
    for one in Outcome::of_an_answer() {
        outcome = match one {
            Outcome::Malicious => {
                outcome.option_with(one.word(), capital(one.title()), "Only with good reason. It is kept all the same.")
            }
            _ => outcome.option(one.word(), capital(one.title())),
        };
    }
    let reason = Field::new("reason", "What was done, or why nothing was")
        .hint("It is sealed beside the report.")
        .value(fields.get("reason"))
        .error(wrong.field("reason"));
    FormPage {
        words: vec![
            "If it is about a child or an adult of the school, place it with them instead: then it is where it is looked for.".to_owned(),
        ],
        parts: vec![Part::Radios(outcome.chosen(fields.get("outcome"))), Part::Area(reason)],
        wrong,
        button: "Answer it",
        ..FormPage::new(
            Frame::signed(visit, Here::Reports).hiding(),
            "Answer it otherwise",
            format!("{}/answer", at(waits.report)),
            at(waits.report),
        )
        .begun_by(visit)
    }
}

pub(crate) async fn stage_page(visit: SignedVisit) -> Answered {
    let waits = complaint(&visit).await?;
    stage_form(&visit, &waits, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn stage(visit: SignedVisit, fields: Fields) -> Answered {
    let waits = complaint(&visit).await?;
    let course = one_of(Course::ALL, Course::word, fields.get("course"));
    let of = one_of(StageOf::ALL, StageOf::word, fields.get("stage"));
    let day =
        day_of(&fields, "by").and_then(|day| day.ok_or_else(|| "Write the day by which it is answered.".to_owned()));
    let mut wrong = Wrong::default();
    if course.is_none() {
        wrong.0.push(("course".to_owned(), "Choose by which procedure it goes.".to_owned()));
    }
    if of.is_none() {
        wrong.0.push(("stage".to_owned(), "Choose the stage.".to_owned()));
    }
    if let Err(words) = &day {
        wrong.0.push(("by".to_owned(), words.clone()));
    }
    let (Some(course), Some(of), Ok(respond_by)) = (course, of, day) else {
        return stage_form(&visit, &waits, &fields, wrong).into();
    };
    match visit.records.stage_complaint(&visit.session, waits.report, Stage { course, stage: of, respond_by }).await {
        Ok(()) => {
            announce(
                &visit,
                "Recorded",
                "It stands beside the complaint. Answer it by that day, and say here that you did.",
            );
            Ok(found(&at(waits.report)))
        }
        Err(fault) if comes_back(&fault) => stage_form(&visit, &waits, &fields, Wrong::of(&fault, &[], "stage")).into(),
        Err(fault) => Err(fault),
    }
}

/// The complaint that the path names; of what is none there is no such page.
async fn complaint(visit: &SignedVisit) -> Result<Waits, Fault> {
    Some(listed(visit).await?).filter(|waits| waits.door == Door::Complaint).ok_or(Fault::NotFound)
}

fn stage_form(visit: &SignedVisit, waits: &Waits, fields: &Fields, wrong: Wrong) -> FormPage {
    let standing = |word: fn(Stage) -> &'static str, name: &str| match (fields.get(name), waits.stage) {
        ("", Some(stage)) => word(stage).to_owned(),
        (typed, _) => typed.to_owned(),
    };
    let mut course = Choices::new("course", "By which procedure does it go?")
        .hint("Online bullying goes by the anti-bullying procedure; a complaint about somebody’s conduct by the one for staff.")
        .error(wrong.field("course"));
    for one in Course::ALL {
        course = course.option(one.word(), capital(one.title()));
    }
    let mut stage = Choices::new("stage", "At which stage is it?").error(wrong.field("stage"));
    for one in StageOf::ALL {
        stage = stage.option(one.word(), capital(one.title()));
    }
    let by =
        DateField::new("by", "By which day is it answered?").values(day_typed(fields, "by")).error(wrong.field("by"));
    FormPage {
        parts: vec![
            Part::Radios(course.chosen(&standing(|stage| stage.course.word(), "course"))),
            Part::Radios(stage.chosen(&standing(|stage| stage.stage.word(), "stage"))),
            Part::Date(by),
        ],
        wrong,
        button: "Record it",
        ..FormPage::new(
            Frame::signed(visit, Here::Reports).hiding(),
            "The stage of a complaint",
            format!("{}/stage", at(waits.report)),
            at(waits.report),
        )
        .begun_by(visit)
    }
}
