//! The providers that a school lets people sign in with.

use super::statements::{ADD_PROVIDER, PROVIDER, PROVIDERS, REMOVE_PROVIDER, SET_SECRET, SET_SHOWN_BY};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource, tell_hearers},
    audit::{self, Detail, Note},
    id,
    store::{Row, Transaction, hex, words},
};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use url::{Host, Url};
use zeroize::Zeroizing;

/// What the log calls a provider.
const PROVIDER_KIND: &str = "sign-on-provider";
/// What its secret is kept for, so that no other secret of the machine opens as one.
const SECRET: &str = "sign-on secret";
/// The most providers that a school has at once: a button each on the page where people sign in.
const MOST: usize = 6;
/// The longest title, in signs.
const LONGEST_TITLE: usize = 60;
/// The longest client id, secret and issuer, in bytes.
const LONGEST: usize = 512;
/// The longest list of words by which a second step counts as shown, in bytes.
const LONGEST_SHOWN_BY: usize = 200;
/// What a provider says of a sign-in that shows no second step by itself (RFC 8176 §2): what people know or where they are, what a
/// machine vouches for, that somebody was there, a call or a message that others can have led to them; and the class of no trust at all.
const NO_SECOND_STEP: [&str; 10] = ["pwd", "pin", "kba", "wia", "rba", "geo", "user", "tel", "sms", "0"];
/// The kind of the notice to everybody to whom concerns come.
const WORDS_NOTICE: &str = "sign-on-second-step";

words! {
    /// Whose service it is: each has traps of its own.
    ProviderKind {
        /// Microsoft Entra ID: the token must also say the school's own tenant.
        Entra = "entra", "Microsoft Entra ID";
        /// Google Workspace: the token must also say the school's own domain.
        Google = "google", "Google Workspace";
        /// Any other that speaks OpenID Connect.
        Other = "other", "another provider";
    }
}

/// A provider to be added.
#[derive(Clone, Default)]
pub struct NewProvider {
    /// Whose service; another's where none is said.
    pub kind: Option<ProviderKind>,
    /// What the button calls it.
    pub title: String,
    /// Its issuer. Of Entra and Google it follows from the domain and is not asked for.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// The secret that it gave us.
    pub secret: Zeroizing<String>,
    /// The school's tenant (Entra) or domain (Google).
    pub domain: String,
}

impl std::fmt::Debug for NewProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewProvider")
    }
}

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id, which stands in the address that it leads people back to.
    pub id: id::Provider,
    /// Whose service.
    pub kind: ProviderKind,
    /// What the button calls it.
    pub title: String,
    /// Its issuer, compared sign by sign.
    pub issuer: String,
    /// What it calls us.
    pub client: String,
    /// The tenant or domain that a token must say.
    pub domain: Option<String>,
    /// The words of `amr` or `acr` by which a second step counts as shown; none where none does.
    pub shown_by: Vec<String>,
    /// Since when.
    pub added_at: Timestamp,
}

impl Provider {
    pub(super) fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            title: row.get(2)?,
            issuer: row.get(3)?,
            client: row.get(4)?,
            domain: row.get(5)?,
            shown_by: row.get::<String>(7)?.split_whitespace().map(str::to_owned).collect(),
            added_at: row.get(8)?,
        })
    }

    /// Everything that says whom we believe, in one digest for the log.
    fn digest(&self) -> String {
        let domain = self.domain.as_deref().unwrap_or_default();
        let shown_by = self.shown_by.join(" ");
        digest_of(&[self.kind.word(), &self.title, &self.issuer, &self.client, domain, &shown_by])
    }

    fn bound(school: id::School, id: id::Provider) -> String {
        format!("{SECRET} {school} {id}")
    }
}

/// The SHA-256 of some parts, each with its length before it.
pub(super) fn digest_of(parts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    hex(digest(&SHA256, &bytes).as_ref())
}

impl Records {
    /// Lets the school's people sign in with a provider.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for an issuer that is no address over HTTPS, and for what is missing.
    pub async fn add_sign_on_provider(&self, session: &Session, new: &NewProvider) -> Result<id::Provider, Fault> {
        let now = self.clock().now();
        let (provider, secret) = checked(new, now)?;
        let detail = Detail::none().with("how", "added").with("provider", provider.id.to_string());
        let mut entered = self.act(session, Act::SignOnChanged, Resource::School, detail).await?;
        let added = add(&mut entered, &provider, &secret).await;
        entered.finish(added).await?;
        Ok(provider.id)
    }

    /// Puts a new secret in the place of a provider's old one: they run out (Entra's after two years at most).
    pub async fn replace_sign_on_secret(
        &self,
        session: &Session,
        provider: id::Provider,
        secret: &str,
    ) -> Result<(), Fault> {
        let secret = checked_secret(secret)?;
        let detail = Detail::none().with("how", "secret").with("provider", provider.to_string());
        let mut entered = self.act(session, Act::SignOnChanged, Resource::School, detail).await?;
        let school = session.school;
        let replaced = async {
            in_force(entered.transaction(), school, provider).await?.ok_or(Fault::NotFound)?;
            let kept = entered.transaction().key()?.keep(&Provider::bound(school, provider), secret.as_bytes())?;
            entered.change_one(&SET_SECRET, &[school.into(), provider.into(), kept.into()]).await
        }
        .await;
        entered.finish(replaced).await
    }

    /// Says by which words of `amr` or `acr` a provider shows that somebody gave a second step there; none: it never does
    /// (ASVS 5.0 §6.8.4). Everybody to whom concerns come is told: it decides who is taken for them.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for words that tell of no second step.
    pub async fn set_sign_on_second_step(
        &self,
        session: &Session,
        provider: id::Provider,
        shown_by: &str,
    ) -> Result<(), Fault> {
        let shown_by = checked_words(shown_by)?;
        let detail = Detail::none().with("how", "second-step").with("provider", provider.to_string());
        let mut entered = self.act(session, Act::SignOnChanged, Resource::School, detail).await?;
        let set = async {
            let school = session.school;
            let stored = in_force(entered.transaction(), school, provider).await?.ok_or(Fault::NotFound)?;
            if stored.shown_by != shown_by {
                tell_hearers(&mut entered, &provider.to_string(), WORDS_NOTICE).await?;
            }
            let changed = Provider { shown_by, ..stored };
            note(&mut entered, &changed, "second-step").await?;
            let words = changed.shown_by.join(" ");
            entered.change_one(&SET_SHOWN_BY, &[school.into(), provider.into(), words.into()]).await
        }
        .await;
        entered.finish(set).await
    }

    /// Takes a provider away: nobody signs in with it any more, and whoever is signed in with it is not at their next request.
    pub async fn remove_sign_on_provider(&self, session: &Session, provider: id::Provider) -> Result<(), Fault> {
        let detail = Detail::none().with("how", "removed").with("provider", provider.to_string());
        let mut entered = self.act(session, Act::SignOnChanged, Resource::School, detail).await?;
        let removed = async {
            let (school, now) = (session.school, entered.now());
            let detail = Detail::none().with("how", "removed");
            let note =
                Note { act: Act::SignOnChanged, kind: PROVIDER_KIND, resource: provider.to_string(), detail: &detail };
            audit::note(&mut entered, note).await?;
            match entered.change(&REMOVE_PROVIDER, &[school.into(), provider.into(), now.into()]).await? {
                1 => Ok(()),
                _ => Err(Fault::NotFound),
            }
        }
        .await;
        entered.finish(removed).await
    }

    /// The providers of a school that count. Which there are is no secret: the page where people sign in has a button for each.
    pub async fn sign_on_providers(&self, school: id::School) -> Result<Vec<Provider>, Fault> {
        let mut t = self.looking().await?;
        let mut providers = Vec::new();
        for row in t.rows(&PROVIDERS, &[school.into()]).await? {
            let provider = Provider::of(&row)?;
            if counts(&mut t, school, &provider).await? {
                providers.push(provider);
            }
        }
        Ok(providers)
    }

    /// A provider, and the secret that it gave us: for asking it who somebody is, and for nothing else.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for one that does not count, and [`Fault::Damaged`] where the secret was kept by another machine.
    pub async fn sign_on_provider(
        &self,
        school: id::School,
        provider: id::Provider,
    ) -> Result<(Provider, Zeroizing<String>), Fault> {
        let mut t = self.looking().await?;
        let row = t.row(&PROVIDER, &[school.into(), provider.into()]).await?.ok_or(Fault::NotFound)?;
        let found = Provider::of(&row)?;
        if !counts(&mut t, school, &found).await? {
            return Err(Fault::NotFound);
        }
        let kept: Vec<u8> = row.get(6)?;
        let secret = t.key()?.keeps(&Provider::bound(school, provider), &kept);
        let secret = secret.and_then(|secret| String::from_utf8(secret.to_vec()).ok()).ok_or_else(|| {
            Fault::Damaged(
                "The secret for signing in with this provider was kept by another machine, or altered. Whoever looks after \
                 sign-in enters it again."
                    .to_owned(),
            )
        })?;
        Ok((found, Zeroizing::new(secret)))
    }
}

/// A provider that counts.
pub(super) async fn in_force(
    t: &mut Transaction,
    school: id::School,
    provider: id::Provider,
) -> Result<Option<Provider>, Fault> {
    let Some(row) = t.row(&PROVIDER, &[school.into(), provider.into()]).await? else { return Ok(None) };
    let provider = Provider::of(&row)?;
    Ok(counts(t, school, &provider).await?.then_some(provider))
}

/// Whether the newest that the log tells of a provider is what stands in the store.
async fn counts(t: &mut Transaction, school: id::School, provider: &Provider) -> Result<bool, Fault> {
    let resource = provider.id.to_string();
    let told = match audit::noted_on(t, school, (PROVIDER_KIND, &resource), &[Act::SignOnChanged]).await {
        // What cannot be relied on signs nobody in.
        Err(Fault::Damaged(_)) => return Ok(false),
        told => told?,
    };
    let counts = told.first().and_then(|newest| newest.says("digest")) == Some(provider.digest().as_str());
    if !counts {
        tracing::error!(%school, provider = resource, "a provider of single sign-on is not as the audit log tells; it signs nobody in");
    }
    Ok(counts)
}

async fn add(entered: &mut Entered, provider: &Provider, secret: &str) -> Result<(), Fault> {
    let school = entered.session().school;
    if entered.rows(&PROVIDERS, &[school.into()]).await?.len() >= MOST {
        return Err(Fault::wrong(format!("There are {MOST} providers already. Remove one first.")));
    }
    note(entered, provider, "added").await?;
    let kept = entered.transaction().key()?.keep(&Provider::bound(school, provider.id), secret.as_bytes())?;
    let values = [
        provider.id.into(),
        school.into(),
        provider.kind.into(),
        provider.title.as_str().into(),
        provider.issuer.as_str().into(),
        provider.client.as_str().into(),
        provider.domain.as_deref().into(),
        kept.into(),
        "".into(),
        provider.added_at.into(),
    ];
    entered.change_one(&ADD_PROVIDER, &values).await
}

async fn note(entered: &mut Entered, provider: &Provider, how: &str) -> Result<(), Fault> {
    let detail = Detail::none().with("how", how).with("digest", provider.digest());
    let note =
        Note { act: Act::SignOnChanged, kind: PROVIDER_KIND, resource: provider.id.to_string(), detail: &detail };
    audit::note(entered, note).await.map(drop)
}

fn checked(new: &NewProvider, now: Timestamp) -> Result<(Provider, Zeroizing<String>), Fault> {
    let kind = new.kind.unwrap_or(ProviderKind::Other);
    let domain = new.domain.trim().to_lowercase();
    let title = new.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
        return Err(Fault::wrong(format!(
            "title: say in 1 to {LONGEST_TITLE} signs what the button calls it, such as “your school Microsoft account”."
        )));
    }
    let (issuer, domain) = match kind {
        ProviderKind::Entra => (entra_issuer(&domain)?, Some(domain)),
        ProviderKind::Google => (google_issuer(&domain)?, Some(domain)),
        ProviderKind::Other => (checked_issuer(new.issuer.trim())?, None),
    };
    let client = new.client.trim().to_owned();
    if client.is_empty() || client.len() > LONGEST || client.chars().any(char::is_whitespace) {
        return Err(Fault::wrong("client: enter the client id (also called application id) as the provider shows it."));
    }
    let secret = checked_secret(&new.secret)?;
    let id = id::Provider::new(now)?;
    Ok((Provider { id, kind, title, issuer, client, domain, shown_by: Vec::new(), added_at: now }, secret))
}

/// The issuer of one tenant. `common` and `organizations` are every school's and every company's, so they are refused.
fn entra_issuer(tenant: &str) -> Result<String, Fault> {
    let is_id = tenant.len() == 36 && uuid::Uuid::try_parse(tenant).is_ok();
    // The tenant of everybody's personal accounts.
    let is_personal = tenant == "9188040d-6c67-4c5b-b112-36a304b66dad";
    if !is_id || is_personal {
        return Err(Fault::wrong(
            "domain: enter your own tenant's id, as Entra shows it under “Directory (tenant) ID”. “common” and “organizations” \
             would let in people of every organisation.",
        ));
    }
    Ok(format!("https://login.microsoftonline.com/{tenant}/v2.0"))
}

fn google_issuer(domain: &str) -> Result<String, Fault> {
    let is_name = domain.contains('.')
        && domain.len() <= 253
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if !is_name || matches!(domain, "gmail.com" | "googlemail.com") {
        return Err(Fault::wrong(
            "domain: enter your school's own Google Workspace domain, such as brook-lane.example. Everybody has an address at \
             gmail.com.",
        ));
    }
    Ok("https://accounts.google.com".to_owned())
}

/// An issuer as it stands in tokens (OpenID Connect Core 1.0 §2): over HTTPS, without a question mark. In the clear only at this
/// computer itself, where nobody listens.
fn checked_issuer(issuer: &str) -> Result<String, Fault> {
    let wrong = || {
        Fault::wrong(
            "issuer: enter the provider's issuer, an address that begins with https:// and holds no question mark, exactly as \
             the provider shows it.",
        )
    };
    let url = Url::parse(issuer).map_err(|_no_address| wrong())?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_private = url.scheme() == "https" || url.scheme() == "http" && is_here;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_private || !is_plain || url.password().is_some() || issuer.len() > LONGEST {
        return Err(wrong());
    }
    Ok(issuer.to_owned())
}

fn checked_secret(secret: &str) -> Result<Zeroizing<String>, Fault> {
    let secret = Zeroizing::new(secret.trim().to_owned());
    if secret.is_empty() || secret.len() > LONGEST || secret.chars().any(char::is_control) {
        return Err(Fault::wrong("secret: enter the client secret that the provider made, its value and not its id."));
    }
    Ok(secret)
}

fn checked_words(words: &str) -> Result<Vec<String>, Fault> {
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_graphic());
    if words.len() > LONGEST_SHOWN_BY || !words.split_whitespace().all(is_word) {
        return Err(Fault::wrong("words: enter words such as mfa, apart by spaces."));
    }
    let is_none = |word: &&str| NO_SECOND_STEP.iter().any(|none| none.eq_ignore_ascii_case(word));
    if let Some(none) = words.split_whitespace().find(is_none) {
        return Err(Fault::wrong(format!(
            "words: “{none}” does not show a second step by itself: a provider says it of a password alone, or of what others can \
             come by. Use the word that it sends for both, mostly mfa."
        )));
    }
    Ok(words.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_second_step_is_not_taken_for_one() {
        for words in ["pwd", "mfa pwd", "PWD", "wia", "rba", "kba", "user", "tel", "pin", "0"] {
            assert!(checked_words(words).is_err(), "{words}");
        }
        assert_eq!(checked_words(" mfa  urn:two hwk").unwrap(), ["mfa", "urn:two", "hwk"]);
        assert!(checked_words("").unwrap().is_empty());
    }

    #[test]
    fn no_tenant_or_domain_of_everybodys_and_no_issuer_in_the_clear() {
        for tenant in ["common", "organizations", "consumers", "", "9188040d-6c67-4c5b-b112-36a304b66dad", "a/../b"] {
            assert!(entra_issuer(tenant).is_err(), "{tenant}");
        }
        assert!(entra_issuer("0b7fbc1c-2f5c-4b8e-9f53-5d7b3f0a9d11").is_ok());
        for domain in ["gmail.com", "googlemail.com", "", "school", "a b.example", "school.example/"] {
            assert!(google_issuer(domain).is_err(), "{domain}");
        }
        assert!(google_issuer("brook-lane.example").is_ok());
        for issuer in [
            "http://id.school.example",
            "https://a@id.school.example",
            "https://id.example/?x",
            "ftp://x",
            "id.example",
        ] {
            assert!(checked_issuer(issuer).is_err(), "{issuer}");
        }
        for issuer in ["https://id.school.example/realms/main", "http://localhost:8081", "http://127.0.0.1:1"] {
            assert_eq!(checked_issuer(issuer).unwrap(), issuer);
        }
    }
}
