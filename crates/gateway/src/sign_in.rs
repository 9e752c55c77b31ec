//! Proxy sign-in: `Proxy-Authorization: Basic` against argon2id (RFC 7617, RFC 9106).
//!
//! A check costs about 31 ms of a core and 19 MiB, and a browser sends the password with every request. So a success is
//! remembered under a keyed hash of name and password, whose key is made when the program starts and never leaves it;
//! a failure is remembered for a moment. Wrong passwords for one name from one place are answered later and later, but
//! never shut anybody out. An unknown name costs the same work as a wrong password. Neither the header, the name nor
//! the password is in any error, log or `Debug` of this module.

use crate::limits::client_of;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use base64::{Engine, engine::general_purpose::STANDARD};
use holdfast_core::{
    identity::{IdentityTable, SignIn},
    subject::PersonId,
};
use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Mutex as AsyncMutex, Semaphore},
    time::{Instant, sleep_until, timeout_at},
};
use zeroize::Zeroizing;

/// The challenge to send with a 407: `Proxy-Authenticate`.
pub const CHALLENGE: &str = "Basic realm=\"School internet sign-in\", charset=\"UTF-8\"";

/// The longest header looked at, bytes.
const LONGEST_HEADER: usize = 4 * 1024;
/// How long a wrong password is remembered.
const REMEMBER_WRONG: Duration = Duration::from_secs(30);
/// How many sign-ins, and how many places with wrong ones, are remembered.
const REMEMBERED: usize = 16_384;
/// Wrong passwords for one name from one place that cost no wait.
const FREE_TRIES: u32 = 3;
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// How long a try waits for its turn, all waits together, before it is told to come back.
const LONGEST_QUEUE: Duration = Duration::from_secs(3);
/// How many different sign-ins from one address may wait at once. The requests of one browser all carry the same.
const WAITING_OF_A_CLIENT: usize = 2;
/// How many remembered entries are compared to find one to forget.
const COMPARED: usize = 8;
/// Wrong passwords are forgotten after this long without another.
const FORGET_TRIES: Duration = Duration::from_mins(15);

/// How sign-ins are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// How long a right password is remembered.
    pub lifetime: Duration,
    /// How many argon2id checks run at once; each takes a core and 19 MiB.
    pub at_once: usize,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self { lifetime: Duration::from_hours(8), at_once: 2 }
    }
}

/// What a request's sign-in turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// None was sent.
    Absent,
    /// This person's secret was proven.
    Person(PersonId),
    /// It was malformed, or name and password do not belong together.
    Wrong,
    /// Too many tries are waiting. Nothing was checked; answer 503 with `Retry-After`.
    Busy,
}

/// Why sign-ins cannot be checked, or a password not be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInFault {
    /// The computer gave no random numbers.
    NoRandomness,
    /// The password is empty, too long, or has control characters.
    Password,
    /// The hashing itself failed, for want of memory.
    Hashing,
}

impl fmt::Display for SignInFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRandomness => "This computer gives no random numbers, so sign-ins cannot be kept safe. Restart it; if that does not help, its operating system is at fault.",
            Self::Password => "A password needs 1 to 1,024 characters and no control characters. Choose another.",
            Self::Hashing => "The password could not be hashed, most likely for want of memory. Free some memory and try again.",
        })
    }
}

impl std::error::Error for SignInFault {}

/// Hashes a password for the people's data file: argon2id, 19 MiB, two passes, one lane, as the OWASP password storage
/// guidance has it at least. The answer is PHC text.
pub fn hash_password(password: &str) -> Result<String, SignInFault> {
    if password.is_empty() || password.len() > 1_024 || password.chars().any(char::is_control) {
        return Err(SignInFault::Password);
    }
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_fault| SignInFault::NoRandomness)?;
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_fault| SignInFault::Hashing)?;
    Ok(hash.to_string())
}

/// The form in which sign-in names are compared, and in which they should be keys of the identity table.
pub fn normalise_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Checks sign-ins and remembers them. One for the whole program.
pub struct SignIns {
    settings: SignInSettings,
    key: [u8; 32],
    /// What an unknown name is checked against, so that it costs the same.
    nobody: Box<str>,
    turns: Arc<Semaphore>,
    answers: Mutex<HashMap<[u8; 32], Kept>>,
    places: Mutex<HashMap<[u8; 32], Arc<AsyncMutex<Tries>>>>,
    /// The sign-ins that wait, by client, with how many requests wait for each.
    waiting: Mutex<HashMap<IpAddr, HashMap<[u8; 32], usize>>>,
}

/// A remembered answer; without a person it was wrong.
#[derive(Clone)]
struct Kept {
    person: Option<PersonId>,
    generation: u64,
    at_micros: i64,
    until_micros: i64,
}

impl Kept {
    fn counts(&self, generation: u64, now_micros: i64) -> bool {
        // A clock set back would otherwise stretch the lifetime.
        self.generation == generation && self.at_micros <= now_micros && now_micros < self.until_micros
    }
}

/// Wrong passwords for one name from one place, since the last right one.
#[derive(Debug, Default)]
struct Tries {
    wrong: u32,
    last: Option<Instant>,
}

impl Tries {
    /// When the next try may be checked: at once at first, then 1, 2, 4 and at last 8 s after the one before.
    fn next(&self) -> Option<Instant> {
        let over = self.wrong.checked_sub(FREE_TRIES)?;
        let seconds = 1_u64.checked_shl(over).unwrap_or(u64::MAX);
        Some(self.last? + Duration::from_secs(seconds).min(LONGEST_WAIT))
    }

    fn is_old(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() > FORGET_TRIES)
    }

    fn count_wrong(&mut self) {
        self.wrong = if self.is_old() { 1 } else { self.wrong.saturating_add(1) };
        self.last = Some(Instant::now());
    }
}

impl fmt::Debug for SignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIns").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A name and password as sent. No `Debug`, on purpose.
struct Secret {
    name: Zeroizing<String>,
    password: Zeroizing<String>,
}

impl SignIns {
    /// Makes the program's key. Takes about 31 ms, because a hash for unknown names is made too.
    pub fn new(settings: SignInSettings) -> Result<Self, SignInFault> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|_fault| SignInFault::NoRandomness)?;
        let unguessable = blake3::keyed_hash(&key, b"nobody's password").to_hex();
        let nobody = hash_password(unguessable.as_str())?.into();
        let turns = Arc::new(Semaphore::new(settings.at_once.max(1)));
        Ok(Self {
            settings,
            key,
            nobody,
            turns,
            answers: Mutex::default(),
            places: Mutex::default(),
            waiting: Mutex::default(),
        })
    }

    /// Who signed in with this `Proxy-Authorization` header from `source`. Waits its turn for at most 3 s: behind other
    /// tries for the name, after wrong ones, and for a free core. Whoever would wait longer, and whoever comes when two
    /// other sign-ins from the address wait already, is told to come back. `now_micros` is microseconds since 1970-01-01
    /// UTC.
    pub async fn check(&self, table: &IdentityTable, header: Option<&[u8]>, source: IpAddr, now_micros: i64) -> Answer {
        let Some(header) = header else { return Answer::Absent };
        let Some(secret) = read_basic(header) else { return Answer::Wrong };
        let key = self.key_of(&[secret.name.as_bytes(), secret.password.as_bytes()]);
        if let Some(answer) = self.remembered_answer(&key, table.generation, now_micros) {
            return answer;
        }
        let Some(line) = Line::join(self, client_of(source), key) else { return Answer::Busy };
        let Some(place) = self.place(&secret.name, source) else { return Answer::Busy };
        let until = Instant::now() + LONGEST_QUEUE;
        // One at a time, so that many guesses at once gain nothing; and of the six requests a browser starts with, the
        // first answers for the others.
        let Ok(mut tries) = timeout_at(until, place.lock()).await else { return Answer::Busy };
        if let Some(answer) = self.remembered_answer(&key, table.generation, now_micros) {
            return answer;
        }
        if let Some(next) = tries.next().filter(|_| !tries.is_old()) {
            if next > until {
                return Answer::Busy;
            }
            sleep_until(next).await;
        }
        let Ok(Ok(turn)) = timeout_at(until, Arc::clone(&self.turns).acquire_owned()).await else {
            return Answer::Busy;
        };
        drop(line);
        let known = find(table, &secret.name);
        let hash: Box<str> = known.map_or_else(|| self.nobody.clone(), |sign_in| sign_in.password_hash.clone());
        let password = secret.password;
        let checked = tokio::task::spawn_blocking(move || {
            let right = Argon2::default().verify_password(password.as_bytes(), &*hash).is_ok();
            drop(turn);
            right
        });
        let right = matches!(checked.await, Ok(true));
        let person = known.filter(|_| right).map(|sign_in| sign_in.person.clone());
        self.remember(key, person.as_ref(), table.generation, now_micros);
        if person.is_some() {
            *tries = Tries::default();
        } else {
            tries.count_wrong();
        }
        person.map_or(Answer::Wrong, Answer::Person)
    }

    /// A keyed hash over parts that cannot run into each other.
    fn key_of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        for part in parts {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    fn remembered_answer(&self, key: &[u8; 32], generation: u64, now_micros: i64) -> Option<Answer> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = answers.get(key).filter(|kept| kept.counts(generation, now_micros))?;
        Some(kept.person.clone().map_or(Answer::Wrong, Answer::Person))
    }

    /// The line in which tries for this name from this place stand; nothing when there is no room for another.
    fn place(&self, name: &str, source: IpAddr) -> Option<Arc<AsyncMutex<Tries>>> {
        let key = self.key_of(&[name.as_bytes(), client_of(source).to_string().as_bytes()]);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= REMEMBERED && !places.contains_key(&key) {
            // Of a few places where nobody stands, the one with the fewest wrong tries, old ones counting as none.
            let idle = places.iter().filter(|(_, place)| Arc::strong_count(place) == 1).take(COMPARED);
            let wrong = |place: &AsyncMutex<Tries>| {
                place.try_lock().map_or(u32::MAX, |tries| if tries.is_old() { 0 } else { tries.wrong })
            };
            let least = idle.min_by_key(|(_, place)| wrong(place)).map(|(key, _)| *key)?;
            places.remove(&least);
        }
        Some(Arc::clone(places.entry(key).or_default()))
    }

    fn remember(&self, key: [u8; 32], person: Option<&PersonId>, generation: u64, now_micros: i64) {
        let lifetime = match person {
            Some(_) => self.settings.lifetime,
            None => REMEMBER_WRONG,
        };
        let until_micros = now_micros.saturating_add(i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX));
        let kept = Kept { person: person.cloned(), generation, at_micros: now_micros, until_micros };
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= REMEMBERED && !answers.contains_key(&key) {
            let soonest = answers
                .iter()
                .take(COMPARED)
                .min_by_key(|(_, kept)| if kept.counts(generation, now_micros) { kept.until_micros } else { i64::MIN });
            if let Some(key) = soonest.map(|(key, _)| *key) {
                answers.remove(&key);
            }
        }
        answers.insert(key, kept);
    }
}

/// One request that waits for its sign-in to be checked. Dropping it leaves the line.
struct Line<'a> {
    sign_ins: &'a SignIns,
    client: IpAddr,
    key: [u8; 32],
}

impl<'a> Line<'a> {
    /// Joins the line, unless too many other sign-ins from the client stand in it.
    fn join(sign_ins: &'a SignIns, client: IpAddr, key: [u8; 32]) -> Option<Self> {
        let mut waiting = sign_ins.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = waiting.entry(client).or_default();
        if of_client.len() >= WAITING_OF_A_CLIENT && !of_client.contains_key(&key) {
            return None;
        }
        *of_client.entry(key).or_default() += 1;
        Some(Self { sign_ins, client, key })
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let mut waiting = self.sign_ins.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(of_client) = waiting.get_mut(&self.client) else { return };
        if let Some(count) = of_client.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                of_client.remove(&self.key);
            }
        }
        if of_client.is_empty() {
            waiting.remove(&self.client);
        }
    }
}

/// The sign-in of this name: by its normalised form, else by any key that normalises to it.
fn find<'a>(table: &'a IdentityTable, name: &str) -> Option<&'a SignIn> {
    table
        .sign_ins
        .get(name)
        .or_else(|| table.sign_ins.iter().find(|(key, _)| normalise_name(key) == name).map(|(_, sign_in)| sign_in))
}

/// Reads `Basic` credentials strictly (RFC 7617): base64 with its padding, UTF-8, no control characters.
fn read_basic(header: &[u8]) -> Option<Secret> {
    if header.len() > LONGEST_HEADER {
        return None;
    }
    let (scheme, rest) = header.trim_ascii().split_at_checked(5)?;
    let encoded = rest.strip_prefix(b" ")?.trim_ascii_start();
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (name, password) = text.split_once(':')?;
    let name = Zeroizing::new(normalise_name(name));
    if name.is_empty() || text.chars().any(char::is_control) {
        return None;
    }
    Some(Secret { name, password: Zeroizing::new(password.to_owned()) })
}

#[cfg(test)]
mod tests;
