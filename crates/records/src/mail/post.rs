//! The queue: which mails are to be made, which are due, and what came of each try.

use super::{
    account,
    address::{is_address, without_addresses},
    statements::{
        ADD_MAIL, ADD_MAIL_NOTICE, ADD_TRY, ADDRESSES, IS_ENDED, IS_HERE, IS_MAIL, LAST_CHECKPOINT_MAIL, LAST_TO,
        SENT_SINCE, UNMAILED, UNSEEN_OF_MAIL, UNSENT,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::{self, Detail},
    id, settings,
    settings::define::signposts,
    store::{Row, Transaction, words},
};
use jiff::{SignedDuration, Timestamp};

/// A notice older than this is not mailed any more: whoever signs in sees it, and a mail set up today does not tell of last year.
const FRESH: SignedDuration = SignedDuration::from_hours(72);
/// How long it is tried.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// The pauses between tries, in minutes; the last one again and again.
const PAUSES: [i64; 7] = [1, 2, 5, 15, 30, 60, 120];
/// Mails that may go out in a minute.
const MOST_A_MINUTE: i64 = 30;
/// The time within which even urgent notices to one person become one mail.
const URGENT_PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// How often the witness is sent a checkpoint.
const WITNESS_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The kinds of notices that do not wait for others: somebody may be acting in another's place, or with another's key; or a concern
/// waits that presses, or that nobody answered in time.
const URGENT: [&str; 15] = [
    "file-waits-now",
    "concern-waits",
    "concern-unanswered",
    "report-danger",
    "report-unanswered",
    "waiting-unanswered",
    "emergency-access",
    "account-reset",
    "account-closed",
    "account-recovered",
    "second-step-reset",
    "sealed-sign-in-used",
    "sign-in-restored",
    "sign-in-odd",
    "sign-on-second-step",
];

/// How the kinds begin that tell of one's own sign-in (`UNMAILED` names it too): whoever changed it may be somebody else.
const OWN: &str = "own-";

words! {
    /// What came of a try.
    MailOutcome {
        /// The server took it.
        Sent = "sent", "sent";
        /// Not now; it is tried again.
        Later = "later", "tried again later";
        /// The server will not take it for this address.
        Refused = "refused", "refused";
        /// It was tried for two days.
        GivenUp = "given-up", "given up";
        /// What it told of was seen before it went.
        Needless = "needless", "no longer needed";
    }
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailBody {
    /// That something waits, and nothing more.
    Notices,
    /// The newest checkpoint of the audit log, as its line in a witness.
    Checkpoint(String),
}

/// A mail to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMail {
    /// Its id, which its Message-ID is made of: the same at each try, so that one that came twice is seen to be one.
    pub id: id::Row,
    /// To which address.
    pub to: String,
    /// What it says.
    pub body: MailBody,
    /// When it was made.
    pub made_at: Timestamp,
}

/// What came of trying to send one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which.
    pub mail: id::Row,
    /// What came of it.
    pub outcome: MailOutcome,
    /// What the server answered.
    pub answer: String,
}

/// A mail that has neither gone nor been given up.
struct Unsent {
    id: id::Row,
    is_checkpoint: bool,
    person: Option<id::Person>,
    made_at: Timestamp,
    tries: i64,
    last: Option<Timestamp>,
}

/// When a mail is tried next, after so many tries of which the last was then.
fn next_try(made_at: Timestamp, tries: i64, last: Option<Timestamp>) -> Timestamp {
    let Some(last) = last else { return made_at };
    let place = usize::try_from(tries.max(1) - 1).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    let pause = PAUSES.get(place).copied().unwrap_or(120);
    last.saturating_add(SignedDuration::from_mins(pause)).unwrap_or(last)
}

impl Records {
    /// Makes the mails that are to be made: for each person with fresh notices one, but not sooner after their last one than the
    /// school's setting says, unless something is urgent; and once a day one for the witness. Nothing, where no mail is sent.
    pub async fn make_mails(&self, school: id::School) -> Result<(), Fault> {
        let mut looking = self.looking().await?;
        let Some((account, _)) = account::newest(&mut looking, school).await? else { return Ok(()) };
        let now = self.clock().now();
        if account.security == super::Security::Off
            || wanted(&mut looking, school, now, &account.witness).await?.is_empty()
        {
            return Ok(());
        }
        drop(looking);
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let mut entered = self.act(&session, Act::MailMade, Resource::School, Detail::none()).await?;
        let made = make(&mut entered, &account.witness).await;
        entered.finish(made).await
    }

    /// The mails to be sent now, oldest first, as many as may go out in this minute.
    pub async fn due_mails(&self, school: id::School) -> Result<Vec<DueMail>, Fault> {
        let mut looking = self.looking().await?;
        let now = self.clock().now();
        let minute_ago = now.saturating_sub(SignedDuration::from_mins(1)).unwrap_or(now);
        let row = looking.row(&SENT_SINCE, &[school.into(), minute_ago.into()]).await?;
        let sent: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        let may = usize::try_from(MOST_A_MINUTE.saturating_sub(sent)).unwrap_or(0);
        let mut due = Vec::new();
        for unsent in unsent(&mut looking, school).await? {
            if due.len() == may {
                break;
            }
            if next_try(unsent.made_at, unsent.tries, unsent.last) <= now {
                due.extend(ready(&mut looking, school, &unsent, now).await?);
            }
        }
        Ok(due)
    }

    /// Ends the mails that need not or cannot go any more: all they told of was seen, nobody can be reached, or they were tried for
    /// two days.
    pub async fn end_mails(&self, school: id::School) -> Result<(), Fault> {
        let mut looking = self.looking().await?;
        let now = self.clock().now();
        let mut ended = Vec::new();
        for unsent in unsent(&mut looking, school).await? {
            let end = end_of(&mut looking, school, &unsent, now).await?;
            ended.extend(end.map(|(outcome, answer)| Tried { mail: unsent.id, outcome, answer: answer.to_owned() }));
        }
        drop(looking);
        self.note_mails(school, &ended).await
    }

    /// Writes down what came of trying. What has ended already stays as it ended.
    pub async fn note_mails(&self, school: id::School, tried: &[Tried]) -> Result<(), Fault> {
        if tried.is_empty() {
            return Ok(());
        }
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let detail = Detail::none().shown(tried.iter().map(|tried| format!("{}:{}", tried.mail, tried.outcome.word())));
        let mut entered = self.act(&session, Act::MailTried, Resource::School, detail).await?;
        let noted = note(&mut entered, tried).await;
        entered.finish(noted).await
    }
}

/// A mail that should be made: to whom, and for which notices; to nobody for the witness.
struct Wanted {
    person: Option<id::Person>,
    notices: Vec<id::Row>,
}

async fn wanted(t: &mut Transaction, school: id::School, now: Timestamp, witness: &str) -> Result<Vec<Wanted>, Fault> {
    let pause = i64::from(settings::in_force(t, school).await?.of(&signposts::MAIL_PAUSE));
    let pause = SignedDuration::from_mins(pause);
    let since = now.saturating_sub(FRESH).unwrap_or(now);
    let rows = t.rows(&UNMAILED, &[school.into(), since.into(), now.into()]).await?;
    let mut wanted: Vec<Wanted> = Vec::new();
    for of_one in rows.chunk_by(same_person) {
        let Some(first) = of_one.first() else { continue };
        let person: id::Person = first.get(1)?;
        let (mut notices, mut is_urgent) = (Vec::new(), false);
        for row in of_one {
            let (id, kind, about): (id::Row, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
            if access::would_be_told(t, (school, person), (&kind, &about), now).await? {
                is_urgent |= URGENT.contains(&kind.as_str()) || kind.starts_with(OWN);
                notices.push(id);
            }
        }
        let last = t.row(&LAST_TO, &[school.into(), person.into()]).await?;
        let last: Option<Timestamp> = last.map_or(Ok(None), |row| row.get(0))?;
        let wait = if is_urgent { URGENT_PAUSE.min(pause) } else { pause };
        let is_too_soon = last.is_some_and(|last| now.duration_since(last) < wait);
        if !notices.is_empty() && !is_too_soon {
            wanted.push(Wanted { person: Some(person), notices });
        }
    }
    if !witness.is_empty() && audit::newest_line(t, school).await?.is_some() {
        let last = t.row(&LAST_CHECKPOINT_MAIL, &[school.into()]).await?;
        let last: Option<Timestamp> = last.map_or(Ok(None), |row| row.get(0))?;
        if last.is_none_or(|last| now.duration_since(last) >= WITNESS_EVERY) {
            wanted.push(Wanted { person: None, notices: Vec::new() });
        }
    }
    Ok(wanted)
}

fn same_person(one: &Row, other: &Row) -> bool {
    matches!((one.get::<String>(1), other.get::<String>(1)), (Ok(one), Ok(other)) if one == other)
}

async fn make(entered: &mut Entered, witness: &str) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    for wanted in wanted(entered.transaction(), school, now, witness).await? {
        let mail = id::Row::new(now)?;
        let kind = if wanted.person.is_some() { "notices" } else { "checkpoint" };
        let values = [mail.into(), school.into(), kind.into(), wanted.person.into(), now.into()];
        entered.change_one(&ADD_MAIL, &values).await?;
        for notice in wanted.notices {
            entered.change_one(&ADD_MAIL_NOTICE, &[notice.into(), school.into(), mail.into()]).await?;
        }
    }
    Ok(())
}

async fn unsent(t: &mut Transaction, school: id::School) -> Result<Vec<Unsent>, Fault> {
    let rows = t.rows(&UNSENT, &[school.into()]).await?;
    let read = |row: &Row| {
        Ok(Unsent {
            id: row.get(0)?,
            is_checkpoint: row.get::<String>(1)? == "checkpoint",
            person: row.get(2)?,
            made_at: row.get(3)?,
            tries: row.get(4)?,
            last: row.get(5)?,
        })
    };
    rows.iter().map(read).collect()
}

/// What is to be sent, as things stand now; nothing for what [`end_of`] ends.
async fn ready(
    t: &mut Transaction,
    school: id::School,
    unsent: &Unsent,
    now: Timestamp,
) -> Result<Option<DueMail>, Fault> {
    if end_of(t, school, unsent, now).await?.is_some() {
        return Ok(None);
    }
    let (to, body) = if unsent.is_checkpoint {
        let witness = account::newest(t, school).await?.map(|(account, _)| account.witness);
        (witness, audit::newest_line(t, school).await?.map(MailBody::Checkpoint))
    } else {
        (address_of(t, school, unsent.person).await?, Some(MailBody::Notices))
    };
    let ready = to.zip(body).map(|(to, body)| DueMail { id: unsent.id, to, body, made_at: unsent.made_at });
    Ok(ready)
}

/// How a mail ends without being tried once more, if it does.
async fn end_of(
    t: &mut Transaction,
    school: id::School,
    unsent: &Unsent,
    now: Timestamp,
) -> Result<Option<(MailOutcome, &'static str)>, Fault> {
    if unsent.is_checkpoint {
        let has_witness = account::newest(t, school).await?.is_some_and(|(account, _)| !account.witness.is_empty());
        if !has_witness {
            return Ok(Some((MailOutcome::Needless, "")));
        }
    } else {
        let unseen: i64 = t.row(&UNSEEN_OF_MAIL, &[unsent.id.into()]).await?.map_or(Ok(0), |row| row.get(0))?;
        let Some(person) = unsent.person.filter(|_| unseen > 0) else {
            return Ok(Some((MailOutcome::Needless, "")));
        };
        if t.row(&IS_HERE, &[person.into(), school.into(), now.into()]).await?.is_none() {
            return Ok(Some((MailOutcome::Needless, "")));
        }
        if address_of(t, school, unsent.person).await?.is_none() {
            return Ok(Some((MailOutcome::Refused, "There is no address for mail in their record.")));
        }
    }
    let is_over = now.duration_since(unsent.made_at) >= GIVE_UP_AFTER;
    Ok(is_over.then_some((MailOutcome::GivenUp, "It could not be sent for two days.")))
}

async fn address_of(
    t: &mut Transaction,
    school: id::School,
    person: Option<id::Person>,
) -> Result<Option<String>, Fault> {
    let Some(person) = person else { return Ok(None) };
    let rows = t.rows(&ADDRESSES, &[person.into(), school.into()]).await?;
    let ways = rows.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, Fault>>()?;
    Ok(ways.into_iter().map(|way| way.trim().to_owned()).find(|way| is_address(way)))
}

async fn note(entered: &mut Entered, tried: &[Tried]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    for tried in tried {
        let mail = tried.mail;
        entered.row(&IS_MAIL, &[mail.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
        if entered.row(&IS_ENDED, &[mail.into(), school.into()]).await?.is_some() {
            continue;
        }
        let answer = without_addresses(&tried.answer);
        let row = id::Row::new(now)?;
        let values = [row.into(), school.into(), mail.into(), tried.outcome.into(), answer.as_str().into(), now.into()];
        entered.change_one(&ADD_TRY, &values).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_two_hours() {
        let made: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        assert_eq!(next_try(made, 0, None), made);
        let (mut last, mut waits) = (made, Vec::new());
        for tries in 1..=9 {
            let next = next_try(made, tries, Some(last));
            waits.push(next.duration_since(last).as_mins());
            last = next;
        }
        assert_eq!(waits, [1, 2, 5, 15, 30, 60, 120, 120, 120]);
    }
}
