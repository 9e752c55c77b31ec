//! The pages, one file for each area: what the template needs, the handler and its tests together.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod admissions;
pub(crate) mod advice;
pub(crate) mod audit;
pub(crate) mod calendar;
pub(crate) mod certificate;
pub(crate) mod classes;
pub(crate) mod concerns;
pub(crate) mod contacts;
pub(crate) mod demonstration;
pub(crate) mod duties;
pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod filtering;
pub(crate) mod fixed;
mod form;
pub(crate) mod help;
mod inspection;
pub(crate) mod kept;
mod lost;
pub(crate) mod mail;
mod metrics;
pub(crate) mod monitor;
mod navigation;
pub(crate) mod password;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod pupil;
pub(crate) mod report;
pub(crate) mod sealed;
pub(crate) mod second_step;
pub(crate) mod set_up;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod sign_on;
pub(crate) mod stopped;
pub(crate) mod talks;
pub(crate) mod today;
mod unseen;
mod verdicts;

use crate::{
    house::Lost,
    kit::{Announcement, Area, Problem, Who},
    seats::SecondStep,
    sources::{Contact, Sources},
    visit::{HelpVisit, Seated, SignedIn, SignedVisit, Visit},
    words,
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use holdfast_core::wording::HelpContact;
use holdfast_records::{Fault, Myself, people::Kind};

/// What somebody is told whose password was reset, until their key is vouched for.
const UNCONFIRMED: &str = "Your password was reset, so you act in no duty until somebody confirms that it is you. Ask a safeguarding \
    lead, the head or the chair, other than who reset it; they compare your key with you.";

/// After how many seconds a page hides that has somebody's words on it, where it is not known how long their sign-in lasts.
const IDLE_OF_NOBODY: u32 = 5 * 60;

/// Which entry of the navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Today,
    Concerns,
    Filter,
    Suspensions,
    Lessons,
    Settings,
    Audit,
    Stopped,
    Help,
    Contacts,
    Mail,
    SignIn,
    Demonstration,
    Account,
    People,
    /// A pupil's own page, or their way in.
    Pupil,
    Report,
    Reports,
    Nowhere,
}

/// What every page has around it.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of a part of the page whether it is there, and they are independent"
)]
pub(crate) struct Frame {
    /// The edition of the style and the script.
    edition: &'static str,
    school: String,
    areas: Vec<Area>,
    /// Reloads the page after this many seconds.
    reload: Option<u32>,
    /// Where "Leave this page" leads; on pages that a child or a worried person may want to leave at once.
    leave_to: Option<String>,
    person: Option<Who>,
    /// Whether their own account is theirs to look after: a pupil's is looked after with an adult.
    has_account: bool,
    /// Whether "Raise a concern" stands in its head: for every adult who is signed in.
    raises: bool,
    /// What each form of this seat carries; empty where nobody is signed in.
    token: String,
    /// Whether the page shows what nobody looking over a shoulder may read.
    hides: bool,
    /// After how many seconds such a page hides by itself.
    idle_seconds: u32,
    /// Until when whoever is signed in is so if nothing more is asked.
    stays: Option<Stays>,
    /// What an act just done is told with.
    announces: Option<Announcement>,
    has_errors: bool,
}

/// When a sign-in ends by itself, said on every page of whoever is signed in (WCAG 2.2.1): nobody's words are lost to a clock that they
/// did not see. The script adds a warning before it and a button that puts it off.
#[derive(Debug)]
pub(crate) struct Stays {
    /// “16:42”.
    until: String,
    seconds: i64,
    /// Where the button of the script asks.
    at: &'static str,
}

impl Stays {
    pub(crate) fn of(visit: &SignedVisit) -> Self {
        let ends = visit.seat.ends();
        Self {
            until: words::hour(ends, &visit.sources.school.zone),
            seconds: ends.duration_since(visit.caller.now).as_secs().max(0),
            at: if visit.me.kind == Kind::Pupil { "/start/stay" } else { "/account/stay" },
        }
    }
}

impl Frame {
    /// Of a page that needs nobody signed in.
    pub(crate) fn new(sources: &Sources, here: Here) -> Self {
        let is_private = matches!(here, Here::Stopped | Here::Help | Here::Report | Here::Pupil);
        Self {
            edition: &fixed::EDITION,
            school: sources.school.name.clone(),
            areas: navigation::open(here, sources.settings.demonstration.is_some()),
            reload: None,
            leave_to: is_private.then(|| sources.settings.leave_to.clone()),
            person: None,
            has_account: true,
            raises: false,
            token: String::new(),
            hides: false,
            idle_seconds: 0,
            stays: None,
            announces: None,
            has_errors: false,
        }
    }

    /// Of a page that needs nobody signed in, with whoever is: their name and their areas, and no more rights.
    pub(crate) fn open(visit: &Visit<'_>, here: Here) -> Self {
        visit.who.map_or_else(|| Self::new(visit.sources, here), |who| Self::with(visit.sources, who, here))
    }

    /// The same, with somebody who is signed in.
    pub(crate) fn with(sources: &Sources, SignedIn { seat, me }: &SignedIn, here: Here) -> Self {
        let (areas, token) = (navigation::of(me, here), seat.token.to_string());
        let has_account = me.kind != Kind::Pupil;
        let raises = concerns::raises(me.kind, &me.duties);
        let frame = Self::new(sources, here);
        let leave_to = if has_account { frame.leave_to } else { Some(sources.settings.leave_to.clone()) };
        Self { areas, leave_to, person: Some(who(me)), has_account, raises, token, ..frame }
    }

    /// Of a page for whoever is signed in: with the areas that they can use.
    pub(crate) fn signed(visit: &SignedVisit, here: Here) -> Self {
        let me = &visit.me;
        Self {
            areas: navigation::of(me, here),
            // A pupil can leave any page at once, their own Today and account too.
            leave_to: (me.kind == Kind::Pupil).then(|| visit.sources.settings.leave_to.clone()),
            has_account: me.kind != Kind::Pupil,
            person: Some(who(me)),
            raises: concerns::raises(me.kind, &me.duties),
            token: visit.seat.token.to_string(),
            idle_seconds: u32::try_from(visit.seat.limits.idle.as_secs()).unwrap_or(u32::MAX),
            stays: Some(Stays::of(visit)),
            announces: visit.seats.announced(visit.seat.number),
            ..Self::new(&visit.sources, here)
        }
    }

    /// The same, without the areas for whoever must set up a second step first: they lead nowhere yet.
    pub(crate) fn arriving_or_signed(visit: &SignedVisit) -> Self {
        let signed = Self::signed(visit, Here::Account);
        let is_arriving = visit.me.needs_second_step && visit.seat.shown == SecondStep::NotShown;
        if is_arriving {
            Self { areas: navigation::open(Here::Account, false), raises: false, ..signed }
        } else {
            signed
        }
    }

    /// Of a page of help: with their own areas for whoever is signed in, and the way to leave at once for everybody.
    pub(crate) fn help(visit: &HelpVisit) -> Self {
        Self::open_to(visit, Here::Help)
    }

    /// The same of the page that the doors for reports stand on.
    pub(crate) fn reporting(visit: &HelpVisit) -> Self {
        Self::open_to(visit, Here::Report)
    }

    fn open_to(visit: &HelpVisit, here: Here) -> Self {
        let frame = Self::new(&visit.sources, here);
        let Some((me, _)) = &visit.me else { return frame };
        let role_words = me.duties.first().map_or_else(|| me.kind.title(), |duty| duty.title()).to_owned();
        let person = Some(Who { name: me.name.clone(), role_words });
        let has_account = me.kind != Kind::Pupil;
        Self {
            areas: navigation::of(me, here),
            person,
            has_account,
            raises: concerns::raises(me.kind, &me.duties),
            token: visit.token.clone(),
            ..frame
        }
    }

    /// Of a pupil's own page.
    pub(crate) fn pupil(visit: &SignedVisit) -> Self {
        Self::signed(visit, Here::Pupil)
    }

    /// Of a form, which may come back because something in it is wrong.
    fn erring(self, is_wrong: bool) -> Self {
        if is_wrong { self.with_errors() } else { self }
    }

    /// Of a page with what nobody looking over a shoulder may read, such as a child's record: Escape twice hides it, and so does
    /// the idle limit (pages.md, Manners).
    pub(crate) fn hiding(self) -> Self {
        Self { hides: true, ..self }
    }

    /// Of a form that comes back because something in it is wrong.
    pub(crate) fn with_errors(self) -> Self {
        Self { has_errors: true, ..self }
    }

    /// Of a form with words about a child that could not be taken: it hides, whoever sits there and whether anybody can say who that is.
    pub(crate) fn lost(lost: &Lost<'_>, here: Here) -> Self {
        let frame = match (lost.visit, lost.who) {
            (Some(visit), _) => return Self::signed(visit, here).hiding().with_errors(),
            (None, Some(who)) => Self::with(lost.sources, who, here),
            (None, None) => Self::new(lost.sources, Here::Nowhere),
        };
        Self { idle_seconds: IDLE_OF_NOBODY, ..frame }.hiding().with_errors()
    }
}

/// Who is signed in, for the head of the page.
fn who(me: &Myself) -> Who {
    let role_words = me.duties.first().map_or_else(|| me.kind.title(), |duty| duty.title());
    Who { name: me.name.clone(), role_words: role_words.to_owned() }
}

/// Leaves something to be told on the next page after an act, to whoever has a seat.
fn announce(visit: &impl Seated, title: &str, words: impl Into<String>) {
    if let Some((seats, number)) = visit.seated() {
        seats.announce(number, Announcement { title: title.to_owned(), words: words.into() });
    }
}

/// What is told beside a form that makes something looser, where it is too long ago that its sender showed that it is them.
/// Their words stay in the form; where they confirm it opens beside it.
fn confirm_beside(visit: &SignedVisit) -> Option<&'static str> {
    (!visit.seat.is_confirmed(visit.caller.now)).then_some("Confirm that it is you, then send this again.")
}

/// Leads to another page of ours after an act, so that loading it again does nothing twice.
pub(crate) fn found(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or_else(|_odd| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// What a form is answered with: that it could not be taken as it was sent, or nothing wrong.
fn status(is_wrong: bool) -> StatusCode {
    if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

/// What is wrong with a field, if anything.
fn error_at(problems: &[Problem], field: &str) -> Option<String> {
    let mut of_field = problems.iter().filter(|problem| problem.field.as_deref() == Some(field));
    of_field.next().map(|problem| problem.words.clone())
}

/// A fault's words beside a form: each problem a sentence, without a program's line numbers.
fn plain(fault: &Fault) -> String {
    match fault {
        Fault::Wrong(problems) => problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Somebody to talk to, as the page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Talk {
    name: String,
    words: String,
    telephone: Option<Telephone>,
    text: Option<String>,
    web: Option<String>,
    hours: String,
}

/// A number to ring: as people read it and as a telephone takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Telephone {
    shown: String,
    dialled: String,
}

impl Telephone {
    fn new(shown: &str) -> Self {
        let dialled = shown.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect();
        Self { shown: shown.to_owned(), dialled }
    }
}

impl From<&Contact> for Talk {
    fn from(contact: &Contact) -> Self {
        Self {
            name: contact.name.clone(),
            words: contact.words.clone(),
            telephone: contact.telephone.as_deref().map(Telephone::new),
            text: None,
            web: None,
            hours: String::new(),
        }
    }
}

impl From<&HelpContact<'_>> for Talk {
    fn from(contact: &HelpContact<'_>) -> Self {
        let text = contact.text.map(|text| match text.word {
            "" => format!("Text {}", text.number),
            word => format!("Text {word} to {}", text.number),
        });
        Self {
            name: contact.name.to_owned(),
            words: contact.what_for.to_owned(),
            telephone: contact.telephone.map(Telephone::new),
            text,
            web: contact.web.map(str::to_owned),
            hours: contact.hours.to_owned(),
        }
    }
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(fault) => {
            let text = format!(
                "This page could not be made ({fault}). This is a fault in Holdfast; tell your network manager."
            );
            (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
        }
    }
}
