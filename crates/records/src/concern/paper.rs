//! Paper forms for days without a network: blank, each with a random reference that is kept for it, never one of a row of numbers
//! (C-04 in the light of practice 11).

use super::statements::{FREE_PAPER_FORM, NEW_PAPER_FORM, PAPER_FORMS};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    file::new_reference,
    id,
};

/// The most forms that are printed at once.
pub const MOST_PAPER_FORMS: usize = 20;

impl Records {
    /// Keeps references for so many paper forms. They are printed by the batch's id.
    pub async fn reserve_paper_forms(&self, session: &Session, count: usize) -> Result<id::Row, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        if !(1..=MOST_PAPER_FORMS).contains(&count) {
            return Err(Fault::wrong(format!("Between 1 and {MOST_PAPER_FORMS} forms are printed at once.")));
        }
        let batch = id::Row::new(self.clock().now())?;
        let detail = Detail::none().with("forms", count.to_string());
        let mut entered = self.act(session, Act::PaperFormsReserved, Resource::School, detail).await?;
        let reserved = async {
            let (school, now) = (session.school, entered.now());
            for _ in 0..count {
                let (id, reference) = (id::Row::new(now)?, new_reference()?);
                let values = [id.into(), school.into(), batch.into(), reference.into(), person.into(), now.into()];
                entered.change_one(&NEW_PAPER_FORM, &values).await?;
            }
            Ok(batch)
        }
        .await;
        entered.finish(reserved).await
    }

    /// The references of a batch that the asker had kept. They say nothing, and leave no trace.
    pub async fn paper_forms(&self, session: &Session, batch: id::Row) -> Result<Vec<String>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let values = [session.school.into(), batch.into(), person.into()];
        let rows = self.looking().await?.rows(&PAPER_FORMS, &values).await?;
        if rows.is_empty() {
            return Err(Fault::NotFound);
        }
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Whether a reference stands on a paper form of this school and on no concern yet: in its one form, as it is written down.
    pub async fn free_paper_form(&self, session: &Session, typed: &str) -> Result<Option<String>, Fault> {
        let row =
            self.looking().await?.row(&FREE_PAPER_FORM, &[session.school.into(), as_written(typed).into()]).await?;
        row.map(|row| row.get(0)).transpose()
    }
}

/// The reference that a concern gets from its paper form.
pub(super) async fn of_paper(entered: &mut Entered, typed: &str) -> Result<String, Fault> {
    let values = [entered.session().school.into(), as_written(typed).into()];
    let row = entered.row(&FREE_PAPER_FORM, &values).await?;
    row.map(|row| row.get(0)).transpose()?.ok_or_else(|| {
        Fault::wrong(
            "paper: this reference stands on no paper form of the school, or a concern has it already. Look at the top of the form, or \
             leave it empty.",
        )
    })
}

/// A reference as people copy it: small letters, spaces or no hyphen do not matter.
fn as_written(typed: &str) -> String {
    let mut reference: String =
        typed.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>().to_ascii_uppercase();
    if reference.len() == 10 {
        reference.insert(5, '-');
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::as_written;

    #[test]
    fn a_reference_is_known_however_it_was_copied() {
        for typed in ["7kq2m-wh4xa", " 7KQ2M WH4XA ", "7kq2mwh4xa"] {
            assert_eq!(as_written(typed), "7KQ2M-WH4XA");
        }
        assert_eq!(as_written("x'; DROP"), "XDROP");
    }
}
