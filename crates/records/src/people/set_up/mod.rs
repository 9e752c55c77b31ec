//! Setting a school up: once, from the console or in a browser with the console's token, all of it or nothing.

mod draft;
mod first_run;
mod steps;

pub(crate) use draft::set_up_of;
pub use draft::{Draft, DraftPerson, MOST_PEOPLE};
pub(crate) use first_run::FirstRun;
pub use first_run::SetUpToken;
pub use steps::{NEEDED_DUTIES, SetUpStanding, SetUpStep};

use super::{
    GiveDuty, NewPerson, duties, person,
    statements::{ADD_SCHOOL, SCHOOL_WITH_CODE},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Duty, Resource},
    accounts,
    audit::Detail,
    id, seal,
};
use holdfast_core::problem::Problem;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// How many distinct people each ladder and the recovery need, so that one can be the subject, one away, and one is left
/// (practice 12).
const DISTINCT_PEOPLE: usize = 3;
/// Who hears about a child, one after the other.
const CHILD_LADDER: [Duty; 5] =
    [Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Head, Duty::Chair, Duty::TrustLead];
/// Who hears about an adult who works here, one after the other, or as their named deputy. The safeguarding lead does not.
const ADULT_LADDER: [Duty; 3] = [Duty::Head, Duty::Chair, Duty::TrustLead];

/// A school to be set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUp {
    /// A short code, used when signing in: small letters, digits and hyphens.
    pub code: String,
    /// The school's name.
    pub name: String,
    /// Its time zone, such as `Europe/London`.
    pub time_zone: String,
    /// The trust it belongs to, if any.
    pub trust: Option<String>,
    /// The first people, with their duties.
    pub people: Vec<FirstPerson>,
}

/// One of the first people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPerson {
    /// Who.
    pub person: NewPerson,
    /// What they hold or deputise for.
    pub duties: Vec<FirstDuty>,
    /// The name they will sign in with here, if they get an account.
    pub sign_in_name: Option<String>,
    /// Whether they are one of those any two of whom can recover what is sealed.
    pub is_custodian: bool,
}

/// A duty of one of the first people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstDuty {
    /// Which.
    pub duty: Duty,
    /// Whether only to act while the holder is away.
    pub is_deputy: bool,
}

/// A school that was set up. The passphrases and recovery codes are nowhere else: each is handed to its person, on paper.
#[derive(Debug)]
pub struct SetUpDone {
    /// The school.
    pub school: id::School,
    /// The first people, in the order given.
    pub people: Vec<SetUpPerson>,
}

/// One of the first people, set up.
pub struct SetUpPerson {
    /// Who.
    pub person: id::Person,
    /// The passphrase to sign in with once, if they got an account.
    pub passphrase: Option<Zeroizing<String>>,
    /// The recovery code to print, if they are a custodian.
    pub recovery_code: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for SetUpPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUpPerson").field("person", &self.person).finish_non_exhaustive()
    }
}

impl Records {
    /// Sets a school up. Only from the console, and a school only once.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with everything that is wrong: no head or safeguarding lead, fewer than three distinct people to
    /// hear a concern or to recover what is sealed, a person's field, a code that another school has.
    pub async fn set_up(&self, set_up: SetUp) -> Result<SetUpDone, Fault> {
        let problems = set_up.faults();
        if !problems.is_empty() {
            return Err(Fault::Wrong(problems));
        }
        let mut looking = self.looking().await?;
        if looking.row(&SCHOOL_WITH_CODE, &[set_up.code.as_str().into()]).await?.is_some() {
            return Err(Fault::wrong(format!("The school “{}” is set up already.", set_up.code)));
        }
        drop(looking);
        let now = self.clock().now();
        let school = id::School::new(now)?;
        let session = Session { school, actor: Actor::Console, unlocked: None };
        let values = [
            school.into(),
            set_up.code.into(),
            set_up.name.trim().into(),
            set_up.time_zone.into(),
            set_up.trust.into(),
            now.into(),
        ];
        let detail = Detail::none().with("people", set_up.people.len().to_string());
        let mut entered = self.act_in_new_school(&session, &ADD_SCHOOL, &values, detail).await?;
        let people = add_all(&mut entered, set_up.people).await;
        let people = entered.finish(people).await?;
        if let Err(fault) = self.end_first_run() {
            // The school is there; what is left over opens nothing any more.
            tracing::warn!("what the first run left behind could not be removed: {fault}");
        }
        Ok(SetUpDone { school, people })
    }
}

impl SetUp {
    /// Everything that keeps it from being set up.
    pub fn faults(&self) -> Vec<Problem> {
        let set_up = self;
        let mut problems = Vec::new();
        let mut wrong = |message: String| problems.push(Problem::error(message));
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if set_up.code.is_empty() || set_up.code.len() > 40 || !set_up.code.bytes().all(is_plain) {
            wrong("code: a school's code is 1 to 40 small letters, digits and hyphens.".to_owned());
        }
        if set_up.name.trim().is_empty() || set_up.name.chars().count() > 200 {
            wrong("name: a school's name has 1 to 200 characters.".to_owned());
        }
        if TimeZone::get(&set_up.time_zone).is_err() {
            wrong(format!("time_zone: there is no “{}”. Write it like `Europe/London`.", set_up.time_zone));
        }
        for duty in [Duty::Head, Duty::DesignatedLead] {
            if holders(set_up, &[duty]).is_empty() {
                wrong(format!("Nobody is {}. Name one.", duty.title()));
            }
        }
        let ladders: [(&str, &[Duty]); 2] =
            [("a concern about a child", &CHILD_LADDER), ("a concern about an adult who works here", &ADULT_LADDER)];
        for (what, ladder) in ladders {
            let people = holders(set_up, ladder).len();
            if people < DISTINCT_PEOPLE {
                let titles = ladder.iter().map(|duty| duty.title()).collect::<Vec<_>>().join(", ");
                wrong(format!(
                    "{people} different people would hear {what}; at least {DISTINCT_PEOPLE} must, because one may be its \
                 subject and one away. Name more of these, or deputies for them: {titles}."
                ));
            }
        }
        let heads = holders(set_up, &[Duty::Head]);
        if holders(set_up, &[Duty::Chair, Duty::TrustLead]).iter().all(|judge| heads.contains(judge)) {
            wrong("Nobody would hear a concern about the head. Name a chair of governors or a trust lead who is not the head.".to_owned());
        }
        let custodians = set_up.people.iter().filter(|first| first.is_custodian).count();
        if custodians < DISTINCT_PEOPLE {
            wrong(format!(
                "{custodians} different people could recover what is sealed; any two must be able to, and one may be gone. \
             Name at least {DISTINCT_PEOPLE} custodians."
            ));
        }
        problems
    }
}

async fn add_all(entered: &mut Entered, first: Vec<FirstPerson>) -> Result<Vec<SetUpPerson>, Fault> {
    let mut people = Vec::with_capacity(first.len());
    let custodians = first.iter().map(|first| first.is_custodian).collect::<Vec<_>>();
    for first in first {
        people.push(add(entered, first).await?);
    }
    // Each pair of custodians is made when the second of them is named, so their accounts are all there by now.
    for (person, _) in people.iter_mut().zip(custodians).filter(|(_, is_custodian)| *is_custodian) {
        person.recovery_code = Some(seal::name_custodian_in(entered, person.person).await?);
    }
    Ok(people)
}

async fn add(entered: &mut Entered, first: FirstPerson) -> Result<SetUpPerson, Fault> {
    let id = id::Person::new(entered.now())?;
    let detail = Detail::none().with("person", id.to_string()).with("kind", first.person.kind.word());
    entered.also(Act::PersonAdded, Resource::School, detail).await?;
    person::insert(entered, id, first.person.tidied()).await?;
    for FirstDuty { duty, is_deputy } in first.duties {
        let part = if is_deputy { "deputy" } else { "holder" };
        let detail = Detail::none().with("duty", duty.word()).with("part", part);
        entered.also(Act::DutyGiven, Resource::Person(id), detail).await?;
        duties::insert_holding(entered, &GiveDuty { duty, person: id, is_deputy, from: None }).await?;
    }
    let passphrase = match first.sign_in_name {
        Some(name) => Some(accounts::open_account(entered, id, &name).await?),
        None => None,
    };
    Ok(SetUpPerson { person: id, passphrase, recovery_code: None })
}

/// The different people who hold one of the duties, themselves or as deputy.
fn holders(set_up: &SetUp, duties: &[Duty]) -> BTreeSet<usize> {
    let holds = |first: &FirstPerson| first.duties.iter().any(|first| duties.contains(&first.duty));
    set_up.people.iter().enumerate().filter(|(_, first)| holds(first)).map(|(place, _)| place).collect()
}
