//! Header fields of HTTP/2 messages: which go on, and which are ours to say. `h2` has refused by then what belongs to one
//! connection of HTTP/1.1 (RFC 9113 §8.2.2), and names that are not in lower case. What goes on keeps its order, repeated
//! fields stay apart, and so do a cookie's crumbs (§8.2.3).

use crate::{record::Record, settings::Settings};
use holdfast_core::rewrites::{OUR_FIELDS, Rewrites, alt_svc_without_http3};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ALT_SVC, CONTENT_LENGTH, HOST, MAX_FORWARDS, VIA},
};

/// The version that `Via` tells (RFC 9110 §7.6.3).
const VERSION: &str = "2.0";

/// Whether a field is between a client and its proxy, or of one connection only.
fn is_ours_to_keep(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("proxy-") || name == "http2-settings"
}

/// The fields that a site gets for a request. `max_forwards` is what is left of it, where there was one to count.
pub(super) fn of_request(
    client: &HeaderMap,
    rewrites: &Rewrites,
    max_forwards: Option<u64>,
    settings: &Settings,
) -> HeaderMap {
    let is_ours =
        |name: &HeaderName| OUR_FIELDS.contains(&name.as_str()) || rewrites.fields.iter().any(|(ours, _)| name == ours);
    let mut fields = HeaderMap::with_capacity(client.keys_len() + rewrites.fields.len() + 1);
    for (name, value) in client {
        let stays_behind = *name == HOST || (*name == MAX_FORWARDS && max_forwards.is_some());
        if !stays_behind && !is_ours_to_keep(name) && !is_ours(name) {
            fields.append(name, value.clone());
        }
    }
    for (name, value) in &rewrites.fields {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::from_str(value)) {
            fields.append(name, value);
        }
    }
    if let Some(left) = max_forwards {
        fields.append(MAX_FORWARDS, HeaderValue::from(left));
    }
    put_via(&mut fields, settings);
    fields
}

/// The fields that a client gets with an answer. What was taken out of them is noted.
pub(super) fn of_answer(site: &HeaderMap, record: &mut Record, settings: &Settings) -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(site.keys_len() + 1);
    let mut is_changed = false;
    for (name, value) in site {
        if is_ours_to_keep(name) || (*name == CONTENT_LENGTH && fields.contains_key(CONTENT_LENGTH)) {
            continue;
        }
        if *name != ALT_SVC {
            fields.append(name, value.clone());
            continue;
        }
        match value.to_str().map(alt_svc_without_http3) {
            Ok(None) => {
                fields.append(name, value.clone());
            }
            Ok(Some(left)) => {
                is_changed = true;
                if let Some(left) = HeaderValue::try_from(left).ok().filter(|left| !left.is_empty()) {
                    fields.append(name, left);
                }
            }
            // Nobody can tell where it leads.
            Err(_) => is_changed = true,
        }
    }
    if is_changed {
        record.rewrote("alt-svc");
    }
    put_via(&mut fields, settings);
    fields
}

/// The trailers that go on: without those that would change what the message is or where it goes (RFC 9110 §6.5.1).
pub(super) fn trailers(sent: &HeaderMap) -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(sent.keys_len());
    for (name, value) in sent {
        let changes_the_message = *name == CONTENT_LENGTH || *name == HOST || *name == ALT_SVC;
        if !changes_the_message && !is_ours_to_keep(name) && !OUR_FIELDS.contains(&name.as_str()) {
            fields.append(name, value.clone());
        }
    }
    fields
}

fn put_via(fields: &mut HeaderMap, settings: &Settings) {
    if let Some(via) = &settings.via
        && let Ok(value) = HeaderValue::try_from(format!("{VERSION} {via}"))
    {
        fields.append(VIA, value);
    }
}
