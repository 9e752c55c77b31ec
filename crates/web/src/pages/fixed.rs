//! Files that stay as they are: the style, the script, the sign, and the proxy's file for browsers.

use crate::{house::Lasting, visit::Visit};
use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::sync::LazyLock;

const STYLE: &str = include_str!("../../assets/holdfast.css");
const SCRIPT: &str = include_str!("../../assets/holdfast.js");
const PICTURES: &str = include_str!("../../assets/pictures.svg");

/// The edition of the style, the script and the pictures: what their addresses end in. Asked for by it they may be kept for ever, because
/// another edition has another address; so a page costs its own bytes only.
pub(crate) static EDITION: LazyLock<String> = LazyLock::new(|| {
    let whole = digest(&SHA256, &[STYLE.as_bytes(), SCRIPT.as_bytes(), PICTURES.as_bytes()].concat());
    URL_SAFE_NO_PAD.encode(whole).chars().take(16).collect()
});

pub(crate) fn style(visit: &Visit<'_>) -> Response {
    kept(visit, "text/css; charset=utf-8", STYLE)
}

/// An addition only: every page works without it.
pub(crate) fn script(visit: &Visit<'_>) -> Response {
    kept(visit, "text/javascript; charset=utf-8", SCRIPT)
}

/// Our own drawings, each with a view of its own (`/pictures.svg#cat`): one file for a page with many of them.
pub(crate) fn pictures(visit: &Visit<'_>) -> Response {
    kept(visit, "image/svg+xml", PICTURES)
}

fn kept(visit: &Visit<'_>, kind: &'static str, text: &'static str) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], text).into_response();
    if visit.query == EDITION.as_str() {
        response.extensions_mut().insert(Lasting);
    }
    response
}

/// Passkeys cannot be had without one: only the browser can ask an authenticator.
pub(crate) fn passkey_script(_: &Visit<'_>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("../../assets/passkey.js")).into_response()
}

/// An addition only, for pages with words that somebody writes.
pub(crate) fn concern_script(_: &Visit<'_>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("../../assets/concern.js")).into_response()
}

pub(crate) fn icon(_: &Visit<'_>) -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../../assets/icon.svg")).into_response()
}

pub(crate) fn proxy_file(visit: &Visit<'_>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-ns-proxy-autoconfig")];
    (kind, visit.sources.proxy_file.to_string()).into_response()
}
