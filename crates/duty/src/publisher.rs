//! The store and the gate: looks into the store a few times a second, and hands what is new to the keeper.
//!
//! The store may be away at any time: the server is down, the file is gone or damaged, the disk is full. Then what is in
//! force goes on serving, an alarm says so, and the store is tried again until it is back. Nothing of the gate waits for it.

use crate::data_folder::DataFolder;
use holdfast_activity::health::Alarm;
use holdfast_records::{
    Fault, Records,
    gate::{Look, OldPolicy, Publication, Seen},
    id,
    store::{Clock, Place},
};
use jiff::Timestamp;
use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinHandle, time};

/// How often the store is looked into. With the keeper's own round, a change is in force within a second.
const LOOK: Duration = Duration::from_millis(200);
/// How soon it is tried again while it is away.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often everything is read although nothing was entered: somebody's last day may have ended.
const AFRESH: Duration = Duration::from_mins(1);
/// How many accepted versions of the policy document are taken in.
const MOST_VERSIONS: usize = 2_000;

/// The publisher at work. Dropping it leaves it at work; [`Publisher::stop`] ends it.
#[derive(Debug)]
pub struct Publisher {
    publications: watch::Receiver<Option<Arc<Publication>>>,
    records: watch::Receiver<Option<Records>>,
    alarm: watch::Receiver<Option<Alarm>>,
    task: JoinHandle<()>,
}

impl Publisher {
    /// Starts it. Must be called within a runtime. `school` is the code of the school that this gate serves, where the store
    /// holds several.
    pub fn start(place: Place, clock: Clock, school: Option<String>, folder: DataFolder) -> Self {
        let (publish, publications) = watch::channel(None);
        let (share, records) = watch::channel(None);
        let (tell, alarm) = watch::channel(None);
        let post = Post { place, clock, school, folder, publish, share, tell, file: None, seen: None };
        let task = tokio::spawn(post.deliver());
        Self { publications, records, alarm, task }
    }

    /// What is to be in force; `None` until the store has a policy.
    pub fn publications(&self) -> watch::Receiver<Option<Arc<Publication>>> {
        self.publications.clone()
    }

    /// The store, while it is there.
    pub fn records(&self) -> watch::Receiver<Option<Records>> {
        self.records.clone()
    }

    /// What is wrong with the store.
    pub fn alarm(&self) -> watch::Receiver<Option<Alarm>> {
        self.alarm.clone()
    }

    /// Ends it, and closes the store.
    pub async fn stop(self) {
        self.task.abort();
        // Aborting is what was asked for, so its report is no news.
        drop(self.task.await);
        let records = self.records.borrow().clone();
        if let Some(records) = records {
            records.close().await;
        }
    }
}

/// Which file a path led to: device and number.
type FileSeen = Option<(u64, u64)>;

struct Post {
    place: Place,
    clock: Clock,
    school: Option<String>,
    folder: DataFolder,
    publish: watch::Sender<Option<Arc<Publication>>>,
    share: watch::Sender<Option<Records>>,
    tell: watch::Sender<Option<Alarm>>,
    /// The embedded store's file when it was opened; another one under its name is another store.
    file: FileSeen,
    seen: Option<(Seen, Instant)>,
}

impl Post {
    async fn deliver(mut self) {
        loop {
            let wait = match self.round().await {
                Ok(()) => {
                    if self.tell.send_if_modified(|alarm| alarm.take().is_some()) {
                        tracing::info!("the records' store is there again");
                    }
                    LOOK
                }
                Err(fault) => {
                    self.alarm(&fault);
                    TRY_AGAIN
                }
            };
            time::sleep(wait).await;
        }
    }

    async fn round(&mut self) -> Result<(), Fault> {
        let records = self.opened().await?;
        let seen = self.seen.filter(|(_, at)| at.elapsed() < AFRESH).map(|(seen, _)| seen);
        let look = time::timeout(PATIENCE, records.look_for_gate(self.school.as_deref(), seen));
        let look = look.await.map_err(|_elapsed| {
            Fault::Unavailable(format!("The records' store did not answer within {} seconds.", PATIENCE.as_secs()))
        })??;
        match look {
            Look::NoSchool if self.folder.is_led() => Err(Fault::Unavailable(
                "The records' store holds no such school, though one was set up here. Restore a backup, or see that it is \
                 the right store; until then what was in force stays so."
                    .to_owned(),
            )),
            Look::NoSchool => Ok(()),
            Look::Same(seen) => {
                let at = self.seen.map_or_else(Instant::now, |(_, at)| at);
                self.seen = Some((seen, at));
                Ok(())
            }
            Look::New(seen, publication) => self.take(&records, seen, *publication).await,
        }
    }

    async fn take(&mut self, records: &Records, seen: Seen, publication: Publication) -> Result<(), Fault> {
        if publication.policy.is_none() {
            // Looked at again at each round: the first policy comes from the documents, or by command.
            return self.take_in_documents(records, seen.school).await;
        }
        self.seen = Some((seen, Instant::now()));
        self.publish.send_if_modified(|published| {
            let is_new = published.as_deref() != Some(&publication);
            if is_new {
                *published = Some(Arc::new(publication));
            }
            is_new
        });
        Ok(())
    }

    /// The school was set up just now: what was in force by its documents goes into the store.
    async fn take_in_documents(&self, records: &Records, school: id::School) -> Result<(), Fault> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || (folder.policy_versions(MOST_VERSIONS), folder.last_people()));
        let Ok((policies, people)) = read.await else { return Ok(()) };
        let numbered = |(number, text)| Some(OldPolicy { number: i64::try_from(number).ok()?, text });
        let policies: Vec<OldPolicy> = policies.into_iter().filter_map(numbered).collect();
        if policies.is_empty() {
            return Ok(());
        }
        tracing::info!("taking {} versions of the policy and the people document into the store", policies.len());
        let people = people.map(|document| document.text);
        match records.take_in_documents(school, &policies, people.as_deref()).await {
            // Another process was faster; its policy is seen at the next round.
            Ok(()) | Err(Fault::Changed(_)) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// The store; opened, where it is not or where its file is another one.
    async fn opened(&mut self) -> Result<Records, Fault> {
        let file = self.file_now();
        let open = self.share.borrow().clone();
        if let Some(records) = open {
            if file == self.file {
                return Ok(records);
            }
            self.share.send_replace(None);
            self.seen = None;
            records.close().await;
            if file.is_none() {
                self.file = None;
            }
        }
        // A store that was there is not begun anew: that would hide its loss.
        if self.place.database.is_none() && file.is_none() && self.folder.is_led() {
            return Err(Fault::Unavailable(format!(
                "The records' store {} is gone. Restore a backup; until then what was in force stays so.",
                self.place.embedded_file().display()
            )));
        }
        let records = Records::open(&self.place, self.clock.clone()).await?;
        self.file = self.file_now();
        self.share.send_replace(Some(records.clone()));
        Ok(records)
    }

    fn file_now(&self) -> FileSeen {
        if self.place.database.is_some() {
            return None;
        }
        let about = fs::metadata(self.place.embedded_file()).ok()?;
        Some((about.dev(), about.ino()))
    }

    fn alarm(&self, fault: &Fault) {
        let words = format!("The records' store is away: {fault}");
        self.tell.send_if_modified(|alarm| {
            // What is tried again and again is told once.
            if alarm.as_ref().is_some_and(|alarm| alarm.words == words) {
                return false;
            }
            tracing::error!("{words}");
            let since = alarm.as_ref().map_or_else(Timestamp::now, |alarm| alarm.since);
            *alarm = Some(Alarm { since, words });
            true
        });
    }
}
