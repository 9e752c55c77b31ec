//! What a password must be: long, and no more (national guidance; ASVS 5.0 §6.2: no composition, no forced change).

use super::normalised_name;
use crate::Fault;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The fewest characters. Three random words have more.
const SHORTEST: usize = 12;
/// The most bytes.
const LONGEST: usize = 1_024;
/// The fewest different characters, so that it is not one key held down.
const DIFFERENT: usize = 5;

/// A password as it is stretched: in one normal form (NFC), whatever keyboard it was typed on.
pub(super) fn normalised(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

/// Refuses a password that is guessed too soon.
pub(super) fn check(password: &str, sign_in_name: &str) -> Result<(), Fault> {
    let signs = password.chars().count();
    let different = password.chars().collect::<BTreeSet<_>>().len();
    let wrong = if signs < SHORTEST {
        format!("A password has at least {SHORTEST} characters. Three random words are good.")
    } else if password.len() > LONGEST {
        format!("A password has at most {LONGEST} bytes.")
    } else if password.chars().any(char::is_control) {
        "A password holds no control characters.".to_owned()
    } else if different < DIFFERENT {
        format!("A password has at least {DIFFERENT} different characters. Three random words are good.")
    } else if sign_in_name.len() >= 4 && normalised_name(password).contains(sign_in_name) {
        "A password does not hold your sign-in name.".to_owned()
    } else {
        return Ok(());
    };
    Err(Fault::wrong(wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_simple_ones_are_refused_and_words_are_not() {
        for wrong in ["", "elevensigns", "aaaaaaaaaaaaaaaa", "xx rowan.teacher xx", "with\u{7}a bell in it"] {
            assert!(check(wrong, "rowan.teacher").is_err(), "{wrong}");
        }
        assert!(check(&"a long one ".repeat(200), "rowan").is_err());
        assert!(check("harbour kettle violin", "rowan.teacher").is_ok());
        assert!(check("лодка чайник скрипка", "rowan.teacher").is_ok());
        assert_eq!(*normalised("cafe\u{301}"), *normalised("caf\u{e9}"));
    }
}
