//! What an entry says beside who, what and when.

use super::encode::Encoder;
use crate::{Fault, store::hex};
use aws_lc_rs::hmac;
use serde_json::{Map, Value as Json};
use std::{collections::BTreeMap, fmt::Display};
use zeroize::Zeroizing;

/// The most that one entry may say, in bytes: a page of a list names its ids, and a list is read in pages.
const MOST: usize = 64 * 1024;

/// What an entry says beside who, what and when: codes, ids and counts in a fixed order. Nothing sensitive in the clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail(BTreeMap<&'static str, Said>);

#[derive(Clone, PartialEq, Eq)]
enum Said {
    Open(String),
    /// To be stored as a digest only.
    Sensitive(Zeroizing<String>),
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(text) => write!(f, "{text:?}"),
            Self::Sensitive(_) => f.write_str("(digest)"),
        }
    }
}

impl Detail {
    /// Nothing more to say.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same with one more thing said: a code, an id or a count.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(key, Said::Open(value.into()));
        self
    }

    /// The same with one more thing of which only a salted digest is stored: whoever knows the value can show later that it
    /// was this one, and once the salt is erased nobody can.
    pub fn digest(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(key, Said::Sensitive(Zeroizing::new(value.into())));
        self
    }

    /// The same with the ids of what was shown: a page of a list leaves one entry that names them.
    pub fn shown<T: Display>(self, ids: impl IntoIterator<Item = T>) -> Self {
        let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
        self.with("shown", ids.join(" "))
    }

    /// Whether something in it needs a salt.
    pub(super) fn is_salted(&self) -> bool {
        self.0.values().any(|said| matches!(said, Said::Sensitive(_)))
    }

    /// Its text in the store: an object in the order of its keys, where a digest is an object of its own, so that no plain
    /// value can pass for one.
    pub(super) fn stored(&self, salt: &[u8]) -> Result<String, Fault> {
        let said: Map<String, Json> = self
            .0
            .iter()
            .map(|(key, said)| {
                let value = match said {
                    Said::Open(text) => Json::from(text.as_str()),
                    Said::Sensitive(value) => serde_json::json!({ "digest": salted(salt, key, value) }),
                };
                ((*key).to_owned(), value)
            })
            .collect();
        let text = Json::Object(said).to_string();
        if text.len() > MOST {
            return Err(Fault::wrong("That is too much at once. Do it in smaller parts."));
        }
        Ok(text)
    }
}

/// HMAC-SHA-256 (RFC 2104) of a key and its value under the entry's salt.
pub(super) fn salted(salt: &[u8], key: &str, value: &str) -> String {
    let bytes = Zeroizing::new(Encoder::new("holdfast audit detail").text(key).text(value).done());
    hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), &bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_value_never_passes_for_a_digest() {
        let detail = Detail::none().digest("reason", "blue").with("count", "{\"digest\":\"00\"}");
        assert_eq!(
            detail.stored(&[7; 32]).unwrap(),
            format!(
                "{{\"count\":\"{{\\\"digest\\\":\\\"00\\\"}}\",\"reason\":{{\"digest\":\"{}\"}}}}",
                salted(&[7; 32], "reason", "blue")
            )
        );
        assert!(!format!("{detail:?}").contains("blue"));
        assert_ne!(salted(&[7; 32], "reason", "blue"), salted(&[8; 32], "reason", "blue"));
        assert_ne!(salted(&[7; 32], "reason", "blue"), salted(&[7; 32], "other", "blue"));
    }

    #[test]
    fn too_much_is_refused() {
        assert!(Detail::none().with("shown", "x".repeat(MOST)).stored(&[]).is_err());
    }
}
