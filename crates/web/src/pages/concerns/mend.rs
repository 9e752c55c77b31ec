//! A concern put right: another child, an adult who works here, another concern that belongs to it, who can read it.

use super::shared::{area, bare, done, ended, finds_children, form, must_say, named, said};
use crate::{
    fields::Fields,
    kit::Field,
    pages::{
        announce,
        form::{FormPage, Part, Pick, Search, Wrong, comes_back},
        found,
        people::adults,
    },
    visit::{Answered, SignedVisit},
};
use holdfast_records::{
    Fault,
    access::Act,
    file::{Words, Wrong as WrongChild},
    id,
    people::{Found, Kind, Seeking},
};

/// A form in which somebody is looked for and chosen.
struct Choosing<'a> {
    title: &'static str,
    what: &'static str,
    words: &'a [&'a str],
    search: &'static str,
    legend: &'static str,
    why: &'static str,
    button: &'static str,
    is_grave: bool,
}

const WRONG_CHILD: Choosing<'_> = Choosing {
    title: "It is about another child",
    what: "wrong-child",
    words: &[
        "Everything in it goes to the right child, sealed anew for those who may read that. On the first child a mark stays that says \
         nothing. Whoever had read it is listed, to be told, and the data-protection officer is asked.",
        "Calls and what is to be done go along. What was decided does not count any more: it was decided about another child.",
    ],
    search: "Find the right child by name",
    legend: "Who is it about?",
    why: "How it came about",
    button: "Move it",
    is_grave: true,
};
const ADULT: Choosing<'_> = Choosing {
    title: "It is about an adult who works here",
    what: "about-an-adult",
    words: &[
        "It is divided at once. The child’s part begins anew with the adult’s names masked. The adult’s part goes to the head, or to who \
         stands in; whoever could read it before reads it no more, and the adult never does.",
        "Do not ask the adult about it before the designated officer (LADO) or the police have advised. You need not wait for anybody to \
         ring them.",
    ],
    search: "Find the adult by name",
    legend: "Which adult is it about?",
    why: "What says so",
    button: "Divide it",
    is_grave: true,
};
const LET_IN: Choosing<'_> = Choosing {
    title: "Let somebody in",
    what: "let-in",
    words: &["They can read everything in it from now on. Nobody whom it concerns can be let in."],
    search: "Find an adult by name",
    legend: "Who is let in?",
    why: "What they need it for",
    button: "Let them in",
    is_grave: false,
};

/// Whom a search finds. A chair and a trust lead read no directory: they find the adults to whom they could give a duty, and no child.
async fn looked_for(visit: &SignedVisit, choosing: &Choosing<'_>, search: &str) -> Result<Option<Found>, Fault> {
    if search.is_empty() {
        return Ok(None);
    }
    Ok(Some(match (choosing.what == WRONG_CHILD.what, finds_children(visit)) {
        (true, _) => visit.records.find_people(&visit.session, search, Some(Kind::Pupil)).await?,
        (false, true) => adults(visit, search).await?,
        (false, false) => visit.records.find_for(&visit.session, search, Seeking::Duty).await?,
    }))
}

/// The concern that the path names, to whoever may move it to another child and finds children by name.
async fn named_to_move(visit: &SignedVisit) -> Result<(id::File, String), Fault> {
    let found = named(visit, Act::WrongChildMended).await?;
    if finds_children(visit) { Ok(found) } else { Err(Fault::NotFound) }
}

async fn choose(
    visit: &SignedVisit,
    reference: &str,
    choosing: &Choosing<'_>,
    fields: &Fields,
    wrong: Wrong,
) -> Answered {
    let typed = fields.get("search");
    let people = looked_for(visit, choosing, typed).await?;
    let page = form(visit, reference, choosing.title, choosing.what);
    let mut words = page.words.clone();
    words.extend(choosing.words.iter().map(|&words| words.to_owned()));
    let mut parts = Vec::new();
    let found = people.as_ref().filter(|people| !people.people.is_empty());
    if let Some(people) = found {
        parts.push(Part::Pick(Pick::new(choosing.legend, people, fields.get("person"), wrong.field("person"))));
    }
    // What was typed stays, also where the next search finds nobody.
    if found.is_some() || !fields.get("why").is_empty() {
        parts.push(area("why", choosing.why, "", fields, &wrong));
        parts.push(Part::Kept("step", "do".to_owned()));
    }
    FormPage {
        words,
        search: Some(Search { is_within: true, ..Search::new(choosing.search, typed, people.as_ref()) }),
        parts,
        wrong,
        button: choosing.button,
        is_grave: choosing.is_grave,
        ..page
    }
    .into()
}

/// Whom the form chose, and why; or what is missing.
fn chosen(fields: &Fields) -> Result<Option<(id::Person, Words)>, Wrong> {
    if fields.get("step") != "do" || !fields.get("find").is_empty() {
        return Ok(None);
    }
    let mut wrong = Wrong::default();
    let why = must_say(fields, "why", "Write why.", &mut wrong);
    let person = id::Person::parse(fields.get("person")).ok();
    if person.is_none() {
        wrong.0.push(("person".to_owned(), "Choose one of them.".to_owned()));
    }
    match (person, why) {
        (Some(person), Some(why)) => Ok(Some((person, why))),
        _ => Err(wrong),
    }
}

pub(crate) async fn wrong_child_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named_to_move(&visit).await?;
    choose(&visit, &reference, &WRONG_CHILD, &Fields::default(), Wrong::default()).await
}

pub(crate) async fn wrong_child(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named_to_move(&visit).await?;
    let (right, why) = match chosen(&fields) {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return choose(&visit, &reference, &WRONG_CHILD, &fields, Wrong::default()).await,
        Err(wrong) => return choose(&visit, &reference, &WRONG_CHILD, &fields, wrong).await,
    };
    match visit.records.mend_wrong_child_here(&visit.session, WrongChild::File(file), right, &why).await {
        Ok(mended) => {
            let words = format!(
                "{} had read it and stand on the list of those to be told; {} copies are to be got back. The data-protection officer is \
                 asked. Next: decide anew what it is.",
                mended.readers.len(),
                mended.copies
            );
            announce(&visit, "It is with the right child", words);
            Ok(found("/concerns"))
        }
        Err(fault) if comes_back(&fault) => choose(&visit, &reference, &WRONG_CHILD, &fields, bare(&fault)).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn adult_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::ConcernRerouted).await?;
    choose(&visit, &reference, &ADULT, &Fields::default(), Wrong::default()).await
}

pub(crate) async fn adult(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::ConcernRerouted).await?;
    let (adult, why) = match chosen(&fields) {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return choose(&visit, &reference, &ADULT, &fields, Wrong::default()).await,
        Err(wrong) => return choose(&visit, &reference, &ADULT, &fields, wrong).await,
    };
    match visit.records.reroute_to_adult(&visit.session, file, adult, &why).await {
        Ok(_) => {
            let words = "The child’s part is with the safeguarding leads who may still read it, without the adult’s names. The adult’s part \
                is with the head or who stands in, and they are told. Ring the designated officer (LADO) if you have not.";
            announce(&visit, "It is divided", words);
            Ok(found("/concerns"))
        }
        Err(fault) if comes_back(&fault) => choose(&visit, &reference, &ADULT, &fields, bare(&fault)).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn let_in_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::HolderAdmitted).await?;
    choose(&visit, &reference, &LET_IN, &Fields::default(), Wrong::default()).await
}

pub(crate) async fn let_in(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::HolderAdmitted).await?;
    let (person, why) = match chosen(&fields) {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return choose(&visit, &reference, &LET_IN, &fields, Wrong::default()).await,
        Err(wrong) => return choose(&visit, &reference, &LET_IN, &fields, wrong).await,
    };
    match visit.records.admit_to_file(&visit.session, file, person, &why).await {
        Ok(()) => done(
            &visit,
            &reference,
            "They are let in",
            "They stand among those who can read it. Tell them yourself: they find it on Today and under their concerns.",
        ),
        Err(fault) if comes_back(&fault) => choose(&visit, &reference, &LET_IN, &fields, bare(&fault)).await,
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn link_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::ConcernAnswered).await?;
    link_form(&visit, &reference, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn link(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::ConcernAnswered).await?;
    let mut wrong = Wrong::default();
    let why = said(&fields, "why", &mut wrong);
    let other = fields.get("reference").to_uppercase();
    if other.is_empty() {
        wrong.0.push(("reference".to_owned(), "Write the reference of the other concern.".to_owned()));
    }
    if !wrong.0.is_empty() {
        return link_form(&visit, &reference, &fields, wrong).into();
    }
    let made = visit.records.link_concerns(&visit.session, file, &other, why.as_ref()).await;
    let words = "Each shows the other, to whoever may know both. From a child’s nothing leads to an adult’s.";
    let again = |wrong| link_form(&visit, &reference, &fields, wrong);
    ended((&visit, &reference), made, ("They belong together", words), again)
}

fn link_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: Wrong) -> FormPage {
    let other = Field::new("reference", "Reference of the other concern")
        .hint("Such as 7KQ2M-WH4XA.")
        .value(fields.get("reference"))
        .error(wrong.field("reference"))
        .autocomplete("off");
    FormPage {
        parts: vec![Part::Input(other), area("why", "Why", "May stay empty.", fields, &wrong)],
        wrong,
        button: "They belong together",
        ..form(visit, reference, "Another concern belongs to it", "link")
    }
}

pub(crate) async fn aside_page(visit: SignedVisit) -> Answered {
    let (_, reference) = named(&visit, Act::HolderRemoved).await?;
    aside_form(&visit, &reference, &Fields::default(), Wrong::default()).into()
}

pub(crate) async fn aside(visit: SignedVisit, fields: Fields) -> Answered {
    let (file, reference) = named(&visit, Act::HolderRemoved).await?;
    let mut wrong = Wrong::default();
    let Some(why) = must_say(&fields, "why", "Write why: a word is enough.", &mut wrong) else {
        return aside_form(&visit, &reference, &fields, wrong).into();
    };
    match visit.records.step_aside(&visit.session, file, &why).await {
        Ok(()) => {
            announce(
                &visit,
                "It is no longer yours",
                "Whoever stands in for you can read it, and they are told that somebody was taken out. You see it no more.",
            );
            Ok(found("/concerns"))
        }
        Err(fault) if comes_back(&fault) => aside_form(&visit, &reference, &fields, bare(&fault)).into(),
        Err(fault) => Err(fault),
    }
}

fn aside_form(visit: &SignedVisit, reference: &str, fields: &Fields, wrong: Wrong) -> FormPage {
    let page = form(visit, reference, "I am too close to this", "step-aside");
    let mut words = page.words.clone();
    words.push(
        "You lose it at once, and whoever stands in for you gets it. Only they can let you in again. Stating it yourself is the right \
         thing to do."
            .to_owned(),
    );
    FormPage {
        words,
        parts: vec![area("why", "Why", "Only those who can read the concern see it.", fields, &wrong)],
        wrong,
        button: "Step aside",
        is_grave: true,
        ..page
    }
}
