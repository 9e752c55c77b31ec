//! Forms with files, as browsers write them (RFC 7578): read strictly, and whole or not at all.
//!
//! What stands here meets strangers: a form may have been put together by no browser. Whatever two programs might read
//! differently is refused: a part that says twice what it is, words before the first part or after the last, a boundary
//! that goes on. It stands in this crate so that the fuzz target `form_parts` can hold it without a web server around it.

/// The longest boundary between two parts (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;
/// The longest head of a part, bytes: a name of ours, and whatever somebody called their file.
const LONGEST_HEAD: usize = 8 * 1024;

/// One part of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// The name of its field.
    pub name: &'a str,
    /// Whether it is a file. What the file is called is not looked at.
    pub is_file: bool,
    /// What was sent, byte for byte.
    pub body: &'a [u8],
}

/// The boundary that the parameters of a content type name: what stands after `multipart/form-data;`. Nothing where it is
/// missing, named twice, or not of signs that every program reads alike.
pub fn boundary(parameters: &str) -> Option<&str> {
    let named = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case("boundary")).map(|(_, boundary)| boundary);
    let (Some(boundary), None) = (named.next(), named.next()) else { return None };
    let boundary = match boundary.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => boundary,
    };
    let is_right = (1..=LONGEST_BOUNDARY).contains(&boundary.len())
        && boundary.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    is_right.then_some(boundary)
}

/// Reads the parts of a form, `most` of them; nothing where one is not written as browsers write them, or there are more.
pub fn parts<'a>(bytes: &'a [u8], boundary: &str, most: usize) -> Option<Vec<Part<'a>>> {
    let (first, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let mut rest = bytes.strip_prefix(first.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(b"--") {
            return (end.is_empty() || end == b"\r\n").then_some(parts);
        }
        if parts.len() == most {
            return None;
        }
        // Where a head ends is looked for within its bounds only.
        let after = rest.strip_prefix(b"\r\n")?;
        let within = after.get(..LONGEST_HEAD.min(after.len()))?;
        let (head, _) = split(within, b"\r\n\r\n")?;
        let after = after.get(head.len() + 4..)?;
        let (body, next) = split(after, between.as_bytes())?;
        rest = next;
        let (name, is_file) = disposition(std::str::from_utf8(head).ok()?)?;
        parts.push(Part { name, is_file, body });
    }
}

/// What stands before and after the first of these bytes. A boundary begins with a line's end, which it cannot hold again, so
/// this takes no longer than the bytes are many.
fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(by.len()).position(|window| window == by)?;
    Some((bytes.get(..place)?, bytes.get(place + by.len()..)?))
}

/// The name of a part, and whether it is a file (RFC 7578 §4.2).
fn disposition(head: &str) -> Option<(&str, bool)> {
    let mut found = None;
    for line in head.split("\r\n") {
        // A bare line end would begin a new line for some programs, and a space would go on with the one before.
        if line.contains(['\r', '\n', '\0']) || line.starts_with([' ', '\t']) {
            return None;
        }
        let (name, value) = line.split_once(':')?;
        if name.trim().eq_ignore_ascii_case("content-disposition") && found.replace(value).is_some() {
            return None;
        }
    }
    let rest = found?.trim().strip_prefix("form-data;")?.trim();
    let (name, rest) = rest.strip_prefix("name=\"")?.split_once('"')?;
    let rest = rest.trim();
    let is_file = match rest.strip_prefix(';').map(str::trim) {
        None if rest.is_empty() => false,
        Some(more) if more.starts_with("filename=") || more.starts_with("filename*=") => true,
        None | Some(_) => return None,
    };
    Some((name, is_file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    const HEAD: &str = "Content-Disposition: form-data; name=";

    /// A form as a browser writes it.
    fn written(parts: &[Part<'_>], boundary: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for part in parts {
            let file = if part.is_file { "; filename=\"a; b.csv\"\r\nContent-Type: text/csv" } else { "" };
            out.extend(format!("--{boundary}\r\n{HEAD}\"{}\"{file}\r\n\r\n", part.name).bytes());
            out.extend(part.body);
            out.extend(b"\r\n");
        }
        out.extend(format!("--{boundary}--\r\n").bytes());
        out
    }

    #[test]
    fn a_form_with_a_file_is_read_whole_or_not_at_all() {
        let sent = [
            Part { name: "token", is_file: false, body: b"abc" },
            Part { name: "file", is_file: true, body: b"kind,\xff\r\n\r\n--x\r\n-- xx--" },
            Part { name: "", is_file: false, body: b"" },
        ];
        let body = written(&sent, "xx");
        assert_eq!(parts(&body, "xx", 3).unwrap(), sent);
        assert_eq!(parts(&body, "xx", 2), None, "more parts than may be");
        for length in 0..body.len() - 2 {
            assert_eq!(parts(&body[..length], "xx", 3), None, "it broke off after {length} bytes");
        }
        assert_eq!(parts(&body, "x", 3), None, "the boundary goes on");
        assert_eq!(parts(b"--xx--", "xx", 3), Some(Vec::new()));
        assert_eq!(parts(b"--xx--\r\nmore", "xx", 3), None, "something follows the end");
        assert_eq!(parts(b"hello\r\n--xx--", "xx", 3), None, "something stands before the first part");
    }

    #[test]
    fn a_part_that_can_be_read_in_two_ways_is_not_read() {
        let read = |head: &str| parts(format!("--xx\r\n{head}\r\n\r\na\r\n--xx--").as_bytes(), "xx", 3).is_some();
        assert!(read(&format!("{HEAD}\"a\"")));
        assert!(read(&format!("content-type: text/plain\r\n{HEAD}\"a\"; filename*=UTF-8''b")));
        for wrong in [
            "Content-Type: text/csv".to_owned(),
            format!("{HEAD}a"),
            format!("{HEAD}\"a"),
            format!("{HEAD}\"a\"; name=\"b\""),
            format!("{HEAD}\"a\" filename=\"b\""),
            format!("{HEAD}\"a\"\r\n{HEAD}\"b\""),
            format!("{HEAD}\"a\"\r\n ; filename=\"b\""),
            format!("{HEAD}\"a\nX: b\""),
            format!("X: {}\r\n{HEAD}\"a\"", "x".repeat(LONGEST_HEAD)),
        ] {
            assert!(!read(&wrong), "{wrong}");
        }
    }

    #[test]
    fn a_boundary_is_named_once_and_plainly() {
        assert_eq!(boundary(" charset=utf-8; boundary=\"----w\""), Some("----w"));
        assert_eq!(boundary("Boundary=----WebKitFormBoundaryAbc"), Some("----WebKitFormBoundaryAbc"));
        let wrong = ["", " boundary=", " boundary=a b", " boundary=\"a", " boundary=a; boundary=b", " boundary=a\"b"];
        for wrong in wrong {
            assert_eq!(boundary(wrong), None, "{wrong}");
        }
        assert_eq!(boundary(&format!("boundary={}", "b".repeat(LONGEST_BOUNDARY + 1))), None);
    }

    proptest! {
        #[test]
        fn what_a_browser_writes_is_read_as_it_was_sent(
            sent in vec(("[a-z%;:= é]{0,12}", any::<bool>(), vec(any::<u8>(), 0..60)), 0..6),
            boundary in "[-_.A-Za-z0-9]{12,70}",
        ) {
            let sent: Vec<Part<'_>> =
                sent.iter().map(|(name, is_file, body)| Part { name, is_file: *is_file, body }).collect();
            let body = written(&sent, &boundary);
            prop_assert_eq!(parts(&body, &boundary, 6), Some(sent));
        }
    }
}
