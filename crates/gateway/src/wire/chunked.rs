//! The chunked coding (RFC 9112 §7.1), read strictly and written anew.

use super::{
    fault::WireFault,
    fields::{self, Known},
};

/// Longest size line, its extensions included.
const LONGEST_SIZE_LINE: usize = 1_024;
/// Longest trailer line.
const LONGEST_TRAILER: usize = 8 * 1_024;
/// Most bytes of extensions, and of trailers, in one body. Neither carries content, so more is an attack.
const MOST_BESIDE: usize = 16 * 1_024;

/// What happened to some input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Input bytes that are used.
    pub consumed: usize,
    /// Bytes of content among them.
    pub content: u64,
    /// Whether the body is at its end.
    pub done: bool,
}

/// How a body is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Content alone.
    Plain,
    /// In chunks of our own making, trailers after them.
    Chunked,
}

/// Where the reader stands in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    Content(u64),
    ContentEnd,
    Trailers,
    Done,
}

/// Reads a chunked body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkedReader {
    state: State,
    beside: usize,
}

impl Default for ChunkedReader {
    fn default() -> Self {
        Self { state: State::Size, beside: 0 }
    }
}

impl ChunkedReader {
    /// Takes what it can of `input` and writes the content to `out`. What is left over is to be given again, with
    /// more behind it. Extensions are dropped: they belong to one connection (RFC 9112 §7.1.1).
    pub fn decode(&mut self, input: &[u8], writing: Writing, out: &mut Vec<u8>) -> Result<Decoded, WireFault> {
        let mut decoded = Decoded::default();
        loop {
            let rest = input.get(decoded.consumed..).unwrap_or_default();
            match self.state {
                State::Size => {
                    let Some((line, used)) = line(rest, LONGEST_SIZE_LINE, WireFault::ChunkSize)? else { break };
                    let (size, extension) = size_line(line)?;
                    self.count_beside(extension, WireFault::ChunkExtension)?;
                    decoded.consumed += used;
                    self.state = if size == 0 { State::Trailers } else { State::Content(size) };
                    if size == 0 && writing == Writing::Chunked {
                        out.extend_from_slice(b"0\r\n");
                    }
                }
                State::Content(left) => {
                    if rest.is_empty() {
                        break;
                    }
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let content = rest.get(..take).unwrap_or_default();
                    put_content(content, writing, out);
                    decoded.consumed += take;
                    let taken = take as u64;
                    decoded.content += taken;
                    self.state = if taken == left { State::ContentEnd } else { State::Content(left - taken) };
                }
                State::ContentEnd => match rest {
                    [b'\r', b'\n', ..] => {
                        decoded.consumed += 2;
                        self.state = State::Size;
                    }
                    [] | [b'\r'] => break,
                    _ => return Err(WireFault::ChunkEnd),
                },
                State::Trailers => {
                    let Some((line, used)) = line(rest, LONGEST_TRAILER, WireFault::Trailer)? else { break };
                    self.count_beside(line.len(), WireFault::Trailer)?;
                    decoded.consumed += used;
                    if line.is_empty() {
                        if writing == Writing::Chunked {
                            out.extend_from_slice(b"\r\n");
                        }
                        self.state = State::Done;
                    } else if let Some((name, value)) = trailer(line)?
                        && writing == Writing::Chunked
                    {
                        fields::put(out, name, value);
                    }
                }
                State::Done => {
                    decoded.done = true;
                    break;
                }
            }
        }
        Ok(decoded)
    }

    fn count_beside(&mut self, count: usize, fault: WireFault) -> Result<(), WireFault> {
        self.beside += count;
        if self.beside > MOST_BESIDE { Err(fault) } else { Ok(()) }
    }
}

fn put_content(content: &[u8], writing: Writing, out: &mut Vec<u8>) {
    match writing {
        Writing::Plain => out.extend_from_slice(content),
        Writing::Chunked => {
            put_hexadecimal(out, content.len());
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn put_hexadecimal(out: &mut Vec<u8>, number: usize) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    if write!(out, "{number:x}").is_err() {
        out.push(b'0');
    }
}

/// The line that `input` begins with, without its end, and how long it is with it; `None` while it is not whole.
fn line(input: &[u8], most: usize, fault: WireFault) -> Result<Option<(&[u8], usize)>, WireFault> {
    let window = input.get(..most).unwrap_or(input);
    let Some(end) = memchr::memchr(b'\n', window) else {
        return if window.len() == most { Err(fault) } else { Ok(None) };
    };
    match window.get(..end).and_then(<[u8]>::split_last) {
        Some((b'\r', text)) if !text.contains(&b'\r') => Ok(Some((text, end + 1))),
        _ => Err(fault),
    }
}

/// Reads `size[;extension]*`. No blank is allowed anywhere but inside quotes: blanks are where readers disagree.
fn size_line(line: &[u8]) -> Result<(u64, usize), WireFault> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits == 0 || digits > 15 {
        return Err(WireFault::ChunkSize);
    }
    let (size, extension) = line.split_at_checked(digits).ok_or(WireFault::ChunkSize)?;
    if !matches!(extension.first(), None | Some(b';')) {
        return Err(WireFault::ChunkSize);
    }
    let size = std::str::from_utf8(size).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
    let size = size.ok_or(WireFault::ChunkSize)?;
    check_extension(extension)?;
    Ok((size, extension.len()))
}

fn check_extension(mut rest: &[u8]) -> Result<(), WireFault> {
    while let Some((b';', after)) = rest.split_first() {
        rest = token(after)?;
        if let Some((b'=', after)) = rest.split_first() {
            rest = match after.split_first() {
                Some((b'"', inside)) => quoted(inside)?,
                _ => token(after)?,
            };
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(WireFault::ChunkExtension) }
}

fn token(text: &[u8]) -> Result<&[u8], WireFault> {
    let length = text.iter().take_while(|byte| fields::is_token_byte(**byte)).count();
    if length == 0 { Err(WireFault::ChunkExtension) } else { Ok(text.get(length..).unwrap_or_default()) }
}

fn quoted(mut text: &[u8]) -> Result<&[u8], WireFault> {
    loop {
        match text {
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', escaped, rest @ ..] if is_text_byte(*escaped) => text = rest,
            [byte, rest @ ..] if *byte != b'\\' && is_text_byte(*byte) => text = rest,
            _ => return Err(WireFault::ChunkExtension),
        }
    }
}

/// A byte that may stand in a field value (RFC 9110 §5.5).
fn is_text_byte(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// Reads a trailer field. `None` is one that belongs to this connection and is dropped. One that would change what
/// the message means is refused (RFC 9110 §6.5.1).
fn trailer(line: &[u8]) -> Result<Option<(&str, &[u8])>, WireFault> {
    let colon = memchr::memchr(b':', line).ok_or(WireFault::Trailer)?;
    let (name, value) = line.split_at_checked(colon).ok_or(WireFault::Trailer)?;
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    if name.is_empty()
        || !name.iter().all(|byte| fields::is_token_byte(*byte))
        || !value.iter().all(|b| is_text_byte(*b))
    {
        return Err(WireFault::Trailer);
    }
    let Ok(name) = std::str::from_utf8(name) else { return Err(WireFault::Trailer) };
    match fields::known(name) {
        Known::Other | Known::ContentType => Ok(Some((name, value))),
        Known::Host | Known::ContentLength | Known::TransferEncoding => Err(WireFault::Trailer),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes input that arrives in the given pieces; what comes out and how much was left over.
    fn decode(pieces: &[&[u8]], writing: Writing) -> Result<(Vec<u8>, usize, bool), WireFault> {
        let mut reader = ChunkedReader::default();
        let mut waiting = Vec::new();
        let mut out = Vec::new();
        let mut done = false;
        for piece in pieces {
            waiting.extend_from_slice(piece);
            let decoded = reader.decode(&waiting, writing, &mut out)?;
            waiting.drain(..decoded.consumed);
            done = decoded.done;
        }
        Ok((out, waiting.len(), done))
    }

    fn plain(text: &[u8]) -> Result<(Vec<u8>, usize, bool), WireFault> {
        decode(&[text], Writing::Plain)
    }

    #[test]
    fn content_and_trailers_are_read() {
        assert_eq!(plain(b"5\r\nhello\r\n0\r\n\r\nnext"), Ok((b"hello".to_vec(), 4, true)));
        assert_eq!(plain(b"005;a=b;c=\"d;e\\\"\"\r\nhello\r\n00\r\nA: b\r\n\r\n"), Ok((b"hello".to_vec(), 0, true)));
        let anew = decode(&[b"5;note\r\nhello\r\n0\r\nA:  b\r\nConnection: x\r\n\r\n"], Writing::Chunked);
        assert_eq!(anew, Ok((b"5\r\nhello\r\n0\r\nA: b\r\n\r\n".to_vec(), 0, true)));
    }

    #[test]
    fn sloppy_chunks_are_refused() {
        for (text, fault) in [
            (&b"5 \r\nhello\r\n"[..], WireFault::ChunkSize),
            (b" 5\r\nhello\r\n", WireFault::ChunkSize),
            (b"\r\n", WireFault::ChunkSize),
            (b"0x5\r\nhello\r\n", WireFault::ChunkSize),
            (b"+5\r\nhello\r\n", WireFault::ChunkSize),
            (b"5\nhello\r\n", WireFault::ChunkSize),
            (b"5\rX\r\nhello\r\n", WireFault::ChunkSize),
            (b"fffffffffffffffff\r\n", WireFault::ChunkSize),
            (b"5;\r\nhello\r\n", WireFault::ChunkExtension),
            (b"5;a=\r\nhello\r\n", WireFault::ChunkExtension),
            (b"5; a\r\nhello\r\n", WireFault::ChunkExtension),
            (b"5;a=\"b\r\nhello\r\n", WireFault::ChunkExtension),
            (b"5;a=\"b\"c\r\nhello\r\n", WireFault::ChunkExtension),
            (b"5\r\nhelloX\r\n", WireFault::ChunkEnd),
            (b"5\r\nhello\n", WireFault::ChunkEnd),
            (b"0\r\nA b\r\n\r\n", WireFault::Trailer),
            (b"0\r\nContent-Length: 5\r\n\r\n", WireFault::Trailer),
            (b"0\r\nA: b\n\r\n", WireFault::Trailer),
            (b"0\r\n folded\r\n\r\n", WireFault::Trailer),
        ] {
            assert_eq!(plain(text), Err(fault), "{:?}", String::from_utf8_lossy(text));
        }
        let notes = format!("1;{}\r\nx\r\n", "a".repeat(1_000)).repeat(20);
        assert_eq!(plain(notes.as_bytes()), Err(WireFault::ChunkExtension));
        assert_eq!(plain(&[b'1'; 2_000]), Err(WireFault::ChunkSize));
    }

    fn body() -> impl Strategy<Value = Vec<u8>> {
        let chunk = (proptest::collection::vec(any::<u8>(), 1..40), "(;[a-z]{1,4}(=[a-z0-9]{1,3})?){0,2}").prop_map(
            |(content, note)| {
                [format!("{:x}{note}\r\n", content.len()).into_bytes(), content, b"\r\n".to_vec()].concat()
            },
        );
        let end = "0\r\n(X-[a-z]{1,5}: [a-z ]{0,9}\r\n){0,2}\r\n".prop_map(String::into_bytes);
        let stray = proptest::option::of((any::<prop::sample::Index>(), any::<u8>()));
        (proptest::collection::vec(chunk, 0..6), end, stray).prop_map(|(chunks, end, stray)| {
            let mut body = [chunks.concat(), end].concat();
            if let Some((place, byte)) = stray {
                let place = place.index(body.len());
                body[place] = byte;
            }
            body
        })
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_body(body in body(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..10)) {
            let whole = decode(&[&body], Writing::Plain);
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            ends.extend([0, body.len()]);
            ends.sort_unstable();
            let pieces: Vec<&[u8]> = ends.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decode(&pieces, Writing::Plain), whole.clone());
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            prop_assert_eq!(decode(&bytes, Writing::Plain), whole);
        }

        #[test]
        fn what_is_written_anew_reads_the_same(body in body()) {
            let plain = decode(&[&body], Writing::Plain);
            let anew = decode(&[&body], Writing::Chunked);
            prop_assert_eq!(plain.is_ok(), anew.is_ok());
            if let (Ok(plain), Ok(anew)) = (plain, anew) {
                let again = decode(&[&anew.0], Writing::Plain).unwrap();
                prop_assert_eq!(again.0, plain.0);
                prop_assert_eq!(again.2, plain.2);
            }
        }

        #[test]
        fn no_input_makes_it_panic(input in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _answer = decode(&[&input], Writing::Chunked);
        }
    }
}
