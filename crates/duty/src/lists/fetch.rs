//! Fetching one list: from the web, conditionally, or from a file or folder.

use super::{Fault, Location, bundle};
use crate::asking::beginning;
use std::{
    fs,
    io::{self, Read},
    path::Path,
    time::Duration,
};
use ureq::{
    Agent, Body,
    http::{Response, header},
    tls::RootCerts,
};

const MOST_REDIRECTS: usize = 5;
const LARGEST_CHECKSUM_FILE: u64 = 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// What a download may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most bytes a download may have.
    pub most_bytes: u64,
    /// How long a whole download may take.
    pub longest: Duration,
    /// How long the other side may be silent.
    pub longest_silence: Duration,
    /// A parent proxy such as `http://proxy.school.example:3128`, where the school has one.
    pub parent_proxy: Option<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            most_bytes: 512 * 1024 * 1024,
            longest: Duration::from_mins(20),
            longest_silence: Duration::from_mins(1),
            parent_proxy: None,
        }
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes so far.
    pub received: u64,
    /// Bytes in all, where the other side said so.
    pub expected: Option<u64>,
}

/// What is known of the copy at hand, so that an unchanged list is not sent again (RFC 9110, 13.1).
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

pub(super) enum Fetched {
    /// The copy at hand is still the newest.
    Unchanged,
    New(Download),
}

pub(super) struct Download {
    pub(super) bytes: Vec<u8>,
    /// The last part of its address or path.
    pub(super) file_name: String,
    pub(super) known: Known,
    /// Why the download is shorter than announced, if it is.
    pub(super) early_end: Option<String>,
}

pub(super) fn fetch(
    location: &Location,
    known: &Known,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, Fault> {
    match location {
        Location::File(path) => from_disk(path, limits).map(Fetched::New),
        Location::Url(url) => {
            let parsed =
                url::Url::parse(url).map_err(|fault| Fault::Fetch(format!("“{url}” is not an address: {fault}.")))?;
            if parsed.scheme() == "file" {
                let path = parsed
                    .to_file_path()
                    .map_err(|()| Fault::Fetch(format!("“{url}” names no file on this computer.")))?;
                return from_disk(&path, limits).map(Fetched::New);
            }
            from_web(parsed, known, limits, progress)
        }
    }
}

/// A small text beside a list: a checksum file.
pub(super) fn small_text(place: &str, limits: &Limits) -> Result<String, Fault> {
    let location = if place.contains("://") { Location::Url(place.to_owned()) } else { Location::File(place.into()) };
    let limits = Limits { most_bytes: LARGEST_CHECKSUM_FILE, ..limits.clone() };
    match fetch(&location, &Known::default(), &limits, &mut |_| {})? {
        Fetched::New(download) => Ok(String::from_utf8_lossy(&download.bytes).into_owned()),
        Fetched::Unchanged => Err(Fault::Fetch(format!("{place} did not send its text."))),
    }
}

fn from_disk(path: &Path, limits: &Limits) -> Result<Download, Fault> {
    let facts = fs::metadata(path).map_err(Fault::disk(path))?;
    let bytes = if facts.is_dir() {
        bundle::pack_folder(path, limits.most_bytes)?
    } else {
        if facts.len() > limits.most_bytes {
            return Err(too_large(&path.display().to_string(), limits));
        }
        fs::read(path).map_err(Fault::disk(path))?
    };
    let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Download { bytes, file_name, known: Known::default(), early_end: None })
}

fn from_web(
    start: url::Url,
    known: &Known,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, Fault> {
    let agent = agent(limits)?;
    let mut address = start;
    for _ in 0..=MOST_REDIRECTS {
        let mut request = agent.get(address.as_str()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(etag) = &known.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = &known.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, date);
        }
        let response = request.call().map_err(|fault| unreachable_list(&address, &fault))?;
        match response.status().as_u16() {
            200 => return read_body(response, &address, limits, progress).map(Fetched::New),
            304 => return Ok(Fetched::Unchanged),
            301 | 302 | 303 | 307 | 308 => address = redirected(&address, &response)?,
            status => {
                return Err(Fault::Fetch(format!(
                    "{address} answered with status {status} and sent no list. Check the address, or ask the publisher of the list."
                )));
            }
        }
    }
    Err(Fault::Fetch(format!("{address} sent us on more than {MOST_REDIRECTS} times. Check the address of the list.")))
}

fn unreachable_list(address: &url::Url, fault: &ureq::Error) -> Fault {
    Fault::Fetch(format!(
        "{address} could not be reached: {fault}. Check this computer's connection and the address of the list."
    ))
}

fn agent(limits: &Limits) -> Result<Agent, Fault> {
    let proxy = match &limits.parent_proxy {
        Some(text) => Some(
            ureq::Proxy::new(text)
                .map_err(|fault| Fault::Fetch(format!("The parent proxy “{text}” cannot be used: {fault}.")))?,
        ),
        None => None,
    };
    let config = beginning(RootCerts::WebPki, limits.longest)
        .proxy(proxy)
        .timeout_connect(Some(limits.longest_silence))
        .timeout_recv_response(Some(limits.longest_silence))
        .timeout_per_read(Some(limits.longest_silence))
        .build();
    Ok(config.new_agent())
}

fn redirected(from: &url::Url, response: &Response<Body>) -> Result<url::Url, Fault> {
    let target = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let target = target.and_then(|target| from.join(target).ok());
    let Some(target) = target else {
        return Err(Fault::Fetch(format!("{from} sent us on without saying where. Ask the publisher of the list.")));
    };
    let safe = target.scheme() == "https" || (target.scheme() == "http" && from.scheme() == "http");
    if safe {
        return Ok(target);
    }
    Err(Fault::Fetch(format!(
        "{from} sent us on to {target}, which is not secured, and was not followed. Ask the publisher of the list."
    )))
}

fn read_body(
    response: Response<Body>,
    address: &url::Url,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
) -> Result<Download, Fault> {
    let text_of = |name| {
        response.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok()).map(str::to_owned)
    };
    let known = Known { etag: text_of(header::ETAG), last_modified: text_of(header::LAST_MODIFIED) };
    let expected = text_of(header::CONTENT_LENGTH).and_then(|length| length.trim().parse::<u64>().ok());
    if expected.is_some_and(|length| length > limits.most_bytes) {
        return Err(too_large(address.as_str(), limits));
    }
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut bytes = Vec::new();
    let mut chunk = vec![0_u8; CHUNK];
    let mut early_end = None;
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
            Err(fault) => {
                early_end = Some(format!("the download broke off ({fault})"));
                break;
            }
        };
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
        let received = bytes.len() as u64;
        if received > limits.most_bytes {
            return Err(too_large(address.as_str(), limits));
        }
        progress(Progress { received, expected });
    }
    if let Some(expected) = expected.filter(|expected| *expected != bytes.len() as u64) {
        early_end = Some(format!("{} of {expected} bytes arrived", bytes.len()));
    }
    let file_name = address.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default().to_owned();
    Ok(Download { bytes, file_name, known, early_end })
}

fn too_large(place: &str, limits: &Limits) -> Fault {
    Fault::Fetch(format!("{place} is larger than {} MiB and was not read.", limits.most_bytes / (1024 * 1024)))
}
