//! The log of one school as somebody asks about it who may verify it: where it was signed, and what a verification proves.
//!
//! Told by moments and never by numbers of entries: whoever also reads the log could count what is left out of it for them
//! (practice 11). Which entries are amiss is told at the machine (`holdfast audit verify`).

use super::{
    Detail, Range, Verified,
    checkpoint::{Checkpoint, fingerprint},
    encode::sha256,
    statements::{CHECKPOINT_AT, CHECKPOINTS_BEFORE},
    verify::{Extent, Held, Witness},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Decision, Resource},
    store::Place,
};
use jiff::Timestamp;

/// A checkpoint as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its place among the school's checkpoints, from 1.
    pub position: i64,
    /// When it was signed.
    pub moment: Timestamp,
    /// Its fingerprint, for paper.
    pub fingerprint: String,
    /// The fingerprint of the key that signed it.
    pub key: String,
    /// The fingerprint of the key that signs from then on, where it changed.
    pub next_key: Option<String>,
}

/// What a log is held against beside its own checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// Lines of a file of checkpoints that was kept outside the machine, as they were pasted; may be empty.
    pub lines: String,
    /// Fingerprints from paper.
    pub fingerprints: Vec<String>,
}

/// What verifying found of one school's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is proven by what, in order. What comes after the last is not proven.
    pub ranges: Vec<Range>,
    /// How many faults there are in the log.
    pub faults: u64,
    /// What is wrong with what it was held against.
    pub witness_faults: Vec<String>,
    /// Whether a witness, or a fingerprint from paper, was at hand.
    pub is_witnessed: bool,
    /// When the newest checkpoint was signed.
    pub last_checkpoint: Option<Timestamp>,
}

impl Found {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.faults == 0 && self.witness_faults.is_empty()
    }

    fn of(session: &Session, verified: Verified) -> Result<Self, Fault> {
        let school = session.school.to_string();
        let chain = verified.chains.into_iter().find(|chain| chain.school == school).ok_or(Fault::NotFound)?;
        Ok(Self {
            faults: chain.faults.len() as u64 + chain.more_faults,
            ranges: chain.ranges,
            witness_faults: verified.faults,
            is_witnessed: verified.is_witnessed,
            last_checkpoint: chain.last_checkpoint,
        })
    }
}

impl From<&Checkpoint> for Standing {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self {
            position: checkpoint.position,
            moment: Timestamp::from_microsecond(checkpoint.moment).unwrap_or_default(),
            fingerprint: checkpoint.fingerprint(),
            key: fingerprint(&sha256(&checkpoint.key)),
            next_key: checkpoint.next_key.map(|key| fingerprint(&sha256(&key))),
        }
    }
}

impl Records {
    /// A page of the school's checkpoints, newest first, from before a place on. They name nobody and hold nothing secret, so
    /// this leaves no trace; whoever may verify the log is shown them.
    pub async fn checkpoints(&self, session: &Session, before: Option<i64>) -> Result<Vec<Standing>, Fault> {
        self.may_verify(session).await?;
        let values = [session.school.into(), before.unwrap_or(i64::MAX).into()];
        let rows = self.looking().await?.rows(&CHECKPOINTS_BEFORE, &values).await?;
        rows.iter().map(|row| Ok(Standing::from(&Checkpoint::of(row)?))).collect()
    }

    /// One of them.
    pub async fn checkpoint(&self, session: &Session, position: i64) -> Result<Standing, Fault> {
        self.may_verify(session).await?;
        let row = self.looking().await?.row(&CHECKPOINT_AT, &[session.school.into(), position.into()]).await?;
        Ok(Standing::from(&Checkpoint::of(&row.ok_or(Fault::NotFound)?)?))
    }

    /// Verifies the log of the asker's school, whole, against what they bring. That they did is an entry of it.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for who may not; [`Fault::Wrong`] for a fingerprint that is none.
    pub async fn verify_school(&self, session: &Session, place: &Place, against: &Witnessed) -> Result<Found, Fault> {
        self.may_verify(session).await?;
        let lines = against.lines.trim();
        let held = Held {
            place,
            witness: (!lines.is_empty()).then_some(Witness::Text(lines)),
            fingerprints: &against.fingerprints,
            is_marked: true,
        };
        let found = Found::of(session, self.verify_held(Extent::Whole, &held).await?)?;
        let faults = found.faults + found.witness_faults.len() as u64;
        let detail = Detail::none().with("faults", faults.to_string());
        self.act(session, Act::AuditVerified, Resource::School, detail).await?.commit().await?;
        Ok(found)
    }

    async fn may_verify(&self, session: &Session) -> Result<(), Fault> {
        match self.would(session, Act::AuditVerified, &Resource::School).await? {
            Decision::Allowed => Ok(()),
            Decision::Hidden | Decision::Refused(_) => Err(Fault::NotFound),
        }
    }
}
