//! Words that somebody writes into a file and somebody reads there: wiped from memory when dropped, and shown by no log.

use crate::Fault;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// The most that one entry holds, in bytes of UTF-8: about forty pages.
pub const MOST_WORDS: usize = 128 * 1024;

/// Words of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Words(Zeroizing<String>);

impl Words {
    /// Takes what somebody wrote. What is empty, too long or holds a NUL is refused.
    pub fn new(text: impl Into<String>) -> Result<Self, Fault> {
        let text = Zeroizing::new(text.into());
        if text.trim().is_empty() {
            return Err(Fault::wrong("There are no words. Write at least one line."));
        }
        if text.len() > MOST_WORDS {
            return Err(Fault::wrong(format!(
                "The text is {} bytes long; one entry holds {MOST_WORDS}. Write the rest as a further entry.",
                text.len()
            )));
        }
        if text.contains('\0') {
            return Err(Fault::wrong("The text holds a character that cannot be kept (NUL). Leave it out."));
        }
        Ok(Self(text))
    }

    /// Reads words that were unsealed.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self(Zeroizing::new(text.to_owned()))),
            Err(_not_text) => Err(Fault::Damaged(
                "An entry of a file cannot be read: it is no text. Restore a backup, and report this.".to_owned(),
            )),
        }
    }

    /// The words, for whoever may read them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same words with each of these names replaced, whole words only and in whatever case, so that the child's part of
    /// a concern does not say which adult (practice 10). A name that is also a common word, as “An” and “So” are, is replaced
    /// where it begins with a capital. It knows names, not nicknames: whoever reports sees the result.
    pub fn masked(&self, names: &[&str]) -> Self {
        self.masked_as(names, MASK)
    }

    /// The same with another word in the place of a name.
    pub(crate) fn masked_as(&self, names: &[&str], mask: &str) -> Self {
        let mut text = Zeroizing::new(self.0.to_string());
        for name in names.iter().map(|name| name.trim()).filter(|name| name.chars().count() > 1) {
            let masked = replace_word(&text, name, mask);
            text.zeroize();
            text = Zeroizing::new(masked);
        }
        Self(text)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(…)")
    }
}

/// What stands in the child's part where the adult's name stood.
const MASK: &str = "[an adult]";

/// Words of two letters that are names too: replaced in small letters, they would take the sense out of every sentence.
const COMMON: [&str; 28] = [
    "ah", "am", "an", "as", "at", "be", "by", "do", "go", "ha", "he", "if", "in", "is", "it", "me", "my", "no", "of",
    "oh", "on", "or", "so", "to", "up", "us", "we", "ye",
];

fn replace_word(text: &str, name: &str, mask: &str) -> String {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let is_common = COMMON.contains(&name.iter().collect::<String>().as_str());
    let mut masked = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_inside = before.is_alphanumeric() || is_common && first.is_lowercase();
        let length = if is_inside { None } else { length_of(rest, &name) };
        let taken = if let Some(length) = length {
            masked.push_str(mask);
            length
        } else {
            masked.push(first);
            first.len_utf8()
        };
        before = rest[..taken].chars().next_back().unwrap_or(' ');
        rest = &rest[taken..];
    }
    masked
}

/// How many bytes of the text's beginning are this name, if it begins with it and the word ends there.
fn length_of(text: &str, name: &[char]) -> Option<usize> {
    let mut wanted = name.iter();
    let mut length = 0;
    let mut letters = text.chars();
    while wanted.len() > 0 {
        let letter = letters.next()?;
        if !letter.to_lowercase().all(|lower| wanted.next() == Some(&lower)) {
            return None;
        }
        length += letter.len_utf8();
    }
    let goes_on = letters.next().is_some_and(char::is_alphanumeric);
    (!goes_on).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_masked_as_a_whole_word_in_any_case() {
        let words = Words::new("Mr PIKE said it. Pikestaff! pike’s bag; Ōtani and ÖZGE.").unwrap();
        let masked = words.masked(&["Pike", "özge", "", "x"]);
        assert_eq!(masked.as_str(), "Mr [an adult] said it. Pikestaff! [an adult]’s bag; Ōtani and [an adult].");
    }

    #[test]
    fn a_name_of_two_letters_is_masked_and_does_not_take_every_small_word_with_it() {
        let words = Words::new("Mr Li and li’s friend Xu: an apple for An Ng, so Ngozi ate it. Lin saw.").unwrap();
        let masked = words.masked(&["Li", "Xu", "An", "Ng", "So"]);
        let expected = "Mr [an adult] and [an adult]’s friend [an adult]: an apple for [an adult] [an adult], so Ngozi ate it. \
            Lin saw.";
        assert_eq!(masked.as_str(), expected);
    }

    #[test]
    fn words_that_cannot_be_kept_are_refused_and_none_are_shown() {
        assert!(Words::new("  \n").is_err());
        assert!(Words::new("a\0b").is_err());
        assert!(Words::new("x".repeat(MOST_WORDS + 1)).is_err());
        assert!(!format!("{:?}", Words::new("secret").unwrap()).contains("secret"));
    }
}
