//! Proposals to erase that wait for a second person (docs/files.md).

use super::{Link, concern, frame, name, record};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::{
        Frame, announce,
        form::{FormPage, Part, Wrong, comes_back},
        found, plain, render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    file::{
        Called,
        erase::{Proposal, Target},
    },
    id,
};

pub(super) const HERE: &str = "/erasures";

#[derive(Template)]
#[template(path = "kept/erasures.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
    not_shown: u64,
}

struct Row {
    id: String,
    what: String,
    rule: String,
    by: String,
    link: Option<Link>,
    /// Whether whoever asks proposed it: they take it back, and another agrees.
    is_own: bool,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let (proposals, called) = visit.records.list_erasures_called(&visit.session).await?;
    let rows = proposals.waiting.iter().map(|one| row(&visit, &called, one)).collect();
    Ok(render(StatusCode::OK, &ListPage { frame: frame(&visit), rows, not_shown: proposals.not_shown }))
}

fn row(visit: &SignedVisit, called: &Called, one: &Proposal) -> Row {
    let (link, reference) = match one.file {
        Some(file) => concern(visit, called, file),
        None => (record(visit, one.person, "Whose record it is"), String::new()),
    };
    let what = match one.target {
        Target::File(_) => "A whole concern",
        Target::Entry(_) => "One entry of a concern, with what amends it",
        Target::Person(_) => "What is kept about somebody who left",
    };
    let when = words::when(one.proposed_at, visit.caller.now, &visit.sources.school.zone);
    Row {
        id: one.id.to_string(),
        what: if reference.is_empty() { what.to_owned() } else { format!("{what} ({reference})") },
        rule: words::capital(one.rule.title()),
        by: format!("{}, {when}", name(called, one.proposed_by)),
        link,
        is_own: one.proposed_by == visit.me.person,
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let (proposal, called) = named(&visit).await?;
    form(&visit, &called, &proposal, Wrong::default()).into()
}

/// Leads to what waits, and says that this does not: what cannot be taken back is not answered with a page that is not there, as by a second
/// press. In the same words whichever it was.
#[expect(clippy::unnecessary_wraps, reason = "it ends a handler, and that answers with an `Answered`")]
fn waits_no_more(visit: &SignedVisit) -> Answered {
    let words = "It was erased or taken back before, by you or by somebody else, or it is not yours to decide. What still waits stands here.";
    announce(visit, "It does not wait for you", words);
    Ok(found(HERE))
}

pub(crate) async fn agree(visit: SignedVisit, fields: Fields) -> Answered {
    let (proposal, called) = match named(&visit).await {
        Err(Fault::NotFound) => return waits_no_more(&visit),
        named => named?,
    };
    if fields.get("looked") != "yes" {
        let wrong =
            Wrong::at("looked", "Look at what is erased first, as far as you can see it, and say that you did.");
        return form(&visit, &called, &proposal, wrong).into();
    }
    match visit.records.agree_erasure_here(&visit.session, proposal.id).await {
        Err(Fault::NotFound) => waits_no_more(&visit),
        Ok(_) => {
            let words = "It is erased. A mark without content stays, and a backup that is restored is cleaned by it. Copies that were \
                         made are under “To do about files”.";
            announce(&visit, "Erased", words);
            Ok(found(HERE))
        }
        Err(fault) if comes_back(&fault) => form(&visit, &called, &proposal, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn withdraw(visit: SignedVisit, _: Fields) -> Answered {
    let proposal = id::Row::parse(visit.places.get("proposal"))?;
    match visit.records.withdraw_erasure(&visit.session, proposal).await {
        Err(Fault::NotFound) => return waits_no_more(&visit),
        Ok(()) => announce(&visit, "Taken back", "Nothing was erased. Whoever finds it right may propose it again."),
        Err(fault) if comes_back(&fault) => announce(&visit, "Nothing was done", plain(&fault)),
        Err(fault) => return Err(fault),
    }
    Ok(found(HERE))
}

/// What the path names, if it waits and another person proposed it.
async fn named(visit: &SignedVisit) -> Result<(Proposal, Called), Fault> {
    let proposal = id::Row::parse(visit.places.get("proposal"))?;
    let (proposals, called) = visit.records.list_erasures_called(&visit.session).await?;
    let found = proposals.waiting.into_iter().find(|one| one.id == proposal && one.proposed_by != visit.me.person);
    Ok((found.ok_or(Fault::NotFound)?, called))
}

fn form(visit: &SignedVisit, called: &Called, proposal: &Proposal, wrong: Wrong) -> FormPage {
    let row = row(visit, called, proposal);
    // Whoever may not open it is not asked to say that they did.
    let said = match &row.link {
        Some(_) => "I looked at what is erased, and agree that it goes",
        None => "I looked at the rule and at what it reaches, and agree that it goes",
    };
    let looked = Choices::new("looked", "Before it goes").option("yes", said).error(wrong.field("looked"));
    FormPage {
        words: vec![
            row.link.map_or_else(|| format!("{}.", row.what), |(_, words)| format!("{}: {words}.", row.what)),
            format!("Why: {}. Proposed by {}.", proposal.rule.title(), row.by),
            format!("What it reaches, table by table, in rows: {}.", proposal.extent.replace('_', " ")),
        ],
        warning: Some("What is erased cannot be brought back, also not from a backup.".to_owned()),
        wrong,
        parts: vec![Part::Ticks(looked)],
        button: "Agree, and erase it",
        is_grave: true,
        ..FormPage::new(frame(visit), "Agree to erase", format!("{HERE}/{}", proposal.id), HERE)
    }
}
