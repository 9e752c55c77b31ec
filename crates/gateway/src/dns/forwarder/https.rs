//! Questions over HTTPS (RFC 8484), HTTP/2 only.

use super::{
    line::{Errand, IDLE, Way, tell},
    secure::SecureStream,
    upstream::{Fault, Reply},
};
use crate::dns::{question::Ask, settings::UpstreamAddress};
use http::{
    Method, Request, StatusCode, Uri,
    header::{ACCEPT, AGE, CONTENT_TYPE},
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::Bytes,
    client::conn::http2::{Builder, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::{
    io,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

/// The kind of content that a DNS message is.
const MESSAGE: &str = "application/dns-message";
/// The longest answer: a DNS message cannot be longer.
const LONGEST: usize = 65_535;
/// How many requests may be under way over one connection.
const MOST_REQUESTS: usize = 512;
/// The most that the fields of one answer may take.
const LONGEST_FIELDS: u32 = 16 * 1_024;
/// How much may come in before it is looked at: of one answer, and of all.
const STREAM_WINDOW: u32 = 128 * 1_024;
const CONNECTION_WINDOW: u32 = 1_024 * 1_024;

/// Where its questions go.
pub(super) fn endpoint(address: &UpstreamAddress) -> io::Result<Uri> {
    let port = address.socket.port();
    let authority = match &address.name {
        Some(name) if port == 443 => name.clone(),
        Some(name) => format!("{name}:{port}"),
        None => address.socket.to_string(),
    };
    Uri::builder().scheme("https").authority(authority).path_and_query(address.path.as_str()).build().map_err(|fault| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("“{address}” cannot be an upstream: {fault}."))
    })
}

/// Carries questions and answers until the connection ends or nothing has been asked for long.
pub(super) async fn serve(
    way: &Way,
    endpoint: &Uri,
    stream: Box<SecureStream>,
    queue: &mut mpsc::Receiver<Errand>,
    answered: &AtomicU64,
) -> Result<(), Fault> {
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .max_header_list_size(LONGEST_FIELDS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_broken| Fault::Untrusted("It does not speak HTTP/2 as it should."))?;
    let mut connection = pin!(connection);
    let mut requests: JoinSet<bool> = JoinSet::new();
    let mut is_wanted = true;
    while is_wanted || !requests.is_empty() {
        tokio::select! {
            _ended = &mut connection => break,
            errand = queue.recv(), if is_wanted && requests.len() < MOST_REQUESTS => match errand {
                Some(errand) => {
                    requests.spawn(carry(sender.clone(), endpoint.clone(), way.limit, errand));
                }
                None => is_wanted = false,
            },
            Some(done) = requests.join_next() => if matches!(done, Ok(true)) {
                answered.fetch_add(1, Relaxed);
            },
            () = sleep(IDLE), if requests.is_empty() => break,
        }
    }
    Ok(())
}

/// Carries one question; answers whether it brought anything. Where the connection breaks, the reply's end is dropped.
async fn carry(sender: SendRequest<Full<Bytes>>, endpoint: Uri, limit: Duration, errand: Errand) -> bool {
    let Errand { ask, mut reply } = errand;
    let outcome = tokio::select! {
        outcome = timeout(limit, request(sender, endpoint, &ask)) => outcome.unwrap_or(Err(Fault::Silent)),
        () = reply.closed() => return false,
    };
    if matches!(outcome, Err(Fault::Closed)) {
        return false;
    }
    let came = outcome.is_ok();
    tell(reply, outcome);
    came
}

async fn request(mut sender: SendRequest<Full<Bytes>>, endpoint: Uri, ask: &Ask) -> Result<Reply, Fault> {
    // RFC 8484 §4.1: number 0. What comes back on a stream belongs to its question anyway.
    let request = Request::builder()
        .method(Method::POST)
        .uri(endpoint)
        .header(CONTENT_TYPE, MESSAGE)
        .header(ACCEPT, MESSAGE)
        .body(Full::new(Bytes::from(ask.message(0))))
        .map_err(|_invalid| Fault::Own)?;
    sender.ready().await.map_err(|_ended| Fault::Closed)?;
    let answer = sender.send_request(request).await.map_err(|_broken| Fault::Closed)?;
    if answer.status() != StatusCode::OK {
        return Err(Fault::Status(answer.status().as_u16()));
    }
    let fields = answer.headers();
    let kind = fields.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(MESSAGE)) {
        return Err(Fault::Nonsense(
            "It answers over HTTPS with something else than DNS. Check the path of its address.",
        ));
    }
    let age = fields.get(AGE).and_then(|age| age.to_str().ok()).and_then(|age| age.trim().parse::<u32>().ok());
    let age = Duration::from_secs(u64::from(age.unwrap_or_default()));
    let body = Limited::new(answer.into_body(), LONGEST).collect().await;
    let bytes = body.map_err(|_fault| Fault::Nonsense("Its answer broke off, or is too long."))?.to_bytes().to_vec();
    if !ask.is_answered_by(0, &bytes) {
        return Err(Fault::Nonsense("It answers another question than was asked."));
    }
    Ok(Reply { bytes, age })
}
