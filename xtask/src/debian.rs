//! What tests and benchmarks need from Debian, installed where it is missing.

use crate::command;
use std::path::Path;

/// A program that is needed, and the Debian package that brings it.
pub(crate) struct Needed {
    /// The program's name.
    pub(crate) program: &'static str,
    /// The package's name.
    pub(crate) package: &'static str,
    /// The services that come with it. We start servers ourselves, so these should stay off.
    services: &'static [&'static str],
}

impl Needed {
    /// A program whose package brings no service.
    pub(crate) const fn tool(program: &'static str, package: &'static str) -> Self {
        Self { program, package, services: &[] }
    }

    /// A server, with the services that its package would start at once and enable for every boot.
    pub(crate) const fn server(
        program: &'static str,
        package: &'static str,
        services: &'static [&'static str],
    ) -> Self {
        Self { program, package, services }
    }
}

/// unbound, which tests ask as upstream and the bench measures.
pub(crate) const UNBOUND: Needed =
    Needed::server("unbound", "unbound", &["unbound.service", "unbound-resolvconf.service"]);
/// PostgreSQL, which the tests of the store start themselves. Its server programs are not in the path; this one comes with them.
pub(crate) const POSTGRESQL: Needed = Needed::server("pg_ctlcluster", "postgresql", &["postgresql.service"]);
/// aiosmtpd, a mail server that the tests of the post start themselves. Its package brings no service.
pub(crate) const AIOSMTPD: Needed = Needed::tool("aiosmtpd", "python3-aiosmtpd");
/// dnsmasq without the service: Debian has that in a package of its own.
pub(crate) const DNSMASQ: Needed = Needed::tool("dnsmasq", "dnsmasq-base");

/// Installs the packages of the programs that are missing. An error says which are missing and what to type.
pub(crate) fn install(needed: &[Needed]) -> Result<(), String> {
    let absent = || needed.iter().filter(|need| !command::is_installed(need.program));
    let missing: Vec<&str> = absent().map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("type: apt-get install --no-install-recommends {}", missing.join(" "));
    if !command::is_installed("apt-get") {
        return Err(format!(
            "{} is missing, and this is no Debian machine: install it as your system does",
            missing.join(", ")
        ));
    }
    let here = Path::new("/");
    let is_root = command::output(here, "id", &["-u"])?.trim() == "0";
    if !is_root && !command::is_installed("sudo") {
        return Err(format!("{} is missing, and only root can install it; {by_hand}", missing.join(", ")));
    }
    println!("Installing from Debian: {}", missing.join(", "));
    let as_root = |arguments: &[&str]| {
        // `sudo -n` never waits for a password that nobody is there to give.
        let mut whole = if is_root { Vec::new() } else { vec!["sudo", "-n"] };
        whole.extend(arguments);
        whole.split_first().is_some_and(|(program, rest)| command::succeeds(here, program, rest))
    };
    let services: Vec<&str> = absent().flat_map(|need| need.services).copied().collect();
    // Debian starts a server as it installs it, and at every boot from then on: a second squid on port 3128, an unbound
    // that takes over the computer's own name service. A masked service does neither.
    if !services.is_empty() && Path::new("/run/systemd/system").is_dir() {
        if !as_root(&[&["systemctl", "mask"], services.as_slice()].concat()) {
            return Err(format!("the services {} could not be kept from starting; {by_hand}", services.join(", ")));
        }
        println!("Their services are masked. To use one: systemctl unmask {}", services.join(" "));
    }
    let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"];
    let updated = as_root(&[&apt, ["update"].as_slice()].concat());
    let install = ["install", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"];
    if as_root(&[&apt, install.as_slice(), missing.as_slice()].concat()) {
        return Ok(());
    }
    let why = if updated { "the packages could not be installed" } else { "the package lists could not be fetched" };
    Err(format!("{why}; {by_hand}"))
}
