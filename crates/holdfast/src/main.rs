//! Holdfast's command line: a school's online-safety system in one program.

mod check;
mod demonstration;
mod doctor;
mod health;
mod inspection;
mod install;
mod jobs;
mod serve;
mod store;

use clap::{Parser, Subcommand};
use std::{
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

/// Events are made on one thread and dropped on another, a hundred thousand a second; the system's own allocator pays
/// for that with time and with memory that it does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A school's whole online-safety system in one self-hosted program.
#[derive(Debug, Parser)]
#[command(name = "holdfast", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts everything on this computer with a fictional school, and prints what to try.
    Demo(demonstration::Demo),
    /// Starts the filter as its config says.
    Serve {
        /// The config file.
        #[arg(long, value_name = "FILE", default_value = "holdfast.toml")]
        config: PathBuf,
    },
    /// Installs this program as a service of this machine; again, to upgrade it.
    Install(install::Install),
    /// Finds what is wrong with this machine, and says what to do.
    Doctor(doctor::Doctor),
    /// The certificate of the encrypted listeners.
    Tls(holdfast_machine::tls_identity::command::Tls),
    /// Opening secure pages to check them: the authority that devices trust, and sites that should be left unopened.
    Inspection(inspection::Inspection),
    /// Why was this blocked? Prints the verdict and everything that was considered.
    Explain(holdfast_duty::command::Explain),
    /// List sources: add, update, check.
    Lists(holdfast_duty::command::Lists),
    /// Checks a document before it is used: config, policy or people.
    Check(check::Check),
    /// Prints the JSON Schema of a document, for editors: config, policy or people.
    Schema {
        /// Which document.
        document: check::Document,
    },
    /// Reads a password from standard input and prints the hash for the people document.
    Password,
    #[command(flatten)]
    Records(holdfast_records::command::Command),
    /// Compiles the lists of a data folder; what `lists` runs as a child process.
    #[command(hide = true)]
    CompileLists {
        /// The data folder.
        #[arg(long)]
        data: PathBuf,
    },
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).with_target(false).with_max_level(tracing::Level::INFO).init();
    let answer = match CommandLine::parse().command {
        Command::Demo(demo) => demo.run(),
        Command::Serve { config } => serve::serve(&config),
        Command::Install(install) => install.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Tls(tls) => tls.run(),
        Command::Inspection(inspection) => inspection.run(),
        Command::Explain(explain) => explain.run(),
        Command::Lists(lists) => lists.run(),
        Command::Check(check) => check.run(),
        Command::Schema { document } => Ok(document.schema()),
        Command::Password => password(),
        Command::Records(command) => command.run(store::surroundings()),
        Command::CompileLists { data } => holdfast_duty::compile_in_child::compile_here(&data),
    };
    match answer {
        // A reader that went away (`| head`) is no fault of ours.
        Ok(text) => drop(writeln!(io::stdout(), "{}", text.trim_end())),
        Err(text) => {
            drop(writeln!(io::stderr(), "{}", text.trim_end()));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn password() -> Result<String, String> {
    let mut text = String::new();
    io::stdin()
        .take(4_096)
        .read_to_string(&mut text)
        .map_err(|fault| format!("The password cannot be read: {fault}."))?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    holdfast_gateway::sign_in::hash_password(password.strip_suffix('\r').unwrap_or(password))
        .map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn no_command_contradicts_itself() {
        CommandLine::command().debug_assert();
    }
}
