//! What is not yet done of setting the school up, in words, for whoever may finish it.

use super::super::announce;
use super::Task;
use crate::{
    fields::Fields,
    kit::{Field, Kind, Problem, Tag, Tone},
    pages::{Frame, Here, found, plain, render},
    routes,
    visit::{Answered, SignedVisit},
    words::capital,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use holdfast_records::{Fault, access::Duty, accounts::MOST_SEALED, people::SetUpStanding};

#[derive(Template)]
#[template(path = "set_up/left.html")]
struct LeftPage {
    frame: Frame,
    is_finished: bool,
    open: usize,
    tasks: Vec<Task>,
    is_filter_read: bool,
}

#[derive(Template)]
#[template(path = "set_up/left_code.html")]
struct LeftCodePage {
    frame: Frame,
    code: Field,
    problems: Vec<Problem>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let standing = visit.records.set_up_standing(&visit.session).await?;
    let tasks = tasks(&standing);
    let open = tasks.iter().filter(|task| task.tag.tone == Tone::Under).count();
    let page = LeftPage {
        frame: Frame::signed(&visit, Here::Nowhere),
        is_finished: standing.is_finished,
        is_filter_read: standing.is_filter_read,
        open,
        tasks,
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn finish(visit: SignedVisit, _: Fields) -> Answered {
    visit.records.finish_set_up(&visit.session).await?;
    let words = "What is not yet done stays on this page, and where it belongs.";
    announce(&visit, "Setting up has ended", words);
    Ok(found("/set-up/left"))
}

pub(crate) async fn filter_read(visit: SignedVisit, _: Fields) -> Answered {
    visit.records.filter_was_read(&visit.session).await?;
    announce(&visit, "Noted", "That you read how the filter stands is in the log.");
    Ok(found("/set-up/left"))
}

pub(crate) async fn code(visit: SignedVisit) -> Answered {
    Ok(code_page(&visit, None))
}

pub(crate) async fn code_typed(visit: SignedVisit, fields: Fields) -> Answered {
    match visit.records.check_recovery_code(&visit.session, fields.exact("recovery-code")).await {
        Ok(_) => {
            announce(&visit, "The sheet is right", "The code goes back into its envelope, and to its custodian.");
            Ok(found("/set-up/left"))
        }
        Err(fault @ Fault::Wrong(_)) => Ok(code_page(&visit, Some(plain(&fault)))),
        Err(fault) => Err(fault),
    }
}

fn code_page(visit: &SignedVisit, wrong: Option<String>) -> Response {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let code = Field::new("recovery-code", "The whole recovery code")
        .kind(Kind::Secret)
        .autocomplete("off")
        .hint("Thirteen groups of five, from the printed sheet. Capitals, spaces and hyphens do not matter.")
        .error(wrong);
    let problems: Vec<Problem> = code.problem().into_iter().collect();
    let frame = Frame::signed(visit, Here::Nowhere);
    let frame = if problems.is_empty() { frame } else { frame.with_errors() };
    render(status, &LeftCodePage { frame, code, problems })
}

impl Task {
    /// With a link to the page of it, in a program that has that page.
    fn where_there_is(self, path: &str) -> Self {
        if routes::all().any(|route| route.path == path) { self.at(path) } else { self }
    }
}

fn tasks(standing: &SetUpStanding) -> Vec<Task> {
    let titles = |duties: &[Duty]| duties.iter().map(|duty| duty.title()).collect::<Vec<_>>().join(", ");
    let one = |id: &str, words: &str, is_done: bool, open: String, done: &str| {
        Task::new(id, words, if is_done { done.to_owned() } else { open }).done_if(is_done)
    };
    let SetUpStanding { not_signed_in, codes_unchecked, without_cover, without_holder, .. } = standing;
    let sealed = standing.sealed_sign_ins;
    let calendar = one(
        "calendar",
        "Terms and closures",
        !standing.calendar.is_alarming(),
        standing.calendar.to_string(),
        "The school’s calendar is known.",
    )
    .where_there_is("/settings/calendar");
    let watched = one(
        "watched",
        "Watched hours",
        standing.has_watched_hours,
        "Nobody has said when somebody reads what is reported, so people cannot be told. They stand in the calendar."
            .to_owned(),
        "They are declared.",
    );
    let mut tasks = vec![
        one(
            "people",
            "First sign-ins",
            not_signed_in.is_empty(),
            format!("Not signed in yet: {}.", not_signed_in.join(", ")),
            "Everybody with an account has signed in.",
        )
        .where_there_is("/accounts"),
        one(
            "codes",
            "Recovery codes",
            codes_unchecked.is_empty() && standing.custodians >= 3,
            format!("Printed and not typed back: {}. A smudged sheet is found while another can be made.", codes_unchecked.join(", ")),
            "Each printed code was typed back.",
        )
        .at("/set-up/left/code"),
        one(
            "cover",
            "Who stands in",
            without_cover.is_empty(),
            format!("Nobody stands in for: {}.", titles(without_cover)),
            "Somebody stands in for each of those to whom children and staff come.",
        )
        .where_there_is("/duties"),
        one(
            "duties",
            "Duties that nobody holds",
            without_holder.is_empty(),
            format!("{}.", capital(&titles(without_holder))),
            "The duties that a school needs are held.",
        )
        .where_there_is("/duties"),
        calendar,
        watched,
        one(
            "filter",
            "How the filter stands",
            standing.is_filter_read,
            "Nobody has said yet that they read it: whether it works, what it blocks, and what is not proven.".to_owned(),
            "Somebody read it. It changes; look at it now and then.",
        )
        .at("/"),
        one(
            "sealed",
            "Sealed emergency sign-ins",
            sealed >= MOST_SEALED,
            format!("{sealed} of {MOST_SEALED} lie in the safe. They are for the day on which nobody who looks after accounts can sign in."),
            "Two lie in the safe.",
        )
        .at("/emergency-sign-ins"),
    ];
    for (path, words, hint) in ELSEWHERE {
        let task = Task::new(&path[1..], *words, *hint).where_there_is(path);
        if task.href.is_some() {
            // Whether it is done is told on its own page.
            tasks.push(Task { tag: Tag::new("See there", Tone::Plain), ..task });
        }
    }
    tasks
}

/// Pages that tell of themselves what is not yet done.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("/mail", "Mail", "So that people are told where to look. It says nothing of a child."),
    (
        "/contacts",
        "Whom to ring",
        "The local numbers: the designated officer, social care by day and out of hours, police.",
    ),
];
