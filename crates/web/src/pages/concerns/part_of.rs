//! Two concerns of one child that are the same matter: one becomes part of the other.

use super::shared::{area, bare, done, form, must_say, read_to_work};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::form::{FormPage, Part, Wrong, comes_back},
    visit::{Answered, SignedVisit},
    words,
};
use holdfast_records::{
    Fault,
    access::FileKind,
    concern::answer::Case,
    file::{Listed, Which},
};

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let case = Some(of_child(&visit).await?).filter(|case| case.standing.is_open).ok_or(Fault::NotFound)?;
    part_form(&visit, &case, &Fields::default(), Wrong::default()).await?.into()
}

pub(crate) async fn make(visit: SignedVisit, fields: Fields) -> Answered {
    let case = of_child(&visit).await?;
    let mut wrong = Wrong::default();
    let whole = fields.get("reference");
    if whole.is_empty() {
        wrong.0.push(("reference".to_owned(), "Choose the concern that it is part of.".to_owned()));
    }
    let why = must_say(&fields, "why", "Write why it is the same matter.", &mut wrong);
    let (Some(why), true) = (why, wrong.0.is_empty()) else {
        return part_form(&visit, &case, &fields, wrong).await?.into();
    };
    let told = "It is closed as part of the other, and each shows the other. Opening it again undoes that.";
    let wrong = match visit.records.make_part_of(&visit.session, case.file.file.file, whole, &why).await {
        Ok(()) => return done(&visit, &case.file.file.reference, "It is part of the other", told),
        // The other is not there for them: which, the form says, with what was typed.
        Err(Fault::NotFound) => Wrong::at("reference", "There is no concern with this reference that you may know."),
        Err(fault) if comes_back(&fault) => bare(&fault),
        Err(fault) => return Err(fault),
    };
    // Somebody may have been quicker, or pressed twice.
    let now = of_child(&visit).await?;
    if now.part_of.as_deref() == Some(whole) {
        return done(&visit, &now.file.file.reference, "It is part of the other already", told);
    }
    part_form(&visit, &now, &fields, wrong).await?.into()
}

/// A child’s concern, to whoever works on it.
async fn of_child(visit: &SignedVisit) -> Result<Case, Fault> {
    Some(read_to_work(visit).await?).filter(|case| case.file.file.kind == FileKind::Child).ok_or(Fault::NotFound)
}

async fn part_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> Result<FormPage, Fault> {
    let listed = &case.file.file;
    let which = Which { person: Some(listed.person), only_open: true, after: None };
    let others = visit.records.list_files(&visit.session, &which).await?.files;
    let is_other = |one: &&Listed| one.file != listed.file && one.kind == FileKind::Child;
    let page = form(visit, &listed.reference, "It is the same matter as another", "part-of");
    let mut told = page.words.clone();
    let mut choices =
        Choices::new("reference", "Of which open concern of this child is it part?").error(wrong.field("reference"));
    for other in others.iter().filter(is_other) {
        let opened = format!("Opened {}", words::day(other.opened_at, &visit.sources.school.zone));
        choices = choices.option_with(other.reference.clone(), other.reference.clone(), opened);
    }
    let has_others = !choices.options.is_empty();
    told.push(if has_others {
        "This one is closed as part of the other. Both keep their words, and what is reported to this one later opens it again. Read \
         both first."
            .to_owned()
    } else {
        "There is no other open concern of this child that you may know.".to_owned()
    });
    let why = area("why", "Why it is the same matter", "", fields, &wrong);
    let mut parts = Vec::new();
    if has_others {
        parts.push(Part::Radios(choices.chosen(fields.get("reference"))));
    }
    // What was typed stays, also where there is nothing left to choose.
    if has_others || !fields.get("why").is_empty() {
        parts.push(why);
    }
    Ok(FormPage { words: told, parts, wrong, button: "Make it part of the other", ..page })
}
