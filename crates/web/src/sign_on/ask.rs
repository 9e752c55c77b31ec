//! Our own HTTP client for providers: TLS by aws-lc-rs alone, bounded in size and time, no redirect followed, no proxy of the
//! environment's used.

use holdfast_duty::asking::beginning;
use openidconnect::{HttpRequest, HttpResponse};
use std::{fmt, time::Duration};
use ureq::{
    Agent,
    http::{Response, StatusCode},
    tls::RootCerts,
};

/// How long a provider may take to answer once.
const WITHIN: Duration = Duration::from_secs(10);
/// The most that it may answer, in bytes: what Entra publishes is a tenth of that.
const MOST_BYTES: u64 = 256 * 1024;

/// Why a provider gave no answer.
#[derive(Debug)]
pub(super) struct NoAnswer(String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoAnswer {}

/// The client.
pub(super) fn agent() -> Agent {
    beginning(RootCerts::WebPki, WITHIN).user_agent("Holdfast").build().new_agent()
}

/// Asks once. An answer of any status is one.
pub(super) fn ask(agent: &Agent, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
    let is_private = request.uri().scheme_str() == Some("https") || is_here(request.uri().host().unwrap_or_default());
    if !is_private {
        return Err(NoAnswer("it is to be asked in the clear".to_owned()));
    }
    let mut answer = agent.run(request).map_err(|fault| NoAnswer(fault.to_string()))?;
    let body = answer.body_mut().with_config().limit(MOST_BYTES).read_to_vec();
    let body = body.map_err(|fault| NoAnswer(fault.to_string()))?;
    if answer.status().is_redirection() {
        return Err(NoAnswer(format!(
            "it sent us on ({}), and nothing of ours follows",
            StatusCode::as_str(&answer.status())
        )));
    }
    let (parts, _) = answer.into_parts();
    Ok(Response::from_parts(parts, body))
}

/// Whether a host is this computer itself.
pub(super) fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
