//! Running other programs, with their faults told in words.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

/// The Cargo that runs us, so that nested calls use the same one.
pub(crate) fn cargo() -> String {
    env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A command with no input, in `folder`.
pub(crate) fn prepare(folder: &Path, program: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command whose output goes straight to ours. Whether it succeeded.
pub(crate) fn succeeds(folder: &Path, program: &str, arguments: &[&str]) -> bool {
    match prepare(folder, program, arguments).status() {
        Ok(status) => status.success(),
        Err(fault) => {
            eprintln!("xtask: {program} cannot be started: {fault}");
            false
        }
    }
}

/// Runs a command and takes its standard output.
pub(crate) fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let done = prepare(folder, program, arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|fault| format!("{program} cannot be started: {fault}"))?;
    if !done.status.success() {
        return Err(format!("“{program} {}” failed ({})", arguments.join(" "), done.status));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Runs a command, hands on its standard output as it comes, and shows each line to `see` too. Whether it succeeded.
pub(crate) fn stream(mut command: Command, mut see: impl FnMut(&str)) -> Result<bool, String> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|fault| format!("{command:?} cannot be started: {fault}"))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .map_err(|fault| format!("the output of {command:?} broke off: {fault}"))?
            > 0
        {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            see(text.trim_end());
            line.clear();
        }
    }
    Ok(child.wait().map_err(|fault| format!("{command:?} got lost: {fault}"))?.success())
}

/// Whether a program can be found by its name.
pub(crate) fn is_installed(program: &str) -> bool {
    let search = env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers in folders that are not on everybody's path.
    let beside = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(Into::into);
    env::split_paths(&search).chain(beside).any(|folder| folder.join(program).is_file())
}
