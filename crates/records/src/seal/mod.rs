//! Sealing: what must not be readable from the disk, the database or a backup (house.md, Sealing).
//!
//! A value is sealed to a [`compartment`]'s public half, which anybody can do ([`seal`]); its private half is wrapped for
//! each entitled [`holder`], never for a subject, and for each pair of [`custodian`]s. A holder's own private half is wrapped by
//! their password ([`stretch`]). So reading begins with somebody's password, or with two printed codes.
//!
//! `docs/sealing.md` says what this keeps out and what it does not; `docs/decisions/0014-sealing.md` why it is so.

mod by_passkey;
mod chosen;
mod compartment;
mod console;
mod custodian;
mod former;
mod holder;
mod machine_secret;
mod named;
mod own;
mod printed;
pub(crate) mod statements;
mod stock;
mod stretch;
mod suite;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tests;
mod value;
mod waiting;
mod who_waits;

pub(crate) use by_passkey::{OUTPUT, unlock_by_passkey, wrap_by_passkey};
pub(crate) use chosen::ChosenKey;
pub(crate) use compartment::{
    add_holder, add_subject, admit, check_of, check_subject, holders, new_compartment, remove, shred,
};
pub use console::WayIn;
pub(crate) use console::without_a_way_in;
pub use custodian::Custodian;
pub(crate) use custodian::{
    custodian_keys, custodian_of_code, custodian_rows, name_custodian_in, open_with_pair, seal_to_pairs,
};
pub(crate) use former::Mark;
pub use holder::Unlocked;
pub(crate) use holder::{
    MadeKey, StoredWrap, WrapKind, drop_wraps_of, end_key, key_in_force, key_of, make_key, refuse_unless_in_force,
    replace_wraps, vouch_at_console, wrap_again, wrap_of,
};
pub(crate) use machine_secret::{open_for_machine, seal_for_machine};
pub use named::RecoveryCode;
pub(crate) use own::{open_own, seal_own};
pub(crate) use printed::{normalised_passphrase, one_time_passphrase, spare_code};
pub(crate) use stock::{count_altered, take_stock};
pub(crate) use stretch::{CHOSEN, MADE, stretch};
#[cfg(test)]
use suite::fingerprint;
pub(crate) use value::{Place, open, open_beside, seal, seal_beside};
pub use waiting::Recovered;
pub(crate) use waiting::holder_left;
pub(crate) use who_waits::{Settled, who_waits};
pub use who_waits::{Waiting, WaitsFor};

use crate::{Fault, access, id, store::Transaction};

/// Who should hold a compartment's key now, by duty or by name; nobody, where everybody who might is concerned by it.
async fn entitled(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    now: jiff::Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    match access::entitled_to_compartment(t, school, compartment, now).await {
        Err(Fault::NotAllowed(_)) => Ok(Vec::new()),
        entitled => entitled,
    }
}
