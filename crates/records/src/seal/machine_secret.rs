//! Secrets that our own clock must use while nobody is signed in, such as the password of the mailbox that notices go out from.
//!
//! They are sealed to a key pair made from the machine's own key, which lies outside the data folder: a copied database opens
//! none of them, and neither does a backup put back on another machine.

use super::suite::{Bound, Private, seal_to};
use crate::{Fault, audit::MachineKey, store::Transaction};
use zeroize::Zeroizing;

const PURPOSE: &[u8] = b"holdfast machine secret 1";

/// Seals a secret for this machine alone. `bound` is everything that decides where the secret will be shown: of a row in which
/// any of it was altered, it does not open.
pub(crate) fn seal_for_machine(t: &Transaction, bound: &[&[u8]], secret: &[u8]) -> Result<Vec<u8>, Fault> {
    seal_to(&private(t.key()?)?.public()?, PURPOSE, &Bound::to(bound), secret)
}

/// Opens it again; nothing where another machine sealed it, or what it is bound to was altered.
pub(crate) fn open_for_machine(
    t: &Transaction,
    bound: &[&[u8]],
    sealed: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    Ok(private(t.key()?)?.open(PURPOSE, &Bound::to(bound), sealed))
}

/// The private half follows from the machine's key, as its marks do; a mark of this kind is written nowhere.
fn private(key: &MachineKey) -> Result<Private, Fault> {
    let bytes = Zeroizing::new(key.mark("key pair for machine secrets", b"1"));
    let refused = || Fault::Unavailable("The machine's key makes no key pair. Report this.".to_owned());
    Private::from_bytes(bytes.as_slice()).ok_or_else(refused)
}
