//! Sealed values: anybody may seal one, only a holder opens it, and only where it belongs.

use super::{
    compartment::private_of,
    holder::Unlocked,
    statements::NEWEST_KEY,
    suite::{Bound, seal_to},
};
use crate::{Fault, id, store::Transaction};
use zeroize::Zeroizing;

/// The form in which values are sealed now; the first byte of each.
const FORM: u8 = 1;
/// Before the HPKE message: the form and the generation.
const HEAD: usize = 5;
/// Lengths are rounded up to this many bytes, so that a ciphertext's length does not tell yes from no.
const BLOCK: usize = 64;
const PURPOSE: &[u8] = b"holdfast sealed value 1";

/// Where a sealed value belongs. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub school: id::School,
    pub compartment: id::Compartment,
    pub table: &'static str,
    pub column: &'static str,
    /// What identifies the row in its table, for ever.
    pub row: &'a str,
}

/// Seals to the newest key of a compartment. Needs nobody's secret, so pupils, the public form and `duty` can write what
/// they can never read.
pub(crate) async fn seal(t: &mut Transaction, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let row = t.row(&NEWEST_KEY, &[place.compartment.into(), place.school.into()]).await?.ok_or(Fault::NotFound)?;
    let (generation, public): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    let generation = u32::try_from(generation).map_err(|_too_large| crate::store::damaged(0, "is too large"))?;
    let sealed = seal_to(&public, PURPOSE, &bound(place, generation), &padded(plain))?;
    let mut whole = Vec::with_capacity(HEAD + sealed.len());
    whole.push(FORM);
    whole.extend(generation.to_be_bytes());
    whole.extend(sealed);
    Ok(whole)
}

/// Opens what was sealed for this place. To somebody who is not to hold the compartment's key it is not there; to somebody
/// who is, and has not been admitted yet, it is locked.
pub(crate) async fn open(
    t: &mut Transaction,
    unlocked: &Unlocked,
    place: &Place<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    if unlocked.school != place.school {
        return Err(Fault::NotFound);
    }
    let (head, message) = sealed.split_at_checked(HEAD).ok_or_else(altered)?;
    let (form, generation) = head.split_first().ok_or_else(altered)?;
    let generation = u32::from_be_bytes(generation.try_into().map_err(|_length| altered())?);
    if *form != FORM {
        return Err(altered());
    }
    let private = private_of(t, unlocked, place.compartment, i64::from(generation)).await?;
    let opened = private.open(PURPOSE, &bound(place, generation), message).ok_or_else(altered)?;
    without_padding(opened).ok_or_else(altered)
}

fn bound(place: &Place<'_>, generation: u32) -> Bound {
    let (table, column) = (place.table.as_bytes(), place.column.as_bytes());
    let (school, compartment) = (place.school.bytes(), place.compartment.bytes());
    Bound::to(&[&[FORM], school, compartment, &generation.to_be_bytes(), table, column, place.row.as_bytes()])
}

/// The bytes, a mark, and zeros up to the next block.
fn padded(plain: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = (plain.len() / BLOCK + 1) * BLOCK;
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(plain);
    padded.push(0x80);
    padded.resize(length, 0);
    padded
}

fn without_padding(mut padded: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    let mark = padded.iter().rposition(|byte| *byte != 0)?;
    (padded.get(mark) == Some(&0x80)).then(|| {
        padded.truncate(mark);
        padded
    })
}

fn altered() -> Fault {
    Fault::Damaged(
        "A sealed value does not open: it was altered or moved from elsewhere. Nothing was changed. Verify the audit log, \
         and restore a backup."
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_comes_off_again_and_hides_small_lengths() {
        for plain in [&b""[..], b"\x80\x00", b"yes", &[0; 63], &[7; 64]] {
            let padded = padded(plain);
            assert_eq!(padded.len() % BLOCK, 0);
            assert_eq!(without_padding(padded).unwrap().as_slice(), plain);
        }
        assert_eq!(padded(b"yes").len(), padded(b"no").len());
        assert!(without_padding(Zeroizing::new(vec![0; BLOCK])).is_none());
    }
}
