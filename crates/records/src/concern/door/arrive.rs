//! A report comes in: written by whoever signs in nowhere, sealed at once, and told to whoever is to read it. Write-only.

use super::{
    Concerned, Door, Told, rungs,
    statements::{FAMILY_OF, NAMES_OF, NEW_KEPT_FROM, NEW_REPORT, NEW_WORDS, OF_FORM},
};
use crate::{
    Entered, Fault, Records,
    access::{self, Facts, Hearers, Roll},
    concern::climb::School,
    file::{Spot, new_reference, seal_words},
    id,
    people::folded_words,
    pupil::offer_others,
    seal,
    store::Transaction,
};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// A report as it comes.
#[derive(Debug)]
pub struct NewReport {
    /// Through which door.
    pub door: Door,
    /// The number of the form that it was written on: one that is sent twice is one report.
    pub form: id::Row,
    /// What was written.
    pub told: Told,
    /// Whether somebody is in danger now.
    pub is_danger: bool,
    /// Whether they want to be able to see that it was read (practice 17).
    pub wants_receipt: bool,
}

/// Who brings a report.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Brought<'a> {
    /// Somebody unknown, from this place.
    From(&'a str),
    /// A pupil who signed in.
    ByPupil,
    /// Somebody who signed in and keeps it among their own concerns.
    By {
        /// Who.
        person: id::Person,
        /// The adult alone, as they name them, where whom it is about has a child's name too.
        adult: Option<&'a str>,
    },
}

/// What its writer gets.
#[derive(Debug)]
pub struct Arrived {
    /// Its random reference, to quote.
    pub reference: String,
    /// The phrase that opens its receipt, where they wanted one. It is kept nowhere, and shown this once.
    pub phrase: Option<Zeroizing<String>>,
    /// Who reads it.
    pub hearers: Hearers,
    /// Whether it had come already, and nothing more was kept.
    pub came_before: bool,
}

impl Records {
    /// Takes a report in. `place` is where it comes from, for telling a crowd from one; it is written nowhere.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] where everybody who might read it is concerned by it: nothing is kept, and the words say whom to ring.
    pub async fn report_at_door(&self, school: id::School, new: &NewReport, place: &str) -> Result<Arrived, Fault> {
        self.report_of(school, new, Brought::From(place)).await
    }

    /// The same, whoever brings it. Whoever signed in is no crowd.
    pub(crate) async fn report_of(
        &self,
        school: id::School,
        new: &NewReport,
        brought: Brought<'_>,
    ) -> Result<Arrived, Fault> {
        new.told.check()?;
        if !new.door.asks().contains(&new.told.concerned) {
            return Err(Fault::wrong("concerned: Say whom it is about."));
        }
        if let Some(before) = came_before(&mut self.looking().await?, school, new).await? {
            return Ok(before);
        }
        let now = self.clock().now();
        let is_many = match brought {
            Brought::From(place) => self.lanes().count_report(&school.to_string(), place, now),
            Brought::ByPupil | Brought::By { .. } => false,
        };
        // Danger waits for nobody's turn.
        let _turn = if is_many && !new.is_danger { self.lanes().turn().await } else { None };
        let mut looking = self.looking().await?;
        let roll = access::roll(&mut looking, school, now).await?;
        let hearers = new.door.hearers(new.told.concerned);
        let adult = match brought {
            Brought::By { adult, .. } => adult,
            Brought::From(_) | Brought::ByPupil => None,
        };
        let kept_from = kept_from(&mut looking, (school, &roll), (&new.told, adult), now).await?;
        let facts = access::facts_of_report(school, hearers, kept_from, &roll);
        // Asked before anything is written: that nobody may read it would tell by an entry of its own that something came.
        access::entitled(&mut looking, school, hearers.kind(), &facts.subjects, now).await?;
        drop(looking);
        let report = id::Report::new(now)?;
        let mut entered = self.act_at_door(school, report, facts.clone()).await?;
        let raised_by = match brought {
            Brought::By { person, .. } => Some(person),
            Brought::From(_) | Brought::ByPupil => None,
        };
        if let Some(arrived) = write(&mut entered, (report, raised_by), new, (hearers, &facts), is_many).await? {
            entered.commit().await?;
            return Ok(arrived);
        }
        // It came twice at one moment: the other one stays.
        drop(entered);
        let before = came_before(&mut self.looking().await?, school, new).await?;
        before.ok_or_else(|| Fault::Unavailable("The report could not be written. Send it again.".to_owned()))
    }
}

async fn came_before(t: &mut Transaction, school: id::School, new: &NewReport) -> Result<Option<Arrived>, Fault> {
    let Some(row) = t.row(&OF_FORM, &[school.into(), new.form.into()]).await? else { return Ok(None) };
    if row.get::<Door>(1)? != new.door {
        return Err(Fault::wrong("This form was sent at another door already. Load the page again."));
    }
    Ok(Some(Arrived { reference: row.get(0)?, phrase: None, hearers: row.get(2)?, came_before: true }))
}

/// Writes it; nothing where the same form came first.
async fn write(
    entered: &mut Entered,
    (report, raised_by): (id::Report, Option<id::Person>),
    new: &NewReport,
    (hearers, facts): (Hearers, &Facts),
    is_many: bool,
) -> Result<Option<Arrived>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let kind = hearers.kind();
    let holders = access::entitled(entered.transaction(), school, kind, &facts.subjects, now).await?;
    let compartment = seal::new_compartment(entered, &format!("report {report}"), &holders, &facts.subjects).await?;
    let reference = new_reference()?;
    let phrase = if new.wants_receipt { Some(seal::one_time_passphrase()?) } else { None };
    let mut of_school = School::read(entered.transaction(), school, now).await?;
    let ends_at = rungs::ends_at(entered, &mut of_school, facts, (new.is_danger, raised_by)).await?;
    let values = [
        report.into(),
        school.into(),
        new.door.into(),
        hearers.into(),
        reference.as_str().into(),
        new.form.into(),
        compartment.into(),
        new.is_danger.into(),
        is_many.into(),
        phrase.as_ref().map(|phrase| digest_of(&reference, phrase)).into(),
        ends_at.into(),
        now.into(),
        raised_by.into(),
    ];
    if entered.change(&NEW_REPORT, &values).await? == 0 {
        return Ok(None);
    }
    let row = report.to_string();
    let spot = Spot { compartment, table: "report_words", column: "words", row: &row };
    let sealed = seal_words(entered, spot, &new.told.sealed_words()?).await?;
    entered.change_one(&NEW_WORDS, &[report.into(), school.into(), sealed.into()]).await?;
    for person in &facts.subjects {
        entered.change_one(&NEW_KEPT_FROM, &[report.into(), (*person).into(), school.into()]).await?;
    }
    // Whistleblowing goes round people whom it is not about.
    for person in facts.subjects.iter().filter(|_| hearers != Hearers::Chair) {
        offer_others(entered, *person, None).await?;
    }
    rungs::tell_due(entered, &mut of_school, report).await?;
    Ok(Some(Arrived { reference, phrase, hearers, came_before: false }))
}

/// What is kept of a receipt's phrase.
pub(super) fn digest_of(reference: &str, phrase: &str) -> Vec<u8> {
    let phrase = seal::normalised_passphrase(phrase);
    let bytes = Zeroizing::new(format!("holdfast receipt 1 {reference} {}", phrase.as_str()));
    digest(&SHA256, bytes.as_bytes()).as_ref().to_vec()
}

/// Who never sees it, of those who might: who holds the duty that it is about, who is named with their name in the register, and who
/// is family of a child so named, or must have no contact with them. A name is looked for only where somebody says whom it is about:
/// not each who is mentioned is meant. Where it is or may be about an adult their surname is enough, for so people write of “Mrs Marsh”:
/// a namesake too many is passed over, and whoever is next reads it.
///
/// `adult` are the words for the adult alone, where the others have a child's name as well: a child and a head of one surname are not
/// one person.
pub(in crate::concern) async fn kept_from(
    t: &mut Transaction,
    (school, roll): (id::School, &Roll),
    (told, adult): (&Told, Option<&str>),
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let duties = told.concerned.duties();
    let mut kept_from = Vec::new();
    let mut about = folded_words(&told.about);
    let of_adult = folded_words(adult.unwrap_or(&told.about));
    // A child is asked for no name: whom they mean stands in what they write, if anywhere.
    let telling = if told.writer == super::Writer::Pupil { told.words.as_str() } else { "" };
    about.extend(folded_words(telling));
    let is_about_adult = !matches!(told.concerned, Concerned::Nobody | Concerned::School | Concerned::Bullying);
    for person in roll.on_ladder() {
        let mut is_meant = duties.iter().any(|duty| roll.holds(person, *duty));
        if let Some(row) = t.row(&NAMES_OF, &[person.into(), school.into()]).await? {
            let full: String = row.get(0)?;
            is_meant |= is_named(&about, &full, row.get::<Option<String>>(1)?.as_deref());
            is_meant |= is_about_adult && (is_surnamed(&of_adult, &full) || is_surnamed_in(telling, &full));
        }
        for row in t.rows(&FAMILY_OF, &[school.into(), person.into(), now.into()]).await? {
            is_meant |= is_named(&about, &row.get::<String>(0)?, row.get::<Option<String>>(1)?.as_deref());
        }
        if is_meant {
            kept_from.push(person);
        }
    }
    Ok(kept_from)
}

/// Whether somebody's name in the register stands in these words: whole, or with the first and the last of its words, or with what they
/// like to be called in the place of the first.
fn is_named(words: &[String], full: &str, preferred: Option<&str>) -> bool {
    let full = folded_words(full);
    let Some((last, before)) = full.split_last() else { return false };
    let mut names = vec![full.clone()];
    if let Some(first) = before.first() {
        names.push(vec![first.clone(), last.clone()]);
    }
    if let Some(mut preferred) = preferred.map(folded_words).filter(|words| !words.is_empty()) {
        if !preferred.contains(last) {
            preferred.push(last.clone());
        }
        names.push(preferred);
    }
    // One word alone is a name of many.
    names.iter().filter(|name| name.len() > 1 || full.len() == 1).any(|name| {
        let in_turn = |window: &[String]| window == name.as_slice();
        let mut turned = name.clone();
        turned.rotate_right(1);
        words.windows(name.len()).any(|window| in_turn(window) || window == turned.as_slice())
    })
}

/// Whether somebody's surname stands in these words.
fn is_surnamed(words: &[String], full: &str) -> bool {
    let full = folded_words(full);
    full.last().is_some_and(|last| last.chars().count() > 1 && words.contains(last))
}

/// Words before which a small word is a thing and nobody’s name: “in the hall”, “my green bag”.
const BEFORE_THINGS: &[&str] = &["a", "an", "the", "my", "our", "your", "his", "her", "their", "some", "any", "every"];

/// Whether somebody's surname stands in what a child tells, who writes of anything: not as an ordinary word. Only a small word behind
/// “the” and its like is one; whatever might be meant as a name counts as one.
fn is_surnamed_in(telling: &str, full: &str) -> bool {
    let full = folded_words(full);
    let Some(last) = full.last().filter(|last| last.chars().count() > 1) else { return false };
    let mut is_before_thing = false;
    for written in telling.split_whitespace() {
        let begins_large = written.chars().find(|sign| sign.is_alphabetic()).is_some_and(char::is_uppercase);
        for word in folded_words(written) {
            if word == *last && (begins_large || !is_before_thing) {
                return true;
            }
            is_before_thing = BEFORE_THINGS.contains(&word.as_str());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_named_by_their_name_in_the_register_in_whatever_form() {
        let named = |words: &str| is_named(&folded_words(words), "Hilda Anne Marsh", Some("Hilly"));
        for words in ["Hilda Anne Marsh", "Mrs HILDA MARSH, the head", "Marsh, Hilda", "hilly marsh."] {
            assert!(named(words), "{words}");
        }
        for words in ["Hilda", "Mrs Marsh", "Hilda Marshall", "Anne Marsh", "Hilda is with Marsh", ""] {
            assert!(!named(words), "{words}");
        }
        assert!(is_named(&folded_words("it is about Madonna"), "Madonna", None));
        let surnamed = |words: &str| is_surnamed(&folded_words(words), "Hilda Anne Marsh");
        assert!(surnamed("Mrs MARSH, I think") && !surnamed("Hilda Marshall") && !surnamed("Hilda Anne"));
    }

    #[test]
    fn in_what_a_child_tells_a_surname_is_no_ordinary_word() {
        let surnamed = |words: &str| is_surnamed_in(words, "Martin Hall");
        for words in ["mr hall hurt me", "hall did it", "It was Hall.", "the Hall man", "he said so: hall", "MR HALL"] {
            assert!(surnamed(words), "{words}");
        }
        for words in ["it was in the hall", "we were in our hall, he came", "behind the (hall)", "at the hallway", ""] {
            assert!(!surnamed(words), "{words}");
        }
        assert!(surnamed("in the hall mr hall came"));
    }

    #[test]
    fn a_phrase_opens_its_own_receipt_however_it_was_typed() {
        assert_eq!(digest_of("A", "ab1d-efgh"), digest_of("A", "AB1D EFGH"));
        assert_ne!(digest_of("A", "ab1d-efgh"), digest_of("B", "ab1d-efgh"));
    }
}
