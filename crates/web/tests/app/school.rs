//! A school with its pages, served on a free port; its clock stands until the test moves it.

use crate::browser::Browser;
use holdfast_activity::{
    health,
    recent::{Limits, Recent},
};
use holdfast_core::ruleset::{Ruleset, saved::AlwaysOpen};
use holdfast_records::{
    Records, Session,
    access::Duty,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
    store::{Clock, Place},
};
use holdfast_web::{Health, Listeners, Metrics, School as Shown, Settings, Sources, loopback, serve};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rustls::ServerConfig;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
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

/// The school and what serves it.
pub struct School {
    pub records: Records,
    pub address: SocketAddr,
    /// What each was handed for the first sign-in.
    pub passphrases: BTreeMap<&'static str, String>,
    shares: watch::Sender<Option<Records>>,
    sources: Sources,
    moment: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl School {
    /// Sets it up and serves it.
    pub async fn new() -> Self {
        Self::shown_by(Settings::default()).await
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
        let folder = tempfile::tempdir().expect("a folder");
        let moment =
            Arc::new(AtomicI64::new("2026-11-23T08:00:00Z".parse::<Timestamp>().expect("a moment").as_microsecond()));
        let clock = {
            let moment = Arc::clone(&moment);
            move || Timestamp::from_microsecond(moment.load(SeqCst)).expect("a moment")
        };
        let data = folder.path().join("data");
        let place = Place { data, database: None, secrets: folder.path().join("secrets") };
        let records = Records::open(&place, Clock::new(clock.clone())).await.expect("the store opens");
        let done = records.set_up(set_up()).await.expect("it is set up");
        let passphrases = PEOPLE
            .iter()
            .zip(&done.people)
            .filter_map(|((word, ..), made)| Some((*word, made.passphrase.as_ref()?.to_string())))
            .collect();
        let (shares, shared) = watch::channel(Some(records.clone()));
        let found = loopback(0).await.expect("a port");
        let address = found.listeners[0].local_addr().expect("an address");
        let sources = Sources { settings, ..sources(shared, clock) };
        tokio::spawn(serve(found.listeners, sources.clone(), std::future::pending()));
        Self { records, address, passphrases, shares, sources, moment, _folder: folder }
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
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

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, word: &str) -> Browser {
        self.choose(word).await;
        let mut browser = self.browser();
        let answer = browser.post("/sign-in", &[("name", word), ("password", PASSWORD)]).await;
        assert_eq!(answer.location(), "/today");
        browser
    }
}

fn set_up() -> SetUp {
    let first = |(word, kind, name, duty): &(&str, Kind, &str, Option<Duty>)| FirstPerson {
        person: match kind {
            Kind::Staff => NewPerson::staff(StaffKind::Employed, *name),
            kind => NewPerson::new(*kind, *name),
        },
        duties: duty.iter().map(|duty| FirstDuty { duty: *duty, is_deputy: false }).collect(),
        sign_in_name: Some((*word).to_owned()),
        is_custodian: ["head", "lead", "chair"].contains(word),
    };
    SetUp {
        code: CODE.to_owned(),
        name: "Brook Lane School".to_owned(),
        time_zone: "Europe/London".to_owned(),
        trust: None,
        people: PEOPLE.iter().map(first).collect(),
    }
}

fn sources(
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
