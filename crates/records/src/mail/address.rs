//! Addresses for mail.

/// The longest address (RFC 5321 §4.5.3.1.3, without the brackets).
const LONGEST: usize = 254;

/// Whether this can be an address: one `@`, something before it, a name of a machine after it, nothing that would end a line of a
/// letter's head or begin another address. Whether anybody reads there, only a mail tells.
pub fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_plain = |text: &str, also: &str| {
        !text.is_empty()
            && !text.starts_with('.')
            && !text.ends_with('.')
            && !text.contains("..")
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || also.contains(letter))
    };
    text.len() <= LONGEST
        && local.len() <= 64
        && is_plain(local, "!#$%&'*+-/=?^_`{|}~.")
        && is_plain(domain, "-.")
        && domain.contains('.')
        && domain.split('.').all(|part| !part.starts_with('-') && !part.ends_with('-'))
}

/// A server's answer without the addresses in it, without what a terminal or a page might take for more than words, and of a length
/// that can be read.
pub(super) fn without_addresses(answer: &str) -> String {
    let words = answer.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    let joined = words.collect::<Vec<_>>().join(" ");
    joined.chars().filter(|letter| !letter.is_control()).take(400).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address_and_nothing_else() {
        for right in ["lena.frost@school.example", "o'hara+holdfast@a-b.school.example"] {
            assert!(is_address(right), "{right}");
        }
        let wrong = [
            "",
            "lena",
            "@school.example",
            "lena@",
            "lena@school",
            "a b@school.example",
            "a@school.example\r\nBcc: x@other.example",
            "a@school.example,b@school.example",
            "<a@school.example>",
            "a@-school.example",
            ".a@school.example",
            "a@school..example",
        ];
        for wrong in wrong {
            assert!(!is_address(wrong), "{wrong}");
        }
        assert!(!is_address(&format!("{}@school.example", "a".repeat(65))));
    }

    #[test]
    fn an_answer_names_nobody() {
        let answer = "550 5.1.1 <lena@school.example>: no such\u{7} user\r\n";
        assert_eq!(without_addresses(answer), "550 5.1.1 (address) no such user");
        assert_eq!(without_addresses(&"word ".repeat(500)).chars().count(), 400);
    }
}
