//! One visit to a page: who asks, from where, and what for.

use crate::{
    fields::Fields,
    glance::Glance,
    house::Ends,
    log_work::LogWork,
    seats::{Seat, Seats},
    sign_on::SignOn,
    sources::Sources,
};
use axum::{
    http::{HeaderMap, Method},
    response::Response,
};
use holdfast_records::{Fault, Myself, Records, Session, id};
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
    /// Who is signed in, for the head of the page; it gives no more rights here.
    pub(crate) who: Option<&'a SignedIn>,
}

/// Somebody signed in who looks at a page that needs nobody signed in.
pub(crate) struct SignedIn {
    pub(crate) seat: Seat,
    pub(crate) me: Myself,
}

/// A visit to a page of help: anybody, with what the records add to it while they answer.
pub(crate) struct HelpVisit {
    pub(crate) sources: Arc<Sources>,
    pub(crate) records: Option<Records>,
    /// Who is signed in, and at which school.
    pub(crate) me: Option<(Myself, id::School)>,
    /// What each form of their seat carries.
    pub(crate) token: String,
    pub(crate) now: Timestamp,
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
    pub(crate) places: Places,
    pub(crate) sign_on: Arc<SignOn>,
}

/// A visit by somebody who is signed in.
#[derive(Clone)]
pub(crate) struct SignedVisit {
    pub(crate) sources: Arc<Sources>,
    pub(crate) records: Records,
    pub(crate) seats: Arc<Seats>,
    /// How the program is doing, for pages that show it.
    pub(crate) glance: Glance,
    /// Verifications of the log that are under way or done.
    pub(crate) log_work: Arc<LogWork>,
    pub(crate) seat: Seat,
    pub(crate) session: Session,
    /// What they are at this moment, read for this request.
    pub(crate) me: Myself,
    pub(crate) caller: Caller,
    pub(crate) query: Fields,
    pub(crate) places: Places,
    pub(crate) sign_on: Arc<SignOn>,
}

/// A visit by somebody who may have a seat.
pub(crate) trait Seated {
    /// The seats, and the number of theirs.
    fn seated(&self) -> Option<(&Seats, u64)>;
}

impl Seated for DoorVisit {
    fn seated(&self) -> Option<(&Seats, u64)> {
        self.seat.as_ref().map(|seat| (&*self.seats, seat.number))
    }
}

impl Seated for SignedVisit {
    fn seated(&self) -> Option<(&Seats, u64)> {
        Some((&*self.seats, self.seat.number))
    }
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
    /// The word of whoever comes back from a provider of single sign-on.
    pub(crate) way: Option<String>,
    /// Where our pages are as this browser has them: `https://` and the host it asks, which is one of ours.
    pub(crate) origin: String,
    /// The word by which it is known, if somebody signed in in it before.
    pub(crate) device: Option<String>,
    pub(crate) now: Timestamp,
    /// The path asked for.
    pub(crate) path: String,
    /// Whether it is only read.
    pub(crate) is_reading: bool,
}

impl Caller {
    pub(crate) fn new(ends: Ends, asked: (&Method, &str), headers: &HeaderMap, now: Timestamp) -> Self {
        let browser = headers.get(axum::http::header::USER_AGENT).and_then(|browser| browser.to_str().ok());
        let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok());
        Self {
            client: ends.client.to_canonical(),
            browser: crate::whence::browser_words(browser.unwrap_or_default()),
            cookie: crate::cookie::read(headers),
            way: crate::cookie::read_way(headers),
            device: crate::cookie::read_device(headers),
            origin: format!("{}{}", if ends.is_secure { "https://" } else { "http://" }, host.unwrap_or_default()),
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
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(pub(crate) Vec<(String, String)>);

impl Places {
    /// What stands in a place of the path.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(place, _)| place == name).map_or("", |(_, value)| value)
    }
}
