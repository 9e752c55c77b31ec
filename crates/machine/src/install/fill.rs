//! The documents that a new installation begins with.

use jiff::{ToSpan as _, civil::Date};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port of our own pages.
const WEB: u16 = 8080;
/// The same over HTTPS, where people sign in. 443 is the name service's.
const SECURE_WEB: u16 = 8443;

/// People and networks, as nobody has written them yet.
pub(super) const PEOPLE: &str = include_str!("../../templates/people.toml");

/// The bootstrap config for these addresses. `name` is that of our own pages.
pub(super) fn config(addresses: &[IpAddr], name: Option<&str>) -> String {
    let on =
        |port: u16| -> Vec<SocketAddr> { addresses.iter().map(|&address| SocketAddr::new(address, port)).collect() };
    let mut web = on(WEB);
    if !addresses.iter().any(IpAddr::is_unspecified) {
        // The whole status page is shown at this machine only.
        web.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), WEB));
    }
    let told = addresses.iter().find(|address| !address.is_unspecified());
    let origin = match (name, told) {
        (Some(name), _) => format!("http://{name}:{WEB}"),
        (None, Some(&address)) => format!("http://{}", SocketAddr::new(address, WEB)),
        (None, None) => format!("http://localhost:{WEB}"),
    };
    let filled = [
        ("{{web}}", list(&web)),
        ("{{web-tls}}", list(&on(SECURE_WEB))),
        ("{{origin}}", origin),
        ("{{page}}", list(&on(80))),
        ("{{proxy}}", list(&on(3128))),
        ("{{dns}}", list(&on(53))),
        ("{{dns-tls}}", list(&on(853))),
        ("{{dns-https}}", list(&on(443))),
    ];
    let template = include_str!("../../templates/holdfast.toml").to_owned();
    filled.iter().fold(template, |text, (place, value)| text.replace(place, value))
}

/// The policy, to be looked at again in a year at the latest.
pub(super) fn policy(today: Date) -> String {
    let review = today.saturating_add(1.year());
    include_str!("../../templates/policy.toml").replace("{{review}}", &review.to_string())
}

fn list(sockets: &[SocketAddr]) -> String {
    let quoted: Vec<String> = sockets.iter().map(|socket| format!("\"{socket}\"")).collect();
    quoted.join(", ")
}
