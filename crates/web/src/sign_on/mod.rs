//! Single sign-on, our half of it: asking a provider who somebody is (OpenID Connect Core 1.0, authorisation code with PKCE).
//!
//! [`Peers`] speaks with providers, [`Ways`] remembers whom we sent there and what for. Whose an account is here the records
//! say ([`holdfast_records::sign_on`]).

mod ask;
mod peer;
mod ways;

use std::sync::Arc;
use tokio::sync::Semaphore;

pub(crate) use peer::{Asked, Known, Peers, Question, Trouble};
pub(crate) use ways::{Found, Purpose, Ticket, Way, Ways, words};

/// What single sign-on holds in memory: who is on the way, and what providers said of themselves.
#[derive(Debug)]
pub(crate) struct SignOn {
    pub(crate) peers: Peers,
    pub(crate) ways: Ways,
    /// Who may ask a provider at this moment. Each takes a thread of those that passwords and the store need too, and anybody can
    /// set one off without signing in.
    pub(crate) asking: Arc<Semaphore>,
}

/// How many may wait for providers at once.
const MOST_ASKING: usize = 8;

impl Default for SignOn {
    fn default() -> Self {
        Self { peers: Peers::default(), ways: Ways::default(), asking: Arc::new(Semaphore::new(MOST_ASKING)) }
    }
}
