//! What was answered long ago goes, unless a hold covers whom it is about. What waits never does.

use super::statements::{
    DROP_ALL_WORDS, DROP_ENDED, DROP_KEPT_FROM, DROP_READ, DROP_REPORT, DROP_STAGES, DROP_TAKEN, IS_HELD, OLD_REPORTS,
};
use crate::{
    Entered, Fault,
    access::{Act, Resource},
    audit::Detail,
    id, seal,
};
use jiff::ToSpan as _;

/// Erases the reports that were placed or answered so many years ago; how many are kept by a hold. The entry says neither which nor
/// what about.
pub(crate) async fn expire(entered: &mut Entered, years: i16) -> Result<u64, Fault> {
    let school = entered.session().school;
    let today = entered.now().to_zoned(jiff::tz::TimeZone::UTC);
    let Ok(before) = today.checked_sub(i32::from(years).years()) else { return Ok(0) };
    let mut held = 0;
    for row in entered.rows(&OLD_REPORTS, &[school.into(), before.timestamp().into()]).await? {
        let (report, compartment): (id::Report, id::Compartment) = (row.get(0)?, row.get(1)?);
        if entered.row(&IS_HELD, &[report.into()]).await?.is_some() {
            held += 1;
            continue;
        }
        entered.also(Act::Expired, Resource::School, Detail::none().with("what", "report")).await?;
        for statement in
            [&DROP_ENDED, &DROP_STAGES, &DROP_TAKEN, &DROP_READ, &DROP_KEPT_FROM, &DROP_ALL_WORDS, &DROP_REPORT]
        {
            entered.change(statement, &[report.into()]).await.map(drop)?;
        }
        seal::shred(entered, compartment).await?;
    }
    Ok(held)
}
