//! Bytes both ways between two links, unread, for as long as policy lets them pass.

use crate::{
    gate::Visitor,
    link::{Deadline, Link},
    record::{self, Asked, Record, Ruling},
};
use holdfast_core::{address::Address, host::Host, request::Request, subject::PersonId, wording::Why};
use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{MissedTickBehavior, interval_at},
};

/// What is being relayed for whom, so that it can be judged again while it lasts.
pub(crate) struct Standing<'a> {
    visitor: &'a Visitor,
    hosts: [Option<&'a Host>; 2],
    address: Option<&'a Address>,
    signed_in: Option<&'a PersonId>,
    method: Arc<str>,
}

impl<'a> Standing<'a> {
    /// A tunnel of which the name asked for, and the name inside it, are known.
    pub(crate) fn names(
        visitor: &'a Visitor,
        host: &'a Host,
        inner: Option<&'a Host>,
        by: Option<&'a PersonId>,
    ) -> Self {
        Self { visitor, hosts: [Some(host), inner], address: None, signed_in: by, method: "CONNECT".into() }
    }

    /// A connection whose whole address was seen.
    pub(crate) fn whole(visitor: &'a Visitor, address: &'a Address, by: Option<&'a PersonId>) -> Self {
        Self { visitor, hosts: [None, None], address: Some(address), signed_in: by, method: "GET".into() }
    }

    /// Whether it would still pass if it were asked for now.
    fn still_passes(&self) -> bool {
        let asked = |port, scheme| Asked { method: &self.method, scheme, port, signed_in: self.signed_in };
        let passes = |asked, request: &Request<'_>| record::judge(self.visitor, asked, request).0 == Ruling::Pass;
        let names = self.hosts.iter().flatten().all(|host| passes(asked(0, "tunnel"), &Request::name_only(host)));
        names && self.address.is_none_or(|address| passes(asked(address.port(), "http"), &Request::whole(address)))
    }
}

/// How a relay ended, and what it carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Relayed {
    /// Bytes from the client.
    pub(crate) up: u64,
    /// Bytes to the client.
    pub(crate) down: u64,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Both sides were done, or one broke off.
    Closed,
    /// Nothing moved for too long.
    Idle,
    /// The policy changed, and this does not pass any more.
    Revoked,
}

impl Relayed {
    /// Tells the event how it ended.
    pub(crate) fn tell(&self, record: &mut Record) {
        if self.end == End::Revoked {
            record.refuse("revoked", &Why::SchoolRule);
        }
    }
}

/// Relays until both sides are done. It is judged again at every new ruleset or identity table and every while.
pub(crate) async fn relay<C, U>(
    (client, upstream): (&mut Link<C>, &mut Link<U>),
    standing: &Standing<'_>,
    deadline: &mut Deadline,
) -> Relayed
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
    U: AsyncRead + AsyncWrite + Unpin + Send,
{
    let shared = standing.visitor.shared();
    let times = &shared.settings.times;
    let (mut rulesets, mut identities) = (shared.ruleset.clone(), shared.identity.clone());
    rulesets.mark_unchanged();
    identities.mark_unchanged();
    let mut again = interval_at(tokio::time::Instant::now() + times.rejudge, times.rejudge);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut up, mut down) = (Half::default(), Half::default());
    deadline.set(times.tunnel_idle);
    let end = loop {
        let moving = poll_fn(|cx| {
            let upward = up.poll(cx, client, upstream);
            let downward = down.poll(cx, upstream, client);
            match (upward, downward) {
                (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) | (Poll::Ready(Err(_)), _) | (_, Poll::Ready(Err(_))) => {
                    return Poll::Ready(End::Closed);
                }
                _ => {}
            }
            if std::mem::take(&mut up.moved) | std::mem::take(&mut down.moved) {
                deadline.set(times.tunnel_idle);
            }
            deadline.poll(cx).map(|()| End::Idle)
        });
        tokio::select! {
            biased;
            end = moving => break end,
            Ok(()) = rulesets.changed() => {}
            Ok(()) = identities.changed() => {}
            _ = again.tick() => {}
        }
        if !standing.still_passes() {
            break End::Revoked;
        }
    };
    Relayed { up: up.bytes, down: down.bytes, end }
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
                let count = ready!(Pin::new(&mut sink.stream).poll_write(cx, source.input.filled()))?;
                if count == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                source.input.consume(count);
                self.bytes += count as u64;
                self.moved = true;
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
