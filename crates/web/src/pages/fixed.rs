//! Files that stay as they are: the style, the script, the sign, and the proxy's file for browsers.

use crate::visit::Visit;
use axum::{
    http::header,
    response::{IntoResponse, Response},
};

pub(crate) fn style(_: &Visit<'_>) -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../assets/holdfast.css")).into_response()
}

/// An addition only: every page works without it.
pub(crate) fn script(_: &Visit<'_>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("../../assets/holdfast.js")).into_response()
}

pub(crate) fn icon(_: &Visit<'_>) -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml")], include_str!("../../assets/icon.svg")).into_response()
}

pub(crate) fn proxy_file(visit: &Visit<'_>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/x-ns-proxy-autoconfig")];
    (kind, visit.sources.proxy_file.to_string()).into_response()
}
