//! Load with wrk: the same kept connections against each server.

use super::server::Server;
use crate::command;
use std::{fs, path::Path};

/// Connections kept open at once.
pub(super) const CONNECTIONS: u32 = 64;

/// What one load came to.
#[derive(Clone, Default)]
pub(super) struct Reading {
    /// Answers in a second.
    pub(super) rate: f64,
    /// The middle waiting time in milliseconds.
    pub(super) p50: f64,
    /// The waiting time in milliseconds that 99 of 100 requests stay under.
    pub(super) p99: f64,
    /// Connections that failed, and answers that did not come.
    pub(super) faults: u64,
    /// Answers with a status of 400 or more; every one, where the requests are to be blocked.
    pub(super) refused: u64,
}

/// A kind of request: the hosts asked for in turn, with the port and path that go with them.
pub(super) struct Target {
    /// Hosts with their port, as they stand in the address.
    pub(super) hosts: Vec<String>,
    /// Whether the answer should be the page.
    pub(super) forwarded: bool,
}

impl Target {
    /// A single request in full, for a look before the load.
    pub(super) fn request(&self, through_proxy: bool) -> String {
        let host = self.hosts.first().map_or("", String::as_str);
        let prefix = if through_proxy { format!("http://{host}") } else { String::new() };
        format!("GET {prefix}/page.html HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    }

    /// wrk's script. The requests are put together once, so that wrk itself costs little.
    fn script(&self, through_proxy: bool) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(|host| format!("\"{host}\"")).collect();
        let prefix = if through_proxy { "\"http://\" .. host .. " } else { "" };
        format!(
            "local hosts = {{ {} }}\nlocal requests = {{}}\nlocal turn = 0\n\
             function init(arguments)\n  for index, host in ipairs(hosts) do\n\
             \x20   requests[index] = wrk.format(\"GET\", {prefix}\"/page.html\", {{ [\"Host\"] = host }})\n  end\nend\n\
             function request()\n  turn = turn % #requests + 1\n  return requests[turn]\nend\n\
             function done(summary, latency, requests)\n\
             \x20 local errors = summary.errors\n\
             \x20 io.write(string.format(\"reading %d %d %d %d %d %d\\n\", summary.requests, summary.duration,\n\
             \x20   latency:percentile(50), latency:percentile(99), errors.connect + errors.read + errors.write + errors.timeout, errors.status))\nend\n",
            hosts.join(", ")
        )
    }
}

/// Looks once whether the server answers as it should, so that nothing else is measured by mistake.
pub(super) fn look(server: &Server, target: &Target, through_proxy: bool) -> Result<(), String> {
    let answer = server.ask(&target.request(through_proxy))?;
    let is_page = answer.contains(super::peers::MARK);
    let first = answer.lines().next().unwrap_or("nothing");
    if target.forwarded && !is_page {
        return Err(format!("{} should have handed on the page, but answered “{first}”", server.name));
    }
    // A server that would answer 502 or 503, because the name does not exist, has not blocked it.
    if !target.forwarded && (is_page || first.contains(" 50")) {
        return Err(format!("{} should have refused, but answered “{first}”", server.name));
    }
    Ok(())
}

/// Runs wrk for some seconds.
pub(super) fn run(
    folder: &Path,
    server: &Server,
    target: &Target,
    through_proxy: bool,
    seconds: u32,
) -> Result<Reading, String> {
    let script = folder.join("load.lua");
    fs::write(&script, target.script(through_proxy)).map_err(|fault| format!("load.lua cannot be written: {fault}"))?;
    let address = format!("http://127.0.0.1:{}/", server.port);
    let connections = format!("-c{CONNECTIONS}");
    let time = format!("-d{seconds}s");
    let arguments = [
        "-t1",
        connections.as_str(),
        time.as_str(),
        "--timeout",
        "5s",
        "-s",
        &script.to_string_lossy(),
        address.as_str(),
    ];
    let printed = command::output(folder, "wrk", &arguments)?;
    read(&printed).ok_or_else(|| format!("what wrk printed cannot be read: {printed}"))
}

fn read(printed: &str) -> Option<Reading> {
    let line = printed.lines().find_map(|line| line.strip_prefix("reading "))?;
    let numbers: Vec<f64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [requests, micros, p50, p99, ..] = numbers.as_slice() else { return None };
    let mut whole = line.split(' ').skip(4).filter_map(|number| number.parse::<u64>().ok());
    Some(Reading {
        rate: requests / (micros / 1e6),
        p50: p50 / 1e3,
        p99: p99 / 1e3,
        faults: whole.next()?,
        refused: whole.next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrks_reading_is_read() {
        let reading = read("Running 2s test\nreading 20000 2000000 1500 3000 1 2\n").unwrap();
        assert!(
            (reading.rate - 10_000.0).abs() < 0.1
                && (reading.p50 - 1.5).abs() < 1e-9
                && (reading.p99 - 3.0).abs() < 1e-9
        );
        assert_eq!((reading.faults, reading.refused), (1, 2));
    }
}
