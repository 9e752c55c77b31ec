//! The register of accounts (catalogue I-01, I-02, I-19): who may sign in, since when; making, resetting and closing them. A
//! passphrase that is made is shown once, on a page of its own that can be printed as a slip.

use super::{
    Frame,
    form::{FormPage, Part, Pick, Search, Wrong, comes_back},
    found,
    people::{announce, frame, may, one::sentence, places},
    render,
};
use crate::{
    fields::Fields,
    kit::{Area, Field, Kind as Typing, Tag, Tone, Width},
    seats::Handed,
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    access::Act,
    accounts::{Account, AccountState},
    id,
    people::{Found, Seeking},
};

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct AccountsPage {
    frame: Frame,
    places: Vec<Area>,
    leavers: usize,
    rows: Vec<Row>,
    without: Vec<String>,
    shows_closed: bool,
}

struct Row {
    person: id::Person,
    name: String,
    who: String,
    sign_in_name: String,
    since: String,
    state: Tag,
    may_change: bool,
}

#[derive(Template)]
#[template(path = "accounts/passphrase.html")]
struct PassphrasePage {
    frame: Frame,
    school: String,
    name: String,
    sign_in_name: String,
    /// Nothing once it was shown.
    passphrase: Option<crate::seats::Word>,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let shows_closed = visit.query.get("state") == "closed";
    let accounts = visit.records.accounts(&visit.session).await?;
    let is_closed = |account: &Account| matches!(account.state, AccountState::Closed(_));
    let leavers = accounts.iter().filter(|account| account.has_left && !is_closed(account)).count();
    let mut rows = Vec::new();
    for account in accounts.iter().filter(|account| is_closed(account) == shows_closed) {
        rows.push(row(&visit, account).await?);
    }
    let without = visit.records.staff_without_account(&visit.session).await?;
    let page = AccountsPage {
        frame: frame(&visit),
        places: places(&visit, "/accounts"),
        leavers,
        rows,
        without: without.into_iter().map(|(_, name)| name).collect(),
        shows_closed,
    };
    Ok(render(StatusCode::OK, &page))
}

async fn row(visit: &SignedVisit, account: &Account) -> Result<Row, Fault> {
    let zone = &visit.sources.school.zone;
    let state = match account.state {
        AccountState::NotYetUsed => Tag::new("Not used yet", Tone::Under),
        AccountState::InUse => Tag::new("In use", Tone::Good),
        AccountState::Closed(at) => Tag::new(format!("Closed {}", words::day(at, zone)), Tone::Plain),
    };
    let is_closed = matches!(account.state, AccountState::Closed(_));
    Ok(Row {
        person: account.person,
        name: account.full_name.clone(),
        who: format!("{}{}", sentence(account.kind.title()), if account.has_left { ", left the school" } else { "" }),
        sign_in_name: account.sign_in_name.clone(),
        since: words::day(account.made_at, zone),
        state,
        may_change: !is_closed && may(visit, Act::AccountChanged, account.person).await?,
    })
}

pub(crate) async fn add_page(visit: SignedVisit) -> Answered {
    form(&visit, &Fields::default(), None, Wrong::default()).into()
}

pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let people = visit.records.find_for(&visit.session, fields.get("search"), Seeking::Account).await?;
    if fields.get("step") != "add" {
        return form(&visit, &fields, Some(&people), Wrong::default()).into();
    }
    let Ok(person) = id::Person::parse(fields.get("person")) else {
        return form(&visit, &fields, Some(&people), Wrong::at("person", "Choose who it is.")).into();
    };
    match visit.records.create_account(&visit.session, person, fields.get("sign_in_name")).await {
        Ok(passphrase) => {
            visit.seats.hand(visit.seat.number, Handed { person, passphrase });
            Ok(found(&format!("/accounts/{person}/passphrase")))
        }
        Err(fault) if comes_back(&fault) => {
            form(&visit, &fields, Some(&people), Wrong::of(&fault, &[], "sign_in_name")).into()
        }
        Err(fault) => Err(fault),
    }
}

fn form(visit: &SignedVisit, fields: &Fields, people: Option<&Found>, wrong: Wrong) -> FormPage {
    let mut parts = Vec::new();
    if let Some(people) = people.filter(|people| !people.people.is_empty()) {
        parts.extend([
            Part::Pick(Pick::new("Whose account is it?", people, fields.get("person"), wrong.field("person"))),
            Part::Input(
                Field::new("sign_in_name", "Name to sign in with")
                    .hint("Small letters, digits and full stops are easiest to type, such as a.ash")
                    .value(fields.get("sign_in_name"))
                    .kind(Typing::Code)
                    .autocomplete("off")
                    .width(Width::Twenty)
                    .error(wrong.field("sign_in_name")),
            ),
            Part::Kept("search", fields.get("search").to_owned()),
            Part::Kept("step", "add".to_owned()),
        ]);
    }
    FormPage {
        words: vec!["Everybody signs in as themselves: one account for one person, never one for several.".to_owned()],
        search: Some(Search::new("Find the person by name", fields.get("search"), people)),
        parts,
        wrong,
        button: "Make the account",
        ..FormPage::new(frame(visit), "Make an account", "/accounts/add", "/accounts")
    }
}

pub(crate) async fn reset_page(visit: SignedVisit) -> Answered {
    let account = open(&visit).await?;
    reset_form(&visit, &account, Wrong::default()).into()
}

pub(crate) async fn reset(visit: SignedVisit, _: Fields) -> Answered {
    let account = open(&visit).await?;
    match visit.records.reset_password(&visit.session, account.person).await {
        Ok(passphrase) => {
            visit.seats.hand(visit.seat.number, Handed { person: account.person, passphrase });
            Ok(found(&format!("/accounts/{}/passphrase", account.person)))
        }
        Err(fault) if comes_back(&fault) => reset_form(&visit, &account, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

fn reset_form(visit: &SignedVisit, account: &Account, wrong: Wrong) -> FormPage {
    FormPage {
        words: vec![
            format!("The account is that of {}, who signs in as {}.", account.full_name, account.sign_in_name),
            "Do it only where they asked you for it themselves: somebody else may say that they are them. They are signed out \
             everywhere, and get a passphrase for the next sign-in."
                .to_owned(),
        ],
        warning: Some(
            "What was sealed for them opens only when somebody else who can open it admits them. Until somebody confirms their new \
             key, they act in no duty."
                .to_owned(),
        ),
        wrong,
        parts: vec![Part::Kept("step", "reset".to_owned())],
        button: "Reset the password",
        is_grave: true,
        ..FormPage::new(frame(visit), "Reset a password", format!("/accounts/{}/reset", account.person), "/accounts")
    }
}

pub(crate) async fn second_step_page(visit: SignedVisit) -> Answered {
    let account = open(&visit).await?;
    second_step_form(&visit, &account, Wrong::default()).into()
}

pub(crate) async fn reset_second_step(visit: SignedVisit, _: Fields) -> Answered {
    let account = open(&visit).await?;
    match visit.records.reset_second_step(&visit.session, account.person).await {
        Ok(()) => {
            let words = "What was signed in by it has ended. They are told, and set it up anew when they sign in with their password.";
            announce(&visit, "The second step is taken away", words);
            Ok(found("/accounts"))
        }
        Err(fault) if comes_back(&fault) => second_step_form(&visit, &account, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

fn second_step_form(visit: &SignedVisit, account: &Account, wrong: Wrong) -> FormPage {
    FormPage {
        words: vec![
            format!("The account is that of {}, who signs in as {}.", account.full_name, account.sign_in_name),
            "For somebody who lost their telephone or passkey, and their spare codes too. Their app, passkeys and spare codes go; their \
             password stays."
                .to_owned(),
            "They are told of it, and where they hear concerns, so are the others who do.".to_owned(),
        ],
        warning: Some(
            "Do it only where they asked you for it themselves, face to face or on a number that you knew before: somebody who has \
             their password may say that they are them."
                .to_owned(),
        ),
        wrong,
        parts: vec![Part::Kept("step", "reset".to_owned())],
        button: "Take it away",
        is_grave: true,
        ..FormPage::new(
            frame(visit),
            "Reset a second step",
            format!("/accounts/{}/second-step", account.person),
            "/accounts",
        )
    }
}

pub(crate) async fn close_page(visit: SignedVisit) -> Answered {
    let account = open(&visit).await?;
    close_form(&visit, &account, Wrong::default()).into()
}

pub(crate) async fn close(visit: SignedVisit, _: Fields) -> Answered {
    let account = open(&visit).await?;
    match visit.records.close_account(&visit.session, account.person).await {
        Ok(()) => {
            announce(&visit, "The account is closed", "They are signed out everywhere, and their key is gone.");
            Ok(found("/accounts"))
        }
        Err(fault) if comes_back(&fault) => close_form(&visit, &account, Wrong::of(&fault, &[], "")).into(),
        Err(fault) => Err(fault),
    }
}

fn close_form(visit: &SignedVisit, account: &Account, wrong: Wrong) -> FormPage {
    FormPage {
        words: vec![
            format!("The account is that of {}, who signs in as {}.", account.full_name, account.sign_in_name),
            "They cannot sign in any more, and their key is gone. Another account can be made later.".to_owned(),
        ],
        wrong,
        parts: vec![Part::Kept("step", "close".to_owned())],
        button: "Close the account",
        is_grave: true,
        ..FormPage::new(frame(visit), "Close an account", format!("/accounts/{}/close", account.person), "/accounts")
    }
}

/// The passphrase that was made a moment ago: the first time it is asked for, and not again.
pub(crate) async fn passphrase(visit: SignedVisit) -> Answered {
    let account = open(&visit).await?;
    let passphrase = visit.seats.handed(visit.seat.number, account.person);
    let page = PassphrasePage {
        frame: frame(&visit),
        school: visit.sources.school.name.clone(),
        name: account.full_name,
        sign_in_name: account.sign_in_name,
        passphrase,
    };
    Ok(render(StatusCode::OK, &page))
}

/// The open account of whom the path names, to whoever may change it.
async fn open(visit: &SignedVisit) -> Result<Account, Fault> {
    let person = id::Person::parse(visit.places.get("person"))?;
    if !may(visit, Act::AccountChanged, person).await? {
        return Err(Fault::NotFound);
    }
    let accounts = visit.records.accounts(&visit.session).await?;
    let is_theirs = |account: &Account| account.person == person && !matches!(account.state, AccountState::Closed(_));
    accounts.into_iter().find(is_theirs).ok_or(Fault::NotFound)
}
