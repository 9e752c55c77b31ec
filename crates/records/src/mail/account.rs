//! How the school sends mail: the server, how it is reached, and as whom.

use super::{
    address::is_address,
    statements::{ACCOUNT, ADD_ACCOUNT, LAST_NUMBER},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource, tell_all},
    audit::Detail,
    id, seal,
    store::{Row, Transaction, words},
};
use holdfast_core::problem::Problem;
use std::fmt;
use zeroize::Zeroizing;

/// The longest of any field but the certificate, in bytes.
const LONGEST: usize = 500;
/// The longest certificate, in bytes.
const LONGEST_ROOT: usize = 32 * 1024;

words! {
    /// How the connection to the server is kept from listeners.
    Security {
        /// In the clear at first, then TLS before anything is said (RFC 3207); the usual one of port 587.
        StartTls = "starttls", "STARTTLS, usually port 587";
        /// TLS from the first byte (RFC 8314); the usual one of port 465.
        Tls = "tls", "TLS from the start, usually port 465";
        /// Not at all; only to a server on this computer.
        Clear = "clear", "not secured, only to a server on this computer";
        /// No mail is sent.
        Off = "off", "no mail is sent";
    }
}

words! {
    /// How we show the server who we are.
    SignInBy {
        /// Not at all: it knows us by our address.
        Nothing = "none", "nothing, the server knows this computer";
        /// With a name and a password.
        Password = "password", "a name and a password";
        /// With a token that another server gives us for a client's secret (OAuth 2.0 client credentials, RFC 6749 §4.4).
        OAuth2 = "oauth2", "OAuth 2, as Microsoft 365 asks for";
    }
}

/// How the school sends mail. Without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAccount {
    /// How the connection is secured; [`Security::Off`] where no mail is sent.
    pub security: Security,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How we show who we are.
    pub sign_in: SignInBy,
    /// As whom.
    pub user_name: String,
    /// Where a token is asked for; empty without OAuth 2.
    pub token_address: String,
    /// The client's id there.
    pub token_client: String,
    /// What the token is for.
    pub token_scope: String,
    /// The address that mails come from.
    pub sender: String,
    /// A root certificate in PEM that the server's is checked against instead of the public ones; empty where it is one of those.
    pub own_root: String,
    /// Where checkpoints of the audit log are sent once a day; empty where nowhere.
    pub witness: String,
    /// Whether a secret is kept.
    pub has_secret: bool,
}

/// A password, or a client's secret. Zeroed when it goes, shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSecret(Zeroizing<String>);

impl MailSecret {
    /// What is secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailSecret")
    }
}

/// What somebody sets.
#[derive(Debug, Clone, Copy)]
pub struct NewMailAccount<'a> {
    /// Everything but the secret; `has_secret` is not looked at.
    pub account: &'a MailAccount,
    /// The secret; empty keeps the one that is there, as long as it goes to the same server in the same way.
    pub secret: &'a str,
}

impl MailAccount {
    /// One that sends nothing.
    pub fn off() -> Self {
        Self {
            security: Security::Off,
            host: String::new(),
            port: 587,
            sign_in: SignInBy::Password,
            user_name: String::new(),
            token_address: String::new(),
            token_client: String::new(),
            token_scope: String::new(),
            sender: String::new(),
            own_root: String::new(),
            witness: String::new(),
            has_secret: false,
        }
    }

    /// Whether the server is this computer, by a name or address that cannot lead elsewhere.
    pub fn is_here(&self) -> bool {
        matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    }

    /// Everything of it that decides where the secret, or a token given for it, will be shown.
    pub fn way_of_secret(&self) -> [Vec<u8>; 9] {
        [
            self.security.word().into(),
            self.host.clone().into(),
            self.port.to_be_bytes().to_vec(),
            self.sign_in.word().into(),
            self.user_name.clone().into(),
            self.token_address.clone().into(),
            self.token_client.clone().into(),
            self.token_scope.clone().into(),
            self.own_root.clone().into(),
        ]
    }

    /// The same with the school. Somebody who can change rows of the store cannot have the secret sent to a server of theirs.
    fn bound(&self, school: id::School) -> Vec<Vec<u8>> {
        std::iter::once(school.bytes().to_vec()).chain(self.way_of_secret()).collect()
    }

    /// What is wrong with it, each with the field it is about.
    fn problems(&self) -> Vec<(&'static str, &'static str)> {
        if self.security == Security::Off {
            return Vec::new();
        }
        let is_name = |host: &str| {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric() || ".-:".contains(letter);
            !host.is_empty() && host.len() <= 253 && host.chars().all(is_letter)
        };
        let is_short = |text: &str| text.len() <= LONGEST && !text.contains(|letter: char| letter.is_control());
        let is_token = self.sign_in == SignInBy::OAuth2;
        let checks = [
            (is_name(&self.host), "host", "Give the server's name, such as smtp.school.example."),
            (self.port != 0, "port", "Give the port: 587, 465, or the one your provider names."),
            (
                self.security != Security::Clear || self.is_here(),
                "security",
                "Only a server on this computer (localhost) can be reached without TLS: others could read and change what \
                 is sent. Choose STARTTLS or TLS.",
            ),
            (
                self.security != Security::Clear || self.sign_in != SignInBy::OAuth2,
                "sign_in",
                "A token is not sent without TLS. Choose STARTTLS or TLS.",
            ),
            (
                self.sign_in == SignInBy::Nothing || !self.user_name.is_empty() && is_short(&self.user_name),
                "user_name",
                "Give the name that Holdfast signs in with, often the whole address of the mailbox.",
            ),
            (
                is_address(&self.sender),
                "sender",
                "Give one address that mails come from, such as holdfast@school.example.",
            ),
            (self.witness.is_empty() || is_address(&self.witness), "witness", "Give one address, or leave it empty."),
            (
                !is_token || self.token_address.starts_with("https://") && is_short(&self.token_address),
                "token_address",
                "Give the address where tokens are asked for; it begins with https://.",
            ),
            (
                !is_token || !self.token_client.is_empty() && is_short(&self.token_client),
                "token_client",
                "Give the application's (client) id.",
            ),
            (is_short(&self.token_scope), "token_scope", "That is no scope."),
            (
                self.own_root.is_empty()
                    || self.own_root.len() <= LONGEST_ROOT && self.own_root.contains("-----BEGIN CERTIFICATE-----"),
                "own_root",
                "Paste one certificate in PEM: it begins with -----BEGIN CERTIFICATE-----. Leave it empty for a server with a \
                 public certificate.",
            ),
        ];
        checks.into_iter().filter(|(is_right, ..)| !is_right).map(|(_, field, words)| (field, words)).collect()
    }
}

impl NewMailAccount<'_> {
    /// What is wrong with it, each with the name of the field it is about; for a form.
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let mut problems = self.account.problems();
        if self.secret.len() > 4_096 || self.secret.contains(['\r', '\n']) {
            problems.push(("secret", "That is too long for a password, or it has more than one line."));
        }
        problems
    }
}

impl Records {
    /// Says how the school sends mail from now on.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for what cannot work, and where the secret must be given again because it would go elsewhere.
    pub async fn set_mail_account(&self, session: &Session, new: NewMailAccount<'_>) -> Result<(), Fault> {
        let Actor::Person(by) = session.actor else {
            return Err(Fault::NotAllowed("Mail is set up by a person who signed in.".to_owned()));
        };
        let detail =
            Detail::none().with("security", new.account.security.word()).with("host", new.account.host.as_str());
        let mut entered = self.act(session, Act::MailChanged, Resource::School, detail).await?;
        let written = write(&mut entered, by, new).await;
        entered.finish(written).await
    }

    /// How the school sends mail, for whoever may set it.
    pub async fn mail_account(&self, session: &Session) -> Result<MailAccount, Fault> {
        let mut entered = self.act(session, Act::MailRead, Resource::School, Detail::none()).await?;
        let found = newest(entered.transaction(), session.school).await;
        entered.finish(found.map(|found| found.map_or_else(MailAccount::off, |(account, _)| account))).await
    }

    /// The same with the secret, to try it.
    pub async fn mail_account_to_test(&self, session: &Session) -> Result<(MailAccount, Option<MailSecret>), Fault> {
        let mut entered = self.act(session, Act::MailTested, Resource::School, Detail::none()).await?;
        let opened = opened(entered.transaction(), session.school).await;
        entered.finish(opened.and_then(|opened| opened.ok_or_else(not_set_up))).await
    }

    /// The same for our own clock, which sends; nothing where no mail is sent.
    pub async fn mail_account_for_clock(
        &self,
        school: id::School,
    ) -> Result<Option<(MailAccount, Option<MailSecret>)>, Fault> {
        opened(&mut self.looking().await?, school).await
    }
}

fn not_set_up() -> Fault {
    Fault::wrong("No mail is sent. Say first how the school sends mail.")
}

async fn write(entered: &mut Entered, by: id::Person, new: NewMailAccount<'_>) -> Result<(), Fault> {
    let problems = new.problems();
    if !problems.is_empty() {
        return Err(Fault::Wrong(problems.into_iter().map(|(_, words)| Problem::error(words)).collect()));
    }
    let (school, now, account) = (entered.session().school, entered.now(), new.account);
    let before = newest(entered.transaction(), school).await?.map(|(before, _)| before);
    let wants_secret = account.security != Security::Off && account.sign_in != SignInBy::Nothing;
    let bound = account.bound(school);
    let bound: Vec<&[u8]> = bound.iter().map(Vec::as_slice).collect();
    let secret = match (wants_secret, new.secret) {
        (false, _) => None,
        (true, "") => Some(kept(entered.transaction(), school, account).await?),
        (true, secret) => Some(seal::seal_for_machine(entered.transaction(), &bound, secret.as_bytes())?),
    };
    let last: i64 = entered.row(&LAST_NUMBER, &[school.into()]).await?.map_or(Ok(0), |row| row.get(0))?;
    let values = [
        id::Row::new(now)?.into(),
        school.into(),
        (last + 1).into(),
        account.security.into(),
        account.host.as_str().into(),
        i64::from(account.port).into(),
        account.sign_in.into(),
        account.user_name.as_str().into(),
        secret.into(),
        account.token_address.as_str().into(),
        account.token_client.as_str().into(),
        account.token_scope.as_str().into(),
        account.sender.as_str().into(),
        account.own_root.as_str().into(),
        account.witness.as_str().into(),
        by.into(),
        now.into(),
    ];
    entered.change_one(&ADD_ACCOUNT, &values).await?;
    // Mail that stops, goes another way or by another witness takes a warning from others: they are told in Holdfast itself.
    if before.is_some_and(|before| MailAccount { has_secret: account.has_secret, ..before } != *account) {
        tell_all(entered, by, "mail-changed").await?;
    }
    Ok(())
}

/// The secret that is there, sealed, where it goes on to the same place.
async fn kept(t: &mut Transaction, school: id::School, account: &MailAccount) -> Result<Vec<u8>, Fault> {
    match newest(t, school).await? {
        Some((known, Some(secret))) if known.bound(school) == account.bound(school) => Ok(secret),
        Some((_, Some(_))) => Err(Fault::wrong(
            "Type the password or secret again: the server, or how it is reached, is not the one it was given for.",
        )),
        _ => Err(Fault::wrong("Give the password or secret.")),
    }
}

async fn opened(t: &mut Transaction, school: id::School) -> Result<Option<(MailAccount, Option<MailSecret>)>, Fault> {
    let Some((account, sealed)) = newest(t, school).await?.filter(|(account, _)| account.security != Security::Off)
    else {
        return Ok(None);
    };
    let Some(sealed) = sealed else { return Ok(Some((account, None))) };
    let bound = account.bound(school);
    let bound: Vec<&[u8]> = bound.iter().map(Vec::as_slice).collect();
    let secret = seal::open_for_machine(t, &bound, &sealed)?.ok_or_else(|| {
        Fault::Unavailable(
            "The password of the school's mail was kept by another machine, or its row was altered. Type it again on the page \
             about mail."
                .to_owned(),
        )
    })?;
    let secret =
        std::str::from_utf8(&secret).map_err(|_no_text| Fault::Damaged("The mail's secret is no text.".into()))?;
    Ok(Some((account, Some(MailSecret(Zeroizing::new(secret.to_owned()))))))
}

/// The account that holds, with its secret still sealed.
pub(super) async fn newest(
    t: &mut Transaction,
    school: id::School,
) -> Result<Option<(MailAccount, Option<Vec<u8>>)>, Fault> {
    t.row(&ACCOUNT, &[school.into()]).await?.as_ref().map(of).transpose()
}

fn of(row: &Row) -> Result<(MailAccount, Option<Vec<u8>>), Fault> {
    let secret: Option<Vec<u8>> = row.get(6)?;
    let port = u16::try_from(row.get::<i64>(3)?).map_err(|_too_large| crate::store::damaged(3, "is no port"))?;
    let account = MailAccount {
        security: row.get(1)?,
        host: row.get(2)?,
        port,
        sign_in: row.get(4)?,
        user_name: row.get(5)?,
        token_address: row.get(7)?,
        token_client: row.get(8)?,
        token_scope: row.get(9)?,
        sender: row.get(10)?,
        own_root: row.get(11)?,
        witness: row.get(12)?,
        has_secret: secret.is_some(),
    };
    Ok((account, secret))
}
