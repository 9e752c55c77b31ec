//! The primitives, all of them a library's: HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and AES-256-GCM.

use crate::Fault;
use aws_lc_rs::{
    agreement::{PrivateKey, X25519},
    digest::{SHA256, digest},
};
use rustls::crypto::{
    aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256,
    hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey, HpkePublicKey},
};
use zeroize::Zeroizing;

/// How long a key is, either half, and what HPKE puts before the ciphertext, in bytes.
pub(super) const KEY: usize = 32;

/// The private half of a key pair. Zeroed when dropped, shown nowhere.
pub(super) struct Private(HpkePrivateKey);

/// A key pair, newly made.
pub(super) struct Pair {
    pub public: Vec<u8>,
    pub private: Private,
}

fn suite() -> &'static dyn Hpke {
    DH_KEM_X25519_HKDF_SHA256_AES_256
}

/// Makes a key pair.
pub(super) fn pair() -> Result<Pair, Fault> {
    let (public, private) = suite().generate_key_pair().map_err(|_unspecified| refused())?;
    Ok(Pair { public: public.0, private: Private(private) })
}

impl Private {
    /// The private half with these bytes, if they are one.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == KEY).then(|| Self(HpkePrivateKey::from(bytes.to_vec())))
    }

    /// Its bytes, for wrapping and printing only.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.secret_bytes()
    }

    /// The public half that belongs to it.
    pub(super) fn public(&self) -> Result<Vec<u8>, Fault> {
        let private = PrivateKey::from_private_key(&X25519, self.bytes()).map_err(|_rejected| refused())?;
        let public = private.compute_public_key().map_err(|_unspecified| refused())?;
        Ok(public.as_ref().to_vec())
    }

    /// Opens what was sealed to its public half for this purpose and bound to this; nothing if it was not, or was altered.
    pub(super) fn open(&self, purpose: &[u8], bound: &Bound, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (encapsulated, ciphertext) = sealed.split_at_checked(KEY)?;
        let encapsulated = EncapsulatedSecret(encapsulated.to_vec());
        suite().open(&encapsulated, purpose, &bound.0, ciphertext, &self.0).ok().map(Zeroizing::new)
    }
}

/// Seals to a public half: the encapsulated secret, then the ciphertext with its tag. Anybody can.
pub(super) fn seal_to(public: &[u8], purpose: &[u8], bound: &Bound, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let public = HpkePublicKey(public.to_vec());
    let sealed = suite().seal(purpose, &bound.0, plain, &public);
    let (EncapsulatedSecret(mut whole), ciphertext) = sealed.map_err(|_unspecified| {
        Fault::Damaged(
            "A public key of the store is none. Nothing was changed; restore a backup, and report this.".into(),
        )
    })?;
    whole.extend(ciphertext);
    Ok(whole)
}

/// What a sealed value is bound to (its associated data): each part with its length before it, so that no two lists of
/// parts read alike.
pub(super) struct Bound(Vec<u8>);

impl Bound {
    pub(super) fn to(parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A public half in sixteen groups of four signs, for the audit log and for comparing aloud: the whole SHA-256 of it.
pub(crate) fn fingerprint(public: &[u8]) -> String {
    let digest = digest(&SHA256, public);
    let groups = digest.as_ref().chunks(2).map(|two| match two {
        [one, other] => format!("{one:02x}{other:02x}"),
        _ => String::new(),
    });
    groups.collect::<Vec<_>>().join("-")
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Fault> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
    Ok(bytes)
}

fn refused() -> Fault {
    Fault::Unavailable("The machine's cryptography refused to work. Nothing was changed; report this.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_its_key_purpose_and_binding_only() {
        let (ours, other) = (pair().unwrap(), pair().unwrap());
        let bound = Bound::to(&[b"ab", b"c"]);
        let sealed = seal_to(&ours.public, b"purpose", &bound, b"words").unwrap();
        assert_eq!(ours.private.open(b"purpose", &bound, &sealed).unwrap().as_slice(), b"words");
        assert!(other.private.open(b"purpose", &bound, &sealed).is_none());
        assert!(ours.private.open(b"another", &bound, &sealed).is_none());
        assert!(ours.private.open(b"purpose", &Bound::to(&[b"a", b"bc"]), &sealed).is_none());
        for at in 0..sealed.len() {
            let mut flipped = sealed.clone();
            flipped[at] ^= 1;
            assert!(ours.private.open(b"purpose", &bound, &flipped).is_none(), "byte {at}");
            assert!(ours.private.open(b"purpose", &bound, &sealed[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn the_public_half_follows_from_the_private_one() {
        let pair = pair().unwrap();
        let again = Private::from_bytes(pair.private.bytes()).unwrap();
        assert_eq!(again.public().unwrap(), pair.public);
        assert!(Private::from_bytes(&[1; 31]).is_none());
    }

    #[test]
    fn a_public_half_that_is_none_is_refused() {
        // A point of small order, which RFC 9180 §7.1.4 has refused, and one that is too short.
        for public in [vec![0; KEY], vec![9; KEY - 1]] {
            assert!(matches!(seal_to(&public, b"purpose", &Bound::to(&[]), b"words"), Err(Fault::Damaged(_))));
        }
    }
}
