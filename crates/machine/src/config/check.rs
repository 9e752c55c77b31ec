//! What the shapes of a config alone cannot tell.

use super::Config;
use std::{collections::HashSet, net::SocketAddr};

/// Mistakes, each under the key it belongs to.
pub(super) type Mistakes = Vec<(&'static str, String)>;

impl Config {
    /// Everything that is wrong with it.
    pub(super) fn check(&self) -> Mistakes {
        let mut mistakes = Vec::new();
        let is_filtering = self.proxies.iter().any(|proxy| !proxy.listen.is_empty() || !proxy.tls.is_empty());
        let names_listener = self.dns.iter().flat_map(|dns| &dns.listeners).any(super::DnsListener::listens);
        if !is_filtering && !names_listener && self.transparent.is_empty() {
            mistakes.push((
                "proxy",
                "There is no proxy listener and none for names, so nothing would be filtered.".to_owned(),
            ));
        }
        let proxies = self.proxies.iter().map(|proxy| proxy.name.as_str());
        for name in twice(proxies.chain(self.transparent.iter().map(|door| door.name.as_str()))) {
            mistakes.push(("proxy", format!("Two listeners have the name “{name}”.")));
        }
        mistakes.extend(self.check_transparent().into_iter().map(|message| ("transparent", message)));
        if self.web.listen.is_empty() {
            mistakes.push(("web", "Our own pages have no address to listen on.".to_owned()));
        }
        if !self.web.address.starts_with("http://") && !self.web.address.starts_with("https://") {
            let message = format!(
                "“{}” is not a web address. Write it like `http://filter.school.example:8080`.",
                self.web.address
            );
            mistakes.push(("web", message));
        }
        for text in self.listed.iter().flat_map(|listed| &listed.addresses) {
            if let Err(fault) = text.parse::<holdfast_gateway::destination::ListedAddress>() {
                mistakes.push(("listed", fault));
            }
        }
        if let Some(parent) = &self.upstream.parent
            && parent.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())
        {
            mistakes.push(("upstream", format!("“{parent}” is not a proxy. Write it like `proxy.example:3128`.")));
        }
        if let Some(dns) = &self.dns {
            mistakes.extend(dns.check().into_iter().map(|message| ("dns", message)));
        }
        mistakes.extend(self.tls.check().into_iter().map(|message| ("tls", message)));
        mistakes.extend(self.inspection.check(&self.data).into_iter().map(|message| ("inspection", message)));
        mistakes.extend(self.store.check(&self.data).into_iter().map(|message| ("store", message)));
        if self.page_door.as_ref().is_some_and(|door| door.listen.is_empty()) {
            mistakes.push((
                "page_door",
                "The page door has no address to listen on. Leave it out, or write one.".to_owned(),
            ));
        }
        mistakes.extend(self.taken_twice().into_iter().map(|message| ("web", message)));
        mistakes
    }

    /// Two purposes on one socket: the second could not listen, and the message of the system would not say why.
    fn taken_twice(&self) -> Vec<String> {
        let sockets = self.sockets();
        let mut seen: HashSet<(SocketAddr, super::Protocol)> = HashSet::new();
        // Port 0 is any free port, so several may ask for it.
        let again = sockets
            .iter()
            .filter(|socket| socket.address.port() != 0 && !seen.insert((socket.address, socket.protocol)));
        let told = again.map(|socket| {
            let first =
                sockets.iter().find(|first| (first.address, first.protocol) == (socket.address, socket.protocol));
            let first = first.map_or("something else", |first| first.purpose.as_str());
            format!("{} stands for {first} and for {}. Give one of them another port.", socket.address, socket.purpose)
        });
        told.collect()
    }
}

/// Names that stand more than once, each told once.
pub(super) fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let mut again: Vec<&str> =
        names.iter().zip(names.iter().skip(1)).filter(|(one, next)| one == next).map(|(name, _)| *name).collect();
    again.dedup();
    again
}
