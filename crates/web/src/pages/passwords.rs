//! Everybody's passwords, for those who look after accounts: what is true of changing them by date, whose are past their day, and the
//! words that none may be made of.

use super::{
    Frame, Here, announce, found,
    password::{AMENDED, DEPARTS},
    plain, render,
};
use crate::{
    fields::Fields,
    kit::{Field, Problem},
    visit::{Answered, SignedVisit},
    words,
};
use askama::Template;
use axum::http::StatusCode;
use holdfast_records::{
    Fault,
    accounts::{PasswordAges, Standing},
};

#[derive(Template)]
#[template(path = "account/passwords.html")]
struct PasswordsPage {
    frame: Frame,
    kinds: Vec<KindRow>,
    /// Whether anybody changes theirs by date, which departs from national advice.
    by_date: bool,
    old: Vec<OldRow>,
    own_words: Vec<WordRow>,
    word: Field,
    accounts: u64,
    advised: u64,
    problems: Vec<Problem>,
}

/// The passwords of people of one kind.
struct KindRow {
    kind: String,
    standing: String,
    passwords: u64,
    past: u64,
    soon: u64,
    before_rule: u64,
}

/// Somebody whose password is past its day.
struct OldRow {
    name: String,
    since: String,
}

/// A word that the school added.
struct WordRow {
    word: String,
    when: String,
}

pub(crate) async fn page(visit: SignedVisit) -> Answered {
    show(&visit, StatusCode::OK, "", None).await
}

pub(crate) async fn add_word(visit: SignedVisit, fields: Fields) -> Answered {
    let word = fields.get("word");
    match visit.records.add_password_word(&visit.session, word).await {
        Ok(word) => {
            announce(
                &visit,
                "The word is added",
                format!("No new password is made of “{word}”. It is noted in the log."),
            );
            Ok(found("/passwords"))
        }
        Err(fault @ Fault::Wrong(_)) => show(&visit, StatusCode::UNPROCESSABLE_ENTITY, word, Some(plain(&fault))).await,
        Err(fault) => Err(fault),
    }
}

async fn show(visit: &SignedVisit, status: StatusCode, word: &str, error: Option<String>) -> Answered {
    let (school, zone) = (visit.session.school, &visit.sources.school.zone);
    let ages = visit.records.password_ages(school).await?;
    let old = visit.records.old_passwords(&visit.session).await?;
    let own_words = visit.records.password_words(school).await?;
    let counts = visit.records.advice_counts(school).await?;
    let frame = Frame::signed(visit, Here::Account);
    let field = Field::new("word", "Another word")
        .hint("A nickname of the school, its mascot, its street. It cannot be taken away again.")
        .value(word)
        .error(error);
    let page = PasswordsPage {
        frame: if field.error.is_some() { frame.with_errors() } else { frame },
        problems: field.problem().into_iter().collect(),
        by_date: ages.iter().any(|ages| ages.standing.months().is_some()),
        kinds: ages.iter().map(|ages| kind_row(ages, visit)).collect(),
        old: old.into_iter().map(|old| OldRow { name: old.name, since: words::day(old.since, zone) }).collect(),
        own_words: own_words
            .into_iter()
            .map(|own| WordRow { word: own.word, when: words::day(own.added_at, zone) })
            .collect(),
        word: field,
        accounts: counts.accounts,
        advised: counts.read,
    };
    Ok(render(status, &page))
}

fn kind_row(ages: &PasswordAges, visit: &SignedVisit) -> KindRow {
    let every = |months: i32| if months == 12 { "year".to_owned() } else { format!("{months} months") };
    let standing = match &ages.standing {
        Standing::Enforced { months } => format!("Every {}, enforced here", every(*months)),
        Standing::Counted { months } => {
            format!("Every {}, by the school’s own sign-in service; here only counted", every(*months))
        }
        Standing::Superseded { since: Some(since), why } => {
            format!("Not by date, decided on {}: {why}", words::day(*since, &visit.sources.school.zone))
        }
        Standing::Superseded { since: None, .. } => "Not by date".to_owned(),
    };
    KindRow {
        kind: ages.kind.title().to_owned(),
        standing,
        passwords: ages.passwords,
        past: ages.past,
        soon: ages.soon,
        before_rule: ages.before_rule,
    }
}
