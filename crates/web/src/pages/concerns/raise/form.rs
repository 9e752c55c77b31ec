//! What a half-filled form holds. The page carries all of it, so that it works without a script, on a shared computer and where no
//! draft can be kept; a draft is the same, sealed.

use crate::{fields::Fields, pages::form::day_of};
use holdfast_records::{
    Fault,
    concern::{
        Answers, ListedChild, Mode, NewConcern, Part, Picture, Place, Risk, Said, ToldInPerson, Unlisted, Urgency,
    },
    file::Words,
    id,
};
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use std::fmt;
use zeroize::Zeroizing;

/// Every field, in the order in which it is carried. `form` is its number, `by` who began it.
const FIELDS: &[&str] = &[
    "form",
    "by",
    "way",
    "adult",
    "picture",
    "name",
    "person",
    "unlisted",
    "part",
    "adult-name",
    "adult-person",
    "adult-unlisted",
    "other-name",
    "other-person",
    "other-part",
    "seen",
    "words",
    "reassured",
    "opinion",
    "urgency",
    "when-day",
    "when-month",
    "when-year",
    "time",
    "place",
    "mode",
    "told",
    "told-time",
    "paper",
];
/// The one that can be ticked more than once.
const RISKS: &str = "risk";
/// What parts a draft's lines.
const BETWEEN: char = '\u{1e}';

/// The form.
#[derive(Default)]
pub(super) struct Form {
    values: Vec<(&'static str, Zeroizing<String>)>,
    risks: Vec<Risk>,
}

/// What was typed is nobody's to see.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")
    }
}

impl Form {
    /// A new one.
    pub(super) fn begun(form: id::Row, by: id::Person) -> Self {
        let mut begun = Self::default();
        begun.set("form", form.to_string());
        begun.set("by", by.to_string());
        begun
    }

    /// What a page sent. A name that was typed anew takes the choice that was made under another one with it.
    pub(super) fn of(fields: &Fields) -> Self {
        let mut form = Self::default();
        for name in FIELDS {
            let value = fields.get(name);
            if !value.is_empty() {
                form.set(name, value.to_owned());
            }
        }
        form.risks = fields.all(RISKS).filter_map(Risk::from_word).collect();
        form
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.values.retain(|(field, _)| *field != name);
        self.values.push((name, Zeroizing::new(value)));
    }

    pub(super) fn clear(&mut self, name: &str) {
        self.values.retain(|(field, _)| *field != name);
    }

    pub(super) fn risks(&self) -> &[Risk] {
        &self.risks
    }

    /// What a page carries along that does not ask for it.
    pub(super) fn kept(&self, asked: &[&str]) -> Vec<(&'static str, String)> {
        let values = self.values.iter().map(|(name, value)| (*name, value.to_string()));
        let risks = self.risks.iter().map(|risk| (RISKS, risk.word().to_owned()));
        values.chain(risks).filter(|(name, _)| !asked.contains(name)).collect()
    }

    /// As a draft keeps it.
    pub(super) fn to_draft(&self) -> Zeroizing<String> {
        let lines = self.kept(&[]).into_iter().map(|(name, value)| format!("{name}={value}{BETWEEN}"));
        Zeroizing::new(lines.collect())
    }

    /// From a draft; a field that this program does not know is passed over.
    pub(super) fn of_draft(draft: &str) -> Self {
        let mut form = Self::default();
        for line in draft.split(BETWEEN) {
            let Some((name, value)) = line.split_once('=') else { continue };
            match FIELDS.iter().find(|field| **field == name) {
                Some(name) => form.set(name, value.to_owned()),
                None if name == RISKS => form.risks.extend(Risk::from_word(value)),
                None => {}
            }
        }
        form
    }

    /// Whether there is anything worth keeping.
    pub(super) fn has_words(&self) -> bool {
        ["seen", "words", "opinion", "name", "adult-name"].iter().any(|name| !self.get(name).is_empty())
    }

    pub(super) fn number(&self) -> Result<id::Row, Fault> {
        id::Row::parse(self.get("form"))
    }

    pub(super) fn is_about_adult(&self) -> bool {
        self.get("adult") == "yes"
    }

    /// Whether whoever this name stands for is in no list of the school, as the writer says.
    pub(super) fn is_unlisted(&self, name: &str) -> bool {
        let field = match name {
            "name" => "unlisted",
            "adult-name" if self.is_about_adult() => "adult-unlisted",
            _ => return false,
        };
        !self.get(name).is_empty() && self.get(field) == "yes"
    }

    /// Whether it waits to be placed, because somebody whom it is about is not listed.
    pub(super) fn waits_to_be_placed(&self) -> bool {
        self.is_unlisted("name") || self.is_unlisted("adult-name")
    }

    pub(super) fn is_guided(&self) -> bool {
        self.get("way") == "guided"
    }

    pub(super) fn urgency(&self) -> Urgency {
        Urgency::from_word(self.get("urgency")).unwrap_or(Urgency::Today)
    }

    pub(super) fn picture(&self) -> Option<Picture> {
        Picture::from_word(self.get("picture"))
    }

    pub(super) fn person(&self, name: &str) -> Option<id::Person> {
        id::Person::parse(self.get(name)).ok()
    }

    fn part(&self, name: &str) -> Part {
        Part::from_word(self.get(name)).unwrap_or(Part::About)
    }

    /// The concern that it is, with what keeps it from being one.
    pub(super) fn concern(&self, zone: &TimeZone, now: Timestamp) -> Result<NewConcern, Vec<(&'static str, String)>> {
        let mut wrong = Vec::new();
        let mut text = |name: &'static str| match self.get(name) {
            "" => None,
            typed => match Words::new(typed) {
                Ok(words) => Some(words),
                Err(fault) => {
                    wrong.push((name, crate::pages::plain(&fault)));
                    None
                }
            },
        };
        let said = Said { seen: text("seen"), words: text("words"), opinion: text("opinion") };
        if wrong.is_empty() && said.seen.is_none() && said.words.is_none() && said.opinion.is_none() {
            wrong.push(("seen", "Write one line at least: what was seen, heard or said.".to_owned()));
        }
        let moment = self.moment(zone, now).unwrap_or_else(|problem| {
            wrong.push(problem);
            None
        });
        let told = self.told(zone, now).unwrap_or_else(|problem| {
            wrong.push(problem);
            None
        });
        let adult = if self.is_about_adult() { self.person("adult-person") } else { None };
        let chosen = [("person", "part"), ("other-person", "other-part")];
        let children: Vec<(id::Person, Part)> =
            chosen.into_iter().filter_map(|(name, part)| Some((self.person(name)?, self.part(part)))).collect();
        if self.waits_to_be_placed() {
            // Who it is is found out by whoever receives it.
        } else if self.is_about_adult() && adult.is_none() {
            wrong.push(("adult-name", "Choose which adult it is about.".to_owned()));
        } else if !self.is_about_adult() && children.is_empty() {
            wrong.push(("name", "Choose which child it is about.".to_owned()));
        }
        let Ok(form) = self.number() else {
            return Err(vec![("seen", "This page is too old. Copy your words, and begin again.".to_owned())]);
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(NewConcern {
            form,
            children,
            adult,
            said,
            answers: Answers {
                mode: Mode::from_word(self.get("mode")),
                risks: self.risks.clone(),
                place: Place::from_word(self.get("place")),
                picture: self.picture(),
                urgency: Some(self.urgency()),
                moment,
                is_reassured: self.get("reassured") == "yes",
            },
            told,
            paper: Some(self.get("paper").to_owned()).filter(|typed| !typed.is_empty()),
        })
    }

    /// The same about somebody who is not listed. `meant` are the names of those who are, as the list has them.
    pub(super) fn unlisted(&self, concern: NewConcern, meant: &[(&str, String)]) -> Unlisted {
        let name = |field: &str| {
            let listed = meant.iter().find(|(one, _)| *one == field).map(|(_, name)| name.clone());
            listed.unwrap_or_else(|| self.get(field).to_owned())
        };
        let names: Vec<String> =
            ["adult-name", "name", "other-name"].into_iter().map(name).filter(|name| !name.is_empty()).collect();
        let NewConcern { form, children, said, answers, told, paper, .. } = concern;
        let (is_about_adult, about) = (self.is_about_adult(), Zeroizing::new(names.join("; ")));
        // A child of the list does not wait until it is known who the adult is.
        let listed = children.first().filter(|_| self.is_unlisted("adult-name"));
        let child = listed.map(|(person, part)| {
            let adult = Zeroizing::new(self.get("adult-name").to_owned());
            ListedChild { person: *person, part: *part, adult }
        });
        Unlisted { form, is_about_adult, about, child, said, answers, told, paper }
    }

    /// When it happened: a day, with a time where that is known too.
    fn moment(&self, zone: &TimeZone, now: Timestamp) -> Result<Option<Timestamp>, (&'static str, String)> {
        let fields = Fields::of_pairs(self.values.iter().map(|(name, value)| (*name, value.as_str())));
        let day = day_of(&fields, "when").map_err(|words| ("when", words))?;
        let time = time_of(self.get("time")).map_err(|words| ("time", words))?;
        let today = now.to_zoned(zone.clone()).date();
        let Some(day) = day.or(time.map(|_| today)) else { return Ok(None) };
        let time = time.unwrap_or(Time::constant(12, 0, 0, 0));
        let at = day.to_datetime(time).to_zoned(zone.clone());
        let at = at.map_err(|_never| ("when", "Write a day that there is.".to_owned()))?.timestamp();
        if day > today || (day == today && !self.get("time").is_empty() && at > now) {
            return Err(("when", "This has not come yet. Write when it happened.".to_owned()));
        }
        Ok(Some(at.min(now)))
    }

    /// Whom they told in person, and when: today, at the time they write.
    fn told(&self, zone: &TimeZone, now: Timestamp) -> Result<Option<ToldInPerson>, (&'static str, String)> {
        told(self.get("told"), self.get("told-time"), zone, now)
    }
}

/// Whom somebody told in person: nobody yet, somebody who is not listed, or one of those who could receive it.
pub(in crate::pages::concerns) fn told(
    whom: &str,
    time: &str,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Option<ToldInPerson>, (&'static str, String)> {
    let person = match whom {
        "" | "not-yet" => return Ok(None),
        "somebody" => None,
        id => Some(id::Person::parse(id).map_err(|_odd| ("told", "Choose one of those on the list.".to_owned()))?),
    };
    let at = match time_of(time).map_err(|words| ("told-time", words))? {
        None => now,
        Some(time) => {
            let today = now.to_zoned(zone.clone()).date();
            let at = today.to_datetime(time).to_zoned(zone.clone());
            at.map_err(|_never| ("told-time", "Write a time such as 14:20.".to_owned()))?.timestamp()
        }
    };
    if at > now {
        return Err(("told-time", "That time has not come yet today. Write when you told them.".to_owned()));
    }
    Ok(Some(ToldInPerson { person, at }))
}

/// A time as people write it: 14:20, 14.20 or 9.
fn time_of(typed: &str) -> Result<Option<Time>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let (hour, minute) = typed.split_once([':', '.']).unwrap_or((typed, "00"));
    let read = || Time::new(hour.trim().parse().ok()?, minute.trim().parse().ok()?, 0, 0).ok();
    read().map(Some).ok_or_else(|| "Write a time such as 14:20.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pairs: &[(&'static str, &str)]) -> Form {
        let mut form = Form::default();
        for (name, value) in pairs {
            form.set(name, (*value).to_owned());
        }
        form
    }

    #[test]
    fn a_draft_is_the_form_again() {
        let mut form = filled(&[("seen", "a = b\nand = c"), ("name", "Mia"), ("adult", "no")]);
        form.risks = vec![Risk::Contact, Risk::Conduct];
        let again = Form::of_draft(&form.to_draft());
        assert_eq!(again.kept(&[]), form.kept(&[]));
        assert_eq!(again.get("seen"), "a = b\nand = c");
        assert!(format!("{form:?}").len() < 10, "its words are in no log");
    }

    #[test]
    fn a_moment_is_read_and_none_that_has_not_come() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let moment = |pairs: &[(&'static str, &str)]| filled(pairs).moment(&zone, now);
        assert_eq!(moment(&[]), Ok(None));
        assert_eq!(moment(&[("time", "9.15")]), Ok(Some("2026-11-23T09:15:00Z".parse().unwrap())));
        let day = [("when-day", "20"), ("when-month", "11"), ("when-year", "2026"), ("time", "14:20")];
        assert_eq!(moment(&day), Ok(Some("2026-11-20T14:20:00Z".parse().unwrap())));
        assert!(moment(&[("time", "10:01")]).is_err());
        assert!(moment(&[("time", "noon")]).is_err());
        assert!(moment(&[("when-day", "24"), ("when-month", "11"), ("when-year", "2026")]).is_err());
        assert!(matches!(told("somebody", "9", &zone, now), Ok(Some(told)) if told.person.is_none()));
        assert!(told("somebody", "23:00", &zone, now).is_err());
        assert_eq!(told("not-yet", "", &zone, now), Ok(None));
    }

    #[test]
    fn one_line_and_whom_it_is_about_are_enough() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let (row, person) = (id::Row::new(now).unwrap(), id::Person::new(now).unwrap());
        let mut form = Form::begun(row, person);
        let of = |form: &Form| form.concern(&TimeZone::UTC, now);
        assert_eq!(of(&form).unwrap_err().iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["seen", "name"]);
        form.set("opinion", "something is not right".to_owned());
        form.set("person", person.to_string());
        let concern = of(&form).unwrap();
        assert_eq!(concern.answers.urgency, Some(Urgency::Today));
        form.set("adult", "yes".to_owned());
        assert_eq!(of(&form).unwrap_err()[0].0, "adult-name");
    }
}
