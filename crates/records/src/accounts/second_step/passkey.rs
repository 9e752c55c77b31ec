//! Passkeys (`WebAuthn` Level 3): a second step after the password, and two in one without it, because the authenticator asks for a
//! finger, a face or a PIN each time. Where it can derive a secret (the PRF extension), it unlocks what is sealed as well.

use super::{
    super::statements::{
        ADD_PASSKEY, BY_PERSON, DROP_PASSKEY, DROP_PASSKEY_WRAP, PASSKEY_OF, SCHOOL_NAME, USE_PASSKEY,
    },
    HalfIn, Shown, SpareCodes,
    app::said,
    own, refuse_the_last,
    spare::give_codes_once,
    told::{Passkey, PasskeyRow, Steps, steps_of},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource, tell_own},
    audit::Detail,
    id,
    seal::{self, OUTPUT, WrapKind, unlock_by_passkey, wrap_by_passkey, wrap_of},
};
use aws_lc_rs::digest::{SHA512, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};
use std::{borrow::Cow, net::IpAddr, sync::Arc};
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, RegistrationServerState,
    bin::{Decode as _, Encode as _},
    request::{
        AsciiDomain, ExtensionInfo, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, Nickname, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, USER_HANDLE_MAX_LEN,
            UserHandle64, Username,
        },
    },
    response::{
        AuthTransports, CredentialId, Origin,
        auth::{DiscoverableAuthentication64, ser_relaxed::AuthenticationRelaxed},
        register::{DynamicState, StaticState, ser_relaxed::RegistrationRelaxed},
    },
};
use zeroize::Zeroizing;

/// The most passkeys that one person has.
const MOST: usize = 10;
/// The longest name of one, in signs.
const LONGEST_TITLE: usize = 40;
/// The longest answer of a browser that is looked at, in bytes.
const LONGEST: usize = 32 * 1024;
/// How an authenticator says in what it made that it can derive secrets: CBOR of “hmac-secret: true” (CTAP 2.2 §12.7).
const DERIVES: &[u8] = b"\x6bhmac-secret\xf5";

/// Where somebody meets us, as their browser has it: a passkey works there and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    domain: String,
    origin: String,
}

impl Site {
    /// The site of an origin such as `https://filter.school.example:8443`; none where passkeys do not work: at an address without
    /// a name, and in the clear elsewhere than at this computer.
    pub fn of(origin: &str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        let domain = authority.split(':').next()?.to_ascii_lowercase();
        let is_private = scheme == "https" || (scheme == "http" && domain == "localhost");
        let is_name = !authority.starts_with('[') && domain.parse::<IpAddr>().is_err();
        (is_private && is_name && relying_party(&domain).is_ok())
            .then(|| Self { domain, origin: origin.to_ascii_lowercase() })
    }

    /// The name that a passkey made here works at.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    fn origins(&self) -> [Origin<'_>; 1] {
        [Origin(Cow::Borrowed(&self.origin))]
    }
}

fn relying_party(domain: &str) -> Result<RpId, Fault> {
    let domain = AsciiDomain::try_from(domain.to_owned()).map_err(|_no_domain| Fault::NotFound)?;
    Ok(RpId::Domain(domain))
}

/// A passkey that is being made: good for one answer.
#[derive(Debug)]
pub struct NewPasskey {
    state: RegistrationServerState<USER_HANDLE_MAX_LEN>,
    site: Site,
    handle: [u8; USER_HANDLE_MAX_LEN],
    /// What the browser is asked.
    pub question: String,
}

/// A passkey that was asked for: good for one answer.
#[derive(Debug)]
pub struct AskedPasskey {
    state: DiscoverableAuthenticationServerState,
    site: Site,
    /// What the browser is asked.
    pub question: String,
}

/// What a browser answered: the credential as JSON, and what it derived, where it did.
#[derive(Clone, Copy)]
pub struct PasskeyAnswer<'a> {
    /// The credential.
    pub credential: &'a str,
    /// What the PRF extension gave, in base64url; may be empty.
    pub derived: &'a str,
}

impl std::fmt::Debug for PasskeyAnswer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasskeyAnswer")
    }
}

impl PasskeyAnswer<'_> {
    fn derived(&self) -> Option<Zeroizing<[u8; OUTPUT]>> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(self.derived).ok()?);
        let mut output = Zeroizing::new([0; OUTPUT]);
        (bytes.len() == OUTPUT).then(|| {
            output.copy_from_slice(&bytes);
            output
        })
    }

    /// The credential as JSON. What the browser says of its extensions is not signed by anybody and not believed.
    fn json(&self) -> Result<Json, Fault> {
        if self.credential.len() > LONGEST {
            return Err(unusable());
        }
        let mut json: Json = serde_json::from_str(self.credential).map_err(|_no_json| unusable())?;
        let said = json.as_object_mut().ok_or_else(unusable)?;
        said.insert("clientExtensionResults".to_owned(), json!({}));
        Ok(json)
    }
}

/// A passkey that was shown, checked but not noted.
struct Proved {
    person: id::Person,
    school: id::School,
    passkey: Passkey,
    counted: Vec<u8>,
    derived: Option<Zeroizing<[u8; OUTPUT]>>,
}

impl Records {
    /// Begins to make a passkey for somebody at a site.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for whoever has as many as one may have; [`Fault::Locked`] while what is sealed is locked.
    pub async fn begin_passkey(&self, session: &Session, site: Site) -> Result<NewPasskey, Fault> {
        let (person, _) = own(session)?;
        let mut t = self.looking().await?;
        let steps = steps_of(&mut t, session.school, person).await?;
        let account = t.row(&BY_PERSON, &[session.school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
        let school = t.row(&SCHOOL_NAME, &[session.school.into()]).await?.ok_or(Fault::NotFound)?;
        drop(t);
        if steps.passkeys.len() >= MOST {
            return Err(Fault::wrong(format!(
                "You have {MOST} passkeys. Remove one that you do not use any more first."
            )));
        }
        let handle = handle_for(session.school, person)?;
        let (name, school): (String, String) = (account.get(1)?, school.get(0)?);
        let (name, shown) = (Username::try_from(name.as_str()), format!("{name}, {school}"));
        let user = PublicKeyCredentialUserEntity {
            name: name.or_else(|_odd| Username::try_from("Holdfast")).map_err(|_odd| unusable())?,
            id: &handle,
            display_name: Nickname::try_from(shown).ok(),
        };
        let known = steps.passkeys.iter().filter(|passkey| passkey.row.site == site.domain);
        let known = known.filter_map(|passkey| {
            let id = CredentialId::<Vec<u8>>::decode(passkey.credential.clone()).ok()?;
            Some(PublicKeyCredentialDescriptor { id, transports: AuthTransports::decode(0).ok()? })
        });
        let relying_party = relying_party(&site.domain)?;
        let mut options = PublicKeyCredentialCreationOptions::passkey(&relying_party, user, known.collect());
        // Asked for, it keeps most authenticators that are built into a computer from making one at all; that somebody verified is
        // looked at each time anyway.
        options.extensions.cred_protect = CredProtect::None;
        options.extensions.prf = Some(ExtensionInfo::AllowDontEnforceValue);
        let (state, asked) = options.start_ceremony().map_err(|_fault| not_begun())?;
        let question = question(serde_json::to_value(&asked))?;
        Ok(NewPasskey { state, site, handle: handle_bytes(&handle), question })
    }

    /// Keeps a passkey that a browser made. Spare codes come with the first second step.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for an answer that is not to what was asked, at this site, by an authenticator that asked for a finger, a
    /// face or a PIN; [`Fault::Locked`] while what is sealed is locked.
    pub async fn add_passkey(
        &self,
        session: &Session,
        new: NewPasskey,
        answer: PasskeyAnswer<'_>,
        title: &str,
    ) -> Result<(id::Row, Option<SpareCodes>), Fault> {
        let (person, _) = own(session)?;
        let title = title.trim();
        if title.is_empty() || title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
            return Err(Fault::wrong(format!(
                "Give it a name of 1 to {LONGEST_TITLE} signs, such as “school laptop”."
            )));
        }
        let now = self.clock().now();
        let row = id::Row::new(now)?;
        let passkey = made(new, answer, PasskeyRow::new(row, title, now))?;
        let detail = said("passkey-added", row).with("digest", passkey.digest());
        let mut entered = self.act(session, Act::SecondStepChanged, Resource::Person(person), detail).await?;
        let added = add(&mut entered, person, passkey, answer.derived()).await;
        Ok((row, entered.finish(added).await?))
    }

    /// Removes one of one's own passkeys.
    ///
    /// # Errors
    /// [`Fault::Wrong`] where it is the last second step of somebody who must have one; [`Fault::Locked`] while what is sealed is
    /// locked.
    pub async fn remove_passkey(&self, session: &Session, row: id::Row) -> Result<(), Fault> {
        let (person, _) = own(session)?;
        let mut left = steps_of(&mut self.looking().await?, session.school, person).await?;
        let before = left.passkeys.len();
        left.passkeys.retain(|passkey| passkey.row.id != row);
        if left.passkeys.len() == before {
            return Err(Fault::NotFound);
        }
        let detail = said("passkey-removed", row);
        let mut entered = self.act(session, Act::SecondStepChanged, Resource::Person(person), detail).await?;
        let removed = remove(&mut entered, person, row, &left).await;
        entered.finish(removed).await
    }

    /// Asks for a passkey at a site: of anybody, because it says itself whose it is.
    pub fn ask_passkey(&self, site: Site) -> Result<AskedPasskey, Fault> {
        let relying_party = relying_party(&site.domain)?;
        let options = DiscoverableCredentialRequestOptions::passkey(&relying_party);
        let (state, asked) = options.start_ceremony().map_err(|_fault| not_begun())?;
        let question = question(serde_json::to_value(&asked))?;
        Ok(AskedPasskey { state, site, question })
    }

    /// Lets somebody in whose password was right.
    pub async fn finish_with_passkey(
        &self,
        half: &HalfIn,
        asked: AskedPasskey,
        answer: PasskeyAnswer<'_>,
    ) -> Result<Shown, Fault> {
        self.confirm_with_passkey(&half.session, asked, answer).await
    }

    /// The same of somebody at work, to show that it is really them. It unlocks what is sealed, where the passkey can and they have
    /// not.
    pub async fn confirm_with_passkey(
        &self,
        session: &Session,
        asked: AskedPasskey,
        answer: PasskeyAnswer<'_>,
    ) -> Result<Shown, Fault> {
        let proved = self.prove(asked, answer).await?;
        if session.actor != Actor::Person(proved.person) || session.school != proved.school {
            self.sign_in_failed(session.school, None).await?;
            return Err(Fault::NotAllowed("This passkey is somebody else’s. Choose your own.".to_owned()));
        }
        self.note_passkey(session.clone(), proved).await
    }

    /// Signs somebody in with a passkey alone. What is sealed for them stays locked where the passkey cannot unlock it.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for what is no passkey of anybody here, and for whoever is to choose a password first.
    pub async fn sign_in_with_passkey(&self, asked: AskedPasskey, answer: PasskeyAnswer<'_>) -> Result<Shown, Fault> {
        let proved = self.prove(asked, answer).await?;
        let (school, person) = (proved.school, proved.person);
        let mut t = self.looking().await?;
        let account = t.row(&BY_PERSON, &[school.into(), person.into()]).await?;
        let wrap = wrap_of(&mut t, school, person).await?;
        drop(t);
        match (account, wrap) {
            (Some(_), Some(wrap)) if wrap.kind == WrapKind::Password => {}
            (Some(_), Some(_)) => {
                return Err(Fault::NotAllowed(
                    "Your password was reset. Sign in with the passphrase that you were handed, and choose a new one."
                        .to_owned(),
                ));
            }
            _ => return Err(refused()),
        }
        let session = Session { school, actor: Actor::Person(person), unlocked: None };
        self.note_passkey(session, proved).await
    }

    /// Whether an answer is right, and whose. The audit log must tell of the passkey: one that somebody put into the store lets
    /// nobody in.
    async fn prove(&self, asked: AskedPasskey, answer: PasskeyAnswer<'_>) -> Result<Proved, Fault> {
        let json = answer.json()?;
        let said: AuthenticationRelaxed<USER_HANDLE_MAX_LEN, true> =
            serde_json::from_value(json).map_err(|_other| unusable())?;
        let said: DiscoverableAuthentication64 = said.0;
        let credential = said.raw_id().inner().to_vec();
        let mut t = self.looking().await?;
        let row = t.row(&PASSKEY_OF, &[credential.into()]).await?.ok_or_else(refused)?;
        let (school, person, row): (id::School, id::Person, id::Row) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let steps = steps_of(&mut t, school, person).await?;
        drop(t);
        let passkey = steps.passkeys.into_iter().find(|passkey| passkey.row.id == row).ok_or_else(refused)?;
        let counted = if passkey.row.site == asked.site.domain { checked(asked, &said, &passkey) } else { None };
        let Some(counted) = counted else {
            self.sign_in_failed(school, Some(person)).await?;
            return Err(refused());
        };
        Ok(Proved { person, school, passkey, counted, derived: answer.derived() })
    }

    /// Notes that a passkey was shown, unlocks what it can, and lets it unlock from now on where the password just did.
    async fn note_passkey(&self, mut session: Session, proved: Proved) -> Result<Shown, Fault> {
        let Proved { person, school, passkey, counted, derived } = proved;
        let row = passkey.row.id;
        if let Some(derived) = &derived
            && session.unlocked.is_none()
        {
            let mut t = self.looking().await?;
            if let Some(unlocked) = unlock_by_passkey(&mut t, (school, person), row, derived).await? {
                seal::refuse_unless_in_force(&mut t, &unlocked).await?;
                session.unlocked = Some(Arc::new(unlocked));
            }
        }
        let detail = Detail::none().with("how", "passkey");
        let mut entered = self.act(&session, Act::SignedIn, Resource::Person(person), detail).await?;
        let noted = async {
            let now = entered.now();
            entered.change_one(&USE_PASSKEY, &[school.into(), row.into(), counted.into(), now.into()]).await?;
            match (&session.unlocked, &derived) {
                (Some(unlocked), Some(derived)) if !passkey.row.unlocks => {
                    wrap_by_passkey(&mut entered, unlocked, row, derived).await
                }
                _ => Ok(()),
            }
        }
        .await;
        entered.finish(noted).await?;
        Ok(Shown { session, step: row, spare_codes_left: None })
    }
}

/// The passkey that a browser made, if its answer is to what was asked.
fn made(new: NewPasskey, answer: PasskeyAnswer<'_>, row: PasskeyRow) -> Result<Passkey, Fault> {
    let mut json = answer.json()?;
    let attested = json.pointer("/response/attestationObject").and_then(Json::as_str).ok_or_else(unusable)?;
    let attested = URL_SAFE_NO_PAD.decode(attested).map_err(|_no_base64| unusable())?;
    // The two say the same, or the library refuses; the authenticator's word is taken for both.
    if attested.windows(DERIVES.len()).any(|part| part == DERIVES)
        && let Some(results) = json.get_mut("clientExtensionResults")
    {
        *results = json!({ "prf": { "enabled": true } });
    }
    let said: RegistrationRelaxed = serde_json::from_value(json).map_err(|_other| unusable())?;
    let origins = new.site.origins();
    let options = RegistrationVerificationOptions::<Origin<'_>, Origin<'_>> {
        allowed_origins: &origins,
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let verified = new.state.verify(&relying_party(&new.site.domain)?, &said.0, &options);
    let credential = verified.map_err(|fault| {
        tracing::warn!(%fault, "a passkey was not taken");
        unusable()
    })?;
    let Ok(fixed) = credential.static_state().encode();
    let Ok(counted) = credential.dynamic_state().encode();
    Ok(Passkey {
        row: PasskeyRow { site: new.site.domain.clone(), ..row },
        handle: new.handle.to_vec(),
        credential: credential.id().inner().to_vec(),
        fixed,
        counted: counted.to_vec(),
    })
}

async fn add(
    entered: &mut Entered,
    person: id::Person,
    passkey: Passkey,
    derived: Option<Zeroizing<[u8; OUTPUT]>>,
) -> Result<Option<SpareCodes>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    if entered.row(&PASSKEY_OF, &[passkey.credential.clone().into()]).await?.is_some() {
        return Err(Fault::wrong("This passkey is set up already."));
    }
    let row = passkey.row.id;
    let values = [
        row.into(),
        school.into(),
        person.into(),
        passkey.row.site.into(),
        passkey.handle.into(),
        passkey.credential.into(),
        passkey.row.title.into(),
        passkey.fixed.into(),
        passkey.counted.into(),
        now.into(),
    ];
    entered.change_one(&ADD_PASSKEY, &values).await?;
    if let Some(derived) = derived
        && let Ok((_, unlocked)) = own(entered.session())
    {
        wrap_by_passkey(entered, &unlocked, row, &derived).await?;
    }
    tell_own(entered, person, "own-passkey-added").await?;
    give_codes_once(entered, person).await
}

async fn remove(entered: &mut Entered, person: id::Person, row: id::Row, left: &Steps) -> Result<(), Fault> {
    refuse_the_last(entered, person, left).await?;
    let school = entered.session().school;
    entered.change(&DROP_PASSKEY_WRAP, &[school.into(), row.into()]).await.map(drop)?;
    entered.change_one(&DROP_PASSKEY, &[school.into(), person.into(), row.into()]).await?;
    tell_own(entered, person, "own-passkey-removed").await
}

/// What is kept of a passkey after it was shown; nothing where the answer is wrong: another challenge, site, key or person, nobody
/// verified, or a counter that fell behind, as that of a copy does.
fn checked(asked: AskedPasskey, said: &DiscoverableAuthentication64, passkey: &Passkey) -> Option<Vec<u8>> {
    let handle = handle_of(&passkey.handle).ok()?;
    let id = CredentialId::<Vec<u8>>::decode(passkey.credential.clone()).ok()?;
    let fixed = StaticState::decode(passkey.fixed.as_slice()).ok()?;
    let counted = DynamicState::decode(<[u8; 7]>::try_from(passkey.counted.as_slice()).ok()?).ok()?;
    let mut known = AuthenticatedCredential::new((&id).into(), &handle, fixed, counted).ok()?;
    let relying_party = relying_party(&asked.site.domain).ok()?;
    let origins = asked.site.origins();
    let options = AuthenticationVerificationOptions::<Origin<'_>, Origin<'_>> {
        allowed_origins: &origins,
        error_on_unsolicited_extensions: false,
        ..AuthenticationVerificationOptions::default()
    };
    match asked.state.verify(&relying_party, said, &mut known, &options) {
        Ok(_is_changed) => {
            let Ok(counted) = known.dynamic_state().encode();
            Some(counted.to_vec())
        }
        Err(fault) => {
            tracing::warn!(%fault, "a passkey was refused");
            None
        }
    }
}

/// The word that stands for a person at their authenticators: the same each time, so that one that is made again there takes the place
/// of the one before; it tells nobody whose it is.
fn handle_for(school: id::School, person: id::Person) -> Result<UserHandle64, Fault> {
    let parts = [b"holdfast passkey handle 1".as_slice(), school.bytes(), person.bytes()].concat();
    handle_of(digest(&SHA512, &parts).as_ref())
}

fn handle_of(bytes: &[u8]) -> Result<UserHandle64, Fault> {
    let bytes =
        <[u8; USER_HANDLE_MAX_LEN]>::try_from(bytes).map_err(|_length| crate::store::damaged(2, "is too short"))?;
    let Ok(handle) = UserHandle64::decode(bytes);
    Ok(handle)
}

fn handle_bytes(handle: &UserHandle64) -> [u8; USER_HANDLE_MAX_LEN] {
    let Ok(bytes) = handle.encode();
    bytes
}

fn question(said: serde_json::Result<Json>) -> Result<String, Fault> {
    said.map(|said| said.to_string()).map_err(|_fault| not_begun())
}

fn not_begun() -> Fault {
    Fault::Unavailable("A passkey could not be asked for. Try again, and report this if it stays so.".to_owned())
}

fn unusable() -> Fault {
    Fault::wrong(
        "What the browser answered is not to what it was asked, or it took too long. Load the page again, and try once more.",
    )
}

fn refused() -> Fault {
    Fault::NotAllowed(
        "This passkey lets nobody in here: it is not known, or no longer, or is a copy. Use another way, and remove it from your \
         device if it stays so."
            .to_owned(),
    )
}
