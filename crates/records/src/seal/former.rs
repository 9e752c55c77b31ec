//! The mark of a password that somebody had, so that it is not taken again.
//!
//! It is made with a key that follows from the private half of the person's own key pair: without that half, which only the password
//! in force unlocks, a stolen store tells nothing of what was used before, nor lets anybody try guesses against it.

use super::holder::Unlocked;
use crate::Fault;
use aws_lc_rs::{
    hkdf::{HKDF_SHA256, Salt},
    hmac,
};
use zeroize::Zeroizing;

/// What the key is for: another use has another label.
const LABEL: &[u8] = b"holdfast former password 1";

/// A mark: HMAC-SHA256 (RFC 2104) of the password.
pub(crate) struct Mark([u8; 32]);

impl Mark {
    /// The mark of a password under somebody's key.
    pub(crate) fn new(unlocked: &Unlocked, password: &str) -> Result<Self, Fault> {
        let extracted = Salt::new(HKDF_SHA256, LABEL).extract(unlocked.private.bytes());
        let mut key = Zeroizing::new([0; 32]);
        let expanded = extracted.expand(&[LABEL], HKDF_SHA256).map_err(|_unspecified| refused())?;
        expanded.fill(key.as_mut_slice()).map_err(|_unspecified| refused())?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()), password.as_bytes());
        tag.as_ref().try_into().map(Self).map_err(|_other_length| refused())
    }

    /// As it is stored.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether a stored one is the same; compared in constant time.
    pub(crate) fn is(&self, stored: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, stored).is_ok()
    }
}

fn refused() -> Fault {
    Fault::Unavailable("The machine's cryptography refused to work. Nothing was changed; report this.".to_owned())
}
