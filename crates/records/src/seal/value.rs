//! Sealed values: anybody may seal one, only a holder opens it, and only where it belongs.

use super::{
    compartment::{Generation, check_generation, private_of},
    holder::Unlocked,
    statements::NEWEST_KEY,
    suite::{Bound, seal_to},
};
use crate::{
    Entered, Fault,
    access::{Act, Actor},
    audit::{self, Detail, Note, Noted},
    id,
    store::{Transaction, hex},
};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// The form in which values are sealed; what each is bound to begins with it.
const FORM: u8 = 1;
/// The form in which they are kept, which is the first byte of each: sealed, and noted in the audit log.
const NOTED: u8 = 2;
/// The head of a value: the form, the generation (four bytes), and the number of the log's entry that tells its digest (eight).
const HEAD: usize = 13;
/// Lengths are rounded up to this many bytes, so that a ciphertext's length does not tell yes from no.
const BLOCK: usize = 64;
const PURPOSE: &[u8] = b"holdfast sealed value 1";
/// Under what the log says the digest of what stands beside a value.
const BESIDE: &str = "beside";

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
/// they can never read. The key must be the one that the audit log tells of, and the log is told the digest of what was sealed:
/// anybody could seal other words to the same key, and they would not be those of the writer.
pub(crate) async fn seal(entered: &mut Entered, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    seal_beside(entered, place, "", plain).await
}

/// The same of a value that means what it means only beside what stands open in its row (who wrote it, how severe it is): the log
/// is told a digest of that as well.
pub(crate) async fn seal_beside(
    entered: &mut Entered,
    place: &Place<'_>,
    beside: &str,
    plain: &[u8],
) -> Result<Vec<u8>, Fault> {
    let row = entered.row(&NEWEST_KEY, &[place.compartment.into(), place.school.into()]).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let (number, public): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
    check_generation(
        entered.transaction(),
        place.school,
        &Generation { compartment: place.compartment, number, public: public.clone() },
    )
    .await?;
    let generation = u32::try_from(number).map_err(|_too_large| crate::store::damaged(0, "is too large"))?;
    let message = seal_to(&public, PURPOSE, &bound(place, generation), &padded(plain))?;
    let mut detail = told(generation, &message).with("where", format!("{}.{}", place.table, place.column));
    if !beside.is_empty() {
        detail = detail.with(BESIDE, digest_beside(&message, beside));
    }
    let note =
        Note { act: Act::WordsSealed, kind: "sealed-words", resource: place.compartment.to_string(), detail: &detail };
    let entry = audit::note(entered, note).await?;
    Ok(whole(generation, entry, &message))
}

/// What the log tells of sealed words: the digest of their generation and their message.
fn told(generation: u32, message: &[u8]) -> Detail {
    Detail::none().with("digest", digest_of(generation, message))
}

fn digest_of(generation: u32, message: &[u8]) -> String {
    let bound = Bound::to(&[b"holdfast sealed words", &generation.to_be_bytes(), message]);
    hex(digest(&SHA256, bound.bytes()).as_ref())
}

/// The digest of what stands open beside a message. With the message in it, so that the log alone, whoever reads it, is nothing to
/// try guesses on.
fn digest_beside(message: &[u8], beside: &str) -> String {
    let bound = Bound::to(&[b"holdfast beside sealed words", message, beside.as_bytes()]);
    hex(digest(&SHA256, bound.bytes()).as_ref())
}

fn whole(generation: u32, entry: i64, message: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(HEAD + message.len());
    whole.push(NOTED);
    whole.extend(generation.to_be_bytes());
    whole.extend(entry.to_be_bytes());
    whole.extend(message);
    whole
}

/// The parts of what [`whole`] made: the generation, the entry and the message.
fn parts(sealed: &[u8]) -> Option<(u32, i64, &[u8])> {
    let (form, rest) = sealed.split_first()?;
    let (generation, rest) = rest.split_first_chunk::<4>()?;
    let (entry, message) = rest.split_first_chunk::<8>()?;
    (*form == NOTED).then(|| (u32::from_be_bytes(*generation), i64::from_be_bytes(*entry), message))
}

/// What an older schema kept, sealed and not noted: noted from now on. Nothing for what is none of ours.
pub(super) async fn noted_now(
    t: &mut Transaction,
    school: id::School,
    sealed: &[u8],
    now: Timestamp,
) -> Result<Option<Vec<u8>>, Fault> {
    let Some((FORM, rest)) = sealed.split_first().map(|(form, rest)| (*form, rest)) else { return Ok(None) };
    let Some((generation, message)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let generation = u32::from_be_bytes(*generation);
    let detail = told(generation, message);
    let note = Note { act: Act::WordsSealed, kind: "sealed-words", resource: "taken-over".to_owned(), detail: &detail };
    let entry = audit::note_as(t, school, Actor::Clock, note, now).await?;
    Ok(Some(whole(generation, entry, message)))
}

/// Opens what was sealed for this place, whatever stands beside it.
pub(crate) async fn open(
    t: &mut Transaction,
    unlocked: &Unlocked,
    place: &Place<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    open_told(t, unlocked, place, None, sealed).await
}

/// Opens what was sealed for this place beside what stands open in its row. Refused where that is not what it was, as far as the log
/// was told: what was sealed before it was tells nothing of it.
pub(crate) async fn open_beside(
    t: &mut Transaction,
    unlocked: &Unlocked,
    place: &Place<'_>,
    beside: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    open_told(t, unlocked, place, Some(beside), sealed).await
}

/// To somebody who is not to hold the compartment's key it is not there; to somebody
/// who is, and has not been admitted yet, it is locked.
async fn open_told(
    t: &mut Transaction,
    unlocked: &Unlocked,
    place: &Place<'_>,
    beside: Option<&str>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    if unlocked.school != place.school {
        return Err(Fault::NotFound);
    }
    let (generation, _, message) = parts(sealed).ok_or_else(altered)?;
    let private = private_of(t, unlocked, place.compartment, i64::from(generation)).await?;
    let told = told_of(t, place.school, sealed).await?;
    let is_beside = |told: &Noted| match (beside, told.says(BESIDE)) {
        (Some(beside), Some(digest)) => digest == digest_beside(message, beside),
        _ => true,
    };
    if !told.as_ref().is_some_and(is_beside) {
        tracing::error!(school = %place.school, table = place.table, row = place.row, "sealed words are not those that were written");
        return Err(altered());
    }
    let opened = private.open(PURPOSE, &bound(place, generation), message).ok_or_else(altered)?;
    without_padding(opened).ok_or_else(altered)
}

/// Whether sealed bytes are those that the log tells of.
pub(super) async fn is_as_told(t: &mut Transaction, school: id::School, sealed: &[u8]) -> Result<bool, Fault> {
    Ok(told_of(t, school, sealed).await?.is_some())
}

/// The log's entry about sealed bytes, where they are those that it tells of.
async fn told_of(t: &mut Transaction, school: id::School, sealed: &[u8]) -> Result<Option<Noted>, Fault> {
    let Some((generation, entry, message)) = parts(sealed) else { return Ok(None) };
    let noted = audit::noted(t, school, entry).await?.filter(|noted| noted.tells_of(Act::WordsSealed));
    Ok(noted.filter(|noted| noted.says("digest") == Some(&digest_of(generation, message))))
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

/// The message that anybody who knows the public half can make for a place, in its first generation.
#[cfg(test)]
pub(super) fn sealed_by_anybody(place: &Place<'_>, public: &[u8], plain: &[u8]) -> Vec<u8> {
    seal_to(public, PURPOSE, &bound(place, 1), &padded(plain)).unwrap()
}

/// Whether it opens with a private half.
#[cfg(test)]
pub(super) fn opens_with(private: &super::suite::Private, place: &Place<'_>, message: &[u8]) -> bool {
    private.open(PURPOSE, &bound(place, 1), message).is_some()
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
