//! A school's first trust lead: proposed by one, agreed to by another. Whoever holds the duty hears about the chair, so nobody names
//! them alone.

use crate::{
    fields::Fields,
    pages::{
        Frame,
        form::{FormPage, Part, Pick, Search, Wrong, comes_back},
        found,
        people::{announce, frame, may},
        render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::{Act, Capability},
    id,
    people::{Found, Proposal, Seeking},
};

#[derive(Template)]
#[template(path = "duties/trust_lead.html")]
struct TrustLeadPage {
    frame: Frame,
    rows: Vec<Row>,
    may_propose: bool,
}

struct Row {
    person: id::Person,
    name: String,
    until: String,
    may_agree: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let proposals = if visit.me.may(Capability::AgreeToDuty) {
        visit.records.trust_lead_proposals(&visit.session).await?
    } else {
        Vec::new()
    };
    let mut rows = Vec::new();
    for one in proposals {
        let may_agree = one.is_by_another && may(&visit, Act::DutyAgreed, one.person).await?;
        let until = words::moment(one.until, &visit.sources.school.zone);
        rows.push(Row { person: one.person, name: one.full_name, until, may_agree });
    }
    let may_propose = visit.me.may(Capability::AssignDuties);
    Ok(render(StatusCode::OK, &TrustLeadPage { frame: frame(&visit), rows, may_propose }))
}

pub(crate) async fn propose_page(visit: SignedVisit) -> Answered {
    form(&visit, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn propose(visit: SignedVisit, fields: Fields) -> Answered {
    let people = visit.records.find_for(&visit.session, fields.get("search"), Seeking::Duty).await?;
    if fields.get("step") != "propose" {
        return form(&visit, &fields, Some(&people), Wrong::default()).into();
    }
    let Ok(person) = id::Person::parse(fields.get("person")) else {
        return form(&visit, &fields, Some(&people), Wrong::at("person", "Choose who it is.")).into();
    };
    match visit.records.propose_trust_lead(&visit.session, person).await {
        Ok(until) => {
            let until = words::moment(until, &visit.sources.school.zone);
            let words = format!(
                "Everybody to whom concerns come is told. Somebody else agrees by {until}; until then it gives them nothing."
            );
            announce(&visit, "They are proposed", words);
            Ok(found("/duties/trust-lead"))
        }
        Err(fault) if comes_back(&fault) => {
            form(&visit, &fields, Some(&people), Wrong::of(&fault, &[], "person")).into()
        }
        Err(fault) => Err(fault),
    }
}

fn form(visit: &SignedVisit, fields: &Fields, people: Option<&Found>, wrong: Wrong) -> FormPage {
    let mut parts = Vec::new();
    if let Some(people) = people.filter(|people| !people.people.is_empty()) {
        parts.extend([
            Part::Pick(Pick::new("Whom do you propose?", people, fields.get("person"), wrong.field("person"))),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "propose".to_owned()),
        ]);
    }
    FormPage {
        words: vec![
            "The head proposes and the chair of governors agrees within two weeks, or the other way round. Where there is no chair, a \
             safeguarding lead agrees who is not the head’s deputy."
                .to_owned(),
        ],
        search: Some(Search::new("Find the adult by name", fields.get("search"), people)),
        parts,
        wrong,
        button: "Propose them",
        ..FormPage::new(frame(visit), "Propose the first trust lead", "/duties/trust-lead/propose", "/duties/trust-lead")
    }
}

pub(crate) async fn agree_page(visit: SignedVisit) -> Answered {
    let proposal = proposal(&visit).await?;
    agree_form(&visit, &proposal, Wrong::default()).into()
}

pub(crate) async fn agree(visit: SignedVisit, _: Fields) -> Answered {
    let proposal = proposal(&visit).await?;
    match visit.records.agree_trust_lead(&visit.session, proposal.person).await {
        Ok(_) => {
            announce(
                &visit,
                "They are trust lead",
                "Everybody to whom concerns come is told. From now on the trust lead gives the duty.",
            );
            Ok(found("/duties"))
        }
        Err(fault) if comes_back(&fault) => agree_form(&visit, &proposal, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

async fn proposal(visit: &SignedVisit) -> Result<Proposal, Fault> {
    let person = id::Person::parse(visit.places.get("person"))?;
    let proposals = visit.records.trust_lead_proposals(&visit.session).await?;
    proposals.into_iter().find(|one| one.person == person).ok_or(Fault::NotFound)
}

fn agree_form(visit: &SignedVisit, proposal: &Proposal, wrong: Wrong) -> FormPage {
    let action = format!("/duties/trust-lead/{}/agree", proposal.person);
    FormPage {
        words: vec![
            format!("{} is proposed as trust lead.", proposal.full_name),
            "Whoever holds this duty hears concerns about the chair of governors, and about the head where the chair cannot. It holds at \
             once."
                .to_owned(),
        ],
        wrong,
        parts: vec![Part::Kept("step", "agree".to_owned())],
        button: "Agree",
        ..FormPage::new(frame(visit), "Agree to the first trust lead", action, "/duties/trust-lead")
    }
}
