//! Questions for which upstream is asked, and what becomes of them when the answer is there.

use super::{
    super::{
        answer::{ExtendedError, Writer},
        forwarder::{AskFault, Caller, Found},
        question::Question,
        service::{Now, Standing, UnderWay, Worker},
    },
    Case, Judged, LONGEST_DATAGRAM, Sought, Visit, room,
};
use hickory_proto::op::ResponseCode;
use holdfast_core::host::Host;
use std::sync::Arc;

/// A question for which upstream must be asked.
pub(crate) struct Waiting {
    /// A stop has patience until it is answered.
    pub(super) under_way: UnderWay,
    pub(super) visit: Visit,
    pub(super) now: Now,
    pub(super) question: Box<Question>,
    pub(super) standing: Standing,
    /// Nothing for the root and the zones right below it, which are not judged.
    pub(super) judged: Option<Judged>,
    pub(super) sought: Sought,
}

impl Waiting {
    /// Whether the name is a help site's or a lifeline's.
    pub(crate) fn is_always_open(&self) -> bool {
        self.judged.as_ref().is_some_and(|judged| judged.always_open)
    }

    /// Asks upstream, and answers.
    pub(crate) async fn finish(self: Box<Self>, worker: &Worker) -> Vec<u8> {
        let caller = Caller { source: self.visit.source, always_open: self.is_always_open() };
        let found = worker.service.forwarder.ask(self.sought.ask.clone(), caller).await;
        self.conclude(worker, found)
    }

    /// Answers that too many questions wait already.
    pub(crate) fn give_up(self: Box<Self>, worker: &Worker) -> Vec<u8> {
        self.conclude(worker, Err(AskFault::Crowded))
    }

    fn conclude(self: Box<Self>, worker: &Worker, found: Result<Found, AskFault>) -> Vec<u8> {
        let mut out = Vec::with_capacity(LONGEST_DATAGRAM);
        let Self { under_way, visit, now, question, standing, judged, sought } = *self;
        match (&question.host, judged) {
            (Some(host), Some(judged)) => {
                let asked = Asked { visit: &visit, now, question: &question, host };
                asked.conclude(worker, &standing, (judged, sought), found, &mut out);
            }
            _ => give_top(worker, &visit, &question, found.as_ref().map_err(|fault| *fault), &mut out),
        }
        drop(under_way);
        out
    }
}

/// A judged question whose answer is there.
struct Asked<'a> {
    visit: &'a Visit,
    now: Now,
    question: &'a Question,
    host: &'a Host,
}

impl Asked<'_> {
    /// Answers under the verdict that holds now. Upstream may have taken seconds; whatever came into force since then
    /// was in force before this answer.
    fn conclude(
        self,
        worker: &Worker,
        before: &Standing,
        (judged, sought): (Judged, Sought),
        found: Result<Found, AskFault>,
        out: &mut Vec<u8>,
    ) {
        let Self { visit, now, question, host } = self;
        let moment = (worker.service.clock)();
        let standing = worker.standing(visit, &moment);
        let now = Now { moment, ..now };
        let case = Case::new(worker, visit, &moment, &now, (question, host), &standing);
        let has_edge_passed = before.edge_micros.is_some_and(|edge| edge <= moment.unix_micros);
        if Arc::ptr_eq(&before.snapshot, &standing.snapshot) && !has_edge_passed {
            return answer(&case, judged, found, sought.target, out);
        }
        if !standing.who.is_served {
            return case.writer(Some((ExtendedError::Prohibited, ""))).failure(ResponseCode::Refused, out);
        }
        match case.open(out) {
            None => {}
            Some((Some(judged), anew)) if anew.ask == sought.ask => answer(&case, judged, found, anew.target, out),
            // What is to be looked for is another name now, which only a new question can find.
            Some((Some(judged), _)) => case.fail(judged, AskFault::Failed, out),
            Some((None, _)) => give_top(worker, visit, question, found.as_ref().map_err(|fault| *fault), out),
        }
    }
}

fn answer(
    case: &Case<'_>,
    judged: Judged,
    found: Result<Found, AskFault>,
    target: Option<&'static str>,
    out: &mut Vec<u8>,
) {
    match found {
        Ok(found) => case.give(judged, &found, target, out),
        Err(fault) => case.fail(judged, fault, out),
    }
}

/// Gives what is known of the root or of a zone right below it. It tells of nobody and leads nowhere, so it is not
/// judged and leaves no event.
pub(super) fn give_top(
    worker: &Worker,
    visit: &Visit,
    question: &Question,
    found: Result<&Found, AskFault>,
    out: &mut Vec<u8>,
) {
    let most_seconds = u32::try_from(worker.service.settings.longest_answer.as_secs()).unwrap_or(u32::MAX);
    let writer = |extended| Writer { question, most_bytes: room(visit, question), most_seconds, extended };
    match found {
        Ok(found) => {
            let extended = found.is_stale.then_some((ExtendedError::StaleAnswer, ""));
            writer(extended).known(&found.known, found.age, out);
        }
        Err(fault) => writer(Some((fault.told().0, ""))).failure(ResponseCode::ServFail, out),
    }
}

impl AskFault {
    /// The reason that the client is told, and the event's code.
    pub(super) fn told(self) -> (ExtendedError, &'static str) {
        match self {
            Self::NoUpstream => (ExtendedError::NoReachableAuthority, "no-upstream"),
            Self::Failed => (ExtendedError::NetworkError, "upstream-failed"),
            Self::Refused => (ExtendedError::NetworkError, "upstream-refused"),
            Self::Crowded => (ExtendedError::Other, "crowded"),
        }
    }
}
