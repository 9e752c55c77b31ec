//! Neutral codes: what the gate, its log, peers and technicians know a person by (practice 13).

use super::names;
use crate::Fault;

/// No vowels, so that no word comes about; nothing that is misread for something else.
const LETTERS: &[u8; 27] = b"bcdfghjkmnpqrstvwxz23456789";
/// 27¹⁰ codes: two alike among a million people are unlikely, and the store refuses the second.
const LENGTH: usize = 10;
/// The longest code that may be given.
const LONGEST: usize = 64;

/// A new code: chance alone, with nothing of the person in it.
pub(super) fn new() -> Result<String, Fault> {
    let mut code = String::with_capacity(LENGTH + 1);
    let mut random = [0; 64];
    while code.len() <= LENGTH {
        getrandom::fill(&mut random)
            .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
        // Only bytes below the largest multiple of the letters' number count, so that each letter is as likely.
        let fair = u8::try_from(256 / LETTERS.len() * LETTERS.len()).unwrap_or(u8::MAX);
        for byte in random.iter().filter(|byte| **byte < fair) {
            if code.len() == LENGTH / 2 {
                code.push('-');
            }
            code.extend(LETTERS.get(usize::from(*byte) % LETTERS.len()).map(|letter| char::from(*letter)));
            if code.len() > LENGTH {
                break;
            }
        }
    }
    Ok(code)
}

/// What is wrong with a code that was given.
pub(super) fn fault(code: &str, full_name: &str) -> Option<&'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if code.is_empty() || code.len() > LONGEST || !code.bytes().all(is_plain) {
        return Some("a code is 1 to 64 letters, digits, hyphens, underscores and dots");
    }
    let folded = code.to_lowercase();
    let tells = names::words(full_name).iter().any(|word| word.len() >= 3 && folded.contains(word.as_str()));
    tells.then_some("the code holds a part of the name; leave it out and one is made that tells nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_neutral_and_differ() {
        let (one, other) = (new().unwrap(), new().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), LENGTH + 1);
        assert_eq!(one.find('-'), Some(LENGTH / 2));
        assert_eq!(fault(&one, "Shirley Lowe"), None);
    }

    #[test]
    fn a_code_with_the_name_in_it_is_refused() {
        assert!(fault("slowe", "Shirley Lowe").is_some());
        assert!(fault("LOWE-1", "Shirley Lowe").is_some());
        assert!(fault("a b", "Shirley Lowe").is_some());
        assert!(fault("", "Shirley Lowe").is_some());
        assert_eq!(fault("P-1041", "Shirley Lowe"), None);
    }
}
