//! What a form sent: read strictly and within bounds, as a browser sends words (the URL standard's urlencoded form) or files
//! (RFC 7578).

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header},
};
use holdfast_core::multipart;
use std::{fmt, time::Duration};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// The most that a form may send, bytes, where its route says nothing else: words, no files.
pub(crate) const MOST_BYTES: usize = 256 * 1024;
/// How long it may take to send that.
const WITHIN: Duration = Duration::from_secs(10);
/// The same for a form with a file.
const UPLOAD_WITHIN: Duration = Duration::from_secs(40);
/// The most fields.
const MOST_FIELDS: usize = 2_000;

/// The fields of a form, or of what stands after a question mark.
#[derive(Default, Clone)]
pub(crate) struct Fields {
    words: Vec<(String, Zeroizing<String>)>,
    files: Vec<(String, Zeroizing<Vec<u8>>)>,
}

/// What was typed may be a password.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.words.iter().map(|(name, _)| name)).finish()
    }
}

impl Fields {
    /// Reads what a form sent, of `most` bytes. What is too long, or is no form, is refused whole.
    pub(crate) async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Self, StatusCode> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let (essence, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let boundary = match essence.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => None,
            // Only a route that takes files reads them.
            "multipart/form-data" if most != MOST_BYTES => {
                Some(multipart::boundary(parameters).ok_or(StatusCode::UNSUPPORTED_MEDIA_TYPE)?)
            }
            _ => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        };
        let within = if boundary.is_some() { UPLOAD_WITHIN } else { WITHIN };
        let bytes = timeout(within, to_bytes(body, most)).await.map_err(|_elapsed| StatusCode::REQUEST_TIMEOUT)?;
        let bytes = bytes.map_err(|_too_long| StatusCode::PAYLOAD_TOO_LARGE)?;
        match boundary {
            None => Self::parse(&bytes),
            Some(boundary) => Self::parts(&bytes, boundary),
        }
        .ok_or(StatusCode::BAD_REQUEST)
    }

    /// Reads the parts of a form with files; nothing where one of them is not written as browsers write them.
    fn parts(bytes: &[u8], boundary: &str) -> Option<Self> {
        let mut fields = Self::default();
        for part in multipart::parts(bytes, boundary, MOST_FIELDS)? {
            if part.is_file {
                fields.files.push((part.name.to_owned(), Zeroizing::new(part.body.to_vec())));
            } else {
                let words = std::str::from_utf8(part.body).ok().filter(|words| !words.contains('\0'))?;
                fields.words.push((part.name.to_owned(), Zeroizing::new(words.replace("\r\n", "\n"))));
            }
        }
        Some(fields)
    }

    /// Fields that are known one by one.
    pub(crate) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let words = pairs.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned())));
        Self { words: words.collect(), files: Vec::new() }
    }

    /// Every field that was sent, for a form that comes back whole.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.words.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Reads fields; nothing where there are too many, or one holds what no keyboard sends.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut words = Vec::new();
        for field in bytes.split(|byte| *byte == b'&').filter(|field| !field.is_empty()) {
            let at = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
            let (name, value) = field.split_at(at);
            let (name, value) = (decoded(name)?, decoded(value.strip_prefix(b"=").unwrap_or(value))?);
            // The store takes no NUL.
            if words.len() == MOST_FIELDS || value.contains('\0') {
                return None;
            }
            // Browsers send line ends as CR LF.
            words.push((name.to_string(), Zeroizing::new(value.replace("\r\n", "\n"))));
        }
        Some(Self { words, files: Vec::new() })
    }

    /// The one value of a field without the space around it; empty where it was not sent, or more than once: what can be read in
    /// two ways is not read.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// Every value of a field that can be ticked more than once.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.words.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.trim())
    }

    /// The same, space and all: a password.
    pub(crate) fn exact(&self, name: &str) -> &str {
        let mut found = self.words.iter().filter(|(field, _)| field == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => value,
            _ => "",
        }
    }

    /// The one file of a field; nothing where none was chosen, or several were sent.
    pub(crate) fn file(&self, name: &str) -> Option<&[u8]> {
        let mut found = self.files.iter().filter(|(field, _)| field == name);
        match (found.next(), found.next()) {
            (Some((_, bytes)), None) if !bytes.is_empty() => Some(bytes),
            _ => None,
        }
    }
}

/// What a browser wrote as an urlencoded form writes it; nothing where its bytes are no UTF-8. What cannot be decoded is refused rather than
/// replaced by a sign: that sign (U+FFFD) is one that somebody may have typed or pasted themselves.
fn decoded(written: &[u8]) -> Option<Zeroizing<String>> {
    let hex = |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(written.len()));
    let mut rest = written;
    while let Some((first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, after @ ..]) => hex(high).zip(hex(low)).map(|(high, low)| (high << 4 | low, after)),
            _ => None,
        };
        // A sign of per cent that begins nothing stands for itself, as browsers read it.
        let plain = (if *first == b'+' { b' ' } else { *first }, after);
        let (byte, after) = escaped.unwrap_or(plain);
        bytes.push(byte);
        rest = after;
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
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
        for no_text in [&b"a=%ff"[..], b"a=\xff", b"a=%e2%82", b"%ff=a", b"a=%ed%a0%80"] {
            assert!(Fields::parse(no_text).is_none(), "{no_text:?}");
        }
        let typed = Fields::parse(b"a=%EF%BF%BD+%e2%82%ac+100%+%zz&b&=c&&d=1=2").unwrap();
        assert_eq!(typed.exact("a"), "\u{fffd} € 100% %zz");
        assert_eq!((typed.exact("b"), typed.exact(""), typed.exact("d")), ("", "c", "1=2"));
        assert!(Fields::parse("a=1&".repeat(MOST_FIELDS + 1).as_bytes()).is_none());
        assert_eq!(format!("{fields:?}"), r#"["name", "word", "two", "two", "lines"]"#);
    }

    #[test]
    fn a_form_with_a_file_is_read_whole_or_not_at_all() {
        let body = b"--xx\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n--xx\r\nContent-Disposition: form-data; \
            name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nkind,\xff\r\n\r\n--x\r\n--xx--\r\n";
        let fields = Fields::parts(body, "xx").unwrap();
        assert_eq!(fields.exact("token"), "abc");
        assert_eq!(fields.file("file"), Some(&b"kind,\xff\r\n\r\n--x"[..]));
        assert_eq!(fields.file("token"), None);
        assert!(Fields::parts(&body[..body.len() - 8], "xx").is_none(), "it broke off");
        let words =
            |value: &str| format!("--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{value}\r\n--xx--");
        assert_eq!(Fields::parts(words("a\r\nb").as_bytes(), "xx").unwrap().get("a"), "a\nb");
        assert!(Fields::parts(words("\0").as_bytes(), "xx").is_none(), "what no keyboard sends");
    }
}
