//! “I am not sure how to go on”: what is asked of whom, and the advice that came. It stops nothing else.

use super::{
    of_role,
    shared::{at, bare, done, done_before, ended, field, frame, is_theirs, must_say, named, read},
    work::when,
};
use crate::{
    fields::Fields,
    kit::{DateField, Width},
    pages::form::{FormPage, Part, Wrong, boxed, comes_back, day_typed},
    visit::{Answered, SignedVisit},
};
use holdfast_records::{
    Fault,
    access::Act,
    concern::answer::{ActionView, AdviceView, Case, NewAdvice, NewUnsure},
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
    let new = NewUnsure { form: number(&visit, &fields)?, question, whom };
    match visit.records.ask_advice(&visit.session, file, &new).await {
        Ok(_) => {
            let words = "It is yours to do until the advice is written down. Ring them now; nothing else waits for it.";
            done(&visit, &reference, "It is written down", words)
        }
        Err(fault) if comes_back(&fault) => unsure_form(&visit, &reference, &fields, bare(&fault)).await?.into(),
        Err(fault) => Err(fault),
    }
}

/// The number of a form: its own, or a new one where it has none that is one.
fn number(visit: &SignedVisit, fields: &Fields) -> Result<id::Row, Fault> {
    id::Row::parse(fields.get("form")).or_else(|_none| id::Row::new(visit.caller.now))
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
            Part::Kept("form", number(visit, fields)?.to_string()),
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

/// The question that the path names.
fn asked<'a>(visit: &SignedVisit, case: &'a Case) -> Result<(&'a ActionView, &'a AdviceView), Fault> {
    let action = id::Row::parse(visit.places.get("asked"))?;
    let found = case.actions.iter().find(|one| one.id == action);
    found.and_then(|action| Some((action, action.advice.as_ref()?))).ok_or(Fault::NotFound)
}

pub(crate) async fn advice_page(visit: SignedVisit) -> Answered {
    let case = read(&visit).await?;
    let (action, advice) = asked(&visit, &case)?;
    if action.done.is_some() {
        return Err(Fault::NotFound);
    }
    advice_form(&visit, &case, (action, advice), &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn advice(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read(&visit).await?;
    let question = asked(&visit, &case)?;
    let mut wrong = Wrong::default();
    let adviser = must_say(&fields, "adviser", "Write who advised.", &mut wrong);
    let words = must_say(&fields, "words", "Write what they advised.", &mut wrong);
    let advised_at = when(&visit, &fields, &mut wrong);
    let (Some(adviser), Some(words), Some(advised_at)) = (adviser, words, advised_at) else {
        return advice_form(&visit, &case, question, &fields, wrong).into();
    };
    let new = NewAdvice { adviser, words, advised_at };
    let again = |wrong| advice_form(&visit, &case, question, &fields, wrong);
    let (at_concern, action) = ((&visit, case.file.file.reference.as_str()), question.0.id);
    match visit.records.record_advice(&visit.session, case.file.file.file, action, &new).await {
        // It waits no more: was there advice meanwhile?
        Err(Fault::NotFound) => {
            let now = read(&visit).await?;
            let (action, advice) = asked(&visit, &now)?;
            let (done, (adviser, _)) = action.done.as_ref().zip(advice.advised.as_ref()).ok_or(Fault::NotFound)?;
            let is_same = is_theirs(&visit, done, Some(&new.words)) && *adviser == new.adviser;
            done_before(at_concern, is_same, again)
        }
        made => {
            let words = "It no longer waits. Decide again, if the advice changes what is done.";
            ended(at_concern, made, ("The advice is written down", words), again)
        }
    }
}

fn advice_form(
    visit: &SignedVisit,
    case: &Case,
    (action, advice): (&ActionView, &AdviceView),
    fields: &Fields,
    wrong: Wrong,
) -> FormPage {
    let reference = &case.file.file.reference;
    let whom = advice.whom.as_str();
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
    let path = format!("{}/advice/{}", at(reference), action.id);
    let page = FormPage::new(frame(visit), "Write down the advice", path, at(reference));
    FormPage {
        words: vec![format!("Concern {reference}."), format!("Asked of {whom}: “{}”", action.words.as_str())],
        parts: vec![
            Part::Input(adviser),
            Part::Date(day),
            Part::Input(time),
            Part::Area(field("words", "What they advised, and what you do", fields, &wrong)),
        ],
        wrong,
        button: "Write it down",
        ..page.begun_by(visit)
    }
}
