//! A class that is open: an adult who teaches it, or whose duty is wider, shows a code on the board, sees who comes in, and ends it.

use super::{
    secret::{Mark, WayKind, below},
    statements::{ADD_OPENING, ARRIVED, CLASS_NAMED, CLOSE_OPENING, FORGET_ARRIVALS, OPENINGS, PUPILS_OF, WAY},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Capability, Duty, Resource, Standing},
    accounts,
    audit::{Detail, MachineKey},
    id,
    people::first_name,
    store::{Row, Transaction},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// How long a class stays open at the longest: a lesson.
const LASTS: SignedDuration = SignedDuration::from_mins(60);
/// How long it is kept who came in.
const ARRIVALS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The signs of a code: none is taken for another or for a digit, and none is a vowel, so that no word comes about.
const SIGNS: &[u8; 21] = b"CDFHJKLMNPRTVWXY34679";
/// How many a code has: 85 million, of which a school has a few open at a time.
const LENGTH: usize = 6;

/// A class that is open, as the store has it.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) id: id::Row,
    pub(super) school: id::School,
    pub(super) class: id::Class,
    pub(super) adult: id::Person,
    pub(super) opened_at: Timestamp,
    pub(super) until: Timestamp,
    pub(super) code: Zeroizing<String>,
    /// From where the adult opened it.
    pub(super) place: String,
}

/// A class that is open, for the adult.
#[derive(Debug, Clone)]
pub struct OpenClass {
    /// Its id.
    pub id: id::Row,
    /// Who opened it.
    pub adult: id::Person,
    /// What stands on the board.
    pub code: Zeroizing<String>,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when at the latest.
    pub until: Timestamp,
}

/// A pupil of the class, as the adult in the room sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// Who.
    pub person: id::Person,
    /// Their name in full.
    pub full_name: String,
    /// What they find themselves by at the door.
    pub first_name: String,
    /// What tells them from others of that name.
    pub mark: Option<Mark>,
    /// What they show, if they have anything.
    pub way: Option<WayKind>,
    /// When they came in last.
    pub came: Option<Timestamp>,
    /// Whether they showed the wrong thing so often that an adult must let them try again.
    pub is_stuck: bool,
}

/// A class and its door.
#[derive(Debug, Clone)]
pub struct ClassDoor {
    /// The class's code.
    pub class_code: String,
    /// Its name.
    pub class_name: String,
    /// What is open, if anything.
    pub open: Option<OpenClass>,
    /// Who learns there.
    pub pupils: Vec<Here>,
}

impl Opening {
    /// What the code is bound to: another class, adult or end, and it opens nothing.
    fn bound(school: id::School, of: (id::Row, id::Class, id::Person), until: Timestamp) -> String {
        let (row, class, adult) = of;
        format!("class opening 1 {school} {row} {class} {adult} {}", until.as_microsecond())
    }

    fn of_row(key: &MachineKey, school: id::School, row: &Row) -> Result<Option<Self>, Fault> {
        let (id, class, adult) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let until: Timestamp = row.get(5)?;
        let Some(kept) = key.keeps(&Self::bound(school, (id, class, adult), until), &row.get::<Vec<u8>>(3)?) else {
            tracing::error!(%school, opening = %id, "an open class is not as it was written; nobody comes in by it");
            return Ok(None);
        };
        let Some((code, place)) = std::str::from_utf8(&kept).ok().and_then(|kept| kept.split_once('\n')) else {
            return Ok(None);
        };
        let (code, place) = (Zeroizing::new(code.to_owned()), place.to_owned());
        Ok(Some(Self { id, school, class, adult, opened_at: row.get(4)?, until, code, place }))
    }

    fn shown(self) -> OpenClass {
        OpenClass { id: self.id, adult: self.adult, code: self.code, opened_at: self.opened_at, until: self.until }
    }
}

/// What is open in a school at a moment, as this machine wrote it.
pub(super) async fn open_now(t: &mut Transaction, school: id::School, now: Timestamp) -> Result<Vec<Opening>, Fault> {
    let rows = t.rows(&OPENINGS, &[school.into(), now.into()]).await?;
    let mut open = Vec::new();
    for row in rows {
        open.extend(Opening::of_row(t.key()?, school, &row)?);
    }
    Ok(open)
}

impl Records {
    /// Opens a class for an hour, so that its pupils sign in with an adult in the room, who stands in the log. What was open of it ends.
    /// `place` is where the adult sits: from there, and from the school's own network, the code is good.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for a class that they do not teach.
    pub async fn open_class(&self, session: &Session, class: id::Class, place: &str) -> Result<OpenClass, Fault> {
        let detail = Detail::none().with("class", class.to_string()).with("how", "opened");
        let mut entered = self.act(session, Act::ClassOpened, Resource::School, detail).await?;
        let opened = open(&mut entered, class, place).await;
        entered.finish(opened).await
    }

    /// Ends what is open of a class: nobody comes in any more, and who came in by it is out.
    pub async fn close_class(&self, session: &Session, class: id::Class) -> Result<(), Fault> {
        let detail = Detail::none().with("class", class.to_string()).with("how", "closed");
        let mut entered = self.act(session, Act::ClassOpened, Resource::School, detail).await?;
        let closed = async {
            refuse_anothers_class(entered.standing(), class, Capability::SetLesson)?;
            close(&mut entered, class).await
        }
        .await;
        entered.finish(closed).await
    }

    /// A class with its door: what is open, and who of its pupils came in. Whom the asker must have no contact with is left out.
    pub async fn class_door(&self, session: &Session, class: id::Class) -> Result<ClassDoor, Fault> {
        let Actor::Person(asker) = session.actor else { return self.no_door(session, class).await };
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, now).await?;
        let door = match refuse_anothers_class(&standing, class, Capability::SetLesson) {
            Ok(()) => door(&mut looking, (session.school, class), asker, now).await,
            Err(fault) => Err(fault),
        };
        drop(looking);
        let shown = door.iter().flat_map(|door| &door.pupils).map(|pupil| pupil.person);
        let detail = Detail::none().with("class", class.to_string()).shown(shown);
        let entered = self.act(session, Act::ClassArrivalsRead, Resource::School, detail).await?;
        entered.finish(door).await
    }

    /// No program opens a class, and that it tried stands in the log.
    async fn no_door(&self, session: &Session, class: id::Class) -> Result<ClassDoor, Fault> {
        let detail = Detail::none().with("class", class.to_string());
        let entered = self.act(session, Act::ClassArrivalsRead, Resource::School, detail).await?;
        entered.finish(Err(Fault::NotFound)).await
    }
}

/// A teacher does this in the classes that they teach; who has it by a wider duty, in each.
pub(super) fn refuse_anothers_class(
    standing: &Standing,
    class: id::Class,
    capability: Capability,
) -> Result<(), Fault> {
    let is_wider = standing.duties.iter().any(|duty| *duty != Duty::Teacher && capability.is_of(*duty));
    if is_wider || standing.teaches.contains(&class) {
        return Ok(());
    }
    Err(Fault::NotAllowed("You do not teach this class. Whoever teaches it opens it for its pupils.".to_owned()))
}

async fn open(entered: &mut Entered, class: id::Class, place: &str) -> Result<OpenClass, Fault> {
    let Actor::Person(adult) = entered.session().actor else { return Err(Fault::NotFound) };
    let (school, now) = (entered.session().school, entered.now());
    entered.row(&CLASS_NAMED, &[class.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    refuse_anothers_class(entered.standing(), class, Capability::SetLesson)?;
    close(entered, class).await?;
    let running = open_now(entered.transaction(), school, now).await?;
    let mut code = new_code()?;
    while running.iter().any(|other| other.code == code) {
        code = new_code()?;
    }
    let until = now.checked_add(LASTS).map_err(|_never| Fault::wrong("The clock is wrong."))?;
    let id = id::Row::new(now)?;
    let kept = Zeroizing::new(format!("{}\n{place}", *code));
    let bound = Opening::bound(school, (id, class, adult), until);
    let sealed = entered.transaction().key()?.keep(&bound, kept.as_bytes())?;
    let values = [id.into(), school.into(), class.into(), adult.into(), sealed.into(), now.into(), until.into()];
    entered.change_one(&ADD_OPENING, &values).await?;
    let since = now.checked_sub(ARRIVALS_KEPT).unwrap_or(now);
    entered.change(&FORGET_ARRIVALS, &[school.into(), since.into()]).await.map(drop)?;
    Ok(OpenClass { id, adult, code, opened_at: now, until })
}

async fn close(entered: &mut Entered, class: id::Class) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    for row in entered.rows(&OPENINGS, &[school.into(), now.into()]).await? {
        if row.get::<id::Class>(1)? == class {
            entered.change_one(&CLOSE_OPENING, &[row.get::<id::Row>(0)?.into(), school.into(), now.into()]).await?;
        }
    }
    Ok(())
}

async fn door(
    t: &mut Transaction,
    (school, class): (id::School, id::Class),
    asker: id::Person,
    now: Timestamp,
) -> Result<ClassDoor, Fault> {
    let named = t.row(&CLASS_NAMED, &[class.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let running = open_now(t, school, now).await?;
    let opening = running.into_iter().find(|opening| opening.class == class);
    let mut came = BTreeMap::new();
    if let Some(opening) = &opening {
        for row in t.rows(&ARRIVED, &[school.into(), opening.id.into()]).await? {
            came.insert(row.get::<id::Person>(0)?, row.get::<Timestamp>(1)?);
        }
    }
    let mut pupils = pupils_of(t, school, class, Some(asker), now).await?;
    for pupil in &mut pupils {
        pupil.came = came.get(&pupil.person).copied();
        if let Some(opening) = &opening {
            pupil.is_stuck = accounts::is_stuck_at_class(t, school, opening.id, pupil.person).await?;
        }
    }
    Ok(ClassDoor { class_code: named.get(0)?, class_name: named.get(1)?, open: opening.map(Opening::shown), pupils })
}

/// Who learns in a class, with what tells those of one name apart.
pub(super) async fn pupils_of(
    t: &mut Transaction,
    school: id::School,
    class: id::Class,
    asker: Option<id::Person>,
    now: Timestamp,
) -> Result<Vec<Here>, Fault> {
    let asker = asker.map(|asker| asker.to_string());
    // The signs are given by all who learn there, whoever is left out for the asker: so that a sign stays theirs.
    let everybody = t.rows(&PUPILS_OF, &[class.into(), school.into(), None::<&str>.into(), now.into()]).await?;
    let mut named: BTreeMap<String, Vec<id::Person>> = BTreeMap::new();
    for row in &everybody {
        let (full, preferred): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        named.entry(first_name(&full, preferred.as_deref()).to_lowercase()).or_default().push(row.get(0)?);
    }
    for same in named.values_mut() {
        same.sort_unstable();
    }
    let mut pupils = Vec::new();
    for row in t.rows(&PUPILS_OF, &[class.into(), school.into(), asker.into(), now.into()]).await? {
        let (person, full_name, preferred): (id::Person, String, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let first_name = first_name(&full_name, preferred.as_deref());
        let same = named.get(&first_name.to_lowercase()).filter(|same| same.len() > 1);
        let mark = same.and_then(|same| same.iter().position(|one| *one == person)).map(Mark::of);
        let way = t.row(&WAY, &[school.into(), person.into()]).await?.map(|row| row.get(1)).transpose()?;
        pupils.push(Here { person, full_name, first_name, mark, way, came: None, is_stuck: false });
    }
    Ok(pupils)
}

fn new_code() -> Result<Zeroizing<String>, Fault> {
    let mut code = Zeroizing::new(String::with_capacity(LENGTH));
    for _ in 0..LENGTH {
        code.extend(SIGNS.get(below(SIGNS.len())?).map(|sign| char::from(*sign)));
    }
    Ok(code)
}

/// A code as it is compared: children leave spaces in and type small letters.
pub(super) fn normalised_code(typed: &str) -> Option<Zeroizing<String>> {
    const LONGEST: usize = 40;
    if typed.len() > LONGEST {
        return None;
    }
    let code: String =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_uppercase()).collect();
    (code.len() == LENGTH).then(|| Zeroizing::new(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_of_signs_that_nobody_mistakes_and_typed_as_children_do() {
        let code = new_code().unwrap();
        assert!(code.bytes().all(|sign| SIGNS.contains(&sign)) && code.len() == LENGTH, "{}", *code);
        assert_ne!(*code, *new_code().unwrap());
        assert_eq!(normalised_code(" cdf 3-47 ").as_deref().map(String::as_str), Some("CDF347"));
        assert_eq!(normalised_code("CDF34"), None);
        assert_eq!(normalised_code(&"C".repeat(41)), None);
    }
}
