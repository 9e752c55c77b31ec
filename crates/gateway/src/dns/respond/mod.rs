//! Judging a question and picking its answer: at once where the answer is known, is our own or is a refusal, and in a
//! task of its own where upstream must be asked.

mod local;
mod report;
mod waiting;

use super::{
    answer::{ExtendedError, Writer},
    forwarder::{AskFault, Found},
    question::{self, Ask, Question, Reading},
    service::{Now, Standing, UnderWay, Worker},
};
use crate::{judge::JudgeFault, telling};
use hickory_proto::{op::ResponseCode, rr::RecordType};
use holdfast_core::{
    decide::Layer,
    event::Outcome,
    host::Host,
    moment::Moment,
    request::Request,
    ruleset::Description,
    search_engines::{StrictForm, StrictSearch},
    wording::Why,
};
use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
};
pub(crate) use waiting::Waiting;

/// Most bytes of an answer over UDP, whatever the client says it takes: more would be broken into pieces on the way
/// (RFC 9715).
const LONGEST_DATAGRAM: usize = 1_232;
/// Most bytes of an answer where its length stands before it.
const LONGEST_MESSAGE: usize = 65_535;
/// Most bytes that everybody takes over UDP (RFC 1035 §4.2.1).
const PLAIN_DATAGRAM: usize = 512;

/// How a question came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Udp,
    Tcp,
    Tls,
    Https,
}

/// The other end of one question's way.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The listener's place among the service's.
    pub(crate) listener: usize,
    pub(crate) door: Door,
    /// The client's address, IPv4 in its own form.
    pub(crate) source: IpAddr,
    /// The address of ours that was asked, where it is known.
    pub(crate) came_to: Option<IpAddr>,
    /// The personal name under which we were asked, lower case; it need not be anybody's.
    pub(crate) personal: Option<Arc<str>>,
}

/// How far a question is.
pub(crate) enum Progress {
    /// The answer is written.
    Answered,
    /// It is never answered.
    Silent,
    /// Upstream must be asked.
    Waits(Box<Waiting>),
}

/// Takes in one message, and appends its answer to `out` where it is known at once.
pub(crate) fn begin(worker: &Worker, visit: &Visit, now: &Now, message: &[u8], out: &mut Vec<u8>) -> Progress {
    let counters = &worker.service.counters;
    if let Some(asked) = counters.questions.get(visit.door as usize) {
        asked.fetch_add(1, Relaxed);
    }
    let standing = worker.standing(visit, &now.moment);
    let question = match question::read(message) {
        Reading::Question(question) => question,
        Reading::Answer(answer) => {
            counters.malformed.fetch_add(1, Relaxed);
            // Strangers may have written another's address as their own.
            if !standing.who.is_served {
                return Progress::Silent;
            }
            out.extend_from_slice(&answer);
            return Progress::Answered;
        }
        Reading::Silent => {
            counters.malformed.fetch_add(1, Relaxed);
            return Progress::Silent;
        }
    };
    let plain =
        |extended| Writer { question: &question, most_bytes: room(visit, &question), most_seconds: 0, extended };
    if !standing.who.is_served {
        counters.turned_away.fetch_add(1, Relaxed);
        plain(Some((ExtendedError::Prohibited, ""))).failure(ResponseCode::Refused, out);
        return Progress::Answered;
    }
    let (judged, sought) = match &question.host {
        None if question.name.is_root() && local::is_of_a_zone(question.kind) => (None, Sought::asked(&question)),
        None => {
            // No verdict can be given for it, so nobody is asked about it.
            counters.malformed.fetch_add(1, Relaxed);
            if question.name.is_root() {
                plain(Some((ExtendedError::NotSupported, ""))).failure(ResponseCode::Refused, out);
            } else {
                plain(None).no_such_name(out);
            }
            return Progress::Answered;
        }
        Some(host) => {
            let case = Case::new(worker, visit, &now.moment, now, (&question, host), &standing);
            let Some(opened) = case.open(out) else { return Progress::Answered };
            opened
        }
    };
    if judged.is_none()
        && let Some(found) = worker.service.forwarder.remembered(&sought.ask)
    {
        waiting::give_top(worker, visit, &question, Ok(&found), out);
        return Progress::Answered;
    }
    Progress::Waits(Box::new(Waiting {
        under_way: UnderWay::begin(&worker.service),
        visit: visit.clone(),
        now: *now,
        question,
        standing,
        judged,
        sought,
    }))
}

/// How many bytes the way back takes.
fn room(visit: &Visit, question: &Question) -> usize {
    match (visit.door, question.edns) {
        (Door::Udp, Some(edns)) => usize::from(edns.payload).clamp(PLAIN_DATAGRAM, LONGEST_DATAGRAM),
        (Door::Udp, None) => PLAIN_DATAGRAM,
        _ => LONGEST_MESSAGE,
    }
}

/// An allowed question's verdict.
struct Judged {
    /// Nothing where the judge broke off on a host that is always open.
    description: Option<Description>,
    /// A help site or a lifeline: it passes with everything that its name leads over.
    always_open: bool,
    strict: Option<StrictSearch>,
}

/// What is looked for.
struct Sought {
    ask: Ask,
    /// The strict name that stands in for the one asked.
    target: Option<&'static str>,
}

impl Sought {
    /// What was asked itself.
    fn asked(question: &Question) -> Self {
        Self { ask: Ask::of(question), target: None }
    }
}

/// One question under judgement.
struct Case<'a> {
    worker: &'a Worker,
    visit: &'a Visit,
    now: &'a Now,
    question: &'a Question,
    host: &'a Host,
    standing: &'a Standing,
    most_seconds: u32,
}

impl<'a> Case<'a> {
    /// A question whose answer is given at `moment`.
    fn new(
        worker: &'a Worker,
        visit: &'a Visit,
        moment: &Moment,
        now: &'a Now,
        (question, host): (&'a Question, &'a Host),
        standing: &'a Standing,
    ) -> Self {
        let longest = worker.service.settings.longest_answer.as_secs();
        let left = standing
            .edge_micros
            .map_or(u64::MAX, |edge| u64::try_from(edge.saturating_sub(moment.unix_micros)).unwrap_or(0) / 1_000_000);
        let most_seconds = u32::try_from(longest.min(left)).unwrap_or(u32::MAX);
        Self { worker, visit, now, question, host, standing, most_seconds }
    }

    fn writer(&self, extended: Option<(ExtendedError, &'a str)>) -> Writer<'a> {
        let most_bytes = room(self.visit, self.question);
        Writer { question: self.question, most_bytes, most_seconds: self.most_seconds, extended }
    }

    /// The addresses under which this client reaches us.
    fn own_addresses(&self) -> &[IpAddr] {
        let set = &self.worker.service.settings.own_addresses;
        if set.is_empty() { self.visit.came_to.as_slice() } else { set }
    }

    /// Everything up to the point where upstream must be asked. Nothing where the answer is written already; no verdict
    /// for a zone right below the root, which is passed on without one.
    fn open(&self, out: &mut Vec<u8>) -> Option<(Option<Judged>, Sought)> {
        if self.answer_own(out) {
            return None;
        }
        if self.is_about_a_top_zone() {
            return Some((None, Sought::asked(self.question)));
        }
        let judged = match self.judge(self.host) {
            Ok(description) if description.outcome == Outcome::Allowed => self.allowed(description),
            Ok(description) => {
                self.block(description, out);
                return None;
            }
            Err(JudgeFault { always_open: true }) => Judged { description: None, always_open: true, strict: None },
            Err(_fault) => {
                self.refuse(out);
                return None;
            }
        };
        let sought = match &judged.strict {
            Some(strict) => self.answer_strict(strict, out),
            None => self.answer_local(out),
        };
        let Some(sought) = sought else {
            self.report(judged, None);
            return None;
        };
        let Some(found) = self.worker.service.forwarder.remembered(&sought.ask) else {
            return Some((Some(judged), sought));
        };
        self.give(judged, &found, sought.target, out);
        None
    }

    /// A panic in judging costs this question, not the door.
    fn judge(&self, host: &Host) -> Result<Description, JudgeFault> {
        let service = &self.worker.service;
        let Standing { snapshot, who, .. } = self.standing;
        let judged = service.judge.ask(&snapshot.ruleset, &who.subject, &Request::name_only(host), &self.now.moment);
        judged.inspect_err(|_fault| telling::note_fault(&service.counters.faults))
    }

    /// Whether a name that the answer leads over stops it, and with what reason.
    fn judge_over(&self, over: &Host) -> Result<Option<Description>, JudgeFault> {
        let service = &self.worker.service;
        let Standing { snapshot, who, .. } = self.standing;
        let requests = (&Request::name_only(self.host), &Request::name_only(over));
        let judged = service.judge.ask_over(&snapshot.ruleset, &who.subject, requests, &self.now.moment);
        judged.inspect_err(|_fault| telling::note_fault(&service.counters.faults))
    }

    fn allowed(&self, description: Description) -> Judged {
        let always_open = [Layer::Help, Layer::Lifeline].iter().any(|layer| layer.code() == description.layer);
        Judged { strict: self.strict_of(self.host), description: Some(description), always_open }
    }

    /// The strict search to which whoever asks is held on this host.
    fn strict_of(&self, host: &Host) -> Option<StrictSearch> {
        self.standing.snapshot.ruleset.strict_search(&self.standing.who.subject, host)
    }

    /// Answers with the engine's strict mode (F-10), or says which name stands in for it. For A, AAAA and HTTPS alike,
    /// so that no kind of record leads round it; other records an engine's name does not have.
    fn answer_strict(&self, strict: &StrictSearch, out: &mut Vec<u8>) -> Option<Sought> {
        self.worker.service.counters.strict.fetch_add(1, Relaxed);
        match strict.form {
            StrictForm::Addresses(addresses) => self.writer(None).addresses(addresses, out),
            StrictForm::Name(_) if !is_of_a_site(self.question.kind) => self.writer(None).no_such_record(out),
            StrictForm::Name(target) => return self.seek_strict_name(target, out),
        }
        None
    }

    /// Says that the strict name is to be looked for. One that the school pinned is answered as it was written down.
    fn seek_strict_name(&self, target: &'static str, out: &mut Vec<u8>) -> Option<Sought> {
        let host = Host::parse(target).ok();
        if let Some(addresses) = host.as_ref().and_then(|host| self.listed(host)) {
            self.writer(None).addresses(&addresses, out);
            return None;
        }
        if let Some(ask) = host.and_then(|host| Ask::for_host(&host, self.question.kind)) {
            return Some(Sought { ask, target: Some(target) });
        }
        tracing::error!(target, "the strict name of a search engine is no name; please report this");
        self.writer(Some((ExtendedError::Other, ""))).failure(ResponseCode::ServFail, out);
        None
    }

    /// Gives what upstream said, unless a name that it leads over stops it. What leads to the strict mode of a search
    /// engine is our own choice, and is not judged.
    fn give(&self, judged: Judged, found: &Found, target: Option<&str>, out: &mut Vec<u8>) {
        let known = &found.known;
        if !judged.always_open && known.upstream_blocked {
            self.write_blocked(out);
            return self.report_upstream(judged);
        }
        for over in known.chain.iter().filter(|_| target.is_none()) {
            match self.judge_over(over) {
                Ok(None) => {}
                Ok(Some(description)) => {
                    self.write_blocked(out);
                    return self.report_stop_over(&judged, description);
                }
                Err(fault) if fault.always_open || judged.always_open => {}
                Err(_fault) => return self.refuse(out),
            }
            // The engine would be reached by its own address under a name that nothing holds.
            if judged.strict.is_none() && !judged.always_open && self.strict_of(over).is_some() {
                self.writer(Some((ExtendedError::Blocked, &self.worker.service.block_text)))
                    .failure(ResponseCode::ServFail, out);
                let (code, why) = (Some("leads-to-engine"), Some(&Why::SearchTool));
                return self.report_own(Outcome::Refused, "strict-search", code, why);
            }
        }
        let extended = found.is_stale.then_some((ExtendedError::StaleAnswer, ""));
        match target {
            None => self.writer(extended).known(known, found.age, out),
            Some(target) if known.code == ResponseCode::NoError => {
                self.writer(extended).alias(target, known, found.age, out);
            }
            Some(_missing) => {
                self.writer(Some((ExtendedError::NetworkError, ""))).failure(ResponseCode::ServFail, out);
                return self.report_failed(judged, "strict-name-missing");
            }
        }
        self.report(judged, found.is_stale.then_some("stale"));
    }

    fn fail(&self, judged: Judged, fault: AskFault, out: &mut Vec<u8>) {
        let (extended, code) = fault.told();
        self.writer(Some((extended, ""))).failure(ResponseCode::ServFail, out);
        self.report_failed(judged, code);
    }

    /// Stops the question with the verdict's reason; to the client every stop looks the same.
    fn block(&self, description: Description, out: &mut Vec<u8>) {
        self.write_blocked(out);
        self.report_stop(description);
    }

    fn write_blocked(&self, out: &mut Vec<u8>) {
        let service = &self.worker.service;
        service.counters.blocked.fetch_add(1, Relaxed);
        self.writer(Some((ExtendedError::Blocked, &service.block_text))).blocked(
            service.settings.block,
            self.own_addresses(),
            out,
        );
    }

    /// Stops the question because no verdict could be found.
    fn refuse(&self, out: &mut Vec<u8>) {
        self.writer(Some((ExtendedError::Other, ""))).failure(ResponseCode::ServFail, out);
        self.report_own(Outcome::Refused, "fault", None, Some(&Why::Fault));
    }
}

/// Records that lead to a site.
fn is_of_a_site(kind: RecordType) -> bool {
    matches!(kind, RecordType::A | RecordType::AAAA | RecordType::HTTPS)
}
