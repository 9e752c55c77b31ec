//! One conversation with the school's mail server (RFC 5321, RFC 6409): secured, signed in, and one mail after another.

use super::{
    letter::{self, Mark},
    token::Tokens,
};
use holdfast_records::{
    id,
    mail::{DueMail, MailAccount, MailSecret, Security, SignInBy},
};
use jiff::Timestamp;
use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{Certificate, CertificateStore, SmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension},
    },
};
use std::{error::Error as _, io, str::FromStr as _, time::Duration};

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a mail did not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What the server said, or what kept us from it, in words for a person.
    pub(super) words: String,
    /// Whether it will never go to this address.
    pub(super) is_final: bool,
    /// Whether nothing more can be said to the server.
    pub(super) is_broken: bool,
}

impl Trouble {
    pub(super) fn later(words: String) -> Self {
        Self { words, is_final: false, is_broken: false }
    }

    pub(super) fn broken(words: String) -> Self {
        Self { words, is_final: false, is_broken: true }
    }
}

/// An open conversation.
pub(super) struct Line {
    connection: SmtpConnection,
    from: Address,
}

impl Line {
    /// Connects, secures and signs in. Nothing of ours is said before the connection is secured, unless the server is this computer.
    pub(super) fn open(
        account: &MailAccount,
        secret: Option<&MailSecret>,
        tokens: &Tokens,
        now: Timestamp,
    ) -> Result<Self, Trouble> {
        let from = Address::from_str(&account.sender)
            .map_err(|fault| Trouble::broken(format!("The address that mails come from is none: {fault}.")))?;
        let hello = ClientId::Domain(from.domain().to_owned());
        let mut connection = connected(account, &hello)?;
        if let Err(trouble) = sign_in(&mut connection, account, secret, tokens, now) {
            connection.abort();
            return Err(trouble);
        }
        Ok(Self { connection, from })
    }

    /// Sends one mail. What the server answered.
    pub(super) fn send(&mut self, mail: &DueMail, sign_in: &str) -> Result<String, Trouble> {
        let to = recipient(&mail.to)?;
        let mark = Mark { id: mail.id, made_at: mail.made_at };
        let letter = letter::of(&mail.body, mark, &self.from, &to, sign_in)?;
        self.hand_over(&to, &letter)
    }

    fn hand_over(&mut self, to: &Address, letter: &[u8]) -> Result<String, Trouble> {
        let handed = self.try_to_hand_over(to, letter);
        let Err(trouble) = &handed else { return handed };
        if trouble.is_broken || self.connection.command(Rset).is_err() {
            self.connection.abort();
            return handed.map_err(|trouble| Trouble { is_broken: true, ..trouble });
        }
        handed
    }

    fn try_to_hand_over(&mut self, to: &Address, letter: &[u8]) -> Result<String, Trouble> {
        let from = Mail::new(Some(self.from.clone()), Vec::new());
        self.connection
            .command(from)
            // That the server does not want our own address is ours to mend, not the recipient's fault.
            .map_err(|fault| told("The server takes no mail from this sender", &fault, false))?;
        self.connection
            .command(Rcpt::new(to.clone(), Vec::new()))
            .map_err(|fault| told("The server does not take mail for this address", &fault, true))?;
        self.connection.command(Data).map_err(|fault| told("The server does not take the mail", &fault, true))?;
        let answer =
            self.connection.message(letter).map_err(|fault| told("The server did not keep the mail", &fault, true))?;
        Ok(format!("{} {}", answer.code(), answer.message().collect::<Vec<_>>().join(" ")))
    }

    /// Takes leave. Mails that were handed over are the server's now, whatever it says to that.
    pub(super) fn close(mut self) {
        drop(self.connection.quit());
    }
}

/// Sends one mail that says that it is a test, and tells what the server really answered. Waits for the server.
///
/// # Errors
/// At which step it went wrong, with the server's own words.
pub fn try_out(
    account: &MailAccount,
    secret: Option<&MailSecret>,
    to: &str,
    (mail, now): (id::Row, Timestamp),
) -> Result<String, String> {
    let sent = recipient(to).and_then(|to| {
        let mut line = Line::open(account, secret, &Tokens::default(), now)?;
        let letter = letter::trial(Mark { id: mail, made_at: now }, &line.from, &to)?;
        let answer = line.hand_over(&to, &letter)?;
        line.close();
        Ok(answer)
    });
    sent.map_err(|trouble| trouble.words)
}

fn recipient(to: &str) -> Result<Address, Trouble> {
    Address::from_str(to).map_err(|fault| Trouble {
        is_final: true,
        ..Trouble::later(format!("That is no address that mail can be sent to: {fault}."))
    })
}

fn connected(account: &MailAccount, hello: &ClientId) -> Result<SmtpConnection, Trouble> {
    // Whatever the system makes of the word, it is this computer that is meant.
    let host = if account.host == "localhost" { "127.0.0.1" } else { &account.host };
    let server = (host, account.port);
    let patience = Some(PATIENCE);
    let cannot = |fault: Error| {
        let what = if fault.is_tls() || is_of_certificate(&fault) {
            "The connection to the mail server cannot be secured"
        } else {
            "The mail server cannot be reached"
        };
        Trouble { is_broken: true, ..told(what, &fault, false) }
    };
    match account.security {
        Security::Off => Err(Trouble::broken("No mail is sent.".to_owned())),
        Security::Clear if !account.is_here() => {
            Err(Trouble::broken("Without TLS only a server on this computer is spoken to.".to_owned()))
        }
        Security::Clear => SmtpConnection::connect(server, patience, hello, None, None).map_err(cannot),
        Security::Tls => SmtpConnection::connect(server, patience, hello, Some(&trust(account)?), None).map_err(cannot),
        Security::StartTls => {
            let mut connection = SmtpConnection::connect(server, patience, hello, None, None).map_err(cannot)?;
            if !connection.server_info().supports_feature(Extension::StartTls) {
                connection.abort();
                let words = "The mail server does not offer STARTTLS on this port, so nothing was sent. Use the port that \
                             your provider names for STARTTLS, or TLS from the start.";
                return Err(Trouble::broken(words.to_owned()));
            }
            let secured = connection.starttls(&trust(account)?, hello);
            secured.map_err(|fault| Trouble {
                is_broken: true,
                ..told("The connection to the mail server cannot be secured", &fault, false)
            })?;
            Ok(connection)
        }
    }
}

/// Whose certificates are taken: the public authorities', or the school's own root alone where it gave one.
fn trust(account: &MailAccount) -> Result<TlsParameters, Trouble> {
    let mut builder = TlsParameters::builder(account.host.clone());
    if !account.own_root.is_empty() {
        let root = Certificate::from_pem(account.own_root.as_bytes());
        let root = root.map_err(|fault| told("The school's own root certificate cannot be read", &fault, false))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(root);
    }
    builder.build().map_err(|fault| told("The school's own root certificate cannot be used", &fault, false))
}

fn sign_in(
    connection: &mut SmtpConnection,
    account: &MailAccount,
    secret: Option<&MailSecret>,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<(), Trouble> {
    if account.sign_in == SignInBy::Nothing {
        return Ok(());
    }
    let secret = secret.ok_or_else(|| Trouble::broken("The password or secret is missing.".to_owned()))?;
    let user = account.user_name.clone();
    let (mechanisms, word): (&[Mechanism], String) = match account.sign_in {
        SignInBy::OAuth2 => (&[Mechanism::Xoauth2], tokens.get(account, secret, now)?.to_string()),
        _ => (&[Mechanism::Plain, Mechanism::Login], secret.as_str().to_owned()),
    };
    if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
        let words = "The mail server does not offer this way to sign in. Ask your provider which one it wants.";
        return Err(Trouble::broken(words.to_owned()));
    }
    match connection.auth(mechanisms, &Credentials::new(user, word)) {
        Ok(_) => Ok(()),
        Err(fault) => {
            // A token that was taken back is not shown again.
            tokens.forget(account, secret);
            Err(Trouble { is_broken: true, ..told("The mail server does not accept who we say we are", &fault, false) })
        }
    }
}

/// Whether it is the server's certificate that does not fit, which the connection tells as a fault of reading.
fn is_of_certificate(fault: &Error) -> bool {
    sources(fault).any(|source| {
        let inner = source.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        inner.is_some() || source.is::<rustls::Error>()
    })
}

fn is_silence(fault: &Error) -> bool {
    let is_late = |kind| matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
    sources(fault).any(|source| source.downcast_ref::<io::Error>().is_some_and(|io| is_late(io.kind())))
}

fn sources(fault: &Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(fault.source(), |source| (**source).source())
}

/// A fault in words, with the server's own. `is_of_recipient`: whether a lasting refusal at this step means this one mail.
fn told(what: &str, fault: &Error, is_of_recipient: bool) -> Trouble {
    let mut reason = fault.status().map(|code| code.to_string()).unwrap_or_default();
    for source in sources(fault) {
        let words = source.to_string();
        // A source often says again what its own source says.
        if !reason.contains(&words) {
            reason = format!("{reason} {words}");
        }
    }
    if is_silence(fault) {
        reason = format!("it did not answer within {} seconds", PATIENCE.as_secs());
    }
    if reason.trim().is_empty() {
        reason = fault.to_string();
    }
    let reason = reason.trim().trim_end_matches('.');
    Trouble {
        words: format!("{what}: {reason}."),
        is_final: is_of_recipient && fault.is_permanent(),
        is_broken: fault.status().is_none(),
    }
}
