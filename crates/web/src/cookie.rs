//! Our cookies: a random word that says which seat a browser has; one by which a browser is known in which somebody signed in before,
//! which opens nothing and keeps strangers' wrong tries from slowing its owner down; and one while somebody is on the way to a
//! provider of single sign-on.

use ::cookie::{Cookie, SameSite};
use axum::http::{HeaderMap, HeaderValue, header};

/// Its name. The prefix makes browsers take it from us alone, over HTTPS or at this computer (draft-ietf-httpbis-rfc6265bis
/// §4.1.3.2; ASVS 5.0 §3.3.1).
const NAME: &str = "__Host-holdfast";
/// Its name while somebody is on the way: whoever comes back must be who was sent.
const WAY: &str = "__Host-holdfast-way";
/// The name of the one by which a browser is known.
const DEVICE: &str = "__Host-holdfast-device";
/// How long a browser keeps that: as long as it is known at most.
const DEVICE_KEPT: ::cookie::time::Duration = ::cookie::time::Duration::days(90);
/// Longer words are none of ours.
const LONGEST: usize = 64;

/// The word in a request's cookie. Of several none is taken: one of them was put there by somebody else.
pub(crate) fn read(headers: &HeaderMap) -> Option<String> {
    named(headers, NAME)
}

/// The same of whoever is on the way.
pub(crate) fn read_way(headers: &HeaderMap) -> Option<String> {
    named(headers, WAY)
}

/// The word by which the browser is known.
pub(crate) fn read_device(headers: &HeaderMap) -> Option<String> {
    named(headers, DEVICE)
}

fn named(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut ours = all
        .flat_map(|value| Cookie::split_parse(value.to_owned()).filter_map(Result::ok))
        .filter(|cookie| cookie.name() == name);
    match (ours.next(), ours.next()) {
        (Some(only), None) if only.value().len() <= LONGEST => Some(only.value().to_owned()),
        _ => None,
    }
}

/// Gives the browser its word. It goes when the browser is closed; how long it is good for is ours to say.
pub(crate) fn give(word: &str) -> HeaderValue {
    header_of(Cookie::build((NAME, word.to_owned())))
}

/// Gives the browser the word by which it is known from now on.
pub(crate) fn give_device(word: &str) -> HeaderValue {
    header_of(Cookie::build((DEVICE, word.to_owned())).max_age(DEVICE_KEPT))
}

/// Takes it back.
pub(crate) fn take() -> HeaderValue {
    header_of(Cookie::build((NAME, "")).max_age(::cookie::time::Duration::ZERO))
}

/// Gives the browser of somebody who is sent to a provider its word.
pub(crate) fn give_way(word: &str) -> HeaderValue {
    header_of(Cookie::build((WAY, word.to_owned())))
}

/// Takes it back.
pub(crate) fn take_way() -> HeaderValue {
    header_of(Cookie::build((WAY, "")).max_age(::cookie::time::Duration::ZERO))
}

fn header_of(cookie: ::cookie::CookieBuilder<'static>) -> HeaderValue {
    let cookie = cookie.path("/").secure(true).http_only(true).same_site(SameSite::Lax).build();
    // Our words are base64url; nothing in them is not allowed in a header.
    HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_odd| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, HeaderValue::from_str(value).unwrap());
        }
        read(&headers)
    }

    #[test]
    fn one_word_is_read_and_two_are_none() {
        assert_eq!(read_of(&["a=b; __Host-holdfast=word"]), Some("word".to_owned()));
        assert_eq!(read_of(&["__Host-holdfast=word; __Host-holdfast=other"]), None);
        assert_eq!(read_of(&["__Host-holdfast=word", "__Host-holdfast=other"]), None);
        assert_eq!(read_of(&["holdfast=word"]), None);
        assert_eq!(read_of(&["__Host-holdfast-device=other; __Host-holdfast=word"]), Some("word".to_owned()));
        assert_eq!(read_of(&[&format!("__Host-holdfast={}", "w".repeat(65))]), None);
    }

    #[test]
    fn it_is_for_us_alone() {
        assert_eq!(give("word"), "__Host-holdfast=word; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(
            give_device("word"),
            "__Host-holdfast-device=word; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=7776000"
        );
        assert_eq!(take(), "__Host-holdfast=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }
}
