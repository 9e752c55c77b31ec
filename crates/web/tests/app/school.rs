//! A school with its pages, served on a free port; its clock stands until the test moves it.

use crate::{authenticator::code, browser::Browser};
use holdfast_activity::{
    health,
    recent::{Limits, Recent},
};
use holdfast_core::ruleset::{Ruleset, saved::AlwaysOpen};
use holdfast_records::{
    Records, Session,
    access::Duty,
    accounts::SignIn,
    id,
    people::{
        FirstDuty, FirstPerson, Kind, LivesWith, NewPerson, NewRelation, RelationKind, Responsibility, SetUp, StaffKind,
    },
    store::{Clock, Place},
};
use holdfast_web::{Health, Listeners, LogPlaces, Metrics, School as Shown, Settings, Sources, loopback, serve};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rustls::ServerConfig;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};
use tokio::{net::TcpListener, sync::watch};

pub const CODE: &str = "brook-lane";
/// Everybody's own password.
pub const PASSWORD: &str = "seven green herons on the weir";

const PEOPLE: [(&str, Kind, &str, Option<Duty>); 9] = [
    ("head", Kind::Staff, "Hilda Marsh", Some(Duty::Head)),
    ("lead", Kind::Staff, "Lena Frost", Some(Duty::DesignatedLead)),
    ("deputy", Kind::Staff, "Dora Hale", Some(Duty::DeputyDesignatedLead)),
    ("chair", Kind::Governor, "Cora Ford", Some(Duty::Chair)),
    ("trust", Kind::Outside, "Tess Lowe", Some(Duty::TrustLead)),
    ("technician", Kind::Staff, "Theo Byte", Some(Duty::Technician)),
    ("office", Kind::Staff, "Orla Dean", Some(Duty::Office)),
    ("teacher", Kind::Staff, "Martin Pike", Some(Duty::Teacher)),
    ("colleague", Kind::Staff, "Kai Ross", None),
];

/// Who holds each duty that nobody among [`PEOPLE`] holds: for tests that look at every role.
const MORE_PEOPLE: [(&str, Kind, &str, Option<Duty>); 8] = [
    ("senior-leader", Kind::Staff, "Sian Wells", Some(Duty::SeniorLeader)),
    ("online-safety", Kind::Staff, "Oona Park", Some(Duty::OnlineSafetyLead)),
    ("lead-governor", Kind::Governor, "Lars Holm", Some(Duty::LeadGovernor)),
    ("governor", Kind::Governor, "Gwen Hart", Some(Duty::Governor)),
    ("data-protection", Kind::Outside, "Dev Shaw", Some(Duty::DataProtection)),
    ("behaviour", Kind::Staff, "Bea Lunt", Some(Duty::BehaviourLead)),
    ("needs", Kind::Staff, "Nia Cole", Some(Duty::NeedsCoordinator)),
    ("family", Kind::Staff, "Finn Grey", Some(Duty::FamilyLiaison)),
];

/// Every role, by the name that its holder signs in with: a duty each, and a colleague without one.
pub fn roles() -> Vec<(&'static str, Option<Duty>)> {
    PEOPLE.iter().chain(&MORE_PEOPLE).map(|(word, _, _, duty)| (*word, *duty)).collect()
}

/// When its day begins.
const MORNING: &str = "2026-11-23T08:00:00Z";

/// The school and what serves it.
pub struct School {
    pub records: Records,
    pub address: SocketAddr,
    /// What each was handed for the first sign-in.
    pub passphrases: BTreeMap<&'static str, String>,
    /// What the filter goes by.
    pub ruleset: watch::Sender<Arc<Ruleset>>,
    shares: watch::Sender<Option<Records>>,
    sources: Sources,
    moment: Arc<AtomicI64>,
    /// What each has set up beside their password: the secret of their app, and the spare codes that they have not used.
    kept: Mutex<BTreeMap<String, Kept>>,
    /// Who was made ready.
    readied: Mutex<BTreeSet<String>>,
    _folder: tempfile::TempDir,
}

/// What somebody keeps of their second step.
#[derive(Clone, Default)]
struct Kept {
    secret: String,
    spare: Vec<String>,
}

impl School {
    /// Sets it up and serves it.
    pub async fn new() -> Self {
        Self::shown_by(Settings::default()).await
    }

    /// The same at the real moment: for what others date.
    pub async fn of_now() -> Self {
        Self::begun(Settings::default(), set_up(), Timestamp::now()).await
    }

    /// The same with a holder of every duty: see [`roles`].
    pub async fn of_every_duty() -> Self {
        let mut set_up = set_up();
        set_up.people.extend(MORE_PEOPLE.iter().map(first));
        Self::begun(Settings::default(), set_up, MORNING.parse().expect("a moment")).await
    }

    /// The same without a trust lead; a colleague deputises for the chair, so that three hear about adults.
    pub async fn without_trust_lead() -> Self {
        let mut set_up = set_up();
        set_up.people.retain(|first| first.sign_in_name.as_deref() != Some("trust"));
        for first in &mut set_up.people {
            if first.sign_in_name.as_deref() == Some("colleague") {
                first.duties.push(FirstDuty { duty: Duty::Chair, is_deputy: true });
            }
        }
        Self::begun(Settings::default(), set_up, MORNING.parse().expect("a moment")).await
    }

    /// The same, with its pages over HTTPS somewhere else.
    pub async fn with_secure_origin(origin: &str) -> Self {
        Self::shown_by(Settings { secure_origin: Some(origin.to_owned()), ..Settings::default() }).await
    }

    /// Serves it over HTTPS as well. Whoever is signed in there is not signed in at the other address.
    pub fn serve_secure(&self, listener: TcpListener, certificate: watch::Receiver<Arc<ServerConfig>>) {
        let listeners = Listeners { clear: Vec::new(), secure: Some((vec![listener], certificate)) };
        tokio::spawn(serve(listeners, self.sources.clone(), std::future::pending()));
    }

    /// The same, with its pages behaving otherwise.
    pub async fn shown_by(settings: Settings) -> Self {
        Self::begun(settings, set_up(), MORNING.parse().expect("a moment")).await
    }

    async fn begun(settings: Settings, set_up: SetUp, begins: Timestamp) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let moment = Arc::new(AtomicI64::new(begins.as_microsecond()));
        let clock = {
            let moment = Arc::clone(&moment);
            move || Timestamp::from_microsecond(moment.load(SeqCst)).expect("a moment")
        };
        let data = folder.path().join("data");
        let place = Place { data, database: None, secrets: folder.path().join("secrets") };
        let records = Records::open(&place, Clock::new(clock.clone())).await.expect("the store opens");
        let is_there = |word: &str| set_up.people.iter().any(|first| first.sign_in_name.as_deref() == Some(word));
        let words: Vec<&str> = roles().iter().map(|(word, _)| *word).filter(|word| is_there(word)).collect();
        let done = records.set_up(set_up).await.expect("it is set up");
        let passphrases = words
            .iter()
            .zip(&done.people)
            .filter_map(|(word, made)| Some((*word, made.passphrase.as_ref()?.to_string())))
            .collect();
        let (shares, shared) = watch::channel(Some(records.clone()));
        let found = loopback(0).await.expect("a port");
        let address = found.listeners[0].local_addr().expect("an address");
        let log = Some(LogPlaces { place, outside: None });
        let (ruleset, followed) = watch::channel(Arc::new(Ruleset::closed(AlwaysOpen::default())));
        let sources = Sources { settings, log, ruleset: followed, ..sources(shared, clock) };
        tokio::spawn(serve(found.listeners, sources.clone(), std::future::pending()));
        let (kept, readied) = (Mutex::default(), Mutex::default());
        Self { records, address, passphrases, ruleset, shares, sources, moment, kept, readied, _folder: folder }
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// What the witness's file of the log holds.
    pub fn witness(&self) -> String {
        let folder = self.sources.log.as_ref().expect("it has one").place.data.join("records/checkpoints");
        let mut files = std::fs::read_dir(folder).expect("something was signed");
        let file = files.next().expect("a file").expect("a file").path();
        std::fs::read_to_string(file).expect("it can be read")
    }

    /// Where its store is.
    pub fn place(&self) -> Place {
        self.sources.log.as_ref().expect("it has one").place.clone()
    }

    /// Moves the clock.
    pub fn advance(&self, by: SignedDuration) {
        self.moment.fetch_add(i64::try_from(by.as_micros()).expect("not that far"), SeqCst);
    }

    /// Takes the store away, or gives it back.
    pub fn share(&self, records: Option<Records>) {
        self.shares.send_replace(records);
    }

    /// Gives somebody a password of their own.
    pub async fn choose(&self, word: &str) -> Session {
        let chosen = self.records.choose_password(CODE, word, &self.passphrases[word], PASSWORD).await;
        chosen.expect("the passphrase is right")
    }

    /// The moment that it is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.moment.load(SeqCst)).expect("a moment")
    }

    /// Sets up an authenticator app for somebody, by the verbs.
    pub async fn set_up_app(&self, word: &str, session: &Session) {
        let new = self.records.new_authenticator(session).await.expect("a secret");
        let first = code(&new.typed, self.now());
        let (_, codes) = self.records.add_authenticator(session, &new, &first).await.expect("the code is right");
        let mut kept = self.kept.lock().expect("nobody panicked");
        let kept = kept.entry(word.to_owned()).or_default();
        new.typed.as_str().clone_into(&mut kept.secret);
        // They come with the first; those that are left go on being good.
        if let Some(codes) = codes {
            kept.spare = codes.0.iter().map(|code| code.to_string()).collect();
        }
    }

    /// The code that somebody's app shows now.
    pub fn app_code(&self, word: &str) -> String {
        code(&self.kept.lock().expect("nobody panicked")[word].secret, self.now())
    }

    /// A spare code of somebody's that was not used yet: unlike those of the app it is good while the clock stands.
    pub fn spare_code(&self, word: &str) -> String {
        let mut kept = self.kept.lock().expect("nobody panicked");
        kept.get_mut(word).and_then(|kept| kept.spare.pop()).expect("a spare code is left")
    }

    /// Signs somebody in with a password of their own, in this browser, and with what they have beside it. Where it leads.
    pub async fn enter(&self, browser: &mut Browser, word: &str, fields: &[(&str, &str)]) -> String {
        let fields: Vec<(&str, &str)> =
            [("name", word), ("password", PASSWORD)].iter().chain(fields).copied().collect();
        let answer = browser.post("/sign-in", &fields).await;
        let mut way = answer.location().to_owned();
        if way.starts_with("/sign-in/second-step") {
            let spare = self.spare_code(word);
            let then = url::form_urlencoded::parse(way.split_once('?').map_or("", |(_, query)| query).as_bytes())
                .find(|(name, _)| name == "then")
                .map_or_else(String::new, |(_, then)| then.into_owned());
            let fields = [("code", spare.as_str()), ("then", &then)];
            let answer = browser.act("/sign-in/second-step", "/sign-in/second-step", &fields).await;
            answer.location().clone_into(&mut way);
        }
        way
    }

    /// Somebody with a password of their own, and with an authenticator app where their duties need one; from the second time on
    /// another session of theirs.
    pub async fn ready(&self, word: &str) -> Session {
        if !self.readied.lock().expect("nobody panicked").insert(word.to_owned()) {
            return self.session(word).await;
        }
        let session = self.choose(word).await;
        if self.records.myself(&session).await.expect("they are here").needs_second_step {
            self.set_up_app(word, &session).await;
        }
        session
    }

    /// A mother of a child, who lives with them: added and recorded by the office.
    pub async fn mother(&self, office: &Session, child: id::Person, name: &str) -> id::Person {
        let adult = self.records.add_person(office, NewPerson::new(Kind::Parent, name)).await.expect("a parent");
        let relation = NewRelation {
            child,
            adult,
            kind: RelationKind::Mother,
            responsibility: Responsibility::Yes,
            lives_with: LivesWith::Yes,
            contact_order: 1,
        };
        self.records.record_relation(office, &relation).await.expect("recorded");
        adult
    }

    /// The session of somebody who has a password of their own, by the verbs: as at the console.
    pub async fn session(&self, word: &str) -> Session {
        match self.records.begin_at_console(CODE, word, PASSWORD).await.expect("the password is right") {
            SignIn::In(session) => session,
            SignIn::SecondStep(half) => {
                let shown = self.records.finish_at_console(&half, &self.spare_code(word)).await;
                shown.expect("the code is right").session
            }
            SignIn::ChooseFirst => panic!("{word} has chosen no password yet"),
        }
    }

    /// A browser in which somebody is signed in, with all that their duties need.
    pub async fn signed_in(&self, word: &str) -> Browser {
        self.ready(word).await;
        let mut browser = self.browser();
        assert_eq!(self.enter(&mut browser, word, &[]).await, "/today");
        browser
    }
}

fn first((word, kind, name, duty): &(&str, Kind, &str, Option<Duty>)) -> FirstPerson {
    FirstPerson {
        person: match kind {
            Kind::Staff => NewPerson::staff(StaffKind::Employed, *name),
            kind => NewPerson::new(*kind, *name),
        },
        duties: duty.iter().map(|duty| FirstDuty { duty: *duty, is_deputy: false }).collect(),
        sign_in_name: Some((*word).to_owned()),
        is_custodian: ["head", "lead", "chair"].contains(word),
    }
}

fn set_up() -> SetUp {
    SetUp {
        code: CODE.to_owned(),
        name: "Brook Lane School".to_owned(),
        time_zone: "Europe/London".to_owned(),
        trust: None,
        people: PEOPLE.iter().map(first).collect(),
    }
}

/// What the pages of this school are made from.
pub fn sources(
    records: watch::Receiver<Option<Records>>,
    clock: impl Fn() -> Timestamp + Send + Sync + Clone + 'static,
) -> Sources {
    let now = clock();
    Sources {
        ruleset: watch::channel(Arc::new(Ruleset::closed(AlwaysOpen::default()))).1,
        recent: Arc::new(Recent::new(Limits::default())),
        health: Arc::new(move || healthy(now)),
        school: Arc::new(Shown {
            name: "Brook Lane School".to_owned(),
            zone: TimeZone::get("Europe/London").expect("a zone"),
            contacts: Vec::new(),
        }),
        proxy_file: "function FindProxyForURL() { return \"DIRECT\"; }".into(),
        own_hosts: Arc::new([]),
        settings: Settings::default(),
        records,
        log: None,
        clock: Arc::new(clock),
    }
}

fn healthy(now: Timestamp) -> Health {
    Health {
        ruleset_since: now,
        open_connections: 0,
        journal: health::Health::default(),
        channel_losses: health::Losses::default(),
        components: Vec::new(),
        held: Vec::new(),
        alarms: Vec::new(),
        name_service: None,
        inspection: None,
        records: None,
        metrics: Metrics::default(),
    }
}
