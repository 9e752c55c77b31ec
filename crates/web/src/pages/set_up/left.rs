//! What is not yet done of setting the school up, in words, for whoever may finish it.

use super::super::{announce, settings::calendar_words, today::can_open};
use super::Task;
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Tone},
    pages::{Frame, Here, found, plain, render},
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
    /// How much is open, in a sentence.
    still: String,
    tasks: Vec<Task>,
    is_filter_read: bool,
    /// Asked of whoever ends the set-up while something is open.
    sure: Option<Choices>,
    problems: Vec<Problem>,
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
    Ok(left_page(&visit, &standing, None))
}

fn left_page(visit: &SignedVisit, standing: &SetUpStanding, wrong: Option<String>) -> Response {
    let tasks = tasks(visit, standing);
    let open = count(&tasks);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let still = format!("{} End the set-up all the same?", still_open(open));
    let sure = Choices::new("sure", still).option("yes", "Yes, it is finished later").error(wrong);
    let problems: Vec<Problem> = sure.problem().into_iter().collect();
    let frame = Frame::signed(visit, Here::Nowhere);
    let page = LeftPage {
        frame: if problems.is_empty() { frame } else { frame.with_errors() },
        problems,
        sure: (open > 0).then_some(sure),
        still: still_open(open),
        is_finished: standing.is_finished,
        is_filter_read: standing.is_filter_read,
        open,
        tasks,
    };
    render(status, &page)
}

/// How much is open, in a sentence.
fn still_open(open: usize) -> String {
    match open {
        0 => "Nothing of this list is left to do.".to_owned(),
        1 => "One thing of this list is not done yet.".to_owned(),
        open => format!("{open} things of this list are not done yet."),
    }
}

/// How many things of the set-up are open.
pub(in crate::pages) fn open(visit: &SignedVisit, standing: &SetUpStanding) -> usize {
    count(&tasks(visit, standing))
}

fn count(tasks: &[Task]) -> usize {
    tasks.iter().filter(|task| task.tag.tone == Tone::Under).count()
}

pub(crate) async fn finish(visit: SignedVisit, fields: Fields) -> Answered {
    let standing = visit.records.set_up_standing(&visit.session).await?;
    if open(&visit, &standing) > 0 && fields.get("sure") != "yes" {
        let wrong = "Say that the set-up ends although not all of it is done.".to_owned();
        return Ok(left_page(&visit, &standing, Some(wrong)));
    }
    visit.records.finish_set_up(&visit.session).await?;
    let words =
        "What is not yet done stays on this page. Today leads to it while anything is open, and Settings always.";
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
    /// With a link to the page of it, where whoever reads can open that page.
    fn where_open(self, visit: &SignedVisit, path: &str) -> Self {
        if can_open(&visit.me, path) { self.at(path) } else { self }
    }
}

fn tasks(visit: &SignedVisit, standing: &SetUpStanding) -> Vec<Task> {
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
        calendar_words(standing.calendar),
        "The school’s calendar is known.",
    )
    .where_open(visit, "/settings/calendar");
    let watched = one(
        "watched",
        "Watched hours",
        standing.has_watched_hours,
        "Nobody has said when somebody reads what is reported, so people cannot be told. They stand in the calendar."
            .to_owned(),
        "They are declared.",
    )
    .where_open(visit, "/settings/calendar");
    vec![
        one(
            "people",
            "First sign-ins",
            not_signed_in.is_empty(),
            format!("Not signed in yet: {}.", not_signed_in.join(", ")),
            "Everybody with an account has signed in.",
        )
        .where_open(visit, "/accounts"),
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
        .where_open(visit, "/duties"),
        one(
            "duties",
            "Duties that nobody holds",
            without_holder.is_empty(),
            format!("{}.", capital(&titles(without_holder))),
            "The duties that a school needs are held.",
        )
        .where_open(visit, "/duties"),
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
        mail(standing).where_open(visit, "/mail"),
        contacts(standing).where_open(visit, "/contacts"),
    ]
}

/// Done once mail goes out and everybody with a duty can be reached by it.
fn mail(standing: &SetUpStanding) -> Task {
    let hint = match (standing.is_mail_on, standing.without_address) {
        (false, _) => "No mail is sent, so people see what waits only when they sign in.".to_owned(),
        (true, 0) => "Mail goes out, and everybody who holds a duty has an address.".to_owned(),
        (true, 1) => "Somebody holds a duty and has no address for mail. The page of mail says who.".to_owned(),
        (true, some) => format!("{some} people hold a duty and have no address for mail. The page of mail says who."),
    };
    Task::new("mail", "Mail", hint).done_if(standing.is_mail_on && standing.without_address == 0)
}

/// Done once everything that a school is asked for stands there (W-11).
fn contacts(standing: &SetUpStanding) -> Task {
    let missing: Vec<&str> = standing.contacts_missing.iter().map(|role| role.title()).collect();
    let hint = if missing.is_empty() {
        "The numbers of your own area are written down. Look now and then whether they are still right.".to_owned()
    } else {
        format!("Nobody has written down your own area’s: {}.", missing.join("; "))
    };
    Task::new("contacts", "Whom to ring", hint).done_if(missing.is_empty())
}
