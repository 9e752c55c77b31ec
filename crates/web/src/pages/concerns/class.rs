//! What kind of thing a concern is, and whether a crime is suspected: said once somebody has looked into it, and again when more is known.

use super::shared::{area, done_before, ended, form, read_to_work, said};
use crate::{
    fields::Fields,
    kit::{Choices, Row},
    pages::form::{FormPage, Part, Wrong},
    visit::{Answered, SignedVisit},
    words::capital,
};
use holdfast_records::{
    Fault,
    access::FileKind,
    concern::{
        Risk,
        answer::{Case, ClassView, Crime, IncidentType, NewClass},
    },
};
use std::collections::BTreeSet;

/// On none of the kinds of risk.
const NOT_ONLINE: &str = "none";

/// What was said last; of what was moved here, since it is here: before, it was about somebody else.
pub(super) fn last(case: &Case) -> Option<&ClassView> {
    case.classes.iter().rfind(|view| view.at >= case.file.file.opened_at)
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let case = Some(read_to_work(&visit).await?).filter(|case| case.standing.is_open).ok_or(Fault::NotFound)?;
    class_form(&visit, &case, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn write(visit: SignedVisit, fields: Fields) -> Answered {
    let case = read_to_work(&visit).await?;
    let mut wrong = Wrong::default();
    let risks: Vec<Risk> = fields.all("risks").filter_map(Risk::from_word).collect();
    if risks.is_empty() != fields.all("risks").any(|one| one == NOT_ONLINE) {
        let words = "Choose which kinds of online risk it is, or that it is none of them.";
        wrong.0.push(("risks".to_owned(), words.to_owned()));
    }
    let types: Vec<IncidentType> = fields.all("types").filter_map(IncidentType::from_word).collect();
    if types.is_empty() {
        wrong.0.push(("types".to_owned(), "Choose what it is, or “Something else”.".to_owned()));
    }
    let crime = Crime::from_word(fields.get("crime"));
    if crime.is_none() {
        wrong.0.push(("crime".to_owned(), "Choose whether a crime is suspected.".to_owned()));
    }
    let reason = said(&fields, "crime_reason", &mut wrong).filter(|_| crime == Some(Crime::NotSuspected));
    if crime == Some(Crime::NotSuspected) && reason.is_none() && wrong.field("crime_reason").is_none() {
        wrong.0.push(("crime_reason".to_owned(), "Write why no crime is suspected.".to_owned()));
    }
    let (Some(crime), true) = (crime, wrong.0.is_empty()) else {
        return class_form(&visit, &case, &fields, wrong).into();
    };
    let new = NewClass { risks, types, crime, reason };
    let again = |wrong| class_form(&visit, &case, &fields, wrong);
    let at_concern = (&visit, case.file.file.reference.as_str());
    if last(&case).is_some_and(|view| view.by == visit.me.person && is_same(&view.class, &new)) {
        return done_before(at_concern, true, again);
    }
    let made = visit.records.class_concern(&visit.session, case.file.file.file, &new).await;
    ended(at_concern, made, ("It is written down", next_words(crime)), again)
}

/// Whether both say the same, in whatever order it was ticked.
fn is_same(one: &NewClass, other: &NewClass) -> bool {
    let words = |class: &NewClass| -> BTreeSet<&str> {
        class.risks.iter().map(|risk| risk.word()).chain(class.types.iter().map(|one| one.word())).collect()
    };
    words(one) == words(other) && (one.crime, &one.reason) == (other.crime, &other.reason)
}

fn next_words(crime: Crime) -> &'static str {
    match crime {
        Crime::Suspected => {
            "Ring the police (999 if anybody is in danger, else 101) or your education safeguarding service now, and write the call down: \
             until then the call stands here as due."
        }
        Crime::Unclear => {
            "Ask your education safeguarding service or the police (101) now, and write the call down: until then the call stands here as \
             due. Then say here what they advised."
        }
        Crime::NotSuspected => "Whoever learns more says it here again.",
    }
}

fn class_form(visit: &SignedVisit, case: &Case, fields: &Fields, wrong: Wrong) -> FormPage {
    let is_untouched = fields.get("crime").is_empty() && wrong.0.is_empty();
    let before = last(case).map(|view| &view.class).filter(|_| is_untouched);
    let page = form(visit, &case.file.file.reference, "Say what kind of thing it is", "class");
    let mut words = page.words.clone();
    words.push("Somebody in danger: ring 999 first. No call waits for this form.".to_owned());
    let reason = match before.and_then(|class| class.reason.as_ref()) {
        Some(reason) => Part::Area(super::shared::field("crime_reason", WHY, fields, &wrong).value(reason.as_str())),
        None => area("crime_reason", WHY, "", fields, &wrong),
    };
    FormPage {
        words,
        parts: vec![
            // First what may press.
            Part::Radios(crimes(fields, before, &wrong)),
            reason,
            Part::Ticks(types(case, fields, before, &wrong)),
            Part::Ticks(risks(case, fields, before, &wrong)),
        ],
        wrong,
        button: "Write it down",
        ..page
    }
}

const WHY: &str = "If none is suspected, why";

fn types(case: &Case, fields: &Fields, before: Option<&NewClass>, wrong: &Wrong) -> Choices {
    let mut types = Choices::new("types", "What is it?").hint("Choose all that it is.").error(wrong.field("types"));
    for one in IncidentType::ALL {
        // What an adult who works here did is kept in the adult’s part, and of a child’s it is nothing.
        if *one != IncidentType::StaffConduct || case.file.file.kind == FileKind::StaffConcern {
            types = types.option(one.word(), capital(one.title()));
        }
    }
    let chosen = before.map(|class| class.types.as_slice()).unwrap_or_default();
    let chosen = fields.all("types").chain(chosen.iter().map(|one| one.word()));
    chosen.fold(types, Choices::chosen)
}

/// As it was ticked when it was raised, until somebody has looked into it.
fn risks(case: &Case, fields: &Fields, before: Option<&NewClass>, wrong: &Wrong) -> Choices {
    let mut risks = Choices::new("risks", "Which kinds of online risk is it?").error(wrong.field("risks"));
    for risk in Risk::ALL {
        risks = risks.option(risk.word(), capital(risk.title()));
    }
    risks = risks.option(NOT_ONLINE, "None of these: nothing of it was online");
    let is_first = last(case).is_none() && fields.get("crime").is_empty() && wrong.0.is_empty();
    let reported = case.reports.iter().filter(|_| is_first).flat_map(|report| report.risks.iter());
    let chosen = before.map(|class| class.risks.iter()).into_iter().flatten().chain(reported);
    risks = chosen.fold(risks, |risks, risk| risks.chosen(risk.word()));
    if before.is_some_and(|class| class.risks.is_empty()) {
        risks = risks.chosen(NOT_ONLINE);
    }
    fields.all("risks").fold(risks, Choices::chosen)
}

fn crimes(fields: &Fields, before: Option<&NewClass>, wrong: &Wrong) -> Choices {
    let mut crimes = Choices::new("crime", "Is a crime suspected?")
        .hint("Where you cannot tell, the police or your education safeguarding service advise you.")
        .error(wrong.field("crime"));
    for crime in Crime::ALL {
        crimes = crimes.option(crime.word(), capital(crime.title()));
    }
    crimes.chosen(before.map_or(fields.get("crime"), |class| class.crime.word()))
}

/// What was said, in words.
pub(super) fn told(class: &NewClass) -> Vec<String> {
    let types: Vec<&str> = class.types.iter().map(|one| one.title()).collect();
    let risks: Vec<&str> = class.risks.iter().map(|risk| risk.title()).collect();
    let mut told = vec![
        format!("{}.", capital(&types.join("; "))),
        if risks.is_empty() { "No online risk.".to_owned() } else { format!("Online risk: {}.", risks.join("; ")) },
        format!("Crime: {}.", class.crime.title()),
    ];
    told.extend(class.reason.as_ref().map(|reason| format!("Why: {}", reason.as_str())));
    told
}

/// What stands in the summary of a concern: what it is, and whether a crime is suspected.
pub(super) fn rows(case: &Case) -> Vec<Row> {
    let Some(view) = last(case) else { return Vec::new() };
    let types: Vec<&str> = view.class.types.iter().map(|one| one.title()).collect();
    vec![
        Row::new("What it is", capital(&types.join("; "))),
        Row::new("Crime suspected", capital(view.class.crime.title())),
    ]
}
