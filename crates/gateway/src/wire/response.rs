//! An answer's head, held to the same strictness as a request's: what an origin sends must not confuse a client.

use super::{
    body::BodyLength,
    fault::WireFault,
    fields::{self, Known, Options},
    request::MOST_FIELDS,
};
use holdfast_core::rewrites::alt_svc_without_http3;
use httparse::{Header, Status};
use std::mem::MaybeUninit;

/// What was understood of an answer's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is said by a field of its own")]
pub struct ResponseHead {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The minor version: 0 or 1.
    pub minor: u8,
    /// The body that follows.
    pub length: BodyLength,
    /// Whether the origin keeps the connection.
    pub keep_alive: bool,
    /// Whether it is about a sign-in that lasts as long as the connection: that connection is no other client's.
    pub binds_connection: bool,
    /// Whether the content may be silent for long: server-sent events, gRPC.
    pub is_stream: bool,
    /// Whether a way round the filter was taken out of `Alt-Svc`.
    pub alt_svc_changed: bool,
    /// A length that is only told, because this answer carries no body (`HEAD`, 304).
    pub told_length: Option<u64>,
}

impl ResponseHead {
    /// Whether another answer to the same request follows (RFC 9110 §15.2).
    pub fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// Which request an answer answers, as far as it decides what follows the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// `HEAD`: no body whatever the fields say.
    Head,
    /// A WebSocket's opening: 101 may come.
    Websocket,
    /// Anything else.
    Other,
}

/// Reads one whole head. The status line (as HTTP/1.1) and the field lines that go on are added to `kept`, without
/// those that belong to the origin's connection and without the body's framing.
pub fn read(head: &[u8], answering: Answering, kept: &mut Vec<u8>) -> Result<ResponseHead, WireFault> {
    let mut space = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    match config.parse_response_with_uninit_headers(&mut response, head, &mut space) {
        Ok(Status::Complete(used)) if used == head.len() => {}
        Ok(_) => return Err(WireFault::StatusLine),
        Err(error) => return Err(WireFault::of_head(error, WireFault::StatusLine)),
    }
    let (Some(status), Some(minor)) = (response.code, response.version) else { return Err(WireFault::StatusLine) };
    if status < 100 || (status == 101 && answering != Answering::Websocket) {
        return Err(WireFault::StatusLine);
    }
    let (options, length, chunked) = gather(response.headers, minor)?;

    kept.extend_from_slice(b"HTTP/1.1 ");
    fields::put_number(kept, u64::from(status));
    kept.push(b' ');
    kept.extend_from_slice(response.reason.unwrap_or_default().as_bytes());
    kept.extend_from_slice(b"\r\n");
    let (mut binds_connection, mut alt_svc_changed, mut is_stream) = (false, false, false);
    for field in response.headers.iter().filter(|field| !options.names(field.name)) {
        match fields::known(field.name) {
            Known::AltSvc => alt_svc_changed |= put_alt_svc(kept, field),
            Known::SignIn => {
                binds_connection |= fields::binds_connection(field.value);
                fields::put(kept, field.name, field.value);
            }
            Known::ContentType => {
                is_stream |= fields::is_stream(field.value);
                fields::put(kept, field.name, field.value);
            }
            Known::Other | Known::Accept | Known::Ours => fields::put(kept, field.name, field.value),
            _ => {}
        }
    }
    let bodiless = answering == Answering::Head || status < 200 || matches!(status, 204 | 304);
    let body = match (bodiless, chunked, length) {
        (true, ..) => BodyLength::None,
        (_, true, _) => BodyLength::Chunked,
        (_, _, Some(length)) => BodyLength::Exact(length),
        _ => BodyLength::UntilClose,
    };
    Ok(ResponseHead {
        status,
        minor,
        length: body,
        keep_alive: minor == 1 && !options.close && body != BodyLength::UntilClose,
        binds_connection,
        alt_svc_changed,
        is_stream,
        told_length: length.filter(|_| bodiless && status >= 200 && status != 204),
    })
}

/// Writes `Alt-Svc` without what leads round the filter; whether anything was taken out.
fn put_alt_svc(kept: &mut Vec<u8>, field: &Header<'_>) -> bool {
    let Ok(value) = std::str::from_utf8(field.value) else { return true };
    let changed = alt_svc_without_http3(value);
    let left = changed.as_deref().unwrap_or(value);
    if !left.is_empty() {
        fields::put(kept, field.name, left.as_bytes());
    }
    changed.is_some()
}

fn gather<'a>(headers: &[Header<'a>], minor: u8) -> Result<(Options<'a>, Option<u64>, bool), WireFault> {
    let mut options = Options::default();
    let mut length = None;
    let mut chunked = false;
    for field in headers {
        match fields::known(field.name) {
            Known::ContentLength => {
                // Some servers say the same length twice. That is no contradiction, and it goes on once.
                let told = fields::length(field.value)?;
                if length.is_some_and(|earlier| earlier != told) {
                    return Err(WireFault::Length);
                }
                length = Some(told);
            }
            Known::TransferEncoding => {
                if chunked || minor == 0 || !field.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(WireFault::TransferCoding);
                }
                chunked = true;
            }
            Known::Connection | Known::ProxyConnection => options.read(field.value)?,
            _ => {}
        }
    }
    if chunked && length.is_some() {
        return Err(WireFault::TwoLengths);
    }
    Ok((options, length, chunked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &str, answering: Answering) -> Result<(ResponseHead, String), WireFault> {
        let mut kept = Vec::new();
        let text = format!("{lines}\r\n\r\n");
        read(text.as_bytes(), answering, &mut kept).map(|head| (head, String::from_utf8(kept).unwrap()))
    }

    #[test]
    fn the_body_is_found_by_the_rules() {
        let length = |lines: &str, answering| head(lines, answering).unwrap().0.length;
        assert_eq!(length("HTTP/1.1 200 OK\r\nContent-Length: 5", Answering::Other), BodyLength::Exact(5));
        assert_eq!(
            length("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5", Answering::Other),
            BodyLength::Exact(5)
        );
        assert_eq!(length("HTTP/1.1 200 OK\r\nContent-Length: 5", Answering::Head), BodyLength::None);
        assert_eq!(length("HTTP/1.1 304 Not Modified\r\nContent-Length: 5", Answering::Other), BodyLength::None);
        assert_eq!(length("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", Answering::Other), BodyLength::Chunked);
        assert_eq!(length("HTTP/1.0 200 OK", Answering::Other), BodyLength::UntilClose);
    }

    #[test]
    fn an_origin_cannot_confuse_the_client() {
        let refused = |lines: &str| head(lines, Answering::Other).expect_err(lines);
        assert_eq!(
            refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
            WireFault::TwoLengths
        );
        assert_eq!(refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6"), WireFault::Length);
        assert_eq!(refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip"), WireFault::TransferCoding);
        assert_eq!(refused("HTTP/1.1 101 Switching Protocols"), WireFault::StatusLine);
        assert_eq!(refused("HTTP/2 200 OK"), WireFault::Version);
        assert_eq!(refused("HTTP/1.1 200 OK\r\nA : b"), WireFault::Field);
        assert_eq!(refused("HTTP/1.1 200 OK\r\nA b"), WireFault::Field);
    }

    #[test]
    fn fields_of_one_connection_stay_behind() {
        let (head, kept) = head(
            "HTTP/1.1 200 Fine\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: Basic\r\nX-End: 2\r\nContent-Length: 0",
            Answering::Other,
        )
        .unwrap();
        assert!(!head.keep_alive);
        assert_eq!(kept, "HTTP/1.1 200 Fine\r\nX-End: 2\r\n");
    }
}
