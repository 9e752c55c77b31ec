//! What is done for the records by the clock: concerns passed on until somebody answers, the nightly backup, retention here and in the filter's log, the checkpoints of
//! the audit log, mail, and the daily look at the addresses of contacts.

use holdfast_activity::{health::Alarm, journal::PastDays};
use holdfast_duty::{
    backup,
    checkpoints::{self, Checkpoints},
    climbing,
    data_folder::DataFolder,
    held_log, links, mail,
    publisher::Publisher,
    retention,
    standing::{self, Standing},
};
use holdfast_machine::config::Config;
use holdfast_records::store::Place;
use std::time::Duration;
use tokio::{sync::watch, task::JoinHandle};

/// The hour after which the night's backup is made, UTC.
const BACKUP_HOUR: i8 = 2;
/// The hour after which it is looked what has reached the end of its time, UTC: once the night's backup is made.
const RETENTION_HOUR: i8 = 4;
/// How many backups stay.
const BACKUPS_KEPT: usize = 14;
/// How long files of the filter's log wait for the records before that is told.
const LOG_PATIENCE: Duration = Duration::from_mins(1);

/// The jobs at work.
pub struct Jobs {
    backup: Option<JoinHandle<()>>,
    retention: JoinHandle<()>,
    held_log: JoinHandle<()>,
    climbing: JoinHandle<()>,
    looking: JoinHandle<()>,
    /// Mail and links: what leaves this computer.
    outside: Vec<JoinHandle<()>>,
    checkpoints: Checkpoints,
}

/// How the records stand, and their log.
pub struct Stands {
    /// The records; `None` before they were first looked at.
    pub records: watch::Receiver<Option<Standing>>,
    /// Their audit log.
    pub log: watch::Receiver<checkpoints::Standing>,
}

/// What is wrong with each, by the name it has on the status page.
pub type Alarms = Vec<(&'static str, watch::Receiver<Option<Alarm>>)>;

impl Jobs {
    /// Starts those that the config asks for. Must be called within a runtime.
    pub fn start(
        config: &Config,
        place: Place,
        publisher: &Publisher,
        (folder, past): (DataFolder, PastDays),
        stays_here: bool,
    ) -> (Self, Alarms, Stands) {
        let witness = config.store.checkpoints.clone();
        let settings = retention::Settings { place: place.clone(), hour: RETENTION_HOUR };
        let (retention, retention_alarm) = retention::start(publisher.records(), settings);
        let settings = held_log::Settings { school: config.store.school.clone(), folder, patience: LOG_PATIENCE };
        let (held_log, log_alarm) = held_log::start(publisher.records(), past, settings);
        let checkpoints = Checkpoints::start(publisher.records(), checkpoints::Settings { place, outside: witness });
        let (climbing, climbing_alarm) = climbing::start(publisher.records());
        let mut alarms = vec![
            ("Concerns", climbing_alarm),
            ("Audit log", checkpoints.alarm()),
            ("Retention", retention_alarm),
            ("Filter log", log_alarm),
        ];
        let backup = config.store.backups.clone().map(|folder| {
            let settings = backup::Settings { folder, hour: BACKUP_HOUR, keep: BACKUPS_KEPT };
            let (task, alarm) = backup::start(publisher.records(), settings);
            alarms.push(("Backups", alarm));
            task
        });
        let mut outside = Vec::new();
        if !stays_here {
            let sign_in = config.secure_origin().map(|origin| format!("{origin}/sign-in")).unwrap_or_default();
            let (post, mail_alarm) = mail::start(publisher.records(), mail::Settings { sign_in });
            let (links, links_alarm) = links::start(publisher.records());
            alarms.extend([("Mail", mail_alarm), ("Contacts", links_alarm)]);
            outside.extend([post, links]);
        }
        let (looking, records) = standing::start(publisher.records(), config.store.backups.clone());
        let stands = Stands { records, log: checkpoints.standing() };
        (Self { backup, retention, held_log, climbing, looking, outside, checkpoints }, alarms, stands)
    }

    /// Ends them, with a last checkpoint; before the store is closed. What is half done is undone and made anew next time.
    pub async fn stop(self) {
        let others = self.backup.into_iter().chain(self.outside);
        for task in others.chain([self.retention, self.held_log, self.climbing, self.looking]) {
            task.abort();
            // Aborting is what was asked for, so its report is no news.
            drop(task.await);
        }
        self.checkpoints.stop().await;
    }
}
