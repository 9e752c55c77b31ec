//! `holdfast person` and `holdfast class`.

use super::{
    AsWhom, Opened, Surroundings, Where,
    details::{Contact, Details, Own, Photo, WayIn},
    relation::{NoContact, Order, Relation, Telling},
    surroundings::file_of,
};
use crate::{
    Fault, Session, id,
    people::{Change, Kind, NewPerson, Part, Person as Read, PersonChange, Preview, StaffKind},
};
use clap::{Args, Subcommand};
use holdfast_core::problem::lines;
use jiff::civil::Date;
use std::{fmt::Write as _, path::PathBuf};

/// The largest file that is read.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// `holdfast person`.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Adds somebody.
    Add(Add),
    /// Shows somebody's record, without what is confidential.
    Show(One),
    /// Changes fields of somebody's record. An empty value takes the field away.
    Change(ChangeOne),
    /// Somebody leaves: their duties, account, keys and classes end.
    Leave(One),
    /// Somebody who left is back, without what ended.
    Back(One),
    /// Lists whom a search finds, by the beginnings of the words of their names.
    List(List),
    /// Shows what a CSV would do; with --apply and the preview's digest, does it.
    Import(Import),
    /// A pupil's parents and carers.
    Relation(Relation),
    /// Court orders about a child: what they forbid is sealed.
    Order(Order),
    /// Who must not be contacted or told anything about a child.
    NoContact(NoContact),
    /// Shows who of a child's parents and carers may be told something, and whom somebody must ask about first.
    Telling(Telling),
    /// What is confidential about somebody: where they live, how they use a computer and what helps.
    Details(Details),
    /// Somebody's photograph.
    Photo(Photo),
    /// How somebody is reached, in the order to try.
    Contact(Contact),
    /// Sets what lets somebody into the gate. It is read from the standard input; an empty line takes it away.
    WayIn(WayIn),
    /// Changes what you may change of your own record. An empty value takes the field away.
    Own(Own),
}

impl Person {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Add(add) => add.run(surroundings),
            Self::Show(one) => one.run(surroundings, &Doing::Show),
            Self::Change(change) => change.run(surroundings),
            Self::Leave(one) => one.run(surroundings, &Doing::Leave),
            Self::Back(one) => one.run(surroundings, &Doing::Back),
            Self::List(list) => list.run(surroundings),
            Self::Import(import) => import.run(surroundings),
            Self::Relation(relation) => relation.run(surroundings),
            Self::Order(order) => order.run(surroundings),
            Self::NoContact(no_contact) => no_contact.run(surroundings),
            Self::Telling(telling) => telling.run(surroundings),
            Self::Details(details) => details.run(surroundings),
            Self::Photo(photo) => photo.run(surroundings),
            Self::Contact(contact) => contact.run(surroundings),
            Self::WayIn(way_in) => way_in.run(surroundings),
            Self::Own(own) => own.run(surroundings),
        }
    }
}

/// `holdfast person add`.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// What they are to the school: pupil, staff, parent, visitor, governor, outside.
    #[arg(long, value_parser = kind)]
    kind: Kind,
    /// Their name in full.
    #[arg(long = "name", value_name = "NAME")]
    full_name: String,
    #[command(flatten)]
    fields: Fields,
}

/// The fields that can be given or changed.
#[derive(Debug, Args)]
struct Fields {
    /// How they work here: employed, supply, volunteer, contractor.
    #[arg(long, value_parser = staff_kind)]
    staff_kind: Option<StaffKind>,
    /// The school's own number for them.
    #[arg(long)]
    number: Option<String>,
    /// What they like to be called.
    #[arg(long = "preferred", value_name = "NAME")]
    preferred_name: Option<String>,
    /// What lists sort them by.
    #[arg(long, value_name = "NAME")]
    sort_as: Option<String>,
    /// Their date of birth, such as 2014-06-08.
    #[arg(long = "born", value_name = "DATE")]
    date_of_birth: Option<Date>,
    /// The language that they or their home speak.
    #[arg(long)]
    language: Option<String>,
    /// Whether an interpreter must be there: true or false.
    #[arg(long)]
    interpreter: Option<bool>,
    /// The group whose policy of the gate applies to them.
    #[arg(long = "group", value_name = "CODE")]
    gate_group: Option<String>,
    /// The name they sign in to the proxy with.
    #[arg(long = "sign-in", value_name = "NAME")]
    gate_sign_in: Option<String>,
}

impl Fields {
    fn change(self, full_name: Option<String>) -> PersonChange {
        fn given<T>(value: Option<T>) -> Change<Option<T>> {
            value.map_or(Change::Keep, |value| Change::To(Some(value)))
        }
        PersonChange {
            staff_kind: given(self.staff_kind),
            number: given(self.number),
            full_name: full_name.map_or(Change::Keep, Change::To),
            preferred_name: given(self.preferred_name),
            sort_as: given(self.sort_as),
            date_of_birth: given(self.date_of_birth),
            language: given(self.language),
            interpreter_needed: self.interpreter.map_or(Change::Keep, Change::To),
            gate_group: given(self.gate_group),
            gate_sign_in: given(self.gate_sign_in),
            ..PersonChange::default()
        }
    }
}

impl Add {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let mut person = NewPerson {
            staff_kind: self.fields.staff_kind,
            date_of_birth: self.fields.date_of_birth,
            interpreter_needed: self.fields.interpreter.unwrap_or(false),
            number: self.fields.number,
            preferred_name: self.fields.preferred_name,
            sort_as: self.fields.sort_as,
            language: self.fields.language,
            ..NewPerson::new(self.kind, self.full_name)
        };
        person.gate.group = self.fields.gate_group;
        person.gate.sign_in = self.fields.gate_sign_in;
        let added = opened.runtime.block_on(async {
            let id = opened.records.add_person(&session, person).await?;
            Ok((id, opened.records.another_has_this_name(&session, id).await?))
        });
        let (id, has_namesake) = added.map_err(|fault: Fault| fault.to_string())?;
        let warning = if has_namesake { "\nSomebody else of the same kind has this name: look twice." } else { "" };
        Ok(format!("Added {id}.{warning}"))
    }
}

/// A command about one person.
#[derive(Debug, Args)]
pub struct One {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The person's id, as `holdfast person list` shows it.
    person: String,
}

enum Doing {
    Show,
    Leave,
    Back,
}

impl One {
    fn run(self, surroundings: Surroundings, doing: &Doing) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = async {
            let id = id::Person::parse(&self.person)?;
            let read = opened.records.person(&session, id).await?;
            match doing {
                Doing::Show => Ok(shown(&read)),
                Doing::Leave => {
                    opened.records.leave(&session, id, read.revision).await?;
                    Ok(format!("{id} has left."))
                }
                Doing::Back => {
                    opened.records.come_back(&session, id, read.revision).await?;
                    Ok(format!("{id} is back. Duties, classes, account and ways into the gate are given anew."))
                }
            }
        };
        opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())
    }
}

fn shown(person: &Read) -> String {
    let said = &person.said;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    let mut shown = format!("{}\n", said.full_name);
    let staff_kind = said.staff_kind.map(|kind| format!(", {}", kind.title())).unwrap_or_default();
    let classes = person.classes.iter().map(|(code, part)| format!("{code} ({})", part.title()));
    let fields = [
        ("id", person.id.to_string()),
        ("kind", format!("{}{staff_kind}", said.kind.title())),
        ("number", text(&said.number)),
        ("called", text(&said.preferred_name)),
        ("born", said.date_of_birth.map_or_else(|| "–".to_owned(), |date| date.to_string())),
        ("language", text(&said.language)),
        ("interpreter", if said.interpreter_needed { "needed" } else { "–" }.to_owned()),
        ("classes", classes.collect::<Vec<_>>().join(", ")),
        ("code", text(&said.gate.code)),
        ("group", text(&said.gate.group)),
        ("sign-in", text(&said.gate.sign_in)),
        ("photograph", if person.has_photo { "yes" } else { "–" }.to_owned()),
        ("left", person.left_at.map_or_else(|| "–".to_owned(), |moment| format!("{moment:.0}"))),
    ];
    for (field, value) in fields {
        let _always_fits = writeln!(shown, "  {field:<12}{value}");
    }
    for way in &person.ways {
        let _always_fits = writeln!(shown, "  {:<12}{}", way.kind.title(), way.way);
    }
    shown.trim_end().to_owned()
}

/// `holdfast person change`.
#[derive(Debug, Args)]
pub struct ChangeOne {
    #[command(flatten)]
    one: One,
    /// Their name in full.
    #[arg(long = "name", value_name = "NAME")]
    full_name: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

impl ChangeOne {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.one.place, surroundings)?;
        let session = opened.sign_in(&self.one.whom)?;
        let change = self.fields.change(self.full_name);
        let done = async {
            let id = id::Person::parse(&self.one.person)?;
            let read = opened.records.person(&session, id).await?;
            opened.records.change_person(&session, id, read.revision, change).await?;
            Ok(format!("Changed {id}."))
        };
        opened.runtime.block_on(done).map_err(|fault: Fault| fault.to_string())
    }
}

/// `holdfast person list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The beginnings of words of the name.
    search: String,
    /// Only people of one kind.
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
}

impl List {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let found = opened.runtime.block_on(opened.records.find_people(&session, &self.search, self.kind));
        let found = found.map_err(|fault| fault.to_string())?;
        let mut shown = String::new();
        for one in &found.people {
            let called = one.preferred_name.as_ref().map(|name| format!(" “{name}”")).unwrap_or_default();
            let born = one.date_of_birth.map(|date| format!(", born {date}")).unwrap_or_default();
            let classes = one.classes.join(" ");
            let namesake = if one.another_has_this_name { "  ANOTHER HAS THIS NAME" } else { "" };
            let (id, name, kind) = (one.id, &one.full_name, one.kind.title());
            let _always_fits = writeln!(shown, "{id}  {name}{called}, {kind}{born}  {classes}{namesake}");
        }
        if found.people.is_empty() {
            shown.push_str("Nobody was found.");
        }
        if found.there_are_more {
            shown.push_str("There are more: say more of the name.");
        }
        Ok(shown.trim_end().to_owned())
    }
}

/// `holdfast person import`.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The CSV file; docs/people.md says what its columns are.
    file: PathBuf,
    /// Takes the file in, if it and the people are still those of the preview with this digest.
    #[arg(long = "apply", value_name = "DIGEST")]
    digest: Option<String>,
}

impl Import {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let bytes = file_of(&self.file, LARGEST_FILE)?;
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let done = opened.runtime.block_on(async {
            match &self.digest {
                None => opened.records.preview_import(&session, &bytes).await,
                Some(digest) => opened.records.import(&session, &bytes, digest).await,
            }
        });
        let preview = done.map_err(|fault| fault.to_string())?;
        Ok(told(&preview, self.digest.is_some()))
    }
}

fn told(preview: &Preview, is_done: bool) -> String {
    let Preview { digest, added, changed, unchanged, left_out, new_classes, warnings } = preview;
    let mut told = format!(
        "{added} added, {} changed, {unchanged} unchanged; {} who are here are not in the file (nothing is done about \
         them).\n",
        changed.len(),
        left_out.len()
    );
    if !new_classes.is_empty() {
        let _always_fits = writeln!(told, "New classes: {}.", new_classes.join(", "));
    }
    for (line, person, fields) in changed {
        let _always_fits = writeln!(told, "line {line}: {person}: {fields}");
    }
    if !warnings.is_empty() {
        let _always_fits = writeln!(told, "{}", lines(warnings));
    }
    let end = if is_done {
        "Taken in.".to_owned()
    } else {
        format!("Nothing was changed. To take it in: the same command with `--apply {digest}`.")
    };
    told + &end
}

/// `holdfast class`.
#[derive(Debug, Subcommand)]
pub enum Class {
    /// Adds a class.
    Add(AddClass),
    /// Lists the classes, with how many are in each.
    List(ListClasses),
    /// Puts somebody into a class.
    Join(Member),
    /// Takes somebody out of a class.
    Leave(Member),
}

impl Class {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Add(add) => add.run(surroundings),
            Self::List(list) => list.run(surroundings),
            Self::Join(member) => member.run(surroundings, true),
            Self::Leave(member) => member.run(surroundings, false),
        }
    }
}

/// `holdfast class add`.
#[derive(Debug, Args)]
pub struct AddClass {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The class's code, such as 7A.
    code: String,
    /// The class's name.
    name: String,
}

impl AddClass {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let added = opened.runtime.block_on(opened.records.add_class(&session, &self.code, &self.name));
        added.map(|_id| format!("Added the class {}.", self.code.trim())).map_err(|fault| fault.to_string())
    }
}

/// `holdfast class list`.
#[derive(Debug, Args)]
pub struct ListClasses {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
}

impl ListClasses {
    fn run(self, surroundings: Surroundings) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session = opened.sign_in(&self.whom)?;
        let classes = opened.runtime.block_on(opened.records.classes(&session)).map_err(|fault| fault.to_string())?;
        let line = |class: &crate::people::Class| {
            format!("{}  {}  {} learn, {} teach", class.code, class.name, class.learners, class.teachers)
        };
        Ok(classes.iter().map(line).collect::<Vec<_>>().join("\n"))
    }
}

/// `holdfast class join` and `holdfast class leave`.
#[derive(Debug, Args)]
pub struct Member {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    whom: AsWhom,
    /// The class's code.
    code: String,
    /// The person's id.
    person: String,
    /// As a teacher of the class, not as a learner.
    #[arg(long)]
    teaches: bool,
}

impl Member {
    fn run(self, surroundings: Surroundings, joins: bool) -> Result<String, String> {
        let opened = Opened::open(&self.place, surroundings)?;
        let session: Session = opened.sign_in(&self.whom)?;
        let part = if self.teaches { Part::Teaches } else { Part::Learns };
        let done = async {
            let person = id::Person::parse(&self.person)?;
            if joins {
                opened.records.join_class(&session, &self.code, person, part).await
            } else {
                opened.records.leave_class(&session, &self.code, person, part).await
            }
        };
        opened.runtime.block_on(done).map_err(|fault| fault.to_string())?;
        Ok(format!("{} {} {}.", self.person, if joins { "is in" } else { "is no longer in" }, self.code))
    }
}

fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| format!("Write one of: {}.", Kind::words()))
}

fn staff_kind(word: &str) -> Result<StaffKind, String> {
    StaffKind::from_word(word).ok_or_else(|| format!("Write one of: {}.", StaffKind::words()))
}
