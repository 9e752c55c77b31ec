//! How the school sends mail: whether it goes out, what did not arrive, and the server it goes through.

use super::announce;
use super::{Frame, Here, found, plain, render};
use crate::{
    fields::Fields,
    kit::{Choices, Field, Kind, Problem, Row, Tag, Tone, Width},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault, id,
    mail::{MailAccount, MailStanding, NewMailAccount, Security, SignInBy},
};

#[derive(Template)]
#[template(path = "mail/mail.html")]
struct MailPage {
    frame: Frame,
    is_on: bool,
    state: Tag,
    facts: Vec<Row>,
    trouble: Option<String>,
    failed: Vec<FailedRow>,
    without_address: Vec<String>,
}

struct FailedRow {
    when: String,
    what: &'static str,
    outcome: &'static str,
    answer: String,
}

#[derive(Template)]
#[template(path = "mail/server.html")]
struct ServerPage {
    frame: Frame,
    problems: Vec<Problem>,
    security: Choices,
    host: Field,
    port: Field,
    sign_in: Choices,
    user_name: Field,
    secret: Field,
    token_address: Field,
    token_client: Field,
    token_scope: Field,
    sender: Field,
    own_root: Field,
    witness: Field,
}

#[derive(Template)]
#[template(path = "mail/test.html")]
struct TestPage {
    frame: Frame,
    problems: Vec<Problem>,
    to: Field,
    answer: Option<String>,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let account = visit.records.mail_account(&visit.session).await?;
    let standing = visit.records.mail_standing(&visit.session).await?;
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let failed = standing.failed.iter().map(|failed| FailedRow {
        when: words::when(failed.at, now, zone),
        what: if failed.is_for_witness { "A checkpoint for the witness" } else { "That something waits for somebody" },
        outcome: failed.outcome.title(),
        answer: failed.answer.clone(),
    });
    let trouble = standing.trouble.as_ref().map(|(at, answer)| {
        let when = words::when(*at, now, zone);
        format!("The last try, {when}, did not succeed: {answer}")
    });
    let page = MailPage {
        is_on: standing.is_on,
        state: state(&standing),
        facts: facts(&account, &standing, &visit),
        trouble,
        failed: failed.collect(),
        without_address: standing.without_address,
        frame: Frame::signed(&visit, Here::Mail),
    };
    Ok(render(StatusCode::OK, &page))
}

fn state(standing: &MailStanding) -> Tag {
    if !standing.is_on {
        Tag::new("No mail is sent", Tone::Warn)
    } else if standing.trouble.is_some() {
        Tag::new("The last mail did not go", Tone::Bad)
    } else if standing.last_sent.is_some() {
        Tag::new("Mail goes out", Tone::Good)
    } else {
        Tag::new("Nothing was sent yet", Tone::Plain)
    }
}

fn facts(account: &MailAccount, standing: &MailStanding, visit: &SignedVisit) -> Vec<Row> {
    let change = |row: Row, what: &str| row.action("/mail/server", "Change", what);
    if !standing.is_on {
        return vec![change(Row::new("Server", "None: no mail is sent"), "the mail server")];
    }
    let (zone, now) = (&visit.sources.school.zone, visit.caller.now);
    let when = |at: Option<jiff::Timestamp>| at.map_or_else(|| "never".to_owned(), |at| words::when(at, now, zone));
    let waiting = match (standing.waiting, standing.waiting_since) {
        (0, _) => "Nothing".to_owned(),
        (1, since) => format!("1 mail, made {}", when(since)),
        (many, since) => format!("{many} mails, the oldest made {}", when(since)),
    };
    let security = match account.security {
        Security::StartTls => "STARTTLS",
        Security::Tls => "TLS from the start",
        Security::Clear | Security::Off => "not secured",
    };
    let own_root = if account.own_root.is_empty() { "public authorities" } else { "the school’s own root" };
    let witness = if account.witness.is_empty() { "Nobody" } else { &account.witness };
    vec![
        change(Row::new("Server", format!("{}, port {}, {security}", account.host, account.port)), "the mail server"),
        change(Row::new("Its certificate is checked against", own_root), "how the certificate is checked"),
        change(Row::new("Signs in with", account.sign_in.title()), "how Holdfast signs in"),
        change(Row::new("Mails come from", account.sender.as_str()), "the sender"),
        change(Row::new("Checkpoints of the audit log go to", witness), "the witness"),
        Row::new("Waits to be sent", waiting),
        Row::new("Last sent", when(standing.last_sent)),
    ]
}

pub(crate) async fn server_page(visit: SignedVisit) -> Answered {
    let mut account = visit.records.mail_account(&visit.session).await?;
    if account.host.is_empty() {
        // Nothing was set up yet, and whoever comes here wants to.
        account.security = Security::StartTls;
    }
    let port = account.port.to_string();
    Ok(render(StatusCode::OK, &form(&visit, &account, &port, &[])))
}

pub(crate) async fn set_server(visit: SignedVisit, fields: Fields) -> Answered {
    let get = |name: &str| fields.get(name).to_owned();
    let port = get("port");
    let account = MailAccount {
        security: Security::from_word(fields.get("security")).unwrap_or(Security::StartTls),
        host: get("host").to_lowercase(),
        port: port.parse().unwrap_or(0),
        sign_in: SignInBy::from_word(fields.get("sign_in")).unwrap_or(SignInBy::Password),
        user_name: get("user_name"),
        token_address: get("token_address"),
        token_client: get("token_client"),
        token_scope: get("token_scope"),
        sender: get("sender"),
        own_root: get("own_root"),
        witness: get("witness"),
        has_secret: false,
    };
    let new = NewMailAccount { account: &account, secret: fields.exact("secret") };
    let mut problems: Vec<(&'static str, String)> =
        new.problems().into_iter().map(|(field, words)| (field, words.to_owned())).collect();
    if problems.is_empty() {
        match visit.records.set_mail_account(&visit.session, new).await {
            Ok(()) if account.security == Security::Off => {
                let said = "People see what waits for them when they sign in. Nothing is mailed.";
                announce(&visit, "No mail is sent any more", said);
                return Ok(found("/mail"));
            }
            Ok(()) => {
                announce(&visit, "It is kept how mail is sent", "Send a test now, to see whether one arrives.");
                return Ok(found("/mail/test"));
            }
            // The fields are right by themselves, so it is the secret that is missing.
            Err(fault @ Fault::Wrong(_)) => problems.push(("secret", plain(&fault))),
            Err(fault) => return Err(fault),
        }
    }
    Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &form(&visit, &account, &port, &problems)))
}

fn form(visit: &SignedVisit, account: &MailAccount, port: &str, problems: &[(&'static str, String)]) -> ServerPage {
    let error = |name: &str| problems.iter().find(|(field, _)| *field == name).map(|(_, words)| words.clone());
    let field = |name: &'static str, label: &str, hint: &str, value: &str| {
        let field = Field::new(name, label).kind(Kind::Code).value(value).error(error(name));
        if hint.is_empty() { field } else { field.hint(hint) }
    };
    let security =
        Security::ALL.iter().fold(Choices::new("security", "How is the connection secured?"), |choices, one| {
            choices.option(one.word(), crate::words::capital(one.title()))
        });
    let sign_in =
        SignInBy::ALL.iter().fold(Choices::new("sign_in", "How does Holdfast sign in there?"), |choices, one| {
            choices.option(one.word(), crate::words::capital(one.title()))
        });
    let kept = if account.has_secret { " Leave it empty to keep the one that is there." } else { "" };
    let frame = Frame::signed(visit, Here::Mail);
    ServerPage {
        frame: if problems.is_empty() { frame } else { frame.with_errors() },
        problems: problems.iter().map(|(name, words)| Problem::at(*name, words.as_str())).collect(),
        security: security.chosen(account.security.word()).error(error("security")),
        host: field("host", "Mail server", "For example, smtp.office365.com", &account.host),
        port: field("port", "Port", "", port).kind(Kind::Digits).width(Width::Five),
        sign_in: sign_in.chosen(account.sign_in.word()).error(error("sign_in")),
        user_name: field("user_name", "Name", "Often the whole address of the mailbox", &account.user_name),
        secret: Field::password("secret", "Password, or the application’s secret", "off")
            .hint(format!("It is kept encrypted, and no backup holds it readable.{kept}"))
            .error(error("secret")),
        token_address: field(
            "token_address",
            "Where tokens are asked for",
            "Only with OAuth 2. It begins with https://",
            &account.token_address,
        ),
        token_client: field("token_client", "Application (client) id", "Only with OAuth 2", &account.token_client),
        token_scope: field(
            "token_scope",
            "Scope",
            "Only with OAuth 2. For Microsoft 365: https://outlook.office365.com/.default",
            &account.token_scope,
        ),
        sender: Field::new("sender", "The address that mails come from")
            .kind(Kind::Email)
            .value(account.sender.as_str())
            .error(error("sender")),
        own_root: field(
            "own_root",
            "The school’s own root certificate",
            "Only for a server whose certificate no public authority signed. In PEM.",
            &account.own_root,
        ),
        witness: Field::new("witness", "Whom checkpoints of the audit log are sent to")
            .hint(
                "Somebody outside the school who keeps these mails, such as your trust. Once a day. With them anybody can see \
                 later whether the log was altered. May be left empty.",
            )
            .kind(Kind::Email)
            .value(account.witness.as_str())
            .error(error("witness")),
    }
}

pub(crate) async fn test_page(visit: SignedVisit) -> Answered {
    Ok(render(StatusCode::OK, &trial(&visit, "", None, None)))
}

pub(crate) async fn test(visit: SignedVisit, fields: Fields) -> Answered {
    let to = fields.get("to").to_owned();
    if !holdfast_records::mail::is_address(&to) {
        let problem = "Give one address, such as your own.".to_owned();
        return Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &trial(&visit, &to, Some(problem), None)));
    }
    let (account, secret) = match visit.records.mail_account_to_test(&visit.session).await {
        Ok(found) => found,
        Err(fault @ (Fault::Wrong(_) | Fault::Unavailable(_))) => {
            return Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &trial(&visit, &to, Some(plain(&fault)), None)));
        }
        Err(fault) => return Err(fault),
    };
    let (mark, address) = ((id::Row::new(visit.caller.now)?, visit.caller.now), to.clone());
    let tried =
        tokio::task::spawn_blocking(move || holdfast_duty::mail::try_out(&account, secret.as_ref(), &address, mark));
    let page = match tried.await {
        Ok(Ok(answer)) => trial(&visit, &to, None, Some(answer)),
        Ok(Err(refused)) => trial(&visit, &to, Some(refused), None),
        Err(fault) => trial(&visit, &to, Some(format!("Sending broke off: {fault}.")), None),
    };
    let status = if page.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render(status, &page))
}

fn trial(visit: &SignedVisit, to: &str, problem: Option<String>, answer: Option<String>) -> TestPage {
    let frame = Frame::signed(visit, Here::Mail);
    let to = Field::new("to", "Send the test to")
        .hint("An address whose mail you can read now")
        .kind(Kind::Email)
        .autocomplete("email")
        .width(Width::Thirty)
        .value(to)
        .error(problem);
    TestPage {
        frame: if to.error.is_some() { frame.with_errors() } else { frame },
        problems: to.problem().into_iter().collect(),
        to,
        answer,
    }
}
