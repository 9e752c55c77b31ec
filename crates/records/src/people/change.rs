//! A person's record: read, changed, and what happens when somebody leaves.

use super::{
    GatePlace, Kind, NewPerson, Part, StaffKind, WayKind, duties, names,
    person::{self, Keys},
    statements::{
        ADD_WAY, CHANGE_PERSON, CLASSES_OF, COME_BACK, DROP_MEMBERSHIPS, DROP_WAYS, HOLDINGS_OF, LEAVE, PERSON, PHOTO,
        SAME_NAME, TOUCH_PERSON, WAYS,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource, tell},
    accounts,
    audit::Detail,
    gate::{self, Before, Grouping},
    id, pupil, seal,
    store::{Row, Transaction, Value},
};
use jiff::{Timestamp, civil::Date};

/// How many ways to reach somebody are kept.
const MOST_WAYS: usize = 12;
/// The longest way, in characters.
const LONGEST_WAY: usize = 200;

/// A person's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: id::Person,
    /// What was said of them; `sort_as` holds the sort key as it is stored. What they prove themselves to the gate with is not
    /// in it: nobody reads that back.
    pub said: NewPerson,
    /// Rises with each change: handed back with a change, so that nobody undoes what they have not seen.
    pub revision: i64,
    /// When they left, if they have.
    pub left_at: Option<Timestamp>,
    /// The codes of their classes, and what they do there.
    pub classes: Vec<(String, Part)>,
    /// Ways to reach them, in the order to try them.
    pub ways: Vec<ContactWay>,
    /// Whether there is a photograph.
    pub has_photo: bool,
    /// Whether another of the same kind has this name (practice 21).
    pub another_has_this_name: bool,
}

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactWay {
    /// What it is.
    pub kind: WayKind,
    /// The number, the mail address, or words.
    pub way: String,
}

/// One field in a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this.
    To(T),
}

impl<T> Change<T> {
    fn apply(self, field: &mut T) -> bool {
        match self {
            Self::Keep => false,
            Self::To(value) => {
                *field = value;
                true
            }
        }
    }
}

/// What whoever looks after people can change. What somebody is (`kind`) does not change: they leave, and are added anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonChange {
    /// How they work here.
    pub staff_kind: Change<Option<StaffKind>>,
    /// The school's own number for them.
    pub number: Change<Option<String>>,
    /// Their name in full.
    pub full_name: Change<String>,
    /// What they like to be called.
    pub preferred_name: Change<Option<String>>,
    /// What lists sort them by.
    pub sort_as: Change<Option<String>>,
    /// Their date of birth.
    pub date_of_birth: Change<Option<Date>>,
    /// Their language.
    pub language: Change<Option<String>>,
    /// Whether an interpreter must be there.
    pub interpreter_needed: Change<bool>,
    /// The group whose policy applies to them.
    pub gate_group: Change<Option<String>>,
    /// The name they sign in to the proxy with.
    pub gate_sign_in: Change<Option<String>>,
    /// The hash of their password for the proxy.
    pub gate_password_hash: Change<Option<String>>,
    /// Their own name of the encrypted name service.
    pub gate_resolver_name: Change<Option<String>>,
}

/// What somebody can change of their own record. Groups, duties, classes and kinds are not here, so no request can carry
/// them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnChange {
    /// What they like to be called.
    pub preferred_name: Change<Option<String>>,
    /// Their language.
    pub language: Change<Option<String>>,
    /// Whether an interpreter must be there.
    pub interpreter_needed: Change<bool>,
}

impl PersonChange {
    /// Puts what changes into place, and tells the names of the fields that do.
    fn apply(self, person: &mut NewPerson) -> String {
        let renamed = matches!(self.full_name, Change::To(_));
        let resorted = matches!(self.sort_as, Change::To(_));
        if renamed && !resorted {
            person.sort_as = None;
        }
        let gate = &mut person.gate;
        let changed = [
            ("staff_kind", self.staff_kind.apply(&mut person.staff_kind)),
            ("number", self.number.apply(&mut person.number)),
            ("full_name", self.full_name.apply(&mut person.full_name)),
            ("preferred_name", self.preferred_name.apply(&mut person.preferred_name)),
            ("sort_as", self.sort_as.apply(&mut person.sort_as)),
            ("date_of_birth", self.date_of_birth.apply(&mut person.date_of_birth)),
            ("language", self.language.apply(&mut person.language)),
            ("interpreter_needed", self.interpreter_needed.apply(&mut person.interpreter_needed)),
            ("gate_group", self.gate_group.apply(&mut gate.group)),
            ("gate_sign_in", self.gate_sign_in.apply(&mut gate.sign_in)),
            ("gate_password_hash", self.gate_password_hash.apply(&mut gate.password_hash)),
            ("gate_resolver_name", self.gate_resolver_name.apply(&mut gate.resolver_name)),
        ];
        changed.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect::<Vec<_>>().join(",")
    }

    /// The names of the fields it changes.
    fn fields(&self) -> String {
        self.clone().apply(&mut NewPerson::new(Kind::Visitor, ""))
    }
}

impl From<OwnChange> for PersonChange {
    fn from(own: OwnChange) -> Self {
        let OwnChange { preferred_name, language, interpreter_needed } = own;
        Self { preferred_name, language, interpreter_needed, ..Self::default() }
    }
}

impl Records {
    /// A person's record, without what is confidential.
    pub async fn person(&self, session: &Session, person: id::Person) -> Result<Person, Fault> {
        let mut entered = self.act(session, Act::PersonRead, Resource::Person(person), Detail::none()).await?;
        let read = read(entered.transaction(), session.school, person).await;
        entered.finish(read).await
    }

    /// Changes a person's record. `revision` is the record's as it was read.
    ///
    /// # Errors
    /// [`Fault::Changed`] when somebody changed it meanwhile; [`Fault::Wrong`] with every field that is wrong;
    /// [`Fault::NotAllowed`] for a group that only somebody who may change the policy puts them into.
    pub async fn change_person(
        &self,
        session: &Session,
        person: id::Person,
        revision: i64,
        change: PersonChange,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("fields", change.fields());
        let mut entered = self.act(session, Act::PersonChanged, Resource::Person(person), detail).await?;
        let written = write(&mut entered, person, revision, change).await;
        entered.finish(written).await
    }

    /// Changes one's own record.
    pub async fn change_own_details(&self, session: &Session, revision: i64, own: OwnChange) -> Result<(), Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let change = PersonChange::from(own);
        let detail = Detail::none().with("fields", change.fields());
        let mut entered = self.act(session, Act::OwnDetailsChanged, Resource::Person(person), detail).await?;
        let written = write(&mut entered, person, revision, change).await;
        entered.finish(written).await
    }

    /// Sets the ways to reach somebody, in the order to try them.
    pub async fn set_contact_ways(
        &self,
        session: &Session,
        person: id::Person,
        revision: i64,
        ways: &[ContactWay],
    ) -> Result<(), Fault> {
        let is_wrong = |way: &ContactWay| {
            way.way.trim().is_empty() || way.way.chars().count() > LONGEST_WAY || way.way.chars().any(char::is_control)
        };
        if ways.len() > MOST_WAYS || ways.iter().any(is_wrong) {
            return Err(Fault::wrong("At most 12 ways to reach somebody, each of 1 to 200 characters on one line."));
        }
        let detail = Detail::none().with("fields", "contact_ways");
        let mut entered = self.act(session, Act::PersonChanged, Resource::Person(person), detail).await?;
        let written = write_ways(&mut entered, person, revision, ways).await;
        entered.finish(written).await
    }

    /// Somebody leaves: their duties end, their account closes, their keys and their ways into the gate go, and they are in
    /// no class. Their record stays as long as the school keeps it.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for the last head or safeguarding lead; [`Fault::Changed`] when they left already.
    pub async fn leave(&self, session: &Session, person: id::Person, revision: i64) -> Result<(), Fault> {
        let mut entered = self.act(session, Act::PersonLeft, Resource::Person(person), Detail::none()).await?;
        let left = write_leaving(&mut entered, person, revision).await;
        entered.finish(left).await
    }

    /// Somebody who left is back, or had not left: without duties, classes, account and ways into the gate, which are given
    /// anew.
    pub async fn come_back(&self, session: &Session, person: id::Person, revision: i64) -> Result<(), Fault> {
        let detail = Detail::none().with("fields", "left_at");
        let mut entered = self.act(session, Act::PersonChanged, Resource::Person(person), detail).await?;
        entered.change_one(&COME_BACK, &[person.into(), session.school.into(), revision.into()]).await?;
        entered.commit().await
    }
}

async fn write_ways(
    entered: &mut Entered,
    person: id::Person,
    revision: i64,
    ways: &[ContactWay],
) -> Result<(), Fault> {
    let school = entered.session().school;
    let key: [Value; 2] = [person.into(), school.into()];
    let before = ways_of(entered.transaction(), &key).await?;
    entered.change_one(&TOUCH_PERSON, &[person.into(), school.into(), revision.into()]).await?;
    entered.change(&DROP_WAYS, &key).await?;
    for (place, way) in (1_i64..).zip(ways) {
        let [person, school] = key.clone();
        entered.change_one(&ADD_WAY, &[person, school, place.into(), way.kind.into(), way.way.trim().into()]).await?;
    }
    // Whoever loses the address that mail comes to hears of nothing any more, and would not notice it.
    let is_same = before.len() == ways.len()
        && before.iter().zip(ways).all(|(before, way)| before.kind == way.kind && before.way == way.way.trim());
    let is_by_another = entered.session().actor != Actor::Person(person);
    if !before.is_empty() && !is_same && is_by_another && entered.standing().roll.is_on_ladder(person) {
        tell(entered, person, "contact-ways-changed", &person.to_string()).await?;
    }
    Ok(())
}

async fn ways_of(transaction: &mut Transaction, key: &[Value; 2]) -> Result<Vec<ContactWay>, Fault> {
    let rows = transaction.rows(&WAYS, key).await?;
    rows.iter().map(|row| Ok(ContactWay { kind: row.get(0)?, way: row.get(1)? })).collect()
}

async fn write_leaving(entered: &mut Entered, person: id::Person, revision: i64) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    entered.change_one(&LEAVE, &[person.into(), school.into(), revision.into(), now.into()]).await?;
    for row in entered.rows(&HOLDINGS_OF, &[person.into(), school.into(), now.into()]).await? {
        let holding = row.get::<id::Holding>(0)?;
        let detail = Detail::none().with("holding", holding.to_string());
        entered.also(Act::DutyEnded, Resource::Person(person), detail).await.map_err(|fault| match fault {
            Fault::NotFound => Fault::NotAllowed(
                "They hold duties. Ask somebody who gives duties, such as the head, to end those first.".to_owned(),
            ),
            other => other,
        })?;
        duties::write_end(entered, holding).await?;
    }
    entered.change(&DROP_MEMBERSHIPS, &[person.into(), school.into()]).await?;
    accounts::close_account_in(entered, person).await?;
    pupil::heard::end_for_leaver(entered, person).await?;
    seal::holder_left(entered, person).await
}

/// Reads a record; expects that whoever asks may have it.
async fn read(transaction: &mut Transaction, school: id::School, person: id::Person) -> Result<Person, Fault> {
    let key: [Value; 2] = [person.into(), school.into()];
    let row = transaction.row(&PERSON, &key).await?.ok_or(Fault::NotFound)?;
    let mut person = from_row(&row)?;
    person.said.gate.password_hash = None;
    person.said.gate.resolver_name = None;
    person.has_photo = transaction.row(&PHOTO, &key).await?.is_some();
    let name = names::name_key(&person.said.full_name);
    let values = [school.into(), name.into(), person.said.kind.into(), person.id.into()];
    let others = transaction.row(&SAME_NAME, &values).await?.ok_or(Fault::NotFound)?;
    person.another_has_this_name = others.get::<i64>(0)? > 0;
    for row in transaction.rows(&CLASSES_OF, &key).await? {
        person.classes.push((row.get(0)?, row.get(1)?));
    }
    person.ways = ways_of(transaction, &key).await?;
    Ok(person)
}

/// A person from a row of `PERSON`, without what other tables hold.
pub(super) fn from_row(row: &Row) -> Result<Person, Fault> {
    let gate = GatePlace {
        code: row.get(10)?,
        group: row.get(11)?,
        sign_in: row.get(12)?,
        password_hash: row.get(13)?,
        resolver_name: row.get(14)?,
    };
    let staff_kind = row.get::<Option<String>>(2)?.and_then(|word| StaffKind::from_word(&word));
    let said = NewPerson {
        kind: row.get(1)?,
        staff_kind,
        number: row.get(3)?,
        full_name: row.get(4)?,
        preferred_name: row.get(5)?,
        sort_as: row.get(6)?,
        date_of_birth: row.get(7)?,
        language: row.get(8)?,
        interpreter_needed: row.get(9)?,
        gate,
    };
    Ok(Person {
        id: row.get(0)?,
        said,
        revision: row.get(15)?,
        left_at: row.get(16)?,
        classes: Vec::new(),
        ways: Vec::new(),
        has_photo: false,
        another_has_this_name: false,
    })
}

async fn write(entered: &mut Entered, id: id::Person, revision: i64, change: PersonChange) -> Result<(), Fault> {
    let row = entered.row(&PERSON, &[id.into(), entered.session().school.into()]).await?.ok_or(Fault::NotFound)?;
    let mut said = from_row(&row)?.said;
    let group = said.gate.group.clone();
    change.apply(&mut said);
    let said = said.tidied();
    if said.gate.group != group {
        Grouping::of(entered).await?.check(Before::In(group.as_deref()), said.gate.group.as_deref())?;
    }
    person::refuse_faults(entered, &said)?;
    person::refuse_taken(entered, Some(id), &said).await?;
    write_row(entered, id, revision, said).await
}

/// Writes the row of somebody in whom nothing is wrong anew; expects the entry written.
pub(super) async fn write_row(
    entered: &mut Entered,
    id: id::Person,
    revision: i64,
    said: NewPerson,
) -> Result<(), Fault> {
    let keys = Keys::of(&said);
    gate::spend_code(entered, id, said.gate.code.as_deref()).await?;
    let values = [
        id.into(),
        entered.session().school.into(),
        revision.into(),
        said.staff_kind.map(StaffKind::word).into(),
        said.number.into(),
        said.full_name.into(),
        said.preferred_name.into(),
        keys.sort_name.into(),
        keys.search_key.into(),
        keys.name_key.into(),
        said.date_of_birth.into(),
        said.language.into(),
        said.interpreter_needed.into(),
        said.gate.code.into(),
        said.gate.group.into(),
        said.gate.sign_in.into(),
        said.gate.password_hash.into(),
        said.gate.resolver_name.into(),
    ];
    entered.change_one(&CHANGE_PERSON, &values).await
}
