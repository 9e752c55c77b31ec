//! The way in: every verb asks here for leave, and gets with it the transaction in which it may act.

use crate::{
    Fault,
    access::{self, Act, Actor, Decision, Facts, Resource, Standing},
    audit::{self, Detail, Outcome, Ticket},
    concern::door::Lanes,
    file, id,
    people::FirstRun,
    seal::{self, Settled, Unlocked},
    store::{Clock, Place, Row, Statement, Store, Transaction, Value},
};
use jiff::Timestamp;
use std::sync::Arc;

/// The records of a school or trust. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Records {
    store: Store,
    clock: Clock,
    first_run: FirstRun,
    lanes: Arc<Lanes>,
    settled: Arc<Settled>,
}

/// Somebody at work: who, at which school, and what they unlocked. Says nothing of what they may do; that is read afresh
/// each time.
#[derive(Debug, Clone)]
pub struct Session {
    /// At which school.
    pub school: id::School,
    /// Who.
    pub actor: Actor,
    /// The private half of their key pair, while it is unlocked.
    pub unlocked: Option<Arc<Unlocked>>,
}

/// Leave to act: the entry is written, and rows may be changed until [`Entered::commit`].
#[derive(Debug)]
#[must_use = "nothing lasts before it is committed"]
pub struct Entered {
    records: Records,
    transaction: Transaction,
    ticket: Ticket,
    /// What leave was asked for last.
    asked: Asked,
    session: Session,
    standing: Standing,
    facts: Facts,
    now: Timestamp,
    /// Whether it changed anything beside the log.
    has_changed: bool,
}

/// What leave was asked for.
#[derive(Debug, Clone)]
struct Asked {
    act: Act,
    resource: Resource,
    detail: Detail,
}

impl Records {
    /// Opens the store.
    pub async fn open(place: &Place, clock: Clock) -> Result<Self, Fault> {
        let store = Store::open(place, &clock).await?;
        file::look_over(&store).await;
        Ok(Self { store, clock, first_run: FirstRun::of(place), lanes: Arc::default(), settled: Arc::default() })
    }

    /// Opens a store into which a backup was put.
    pub(crate) async fn open_restored(place: &Place, clock: Clock) -> Result<Self, Fault> {
        let store = Store::open_restored(place, &clock).await?;
        file::look_over(&store).await;
        Ok(Self { store, clock, first_run: FirstRun::of(place), lanes: Arc::default(), settled: Arc::default() })
    }

    /// The store itself.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// What the first run keeps, until there is a school.
    pub(crate) fn first_run(&self) -> &FirstRun {
        &self.first_run
    }

    /// How much came through the doors of late, and from how few places.
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// The store's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Closes the store, once what is under way has ended.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// A transaction that only reads, for what is nobody's secret and for reading before asking for leave.
    pub(crate) async fn looking(&self) -> Result<Transaction, Fault> {
        self.store.reading().await
    }

    /// A transaction for what the audit log counts before it becomes an entry. Nothing else may be written with it: there is
    /// no ticket to change rows with.
    pub(crate) async fn counting(&self) -> Result<Transaction, Fault> {
        self.store.writing().await
    }

    /// Asks for leave to do `act` on `resource`: for changes and for reads of what must leave a trace. What is refused
    /// leaves an entry of its own, and the asker learns no more than they may know.
    pub(crate) async fn act(
        &self,
        session: &Session,
        act: Act,
        resource: Resource,
        detail: Detail,
    ) -> Result<Entered, Fault> {
        let transaction = self.store.writing().await?;
        self.enter(transaction, session, Asked { act, resource, detail }, None).await
    }

    /// The same of a report that comes through a door. There is no row yet that its facts could be read from, and its entry comes
    /// before its row, as everywhere.
    pub(crate) async fn act_at_door(
        &self,
        school: id::School,
        report: id::Report,
        facts: Facts,
    ) -> Result<Entered, Fault> {
        let session = Session { school, actor: Actor::Door, unlocked: None };
        let asked = Asked { act: Act::ReportArrived, resource: Resource::Report(report), detail: Detail::none() };
        let transaction = self.store.writing().await?;
        self.enter(transaction, &session, asked, Some(facts)).await
    }

    /// Asks for leave to set a school up. Its own row comes before the first entry of its chain, which refers to it; both
    /// are in one transaction, so neither is there without the other.
    pub(crate) async fn act_in_new_school(
        &self,
        session: &Session,
        statement: &Statement,
        values: &[Value],
        detail: Detail,
    ) -> Result<Entered, Fault> {
        let mut transaction = self.store.writing().await?;
        if transaction.run(statement, values).await? != 1 {
            return Err(Fault::Unavailable("The school's row could not be written. Nothing was changed.".to_owned()));
        }
        let asked = Asked { act: Act::SchoolSetUp, resource: Resource::School, detail };
        self.enter(transaction, session, asked, None).await
    }

    async fn enter(
        &self,
        mut transaction: Transaction,
        session: &Session,
        asked: Asked,
        known: Option<Facts>,
    ) -> Result<Entered, Fault> {
        let Asked { act, resource, detail } = asked;
        let now = self.clock.now();
        audit::remember_all(&mut transaction, session.school).await?;
        if let Some(unlocked) = &session.unlocked {
            // A session ends with its key: at the next request after a reset or a closed account, not at its own time.
            seal::refuse_unless_in_force(&mut transaction, unlocked).await?;
        }
        let standing = access::standing(&mut transaction, session.school, session.actor, now).await?;
        let facts = match known {
            Some(facts) => Ok(facts),
            None => access::facts(&mut transaction, session.school, &resource, now).await,
        };
        let decision = match &facts {
            Ok(facts) => access::decide(&standing, act, facts),
            Err(Fault::NotFound) => Decision::Hidden,
            Err(fault) => return Err(fault.clone()),
        };
        // What is done to somebody's records while emergency access to them runs is marked as that.
        let emergency = facts.as_ref().ok().and_then(|facts| standing.emergency_to(facts.person));
        let detail = emergency.map_or(detail.clone(), |emergency| detail.with("during", emergency.to_string()));
        let outcome = if decision == Decision::Allowed { Outcome::Done } else { Outcome::Denied };
        let entry = audit::Entry {
            school: session.school,
            actor: session.actor,
            act,
            outcome,
            resource,
            facts: facts.as_ref().ok(),
            detail: &detail,
        };
        let ticket = audit::enter(&mut transaction, &entry, now).await?;
        match (decision, facts) {
            (Decision::Allowed, Ok(facts)) => Ok(Entered {
                records: self.clone(),
                transaction,
                ticket,
                asked: Asked { act, resource, detail },
                session: session.clone(),
                standing,
                facts,
                now,
                has_changed: false,
            }),
            (Decision::Refused(why), _) => {
                transaction.commit().await?;
                Err(Fault::NotAllowed(why.to_owned()))
            }
            _ => {
                transaction.commit().await?;
                Err(Fault::NotFound)
            }
        }
    }
}

impl Entered {
    /// The moment of the act: one for everything it writes.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Who acts.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// The asker's standing as it was decided on.
    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The facts about what was asked for.
    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Asks for leave to do one thing more in the same transaction. Refused, everything is undone (bulk acts are all or
    /// nothing), and [`Entered::finish`] tells of the refusal.
    pub(crate) async fn also(&mut self, act: Act, resource: Resource, detail: Detail) -> Result<(), Fault> {
        let school = self.session.school;
        self.asked = Asked { act, resource, detail: detail.clone() };
        let facts = access::facts(&mut self.transaction, school, &resource, self.now).await?;
        match access::decide(&self.standing, act, &facts) {
            Decision::Allowed => {}
            Decision::Hidden => return Err(Fault::NotFound),
            Decision::Refused(why) => return Err(Fault::NotAllowed(why.to_owned())),
        }
        let entry = audit::Entry {
            school,
            actor: self.session.actor,
            act,
            outcome: Outcome::Done,
            resource,
            facts: Some(&facts),
            detail: &detail,
        };
        self.ticket = audit::enter(&mut self.transaction, &entry, self.now).await?;
        Ok(())
    }

    /// The rows that a statement answers with.
    pub(crate) async fn rows(&mut self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        self.transaction.rows(statement, values).await
    }

    /// The first row, if there is one.
    pub(crate) async fn row(&mut self, statement: &Statement, values: &[Value]) -> Result<Option<Row>, Fault> {
        self.transaction.row(statement, values).await
    }

    /// Of whom nothing was missing that others can open.
    pub(crate) fn settled(&self) -> Arc<Settled> {
        Arc::clone(&self.records.settled)
    }

    /// Changes rows and tells how many.
    #[must_use = "how many rows were changed says whether it was done"]
    pub(crate) async fn change(&mut self, statement: &Statement, values: &[Value]) -> Result<u64, Fault> {
        self.has_changed = true;
        self.transaction.change(&self.ticket, statement, values).await
    }

    /// Changes one row; that there is not exactly one to change is told as that somebody changed it meanwhile.
    pub(crate) async fn change_one(&mut self, statement: &Statement, values: &[Value]) -> Result<(), Fault> {
        match self.change(statement, values).await? {
            1 => Ok(()),
            _ => {
                Err(Fault::Changed("Somebody changed this meanwhile. Look at it again, and try once more.".to_owned()))
            }
        }
    }

    /// The transaction itself, for reading with the functions of other areas.
    pub(crate) fn transaction(&mut self) -> &mut Transaction {
        &mut self.transaction
    }

    /// Makes it last.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        // Before it lasts: whoever waits for the end may be gone by then. Who remembers does so in an act of their own, of which one runs
        // at a time, so that nothing is remembered in between; and it is forgotten also where nobody can say whether it lasts.
        if self.has_changed {
            self.records.settled.forget();
        }
        self.transaction.commit().await
    }

    /// Ends the act. What was done lasts; of what went wrong nothing does. What turned out not to be allowed after leave was
    /// given leaves the same denied entry as a refusal before it.
    pub(crate) async fn finish<T>(self, done: Result<T, Fault>) -> Result<T, Fault> {
        match done {
            Ok(done) => {
                self.commit().await?;
                Ok(done)
            }
            Err(fault @ (Fault::NotFound | Fault::NotAllowed(_) | Fault::Locked(_))) => {
                self.note_denied().await?;
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Undoes everything, and writes that what was asked for last was denied.
    async fn note_denied(self) -> Result<(), Fault> {
        let Self { records, transaction, session, asked, standing, .. } = self;
        if !standing.is_set_up {
            // The school itself may have been undone: then there is no log to write in.
            return Ok(());
        }
        // The one writer: the next can begin only when this one has ended.
        drop(transaction);
        let mut transaction = records.store.writing().await?;
        let now = records.clock.now();
        let facts = access::facts(&mut transaction, session.school, &asked.resource, now).await;
        if let Err(fault) = &facts
            && *fault != Fault::NotFound
        {
            return Err(fault.clone());
        }
        let entry = audit::Entry {
            school: session.school,
            actor: session.actor,
            act: asked.act,
            outcome: Outcome::Denied,
            resource: asked.resource,
            facts: facts.as_ref().ok(),
            detail: &asked.detail,
        };
        audit::enter(&mut transaction, &entry, now).await?;
        transaction.commit().await
    }
}
