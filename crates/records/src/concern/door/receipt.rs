//! A receipt: whether it was read, for whoever has the phrase (practice 17). Neutral words, and never “sorted”.

use super::{arrive::digest_of, rungs::is_nobodys, statements::RECEIPT};
use crate::{
    Fault, Records,
    access::{self, Resource},
    id,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::Timestamp;

/// What a receipt tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is there, and nobody has read it yet; whether somebody should have by now.
    Arrived {
        /// Whether its writer should ring instead of waiting longer.
        is_late: bool,
    },
    /// Somebody has read it.
    Read,
    /// Somebody is seeing to it.
    BeingWorkedOn,
    /// There is no receipt with this reference and this phrase: which of the two is wrong is not told.
    Unknown,
    /// Many wrong phrases were typed for it; try again in a minute.
    Waits,
}

impl Records {
    /// Tells whether a report was read, to whoever has its reference and its phrase. It says nothing of who read it or what it says, and
    /// leaves no trace: whoever looks for help is not counted (practice 9).
    pub async fn report_receipt(&self, school: id::School, reference: &str, phrase: &str) -> Result<Receipt, Fault> {
        let now = self.clock().now();
        let reference = normal(reference);
        let of_school = school.to_string();
        if self.lanes().is_too_soon(&of_school, &reference, now) {
            return Ok(Receipt::Waits);
        }
        let row = self.looking().await?.row(&RECEIPT, &[school.into(), reference.as_str().into()]).await?;
        let given = digest_of(&reference, phrase);
        if let Some(row) = row
            && let Some(kept) = row.get::<Option<Vec<u8>>>(0)?
            && verify_slices_are_equal(&kept, &given).is_ok()
        {
            let count = |place: usize| row.get::<i64>(place);
            let is_taken = count(3)? > 0 && self.still_has(school, row.get(6)?).await?;
            return Ok(match (count(2)? > 0, is_taken || count(4)? > 0) {
                (_, true) => Receipt::BeingWorkedOn,
                (true, false) => Receipt::Read,
                (false, false) => Receipt::Arrived { is_late: row.get::<Timestamp>(5)? <= now },
            });
        }
        self.lanes().count_phrase(&of_school, &reference, now);
        Ok(Receipt::Unknown)
    }
}

impl Records {
    /// Whether whoever took a report has it still: they may read it now, or have answered it since.
    async fn still_has(&self, school: id::School, report: id::Report) -> Result<bool, Fault> {
        let (mut looking, now) = (self.looking().await?, self.clock().now());
        let roll = access::roll(&mut looking, school, now).await?;
        let facts = access::facts(&mut looking, school, &Resource::Report(report), now).await?;
        Ok(!is_nobodys(&mut looking, school, report, (&roll, &facts)).await?)
    }
}

/// A reference as it stands in the store, however it was typed.
fn normal(typed: &str) -> String {
    let mut signs: String =
        typed.chars().filter(char::is_ascii_alphanumeric).take(20).map(|sign| sign.to_ascii_uppercase()).collect();
    if signs.len() == 10 {
        signs.insert(5, '-');
    }
    signs
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_reference_is_known_however_it_was_typed() {
        assert_eq!(super::normal(" 7kq2m wh4xa\n"), "7KQ2M-WH4XA");
        assert_eq!(super::normal("7KQ2M-WH4XA"), "7KQ2M-WH4XA");
        assert_eq!(super::normal(&"x".repeat(90)).len(), 20);
    }
}
