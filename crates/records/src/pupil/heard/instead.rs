//! Whoever was asked has come to be looked into: the children who asked for them are offered somebody else at once, and nothing else
//! differs from a usual day (practice 10, 11).
//!
//! What the child asked of that adult stays as it is, until its own time. Beside it stands a wish that names nobody, as if the child had
//! also asked those who look after children. It is written in the act that brings the concern: an entry of its own, earlier than
//! anybody's time, would tell every reader of the log who is looked into.

use super::{
    pass::pass_on,
    statements::{ADD_TALK, ASKED, WISHES_FOR},
};
use crate::{Entered, Fault, id};

/// Offers somebody else to the children who asked for this adult and have heard from nobody: to all of them, or to the one whose file
/// it is about. Expects the entry of the act that brings the concern.
pub(crate) async fn offer_others(
    entered: &mut Entered,
    adult: id::Person,
    of_child: Option<id::Person>,
) -> Result<(), Fault> {
    let school = entered.session().school;
    for row in entered.rows(&WISHES_FOR, &[school.into(), adult.into(), of_child.into()]).await? {
        ask_team(entered, row.get(0)?).await?;
    }
    Ok(())
}

/// A wish of this child to talk with somebody who looks after children here; the one that waits already, where there is one.
pub(super) async fn ask_team(entered: &mut Entered, child: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    for row in entered.rows(&ASKED, &[school.into(), child.into()]).await? {
        if row.get::<Option<id::Person>>(0)?.is_none() {
            return Ok(());
        }
    }
    let (talk, nobody) = (id::Row::new(now)?, None::<id::Person>);
    let values = [talk.into(), school.into(), child.into(), nobody.into(), now.into(), now.into()];
    entered.change_one(&ADD_TALK, &values).await?;
    pass_on(entered, (talk, child), None).await
}
