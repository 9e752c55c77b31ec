//! A school's office: commands given to the real program by people with passwords of their own, and everything that it said.

use crate::{
    common::{run, said},
    school::School,
};
use std::{cell::RefCell, path::PathBuf};

/// Where commands are given.
pub(crate) struct Desk<'a> {
    pub(crate) school: &'a School,
    /// Everything that the commands wrote on the way that a service's journal gets.
    journal: RefCell<String>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(school: &'a School) -> Self {
        Self { school, journal: RefCell::default() }
    }

    /// Gives a command at the console: nobody signs in.
    pub(crate) fn console(&self, words: &[&str], input: &str) -> (bool, String) {
        let config = self.config();
        let all: Vec<&str> = words.iter().copied().chain(["--config", config.to_str().unwrap()]).collect();
        self.typed(&all, input)
    }

    /// Gives exactly these words to the program.
    pub(crate) fn typed(&self, words: &[&str], input: &str) -> (bool, String) {
        let output = run(words, input);
        if output.status.success() {
            self.journal.borrow_mut().push_str(&String::from_utf8_lossy(&output.stderr));
        }
        (output.status.success(), said(&output))
    }

    /// Gives a command as somebody; it must be done. `input` is what follows the password.
    pub(crate) fn done(&self, name: &str, words: &[&str], input: &str) -> String {
        let (well, told) = self.given(name, words, input);
        assert!(well, "{name}: {words:?}: {told}");
        told
    }

    /// Gives a command as somebody; it must be refused, in words that have these in them.
    pub(crate) fn refused(&self, name: &str, words: &[&str], input: &str, why: &str) {
        let (well, told) = self.given(name, words, input);
        // Refused by a verb, not because no such command could be read.
        assert!(
            !well && told.contains(why) && !told.contains("Usage: "),
            "{name}: {words:?}: not refused with “{why}”: {told}"
        );
    }

    fn given(&self, name: &str, words: &[&str], input: &str) -> (bool, String) {
        let words: Vec<&str> = words.iter().copied().chain(["--as", name]).collect();
        self.console(&words, &format!("{}\n{input}", password(name)))
    }

    /// A file beside the data folder.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let file = self.school.beside(name);
        std::fs::write(&file, content).unwrap();
        file.to_str().unwrap().to_owned()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.school.beside("holdfast.toml")
    }

    /// What the commands that were done wrote for the journal.
    pub(crate) fn journal(&self) -> String {
        self.journal.borrow().clone()
    }
}

/// The password that somebody chose. It may not hold the sign-in name.
pub(crate) fn password(name: &str) -> String {
    let turned: String = name.chars().rev().collect();
    format!("{turned} keeps seven otters")
}

/// What stands behind these words up to the next of the marks that end a word here.
pub(crate) fn after(text: &str, words: &str) -> String {
    let (_, rest) = text.split_once(words).unwrap_or_else(|| panic!("no “{words}” in: {text}"));
    let end = rest.find(['\n', '`', '(', ')', ',']).unwrap_or(rest.len());
    rest[..end].trim().trim_end_matches('.').to_owned()
}
