//! Verifications of the audit log that somebody asked for: one at a time for each school, while they read on. What the last one found
//! is kept in memory, for those who may verify.

use holdfast_records::{
    Fault, Records, Session,
    audit::{Found, Witnessed},
    id,
    store::Place,
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The verifications of all schools.
#[derive(Debug, Default)]
pub(crate) struct LogWork {
    by_school: Mutex<HashMap<id::School, Work>>,
}

/// One verification.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) begun: Timestamp,
    /// What whoever asked for it is called.
    pub(crate) by: String,
    /// When it ended and what it found; nothing while it is under way.
    pub(crate) done: Option<(Timestamp, Result<Arc<Found>, Fault>)>,
}

/// What a verification needs.
pub(crate) struct ToVerify {
    pub(crate) records: Records,
    pub(crate) session: Session,
    pub(crate) place: Place,
    pub(crate) against: Witnessed,
    /// What whoever asks is called.
    pub(crate) by: String,
    pub(crate) clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl LogWork {
    /// Begins one; not where one is under way for this school.
    pub(crate) fn begin(self: &Arc<Self>, what: ToVerify) -> bool {
        let school = what.session.school;
        let begun = (what.clock)();
        {
            let mut works = self.works();
            if works.get(&school).is_some_and(|work| work.done.is_none()) {
                return false;
            }
            works.insert(school, Work { begun, by: what.by.clone(), done: None });
        }
        let clock = Arc::clone(&what.clock);
        let verifying = tokio::spawn(async move {
            what.records.verify_school(&what.session, &what.place, &what.against).await.map(Arc::new)
        });
        let works = Arc::clone(self);
        tokio::spawn(async move {
            // Also where it broke off: else nobody could begin another.
            let found = verifying.await.unwrap_or_else(|_broke_off| {
                Err(Fault::Unavailable("The verification broke off inside Holdfast. Please report it.".to_owned()))
            });
            if let Some(work) = works.works().get_mut(&school) {
                work.done = Some((clock(), found));
            }
        });
        true
    }

    /// The last one of a school.
    pub(crate) fn of(&self, school: id::School) -> Option<Work> {
        self.works().get(&school).cloned()
    }

    fn works(&self) -> std::sync::MutexGuard<'_, HashMap<id::School, Work>> {
        self.by_school.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
