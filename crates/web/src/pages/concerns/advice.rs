//! “I am not sure how to go on”: what is asked of whom, and the advice that came. It stops nothing else.

use super::{
    of_role,
    shared::{at, ended, frame, must_say, named, read},
    work::when,
};
use crate::{
    fields::Fields,
    kit::{DateField, Field, Width},
    pages::form::{FormPage, Part, Wrong, boxed, comes_back, day_typed},
    visit::{Answered, SignedVisit},
};
use holdfast_records::{
    Fault,
    access::Act,
    concern::answer::{ActionView, Case, NewAdvice, NewUnsure},
    contacts::ContactRole,
    id,
};

/// Who advises a school.
const ADVISERS: [ContactRole; 4] = [
    ContactRole::EducationSafeguarding,
    ContactRole::AreaAdviser,
    ContactRole::SocialCare,
    ContactRole::DesignatedOfficer,
];

fn field(name: &str, label: &str, fields: &Fields, wrong: &Wrong) -> Field {
    Field::new(name, label).value(fields.exact(name)).error(wrong.field(name)).autocomplete("off")
}

pub(crate) async fn unsure_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::FileRead).await?;
    unsure_form(&visit, &reference, &Fields::default(), Wrong::default()).await?.into()
}

pub(crate) async fn unsure(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::FileRead).await?;
    let mut wrong = Wrong::default();
    let question = must_say(&fields, "question", "Write what you are not sure of.", &mut wrong);
    let whom = must_say(&fields, "whom", "Write whom you ask.", &mut wrong);
    let (Some(question), Some(whom)) = (question, whom) else {
        return unsure_form(&visit, &reference, &fields, wrong).await?.into();
    };
    let made = visit.records.ask_advice(&visit.session, file, &NewUnsure { question, whom }).await.map(drop);
    let page = unsure_form(&visit, &reference, &fields, Wrong::default()).await?;
    let words = "It is yours to do until the advice is written down. Ring them now; nothing else waits for it.";
    ended((&visit, &reference), made, ("It is written down", words), |wrong| page.wrong_at(wrong))
}

async fn unsure_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: Wrong) -> Result<FormPage, Fault> {
    let page =
        FormPage::new(frame(visit), "I am not sure how to go on", format!("{}/unsure", at(reference)), at(reference));
    let book = visit.records.contact_book(visit.session.school).await?;
    let (now, zone) = (visit.caller.now, &visit.sources.school.zone);
    let mut words = vec![
        format!("Concern {reference}."),
        "Somebody in danger: ring 999 first. You never need advice, or this page, to make a referral.".to_owned(),
    ];
    let numbers: Vec<String> = ADVISERS
        .iter()
        .flat_map(|role| of_role(&book, *role, now, zone))
        .filter_map(|ring| ring.telephone.map(|telephone| format!("{}: {}.", ring.name, telephone.shown)))
        .collect();
    words.push(if numbers.is_empty() {
        "Ask the education safeguarding service of your council. The school has not written its number down; the council’s switchboard \
         puts you through."
            .to_owned()
    } else {
        numbers.join(" ")
    });
    Ok(FormPage {
        words,
        parts: vec![
            Part::Area(field("question", "What are you not sure of?", fields, &wrong)),
            Part::Input(
                field("whom", "Whom do you ask?", fields, &wrong).hint("Such as the education safeguarding service."),
            ),
        ],
        wrong,
        button: "Write it down",
        ..page.begun_by(visit)
    })
}

/// The question that the path names and that nobody has written advice down for.
fn asked<'a>(visit: &SignedVisit, case: &'a Case) -> Result<&'a ActionView, Fault> {
    let action = id::Row::parse(visit.places.get("asked"))?;
    let is_asked = |one: &&ActionView| one.id == action && one.done.is_none() && one.advice.is_some();
    case.actions.iter().find(is_asked).ok_or(Fault::NotFound)
}

pub(crate) async fn advice_page(visit: SignedVisit) -> Answered {
    let case = read(&visit).await?;
    advice_form(&visit, &case, &Fields::default(), Wrong::default())?.into()
}

pub(crate) async fn advice(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read(&visit).await?;
    let action = asked(&visit, &case)?.id;
    let mut wrong = Wrong::default();
    let adviser = must_say(&fields, "adviser", "Write who advised.", &mut wrong);
    let words = must_say(&fields, "words", "Write what they advised.", &mut wrong);
    let advised_at = when(&visit, &fields, &mut wrong);
    let (Some(adviser), Some(words), Some(advised_at)) = (adviser, words, advised_at) else {
        return advice_form(&visit, &case, &fields, wrong)?.into();
    };
    let new = NewAdvice { adviser, words, advised_at };
    match visit.records.record_advice(&visit.session, case.file.file.file, action, &new).await {
        Ok(()) => super::shared::done(
            &visit,
            &case.file.file.reference,
            "The advice is written down",
            "It no longer waits. Decide again, if the advice changes what is done.",
        ),
        Err(fault) if comes_back(&fault) => advice_form(&visit, &case, &fields, super::shared::bare(&fault))?.into(),
        Err(fault) => Err(fault),
    }
}

fn advice_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> Result<FormPage, Fault> {
    let action = asked(visit, case)?;
    let reference = &case.file.file.reference;
    let whom = action.advice.as_ref().map(|advice| advice.whom.as_str()).unwrap_or_default();
    let now = visit.caller.now.to_zoned(visit.sources.school.zone.clone());
    let is_new = wrong.0.is_empty();
    let day = DateField::new("day", "Day of the advice")
        .values(if is_new { boxed(Some(now.date())) } else { day_typed(fields, "day") })
        .error(wrong.field("day"));
    let time = if is_new { now.strftime("%H:%M").to_string() } else { fields.get("time").to_owned() };
    let time = field("time", "Time", fields, &wrong).value(time).width(Width::Five);
    let adviser = field("adviser", "Who advised", fields, &wrong)
        .value(if is_new { whom } else { fields.exact("adviser") })
        .hint("Where it is no longer needed, who says so.");
    let action = format!("{}/advice/{}", at(reference), action.id);
    let page = FormPage::new(frame(visit), "Write down the advice", action, at(reference));
    Ok(FormPage {
        words: vec![
            format!("Concern {reference}."),
            format!("Asked of {whom}: “{}”", asked(visit, case)?.words.as_str()),
        ],
        parts: vec![
            Part::Input(adviser),
            Part::Date(day),
            Part::Input(time),
            Part::Area(field("words", "What they advised, and what you do", fields, &wrong)),
        ],
        wrong,
        button: "Write it down",
        ..page.begun_by(visit)
    })
}
