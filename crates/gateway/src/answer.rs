//! Answers the gate gives itself.

use crate::wire::fields::put_number;
use holdfast_core::wording::{HelpContact, Words};

/// An answer of our own. It is never stored by anyone: the next one may be different.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) content_type: &'a str,
    /// Further fields.
    pub(crate) fields: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
    /// Whether the body is left out because the request was `HEAD`.
    pub(crate) head_only: bool,
    /// Whether the connection stays.
    pub(crate) stays: bool,
}

impl Answer<'_> {
    /// Writes the answer.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"HTTP/1.1 ");
        put_number(out, u64::from(self.status));
        out.push(b' ');
        out.extend_from_slice(reason(self.status).as_bytes());
        out.extend_from_slice(b"\r\nCache-Control: no-store\r\nContent-Type: ");
        out.extend_from_slice(self.content_type.as_bytes());
        out.extend_from_slice(b"\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ");
        put_number(out, self.body.len() as u64);
        out.extend_from_slice(b"\r\n");
        for (name, value) in self.fields {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(if self.stays { b"\r\n" } else { b"Connection: close\r\n\r\n".as_slice() });
        if !self.head_only {
            out.extend_from_slice(self.body);
        }
    }
}

/// An answer of our own before it is written, the same whichever HTTP it is written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    /// Further fields.
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A text for a program, or for a person where nothing better can be shown.
    pub(crate) fn text(status: u16, text: String) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", fields: Vec::new(), body: text.into_bytes() }
    }

    /// A whole page, that only its own style sheet may dress.
    pub(crate) fn page(status: u16, page: String) -> Self {
        let policy = crate::block_page::content_security_policy().to_owned();
        Self {
            status,
            content_type: crate::block_page::BLOCK_PAGE_MEDIA_TYPE,
            fields: vec![("Content-Security-Policy", policy)],
            body: page.into_bytes(),
        }
    }

    /// The way to another address.
    pub(crate) fn lead(to: &str) -> Self {
        Self { fields: vec![("Location", to.to_owned())], ..Self::text(302, String::new()) }
    }

    /// Writes it in HTTP/1.1.
    pub(crate) fn put(&self, out: &mut Vec<u8>, (head_only, stays): (bool, bool)) {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let Self { status, content_type, body, .. } = self;
        Answer { status: *status, content_type, fields: &fields, body, head_only, stays }.put(out);
    }
}

/// Plain text: what happened, why, and what to do next.
pub(crate) fn text(words: &Words, reference: &str) -> String {
    format!("{}\n\n{}\n\n{}\n\nReference: {reference}\n", words.heading, words.explanation, words.next)
}

/// The same with the numbers to ring, for programs that show no page; a person may well read it.
pub(crate) fn text_with_help(words: &Words, reference: &str, help: &[HelpContact<'_>]) -> String {
    let numbers = help.iter().filter_map(|contact| Some(format!("{}: {}\n", contact.name, contact.telephone?)));
    format!("{}\n{}", text(words, reference), numbers.collect::<String>())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Refused",
    }
}
