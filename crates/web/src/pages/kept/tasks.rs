//! What erasing, moving and ended holds leave people to do (docs/files.md).

use super::{Link, concern, frame, name, record};
use crate::{
    fields::Fields,
    kit::Choices,
    pages::{
        Frame, announce,
        form::{FormPage, Part, Wrong, comes_back, one_of},
        found, render,
    },
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Capability,
    file::{Called, EraseRule, Task, TaskKind, erase::Target},
    id,
};

const HERE: &str = "/file-tasks";

#[derive(Template)]
#[template(path = "kept/tasks.html")]
struct TasksPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    what: String,
    how: &'static str,
    since: String,
    links: Vec<Link>,
    /// Where its file is proposed to be erased.
    erase: Option<String>,
    /// Whether pressing a button ends it.
    can_end: bool,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let (tasks, called) = visit.records.file_tasks_called(&visit.session).await?;
    let rows = tasks.iter().map(|task| row(&visit, &called, task)).collect();
    Ok(render(StatusCode::OK, &TasksPage { frame: frame(&visit), rows }))
}

fn row(visit: &SignedVisit, called: &Called, task: &Task) -> Row {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let reader = task.reader.map(|(reader, at)| (name(called, reader), words::when(at, now, zone)));
    let (reader, at) = reader.unwrap_or_default();
    let (what, how) = match task.kind {
        TaskKind::RecallReader => (
            format!("Tell {reader} that what they read {at} was not about this person."),
            "They forget it and give back what they wrote down. Say nothing of whom it is about.",
        ),
        TaskKind::RecallCopy => (
            format!("Get the copy back that {reader} made {at}, or have it destroyed."),
            "A printed or exported copy of what was erased or moved.",
        ),
        TaskKind::AskDataProtection => (
            "Decide with the data-protection officer whether the person and the authority must be told.".to_owned(),
            "Within 72 hours of its being noticed, if it is likely to be a risk to somebody.",
        ),
        TaskKind::ReviewRetention => (
            "The time for which this is kept has ended: keep it for a reason, or propose to erase it.".to_owned(),
            "To keep it, write why as a note in the concern, then say that it is done: it is asked again in a year.",
        ),
        TaskKind::MendAgain => (
            "A backup that was restored brought this back under the wrong child.".to_owned(),
            "Nobody sees it meanwhile. It is moved again at the machine’s console, by somebody who could open it, beside whoever \
             restored the backup; the help for the machine says how. It ends by itself then.",
        ),
    };
    let mut links = Vec::new();
    let mut what = what;
    if let Some(file) = task.file {
        let (link, reference) = concern(visit, called, file);
        links.extend(link);
        if !reference.is_empty() {
            what = format!("{what} {reference}.");
        }
    }
    if let Some(mark) = &task.mark {
        links.extend(record(visit, &mark.person, "In whose record it stood"));
    }
    let can_erase = task.kind == TaskKind::ReviewRetention && task.file.is_some() && visit.me.may(Capability::Erase);
    Row {
        id: task.id.to_string(),
        what,
        how,
        since: words::when(task.made_at, now, zone),
        links,
        erase: can_erase.then(|| format!("{HERE}/{}/erase", task.id)),
        can_end: task.kind != TaskKind::MendAgain,
    }
}

pub(crate) async fn done(visit: SignedVisit, _: Fields) -> Answered {
    let task = id::Row::parse(visit.places.get("task"))?;
    match visit.records.finish_file_task(&visit.session, task).await {
        Ok(()) => announce(&visit, "Done", "That it is done, and that you said so, is in the audit log."),
        // Pressed twice, or somebody was quicker; or it was never theirs: in the same words.
        Err(Fault::NotFound) => announce(&visit, "It is not on the list", "What is still to be done stands here."),
        Err(fault) if comes_back(&fault) => announce(&visit, "Nothing was done", crate::pages::plain(&fault)),
        Err(fault) => return Err(fault),
    }
    Ok(found(HERE))
}

pub(crate) async fn erase_page(visit: SignedVisit) -> Answered {
    propose_form(&visit, "", Wrong::default()).await
}

pub(crate) async fn propose(visit: SignedVisit, fields: Fields) -> Answered {
    let chosen = fields.get("rule");
    let Some(rule) = one_of(EraseRule::ALL, EraseRule::word, chosen).filter(|rule| *rule != EraseRule::WrongChild)
    else {
        return propose_form(&visit, chosen, Wrong::at("rule", "Say why it is to be erased.")).await;
    };
    let (_, file) = reviewed(&visit).await?;
    match visit.records.propose_erasure(&visit.session, Target::File(file), rule).await {
        Ok(_) => {
            let words = "Nothing is erased yet: another person looks at it and agrees. They find it under Today.";
            announce(&visit, "Proposed", words);
            Ok(found(super::erasures::HERE))
        }
        Err(fault) if comes_back(&fault) => propose_form(&visit, chosen, Wrong::of(&fault, &[], "")).await,
        Err(fault) => Err(fault),
    }
}

/// The file whose time has ended, by the task that says so.
async fn reviewed(visit: &SignedVisit) -> Result<(String, id::File), Fault> {
    let task = id::Row::parse(visit.places.get("task"))?;
    let (tasks, called) = visit.records.file_tasks_called(&visit.session).await?;
    let found = tasks.into_iter().find(|one| one.id == task && one.kind == TaskKind::ReviewRetention);
    let file = found.and_then(|task| task.file).ok_or(Fault::NotFound)?;
    Ok((called.files.get(&file).cloned().unwrap_or_default(), file))
}

async fn propose_form(visit: &SignedVisit, chosen: &str, wrong: Wrong) -> Answered {
    let (reference, _) = reviewed(visit).await?;
    let mut rule = Choices::new("rule", "Why it is to be erased").error(wrong.field("rule"));
    for one in EraseRule::ALL.iter().filter(|rule| **rule != EraseRule::WrongChild) {
        rule = rule.option(one.word(), words::capital(one.title()));
    }
    FormPage {
        words: vec![
            format!("Concern {reference}, everything in it."),
            "What it reaches is counted when you propose it. Another person agrees to exactly that, or nothing is erased. What is under a \
             hold stays."
                .to_owned(),
        ],
        wrong,
        parts: vec![Part::Radios(rule.chosen(chosen))],
        button: "Propose to erase it",
        is_grave: true,
        ..FormPage::new(
            frame(visit),
            "Propose to erase a concern",
            format!("{HERE}/{}/erase", visit.places.get("task")),
            HERE,
        )
    }
    .into()
}
