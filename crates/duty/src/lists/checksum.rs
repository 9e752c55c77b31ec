//! Comparing a download with the sum its publisher gives.

use super::{Checksum, Fault, Limits, fetch};
use sha2::{Digest as _, Sha256};

/// Checks a download. `file_name` picks the line of a published list of sums.
pub(super) fn check(checksum: &Checksum, bytes: &[u8], file_name: &str, limits: &Limits) -> Result<(), Fault> {
    let expected = match checksum {
        Checksum::Sha256(sum) => sum.to_ascii_lowercase(),
        Checksum::Published(place) => {
            let published = fetch::small_text(place, limits)?;
            sum_of(&published, file_name).ok_or_else(|| {
                Fault::Checksum(format!(
                    "No SHA-256 or MD5 sum for “{file_name}” was found at {place}. Ask the publisher of the list."
                ))
            })?
        }
    };
    let found =
        if expected.len() == 32 { hexadecimal(&md5::Md5::digest(bytes)) } else { hexadecimal(&Sha256::digest(bytes)) };
    if found == expected {
        return Ok(());
    }
    Err(Fault::Checksum(format!(
        "The list is not the one its publisher vouches for: its checksum is {found}, and should be {expected}. \
         Nothing was changed. Try again later; if it stays so, ask the publisher."
    )))
}

/// The sum for a file in a text such as `sum  name`, `SHA256 (name) = sum`, or a sum alone.
fn sum_of(text: &str, file_name: &str) -> Option<String> {
    let sum_in = |line: &str| {
        let is_sum = |word: &&str| matches!(word.len(), 32 | 64) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        line.split_whitespace().find(is_sum).map(str::to_ascii_lowercase)
    };
    let names_it = |line: &&str| {
        line.split(|character: char| character.is_whitespace() || "()*/".contains(character))
            .any(|word| word == file_name)
    };
    let sums: Vec<&str> = text.lines().filter(|line| sum_in(line).is_some()).collect();
    match sums.as_slice() {
        [only] if only.split_whitespace().count() == 1 => sum_in(only),
        lines => lines.iter().copied().find(names_it).and_then(sum_in),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16);
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_found_as_publishers_write_it() {
        let sum = "d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(sum_of(&format!("{sum}\n"), "lists.tar.gz").as_deref(), Some(sum));
        assert_eq!(sum_of(&format!("{sum}  ./a/lists.tar.gz\n"), "lists.tar.gz").as_deref(), Some(sum));
        assert_eq!(sum_of(&format!("MD5 (lists.tar.gz) = {sum}"), "lists.tar.gz").as_deref(), Some(sum));
        assert_eq!(sum_of(&format!("{sum}  other.tar.gz\n"), "lists.tar.gz"), None);
        assert_eq!(sum_of("not found", "lists.tar.gz"), None);
    }
}
