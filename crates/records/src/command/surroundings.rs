//! What every command needs: where the store is, the clock, and who signs in.

use crate::{
    Fault, Records, Session,
    access::Actor,
    accounts::SignIn,
    store::{Clock, Place},
};
use clap::Args;
use std::{
    fs::File,
    io::{BufRead as _, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

/// The longest line that is read as a password, in bytes.
const LONGEST_LINE: u64 = 4_096;

/// Where the store is, as typed. Like who gives the command, it may stand at the end, whatever the command.
#[derive(Debug, Clone, Default, Args)]
pub struct Where {
    /// The config file, which says where the data folder is.
    #[arg(long, value_name = "FILE", default_value = "holdfast.toml", global = true)]
    pub config: PathBuf,
    /// The data folder, instead of what the config says.
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data: Option<PathBuf>,
}

/// Who does it. The password is typed without being shown, or is the first line of the standard input; it is never an
/// argument, where every process of the machine could read it.
#[derive(Debug, Clone, Args)]
pub struct AsWhom {
    /// Your sign-in name. The password is asked for, or read from the first line of the standard input.
    #[arg(id = "as_whom", long = "as", value_name = "NAME", global = true)]
    pub name: Option<String>,
    /// At which school.
    #[command(flatten)]
    pub school: OfSchool,
}

impl AsWhom {
    /// The sign-in name. It stands wherever it is typed, and such an argument cannot be one that must be there.
    pub(super) fn sign_in_name(&self) -> Result<&str, String> {
        let name = self.name.as_deref();
        name.ok_or_else(|| "Say who you are: add `--as NAME`, with your sign-in name.".to_owned())
    }
}

/// Which school, where a store holds several.
#[derive(Debug, Clone, Default, Args)]
pub struct OfSchool {
    /// The school's code, if the store holds more than one school.
    #[arg(id = "of_school", long = "school", value_name = "CODE", global = true)]
    pub code: Option<String>,
}

/// Finds the store as typed, or says why it cannot.
pub type FindPlace = Box<dyn Fn(&Where) -> Result<Place, String>>;

/// What the binary gives: how a place is found (config and environment are its business), and the machine's clock.
pub struct Surroundings {
    /// Finds the store as the config, `--data` and `DATABASE_URL` say.
    pub place: FindPlace,
    /// The machine's clock.
    pub clock: Clock,
}

/// The store, opened for one command.
pub(super) struct Opened {
    pub runtime: Runtime,
    pub records: Records,
    pub place: Place,
}

impl Opened {
    pub(super) fn open(place: &Where, surroundings: Surroundings) -> Result<Self, String> {
        let place = (surroundings.place)(place)?;
        let runtime = runtime()?;
        let records = runtime.block_on(Records::open(&place, surroundings.clock)).map_err(|fault| fault.to_string())?;
        Ok(Self { runtime, records, place })
    }

    /// Signs in whoever gives the command.
    pub(super) fn sign_in(&self, as_whom: &AsWhom) -> Result<Session, String> {
        let password = hidden(&format!("Password of {}: ", as_whom.sign_in_name()?))?;
        self.sign_in_with(as_whom, &password)
    }

    /// Signs in with a password that was already read.
    pub(super) fn sign_in_with(&self, as_whom: &AsWhom, password: &str) -> Result<Session, String> {
        let code = self.school_code(&as_whom.school)?;
        self.runtime
            .block_on(self.signed_in(&code, as_whom.sign_in_name()?, password))
            .map_err(|fault| fault.to_string())
    }

    /// The same, and asks for a code of whoever has set up something to show beside their password.
    pub(super) async fn signed_in(&self, code: &str, name: &str, password: &str) -> Result<Session, Fault> {
        match self.records.begin_at_console(code, name, password).await? {
            SignIn::In(session) => Ok(session),
            SignIn::ChooseFirst => self.records.sign_in(code, name, password).await,
            SignIn::SecondStep(half) => {
                let code = hidden("Code of your authenticator app, or a spare code: ").map_err(Fault::wrong)?;
                Ok(self.records.finish_at_console(&half, &code).await?.session)
            }
        }
    }

    /// The school's code: the one typed, or the only one there is.
    pub(super) fn school_code(&self, typed: &OfSchool) -> Result<String, String> {
        if let Some(code) = &typed.code {
            return Ok(code.clone());
        }
        self.runtime.block_on(self.records.only_school()).map_err(|fault| fault.to_string())
    }

    /// Somebody at the machine's console, without an account: for what the console may do.
    pub(super) fn console(&self, typed: &OfSchool) -> Result<Session, String> {
        let code = self.school_code(typed)?;
        let school = self.runtime.block_on(self.records.school_of(&code)).map_err(|fault| fault.to_string())?;
        Ok(Session { school, actor: Actor::Console, unlocked: None })
    }
}

/// The runtime of one command.
pub(super) fn runtime() -> Result<Runtime, String> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|fault| format!("The program cannot start: {fault}."))
}

/// A line that nobody may see: typed without being shown, or the next line of the standard input.
pub(super) fn hidden(prompt: &str) -> Result<Zeroizing<String>, String> {
    let read = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(prompt)
    } else {
        let mut line = String::new();
        std::io::stdin().lock().take(LONGEST_LINE).read_line(&mut line).map(|_bytes| line)
    };
    let line = read.map(Zeroizing::new).map_err(|fault| format!("The password could not be read: {fault}."))?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A line that anybody may see: what confirms that it is meant.
pub(super) fn line(prompt: &str) -> Result<String, String> {
    if std::io::stdin().is_terminal() {
        eprint!("{prompt}");
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().take(LONGEST_LINE).read_line(&mut line);
    read.map_err(|fault| format!("Nothing could be read: {fault}."))?;
    Ok(line.trim().to_owned())
}

/// A new password: on a terminal typed twice, else the next line of the standard input.
pub(super) fn chosen() -> Result<Zeroizing<String>, String> {
    let new = hidden("New password: ")?;
    if std::io::stdin().is_terminal() && *hidden("The same again: ")? != *new {
        return Err("The two were not the same. Nothing was changed.".to_owned());
    }
    Ok(new)
}

/// The bytes of a file that somebody named, unless it is larger than it may be.
#[expect(clippy::disallowed_methods, reason = "a command reads the file that the person named")]
pub(super) fn file_of(path: &Path, largest: u64) -> Result<Vec<u8>, String> {
    let cannot = |fault: std::io::Error| format!("{} cannot be read: {fault}.", path.display());
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(largest + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    if u64::try_from(read).unwrap_or(u64::MAX) > largest {
        return Err(format!("{} is larger than {} KiB.", path.display(), largest / 1024));
    }
    Ok(bytes)
}

/// The same as text.
pub(super) fn text_of(path: &Path, largest: u64) -> Result<String, String> {
    String::from_utf8(file_of(path, largest)?)
        .map_err(|_not_text| format!("{} is not text in UTF-8. Save it as that, and try again.", path.display()))
}
