//! A person's row: what may stand in it, and adding one.

use super::{
    gate_code, names,
    statements::{ADD_PERSON, CODE_HOLDER, IS_SPENT, NUMBER_HOLDER, RESOLVER_NAME_HOLDER, SIGN_IN_HOLDER},
    words::{Kind, StaffKind},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    gate::{Before, Grouping},
    id,
    store::{Statement, Value},
};
use holdfast_core::{people::is_resolver_name, problem::Problem};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The longest other word, in characters.
const LONGEST_WORD: usize = 80;
/// What is wrong with a neutral code that is nobody's any more.
pub(super) const SPENT: &str = "was somebody's before, whom the filter's log still knows by it";
/// The earliest year of birth that is no slip.
const EARLIEST_BIRTH: i16 = 1900;

/// Somebody to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// What they are to the school.
    pub kind: Kind,
    /// How they work here: given for staff, and for staff only.
    pub staff_kind: Option<StaffKind>,
    /// The school's own number for them, such as the admission number.
    pub number: Option<String>,
    /// Their name in full.
    pub full_name: String,
    /// What they like to be called.
    pub preferred_name: Option<String>,
    /// What lists sort them by, where it is not the last word of the name: `van der Berg, Jan`.
    pub sort_as: Option<String>,
    /// Their date of birth.
    pub date_of_birth: Option<Date>,
    /// The language that they or their home speak.
    pub language: Option<String>,
    /// Whether an interpreter must be there when they are spoken to.
    pub interpreter_needed: bool,
    /// What the gate knows of them.
    pub gate: GatePlace,
}

/// What the gate knows of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatePlace {
    /// Their neutral code; made by us when it is not given.
    pub code: Option<String>,
    /// The group whose policy applies to them.
    pub group: Option<String>,
    /// The name they sign in to the proxy with. Kept in small letters.
    pub sign_in: Option<String>,
    /// The argon2id hash of their password for the proxy.
    pub password_hash: Option<String>,
    /// Their own name of the encrypted name service.
    pub resolver_name: Option<String>,
}

impl NewPerson {
    /// Somebody of whom only kind and name are known. Not for staff: see [`NewPerson::staff`].
    pub fn new(kind: Kind, full_name: impl Into<String>) -> Self {
        Self {
            kind,
            staff_kind: None,
            number: None,
            full_name: full_name.into(),
            preferred_name: None,
            sort_as: None,
            date_of_birth: None,
            language: None,
            interpreter_needed: false,
            gate: GatePlace::default(),
        }
    }

    /// Somebody who works here.
    pub fn staff(staff_kind: StaffKind, full_name: impl Into<String>) -> Self {
        Self { staff_kind: Some(staff_kind), ..Self::new(Kind::Staff, full_name) }
    }

    /// The same without spaces around what was typed; what is empty is not given.
    pub(super) fn tidied(mut self) -> Self {
        self.full_name = self.full_name.split_whitespace().collect::<Vec<_>>().join(" ");
        let gate = &mut self.gate;
        for field in [
            &mut self.number,
            &mut self.preferred_name,
            &mut self.sort_as,
            &mut self.language,
            &mut gate.code,
            &mut gate.group,
            &mut gate.sign_in,
            &mut gate.password_hash,
            &mut gate.resolver_name,
        ] {
            *field = field.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        gate.sign_in = gate.sign_in.take().map(|name| name.to_lowercase());
        self
    }

    /// Everything that is wrong with it, each with its field's name. Expects it tidied.
    pub(super) fn faults(&self, today: Date) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut wrong = |field, what: &str| faults.push((field, what.to_owned()));
        match (self.kind, self.staff_kind) {
            (Kind::Staff, None) => wrong("staff_kind", &format!("say how they work here: {}", StaffKind::words())),
            (Kind::Staff, Some(_)) | (_, None) => {}
            (_, Some(_)) => wrong("staff_kind", "is for staff only"),
        }
        if names::words(&self.full_name).is_empty() {
            wrong("full_name", "a name is needed");
        }
        let texts = [
            ("number", self.number.as_ref(), LONGEST_WORD),
            ("full_name", Some(&self.full_name), LONGEST_NAME),
            ("preferred_name", self.preferred_name.as_ref(), LONGEST_NAME),
            ("sort_as", self.sort_as.as_ref(), LONGEST_NAME),
            ("language", self.language.as_ref(), LONGEST_WORD),
            ("gate_group", self.gate.group.as_ref(), LONGEST_WORD),
            ("gate_sign_in", self.gate.sign_in.as_ref(), LONGEST_NAME),
            ("gate_password_hash", self.gate.password_hash.as_ref(), LONGEST_NAME),
        ];
        for (field, text, longest) in texts {
            let Some(text) = text else { continue };
            if text.chars().count() > longest {
                wrong(field, &format!("is longer than {longest} characters"));
            }
            if text.chars().any(char::is_control) {
                wrong(field, "holds a character that cannot be shown");
            }
        }
        if self.sort_as.as_ref().is_some_and(|text| names::words(text).is_empty()) {
            wrong("sort_as", "holds no letter to sort by");
        }
        if self.date_of_birth.is_some_and(|date| date > today || date.year() < EARLIEST_BIRTH) {
            wrong("date_of_birth", "is in the future, or before 1900");
        }
        self.gate_faults(&mut wrong);
        faults
    }

    fn gate_faults(&self, wrong: &mut impl FnMut(&'static str, &str)) {
        if let Some(fault) = self.gate.code.as_ref().and_then(|code| gate_code::fault(code, &self.full_name)) {
            wrong("gate_code", fault);
        }
        if self.gate.password_hash.as_ref().is_some_and(|hash| !hash.starts_with("$argon2id$")) {
            wrong("gate_password_hash", "is not an argon2id hash; make one with `holdfast password`");
        }
        if self.gate.password_hash.is_some() && self.gate.sign_in.is_none() {
            wrong("gate_sign_in", "is missing beside the password hash");
        }
        if self.gate.resolver_name.as_ref().is_some_and(|name| !is_resolver_name(name)) {
            wrong(
                "gate_resolver_name",
                "is 10 to 63 lower-case letters, digits and hyphens, one digit at least, with no hyphen at either end",
            );
        }
    }
}

impl Records {
    /// Adds a person. That the name is another's too is no fault: the picker tells them apart.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with every field that is wrong, or for a code or sign-in name that somebody else has;
    /// [`Fault::NotAllowed`] for a group that only somebody who may change the policy puts them into.
    pub async fn add_person(&self, session: &Session, person: NewPerson) -> Result<id::Person, Fault> {
        let id = id::Person::new(self.clock().now())?;
        let detail = Detail::none().with("person", id.to_string()).with("kind", person.kind.word());
        let mut entered = self.act(session, Act::PersonAdded, Resource::School, detail).await?;
        let added = add(&mut entered, id, person.tidied()).await;
        entered.finish(added.map(|()| id)).await
    }
}

async fn add(entered: &mut Entered, id: id::Person, person: NewPerson) -> Result<(), Fault> {
    if let Some(group) = &person.gate.group {
        Grouping::of(entered).await?.check(Before::New(person.kind), Some(group))?;
    }
    insert(entered, id, person).await
}

/// Checks a person and writes their row; expects the entry written and the person tidied.
pub(super) async fn insert(entered: &mut Entered, id: id::Person, person: NewPerson) -> Result<(), Fault> {
    refuse_faults(entered, &person)?;
    refuse_taken(entered, None, &person).await?;
    write_new(entered, id, person).await
}

/// Writes the row of somebody in whom nothing is wrong.
pub(super) async fn write_new(entered: &mut Entered, id: id::Person, person: NewPerson) -> Result<(), Fault> {
    let keys = Keys::of(&person);
    let gate_code = match person.gate.code {
        Some(code) => code,
        None => gate_code::new()?,
    };
    let values = [
        id.into(),
        entered.session().school.into(),
        person.kind.into(),
        person.staff_kind.map(StaffKind::word).into(),
        person.number.into(),
        person.full_name.into(),
        person.preferred_name.into(),
        keys.sort_name.into(),
        keys.search_key.into(),
        keys.name_key.into(),
        person.date_of_birth.into(),
        person.language.into(),
        person.interpreter_needed.into(),
        gate_code.into(),
        person.gate.group.into(),
        person.gate.sign_in.into(),
        person.gate.password_hash.into(),
        person.gate.resolver_name.into(),
        entered.now().into(),
    ];
    entered.change_one(&ADD_PERSON, &values).await
}

/// What is made from a person's names.
pub(super) struct Keys {
    pub sort_name: String,
    pub search_key: String,
    pub name_key: String,
}

impl Keys {
    pub(super) fn of(person: &NewPerson) -> Self {
        Self {
            sort_name: names::sort_name(&person.full_name, person.sort_as.as_deref()),
            search_key: names::search_key(&person.full_name, person.preferred_name.as_deref()),
            name_key: names::name_key(&person.full_name),
        }
    }
}

pub(super) fn refuse_faults(entered: &Entered, person: &NewPerson) -> Result<(), Fault> {
    let faults = person.faults(today(entered.now()));
    if faults.is_empty() {
        return Ok(());
    }
    Err(Fault::Wrong(faults.into_iter().map(|(field, what)| problem(field, &what)).collect()))
}

/// Refuses a number, code, sign-in name or resolver name that somebody else of the school has.
pub(super) async fn refuse_taken(
    entered: &mut Entered,
    except: Option<id::Person>,
    person: &NewPerson,
) -> Result<(), Fault> {
    let fields: [(&str, &Option<String>, &Statement); 4] = [
        ("number", &person.number, &NUMBER_HOLDER),
        ("gate_code", &person.gate.code, &CODE_HOLDER),
        ("gate_sign_in", &person.gate.sign_in, &SIGN_IN_HOLDER),
        ("gate_resolver_name", &person.gate.resolver_name, &RESOLVER_NAME_HOLDER),
    ];
    let mut taken = Vec::new();
    for (field, word, statement) in fields {
        let Some(word) = word else { continue };
        let values: [Value; 2] = [entered.session().school.into(), word.as_str().into()];
        let holder = entered.row(statement, &values).await?.map(|row| row.get::<id::Person>(0)).transpose()?;
        if holder.is_some() && holder != except {
            taken.push(problem(field, "somebody else has it already"));
        }
    }
    if let Some(code) = &person.gate.code
        && entered.row(&IS_SPENT, &[entered.session().school.into(), code.as_str().into()]).await?.is_some()
    {
        taken.push(problem("gate_code", SPENT));
    }
    if taken.is_empty() { Ok(()) } else { Err(Fault::Wrong(taken)) }
}

pub(super) fn problem(field: &str, what: &str) -> Problem {
    Problem::error(format!("{field}: {what}."))
}

/// The latest day it is anywhere: a date of birth is in the future only when it is so in every school's zone.
pub(super) fn today(now: Timestamp) -> Date {
    let today = now.to_zoned(TimeZone::UTC).date();
    today.tomorrow().unwrap_or(today)
}
