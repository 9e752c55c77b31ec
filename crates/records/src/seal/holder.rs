//! Holders: people with a key pair, whose private half is wrapped by what they know.

use super::{
    compartment::{refuse_to_strand, rotate},
    printed::one_time_passphrase,
    statements::{
        ADD_HOLDER_KEY, ADD_HOLDER_WRAP, CURRENT_KEY, DROP_HOLDER_WRAPS, DROP_PASSKEY_WRAPS, DROP_WRAPS_OF_PERSON,
        END_HOLDER_KEY, KEY_WRAP, KEYS_EVER, VOUCH, WITH_WRAP, WRAP_STANDS,
    },
    stretch::{CHOSEN, Cost, MADE, Stretched, Wrap, salt, stretch, stretch_now},
    suite::{Bound, Private, fingerprint, pair},
};
use crate::{
    Entered, Fault,
    access::Act,
    audit::{self, Detail, Note, Noted},
    id,
    seal::normalised_passphrase,
    store::Transaction,
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the log calls a person whose key somebody vouched for.
pub(super) const KEY_KIND: &str = "holder-key";

/// A person's key pair, unlocked by what they know; zeroed when the last session with it ends.
pub struct Unlocked {
    pub(super) school: id::School,
    pub(super) person: id::Person,
    pub(super) key: id::Row,
    /// What unlocked it: gone once the password is changed.
    pub(super) wrap: id::Row,
    pub(super) private: Arc<Private>,
}

impl Unlocked {
    /// A pair that is being made, and not yet wrapped.
    pub(super) fn made(school: id::School, person: id::Person, key: id::Row, private: Private) -> Self {
        Self { school, person, key, wrap: key, private: Arc::new(private) }
    }

    /// Which key pair of the person's it is.
    pub(crate) fn key(&self) -> id::Row {
        self.key
    }

    /// The same key, unlocked by this wrap.
    pub(super) fn by(&self, wrap: id::Row) -> Self {
        Self { school: self.school, person: self.person, key: self.key, wrap, private: Arc::clone(&self.private) }
    }
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unlocked")
    }
}

/// A person's key pair as it is stored, without the private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HolderKey {
    pub id: id::Row,
    pub public: Vec<u8>,
    /// Whether it may be used: it was the person's first, or somebody vouched for it.
    pub is_trusted: bool,
    /// Who had it made; nobody at set-up.
    pub made_by: Option<id::Person>,
}

/// Under what a private half is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrapKind {
    /// A passphrase that we made, to be replaced at the first sign-in.
    OneTime,
    /// A password that the person chose.
    Password,
}

impl WrapKind {
    fn word(self) -> &'static str {
        match self {
            Self::OneTime => "one-time",
            Self::Password => "password",
        }
    }
}

/// A wrap as it is stored, with what it is bound to.
#[derive(Debug, Clone)]
pub(crate) struct StoredWrap {
    pub kind: WrapKind,
    pub wrap: Wrap,
    id: id::Row,
    key: id::Row,
    public: Vec<u8>,
}

/// A private half newly wrapped, to be written.
#[derive(Debug)]
pub(crate) struct NewWrap {
    kind: WrapKind,
    wrap: Wrap,
}

/// The key pair of a person that is in force, if they have one. What the audit log recorded of it is compared first: a key
/// that somebody put into the store behind our back is never used.
pub(crate) async fn key_of(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Option<HolderKey>, Fault> {
    let Some(row) = t.row(&CURRENT_KEY, &[school.into(), person.into()]).await? else { return Ok(None) };
    let public: Vec<u8> = row.get(1)?;
    // Asked once for both: this is read at every act.
    let acts = &[Act::AccountChanged, Act::PasswordChanged];
    let told = audit::noted_on(t, school, ("person", &person.to_string()), acts).await?;
    check_told(school, person, &told, &public)?;
    let (needs_voucher, is_vouched): (bool, bool) = (row.get(2)?, row.get(3)?);
    let is_trusted = (!needs_voucher || is_vouched) && is_trusted_by_log(t, school, person, &told).await?;
    Ok(Some(HolderKey { id: row.get(0)?, public, is_trusted, made_by: row.get(4)? }))
}

/// Which key pair of a person is in force. Only to see that it is another than before: the log is not asked.
pub(crate) async fn key_in_force(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Option<id::Row>, Fault> {
    t.row(&CURRENT_KEY, &[school.into(), person.into()]).await?.map(|row| row.get(0)).transpose()
}

/// Refuses a key that is not the person's key in force, as the store and the log have it: it was put in behind our back, or replaced,
/// or its account was closed.
pub(crate) async fn refuse_unless_in_force(t: &mut Transaction, unlocked: &Unlocked) -> Result<(), Fault> {
    // A changed password keeps the key; whoever unlocked it with the old one is out all the same (ASVS 5.0 §7.4.3).
    if t.row(&WRAP_STANDS, &[unlocked.school.into(), unlocked.wrap.into()]).await?.is_none() {
        return Err(signed_out());
    }
    match key_of(t, unlocked.school, unlocked.person).await? {
        Some(key) if key.id == unlocked.key => Ok(()),
        _ => Err(signed_out()),
    }
}

fn signed_out() -> Fault {
    Fault::NotAllowed(
        "You are signed out: your password was changed or reset, or your account closed. Sign in again, or ask whoever looks \
         after accounts."
            .to_owned(),
    )
}

/// Whether the newest key that the log tells of may be used: it is the person's first, or follows that by passwords of their own,
/// or somebody vouched for it. A voucher that was put in behind our back counts for nothing.
async fn is_trusted_by_log(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    told: &[Noted],
) -> Result<bool, Fault> {
    let of_person = person.to_string();
    let vouched = audit::noted_on(t, school, (KEY_KIND, &of_person), &[Act::HolderAdmitted]).await?;
    let mut is_trusted = true;
    for (place, (entry, key)) in told.iter().rev().filter_map(|entry| Some((entry, entry.says("key")?))).enumerate() {
        if place > 0 && entry.tells_of(Act::AccountChanged) {
            is_trusted = false;
        }
        is_trusted |= vouched.iter().any(|voucher| voucher.says("key") == Some(key));
    }
    Ok(is_trusted)
}

/// The key pair of a person that may be sealed to. One that the audit log does not know is told in the machine's log and left
/// out, so that one altered row does not keep everybody from writing.
pub(super) async fn usable_key(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Option<HolderKey>, Fault> {
    match key_of(t, school, person).await {
        Err(Fault::Damaged(_)) => Ok(None),
        key => Ok(key?.filter(|key| key.is_trusted)),
    }
}

/// Refuses a public half that is not the newest that the audit log recorded for this person under these acts. Whose it is, is
/// told in the machine's log only, by its id: whoever meets the refusal may be a reporter.
pub(super) async fn check_recorded(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    acts: &[Act],
    public: &[u8],
) -> Result<(), Fault> {
    let told = audit::noted_on(t, school, ("person", &person.to_string()), acts).await?;
    check_told(school, person, &told, public)
}

/// The same of what the log was asked for already, newest first.
fn check_told(school: id::School, person: id::Person, told: &[Noted], public: &[u8]) -> Result<(), Fault> {
    // An entry without a key ended the one before: an account that was closed, a custodian who was replaced. A password that was
    // changed keeps it.
    let newest = told.iter().find(|entry| entry.says("key").is_some() || entry.says("how") != Some("changed"));
    if newest.and_then(|entry| entry.says("key")) == Some(fingerprint(public).as_str()) {
        return Ok(());
    }
    tracing::error!(%school, %person, "a public key in the store is not the one that the audit log recorded; it is not used");
    Err(Fault::Damaged(
        "A public key in the store is not the one that the audit log recorded: somebody may have put in another, to be able to \
         read what is sealed from now on. Nothing was sealed to it. The machine's log says whose it is. Verify the audit log, \
         and restore a backup."
            .to_owned(),
    ))
}

/// Makes a key pair for a person, wrapped under a one-time passphrase; writes no audit entry, so that the caller's says with
/// [`fingerprint`] which key it is. A key that follows another needs somebody to vouch for it.
pub(crate) async fn make_key(
    entered: &mut Entered,
    person: id::Person,
    made: MadeKey,
) -> Result<Zeroizing<String>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let had_one = entered.row(&KEYS_EVER, &[school.into(), person.into()]).await?.is_some();
    let made_by = match entered.session().actor {
        crate::access::Actor::Person(maker) => Some(maker),
        _ => None,
    };
    let values =
        [made.id.into(), school.into(), person.into(), made.public.into(), had_one.into(), made_by.into(), now.into()];
    entered.change_one(&ADD_HOLDER_KEY, &values).await?;
    write_wrap(entered, made.id, made.wrap).await?;
    Ok(made.passphrase)
}

/// A key pair made for somebody, not yet written.
pub(crate) struct MadeKey {
    id: id::Row,
    public: Vec<u8>,
    wrap: NewWrap,
    passphrase: Zeroizing<String>,
}

impl MadeKey {
    /// Makes it.
    pub(crate) fn new(school: id::School, person: id::Person, now: jiff::Timestamp) -> Result<Self, Fault> {
        let (id, pair) = (id::Row::new(now)?, pair()?);
        let passphrase = one_time_passphrase()?;
        let salt = salt()?;
        let stretched = stretch_now(&normalised_passphrase(&passphrase), &salt, MADE)?;
        let wrap = stretched.wrap(salt, MADE, &bound(school, person, id, &pair.public), &pair.private)?;
        Ok(Self { id, public: pair.public, wrap: NewWrap { kind: WrapKind::OneTime, wrap }, passphrase })
    }

    /// What the audit log says of it.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.public)
    }
}

/// Ends a person's key pair: its wraps go.
pub(crate) async fn end_key(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Some(row) = entered.row(&CURRENT_KEY, &[school.into(), person.into()]).await? else { return Ok(()) };
    let key: id::Row = row.get(0)?;
    entered.change_one(&END_HOLDER_KEY, &[key.into(), school.into(), now.into()]).await?;
    entered.change(&DROP_PASSKEY_WRAPS, &[school.into(), key.into()]).await.map(drop)?;
    entered.change(&DROP_HOLDER_WRAPS, &[school.into(), key.into()]).await.map(drop)
}

/// What was wrapped for a person's ended key goes, and each compartment gets a new generation: whoever kept what that key opened
/// reads nothing that is sealed from now on. Needs nobody's secret. Refused where nobody else could open it.
pub(crate) async fn drop_wraps_of(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    let held = entered.rows(&WITH_WRAP, &[school.into(), person.into()]).await?;
    entered.change(&DROP_WRAPS_OF_PERSON, &[school.into(), person.into()]).await.map(drop)?;
    refuse_to_strand(entered.transaction(), school, None, None).await?;
    for row in held {
        rotate(entered, row.get(0)?).await?;
    }
    Ok(())
}

/// The same at the console, where nobody else may be able to sign in: what nobody could open is counted afterwards and not refused,
/// and a compartment whose keys or log were altered keeps nobody from the others.
pub(super) async fn drop_wraps_at_console(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    let held = entered.rows(&WITH_WRAP, &[school.into(), person.into()]).await?;
    entered.change(&DROP_WRAPS_OF_PERSON, &[school.into(), person.into()]).await.map(drop)?;
    for row in held {
        let compartment: id::Compartment = row.get(0)?;
        match rotate(entered, compartment).await {
            Err(Fault::Damaged(why)) => {
                tracing::error!(%school, %compartment, why, "a compartment was altered; it gets no new key");
            }
            rotated => rotated?,
        }
    }
    Ok(())
}

/// Somebody who holds what the key is for says that it is the person's, and the log is told.
pub(super) async fn vouch(
    entered: &mut Entered,
    person: id::Person,
    key: (id::Row, &[u8]),
    by: Option<id::Person>,
) -> Result<(), Fault> {
    let now = entered.now();
    vouch_as(entered, person, key, (by, now)).await
}

/// The console says so, where there is nobody to ask: of the key just made.
pub(crate) async fn vouch_at_console(entered: &mut Entered, person: id::Person) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = entered.row(&CURRENT_KEY, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    let (key, public): (id::Row, Vec<u8>) = (row.get(0)?, row.get(1)?);
    vouch(entered, person, (key, &public), None).await
}

/// The same as it was said by somebody at another time.
pub(super) async fn vouch_as(
    entered: &mut Entered,
    person: id::Person,
    (key, public): (id::Row, &[u8]),
    (by, at): (Option<id::Person>, jiff::Timestamp),
) -> Result<(), Fault> {
    let detail = Detail::none().with("key", fingerprint(public));
    let note = Note { act: Act::HolderAdmitted, kind: KEY_KIND, resource: person.to_string(), detail: &detail };
    audit::note(entered, note).await?;
    let values = [key.into(), entered.session().school.into(), by.into(), at.into()];
    entered.change(&VOUCH, &values).await.map(drop)
}

/// The wrap of a person's key by what they know, if there is one.
pub(crate) async fn wrap_of(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Option<StoredWrap>, Fault> {
    let Some(row) = t.row(&KEY_WRAP, &[school.into(), person.into()]).await? else { return Ok(None) };
    let kind = match row.get::<String>(2)?.as_str() {
        "one-time" => WrapKind::OneTime,
        "password" => WrapKind::Password,
        _ => return Err(crate::store::damaged(2, "is no kind of wrap")),
    };
    let number = |index| {
        u32::try_from(row.get::<i64>(index)?).map_err(|_too_large| crate::store::damaged(index, "is too large"))
    };
    let cost = Cost { memory: number(4)?, passes: number(5)?, lanes: number(6)? };
    let wrap = Wrap { salt: row.get(3)?, cost, check_value: row.get(7)?, wrapped: row.get(8)? };
    Ok(Some(StoredWrap { kind, wrap, id: row.get(9)?, key: row.get(0)?, public: row.get(1)? }))
}

impl StoredWrap {
    /// Unlocks the key; the private half must belong to the public half that the store has.
    pub(crate) fn unlock(&self, school: id::School, person: id::Person, with: &Stretched) -> Result<Unlocked, Fault> {
        let private = with.unwrap(&self.wrap, &bound(school, person, self.key, &self.public));
        match private {
            Some(private) if private.public()? == self.public => {
                Ok(Unlocked { school, person, key: self.key, wrap: self.id, private: Arc::new(private) })
            }
            _ => Err(Fault::Damaged(
                "The password is right, and your key is not the one it was made for: the store was altered. Nothing was \
                 opened. Tell the designated safeguarding lead, and have the audit log verified and a backup restored."
                    .to_owned(),
            )),
        }
    }
}

/// Wraps an unlocked key again under a password that its person chose.
pub(crate) async fn wrap_again(unlocked: &Unlocked, password: &str) -> Result<NewWrap, Fault> {
    let salt = salt()?;
    let stretched = stretch(password, &salt, CHOSEN).await?;
    let public = unlocked.private.public()?;
    let bound = bound(unlocked.school, unlocked.person, unlocked.key, &public);
    let wrap = stretched.wrap(salt, CHOSEN, &bound, &unlocked.private)?;
    Ok(NewWrap { kind: WrapKind::Password, wrap })
}

/// Puts a new wrap in the place of those before it; the key as it is unlocked from now on.
pub(crate) async fn replace_wraps(
    entered: &mut Entered,
    unlocked: &Unlocked,
    wrap: NewWrap,
) -> Result<Unlocked, Fault> {
    let dropped = entered.change(&DROP_HOLDER_WRAPS, &[unlocked.school.into(), unlocked.key.into()]).await?;
    if dropped == 0 {
        return Err(Fault::Changed("Your key was replaced meanwhile. Sign in again.".to_owned()));
    }
    let wrap = write_wrap(entered, unlocked.key, wrap).await?;
    Ok(unlocked.by(wrap))
}

pub(super) async fn write_wrap(entered: &mut Entered, key: id::Row, new: NewWrap) -> Result<id::Row, Fault> {
    let now = entered.now();
    let id = id::Row::new(now)?;
    let Wrap { salt, cost, check_value, wrapped } = new.wrap;
    let values = [
        id.into(),
        entered.session().school.into(),
        key.into(),
        new.kind.word().into(),
        salt.into(),
        i64::from(cost.memory).into(),
        i64::from(cost.passes).into(),
        i64::from(cost.lanes).into(),
        check_value.into(),
        wrapped.into(),
        now.into(),
    ];
    entered.change_one(&ADD_HOLDER_WRAP, &values).await?;
    Ok(id)
}

fn bound(school: id::School, person: id::Person, key: id::Row, public: &[u8]) -> Bound {
    Bound::to(&[b"holder", school.bytes(), person.bytes(), key.bytes(), public])
}
