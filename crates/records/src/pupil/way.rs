//! Giving a pupil their pictures or words, and taking them away. They are made by us and shown once; a new pair never shows the old one,
//! which nobody can see (I-09). Who gave them and why stands in the log (I-03).

use super::{
    exempt::exemption,
    opening::pupils_of,
    secret::{Bound, Mark, Secret, WayKind},
    statements::{ADD_WAY, CLASS_NAMED, END_WAYS, PUPIL, WAY},
    year::school_year,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Capability, Resource},
    accounts,
    audit::{self, Detail},
    id,
    people::first_name,
    settings::{self, define::identity},
    store::{Transaction, words},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

words! {
    /// Why a pupil is given something new.
    WayReason {
        /// They have nothing yet.
        First = "first", "they have nothing yet";
        /// They forgot it.
        Forgotten = "forgotten", "they forgot it";
        /// Somebody else saw it.
        Seen = "seen", "somebody else knows it";
        /// The other kind suits them better.
        Other = "other-kind", "the other kind suits them better";
        /// A new school year, or time for a new one.
        Renewed = "renewed", "it is time for a new one";
    }
}

/// What is handed to a pupil, once.
#[derive(Debug)]
pub struct Card {
    /// Whose.
    pub person: id::Person,
    /// What they find themselves by at the door.
    pub first_name: String,
    /// What tells them from others of that name.
    pub mark: Option<Mark>,
    /// What they show.
    pub secret: Secret,
}

/// How a pupil signs in, for the adults who help them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayStanding {
    /// What they show in a class, if anything.
    pub kind: Option<WayKind>,
    /// Since when.
    pub set_at: Option<Timestamp>,
    /// Whether they have an account with a password of their own.
    pub has_account: bool,
    /// The school year they are in by their age; nothing where no date of birth is recorded. 0 is Reception.
    pub year: Option<i16>,
    /// Why neither pictures nor words may be given, in words for the adult; nothing where they may.
    pub refused: [Option<&'static str>; 2],
}

impl WayStanding {
    /// Why this kind may not be given.
    pub fn refused(&self, kind: WayKind) -> Option<&'static str> {
        let [pictures, words] = self.refused;
        match kind {
            WayKind::Pictures => pictures,
            WayKind::Words => words,
        }
    }
}

const NEEDS_PASSWORD: &str = "From this school year on, pupils here have words or a password of their own. Where this pupil is not able \
    to use one, the head, a safeguarding lead or whoever looks after special needs records that first.";
const NEEDS_STRONG: &str = "The school has decided that pupils of this year have strong passwords. Make them an account; or, where this \
    pupil is not able to use one, the head, a safeguarding lead or whoever looks after special needs records that first.";

impl Records {
    /// Gives a pupil pictures or words; what they had ends, and so does every sign-in by it. Shown once.
    ///
    /// # Errors
    /// [`Fault::Wrong`] where the school's settings have a password for them instead, with what can be done.
    pub async fn set_pupil_way(
        &self,
        session: &Session,
        person: id::Person,
        kind: WayKind,
        reason: WayReason,
    ) -> Result<Card, Fault> {
        let row = id::Row::new(self.clock().now())?;
        let detail = detail(row, kind).with("reason", reason.word());
        let mut entered = self.act(session, Act::PupilWaySet, Resource::Person(person), detail).await?;
        let card = give(&mut entered, row, person, kind, reason).await;
        entered.finish(card).await
    }

    /// The same for everybody in a class who has nothing yet and may have it. Who may not is left out.
    pub async fn set_class_ways(&self, session: &Session, class: id::Class, kind: WayKind) -> Result<Vec<Card>, Fault> {
        let detail = Detail::none().with("class", class.to_string()).with("kind", kind.word());
        let mut entered = self.act(session, Act::PupilWaySet, Resource::School, detail).await?;
        let cards = give_all(&mut entered, class, kind).await;
        entered.finish(cards).await
    }

    /// Takes away what a pupil shows: nobody signs in by it any more.
    pub async fn end_pupil_way(&self, session: &Session, person: id::Person) -> Result<(), Fault> {
        let detail = Detail::none().with("how", "ended");
        let mut entered = self.act(session, Act::PupilWaySet, Resource::Person(person), detail).await?;
        let ended = async {
            let (school, now) = (entered.session().school, entered.now());
            match entered.change(&END_WAYS, &[school.into(), person.into(), now.into()]).await? {
                0 => Err(Fault::Changed("They have neither pictures nor words.".to_owned())),
                _ => Ok(()),
            }
        }
        .await;
        entered.finish(ended).await
    }

    /// Lets a pupil try again in the class that is open, who showed the wrong thing too often.
    pub async fn let_pupil_try_again(
        &self,
        session: &Session,
        class: id::Class,
        person: id::Person,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("how", "may-try-again");
        let mut entered = self.act(session, Act::PupilWaySet, Resource::Person(person), detail).await?;
        let freed = async {
            let (school, now) = (entered.session().school, entered.now());
            let open = super::opening::open_now(entered.transaction(), school, now).await?;
            open.into_iter().find(|open| open.class == class).map(|open| open.id).ok_or_else(|| {
                Fault::Changed("The class is not open any more. When it is opened again, everybody may try.".to_owned())
            })
        }
        .await;
        let opening = entered.finish(freed).await?;
        self.forget_class_tries(session.school, opening, person).await
    }

    /// How a pupil signs in.
    pub async fn pupil_way(&self, session: &Session, person: id::Person) -> Result<WayStanding, Fault> {
        let mut entered = self.act(session, Act::PupilWayRead, Resource::Person(person), Detail::none()).await?;
        let standing = standing(entered.transaction(), session.school, person, self.clock().now()).await;
        entered.finish(standing).await
    }
}

fn detail(row: id::Row, kind: WayKind) -> Detail {
    Detail::none().with("how", "given").with("way", row.to_string()).with("kind", kind.word())
}

async fn give_all(entered: &mut Entered, class: id::Class, kind: WayKind) -> Result<Vec<Card>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Actor::Person(asker) = entered.session().actor else { return Err(Fault::NotFound) };
    entered.row(&CLASS_NAMED, &[class.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    super::opening::refuse_anothers_class(entered.standing(), class, Capability::HelpPupils)?;
    let mut cards = Vec::new();
    for pupil in pupils_of(entered.transaction(), school, class, Some(asker), now).await? {
        let standing = standing(entered.transaction(), school, pupil.person, now).await?;
        if standing.kind.is_some() || standing.refused(kind).is_some() {
            continue;
        }
        let row = id::Row::new(now)?;
        let detail = detail(row, kind).with("reason", WayReason::First.word());
        entered.also(Act::PupilWaySet, Resource::Person(pupil.person), detail).await?;
        cards.push(give(entered, row, pupil.person, kind, WayReason::First).await?);
    }
    Ok(cards)
}

async fn give(
    entered: &mut Entered,
    row: id::Row,
    person: id::Person,
    kind: WayKind,
    reason: WayReason,
) -> Result<Card, Fault> {
    let Actor::Person(by) = entered.session().actor else { return Err(Fault::NotFound) };
    let (school, now) = (entered.session().school, entered.now());
    let pupil = entered.row(&PUPIL, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    if let Some(why) = standing(entered.transaction(), school, person, now).await?.refused(kind) {
        return Err(Fault::wrong(why));
    }
    let secret = Secret::new(kind)?;
    let mark = secret.mark(entered.transaction().key()?, &Bound { school, row, person });
    entered.change(&END_WAYS, &[school.into(), person.into(), now.into()]).await.map(drop)?;
    let values =
        [row.into(), school.into(), person.into(), kind.into(), mark.into(), reason.into(), by.into(), now.into()];
    entered.change_one(&ADD_WAY, &values).await?;
    let (full, preferred): (String, Option<String>) = (pupil.get(0)?, pupil.get(1)?);
    let mark = mark_of(entered, person).await?;
    Ok(Card { person, first_name: first_name(&full, preferred.as_deref()), mark, secret })
}

/// What tells a pupil from others of their name, in the first of their classes in which there is another.
async fn mark_of(entered: &mut Entered, person: id::Person) -> Result<Option<Mark>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    for class in entered.facts().classes.clone() {
        let pupils = pupils_of(entered.transaction(), school, class, None, now).await?;
        if let Some(mark) = pupils.into_iter().find(|pupil| pupil.person == person).and_then(|pupil| pupil.mark) {
            return Ok(Some(mark));
        }
    }
    Ok(None)
}

/// How a pupil signs in, and what they may be given.
async fn standing(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    now: Timestamp,
) -> Result<WayStanding, Fault> {
    let pupil = t.row(&PUPIL, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let way = t.row(&WAY, &[school.into(), person.into()]).await?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let born: Option<Date> = pupil.get(2)?;
    let year = born.map(|born| school_year(born, today));
    let is_exempt = exemption(t, school, person).await?.is_some();
    let settings = settings::in_force(t, school).await?;
    let from = i16::try_from(settings.of(&identity::PUPIL_LOGIN_FROM)).unwrap_or(i16::MAX);
    let spares_youngest = settings.of(&identity::PUPIL_LOGIN_EXEMPT).contains("youngest");
    // Whose age nobody knows has what their year would have.
    let is_young = spares_youngest && year.is_some_and(|year| year < from);
    let by_band = settings.of(&identity::PUPIL_PASSWORDS) == "by-band";
    let pictures = if is_young || is_exempt { None } else { Some(NEEDS_PASSWORD) };
    let words = if is_young || is_exempt || by_band { None } else { Some(NEEDS_STRONG) };
    Ok(WayStanding {
        kind: way.as_ref().map(|way| way.get(1)).transpose()?,
        set_at: way.as_ref().map(|way| way.get(3)).transpose()?,
        has_account: accounts::has_account(t, school, person).await?,
        year,
        refused: [pictures, words],
    })
}

/// The row by which a pupil signs in, if the log tells of it: what somebody put into the store behind our back lets nobody in.
pub(super) async fn way_in_force(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Option<(id::Row, WayKind, Vec<u8>)>, Fault> {
    let Some(row) = t.row(&WAY, &[school.into(), person.into()]).await? else { return Ok(None) };
    let way: id::Row = row.get(0)?;
    let told = match audit::noted_on(t, school, ("person", &person.to_string()), &[Act::PupilWaySet]).await {
        Err(Fault::Damaged(_)) => return Ok(None),
        told => told?,
    };
    let newest = told.iter().find(|entry| matches!(entry.says("how"), Some("given" | "ended")));
    let is_told = newest.is_some_and(|entry| entry.says("way") == Some(&way.to_string()));
    Ok(if is_told { Some((way, row.get(1)?, row.get(2)?)) } else { None })
}
