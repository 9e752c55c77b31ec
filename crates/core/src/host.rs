//! Host names and addresses, normalised once and in one place.
//!
//! The rules are those of a browser (WHATWG URL, <https://url.spec.whatwg.org/#host-parsing>), because a name the
//! filter reads otherwise than the browser does is a way round the filter: IDNA to ASCII, lower case, octal, hex and
//! dword IPv4 forms to dotted decimal, IPv6 compressed. Where we differ, on purpose: one trailing dot is dropped, as it
//! names the same place; what DNS cannot ask for (an empty label, a label over 63 bytes, a name over 253; RFC 1035
//! §2.3.4) is refused; an IPv4 address inside IPv6 becomes the IPv4 address.

use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr};

/// A normalised host: a name or an IP address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host {
    /// Canonical text. IPv6 without brackets.
    text: Box<str>,
    address: Option<IpAddr>,
}

/// Why a text is no host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFault(String);

impl fmt::Display for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostFault {}

impl Host {
    /// Reads a host as a browser would. IPv6 may stand with or without brackets.
    pub fn parse(text: &str) -> Result<Self, HostFault> {
        if is_plain_name(text) {
            return Ok(Self { text: text.into(), address: None });
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::from(address));
        }
        match url::Host::parse(text) {
            Ok(url::Host::Domain(name)) => Self::from_name(text, &name),
            Ok(url::Host::Ipv4(address)) => Ok(Self::from(IpAddr::V4(address))),
            Ok(url::Host::Ipv6(address)) => Ok(Self::from(IpAddr::V6(address))),
            Err(fault) => Err(HostFault(format!("“{}” is not a host name: {fault}.", shorten(text)))),
        }
    }

    fn from_name(given: &str, name: &str) -> Result<Self, HostFault> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.len() > 253 || name.split('.').any(|label| label.len() > 63) {
            return Err(HostFault(format!("“{}” is too long for a host name.", shorten(given))));
        }
        if name.split('.').any(str::is_empty) {
            return Err(HostFault(format!("“{}” has an empty part between its dots.", shorten(given))));
        }
        Ok(Self { text: name.into(), address: None })
    }

    /// The canonical text. IPv6 without brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The IP address, where the host is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The name and each parent of it, longest first, down to the last label: `a.b.c`, `b.c`, `c`.
    /// An IP address has only itself.
    pub fn suffixes(&self) -> impl Iterator<Item = &str> {
        let mut rest = Some(self.as_str());
        let is_name = self.address.is_none();
        std::iter::from_fn(move || {
            let current = rest?;
            rest = if is_name { current.split_once('.').map(|(_, parent)| parent) } else { None };
            Some(current)
        })
    }

    /// The registrable domain, by the Public Suffix List (<https://publicsuffix.org/list/>, private part included):
    /// `school.sch.uk` for `www.school.sch.uk`. None for an IP address and for a public suffix itself.
    pub fn registrable(&self) -> Option<&str> {
        if self.address.is_some() { None } else { psl::domain_str(&self.text) }
    }

    /// Whether this host is `parent` or lies below it. An IP address is only itself.
    pub fn is_within(&self, parent: &str) -> bool {
        let text = self.as_str();
        text == parent
            || (self.address.is_none()
                && text.strip_suffix(parent).is_some_and(|front| !parent.is_empty() && front.ends_with('.')))
    }
}

/// Lower-case letters, digits, hyphens and dots, whose last label cannot be read as a number: nothing to normalise.
fn is_plain_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 253 {
        return false;
    }
    let mut label = 0_usize;
    let mut last_starts_with_letter = false;
    for &byte in bytes {
        match byte {
            b'a'..=b'z' => {
                if label == 0 {
                    last_starts_with_letter = true;
                }
                label += 1;
            }
            b'0'..=b'9' | b'-' => {
                if label == 0 {
                    last_starts_with_letter = false;
                }
                label += 1;
            }
            b'.' if label > 0 => label = 0,
            _ => return false,
        }
        if label > 63 {
            return false;
        }
    }
    // "xn--" labels go through IDNA, so that two spellings of one name become one.
    label > 0 && last_starts_with_letter && !text.contains("xn--")
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

impl From<IpAddr> for Host {
    /// An IPv4 address inside IPv6 (`::ffff:192.0.2.1`) becomes the IPv4 address: it leads to the same computer, so it
    /// must meet the same rules.
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { text: address.to_string().into(), address: Some(address) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Host {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Host {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
