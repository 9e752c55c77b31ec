//! From what a person knows to a key: argon2id (RFC 9106), then HKDF-SHA256 (RFC 5869).
//!
//! One stretching gives two values under two labels: the key of the wrap, and the check value that is stored. HKDF lets nobody
//! go from one to the other, and one stretching of full cost is worth more against guessing than two of half.

use super::suite::{Bound, KEY, Private, random};
use crate::Fault;
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    constant_time::verify_slices_are_equal,
    hkdf::{HKDF_SHA256, Salt},
};
use std::time::Duration;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// How many stretchings run at once. Each takes a core and 64 MiB, so that signing in cannot take the machine from the filter.
static TURNS: Semaphore = Semaphore::const_new(2);
/// How long somebody waits for their turn: as many others as that takes are signing in, or somebody pretends that they are.
const PATIENCE: Duration = Duration::from_secs(20);

/// What argon2id is to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    /// In KiB.
    pub memory: u32,
    pub passes: u32,
    pub lanes: u32,
}

/// For what a person chose: the second recommended option of RFC 9106 §4.
pub(crate) const CHOSEN: Cost = Cost { memory: 65_536, passes: 3, lanes: 4 };
/// For what we made ourselves out of 100 random bits: there is nothing to guess, whatever a guess costs.
pub(crate) const MADE: Cost = Cost { memory: 8_192, passes: 1, lanes: 1 };
/// More memory (KiB) and passes than we ever asked for: whoever can write the store shall not stop the program with it.
const MOST: Cost = Cost { memory: 262_144, passes: 16, lanes: 16 };

/// What is stored of a wrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrap {
    pub salt: Vec<u8>,
    pub cost: Cost,
    pub check_value: Vec<u8>,
    pub wrapped: Vec<u8>,
}

impl Wrap {
    /// One under a passkey's output: without a cost, and without a check value.
    pub(super) fn of_output(salt: Vec<u8>, wrapped: Vec<u8>) -> Self {
        Self { salt, cost: MADE, check_value: Vec::new(), wrapped }
    }
}

/// What came of stretching.
pub(crate) struct Stretched {
    check_value: Zeroizing<[u8; KEY]>,
    key: Zeroizing<[u8; KEY]>,
}

impl std::fmt::Debug for Stretched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stretched")
    }
}

impl Stretched {
    /// Whether it comes from the same words as the wrap; compared in constant time.
    pub(crate) fn is_right_for(&self, wrap: &Wrap) -> bool {
        verify_slices_are_equal(self.check_value.as_slice(), &wrap.check_value).is_ok()
    }

    /// What comes of a passkey's output: that is random already, so it is not stretched, and there is nothing to check a guess by.
    pub(super) fn of_output(output: &[u8; KEY], salt: &[u8]) -> Result<Self, Fault> {
        let extracted = Salt::new(HKDF_SHA256, salt).extract(output);
        let mut key = Zeroizing::new([0; KEY]);
        let info = [b"holdfast private half by passkey 1".as_slice()];
        let expanded = extracted.expand(&info, HKDF_SHA256).map_err(|_unspecified| refused())?;
        expanded.fill(key.as_mut_slice()).map_err(|_unspecified| refused())?;
        Ok(Self { check_value: Zeroizing::new([0; KEY]), key })
    }

    /// Wraps a private half; the salt, and what came of it.
    pub(super) fn wrap_bytes(
        &self,
        salt: Vec<u8>,
        bound: &Bound,
        private: &Private,
    ) -> Result<(Vec<u8>, Vec<u8>), Fault> {
        self.wrap(salt, MADE, bound, private).map(|wrap| (wrap.salt, wrap.wrapped))
    }

    /// Wraps a private half.
    pub(super) fn wrap(&self, salt: Vec<u8>, cost: Cost, bound: &Bound, private: &Private) -> Result<Wrap, Fault> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, self.key.as_slice()).map_err(|_unspecified| refused())?;
        let mut sealed = private.bytes().to_vec();
        let nonce =
            key.seal_in_place_append_tag(Aad::from(bound.bytes()), &mut sealed).map_err(|_unspecified| refused())?;
        let wrapped = [nonce.as_ref().as_slice(), &sealed].concat();
        Ok(Wrap { salt, cost, check_value: self.check_value.to_vec(), wrapped })
    }

    /// Unwraps it; nothing if it was wrapped otherwise or altered.
    pub(super) fn unwrap(&self, wrap: &Wrap, bound: &Bound) -> Option<Private> {
        let (nonce, sealed) = wrap.wrapped.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, self.key.as_slice()).ok()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let opened = key.open_in_place(nonce, Aad::from(bound.bytes()), bytes.as_mut_slice()).ok()?;
        Private::from_bytes(opened)
    }
}

/// A new salt.
pub(super) fn salt() -> Result<Vec<u8>, Fault> {
    Ok(random::<16>()?.to_vec())
}

/// Stretches words on a thread of its own, when its turn comes; refused where that takes too long, because many others sign in.
pub(crate) async fn stretch(words: &str, salt: &[u8], cost: Cost) -> Result<Stretched, Fault> {
    let turn = tokio::time::timeout(PATIENCE, TURNS.acquire()).await.map_err(|_elapsed| busy())?;
    let turn = turn.map_err(|_closed| refused())?;
    let (words, salt) = (Zeroizing::new(words.to_owned()), salt.to_vec());
    let stretching = tokio::task::spawn_blocking(move || {
        // The turn ends with the work: whoever asked may have hung up, and the thread goes on with its memory.
        let _turn = turn;
        stretch_now(&words, &salt, cost)
    });
    stretching.await.map_err(|_panicked| refused())?
}

fn busy() -> Fault {
    Fault::Unavailable("Too many people are signing in at once. Try again in a minute.".to_owned())
}

/// Stretches words at once: for those of little cost.
pub(super) fn stretch_now(words: &str, salt: &[u8], cost: Cost) -> Result<Stretched, Fault> {
    if cost.memory > MOST.memory || cost.passes > MOST.passes || cost.lanes > MOST.lanes {
        return Err(Fault::Damaged(
            "The store asks for a stretching that we never wrote. Restore a backup, and report this.".into(),
        ));
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(KEY)).map_err(|_refused| refused())?;
    let mut root = Zeroizing::new([0; KEY]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(words.as_bytes(), salt, root.as_mut_slice())
        .map_err(|_refused| {
            Fault::Unavailable(
                "The password could not be checked, most likely for want of memory. Try again.".to_owned(),
            )
        })?;
    let extracted = Salt::new(HKDF_SHA256, salt).extract(root.as_slice());
    let expand = |label: &[u8]| -> Result<Zeroizing<[u8; KEY]>, Fault> {
        let mut bytes = Zeroizing::new([0; KEY]);
        let info = [label];
        let expanded = extracted.expand(&info, HKDF_SHA256).map_err(|_unspecified| refused())?;
        expanded.fill(bytes.as_mut_slice()).map_err(|_unspecified| refused())?;
        Ok(bytes)
    };
    Ok(Stretched { check_value: expand(b"holdfast password check 1")?, key: expand(b"holdfast private half 1")? })
}

fn refused() -> Fault {
    Fault::Unavailable("The machine's cryptography refused to work. Nothing was changed; report this.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::suite::pair;

    #[test]
    fn only_the_same_words_unwrap_and_the_stored_check_value_does_not_help() {
        let (private, bound) = (pair().unwrap().private, Bound::to(&[b"somebody"]));
        let salt = salt().unwrap();
        let right = stretch_now("three random words", &salt, MADE).unwrap();
        let wrap = right.wrap(salt.clone(), MADE, &bound, &private).unwrap();
        assert!(right.is_right_for(&wrap));
        assert_eq!(right.unwrap(&wrap, &bound).unwrap().bytes(), private.bytes());
        assert!(right.unwrap(&wrap, &Bound::to(&[b"somebody else"])).is_none());
        let wrong = stretch_now("three random word", &salt, MADE).unwrap();
        assert!(!wrong.is_right_for(&wrap) && wrong.unwrap(&wrap, &bound).is_none());
        let mut key = Zeroizing::new([0; KEY]);
        key.copy_from_slice(&wrap.check_value);
        let from_the_store = Stretched { check_value: key.clone(), key };
        assert!(from_the_store.unwrap(&wrap, &bound).is_none());
        let other_salt = stretch_now("three random words", &super::salt().unwrap(), MADE).unwrap();
        assert!(!other_salt.is_right_for(&wrap));
    }

    #[test]
    fn a_cost_that_nobody_wrote_is_refused() {
        let cost = Cost { memory: u32::MAX, ..MADE };
        assert!(matches!(stretch_now("words", &[1; 16], cost), Err(Fault::Damaged(_))));
    }

    #[tokio::test]
    async fn whoever_hangs_up_keeps_the_turn_until_the_work_is_done() {
        // A second of work at least, on any machine.
        let long = Cost { memory: 64 * 1024, passes: 16, lanes: 1 };
        let hung_up =
            tokio::time::timeout(Duration::from_millis(50), stretch("otters by the weir", &[7; 16], long)).await;
        assert!(hung_up.is_err());
        assert!(TURNS.available_permits() < 2, "the thread goes on with its memory, and the turn is free");
    }
}
