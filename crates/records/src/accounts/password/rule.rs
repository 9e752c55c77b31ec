//! What a password must be: hard to guess, and no more (national guidance; ASVS 5.0 §6.2: length, no composition).
//!
//! How hard it is to guess is reckoned by zxcvbn, which knows the leaked passwords and the common words, and is told what stands
//! near its person: their names, the school's, and words that the school added. A list of ours (`data/passwords`) holds what
//! people who work in a school choose first. The list only ever grows, and so does what a school adds.

use crate::{
    Fault, id,
    people::Kind,
    settings::{self, define::identity},
    store::Transaction,
};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;
use zxcvbn::{Entropy, matching::patterns::MatchPattern, zxcvbn};

use super::super::{
    normalised_name,
    statements::{NEAR_PERSON, NEAR_SCHOOL, OWN_WORDS},
};

/// Our own list of what is guessed first.
const WELL_KNOWN: &str = include_str!("../../../data/passwords/well_known.txt");
/// The most bytes. Sixty-four signs and more are taken (ASVS 5.0 §6.2.9).
const LONGEST: usize = 1_024;
/// How many times as many guesses the spaces and signs of a password cost, as we count them.
const SIGNS_ARE_WORTH: u64 = 10;
/// The shortest part of a name that is held against a password, in signs: shorter ones are in many words.
const SHORTEST_PART: usize = 3;

/// How strong a password must be. Its word stands beside each password that was set under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::accounts) struct Rule {
    /// Its name in the store, with the edition of the rule.
    pub word: &'static str,
    /// The fewest signs.
    shortest: usize,
    /// The fewest guesses that it must take.
    guesses: u64,
    /// Which of two rules is the stricter: a password that was set under a stricter one meets the other.
    rank: u8,
}

/// Twelve signs, and ten thousand million guesses: with the cost of one guess here (argon2id, a tenth of a second) a stolen backup
/// keeps a core busy for thirty years, and at the door fifteen hundred a day are looked at.
const STRONG: Rule = Rule { word: "strong-1", shortest: 12, guesses: 10_000_000_000, rank: 1 };
/// Fifteen signs, the least that ASVS 5.0 §6.2.1 advises and NIST SP 800-63B-4 asks of a password alone, and a hundred times the
/// guesses.
const PASSPHRASE: Rule = Rule { word: "passphrase-1", shortest: 15, guesses: 1_000_000_000_000, rank: 2 };
/// Of pupils where the school has their passwords as strong as they can remember and type (I-08): eight signs, and a hundred million
/// guesses. A year of guessing at the door has one chance in two hundred, and what it opens is what a pupil sees of themselves.
const PUPILS: Rule = Rule { word: "pupil-1", shortest: 8, guesses: 100_000_000, rank: 0 };
const ALL: [Rule; 3] = [PUPILS, STRONG, PASSPHRASE];

impl Rule {
    /// The rule for people of a kind, as the school has it (I-06).
    pub(in crate::accounts) fn of(settings: &settings::Effective, kind: Kind) -> Self {
        let is_of_school = matches!(kind, Kind::Staff | Kind::Governor | Kind::Outside);
        let asks_for_passphrase = settings.of(&identity::STAFF_PASSWORDS) == "passphrase-and-second-factor";
        let is_by_band = kind == Kind::Pupil && settings.of(&identity::PUPIL_PASSWORDS) == "by-band";
        match (is_of_school && asks_for_passphrase, is_by_band) {
            (true, _) => PASSPHRASE,
            (_, true) => PUPILS,
            _ => STRONG,
        }
    }

    /// Whether a password that was set under the rule with this word meets this one.
    pub(in crate::accounts) fn is_met_by(self, word: Option<&str>) -> bool {
        ALL.iter().any(|rule| Some(rule.word) == word && rule.rank >= self.rank)
    }

    /// Refuses what is guessed too soon.
    pub(in crate::accounts) fn check(self, password: &str, near: &Near) -> Result<(), Fault> {
        let signs = password.chars().count();
        if signs < self.shortest {
            return Err(Fault::wrong(format!(
                "A password has at least {} characters. Three random words are good.",
                self.shortest
            )));
        }
        if password.len() > LONGEST {
            return Err(Fault::wrong(format!("A password has at most {LONGEST} bytes.")));
        }
        if password.chars().any(char::is_control) {
            return Err(Fault::wrong("A password holds no control characters."));
        }
        if near.sign_in_name.chars().count() >= 4 && normalised_name(password).contains(&near.sign_in_name) {
            return Err(Fault::wrong("A password does not hold your sign-in name."));
        }
        let core = core(password);
        if near.is_known(&core) {
            return Err(Fault::wrong(
                "This is one of the passwords that are tried first. Choose three random words that have nothing to do with each \
                 other, with you or with the school.",
            ));
        }
        let inputs: Vec<&str> = near.words.iter().map(String::as_str).collect();
        let reckoned = zxcvbn(password, &inputs);
        // Signs between words make it lose count and think too well of them: so once more without.
        let joined = zxcvbn(&Zeroizing::new(folded(password)), &inputs);
        let weak = if joined.guesses() < self.guesses / SIGNS_ARE_WORTH { joined } else { reckoned };
        if weak.guesses() >= self.guesses {
            return Ok(());
        }
        Err(Fault::wrong(format!(
            "This password could be guessed: {}. Three random words that have nothing to do with each other are good; where they \
             are short, four.",
            why(&weak, near)
        )))
    }
}

/// What stands near whoever chooses a password, and is therefore tried first.
#[derive(Debug, Default)]
pub(in crate::accounts) struct Near {
    sign_in_name: String,
    /// Their names, the school's, and what the school added.
    words: BTreeSet<String>,
}

impl Near {
    /// What is known before they are: the name they typed, the school, and what it added. Nothing of it tells whether the name
    /// exists.
    async fn of_school(t: &mut Transaction, school: id::School, sign_in_name: &str) -> Result<Self, Fault> {
        let mut near = Self { sign_in_name: normalised_name(sign_in_name), words: BTreeSet::new() };
        near.add(sign_in_name);
        near.add("holdfast");
        let row = t.row(&NEAR_SCHOOL, &[school.into()]).await?.ok_or(Fault::NotFound)?;
        near.add(&row.get::<String>(0)?);
        near.add(&row.get::<String>(1)?);
        for row in t.rows(&OWN_WORDS, &[school.into()]).await? {
            near.words.insert(row.get(0)?);
        }
        Ok(near)
    }

    /// A name, whole without its spaces, and each of its parts.
    fn add(&mut self, name: &str) {
        let parts = name.split(|sign: char| !sign.is_alphanumeric());
        let parts = parts.filter(|part| part.chars().count() >= SHORTEST_PART);
        self.words.extend(parts.map(str::to_lowercase));
        let whole = folded(name);
        if whole.chars().count() >= SHORTEST_PART {
            self.words.insert(whole);
        }
    }

    /// Whether this is a listed word, or one said over and over.
    fn is_known(&self, core: &str) -> bool {
        let is_listed = |word: &str| self.words.contains(word) || well_known().any(|known| known == word);
        let signs: Vec<char> = core.chars().collect();
        (1..=signs.len()).filter(|length| signs.len().is_multiple_of(*length)).any(|length| {
            let mut parts = signs.chunks(length);
            let first = parts.next().unwrap_or_default();
            parts.all(|part| part == first) && is_listed(&first.iter().collect::<String>())
        })
    }
}

/// The rule for somebody and what stands near them, read together. `None` for whom is not known yet.
pub(in crate::accounts) async fn rule_for(
    t: &mut Transaction,
    school: id::School,
    person: Option<id::Person>,
    sign_in_name: &str,
) -> Result<(Rule, Near), Fault> {
    let mut near = Near::of_school(t, school, sign_in_name).await?;
    let Some(person) = person else { return Ok((STRONG, near)) };
    let row = t.row(&NEAR_PERSON, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    near.add(&row.get::<String>(0)?);
    if let Some(preferred) = row.get::<Option<String>>(1)? {
        near.add(&preferred);
    }
    let settings = settings::in_force(t, school).await?;
    Ok((Rule::of(&settings, row.get(2)?), near))
}

/// A password as it is stretched: in one normal form (NFC), whatever keyboard it was typed on.
pub(in crate::accounts) fn normalised(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

/// Letters and digits alone, in small letters.
pub(super) fn folded(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a password is made of once its spaces, signs and the digits around it are gone.
fn core(password: &str) -> Zeroizing<String> {
    let folded = Zeroizing::new(folded(password));
    Zeroizing::new(folded.trim_matches(|sign: char| sign.is_numeric()).to_owned())
}

fn well_known() -> impl Iterator<Item = &'static str> {
    WELL_KNOWN.lines().filter(|line| !line.starts_with('#'))
}

/// Why it is guessed soon, by what makes up most of it.
fn why(reckoned: &Entropy, near: &Near) -> &'static str {
    let longest = reckoned.sequence().iter().max_by_key(|part| part.token.chars().count());
    match longest.map(|part| &part.pattern) {
        Some(MatchPattern::Dictionary(word)) if near.words.contains(&word.matched_word) => {
            "it is made of your name, the school’s, or a word that goes with it"
        }
        Some(MatchPattern::Dictionary(_)) => "most of it is a well-known password, word or name",
        Some(MatchPattern::Spatial(_)) => "most of it is keys that lie beside each other",
        Some(MatchPattern::Repeat(_)) => "most of it is the same over and over",
        Some(MatchPattern::Sequence(_)) => "most of it counts up or follows the alphabet",
        Some(MatchPattern::Date(_) | MatchPattern::Regex(_)) => "most of it is a date or a year",
        Some(MatchPattern::BruteForce) | None => "it is too short for so few different characters",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest::{SHA256, digest};

    fn near() -> Near {
        let mut near = Near { sign_in_name: "rowan.teacher".to_owned(), words: BTreeSet::new() };
        for name in ["rowan.teacher", "Rowan Ashdown-Byrne", "Brook Lane School", "brook-lane", "holdfast", "otterdown"]
        {
            near.add(name);
        }
        near
    }

    fn refusal(password: &str) -> String {
        STRONG.check(password, &near()).map_or_else(|fault| fault.to_string(), |()| "it is taken".to_owned())
    }

    #[test]
    fn what_is_guessed_soon_is_refused_in_words_that_help() {
        for (password, said) in [
            ("", "at least 12"),
            ("elevensigns", "at least 12"),
            ("xx rowan.teacher xx", "sign-in name"),
            ("with\u{7}a bell in it", "control"),
            ("aaaaaaaaaaaaaaaa", "same over and over"),
            ("abcdefghijkl1", "tried first"),
            ("Password1234!", "tried first"),
            ("Safeguarding 2026!", "tried first"),
            ("OfstedOfsted2026", "tried first"),
            ("Brook Lane School 1", "tried first"),
            ("Otterdown!!2026", "tried first"),
            ("Correct-Horse-Battery-Staple", "tried first"),
            ("Ashdown Byrne 99", "your name"),
            ("qwertyuiopasdf", "could be guessed"),
            ("12/11/2026 12/11/2026", "could be guessed"),
            ("another long password", "well-known"),
        ] {
            let told = refusal(password);
            assert!(told.contains(said), "{password}: {told}");
        }
        assert!(STRONG.check(&"a long one ".repeat(200), &near()).is_err());
    }

    #[test]
    fn three_random_words_are_taken_in_any_writing_and_long_ones_too() {
        for password in [
            "harbour kettle violin",
            "harbourkettleviolin",
            "лодка чайник скрипка",
            "seven green herons on the weir",
            "no capitals no digits no signs just words",
            "tH9!vbQ2#xLm",
        ] {
            STRONG.check(password, &near()).unwrap_or_else(|told| panic!("{password}: {told}"));
        }
        let long = "harbour kettle violin meadow lantern orbit pepper saddle thimble umbrella walnut yonder zephyr";
        assert!(long.chars().count() > 64 && PASSPHRASE.check(long, &near()).is_ok());
        assert_eq!(*normalised("cafe\u{301}"), *normalised("caf\u{e9}"));
    }

    #[test]
    fn the_stricter_rule_asks_for_more_and_meets_the_other() {
        assert!(STRONG.check("tH9!vbQ2#xLm", &near()).is_ok());
        assert!(PASSPHRASE.check("tH9!vbQ2#xLm", &near()).unwrap_err().to_string().contains("at least 15"));
        assert!(STRONG.is_met_by(Some("passphrase-1")) && STRONG.is_met_by(Some("strong-1")));
        assert!(!PASSPHRASE.is_met_by(Some("strong-1")));
        assert!(!STRONG.is_met_by(None) && !STRONG.is_met_by(Some("nothing we know")));
    }

    #[test]
    fn the_list_of_well_known_ones_only_ever_grows() {
        let words: Vec<&str> = well_known().collect();
        let editions = include_str!("../../../data/passwords/editions.txt");
        let mut newest = 0;
        for line in editions.lines() {
            let (count, expected) = line.split_once(' ').unwrap();
            let count: usize = count.parse().unwrap();
            assert!(count > newest, "an edition is longer than the one before");
            newest = count;
            let text = words[..count].join("\n") + "\n";
            let found = crate::store::hex(digest(&SHA256, text.as_bytes()).as_ref());
            assert_eq!(found, expected, "one of the first {count} words was taken away or changed");
        }
        assert_eq!(newest, words.len(), "add a line to editions.txt for the words added");
        assert!(words.iter().all(|word| **word == folded(word)), "small letters alone");
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "each once");
    }
}
