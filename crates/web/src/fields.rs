//! What a form sent: read strictly and within bounds.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header},
};
use std::{fmt, time::Duration};
use tokio::time::timeout;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The most that a form may send, bytes. Words are sent, no files.
const MOST_BYTES: usize = 256 * 1024;
/// How long it may take to send that.
const WITHIN: Duration = Duration::from_secs(10);
/// The most fields.
const MOST_FIELDS: usize = 2_000;

/// The fields of a form, or of what stands after a question mark.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, Zeroizing<String>)>);

/// What was typed may be a password.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Fields {
    /// Reads what a form sent. What is too long, or is no form, is refused whole.
    pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, StatusCode> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let bytes =
            timeout(WITHIN, to_bytes(body, MOST_BYTES)).await.map_err(|_elapsed| StatusCode::REQUEST_TIMEOUT)?;
        Self::parse(&bytes.map_err(|_too_long| StatusCode::PAYLOAD_TOO_LARGE)?).ok_or(StatusCode::BAD_REQUEST)
    }

    /// Reads fields; nothing where there are too many, or one holds what no keyboard sends.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut fields = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            // The store takes no NUL, and a replacement sign means that the bytes were no text.
            if fields.len() == MOST_FIELDS || value.contains(['\0', '\u{fffd}']) {
                return None;
            }
            // Browsers send line ends as CR LF.
            fields.push((name.into_owned(), Zeroizing::new(value.replace("\r\n", "\n"))));
        }
        Some(Self(fields))
    }

    /// The one value of a field without the space around it; empty where it was not sent, or more than once: what can be read in
    /// two ways is not read.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// Every value of a field that can be ticked more than once.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }

    /// The same, space and all: a password.
    pub(crate) fn exact(&self, name: &str) -> &str {
        let mut found = self.0.iter().filter(|(field, _)| field == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => value,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_once_or_not_at_all() {
        let fields = Fields::parse(b"name=+rowan+&word=%20a%20&two=1&two=2&lines=a%0D%0Ab").unwrap();
        assert_eq!(fields.get("name"), "rowan");
        assert_eq!(fields.exact("word"), " a ");
        assert_eq!(fields.get("two"), "");
        assert_eq!(fields.get("lines"), "a\nb");
        assert_eq!(fields.get("missing"), "");
        assert!(Fields::parse(b"a=%00").is_none());
        assert!(Fields::parse(b"a=%ff").is_none());
        assert!(Fields::parse("a=1&".repeat(MOST_FIELDS + 1).as_bytes()).is_none());
        assert_eq!(format!("{fields:?}"), r#"["name", "word", "two", "two", "lines"]"#);
    }
}
