//! The `Alt-Svc` response field (RFC 7838 §3), read as far as is needed to take HTTP/3 out of it.

/// An `Alt-Svc` value without the ways that lead round the filter (HTTP/3; RFC 7838, RFC 9114 §3.1.1): `None` where
/// nothing needs to be taken out, and an empty text where nothing is left.
///
/// A value that is no list of alternatives by RFC 7838 is taken out whole: what we cannot read, a browser may.
pub fn alt_svc_without_http3(value: &str) -> Option<String> {
    let value_text = value.trim_matches([' ', '\t']);
    // Forgets every alternative, so there is nothing to take out.
    if value_text.is_empty() || value_text == "clear" {
        return None;
    }
    let Some(alternatives) = alternatives(value_text) else { return Some(String::new()) };
    let kept: Vec<&str> =
        alternatives.iter().filter(|(protocol, _)| !runs_over_quic(protocol)).map(|(_, text)| *text).collect();
    (kept.len() < alternatives.len()).then(|| kept.join(", "))
}

/// `h3`, its drafts (`h3-29`, `h3-Q050`), HTTP over QUIC before it had the name (`hq`, `hq-29`), and Google's QUIC.
fn runs_over_quic(protocol: &[u8]) -> bool {
    let protocol = protocol.to_ascii_lowercase();
    let is_of = |name: &[u8]| {
        protocol.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"-") || is_number(rest))
    };
    is_of(b"h3") || is_of(b"hq") || protocol.starts_with(b"quic")
}

fn is_number(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

/// The alternatives of a list: the protocol of each, its escapes undone, and its text. Empty elements are allowed
/// (RFC 9110 §5.6.1.2).
fn alternatives(value: &str) -> Option<Vec<(Vec<u8>, &str)>> {
    let mut found = Vec::new();
    for element in elements(value)? {
        let text = element.trim_matches([' ', '\t']);
        if text.is_empty() {
            continue;
        }
        let (protocol, rest) = text.split_once('=')?;
        let is_token = !protocol.is_empty() && protocol.bytes().all(is_token_byte);
        if !is_token || !rest.starts_with('"') {
            return None;
        }
        found.push((unescaped(protocol)?, text));
    }
    Some(found)
}

/// Splits at commas that stand outside of quotes; nothing where a quote is not closed.
fn elements(value: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                parts.push(value.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(value.get(start..)?);
    (!is_quoted).then_some(parts)
}

/// A protocol's name is percent-encoded where it is no token (RFC 7838 §3).
fn unescaped(protocol: &str) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(protocol.len());
    let mut bytes = protocol.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            plain.push((digit()? << 4) | digit()?);
        } else {
            plain.push(byte);
        }
    }
    Some(plain)
}

/// RFC 9110 §5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn http3_goes_and_the_rest_stays() {
        for (value, expected) in [
            (r#"h3=":443"; ma=86400"#, Some("")),
            (r#"h3=":443"; ma=2592000,h3-29=":443"; ma=2592000"#, Some("")),
            (r#"h2="alt.example:443"; ma=60, h3=":443""#, Some(r#"h2="alt.example:443"; ma=60"#)),
            (r#"quic=":443"; v="46,43", h2=":8443""#, Some(r#"h2=":8443""#)),
            (r#"h2=":8443"; note="a, h3=b", hq-29=":443""#, Some(r#"h2=":8443"; note="a, h3=b""#)),
            (r#"h3-Q050=":443""#, Some("")),
            (r#"H3=":443""#, Some("")),
            (r#"%683=":443""#, Some("")),
            (r#"h%33=":443""#, Some("")),
            (r#"h3=":443",,"#, Some("")),
            (r#"h2=":443""#, None),
            (r#"http%2F1.1="x.example:80", h2=":443""#, None),
            (r#"h2=":443"; persist=1,"#, None),
            ("clear", None),
            (" clear ", None),
            ("", None),
            // Nothing that RFC 7838 knows, so nothing that may go on.
            ("Clear", Some("")),
            (r#"h3 = ":443""#, Some("")),
            (r#"h2=":443", h3=:443"#, Some("")),
            (r#"h2=":443"#, Some("")),
            ("clear, h3=\":443\"", Some("")),
            (r#"h%3=":443""#, Some("")),
        ] {
            assert_eq!(alt_svc_without_http3(value).as_deref(), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_no_http3_is_left_and_a_second_look_changes_nothing(
            value in r#"[a-z0-9%=":;, \\-]{0,60}"#
        ) {
            let kept = alt_svc_without_http3(&value).unwrap_or_else(|| value.clone());
            prop_assert_eq!(alt_svc_without_http3(&kept), None, "{}", kept);
        }

        #[test]
        fn each_alternative_goes_or_stays_by_its_own_protocol(
            protocols in proptest::collection::vec(
                prop_oneof![Just("h3"), Just("h3-29"), Just("hq"), Just("quic"), Just("h2"), Just("http%2F1.1")], 1..6
            )
        ) {
            let list = |kept: &[&str]| {
                kept.iter().map(|protocol| format!("{protocol}=\":443\"; ma=60")).collect::<Vec<_>>().join(", ")
            };
            let kept: Vec<&str> = protocols.iter().copied().filter(|of| matches!(*of, "h2" | "http%2F1.1")).collect();
            let expected = (kept.len() < protocols.len()).then(|| list(&kept));
            prop_assert_eq!(alt_svc_without_http3(&list(&protocols)), expected);
        }
    }
}
