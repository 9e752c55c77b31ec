//! What a form sent: read strictly and within bounds, as a browser sends words (the URL standard's urlencoded form) or files
//! (RFC 7578).

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, StatusCode, header},
};
use std::{fmt, time::Duration};
use tokio::time::timeout;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The most that a form may send, bytes, where its route says nothing else: words, no files.
pub(crate) const MOST_BYTES: usize = 256 * 1024;
/// How long it may take to send that.
const WITHIN: Duration = Duration::from_secs(10);
/// The same for a form with a file.
const UPLOAD_WITHIN: Duration = Duration::from_secs(40);
/// The longest boundary between two parts (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;
/// The most fields.
const MOST_FIELDS: usize = 2_000;

/// The fields of a form, or of what stands after a question mark.
#[derive(Default)]
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
                Some(boundary(parameters).ok_or(StatusCode::UNSUPPORTED_MEDIA_TYPE)?)
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
        let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
        let mut rest = bytes.strip_prefix(first.as_bytes())?;
        let mut fields = Self::default();
        loop {
            if rest.starts_with(b"--") {
                return Some(fields);
            }
            if fields.words.len() + fields.files.len() == MOST_FIELDS {
                return None;
            }
            let (head, after) = split(rest.strip_prefix(b"\r\n")?, b"\r\n\r\n")?;
            let (body, next) = split(after, between.as_bytes())?;
            rest = next;
            let (name, is_file) = disposition(std::str::from_utf8(head).ok()?)?;
            if is_file {
                fields.files.push((name, Zeroizing::new(body.to_vec())));
            } else {
                let words = std::str::from_utf8(body).ok().filter(|words| !words.contains('\0'))?;
                fields.words.push((name, Zeroizing::new(words.replace("\r\n", "\n"))));
            }
        }
    }

    /// Reads fields; nothing where there are too many, or one holds what no keyboard sends.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut words = Vec::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            // The store takes no NUL, and a replacement sign means that the bytes were no text.
            if words.len() == MOST_FIELDS || value.contains(['\0', '\u{fffd}']) {
                return None;
            }
            // Browsers send line ends as CR LF.
            words.push((name.into_owned(), Zeroizing::new(value.replace("\r\n", "\n"))));
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

/// The boundary that a form with files names.
fn boundary(parameters: &str) -> Option<&str> {
    let mut named = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let (_, boundary) = named.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let boundary = boundary.trim_matches('"');
    let is_right =
        (1..=LONGEST_BOUNDARY).contains(&boundary.len()) && boundary.bytes().all(|byte| byte.is_ascii_graphic());
    is_right.then_some(boundary)
}

/// What stands before and after the first of these bytes.
fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(by.len()).position(|window| window == by)?;
    Some((bytes.get(..place)?, bytes.get(place + by.len()..)?))
}

/// The name of a part, and whether it is a file (RFC 7578 §4.2). What the file is called is not looked at.
fn disposition(head: &str) -> Option<(String, bool)> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
    let rest = value.trim().strip_prefix("form-data;")?.trim();
    let (name, rest) = rest.strip_prefix("name=\"")?.split_once('"')?;
    Some((name.to_owned(), rest.trim_start_matches([';', ' ']).starts_with("filename")))
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

    #[test]
    fn a_form_with_a_file_is_read_whole_or_not_at_all() {
        let body = b"--xx\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n--xx\r\nContent-Disposition: form-data; \
            name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nkind,\xff\r\n\r\n--x\r\n--xx--\r\n";
        let fields = Fields::parts(body, "xx").unwrap();
        assert_eq!(fields.exact("token"), "abc");
        assert_eq!(fields.file("file"), Some(&b"kind,\xff\r\n\r\n--x"[..]));
        assert_eq!(fields.file("token"), None);
        assert!(Fields::parts(&body[..body.len() - 8], "xx").is_none(), "it broke off");
        assert!(Fields::parts(body, "yy").is_none());
        assert!(
            Fields::parts(b"--xx\r\nContent-Type: text/csv\r\n\r\na\r\n--xx--", "xx").is_none(),
            "a part without a name"
        );
        assert_eq!(boundary(" charset=utf-8; boundary=\"----w\""), Some("----w"));
        assert_eq!([boundary(" boundary="), boundary(" boundary=a b"), boundary("")], [None; 3]);
    }
}
