//! The first people: who they are, what they hold, whom they stand in for, whether they sign in, whether they keep a recovery code.

use super::{drafting, drafting_form, framed, people_missing};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Width},
    pages::{Frame, found, render},
    visit::{Answered, DoorVisit},
    words::capital,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Duty,
    people::{DraftPerson, MOST_PEOPLE},
};

/// The place of somebody who is not there yet.
const NEW: &str = "new";
/// The duties that are asked for first, in the order in which a school thinks of them. All others are given afterwards.
const DUTIES: [Duty; 11] = [
    Duty::Head,
    Duty::DesignatedLead,
    Duty::DeputyDesignatedLead,
    Duty::Chair,
    Duty::TrustLead,
    Duty::Technician,
    Duty::OnlineSafetyLead,
    Duty::Office,
    Duty::DataProtection,
    Duty::LeadGovernor,
    Duty::SeniorLeader,
];
/// Those that somebody can stand in for by name.
const COVERED: [Duty; 6] =
    [Duty::Head, Duty::DesignatedLead, Duty::Chair, Duty::TrustLead, Duty::Technician, Duty::Office];
const KINDS: [(&str, &str); 3] =
    [("staff", "Works here"), ("governor", "Governor or trustee"), ("outside", "Somebody else, such as of the trust")];

#[derive(Template)]
#[template(path = "set_up/people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<Row>,
    missing: Vec<String>,
}

/// Somebody as the list and the last check show them.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) duties: String,
    pub(super) stands_in: String,
    pub(super) sign_in: String,
    pub(super) custodian: &'static str,
}

#[derive(Template)]
#[template(path = "set_up/person.html")]
struct PersonPage {
    frame: Frame,
    number: String,
    is_new: bool,
    name: Field,
    kind: Choices,
    duties: Choices,
    deputy_for: Choices,
    sign_in: Field,
    custodian: Choices,
    problems: Vec<Problem>,
}

pub(crate) async fn list(visit: DoorVisit) -> Answered {
    if let Err(elsewhere) = drafting(&visit).await? {
        return Ok(elsewhere);
    }
    let draft = visit.records.set_up_draft()?;
    let missing = people_missing(&draft);
    Ok(render(StatusCode::OK, &PeoplePage { frame: framed(&visit), people: rows(&draft.people), missing }))
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    if let Err(elsewhere) = drafting(&visit).await? {
        return Ok(elsewhere);
    }
    let number = visit.places.get("number");
    let person = if number == NEW {
        DraftPerson::default()
    } else {
        let draft = visit.records.set_up_draft()?;
        draft.people.get(place(number)?).ok_or(Fault::NotFound)?.clone()
    };
    Ok(render(StatusCode::OK, &form(framed(&visit), number, &person, [None, None])))
}

pub(crate) async fn save(visit: DoorVisit, fields: Fields) -> Answered {
    if let Err(elsewhere) = drafting_form(&visit, &fields).await? {
        return Ok(elsewhere);
    }
    let mut draft = visit.records.set_up_draft()?;
    let number = visit.places.get("number");
    let at = if number == NEW { draft.people.len() } else { place(number)? };
    if at > draft.people.len() || number != NEW && at == draft.people.len() {
        return Err(Fault::NotFound);
    }
    let person = person_of(&fields);
    let signs = person.full_name.chars().count();
    let wrong_name = if signs == 0 {
        Some("Enter their name in full.".to_owned())
    } else if signs > 200 {
        Some("Enter at most 200 characters.".to_owned())
    } else if at >= MOST_PEOPLE {
        Some(format!("{MOST_PEOPLE} people are named already. Add the others after setting up."))
    } else {
        None
    };
    let same = |one: &Option<String>| one.as_ref().map(|name| name.to_lowercase());
    let has_same = draft.people.iter().enumerate().any(|(place, other)| {
        place != at && person.sign_in_name.is_some() && same(&other.sign_in_name) == same(&person.sign_in_name)
    });
    let is_long = person.sign_in_name.as_ref().is_some_and(|name| name.chars().count() > 100);
    let wrong_sign_in = if has_same {
        Some("Somebody else has this sign-in name. Choose another.".to_owned())
    } else {
        is_long.then(|| "Enter at most 100 characters.".to_owned())
    };
    if wrong_name.is_some() || wrong_sign_in.is_some() {
        let page = form(framed(&visit).with_errors(), number, &person, [wrong_name, wrong_sign_in]);
        return Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    match draft.people.get_mut(at) {
        Some(there) => *there = person,
        None => draft.people.push(person),
    }
    visit.records.keep_set_up_draft(&draft)?;
    Ok(found("/set-up/people"))
}

pub(crate) async fn remove(visit: DoorVisit, fields: Fields) -> Answered {
    if let Err(elsewhere) = drafting_form(&visit, &fields).await? {
        return Ok(elsewhere);
    }
    let mut draft = visit.records.set_up_draft()?;
    let at = place(visit.places.get("number"))?;
    if at >= draft.people.len() {
        return Err(Fault::NotFound);
    }
    draft.people.remove(at);
    visit.records.keep_set_up_draft(&draft)?;
    Ok(found("/set-up/people"))
}

/// The place in the list that a number of the path names: the first is 1.
fn place(number: &str) -> Result<usize, Fault> {
    number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or(Fault::NotFound)
}

fn person_of(fields: &Fields) -> DraftPerson {
    let duties = |name: &str, known: &[Duty]| -> Vec<String> {
        let chosen: Vec<&str> = fields.all(name).collect();
        known.iter().map(|duty| duty.word()).filter(|word| chosen.contains(word)).map(str::to_owned).collect()
    };
    let kind = fields.get("kind");
    let kind = KINDS.iter().map(|(word, _)| *word).find(|word| *word == kind && *word != "staff");
    let sign_in = fields.get("sign-in-name");
    DraftPerson {
        full_name: fields.get("full-name").to_owned(),
        kind: kind.map(str::to_owned),
        duties: duties("duties", &DUTIES),
        deputy_for: duties("deputy-for", &COVERED),
        sign_in_name: (!sign_in.is_empty()).then(|| sign_in.to_owned()),
        custodian: fields.get("custodian") == "yes",
        ..DraftPerson::default()
    }
}

fn form(
    frame: Frame,
    number: &str,
    person: &DraftPerson,
    [wrong_name, wrong_sign_in]: [Option<String>; 2],
) -> PersonPage {
    let name =
        Field::new("full-name", "Name in full").autocomplete("off").value(person.full_name.clone()).error(wrong_name);
    let mut kind = Choices::new("kind", "What they are to the school");
    for (word, words) in KINDS {
        kind = kind.option(word, words);
    }
    let mut duties = Choices::new("duties", "Duties they hold").hint("One person may hold several.");
    for duty in DUTIES {
        duties = duties.option(duty.word(), capital(duty.title()));
    }
    let mut deputy_for = Choices::new("deputy-for", "Whom they stand in for").hint(
        "They act while everybody who holds that duty is away. A head and a safeguarding lead need somebody who does.",
    );
    for duty in COVERED {
        deputy_for = deputy_for.option(duty.word(), capital(duty.title()));
    }
    let sign_in = Field::new("sign-in-name", "Sign-in name (leave empty if they need not sign in)")
        .kind(Kind::Code)
        .width(Width::Twenty)
        .autocomplete("off")
        .value(person.sign_in_name.clone().unwrap_or_default())
        .error(wrong_sign_in);
    let custodian = Choices::new("custodian", "Recovery code").option_with(
        "yes",
        "They keep a recovery code",
        "At least three people do. Any two of them together open what is sealed, should everybody’s passwords be lost; one alone \
         opens nothing.",
    );
    let problems = [name.problem(), sign_in.problem()].into_iter().flatten().collect();
    let chosen = |choices: Choices, words: &[String]| words.iter().fold(choices, |choices, word| choices.chosen(word));
    PersonPage {
        frame,
        number: number.to_owned(),
        is_new: number == NEW,
        name,
        kind: kind.chosen(person.kind.as_deref().unwrap_or("staff")),
        duties: chosen(duties, &person.duties),
        deputy_for: chosen(deputy_for, &person.deputy_for),
        sign_in,
        custodian: if person.custodian { custodian.chosen("yes") } else { custodian },
        problems,
    }
}

pub(super) fn rows(people: &[DraftPerson]) -> Vec<Row> {
    let titles = |words: &[String]| {
        let titles: Vec<&str> = words.iter().filter_map(|word| Duty::from_word(word)).map(Duty::title).collect();
        if titles.is_empty() { "–".to_owned() } else { capital(&titles.join(", ")) }
    };
    let row = |(place, person): (usize, &DraftPerson)| Row {
        number: place + 1,
        name: person.full_name.clone(),
        duties: titles(&person.duties),
        stands_in: titles(&person.deputy_for),
        sign_in: person.sign_in_name.clone().unwrap_or_else(|| "–".to_owned()),
        custodian: if person.custodian { "Yes" } else { "No" },
    };
    people.iter().enumerate().map(row).collect()
}
