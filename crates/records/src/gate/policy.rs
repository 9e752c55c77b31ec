//! The policy as versions: putting one in force, and reading those before.

use super::{
    document::{self, Wall},
    statements::{A_POLICY, ADD_POLICY, GATE_CODE, NEWEST_POLICY, PERSON_OF_CODE, POLICIES, SCHOOL_ZONE},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Capability, Decision, Resource, Standing},
    audit::Detail,
    id,
    store::{Row, Statement, Transaction, Value, hex},
};
use aws_lc_rs::digest;
use holdfast_core::{
    policy::{self, PolicySource},
    problem::Problem,
    ruleset::{self, content::Content},
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::sync::Arc;
use toml_edit::DocumentMut;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// How often a change is tried where somebody else's came between.
const TRIES: usize = 3;

/// A version of the policy, or of what the gate knows of networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: i64,
    /// What the change was: `whole`, `lesson`, `lesson-ended`, `suspension`, `suspension-ended`, `emergency`,
    /// `emergency-lifted`, `documents`.
    pub kind: String,
    /// The document; empty in a history.
    pub text: String,
    /// The SHA-256 of the text, in hexadecimal digits.
    pub digest: String,
    /// Who made it; `None` for what was taken in from the documents.
    pub made_by: Option<id::Person>,
    /// When.
    pub made_at: Timestamp,
    /// Why.
    pub why: String,
}

/// A change that is in force from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The version that it made.
    pub number: i64,
    /// The code of the lesson, suspension or block that was made, where one was.
    pub code: Option<String>,
    /// What is not quite right with the policy.
    pub warnings: Vec<Problem>,
}

/// A change to make: what kind, under which act, of what, and why.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub act: Act,
    pub resource: Resource,
    pub kind: &'static str,
    pub why: String,
}

/// What a change is made on.
pub(super) struct Ground {
    /// The number that the new version gets.
    pub number: i64,
    /// The neutral code of whoever makes it.
    pub author: String,
    /// The neutral code of whom the change is about, while they are here.
    pub person: Option<String>,
    /// What whoever makes it may do.
    pub standing: Standing,
    /// The moment, on the school's wall clock.
    pub wall: Wall,
}

/// An edit of the document; it answers with the code of what it made.
pub(super) type Edit<'a> = dyn Fn(&mut DocumentMut, &Ground) -> Result<Option<String>, Fault> + Send + Sync + 'a;

impl Records {
    /// Puts a policy in force. Its version must be that of the policy it was made from, or one higher, so that nobody's
    /// change is lost; number, author and reason are then written into it. What core does not accept is refused with its
    /// lines ([`Fault::Wrong`]), and nothing is changed. The lists do not matter here: the gate compiles it over them.
    pub async fn change_policy(&self, session: &Session, text: &str, why: &str) -> Result<Accepted, Fault> {
        let given = document::parse(text)?;
        let change = Change { act: Act::PolicyChanged, resource: Resource::School, kind: "whole", why: reason(why)? };
        let replace = |document: &mut DocumentMut, ground: &Ground| {
            let made_from = document::version_of(&given);
            // The first one has nothing before it.
            if ground.number > 1 && made_from.is_none_or(|from| from != ground.number - 1 && from != ground.number) {
                return Err(Fault::Changed(format!(
                    "This was made from version {}, and version {} is in force. Read that with `holdfast policy show`, \
                     make your change in it, and try once more.",
                    made_from.map_or_else(|| "(none)".to_owned(), |from| from.to_string()),
                    ground.number - 1
                )));
            }
            *document = given.clone();
            Ok(None)
        };
        self.revise(session, &change, &replace).await
    }

    /// The versions, newest first, without their texts.
    pub async fn policy_history(&self, session: &Session, most: i64) -> Result<Vec<Version>, Fault> {
        let mut entered = self.act(session, Act::PolicyRead, Resource::School, Detail::none()).await?;
        let rows = entered.rows(&POLICIES, &[session.school.into(), most.clamp(1, 10_000).into()]).await?;
        entered.commit().await?;
        rows.iter().map(version).collect()
    }

    /// A version, or the one in force.
    pub async fn policy_version(&self, session: &Session, number: Option<i64>) -> Result<Version, Fault> {
        let detail = Detail::none().with("version", number.map_or_else(|| "newest".to_owned(), |n| n.to_string()));
        let mut entered = self.act(session, Act::PolicyRead, Resource::School, detail).await?;
        let found = a_version(&mut entered, number).await;
        entered.finish(found).await
    }

    /// A moment as people type it: a time of today, or a date with a time, on the school's clock.
    pub async fn moment_at_school(&self, session: &Session, typed: &str) -> Result<Timestamp, Fault> {
        let row = self.looking().await?.row(&SCHOOL_ZONE, &[session.school.into()]).await?.ok_or(Fault::NotFound)?;
        let zone = TimeZone::get(&row.get::<String>(0)?).unwrap_or(TimeZone::UTC);
        let time = typed.parse::<DateTime>().ok().filter(|_| typed.contains(['T', ' ']));
        let today = || zone.to_datetime(self.clock().now()).date();
        let time = time.or_else(|| Some(today().to_datetime(typed.parse().ok()?)));
        let moment = time.and_then(|time| zone.to_timestamp(time).ok());
        moment.ok_or_else(|| Fault::wrong(format!("“{typed}” is no time. Write `10:45`, or `2026-11-23T10:45`.")))
    }

    /// Who goes by a neutral code. A code of nobody and one of somebody whom the asker may not know take the same path.
    pub async fn person_of_gate_code(&self, session: &Session, code: &str) -> Result<id::Person, Fault> {
        let detail = Detail::none().with("by", "gate-code");
        let mut entered = self.act(session, Act::PersonRead, Resource::School, detail).await?;
        let found = person_of_code(&mut entered, code).await;
        entered.finish(found).await
    }

    /// Makes a new version of the policy by an edit of the one in force. The edit answers with the code of what it made.
    pub(super) async fn revise(&self, session: &Session, change: &Change, edit: &Edit<'_>) -> Result<Accepted, Fault> {
        for _ in 0..TRIES {
            let expected = self.next_policy(session.school).await?;
            // The entry comes first and names the version, so the number is looked up before.
            let detail = Detail::none().with("version", expected.to_string()).with("kind", change.kind);
            let mut entered = self.act(session, change.act, change.resource, detail).await?;
            match revise_once(&mut entered, change, expected, edit).await {
                Ok(None) => {}
                Ok(Some(accepted)) => return entered.finish(Ok(accepted)).await,
                Err(fault) => return entered.finish(Err(fault)).await,
            }
        }
        Err(Fault::Changed("Others are changing the policy at this moment. Try once more.".to_owned()))
    }

    async fn next_policy(&self, school: id::School) -> Result<i64, Fault> {
        let before = newest(&mut self.looking().await?, &NEWEST_POLICY, school).await?;
        Ok(before.map_or(1, |before| before.number + 1))
    }
}

/// One try; nothing where somebody else's change came between.
async fn revise_once(
    entered: &mut Entered,
    change: &Change,
    number: i64,
    edit: &Edit<'_>,
) -> Result<Option<Accepted>, Fault> {
    let school = entered.session().school;
    let before = newest(entered.transaction(), &NEWEST_POLICY, school).await?;
    if before.as_ref().map_or(1, |before| before.number + 1) != number {
        return Ok(None);
    }
    let author = author(entered).await?;
    let mut person = None;
    if let Resource::Person(about) = change.resource {
        refuse_strangers(entered)?;
        let row = entered.row(&GATE_CODE, &[school.into(), about.into()]).await?;
        person = row.map(|row| row.get(0)).transpose()?;
    }
    let zone = before.as_ref().and_then(|before| policy::read("", &before.text).ok()).map(|source| source.time_zone);
    let zone = zone.and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or(TimeZone::UTC);
    let wall = Wall { now: entered.now(), zone };
    let ground = Ground { number, author, person, standing: entered.standing().clone(), wall };
    let (text, code, warnings) = revised(before.as_ref(), change, ground, edit)?;
    put(entered, &ADD_POLICY, &NewVersion { number, kind: change.kind, text, why: &change.why }).await?;
    Ok(Some(Accepted { number, code, warnings }))
}

/// A change about one person is made by who may know them, and by nobody about themselves.
fn refuse_strangers(entered: &Entered) -> Result<(), Fault> {
    let (standing, facts) = (entered.standing(), entered.facts());
    if matches!(standing.actor, Actor::Person(asker) if facts.person == Some(asker)) {
        return Err(Fault::NotAllowed("This is about yourself. Ask somebody else to do it.".to_owned()));
    }
    match access::decide(standing, Act::PersonRead, facts) {
        Decision::Allowed => Ok(()),
        Decision::Hidden | Decision::Refused(_) => Err(Fault::NotFound),
    }
}

async fn a_version(entered: &mut Entered, number: Option<i64>) -> Result<Version, Fault> {
    let school = entered.session().school;
    let found = match number {
        Some(number) => entered.row(&A_POLICY, &[school.into(), number.into()]).await?,
        None => entered.row(&NEWEST_POLICY, &[school.into()]).await?,
    };
    version(&found.ok_or(Fault::NotFound)?)
}

async fn person_of_code(entered: &mut Entered, code: &str) -> Result<id::Person, Fault> {
    let row = entered.row(&PERSON_OF_CODE, &[entered.session().school.into(), code.into()]).await?;
    let person = match row {
        Some(row) => row.get(0)?,
        // Nobody's id, so that what is read is the same.
        None => id::Person::new(entered.now())?,
    };
    // A neutral code stays one for whoever may not see the person's record (practice 13).
    entered.also(Act::PersonRead, Resource::Person(person), Detail::none()).await?;
    Ok(person)
}

/// Whether the asker may change the policy. Until a school is set up its console may; our own clock always.
pub(super) fn may_change_policy(standing: &Standing) -> bool {
    !matches!(standing.actor, Actor::Person(_))
        || standing.duties.iter().any(|duty| Capability::ChangePolicy.is_of(*duty))
}

/// The edited text, the code of what was made, and the warnings.
fn revised(
    before: Option<&Version>,
    change: &Change,
    ground: Ground,
    edit: &Edit<'_>,
) -> Result<(String, Option<String>, Vec<Problem>), Fault> {
    let mut document = match before {
        Some(before) => document::parse(&before.text)?,
        None if change.kind == "whole" => DocumentMut::new(),
        None => {
            return Err(Fault::wrong(
                "There is no policy yet. Put one in force with `holdfast policy change` before this.",
            ));
        }
    };
    let code = edit(&mut document, &ground)?;
    document::drop_long_ended(&mut document, &ground.wall)?;
    document::set(&mut document, "version", ground.number);
    document::set(&mut document, "author", ground.author);
    document::set(&mut document, "reason", change.why.as_str());
    let text = document.to_string();
    let (_, warnings) = judged(&text)?;
    Ok((text, code, warnings))
}

/// Core's word on a policy document: what it reads, and what is not quite right.
pub(super) fn judged(text: &str) -> Result<(PolicySource, Vec<Problem>), Fault> {
    let source = policy::read("", text).map_err(Fault::Wrong)?;
    let compiled = ruleset::compile(source.clone(), Arc::new(Content::default()), "", text);
    let (_, warnings) = compiled.map_err(Fault::Wrong)?;
    Ok((source, warnings))
}

/// A version about to be written.
pub(super) struct NewVersion<'a> {
    pub number: i64,
    pub kind: &'a str,
    pub text: String,
    pub why: &'a str,
}

/// Writes a version of the policy or of the networks.
pub(super) async fn put(entered: &mut Entered, statement: &Statement, new: &NewVersion<'_>) -> Result<(), Fault> {
    let made_by = if let Actor::Person(person) = entered.session().actor { Some(person) } else { None };
    let values: [Value; 8] = [
        entered.session().school.into(),
        new.number.into(),
        new.kind.into(),
        new.text.as_str().into(),
        digest_of(&new.text).into(),
        made_by.into(),
        entered.now().into(),
        new.why.into(),
    ];
    entered.change_one(statement, &values).await
}

/// The newest version of the policy or of the networks.
pub(super) async fn newest(
    transaction: &mut Transaction,
    statement: &Statement,
    school: id::School,
) -> Result<Option<Version>, Fault> {
    transaction.row(statement, &[school.into()]).await?.as_ref().map(version).transpose()
}

fn version(row: &Row) -> Result<Version, Fault> {
    Ok(Version {
        number: row.get(0)?,
        kind: row.get(1)?,
        text: row.get(2)?,
        digest: row.get(3)?,
        made_by: row.get(4)?,
        made_at: row.get(5)?,
        why: row.get(6)?,
    })
}

/// The neutral code of whoever acts, for the document.
pub(super) async fn author(entered: &mut Entered) -> Result<String, Fault> {
    let Actor::Person(person) = entered.session().actor else { return Ok("holdfast".to_owned()) };
    let school = entered.session().school;
    let row = entered.row(&GATE_CODE, &[school.into(), person.into()]).await?;
    row.ok_or(Fault::NotFound)?.get(0)
}

/// A reason that says something.
pub(super) fn reason(why: &str) -> Result<String, Fault> {
    let why = why.trim();
    match why.chars().count() {
        0 => Err(Fault::wrong("Say why: the reason stays with the version.")),
        count if count > LONGEST_REASON => {
            Err(Fault::wrong(format!("The reason is longer than {LONGEST_REASON} characters.")))
        }
        _ => Ok(why.to_owned()),
    }
}

/// The SHA-256 of a text, in hexadecimal digits.
pub(super) fn digest_of(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}
