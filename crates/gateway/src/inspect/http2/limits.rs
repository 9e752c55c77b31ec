//! How much one opened connection may ask of us: what is told to each side in SETTINGS, what `h2` is given to keep, and
//! how many withdrawn requests are borne (RFC 9113 §10.5).
//!
//! What one connection can make us hold is bounded by these numbers alone. Towards the client: the uploads it sent and
//! the site has not taken ([`UPLOAD_WINDOWS`]), and of each stream what it has not taken from us ([`WAITING`]). Towards
//! the site: [`DOWNLOAD_WINDOWS`]. Nothing of it is taken before there is something to hold.

use crate::settings::Settings;
use h2::{client, server};
use std::time::{Duration, Instant};

/// Requests that a client may have open at once; also how many we ask of a site before it said how many it takes.
pub(super) const MOST_STREAMS: u32 = 100;
/// Streams that may be under way with us at once, those which the client has withdrawn but we have not yet let go of
/// included.
pub(super) const MOST_UNDER_WAY: usize = 2 * MOST_STREAMS as usize;
/// What a client may send of one upload, and of all of them, before the site takes it. Devices are near, so a small
/// window keeps a fast line busy.
const UPLOAD_WINDOWS: (u32, u32) = (128 * 1024, 256 * 1024);
/// What a site may send of one answer, and of all of them, before the client takes it. A page that lets some videos
/// wait must not keep the rest of it waiting, so the second is several times the first.
const DOWNLOAD_WINDOWS: (u32, u32) = (256 * 1024, 1024 * 1024);
/// What may wait to be written of one stream.
const WAITING: usize = 32 * 1024;
/// Malformed requests, or answers, of one connection before it is closed.
const MOST_MALFORMED: usize = 256;

/// Requests that a client may withdraw at once: all that a page had open, a few times over.
const MOST_WITHDRAWN: f64 = 400.0;
/// And for how long one of them counts. Somebody who types in a search box withdraws ten in a second.
const FORGIVEN_EVERY: Duration = Duration::from_millis(25);

/// How clients are spoken to.
pub(super) fn towards_client(settings: &Settings) -> server::Builder {
    let mut builder = server::Builder::new();
    builder
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(head_bytes(settings))
        .initial_window_size(UPLOAD_WINDOWS.0)
        .initial_connection_window_size(UPLOAD_WINDOWS.1)
        .max_send_buffer_size(WAITING)
        .max_local_error_reset_streams(Some(MOST_MALFORMED));
    builder
}

/// How sites are spoken to. They may push nothing: nobody asked for it, so nothing of it could be judged.
pub(super) fn towards_site(settings: &Settings) -> client::Builder {
    let mut builder = client::Builder::new();
    builder
        .enable_push(false)
        .initial_max_send_streams(MOST_STREAMS as usize)
        .max_header_list_size(head_bytes(settings))
        .initial_window_size(DOWNLOAD_WINDOWS.0)
        .initial_connection_window_size(DOWNLOAD_WINDOWS.1)
        .max_send_buffer_size(WAITING)
        .max_local_error_reset_streams(Some(MOST_MALFORMED));
    builder
}

fn head_bytes(settings: &Settings) -> u32 {
    u32::try_from(settings.head_bytes).unwrap_or(u32::MAX)
}

/// Patience with a client that asks and at once withdraws. Each request costs a judgement and an event, and the limit on
/// open ones does not see those that were withdrawn (CVE-2023-44487).
#[derive(Debug)]
pub(super) struct Patience {
    left: f64,
    since: Instant,
}

impl Patience {
    pub(super) fn new(now: Instant) -> Self {
        Self { left: MOST_WITHDRAWN, since: now }
    }

    /// Bears one more; whether there was patience left for it.
    pub(super) fn bear(&mut self, now: Instant) -> bool {
        let forgiven = now.saturating_duration_since(self.since).div_duration_f64(FORGIVEN_EVERY);
        self.left = (self.left + forgiven).min(MOST_WITHDRAWN) - 1.0;
        self.since = now;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_left_is_borne_and_a_flood_is_not() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        assert!((0..400).all(|_| patience.bear(start)), "four pages full");
        assert!(!patience.bear(start), "and no more at once");
        let mut patience = Patience::new(start);
        let typing = (0..10_000).all(|number| patience.bear(start + Duration::from_millis(100) * number));
        assert!(typing, "ten in a second may go on for ever");
        let mut patience = Patience::new(start);
        let flooding = (0..1_000).all(|number| patience.bear(start + Duration::from_millis(5) * number));
        assert!(!flooding, "two hundred in a second may not");
    }
}
