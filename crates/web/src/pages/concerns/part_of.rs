//! Two concerns of one child that are the same matter: one becomes part of the other.

use super::shared::{at, ended, frame, must_say, read_to_work};
use crate::{
    fields::Fields,
    kit::{Choices, Field},
    pages::form::{FormPage, Part, Wrong},
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
    let case = asked(&visit).await?;
    form(&visit, &case, &Fields::default(), Wrong::default()).await?.into()
}

pub(crate) async fn make(visit: SignedVisit, fields: Fields) -> Answered {
    let case = asked(&visit).await?;
    let mut wrong = Wrong::default();
    let whole = fields.get("reference");
    if whole.is_empty() {
        wrong.0.push(("reference".to_owned(), "Choose the concern that it is part of.".to_owned()));
    }
    let why = must_say(&fields, "why", "Write why it is the same matter.", &mut wrong);
    let (Some(why), true) = (why, wrong.0.is_empty()) else {
        return form(&visit, &case, &fields, wrong).await?.into();
    };
    let made = visit.records.make_part_of(&visit.session, case.file.file.file, whole, &why).await;
    let page = form(&visit, &case, &fields, Wrong::default()).await?;
    let told = "It is closed as part of the other, and each shows the other. Opening it again undoes that.";
    ended((&visit, &case.file.file.reference), made, ("It is part of the other", told), |wrong| page.wrong_at(wrong))
}

/// A child’s open concern, to whoever works on it.
async fn asked(visit: &SignedVisit) -> Result<Case, Fault> {
    let is_asked = |case: &Case| case.standing.is_open && case.file.file.kind == FileKind::Child;
    Some(read_to_work(visit).await?).filter(is_asked).ok_or(Fault::NotFound)
}

async fn form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> Result<FormPage, Fault> {
    let listed = &case.file.file;
    let which = Which { person: Some(listed.person), only_open: true, after: None };
    let others = visit.records.list_files(&visit.session, &which).await?.files;
    let is_other = |one: &&Listed| one.file != listed.file && one.kind == FileKind::Child;
    let page = FormPage::new(
        frame(visit),
        "It is the same matter as another",
        format!("{}/part-of", at(&listed.reference)),
        at(&listed.reference),
    );
    let mut told = vec![format!("Concern {}.", listed.reference)];
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
    let why = Field::new("why", "Why it is the same matter").value(fields.exact("why")).error(wrong.field("why"));
    let parts = vec![Part::Radios(choices.chosen(fields.get("reference"))), Part::Area(why.autocomplete("off"))];
    Ok(FormPage {
        words: told,
        parts: if has_others { parts } else { Vec::new() },
        wrong,
        button: "Make it part of the other",
        ..page.begun_by(visit)
    })
}
