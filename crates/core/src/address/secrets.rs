//! Secrets in addresses, which belong in no log: who reads them there could sign in as somebody else.

use std::borrow::Cow;

/// What stands in the place of a secret.
const BLANK: &str = "…";

/// Names of parameters that carry secrets: those of signing in through another site (RFC 6749, RFC 7521, RFC 7636 and
/// <https://openid.net/specs/openid-connect-core-1_0.html>), those of signed links, and what sites commonly call
/// passwords, keys and sessions. Lower case. Plain `key` and `state` are not among them: they mostly name something
/// harmless.
const SECRETS: [&str; 42] = [
    "access_token",
    "accesstoken",
    "api-key",
    "api_key",
    "apikey",
    "assertion",
    "auth",
    "auth_token",
    "authtoken",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "jsessionid",
    "jwt",
    "oauth_signature",
    "oauth_token",
    "oauth_verifier",
    "otp",
    "passcode",
    "passwd",
    "password",
    "phpsessid",
    "pwd",
    "refresh_token",
    "reset",
    "reset_token",
    "samlresponse",
    "secret",
    "session",
    "session_id",
    "session_token",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
];

/// A path with its query in which the values of well-known secret parameters are replaced by `…`, and all else stands
/// byte for byte. Its own result is left as it is.
///
/// Parameters are those after the first `?` or `#`. They part at `&`, and also at `;`, `?` and `#`, as some servers part
/// them there and some addresses carry another whole address; a secret's value ends at `&` alone. Names are compared
/// without regard to case and with their escapes undone, and `user[password]` counts as `password`. An address that is
/// escaped inside of a value is not looked into. Borrows where there is nothing to blank.
pub fn without_secrets(path_and_query: &str) -> Cow<'_, str> {
    let Some((path, parameters)) =
        path_and_query.find(['?', '#']).and_then(|mark| path_and_query.split_at_checked(mark))
    else {
        return Cow::Borrowed(path_and_query);
    };
    if !parameters.split('&').any(|pair| before_secret(pair).is_some()) {
        return Cow::Borrowed(path_and_query);
    }
    let mut kept = String::with_capacity(path_and_query.len());
    kept.push_str(path);
    for (index, pair) in parameters.split('&').enumerate() {
        if index > 0 {
            kept.push('&');
        }
        match before_secret(pair) {
            Some(before) => kept.extend([before, BLANK]),
            None => kept.push_str(pair),
        }
    }
    Cow::Owned(kept)
}

/// What stands between two `&`, up to the value of its first secret; nothing where there is none, or it is blank.
fn before_secret(pair: &str) -> Option<&str> {
    let mut start = 0_usize;
    for piece in pair.split_inclusive([';', '?', '#']) {
        if let Some(equals) = piece.find('=')
            && is_secret(piece)
        {
            let (before, value) = pair.split_at_checked(start + equals + 1)?;
            return (!value.is_empty() && value != BLANK).then_some(before);
        }
        start += piece.len();
    }
    None
}

/// Whether a piece of a query sets a secret.
fn is_secret(piece: &str) -> bool {
    url::form_urlencoded::parse(piece.as_bytes()).next().is_some_and(|(name, _)| {
        name.split(['[', ']']).any(|part| SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(part.trim())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_blanked_and_nothing_else() {
        for (text, expected) in [
            ("", ""),
            ("/", "/"),
            ("/search?q=tides&page=2", "/search?q=tides&page=2"),
            ("/token=abc", "/token=abc"),
            ("/back?code=4/abc&state=x&scope=a%20b", "/back?code=…&state=x&scope=a%20b"),
            ("/?a=1&ACCESS_TOKEN=abc", "/?a=1&ACCESS_TOKEN=…"),
            ("/?tok%65n=abc&b", "/?tok%65n=…&b"),
            ("/?%70assword=a=b&c=", "/?%70assword=…&c="),
            ("/?user[password]=abc&user%5Bname%5D=amy", "/?user[password]=…&user%5Bname%5D=amy"),
            ("/?user%5Bpassword%5D=abc", "/?user%5Bpassword%5D=…"),
            ("/?X-Amz-Signature=abc&X-Amz-Date=2026", "/?X-Amz-Signature=…&X-Amz-Date=2026"),
            ("/?key=abc&state=abc&tokens=3&zipcode=AB1", "/?key=abc&state=abc&tokens=3&zipcode=AB1"),
            ("/?a=1;token=abc;def&b=2", "/?a=1;token=…&b=2"),
            ("/?to=http://x.example/?sid=abc;d&b=2", "/?to=http://x.example/?sid=…&b=2"),
            ("/a#access_token=abc&b=2", "/a#access_token=…&b=2"),
            ("/?otp=1&otp=2&otp&otp=", "/?otp=…&otp=…&otp&otp="),
            ("/?password==&=abc&&", "/?password=…&=abc&&"),
            ("?sid=é&b=é", "?sid=…&b=é"),
        ] {
            assert_eq!(without_secrets(text), expected, "{text}");
        }
        assert!(matches!(without_secrets("/search?q=tides"), Cow::Borrowed(_)));
        assert!(SECRETS.is_sorted() && SECRETS.iter().all(|name| *name == name.to_ascii_lowercase()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn names_and_other_parameters_are_kept_and_secrets_never(
            pairs in proptest::collection::vec(
                (
                    prop_oneof![
                        Just(("token", true)), Just(("%74oken", true)), Just(("a[Pwd]", true)), Just(("SIG", true)),
                        Just(("key", false)), Just(("q", false)), Just(("tokens", false)), Just(("%C3", false)),
                    ],
                    "[A-Z0-9%=+/:é]{1,6}",
                ),
                0..6,
            )
        ) {
            let written = |blanks: bool| {
                let one = |((name, is_secret), value): &((&str, bool), String)| {
                    format!("{name}={}", if blanks && *is_secret { BLANK } else { value })
                };
                format!("/a/b?{}", pairs.iter().map(one).collect::<Vec<_>>().join("&"))
            };
            prop_assert_eq!(without_secrets(&written(false)).into_owned(), written(true));
        }

        #[test]
        fn any_text_can_be_read_and_the_result_stays(
            text in prop_oneof![".{0,40}", "[/?#&;=%a-e…]{0,12}(sid|code|%63ode)[=&;?#…x]{0,6}"]
        ) {
            let once = without_secrets(&text).into_owned();
            let again = without_secrets(&once).into_owned();
            prop_assert_eq!(again, once);
        }
    }
}
