//! Tokens for the mail server: asked for with the client's secret (RFC 6749 §4.4), kept until shortly before they end.

use super::server::Trouble;
use crate::asking::beginning;
use holdfast_records::mail::{MailAccount, MailSecret};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts},
};
use url::form_urlencoded;
use zeroize::Zeroizing;

/// How long the server of tokens may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer, in bytes.
const LONGEST: u64 = 64 * 1024;
/// How long before its end a token is no longer used.
const BEFORE_ITS_END: SignedDuration = SignedDuration::from_secs(60);
/// How long one is kept of which nobody says how long it lasts.
const UNTOLD: i64 = 300;

/// What a token is for: a digest of where it was asked for and will be shown, and of the secret that it was given for. So whoever
/// points mail at another server, or knows the secret no longer, is shown no token that was given before.
type Purpose = [u8; 32];

/// A token, and until when it is used.
type Kept = (Zeroizing<String>, Timestamp);

/// The tokens at hand of one school. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Tokens(Arc<Mutex<BTreeMap<Purpose, Kept>>>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

fn purpose(account: &MailAccount, secret: &str) -> Purpose {
    let mut digest = blake3::Hasher::new();
    let mut take = |part: &[u8]| {
        // With its length before it, so that no part can be moved into its neighbour.
        digest.update(&part.len().to_be_bytes());
        digest.update(part);
    };
    account.way_of_secret().iter().for_each(|part| take(part));
    take(secret.as_bytes());
    *digest.finalize().as_bytes()
}

impl Tokens {
    /// A token that holds: the one at hand, or a new one.
    pub(super) fn get(
        &self,
        account: &MailAccount,
        secret: &MailSecret,
        now: Timestamp,
    ) -> Result<Zeroizing<String>, Trouble> {
        let purpose = purpose(account, secret.as_str());
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&purpose).cloned();
        if let Some((token, _)) = known.filter(|(_, until)| now < *until) {
            return Ok(token);
        }
        let (token, lasts) = ask(account, secret)?;
        let until = now.saturating_add(lasts).unwrap_or(now).saturating_sub(BEFORE_ITS_END).unwrap_or(now);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, until)| now < *until);
        kept.insert(purpose, (token.clone(), until));
        Ok(token)
    }

    /// Forgets one that was not accepted.
    pub(super) fn forget(&self, account: &MailAccount, secret: &MailSecret) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&purpose(account, secret.as_str()));
    }
}

fn ask(account: &MailAccount, secret: &MailSecret) -> Result<(Zeroizing<String>, SignedDuration), Trouble> {
    let wrong = |words: String| Trouble::broken(format!("No token for the mail server was given to us: {words}"));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &account.token_client)
        .append_pair("client_secret", secret.as_str());
    if !account.token_scope.is_empty() {
        form.append_pair("scope", &account.token_scope);
    }
    let form = Zeroizing::new(form.finish());
    let request = agent(account)?
        .post(&account.token_address)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json");
    let mut answer = request.send(form.as_str()).map_err(|fault| wrong(format!("{fault}.")))?;
    let status = answer.status();
    let text = answer.body_mut().with_config().limit(LONGEST).read_to_string();
    let text = Zeroizing::new(text.map_err(|fault| wrong(format!("the answer cannot be read ({fault}).")))?);
    let said: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let word = |name: &str| said.get(name).and_then(serde_json::Value::as_str);
    let Some(token) = word("access_token").filter(|token| status.is_success() && token.bytes().all(is_of_token)) else {
        let error = word("error").unwrap_or("no token was in the answer");
        let more = word("error_description").unwrap_or_default();
        return Err(wrong(format!("{status}, {error}. {more}")));
    };
    let lasts = said.get("expires_in").and_then(serde_json::Value::as_i64).unwrap_or(UNTOLD);
    Ok((Zeroizing::new(token.to_owned()), SignedDuration::from_secs(lasts.clamp(0, 86_400))))
}

/// What a token may be made of (RFC 6749 appendix A.12): nothing that could end the line it is sent in.
fn is_of_token(byte: u8) -> bool {
    (0x20..=0x7e).contains(&byte)
}

fn agent(account: &MailAccount) -> Result<Agent, Trouble> {
    let roots = if account.own_root.is_empty() {
        RootCerts::WebPki
    } else {
        let root = Certificate::from_pem(account.own_root.as_bytes());
        let root = root.map_err(|fault| Trouble::broken(format!("The school's own root cannot be read: {fault}.")))?;
        RootCerts::from(std::iter::once(root))
    };
    Ok(beginning(roots, PATIENCE).https_only(true).build().new_agent())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_one_server_and_one_secret() {
        let known = MailAccount { host: "smtp.school.example".to_owned(), ..MailAccount::off() };
        let others = [
            MailAccount { host: "smtp.elsewhere.example".to_owned(), ..known.clone() },
            MailAccount { port: 588, ..known.clone() },
            MailAccount { user_name: "another".to_owned(), ..known.clone() },
            MailAccount { token_address: "https://elsewhere.example".to_owned(), ..known.clone() },
            MailAccount { token_client: "another".to_owned(), ..known.clone() },
            MailAccount { token_scope: "another".to_owned(), ..known.clone() },
            MailAccount { own_root: "another".to_owned(), ..known.clone() },
        ];
        for other in others {
            assert_ne!(purpose(&other, "secret"), purpose(&known, "secret"), "{other:?}");
        }
        assert_ne!(purpose(&known, "rubbish"), purpose(&known, "secret"));
        let witnessed = MailAccount { witness: "witness@elsewhere.example".to_owned(), ..known.clone() };
        assert_eq!(purpose(&witnessed, "secret"), purpose(&known, "secret"));
    }
}
