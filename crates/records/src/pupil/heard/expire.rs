//! What was asked and answered a year ago goes, unless a hold covers whom it is about. A child who waits is never forgotten.

use super::statements::{
    DROP_FEEDBACK, DROP_RECEIPT, DROP_TALK, DROP_TALK_ANSWERS, DROP_TALK_PASSED, OLD_RECEIPTS, OLD_TALKS,
};
use crate::{
    Entered, Fault,
    access::{Act, Resource},
    audit::Detail,
    id,
};
use jiff::SignedDuration;

/// How long it is kept that a child asked to talk or for a receipt.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Erases them. The entries say neither whose nor which.
pub(crate) async fn expire(entered: &mut Entered) -> Result<(), Fault> {
    let school = entered.session().school;
    let Ok(before) = entered.now().checked_sub(KEPT_FOR) else { return Ok(()) };
    for (old, what, drops) in [
        (&OLD_TALKS, "talk", &[&DROP_TALK_ANSWERS, &DROP_TALK_PASSED, &DROP_TALK][..]),
        (&OLD_RECEIPTS, "receipt", &[&DROP_FEEDBACK, &DROP_RECEIPT][..]),
    ] {
        for row in entered.rows(old, &[school.into(), before.into()]).await? {
            let id: id::Row = row.get(0)?;
            entered.also(Act::Expired, Resource::School, Detail::none().with("what", what)).await?;
            for drop_rows in drops {
                entered.change(drop_rows, &[id.into()]).await.map(drop)?;
            }
        }
    }
    Ok(())
}
