//! Closing a concern, and opening it again. An incident or a case asks further whether sanction and support were considered, each.

use super::shared::{area, ended, form, must_say, named, note, read_to_work, said};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::form::{FormPage, Part, Wrong},
    visit::{Answered, SignedVisit},
    words::capital,
};
use holdfast_records::{
    access::{Act, FileKind},
    concern::answer::{Case, Considered, ConsideredView, Extent, Finding, ForFamily, NewConsidered, Sanction, Support},
    file::{Closing, Words},
};

/// Whether closing asks for more than an outcome and why.
fn asks_more(case: &Case) -> bool {
    case.standing.decision.is_some_and(|decided| decided.extent != Extent::Note)
}

pub(crate) async fn close_page(visit: SignedVisit) -> Answered {
    let case = read_to_work(&visit).await?;
    close_form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn close(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read_to_work(&visit).await?;
    let mut wrong = Wrong::default();
    let outcome = must_say(&fields, "outcome", "Write what came of it.", &mut wrong);
    let reason = must_say(&fields, "reason", "Write why nothing more is needed.", &mut wrong);
    if case.standing.decision.is_none() {
        wrong.0.push((String::new(), "Decide first what it is: how much closing asks for depends on it.".to_owned()));
    }
    let considered = asks_more(&case).then(|| considered(&fields, &mut wrong));
    let (Some(outcome), Some(reason), true) = (outcome, reason, wrong.0.is_empty()) else {
        return close_form(&visit, &case, &fields, wrong).into();
    };
    let closing = Closing { outcome, reason };
    let file = case.file.file.file;
    let made = visit.records.close_considered(&visit.session, &[file], &closing, considered.as_ref()).await;
    let stays = match case.file.file.kind {
        FileKind::Child => "It stays in the child’s record.",
        FileKind::StaffConcern => "It is kept apart from every child’s record, for those alone who may read it.",
    };
    let next = if asks_more(&case) { " Next: sit together, and write down what was learned." } else { "" };
    let words = format!("{stays} Whatever is reported later opens it again.{next}");
    let again = |wrong| close_form(&visit, &case, &fields, wrong);
    ended((&visit, &case.file.file.reference), made, ("It is closed", &words), again)
}

/// What was answered. What is missing the records say, all at once.
fn considered(fields: &Fields, wrong: &mut Wrong) -> NewConsidered {
    NewConsidered {
        sanction: answered(fields, ("sanction", "sanction_note"), Sanction::from_word, wrong),
        support: answered(fields, ("support", "support_note"), Support::from_word, wrong),
        family: answered(fields, ("family", "family_note"), ForFamily::from_word, wrong),
        finding: answered(fields, ("finding", "finding_note"), Finding::from_word, wrong),
    }
}

fn answered<T>(
    fields: &Fields,
    (name, beside): (&str, &str),
    from_word: fn(&str) -> Option<T>,
    wrong: &mut Wrong,
) -> Option<Considered<T>> {
    let note = said(fields, beside, wrong);
    from_word(fields.get(name)).map(|answer| Considered { answer, note })
}

fn close_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let page = form(visit, &case.file.file.reference, "Close it", "close");
    let is_adults = case.file.file.kind == FileKind::StaffConcern;
    let asks = match case.standing.decision.map(|decided| decided.extent) {
        _ if case.standing.outdated().is_some() => {
            "Something was reported since it was decided what this is. Decide again first."
        }
        None => "It is not decided yet what it is: note, incident or case. That comes first.",
        Some(Extent::Note) => "A note: nothing may be left to be done.",
        // No parent is decided on here, and no sanction: what the staff behaviour policy says of it stands under what follows.
        Some(Extent::Incident) if is_adults => {
            "An incident: nothing may be left to be done, a call to the designated officer (LADO) since something was last reported is \
             written down, and it is said what was found and whether they were offered support."
        }
        Some(Extent::Case) if is_adults => {
            "A case: nothing may be left to be done, a call to the designated officer (LADO) since something was last reported is written \
             down, a referral has its call, and it is said what was found and whether they were offered support."
        }
        Some(Extent::Incident) => {
            "An incident: nothing may be left to be done, each parent or carer is decided on, and sanction and support were considered."
        }
        Some(Extent::Case) => {
            "A case: nothing may be left to be done, each parent or carer is decided on and whoever was to be told was, a referral has \
             its call, and sanction and support were considered."
        }
    };
    let mut words = page.words.clone();
    words.push(asks.to_owned());
    if case.standing.crime.is_none() && case.standing.decision.is_some_and(|decided| decided.extent != Extent::Note) {
        words.push("What kind of thing it is, and whether a crime is suspected, is said first.".to_owned());
    }
    let mut parts = vec![
        area("outcome", "Outcome", "What changed, and what the school learned.", fields, &wrong),
        area("reason", "Why nothing more is needed", "", fields, &wrong),
    ];
    if asks_more(case) {
        parts.extend(questions(case, fields, &wrong));
    }
    FormPage { words, parts, wrong, button: "Close it", ..page }
}

/// What an incident or a case is asked. Which of sanction and support comes first is the school’s own setting.
fn questions(case: &Case, fields: &Fields, wrong: &Wrong) -> Vec<Part> {
    let why = "Asked for where it was not offered.";
    let choices = |name: &str, legend: &str, all: Vec<(&'static str, &'static str)>| {
        let mut choices = Choices::new(name, legend).error(wrong.field(name));
        for (word, title) in all {
            choices = choices.option(word, capital(title));
        }
        Part::Radios(choices.chosen(fields.get(name)))
    };
    let supports: Vec<_> = Support::ALL.iter().map(|one| (one.word(), one.title())).collect();
    if case.file.file.kind == FileKind::StaffConcern {
        let findings = Finding::ALL.iter().map(|one| (one.word(), one.title())).collect();
        return vec![
            choices("finding", "What was found?", findings),
            note("finding_note", "What follows from it", "By the staff behaviour policy or otherwise.", fields, wrong),
            choices("support", "Was support offered to them?", supports),
            note("support_note", "About support", why, fields, wrong),
        ];
    }
    let about_sanction = if case.is_harmed {
        "This child was harmed. Asked for where a sanction was given: why, and how it adds no further harm."
    } else {
        ""
    };
    let sanctions = Sanction::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let sanction = [
        choices("sanction", "Was a sanction given to this child?", sanctions),
        note("sanction_note", "About the sanction", about_sanction, fields, wrong),
    ];
    let support = [
        choices("support", "Was support offered to this child?", supports),
        note("support_note", "About support", why, fields, wrong),
    ];
    let families = ForFamily::ALL.iter().map(|one| (one.word(), one.title())).collect();
    let family = [
        choices("family", "Was support offered to a parent or carer?", families),
        note("family_note", "About support for them", why, fields, wrong),
    ];
    let (first, second) = if case.asks_support_first { (support, sanction) } else { (sanction, support) };
    first.into_iter().chain(second).chain(family).collect()
}

/// What was considered, in words.
pub(super) fn words(considered: &ConsideredView) -> Vec<String> {
    let answers = &considered.answers;
    let with = |title: &str, answer: &str, note: &Option<Words>| {
        let note = note.as_ref().map(|note| format!(" {}", note.as_str())).unwrap_or_default();
        format!("{title}: {answer}.{note}")
    };
    let mut words = Vec::new();
    words.extend(answers.finding.as_ref().map(|one| with("Found", one.answer.title(), &one.note)));
    words.extend(answers.sanction.as_ref().map(|one| with("Sanction", one.answer.title(), &one.note)));
    words.extend(answers.support.as_ref().map(|one| with("Support", one.answer.title(), &one.note)));
    words.extend(answers.family.as_ref().map(|one| with("Support for parents", one.answer.title(), &one.note)));
    words
}

pub(crate) async fn open_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::FileClosed).await?;
    open_form(&visit, &reference, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn open(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::FileClosed).await?;
    let mut wrong = Wrong::default();
    let Some(reason) = must_say(&fields, "reason", "Write why it is opened again.", &mut wrong) else {
        return open_form(&visit, &reference, &fields, wrong).into();
    };
    let made = visit.records.reopen_file(&visit.session, file, &reason).await;
    let words = "It is among what waits again, and needs a new decision.";
    let again = |wrong| open_form(&visit, &reference, &fields, wrong);
    ended((&visit, &reference), made, ("It is open again", words), again)
}

fn open_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: Wrong) -> FormPage {
    FormPage {
        parts: vec![area("reason", "Why", "", fields, &wrong)],
        wrong,
        button: "Open it again",
        ..form(visit, reference, "Open it again", "open")
    }
}
