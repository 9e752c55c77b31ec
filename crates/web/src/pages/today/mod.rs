//! What needs whoever asks, most urgent first: what is not as it should be of what they look after, and their notices.
//!
//! Each area tells for itself what needs somebody ([`sources`]), so that a new one is one line there.

mod concerns;
mod files;
mod people;
mod sources;
mod talks;
mod technical;

use super::{Frame, Here, UNCONFIRMED, found, render};
use crate::{
    fields::Fields,
    kit::{Tag, Tone},
    routes::{self, Access},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{Fault, Myself, access::Notice, id};
use std::borrow::Cow;

#[derive(Template)]
#[template(path = "today/today.html")]
struct TodayPage {
    frame: Frame,
    name: String,
    /// Whether their key waits for somebody to vouch for it.
    waits: bool,
    /// Until when they change their password, if that is soon.
    password: Option<String>,
    /// Whether they have yet to read how to keep their account safe.
    has_advice: bool,
    tasks: Vec<Task>,
    /// What cannot wait, before anything else: nobody has answered what they reported.
    pressing: Vec<NoticeRow>,
    notices: Vec<NoticeRow>,
}

/// How soon something needs somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Now,
    Today,
    Soon,
}

impl Urgency {
    fn tag(self) -> Tag {
        match self {
            Self::Now => Tag::new("Now", Tone::Bad),
            Self::Today => Tag::new("Today", Tone::Warn),
            Self::Soon => Tag::new("This week", Tone::Plain),
        }
    }
}

/// Something that needs whoever asks: a sentence, and where it is done. It names nobody but in what they may see of it (practice 11).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Task {
    urgency: Urgency,
    words: String,
    link: Option<(Cow<'static, str>, &'static str)>,
}

impl Task {
    fn new(urgency: Urgency, words: impl Into<String>) -> Self {
        Self { urgency, words: words.into(), link: None }
    }

    /// With where it is done, if there is such a page and it is theirs to open.
    fn at(self, visit: &SignedVisit, href: &'static str, words: &'static str) -> Self {
        Self { link: can_open(&visit.me, href).then_some((href.into(), words)), ..self }
    }
}

/// Whether there is a page at this address that they can open.
pub(super) fn can_open(me: &Myself, href: &str) -> bool {
    routes::all().find(|route| route.path == href).is_some_and(|route| match route.access {
        Access::May(capability) => me.may(capability),
        Access::Monitors => false,
        _ => true,
    })
}

/// “1 list waits”, “3 lists wait”.
fn counted(count: usize, one: &str, more: &str) -> String {
    if count == 1 { one.to_owned() } else { format!("{count} {more}") }
}

struct NoticeRow {
    id: String,
    words: Cow<'static, str>,
    link: Option<(Cow<'static, str>, &'static str)>,
    when: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let today = visit.records.today(&visit.session).await?;
    let shown = today.notices.iter().filter(|notice| !concerns::is_told_as_task(notice));
    let (pressing, notices): (Vec<&Notice>, Vec<&Notice>) = shown.partition(|notice| concerns::presses(notice));
    let row = |notice: &&Notice| NoticeRow {
        id: notice.id.to_string(),
        words: concerns::severe(notice, &today)
            .map(Cow::Owned)
            .or_else(|| concerns::said(notice, visit.me.kind).map(Cow::Borrowed))
            .unwrap_or_else(|| said(notice).into()),
        link: concerns::yours_in(notice, &today).or_else(|| {
            let (href, words) = acted_on(notice).filter(|(href, _)| can_open(&visit.me, href))?;
            Some((href.into(), words))
        }),
        when: words::when(notice.made_at, now, zone),
    };
    let tasks = sources::tasks(&visit, &today).await;
    let due = visit.records.own_password_due(&visit.session).await?;
    let has_advice = !visit.records.has_read_advice(&visit.session).await?;
    let page = TodayPage {
        password: due.and_then(|due| super::password::reminder(&due, &visit)),
        has_advice,
        tasks,
        frame: Frame::signed(&visit, Here::Today),
        name: visit.me.name.clone(),
        waits: !visit.me.is_confirmed,
        pressing: pressing.iter().map(row).collect(),
        notices: notices.iter().map(row).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn put_away(visit: SignedVisit, _: Fields) -> Answered {
    let notice = id::Row::parse(visit.places.get("notice")).map_err(|_no_id| Fault::NotFound)?;
    visit.records.put_notice_away(&visit.session, notice).await?;
    Ok(found("/today"))
}

/// Where a notice is acted on, or looked into.
fn acted_on(notice: &Notice) -> Option<(&'static str, &'static str)> {
    Some(match notice.kind.as_str() {
        "account-reset" | "account-closed" | "account-recovered" | "sign-in-disowned" => {
            ("/accounts", "Look at the accounts")
        }
        "concern-unanswered" | "report-unanswered" => ("/concerns/mine", "See your reports and the numbers to ring"),
        "emergency-access" => ("/emergency-accesses", "Look at it"),
        "sealed-sign-in-used" => ("/emergency-sign-ins", "Look at how it was used"),
        "file-assigned" | "file-action" | "file-rerouted" | "file-serious" => ("/concerns", "See what waits"),
        "contact-broken" => ("/contacts", "Look at the contacts"),
        "report-waits" | "report-danger" | "report-climbed" => ("/concerns/waiting", "Look at the reports"),
        "mail-changed" => ("/mail", "Look at how mail is sent"),
        "contact-ways-changed" => ("/account/details", "Look at your details"),
        "sign-in-odd" => ("/account", "Look at your sign-ins"),
        "own-app-added" | "own-app-removed" | "own-passkey-added" | "own-passkey-removed" | "own-spare-codes-made" => {
            ("/account/second-step", "Look at what you have set up")
        }
        "own-sign-on-added" | "own-sign-on-removed" => ("/account/sign-on", "Look at your other sign-ins"),
        "absence-recorded" => ("/duties", "Look who is away"),
        "duty-given" | "duty-ended" | "duty-proposed" => ("/duties", "Look at the duties"),
        _ => return None,
    })
}

/// A notice in words that name nobody and nothing (practice 11): whom it is about is looked up by whoever may.
fn said(notice: &Notice) -> &'static str {
    match notice.kind.as_str() {
        "sealed-sign-in-used" => {
            "A sealed emergency sign-in was used. Somebody reviews it, and a new code goes into the safe."
        }
        "sign-in-odd" => {
            "A sign-in of yours was out of the ordinary. Look at your last sign-ins in your account, and say there if one was not you."
        }
        "sign-in-disowned" => "Somebody said that a sign-in of theirs was not them. Help them change their password.",
        "sign-in-restored" => "A way to sign in was made at the machine’s console for somebody to whom concerns come.",
        "emergency-access" => "Somebody took emergency access to a person’s records.",
        "account-reset" => "The password of somebody to whom concerns come was reset.",
        "second-step-reset" => "What somebody to whom concerns come shows beside their password was reset.",
        "own-second-step-reset" => {
            "What you show beside your password was reset by somebody else. If you did not ask for it, tell the head."
        }
        "own-app-added" => {
            "An authenticator app was set up for your account. If it was not you, change your password and tell whoever looks after accounts."
        }
        "own-app-removed" => {
            "The authenticator app of your account was removed. If it was not you, change your password and tell whoever looks after accounts."
        }
        "own-passkey-added" => {
            "A passkey was added to your account. If it was not you, remove it, change your password and tell whoever looks after accounts."
        }
        "own-passkey-removed" => {
            "A passkey of your account was removed. If it was not you, change your password and tell whoever looks after accounts."
        }
        "own-spare-codes-made" => {
            "New spare codes were made for your account; those before are good no more. If it was not you, make new ones and change your password."
        }
        "own-sign-on-added" => {
            "Another sign-in was connected with your account. If it was not you, remove it, change your password and tell whoever looks after accounts."
        }
        "own-sign-on-removed" => {
            "Another sign-in was disconnected from your account. If it was not you, tell whoever looks after accounts."
        }
        "account-closed" => "The account of somebody to whom concerns come was closed.",
        "absence-recorded" => "An absence was recorded for somebody to whom concerns come.",
        "duty-given" => "A duty was given to somebody to whom concerns come.",
        "duty-ended" => "A duty of somebody to whom concerns come was ended.",
        "family-recorded" => "A family relation of somebody to whom concerns come was recorded.",
        "family-ended" => "A family relation of somebody to whom concerns come was ended.",
        "sign-on-second-step" => {
            "It was changed by which words another sign-in shows a second step. If you do not know why, ask whoever looks after sign-in."
        }
        "duty-proposed" => "Somebody was proposed as the first trust lead. It takes a second person to agree.",
        "contact-broken" => "A web address that the help page or the contacts lead to does not work. See Contacts.",
        "mail-changed" => "How mail is sent was changed: off or on, the server, the sender or the witness.",
        "contact-ways-changed" => {
            "How you are reached was changed by somebody else. If it is not right, mails that something waits for you go astray."
        }
        "file-serious" => "A concern is open that is severe. Look at what waits.",
        "file-assigned" => "You are to see to a concern.",
        "file-action" => "In a concern something is yours to do.",
        "file-rerouted" => "A concern was divided, and a part of it is with you.",
        "report-waits" => "A report from outside waits for you.",
        "report-danger" => "A report from outside waits that says somebody is in danger now. Open it now.",
        "report-climbed" => "A report from outside waits, and nobody has taken it yet. Open it now.",
        "waiting-unanswered" => {
            "Something that came from outside waits for others here, and nobody has taken it. Ring the safeguarding lead, the deputy or the \
             head, and ask that they open their reports."
        }
        "file-holder-removed" => "Somebody was taken out of a file that you can open.",
        "file-subject-added" => "A file that you can open concerns somebody more.",
        _ => "Something was done that you are to know of. The audit log says what.",
    }
}
