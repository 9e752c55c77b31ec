//! A program started for a measurement, watched, and stopped whatever happens.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A running server. Dropping it stops it.
pub(super) struct Server {
    /// What it is called in the report.
    pub(super) name: &'static str,
    /// Its port on 127.0.0.1.
    pub(super) port: u16,
    /// From being started to answering its first connection.
    pub(super) start: Duration,
    child: Child,
}

impl Server {
    /// Starts a server, its output going to `NAME.log` in the folder, and waits until it takes connections.
    pub(super) fn start(
        name: &'static str,
        port: u16,
        folder: &Path,
        command: &[&str],
        longest: Duration,
    ) -> Result<Self, String> {
        Self::start_until(name, port, folder, command, longest, |port| TcpStream::connect(("127.0.0.1", port)).is_ok())
    }

    /// The same, with its own way to tell that the server on a port answers.
    pub(super) fn start_until(
        name: &'static str,
        port: u16,
        folder: &Path,
        command: &[&str],
        longest: Duration,
        answers: impl Fn(u16) -> bool,
    ) -> Result<Self, String> {
        let log = fs::File::create(folder.join(format!("{name}.log")))
            .map_err(|fault| format!("{name}.log cannot be made: {fault}"))?;
        let errors = log.try_clone().map_err(|fault| format!("{name}.log cannot be shared: {fault}"))?;
        let begun = Instant::now();
        // `setpriv` has the kernel end the server should this program die before it can do so itself.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .args(command)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|fault| format!("{name} cannot be started: {fault}"))?;
        let mut server = Self { name, port, start: Duration::ZERO, child };
        while begun.elapsed() < longest {
            if answers(port) {
                server.start = begun.elapsed();
                return Ok(server);
            }
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("{name} ended at once ({status}): {}", last_lines(folder, name)));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(format!("{name} did not answer within {} s: {}", longest.as_secs(), last_lines(folder, name)))
    }

    /// The server's own process.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory of the server and all that it started, in bytes.
    pub(super) fn memory(&self) -> u64 {
        family(self.child.id()).into_iter().map(resident_bytes).sum()
    }

    /// Memory of the server and all that it started, in bytes, what they share with others counted in parts.
    pub(super) fn proportional_memory(&self) -> u64 {
        family(self.child.id()).into_iter().map(|process| bytes_in(process, "smaps_rollup", "Pss:")).sum()
    }

    /// The processor time that the server and all that it started have used so far, for themselves and in the kernel.
    pub(super) fn processor_time(&self) -> Duration {
        family(self.child.id()).into_iter().map(processor_time).sum()
    }

    /// Ends it at once, as a power cut would.
    pub(super) fn kill(mut self) -> Result<(), String> {
        let told = |fault: std::io::Error| format!("{} cannot be ended: {fault}", self.name);
        self.child.kill().map_err(told)?;
        self.child.wait().map(drop).map_err(|fault| format!("{} got lost: {fault}", self.name))
    }

    /// Sends one request as it stands and takes the whole answer; the request must ask for the connection to be closed.
    pub(super) fn ask(&self, request: &str) -> Result<String, String> {
        let told = |fault: std::io::Error| format!("{} does not answer: {fault}", self.name);
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(told)?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).map_err(told)?;
        stream.write_all(request.as_bytes()).map_err(told)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(told)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let members = family(self.child.id());
        signal("-TERM", &members[..1]);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(4) {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        signal("-KILL", &members);
        if let Err(fault) = self.child.wait() {
            eprintln!("xtask: {} got lost: {fault}", self.name);
        }
    }
}

/// A port of 127.0.0.1 that nobody uses at this moment.
pub(super) fn free_port() -> Result<u16, String> {
    let told = |fault| format!("no free port: {fault}");
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(told)?;
    Ok(listener.local_addr().map_err(told)?.port())
}

fn signal(signal: &str, processes: &[u32]) {
    for process in processes {
        // A process that has ended already is what we want, so the outcome says nothing.
        drop(Command::new("kill").args([signal, &process.to_string()]).stderr(Stdio::null()).status());
    }
}

/// A process and all that it started, itself first.
fn family(process: u32) -> Vec<u32> {
    let mut members = vec![process];
    let mut next = 0;
    while let Some(parent) = members.get(next).copied() {
        next += 1;
        let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().filter_map(Result::ok);
        for task in tasks {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            members.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    members
}

/// Resident memory of one process in bytes; a process that has ended has none.
fn resident_bytes(process: u32) -> u64 {
    bytes_in(process, "status", "VmRSS:")
}

/// The most resident memory that one process has had so far, in bytes.
pub(super) fn resident_peak(process: u32) -> u64 {
    bytes_in(process, "status", "VmHWM:")
}

/// Clock ticks of 10 ms, the unit of `/proc/PID/stat` on every Linux that Debian ships.
fn processor_time(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    Duration::from_millis(ticks(&stat).unwrap_or(0) * 10)
}

/// The ticks a process has used, user and system. They are the 12th and 13th word after its name in brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace().skip(11);
    Some(words.next()?.parse::<u64>().ok()? + words.next()?.parse::<u64>().ok()?)
}

/// A line such as `VmRSS:  4096 kB` of a file below `/proc/PID`, in bytes.
fn bytes_in(process: u32, file: &str, key: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The end of a server's log, for an error message.
fn last_lines(folder: &Path, name: &str) -> String {
    let log = fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines.iter().rev().take(4).rev().copied().collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_past_any_name() {
        let stat = "4711 (a) name (1)) S 1 4711 4711 0 -1 4194560 900 0 0 0 250 31 0 0 20 0 3 0 5000 0 0";
        assert_eq!(ticks(stat), Some(281));
        assert_eq!(ticks(""), None);
    }
}
