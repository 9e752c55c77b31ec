//! Where somebody comes from, in plain words: which browser, and whether it is at school.

use std::net::IpAddr;

/// The most of a browser's name for itself that is looked at, in bytes: the rest tells nothing that is said here.
const LOOKED_AT: usize = 512;

/// Browsers by the word that each alone says. Those that say another's word as well come before it.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "A program"),
];
/// Systems in the same way.
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("CrOS", "a Chromebook"),
    ("Macintosh", "a Mac"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
];

/// “Firefox on Windows”, from what a browser calls itself. Nothing of that text is repeated.
pub(crate) fn browser_words(named: &str) -> String {
    let looked_at: String = named.chars().take(LOOKED_AT).collect();
    let find =
        |list: &[(&str, &'static str)]| list.iter().find(|(word, _)| looked_at.contains(word)).map(|(_, words)| *words);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A browser that gave no name".to_owned(),
    }
}

/// “at school (10.0.0.9)”, for the person themselves.
pub(crate) fn place_words(place: &str) -> String {
    match place.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => "at the computer that runs Holdfast".to_owned(),
        Ok(address) if is_private(address) => format!("at school ({place})"),
        Ok(_) => format!("outside school ({place})"),
        Err(_no_address) => place.to_owned(),
    }
}

/// Whether two places may well be one person's at one moment: everything at school is one place, because people have a computer in
/// each room; outside each address is one.
pub(crate) fn is_same_place(one: &str, other: &str) -> bool {
    let is_school = |place: &str| place.parse().is_ok_and(is_at_school);
    one == other || (is_school(one) && is_school(other))
}

/// Whether somebody is at school: at this computer, or in a private network.
pub(crate) fn is_at_school(address: IpAddr) -> bool {
    address.is_loopback() || is_private(address)
}

/// Whether an address is of a private network (RFC 1918, RFC 4193, and those of one link).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        for (named, words) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on a Chromebook",
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1",
                "Safari on an iPad",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0 Safari/537.36",
                "Samsung Internet on Android",
            ),
            ("", "A browser that gave no name"),
            ("<script>alert(1)</script>", "A browser that gave no name"),
        ] {
            assert_eq!(browser_words(named), words);
        }
        assert_eq!(browser_words(&"x".repeat(100_000)), "A browser that gave no name");
    }

    #[test]
    fn all_of_the_school_is_one_place() {
        assert_eq!(place_words("10.0.0.9"), "at school (10.0.0.9)");
        assert_eq!(place_words("203.0.113.9"), "outside school (203.0.113.9)");
        assert_eq!(place_words("::1"), "at the computer that runs Holdfast");
        assert!(is_same_place("10.0.0.9", "192.168.3.4") && is_same_place("fd00::", "10.0.0.9"));
        assert!(!is_same_place("10.0.0.9", "203.0.113.9") && !is_same_place("203.0.113.9", "203.0.113.10"));
    }
}
