//! The providers that the school's people sign in with: adding one, trying it, a new secret, second steps, removing it.

use super::super::announce;
use super::{waiting, way_back};
use crate::words::capital;
use crate::{
    fields::Fields,
    kit::{Field, Kind, Problem, Width},
    pages::{Frame, Here, found, render},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault, id,
    sign_on::{NewProvider, Provider, ProviderKind},
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The fields of the form for a new one, as the records name them in what is wrong.
const FIELDS: [&str; 5] = ["title", "domain", "issuer", "client", "secret"];

#[derive(Template)]
#[template(path = "sign_on/providers.html")]
struct ProvidersPage {
    frame: Frame,
    providers: Vec<ProviderRow>,
}

struct ProviderRow {
    id: String,
    title: String,
    kind: String,
    since: String,
    second_step: bool,
}

#[derive(Template)]
#[template(path = "sign_on/new.html")]
struct NewPage {
    frame: Frame,
    kind: &'static str,
    kind_title: &'static str,
    /// What must be done there first, a sentence each.
    steps: &'static [&'static str],
    fields: Vec<Field>,
    secret: Field,
    problems: Vec<Problem>,
}

#[derive(Template)]
#[template(path = "sign_on/provider.html")]
struct ProviderPage {
    frame: Frame,
    id: String,
    title: String,
    kind: String,
    issuer: String,
    client: String,
    domain: Option<(&'static str, String)>,
    /// What is entered there as the address that people are sent back to.
    back: String,
    secret: Field,
    shown_by: Field,
    has_second_step: bool,
    problems: Vec<Problem>,
    /// What came of trying it, if it was tried just now.
    tried: Option<Tried>,
}

/// What came of trying a provider.
struct Tried {
    is_good: bool,
    words: String,
}

pub(crate) async fn list(visit: SignedVisit) -> Answered {
    let zone = &visit.sources.school.zone;
    let providers = visit.records.sign_on_providers(visit.session.school).await?;
    let row = |provider: &Provider| ProviderRow {
        id: provider.id.to_string(),
        title: provider.title.clone(),
        kind: capital(provider.kind.title()),
        since: words::when(provider.added_at, visit.caller.now, zone),
        second_step: !provider.shown_by.is_empty(),
    };
    let providers = providers.iter().map(row).collect();
    Ok(render(StatusCode::OK, &ProvidersPage { frame: Frame::signed(&visit, Here::Nowhere), providers }))
}

pub(crate) async fn new(visit: SignedVisit) -> Answered {
    let kind = kind(&visit)?;
    let frame = Frame::signed(&visit, Here::Nowhere);
    Ok(render(StatusCode::OK, &new_page(frame, kind, &Fields::default(), Vec::new())))
}

pub(crate) async fn add(visit: SignedVisit, fields: Fields) -> Answered {
    let kind = kind(&visit)?;
    let new = NewProvider {
        kind: Some(kind),
        title: fields.get("title").to_owned(),
        issuer: fields.get("issuer").to_owned(),
        client: fields.get("client").to_owned(),
        secret: Zeroizing::new(fields.get("secret").to_owned()),
        domain: fields.get("domain").to_owned(),
    };
    match visit.records.add_sign_on_provider(&visit.session, &new).await {
        Ok(provider) => {
            announce(
                &visit,
                "Provider added",
                "Enter the address below there, then try it. Its button stands on the page where people sign in.",
            );
            Ok(found(&format!("/settings/sign-in/{provider}")))
        }
        Err(Fault::Wrong(wrong)) => {
            let frame = Frame::signed(&visit, Here::Nowhere).with_errors();
            let problems = wrong.iter().map(|problem| at_its_field(&problem.message)).collect();
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &new_page(frame, kind, &fields, problems)))
        }
        Err(fault) => Err(fault),
    }
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    let provider = named(&visit).await?;
    Ok(render(StatusCode::OK, &provider_page(&visit, &provider, Vec::new(), None)))
}

/// Asks the provider now what it says of itself, and tells what it was.
pub(crate) async fn test(visit: SignedVisit, _: Fields) -> Answered {
    let provider = named(&visit).await?;
    let (sign_on, now, asked) = (Arc::clone(&visit.sign_on), visit.caller.now, provider.clone());
    let tried = waiting(&visit.sign_on, move || sign_on.peers.test(&asked, now)).await?;
    let tried = match tried {
        Some(Ok((algorithms, keys))) => Tried {
            is_good: true,
            words: format!(
                "It answers as {} and publishes {keys} {}; {algorithms} of its ways of signing are taken here. Whether the \
                 client id and the secret are right shows when somebody signs in.",
                provider.issuer,
                if keys == 1 { "key" } else { "keys" },
            ),
        },
        Some(Err(trouble)) => Tried { is_good: false, words: trouble.to_string() },
        None => Tried {
            is_good: false,
            words: "It was not asked: too many wait for other sign-ins just now. Try again in a moment.".to_owned(),
        },
    };
    Ok(render(StatusCode::OK, &provider_page(&visit, &provider, Vec::new(), Some(tried))))
}

pub(crate) async fn replace_secret(visit: SignedVisit, fields: Fields) -> Answered {
    let provider = named(&visit).await?;
    let replaced = visit.records.replace_sign_on_secret(&visit.session, provider.id, fields.get("secret")).await;
    told(&visit, &provider, replaced, ("The new secret is kept", "It is used from the next sign-in."))
}

pub(crate) async fn set_second_step(visit: SignedVisit, fields: Fields) -> Answered {
    let provider = named(&visit).await?;
    let set = visit.records.set_sign_on_second_step(&visit.session, provider.id, fields.get("words")).await;
    let words = if fields.get("words").is_empty() {
        "A second step there counts for nothing here. Whoever needs one signs in here."
    } else {
        "Whoever needs a second step is let in where one of these words is in what the provider sends."
    };
    told(&visit, &provider, set, ("Second steps are set", words))
}

pub(crate) async fn remove(visit: SignedVisit, _: Fields) -> Answered {
    let provider = id::Provider::parse(visit.places.get("provider"))?;
    visit.records.remove_sign_on_provider(&visit.session, provider).await?;
    announce(
        &visit,
        "Provider removed",
        "Nobody signs in with it any more, and whoever was signed in with it is out at their next click.",
    );
    Ok(found("/settings/sign-in"))
}

fn told(visit: &SignedVisit, provider: &Provider, done: Result<(), Fault>, words: (&str, &str)) -> Answered {
    match done {
        Ok(()) => {
            announce(visit, words.0, words.1);
            Ok(found(&format!("/settings/sign-in/{}", provider.id)))
        }
        Err(Fault::Wrong(wrong)) => {
            let problems = wrong.iter().map(|problem| at_its_field(&problem.message)).collect();
            Ok(render(StatusCode::UNPROCESSABLE_ENTITY, &provider_page(visit, provider, problems, None)))
        }
        Err(fault) => Err(fault),
    }
}

/// The provider that the path names, whether its secret opens or not.
async fn named(visit: &SignedVisit) -> Result<Provider, Fault> {
    let wanted = id::Provider::parse(visit.places.get("provider"))?;
    let providers = visit.records.sign_on_providers(visit.session.school).await?;
    providers.into_iter().find(|known| known.id == wanted).ok_or(Fault::NotFound)
}

fn kind(visit: &SignedVisit) -> Result<ProviderKind, Fault> {
    ProviderKind::from_word(visit.places.get("kind")).ok_or(Fault::NotFound)
}

/// What is wrong, at the field that the records name first.
fn at_its_field(message: &str) -> Problem {
    let named = message.split_once(": ").filter(|(field, _)| FIELDS.contains(field) || *field == "words");
    match named {
        Some((field, words)) => Problem::at(field, capital(words)),
        None => Problem::of_all(message),
    }
}

fn error_of(problems: &[Problem], field: &str) -> Option<String> {
    problems.iter().find(|problem| problem.field.as_deref() == Some(field)).map(|problem| problem.words.clone())
}

fn new_page(frame: Frame, kind: ProviderKind, typed: &Fields, problems: Vec<Problem>) -> NewPage {
    let field = |name: &str, label: &str, hint: &str| {
        Field::new(name, label).hint(hint).value(typed.get(name)).error(error_of(&problems, name))
    };
    let title =
        field("title", "What the button calls it", "Such as: your school Microsoft account").width(Width::Thirty);
    let client = |label: &str| field("client", label, "As the provider shows it.").kind(Kind::Code).autocomplete("off");
    let (steps, fields): (&'static [&'static str], Vec<Field>) = match kind {
        ProviderKind::Entra => (
            &ENTRA,
            vec![
                title,
                field("domain", "Directory (tenant) ID", "36 signs. Never “common”: that is everybody’s.")
                    .kind(Kind::Code)
                    .autocomplete("off"),
                client("Application (client) ID"),
            ],
        ),
        ProviderKind::Google => (
            &GOOGLE,
            vec![
                title,
                field("domain", "Your Google Workspace domain", "Such as: brook-lane.example")
                    .kind(Kind::Code)
                    .autocomplete("off"),
                client("Client ID"),
            ],
        ),
        ProviderKind::Other => (
            &OTHER,
            vec![
                title,
                field(
                    "issuer",
                    "Issuer",
                    "An address that begins with https://, sign by sign as the provider shows it.",
                )
                .kind(Kind::Code)
                .autocomplete("off"),
                client("Client ID"),
            ],
        ),
    };
    let secret = Field::password("secret", "Client secret", "off")
        .hint("Its value, which the provider shows only once. It is kept under this machine’s own key, and shown to nobody again.")
        .error(error_of(&problems, "secret"));
    NewPage { frame, kind: kind.word(), kind_title: kind.title(), steps, fields, secret, problems }
}

const ENTRA: [&str; 3] = [
    "In the Entra admin centre, register an application for “accounts in this organisational directory only”.",
    "Under “Certificates & secrets”, make a client secret, and note when it runs out: after two years at most, nobody signs in with it.",
    "Under “Token configuration”, add the optional claim “amr” to the ID token if a second step there is to count here.",
];
const GOOGLE: [&str; 2] = [
    "In the Google Cloud console, set the consent screen to “internal”, and make an OAuth client of the kind “web application”.",
    "Google does not say whether somebody gave a second step. Whoever needs one here signs in here.",
];
const OTHER: [&str; 2] = [
    "Register us there as a confidential client that uses the authorisation code with PKCE.",
    "Its tokens must be signed with a key pair (RS256, ES256 and the like), and it must be reached over HTTPS.",
];

fn provider_page(
    visit: &SignedVisit,
    provider: &Provider,
    problems: Vec<Problem>,
    tried: Option<Tried>,
) -> ProviderPage {
    let frame = Frame::signed(visit, Here::Nowhere);
    let frame = if problems.is_empty() { frame } else { frame.with_errors() };
    let domain = provider.domain.clone().map(|domain| {
        let called = if provider.kind == ProviderKind::Entra { "Tenant" } else { "Domain" };
        (called, domain)
    });
    let shown_by = Field::new("words", "Words that show a second step")
        .hint(
            "Of “amr” or “acr”, apart by spaces, such as: mfa. Leave it empty if a second step there is not to count.",
        )
        .kind(Kind::Code)
        .width(Width::Twenty)
        .value(provider.shown_by.join(" "))
        .error(error_of(&problems, "words"));
    let secret = Field::password("secret", "New client secret", "off").error(error_of(&problems, "secret"));
    ProviderPage {
        frame,
        id: provider.id.to_string(),
        title: provider.title.clone(),
        kind: capital(provider.kind.title()),
        issuer: provider.issuer.clone(),
        client: provider.client.clone(),
        domain,
        back: way_back(&visit.caller.origin, provider.id),
        secret,
        shown_by,
        has_second_step: !provider.shown_by.is_empty(),
        problems,
        tried,
    }
}
