//! Connections to an upstream, kept open and shared by its questions. Each lives in a task of its own, which opens it,
//! and ends when it is idle, closed or no longer trusted to be alive.

use super::{
    https,
    numbers::Numbers,
    secure::{self, Secure},
    stream,
    upstream::{Common, Fault, Reply},
};
use crate::dns::{
    question::Ask,
    settings::{Transport, UpstreamAddress},
};
use http::Uri;
use rustls::ClientConfig;
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::timeout,
};

/// How long a connection stays open with nothing to do (RFC 7766 §6.2.3: on the order of seconds).
pub(super) const IDLE: Duration = Duration::from_secs(20);
/// How many questions may wait for a connection to take them.
const QUEUE: usize = 1_024;
/// How many connections one question may be carried over: an upstream may close each after one answer (RFC 7766
/// §6.2.4), and then several questions run for the next.
const MOST_TRIES: usize = 16;
/// How many connections that never brought an answer to anybody.
const MOST_FRUITLESS: usize = 2;

/// How a connection is made.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) socket: SocketAddr,
    pub(super) numbers: Arc<Numbers>,
    secure: Option<Secure>,
    /// The endpoint of DNS over HTTPS.
    endpoint: Option<Uri>,
    /// How long one upstream may take before another is asked.
    pub(super) patience: Duration,
    /// How long anybody waits for an answer.
    pub(super) limit: Duration,
}

impl Way {
    pub(super) fn new(
        address: &UpstreamAddress,
        config: Option<&Arc<ClientConfig>>,
        common: &Common,
    ) -> io::Result<Self> {
        let secure = config.map(|config| Secure::new(config, address)).transpose()?;
        let endpoint = match address.transport {
            Transport::Https => Some(https::endpoint(address)?),
            Transport::Plain | Transport::Tcp | Transport::Tls => None,
        };
        let numbers = Arc::clone(&common.numbers);
        let Common { patience, limit, .. } = *common;
        Ok(Self { socket: address.socket, numbers, secure, endpoint, patience, limit })
    }

    async fn open(&self) -> Result<TcpStream, Fault> {
        let stream = TcpStream::connect(self.socket).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Opens a connection and serves its questions until it ends.
    async fn run(&self, queue: &mut mpsc::Receiver<Errand>, answered: &AtomicU64) -> Result<(), Fault> {
        let opening = async {
            let stream = self.open().await?;
            match &self.secure {
                Some(secure) => Ok(Opened::Secure(Box::new(secure::open(secure, stream).await?))),
                None => Ok(Opened::Plain(stream)),
            }
        };
        // A handshake takes several journeys to and fro.
        match timeout(self.patience * 3, opening).await.unwrap_or(Err(Fault::Silent))? {
            Opened::Plain(stream) => stream::serve(self, stream, queue, answered).await,
            Opened::Secure(stream) => match &self.endpoint {
                Some(endpoint) => https::serve(self, endpoint, stream, queue, answered).await,
                None => stream::serve(self, stream, queue, answered).await,
            },
        }
    }
}

enum Opened {
    Plain(TcpStream),
    Secure(Box<secure::SecureStream>),
}

/// A question on its way to a connection. When the connection ends, the reply's end is dropped.
#[derive(Debug)]
pub(super) struct Errand {
    pub(super) ask: Arc<Ask>,
    pub(super) reply: oneshot::Sender<Result<Reply, Fault>>,
}

/// One connection, opening or open.
#[derive(Debug, Clone)]
struct Line {
    queue: mpsc::Sender<Errand>,
    /// How many answers it has brought.
    answered: Arc<AtomicU64>,
}

/// The connection to one upstream, made anew when needed.
#[derive(Debug)]
pub(super) struct Lines {
    way: Arc<Way>,
    current: Mutex<Option<Line>>,
}

impl Lines {
    pub(super) fn new(way: Way) -> Self {
        Self { way: Arc::new(way), current: Mutex::default() }
    }

    pub(super) async fn ask(&self, ask: &Arc<Ask>) -> Result<Reply, Fault> {
        let mut fruitless = 0;
        for _ in 0..MOST_TRIES {
            let (reply, mut coming) = oneshot::channel();
            let Line { queue, answered } = self.line();
            let before = answered.load(Relaxed);
            match queue.try_send(Errand { ask: Arc::clone(ask), reply }) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => return Err(Fault::Busy),
                Err(TrySendError::Closed(_)) => continue,
            }
            // The connection knows that it is wanted no more by the last sender's end.
            drop(queue);
            let came = match timeout(self.way.patience, &mut coming).await {
                Ok(came) => came,
                Err(_elapsed) => {
                    if answered.load(Relaxed) == before {
                        self.leave(&answered);
                    }
                    coming.await
                }
            };
            match came {
                Ok(outcome) => return outcome,
                Err(_closed) if answered.load(Relaxed) == 0 => fruitless += 1,
                Err(_closed) => {}
            }
            if fruitless >= MOST_FRUITLESS {
                break;
            }
        }
        Err(Fault::Closed)
    }

    /// The open connection, or a new one.
    fn line(&self) -> Line {
        let mut current = self.current();
        if let Some(line) = current.as_ref().filter(|line| !line.queue.is_closed()) {
            return line.clone();
        }
        let (queue, waiting) = mpsc::channel(QUEUE);
        let line = Line { queue, answered: Arc::default() };
        tokio::spawn(live(Arc::clone(&self.way), waiting, Arc::clone(&line.answered)));
        *current = Some(line.clone());
        line
    }

    /// Brings no more questions to a connection over which nothing comes: it may be dead without anybody having said
    /// so. What is asked already goes on waiting.
    fn leave(&self, answered: &Arc<AtomicU64>) {
        let mut current = self.current();
        if current.as_ref().is_some_and(|line| Arc::ptr_eq(&line.answered, answered)) {
            *current = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<Line>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's life.
async fn live(way: Arc<Way>, mut queue: mpsc::Receiver<Errand>, answered: Arc<AtomicU64>) {
    let outcome = way.run(&mut queue, &answered).await;
    queue.close();
    // Those who wait are told why, if there is a reason; else they see that it has ended, and may take another.
    if let Err(fault) = outcome {
        while let Some(errand) = queue.recv().await {
            tell(errand.reply, Err(fault));
        }
    }
}

/// Gives an answer to whoever asked, if he still waits.
pub(super) fn tell(reply: oneshot::Sender<Result<Reply, Fault>>, outcome: Result<Reply, Fault>) {
    if reply.send(outcome).is_err() {
        tracing::trace!("an upstream's answer came too late for the one who asked");
    }
}
