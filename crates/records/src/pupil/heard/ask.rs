//! “I would like to talk to …”: one press. Whoever is asked is told that the child would like to talk, and nothing else.

use super::{
    super::statements::PUPIL,
    near, pass,
    statements::{ADD_TALK, ASKED, IS_AWAY},
    trusted::chosen,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::Detail,
    concern::climb,
    id,
    pupil::{AboutAdult, tell},
};
use jiff::{SignedDuration, Timestamp};

/// To whom a child would like to talk.
pub(super) const ASKED_YOU: &str = "talk-asked";
/// How long somebody has who was asked, where the calendar does not say when the school day ends.
const REST_OF_A_DAY: SignedDuration = SignedDuration::from_hours(6);

/// What a child told, as far as it says who may be asked to talk with them.
pub(in super::super) struct Beside {
    /// Whom it is about.
    pub about: AboutAdult,
    /// With whom they would like to talk.
    pub adult: id::Person,
}

impl Records {
    /// A child would like to talk: with this adult, or with somebody who looks after children here. Pressed again before anybody talked
    /// with them it is still the one wish. Whether that adult is asked or, because something stands against it, those who look after
    /// children, is nowhere to be seen.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever is no pupil, and for an adult who is not near them.
    pub async fn ask_to_talk(&self, session: &Session, adult: Option<id::Person>) -> Result<(), Fault> {
        let Actor::Person(child) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        looking.row(&PUPIL, &[child.into(), session.school.into()]).await?.ok_or(Fault::NotFound)?;
        if let Some(adult) = adult {
            let mut known = tell::near(&mut looking, session.school, child, self.clock().now()).await?;
            known.extend(chosen(&mut looking, session.school, child).await?);
            if !known.iter().any(|near| near.person == adult) {
                return Err(Fault::NotFound);
            }
        }
        drop(looking);
        // Neither whom they named nor whether that one was asked: whoever reads the log may be the one who was not.
        let mut entered = self.act(session, Act::TalkAsked, Resource::Person(child), Detail::none()).await?;
        let asked = ask(&mut entered, child, adult).await;
        entered.finish(asked).await
    }

    /// The same beside what they told. Nobody is asked where it may be about them: it is about an adult whom the child did not name, or
    /// they do not know whether it is. Who reads it knows from its words whom they would like to talk with.
    pub(in super::super) async fn ask_beside(&self, session: &Session, beside: Beside) -> Result<(), Fault> {
        match beside.about {
            AboutAdult::NotSaid | AboutAdult::Unnamed => Ok(()),
            AboutAdult::Somebody(about) if about == beside.adult => Ok(()),
            AboutAdult::No | AboutAdult::Somebody(_) => self.ask_to_talk(session, Some(beside.adult)).await,
        }
    }
}

async fn ask(entered: &mut Entered, child: id::Person, named: Option<id::Person>) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let kept_out = near::kept_out(entered.transaction(), school, child, now).await?;
    let adult = match named {
        Some(adult) if near::may_be_asked(entered.transaction(), school, adult, &kept_out).await? => Some(adult),
        _ => None,
    };
    let before = entered.rows(&ASKED, &[school.into(), child.into()]).await?;
    for row in &before {
        if row.get::<Option<id::Person>>(0)? == adult {
            return Ok(());
        }
    }
    let (opening, due_at) = times(entered, adult).await?;
    let talk = id::Row::new(now)?;
    let values = [talk.into(), school.into(), child.into(), adult.into(), due_at.into(), now.into()];
    entered.change_one(&ADD_TALK, &values).await?;
    if let Some(adult) = adult {
        access::tell_at(entered, adult, (ASKED_YOU, &talk.to_string()), opening).await?;
    }
    if due_at <= now { pass::pass_on(entered, (talk, child), adult).await } else { Ok(()) }
}

/// When somebody is told, and until when they should have answered: the end of that school day. Where nobody is asked, whoever is asked
/// is away, or no calendar says when the day ends, those who look after children are told at once.
async fn times(entered: &mut Entered, adult: Option<id::Person>) -> Result<(Timestamp, Timestamp), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let of_school = climb::School::read(entered.transaction(), school, now).await?;
    let times = of_school.times();
    let opening = times.opening(now);
    let Some(calendar) = times.calendar else { return Ok((opening, now)) };
    let end = calendar.add_school_days(opening, 0).ok().filter(|end| *end > opening);
    let due = end.unwrap_or_else(|| opening.saturating_add(REST_OF_A_DAY).unwrap_or(opening));
    let is_away = match adult {
        Some(adult) => entered.row(&IS_AWAY, &[school.into(), adult.into(), opening.into()]).await?.is_some(),
        None => true,
    };
    Ok((opening, if is_away { now } else { due }))
}
