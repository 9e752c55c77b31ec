//! What needs somebody on their first page: one look at several lists, and one entry for it (house invariant 6).
//!
//! Each list is the one that its own verb shows, decided on by the same engine, in one transaction. Each is looked up only for whom
//! it concerns; one that cannot be read takes nothing from the others.

use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Capability, Emergency, Notice, Resource, Standing},
    accounts::{self, SealedSignIn},
    audit::Detail,
    concern::{
        answer::{self, Yours},
        climb::{self, PassedBy, WaitingConcern},
        door::{self, Waits},
        head::{self, SERIOUS_ELSEWHERE},
    },
    file::{self, Task, erase},
    id,
    people::{self, Held},
    pupil::{self, Exemption},
    seal::{self, Waiting},
};

/// What needs somebody. A list that is not theirs is empty.
#[derive(Debug, Default)]
pub struct Today {
    /// What they are to be told and have not put away.
    pub notices: Vec<Notice>,
    /// Of notices that a concern is severe which is others' to read: whom they may ask, if anybody is here.
    pub to_ask: Vec<(id::Row, Option<String>)>,
    /// Who holds which duty, for whoever gives duties or records absences.
    pub duties: Option<Vec<Held>>,
    /// Who waits to be let in to what they can open.
    pub waiting: Vec<Waiting>,
    /// The sealed codes of the safe, and how they were used.
    pub sealed_sign_ins: Vec<SealedSignIn>,
    /// Emergency access that was taken.
    pub emergencies: Vec<Emergency>,
    /// What erasing, moving and ended holds leave to be done.
    pub file_tasks: Vec<Task>,
    /// Concerns that wait for them, the one that must be answered first first.
    pub concerns: Vec<WaitingConcern>,
    /// What is theirs in open concerns, the first due first.
    pub yours: Vec<Yours>,
    /// Concerns that those who may read them have not answered.
    pub passed_by: Vec<PassedBy>,
    /// Reports from outside that wait for them.
    pub reports: Vec<Waits>,
    /// Pupils’ exemptions from a password.
    pub exemptions: Vec<Exemption>,
    /// Pupils who would like to talk with them, or with those who look after children, of whom they are one.
    pub talks: pupil::Talks,
    /// Proposals to erase that wait.
    pub erasures: erase::Proposals,
    /// Whether something could not be read, so that something may be missing.
    pub is_short: bool,
}

/// The lists, by the acts whose verbs show them.
const LISTS: [Act; 9] = [
    Act::DutiesRead,
    Act::WaitingRead,
    Act::SealedSignInsRead,
    Act::EmergenciesRead,
    Act::FileTasksRead,
    Act::ErasuresListed,
    Act::ExemptionsRead,
    Act::ReportsListed,
    Act::TalksRead,
];

impl Records {
    /// What needs the asker now. Its one entry names the notices and the files of concerns that are shown, and the lists that were
    /// looked up, by their acts; of those lists the page shows counts.
    pub async fn today(&self, session: &Session) -> Result<Today, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let shown: Vec<_> = match access::waiting_notices(&mut looking, &standing, asker).await {
            Ok(notices) => notices.iter().map(|notice| notice.id).collect(),
            // It is told below, where it is read again.
            Err(_fault) => Vec::new(),
        };
        let told = climb::told_to(&mut looking, session, standing.now).await?;
        // What is not shown is not named: whoever lost a file has nothing to do with it any more.
        let known = climb::still_known(&mut looking, &standing, &told).await?;
        let yours: Vec<id::File> = match answer::own_work(&mut looking, &standing).await {
            Ok(yours) => yours.iter().map(|one| one.file).collect(),
            // It is told below, where it is read again.
            Err(_fault) => Vec::new(),
        };
        drop(looking);
        let lists: Vec<Act> = LISTS.into_iter().filter(|act| concerns(&standing, session, *act)).collect();
        let words: Vec<&str> = lists.iter().map(|act| act.word()).collect();
        let mut detail = Detail::none().shown(&shown).with("lists", words.join(" "));
        let mut named = known.clone();
        named.extend(yours.iter().filter(|file| !known.contains(file)));
        if !named.is_empty() {
            let files: Vec<String> = named.iter().map(ToString::to_string).collect();
            detail = detail.with("files", files.join(" "));
        }
        let mut entered = self.act(session, Act::TodayRead, Resource::Person(asker), detail).await?;
        let standing = entered.standing().clone();
        let mut today = Today::default();
        let notices = access::waiting_notices(entered.transaction(), &standing, asker).await;
        let notices = today.keep(Act::NoticesRead, notices).unwrap_or_default();
        today.notices = notices.into_iter().filter(|notice| shown.contains(&notice.id)).collect();
        for notice in today.notices.clone().iter().filter(|notice| notice.kind == SERIOUS_ELSEWHERE) {
            let asked = head::whom_to_ask(&mut entered, &notice.about).await;
            let asked = today.keep(Act::NoticesRead, asked).flatten();
            today.to_ask.push((notice.id, asked));
        }
        if !told.is_empty() {
            let targets = answer::Targets::of(entered.transaction(), session.school, standing.now).await;
            let unanswered = climb::unanswered(&mut entered, &told).await;
            let unanswered = today.keep(Act::FilesListed, unanswered).unwrap_or_default();
            if let Some(targets) = today.keep(Act::FilesListed, targets) {
                today.concerns = climb::waiting(&entered, &targets, &unanswered, &known);
            }
            let passed_by = climb::passed(&mut entered, asker, &unanswered).await;
            today.passed_by = today.keep(Act::NoticesRead, passed_by).unwrap_or_default();
        }
        let own_work = answer::own_work(entered.transaction(), &standing).await;
        today.yours = today.keep(Act::TodayRead, own_work).unwrap_or_default();
        today.yours.retain(|one| yours.contains(&one.file));
        for act in lists.into_iter().filter(|act| concerns(&standing, session, *act)) {
            today.look(&mut entered, &standing, act).await;
        }
        entered.commit().await?;
        Ok(today)
    }
}

impl Today {
    async fn look(&mut self, entered: &mut Entered, standing: &Standing, act: Act) {
        match act {
            Act::DutiesRead => self.duties = self.keep(act, people::duties_listed(entered).await),
            Act::WaitingRead => {
                if let Some(ours) = entered.session().unlocked.clone() {
                    let settled = entered.settled();
                    let waiting = seal::who_waits(entered.transaction(), standing, &ours, Some(&settled)).await;
                    self.waiting = self.keep(act, waiting).unwrap_or_default();
                }
            }
            Act::SealedSignInsRead => {
                self.sealed_sign_ins = self.keep(act, accounts::sealed_sign_ins(entered).await).unwrap_or_default();
            }
            Act::EmergenciesRead => {
                self.emergencies = self.keep(act, access::emergencies_taken(entered).await).unwrap_or_default();
            }
            Act::FileTasksRead => self.file_tasks = self.keep(act, file::tasks_seen(entered).await).unwrap_or_default(),
            Act::ReportsListed => {
                self.reports = self.keep(act, door::waiting_seen(entered).await).unwrap_or_default();
            }
            Act::ExemptionsRead => {
                self.exemptions = self.keep(act, pupil::exemptions_listed(entered).await).unwrap_or_default();
            }
            Act::TalksRead => {
                self.talks = self.keep(act, pupil::heard::talks_counted(entered).await).unwrap_or_default();
            }
            _ => self.erasures = self.keep(act, erase::proposals_seen(entered).await).unwrap_or_default(),
        }
    }

    /// What was read; or that something may be missing.
    fn keep<T>(&mut self, act: Act, read: Result<T, Fault>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(fault) => {
                tracing::warn!("a part of Today could not be read ({}): {fault}", act.word());
                self.is_short = true;
                None
            }
        }
    }
}

/// Whether a list concerns somebody of this standing: what they may read and could do something about.
fn concerns(standing: &Standing, session: &Session, act: Act) -> bool {
    let has = |capability| standing.kind.is_some_and(|kind| access::has(standing, kind, capability));
    let is_theirs = match act {
        Act::DutiesRead => has(Capability::AssignDuties) || has(Capability::RecordAbsence),
        Act::WaitingRead => has(Capability::ManageFile) && standing.is_confirmed && session.unlocked.is_some(),
        _ => has(act.capability()),
    };
    is_theirs && access::may_of_school(standing, act)
}
