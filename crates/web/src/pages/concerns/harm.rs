//! That it may be harm in the family: kept on the concern, and lifted by the safeguarding lead alone.

use super::shared::{at, ended, frame, must_say, read_to_work, said};
use crate::{
    fields::Fields,
    kit::Field,
    pages::form::{FormPage, Part, Wrong},
    visit::{Answered, SignedVisit},
};
use holdfast_records::{Fault, access::FileKind, concern::answer::Case};

/// What it is, in words that stand wherever it is asked.
pub(super) const HARMS: &str =
    "abuse in the family, female genital mutilation, forced marriage, honour-based abuse, fabricated illness";

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let case = asked(&visit).await?;
    form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn answer(visit: SignedVisit, fields: Fields) -> Answered {
    let case = asked(&visit).await?;
    let (file, reference) = (case.file.file.file, &case.file.file.reference);
    let again = |wrong| form(&visit, &case, &fields, wrong);
    let mut wrong = Wrong::default();
    if case.standing.may_be_family_harm {
        let Some(reason) = must_say(&fields, "reason", "Write why the family may be told.", &mut wrong) else {
            return again(wrong).into();
        };
        let made = visit.records.lift_family_harm(&visit.session, file, &reason).await;
        let words = "Decide now for each parent or carer whether they are told.";
        return ended((&visit, reference), made, ("It is lifted", words), again);
    }
    let reason = said(&fields, "reason", &mut wrong);
    if !wrong.0.is_empty() {
        return again(wrong).into();
    }
    let made = visit.records.suspect_family_harm(&visit.session, file, reason.as_ref()).await;
    let words = "Nobody of the family is told while it stands. Ring the agency now, if nobody has.";
    ended((&visit, reference), made, ("It is kept on this concern", words), again)
}

/// The concern of a child, to whoever works on it; where it stands, to whoever may lift it.
async fn asked(visit: &SignedVisit) -> Result<Case, Fault> {
    let case = read_to_work(visit).await?;
    let is_theirs = !case.standing.may_be_family_harm || case.may_lift_harm;
    let is_asked = case.file.file.kind == FileKind::Child && case.standing.is_open && is_theirs;
    Some(case).filter(|_| is_asked).ok_or(Fault::NotFound)
}

fn form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let reference = &case.file.file.reference;
    let stands = case.standing.may_be_family_harm;
    let (title, label, hint, button) = if stands {
        (
            "Say that the family may be told",
            "Why the family may be told",
            "What the agency said, who said it and when; or why it is not harm in the family.",
            "Lift it",
        )
    } else {
        ("Say that it may be harm in the family", "What makes you think so", "You need not write anything.", "Keep it")
    };
    let mut words = vec![format!("Concern {reference}.")];
    words.push(if stands {
        "It may be harm in the family: nobody of the family is told before an agency has said so. Lifting it sends nothing.".to_owned()
    } else {
        format!("It may be one of these: {HARMS}. Then nobody of the family is told before an agency has said so.")
    });
    let reason = Field::new("reason", label)
        .hint(hint)
        .value(fields.exact("reason"))
        .error(wrong.field("reason"))
        .autocomplete("off");
    FormPage {
        words,
        parts: vec![Part::Area(reason)],
        wrong,
        button,
        ..FormPage::new(frame(visit), title, format!("{}/family-harm", at(reference)), at(reference))
    }
}
