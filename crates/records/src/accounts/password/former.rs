//! Passwords that somebody had before are not taken again, and which rule each was set under is kept.

use super::{
    super::statements::{DROP_OLD_PASSWORDS, FORMER_PASSWORDS, NOTE_PASSWORD},
    Rule,
};
use crate::{
    Entered, Fault, id,
    seal::{Mark, Unlocked},
};

/// How many passwords of one person are remembered, the one in force among them. The school's clause of a change every six months
/// would be empty if two took turns; five reach back two years.
const REMEMBERED: i64 = 5;

/// Keeps the mark of a new password with the rule that it met; expects the password to be in force in the same transaction.
///
/// # Errors
/// [`Fault::Wrong`] where it is one of the last few.
pub(in crate::accounts) async fn note_password(
    entered: &mut Entered,
    unlocked: &Unlocked,
    person: id::Person,
    (password, rule): (&str, Rule),
) -> Result<(), Fault> {
    let mark = Mark::new(unlocked, password)?;
    let (school, now) = (entered.session().school, entered.now());
    for row in entered.rows(&FORMER_PASSWORDS, &[school.into(), person.into()]).await? {
        if mark.is(&row.get::<Vec<u8>>(0)?) {
            return Err(Fault::wrong(
                "You had this password before. Choose another one: three random words that have nothing to do with each other.",
            ));
        }
    }
    let id = id::Row::new(now)?;
    let values = [
        id.into(),
        school.into(),
        person.into(),
        unlocked.key().into(),
        mark.bytes().into(),
        rule.word.into(),
        now.into(),
    ];
    entered.change_one(&NOTE_PASSWORD, &values).await?;
    entered.change(&DROP_OLD_PASSWORDS, &[school.into(), person.into(), (REMEMBERED - 1).into()]).await.map(drop)
}
