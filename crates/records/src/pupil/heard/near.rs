//! Who may hear that a child would like to talk: decided afresh each time, from what stands about the child (practice 10, 11).

use super::statements::{ASKED_BY_NAME, IS_LOOKED_INTO, KEPT_OUT_OF_FILES};
use crate::{
    Fault,
    access::{self, FileKind, Resource, Standing},
    id,
    store::{Row, Transaction},
};
use jiff::Timestamp;

/// Who is to hear nothing of a child: whom their files are about beside them, who was taken out of one, family who work here, and
/// whoever must have no contact with them.
pub(crate) async fn kept_out(
    t: &mut Transaction,
    school: id::School,
    child: id::Person,
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let mut kept_out = kin(t, school, child, now).await?;
    kept_out.extend(people(&t.rows(&KEPT_OUT_OF_FILES, &[school.into(), child.into()]).await?)?);
    kept_out.sort_unstable();
    kept_out.dedup();
    Ok(kept_out)
}

/// Who is to hear nothing of one wish of a child's. Where it names nobody, it is also whom the child had asked by name and who had not
/// answered when they asked it: those have the child in their own list, and the child asked for somebody else too. So it is on every
/// day, whatever stands about them.
pub(super) async fn kept_out_of_wish(
    t: &mut Transaction,
    (school, child): (id::School, id::Person),
    talk: id::Row,
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    let mut kept_out = kept_out(t, school, child, now).await?;
    kept_out.extend(people(&t.rows(&ASKED_BY_NAME, &[talk.into(), school.into()]).await?)?);
    Ok(kept_out)
}

/// Whom each row names.
fn people(rows: &[Row]) -> Result<Vec<id::Person>, Fault> {
    rows.iter().map(|row| row.get(0)).collect()
}

/// The child's family who work here, and whoever must have no contact with them.
pub(super) async fn kin(
    t: &mut Transaction,
    school: id::School,
    child: id::Person,
    now: Timestamp,
) -> Result<Vec<id::Person>, Fault> {
    Ok(access::facts(t, school, &Resource::Person(child), now).await?.kin)
}

/// Whether an adult may be asked to talk with a child: nothing keeps them from the child, and no concern about them is being looked
/// into, about whichever child. Whoever is not asked never learns it, so this tells nobody of a concern.
pub(super) async fn may_be_asked(
    t: &mut Transaction,
    school: id::School,
    adult: id::Person,
    kept_out: &[id::Person],
) -> Result<bool, Fault> {
    Ok(!kept_out.contains(&adult) && t.row(&IS_LOOKED_INTO, &[school.into(), adult.into()]).await?.is_none())
}

/// Whether somebody is one of those who look after this child: who would read a file of theirs.
pub(super) fn is_of_team(standing: &Standing, asker: id::Person, kept_out: &[id::Person]) -> bool {
    standing.is_confirmed && standing.roll.readers(FileKind::Child, kept_out).contains(&asker)
}
