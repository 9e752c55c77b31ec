//! A provider: what it says of itself, where to send somebody, and what the token that comes back is worth.

use super::ask::{agent, ask, is_here};
use holdfast_records::{
    id,
    sign_on::{Provider, ProviderKind},
};
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims, IdTokenFields,
    IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, Scope, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _, TokenUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use ureq::Agent;
use url::Url;
use zeroize::Zeroizing;

/// How long what a provider says of itself is believed without asking again.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How soon it is asked again because it signed with a key that we do not know.
const ASKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// How long a provider that gave no answer is not asked again at the door: a call to one that is silent takes up to twenty seconds of
/// a thread, so that counts too.
const SILENT_FOR: SignedDuration = SignedDuration::from_secs(30 + 20);
/// Of how many providers that is kept: those of a trust's schools.
const MOST_KEPT: usize = 128;
/// How far the provider's clock may be from ours.
const SKEW: i64 = 60;
/// The longest that an account is called on the page where somebody says that it is theirs, in signs.
const LONGEST_NAME: usize = 120;

/// The algorithms that a token may be signed with: those with a public key. `none` and those with a shared secret are never
/// taken, whatever a provider offers (RFC 8725 §3.1).
const TAKEN: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

/// What a token says beside the usual: whose tenant or domain the account belongs to, and what it is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OwnClaims {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hd: Option<String>,
}

impl AdditionalClaims for OwnClaims {}

/// What a provider says of itself beside the usual.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OwnMetadata {
    /// Whether it names itself when it sends somebody back (RFC 9207): then it must.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for OwnMetadata {}

type Metadata = ProviderMetadata<
    OwnMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
type TokenFields = IdTokenFields<
    OwnClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type OwnClient = Client<
    OwnClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<TokenFields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type Claims = IdTokenClaims<OwnClaims, CoreGenderClaim>;

/// Why a provider could not be asked, or what it said is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It could not be reached, or did not say of itself what it must; why, in its own or the connection's words.
    NoAnswer(String),
    /// It says that it is somebody else than the school entered.
    OtherIssuer(String),
    /// It leads to an address in the clear, or signs only in ways that are not taken.
    Unsafe(&'static str),
    /// It did not take the code or our secret; what it said.
    CodeRefused(String),
    /// What it said of somebody is not believed; why.
    NotBelieved(String),
    /// The account is of another organisation than the school's.
    OtherOrganisation,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(why) => write!(f, "It gave no answer that could be used: {why}."),
            Self::OtherIssuer(named) => {
                write!(f, "It says that its issuer is {named}, and that is not what was entered.")
            }
            Self::Unsafe(why) => f.write_str(why),
            Self::CodeRefused(why) => write!(f, "It did not take the code or our secret: {why}."),
            Self::NotBelieved(why) => write!(f, "What it said is not believed: {why}."),
            Self::OtherOrganisation => f.write_str("The account belongs to another organisation than the school's."),
        }
    }
}

/// What somebody is sent to a provider with, and what must come back.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Where to send them.
    pub(crate) address: Url,
    pub(crate) nonce: Zeroizing<String>,
    pub(crate) verifier: Zeroizing<String>,
}

/// What is asked of a provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// Where it is to send them back to.
    pub(crate) back: &'a str,
    /// The word by which we know them again.
    pub(crate) state: &'a str,
    /// Whether they must sign in there anew, however long they have been signed in.
    pub(crate) is_anew: bool,
    /// Whether what the account is called is asked too.
    pub(crate) with_name: bool,
}

/// Whom a provider knows somebody as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) subject: String,
    /// The word by which it shows that they gave a second step there.
    pub(crate) second_step: Option<String>,
    /// When they signed in there, in seconds, if it says so.
    pub(crate) signed_in_at: Option<i64>,
    /// What the account is called there, to be shown to its owner only.
    pub(crate) name: Option<String>,
}

impl Known {
    /// Whether they signed in there since we sent them.
    pub(crate) fn is_anew(&self, since: Timestamp) -> bool {
        self.signed_in_at.is_some_and(|signed_in| signed_in >= since.as_second() - SKEW)
    }
}

/// What a provider says of itself, and since when we believe it.
#[derive(Debug)]
struct Said {
    issuer: String,
    metadata: Metadata,
    at: Timestamp,
}

/// That a provider gave no answer when it was last asked: why, and when that was.
#[derive(Debug)]
struct Failed {
    issuer: String,
    trouble: Trouble,
    at: Timestamp,
}

/// Whoever holds it asks the provider; the others wait, and find what came of it.
type Asking = Arc<Mutex<Option<Failed>>>;

/// The providers, as far as they were asked.
pub(crate) struct Peers {
    agent: Agent,
    said: Mutex<HashMap<id::Provider, Arc<Said>>>,
    asking: Mutex<HashMap<id::Provider, Asking>>,
}

impl Default for Peers {
    fn default() -> Self {
        Self { agent: agent(), said: Mutex::default(), asking: Mutex::default() }
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peers")
    }
}

/// A provider as the records have it, with its secret.
type Entrusted = (Provider, Zeroizing<String>);

/// All of these wait for the network, so they are called on a thread that may.
impl Peers {
    /// Asks a provider anew what it says of itself; how many ways of signing and keys of it we take.
    pub(crate) fn test(&self, provider: &Provider, now: Timestamp) -> Result<(usize, usize), Trouble> {
        let said = self.asked(provider, now)?;
        Ok((taken(&said.metadata).len(), said.metadata.jwks().keys().len()))
    }

    /// What to send somebody to a provider with.
    pub(crate) fn begin(
        &self,
        (provider, secret): &Entrusted,
        question: Question<'_>,
        words: [Zeroizing<String>; 2],
        now: Timestamp,
    ) -> Result<Asked, Trouble> {
        let said = self.believed(provider, now)?;
        let client = client(&said.metadata, provider, secret, question.back)?;
        let [nonce, verifier] = words;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_string()));
        let (state, wanted) = (CsrfToken::new(question.state.to_owned()), Nonce::new(nonce.to_string()));
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client.authorize_url(flow, move || state, move || wanted);
        request = request.set_pkce_challenge(challenge);
        if question.with_name {
            request = request.add_scope(Scope::new("profile".to_owned())).add_scope(Scope::new("email".to_owned()));
        }
        if question.is_anew {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(std::time::Duration::ZERO);
        }
        if let (ProviderKind::Google, Some(domain)) = (provider.kind, &provider.domain) {
            // Only a hint for the list that people choose from: the token is what counts.
            request = request.add_extra_param("hd", domain);
        }
        let (address, _, _) = request.url();
        Ok(Asked { address, nonce, verifier })
    }

    /// Whether whoever came back was sent by the provider that we sent them to (RFC 9207: no mixing up of two).
    pub(crate) fn is_from(&self, provider: &Provider, issuer: Option<&str>, now: Timestamp) -> Result<bool, Trouble> {
        let said = self.believed(provider, now)?;
        let must = said.metadata.additional_metadata().authorization_response_iss_parameter_supported;
        Ok(issuer.map_or(!must, |issuer| issuer == provider.issuer))
    }

    /// Asks a provider who somebody is, with the code that they brought back.
    pub(crate) fn finish(
        &self,
        (provider, secret): &Entrusted,
        (code, back): (&str, &str),
        (nonce, verifier): (&str, &str),
        now: Timestamp,
    ) -> Result<Known, Trouble> {
        let said = self.believed(provider, now)?;
        let own = client(&said.metadata, provider, secret, back)?;
        let request = own.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_not_set| Trouble::Unsafe("It names no address where codes are taken."))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        let answer = request.request(&|request| ask(&self.agent, request));
        let answer = answer.map_err(|fault| Trouble::CodeRefused(refusal(&fault)))?;
        let token = answer.id_token().ok_or_else(|| Trouble::NotBelieved("there is no token".to_owned()))?;
        let nonce = Nonce::new(nonce.to_owned());
        let verified = |metadata: &Metadata| -> Result<Known, Trouble> {
            let client = client(metadata, provider, secret, back)?;
            let verifier = client.id_token_verifier().set_allowed_algs(taken(metadata));
            match token.claims(&verifier, &nonce) {
                Ok(claims) => known(claims, provider),
                Err(fault) => Err(Trouble::NotBelieved(fault.to_string())),
            }
        };
        match verified(&said.metadata) {
            // It may have begun to sign with a new key since we asked for its keys.
            Err(Trouble::NotBelieved(_)) if now.duration_since(said.at) >= ASKED_AGAIN_AFTER => {
                verified(&self.asked(provider, now)?.metadata)
            }
            known => known,
        }
    }

    /// What a provider says of itself, asked within the hour: by one at a time, and not again at once where it gave no answer.
    fn believed(&self, provider: &Provider, now: Timestamp) -> Result<Arc<Said>, Trouble> {
        if let Some(said) = self.fresh(provider, now) {
            return Ok(said);
        }
        let asking = self.asking_of(provider.id);
        let mut failed = asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = self.fresh(provider, now) {
            return Ok(said);
        }
        let is_silent =
            |failed: &&Failed| failed.issuer == provider.issuer && now.duration_since(failed.at).abs() < SILENT_FOR;
        if let Some(failed) = failed.as_ref().filter(is_silent) {
            return Err(failed.trouble.clone());
        }
        let asked = self.asked(provider, now);
        let failure = |trouble: &Trouble| Failed { issuer: provider.issuer.clone(), trouble: trouble.clone(), at: now };
        // What else may be wrong it says at once, and may be mended as soon.
        *failed = asked.as_ref().err().filter(|trouble| matches!(trouble, Trouble::NoAnswer(_))).map(failure);
        asked
    }

    fn asking_of(&self, provider: id::Provider) -> Asking {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if asking.len() >= MOST_KEPT && !asking.contains_key(&provider) {
            asking.clear();
        }
        Arc::clone(asking.entry(provider).or_default())
    }

    /// What it said within the hour.
    fn fresh(&self, provider: &Provider, now: Timestamp) -> Option<Arc<Said>> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).get(&provider.id).cloned();
        let is_fresh = |said: &Arc<Said>| {
            let since = now.duration_since(said.at);
            said.issuer == provider.issuer && since >= SignedDuration::ZERO && since < BELIEVED_FOR
        };
        said.filter(is_fresh)
    }

    /// The same, asked now.
    fn asked(&self, provider: &Provider, now: Timestamp) -> Result<Arc<Said>, Trouble> {
        let said = Arc::new(discover(&self.agent, provider, now)?);
        let mut kept = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(provider.id, Arc::clone(&said));
        Ok(said)
    }
}

fn discover(agent: &Agent, provider: &Provider, now: Timestamp) -> Result<Said, Trouble> {
    let issuer = IssuerUrl::new(provider.issuer.clone());
    let issuer = issuer.map_err(|_no_address| Trouble::Unsafe("Its issuer is no address."))?;
    let metadata = Metadata::discover(&issuer, &|request| ask(agent, request)).map_err(|fault| match fault {
        openidconnect::DiscoveryError::Validation(why) => Trouble::OtherIssuer(why),
        openidconnect::DiscoveryError::Request(why) => Trouble::NoAnswer(why.to_string()),
        other => Trouble::NoAnswer(other.to_string()),
    })?;
    if metadata.issuer().as_str() != provider.issuer {
        return Err(Trouble::OtherIssuer(metadata.issuer().to_string()));
    }
    let token = metadata.token_endpoint().map(TokenUrl::url);
    let token = token.ok_or(Trouble::Unsafe("It names no address where codes are taken."))?;
    // One that is not at this computer itself has nothing here to lead anybody to.
    let is_local = issuer.url().host_str().is_some_and(is_here);
    for address in [metadata.authorization_endpoint().url(), metadata.jwks_uri().url(), token] {
        let is_private = address.scheme() == "https" || is_local && address.host_str().is_some_and(is_here);
        if !is_private || !is_local && address.host_str().is_none_or(is_here) {
            return Err(Trouble::Unsafe("It leads to an address in the clear, or to this computer itself."));
        }
    }
    if taken(&metadata).is_empty() {
        return Err(Trouble::Unsafe("It signs in no way that is taken here, such as RS256."));
    }
    Ok(Said { issuer: provider.issuer.clone(), metadata, at: now })
}

/// The ways of signing that a provider offers and we take.
fn taken(metadata: &Metadata) -> Vec<CoreJwsSigningAlgorithm> {
    let offered = metadata.id_token_signing_alg_values_supported();
    TAKEN.into_iter().filter(|algorithm| offered.contains(algorithm)).collect()
}

fn client(metadata: &Metadata, provider: &Provider, secret: &str, back: &str) -> Result<OwnClient, Trouble> {
    let back = RedirectUrl::new(back.to_owned());
    let back =
        back.map_err(|_no_address| Trouble::Unsafe("Our own address is none that a provider can send people to."))?;
    let secret = ClientSecret::new(secret.to_owned());
    let client = Client::from_provider_metadata(metadata.clone(), ClientId::new(provider.client.clone()), Some(secret));
    let ways = metadata.token_endpoint_auth_methods_supported().map_or(&[][..], Vec::as_slice);
    let takes = |way| ways.contains(&way);
    // Basic is what is meant where nothing is said (OpenID Connect Discovery 1.0 §3).
    let in_body = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
    let auth_type = if in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
    Ok(client.set_redirect_uri(back).set_auth_type(auth_type))
}

/// Whom verified claims tell of, once the organisation is the school's own.
fn known(claims: &Claims, provider: &Provider) -> Result<Known, Trouble> {
    let own = claims.additional_claims();
    let said = match provider.kind {
        ProviderKind::Entra => own.tid.as_deref(),
        ProviderKind::Google => own.hd.as_deref(),
        ProviderKind::Other => None,
    };
    if provider.kind != ProviderKind::Other && (said.is_none() || said != provider.domain.as_deref()) {
        return Err(Trouble::OtherOrganisation);
    }
    if claims.authorized_party().is_some_and(|party| party.as_str() != provider.client) {
        return Err(Trouble::NotBelieved("it was made for another program".to_owned()));
    }
    let shown = |word: &str| provider.shown_by.iter().any(|accepted| accepted == word);
    let methods = claims.auth_method_refs().into_iter().flatten();
    let by_methods = methods.map(|method| method.to_string()).find(|method| shown(method));
    let by_class = claims.auth_context_ref().map(|class| class.to_string()).filter(|class| shown(class));
    let name = claims.preferred_username().map(|name| name.to_string());
    let name = name.or_else(|| claims.email().map(|email| email.to_string()));
    let is_shown = |sign: &char| !sign.is_control();
    Ok(Known {
        subject: claims.subject().to_string(),
        second_step: by_methods.or(by_class),
        signed_in_at: claims.auth_time().map(|moment| moment.timestamp()),
        name: name.map(|name| name.chars().filter(is_shown).take(LONGEST_NAME).collect()),
    })
}

/// Why a code was not taken, without anything that the provider may have put beside it.
fn refusal<E: std::error::Error>(
    fault: &openidconnect::RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> String {
    match fault {
        openidconnect::RequestTokenError::ServerResponse(said) => said.error().to_string(),
        openidconnect::RequestTokenError::Request(fault) => fault.to_string(),
        openidconnect::RequestTokenError::Parse(..) => "its answer cannot be read".to_owned(),
        openidconnect::RequestTokenError::Other(why) => why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(kind: ProviderKind, domain: Option<&str>, shown_by: &[&str]) -> Provider {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        Provider {
            id: id::Provider::new(now).unwrap(),
            kind,
            title: "your school account".to_owned(),
            issuer: "https://id.school.example".to_owned(),
            client: "us".to_owned(),
            domain: domain.map(str::to_owned),
            shown_by: shown_by.iter().map(|word| (*word).to_owned()).collect(),
            added_at: now,
        }
    }

    fn said(more: &serde_json::Value) -> Claims {
        let mut claims = json!({
            "iss": "https://id.school.example", "aud": "us", "sub": "s-1", "iat": 1_800_000_000, "exp": 1_800_000_600,
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn a_provider_that_gives_no_answer_is_asked_by_one_at_a_time_and_not_again_at_once() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        std::thread::spawn(move || {
            for call in listener.incoming() {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                std::thread::sleep(std::time::Duration::from_millis(200));
                drop(call);
            }
        });
        let provider = Provider { issuer, ..of(ProviderKind::Other, None, &[]) };
        let peers = Peers::default();
        let now = provider.added_at;
        let asked = || peers.believed(&provider, now).unwrap_err();
        std::thread::scope(|scope| {
            let askers: Vec<_> = (0..4).map(|_| scope.spawn(asked)).collect();
            for asker in askers {
                assert!(matches!(asker.join().unwrap(), Trouble::NoAnswer(_)));
            }
        });
        let first = calls.load(std::sync::atomic::Ordering::SeqCst);
        // What one try costs, alone.
        assert!(peers.test(&provider, now).is_err(), "whoever looks after it asks at once");
        let alone = calls.load(std::sync::atomic::Ordering::SeqCst) - first;
        assert!(first > 0 && first == alone, "{first} {alone}");
        assert!(peers.believed(&provider, now + SILENT_FOR).is_err());
        assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), first * 3);
    }

    #[test]
    fn of_entra_and_google_only_the_schools_own_organisation_is_known() {
        let entra = of(ProviderKind::Entra, Some("our-tenant"), &[]);
        assert!(known(&said(&json!({"tid": "our-tenant"})), &entra).is_ok());
        for other in [json!({"tid": "another"}), json!({}), json!({"hd": "our-tenant"}), json!({"tid": "OUR-TENANT"})] {
            assert_eq!(known(&said(&other), &entra), Err(Trouble::OtherOrganisation), "{other}");
        }
        let google = of(ProviderKind::Google, Some("brook-lane.example"), &[]);
        assert!(known(&said(&json!({"hd": "brook-lane.example"})), &google).is_ok());
        // An account of one's own at Google has no domain, whatever its address says.
        for other in [json!({"email": "head@brook-lane.example"}), json!({"hd": "evil-brook-lane.example"})] {
            assert_eq!(known(&said(&other), &google), Err(Trouble::OtherOrganisation), "{other}");
        }
    }

    #[test]
    fn a_second_step_counts_only_by_the_schools_own_words() {
        let shows =
            |provider: &Provider, more: serde_json::Value| known(&said(&more), provider).unwrap().second_step.is_some();
        let none = of(ProviderKind::Other, None, &[]);
        assert!(!shows(&none, json!({"amr": ["mfa"], "acr": "mfa"})));
        let some = of(ProviderKind::Other, None, &["mfa", "urn:two"]);
        assert!(shows(&some, json!({"amr": ["pwd", "mfa"]})));
        assert!(shows(&some, json!({"acr": "urn:two"})));
        for not in [json!({}), json!({"amr": ["pwd"]}), json!({"amr": ["MFA"]}), json!({"acr": "urn:twofold"})] {
            assert!(!shows(&some, not.clone()), "{not}");
        }
    }

    #[test]
    fn a_token_made_for_another_program_is_not_believed() {
        let other = of(ProviderKind::Other, None, &[]);
        assert!(known(&said(&json!({"azp": "us"})), &other).is_ok());
        assert!(matches!(known(&said(&json!({"azp": "another"})), &other), Err(Trouble::NotBelieved(_))));
    }
}
