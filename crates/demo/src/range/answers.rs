//! One answer for each request: the site by the `Host` header, then the page by its path.

use super::{
    SITES,
    bodies::{Big, Drops, Readings},
    search::{self, Found, Search},
    sites::{self, Site},
};
use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequestParts, Query, Request, ws::WebSocket, ws::WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use http_body_util::BodyExt;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;
/// The longest body that `/big` sends: 16 GiB.
const BIGGEST: u64 = 16 * 1024 * MIB;
/// The longest that `/late` waits, in seconds.
const LATEST: u64 = 600;
/// What the site offers that would rather speak HTTP/3 (RFC 7838).
const ALTERNATIVES: &str = "h3=\":443\"; ma=86400, h2=\":443\"; ma=86400";
/// How many readings the tide gauge sends before it says that it is done.
const READINGS: u32 = 5;

#[derive(Template)]
#[template(path = "range/page.html")]
struct PageView {
    sites: &'static [Site],
    site: &'static Site,
    title: &'static str,
    body: &'static str,
}

#[derive(Template)]
#[template(path = "range/search.html")]
struct SearchView<'a> {
    sites: &'static [Site],
    site: &'static Site,
    parameter: &'static str,
    words: Option<&'a str>,
    strict: Option<bool>,
    results: Vec<Found>,
}

#[derive(Template)]
#[template(path = "range/mirror.html")]
struct MirrorView<'a> {
    sites: &'static [Site],
    site: &'static Site,
    stands_for: Option<String>,
    method: &'a str,
    path: &'a str,
    version: &'static str,
    fields: Vec<(&'a str, String)>,
}

#[derive(Template)]
#[template(path = "range/message.html")]
struct MessageView<'a> {
    sites: &'static [Site],
    name: &'a str,
    title: &'a str,
    text: &'a str,
}

/// Answers any request to the range.
pub(super) async fn answer(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match host(&parts).and_then(|host| sites::find(&host)) {
        Some(site) => answer_for(site, parts, body).await,
        None => message(
            StatusCode::NOT_FOUND,
            "Practice range",
            "There is no such site on the practice range",
            "Nothing answers under this name. The sites below do.",
        ),
    };
    // A page kept by the browser would hide a change of policy.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The host asked for, from the address of the request line or the `Host` header, without port and trailing dot.
fn host(parts: &Parts) -> Option<String> {
    let host = match parts.uri.host() {
        Some(host) => host,
        None => parts.headers.get(header::HOST)?.to_str().ok()?.split(':').next()?,
    };
    Some(host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase())
}

async fn answer_for(site: &'static Site, mut parts: Parts, body: Body) -> Response {
    let path = parts.uri.path().to_owned();
    match path.as_str() {
        "/style.css" => return style(site),
        "/favicon.ico" => return StatusCode::NO_CONTENT.into_response(),
        _ => {}
    }
    if let Some(parameter) = search::parameter(site) {
        return search_page(site, parameter, &pairs(&parts), &path);
    }
    match (site.host, path.as_str()) {
        ("files.example" | "upload.example", "/big") => return big(&pairs(&parts)),
        ("socket.example" | "old-socket.example", "/echo") => return echo(&mut parts).await,
        ("tides.example", "/readings") => return readings(),
        ("mirror.example", _) => return mirror(site, &parts),
        ("upload.example", "/weigh") => return weigh(&parts.method, body).await,
        ("slow.example", "/late") => return late(&pairs(&parts)).await,
        ("slow.example", "/drops") => return text_response(Body::new(Drops::new(10))),
        _ => {}
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let text = "This page can be read, but nothing can be sent to it.";
        return message(StatusCode::METHOD_NOT_ALLOWED, site.title, "That cannot be done here", text);
    }
    match site.pages.iter().find(|page| page.path == path) {
        Some(page) => {
            let view = PageView { sites: SITES, site, title: page.title, body: page.body };
            let mut response = render(StatusCode::OK, &view);
            if site.host == "quick.example" {
                response.headers_mut().insert(header::ALT_SVC, HeaderValue::from_static(ALTERNATIVES));
            }
            response
        }
        None => message(
            StatusCode::NOT_FOUND,
            site.title,
            "There is no such page",
            "Go back, or try one of the sites below.",
        ),
    }
}

fn search_page(site: &'static Site, parameter: &'static str, pairs: &[(String, String)], path: &str) -> Response {
    if !matches!(path, "/" | "/search") {
        return message(
            StatusCode::NOT_FOUND,
            site.title,
            "There is no such page",
            "Start again from the search page.",
        );
    }
    let search = Search::read(site, parameter, pairs);
    let results = search.results();
    let words = search.words.as_deref();
    render(StatusCode::OK, &SearchView { sites: SITES, site, parameter, words, strict: search.strict, results })
}

fn pairs(parts: &Parts) -> Vec<(String, String)> {
    Query::try_from_uri(&parts.uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

fn number(pairs: &[(String, String)], name: &str) -> Option<u64> {
    pairs.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok())
}

fn big(pairs: &[(String, String)]) -> Response {
    let mib = number(pairs, "mib").unwrap_or(64);
    let bytes = number(pairs, "bytes").unwrap_or(mib.saturating_mul(MIB)).min(BIGGEST);
    let is_length_told = number(pairs, "chunked") != Some(1);
    text_response(Body::new(Big::new(bytes, is_length_told)))
}

/// With `greet=1`, the first message says over which HTTP the other side came.
async fn echo(parts: &mut Parts) -> Response {
    let greeting =
        (number(&pairs(parts), "greet") == Some(1)).then(|| format!("You came over {}.", version(parts.version)));
    match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade.on_upgrade(|socket| echo_until_closed(socket, greeting)),
        Err(refusal) => refusal.into_response(),
    }
}

/// Sends every text and binary message back. Pings and the closing are answered by the library.
async fn echo_until_closed(mut socket: WebSocket, greeting: Option<String>) {
    use axum::extract::ws::Message;
    if let Some(greeting) = greeting
        && socket.send(Message::text(greeting)).await.is_err()
    {
        return;
    }
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_) | Message::Binary(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

fn readings() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/event-stream")];
    (kind, Body::new(Readings::new(READINGS))).into_response()
}

/// Everything that was asked, as it came. A cookie is shown too: it is the asker's own.
fn mirror(site: &'static Site, parts: &Parts) -> Response {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let view = MirrorView {
        sites: SITES,
        site,
        stands_for: host(parts).filter(|host| host != site.host),
        method: parts.method.as_str(),
        path: parts.uri.path_and_query().map_or("", |path| path.as_str()),
        version: version(parts.version),
        fields: parts.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect(),
    };
    render(StatusCode::OK, &view)
}

async fn weigh(method: &Method, mut body: Body) -> Response {
    if !matches!(*method, Method::POST | Method::PUT) {
        return message(
            StatusCode::METHOD_NOT_ALLOWED,
            "The Weighing Room",
            "Nothing to weigh",
            "Send something here with POST or PUT.",
        );
    }
    let mut bytes = 0_u64;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return message(
                StatusCode::BAD_REQUEST,
                "The Weighing Room",
                "It broke off",
                "The upload ended too early. Send it again.",
            );
        };
        bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
    }
    message(StatusCode::OK, "The Weighing Room", "Weighed", &format!("That was {bytes} bytes. Nothing was kept."))
}

async fn late(pairs: &[(String, String)]) -> Response {
    let seconds = number(pairs, "seconds").unwrap_or(5).min(LATEST);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    message(StatusCode::OK, "Snail Post", "Here at last", &format!("This answer took its time: {seconds} seconds."))
}

fn style(site: &Site) -> Response {
    let text = format!(":root{{--colour:{}}}\n{}", site.colour, include_str!("style.css"));
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], text).into_response()
}

fn text_response(body: Body) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    (headers, body).into_response()
}

fn message(status: StatusCode, name: &str, title: &str, text: &str) -> Response {
    render(status, &MessageView { sites: SITES, name, title, text })
}

fn render(status: StatusCode, view: &impl Template) -> Response {
    match view.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(fault) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("This page of the practice range could not be made: {fault}"))
                .into_response()
        }
    }
}
