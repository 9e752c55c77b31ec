//! The one table of routes. The router is built from it, so no page can be reached that does not stand here with its
//! access word (house invariant 7).

use crate::{
    glance::{Glance, Seen},
    pages,
    sources::Sources,
};
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
    routing::get,
};
use jiff::Timestamp;
use std::{net::IpAddr, sync::Arc};

/// Who may ask for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody who reaches us; what it shows ties nothing to a person.
    Anybody,
    /// Anybody, and each sees what belongs to their own connection only.
    OwnConnection,
    /// Anybody sees in one word whether it works. What is amiss, what is missing and the figures are shown only at this
    /// computer itself, to a loopback peer, and in the demo view (practice 14: no live holes in public).
    AnybodyInBrief,
    /// Programs at this computer itself and in the networks of [`crate::Settings::metrics_from`]. To everybody else it
    /// is as if the page were not there.
    Monitors,
}

/// A route. All are read with GET or HEAD.
#[derive(Debug)]
pub struct Route {
    /// The path.
    pub path: &'static str,
    /// Who may ask for it.
    pub access: Access,
    /// What it is for, one sentence.
    pub purpose: &'static str,
    answer: Answer,
}

/// How a route answers: a function from one visit to one answer, without waiting for anything.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Page(fn(&Visit<'_>) -> Response),
    /// Needs to know how the program is doing, which is looked up first.
    WithHealth(fn(&Visit<'_>, Option<&Seen>) -> Response),
}

/// One visit to a page.
pub(crate) struct Visit<'a> {
    pub(crate) sources: &'a Sources,
    /// The address of the other end of the connection, IPv4 written as IPv4.
    pub(crate) client: IpAddr,
    pub(crate) now: Timestamp,
    /// Whether everything may be shown: the visitor sits at this computer, or it is the demo.
    pub(crate) sees_all: bool,
    /// What stands after the question mark; empty where nothing does.
    pub(crate) query: &'a str,
}

/// Both ends of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) client: IpAddr,
    pub(crate) came_to: IpAddr,
}

/// Every route.
pub static TABLE: &[Route] = &[
    Route {
        path: "/",
        access: Access::AnybodyInBrief,
        purpose: "Is the filter working?",
        answer: Answer::WithHealth(pages::filter::status),
    },
    Route {
        path: "/stopped",
        access: Access::OwnConnection,
        purpose: "What was stopped for this client, and why.",
        answer: Answer::Page(pages::stopped::list),
    },
    Route {
        path: "/help",
        access: Access::Anybody,
        purpose: "Where to get help.",
        answer: Answer::Page(pages::help::contacts),
    },
    Route {
        path: "/certificate",
        access: Access::Anybody,
        purpose: "What the school's certificate means, and how devices are given it.",
        answer: Answer::WithHealth(pages::certificate::page),
    },
    Route {
        path: "/certificate/code.svg",
        access: Access::Anybody,
        purpose: "The certificate page's address, for the camera of another device.",
        answer: Answer::WithHealth(pages::certificate::code),
    },
    Route {
        path: "/certificate/holdfast.crt",
        access: Access::Anybody,
        purpose: "The certificate in DER.",
        answer: Answer::WithHealth(pages::certificate::der),
    },
    Route {
        path: "/certificate/holdfast.pem",
        access: Access::Anybody,
        purpose: "The certificate in PEM.",
        answer: Answer::WithHealth(pages::certificate::pem),
    },
    Route {
        path: "/certificate/holdfast.mobileconfig",
        access: Access::Anybody,
        purpose: "The certificate for Apple's devices.",
        answer: Answer::WithHealth(pages::certificate::profile),
    },
    Route {
        path: "/certificate/next.crt",
        access: Access::Anybody,
        purpose: "The next certificate in DER.",
        answer: Answer::WithHealth(pages::certificate::next_der),
    },
    Route {
        path: "/certificate/next.pem",
        access: Access::Anybody,
        purpose: "The next certificate in PEM.",
        answer: Answer::WithHealth(pages::certificate::next_pem),
    },
    Route {
        path: "/proxy.pac",
        access: Access::Anybody,
        purpose: "How browsers find the proxy.",
        answer: Answer::Page(pages::fixed::proxy_file),
    },
    Route {
        path: "/wpad.dat",
        access: Access::Anybody,
        purpose: "The same, found by itself.",
        answer: Answer::Page(pages::fixed::proxy_file),
    },
    Route {
        path: "/healthz",
        access: Access::AnybodyInBrief,
        purpose: "For a monitor: is it alive? 200 or 503.",
        answer: Answer::WithHealth(pages::monitor::check),
    },
    Route {
        path: "/readyz",
        access: Access::AnybodyInBrief,
        purpose: "For a monitor: may clients be sent here? 200 or 503.",
        answer: Answer::WithHealth(pages::monitor::ready),
    },
    Route {
        path: "/metrics",
        access: Access::Monitors,
        purpose: "Numbers for Prometheus.",
        answer: Answer::WithHealth(pages::monitor::metrics),
    },
    Route {
        path: "/style.css",
        access: Access::Anybody,
        purpose: "The look of the pages.",
        answer: Answer::Page(pages::fixed::style),
    },
    Route {
        path: "/icon.svg",
        access: Access::Anybody,
        purpose: "The sign in the browser's tab.",
        answer: Answer::Page(pages::fixed::icon),
    },
];

/// Builds the router. Each request must carry the connection's [`Ends`] as an extension; [`crate::serve`] puts it there.
pub(crate) fn router(sources: Sources) -> Router {
    let glance = Glance::new(Arc::clone(&sources.health));
    let sources = Arc::new(sources);
    let mut router = Router::new();
    for route in TABLE {
        let (access, answer) = (route.access, route.answer);
        let glance = glance.clone();
        let handler = move |State(sources): State<Arc<Sources>>,
                            Extension(ends): Extension<Ends>,
                            uri: Uri,
                            headers: HeaderMap| async move {
            let client = ends.client.to_canonical();
            let query = uri.query().unwrap_or_default();
            let settings = &sources.settings;
            let is_direct = !is_passed_on(&headers);
            let is_here = is_direct && client.is_loopback();
            let sees_all = settings.demo_view || is_here;
            let may_measure = is_here || (is_direct && settings.metrics_from.iter().any(|net| net.contains(&client)));
            if access == Access::Monitors && !may_measure {
                return pages::errors::page(&sources, StatusCode::NOT_FOUND);
            }
            let visit = Visit { sources: &sources, client, now: (sources.clock)(), sees_all, query };
            match answer {
                Answer::Page(answer) => answer(&visit),
                Answer::WithHealth(answer) => {
                    let seen = glance.seen().await;
                    answer(&Visit { now: (sources.clock)(), ..visit }, seen.as_ref())
                }
            }
        };
        router = router.route(route.path, get(handler));
    }
    router
        .fallback(
            |State(sources): State<Arc<Sources>>| async move { pages::errors::page(&sources, StatusCode::NOT_FOUND) },
        )
        .method_not_allowed_fallback(|State(sources): State<Arc<Sources>>| async move {
            let mut response = pages::errors::page(&sources, StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        })
        .layer(from_fn_with_state(Arc::clone(&sources), only_our_own_names))
        .layer(from_fn(|request, next: Next| async move { harden(next.run(request).await) }))
        .with_state(sources)
}

/// Whether a request says that it was passed on for somebody else. Such a request was not made where it comes from, even
/// where the program that passed it on runs at this computer.
fn is_passed_on(headers: &HeaderMap) -> bool {
    let passed_on = [
        header::FORWARDED,
        header::VIA,
        header::HeaderName::from_static("x-forwarded-for"),
        header::HeaderName::from_static("x-real-ip"),
    ];
    passed_on.iter().any(|name| headers.contains_key(name))
}

async fn only_our_own_names(
    State(sources): State<Arc<Sources>>,
    Extension(ends): Extension<Ends>,
    request: Request<axum::body::Body>,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match crate::origin::check(&parts, &sources.own_hosts, ends.came_to) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(status) => pages::errors::page(&sources, status),
    }
}

/// What every answer carries: nothing but our own style and pictures, no framing, nothing kept, nothing passed on.
const HEADERS: [(header::HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (header::HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        header::HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

fn harden(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    response
}
