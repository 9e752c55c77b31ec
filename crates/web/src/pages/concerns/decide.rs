//! What is decided about a concern: what it is, how severe, who sees to it, what is to be done, whether parents are told. Each on a page of its own, one verb each.

use super::{
    shared::{area, bare, done, ended, form, levels, must_say, named, read_to_work, said},
    threshold,
};
use crate::{
    fields::Fields,
    kit::{Choices, DateField},
    pages::form::{FormPage, Part, Wrong, boxed, comes_back, day_of, day_typed},
    visit::{Answered, SignedVisit},
    words::capital,
};
use holdfast_records::{
    Fault,
    access::Act,
    concern::answer::{Case, Course, Extent, NewAction, NewDecision, NewTelling, Telling},
    file::{EntryKind, NewEntry, Severity},
    id,
    people::Telling as MayTell,
};
use jiff::ToSpan as _;

pub(crate) async fn decision_page(visit: SignedVisit) -> Answered {
    let case = read_to_work(&visit).await?;
    decision_form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn decision(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read_to_work(&visit).await?;
    let (file, reference) = (case.file.file.file, &case.file.file.reference);
    let mut wrong = Wrong::default();
    let reason = said(&fields, "reason", &mut wrong);
    let (extent, course) = (Extent::from_word(fields.get("extent")), Course::from_word(fields.get("course")));
    if extent.is_none() {
        wrong.0.push(("extent".to_owned(), "Choose what it is.".to_owned()));
    }
    if course.is_none() {
        wrong.0.push(("course".to_owned(), "Choose what is done.".to_owned()));
    }
    let review = day_of(&fields, "review").unwrap_or_else(|words| {
        wrong.0.push(("review".to_owned(), words));
        None
    });
    if course.is_some_and(Course::needs_reason) && reason.is_none() && wrong.field("reason").is_none() {
        wrong.0.push(("reason".to_owned(), "Not to refer is a decision. Write why.".to_owned()));
    }
    let threshold = threshold::read(&case, &fields, (extent, course), &mut wrong);
    let (Some(extent), Some(course), true) = (extent, course, wrong.0.is_empty()) else {
        return decision_form(&visit, &case, &fields, wrong).into();
    };
    let is_rung = fields.get("rung") == "yes";
    let new = NewDecision { extent, course, reason, review, is_rung };
    let made = match threshold {
        Some(threshold) => visit.records.decide_at_threshold(&visit.session, file, &new, &threshold).await,
        None => visit.records.decide_concern(&visit.session, file, &new).await,
    };
    let next = match course {
        Course::Refer if is_rung => {
            "The call was made before. Next: say who sees to it, and whether the parents are told."
        }
        Course::Refer => {
            "Nothing is sent by it. Ring the agency now, and write the call down: until then the call stands here as due."
        }
        Course::Act => "Next: say who sees to it, what is to be done, and whether the parents are told.",
        Course::Watch => "It waits for a decision again on the day that you wrote. Next: say who sees to it.",
        Course::Nothing => "Next: decide whether the parents are told, then close it.",
    };
    let again = |wrong| decision_form(&visit, &case, &fields, wrong);
    ended((&visit, reference), made, ("It is decided", next), again)
}

fn decision_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let extents = Choices::new("extent", "What is it?")
        .option_with("note", "A note", "Worth keeping. Closing asks for an outcome and why.")
        .option_with(
            "incident",
            "An incident",
            "Something happened. Closing asks what was done, for each parent or carer, and about sanction and support.",
        )
        .option_with("case", "A case", "Work for some time, often with others. Closing asks for everything.")
        .chosen(fields.get("extent"))
        .error(wrong.field("extent"));
    let mut courses = Choices::new("course", "What is done?").error(wrong.field("course"));
    for course in [Course::Refer, Course::Act, Course::Watch, Course::Nothing] {
        courses = courses.option(course.word(), capital(course.title()));
    }
    let review = DateField::new("review", "Looked at again on")
        .hint("Asked for where you keep watching, within 16 weeks: on that day it waits for a decision again.")
        .values(day_typed(fields, "review"))
        .error(wrong.field("review"));
    let rung = Choices::new("rung", "If it goes to an agency")
        .option("yes", "They were rung before, and that call is written down here")
        .hint("Otherwise the call is due at once. Nothing is sent by deciding.")
        .chosen(fields.get("rung"))
        .error(wrong.field("rung"));
    let hint =
        "Asked for unless it goes to an agency: not to refer is a decision. What you weighed, and whom you asked.";
    FormPage {
        parts: [
            Part::Radios(extents),
            Part::Radios(courses.chosen(fields.get("course"))),
            area("reason", "Why", hint, fields, &wrong),
            Part::Date(review),
            Part::Ticks(rung),
        ]
        .into_iter()
        .chain(threshold::parts(case, fields, &wrong))
        .collect(),
        wrong,
        button: "Decide",
        ..form(visit, &case.file.file.reference, "Decide what it is", "decision")
    }
}

pub(crate) async fn level_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::ConcernAnswered).await?;
    level_form(&visit, &reference, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn level(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::ConcernAnswered).await?;
    let mut wrong = Wrong::default();
    let reason = must_say(&fields, "reason", "Write why the level is another.", &mut wrong);
    let severity = fields.get("level").parse().ok().and_then(Severity::new);
    if severity.is_none() {
        wrong.0.push(("level".to_owned(), "Choose a level.".to_owned()));
    }
    let (Some(severity), Some(reason)) = (severity, reason) else {
        return level_form(&visit, &reference, &fields, wrong).into();
    };
    let entry = NewEntry {
        kind: EntryKind::Severity,
        severity: Some(severity),
        moment: None,
        text: reason.clone(),
        reason: Some(reason),
    };
    let made = visit.records.add_entry(&visit.session, file, &entry).await.map(drop);
    let words = "The clocks run by the new level. The old one stays in the record.";
    let again = |wrong| level_form(&visit, &reference, &fields, wrong);
    ended((&visit, &reference), made, ("The level is changed", words), again)
}

fn level_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: Wrong) -> FormPage {
    let levels = levels(Choices::new("level", "Which level is it?"), 1).error(wrong.field("level"));
    FormPage {
        parts: vec![
            Part::Radios(levels.chosen(fields.get("level"))),
            area(
                "reason",
                "Why",
                "A 5 is lowered only by somebody who has read what was reported last.",
                fields,
                &wrong,
            ),
        ],
        wrong,
        button: "Change the level",
        ..form(visit, reference, "Change the level", "level")
    }
}

fn readers(case: &Case, name: &str, legend: &str, chosen: &str, wrong: &Wrong) -> Part {
    let hint = "Those who can read it now. Somebody else is let in first.";
    let mut choices = Choices::new(name, legend).hint(hint).error(wrong.field(name));
    for reader in case.readers.iter().filter(|reader| reader.is_reading) {
        choices = choices.option(reader.person.to_string(), reader.name.clone());
    }
    Part::Radios(choices.chosen(chosen))
}

pub(crate) async fn owner_page(visit: SignedVisit) -> Answered {
    let case = read_to_work(&visit).await?;
    owner_form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn owner(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::ConcernAnswered).await?;
    let made = match id::Person::parse(fields.get("owner")) {
        Ok(owner) => visit.records.assign_concern(&visit.session, file, owner).await,
        Err(_nobody) => Err(Fault::wrong("owner: choose who sees to it.")),
    };
    match made {
        Ok(()) => {
            done(&visit, &reference, "It is theirs", "They are told that something is theirs, without a word of what.")
        }
        Err(fault) if comes_back(&fault) => {
            let case = read_to_work(&visit).await?;
            owner_form(&visit, &case, &fields, bare(&fault)).into()
        }
        Err(fault) => Err(fault),
    }
}

fn owner_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let now = case.standing.owner.map(|owner| owner.to_string()).unwrap_or_default();
    let chosen = if fields.get("owner").is_empty() { now.as_str() } else { fields.get("owner") };
    FormPage {
        parts: vec![readers(case, "owner", "Who sees to it?", chosen, &wrong)],
        wrong,
        button: "Give it to them",
        ..form(visit, &case.file.file.reference, "Say who sees to it", "owner")
    }
}

pub(crate) async fn action_page(visit: SignedVisit) -> Answered {
    let case = read_to_work(&visit).await?;
    action_form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn action(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::ConcernAnswered).await?;
    let mut wrong = Wrong::default();
    let words = must_say(&fields, "words", "Write what is to be done.", &mut wrong);
    let owner = id::Person::parse(fields.get("owner")).ok();
    if owner.is_none() {
        wrong.0.push(("owner".to_owned(), "Choose who does it.".to_owned()));
    }
    let due = match day_of(&fields, "due") {
        Ok(Some(day)) => Some(day),
        Ok(None) => {
            wrong.0.push(("due".to_owned(), "Write until which day.".to_owned()));
            None
        }
        Err(words) => {
            wrong.0.push(("due".to_owned(), words));
            None
        }
    };
    let made = match (words, owner, due) {
        (Some(words), Some(owner), Some(due)) => {
            let new = NewAction { owner, words, due };
            visit.records.add_concern_action(&visit.session, file, &new).await
        }
        _ => Err(Fault::Wrong(Vec::new())),
    };
    match made {
        Ok(_) => {
            done(&visit, &reference, "It is written down", "Whoever it is for is told that something is theirs to do.")
        }
        Err(fault) if comes_back(&fault) => {
            wrong.0.extend(bare(&fault).0);
            let case = read_to_work(&visit).await?;
            action_form(&visit, &case, &fields, wrong).into()
        }
        Err(fault) => Err(fault),
    }
}

fn action_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let due = DateField::new("due", "Until which day?").values(day_typed(fields, "due")).error(wrong.field("due"));
    FormPage {
        parts: vec![
            area("words", "What is to be done", "", fields, &wrong),
            readers(case, "owner", "Who does it?", fields.get("owner"), &wrong),
            Part::Date(due),
        ],
        wrong,
        button: "Write it down",
        ..form(visit, &case.file.file.reference, "Write down what is to be done", "action")
    }
}

/// The parent or carer whom the path names, with what stands against telling them.
fn parent(visit: &SignedVisit, case: &Case) -> Result<(id::Person, String, MayTell), Fault> {
    let adult = id::Person::parse(visit.places.get("adult"))?;
    let family = case.family.as_ref().map(|family| family.adults.as_slice()).unwrap_or_default();
    let told = family.iter().find(|told| told.adult == adult).ok_or(Fault::NotFound)?;
    Ok((adult, told.full_name.clone(), told.telling))
}

pub(crate) async fn parent_page(visit: SignedVisit) -> Answered {
    let case = read_to_work(&visit).await?;
    parent_form(&visit, &case, &Fields::default(), Wrong::default())?.into()
}

pub(crate) async fn decide_parent(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read_to_work(&visit).await?;
    let (adult, ..) = parent(&visit, &case)?;
    let mut wrong = Wrong::default();
    let reason = said(&fields, "reason", &mut wrong);
    let course = Telling::from_word(fields.get("course"));
    if course.is_none() {
        wrong.0.push(("course".to_owned(), "Choose whether they are told.".to_owned()));
    }
    let stands = case.standing.may_be_family_harm;
    if fields.get("harm").is_empty() && !stands {
        wrong.0.push(("harm".to_owned(), "Answer this first: it decides whether the family may be told.".to_owned()));
    }
    let review = day_of(&fields, "review").unwrap_or_else(|words| {
        wrong.0.push(("review".to_owned(), words));
        None
    });
    let (Some(course), true) = (course, wrong.0.is_empty()) else {
        return parent_form(&visit, &case, &fields, wrong)?.into();
    };
    // Anything but a clear no is a yes; where it stands already it is not asked again.
    let may_be_family_harm = !stands && fields.get("harm") != "no";
    let new = NewTelling { adult, course, reason, review, may_be_family_harm };
    match visit.records.decide_parent(&visit.session, case.file.file.file, &new).await {
        Ok(()) => {
            let words = match course {
                Telling::Tell => "Nothing is sent. Tell them in person or by telephone, then write it down here.",
                Telling::Wait | Telling::DoNotTell => "It comes back here on the day that you wrote.",
            };
            done(&visit, &case.file.file.reference, "It is decided", words)
        }
        Err(fault) if comes_back(&fault) => {
            // Read again: that it may be harm in the family may stand from now on.
            let case = read_to_work(&visit).await?;
            parent_form(&visit, &case, &fields, bare(&fault))?.into()
        }
        Err(fault) => Err(fault),
    }
}

fn parent_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> Result<FormPage, Fault> {
    let (adult, name, telling) = parent(visit, case)?;
    let harm = Choices::new("harm", "May it be one of these?")
        .hint(format!(
            "{}. Then nobody of the family is told before an agency has said so, and that is kept on this concern.",
            capital(super::harm::HARMS)
        ))
        .option("no", "No")
        .option("yes", "Yes, or I am not sure")
        .chosen(fields.get("harm"))
        .error(wrong.field("harm"));
    let mut courses = Choices::new("course", "Are they told?").error(wrong.field("course"));
    // What would be refused is not offered.
    let stops = case.standing.may_be_family_harm;
    for course in Telling::ALL.iter().filter(|course| !(stops && **course == Telling::Tell)) {
        courses = courses.option(course.word(), capital(course.title()));
    }
    let today = case.targets.day_of(visit.caller.now);
    let typed = day_typed(fields, "review");
    let is_untouched = fields.get("course").is_empty();
    let review = DateField::new("review", "Looked at again on")
        .hint("Asked for where they are not told, or not yet.")
        .values(if is_untouched { boxed(Some(today.saturating_add(7.days()))) } else { typed })
        .error(wrong.field("review"));
    let warning = match telling {
        MayTell::May => None,
        MayTell::Ask(_) => {
            Some("Ask first: their responsibility, a court order or their place here is not clear. Look at their page.")
        }
        MayTell::Never => Some("They must not be told or contacted."),
    };
    let stands = case.standing.may_be_family_harm;
    let stopped = "It may be harm in the family, as is kept on this concern. Nobody of the family is told before an agency has said so: \
                   choose to wait, or not to tell. Only the safeguarding lead lifts this.";
    let warning: Vec<&str> = warning.into_iter().chain(stands.then_some(stopped)).collect();
    let asked = if stands { Vec::new() } else { vec![Part::Radios(harm)] };
    let reference = &case.file.file.reference;
    Ok(FormPage {
        words: vec![format!("Concern {reference}. {name}.")],
        warning: (!warning.is_empty()).then(|| warning.join(" ")),
        parts: asked
            .into_iter()
            .chain([
                Part::Radios(courses.chosen(fields.get("course"))),
                area("reason", "Why", "Asked for where they are not told, or not yet.", fields, &wrong),
                Part::Date(review),
            ])
            .collect(),
        wrong,
        button: "Decide",
        ..form(visit, reference, "Decide whether a parent or carer is told", &format!("parents/{adult}"))
    })
}
