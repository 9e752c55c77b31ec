//! Sealed emergency sign-ins: the door for whoever opened the school's safe, what they may do for half an hour, and looking after the
//! codes. Not emergency access, which is to one person's records.

use super::{
    Frame, Here, announce, errors, found, plain, render,
    set_up::{is_own_form, seated},
};
use crate::{
    cookie,
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Tag, Tone, Width},
    seats::{Limits, Stage},
    visit::{Answered, DoorVisit, SignedVisit},
    words,
};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use holdfast_records::{
    Fault, Session,
    access::Duty,
    accounts::{AccountState, MOST_SEALED, SealedReason, SealedSignIn, SealedStanding},
    id,
    people::GiveDuty,
};
use jiff::SignedDuration;
use zeroize::Zeroizing;

/// How long such a seat lasts without a request; in all, the verbs end it.
const IDLE: SignedDuration = SignedDuration::from_mins(10);
const LONGEST: SignedDuration = SignedDuration::from_mins(30);

#[derive(Template)]
#[template(path = "sealed/sign_in.html")]
struct SealedPage {
    frame: Frame,
    school: Option<Field>,
    code: Field,
    reason: Choices,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "sealed/accounts.html")]
struct AccountsPage {
    frame: Frame,
    accounts: Vec<AccountRow>,
}

struct AccountRow {
    person: String,
    sign_in_name: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "sealed/passphrase.html")]
struct PassphrasePage {
    frame: Frame,
    sign_in_name: String,
    passphrase: Zeroizing<String>,
}

#[derive(Template)]
#[template(path = "sealed/list.html")]
struct ListPage {
    frame: Frame,
    waiting: usize,
    codes: Vec<CodeRow>,
}

struct CodeRow {
    id: String,
    made: String,
    tag: Tag,
    what: String,
    can_end: bool,
    can_review: bool,
}

#[derive(Template)]
#[template(path = "sealed/new.html")]
struct NewPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "sealed/code.html")]
struct CodePage {
    frame: Frame,
    address: String,
    code: Zeroizing<String>,
}

pub(crate) async fn page(visit: DoorVisit) -> Answered {
    let school = is_one_of_several(&visit).await?.then(String::new);
    Ok(sealed_page(&visit, school.as_deref(), "", [None, None]))
}

pub(crate) async fn sign_in(visit: DoorVisit, fields: Fields) -> Answered {
    let is_one_of_several = is_one_of_several(&visit).await?;
    let school = if is_one_of_several { fields.get("school").to_owned() } else { visit.records.only_school().await? };
    let shown = is_one_of_several.then_some(school.as_str());
    let Some(reason) = SealedReason::from_word(fields.get("reason")) else {
        let wrong = Some("Say why it is used.".to_owned());
        return Ok(sealed_page(&visit, shown, "", [None, wrong]));
    };
    let used = visit.records.use_sealed_sign_in(&school, fields.get("code"), reason, &visit.caller.place()).await;
    match used {
        Ok((session, _)) => {
            let limits =
                Limits { idle: IDLE, idle_safeguarding: IDLE, longest: LONGEST, confirmed: SignedDuration::ZERO };
            seated(&visit, Stage::Sealed(session), limits, "/sign-in/emergency/accounts")
        }
        Err(fault @ (Fault::NotAllowed(_) | Fault::Wrong(_))) => {
            Ok(sealed_page(&visit, shown, reason.word(), [Some(plain(&fault)), None]))
        }
        Err(fault) => Err(fault),
    }
}

fn sealed_page(visit: &DoorVisit, school: Option<&str>, chosen: &str, wrong: [Option<String>; 2]) -> Response {
    let [wrong_code, wrong_reason] = wrong;
    let school = school
        .map(|code| Field::new("school", "Your school’s short code").kind(Kind::Code).width(Width::Twenty).value(code));
    let code = Field::new("code", "The code from the safe")
        .kind(Kind::Code)
        .width(Width::Thirty)
        .autocomplete("off")
        .hint("Twenty signs in five groups. It works once.")
        .error(wrong_code);
    let mut reason = Choices::new("reason", "Why it is used").error(wrong_reason);
    for one in SealedReason::ALL {
        reason = reason.option(one.word(), words::capital(one.title()));
    }
    let problems: Vec<Problem> = [code.problem(), reason.problem()].into_iter().flatten().collect();
    let frame = Frame::new(&visit.sources, Here::SignIn);
    let (status, frame) = if problems.is_empty() {
        (StatusCode::OK, frame)
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, frame.with_errors())
    };
    render(status, &SealedPage { frame, school, code, reason: reason.chosen(chosen), problems })
}

pub(crate) async fn accounts(visit: DoorVisit) -> Answered {
    let session = match sealed(&visit).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let accounts = visit.records.accounts(&session).await?;
    let open = accounts.into_iter().filter_map(|account| {
        let state = match account.state {
            AccountState::NotYetUsed => "Not signed in yet",
            AccountState::InUse => "In use",
            AccountState::Closed(_) => return None,
        };
        Some(AccountRow { person: account.person.to_string(), sign_in_name: account.sign_in_name, state })
    });
    let page = AccountsPage { accounts: open.collect(), frame: framed(&visit) };
    Ok(render(StatusCode::OK, &page))
}

pub(crate) async fn reset(visit: DoorVisit, fields: Fields) -> Answered {
    let session = match acting(&visit, &fields).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let person = id::Person::parse(fields.get("person"))?;
    let accounts = visit.records.accounts(&session).await?;
    let account = accounts.into_iter().find(|account| account.person == person).ok_or(Fault::NotFound)?;
    match visit.records.reset_password(&session, person).await {
        Ok(passphrase) => {
            let sign_in_name = account.sign_in_name;
            Ok(render(StatusCode::OK, &PassphrasePage { frame: framed(&visit), sign_in_name, passphrase }))
        }
        Err(fault) => told(&visit, fault),
    }
}

pub(crate) async fn second_step(visit: DoorVisit, fields: Fields) -> Answered {
    let session = match acting(&visit, &fields).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let person = id::Person::parse(fields.get("person"))?;
    match visit.records.reset_second_step(&session, person).await {
        Ok(()) => {
            announce(
                &visit,
                "Taken away",
                "They set it up anew when they sign in with their password. They are told of it.",
            );
            Ok(found("/sign-in/emergency/accounts"))
        }
        Err(fault) => told(&visit, fault),
    }
}

pub(crate) async fn technician(visit: DoorVisit, fields: Fields) -> Answered {
    let session = match acting(&visit, &fields).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let person = id::Person::parse(fields.get("person"))?;
    let given = GiveDuty { duty: Duty::Technician, person, is_deputy: false, from: None };
    match visit.records.give_duty(&session, &given).await {
        Ok(_) => {
            announce(&visit, "Named", "They look after accounts from now on. It is in the log.");
            Ok(found("/sign-in/emergency/accounts"))
        }
        Err(fault) => told(&visit, fault),
    }
}

pub(crate) async fn end(visit: DoorVisit, fields: Fields) -> Answered {
    if let Err(elsewhere) = acting(&visit, &fields).await? {
        return Ok(elsewhere);
    }
    if let Some(word) = &visit.caller.cookie {
        visit.seats.leave(word);
    }
    let mut response = found("/sign-in");
    response.headers_mut().insert(header::SET_COOKIE, cookie::take());
    Ok(response)
}

/// Whoever signed in with a sealed code, while it runs; others are led to where the code is typed.
async fn sealed(visit: &DoorVisit) -> Result<Result<Session, Response>, Fault> {
    if let Some(Stage::Sealed(session)) = visit.seat.as_ref().map(|seat| seat.stage.clone())
        && visit.records.sealed_sign_in_runs(&session).await?
    {
        return Ok(Ok(session));
    }
    Ok(Err(found("/sign-in/emergency")))
}

/// The same for a form, which carries its seat's token.
async fn acting(visit: &DoorVisit, fields: &Fields) -> Result<Result<Session, Response>, Fault> {
    match sealed(visit).await? {
        Ok(_) if !is_own_form(visit, fields) => Ok(Err(errors::page(&visit.sources, StatusCode::FORBIDDEN))),
        entered => Ok(entered),
    }
}

/// What the verb refused, told on the page that it was asked on.
fn told(visit: &DoorVisit, fault: Fault) -> Answered {
    match fault {
        Fault::NotAllowed(_) | Fault::Wrong(_) | Fault::Changed(_) => {
            announce(visit, "Nothing was done", plain(&fault));
            Ok(found("/sign-in/emergency/accounts"))
        }
        fault => Err(fault),
    }
}

fn framed(visit: &DoorVisit) -> Frame {
    let token = visit.seat.as_ref().map(|seat| seat.token.to_string()).unwrap_or_default();
    let announces = visit.seat.as_ref().and_then(|seat| visit.seats.announced(seat.number));
    Frame { token, announces, ..Frame::new(&visit.sources, Here::SignIn) }
}

async fn is_one_of_several(visit: &DoorVisit) -> Result<bool, Fault> {
    Ok(visit.records.schools().await?.len() > 1)
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let listed = visit.records.sealed_sign_ins(&visit.session).await?;
    let waiting = listed.iter().filter(|one| one.state == SealedStanding::Waits).count();
    let codes = listed.iter().map(|one| row(&visit, one)).collect();
    Ok(render(StatusCode::OK, &ListPage { waiting, codes, frame: Frame::signed(&visit, Here::Nowhere) }))
}

fn row(visit: &SignedVisit, one: &SealedSignIn) -> CodeRow {
    let zone = &visit.sources.school.zone;
    let when = |at| words::when(at, visit.caller.now, zone);
    let (tag, what) = match &one.state {
        SealedStanding::Waits => (Tag::new("In the safe", Tone::Good), "Not used.".to_owned()),
        SealedStanding::Ended(at) => (Tag::new("Ended", Tone::Plain), format!("Ended {}, not used.", when(*at))),
        SealedStanding::Used { reason, at, reviewed, is_overdue, .. } => {
            let tag = match (reviewed, is_overdue) {
                (Some(true), _) => Tag::new("Found right", Tone::Good),
                (Some(false), _) => Tag::new("Found not right", Tone::Bad),
                (None, false) => Tag::new("Used, to be reviewed", Tone::Under),
                (None, true) => Tag::new("Review is late", Tone::Warn),
            };
            (tag, format!("Used {}: {}.", when(*at), reason.title()))
        }
    };
    CodeRow {
        id: one.id.to_string(),
        made: format!("{}, by {}", when(one.made_at), one.made_by),
        tag,
        what,
        can_end: one.state == SealedStanding::Waits,
        can_review: matches!(one.state, SealedStanding::Used { reviewed: None, .. }),
    }
}

pub(crate) async fn new(visit: SignedVisit) -> Answered {
    Ok(render(StatusCode::OK, &NewPage { frame: Frame::signed(&visit, Here::Nowhere) }))
}

pub(crate) async fn make(visit: SignedVisit, _: Fields) -> Answered {
    let made = visit.records.make_sealed_sign_in(&visit.session).await?;
    let settings = &visit.sources.settings;
    let origin = settings.secure_origin.clone().unwrap_or_else(|| settings.own_origin.clone());
    let address = format!("{origin}/sign-in/emergency");
    Ok(render(StatusCode::OK, &CodePage { frame: Frame::signed(&visit, Here::Nowhere), address, code: made.text }))
}

pub(crate) async fn end_code(visit: SignedVisit, _: Fields) -> Answered {
    let code = id::Row::parse(visit.places.get("code"))?;
    visit.records.end_sealed_sign_in(&visit.session, code).await?;
    announce(&visit, "Ended", "The code lets nobody in any more. Make another for the safe.");
    Ok(found("/emergency-sign-ins"))
}

pub(crate) async fn review(visit: SignedVisit, fields: Fields) -> Answered {
    let code = id::Row::parse(visit.places.get("code"))?;
    let was_right = match fields.get("found") {
        "right" => true,
        "not-right" => false,
        _ => return Err(Fault::wrong("Say whether it was right.")),
    };
    visit.records.review_sealed_sign_in(&visit.session, code, was_right).await?;
    announce(&visit, "Reviewed", "What you found is in the log.");
    Ok(found("/emergency-sign-ins"))
}
