//! Nobody answered a child who would like to talk, or nobody was asked: those who look after children are told, by the school's clock.

use super::{
    near,
    statements::{ADD_PASSED_ON, DUE_TALKS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource},
    audit::Detail,
    concern::climb,
    id,
};

/// To those who look after children: a child would like to talk, and it is with them.
pub(super) const WAITS: &str = "talk-waits";

impl Records {
    /// Tells those who look after children of every child who asked to talk and whom nobody has answered in time. By our own clock.
    ///
    /// # Errors
    /// The first that failed; the others were seen to.
    pub async fn pass_talks_on(&self, school: id::School) -> Result<(), Fault> {
        let now = self.clock().now();
        let due = self.looking().await?.rows(&DUE_TALKS, &[school.into(), now.into()]).await?;
        let mut failed = None;
        for row in due {
            let (talk, child, adult): (id::Row, id::Person, Option<id::Person>) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let session = Session { school, actor: Actor::Clock, unlocked: None };
            let passed = match self.act(&session, Act::TalkPassedOn, Resource::Person(child), Detail::none()).await {
                Ok(mut entered) => {
                    let passed = pass_on(&mut entered, (talk, child), adult).await;
                    entered.finish(passed).await
                }
                Err(fault) => Err(fault),
            };
            // Whoever was erased a moment ago waits for nobody.
            failed = failed.or(passed.err().filter(|fault| *fault != Fault::NotFound));
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Tells the first of those who look after children and are here, and not whoever was asked: they know it, and did not answer. Expects the
/// entry of the act written.
pub(super) async fn pass_on(
    entered: &mut Entered,
    (talk, child): (id::Row, id::Person),
    adult: Option<id::Person>,
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if entered.change(&ADD_PASSED_ON, &[talk.into(), school.into(), now.into()]).await? == 0 {
        return Ok(());
    }
    let mut kept_out = near::kept_out_of_wish(entered.transaction(), (school, child), talk, now).await?;
    let roll = access::roll(entered.transaction(), school, now).await?;
    let mut team = roll.readers(FileKind::Child, &kept_out);
    // Where nobody else looks after children, it is they who hear it again.
    if let Some(adult) = adult.filter(|adult| team.iter().any(|person| person != adult)) {
        team.retain(|person| *person != adult);
        kept_out.push(adult);
    }
    // The first in turn who are here; where everybody is away, all of them find it when they are back.
    if let Some((_, first)) = roll.in_turn(FileKind::Child, &kept_out).into_iter().next()
        && first.iter().any(|person| team.contains(person))
    {
        team.retain(|person| first.contains(person));
    }
    let opening = climb::School::read(entered.transaction(), school, now).await?.times().opening(now);
    for person in team {
        access::tell_at(entered, person, (WAITS, &talk.to_string()), opening).await?;
    }
    Ok(())
}
