//! Sealed emergency sign-ins: two codes on paper in the school's safe, for the day on which nobody who looks after accounts can sign
//! in. Whoever opens the safe looks after accounts for half an hour and reads no record; everybody who must know is told at once,
//! somebody else reviews it, and the code is spent. Not to be mixed up with emergency access, which is to one person's records and is
//! taken by somebody who is signed in (`access/emergency.rs`).

use super::{
    statements::{
        ADD_SEALED, ADD_SEALED_REVIEW, ADD_SEALED_USE, END_SEALED, OWN_NAME, SEALED_ALL, SEALED_BY_DIGEST, SEALED_LEFT,
        SEALED_ONE,
    },
    tries::Whence,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Duty, Resource, SealedState, tell},
    audit::{self, Detail, Note},
    id,
    seal::{normalised_passphrase, one_time_passphrase},
    store::{Row, Transaction, hex, words},
};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// How many lie in the safe at most.
pub const MOST_SEALED: usize = 2;
/// How long a use lasts.
const LASTS: SignedDuration = SignedDuration::from_mins(30);
/// By when a use is reviewed where the calendar does not know the next school day.
const REVIEW_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// What the log calls one.
const KIND: &str = "sealed-sign-in";
/// What the digest of a code begins with, so that it is a digest of nothing else.
const LABEL: &[u8] = b"holdfast sealed sign-in 1";
/// The longest code that is looked at, in bytes.
const LONGEST: usize = 100;
/// The name that wrong codes are counted under, beside the place they come from.
const NAME: &str = "sealed sign-in";
/// Who is told of a use at once.
const TOLD: [Duty; 6] =
    [Duty::Head, Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Chair, Duty::TrustLead, Duty::Technician];

words! {
    /// Why a sealed emergency sign-in is used.
    SealedReason {
        /// Nobody who looks after accounts can sign in.
        NobodyIn = "nobody-in", "nobody who looks after accounts can sign in";
        /// Whoever looks after accounts is gone or cannot be reached.
        Unreachable = "unreachable", "whoever looks after accounts cannot be reached, and it cannot wait";
        /// A rehearsal, agreed beforehand.
        Rehearsal = "rehearsal", "a rehearsal, agreed with the head";
    }
}

/// A new code, to be printed once. Nothing of it is kept but a digest.
pub struct SealedCode {
    /// Its id.
    pub id: id::Row,
    /// The code, in groups.
    pub text: Zeroizing<String>,
}

impl std::fmt::Debug for SealedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedCode").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One of them, as those see it who keep them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSignIn {
    /// Its id.
    pub id: id::Row,
    /// Who had it made, by name.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// How it stands.
    pub state: SealedStanding,
}

/// How one stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedStanding {
    /// It lies in the safe.
    Waits,
    /// It was ended unused.
    Ended(Timestamp),
    /// It was used.
    Used {
        /// Why.
        reason: SealedReason,
        /// When.
        at: Timestamp,
        /// Until when it lasts or lasted.
        until: Timestamp,
        /// Whether somebody reviewed it, and found it right.
        reviewed: Option<bool>,
        /// Whether the review is late.
        is_overdue: bool,
    },
}

/// How one stands, for the decision: read in its transaction, and only as the log tells.
pub(crate) async fn sealed_state(
    t: &mut Transaction,
    school: id::School,
    row: id::Row,
    now: Timestamp,
) -> Result<SealedState, Fault> {
    let Some(found) = t.row(&SEALED_ONE, &[school.into(), row.into()]).await? else { return Ok(SealedState::Nothing) };
    let (used, until, ended): (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>) =
        (found.get(4)?, found.get(5)?, found.get(8)?);
    if ended.is_some() || !is_told(t, school, row, &found.get::<Vec<u8>>(9)?).await? {
        return Ok(SealedState::Nothing);
    }
    Ok(match (used, until) {
        (None, _) => SealedState::Waits,
        (Some(used), Some(until)) if used <= now && now < until => SealedState::Runs,
        _ => SealedState::Nothing,
    })
}

/// How many lie in the safe.
pub(crate) async fn sealed_sign_ins_left(t: &mut Transaction, school: id::School) -> Result<usize, Fault> {
    Ok(t.rows(&SEALED_LEFT, &[school.into()]).await?.len())
}

/// Whether the log tells that this code was made and not ended since: one that somebody put into the store lets nobody in.
async fn is_told(t: &mut Transaction, school: id::School, row: id::Row, digest: &[u8]) -> Result<bool, Fault> {
    let told = match audit::noted_on(t, school, (KIND, &row.to_string()), &[Act::SealedSignInChanged]).await {
        Err(Fault::Damaged(_)) => return Ok(false),
        told => told?,
    };
    let newest = told.first();
    Ok(newest.is_some_and(|entry| entry.says("how") == Some("made") && entry.says("digest") == Some(&hex(digest))))
}

impl Records {
    /// Makes a code for the safe.
    ///
    /// # Errors
    /// [`Fault::Wrong`] where two lie there already.
    pub async fn make_sealed_sign_in(&self, session: &Session) -> Result<SealedCode, Fault> {
        let Actor::Person(maker) = session.actor else { return Err(Fault::NotFound) };
        let code = SealedCode { id: id::Row::new(self.clock().now())?, text: one_time_passphrase()? };
        let digest = digest_of(session.school, &code.text);
        let about = Detail::none().with("how", "made").with("code", code.id.to_string());
        let mut entered = self.act(session, Act::SealedSignInChanged, Resource::School, about).await?;
        let made = async {
            let (school, now) = (session.school, entered.now());
            if sealed_sign_ins_left(entered.transaction(), school).await? >= MOST_SEALED {
                return Err(Fault::wrong(
                    "Two codes lie in the safe already. End one first, if it is lost or was seen.",
                ));
            }
            let detail = Detail::none().with("how", "made").with("digest", hex(&digest));
            note(&mut entered, Act::SealedSignInChanged, code.id, &detail).await?;
            let values = [code.id.into(), school.into(), digest.clone().into(), maker.into(), now.into()];
            entered.change_one(&ADD_SEALED, &values).await
        }
        .await;
        entered.finish(made.map(|()| code)).await
    }

    /// Ends a code that is lost, or that somebody saw.
    pub async fn end_sealed_sign_in(&self, session: &Session, row: id::Row) -> Result<(), Fault> {
        let about = Detail::none().with("how", "ended").with("code", row.to_string());
        let mut entered = self.act(session, Act::SealedSignInChanged, Resource::School, about).await?;
        let ended = async {
            let (school, now) = (session.school, entered.now());
            let found = entered.row(&SEALED_ONE, &[school.into(), row.into()]).await?.ok_or(Fault::NotFound)?;
            if found.get::<Option<Timestamp>>(8)?.is_some() {
                return Err(Fault::Changed("It was ended already.".to_owned()));
            }
            let detail = Detail::none().with("how", "ended");
            note(&mut entered, Act::SealedSignInChanged, row, &detail).await?;
            entered.change_one(&END_SEALED, &[row.into(), school.into(), now.into()]).await
        }
        .await;
        entered.finish(ended).await
    }

    /// Every code there was, newest first.
    pub async fn sealed_sign_ins(&self, session: &Session) -> Result<Vec<SealedSignIn>, Fault> {
        let mut entered = self.act(session, Act::SealedSignInsRead, Resource::School, Detail::none()).await?;
        let listed = list(&mut entered).await;
        entered.finish(listed).await
    }

    /// Records that somebody looked at how a code was used, and whether they found it right.
    pub async fn review_sealed_sign_in(&self, session: &Session, row: id::Row, was_right: bool) -> Result<(), Fault> {
        let Actor::Person(reviewer) = session.actor else { return Err(Fault::NotFound) };
        let found = if was_right { "right" } else { "not right" };
        let about = Detail::none().with("code", row.to_string()).with("found", found);
        let mut entered = self.act(session, Act::SealedSignInReviewed, Resource::School, about).await?;
        let reviewed = async {
            let (school, now) = (session.school, entered.now());
            let found = entered.row(&SEALED_ONE, &[school.into(), row.into()]).await?.ok_or(Fault::NotFound)?;
            if found.get::<Option<Timestamp>>(4)?.is_none() {
                return Err(Fault::wrong("It was not used, so there is nothing to review."));
            }
            if found.get::<Option<i64>>(7)?.is_some() {
                return Err(Fault::Changed("It has been reviewed already.".to_owned()));
            }
            let values = [row.into(), school.into(), reviewer.into(), was_right.into(), now.into()];
            entered.change_one(&ADD_SEALED_REVIEW, &values).await
        }
        .await;
        entered.finish(reviewed).await
    }

    /// Signs somebody in with a code from the safe, from a place. The code is spent, and everybody who must know is told; until
    /// when it lasts. Wrong codes slow the next one from the same place down, as at any sign-in.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for a code that is none, was used, or was ended; always in the same words.
    pub async fn use_sealed_sign_in(
        &self,
        school: &str,
        code: &str,
        reason: SealedReason,
        place: &str,
    ) -> Result<(Session, Timestamp), Fault> {
        let school = self.school_of(school).await?;
        if code.len() > LONGEST {
            return Err(refused());
        }
        // A lane for each place: a code has too many guesses for them to need one together, and whoever opens the safe must not wait
        // behind a stranger.
        let lanes = self.count_try(school, NAME, Whence::Own(place)).await?.ok_or_else(refused)?;
        let digest = digest_of(school, code);
        let found = self.looking().await?.row(&SEALED_BY_DIGEST, &[school.into(), digest.into()]).await?;
        let Some(row) = found.map(|row| row.get::<id::Row>(0)).transpose()? else {
            self.sign_in_failed(school, None).await?;
            return Err(refused());
        };
        let review_by = self.sealed_review_by(school).await?;
        let session = Session { school, actor: Actor::SealedSignIn(row), unlocked: None };
        let about = Detail::none().with("reason", reason.word());
        let begun = match self.act(&session, Act::SealedSignInUsed, Resource::School, about).await {
            Ok(mut entered) => {
                let begun = begin(&mut entered, row, reason, review_by).await;
                entered.finish(begun).await
            }
            Err(fault) => Err(fault),
        };
        match begun {
            Ok(until) => {
                self.forget_tries(school, &lanes).await?;
                tracing::warn!(%school, code = %row, "a sealed emergency sign-in was used");
                Ok((session, until))
            }
            Err(Fault::NotFound) => Err(refused()),
            Err(fault) => Err(fault),
        }
    }

    /// Whether a sign-in with a sealed code still runs.
    pub async fn sealed_sign_in_runs(&self, session: &Session) -> Result<bool, Fault> {
        let Actor::SealedSignIn(row) = session.actor else { return Ok(false) };
        let now = self.clock().now();
        Ok(sealed_state(&mut self.looking().await?, session.school, row, now).await? == SealedState::Runs)
    }

    async fn sealed_review_by(&self, school: id::School) -> Result<Timestamp, Fault> {
        let now = self.clock().now();
        let known = self.calendar(school).await?.and_then(|version| version.calendar.add_school_days(now, 1).ok());
        Ok(known.unwrap_or_else(|| now.saturating_add(REVIEW_WITHIN).unwrap_or(now)))
    }
}

async fn begin(
    entered: &mut Entered,
    row: id::Row,
    reason: SealedReason,
    review_by: Timestamp,
) -> Result<Timestamp, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let until = now.saturating_add(LASTS).map_err(|_never| Fault::wrong("The clock is wrong."))?;
    let values = [row.into(), school.into(), reason.into(), now.into(), until.into(), review_by.into()];
    entered.change_one(&ADD_SEALED_USE, &values).await?;
    let roll = &entered.standing().roll;
    let mut told: Vec<id::Person> = TOLD.iter().flat_map(|duty| roll.everybody(*duty)).collect();
    told.sort_unstable();
    told.dedup();
    for person in told {
        tell(entered, person, "sealed-sign-in-used", &row.to_string()).await?;
    }
    Ok(until)
}

/// Every code, and how it stands.
pub(crate) async fn list(entered: &mut Entered) -> Result<Vec<SealedSignIn>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut listed = Vec::new();
    for row in entered.rows(&SEALED_ALL, &[school.into()]).await? {
        let maker = entered.row(&OWN_NAME, &[school.into(), row.get::<id::Person>(1)?.into()]).await?;
        let made_by = maker.ok_or(Fault::NotFound)?.get(0)?;
        listed.push(SealedSignIn { id: row.get(0)?, made_by, made_at: row.get(2)?, state: standing_of(&row, now)? });
    }
    Ok(listed)
}

fn standing_of(row: &Row, now: Timestamp) -> Result<SealedStanding, Fault> {
    let Some(reason) = row.get::<Option<String>>(3)? else {
        return Ok(row.get::<Option<Timestamp>>(8)?.map_or(SealedStanding::Waits, SealedStanding::Ended));
    };
    let reason = SealedReason::from_word(&reason).unwrap_or(SealedReason::NobodyIn);
    let reviewed = row.get::<Option<i64>>(7)?.map(|found| found == 1);
    let is_overdue = reviewed.is_none() && row.get::<Timestamp>(6)? < now;
    Ok(SealedStanding::Used { reason, at: row.get(4)?, until: row.get(5)?, reviewed, is_overdue })
}

async fn note(entered: &mut Entered, act: Act, row: id::Row, detail: &Detail) -> Result<(), Fault> {
    audit::note(entered, Note { act, kind: KIND, resource: row.to_string(), detail }).await.map(drop)
}

/// What lies in the store of a code: it has a hundred random bits, so that nobody finds it from its digest.
fn digest_of(school: id::School, code: &str) -> Vec<u8> {
    let mut bytes = Zeroizing::new(LABEL.to_vec());
    bytes.extend_from_slice(school.bytes());
    bytes.extend_from_slice(normalised_passphrase(code).as_bytes());
    digest(&SHA256, &bytes).as_ref().to_vec()
}

fn refused() -> Fault {
    Fault::NotAllowed(
        "This code lets nobody in: it is mistyped, was used or ended, or the last try was a moment ago. After several wrong ones \
         each must wait a little longer, half a minute at most."
            .to_owned(),
    )
}
