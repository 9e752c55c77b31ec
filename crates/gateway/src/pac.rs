//! The proxy auto-configuration file that tells browsers to come through the gate.
//!
//! Our own origin, plain names of the school's network, loopback and listed inside networks go directly; everything
//! else goes to the proxy **and nowhere else**: there is no `DIRECT` to fall back on, so when the gate is away the
//! internet is away too. Names are never looked up in the script: that would be slow, and a name could choose its way.
//! The script keeps to the JavaScript of 1999, which every reader of such files knows.

use holdfast_core::host::Host;
use ipnet::IpNet;
use std::fmt::Write as _;

/// The media type to serve it with.
pub const PAC_MEDIA_TYPE: &str = "application/x-ns-proxy-autoconfig";

/// What a browser is sent to when no proxy is named: nothing listens there, so nothing is reached.
const NOWHERE: &str = "PROXY 127.0.0.1:9";

/// A proxy as browsers reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyAddress {
    /// Name or address.
    pub host: Host,
    /// Port.
    pub port: u16,
    /// Whether it is spoken to over TLS.
    pub tls: bool,
}

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PacSettings {
    /// The hosts of our own origin; never proxied.
    pub own_hosts: Vec<Host>,
    /// The proxies, tried in order. None: nothing but the direct places is reached.
    pub proxies: Vec<ProxyAddress>,
    /// Inside networks reached directly when an address is written by hand.
    pub direct_networks: Vec<IpNet>,
    /// Names reached directly: exact, or with a leading dot for the name and all below it.
    pub direct_names: Vec<String>,
}

/// Writes the file.
pub fn pac(settings: &PacSettings) -> String {
    let own = settings.own_hosts.iter().map(Host::as_str);
    let names = own.chain(settings.direct_names.iter().map(String::as_str));
    let (below, exact): (Vec<&str>, Vec<&str>) = names.partition(|name| name.starts_with('.'));
    let loopback = ["127.0.0.0/8", "::1/128"].into_iter().filter_map(|text| text.parse::<IpNet>().ok());
    let networks: Vec<String> = loopback.chain(settings.direct_networks.iter().copied()).map(bits_of).collect();
    let mut text = String::from("// Holdfast: this file is made by the gate; changes to it here are lost.\n");
    list(&mut text, "exact", exact.iter().copied().map(str::to_lowercase));
    list(&mut text, "below", below.iter().copied().map(str::to_lowercase));
    list(&mut text, "networks", networks.into_iter());
    text.push_str("var proxy = ");
    quote(&mut text, &proxy_line(&settings.proxies));
    text.push_str(";\n");
    text.push_str(SCRIPT);
    text
}

fn proxy_line(proxies: &[ProxyAddress]) -> String {
    let mut line = String::new();
    for proxy in proxies {
        if !line.is_empty() {
            line.push_str("; ");
        }
        let host = proxy.host.as_str();
        let kind = if proxy.tls { "HTTPS" } else { "PROXY" };
        let written = if host.contains(':') {
            write!(line, "{kind} [{host}]:{}", proxy.port)
        } else {
            write!(line, "{kind} {host}:{}", proxy.port)
        };
        // Writing to a `String` cannot fail.
        if written.is_err() {
            return NOWHERE.to_owned();
        }
    }
    if line.is_empty() { NOWHERE.to_owned() } else { line }
}

/// The network's fixed bits as the script compares them: `4:00001010` is `10.0.0.0/8`.
fn bits_of(network: IpNet) -> String {
    let (family, octets) = match network.network() {
        std::net::IpAddr::V4(address) => ("4:", address.octets().to_vec()),
        std::net::IpAddr::V6(address) => ("6:", address.octets().to_vec()),
    };
    let bits =
        octets.iter().flat_map(|octet| (0..8).rev().map(move |place| if octet >> place & 1 == 1 { '1' } else { '0' }));
    family.chars().chain(bits.take(usize::from(network.prefix_len()))).collect()
}

fn list(text: &mut String, name: &str, entries: impl Iterator<Item = String>) {
    text.push_str("var ");
    text.push_str(name);
    text.push_str(" = [");
    for (number, entry) in entries.enumerate() {
        text.push_str(if number == 0 { "" } else { ", " });
        quote(text, &entry);
    }
    text.push_str("];\n");
}

/// A JavaScript string: everything but the plainest characters is escaped, so that no name can end it.
fn quote(text: &mut String, value: &str) {
    text.push('"');
    for unit in value.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(plain) if plain.is_ascii_alphanumeric() || " .:;-_[]".contains(plain) => text.push(plain),
            _ => {
                let digits = "0123456789abcdef";
                text.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = usize::from(unit >> shift & 15);
                    text.push(digits.chars().nth(digit).unwrap_or('0'));
                }
            }
        }
    }
    text.push('"');
}

const SCRIPT: &str = r#"
function digits(number, base) {
  var text = number.toString(2);
  while (text.length < base) { text = "0" + text; }
  return text;
}

// The bits of a written address as "4:0101" or "6:0101"; "" for a name.
function bits(host) {
  var text, parts, i, left, right;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) {
    parts = host.split(".");
    text = "4:";
    for (i = 0; i < 4; i++) {
      if (Number(parts[i]) > 255) { return ""; }
      text += digits(Number(parts[i]), 8);
    }
    return text;
  }
  if (!/^[0-9a-f:]+$/.test(host) || host.indexOf(":") < 0) { return ""; }
  parts = host.split("::");
  if (parts.length > 2) { return ""; }
  left = parts[0] === "" ? [] : parts[0].split(":");
  right = parts.length < 2 || parts[1] === "" ? [] : parts[1].split(":");
  if (parts.length === 1 ? left.length !== 8 : left.length + right.length > 7) { return ""; }
  while (left.length + right.length < 8) { left.push("0"); }
  parts = left.concat(right);
  text = "6:";
  for (i = 0; i < 8; i++) {
    if (!/^[0-9a-f]{1,4}$/.test(parts[i])) { return ""; }
    text += digits(parseInt(parts[i], 16), 16);
  }
  return text;
}

function FindProxyForURL(url, host) {
  var i, address, tail;
  host = String(host).toLowerCase().replace(/^\[|\]$/g, "").replace(/\.$/, "");
  for (i = 0; i < exact.length; i++) {
    if (host === exact[i]) { return "DIRECT"; }
  }
  for (i = 0; i < below.length; i++) {
    tail = host.substring(host.length - below[i].length);
    if (tail === below[i] || host === below[i].substring(1)) { return "DIRECT"; }
  }
  address = bits(host);
  if (address !== "") {
    for (i = 0; i < networks.length; i++) {
      if (address.substring(0, networks[i].length) === networks[i]) { return "DIRECT"; }
    }
    return proxy;
  }
  // A name without a dot is inside the school. An address is never one, and neither is a number.
  if (/^[a-z_]([a-z0-9_\-]*)$/.test(host)) { return "DIRECT"; }
  if (/\.localhost$/.test(host)) { return "DIRECT"; }
  return proxy;
}
"#;

#[cfg(test)]
mod tests;
