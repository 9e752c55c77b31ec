//! Questions over HTTPS (RFC 8484): HTTP/2 and HTTP/1.1, GET and POST, at `/dns-query` and `/dns-query/<personal name>`.

use super::{
    LONGEST_QUESTION, answer,
    unwritten::{AT_ONCE, Kept, Unwritten},
};
use crate::{
    accept::Phase,
    dns::{respond::Visit, service::Worker},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hickory_proto::op::Message;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use std::{
    convert::Infallible,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{net::TcpStream, sync::watch, time::timeout};
use tokio_rustls::server::TlsStream;

const PATH: &str = "/dns-query";
const MEDIA_TYPE: &str = "application/dns-message";
/// The longest personal name: one label.
const LONGEST_PERSONAL_NAME: usize = 63;
/// Bytes of one answer that are made ready to be sent before the client takes them in.
const SEND_BYTES: usize = 16 * 1024;
/// Most bytes of a request's head: the longest question in base64, and room for what browsers add.
const HEAD_BYTES: u16 = 16 * 1024;
/// How long a request's head, its body, or a close may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked on one connection.
#[derive(Default)]
struct Asked {
    begun: AtomicU64,
    done: AtomicU64,
}

/// Serves one connection until either side has had enough.
pub(super) async fn serve(
    worker: Arc<Worker>,
    visit: Visit,
    stream: TlsStream<TcpStream>,
    mut phase: watch::Receiver<Phase>,
) {
    let idle = worker.service.settings.idle;
    let asked = Arc::new(Asked::default());
    let counted = Arc::clone(&asked);
    let unwritten = Unwritten::new(&worker.service.unwritten);
    let service = service_fn(move |request: Request<Incoming>| {
        let (worker, visit) = (Arc::clone(&worker), visit.clone());
        let (asked, unwritten) = (Arc::clone(&counted), Arc::clone(&unwritten));
        async move {
            asked.begun.fetch_add(1, Relaxed);
            let response = respond(&worker, visit, &unwritten, request).await;
            asked.done.fetch_add(1, Relaxed);
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE.max(idle)).max_buf_size(HEAD_BYTES.into());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(u32::try_from(AT_ONCE).ok())
        .max_header_list_size(HEAD_BYTES.into())
        .max_send_buf_size(SEND_BYTES)
        .keep_alive_interval(PATIENCE)
        .keep_alive_timeout(PATIENCE);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = idleness(&asked, idle) => None,
        _ended = phase.wait_for(|phase| *phase >= Phase::Draining) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        timeout(PATIENCE, connection).await.unwrap_or(Ok(()))
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection to the name service broke off");
    }
}

/// Ends when nothing was asked for this long.
async fn idleness(asked: &Asked, idle: Duration) {
    loop {
        let before = asked.begun.load(Relaxed);
        tokio::time::sleep(idle).await;
        if asked.begun.load(Relaxed) == before && asked.done.load(Relaxed) == before {
            return;
        }
    }
}

type Answer = Response<Full<Bytes>>;

async fn respond(
    worker: &Arc<Worker>,
    mut visit: Visit,
    unwritten: &Arc<Unwritten>,
    request: Request<Incoming>,
) -> Answer {
    match personal_name(request.uri().path()) {
        Ok(None) => {}
        Ok(personal) => visit.personal = personal,
        Err(status) => return refusal(status),
    }
    let message = match *request.method() {
        Method::GET => question_in(request.uri().query()),
        Method::POST => body_of(request).await,
        _ => {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
            return response;
        }
    };
    let message = match message {
        Ok(message) => message,
        Err(status) => return refusal(status),
    };
    // Whoever does not take in the answers it has asked for gets no more of them.
    let Ok(Some(place)) = timeout(PATIENCE, unwritten.place()).await else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE);
    };
    match answer(worker, &visit, &message).await.map(|answer| place.keep(answer)) {
        Some(Some(answer)) => given(answer),
        Some(None) => {
            worker.service.counters.crowded_out.fetch_add(1, Relaxed);
            refusal(StatusCode::SERVICE_UNAVAILABLE)
        }
        None => refusal(StatusCode::BAD_REQUEST),
    }
}

/// The personal name in the path, lower case. It is a stronger word than the one in the TLS greeting, because the
/// whole address was set up for one person.
fn personal_name(path: &str) -> Result<Option<Arc<str>>, StatusCode> {
    let rest = path.strip_prefix(PATH).ok_or(StatusCode::NOT_FOUND)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let name = rest.strip_prefix('/').filter(|name| !name.is_empty() && !name.contains('/'));
    let name = name.filter(|name| name.len() <= LONGEST_PERSONAL_NAME).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Some(name.to_ascii_lowercase().into()))
}

/// The question in a GET's address (RFC 8484 §4.1: base64url without padding).
fn question_in(query: Option<&str>) -> Result<Bytes, StatusCode> {
    let mut values = query.unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("dns="));
    let (Some(value), None) = (values.next(), values.next()) else { return Err(StatusCode::BAD_REQUEST) };
    if value.len() > LONGEST_QUESTION.div_ceil(3) * 4 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    URL_SAFE_NO_PAD.decode(value).map(Bytes::from).map_err(|_fault| StatusCode::BAD_REQUEST)
}

/// The question in a POST's body.
async fn body_of(request: Request<Incoming>) -> Result<Bytes, StatusCode> {
    if !is_of_dns(request.headers()) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let body = Limited::new(request.into_body(), LONGEST_QUESTION);
    match timeout(PATIENCE, body.collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(fault)) if fault.is::<http_body_util::LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_broken)) => Err(StatusCode::BAD_REQUEST),
        Err(_slow) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn is_of_dns(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// An answer, which no store on the way may give to anybody else: it was judged for this one client.
fn given(answer: Kept) -> Answer {
    let cache = format!("private, max-age={}", shortest_life(answer.as_ref()));
    // Its place is free when the last of its bytes is written.
    let mut response = Response::new(Full::new(Bytes::from_owner(answer)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Ok(cache) = HeaderValue::try_from(cache) {
        headers.insert(CACHE_CONTROL, cache);
    }
    response
}

/// The shortest life of what an answer holds, seconds (RFC 8484 §5.1).
fn shortest_life(answer: &[u8]) -> u32 {
    let Ok(message) = Message::from_vec(answer) else { return 0 };
    message.answers.iter().chain(&message.authorities).map(|record| record.ttl).min().unwrap_or(0)
}

fn refusal(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_names_in_paths() {
        assert_eq!(personal_name("/dns-query"), Ok(None));
        assert_eq!(personal_name("/dns-query/Anna-7"), Ok(Some("anna-7".into())));
        for path in ["/", "/dns-query/", "/dns-queryx", "/dns-query/a/b", "/dns", ""] {
            assert_eq!(personal_name(path), Err(StatusCode::NOT_FOUND), "{path}");
        }
        assert!(personal_name(&format!("/dns-query/{}", "a".repeat(64))).is_err());
    }

    #[test]
    fn questions_in_addresses() {
        assert_eq!(question_in(Some("dns=AAAB")), Ok(Bytes::from_static(&[0, 0, 1])));
        assert_eq!(question_in(Some("ct=x&dns=_-8")), Ok(Bytes::from_static(&[0xff, 0xef])));
        for wrong in [None, Some(""), Some("dns"), Some("dns=AAAB&dns=AAAB"), Some("dns=AA=="), Some("dns=+/8")] {
            assert_eq!(question_in(wrong), Err(StatusCode::BAD_REQUEST), "{wrong:?}");
        }
        let long = format!("dns={}", "A".repeat(8_000));
        assert_eq!(question_in(Some(&long)), Err(StatusCode::PAYLOAD_TOO_LARGE));
    }
}
