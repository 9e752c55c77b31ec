//! Questions over UDP, each from a port of its own; over TCP where an answer is too long or somebody plays tricks.

use super::{
    line::{Lines, Way},
    numbers::Numbers,
    upstream::{Fault, Reply},
};
use crate::dns::question::{Ask, is_truncated};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, interval_at, timeout},
};

/// How many sockets may be open for questions at once, and how many more for help and lifelines alone.
const SOCKETS: usize = 2_048;
const SOCKETS_FOR_HELP: usize = 256;
/// The longest datagram looked at. We say that we take 1,232 bytes; some send more all the same.
const LONGEST: usize = 4_096;
/// After so many datagrams that do not fit, somebody is guessing: TCP cannot be forged from outside.
const MOST_MISFITS: usize = 32;
/// How often a datagram is sent again while nothing comes.
const MOST_REPEATS: usize = 4;

/// Who may open a socket now.
#[derive(Debug)]
pub(super) struct Turns {
    all: Semaphore,
    help: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Semaphore::new(SOCKETS), help: Semaphore::new(SOCKETS_FOR_HELP) }
    }
}

impl Turns {
    /// Waits for a turn. The semaphores are never closed.
    async fn take(&self, is_urgent: bool) -> Result<SemaphorePermit<'_>, Fault> {
        let turn = match self.all.try_acquire() {
            Ok(turn) => Ok(turn),
            Err(_taken) if is_urgent => self.help.acquire().await,
            Err(_taken) => self.all.acquire().await,
        };
        turn.map_err(|_closed| Fault::Own)
    }
}

/// An upstream that is asked over UDP.
#[derive(Debug)]
pub(super) struct Plain {
    socket: SocketAddr,
    numbers: Arc<Numbers>,
    turns: Arc<Turns>,
    patience: Duration,
    /// For what UDP cannot bring.
    lines: Lines,
}

impl Plain {
    pub(super) fn new(way: Way, turns: Arc<Turns>) -> Self {
        Self {
            socket: way.socket,
            numbers: Arc::clone(&way.numbers),
            turns,
            patience: way.patience,
            lines: Lines::new(way),
        }
    }

    pub(super) async fn ask(&self, ask: &Arc<Ask>, is_urgent: bool) -> Result<Reply, Fault> {
        match self.ask_over_udp(ask, is_urgent).await? {
            Some(bytes) => Ok(Reply { bytes, age: Duration::ZERO }),
            None => self.lines.ask(ask).await,
        }
    }

    /// The answer; nothing if TCP must be used.
    async fn ask_over_udp(&self, ask: &Ask, is_urgent: bool) -> Result<Option<Vec<u8>>, Fault> {
        let turn = timeout(self.patience / 2, self.turns.take(is_urgent)).await;
        let _turn = turn.map_err(|_elapsed| Fault::Busy)??;
        let id = self.numbers.next()?;
        let socket = self.open().await?;
        let message = ask.message(id);
        socket.send(&message).await?;
        let mut repeats = 0;
        let mut repeat = interval_at(Instant::now() + self.patience, self.patience);
        let mut misfits = 0;
        let mut buffer = vec![0; LONGEST];
        while misfits < MOST_MISFITS {
            tokio::select! {
                length = socket.recv(&mut buffer) => {
                    let length = length?;
                    let bytes = buffer.get(..length).unwrap_or_default();
                    if ask.is_answered_by(id, bytes) {
                        let is_whole = !is_truncated(bytes) && length < LONGEST;
                        return Ok(is_whole.then(|| bytes.to_vec()));
                    }
                    misfits += 1;
                }
                // The question or its answer may have been lost.
                _ = repeat.tick(), if repeats < MOST_REPEATS => {
                    socket.send(&message).await?;
                    repeats += 1;
                }
            }
        }
        Ok(None)
    }

    /// A socket of its own. The system picks a random free port (RFC 5452 §9.2), and a connected socket takes datagrams
    /// of this upstream alone.
    async fn open(&self) -> Result<UdpSocket, Fault> {
        let own = match self.socket {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let socket = UdpSocket::bind(SocketAddr::new(own, 0)).await.map_err(|error| {
            tracing::warn!(%error, "no socket for asking an upstream name service");
            Fault::Own
        })?;
        socket.connect(self.socket).await?;
        Ok(socket)
    }
}
