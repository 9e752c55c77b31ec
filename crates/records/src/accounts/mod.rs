//! Accounts: who may sign in here, with what, and what happens when they do.
//!
//! A password does two things by one stretching: it is checked, and it unlocks the person's key pair ([`crate::seal`]). Somebody
//! whose password was reset by another therefore has a new key pair, and whoever reset it sees nothing.

mod advice;
mod arrival;
mod keep;
mod password;
mod recover;
mod sealed_sign_in;
mod second_step;
mod sign_in;
pub(crate) mod statements;
mod tries;

use crate::{Fault, id, store::Transaction};

pub use advice::AdviceCounts;
pub use arrival::{Came, Odd, RecentSignIn};
pub use keep::{Account, AccountState};
pub(crate) use keep::{close_account_in, open_account};
pub use password::{Due, OldPassword, OwnWord, PasswordAges, Standing};
pub use recover::Restored;
pub use sealed_sign_in::{MOST_SEALED, SealedCode, SealedReason, SealedSignIn, SealedStanding};
pub(crate) use sealed_sign_in::{list as sealed_sign_ins, sealed_sign_ins_left, sealed_state};
pub(crate) use second_step::drop_second_steps;
pub use second_step::{
    AskedPasskey, HalfIn, NewAuthenticator, NewPasskey, PasskeyAnswer, PasskeyRow, SecondSteps, Shown, Site,
    SpareCodes, needs_second_step,
};
pub use sign_in::SignIn;
pub use tries::Whence;
pub(crate) use tries::is_stuck_at_class;

/// Whether somebody has an account that is open.
pub(crate) async fn has_account(t: &mut Transaction, school: id::School, person: id::Person) -> Result<bool, Fault> {
    Ok(t.row(&statements::BY_PERSON, &[school.into(), person.into()]).await?.is_some())
}

/// A sign-in name as it is compared.
fn normalised_name(name: &str) -> String {
    name.trim().to_lowercase()
}
