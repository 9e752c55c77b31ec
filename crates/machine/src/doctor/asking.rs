//! The name services that are asked: each is asked a question, in the way it will be asked by the service.

use super::Finding;
use crate::{config::Config, name_servers};
use holdfast_gateway::{
    destination::Destinations,
    dns::{
        counters::Counters,
        forwarder::Forwarder,
        settings::{Forwarding, UpstreamAddress},
    },
};
use std::{io::ErrorKind, sync::Arc, time::Duration};

/// A name that is kept for such uses (RFC 2606 §3) and is there.
const QUESTION: &str = "example.com";
/// How long a name service may take for this.
const LIMIT: Duration = Duration::from_secs(4);
/// Slower than this is told: people wait for it with every new name.
const SLOW: Duration = Duration::from_millis(400);

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let Some(dns) = &config.dns else { return Vec::new() };
    let of_this_computer = name_servers::of_this_computer(&config.sockets());
    let upstreams = if dns.upstream.is_empty() { of_this_computer.clone() } else { dns.upstream.clone() };
    let mut findings = Vec::new();
    if upstreams.is_empty() {
        findings.push(Finding::fault(
            "names",
            "There is no name service to ask: the config names none, and this computer (/etc/resolv.conf) knows none but us.",
            "Write your provider's name services under [dns] upstream in the config, then: systemctl restart holdfast",
        ));
    } else if of_this_computer.is_empty() {
        findings.push(Finding::attention(
            "names",
            "This computer itself (/etc/resolv.conf) knows no other name service than us.",
            "While Holdfast does not run, it finds no names for its own updates. Name another one there.",
        ));
    }
    let authorities = match config.dns_settings(Destinations::default()) {
        Ok(settings) => settings.map(|settings| settings.forwarding.authorities).unwrap_or_default(),
        Err(fault) => {
            findings.push(Finding::fault("names", fault, ""));
            Vec::new()
        }
    };
    let local =
        dns.local.iter().flat_map(|local| local.upstream.iter().map(move |upstream| (upstream, local.names.first())));
    let asked = upstreams.iter().map(|upstream| (upstream, None)).chain(local);
    for (upstream, name) in asked {
        let settings = Forwarding {
            upstreams: vec![upstream.clone()],
            authorities: authorities.clone(),
            limit: LIMIT,
            patience: LIMIT,
            ..Forwarding::default()
        };
        findings.push(verdict(upstream, ask(settings, name.map_or(QUESTION, String::as_str))));
    }
    findings
}

/// How long one takes to answer, or what was wrong.
fn ask(settings: Forwarding, name: &str) -> Result<Option<Duration>, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|fault| fault.to_string())?;
    let forwarder = Forwarder::start(settings, Destinations::default(), Arc::new(Counters::default()))
        .map_err(|fault| fault.to_string())?;
    let answer = runtime.block_on(forwarder.look_up()(name.into()));
    let standing = forwarder.standings().into_iter().next();
    forwarder.stop();
    match answer {
        Ok(_) => Ok(standing.and_then(|standing| standing.takes)),
        // That there is no such name is an answer as good as any.
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(standing.and_then(|standing| standing.takes)),
        Err(fault) => Err(standing.and_then(|standing| standing.last_fault).unwrap_or_else(|| fault.to_string())),
    }
}

fn verdict(upstream: &UpstreamAddress, answer: Result<Option<Duration>, String>) -> Finding {
    match answer {
        Ok(Some(took)) if took > SLOW => Finding::attention(
            "names",
            format!("{upstream} answers, and takes {} ms.", took.as_millis()),
            "Everybody waits that long for each new name. Ask your provider, or name a nearer one under [dns] upstream.",
        ),
        Ok(Some(took)) => Finding::fine("names", format!("{upstream} answers within {} ms.", took.as_millis().max(1))),
        Ok(None) => Finding::fine("names", format!("{upstream} answers.")),
        Err(fault) => Finding::fault(
            "names",
            format!("{upstream} does not answer: {}", fault.trim_end_matches('.')),
            "See whether this computer reaches it, and whether a firewall lets it ask (ports 53, 853 or 443 outward); else name another one under [dns] upstream.",
        ),
    }
}
