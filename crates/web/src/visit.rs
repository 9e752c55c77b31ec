//! One visit to a page: who asks, from where, and what for.

use crate::{
    fields::Fields,
    seats::{Seat, Seats},
    sources::Sources,
};
use axum::{
    http::{HeaderMap, Method},
    response::Response,
};
use holdfast_records::{Fault, Myself, Records, Session};
use jiff::Timestamp;
use std::{net::IpAddr, sync::Arc};

/// What a page of the application answers with. A [`Fault`] becomes the page that says it in words.
pub(crate) type Answered = Result<Response, Fault>;

/// A visit to a page that needs nobody signed in.
pub(crate) struct Visit<'a> {
    pub(crate) sources: &'a Sources,
    /// The address of the other end of the connection, IPv4 written as IPv4.
    pub(crate) client: IpAddr,
    pub(crate) now: Timestamp,
    /// Whether everything may be shown: the visitor sits at this computer, or it is the demo.
    pub(crate) sees_all: bool,
    /// What stands after the question mark; empty where nothing does.
    pub(crate) query: &'a str,
}

/// A visit to the door: somebody who wants to sign in.
pub(crate) struct DoorVisit {
    pub(crate) sources: Arc<Sources>,
    pub(crate) records: Records,
    pub(crate) seats: Arc<Seats>,
    /// The seat that this browser has already, if any.
    pub(crate) seat: Option<Seat>,
    pub(crate) caller: Caller,
    pub(crate) query: Fields,
}

/// A visit by somebody who is signed in.
pub(crate) struct SignedVisit {
    pub(crate) sources: Arc<Sources>,
    pub(crate) records: Records,
    pub(crate) seats: Arc<Seats>,
    pub(crate) seat: Seat,
    pub(crate) session: Session,
    /// What they are at this moment, read for this request.
    pub(crate) me: Myself,
    pub(crate) caller: Caller,
    pub(crate) query: Fields,
    pub(crate) places: Places,
}

/// Who asks, as far as the connection tells.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The address of the other end.
    pub(crate) client: IpAddr,
    /// The browser in plain words.
    pub(crate) browser: String,
    /// The word in its cookie, whatever it is good for.
    pub(crate) cookie: Option<String>,
    /// The word by which it is known, if somebody signed in in it before.
    pub(crate) device: Option<String>,
    pub(crate) now: Timestamp,
    /// The path asked for.
    pub(crate) path: String,
    /// Whether it is only read.
    pub(crate) is_reading: bool,
}

impl Caller {
    pub(crate) fn new(client: IpAddr, asked: (&Method, &str), headers: &HeaderMap, now: Timestamp) -> Self {
        let browser = headers.get(axum::http::header::USER_AGENT).and_then(|browser| browser.to_str().ok());
        Self {
            client,
            browser: crate::whence::browser_words(browser.unwrap_or_default()),
            cookie: crate::cookie::read(headers),
            device: crate::cookie::read_device(headers),
            now,
            path: asked.1.to_owned(),
            is_reading: *asked.0 != Method::POST,
        }
    }

    /// Where a try to sign in comes from, as wrong ones are counted.
    pub(crate) fn place(&self) -> String {
        crate::serve::whose(self.client).to_string()
    }
}

/// What the path names: `{person}` in `/people/{person}`.
#[derive(Debug, Default)]
pub(crate) struct Places(pub(crate) Vec<(String, String)>);

impl Places {
    /// What stands in a place of the path.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(place, _)| place == name).map_or("", |(_, value)| value)
    }
}
