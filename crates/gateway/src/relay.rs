//! Bytes both ways between two links, unread, for as long as policy lets them pass.

use crate::{
    gate::{Shared, Visitor},
    link::{Deadline, Link},
    record::{self, Asked, Record, Ruling},
};
use holdfast_core::{
    address::Address,
    host::Host,
    identity::IdentityTable,
    inspection::Extent,
    request::Request,
    ruleset::Ruleset,
    search_engines::StrictSearch,
    wording::{Why, Words},
};
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, sleep_until},
};

/// Knows when what was judged has to be judged again: at every new ruleset or identity table, and every while. Made
/// **before** the first judgement, so that nothing that changes after it can be missed.
pub(crate) struct Watch {
    rulesets: watch::Receiver<Arc<Ruleset>>,
    identities: watch::Receiver<Arc<IdentityTable>>,
    every: Duration,
    next: Instant,
}

impl Watch {
    pub(crate) fn new(shared: &Shared) -> Self {
        let every = shared.settings.times.rejudge;
        let (rulesets, identities) = (shared.ruleset.clone(), shared.identity.clone());
        let mut watch = Self { rulesets, identities, every, next: Instant::now() };
        watch.begin_anew();
        watch
    }

    fn begin_anew(&mut self) {
        self.rulesets.mark_unchanged();
        self.identities.mark_unchanged();
        self.next = Instant::now() + self.every;
    }

    /// Whether it is time, looked up without the runtime, so that a busy task cannot starve it. Asking starts anew.
    pub(crate) fn take_due(&mut self) -> bool {
        // A sender that is gone changes nothing any more.
        let is_due = self.rulesets.has_changed().unwrap_or(false)
            || self.identities.has_changed().unwrap_or(false)
            || Instant::now() >= self.next;
        if is_due {
            self.begin_anew();
        }
        is_due
    }

    /// Waits until it is time.
    pub(crate) async fn due(&mut self) {
        tokio::select! {
            Ok(()) = self.rulesets.changed() => {}
            Ok(()) = self.identities.changed() => {}
            () = sleep_until(self.next) => {}
        }
        self.begin_anew();
    }
}

/// What is being relayed for whom, so that it can be judged again while it lasts.
pub(crate) struct Standing<'a> {
    visitor: &'a Visitor,
    hosts: [Option<&'a Host>; 2],
    address: Option<&'a Address>,
    asked: Asked<'a>,
    /// The strict form that the connection was opened to.
    strict: Option<StrictSearch>,
    /// Whether the name inside was a help site's when the tunnel was opened.
    is_help_inside: bool,
}

/// What does not pass any more: the event that tells it, and whether it is about the name inside a tunnel only.
pub(crate) struct Revoked {
    anew: Record,
    is_inside: bool,
}

impl Revoked {
    /// What the person is told, where nothing was answered yet.
    pub(crate) fn words(&self) -> Words {
        self.anew.words()
    }

    /// The reference of the event that tells it.
    pub(crate) fn reference(&self) -> Arc<str> {
        self.anew.reference()
    }

    /// Tells it instead of the first judgement: a list that has sealed a host since then forbids to show it now.
    pub(crate) fn send(self, mut record: Record, status: u16, bytes_up: u64, bytes_down: u64) {
        if self.is_inside {
            self.anew.send(status, 0, 0);
            record.refuse("name-inside", &Why::SchoolRule);
        } else {
            record = record.replace(self.anew);
        }
        record.send(status, bytes_up, bytes_down);
    }
}

impl<'a> Standing<'a> {
    /// A tunnel of which the name asked for is known, and the name inside it where that is another; with it, whether
    /// it is help, whose visit stays counted only even if the school closes the site while it lasts.
    pub(crate) fn names(
        visitor: &'a Visitor,
        asked: Asked<'a>,
        (host, strict): (&'a Host, Option<StrictSearch>),
        inner: Option<(&'a Host, bool)>,
    ) -> Self {
        let hosts = [Some(host), inner.map(|(name, _)| name)];
        let is_help_inside = inner.is_some_and(|(_, is_help)| is_help);
        Self { visitor, hosts, address: None, asked, strict, is_help_inside }
    }

    /// A connection whose whole address was seen.
    pub(crate) fn whole(
        visitor: &'a Visitor,
        asked: Asked<'a>,
        address: &'a Address,
        strict: Option<StrictSearch>,
    ) -> Self {
        Self { visitor, hosts: [None, None], address: Some(address), asked, strict, is_help_inside: false }
    }

    /// Judges it as if it were asked for now. Nothing if it would still pass.
    pub(crate) fn judge_again(&self) -> Option<Revoked> {
        let names = self.hosts.iter().flatten().map(|host| Request::name_only(host));
        let requests = names.chain(self.address.map(Request::whole));
        for (number, request) in requests.enumerate() {
            let (ruling, mut anew) = record::judge(self.visitor, self.asked, &request);
            if ruling != Ruling::Pass {
                let is_inside = number > 0;
                if is_inside && self.is_help_inside {
                    anew.count_only();
                }
                return Some(Revoked { anew, is_inside });
            }
            if self.opens_otherwise(&anew, number) {
                anew.refuse("opened-otherwise", &Why::Unclear);
                anew.forget_path();
                return Some(Revoked { anew, is_inside: number > 0 });
            }
            if !leads_as_held(anew.strict(), self.strict) {
                anew.refuse("strict-search", &Why::SearchTool);
                return Some(Revoked { anew, is_inside: number > 0 });
            }
            anew.discard();
        }
        None
    }
}

impl Standing<'_> {
    /// Whether it would be opened now and was not, or the other way round. The last name is what is really visited.
    fn opens_otherwise(&self, anew: &Record, number: usize) -> bool {
        let would_open = anew.opening().extent == Extent::Everything;
        if self.address.is_some() {
            return self.asked.scheme == "https" && !would_open;
        }
        let is_last = number + 1 == self.hosts.iter().flatten().count();
        is_last && would_open
    }
}

/// Whether a connection that was opened to `opened` serves somebody who is held to `held`: strictly enough, and as it
/// would be opened now.
pub(crate) fn leads_as_held(held: Option<StrictSearch>, opened: Option<StrictSearch>) -> bool {
    held.is_none_or(|held| opened.is_some_and(|opened| opened.form == held.form))
}

/// How a relay ended, and what it carried.
pub(crate) struct Relayed {
    up: u64,
    down: u64,
    /// The policy changed, and this does not pass any more.
    revoked: Option<Revoked>,
}

impl Relayed {
    /// Sends the event.
    pub(crate) fn send(self, record: Record, status: u16) {
        match self.revoked {
            Some(revoked) => revoked.send(record, status, self.up, self.down),
            None => record.send(status, self.up, self.down),
        }
    }
}

/// Relays until both sides are done, one breaks off, or nothing moved for too long. It is judged again whenever the
/// watch says so. What moves is told to the record as it goes.
pub(crate) async fn relay<C, U>(
    (client, upstream): (&mut Link<C>, &mut Link<U>),
    standing: &Standing<'_>,
    watch: &mut Watch,
    deadline: &mut Deadline,
    (record, status): (&mut Record, u16),
) -> Relayed
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
    U: AsyncRead + AsyncWrite + Unpin + Send,
{
    let idle = standing.visitor.shared().settings.times.tunnel_idle;
    let (mut up, mut down) = (Half::default(), Half::default());
    deadline.set(idle);
    // It may have changed while the way was opened and the first words were heard.
    let mut is_due = watch.take_due();
    let revoked = loop {
        if is_due && let Some(revoked) = standing.judge_again() {
            break Some(revoked);
        }
        let moving = poll_fn(|cx| {
            let upward = up.poll(cx, client, upstream);
            let downward = down.poll(cx, upstream, client);
            record.has_come(status, up.bytes, down.bytes);
            match (upward, downward) {
                (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) | (Poll::Ready(Err(_)), _) | (_, Poll::Ready(Err(_))) => {
                    return Poll::Ready(());
                }
                _ => {}
            }
            if std::mem::take(&mut up.moved) | std::mem::take(&mut down.moved) {
                deadline.set(idle);
            }
            deadline.poll(cx)
        });
        // The watch is asked first, while this turn's share of the runtime is still whole: bytes that never stop must
        // not keep it from speaking.
        is_due = tokio::select! {
            biased;
            () = watch.due() => true,
            () = moving => break None,
        };
    };
    Relayed { up: up.bytes, down: down.bytes, revoked }
}

/// One direction.
#[derive(Debug, Default)]
struct Half {
    bytes: u64,
    moved: bool,
    ended: bool,
    shut: bool,
}

impl Half {
    fn poll<A, B>(&mut self, cx: &mut Context<'_>, source: &mut Link<A>, sink: &mut Link<B>) -> Poll<io::Result<()>>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        if self.shut {
            return Poll::Ready(Ok(()));
        }
        if sink.waiting() > 0 {
            ready!(sink.poll_flush(cx))?;
        }
        loop {
            while !source.input.is_empty() {
                let count = ready!(sink.poll_pass(cx, source.input.filled()))?;
                source.input.consume(count);
                self.bytes += count as u64;
                self.moved = true;
            }
            if sink.waiting() > 0 {
                ready!(sink.poll_flush(cx))?;
            }
            if self.ended {
                // The other direction may go on: half a connection is still a connection.
                ready!(Pin::new(&mut sink.stream).poll_shutdown(cx))?;
                self.shut = true;
                return Poll::Ready(Ok(()));
            }
            if ready!(source.poll_fill(cx))? == 0 {
                self.ended = true;
            }
            self.moved = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter, duplex};

    /// Nothing more may come for a long time, so whatever came must be on its way.
    #[tokio::test(start_paused = true)]
    async fn what_was_relayed_is_not_held_back() {
        let (mut from, near) = duplex(64);
        let (other_near, mut to) = duplex(64);
        let (mut source, mut sink) = (Link::new(near), Link::new(BufWriter::with_capacity(1_024, other_near)));
        from.write_all(b"hello").await.unwrap();
        let mut half = Half::default();
        let mut got = [0; 5];
        tokio::select! {
            ended = poll_fn(|cx| half.poll(cx, &mut source, &mut sink)) => panic!("it ended: {ended:?}"),
            read = tokio::time::timeout(Duration::from_secs(1), to.read_exact(&mut got)) => assert_eq!(read.unwrap().unwrap(), 5),
        }
        assert_eq!((&got, half.bytes), (b"hello", 5));
    }
}
