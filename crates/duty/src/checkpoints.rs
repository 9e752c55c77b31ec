//! The audit log's clock: checkpoints every hour and at the end, what was counted folded in, and the log verified at the start
//! and every night.

use holdfast_activity::health::Alarm;
use holdfast_records::{
    Fault, Records, Session,
    access::Actor,
    audit::{Extent, KeyChange, Verified},
    store::Place,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time,
};

/// How often what was counted is folded into the log: as long as a window of failed sign-ins.
const ROUND: Duration = Duration::from_mins(5);
/// Rounds between two checkpoints: an hour.
const ROUNDS: u32 = 12;
/// After how many rounds the whole log is first verified: not at once, because a start must be quick.
const SOON: u32 = 2;
/// The hour (UTC) after which the whole log is verified, once a day.
const NIGHT: i8 = 3;
/// How long the last checkpoint may take when the program ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where everything lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The store, and the folder with the key.
    pub place: Place,
    /// The folder outside the machine that checkpoints are copied to, if the school chose one. It is the witness that the log
    /// is verified with every night.
    pub outside: Option<PathBuf>,
}

/// The task at work.
#[derive(Debug)]
pub struct Checkpoints {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    alarm: watch::Receiver<Option<Alarm>>,
    standing: watch::Receiver<Standing>,
}

/// How the log stands, as far as this program saw it since it started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the newest checkpoint was signed.
    pub signed: Option<Timestamp>,
    /// Whether it was copied outside this machine; `None` where no folder is named for that.
    pub is_copied: Option<bool>,
    /// When the log was last verified.
    pub verified: Option<Timestamp>,
    /// Whether it was whole then.
    pub is_whole: Option<bool>,
}

impl Checkpoints {
    /// Starts it. Must be called within a runtime. The store may be away; then it is waited for.
    pub fn start(records: watch::Receiver<Option<Records>>, settings: Settings) -> Self {
        let (tell, alarm) = watch::channel(None);
        let (show, standing) = watch::channel(Standing::default());
        let (stop, stopped) = oneshot::channel();
        let keeper = Keeper {
            records,
            settings,
            tell,
            show,
            is_begun: false,
            rounds: 0,
            verified_on: None,
            wrong: Wrong::default(),
        };
        Self { task: tokio::spawn(keeper.keep(stopped)), stop, alarm, standing }
    }

    /// What is wrong with the log, its checkpoints or their copies.
    pub fn alarm(&self) -> watch::Receiver<Option<Alarm>> {
        self.alarm.clone()
    }

    /// How the log stands.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Signs a last checkpoint and ends. Before the store is closed.
    pub async fn stop(self) {
        // Where the task is gone already, there is nothing to stop.
        let _told = self.stop.send(());
        let mut task = self.task;
        if time::timeout(PATIENCE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// What is wrong: of the chain as it was verified last, and of signing and copying.
#[derive(Debug, Default)]
struct Wrong {
    chain: Option<Alarm>,
    signing: Option<Alarm>,
}

struct Keeper {
    records: watch::Receiver<Option<Records>>,
    settings: Settings,
    tell: watch::Sender<Option<Alarm>>,
    show: watch::Sender<Standing>,
    is_begun: bool,
    rounds: u32,
    verified_on: Option<Date>,
    wrong: Wrong,
}

impl Keeper {
    async fn keep(mut self, mut stopped: oneshot::Receiver<()>) {
        loop {
            let store = self.records.borrow_and_update().clone();
            if let Some(store) = &store {
                self.round(store).await;
            }
            tokio::select! {
                () = time::sleep(ROUND) => {}
                changed = self.records.changed() => if changed.is_err() { return },
                _ = &mut stopped => break,
            }
        }
        let store = self.records.borrow().clone();
        if let Some(store) = store {
            self.sign(&store).await;
        }
    }

    async fn round(&mut self, store: &Records) {
        let now = store.clock().now();
        if !self.is_begun {
            self.is_begun = true;
            self.verify(store, Extent::Recent).await;
        }
        if self.rounds.is_multiple_of(ROUNDS) {
            self.sign(store).await;
        } else {
            self.fold(store).await;
        }
        self.rounds = self.rounds.wrapping_add(1);
        // All of it soon after the start, because a machine may be off every night; then each night.
        let is_due = if self.verified_on.is_none() { self.rounds >= SOON } else { is_night(now) };
        if is_due && self.verified_on != Some(day(now)) {
            self.verified_on = Some(day(now));
            self.verify(store, Extent::Whole).await;
        }
    }

    async fn fold(&mut self, store: &Records) {
        let folded = async {
            for (school, _) in store.schools().await? {
                store.fold_counts(school).await?;
            }
            Ok::<_, Fault>(())
        };
        if let Err(fault) = folded.await {
            self.tell_signing(store, Some(format!("The audit log cannot be written: {fault}")));
        }
    }

    async fn sign(&mut self, store: &Records) {
        let signed = async {
            let (mut not_copied, mut oldest) = (Vec::new(), None::<Timestamp>);
            for (school, _) in store.schools().await? {
                store.fold_counts(school).await?;
                let session = Session { school, actor: Actor::Clock, unlocked: None };
                let outside = self.outside();
                let signed = store.sign_checkpoint(&session, &self.settings.place, outside, KeyChange::None).await?;
                not_copied.extend(signed.not_copied);
                oldest = Some(oldest.map_or(signed.moment, |oldest| oldest.min(signed.moment)));
            }
            not_copied.extend(self.missing_outside());
            Ok::<_, Fault>((not_copied, oldest))
        };
        let signed = signed.await.map(|(not_copied, oldest)| {
            let is_copied = self.settings.outside.as_ref().map(|_| not_copied.is_empty());
            self.show.send_modify(|standing| {
                standing.signed = oldest;
                standing.is_copied = is_copied;
            });
            not_copied
        });
        let words = match signed {
            Ok(not_copied) if not_copied.is_empty() => None,
            Ok(not_copied) => Some(format!("Checkpoints of the audit log are not copied. {}", not_copied.join(" "))),
            Err(fault) => Some(format!("The audit log is not signed. {fault}")),
        };
        self.tell_signing(store, words);
    }

    async fn verify(&mut self, store: &Records, extent: Extent) {
        let witness = self.outside().filter(|_| extent == Extent::Whole);
        let verified = store.verify_audit(&self.settings.place, extent, witness, &[]).await;
        let words = match &verified {
            // Without the outside copy, whole says less than it should.
            Ok(verified) if verified.is_whole() => self.missing_outside().filter(|_| extent == Extent::Whole),
            Ok(verified) => Some(told(verified)),
            Err(fault) => Some(format!("The audit log could not be verified. {fault}")),
        };
        self.show.send_modify(|standing| {
            standing.verified = Some(store.clock().now());
            standing.is_whole = verified.as_ref().ok().map(Verified::is_whole);
        });
        self.wrong.chain = words.map(|words| Alarm { since: store.clock().now(), words });
        if let (Ok(verified), Extent::Whole) = (&verified, extent)
            && let Err(fault) = store.note_verified(verified).await
        {
            self.tell_signing(store, Some(format!("The audit log cannot be written: {fault}")));
        }
        self.tell_now();
    }

    /// The folder outside this machine, while it is there. It is never made anew: an empty one in its place would vouch for
    /// whatever the store says by then.
    fn outside(&self) -> Option<&Path> {
        self.settings.outside.as_deref().filter(|folder| folder.is_dir())
    }

    fn missing_outside(&self) -> Option<String> {
        let folder = self.settings.outside.as_deref().filter(|folder| !folder.is_dir())?;
        Some(format!(
            "{} is not there, so nothing outside this machine vouches for the audit log. Mount it again; on a new machine, make it.",
            folder.display()
        ))
    }

    fn tell_signing(&mut self, store: &Records, words: Option<String>) {
        let since = self.wrong.signing.as_ref().map_or_else(|| store.clock().now(), |alarm| alarm.since);
        self.wrong.signing = words.map(|words| Alarm { since, words });
        self.tell_now();
    }

    fn tell_now(&self) {
        // What is wrong with the log itself comes before what is wrong with its copies.
        let worst = self.wrong.chain.clone().or_else(|| self.wrong.signing.clone());
        self.tell.send_if_modified(|known| {
            let is_new = *known != worst;
            *known = worst;
            is_new
        });
    }
}

/// What the status page says of a log that is not whole: no numbers, which would tell how much is written (practice 11).
fn told(verified: &Verified) -> String {
    let codes: Vec<&str> =
        verified.chains.iter().filter(|chain| !chain.is_whole()).map(|chain| chain.code.as_str()).collect();
    let of = if codes.is_empty() { String::new() } else { format!(" of {}", codes.join(", ")) };
    format!(
        "The audit log{of} is not as it was written: something was changed, removed or rolled back. Change nothing, keep the \
         newest backup, and run: holdfast audit verify --witness FILE"
    )
}

fn is_night(now: Timestamp) -> bool {
    now.to_zoned(TimeZone::UTC).hour() >= NIGHT
}

fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}
