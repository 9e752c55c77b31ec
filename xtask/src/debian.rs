//! What tests and benchmarks need from Debian, installed where it is missing.

use crate::command;
use std::path::Path;

/// A program that is needed, and the Debian package that brings it.
pub(crate) struct Needed {
    /// The program's name.
    pub(crate) program: &'static str,
    /// The package's name.
    pub(crate) package: &'static str,
}

/// Installs the packages of the programs that are missing. An error says which are missing and what to type.
pub(crate) fn install(needed: &[Needed]) -> Result<(), String> {
    let missing: Vec<&str> =
        needed.iter().filter(|need| !command::is_installed(need.program)).map(|need| need.package).collect();
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
    let apt = |arguments: &[&str]| {
        // `sudo -n` never waits for a password that nobody is there to give.
        let mut whole = if is_root { Vec::new() } else { vec!["sudo", "-n"] };
        whole.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]);
        whole.extend(arguments);
        whole.split_first().is_some_and(|(program, rest)| command::succeeds(here, program, rest))
    };
    let updated = apt(&["update"]);
    let mut arguments = vec!["install", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0"];
    arguments.extend(&missing);
    if apt(&arguments) {
        return Ok(());
    }
    let why = if updated { "the packages could not be installed" } else { "the package lists could not be fetched" };
    Err(format!("{why}; {by_hand}"))
}
