//! Finds where a head ends, and refuses every line that does not end in CR LF.

use super::fault::WireFault;

/// Where the search for the end of a head stands, so that bytes are looked at once however they arrive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeadScan {
    /// Everything before this was looked at.
    seen: usize,
    /// Where the current line begins.
    line: usize,
    /// Whether a line with something on it has been seen.
    begun: bool,
}

/// Empty lines that are passed over before a request (RFC 9112 §2.2 asks for at least one).
const EMPTY_LINES: usize = 4;

impl HeadScan {
    /// The length of the head that `bytes` begins with, its empty line and any empty lines before it included;
    /// `None` while it is not whole. `bytes` may only have grown since the last call.
    pub fn find(&mut self, bytes: &[u8], most: usize) -> Result<Option<usize>, WireFault> {
        let fresh = bytes.get(self.seen..).unwrap_or_default();
        let offset = self.seen;
        for place in memchr::memchr_iter(b'\n', fresh) {
            let end = offset + place;
            let line = bytes.get(self.line..end).unwrap_or_default();
            let Some((b'\r', text)) = line.split_last() else { return Err(WireFault::LineEnding) };
            self.line = end + 1;
            self.seen = end + 1;
            if text.is_empty() {
                if self.begun {
                    return if end < most { Ok(Some(end + 1)) } else { Err(WireFault::HeadTooLong) };
                }
                if end >= EMPTY_LINES * 2 {
                    return Err(WireFault::RequestLine);
                }
                continue;
            }
            if self.begun && matches!(text.first(), Some(b' ' | b'\t')) {
                return Err(WireFault::Folded);
            }
            if memchr::memchr(b'\r', text).is_some() {
                return Err(WireFault::LineEnding);
            }
            self.begun = true;
        }
        self.seen = bytes.len();
        if bytes.len() >= most { Err(WireFault::HeadTooLong) } else { Ok(None) }
    }

    /// Whether the first byte can begin a request at all: TLS, for one, cannot.
    pub fn can_begin_request(bytes: &[u8]) -> bool {
        bytes.first().is_none_or(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\r' | b'\n'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &[u8]) -> Result<Option<usize>, WireFault> {
        HeadScan::default().find(text, 1024)
    }

    #[test]
    fn ends_are_found_and_bare_line_ends_refused() {
        assert_eq!(whole(b"GET / HTTP/1.1\r\n\r\nrest"), Ok(Some(18)));
        assert_eq!(whole(b"\r\nGET / HTTP/1.1\r\n\r\n"), Ok(Some(20)));
        assert_eq!(whole(b"GET / HTTP/1.1\r\nA: b\r\n"), Ok(None));
        assert_eq!(whole(b"GET / HTTP/1.1\n\n"), Err(WireFault::LineEnding));
        assert_eq!(whole(b"GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n"), Err(WireFault::LineEnding));
        assert_eq!(whole(b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"), Err(WireFault::Folded));
        assert_eq!(whole(&[b'a'; 2000]), Err(WireFault::HeadTooLong));
        assert_eq!(whole(&b"\r\n".repeat(9)), Err(WireFault::RequestLine));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_answer(
            pieces in proptest::collection::vec("[a ]{0,3}(\r\n|\r\n|\r\n|\n|\r|\r\n\r\n)?", 0..12),
            cuts in proptest::collection::vec(0_usize..64, 0..8),
        ) {
            let text = pieces.concat().into_bytes();
            let expected = whole(&text);
            let mut scan = HeadScan::default();
            let mut ends: Vec<usize> = cuts.into_iter().filter(|cut| *cut < text.len()).collect();
            ends.push(text.len());
            ends.sort_unstable();
            let mut answer = Ok(None);
            for end in ends {
                answer = scan.find(&text[..end], 1024);
                if answer != Ok(None) {
                    break;
                }
            }
            prop_assert_eq!(answer, expected);
        }
    }
}
