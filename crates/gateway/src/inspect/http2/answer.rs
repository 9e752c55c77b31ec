//! Answers of our own in HTTP/2, and the heads of a site's.

use super::fields;
use crate::{answer::Reply, record::Record, settings::Settings};
use h2::server::SendResponse;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use hyper::body::Bytes;

/// Sends an answer of our own. It waits in memory until the client takes it; there are no more of them than streams.
pub(super) fn give(respond: &mut SendResponse<Bytes>, reply: Reply, head_only: bool) {
    let Reply { status, content_type, fields, body } = reply;
    let mut head = Response::new(());
    *head.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    let headers = head.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    put_fields(headers, &fields);
    let head_only = head_only || body.is_empty();
    let given = respond
        .send_response(head, head_only)
        .and_then(|mut stream| if head_only { Ok(()) } else { stream.send_data(Bytes::from(body), true) });
    if let Err(error) = given {
        tracing::trace!(reason = ?error.reason(), "a client left before our answer");
    }
}

fn put_fields(headers: &mut HeaderMap, fields: &[(&'static str, String)]) {
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
}

/// A site's head as the client gets it.
pub(super) fn head(status: StatusCode, site: &HeaderMap, record: &mut Record, settings: &Settings) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = status;
    *head.headers_mut() = fields::of_answer(site, record, settings);
    head
}
