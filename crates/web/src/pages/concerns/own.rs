//! One's own concerns: how far each came, “I have heard more”, whom one told in person, and what is half written.

use super::{Ring, adults_only, numbers, raise::told, shared::places};
use crate::{
    fields::Fields,
    kit::{Area, Choices, Field, Kind as Typing, Problem, Tag, Tone, Width},
    pages::{
        Frame, Here, announce,
        form::{FormPage, Wrong},
        found, plain, render, status,
    },
    visit::{Answered, SignedVisit},
    words::{self, when},
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::FileKind,
    concern::{Added, More, Own, Said, Stage, Urgency, answer::Yours},
    file::Words,
    id,
};
use jiff::civil::Date;

#[derive(Template)]
#[template(path = "concerns/mine.html")]
struct MinePage {
    frame: Frame,
    places: Vec<Area>,
    /// What is theirs in concerns that they can read.
    yours: Vec<YoursRow>,
    concerns: Vec<Row>,
    drafts: Vec<DraftRow>,
    can_keep: bool,
    /// Whether there is one that nobody has answered in the time that everybody had.
    must_ring: bool,
    numbers: Vec<Ring>,
}

/// A concern that they can read, and what is theirs in it.
struct YoursRow {
    href: String,
    reference: String,
    what: String,
    due: String,
    is_late: bool,
}

/// One of one's own concerns.
struct Row {
    key: String,
    title: String,
    raised: String,
    added: Option<String>,
    tag: Tag,
    stage: &'static str,
    told: Option<String>,
    has_form: bool,
    /// Whether it waits to be placed: more is raised anew.
    is_unlisted: bool,
}

struct DraftRow {
    id: String,
    begun: String,
    changed: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let own = visit.records.own_concerns(&visit.session).await?;
    let drafts = visit.records.drafts(&visit.session).await?;
    let yours = visit.records.own_work(&visit.session).await?;
    let today = now.to_zoned(zone.clone()).date();
    let page = MinePage {
        yours: yours.iter().map(|one| yours_row(one, today)).collect(),
        frame: Frame::signed(&visit, Here::Concerns),
        places: places(&visit, "/concerns/mine"),
        concerns: own.iter().map(|own| row(&visit, own)).collect(),
        drafts: drafts
            .iter()
            .map(|draft| DraftRow {
                id: draft.id.to_string(),
                begun: when(draft.begun_at, now, zone),
                changed: when(draft.changed_at, now, zone),
            })
            .collect(),
        can_keep: visit.session.unlocked.is_some(),
        must_ring: own.iter().any(|own| own.must_ring),
        numbers: numbers(&visit).await?,
    };
    Ok(render(StatusCode::OK, &page))
}

fn yours_row(one: &Yours, today: Date) -> YoursRow {
    let mut what = Vec::new();
    what.extend(one.sees_to.then(|| "You see to it".to_owned()));
    match one.actions {
        0 => {}
        1 => what.push("Something is yours to do".to_owned()),
        count => what.push(format!("{count} things are yours to do")),
    }
    if what.is_empty() {
        what.push("You were let into it".to_owned());
    }
    let due = one.due.map(|day| super::shared::day_words(day, today)).unwrap_or_default();
    YoursRow {
        href: super::shared::at(&one.reference),
        reference: one.reference.clone(),
        what: what.join(". "),
        due: if one.is_late { format!("{due}: late") } else { due },
        is_late: one.is_late,
    }
}

fn row(visit: &SignedVisit, own: &Own) -> Row {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let (tag, stage) = match own.stage {
        _ if own.must_ring => (
            Tag::new("Nobody has answered", Tone::Bad),
            "It is kept, and everybody who should answer was asked. Do not wait for them: ring now, and say that nobody has answered.",
        ),
        Stage::Received => (
            Tag::new("Received", Tone::Plain),
            "It is kept, and whoever answers for it is told. Nobody has said yet that they have it.",
        ),
        Stage::Read => (Tag::new("Read", Tone::Under), "Somebody who answers for it has read it."),
        Stage::ActedOn => (
            Tag::new("Acted on", Tone::Good),
            "It was decided what is done. What that is, only those know who work on it.",
        ),
    };
    Row {
        key: own.key.clone(),
        title: if own.references.is_empty() { "Without a form".to_owned() } else { own.references.join(" and ") },
        raised: when(own.raised_at, now, zone),
        added: own.added_at.map(|at| when(at, now, zone)),
        tag,
        stage,
        told: own.told_at.map(|at| when(at, now, zone)),
        has_form: !own.references.is_empty() && !own.is_unlisted,
        is_unlisted: own.is_unlisted,
    }
}

#[derive(Template)]
#[template(path = "concerns/more.html")]
struct MorePage {
    frame: Frame,
    title: String,
    action: String,
    by: String,
    /// The number of this form: the same words sent twice with it are added once.
    form: String,
    problems: Vec<Problem>,
    seen: Field,
    words: Field,
    opinion: Field,
    urgency: Choices,
    numbers: Vec<Ring>,
}

pub(crate) async fn more_page(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    more(&visit, &Fields::default(), None).await
}

pub(crate) async fn add_more(visit: SignedVisit, fields: Fields) -> Answered {
    adults_only(&visit)?;
    if fields.get("by") != visit.me.person.to_string() {
        return Err(Fault::NotFound);
    }
    let key = visit.places.get("concern").to_owned();
    let urgency = pressing(&fields);
    let read = said(&fields).and_then(|said| Ok(More { form: number(&visit, &fields)?, said, moment: None, urgency }));
    let new = match read {
        Ok(new) => new,
        Err(fault) => return more(&visit, &fields, Some(&fault)).await,
    };
    match visit.records.hear_more(&visit.session, &key, &new).await {
        Ok(added) => {
            let title = match added {
                Added::Now => "It is added",
                Added::Before => "It was added already, and nothing a second time",
            };
            let words = if urgency.is_some() {
                "Whoever answers for it is told at once that it presses. Do not wait for them: go to one of the safeguarding team or ring them \
                 now, and in danger ring 999. Whom you told you can write down here."
            } else {
                "Whoever answers for it finds it with what you reported before, and is told that there is more."
            };
            announce(&visit, title, words);
            Ok(found("/concerns/mine"))
        }
        Err(fault @ (Fault::Wrong(_) | Fault::NotAllowed(_) | Fault::Changed(_))) => {
            more(&visit, &fields, Some(&fault)).await
        }
        Err(fault) => Err(fault),
    }
}

/// How urgent it is by what is added, where that is more than a decision today; it never lowers what was said before.
fn pressing(fields: &Fields) -> Option<Urgency> {
    Urgency::from_word(fields.get("urgency")).filter(|urgency| urgency.is_told_in_person())
}

/// The number of a form: its own, or a new one where it has none that is one.
fn number(visit: &SignedVisit, fields: &Fields) -> Result<id::Row, Fault> {
    id::Row::parse(fields.get("form")).or_else(|_none| id::Row::new(visit.caller.now))
}

fn said(fields: &Fields) -> Result<Said, Fault> {
    let text = |name: &str| match fields.get(name) {
        "" => Ok(None),
        typed => Words::new(typed).map(Some),
    };
    Ok(Said { seen: text("seen")?, words: text("words")?, opinion: text("opinion")? })
}

async fn more(visit: &SignedVisit, fields: &Fields, wrong: Option<&Fault>) -> Answered {
    let key = visit.places.get("concern");
    let own = visit.records.own_concern(&visit.session, key).await?;
    if own.is_unlisted {
        return Err(Fault::NotFound);
    }
    let error = wrong.map(|fault| plain(fault).trim_start_matches("seen: ").to_owned());
    let error = error.map(|text| words::capital(&text));
    let area = |name: &str, label: &str| Field::new(name, label).value(fields.get(name)).autocomplete("off");
    let page = MorePage {
        frame: Frame::signed(visit, Here::Concerns).hiding().erring(wrong.is_some()),
        title: own.references.join(" and "),
        action: format!("/concerns/mine/{key}/more"),
        by: visit.me.person.to_string(),
        form: number(visit, fields)?.to_string(),
        problems: error.iter().map(|words| Problem::at("seen", words.clone())).collect(),
        seen: area("seen", "What have you seen or heard since?").error(error),
        words: area("words", "What did the child say, in their own words?").hint("As they said it. Do not ask again."),
        opinion: area("opinion", "What do you think about it?"),
        urgency: Choices::new("urgency", "Does it press more now?")
            .hint("Then whoever answers for it is asked anew, at once. Nothing that you say here makes it less urgent.")
            .option("", "No, it is as it was")
            .option(Urgency::Danger.word(), words::capital(Urgency::Danger.title()))
            .option(Urgency::Harm.word(), words::capital(Urgency::Harm.title()))
            .chosen(pressing(fields).map_or("", Urgency::word)),
        numbers: numbers(visit).await?,
    };
    Ok(render(status(wrong.is_some()), &page))
}

#[derive(Template)]
#[template(path = "concerns/told.html")]
struct ToldPage {
    frame: Frame,
    title: String,
    action: String,
    problems: Vec<Problem>,
    whom: Choices,
    time: Field,
}

pub(crate) async fn told_page(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    told_form(&visit, &Fields::default(), None).await
}

pub(crate) async fn tell(visit: SignedVisit, fields: Fields) -> Answered {
    adults_only(&visit)?;
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let told = match told(fields.get("told"), fields.get("told-time"), zone, now) {
        Ok(Some(told)) => told,
        Ok(None) => {
            return told_form(&visit, &fields, Some(("told", "Say whom you told.".to_owned()))).await;
        }
        Err(wrong) => return told_form(&visit, &fields, Some(wrong)).await,
    };
    match visit.records.told_in_person(&visit.session, visit.places.get("concern"), told).await {
        Ok(()) => {
            announce(&visit, "It is written down", "Whoever works on it sees whom you told, and when.");
            Ok(found("/concerns/mine"))
        }
        Err(fault @ Fault::Wrong(_)) => {
            told_form(&visit, &fields, Some(("told", plain(&fault).trim_start_matches("told: ").to_owned()))).await
        }
        Err(fault) => Err(fault),
    }
}

async fn told_form(visit: &SignedVisit, fields: &Fields, wrong: Option<(&'static str, String)>) -> Answered {
    let key = visit.places.get("concern");
    let own = visit.records.own_concern(&visit.session, key).await?;
    if own.references.is_empty() {
        return Err(Fault::NotFound);
    }
    let error = |field: &str| wrong.as_ref().filter(|(one, _)| *one == field).map(|(_, words)| words.clone());
    // The list is of duties, not of this concern: it tells nothing of whom that is about.
    let team = visit.records.who_would_read(&visit.session, FileKind::Child, &[]).await?;
    let whom = team
        .iter()
        .filter(|reader| reader.person != visit.me.person)
        .fold(Choices::new("told", "Whom did you tell?"), |choices, reader| {
            choices.option(reader.person.to_string(), super::reader_words(reader))
        })
        .option("somebody", "Somebody else who answers for it")
        .chosen(fields.get("told"))
        .error(error("told"));
    let time = Field::new("told-time", "At what time today?")
        .hint("For example, 14:20. Left empty, it is now.")
        .value(fields.get("told-time"))
        .autocomplete("off")
        .kind(Typing::Code)
        .width(Width::Five)
        .error(error("told-time"));
    let page = ToldPage {
        frame: Frame::signed(visit, Here::Concerns).erring(wrong.is_some()),
        title: own.references.join(" and "),
        action: format!("/concerns/mine/{key}/told"),
        problems: [whom.problem(), time.problem()].into_iter().flatten().collect(),
        whom,
        time,
    };
    Ok(render(status(wrong.is_some()), &page))
}

pub(crate) async fn throw_away_page(visit: SignedVisit) -> Answered {
    adults_only(&visit)?;
    let draft = draft_of(&visit)?;
    if !visit.records.drafts(&visit.session).await?.iter().any(|known| known.id == draft) {
        return Err(Fault::NotFound);
    }
    FormPage {
        words: vec!["What you wrote and did not send goes for good. Nobody else has read it.".to_owned()],
        parts: vec![crate::pages::form::Part::Words("This cannot be taken back.".to_owned())],
        wrong: Wrong::default(),
        button: "Throw it away",
        is_grave: true,
        ..FormPage::new(
            Frame::signed(&visit, Here::Concerns),
            "Throw a half-written concern away",
            format!("/concerns/drafts/{draft}/throw-away"),
            "/concerns/mine",
        )
    }
    .into()
}

pub(crate) async fn throw_away(visit: SignedVisit, _: Fields) -> Answered {
    adults_only(&visit)?;
    visit.records.throw_draft_away(&visit.session, draft_of(&visit)?).await?;
    announce(&visit, "It is gone", "Nothing of it is kept.");
    Ok(found("/concerns/mine"))
}

fn draft_of(visit: &SignedVisit) -> Result<id::Row, Fault> {
    id::Row::parse(visit.places.get("draft"))
}
