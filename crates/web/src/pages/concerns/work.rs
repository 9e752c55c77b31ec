//! What was done about a concern, written down: calls, entries, what was put right, actions, parents who were told.

use super::{
    Ring, numbers,
    shared::{area, at, bare, done, done_before, ended, field, form, frame, is_theirs, must_say, named, read, said},
};
use crate::{
    fields::Fields,
    kit::{Choices, DateField, Field, Problem, Width},
    pages::{
        Frame,
        form::{FormPage, Part, Wrong, boxed, comes_back, day_of, day_typed},
        render, status,
    },
    visit::{Answered, SignedVisit},
    words::capital,
};
use askama::Template;
use holdfast_records::{
    Fault,
    access::Act,
    concern::answer::{ActionView, Agency, Case, NewCall, ParentView, Telling},
    file::{EntryKind, EntryView, NewEntry},
    id,
};
use jiff::{Timestamp, civil::Time};

#[derive(Template)]
#[template(path = "concerns/call.html")]
struct CallPage {
    frame: Frame,
    reference: String,
    href: String,
    by: String,
    numbers: Vec<Ring>,
    problems: Vec<Problem>,
    agencies: Choices,
    day: DateField,
    time: Field,
    spoke_to: Field,
    their_reference: Field,
    words: Field,
}

pub(crate) async fn call_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::FileRead).await?;
    call_form(&visit, &reference, &Fields::default(), &Wrong::default()).await
}

pub(crate) async fn call(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::FileRead).await?;
    let mut wrong = Wrong::default();
    let agency = Agency::from_word(fields.get("agency"));
    if agency.is_none() {
        wrong.0.push(("agency".to_owned(), "Choose whom you rang.".to_owned()));
    }
    let rung_at = when(&visit, &fields, &mut wrong);
    let (spoke_to, reference_of_theirs) =
        (said(&fields, "spoke_to", &mut wrong), said(&fields, "reference", &mut wrong));
    let words = said(&fields, "words", &mut wrong);
    let (Some(agency), Some(rung_at), true) = (agency, rung_at, wrong.0.is_empty()) else {
        return call_form(&visit, &reference, &fields, &wrong).await;
    };
    let new = NewCall { agency, rung_at, spoke_to, reference: reference_of_theirs, words };
    match visit.records.record_call(&visit.session, file, &new).await {
        Ok(()) => done(
            &visit,
            &reference,
            "The call is written down",
            "It can be quoted to them, with the time and their reference.",
        ),
        Err(fault) if comes_back(&fault) => {
            let wrong = bare(&fault);
            let wrong = Wrong(wrong.0.into_iter().map(|(_, words)| ("day".to_owned(), words)).collect());
            call_form(&visit, &reference, &fields, &wrong).await
        }
        Err(fault) => Err(fault),
    }
}

/// When it was, from a day and a time.
pub(super) fn when(visit: &SignedVisit, fields: &Fields, wrong: &mut Wrong) -> Option<Timestamp> {
    let mut bad = |field: &str, words: &str| wrong.0.push((field.to_owned(), words.to_owned()));
    let day = match day_of(fields, "day") {
        Ok(Some(day)) => Some(day),
        Ok(None) => {
            bad("day", "Write the day.");
            None
        }
        Err(words) => {
            bad("day", &words);
            None
        }
    };
    let typed = fields.get("time").replace('.', ":");
    let time =
        typed.split_once(':').and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
    if time.is_none() {
        bad("time", "Write the time, such as 10:45.");
    }
    let local = day?.to_datetime(time?);
    let moment = local.to_zoned(visit.sources.school.zone.clone()).ok();
    moment.map(|moment| moment.timestamp())
}

async fn call_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: &Wrong) -> Answered {
    let now = visit.caller.now.to_zoned(visit.sources.school.zone.clone());
    let is_new = fields.get("time").is_empty() && fields.get("agency").is_empty();
    let mut agencies = Choices::new("agency", "Whom did you ring?").error(wrong.field("agency"));
    for agency in Agency::ALL {
        agencies = agencies.option(agency.word(), capital(agency.title()));
    }
    let agencies = agencies.chosen(fields.get("agency"));
    let time = if is_new { now.strftime("%H:%M").to_string() } else { fields.get("time").to_owned() };
    let time = field("time", "Time", fields, wrong).value(time).width(Width::Five);
    let day = DateField::new("day", "Day of the call")
        .values(if is_new { boxed(Some(now.date())) } else { day_typed(fields, "day") })
        .error(wrong.field("day"));
    let page = CallPage {
        spoke_to: field("spoke_to", "Whom you spoke to, if you know", fields, wrong),
        their_reference: field("reference", "Their reference, if they gave one", fields, wrong).width(Width::Twenty),
        words: field("words", "What was said and advised", fields, wrong),
        problems: [agencies.problem(), day.problem(), time.problem()].into_iter().flatten().collect(),
        frame: frame(visit).erring(!wrong.0.is_empty()),
        reference: reference.to_owned(),
        href: at(reference),
        by: visit.me.person.to_string(),
        numbers: numbers(visit).await?,
        agencies,
        day,
        time,
    };
    Ok(render(status(!wrong.0.is_empty()), &page))
}

const NOTED: [EntryKind; 5] =
    [EntryKind::Note, EntryKind::Action, EntryKind::Words, EntryKind::Seen, EntryKind::Opinion];

pub(crate) async fn note_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::FileRead).await?;
    note_form(&visit, &reference, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn note(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::FileRead).await?;
    let mut wrong = Wrong::default();
    let kind = NOTED.into_iter().find(|kind| kind.word() == fields.get("kind"));
    if kind.is_none() {
        wrong.0.push(("kind".to_owned(), "Choose what it is.".to_owned()));
    }
    let text = must_say(&fields, "text", "Write what is to be kept.", &mut wrong);
    let (Some(kind), Some(text)) = (kind, text) else {
        return note_form(&visit, &reference, &fields, wrong).into();
    };
    let entry = NewEntry { kind, severity: None, moment: None, text, reason: None };
    let made = visit.records.add_entry(&visit.session, file, &entry).await.map(drop);
    let words = if kind.is_report() {
        "It counts as a new report: somebody is to say that they have it."
    } else {
        "It stands in the concern, with your name and the time."
    };
    let again = |wrong| note_form(&visit, &reference, &fields, wrong);
    ended((&visit, &reference), made, ("It is added", words), again)
}

fn note_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: Wrong) -> FormPage {
    let mut kinds = Choices::new("kind", "What is it?").error(wrong.field("kind"));
    for kind in NOTED {
        kinds = kinds.option(kind.word(), capital(kind.title()));
    }
    FormPage {
        parts: vec![
            Part::Radios(kinds.chosen(fields.get("kind"))),
            area("text", "Words", "Fact and opinion apart. Initials say too little later: write who.", fields, &wrong),
        ],
        wrong,
        button: "Add it",
        ..form(visit, reference, "Add to it", "note")
    }
}

fn entry<'a>(visit: &SignedVisit, case: &'a Case) -> Result<&'a EntryView, Fault> {
    let id = id::Entry::parse(visit.places.get("entry"))?;
    case.file.entries.iter().find(|entry| entry.id == id).ok_or(Fault::NotFound)
}

pub(crate) async fn amend_page(visit: SignedVisit) -> Answered {
    let case = read(&visit).await?;
    amend_form(&visit, &case, &Fields::default(), Wrong::default())?.into()
}

pub(crate) async fn amend(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read(&visit).await?;
    let entry = entry(&visit, &case)?;
    let mut wrong = Wrong::default();
    let text = must_say(&fields, "text", "Write it as it is right.", &mut wrong);
    let reason = must_say(&fields, "reason", "Write why the first is not right.", &mut wrong);
    let (Some(text), Some(reason)) = (text, reason) else {
        return amend_form(&visit, &case, &fields, wrong)?.into();
    };
    match visit.records.amend_entry(&visit.session, entry.id, &text, &reason).await {
        Ok(_) => done(
            &visit,
            &case.file.file.reference,
            "It is put right",
            "Both texts stay, each with its day and who wrote it.",
        ),
        Err(fault) if comes_back(&fault) => amend_form(&visit, &case, &fields, bare(&fault))?.into(),
        Err(fault) => Err(fault),
    }
}

fn amend_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> Result<FormPage, Fault> {
    let entry = entry(visit, case)?;
    let what = format!("entries/{}/amend", entry.id);
    let page = form(visit, &case.file.file.reference, "Put an entry right", &what);
    let mut words = page.words.clone();
    words.push(format!("It says: “{}”", entry.text.as_str()));
    words.push("Nothing is written over. What you write stands beside it, with the day and your name.".to_owned());
    Ok(FormPage {
        words,
        parts: vec![
            area("text", "What is right", "", fields, &wrong),
            area("reason", "Why the first is not right", "", fields, &wrong),
        ],
        wrong,
        button: "Put it right",
        ..page
    })
}

/// What is to be done that the path names.
fn action<'a>(visit: &SignedVisit, case: &'a Case) -> Result<&'a ActionView, Fault> {
    let id = id::Row::parse(visit.places.get("action"))?;
    case.actions.iter().find(|one| one.id == id).ok_or(Fault::NotFound)
}

pub(crate) async fn action_page(visit: SignedVisit) -> Answered {
    let case = read(&visit).await?;
    let action = Some(action(&visit, &case)?).filter(|action| action.done.is_none()).ok_or(Fault::NotFound)?;
    action_form(&visit, &case, action, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn finish_action(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read(&visit).await?;
    let to_do = action(&visit, &case)?;
    let mut wrong = Wrong::default();
    let words = said(&fields, "words", &mut wrong);
    if !wrong.0.is_empty() {
        return action_form(&visit, &case, to_do, &fields, wrong).into();
    }
    let again = |wrong| action_form(&visit, &case, to_do, &fields, wrong);
    let (at_concern, file) = ((&visit, case.file.file.reference.as_str()), case.file.file.file);
    match visit.records.finish_concern_action(&visit.session, file, to_do.id, words.as_ref()).await {
        // It waits no more: was it done meanwhile?
        Err(Fault::NotFound) => {
            let now = read(&visit).await?;
            let done = action(&visit, &now)?.done.as_ref().ok_or(Fault::NotFound)?;
            done_before(at_concern, is_theirs(&visit, done, words.as_ref()), again)
        }
        made => ended(at_concern, made, ("It is done", "It no longer waits for anybody."), again),
    }
}

fn action_form(visit: &SignedVisit, case: &Case, action: &ActionView, fields: &Fields, wrong: Wrong) -> FormPage {
    let page = form(visit, &case.file.file.reference, "It is done", &format!("actions/{}", action.id));
    let mut words = page.words.clone();
    words.push(format!("To do: “{}”", action.words.as_str()));
    FormPage {
        words,
        parts: vec![area("words", "How, or why it was dropped", "May stay empty.", fields, &wrong)],
        wrong,
        button: "It is done",
        ..page
    }
}

/// What was decided for a parent or carer, as the path names it: that they are told.
fn telling<'a>(visit: &SignedVisit, case: &'a Case) -> Result<&'a ParentView, Fault> {
    let id = id::Row::parse(visit.places.get("decision"))?;
    case.parents.iter().find(|one| one.id == id && one.course == Telling::Tell).ok_or(Fault::NotFound)
}

pub(crate) async fn told_page(visit: SignedVisit) -> Answered {
    let case = read(&visit).await?;
    let parent = Some(telling(&visit, &case)?).filter(|parent| parent.told.is_none()).ok_or(Fault::NotFound)?;
    told_form(&visit, &case, parent, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn told(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read(&visit).await?;
    let parent = telling(&visit, &case)?;
    let mut wrong = Wrong::default();
    let Some(words) = must_say(&fields, "words", "Write how they were told and what they said.", &mut wrong) else {
        return told_form(&visit, &case, parent, &fields, wrong).into();
    };
    let again = |wrong| told_form(&visit, &case, parent, &fields, wrong);
    let (at_concern, file) = ((&visit, case.file.file.reference.as_str()), case.file.file.file);
    match visit.records.parent_told(&visit.session, file, parent.id, &words).await {
        // It waits no more: were they told meanwhile?
        Err(Fault::NotFound) => {
            let now = read(&visit).await?;
            let told = telling(&visit, &now)?.told.as_ref().ok_or(Fault::NotFound)?;
            done_before(at_concern, is_theirs(&visit, told, Some(&words)), again)
        }
        made => ended(at_concern, made, ("It is written down", "They count as told."), again),
    }
}

fn told_form(visit: &SignedVisit, case: &Case, parent: &ParentView, fields: &Fields, wrong: Wrong) -> FormPage {
    let name = case.names.get(&parent.adult).cloned().unwrap_or_default();
    let page =
        form(visit, &case.file.file.reference, "A parent or carer has been told", &format!("told/{}", parent.id));
    let mut words = page.words.clone();
    words.push(name);
    FormPage {
        words,
        parts: vec![area("words", "How they were told, by whom, and what they said", "", fields, &wrong)],
        wrong,
        button: "Write it down",
        ..page
    }
}
