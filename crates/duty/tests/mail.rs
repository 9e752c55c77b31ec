//! The post against a real mail server (aiosmtpd, from Debian): secured and signed in, or not at all; down and back; a refused
//! recipient; and what a mail says. Only the clock is the test's own.

mod climbing;
#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;

use holdfast_duty::mail::{Post, Settings, try_out};
use holdfast_records::{
    Records, Session,
    access::{Actor, Duty},
    audit::KeyChange,
    id,
    mail::{MailAccount, NewMailAccount, Security, SignInBy},
    people::{ContactWay, FirstDuty, FirstPerson, GiveDuty, NewPerson, SetUp, StaffKind, WayKind},
    store::{Clock, Place},
};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;
use sqlx::ConnectOptions as _;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};
use tempfile::TempDir;

const USER: &str = "holdfast@school.example";
const PASSWORD: &str = "the word of the mailbox";
const SIGN_IN: &str = "https://holdfast.school.example:8443/sign-in";

/// The server, which ends with the test.
struct Server {
    folder: PathBuf,
    port: u16,
    tokens: u16,
    process: Child,
    _input: ChildStdin,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Server {
    /// Starts it; nothing where Debian's package is not installed.
    fn start(folder: &Path, mode: &str, port: u16) -> Option<Self> {
        if !Path::new("/usr/bin/aiosmtpd").exists() {
            crate::skipped::because(
                "aiosmtpd is not installed; type: apt-get install --no-install-recommends python3-aiosmtpd",
            );
            return None;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mail_server.py");
        let mut process = Command::new("/usr/bin/python3")
            .arg(script)
            .args([folder.to_str().unwrap(), mode, &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ports: Vec<u16> = line.split_whitespace().map(|port| port.parse().unwrap()).collect();
        Some(Self { folder: folder.to_owned(), port: ports[0], tokens: ports[1], process, _input: input })
    }

    /// What it noted: mails, sign-ins, tokens.
    fn noted(&self, what: &str) -> Vec<Value> {
        noted(&self.folder, what)
    }
}

fn noted(folder: &Path, what: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(what)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A certificate for `localhost` in a folder; as PEM, because nobody else vouches for it.
fn certificate(folder: &Path, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    certificate.pem()
}

fn account(security: Security, port: u16, own_root: &str) -> MailAccount {
    MailAccount {
        security,
        host: "localhost".to_owned(),
        port,
        user_name: USER.to_owned(),
        sender: USER.to_owned(),
        own_root: own_root.to_owned(),
        ..MailAccount::off()
    }
}

/// A school whose lead, deputy and chair have addresses, and hands to move its clock.
struct School {
    folder: TempDir,
    place: Place,
    hands: Arc<AtomicI64>,
    records: Records,
    id: id::School,
    head: Session,
    lead: id::Person,
}

impl School {
    async fn new(addresses: [&str; 3]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
        let start: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let hands = Arc::new(AtomicI64::new(start.as_microsecond()));
        let told = Arc::clone(&hands);
        let clock = Clock::new(move || Timestamp::from_microsecond(told.load(SeqCst)).unwrap());
        let records = Records::open(&place, clock).await.unwrap();
        let first = |name: &str, duty, sign_in_name: Option<&str>| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, name),
            duties: vec![FirstDuty { duty, is_deputy: false }],
            sign_in_name: sign_in_name.map(str::to_owned),
            is_custodian: true,
        };
        let set_up = SetUp {
            code: "brook-lane".to_owned(),
            name: "Brook Lane School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: vec![
                first("Hilda Marsh", Duty::Head, Some("head")),
                first("Lena Frost", Duty::DesignatedLead, None),
                first("Dora Hale", Duty::DeputyDesignatedLead, None),
                first("Cora Ford", Duty::Chair, None),
                first("Tess Lowe", Duty::TrustLead, None),
            ],
        };
        let done = records.set_up(set_up).await.unwrap();
        let passphrase = done.people[0].passphrase.clone().unwrap();
        let head =
            records.choose_password("brook-lane", "head", &passphrase, "seven green herons on the weir").await.unwrap();
        for (made, address) in done.people[1..].iter().zip(addresses) {
            let revision = records.person(&head, made.person).await.unwrap().revision;
            let ways = [ContactWay { kind: WayKind::Mail, way: address.to_owned() }];
            records.set_contact_ways(&head, made.person, revision, &ways).await.unwrap();
        }
        let (id, lead) = (done.school, done.people[1].person);
        Self { folder, place, hands, records, id, head, lead }
    }

    fn advance(&self, by: SignedDuration) {
        self.hands.fetch_add(i64::try_from(by.as_micros()).unwrap(), SeqCst);
    }

    async fn set(&self, account: &MailAccount) {
        let secret = if account.sign_in == SignInBy::Nothing { "" } else { PASSWORD };
        self.records.set_mail_account(&self.head, NewMailAccount { account, secret }).await.unwrap();
    }

    async fn something_happens(&self) {
        let duty = GiveDuty { duty: Duty::SeniorLeader, person: self.lead, is_deputy: false, from: None };
        let holding = self.records.give_duty(&self.head, &duty).await.unwrap();
        self.records.end_duty(&self.head, holding).await.unwrap();
    }
}

fn post() -> Post {
    Post::new(Settings { sign_in: SIGN_IN.to_owned() })
}

fn recipients(mails: &[Value]) -> Vec<String> {
    let mut to: Vec<String> = mails.iter().map(|mail| mail["to"][0].as_str().unwrap().to_owned()).collect();
    to.sort_unstable();
    to
}

#[tokio::test]
async fn a_mail_goes_out_secured_and_signed_in_and_says_nothing() {
    for (mode, security) in [("starttls", Security::StartTls), ("tls", Security::Tls), ("clear", Security::Clear)] {
        let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
        let root = certificate(school.folder.path(), "localhost");
        let Some(server) = Server::start(school.folder.path(), mode, 0) else { return };
        school.set(&account(security, server.port, if security == Security::Clear { "" } else { &root })).await;
        let mut post = post();
        assert_eq!(post.round(&school.records).await, None);
        assert_eq!(server.noted("mails"), Vec::<Value>::new());
        school.something_happens().await;
        assert_eq!(post.round(&school.records).await, None);
        let mails = server.noted("mails");
        assert_eq!(recipients(&mails), ["cora@home.example", "dora@home.example", "lena@home.example"], "{mode}");
        for mail in &mails {
            assert_eq!(mail["secured"], security != Security::Clear, "{mode}");
            let text = mail["text"].as_str().unwrap();
            assert!(text.contains(SIGN_IN) && text.contains("Auto-Submitted: auto-generated"), "{text}");
            assert!(text.contains("Something waits for you in Holdfast") && text.contains("Ring 999"), "{text}");
            for word in ["Lena", "Frost", "Hilda", "Brook", "duty", "senior", "lead", "brook-lane"] {
                assert!(!text.contains(word), "{word} stands in {text}");
            }
        }
        assert!(server.noted("sign-ins").iter().all(|sign_in| sign_in["secured"] == (security != Security::Clear)));
        // Nothing goes twice.
        school.advance(SignedDuration::from_hours(1));
        assert_eq!(post.round(&school.records).await, None);
        assert_eq!(server.noted("mails").len(), 3, "{mode}");
        assert!(school.records.mail_health(school.id).await.unwrap().last_sent.is_some());
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_cannot_show_who_it_is_or_does_not_secure_the_connection() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let folder = school.folder.path();
    let root = certificate(folder, "localhost");
    let another = tempfile::tempdir().unwrap();
    let stranger = certificate(another.path(), "localhost");
    let to = |account: MailAccount| {
        let (id, now) = (id::Row::new(Timestamp::UNIX_EPOCH).unwrap(), Timestamp::UNIX_EPOCH);
        tokio::task::spawn_blocking(move || {
            try_out(&MailAccount { sign_in: SignInBy::Nothing, ..account }, None, "lena@home.example", (id, now))
        })
    };
    for (mode, security) in [("starttls", Security::StartTls), ("tls", Security::Tls)] {
        let Some(server) = Server::start(folder, mode, 0) else { return };
        // Nobody vouches for it; somebody vouches for another; it is not the one that was named.
        for wrong in [
            account(security, server.port, ""),
            account(security, server.port, &stranger),
            MailAccount { host: "127.0.0.1".to_owned(), ..account(security, server.port, &root) },
        ] {
            let refused = to(wrong).await.unwrap().unwrap_err();
            assert!(refused.contains("cannot be secured"), "{mode}: {refused}");
        }
    }
    let Some(old) = Server::start(folder, "old", 0) else { return };
    let refused = to(account(Security::StartTls, old.port, &root)).await.unwrap().unwrap_err();
    assert!(refused.contains("STARTTLS"), "{refused}");
    assert_eq!(noted(folder, "mails"), Vec::<Value>::new());
    assert_eq!(noted(folder, "sign-ins"), Vec::<Value>::new());
}

#[tokio::test]
async fn a_server_that_is_down_gets_everything_once_it_is_back() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    // A port at which nobody listens for now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    school.set(&account(Security::StartTls, port, &root)).await;
    school.something_happens().await;
    assert_eq!(post().round(&school.records).await, None, "a server may be restarted");
    let standing = school.records.mail_health(school.id).await.unwrap();
    assert_eq!(standing.waiting, 3);
    assert!(standing.trouble.unwrap().1.contains("cannot be reached"));
    for _ in 0..8 {
        school.advance(SignedDuration::from_mins(10));
        post().round(&school.records).await;
    }
    let alarm = post().round(&school.records).await.expect("an hour is too long");
    assert!(alarm.words.contains("cannot be reached") && !alarm.words.contains('@'), "{alarm:?}");
    // It is back, and a new program finds what waited: the store remembers, not the program.
    let Some(server) = Server::start(school.folder.path(), "starttls", port) else { return };
    school.records.close().await;
    let told = Arc::clone(&school.hands);
    let clock = Clock::new(move || Timestamp::from_microsecond(told.load(SeqCst)).unwrap());
    let records = Records::open(&school.place, clock).await.unwrap();
    school.advance(SignedDuration::from_hours(2));
    assert_eq!(post().round(&records).await, None);
    assert_eq!(recipients(&server.noted("mails")).len(), 3);
    post().round(&records).await;
    assert_eq!(server.noted("mails").len(), 3);
}

#[tokio::test]
async fn a_refused_recipient_is_told_and_keeps_nobody_elses_mail_back() {
    let school = School::new(["nobody@home.example", "full@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    let Some(server) = Server::start(school.folder.path(), "starttls", 0) else { return };
    school.set(&account(Security::StartTls, server.port, &root)).await;
    school.something_happens().await;
    let alarm = post().round(&school.records).await.expect("a refusal is told");
    assert!(!alarm.words.contains("nobody"), "{alarm:?}");
    assert_eq!(recipients(&server.noted("mails")), ["cora@home.example"]);
    let standing = school.records.mail_standing(&school.head).await.unwrap();
    assert_eq!(standing.waiting, 1, "the full mailbox is tried again");
    assert_eq!(standing.failed.len(), 1);
    assert!(standing.failed[0].answer.contains("no such mailbox") && !standing.failed[0].answer.contains("nobody@"));
    // That the server does not want our own address is no recipient's fault.
    fs::write(school.folder.path().join("no-sender"), "").unwrap();
    school.advance(SignedDuration::from_hours(1));
    school.something_happens().await;
    post().round(&school.records).await;
    assert_eq!(school.records.mail_standing(&school.head).await.unwrap().failed.len(), 1);
    fs::remove_file(school.folder.path().join("no-sender")).unwrap();
    school.advance(SignedDuration::from_hours(1));
    post().round(&school.records).await;
    assert_eq!(recipients(&server.noted("mails")), ["cora@home.example", "cora@home.example"]);
}

#[tokio::test]
async fn a_mail_that_may_have_gone_goes_again_as_the_same_one() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    let Some(server) = Server::start(school.folder.path(), "starttls", 0) else { return };
    school.set(&account(Security::StartTls, server.port, &root)).await;
    school.something_happens().await;
    post().round(&school.records).await;
    // The program was killed before it wrote down that they went.
    let file = school.place.embedded_file();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.unwrap();
    sqlx::query("DELETE FROM mail_try").execute(&mut connection).await.unwrap();
    post().round(&school.records).await;
    let ids: Vec<String> = server
        .noted("mails")
        .iter()
        .map(|mail| {
            let text = mail["text"].as_str().unwrap();
            text.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned()
        })
        .collect();
    let different: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), different.len()), (6, 3), "{ids:?}");
}

#[tokio::test]
async fn what_went_and_could_not_be_written_down_goes_no_second_time() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    let Some(server) = Server::start(school.folder.path(), "starttls", 0) else { return };
    school.set(&account(Security::StartTls, server.port, &root)).await;
    school.something_happens().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(school.place.embedded_file());
    let mut connection = options.connect().await.unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON mail_try BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sqlx::query(full).execute(&mut connection).await.unwrap();
    let mut post = post();
    for _ in 0..3 {
        assert!(post.round(&school.records).await.is_some());
        assert_eq!(server.noted("mails").len(), 1);
    }
    sqlx::query("DROP TRIGGER full").execute(&mut connection).await.unwrap();
    assert_eq!(post.round(&school.records).await, None);
    assert_eq!(server.noted("mails").len(), 3);
    assert_eq!(school.records.mail_health(school.id).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn a_token_opens_the_server_and_a_wrong_secret_is_told_in_words() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    let Some(server) = Server::start(school.folder.path(), "starttls", 0) else { return };
    let account = MailAccount {
        sign_in: SignInBy::OAuth2,
        token_address: format!("https://localhost:{}/token", server.tokens),
        token_client: "an-application".to_owned(),
        token_scope: "mail.send".to_owned(),
        ..account(Security::StartTls, server.port, &root)
    };
    school.set(&account).await;
    school.something_happens().await;
    let mut post = post();
    post.round(&school.records).await;
    assert_eq!(server.noted("mails").len(), 3);
    assert_eq!(server.noted("sign-ins")[0]["mechanism"], "XOAUTH2");
    // The token at hand is used again, until it nears its end.
    for hours in [1, 0, 2] {
        school.advance(SignedDuration::from_hours(hours) + SignedDuration::from_mins(31));
        school.something_happens().await;
        post.round(&school.records).await;
    }
    assert_eq!(server.noted("mails").len(), 12);
    assert_eq!(server.noted("tokens").len(), 3);
    let new = NewMailAccount { account: &account, secret: "not the secret" };
    school.records.set_mail_account(&school.head, new).await.unwrap();
    // Whoever does not know the secret is not signed in with the token that another secret was given.
    let shown = server.noted("sign-ins").len();
    school.advance(SignedDuration::from_mins(31));
    school.something_happens().await;
    post.round(&school.records).await;
    assert_eq!((server.noted("mails").len(), server.noted("sign-ins").len()), (12, shown));
    let (account, secret) = school.records.mail_account_to_test(&school.head).await.unwrap();
    let mark = (id::Row::new(Timestamp::UNIX_EPOCH).unwrap(), Timestamp::UNIX_EPOCH);
    let tried = move || try_out(&account, secret.as_ref(), "lena@home.example", mark);
    let refused = tokio::task::spawn_blocking(tried).await.unwrap().unwrap_err();
    assert!(refused.contains("invalid_client") && refused.contains("The secret is not right"), "{refused}");
}

#[tokio::test]
async fn a_try_tells_what_the_server_said() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    let Some(server) = Server::start(school.folder.path(), "starttls", 0) else { return };
    let account = account(Security::StartTls, server.port, &root);
    let mark = (id::Row::new(Timestamp::UNIX_EPOCH).unwrap(), Timestamp::UNIX_EPOCH);
    let tries = async |secret: &'static str, to: &'static str| {
        let new = NewMailAccount { account: &account, secret };
        school.records.set_mail_account(&school.head, new).await.unwrap();
        let (account, secret) = school.records.mail_account_to_test(&school.head).await.unwrap();
        let tried = move || try_out(&account, secret.as_ref(), to, mark);
        tokio::task::spawn_blocking(tried).await.unwrap()
    };
    let kept = tries(PASSWORD, "lena@home.example").await.unwrap();
    assert!(kept.contains("kept as number 7"), "{kept}");
    assert!(server.noted("mails")[0]["text"].as_str().unwrap().contains("this is a test"));
    let refused = tries("not the password", "lena@home.example").await.unwrap_err();
    assert!(refused.contains("535") && refused.contains("who we say we are"), "{refused}");
    let refused = tries(PASSWORD, "nobody@home.example").await.unwrap_err();
    assert!(refused.contains("550") && refused.contains("no such mailbox"), "{refused}");
    assert!(tries(PASSWORD, "no address").await.is_err());
}

#[tokio::test]
async fn a_checkpoint_leaves_the_box_by_mail_and_verifies_the_log() {
    let school = School::new(["lena@home.example", "dora@home.example", "cora@home.example"]).await;
    let root = certificate(school.folder.path(), "localhost");
    let Some(server) = Server::start(school.folder.path(), "starttls", 0) else { return };
    let account = MailAccount {
        witness: "witness@elsewhere.example".to_owned(),
        ..account(Security::StartTls, server.port, &root)
    };
    school.set(&account).await;
    let clock = Session { school: school.id, actor: Actor::Clock, unlocked: None };
    school.records.sign_checkpoint(&clock, &school.place, None, KeyChange::None).await.unwrap();
    assert_eq!(post().round(&school.records).await, None);
    let mails = server.noted("mails");
    assert_eq!(recipients(&mails), ["witness@elsewhere.example"]);
    let (_, body) = mails[0]["text"].as_str().unwrap().split_once("\r\n\r\n").unwrap();
    let witness = school.folder.path().join("witness");
    fs::write(&witness, body).unwrap();
    let extent = holdfast_records::audit::Extent::Whole;
    let verified = school.records.verify_audit(&school.place, extent, Some(&witness), &[]).await.unwrap();
    assert!(verified.is_whole(), "{verified:?}\n{body}");
    // A witness of another log does not vouch for this one.
    let altered = body.replacen("entries ", "entries 1", 1);
    fs::write(&witness, altered).unwrap();
    let verified = school.records.verify_audit(&school.place, extent, Some(&witness), &[]).await.unwrap();
    assert!(!verified.is_whole());
}
