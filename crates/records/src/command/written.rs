//! Words and ids for commands: words come from the standard input, never from arguments, which shells keep and every process
//! of the machine can read.

use crate::{Fault, file::Words, id};
use std::io::{BufRead as _, IsTerminal as _, Read as _};
use zeroize::Zeroizing;

/// The most that is read for one command, in bytes.
const MOST: u64 = 1024 * 1024;
/// The line that ends a part.
const END: &str = ".";

/// Reads words for each of these questions. On a terminal each is asked; in both cases a line with a single full stop ends
/// an answer, and the end of the input ends the last.
pub(super) fn written<const N: usize>(questions: [&str; N]) -> Result<[Words; N], String> {
    let answers = answered(&questions)?;
    let words = questions.iter().zip(answers).map(|(question, answer)| some_words(question, &answer));
    let words = words.collect::<Result<Vec<_>, String>>()?;
    words.try_into().map_err(|_unequal| "The words could not be read.".to_owned())
}

/// The same with further questions, to which nothing need be answered.
pub(super) fn written_and<const N: usize>(
    questions: [&str; N],
    further: &[&str],
) -> Result<([Words; N], Vec<Option<Words>>), String> {
    let all: Vec<&str> = questions.iter().chain(further).copied().collect();
    let mut answers = answered(&all)?.into_iter();
    let words = questions.iter().zip(answers.by_ref()).map(|(question, answer)| some_words(question, &answer));
    let words = words.collect::<Result<Vec<_>, String>>()?;
    let words = words.try_into().map_err(|_unequal| "The words could not be read.".to_owned())?;
    let one = |(question, answer): (&&str, Zeroizing<String>)| {
        (!answer.trim().is_empty()).then(|| some_words(question, &answer)).transpose()
    };
    Ok((words, further.iter().zip(answers).map(one).collect::<Result<_, String>>()?))
}

fn some_words(question: &str, answer: &str) -> Result<Words, String> {
    Words::new(answer.trim_end()).map_err(|fault| format!("{question} {fault}"))
}

fn answered(questions: &[&str]) -> Result<Vec<Zeroizing<String>>, String> {
    let is_typed = std::io::stdin().is_terminal();
    let mut input = std::io::stdin().lock().take(MOST);
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        if is_typed {
            eprintln!("{question} (end with a line that holds only a full stop)");
        }
        let mut answer = Zeroizing::new(String::new());
        loop {
            let mut line = Zeroizing::new(String::new());
            let read = input.read_line(&mut line).map_err(|fault| format!("The words could not be read: {fault}."))?;
            if read == 0 || line.trim_end_matches(['\r', '\n']) == END {
                break;
            }
            answer.push_str(&line);
        }
        answers.push(answer);
    }
    Ok(answers)
}

macro_rules! ids {
    ($($name:ident = $kind:ident, $what:literal;)*) => { $(
        #[doc = concat!("Reads the id of ", $what, ".")]
        pub(super) fn $name(text: &str) -> Result<id::$kind, String> {
            id::$kind::parse(text).map_err(|_fault: Fault| concat!("this is not the id of ", $what).to_owned())
        }
    )* };
}

ids! {
    person = Person, "a person";
    file = File, "a file";
    entry = Entry, "an entry";
    hold = Hold, "a hold";
    row = Row, "one";
}

/// Reads one of the words of a kind, or says which there are.
pub(super) fn one_of<T>(text: &str, found: Option<T>, words: impl Iterator<Item = &'static str>) -> Result<T, String> {
    found.ok_or_else(|| format!("“{text}” is none of these: {}", words.collect::<Vec<_>>().join(", ")))
}
