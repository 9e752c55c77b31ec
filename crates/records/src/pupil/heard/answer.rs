//! “I have talked with them”, or handing it on.

use super::{
    TalkAnswer,
    instead::ask_team,
    list::{Seen, one},
    near,
    pass::pass_on,
    statements::ADD_TALK_ANSWER,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::Detail,
    id,
};

impl Records {
    /// Says what became of a child’s wish to talk: whoever was asked, or one of those who look after children, has talked with them; or
    /// whoever was asked hands it on, and those are told at once.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever may not know of it.
    pub async fn answer_talk(&self, session: &Session, talk: id::Row, answer: TalkAnswer) -> Result<(), Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let found = one(&mut looking, &standing, (asker, &talk.to_string())).await?;
        drop(looking);
        let (known, _) = found.ok_or(Fault::NotFound)?;
        let detail = Detail::none().with("talk", talk.to_string()).with("answer", answer.word());
        let mut entered = self.act(session, Act::TalkAnswered, Resource::Person(known.child), detail).await?;
        let written = write(&mut entered, (asker, talk), answer).await;
        entered.finish(written).await
    }
}

async fn write(entered: &mut Entered, (asker, talk): (id::Person, id::Row), answer: TalkAnswer) -> Result<(), Fault> {
    let (school, now, standing) = (entered.session().school, entered.now(), entered.standing().clone());
    // Once more where it is written: it may have been taken from them meanwhile.
    let found = one(entered.transaction(), &standing, (asker, &talk.to_string())).await?;
    let (known, seen) = found.ok_or(Fault::NotFound)?;
    if answer == TalkAnswer::HandedOn && seen != Seen::AsNamed {
        return Err(Fault::wrong(
            "It is with the safeguarding team already. Talk with the pupil, or ask a colleague to.",
        ));
    }
    // Whoever has come to be concerned by something since they were asked is told nothing of it: what they answer is kept as they gave
    // it. The child is with those who look after children too, and what is answered here ends nothing there.
    let kept_out = near::kept_out(entered.transaction(), school, known.child, now).await?;
    let may_still = near::may_be_asked(entered.transaction(), school, asker, &kept_out).await?;
    if seen == Seen::AsNamed && answer == TalkAnswer::Talked && !may_still {
        ask_team(entered, known.child).await?;
    }
    let values = [id::Row::new(now)?.into(), school.into(), talk.into(), asker.into(), answer.into(), now.into()];
    entered.change_one(&ADD_TALK_ANSWER, &values).await?;
    if answer == TalkAnswer::HandedOn { pass_on(entered, (talk, known.child), Some(asker)).await } else { Ok(()) }
}
