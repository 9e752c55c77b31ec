//! Single sign-on, our half of it: asking a provider who somebody is (OpenID Connect Core 1.0, authorisation code with PKCE).
//!
//! [`Peers`] speaks with providers, [`Ways`] remembers whom we sent there and what for. Whose an account is here the records
//! say ([`holdfast_records::sign_on`]).

mod ask;
mod peer;
mod ways;

pub(crate) use peer::{Asked, Known, Peers, Question, Trouble};
pub(crate) use ways::{Found, Purpose, Ticket, Way, Ways, words};

/// What single sign-on holds in memory: who is on the way, and what providers said of themselves.
#[derive(Debug, Default)]
pub(crate) struct SignOn {
    pub(crate) peers: Peers,
    pub(crate) ways: Ways,
}
