//! Spare codes: printed, for when the telephone or the passkey is not at hand. Each is good once.

use super::{
    super::statements::{ADD_SPARE_CODE, END_SPARE_CODES},
    app::typed,
    own,
    told::{digest_of_codes, steps_of},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource, tell_own},
    audit::Detail,
    id,
    seal::{normalised_passphrase, spare_code},
};
use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};
use zeroize::Zeroizing;

/// How many there are in a set.
const CODES: usize = 10;

/// A set of spare codes, shown once and kept nowhere.
pub struct SpareCodes(pub Vec<Zeroizing<String>>);

impl std::fmt::Debug for SpareCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SpareCodes")
    }
}

/// Whether what was typed is the code of a digest, in constant time.
pub(super) fn is_same(typed: &str, stored: &[u8]) -> bool {
    verify_slices_are_equal(&digest_of(typed), stored).is_ok()
}

/// The digest that is kept of a code. There are 120 random bits in it, so that a quick one does (ASVS 5.0 §6.5.2).
fn digest_of(code: &str) -> Vec<u8> {
    let code = normalised_passphrase(&typed(code));
    digest(&SHA256, [b"holdfast spare code 1".as_slice(), code.as_bytes()].concat().as_slice()).as_ref().to_vec()
}

/// Makes a set with somebody's first second step; none where they have codes left.
pub(super) async fn give_codes_once(entered: &mut Entered, person: id::Person) -> Result<Option<SpareCodes>, Fault> {
    let school = entered.session().school;
    let now = entered.now();
    let steps = steps_of(entered.transaction(), school, person).await?;
    if steps.spare_codes_left() > 0 {
        return Ok(None);
    }
    let codes = Made::new(now)?;
    entered.also(Act::SecondStepChanged, Resource::Person(person), codes.said()).await?;
    codes.write(entered, person).await.map(Some)
}

impl Records {
    /// Makes a new set of one's own spare codes: those before are good no more.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for whoever has nothing set up for which they could stand in.
    pub async fn renew_spare_codes(&self, session: &Session) -> Result<SpareCodes, Fault> {
        let (person, _) = own(session)?;
        if steps_of(&mut self.looking().await?, session.school, person).await?.shown().is_empty() {
            return Err(Fault::wrong(
                "Set up an authenticator app or a passkey first. Spare codes stand in for one of them.",
            ));
        }
        let codes = Made::new(self.clock().now())?;
        let about = Resource::Person(person);
        let mut entered = self.act(session, Act::SecondStepChanged, about, codes.said()).await?;
        let written = async {
            tell_own(&mut entered, person, "own-spare-codes-made").await?;
            codes.write(&mut entered, person).await
        }
        .await;
        entered.finish(written).await
    }
}

struct Made {
    rows: Vec<(id::Row, Vec<u8>)>,
    codes: SpareCodes,
}

impl Made {
    fn new(now: jiff::Timestamp) -> Result<Self, Fault> {
        let (mut rows, mut codes) = (Vec::with_capacity(CODES), SpareCodes(Vec::with_capacity(CODES)));
        for _ in 0..CODES {
            let code = spare_code()?;
            rows.push((id::Row::new(now)?, digest_of(&code)));
            codes.0.push(code);
        }
        rows.sort_by_key(|(row, _)| row.to_string());
        Ok(Self { rows, codes })
    }

    fn said(&self) -> Detail {
        let digest = digest_of_codes(self.rows.iter().map(|(_, digest)| digest.as_slice()));
        Detail::none().with("how", "codes-made").with("digest", digest)
    }

    async fn write(self, entered: &mut Entered, person: id::Person) -> Result<SpareCodes, Fault> {
        let (school, now) = (entered.session().school, entered.now());
        entered.change(&END_SPARE_CODES, &[school.into(), person.into(), now.into()]).await.map(drop)?;
        for (row, digest) in self.rows {
            let values = [row.into(), school.into(), person.into(), digest.into(), now.into()];
            entered.change_one(&ADD_SPARE_CODE, &values).await?;
        }
        Ok(self.codes)
    }
}
