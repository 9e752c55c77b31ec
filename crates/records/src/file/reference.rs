//! The reference of a file: random, so that nobody can count files from it (practice 11), and easy to say.

use crate::Fault;

/// Letters and digits that are not mistaken for each other when said or written by hand.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many: 32^10 is 2^50, so that of a million files no two share one but with a chance of one in two thousand, and the
/// store refuses the second.
const LENGTH: usize = 10;

/// A new reference, such as `7KQ2M-WH4XA`.
pub(crate) fn new() -> Result<String, Fault> {
    let mut random = [0_u8; LENGTH];
    getrandom::fill(&mut random)
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
    let mut reference: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    reference.insert(LENGTH / 2, '-');
    Ok(reference)
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_do_not_repeat_and_cannot_be_ordered() {
        let made: std::collections::BTreeSet<String> = (0..1000).map(|_| super::new().unwrap()).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|reference| reference.len() == 11));
    }
}
