//! What a child may wish for what they tell, beside the telling itself: whether it may be said who told, whom they would like to talk
//! with, whether they want to look later whether it was read. Each page asks the same of everybody, whatever it is about.

use super::for_you;
use crate::{fields::Fields, kit::Choices, visit::SignedVisit};
use holdfast_records::{
    Fault, id,
    pupil::{Reading, Wishes},
};

/// How many names are shown as things to press; more are a list to choose from.
const MOST_TILES: usize = 8;

/// What the page asks.
pub(super) struct Asks {
    /// How the page speaks.
    pub reading: Reading,
    /// Whether it may be said who told.
    pub named: Choices,
    /// What stands beside its answers.
    pub signs: [&'static str; 2],
    /// With whom they would like to talk; nothing where nobody is near.
    pub talk: Option<Choices>,
    /// Whether these are too many to be things to press.
    pub has_many: bool,
    /// Whether a receipt is offered; to others it is said who tells them.
    pub has_receipt: bool,
    /// Whether it is ticked.
    pub wants_receipt: bool,
}

/// How the page speaks to whoever asks: by their age, unless they chose another way.
pub(super) async fn reading(visit: &SignedVisit, chosen: &str) -> Result<Reading, Fault> {
    match Reading::from_word(chosen) {
        Some(reading) => Ok(reading),
        None => visit.records.pupil_reads(&visit.session).await,
    }
}

/// The other way in which a page can speak, for whoever would rather have that: its code, and what it is called.
pub(super) fn other(reading: Reading) -> (&'static str, &'static str) {
    match reading {
        Reading::Symbols | Reading::Both => (Reading::Words.word(), "I want to write"),
        Reading::Words => (Reading::Both.word(), "I want pictures"),
    }
}

/// The questions, with what was answered before.
pub(super) async fn asks(visit: &SignedVisit, fields: &Fields, reading: Reading) -> Result<Asks, Fault> {
    let trusted = visit.records.trusted_adults(&visit.session).await?;
    let mut adults = if trusted.chosen.is_empty() { trusted.near } else { trusted.chosen };
    // Whom it is about is not asked, and not offered.
    adults.retain(|adult| adult.person.to_string() != fields.get("who"));
    let has_many = adults.len() > MOST_TILES;
    let mut talk = Choices::new("talk", "Who would you like to talk to?")
        .hint("You do not have to choose. It may be another grown-up who comes.");
    if has_many || reading == Reading::Words {
        talk = talk.option("any", "I do not mind who");
    }
    for adult in &adults {
        talk = talk.option(adult.person.to_string(), &adult.name);
    }
    let named = Choices::new("named", "Can we tell your teacher that it was you?")
        .hint("We may need to tell a grown-up who can help you. We will say so first.")
        .option("yes", "Yes")
        .option("no", "No")
        .chosen(fields.get("named"));
    Ok(Asks {
        reading,
        named,
        signs: ["✓", "✗"],
        talk: (!adults.is_empty()).then(|| talk.chosen(fields.get("talk"))),
        has_many,
        has_receipt: for_you::has_own_password(visit),
        wants_receipt: fields.get("receipt") == "yes",
    })
}

/// What was wished for.
pub(super) fn wished(visit: &SignedVisit, fields: &Fields) -> Wishes {
    let may_name = match fields.get("named") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let talk_to = match fields.get("talk") {
        "" | "any" => None,
        adult => id::Person::parse(adult).ok(),
    };
    let wants_receipt = fields.get("receipt") == "yes" && for_you::has_own_password(visit);
    Wishes { may_name, talk_to, wants_receipt }
}
