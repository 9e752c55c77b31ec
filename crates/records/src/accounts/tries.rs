//! Wrong tries slow the next one down: growing, never for long, and never a lock.
//!
//! Tries are counted in lanes (device cookies, as OWASP describes them). Three kinds:
//!
//! - *One's own*: a browser in which this person signed in whole before, the machine's console, and a seat at which somebody is signed
//!   in already. Nobody else gets into it, so nobody else makes its owner wait.
//! - *The address's*: the name from one address, for browsers that are not known. Somebody who mistypes waits here only.
//! - *The account's*: the name from all browsers that are not known, wherever they are. Guesses that come from ten thousand addresses
//!   wait in this one lane.
//!
//! Names that exist and names that do not are counted alike, by a digest of what was typed.
//!
//! Codes of a second step have the same three kinds of lanes, by the person and apart from those of passwords: only who knows the
//! password comes so far, and whoever does must not keep its owner from showing a code in a browser of theirs.
//!
//! **The numbers.** People mistype: five tries cost nothing, and ten in the account's lane, so that two people with one address each do
//! not notice it. Then the wait doubles from a second. At half a minute in one lane the owner only sighs; the account's lane goes to a
//! minute, because whoever fills it is a stranger and the owner has a lane of their own. So strangers get 1,440 looks a day, however many
//! they are, which is half a million a year; the rule for passwords asks for ten thousand million guesses, and one year has one chance
//! in twenty thousand.
//!
//! A code has six digits, and three are good at a moment. So the lane of strangers' codes goes to a quarter of an hour: somebody who
//! knows the password gets about a hundred looks a day, which is one chance in three thousand, and the owner is told after five.

use super::statements::{
    BROWSER_OF, COUNT_TRY, FORGET_FEW_TRIES, FORGET_OLD_TRIES, FORGET_TRIES, KNOWN_BROWSER, TAKE_TRY_BACK, TRIES,
};
use crate::{Fault, Records, id, store::Transaction};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};

/// How long a wrong try is remembered after the last one in its lane.
/// A day, so that a pause makes no new tries free and the owner still hears of a night's guesses in the morning.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);
/// How many lanes are remembered at once, in all schools. When there are more, those with the fewest tries go first: whoever floods
/// us with names makes room in none that is slowed.
const MOST_LANES: i64 = 50_000;
/// After so many wrong tries in a row a known browser counts as any other: its word may be in other hands.
const TRUSTED_UNTIL: i64 = 20;
/// From so many wrong tries by strangers on, the owner is told at their next sign-in.
pub(super) const TOLD_FROM: i64 = 10;
/// The same of wrong codes: fewer, because whoever types one knew the password.
pub(super) const TOLD_OF_CODES_FROM: i64 = 5;

/// So many wrong pictures or words of one pupil in one opening are looked at. Of 132 pairs of pictures that is one in twenty-two, and
/// whoever tries it sits in a room with the adult who sees it.
const IN_CLASS: i64 = 6;
/// So many wrong codes from one place cost no wait: thirty children mistype at once, often from one address.
const CLASS_CODES: i64 = 60;

/// Where a try comes from.
#[derive(Debug, Clone, Copy)]
pub enum Whence<'a> {
    /// A place that is nobody else's: the machine's console, a seat at which somebody is signed in.
    Own(&'a str),
    /// The door: an address, and the word that the browser was given when somebody signed in in it, if it has one.
    Door {
        /// The address, or the network that stands for it.
        place: &'a str,
        /// The browser's word.
        browser: Option<&'a str>,
    },
}

/// What is tried.
#[derive(Debug, Clone, Copy)]
enum Tried<'a> {
    /// A password, or the like, of whoever this name is.
    Password(&'a str),
    /// A code of this person's second step.
    Code(id::Person),
}

/// The lanes in which a try was counted.
#[derive(Debug, Clone)]
pub(super) struct Lanes(Vec<Lane>);

#[derive(Debug, Clone)]
struct Lane {
    kind: Kind,
    who: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nobody else's, or one address's.
    Narrow,
    /// Of all browsers that are not known.
    Account,
    /// The same, of codes.
    Codes,
    /// Of one pupil in one opening of their class.
    InClass,
    /// Of a place where the codes of classes are typed.
    ClassCodes,
}

impl Kind {
    /// Tries that cost no wait.
    fn free(self) -> i64 {
        match self {
            Self::Narrow => 5,
            Self::Account => TOLD_FROM,
            Self::Codes => TOLD_OF_CODES_FROM,
            Self::InClass => IN_CLASS,
            Self::ClassCodes => CLASS_CODES,
        }
    }

    /// The longest wait.
    fn longest(self) -> SignedDuration {
        match self {
            Self::Narrow => SignedDuration::from_secs(30),
            Self::Account => SignedDuration::from_secs(60),
            Self::Codes => SignedDuration::from_mins(15),
            // As long as it is remembered: somebody in the room ends it, with one press.
            Self::InClass => REMEMBERED,
            Self::ClassCodes => SignedDuration::from_secs(2),
        }
    }

    /// How long one must wait after so many wrong tries.
    fn wait_after(self, failures: i64) -> SignedDuration {
        match failures - self.free() {
            below if below < 0 => SignedDuration::ZERO,
            _ if self == Self::InClass => self.longest(),
            above => SignedDuration::from_secs(1_i64 << above.min(10)).min(self.longest()),
        }
    }

    /// Whether a try comes before the wait after the last one is over. One in the future was counted while the clock was ahead,
    /// and keeps nobody waiting until then.
    fn is_too_soon(self, failures: i64, last: Timestamp, now: Timestamp) -> bool {
        last <= now && now < last.checked_add(self.wait_after(failures)).unwrap_or(last)
    }
}

/// A lane's name: a digest of the school, the name as typed (normalised), what kind of lane it is, and whose.
fn lane(school: id::School, name: &str, kind: &str, whose: &str) -> Vec<u8> {
    let parts = [school.to_string(), name.to_owned(), kind.to_owned(), whose.to_owned()];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(part.into_bytes());
    }
    digest(&SHA256, &bytes).as_ref().to_vec()
}

/// What is kept of a browser's word.
pub(super) fn digest_of_word(word: &str) -> Vec<u8> {
    digest(&SHA256, word.as_bytes()).as_ref().to_vec()
}

fn account_lane(school: id::School, name: &str) -> Lane {
    Lane { kind: Kind::Account, who: lane(school, name, "account", "") }
}

/// The lane of one pupil in one opening of their class: an adult in the room empties it, and another opening begins anew.
fn class_lane(school: id::School, opening: id::Row, person: id::Person) -> Lane {
    Lane { kind: Kind::InClass, who: lane(school, &person.to_string(), "class", &opening.to_string()) }
}

/// The lane of wrong codes of classes from one place, which is often a whole room's.
fn class_codes_lane(school: id::School, place: &str) -> Lane {
    Lane { kind: Kind::ClassCodes, who: lane(school, "", "class-code", place) }
}

/// Whether a pupil showed the wrong thing so often in an opening that an adult must let them try again.
pub(crate) async fn is_stuck_at_class(
    t: &mut Transaction,
    school: id::School,
    opening: id::Row,
    person: id::Person,
) -> Result<bool, Fault> {
    let counted = counted(t, school, &class_lane(school, opening, person)).await?;
    Ok(counted.is_some_and(|(failures, _)| failures >= Kind::InClass.free()))
}

/// How many wrong tries strangers made at a name of late.
pub(super) async fn by_strangers(t: &mut Transaction, school: id::School, name: &str) -> Result<i64, Fault> {
    Ok(counted(t, school, &account_lane(school, name)).await?.map_or(0, |(failures, _)| failures))
}

fn codes_lane(school: id::School, person: id::Person) -> Lane {
    Lane { kind: Kind::Codes, who: lane(school, &person.to_string(), "code-account", "") }
}

/// How many wrong codes strangers typed of late who had the password right.
pub(super) async fn codes_by_strangers(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<i64, Fault> {
    Ok(counted(t, school, &codes_lane(school, person)).await?.map_or(0, |(failures, _)| failures))
}

async fn counted(t: &mut Transaction, school: id::School, lane: &Lane) -> Result<Option<(i64, Timestamp)>, Fault> {
    let row = t.row(&TRIES, &[school.into(), lane.who.as_slice().into()]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// The lanes of a try. The same is asked for a name that exists and one that does not, with a word and without.
async fn lanes_of(
    t: &mut Transaction,
    school: id::School,
    tried: Tried<'_>,
    whence: Whence<'_>,
    now: Timestamp,
) -> Result<Lanes, Fault> {
    let narrow = |kind: &str, whose: &str| {
        let who = match tried {
            Tried::Password(name) => lane(school, name, kind, whose),
            Tried::Code(person) => lane(school, &person.to_string(), &format!("code-{kind}"), whose),
        };
        Lane { kind: Kind::Narrow, who }
    };
    let (place, browser) = match whence {
        Whence::Own(place) => return Ok(Lanes(vec![narrow("own", place)])),
        Whence::Door { place, browser } => (place, browser.unwrap_or_default()),
    };
    let word = digest_of_word(browser);
    let (known, strangers) = match tried {
        Tried::Password(name) => {
            let values = [school.into(), name.into(), word.into(), now.into()];
            (t.row(&KNOWN_BROWSER, &values).await?, account_lane(school, name))
        }
        Tried::Code(person) => {
            let values = [school.into(), person.into(), word.into(), now.into()];
            (t.row(&BROWSER_OF, &values).await?, codes_lane(school, person))
        }
    };
    let own = narrow("browser", browser);
    let wrong = counted(t, school, &own).await?.map_or(0, |(failures, _)| failures);
    Ok(Lanes(if known.is_some() && wrong < TRUSTED_UNTIL {
        vec![own]
    } else {
        vec![narrow("place", place), strangers]
    }))
}

impl Records {
    /// Counts a try before it is looked at, so that many at once are not looked at for the price of one; its lanes, if it is to be
    /// looked at. One that comes too soon does not make the wait longer.
    pub(super) async fn count_try(
        &self,
        school: id::School,
        name: &str,
        whence: Whence<'_>,
    ) -> Result<Option<Lanes>, Fault> {
        self.count(school, Tried::Password(name), whence).await
    }

    /// The same of a code of somebody's second step.
    pub(super) async fn count_code(
        &self,
        school: id::School,
        person: id::Person,
        whence: Whence<'_>,
    ) -> Result<Option<Lanes>, Fault> {
        self.count(school, Tried::Code(person), whence).await
    }

    async fn count(&self, school: id::School, tried: Tried<'_>, whence: Whence<'_>) -> Result<Option<Lanes>, Fault> {
        let mut t = self.counting().await?;
        let lanes = lanes_of(&mut t, school, tried, whence, self.clock().now()).await?;
        self.count_in(t, school, lanes).await
    }

    async fn count_in(&self, mut t: Transaction, school: id::School, lanes: Lanes) -> Result<Option<Lanes>, Fault> {
        let now = self.clock().now();
        t.run(&FORGET_OLD_TRIES, &[now.checked_sub(REMEMBERED).unwrap_or(now).into()]).await?;
        for lane in &lanes.0 {
            if let Some((failures, last)) = counted(&mut t, school, lane).await?
                && lane.kind.is_too_soon(failures, last, now)
            {
                t.commit().await?;
                return Ok(None);
            }
        }
        for lane in &lanes.0 {
            t.run(&COUNT_TRY, &[school.into(), lane.who.as_slice().into(), now.into()]).await?;
        }
        t.run(&FORGET_FEW_TRIES, &[MOST_LANES.into()]).await?;
        t.commit().await?;
        Ok(Some(lanes))
    }

    /// Counts what a pupil shows in an opening of their class; whether it is to be looked at. Once it is not, an adult in the room lets
    /// them try again: nobody else waits, and nothing shuts the class out.
    pub(crate) async fn count_at_class(
        &self,
        school: id::School,
        opening: id::Row,
        person: id::Person,
    ) -> Result<bool, Fault> {
        let lanes = Lanes(vec![class_lane(school, opening, person)]);
        Ok(self.count_in(self.counting().await?, school, lanes).await?.is_some())
    }

    /// Forgets what a pupil showed wrong in an opening.
    pub(crate) async fn forget_class_tries(
        &self,
        school: id::School,
        opening: id::Row,
        person: id::Person,
    ) -> Result<(), Fault> {
        self.drop_lane(school, &class_lane(school, opening, person)).await
    }

    /// Counts the code of a class that was typed at a place; whether it is to be looked at.
    pub(crate) async fn count_class_code(&self, school: id::School, place: &str) -> Result<bool, Fault> {
        let lanes = Lanes(vec![class_codes_lane(school, place)]);
        Ok(self.count_in(self.counting().await?, school, lanes).await?.is_some())
    }

    /// Takes one code back that was right at last: what was wrong from the same place goes on counting.
    pub(crate) async fn take_class_code_back(&self, school: id::School, place: &str) -> Result<(), Fault> {
        let lane = class_codes_lane(school, place);
        let mut t = self.counting().await?;
        t.run(&TAKE_TRY_BACK, &[school.into(), lane.who.as_slice().into()]).await?;
        t.commit().await
    }

    async fn drop_lane(&self, school: id::School, lane: &Lane) -> Result<(), Fault> {
        let mut t = self.counting().await?;
        t.run(&FORGET_TRIES, &[school.into(), lane.who.as_slice().into()]).await?;
        t.commit().await
    }

    /// Forgets the wrong tries of whoever was right at last. In the lane of all strangers only this one try is taken back: what strangers
    /// tried there goes on slowing them down.
    pub(super) async fn forget_tries(&self, school: id::School, lanes: &Lanes) -> Result<(), Fault> {
        let mut t = self.counting().await?;
        for lane in &lanes.0 {
            let statement = if lane.kind == Kind::Narrow { &FORGET_TRIES } else { &TAKE_TRY_BACK };
            t.run(statement, &[school.into(), lane.who.as_slice().into()]).await?;
        }
        t.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Clock, Place, Statement};
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    };

    const ADD_SCHOOL: Statement = Statement {
        name: "ADD_SCHOOL",
        sql: "INSERT INTO school (id, code, name, time_zone, created_at) VALUES ($1, 'hill', 'Hill', 'Europe/London', 0)",
    };
    const LANES: Statement = Statement { name: "LANES", sql: "SELECT COUNT(*) FROM sign_in_try" };

    struct Scene {
        _folder: tempfile::TempDir,
        records: Records,
        school: id::School,
        moment: Arc<AtomicI64>,
    }

    impl Scene {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
            let moment = Arc::new(AtomicI64::new(start.as_microsecond()));
            let read = Arc::clone(&moment);
            let clock = Clock::new(move || Timestamp::from_microsecond(read.load(SeqCst)).unwrap());
            let at = |part: &str| folder.path().join(part);
            let place = Place { data: at("data"), database: None, secrets: at("secrets") };
            let records = Records::open(&place, clock).await.unwrap();
            let school = id::School::new(start).unwrap();
            let mut t = records.counting().await.unwrap();
            t.run(&ADD_SCHOOL, &[school.into()]).await.unwrap();
            t.commit().await.unwrap();
            Self { _folder: folder, records, school, moment }
        }

        fn advance(&self, seconds: i64) {
            self.moment.fetch_add(seconds * 1_000_000, SeqCst);
        }

        async fn is_looked_at(&self, name: &str, whence: Whence<'_>) -> bool {
            self.records.count_try(self.school, name, whence).await.unwrap().is_some()
        }
    }

    #[test]
    fn the_wait_grows_and_ends() {
        let waits = |kind: Kind, tries: [i64; 9]| tries.map(|tries| kind.wait_after(tries).as_secs());
        assert_eq!(waits(Kind::Narrow, [0, 4, 5, 6, 7, 8, 9, 10, 1_000_000]), [0, 0, 1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(waits(Kind::Account, [9, 10, 11, 12, 13, 14, 15, 16, 1_000_000]), [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits(Kind::Codes, [4, 5, 6, 7, 12, 13, 14, 15, 1_000_000]), [0, 1, 2, 4, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn a_try_in_the_future_keeps_nobody_waiting() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(Kind::Narrow.is_too_soon(5, at(1_000), at(1_000)));
        assert!(!Kind::Narrow.is_too_soon(5, at(1_000), at(1_001)));
        assert!(!Kind::Narrow.is_too_soon(50, at(1_000), at(999)));
    }

    #[tokio::test]
    async fn ten_thousand_tries_from_as_many_addresses_get_two_hundred_looks() {
        let scene = Scene::new().await;
        for name in ["lead", "nobody.of.this.name"] {
            let mut looks = 0;
            for number in 0..10_000_u32 {
                let place = std::net::Ipv4Addr::from(number).to_string();
                looks += u32::from(scene.is_looked_at(name, Whence::Door { place: &place, browser: None }).await);
                scene.advance(1);
                if number == 200 {
                    // Whoever sits at the console, or is signed in already, does not wait behind them.
                    assert!(scene.is_looked_at(name, Whence::Own("console")).await);
                }
            }
            assert!((150..=200).contains(&looks), "{name}: {looks}");
        }
    }

    #[tokio::test]
    async fn tries_at_many_names_take_no_more_room_than_there_is_and_free_none_that_is_slowed() {
        let scene = Scene::new().await;
        let whence = Whence::Door { place: "192.0.2.1", browser: None };
        for _ in 0..6 {
            scene.is_looked_at("lead", whence).await;
        }
        assert!(!scene.is_looked_at("lead", whence).await);
        let mut t = scene.records.counting().await.unwrap();
        for number in 0..400_u32 {
            let who = lane(scene.school, &number.to_string(), "place", "192.0.2.1");
            t.run(&COUNT_TRY, &[scene.school.into(), who.into(), scene.records.clock().now().into()]).await.unwrap();
        }
        t.run(&FORGET_FEW_TRIES, &[100.into()]).await.unwrap();
        let left: i64 = t.row(&LANES, &[]).await.unwrap().unwrap().get(0).unwrap();
        t.commit().await.unwrap();
        assert!(left <= 101, "{left}");
        assert!(!scene.is_looked_at("lead", whence).await, "a flood of names freed a lane that was slowed");
    }
}
