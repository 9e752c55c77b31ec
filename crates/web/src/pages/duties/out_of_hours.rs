//! Who is told of immediate danger outside watched hours: only who agreed in writing (practice 27).

use super::HEAR;
use crate::{
    fields::Fields,
    kit::{Choices, DateField},
    pages::{
        Frame,
        form::{FormPage, Part, Wrong, comes_back, day_of, day_typed, written_day},
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
    concern::climb::WhenRead,
    id,
};

const PATH: &str = "/duties/out-of-hours";

#[derive(Template)]
#[template(path = "duties/out_of_hours.html")]
struct OutOfHoursPage {
    frame: Frame,
    /// Whether somebody watches now, and when next.
    now: String,
    rows: Vec<Row>,
    may_agree: bool,
}

struct Row {
    person: id::Person,
    name: String,
    agreed: String,
    is_own: bool,
    may_end: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let mut rows = Vec::new();
    for one in visit.records.out_of_hours(&visit.session).await? {
        rows.push(Row {
            person: one.person,
            name: one.full_name,
            agreed: written_day(one.agreed_on),
            is_own: one.person == visit.me.person,
            may_end: may(&visit, Act::OutOfHoursEnded, one.person).await?,
        });
    }
    let when = visit.records.when_will_it_be_read(visit.session.school).await?;
    let page = OutOfHoursPage {
        frame: frame(&visit),
        now: now(&visit, when),
        rows,
        may_agree: visit.me.may(Capability::AssignDuties),
    };
    Ok(render(StatusCode::OK, &page))
}

fn now(visit: &SignedVisit, when: WhenRead) -> String {
    match when {
        WhenRead::Now => "Now is within watched hours.".to_owned(),
        WhenRead::At(opening) => {
            let opening = words::when(opening, visit.caller.now, &visit.sources.school.zone);
            format!("Now nobody watches. What is raised now is read first {opening}.")
        }
        WhenRead::NotKnown => {
            "The school’s calendar does not say when somebody watches. Until it does, everybody is told at once, also \
             at night."
                .to_owned()
        }
    }
}

pub(crate) async fn agree_page(visit: SignedVisit) -> Answered {
    form(&visit, &Fields::default(), Wrong::default()).await
}

pub(crate) async fn agree(visit: SignedVisit, fields: Fields) -> Answered {
    let Ok(person) = id::Person::parse(fields.get("person")) else {
        return form(&visit, &fields, Wrong::at("person", "Choose who agreed.")).await;
    };
    let agreed_on = match day_of(&fields, "agreed") {
        Ok(Some(day)) => day,
        Ok(None) => return form(&visit, &fields, Wrong::at("agreed", "Write the day of the agreement.")).await,
        Err(words) => return form(&visit, &fields, Wrong::at("agreed", words)).await,
    };
    match visit.records.agree_out_of_hours(&visit.session, person, agreed_on).await {
        Ok(()) => {
            announce(
                &visit,
                "It is recorded",
                "They are told of immediate danger outside watched hours from now on, and can end that at any time.",
            );
            Ok(found(PATH))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &fields, Wrong::of(&fault, &[], "person")).await,
        Err(fault) => Err(fault),
    }
}

async fn form(visit: &SignedVisit, fields: &Fields, wrong: Wrong) -> Answered {
    let agreed = visit.records.out_of_hours(&visit.session).await?;
    let held = visit.records.duties(&visit.session).await?;
    let mut who = Choices::new("person", "Who agreed?").chosen(fields.get("person")).error(wrong.field("person"));
    let mut shown = vec![visit.me.person];
    for one in held.iter().filter(|one| HEAR.contains(&one.duty)) {
        if !shown.contains(&one.person) && !agreed.iter().any(|agreed| agreed.person == one.person) {
            shown.push(one.person);
            who = who.option(one.person.to_string(), one.full_name.clone());
        }
    }
    let day = DateField::new("agreed", "Which day stands under the agreement?")
        .hint("For example, 3 11 2026.")
        .values(day_typed(fields, "agreed"))
        .error(wrong.field("agreed"));
    let parts = if shown.len() > 1 {
        vec![Part::Radios(who), Part::Date(day)]
    } else {
        vec![Part::Words("Everybody else to whom concerns come has agreed already.".to_owned())]
    };
    FormPage {
        words: vec![
            "They agreed in writing to be told at night, at weekends and in the holidays, on the school’s own device and not on their \
             own telephone unless they wish it. The paper itself stays with the school."
                .to_owned(),
            "Nobody records it for themselves. Whoever agreed can end it at any time.".to_owned(),
        ],
        wrong,
        parts,
        button: "Record it",
        ..FormPage::new(frame(visit), "Record who agreed to be told outside watched hours", format!("{PATH}/agree"), PATH)
    }
    .into()
}

pub(crate) async fn end(visit: SignedVisit, fields: Fields) -> Answered {
    let person = id::Person::parse(fields.get("person")).map_err(|_no_id| Fault::NotFound)?;
    visit.records.end_out_of_hours(&visit.session, person).await?;
    let words = if person == visit.me.person {
        "You are not told outside watched hours any more."
    } else {
        "They are not told outside watched hours any more."
    };
    announce(&visit, "It is ended", words);
    Ok(found(PATH))
}
