//! The post: mails that say only that something waits in Holdfast, sent through the school's own mail server.
//!
//! What is to be sent stands in the records' queue; here it is sent, one after another, and what came of each is written down
//! before the next goes; while that cannot be written, as on a full disk, nothing goes. Where the program stops in between, a mail
//! may go a second time, with the same Message-ID. While the server is away, mails wait and are tried again with growing pauses,
//! by the records' clock; after two days they are given up, and an alarm says so.

mod letter;
mod server;
mod talk;
mod token;

pub use server::try_out;

use holdfast_activity::health::Alarm;
use holdfast_records::{
    Fault, Records, id,
    mail::{DueMail, MailOutcome, MailStanding, Tried},
};
use jiff::{SignedDuration, Timestamp};
use server::{Line, Trouble};
use std::{collections::BTreeMap, time::Duration};
use token::Tokens;
use tokio::{sync::watch, task::JoinHandle, time};

/// How often it is looked whether a mail is due.
const LOOK: Duration = Duration::from_secs(10);
/// How long mails may wait before that is an alarm: a server may be restarted.
const WAITING_TOO_LONG: SignedDuration = SignedDuration::from_mins(60);

/// How long one conversation with a server may take: a server that answers a letter at a time must not hold up everybody's mail.
const PATIENCE: Duration = Duration::from_mins(10);

/// What the post must know of this program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The address at which people sign in; empty where none is known outside this computer.
    pub sign_in: String,
}

/// Starts the task. Must be called within a runtime. The store may be away; then it is waited for.
pub fn start(
    records: watch::Receiver<Option<Records>>,
    settings: Settings,
) -> (JoinHandle<()>, watch::Receiver<Option<Alarm>>) {
    let (tell, alarm) = watch::channel(None);
    (tokio::spawn(deliver(records, settings, tell)), alarm)
}

async fn deliver(
    mut records: watch::Receiver<Option<Records>>,
    settings: Settings,
    tell: watch::Sender<Option<Alarm>>,
) {
    let mut post = Post::new(settings);
    loop {
        let store = records.borrow_and_update().clone();
        if let Some(store) = &store {
            let alarm = post.round(store).await;
            tell.send_if_modified(|known| {
                let is_new = *known != alarm;
                *known = alarm;
                is_new
            });
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            changed = records.changed() => if changed.is_err() { return },
        }
    }
}

/// What is remembered between two rounds; none of it need outlast the program.
#[derive(Debug)]
pub struct Post {
    settings: Settings,
    /// Each school's own.
    tokens: BTreeMap<id::School, Tokens>,
    /// What came of a mail and could not be written down; the same mail is not sent again meanwhile.
    unwritten: BTreeMap<id::School, Tried>,
    /// Since when a school's mail cannot be sent for a reason of its own, such as a password of another machine.
    since: BTreeMap<id::School, Timestamp>,
}

impl Post {
    /// A post that has sent nothing yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, tokens: BTreeMap::new(), unwritten: BTreeMap::new(), since: BTreeMap::new() }
    }

    /// Sends what is due, at every school of the store. What is wrong, if anything: no names and no numbers, because that a mail
    /// went to somebody may itself tell something.
    pub async fn round(&mut self, records: &Records) -> Option<Alarm> {
        // What is wrong with the store itself is the publisher's to tell.
        let schools = records.schools().await.ok()?;
        let mut worst = None;
        for (school, _) in schools {
            let now = records.clock().now();
            let alarm = match self.of_school(records, school).await {
                Ok(()) => {
                    self.since.remove(&school);
                    records.mail_health(school).await.ok().and_then(|health| wrong(&health, now))
                }
                Err(fault) => {
                    let since = *self.since.entry(school).or_insert(now);
                    Some(Alarm { since, words: format!("Mail is not sent. {fault}") })
                }
            };
            worst = worst.or(alarm);
        }
        worst
    }

    /// Writes down what came of a mail, and remembers it until that succeeds.
    async fn write_down(&mut self, records: &Records, school: id::School, tried: Tried) -> Result<(), Fault> {
        match records.note_mails(school, std::slice::from_ref(&tried)).await {
            // A mail that is no more, because all about a person was erased, is sent to nobody again.
            Ok(()) | Err(Fault::NotFound) => Ok(()),
            Err(fault) => {
                self.unwritten.insert(school, tried);
                Err(fault)
            }
        }
    }

    async fn of_school(&mut self, records: &Records, school: id::School) -> Result<(), Fault> {
        if let Some(tried) = self.unwritten.remove(&school) {
            self.write_down(records, school, tried).await?;
        }
        let Some((account, secret)) = records.mail_account_for_clock(school).await? else { return Ok(()) };
        records.make_mails(school).await?;
        records.end_mails(school).await?;
        let due = records.due_mails(school).await?;
        if due.is_empty() {
            return Ok(());
        }
        let now = records.clock().now();
        let tokens = self.tokens.entry(school).or_default().clone();
        let opened = aside(move || Line::open(&account, secret.as_ref(), &tokens, now)).await;
        let mut line = match opened.and_then(|opened| opened) {
            Ok(line) => line,
            Err(trouble) => return note_all(records, school, due, &trouble.words).await,
        };
        let mut due = due.into_iter();
        while let Some(mail) = due.next() {
            let (id, sign_in) = (mail.id, self.settings.sign_in.clone());
            let sent = aside(move || {
                let sent = line.send(&mail, &sign_in);
                (line, sent)
            });
            let (outcome, answer, is_broken) = match sent.await {
                Ok((back, Ok(answer))) => {
                    line = back;
                    (MailOutcome::Sent, answer, false)
                }
                Ok((back, Err(Trouble { words, is_final, is_broken }))) => {
                    line = back;
                    (if is_final { MailOutcome::Refused } else { MailOutcome::Later }, words, is_broken)
                }
                Err(trouble) => {
                    records.note_mails(school, &[later(id, &trouble.words)]).await?;
                    return note_all(records, school, due.collect(), &trouble.words).await;
                }
            };
            self.write_down(records, school, Tried { mail: id, outcome, answer: answer.clone() }).await?;
            if is_broken {
                return note_all(records, school, due.collect(), &answer).await;
            }
        }
        aside(move || line.close()).await.map_err(|trouble| Fault::Unavailable(trouble.words))
    }
}

fn later(mail: id::Row, answer: &str) -> Tried {
    Tried { mail, outcome: MailOutcome::Later, answer: answer.to_owned() }
}

async fn note_all(records: &Records, school: id::School, due: Vec<DueMail>, answer: &str) -> Result<(), Fault> {
    let tried: Vec<Tried> = due.iter().map(|mail| later(mail.id, answer)).collect();
    records.note_mails(school, &tried).await
}

/// Runs what waits for a server where it holds up nobody else.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    let ran = time::timeout(PATIENCE, tokio::task::spawn_blocking(work)).await;
    let ran = ran.map_err(|_elapsed| Trouble::broken("The server kept us waiting for ten minutes.".to_owned()))?;
    ran.map_err(|fault| Trouble::broken(format!("Sending broke off: {fault}.")))
}

fn wrong(health: &MailStanding, now: Timestamp) -> Option<Alarm> {
    let waits = health.waiting_since.filter(|since| now.duration_since(*since) >= WAITING_TOO_LONG);
    if let (Some(since), Some((_, answer))) = (waits, &health.trouble) {
        let words =
            format!("Mails that say that something waits are not sent: {answer} People see it when they sign in.");
        return Some(Alarm { since, words });
    }
    let failed = health.failed.last()?;
    let words = "A mail that says that something waits did not arrive. The page about mail says what the server answered; \
                 look at the addresses in people's records.";
    Some(Alarm { since: failed.at, words: words.to_owned() })
}
