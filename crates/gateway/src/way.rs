//! Where a connection for a host really leads: to the host itself, or to the address at which a search engine answers
//! strictly (F-10). What is said through the connection stays the same, the engine's own name included.
//!
//! Whoever is held to strict search never falls back on the engine's own address: a strict form that cannot be found is
//! a site that cannot be reached. A parent proxy looks names up itself, so it is asked by `CONNECT` for the strict
//! form; an `http://` request through it can only name the engine, and is refused.

use holdfast_core::{
    host::Host,
    search_engines::{StrictForm, StrictSearch},
};
use std::{borrow::Cow, net::IpAddr};

/// Where a connection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way<'a> {
    /// The host asked for.
    pub(crate) asked: &'a Host,
    /// The host, or address, connected to.
    pub(crate) to: Cow<'a, Host>,
    /// All the addresses of a strict form that is given by addresses.
    pub(crate) addresses: &'static [IpAddr],
}

impl<'a> Way<'a> {
    /// The way to a host; nothing where the strict form names no place, which leaves no way at all.
    pub(crate) fn to(asked: &'a Host, strict: Option<StrictSearch>) -> Option<Self> {
        let (to, addresses) = match strict.map(|strict| strict.form) {
            None => (Cow::Borrowed(asked), [].as_slice()),
            Some(StrictForm::Name(name)) => (Cow::Owned(Host::parse(name).ok()?), [].as_slice()),
            Some(StrictForm::Addresses(addresses)) => (Cow::Owned(Host::from(*addresses.first()?)), addresses),
        };
        Some(Self { asked, to, addresses })
    }

    /// Whether it leads anywhere but to the host asked for.
    pub(crate) fn is_strict(&self) -> bool {
        matches!(self.to, Cow::Owned(_))
    }

    /// Adds to a place of the pool what keeps connections of those who are held to strict search from all others.
    pub(crate) fn put_mark(&self, place: &mut String) {
        if self.is_strict() {
            place.push_str(" strict ");
            place.push_str(self.to.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::search_engines::StrictLevel;
    use std::net::Ipv4Addr;

    const ADDRESSES: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8))];

    fn strict(form: StrictForm) -> StrictSearch {
        StrictSearch { engine: "finder", level: StrictLevel::Strict, form }
    }

    #[test]
    fn a_strict_form_never_shares_a_place_with_the_engine_itself() {
        let host = Host::parse("finder.example").unwrap();
        let forms = [
            None,
            Some(strict(StrictForm::Name("strict.finder.example"))),
            Some(strict(StrictForm::Name("mild.finder.example"))),
            Some(strict(StrictForm::Addresses(&ADDRESSES))),
            // Even where a form names the engine itself.
            Some(strict(StrictForm::Name("finder.example"))),
        ];
        let places = forms.map(|form| {
            let mut place = "finder.example:80".to_owned();
            Way::to(&host, form).unwrap().put_mark(&mut place);
            place
        });
        assert_eq!(places[0], "finder.example:80");
        let different: std::collections::HashSet<&String> = places.iter().collect();
        assert_eq!(different.len(), places.len(), "{places:?}");
    }

    #[test]
    fn a_form_that_names_no_place_leaves_no_way() {
        let host = Host::parse("finder.example").unwrap();
        assert_eq!(Way::to(&host, Some(strict(StrictForm::Addresses(&[])))), None);
        assert_eq!(Way::to(&host, Some(strict(StrictForm::Name("not a name")))), None);
    }
}
