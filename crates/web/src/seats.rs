//! Who is signed in, from which browser: each in a seat of their own.
//!
//! A seat is kept in memory only, because the unlocked key in it is; whoever starts the program again signs everybody out. The
//! browser holds a random word, we hold its digest: a memory dump read by somebody aside, nothing here can be sent back as a
//! cookie. What a seat's person may do is never kept in it, but read afresh at each request.

use crate::{kit::Announcement, once::Once, pages::set_up::SettingUp};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use holdfast_records::{
    Fault, Session,
    accounts::{AskedPasskey, HalfIn, NewAuthenticator, NewPasskey, SpareCodes},
    id,
    pupil::{AtClass, ClassSeat},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use zeroize::Zeroizing;

/// How many seats one person may have at once; the one that was silent longest gives way.
const SEATS_EACH: usize = 8;
/// How many there may be of people who are not in yet; of these too the one that was silent longest gives way, and first of those of
/// whom nothing is known.
const ARRIVING: usize = 2_000;
/// How many there may be at one place of whom nothing is known: whoever only asks for the page again and again takes no more.
const KNOCKING_EACH: usize = 50;
/// How long what is under way at a seat is kept.
const PENDING_FOR: SignedDuration = SignedDuration::from_mins(15);
/// How many there may be in all: of a trust's busiest morning several times over.
const SEATS: usize = 20_000;
/// How long somebody may take to choose their first password, or to show their second step.
const ARRIVE_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// The longest a browser is quoted in the list of seats, in signs.
const BROWSER_SIGNS: usize = 160;

/// What a browser holds and what a form carries: random, and never written anywhere.
pub(crate) type Word = Zeroizing<String>;

/// How long a seat lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Without a request.
    pub(crate) idle: SignedDuration,
    /// The same for whoever has a safeguarding duty: somebody may be given one meanwhile.
    pub(crate) idle_safeguarding: SignedDuration,
    /// In all.
    pub(crate) longest: SignedDuration,
    /// How long a confirmation that it is really them is good for.
    pub(crate) confirmed: SignedDuration,
}

/// One seat, as a request finds it.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    /// Its public name, for the list of seats.
    pub(crate) number: u64,
    pub(crate) stage: Stage,
    /// What each form of this seat carries (CSRF).
    pub(crate) token: Arc<Word>,
    /// From where: the address of the connection that signed in.
    pub(crate) place: String,
    /// What the browser called itself.
    pub(crate) browser: String,
    /// Whether others use this computer too.
    pub(crate) is_shared: bool,
    pub(crate) begun: Timestamp,
    pub(crate) last_asked: Timestamp,
    /// When they last showed that it is really them. A provider of single sign-on may have let them in without asking anything anew, so
    /// arriving from one shows nothing.
    pub(crate) confirmed: Option<Timestamp>,
    pub(crate) limits: Limits,
    /// By which binding they signed in, where it was with a provider of single sign-on: without it the seat ends.
    pub(crate) signed_on: Option<id::Binding>,
    /// What they showed beside their password.
    pub(crate) shown: SecondStep,
    /// The key pair of theirs that was in force when they sat down: another one ends the seat.
    pub(crate) key: Option<id::Row>,
    /// Since when they have the password that was theirs when they sat down: a later one ends the seat, also where nothing is unlocked.
    pub(crate) password_set: Option<Timestamp>,
    /// Whether their password is past its day, and is changed before anything else.
    pub(crate) owes: bool,
}

/// What somebody showed beside their password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecondStep {
    /// Nothing: they have nothing set up. Whoever must have something reaches no page but those to set it up.
    NotShown,
    /// This, of theirs: once it is removed or reset, the seat ends.
    Shown(id::Row),
    /// The provider of single sign-on showed one, with this word: once the school believes that no more, the seat ends.
    ByProvider(Arc<str>),
    /// None is asked of a pupil in a class that an adult opened: the seat lasts as long as this does.
    OfClass(ClassSeat),
    /// None is asked of a fictional person whom somebody is with one press (only at the demonstration's own door).
    OfDemonstration,
}

/// How far somebody has come.
#[derive(Clone)]
pub(crate) enum Stage {
    /// The passphrase made for their first sign-in was right; they choose a password of their own.
    Choosing { school: String, name: String, passphrase: Arc<Word> },
    /// They have shown nothing yet, and were asked for a passkey.
    Knocking,
    /// Their password was right; they show what they have beside it.
    HalfIn(HalfIn),
    /// They typed the code of a class, and perhaps found their name in it.
    AtClass(AtClass, Option<id::Person>),
    /// They are in.
    In(Session),
    /// They had the console's token: they set the school up.
    SettingUp(Arc<SettingUp>),
    /// They used a sealed code from the safe.
    Sealed(Session),
}

/// What is under way at a seat and lives no longer than it.
#[derive(Debug, Clone)]
pub(crate) enum Pending {
    /// The secret of an authenticator app, until a code of it was typed.
    App(Arc<NewAuthenticator>),
    /// Spare codes that were just made, until their owner has kept them.
    Codes(Arc<SpareCodes>),
    /// A passkey that is being made: good for one answer.
    NewPasskey(Arc<Mutex<Option<NewPasskey>>>),
    /// A passkey that was asked for: good for one answer.
    AskedPasskey(Arc<Mutex<Option<AskedPasskey>>>),
}

/// What may be under way at a seat at once: beginning one of a kind takes nothing from the others. Whoever has codes in front of
/// them and is asked for their passkey meanwhile finds the codes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// Something is being set up.
    Making,
    /// Codes are shown.
    Codes,
    /// A passkey is asked for.
    Asked,
}

impl Pending {
    fn under(&self) -> Under {
        match self {
            Self::App(_) | Self::NewPasskey(_) => Under::Making,
            Self::Codes(_) => Under::Codes,
            Self::AskedPasskey(_) => Under::Asked,
        }
    }

    /// One that is being made.
    pub(crate) fn of_new(new: NewPasskey) -> Self {
        Self::NewPasskey(Arc::new(Mutex::new(Some(new))))
    }

    /// One that was asked for.
    pub(crate) fn of_asked(asked: AskedPasskey) -> Self {
        Self::AskedPasskey(Arc::new(Mutex::new(Some(asked))))
    }

    /// The one that is being made, once.
    pub(crate) fn into_new(self) -> Option<NewPasskey> {
        let Self::NewPasskey(new) = self else { return None };
        new.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The one that was asked for, once.
    pub(crate) fn into_asked(self) -> Option<AskedPasskey> {
        let Self::AskedPasskey(asked) = self else { return None };
        asked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Choosing { .. } => "Choosing",
            Self::Knocking => "Knocking",
            Self::HalfIn(_) => "HalfIn",
            Self::AtClass(..) => "AtClass",
            Self::In(_) => "In",
            Self::SettingUp(_) => "SettingUp",
            Self::Sealed(_) => "Sealed",
        })
    }
}

impl Seat {
    /// Whose it is, once they are in.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.stage {
            Stage::In(session) => Some(session),
            Stage::Choosing { .. }
            | Stage::Knocking
            | Stage::HalfIn(_)
            | Stage::AtClass(..)
            | Stage::SettingUp(_)
            | Stage::Sealed(_) => None,
        }
    }

    /// When it ends if nothing more is asked.
    pub(crate) fn ends(&self) -> Timestamp {
        let longest = match self.stage {
            Stage::In(_) | Stage::SettingUp(_) | Stage::Sealed(_) => self.limits.longest,
            Stage::Choosing { .. } | Stage::Knocking | Stage::HalfIn(_) | Stage::AtClass(..) => ARRIVE_WITHIN,
        };
        let after = |from: Timestamp, wait: SignedDuration| from.checked_add(wait).unwrap_or(from);
        after(self.begun, longest).min(after(self.last_asked, self.limits.idle))
    }

    /// Whether they showed a moment ago that it is really them.
    pub(crate) fn is_confirmed(&self, now: Timestamp) -> bool {
        self.confirmed.is_some_and(|confirmed| {
            let since = now.duration_since(confirmed);
            since >= SignedDuration::ZERO && since < self.limits.confirmed
        })
    }

    /// Whether a pupil sits there whom an adult let into their class: they reach pupils' own pages and nothing else.
    pub(crate) fn is_of_class(&self) -> bool {
        matches!(self.shown, SecondStep::OfClass(_))
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends()
    }

    /// Whether nobody knows yet whose it is, or they have shown only a part.
    fn is_arriving(&self) -> bool {
        matches!(self.stage, Stage::Knocking | Stage::Choosing { .. } | Stage::HalfIn(_) | Stage::AtClass(..))
    }

    fn is_of(&self, school: id::School, actor: holdfast_records::access::Actor) -> bool {
        self.session().is_some_and(|session| session.school == school && session.actor == actor)
    }
}

/// What a new seat begins with.
#[derive(Debug)]
pub(crate) struct NewSeat {
    pub(crate) stage: Stage,
    pub(crate) place: String,
    pub(crate) browser: String,
    pub(crate) is_shared: bool,
    pub(crate) limits: Limits,
    pub(crate) shown: SecondStep,
    pub(crate) key: Option<id::Row>,
    pub(crate) password_set: Option<Timestamp>,
    pub(crate) signed_on: Option<id::Binding>,
    pub(crate) owes: bool,
}

/// Every seat.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    held: Mutex<Held>,
    /// What was shown a moment ago behind a secret code, to anybody on the network.
    pub(crate) receipts_once: Once,
    /// The same behind a password, to whoever is signed in: kept apart, so that nobody from outside reaches it.
    pub(crate) for_you_once: Once,
}

#[derive(Debug, Default)]
struct Held {
    by_key: HashMap<Key, Taken>,
    /// The number of the last one.
    last: u64,
}

/// A seat with what belongs to it and no request carries about.
#[derive(Debug)]
struct Taken {
    seat: Seat,
    /// What is to be told on the next page.
    told: Option<Announcement>,
    /// One of each kind at most.
    pending: Vec<(Pending, Timestamp)>,
    /// A passphrase that was made here a moment ago.
    handed: Option<Handed>,
}

/// A passphrase that was made for somebody, until it is shown: once, in the seat in which it was made, on a page of its own.
#[derive(Clone)]
pub(crate) struct Handed {
    /// Whose it is.
    pub(crate) person: id::Person,
    pub(crate) passphrase: Word,
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handed")
    }
}

pub(crate) type Key = [u8; 32];

pub(crate) fn key(word: &str) -> Key {
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, word.as_bytes()).as_ref());
    key
}

/// A new random word: 256 bits (ASVS 5.0 §7.2.3).
pub(crate) fn word() -> Result<Word, Fault> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}. Try again.")))?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

impl Seats {
    /// Takes a new seat, and gives up the one that the same browser had before: nobody can put a word of theirs into another's
    /// browser and find it signed in later. The new word, for the cookie.
    pub(crate) fn take(&self, new: NewSeat, before: Option<&str>, now: Timestamp) -> Result<Word, Fault> {
        let (cookie, token) = (word()?, word()?);
        let mut held = self.held();
        if let Some(before) = before {
            held.by_key.remove(&key(before));
        }
        held.make_room(&new, now);
        held.last += 1;
        let seat = Seat {
            number: held.last,
            stage: new.stage,
            token: Arc::new(token),
            place: new.place,
            browser: new.browser.chars().filter(|sign| !sign.is_control()).take(BROWSER_SIGNS).collect(),
            is_shared: new.is_shared,
            begun: now,
            last_asked: now,
            confirmed: new.signed_on.is_none().then_some(now),
            limits: new.limits,
            shown: new.shown,
            key: new.key,
            password_set: new.password_set,
            signed_on: new.signed_on,
            owes: new.owes,
        };
        held.by_key.insert(key(&cookie), Taken { seat, told: None, pending: Vec::new(), handed: None });
        Ok(cookie)
    }

    /// Gives a seat a new word and new forms: whoever knew the one before has nothing by it. For whoever came a step further in it,
    /// by what they showed. `None` where there is no such seat any more.
    pub(crate) fn step_on(&self, before: &str, shown: SecondStep) -> Result<Option<Word>, Fault> {
        let (cookie, token) = (word()?, word()?);
        let mut held = self.held();
        let Some(mut taken) = held.by_key.remove(&key(before)) else { return Ok(None) };
        taken.seat.token = Arc::new(token);
        taken.seat.shown = shown;
        held.by_key.insert(key(&cookie), taken);
        Ok(Some(cookie))
    }

    /// They showed that it is really them: the seat gets a new word, so that whoever knew the one before has nothing by it (ASVS 5.0
    /// §7.2.4). Its forms stay good, so that nothing half written in another window is lost. `None` where there is no such seat.
    pub(crate) fn confirm(&self, before: &str, now: Timestamp) -> Result<Option<Word>, Fault> {
        let cookie = word()?;
        let mut held = self.held();
        let Some(mut taken) = held.by_key.remove(&key(before)) else { return Ok(None) };
        taken.seat.confirmed = Some(now);
        held.by_key.insert(key(&cookie), taken);
        Ok(Some(cookie))
    }

    /// The seat that a cookie names, if it is not over; being asked for keeps it.
    pub(crate) fn find(&self, cookie: &str, now: Timestamp) -> Option<Seat> {
        let mut held = self.held();
        let key = key(cookie);
        let seat = &mut held.by_key.get_mut(&key)?.seat;
        if seat.is_over(now) {
            held.by_key.remove(&key);
            return None;
        }
        // Also where the clock was put back: being idle counts from now.
        seat.last_asked = now;
        Some(seat.clone())
    }

    /// The same without keeping it: a page that reloads by itself makes nobody's sign-in longer.
    pub(crate) fn glimpse(&self, cookie: &str, now: Timestamp) -> Option<Seat> {
        self.held().by_key.get(&key(cookie)).map(|taken| taken.seat.clone()).filter(|seat| !seat.is_over(now))
    }

    /// Ends the seat that a cookie names.
    pub(crate) fn leave(&self, cookie: &str) {
        self.held().by_key.remove(&key(cookie));
    }

    /// The seats of somebody, the one asked for last first.
    pub(crate) fn of(&self, session: &Session, now: Timestamp) -> Vec<Seat> {
        let held = self.held();
        let seats = held.by_key.values().map(|taken| &taken.seat);
        let mut seats: Vec<Seat> =
            seats.filter(|seat| seat.is_of(session.school, session.actor) && !seat.is_over(now)).cloned().collect();
        seats.sort_by_key(|seat| std::cmp::Reverse((seat.last_asked, seat.number)));
        seats
    }

    /// Ends one of somebody's own seats; whether there was one.
    pub(crate) fn end(&self, session: &Session, number: u64) -> bool {
        let mut held = self.held();
        let before = held.by_key.len();
        held.by_key.retain(|_, taken| taken.seat.number != number || !taken.seat.is_of(session.school, session.actor));
        held.by_key.len() != before
    }

    /// Ends all of somebody's seats but this one.
    pub(crate) fn end_others(&self, session: &Session, kept: u64) {
        let is_other = |seat: &Seat| seat.number != kept && seat.is_of(session.school, session.actor);
        self.held().by_key.retain(|_, taken| !is_other(&taken.seat));
    }

    /// Ends every seat in which a school is being set up: whoever typed a newer token goes on alone.
    pub(crate) fn end_setting_up(&self) {
        self.held().by_key.retain(|_, taken| !matches!(taken.seat.stage, Stage::SettingUp(_)));
    }

    /// Lets go of what is over, and with it of the keys that were unlocked there.
    pub(crate) fn sweep(&self, now: Timestamp) {
        self.held().by_key.retain(|_, taken| {
            taken.pending.retain(|(_, since)| now.duration_since(*since) < PENDING_FOR);
            !taken.seat.is_over(now)
        });
    }

    /// Leaves a passphrase to be shown once.
    pub(crate) fn hand(&self, number: u64, handed: Handed) {
        self.change(number, |taken| taken.handed = Some(handed));
    }

    /// The passphrase made for somebody in this seat, the first time it is asked for.
    pub(crate) fn handed(&self, number: u64, person: id::Person) -> Option<Word> {
        let mut held = self.held();
        let taken = held.by_key.values_mut().find(|taken| taken.seat.number == number)?;
        taken.handed.take_if(|handed| handed.person == person).map(|handed| handed.passphrase)
    }

    /// Makes a seat as short as whoever has a safeguarding duty has it.
    pub(crate) fn tighten(&self, number: u64) {
        self.change(number, |Taken { seat, .. }| {
            seat.limits.idle = seat.limits.idle.min(seat.limits.idle_safeguarding);
        });
    }

    /// They changed their password, or put that off for this sign-in.
    pub(crate) fn settle(&self, number: u64) {
        self.change(number, |taken| taken.seat.owes = false);
    }

    /// Puts in what they unlocked anew.
    pub(crate) fn renew(&self, number: u64, session: &Session) {
        self.change(number, |taken| taken.seat.stage = Stage::In(session.clone()));
    }

    /// Leaves something to be told on the next page.
    pub(crate) fn announce(&self, number: u64, announcement: Announcement) {
        self.change(number, |taken| taken.told = Some(announcement));
    }

    /// Keeps something that is under way at a seat, in the place of what was of its kind.
    pub(crate) fn begin(&self, number: u64, pending: Pending, now: Timestamp) {
        self.change(number, |taken| {
            taken.pending.retain(|(before, _)| before.under() != pending.under());
            taken.pending.push((pending, now));
        });
    }

    /// What of a kind is under way at a seat, while it is fresh.
    pub(crate) fn pending(&self, number: u64, under: Under, now: Timestamp) -> Option<Pending> {
        let held = self.held();
        let taken = held.by_key.values().find(|taken| taken.seat.number == number)?;
        let (pending, since) = taken.pending.iter().find(|(pending, _)| pending.under() == under)?;
        let age = now.duration_since(*since);
        (age >= SignedDuration::ZERO && age < PENDING_FOR).then(|| pending.clone())
    }

    /// The same, and lets go of it: for what is good once.
    pub(crate) fn take_pending(&self, number: u64, under: Under, now: Timestamp) -> Option<Pending> {
        let pending = self.pending(number, under, now);
        self.finish(number, under);
        pending
    }

    /// Lets go of what of a kind was under way.
    pub(crate) fn finish(&self, number: u64, under: Under) {
        self.change(number, |taken| taken.pending.retain(|(pending, _)| pending.under() != under));
    }

    /// What there is to be told, once.
    pub(crate) fn announced(&self, number: u64) -> Option<Announcement> {
        let mut held = self.held();
        held.by_key.values_mut().find(|taken| taken.seat.number == number)?.told.take()
    }

    fn change(&self, number: u64, change: impl FnOnce(&mut Taken)) {
        let mut held = self.held();
        if let Some(found) = held.by_key.values_mut().find(|taken| taken.seat.number == number) {
            change(found);
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn make_room(&mut self, new: &NewSeat, now: Timestamp) {
        self.by_key.retain(|_, taken| !taken.seat.is_over(now));
        let is_knocking = |seat: &Seat| matches!(seat.stage, Stage::Knocking);
        match &new.stage {
            Stage::In(session) => self.keep_below(SEATS_EACH, |seat| seat.is_of(session.school, session.actor)),
            // Whoever only begins to sign in takes no seat from those who are in, or whose code or token from the safe or the console is
            // spent: what is under way there cannot be begun again.
            Stage::Knocking | Stage::Choosing { .. } | Stage::HalfIn(_) | Stage::AtClass(..) => {
                if matches!(new.stage, Stage::Knocking) {
                    self.keep_below(KNOCKING_EACH, |seat| is_knocking(seat) && seat.place == new.place);
                }
                while self.count(Seat::is_arriving) >= ARRIVING {
                    if self.count(is_knocking) > 0 {
                        self.drop_oldest(is_knocking);
                    } else {
                        self.drop_oldest(Seat::is_arriving);
                    }
                }
            }
            Stage::SettingUp(_) | Stage::Sealed(_) => {}
        }
        self.keep_below(SEATS, |_| true);
    }

    fn count(&self, which: impl Fn(&Seat) -> bool) -> usize {
        self.by_key.values().filter(|taken| which(&taken.seat)).count()
    }

    /// Lets the seats of a kind that were silent longest go, until there are fewer than so many.
    fn keep_below(&mut self, most: usize, which: impl Fn(&Seat) -> bool) {
        while self.count(&which) >= most {
            self.drop_oldest(&which);
        }
    }

    fn drop_oldest(&mut self, which: impl Fn(&Seat) -> bool) {
        let oldest =
            self.by_key.iter().filter(|(_, taken)| which(&taken.seat)).min_by_key(|(_, taken)| taken.seat.last_asked);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.by_key.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_records::access::Actor;

    const LIMITS: Limits = Limits {
        idle: SignedDuration::from_mins(15),
        idle_safeguarding: SignedDuration::from_mins(5),
        longest: SignedDuration::from_hours(10),
        confirmed: SignedDuration::from_mins(10),
    };

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    fn somebody(minute: i64) -> Session {
        let school = id::School::new(at(0)).unwrap();
        Session { school, actor: Actor::Person(id::Person::new(at(minute)).unwrap()), unlocked: None }
    }

    fn seat(session: &Session) -> NewSeat {
        NewSeat {
            stage: Stage::In(session.clone()),
            place: "10.0.0.9".to_owned(),
            browser: "A browser\u{7}".to_owned(),
            is_shared: false,
            limits: LIMITS,
            shown: SecondStep::NotShown,
            key: None,
            password_set: None,
            signed_on: None,
            owes: false,
        }
    }

    #[test]
    fn a_seat_ends_when_nobody_asks_and_at_the_latest_after_a_day() {
        let (seats, session) = (Seats::default(), somebody(0));
        let cookie = seats.take(seat(&session), None, at(0)).unwrap();
        assert!(seats.find(&cookie, at(14)).is_some());
        assert!(seats.find(&cookie, at(28)).is_some());
        assert!(seats.find(&cookie, at(44)).is_none());
        let cookie = seats.take(seat(&session), None, at(0)).unwrap();
        for minute in (0..600).step_by(10) {
            assert!(seats.find(&cookie, at(minute)).is_some(), "{minute}");
        }
        assert!(seats.find(&cookie, at(600)).is_none());
    }

    #[test]
    fn what_is_over_is_let_go_of_and_a_new_duty_makes_it_shorter() {
        let (seats, session) = (Seats::default(), somebody(0));
        let cookie = seats.take(seat(&session), None, at(0)).unwrap();
        seats.tighten(seats.find(&cookie, at(0)).unwrap().number);
        seats.sweep(at(4));
        assert_eq!(seats.held().by_key.len(), 1);
        seats.sweep(at(5));
        assert_eq!(seats.held().by_key.len(), 0);
    }

    #[test]
    fn signing_in_again_ends_what_the_browser_held_before() {
        let (seats, session) = (Seats::default(), somebody(0));
        let planted = seats.take(seat(&session), None, at(0)).unwrap();
        let cookie = seats.take(seat(&session), Some(&planted), at(1)).unwrap();
        assert_ne!(*planted, *cookie);
        assert!(seats.find(&planted, at(1)).is_none());
        assert!(seats.find(&cookie, at(1)).is_some());
    }

    #[test]
    fn a_person_ends_their_own_seats_and_nobody_elses() {
        let (seats, one, other) = (Seats::default(), somebody(0), somebody(1));
        let mine = seats.take(seat(&one), None, at(0)).unwrap();
        let also_mine = seats.take(seat(&one), None, at(1)).unwrap();
        let theirs = seats.take(seat(&other), None, at(2)).unwrap();
        let number = |cookie: &str| seats.find(cookie, at(3)).unwrap().number;
        assert!(!seats.end(&one, number(&theirs)));
        seats.end_others(&one, number(&mine));
        assert!(seats.find(&also_mine, at(3)).is_none());
        assert!(seats.find(&theirs, at(3)).is_some());
        assert!(seats.end(&one, number(&mine)));
        assert!(seats.find(&mine, at(3)).is_none());
    }

    #[test]
    fn one_person_has_so_many_seats_and_the_silent_one_gives_way() {
        let (seats, session) = (Seats::default(), somebody(0));
        let cookies: Vec<_> = (0..9).map(|minute| seats.take(seat(&session), None, at(minute)).unwrap()).collect();
        assert!(seats.find(&cookies[0], at(9)).is_none());
        assert_eq!(seats.of(&session, at(9)).len(), SEATS_EACH);
    }

    #[test]
    fn a_confirmation_is_good_for_a_while_and_no_clock_makes_it_longer() {
        let (seats, session) = (Seats::default(), somebody(0));
        let cookie = seats.take(seat(&session), None, at(0)).unwrap();
        let found = seats.find(&cookie, at(12)).unwrap();
        assert!(!found.is_confirmed(at(12)));
        let anew = seats.confirm(&cookie, at(12)).unwrap().unwrap();
        assert!(seats.find(&cookie, at(13)).is_none(), "the word of before still opens it");
        let found = seats.find(&anew, at(13)).unwrap();
        assert!(found.is_confirmed(at(13)) && !found.is_confirmed(at(22)) && !found.is_confirmed(at(11)));
    }

    #[test]
    fn arriving_by_single_sign_on_confirms_nothing() {
        let (seats, session) = (Seats::default(), somebody(0));
        let new = NewSeat { signed_on: Some(id::Binding::new(at(0)).unwrap()), ..seat(&session) };
        let cookie = seats.take(new, None, at(0)).unwrap();
        let found = seats.find(&cookie, at(0)).unwrap();
        assert!(!found.is_confirmed(at(0)));
        let anew = seats.confirm(&cookie, at(0)).unwrap().unwrap();
        assert!(seats.find(&anew, at(0)).unwrap().is_confirmed(at(0)));
    }

    #[test]
    fn whoever_only_knocks_takes_no_seat_from_anybody_further_on() {
        let seats = Seats::default();
        let at_stage = |stage, place: String| NewSeat { stage, place, ..seat(&somebody(0)) };
        let choosing = |place: &str| {
            let (school, name) = ("oak".to_owned(), "name".to_owned());
            at_stage(Stage::Choosing { school, name, passphrase: Arc::default() }, place.to_owned())
        };
        let sealed = seats.take(at_stage(Stage::Sealed(somebody(1)), "10.0.0.1".to_owned()), None, at(0)).unwrap();
        let setting_up = Stage::SettingUp(Arc::default());
        let setting_up = seats.take(at_stage(setting_up, "10.0.0.1".to_owned()), None, at(0)).unwrap();
        let half = seats.take(choosing("10.0.0.1"), None, at(0)).unwrap();
        for _ in 0..KNOCKING_EACH + 10 {
            seats.take(at_stage(Stage::Knocking, "10.0.0.2".to_owned()), None, at(0)).unwrap();
        }
        assert_eq!(seats.held().count(|seat| seat.place == "10.0.0.2"), KNOCKING_EACH);
        for place in 0..ARRIVING + 10 {
            seats.take(at_stage(Stage::Knocking, format!("place {place}")), None, at(1)).unwrap();
        }
        assert_eq!(seats.held().count(Seat::is_arriving), ARRIVING);
        for place in 0..ARRIVING - 1 {
            seats.take(choosing(&format!("place {place}")), None, at(2)).unwrap();
        }
        assert!(seats.find(&half, at(2)).is_some(), "they knew a password");
        seats.take(choosing("one more"), None, at(3)).unwrap();
        for cookie in [sealed, setting_up] {
            assert!(seats.find(&cookie, at(3)).is_some(), "what is under way there cannot be begun again");
        }
    }

    #[test]
    fn codes_stay_until_they_are_kept_whatever_is_asked_meanwhile() {
        let (seats, session) = (Seats::default(), somebody(0));
        let cookie = seats.take(seat(&session), None, at(0)).unwrap();
        let number = seats.find(&cookie, at(0)).unwrap().number;
        let codes = SpareCodes(vec![Zeroizing::new("one".to_owned())]);
        seats.begin(number, Pending::Codes(Arc::new(codes)), at(0));
        seats.begin(number, Pending::AskedPasskey(Arc::default()), at(1));
        seats.begin(number, Pending::NewPasskey(Arc::default()), at(2));
        assert!(seats.take_pending(number, Under::Asked, at(3)).is_some());
        assert!(seats.take_pending(number, Under::Asked, at(3)).is_none(), "it is good once");
        assert!(matches!(seats.pending(number, Under::Codes, at(14)), Some(Pending::Codes(_))));
        assert!(seats.pending(number, Under::Codes, at(15)).is_none(), "for a quarter of an hour");
        seats.finish(number, Under::Codes);
        assert!(seats.pending(number, Under::Codes, at(3)).is_none());
        seats.sweep(at(14));
        assert!(seats.pending(number, Under::Making, at(14)).is_some());
    }

    #[test]
    fn what_is_announced_is_told_once() {
        let (seats, session) = (Seats::default(), somebody(0));
        let cookie = seats.take(seat(&session), None, at(0)).unwrap();
        let number = seats.find(&cookie, at(0)).unwrap().number;
        let told = Announcement { title: "Done".to_owned(), words: "It is.".to_owned() };
        seats.announce(number, told.clone());
        assert_eq!(seats.announced(number), Some(told));
        assert_eq!(seats.announced(number), None);
    }
}
