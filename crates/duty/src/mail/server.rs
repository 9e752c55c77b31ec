//! One conversation with the school's mail server (RFC 5321, RFC 6409): secured, signed in, and one mail after another.

use super::{
    letter::{self, Mark},
    talk::{Fault, Talk, Wire, said},
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
        authentication::{Credentials, Mechanism},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension},
    },
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use std::{fmt::Display, str::FromStr as _, sync::Arc, time::Duration};

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
    talk: Talk,
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
        let mut talk = connected(account, &hello)?;
        if let Err(trouble) = sign_in(&mut talk, account, secret, tokens, now) {
            talk.quit();
            return Err(trouble);
        }
        Ok(Self { talk, from })
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
        if trouble.is_broken || self.talk.command(Rset).is_err() {
            self.talk.hang_up();
            return handed.map_err(|trouble| Trouble { is_broken: true, ..trouble });
        }
        handed
    }

    fn try_to_hand_over(&mut self, to: &Address, letter: &[u8]) -> Result<String, Trouble> {
        let from = Mail::new(Some(self.from.clone()), Vec::new());
        self.talk
            .command(from)
            // That the server does not want our own address is ours to mend, not the recipient's fault.
            .map_err(|fault| told("The server takes no mail from this sender", &fault, false))?;
        self.talk
            .command(Rcpt::new(to.clone(), Vec::new()))
            .map_err(|fault| told("The server does not take mail for this address", &fault, true))?;
        self.talk.command(Data).map_err(|fault| told("The server does not take the mail", &fault, true))?;
        let answer =
            self.talk.letter(letter).map_err(|fault| told("The server did not keep the mail", &fault, true))?;
        Ok(said(&answer))
    }

    /// Takes leave. Mails that were handed over are the server's now, whatever it says to that.
    pub(super) fn close(self) {
        self.talk.quit();
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

fn connected(account: &MailAccount, hello: &ClientId) -> Result<Talk, Trouble> {
    // Whatever the system makes of the word, it is this computer that is meant.
    let host = if account.host == "localhost" { "127.0.0.1" } else { &account.host };
    let connect = || Wire::connect(host, account.port, PATIENCE);
    let cannot = |fault: Fault| {
        let what = if fault.is_of_certificate() {
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
        Security::Clear => connect().and_then(|wire| wire.greet(hello)).map_err(cannot),
        Security::Tls => {
            let trust = trust(account)?;
            let secured = connect().and_then(|wire| wire.secure(&account.host, trust));
            secured.and_then(|wire| wire.greet(hello)).map_err(cannot)
        }
        Security::StartTls => {
            let trust = trust(account)?;
            let talk = connect().and_then(|wire| wire.greet(hello)).map_err(cannot)?;
            if !talk.info().supports_feature(Extension::StartTls) {
                talk.quit();
                let words = "The mail server does not offer STARTTLS on this port, so nothing was sent. Use the port that \
                             your provider names for STARTTLS, or TLS from the start.";
                return Err(Trouble::broken(words.to_owned()));
            }
            talk.start_tls(hello, (&account.host, trust)).map_err(|fault| Trouble {
                is_broken: true,
                ..told("The connection to the mail server cannot be secured", &fault, false)
            })
        }
    }
}

/// Whose certificates are taken: the public authorities', or the school's own root alone where it gave one.
fn trust(account: &MailAccount) -> Result<Arc<ClientConfig>, Trouble> {
    let mut roots = RootCertStore::empty();
    if account.own_root.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        let cannot = |fault: &dyn Display| {
            Trouble::broken(format!("The school's own root certificate cannot be read: {fault}."))
        };
        for root in CertificateDer::pem_slice_iter(account.own_root.as_bytes()) {
            roots.add(root.map_err(|fault| cannot(&fault))?).map_err(|fault| cannot(&fault))?;
        }
        if roots.is_empty() {
            return Err(cannot(&"there is none in it"));
        }
    }
    // aws-lc-rs alone: the house rule keeps one set of cryptographic code in the program.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|fault| Trouble::broken(format!("No connection can be secured here: {fault}.")))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn sign_in(
    talk: &mut Talk,
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
    if talk.info().get_auth_mechanism(mechanisms).is_none() {
        let words = "The mail server does not offer this way to sign in. Ask your provider which one it wants.";
        return Err(Trouble::broken(words.to_owned()));
    }
    match talk.sign_in(mechanisms, &Credentials::new(user, word)) {
        Ok(()) => Ok(()),
        Err(fault) => {
            // A token that was taken back is not shown again.
            tokens.forget(account, secret);
            Err(Trouble { is_broken: true, ..told("The mail server does not accept who we say we are", &fault, false) })
        }
    }
}

/// A fault in words, with the server's own. `is_of_recipient`: whether a lasting refusal at this step means this one mail.
fn told(what: &str, fault: &Fault, is_of_recipient: bool) -> Trouble {
    let reason = if fault.is_silence() {
        format!("it did not answer within {} seconds", PATIENCE.as_secs())
    } else {
        fault.to_string()
    };
    let reason = reason.trim().trim_end_matches('.');
    Trouble {
        words: format!("{what}: {reason}."),
        is_final: is_of_recipient && fault.is_lasting(),
        is_broken: !fault.was_said(),
    }
}
