//! Custodians: at least three people with a printed recovery code each. Any two of them open what neither is a subject of; one
//! alone opens nothing.

use super::{
    compartment::{Generation, subjects, swapped},
    holder::check_recorded,
    printed::{read_recovery_code, recovery_code},
    statements::{ADD_CUSTODIAN, ADD_PAIR_WRAP, CUSTODIAN_KIND, CUSTODIANS, END_CUSTODIAN, PAIR_WRAP, PAIRS},
    suite::{Bound, Private, fingerprint, pair, seal_to},
};
use crate::{
    Entered, Fault,
    access::{Act, Resource},
    audit::{self, Detail, Note},
    id,
    store::Transaction,
};
use jiff::Timestamp;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

const INNER: &[u8] = b"holdfast pair inner 1";
const OUTER: &[u8] = b"holdfast pair outer 1";
/// The first byte of what is sealed to pairs outside the store.
const FORM: u8 = 1;

/// A custodian, without the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custodian {
    /// The row.
    pub(super) id: id::Row,
    /// Who.
    pub person: id::Person,
    /// Since when.
    pub named_at: Timestamp,
    pub(super) public: Vec<u8>,
}

impl Custodian {
    /// The public half's fingerprint, as the audit log has it.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.public)
    }
}

/// The custodians of a school whose public halves are what the audit log recorded. One that is not is told in the machine's
/// log and left out, so that one altered row does not keep everybody from writing.
pub(super) async fn custodians(t: &mut Transaction, school: id::School) -> Result<Vec<Custodian>, Fault> {
    let mut custodians: Vec<Custodian> = Vec::new();
    for custodian in stored_custodians(t, school).await? {
        // Nobody is a custodian twice: a pair of one person would be one code.
        let is_twice =
            custodians.iter().any(|other| other.person == custodian.person || other.public == custodian.public);
        match check(t, school, &custodian).await {
            Ok(()) if is_twice => {
                tracing::error!(%school, person = %custodian.person, "a custodian stands there twice");
            }
            Ok(()) => custodians.push(custodian),
            Err(Fault::Damaged(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(custodians)
}

/// The same, refused if the audit log does not know one of them: for whoever looks after them.
pub(super) async fn checked_custodians(t: &mut Transaction, school: id::School) -> Result<Vec<Custodian>, Fault> {
    let custodians = stored_custodians(t, school).await?;
    for custodian in &custodians {
        check(t, school, custodian).await?;
    }
    Ok(custodians)
}

async fn check(t: &mut Transaction, school: id::School, custodian: &Custodian) -> Result<(), Fault> {
    check_recorded(t, school, custodian.person, &[Act::CustodianChanged], &custodian.public).await
}

/// The custodians as they are stored. A row that cannot be read is told and left out: it must not keep everybody from writing.
pub(super) async fn stored_custodians(t: &mut Transaction, school: id::School) -> Result<Vec<Custodian>, Fault> {
    let mut custodians = Vec::new();
    for row in t.rows(&CUSTODIANS, &[school.into()]).await? {
        match read(&row) {
            Ok(custodian) => custodians.push(custodian),
            Err(fault) => tracing::error!(%school, %fault, "a custodian's row cannot be read; it is left out"),
        }
    }
    Ok(custodians)
}

fn read(row: &crate::store::Row) -> Result<Custodian, Fault> {
    Ok(Custodian { id: row.get(0)?, person: row.get(1)?, public: row.get(2)?, named_at: row.get(3)? })
}

/// A custodian's key pair, made and not yet written.
pub(crate) struct MadeCustodian {
    public: Vec<u8>,
    code: Zeroizing<String>,
}

impl MadeCustodian {
    pub(crate) fn new() -> Result<Self, Fault> {
        let pair = pair()?;
        Ok(Self { public: pair.public, code: recovery_code(&pair.private) })
    }

    /// What the audit log says of it.
    pub(crate) fn detail(&self) -> Detail {
        Detail::none().with("key", fingerprint(&self.public))
    }
}

/// Names a custodian inside another act, with an entry of its own; their recovery code, which is shown once and kept nowhere.
pub(crate) async fn name_custodian_in(entered: &mut Entered, person: id::Person) -> Result<Zeroizing<String>, Fault> {
    let made = MadeCustodian::new()?;
    entered.also(Act::CustodianChanged, Resource::Person(person), made.detail()).await?;
    write_custodian(entered, person, made).await
}

/// Writes a custodian whose entry was written.
pub(super) async fn write_custodian(
    entered: &mut Entered,
    person: id::Person,
    made: MadeCustodian,
) -> Result<Zeroizing<String>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let kind = entered.row(&CUSTODIAN_KIND, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    if matches!(kind.get::<String>(0)?.as_str(), "pupil" | "parent" | "visitor") {
        return Err(Fault::wrong("A custodian is a member of staff, a governor, or somebody of the trust."));
    }
    let others = entered.rows(&CUSTODIANS, &[school.into()]).await?;
    for other in others {
        if other.get::<id::Person>(1)? == person {
            return Err(Fault::wrong("This person is a custodian already. Replace the code if it is lost."));
        }
    }
    let values = [id::Row::new(now)?.into(), school.into(), person.into(), made.public.into(), now.into()];
    entered.change_one(&ADD_CUSTODIAN, &values).await?;
    Ok(made.code)
}

/// Ends a custodian, and tells the log so: should the row of it be taken away, their code stays worth nothing. Their wraps stay
/// until [`super::Records`] has replaced them.
pub(super) async fn end_custodian(
    entered: &mut Entered,
    custodian: id::Row,
    person: id::Person,
    is_followed: bool,
) -> Result<(), Fault> {
    if !is_followed {
        let detail = Detail::none().with("how", "ended");
        let resource = person.to_string();
        audit::note(entered, Note { act: Act::CustodianChanged, kind: "person", resource, detail: &detail }).await?;
    }
    let values = [custodian.into(), entered.session().school.into(), entered.now().into()];
    entered.change_one(&END_CUSTODIAN, &values).await
}

/// Wraps a generation's private half for each pair of custodians that has no wrap of it yet, none of whom is a subject; how
/// many there are then.
pub(super) async fn wrap_for_pairs(
    entered: &mut Entered,
    generation: &Generation,
    private: &Private,
    custodians: &[Custodian],
) -> Result<usize, Fault> {
    let school = entered.session().school;
    let subjects = subjects(entered.transaction(), school, generation.compartment).await?;
    let done = pairs_of(entered.transaction(), school, generation.compartment).await?;
    let mut count = 0;
    for (outer, inner) in pairs_without(custodians, &subjects) {
        count += 1;
        if done.contains(&(generation.number, outer.id, inner.id)) {
            continue;
        }
        let bound = bound(school, generation, outer, inner);
        let once = Zeroizing::new(seal_to(&inner.public, INNER, &bound, private.bytes())?);
        let twice = seal_to(&outer.public, OUTER, &bound, &once)?;
        let values = [
            generation.compartment.into(),
            generation.number.into(),
            outer.id.into(),
            inner.id.into(),
            school.into(),
            twice.into(),
        ];
        entered.change_one(&ADD_PAIR_WRAP, &values).await?;
    }
    Ok(count)
}

/// Every pair of custodians of whom neither is a subject.
pub(super) fn pairs_without<'a>(
    custodians: &'a [Custodian],
    subjects: &[id::Person],
) -> Vec<(&'a Custodian, &'a Custodian)> {
    let free: Vec<&Custodian> = custodians.iter().filter(|custodian| !subjects.contains(&custodian.person)).collect();
    let mut pairs = Vec::new();
    for (place, outer) in free.iter().enumerate() {
        pairs.extend(free.iter().skip(place + 1).map(|inner| (*outer, *inner)));
    }
    pairs
}

/// The pairs that have a wrap, by generation.
pub(super) async fn pairs_of(
    t: &mut Transaction,
    school: id::School,
    compartment: id::Compartment,
) -> Result<BTreeSet<(i64, id::Row, id::Row)>, Fault> {
    let rows = t.rows(&PAIRS, &[compartment.into(), school.into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Two custodians at work, their private halves read from their codes.
pub(super) struct Two {
    outer: (Custodian, Private),
    inner: (Custodian, Private),
}

impl Two {
    /// The two custodians whose codes these are.
    pub(super) async fn of(t: &mut Transaction, school: id::School, codes: [&str; 2]) -> Result<Self, Fault> {
        let custodians = custodians(t, school).await?;
        let [one, other] = codes;
        let (one, other) = (owner(&custodians, one, "first")?, owner(&custodians, other, "second")?);
        if one.0.person == other.0.person {
            return Err(Fault::wrong(
                "Both recovery codes are the same person's. Two different custodians are needed.",
            ));
        }
        Ok(if one.0.id < other.0.id { Self { outer: one, inner: other } } else { Self { outer: other, inner: one } })
    }

    /// Who they are.
    pub(super) fn people(&self) -> [id::Person; 2] {
        [self.outer.0.person, self.inner.0.person]
    }

    /// The private half of a generation, if it was wrapped for the two.
    pub(super) async fn open(
        &self,
        t: &mut Transaction,
        school: id::School,
        generation: &Generation,
    ) -> Result<Option<Private>, Fault> {
        let (outer, inner) = (&self.outer.0, &self.inner.0);
        let about = subjects(t, school, generation.compartment).await?;
        if self.people().iter().any(|person| about.contains(person)) {
            return Ok(None);
        }
        let values =
            [generation.compartment.into(), generation.number.into(), outer.id.into(), inner.id.into(), school.into()];
        let Some(row) = t.row(&PAIR_WRAP, &values).await? else { return Ok(None) };
        let bound = bound(school, generation, outer, inner);
        let once = self.outer.1.open(OUTER, &bound, &row.get::<Vec<u8>>(0)?).ok_or_else(swapped)?;
        let private = self.inner.1.open(INNER, &bound, &once).ok_or_else(swapped)?;
        let private = Private::from_bytes(&private).ok_or_else(swapped)?;
        if private.public()? == generation.public { Ok(Some(private)) } else { Err(swapped()) }
    }
}

fn owner(custodians: &[Custodian], code: &str, which: &str) -> Result<(Custodian, Private), Fault> {
    let private = read_recovery_code(code)?;
    let public = private.public()?;
    let found = custodians.iter().find(|custodian| custodian.public == public);
    let custodian = found.ok_or_else(|| {
        Fault::wrong(format!(
            "The {which} recovery code is well formed, and not the code of a custodian here. It may have been replaced."
        ))
    })?;
    Ok((custodian.clone(), private))
}

fn bound(school: id::School, generation: &Generation, outer: &Custodian, inner: &Custodian) -> Bound {
    let number = generation.number.to_be_bytes();
    let (outer, inner) = (&outer.public, &inner.public);
    Bound::to(&[school.bytes(), generation.compartment.bytes(), &number, &generation.public, outer, inner])
}

/// The custodians of a school as rows, each with whose it is: for saying whose printed code was typed back.
pub(crate) async fn custodian_rows(
    t: &mut Transaction,
    school: id::School,
) -> Result<Vec<(id::Row, id::Person)>, Fault> {
    Ok(custodians(t, school).await?.into_iter().map(|custodian| (custodian.id, custodian.person)).collect())
}

/// The custodian whose printed code this is.
pub(crate) async fn custodian_of_code(
    t: &mut Transaction,
    school: id::School,
    code: &str,
) -> Result<(id::Row, id::Person), Fault> {
    let private = read_recovery_code(code)?;
    let public = private.public()?;
    let custodians = custodians(t, school).await?;
    let found = custodians.iter().find(|custodian| custodian.public == public);
    found.map(|custodian| (custodian.id, custodian.person)).ok_or_else(|| {
        Fault::wrong("This code is well formed, and not the code of a custodian here. It may have been replaced.")
    })
}

/// The public halves of a school's custodians, for sealing to them outside the store.
pub(crate) async fn custodian_keys(
    t: &mut Transaction,
    school: id::School,
) -> Result<Vec<(id::Person, Vec<u8>)>, Fault> {
    Ok(custodians(t, school).await?.into_iter().map(|custodian| (custodian.person, custodian.public)).collect())
}

/// Seals a key to every pair of custodians, in bytes that need no store to be opened: the form, then for each pair its two
/// public halves, the length of the wrap (two bytes), and the wrap.
pub(crate) fn seal_to_pairs(
    custodians: &[(id::Person, Vec<u8>)],
    info: &[u8],
    secret: &[u8; 32],
) -> Result<Vec<u8>, Fault> {
    let mut whole = vec![FORM];
    for (place, (outer_person, outer)) in custodians.iter().enumerate() {
        for (inner_person, inner) in custodians.iter().skip(place + 1) {
            if outer_person == inner_person {
                continue;
            }
            let bound = Bound::to(&[info, outer, inner]);
            let once = Zeroizing::new(seal_to(inner, INNER, &bound, secret)?);
            let twice = seal_to(outer, OUTER, &bound, &once)?;
            whole.extend_from_slice(outer);
            whole.extend_from_slice(inner);
            let length = u16::try_from(twice.len()).map_err(|_too_long| swapped())?;
            whole.extend(length.to_be_bytes());
            whole.extend(twice);
        }
    }
    if whole.len() == 1 {
        return Err(Fault::NotAllowed("There are no two custodians to seal to. Name them first.".to_owned()));
    }
    Ok(whole)
}

/// Opens it with two printed recovery codes alone.
pub(crate) fn open_with_pair(sealed: &[u8], info: &[u8], codes: [&str; 2]) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let [one, other] = codes;
    let (one, other) = (read_recovery_code(one)?, read_recovery_code(other)?);
    let (one, other) = ((one.public()?, one), (other.public()?, other));
    let no_pair = || {
        Fault::wrong(
            "These two recovery codes do not open it: they are not those of two custodians of the time when it was sealed, or \
             both are the same.",
        )
    };
    let mut rest = sealed.split_first().filter(|(form, _)| **form == FORM).ok_or_else(no_pair)?.1;
    while let Some((pair, wrap, after)) = next_pair(rest) {
        rest = after;
        for (outer, inner) in [(&one, &other), (&other, &one)] {
            if pair != [outer.0.as_slice(), inner.0.as_slice()] {
                continue;
            }
            let bound = Bound::to(&[info, &outer.0, &inner.0]);
            let opened = outer.1.open(OUTER, &bound, wrap).and_then(|once| inner.1.open(INNER, &bound, &once));
            let mut secret = Zeroizing::new([0; 32]);
            let bytes = opened.filter(|bytes| bytes.len() == secret.len()).ok_or_else(|| {
                Fault::Damaged("What was sealed to the custodians was altered. Take another copy.".to_owned())
            })?;
            secret.copy_from_slice(&bytes);
            return Ok(secret);
        }
    }
    Err(no_pair())
}

/// A pair's two public halves, its wrap, and what follows.
type NextPair<'a> = ([&'a [u8]; 2], &'a [u8], &'a [u8]);

/// The next pair.
fn next_pair(rest: &[u8]) -> Option<NextPair<'_>> {
    let (outer, rest) = rest.split_at_checked(super::suite::KEY)?;
    let (inner, rest) = rest.split_at_checked(super::suite::KEY)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (wrap, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some(([outer, inner], wrap, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_open_what_was_sealed_to_pairs_and_one_alone_does_not() {
        let now = Timestamp::UNIX_EPOCH;
        let made: Vec<MadeCustodian> = (0..3).map(|_| MadeCustodian::new().unwrap()).collect();
        let keys: Vec<(id::Person, Vec<u8>)> =
            made.iter().map(|made| (id::Person::new(now).unwrap(), made.public.clone())).collect();
        let secret = [7; 32];
        let sealed = seal_to_pairs(&keys, b"backup", &secret).unwrap();
        for (one, other) in [(0, 1), (1, 2), (2, 0)] {
            let codes = [made[one].code.as_str(), made[other].code.as_str()];
            assert_eq!(*open_with_pair(&sealed, b"backup", codes).unwrap(), secret);
            assert!(open_with_pair(&sealed, b"another", codes).is_err());
            let mut flipped = sealed.clone();
            for byte in &mut flipped {
                *byte ^= 1;
            }
            assert!(open_with_pair(&flipped, b"backup", codes).is_err());
        }
        let stranger = MadeCustodian::new().unwrap();
        for codes in [[made[0].code.as_str(); 2], [made[0].code.as_str(), stranger.code.as_str()]] {
            assert!(open_with_pair(&sealed, b"backup", codes).is_err());
        }
        assert!(seal_to_pairs(&keys[..1], b"backup", &secret).is_err());
        for cut in 0..sealed.len().min(300) {
            assert!(open_with_pair(&sealed[..cut], b"backup", [&made[0].code, &made[2].code]).is_err());
        }
    }
}
