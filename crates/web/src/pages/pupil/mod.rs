//! Pupils' own way in and their own pages; and how adults open a class for them, and help with what is forgotten (I-03, I-08, I-09).

pub(crate) mod class;
pub(crate) mod door;
pub(crate) mod exempt;
pub(crate) mod for_you;
pub(crate) mod start;
pub(crate) mod tell;
pub(crate) mod trusted;
pub(crate) mod way;
mod wishes;

use super::fixed;
use holdfast_records::pupil::{Card, Mark, Picture, Secret};
use zeroize::Zeroizing;

/// A pupil's own first page.
pub(crate) const START: &str = "/start";

/// A picture as a page shows it.
struct Drawing {
    word: &'static str,
    address: String,
}

impl Drawing {
    fn of(picture: Picture) -> Self {
        Self::named(picture.word())
    }

    fn named(word: &'static str) -> Self {
        Self { word, address: format!("/pictures.svg?{}#{word}", *fixed::EDITION) }
    }
}

/// “▲ triangle”.
fn mark_words(mark: Mark) -> String {
    format!("{} {}", mark.sign(), mark.title())
}

/// A card as it is printed: once.
struct CardRow {
    name: String,
    mark: Option<String>,
    pictures: Vec<Drawing>,
    words: Zeroizing<String>,
}

impl CardRow {
    fn of(card: &Card) -> Self {
        let (pictures, words) = match &card.secret {
            Secret::Pictures(pictures) => (pictures.map(Drawing::of).into(), Zeroizing::default()),
            Secret::Words(words) => (Vec::new(), words.clone()),
        };
        Self { name: card.first_name.clone(), mark: card.mark.map(mark_words), pictures, words }
    }
}
