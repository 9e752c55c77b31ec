//! The lines of the journal: one JSON object each, told apart by `kind`.

use crate::{health::Losses, text::shortened};
use holdfast_core::{
    event::RequestEvent,
    subject::{ClassCode, DeviceCode, GroupCode, PersonId, RoomCode, Subject},
};
use serde::{Deserialize, Serialize};

/// One line of a journal file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// One request as it was judged and answered.
    Request(Box<RequestEvent>),
    /// Events that are missing from the log.
    Lost(Gap),
    /// Files taken out of the log, for want of room, before their time.
    Removed(Removal),
}

/// Files that had to go for want of room although the school wanted them kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// When they were removed: microseconds since 1970-01-01 UTC.
    pub at_micros: i64,
    /// Which, oldest first.
    pub files: Vec<RemovedFile>,
    /// How many files have gone in this way since the program started, these included. A later removal may take this
    /// very line, so that each tells of all.
    pub files_since_start: u64,
}

/// One removed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedFile {
    /// Its name, which begins with the day it was begun on.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many lines it had; absent where counting them would have taken too long.
    pub lines: Option<u64>,
}

/// How many events are missing, and between when and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where they were lost.
    pub lost_in: LostIn,
    /// When the first was lost: microseconds since 1970-01-01 UTC.
    pub from_micros: i64,
    /// When the loss ended: microseconds since 1970-01-01 UTC.
    pub until_micros: i64,
    /// How many, by class. Visits for help are left out: they are never tied to a time.
    #[serde(flatten)]
    pub losses: Losses,
}

/// Where events were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostIn {
    /// The disk could not be written and the memory kept for waiting lines was full.
    Disk,
    /// The bounded channel between gate and log was full.
    Channel,
}

/// A line about the log itself on its way to the disk.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Written<'a> {
    Lost(&'a Gap),
    Removed(&'a Removal),
}

/// The neutral code of the person whom a line is about; `None` where it names nobody, or is about the log itself.
pub fn person_of(line: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct OfSomebody {
        subject: Somebody,
    }
    #[derive(Deserialize)]
    struct Somebody {
        person: Option<String>,
    }
    // Most lines of most logs name nobody; those are not read through.
    memchr::memmem::find(line, br#""person":"#)?;
    serde_json::from_slice::<OfSomebody>(line).ok()?.subject.person
}

/// The longest text of a line, in bytes. The gate sends no longer one than a path of 2 KiB; this holds whatever it does.
const TEXT_BYTES: usize = 8 * 1024;
/// The most policy clauses and teaching classes on a line.
const MOST_CODES: usize = 64;
/// Room made before a line is written, in bytes: most lines fit.
const LINE_BYTES: usize = 1_024;

/// Adds the line for a request to `to`. The client's address stays out of it unless it stands beside a person who may be
/// named: on its own it could be traced to somebody who has not been told (practice 23). Texts beyond 8 KiB are cut.
///
/// The names of the fields are written out here and the texts copied as they are, because this is done for every name
/// that a school asks for: it takes a third of what going through the derived `Serialize` takes, and copies no event.
/// A test holds the result against the derived one, and a field that is added does not compile until it stands here.
pub(super) fn write_request(to: &mut Vec<u8>, event: &RequestEvent) -> serde_json::Result<()> {
    let RequestEvent {
        reference,
        at_micros,
        ruleset,
        subject,
        client,
        listener,
        method,
        scheme,
        host,
        port,
        path,
        visibility,
        outcome,
        status,
        layer,
        rule,
        list,
        entry,
        category,
        strict,
        rewrites,
        unopened,
        clauses,
        words,
        bytes_up,
        bytes_down,
        duration_micros,
        synthetic,
    } = event;
    to.reserve(LINE_BYTES);
    let mut line = Object(to);
    line.text(r#"{"kind":"request","reference":"#, reference)?;
    line.value(r#","at_micros":"#, at_micros)?;
    line.text(r#","ruleset":"#, ruleset)?;
    write_subject(&mut line, subject)?;
    line.some(r#","client":"#, &client.filter(|_| subject.person.is_some()))?;
    line.text(r#","listener":"#, listener)?;
    line.optional(r#","method":"#, Some(&**method).filter(|text| !text.is_empty()))?;
    line.text(r#","scheme":"#, scheme)?;
    line.optional(r#","host":"#, host.as_deref())?;
    line.some(r#","port":"#, port)?;
    line.optional(r#","path":"#, path.as_deref())?;
    line.value(r#","visibility":"#, visibility)?;
    line.value(r#","outcome":"#, outcome)?;
    line.some(r#","status":"#, status)?;
    line.text(r#","layer":"#, layer)?;
    line.optional(r#","rule":"#, rule.as_deref())?;
    line.optional(r#","list":"#, list.as_deref())?;
    line.optional(r#","entry":"#, entry.as_deref())?;
    line.optional(r#","category":"#, category.as_deref())?;
    line.optional(r#","strict":"#, strict.as_deref())?;
    line.texts(r#","rewrites":"#, rewrites.iter().map(|text| &**text))?;
    line.optional(r#","unopened":"#, unopened.as_deref())?;
    line.texts(r#","clauses":"#, clauses.iter().map(|clause| &**clause))?;
    line.optional(r#","words":"#, Some(&**words).filter(|text| !text.is_empty()))?;
    line.some(r#","bytes_up":"#, bytes_up)?;
    line.some(r#","bytes_down":"#, bytes_down)?;
    line.value(r#","duration_micros":"#, duration_micros)?;
    line.some(r#","synthetic":"#, synthetic)?;
    line.0.push(b'}');
    Ok(())
}

fn write_subject(line: &mut Object<'_>, subject: &Subject) -> serde_json::Result<()> {
    let Subject { person, group, classes, device, room, source, confidence } = subject;
    line.0.extend_from_slice(br#","subject":{"#);
    line.optional(r#","person":"#, person.as_ref().map(PersonId::as_str))?;
    line.optional(r#","group":"#, group.as_ref().map(GroupCode::as_str))?;
    line.texts(r#","classes":"#, classes.iter().map(ClassCode::as_str))?;
    line.optional(r#","device":"#, device.as_ref().map(DeviceCode::as_str))?;
    line.optional(r#","room":"#, room.as_ref().map(RoomCode::as_str))?;
    line.value(r#","source":"#, source)?;
    line.value(r#","confidence":"#, confidence)?;
    line.0.push(b'}');
    Ok(())
}

/// A JSON object under way. What stands before a value is given with it, down to the colon.
struct Object<'a>(&'a mut Vec<u8>);

impl Object<'_> {
    fn text(&mut self, before: &str, text: &str) -> serde_json::Result<()> {
        self.0.extend_from_slice(before.as_bytes());
        self.quoted(text)
    }

    /// What stands before a value; the first one of an object has no comma.
    fn before(&mut self, before: &str) {
        let is_first = self.0.last() == Some(&b'{');
        let before = if is_first { before.trim_start_matches(',') } else { before };
        self.0.extend_from_slice(before.as_bytes());
    }

    /// Nothing where there is nothing to tell.
    fn optional(&mut self, before: &str, text: Option<&str>) -> serde_json::Result<()> {
        let Some(text) = text else { return Ok(()) };
        self.before(before);
        self.quoted(text)
    }

    /// Nothing where it is zero, false or absent.
    fn some<T: Default + PartialEq + Serialize>(&mut self, before: &str, value: &T) -> serde_json::Result<()> {
        if *value == T::default() { Ok(()) } else { self.value(before, value) }
    }

    /// Nothing where there is none.
    fn texts<'t>(&mut self, before: &str, texts: impl Iterator<Item = &'t str>) -> serde_json::Result<()> {
        let mut texts = texts.take(MOST_CODES).peekable();
        if texts.peek().is_none() {
            return Ok(());
        }
        self.before(before);
        for (place, text) in texts.enumerate() {
            self.text(if place == 0 { "[" } else { "," }, text)?;
        }
        self.0.push(b']');
        Ok(())
    }

    fn value(&mut self, before: &str, value: &impl Serialize) -> serde_json::Result<()> {
        self.before(before);
        serde_json::to_writer(&mut *self.0, value)
    }

    /// A text that is too long is cut; one with a letter that JSON writes otherwise goes through the library.
    fn quoted(&mut self, text: &str) -> serde_json::Result<()> {
        if text.len() > TEXT_BYTES {
            return serde_json::to_writer(&mut *self.0, &shortened(text, TEXT_BYTES));
        }
        // RFC 8259 §7. Every byte is looked at, without a way out early: so the processor does many at once.
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        if text.bytes().fold(false, |found, byte| found | is_special(byte)) {
            return serde_json::to_writer(&mut *self.0, text);
        }
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }
}

/// Adds the line for missing events to `to`.
pub(super) fn write_gap(to: &mut Vec<u8>, gap: &Gap) -> serde_json::Result<()> {
    serde_json::to_writer(to, &Written::Lost(gap))
}

/// Adds the line for removed files to `to`.
pub(super) fn write_removal(to: &mut Vec<u8>, removal: &Removal) -> serde_json::Result<()> {
    serde_json::to_writer(to, &Written::Removed(removal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::{
        event::Outcome,
        request::Visibility,
        subject::{Confidence, Source},
    };

    fn written(event: &RequestEvent) -> String {
        let mut line = Vec::new();
        write_request(&mut line, event).unwrap();
        String::from_utf8(line).unwrap()
    }

    fn bare(outcome: Outcome) -> RequestEvent {
        RequestEvent {
            reference: "7Q4K".into(),
            at_micros: -1,
            ruleset: "r1".into(),
            subject: Subject::unknown(),
            client: None,
            listener: "names".into(),
            method: "AAAA".into(),
            scheme: "dns".into(),
            host: None,
            port: 53,
            path: None,
            visibility: Visibility::NameOnly,
            outcome,
            status: 0,
            layer: "default".into(),
            rule: None,
            list: None,
            entry: None,
            category: None,
            strict: None,
            rewrites: Vec::new(),
            unopened: None,
            clauses: Vec::new(),
            words: "".into(),
            bytes_up: 0,
            bytes_down: u64::MAX,
            duration_micros: 12,
            synthetic: false,
        }
    }

    /// With everything in it, and in its texts every letter that JSON writes otherwise.
    fn full(client: &str) -> RequestEvent {
        let letters: String = (0..=0x7f_u8).map(char::from).chain("é…\u{2028}\u{1f600}".chars()).collect();
        RequestEvent {
            subject: Subject {
                person: Some(PersonId::from("p\"1")),
                group: Some(GroupCode::from("Rowan")),
                classes: vec![ClassCode::from("7b"), ClassCode::from("8\\c")],
                device: Some(DeviceCode::from("d1")),
                room: Some(RoomCode::from("r\t1")),
                source: Source::ResolverName,
                confidence: Confidence::Likely,
            },
            client: Some(client.parse().unwrap()),
            host: Some("rivers.lesson.example".into()),
            path: Some(letters.as_str().into()),
            visibility: Visibility::Whole,
            rule: Some("rule".into()),
            list: Some("list".into()),
            entry: Some("entry".into()),
            category: Some("gambling".into()),
            strict: Some("google strict".into()),
            clauses: vec!["F-01".into(), letters.as_str().into()],
            words: letters.as_str().into(),
            synthetic: true,
            ..bare(Outcome::Redirected)
        }
    }

    #[test]
    fn a_line_is_what_the_derived_serialisation_makes_of_the_event() {
        let outcomes =
            [Outcome::Allowed, Outcome::Blocked, Outcome::Sealed, Outcome::Refused, Outcome::Failed].map(bare);
        for event in outcomes.into_iter().chain([full("10.1.2.3"), full("2001:db8::7")]) {
            let derived = serde_json::to_string(&Line::Request(Box::new(event.clone()))).unwrap();
            assert_eq!(written(&event), derived);
        }
    }

    #[test]
    fn whom_a_line_is_about_is_read_from_its_subject_alone() {
        assert_eq!(person_of(written(&full("10.1.2.3")).as_bytes()).as_deref(), Some("p\"1"));
        let mut nobody = full("10.1.2.3");
        nobody.subject.person = None;
        nobody.path = Some(r#"{"subject":{"person":"p1"}}"#.into());
        assert_eq!(person_of(written(&nobody).as_bytes()), None);
        assert_eq!(person_of(br#"{"kind":"request","subject":{"person":"p1"#), None, "half a line");
    }

    #[test]
    fn a_client_without_a_person_is_left_out_and_the_rest_stays() {
        let mut event = full("10.1.2.3");
        event.subject.person = None;
        let expected = RequestEvent { client: None, ..event.clone() };
        assert_eq!(written(&event), serde_json::to_string(&Line::Request(Box::new(expected))).unwrap());
    }

    #[test]
    fn every_text_is_cut_and_no_list_is_endless() {
        let long = "é\"".repeat(TEXT_BYTES);
        let mut event = full("10.1.2.3");
        event.strict = Some(long.as_str().into());
        event.subject.room = Some(RoomCode::from(long.as_str()));
        event.subject.classes = vec![ClassCode::from(long.as_str()); MOST_CODES * 3];
        let line = written(&event);
        let Line::Request(back) = serde_json::from_str(&line).unwrap() else { unreachable!() };
        assert_eq!(back.subject.classes.len(), MOST_CODES);
        let texts = [back.strict.as_deref(), back.subject.room.as_ref().map(RoomCode::as_str)];
        assert!(texts.iter().all(|text| text.is_some_and(|text| text.ends_with('…') && text.len() <= TEXT_BYTES + 3)));
    }
}
