//! Compartments: a key pair for what the same people may read, its private half wrapped for each of them.
//!
//! Whoever is taken out makes a new generation: what is sealed from then on they cannot open, whatever they kept. The older
//! generations stay with those who remain.

use super::{
    custodian::{custodians, wrap_for_pairs},
    holder::{HolderKey, Unlocked, key_of, usable_key},
    statements::{
        ADD_COMPARTMENT, ADD_COMPARTMENT_KEY, ADD_HOLDER, ADD_SUBJECT, ADD_WRAP, DROP_HOLDER, DROP_HOLDERS, DROP_PAIRS,
        DROP_PAIRS_OF_SUBJECT, DROP_SUBJECTS, DROP_WRAP, DROP_WRAPS, GENERATIONS, HOLDERS, IS_HOLDER, NEWEST_KEY,
        SET_GENERATION, SHRED, STRANDED, SUBJECTS, WRAP, WRAPPED,
    },
    suite::{Bound, Private, fingerprint, pair, seal_to},
};
use crate::{
    Entered, Fault,
    access::Act,
    audit::{self, Detail, Note},
    id,
    store::Transaction,
};

/// What the log calls a compartment whose key it tells of.
pub(super) const KIND: &str = "compartment";
const PURPOSE: &[u8] = b"holdfast case key 1";

/// One generation of a compartment's key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generation {
    pub compartment: id::Compartment,
    pub number: i64,
    pub public: Vec<u8>,
}

/// Makes a compartment for what `of` names (a kind and an id) and for `holders`, none of whom may be one of `subjects`. Those among
/// them who have no key pair yet, or whose new one nobody vouched for, are entitled and wait to be admitted.
pub(crate) async fn new_compartment(
    entered: &mut Entered,
    of: &str,
    holders: &[id::Person],
    subjects: &[id::Person],
) -> Result<id::Compartment, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let compartment = id::Compartment::new(now)?;
    entered.change_one(&ADD_COMPARTMENT, &[compartment.into(), school.into(), now.into()]).await?;
    for subject in subjects {
        let values = [compartment.into(), (*subject).into(), school.into(), now.into()];
        entered.change(&ADD_SUBJECT, &values).await.map(drop)?;
    }
    let holders: Vec<id::Person> = holders.iter().filter(|holder| !subjects.contains(holder)).copied().collect();
    for holder in &holders {
        // The log is told of them with the first generation.
        write_holder(entered, compartment, *holder).await?;
    }
    next_generation(entered, (compartment, of), 1, (&holders, subjects)).await?;
    Ok(compartment)
}

/// Everybody who holds a compartment's key or is to hold it.
pub(crate) async fn holders(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
) -> Result<Vec<id::Person>, Fault> {
    Members::of(t, school, compartment).await.map(|members| members.holders)
}

/// Everybody who never may.
pub(super) async fn subjects(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
) -> Result<Vec<id::Person>, Fault> {
    Members::of(t, school, compartment).await.map(|members| members.subjects)
}

/// Who belongs to a compartment, and what it is for, as the store has it and the log tells.
struct Members {
    holders: Vec<id::Person>,
    subjects: Vec<id::Person>,
    /// What is sealed there: a kind and an id.
    of: String,
}

impl Members {
    /// Whom the log does not tell of as a holder was put in behind our back, and does not count; whom it tells of as a subject is
    /// one, should the row have been taken away.
    async fn of(t: &mut Transaction, school: id::School, compartment: id::Compartment) -> Result<Self, Fault> {
        let (mut holders, mut subjects) = as_it_stands(t, compartment).await?;
        let told = Told::of(t, school, compartment).await?;
        holders.retain(|person| {
            let is_told = told.holders.contains(&person.to_string());
            if !is_told {
                tracing::error!(%school, %compartment, %person, "somebody stands as a holder whom the audit log does not tell of");
            }
            is_told
        });
        subjects.extend(told.subjects.iter().filter_map(|id| id::Person::parse(id).ok()));
        subjects.sort_unstable();
        subjects.dedup();
        Ok(Self { holders, subjects, of: told.of })
    }
}

/// The holders and the subjects that stand in the store, whatever the log says: for taking stock.
pub(super) async fn as_it_stands(
    t: &mut Transaction,
    compartment: id::Compartment,
) -> Result<(Vec<id::Person>, Vec<id::Person>), Fault> {
    Ok((people(t, &HOLDERS, compartment).await?, people(t, &SUBJECTS, compartment).await?))
}

async fn people(
    t: &mut Transaction,
    statement: &crate::store::Statement,
    compartment: id::Compartment,
) -> Result<Vec<id::Person>, Fault> {
    t.rows(statement, &[compartment.into()]).await?.iter().map(|row| row.get(0)).collect()
}

/// Admits a person, by somebody who holds the key themselves, to every generation that they hold. A person whose key nobody
/// vouched for is entitled from now on, and waits.
pub(crate) async fn admit(
    entered: &mut Entered,
    unlocked: &Unlocked,
    compartment: id::Compartment,
    person: id::Person,
) -> Result<(), Fault> {
    let school = entered.session().school;
    if subjects(entered.transaction(), school, compartment).await?.contains(&person) {
        return Err(Fault::NotAllowed("Whom something is about is never admitted to it.".to_owned()));
    }
    let newest = newest(entered.transaction(), school, compartment).await?;
    // Whoever cannot open what is sealed now admits nobody.
    private_of(entered.transaction(), unlocked, compartment, newest).await?;
    add_holder(entered, compartment, person).await?;
    if let Some(key) = key_of(entered.transaction(), school, person).await?.filter(|key| key.is_trusted) {
        wrap_what_opens(entered, unlocked, compartment, person, &key).await?;
    }
    Ok(())
}

/// Wraps for a person's key every generation that `unlocked` opens and that is not wrapped for it yet; how many.
pub(super) async fn wrap_what_opens(
    entered: &mut Entered,
    unlocked: &Unlocked,
    compartment: id::Compartment,
    person: id::Person,
    key: &HolderKey,
) -> Result<usize, Fault> {
    let school = entered.session().school;
    let done = wrapped(entered.transaction(), school, compartment, key.id).await?;
    let mut count = 0;
    for generation in generations(entered.transaction(), school, compartment).await? {
        if done.contains(&generation.number) {
            continue;
        }
        match private_of(entered.transaction(), unlocked, compartment, generation.number).await {
            Ok(private) => {
                wrap_for(entered, &generation, &private, person, key).await?;
                count += 1;
            }
            Err(Fault::Locked(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(count)
}

/// Takes a person out: their wraps go, and a new generation comes if they had any (wherever else wraps go, one came then).
/// Needs nobody's secret. Refused where nobody could open what is there any more.
pub(crate) async fn remove(
    entered: &mut Entered,
    compartment: id::Compartment,
    person: id::Person,
) -> Result<(), Fault> {
    let school = entered.session().school;
    let values = [school.into(), compartment.into(), person.into()];
    if entered.change(&DROP_HOLDER, &values).await? == 0 {
        return Err(Fault::NotFound);
    }
    note_person(entered, compartment, person, Act::HolderRemoved).await?;
    refuse_to_strand(entered.transaction(), school, Some(compartment), Some(person)).await?;
    if entered.change(&DROP_WRAP, &values).await? > 0 { rotate(entered, compartment).await } else { Ok(()) }
}

/// Starts a new generation: what is sealed from now on opens for those only who may open it now.
pub(super) async fn rotate(entered: &mut Entered, compartment: id::Compartment) -> Result<(), Fault> {
    let school = entered.session().school;
    let newest = newest(entered.transaction(), school, compartment).await?;
    let Members { holders, subjects, of } = Members::of(entered.transaction(), school, compartment).await?;
    next_generation(entered, (compartment, &of), newest + 1, (&holders, &subjects)).await
}

/// Makes a person a subject: they hold nothing of it from now on, and no two custodians with them among them open it.
pub(crate) async fn add_subject(
    entered: &mut Entered,
    compartment: id::Compartment,
    person: id::Person,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let values = [school.into(), compartment.into(), person.into()];
    let added = [compartment.into(), person.into(), school.into(), now.into()];
    entered.change(&ADD_SUBJECT, &added).await.map(drop)?;
    // Told whether or not the row was new: one that was put in before, behind our back, must not keep the log from knowing.
    note_person(entered, compartment, person, Act::SubjectAdded).await?;
    let was_holder = entered.change(&DROP_HOLDER, &values).await? > 0;
    let was_custodian = entered.change(&DROP_PAIRS_OF_SUBJECT, &values).await? > 0;
    refuse_to_strand(entered.transaction(), school, Some(compartment), Some(person)).await?;
    entered.change(&DROP_WRAP, &values).await.map(drop)?;
    if was_holder || was_custodian { rotate(entered, compartment).await } else { Ok(()) }
}

/// Erases: every wrap goes, so that what was sealed stays sealed for ever, and nothing says whom it was about. (A copy of the
/// store that was made before still has its wraps.)
pub(crate) async fn shred(entered: &mut Entered, compartment: id::Compartment) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let values = [school.into(), compartment.into()];
    for statement in [&DROP_WRAPS, &DROP_PAIRS, &DROP_HOLDERS, &DROP_SUBJECTS] {
        entered.change(statement, &values).await.map(drop)?;
    }
    entered.change(&SHRED, &[compartment.into(), school.into(), now.into()]).await.map(drop)
}

/// The private half of a generation, for somebody who holds it.
pub(super) async fn private_of(
    t: &mut Transaction,
    unlocked: &Unlocked,
    compartment: id::Compartment,
    generation: i64,
) -> Result<Private, Fault> {
    let (school, person) = (unlocked.school, unlocked.person);
    let values = [compartment.into(), generation.into(), person.into(), unlocked.key.into(), school.into()];
    let Some(row) = t.row(&WRAP, &values).await? else {
        let is_holder = t.row(&IS_HOLDER, &[compartment.into(), person.into(), school.into()]).await?.is_some();
        return Err(if is_holder { waiting() } else { Fault::NotFound });
    };
    let (wrapped, public): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let generation = Generation { compartment, number: generation, public };
    let opened = unlocked.private.open(PURPOSE, &bound(school, &generation, person), &wrapped);
    let private = opened.and_then(|bytes| Private::from_bytes(&bytes)).ok_or_else(swapped)?;
    if private.public()? == generation.public { Ok(private) } else { Err(swapped()) }
}

/// Wraps a generation's private half for a holder.
pub(super) async fn wrap_for(
    entered: &mut Entered,
    generation: &Generation,
    private: &Private,
    person: id::Person,
    key: &HolderKey,
) -> Result<(), Fault> {
    let school = entered.session().school;
    let wrapped = seal_to(&key.public, PURPOSE, &bound(school, generation, person), private.bytes())?;
    let values = [
        generation.compartment.into(),
        generation.number.into(),
        person.into(),
        school.into(),
        key.id.into(),
        wrapped.into(),
    ];
    entered.change_one(&ADD_WRAP, &values).await
}

/// Makes somebody entitled, and tells the log. They open what is sealed from the next generation on, and wait for what was before.
pub(crate) async fn add_holder(
    entered: &mut Entered,
    compartment: id::Compartment,
    person: id::Person,
) -> Result<(), Fault> {
    let school = entered.session().school;
    write_holder(entered, compartment, person).await?;
    if holders(entered.transaction(), school, compartment).await?.contains(&person) {
        return Ok(());
    }
    note_person(entered, compartment, person, Act::HolderAdmitted).await
}

/// Tells the log that somebody became a holder or a subject, or is a holder no longer.
async fn note_person(
    entered: &mut Entered,
    compartment: id::Compartment,
    person: id::Person,
    act: Act,
) -> Result<(), Fault> {
    let detail = Detail::none().with("person", person.to_string());
    let note = Note { act, kind: KIND, resource: compartment.to_string(), detail: &detail };
    audit::note(entered, note).await.map(drop)
}

async fn write_holder(entered: &mut Entered, compartment: id::Compartment, person: id::Person) -> Result<(), Fault> {
    let values = [compartment.into(), person.into(), entered.session().school.into(), entered.now().into()];
    entered.change(&ADD_HOLDER, &values).await.map(drop)
}

/// A compartment's generations, oldest first.
pub(super) async fn generations(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
) -> Result<Vec<Generation>, Fault> {
    let rows = t.rows(&GENERATIONS, &[compartment.into(), school.into()]).await?;
    rows.iter().map(|row| Ok(Generation { compartment, number: row.get(0)?, public: row.get(1)? })).collect()
}

/// The generations that are wrapped for a key.
pub(super) async fn wrapped(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    key: id::Row,
) -> Result<Vec<i64>, Fault> {
    let rows = t.rows(&WRAPPED, &[compartment.into(), key.into(), school.into()]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Refuses what would leave a generation that nobody could open: no holder (other than `person`, if one is named), nor two
/// custodians.
pub(crate) async fn refuse_to_strand(
    t: &mut Transaction,
    school: id::School,
    compartment: Option<id::Compartment>,
    person: Option<id::Person>,
) -> Result<(), Fault> {
    match t.row(&STRANDED, &[school.into(), compartment.into(), person.into()]).await? {
        None => Ok(()),
        Some(_) => Err(Fault::NotAllowed(
            "Nobody else could open what is sealed there: no other holder, nor two custodians. Admit somebody else first, \
             or have the custodians' wraps completed (holdfast custodian complete). Nothing was changed."
                .to_owned(),
        )),
    }
}

async fn newest(t: &mut Transaction, school: id::School, compartment: id::Compartment) -> Result<i64, Fault> {
    t.row(&NEWEST_KEY, &[compartment.into(), school.into()]).await?.ok_or(Fault::NotFound)?.get(0)
}

/// A new key pair for a compartment, wrapped for every holder whose key may be used, and for every pair of custodians without a
/// subject. The private half is forgotten when this ends.
async fn next_generation(
    entered: &mut Entered,
    (compartment, of): (id::Compartment, &str),
    number: i64,
    (holders, subjects): (&[id::Person], &[id::Person]),
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let pair = pair()?;
    let generation = Generation { compartment, number, public: pair.public };
    // The log first: the fingerprint, who is to hold it and who never may.
    let detail = told_detail(&generation, of, (holders, subjects));
    let note = Note { act: Act::KeyMade, kind: KIND, resource: compartment.to_string(), detail: &detail };
    audit::note(entered, note).await?;
    let values = [compartment.into(), number.into(), school.into(), generation.public.clone().into(), now.into()];
    entered.change_one(&ADD_COMPARTMENT_KEY, &values).await?;
    entered.change_one(&SET_GENERATION, &[compartment.into(), school.into(), number.into()]).await?;
    let mut ways = 0;
    for person in holders {
        if let Some(key) = usable_key(entered.transaction(), school, *person).await? {
            wrap_for(entered, &generation, &pair.private, *person, &key).await?;
            ways += 1;
        }
    }
    let custodians = custodians(entered.transaction(), school).await?;
    ways += wrap_for_pairs(entered, &generation, &pair.private, &custodians).await?;
    if ways > 0 {
        return Ok(());
    }
    Err(Fault::NotAllowed(
        "Nobody could open what would be sealed: none of those entitled has signed in yet, or the store was altered, and there \
         are no two custodians without a part in it. Nothing was changed. Tell somebody who looks after Holdfast here, by word \
         of mouth; they name custodians (holdfast custodian name) and look at the machine's log."
            .to_owned(),
    ))
}

/// What the log tells of a new generation.
pub(super) fn told_detail(
    generation: &Generation,
    of: &str,
    (holders, subjects): (&[id::Person], &[id::Person]),
) -> Detail {
    let ids = |people: &[id::Person]| people.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    Detail::none()
        .with("generation", generation.number.to_string())
        .with("key", fingerprint(&generation.public))
        .with("of", of)
        .with("holders", ids(holders))
        .with("subjects", ids(subjects))
}

/// Whom the log tells of with a compartment: with its newest generation, and since.
#[derive(Default)]
struct Told {
    holders: Vec<String>,
    subjects: Vec<String>,
    /// What is sealed there.
    of: String,
}

impl Told {
    async fn of(t: &mut Transaction, school: id::School, compartment: id::Compartment) -> Result<Self, Fault> {
        let acts = &[Act::KeyMade, Act::HolderAdmitted, Act::HolderRemoved, Act::SubjectAdded];
        let (mut told, mut removed) = (Self::default(), Vec::new());
        // Newest first: what was said of somebody last holds.
        for entry in audit::noted_on(t, school, (KIND, &compartment.to_string()), acts).await? {
            match entry.says("person") {
                Some(person) if entry.tells_of(Act::SubjectAdded) => told.subjects.push(person.to_owned()),
                Some(person) if entry.tells_of(Act::HolderRemoved) => removed.push(person.to_owned()),
                Some(person) if !removed.iter().any(|one| one == person) => told.holders.push(person.to_owned()),
                Some(_removed_since) => {}
                None => {
                    let all = |key| entry.says(key).unwrap_or_default().split_whitespace().map(str::to_owned);
                    told.holders.extend(all("holders").filter(|person| !removed.contains(person)));
                    told.subjects.extend(all("subjects"));
                    entry.says("of").unwrap_or_default().clone_into(&mut told.of);
                    break;
                }
            }
        }
        Ok(told)
    }
}

/// Refuses a generation that is not the newest that the log tells of, with the public half that it tells: what is sealed to another
/// would be somebody else's to read.
pub(super) async fn check_generation(
    t: &mut Transaction,
    school: id::School,
    generation: &Generation,
) -> Result<(), Fault> {
    let of_compartment = generation.compartment.to_string();
    let told = audit::noted_on(t, school, (KIND, &of_compartment), &[Act::KeyMade]).await?;
    let is_told = told.first().is_some_and(|newest| {
        newest.says("generation") == Some(&generation.number.to_string())
            && newest.says("key") == Some(&fingerprint(&generation.public))
    });
    if is_told {
        return Ok(());
    }
    tracing::error!(%school, compartment = %generation.compartment, "the key of a compartment is not the one that the audit log tells of");
    Err(swapped())
}

/// Refuses a compartment that is not, as the log tells, for what refers to it: somebody led a file or a record to another one,
/// which other people hold.
pub(crate) async fn check_of(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    of: &str,
) -> Result<(), Fault> {
    if Told::of(t, school, compartment).await?.of == of {
        return Ok(());
    }
    tracing::error!(%school, %compartment, of, "something refers to a compartment that the audit log tells to be for another thing");
    Err(swapped())
}

/// Refuses a compartment of which the log does not tell that this person is kept out of it: what is said of them is not sealed
/// there.
pub(crate) async fn check_subject(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
    person: id::Person,
) -> Result<(), Fault> {
    if Told::of(t, school, compartment).await?.subjects.contains(&person.to_string()) {
        return Ok(());
    }
    // Whoever reads the machine's log learns nothing of who is held: not the person.
    tracing::error!(%school, %compartment, "a hold keeps in a compartment whose subject the person is not, as the audit log tells");
    Err(swapped())
}

fn bound(school: id::School, generation: &Generation, person: id::Person) -> Bound {
    let number = generation.number.to_be_bytes();
    Bound::to(&[school.bytes(), generation.compartment.bytes(), &number, &generation.public, person.bytes()])
}

fn waiting() -> Fault {
    Fault::Locked(
        "You are entitled to this and not admitted yet. Somebody who can open it admits you (holdfast holder admit), or two \
         custodians do (holdfast custodian recover)."
            .to_owned(),
    )
}

pub(super) fn swapped() -> Fault {
    Fault::Damaged(
        "The key of a compartment is not the one that was wrapped: the store was altered, and what was sealed to it since may \
         be known to whoever did it. Tell the designated safeguarding lead, verify the audit log, and restore a backup."
            .to_owned(),
    )
}
