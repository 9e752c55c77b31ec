//! Single sign-on: people of a school sign in with the account that it gave them somewhere else (OpenID Connect Core 1.0).
//!
//! Who somebody is there is told by issuer and subject and by nothing else, never by an e-mail address, which others can be
//! given (ASVS 5.0 §6.8.1, §10.5.2). Whose a subject is here, its owner says while signed in with their password. Signing in so
//! unlocks nothing: what is sealed opens with the password (house.md, Sealing).
//!
//! A provider, and a subject bound to somebody, count only as marked entries of the audit log tell of them: whoever can write
//! the database alone signs in as nobody by adding a row or leading a provider to an address of theirs.

mod binding;
mod provider;
pub(crate) mod statements;

pub use binding::{Binding, SignOnOutcome, SignedOn};
pub use provider::{NewProvider, Provider, ProviderKind};
