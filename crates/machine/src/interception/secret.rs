//! What private keys are locked with: the first line of a file outside the data folder, or a passphrase. A copy of the
//! data folder or of its backup alone can therefore sign nothing.
//!
//! The form is PKCS#8 (RFC 5958) under PBES2 (RFC 8018: PBKDF2 with HMAC-SHA-256, AES-256-CBC), so that
//! `openssl pkey -passin file:…` opens it as well.

use crate::files::{Existing, Rights, put};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, SecretDocument,
    der::{Decode as _, Error as DerError},
    pkcs5::pbes2::Parameters,
};
use rustls::crypto::aws_lc_rs;
use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::Path,
};
use zeroize::Zeroizing;

/// The name of a locked key in PEM (RFC 7468 §11).
pub(super) const LOCKED: &str = "ENCRYPTED PRIVATE KEY";
/// Rounds where the secret is a random number of 256 bits: nobody can try them all, so few are enough.
pub(super) const ROUNDS: u32 = 10_000;
/// Rounds where a person chose the words (OWASP's advice for this function, 2023).
pub(super) const ROUNDS_FOR_WORDS: u32 = 600_000;
/// The largest file that is read, bytes.
const LARGEST: u64 = 1024 * 1024;

/// What keys are locked with.
pub(super) struct Secret(Zeroizing<String>);

impl Secret {
    /// From what a person typed or a file has: its first line.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let line = text.lines().next().unwrap_or_default();
        (!line.is_empty()).then(|| Self(Zeroizing::new(line.to_owned())))
    }

    /// From a file.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = read_text(path)?;
        Self::from_text(&text).ok_or_else(|| format!("{}: there is nothing in its first line", path.display()))
    }

    /// From a file, which is made with these rights where there is none.
    pub(super) fn read_or_make(path: &Path, rights: Rights) -> Result<Self, String> {
        if !path.exists() {
            match put(path, new_secret()?.as_bytes(), rights, Existing::Keep) {
                Ok(()) => {}
                // Another start was faster, and its secret is as good.
                Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {}
                Err(fault) => {
                    return Err(format!(
                        "{}: the secret that locks the key cannot be kept there: {fault}. `holdfast install` makes it; or name a place under `[inspection] secret`, outside the data folder, that the account of Holdfast may write to",
                        path.display()
                    ));
                }
            }
        }
        Self::read(path)
    }

    /// Locks a key in PKCS#8, for PEM.
    pub(super) fn lock(&self, key: &[u8], rounds: u32) -> Result<SecretDocument, String> {
        let fault = |fault: pkcs8::Error| format!("The key cannot be locked: {fault}.");
        let (mut salt, mut start) = ([0; 16], [0; 16]);
        random(&mut salt)?;
        random(&mut start)?;
        let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, &salt, start)
            .map_err(|refused| fault(pkcs8::Error::EncryptedPrivateKey(refused)))?;
        let key = PrivateKeyInfoRef::try_from(key).map_err(fault)?;
        key.encrypt_with_params(parameters, self.0.as_bytes()).map_err(fault)
    }

    /// Opens a locked key.
    pub(super) fn unlock(&self, locked: &[u8]) -> Result<SecretDocument, String> {
        let locked = EncryptedPrivateKeyInfoRef::try_from(locked)
            .map_err(|fault| format!("the locked key cannot be read: {fault}"))?;
        locked.decrypt(self.0.as_bytes()).map_err(|fault| match fault {
            pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { .. }) => {
                "the key is locked in a way that is not known here; lock it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256`".to_owned()
            }
            _ => "the secret does not open the key".to_owned(),
        })
    }
}

/// A locked key in PEM.
pub(super) fn to_pem(locked: &SecretDocument) -> Result<Zeroizing<String>, String> {
    locked.to_pem(LOCKED, LineEnding::LF).map_err(|fault| format!("The key cannot be written: {fault}."))
}

/// Whether bytes are a locked key.
pub(super) fn is_locked_key(bytes: &[u8]) -> Result<(), DerError> {
    EncryptedPrivateKeyInfoRef::from_der(bytes).map(drop)
}

/// A new secret: 32 random bytes as text, one line.
pub(crate) fn new_secret() -> Result<Zeroizing<String>, String> {
    let mut bytes = Zeroizing::new([0; 32]);
    random(&mut *bytes)?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    for half in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.extend(char::from_digit(half.into(), 16));
    }
    text.push('\n');
    Ok(text)
}

fn random(bytes: &mut [u8]) -> Result<(), String> {
    let provider = aws_lc_rs::default_provider();
    provider.secure_random.fill(bytes).map_err(|_unfilled| "This computer gives no random numbers.".to_owned())
}

/// A file's text, if it is no larger than any of ours can be. It may be a key's, so no copy stays in memory.
pub(super) fn read_text(path: &Path) -> Result<Zeroizing<String>, String> {
    let told = |fault: &dyn std::fmt::Display| format!("{} cannot be read: {fault}", path.display());
    let file = File::open(path).map_err(|fault| told(&fault))?;
    // Room for all of it at once: a text that grows leaves pieces behind.
    let bytes = file.metadata().map_or(0, |found| found.len()).min(LARGEST) + 1;
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(bytes).unwrap_or(0)));
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|fault| told(&fault))?;
    if text.len() as u64 > LARGEST { Err(told(&"it is larger than a megabyte")) } else { Ok(text) }
}
