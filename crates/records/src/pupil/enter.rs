//! Coming in: the code on the board, one's name, and what one shows.
//!
//! Three things stand against guessing. The code is good only at school, or where the adult sits who opened the class, and for an hour.
//! Wrong codes from one place wait, so briefly that no prank shuts a class out. And after a few wrong pictures or words of one pupil in
//! one opening an adult in the room lets them try again: that keeps one pupil waiting, whom the adult sees, and nobody else.

use super::{
    opening::{Opening, normalised_code, open_now, pupils_of},
    secret::{Bound, Mark, Shown, WayKind},
    statements::{ADD_ARRIVAL, ALL_SCHOOLS, FIRST_SCHOOL, IS_PUPIL_OF, WAY},
    way::way_in_force,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    store::Transaction,
};
use jiff::Timestamp;

/// A class whose code somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtClass {
    /// At which school.
    pub school: id::School,
    /// What is open.
    pub opening: id::Row,
    /// Of which class.
    pub class: id::Class,
    /// Until when at the latest.
    pub until: Timestamp,
}

/// A pupil at the door, as others in the room may see them: a first name and a sign, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Who.
    pub person: id::Person,
    /// Their first name, or what they like to be called.
    pub first_name: String,
    /// What tells them from others of that name.
    pub mark: Option<Mark>,
}

/// By what somebody sits in a class: once it ended, or they were given another way, the seat ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassSeat {
    /// What is open.
    pub at: AtClass,
    /// What they showed.
    pub way: id::Row,
}

impl Records {
    /// The class whose code this is. `place` is where it was typed; `is_at_school` says whether that is the school's own network.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for a code that is none, or over, or typed elsewhere; in the same words.
    pub async fn class_of_code(&self, typed: &str, place: &str, is_at_school: bool) -> Result<AtClass, Fault> {
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let Some(first) = looking.row(&FIRST_SCHOOL, &[]).await? else { return Err(no_such_code()) };
        let counted_at: id::School = first.get(0)?;
        let schools = looking.rows(&ALL_SCHOOLS, &[]).await?;
        let mut open = Vec::new();
        for row in schools {
            open.extend(open_now(&mut looking, row.get(0)?, now).await?);
        }
        drop(looking);
        open.retain(|opening| is_at_school || opening.place == place);
        if open.is_empty() {
            return Err(no_such_code());
        }
        if !self.count_class_code(counted_at, place).await? {
            return Err(no_such_code());
        }
        let code = normalised_code(typed).ok_or_else(no_such_code)?;
        let found = open.iter().find(|opening| is_same(&opening.code, &code)).ok_or_else(no_such_code)?;
        self.take_class_code_back(counted_at, place).await?;
        Ok(AtClass { school: found.school, opening: found.id, class: found.class, until: found.until })
    }

    /// Who may come in: the class's pupils who have something to show.
    ///
    /// # Errors
    /// [`Fault::NotFound`] once the class is over.
    pub async fn class_tiles(&self, at: AtClass) -> Result<Vec<Tile>, Fault> {
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let opening = still_open(&mut looking, at, now).await?;
        let pupils = pupils_of(&mut looking, at.school, opening.class, None, now).await?;
        let with_way = pupils.into_iter().filter(|pupil| pupil.way.is_some());
        Ok(with_way
            .map(|pupil| Tile { person: pupil.person, first_name: pupil.first_name, mark: pupil.mark })
            .collect())
    }

    /// What one of them is asked for.
    pub async fn class_asks(&self, at: AtClass, person: id::Person) -> Result<(Tile, WayKind), Fault> {
        let tiles = self.class_tiles(at).await?;
        let tile = tiles.into_iter().find(|tile| tile.person == person).ok_or(Fault::NotFound)?;
        let row = self.looking().await?.row(&WAY, &[at.school.into(), person.into()]).await?;
        Ok((tile, row.ok_or(Fault::NotFound)?.get(1)?))
    }

    /// Lets a pupil in who showed what is theirs. Nothing sealed is unlocked.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for what is wrong, with what to do next; [`Fault::NotFound`] once the class is over.
    pub async fn enter_class(
        &self,
        at: AtClass,
        person: id::Person,
        shown: &Shown<'_>,
    ) -> Result<(Session, ClassSeat), Fault> {
        still_open(&mut self.looking().await?, at, self.clock().now()).await?;
        // Counted before it is looked at, so that many at once are not looked at for the price of one.
        if !self.count_at_class(at.school, at.opening, person).await? {
            return Err(stuck());
        }
        let session = Session { school: at.school, actor: Actor::Person(person), unlocked: None };
        let mut looking = self.looking().await?;
        let is_theirs = looking.row(&IS_PUPIL_OF, &[at.class.into(), person.into(), at.school.into()]).await?.is_some();
        let way = way_in_force(&mut looking, at.school, person).await?;
        let found = match way {
            Some((row, kind, mark)) if is_theirs => {
                let bound = Bound { school: at.school, row, person };
                shown.is_right(looking.key()?, &bound, kind, &mark).then_some(row)
            }
            _ => None,
        };
        drop(looking);
        let Some(way) = found else {
            self.sign_in_failed(at.school, is_theirs.then_some(person)).await?;
            return Err(wrong());
        };
        let detail = Detail::none().with("how", "class").with("opening", at.opening.to_string());
        let mut entered = self.act(&session, Act::SignedIn, Resource::Person(person), detail).await?;
        let arrived = arrive(&mut entered, at, person, way).await;
        entered.finish(arrived).await?;
        self.forget_class_tries(at.school, at.opening, person).await?;
        Ok((session, ClassSeat { at, way }))
    }

    /// Whether a seat in a class is still its pupil's: the class is open, they are in it, and what they showed is theirs.
    pub async fn class_seat_stands(&self, session: &Session, seat: &ClassSeat) -> Result<bool, Fault> {
        let Actor::Person(person) = session.actor else { return Ok(false) };
        let mut looking = self.looking().await?;
        match still_open(&mut looking, seat.at, self.clock().now()).await {
            Err(Fault::NotFound) => return Ok(false),
            open => drop(open?),
        }
        let values = [seat.at.class.into(), person.into(), seat.at.school.into()];
        let is_theirs = looking.row(&IS_PUPIL_OF, &values).await?.is_some();
        let way = way_in_force(&mut looking, seat.at.school, person).await?;
        Ok(is_theirs && way.is_some_and(|(row, ..)| row == seat.way))
    }
}

async fn still_open(t: &mut Transaction, at: AtClass, now: Timestamp) -> Result<Opening, Fault> {
    let open = open_now(t, at.school, now).await?;
    open.into_iter().find(|open| open.id == at.opening && open.class == at.class).ok_or(Fault::NotFound)
}

async fn arrive(entered: &mut Entered, at: AtClass, person: id::Person, way: id::Row) -> Result<(), Fault> {
    let now = entered.now();
    // Once more where it is written: the class may have been ended meanwhile.
    still_open(entered.transaction(), at, now).await?;
    let values =
        [id::Row::new(now)?.into(), at.school.into(), at.opening.into(), person.into(), way.into(), now.into()];
    entered.change_one(&ADD_ARRIVAL, &values).await
}

fn is_same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

fn no_such_code() -> Fault {
    Fault::NotAllowed("That is not the code on the board. Look again, or ask your teacher.".to_owned())
}

fn wrong() -> Fault {
    Fault::NotAllowed("That is not right yet. Try again, or ask your teacher to help.".to_owned())
}

fn stuck() -> Fault {
    Fault::NotAllowed("Ask your teacher now. They can help you in. You are not in trouble.".to_owned())
}
