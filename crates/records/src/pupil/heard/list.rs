//! Which children would like to talk: for whom they asked, and for those who look after children, who see what became of it.

use super::{
    super::statements::OWN_CLASSES,
    ask::ASKED_YOU,
    near,
    pass::WAITS,
    statements::{NAME, TALKS, WHO_TALKED},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource, Standing},
    audit::Detail,
    id,
    store::{Row, Transaction},
};
use jiff::{SignedDuration, Timestamp};

/// How long it stands in the list that somebody talked with a child.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 14);

/// That somebody talked with the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talked {
    /// Who says so.
    pub name: String,
    /// When they said it.
    pub at: Timestamp,
}

/// A child who would like to talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TalkView {
    /// Its id.
    pub id: id::Row,
    /// Who.
    pub child: String,
    /// The classes that they learn in.
    pub classes: Vec<String>,
    /// Who was asked; nobody, where it went to those who look after children.
    pub adult: Option<String>,
    /// Whether it is the asker who was asked.
    pub is_mine: bool,
    /// When.
    pub asked_at: Timestamp,
    /// By when whoever was asked should have answered.
    pub due_at: Timestamp,
    /// When those who look after children were told of it.
    pub passed_at: Option<Timestamp>,
    /// Whether whoever was asked handed it on.
    pub is_handed_on: bool,
    /// Who has talked with the child.
    pub talked: Option<Talked>,
}

/// How many wait for whoever asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Talks {
    /// Who asked for them by name.
    pub mine: usize,
    /// Who wait for those who look after children, of whom they are one.
    pub of_team: usize,
}

/// A row of the list.
pub(super) struct Talk {
    pub id: id::Row,
    pub child: id::Person,
    adult: Option<id::Person>,
    due_at: Timestamp,
    asked_at: Timestamp,
    passed_at: Option<Timestamp>,
    handed_on_at: Option<Timestamp>,
    talked_at: Option<Timestamp>,
}

/// As what somebody sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// They were asked by name.
    AsNamed,
    /// They look after children.
    AsTeam,
}

impl Talk {
    fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            child: row.get(1)?,
            adult: row.get(2)?,
            due_at: row.get(3)?,
            asked_at: row.get(4)?,
            passed_at: row.get(5)?,
            handed_on_at: row.get(6)?,
            talked_at: row.get(7)?,
        })
    }

    /// Whether it waits for those who look after children.
    fn is_with_team(&self) -> bool {
        self.talked_at.is_none() && self.passed_at.is_some()
    }
}

impl Records {
    /// The children who would like to talk, of whom the asker may know: those who asked for them, until somebody talked with them; and
    /// for those who look after children all others, with what became of it. One entry names what is shown.
    pub async fn talks(&self, session: &Session) -> Result<Vec<TalkView>, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let shown: Vec<id::Row> =
            known(&mut looking, &standing, asker).await?.iter().map(|(talk, _)| talk.id).collect();
        drop(looking);
        let mut entered = self.act(session, Act::TalksRead, Resource::School, of_talks(&shown)).await?;
        let views = views(&mut entered, asker, &shown).await;
        entered.finish(views).await
    }
}

/// Which were shown is a digest: another reader of the log would find one that their own list does not have (practice 11).
fn of_talks(shown: &[id::Row]) -> Detail {
    let ids: Vec<String> = shown.iter().map(ToString::to_string).collect();
    Detail::none().digest("entries", ids.join(" "))
}

async fn views(entered: &mut Entered, asker: id::Person, shown: &[id::Row]) -> Result<Vec<TalkView>, Fault> {
    let standing = entered.standing().clone();
    let mut views = Vec::new();
    for (talk, seen) in known(entered.transaction(), &standing, asker).await? {
        // Nothing is shown that the entry does not name.
        if shown.contains(&talk.id) {
            views.push(view(entered, talk, seen).await?);
        }
    }
    Ok(views)
}

async fn view(entered: &mut Entered, talk: Talk, seen: Seen) -> Result<TalkView, Fault> {
    let school = entered.session().school;
    let child = name(entered.transaction(), school, talk.child).await?;
    let classes = entered.rows(&OWN_CLASSES, &[talk.child.into(), school.into()]).await?;
    let classes = classes.iter().map(|row| row.get(0)).collect::<Result<_, Fault>>()?;
    let adult = match talk.adult {
        Some(adult) => Some(name(entered.transaction(), school, adult).await?),
        None => None,
    };
    let talked = match (talk.talked_at, entered.row(&WHO_TALKED, &[talk.id.into()]).await?) {
        (Some(at), Some(row)) => Some(Talked { name: row.get(0)?, at }),
        _ => None,
    };
    Ok(TalkView {
        id: talk.id,
        child,
        classes,
        adult,
        is_mine: seen == Seen::AsNamed,
        asked_at: talk.asked_at,
        due_at: talk.due_at,
        // To whoever was asked it is passed on when their time is over; that it was before tells them nothing.
        passed_at: talk.passed_at.filter(|at| seen == Seen::AsTeam || *at >= talk.due_at),
        is_handed_on: talk.handed_on_at.is_some(),
        talked,
    })
}

async fn name(t: &mut Transaction, school: id::School, person: id::Person) -> Result<String, Fault> {
    t.row(&NAME, &[person.into(), school.into()]).await?.ok_or(Fault::NotFound)?.get(0)
}

/// Those that somebody of this standing may know of now, the one that waits longest first.
async fn known(t: &mut Transaction, standing: &Standing, asker: id::Person) -> Result<Vec<(Talk, Seen)>, Fault> {
    let since = standing.now.saturating_sub(SHOWN_FOR).unwrap_or(standing.now);
    let mut known = Vec::new();
    for row in t.rows(&TALKS, &[standing.school.into(), since.into(), None::<&str>.into()]).await? {
        let talk = Talk::of(&row)?;
        if let Some(seen) = seen(t, standing, asker, &talk).await? {
            known.push((talk, seen));
        }
    }
    Ok(known)
}

/// One of them, if there is one that they may know of now.
pub(super) async fn one(
    t: &mut Transaction,
    standing: &Standing,
    (asker, talk): (id::Person, &str),
) -> Result<Option<(Talk, Seen)>, Fault> {
    let values = [standing.school.into(), standing.now.into(), talk.into()];
    let Some(row) = t.row(&TALKS, &values).await? else { return Ok(None) };
    let talk = Talk::of(&row)?;
    Ok(seen(t, standing, asker, &talk).await?.map(|seen| (talk, seen)))
}

/// As what somebody may know of it, if they may. Whoever was asked sees it until somebody talked with the child or they handed it on: that
/// somebody has come to be concerned by something since takes it from nobody's list, or its going would tell them (practice 11). Only family
/// and who must have no contact, which everybody concerned knows, lose it. Those who look after children see all but what is kept from them.
async fn seen(t: &mut Transaction, standing: &Standing, asker: id::Person, talk: &Talk) -> Result<Option<Seen>, Fault> {
    let (school, now) = (standing.school, standing.now);
    let kept_out = match near::kept_out_of_wish(t, (school, talk.child), talk.id, now).await {
        // The child is no more.
        Err(Fault::NotFound) => return Ok(None),
        kept_out => kept_out?,
    };
    let is_open = talk.talked_at.is_none() && talk.handed_on_at.is_none();
    if talk.adult == Some(asker)
        && is_open
        && standing.kind.is_some()
        && standing.is_confirmed
        && !near::kin(t, school, talk.child, now).await?.contains(&asker)
    {
        return Ok(Some(Seen::AsNamed));
    }
    Ok(near::is_of_team(standing, asker, &kept_out).then_some(Seen::AsTeam))
}

/// How many wait for whoever asks. Expects the entry written.
pub(crate) async fn counted(entered: &mut Entered) -> Result<Talks, Fault> {
    let Actor::Person(asker) = entered.session().actor else { return Err(Fault::NotFound) };
    let standing = entered.standing().clone();
    let known = known(entered.transaction(), &standing, asker).await?;
    let mine = known.iter().filter(|(_, seen)| *seen == Seen::AsNamed).count();
    let of_team = known.iter().filter(|(talk, seen)| *seen == Seen::AsTeam && talk.is_with_team()).count();
    Ok(Talks { mine, of_team })
}

/// Whether a notice of this kind still is one for somebody of this standing; of other kinds nothing is said.
pub(crate) async fn still_waits(
    t: &mut Transaction,
    standing: &Standing,
    (kind, about): (&str, &str),
) -> Result<Option<bool>, Fault> {
    let wanted = match kind {
        ASKED_YOU => Seen::AsNamed,
        WAITS => Seen::AsTeam,
        _ => return Ok(None),
    };
    let Actor::Person(asker) = standing.actor else { return Ok(Some(false)) };
    let found = one(t, standing, (asker, about)).await?;
    Ok(Some(found.is_some_and(|(talk, seen)| talk.talked_at.is_none() && (seen == wanted || wanted == Seen::AsTeam))))
}
