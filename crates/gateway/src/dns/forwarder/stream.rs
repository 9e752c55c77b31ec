//! Questions over a stream, TCP or TLS: many at once, answered in any order (RFC 7766 §6.2.1, §7).

use super::{
    line::{Errand, IDLE, Way, tell},
    upstream::{Fault, Reply},
};
use std::{
    collections::HashMap,
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf},
    sync::mpsc,
    time::{sleep, timeout},
};

/// How many questions may be on their way over one connection.
const MOST_PENDING: usize = 8_192;
/// How many numbers are drawn to find one that is free.
const DRAWS: usize = 32;
/// How many messages that answer nothing are put up with. Some are late answers.
const MOST_MISFITS: usize = 256;
/// The shortest message: its header.
const HEADER: usize = 12;

/// Questions on their way, by number.
#[derive(Debug, Default)]
struct Pending(Mutex<HashMap<u16, Errand>>);

impl Pending {
    fn all(&self) -> MutexGuard<'_, HashMap<u16, Errand>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody waits any more. Forgets those who gave up.
    fn is_idle(&self) -> bool {
        let mut all = self.all();
        all.retain(|_, errand| !errand.reply.is_closed());
        all.is_empty()
    }

    /// Enters a question and gives its message with the length before it; nothing where there is no place.
    fn enter(&self, errand: Errand, way: &Way) -> Option<Vec<u8>> {
        let mut all = self.all();
        if all.len() >= MOST_PENDING {
            all.retain(|_, errand| !errand.reply.is_closed());
        }
        let free = (all.len() < MOST_PENDING)
            .then(|| (0..DRAWS).find_map(|_| way.numbers.next().ok().filter(|number| !all.contains_key(number))));
        let Some(id) = free.flatten() else {
            tell(errand.reply, Err(Fault::Busy));
            return None;
        };
        let message = errand.ask.message(id);
        let length = u16::try_from(message.len()).ok()?;
        all.insert(id, errand);
        Some([&length.to_be_bytes(), message.as_slice()].concat())
    }
}

/// Carries questions and answers until the stream ends or nothing has been asked for long.
pub(super) async fn serve<S: AsyncRead + AsyncWrite>(
    way: &Way,
    stream: S,
    queue: &mut mpsc::Receiver<Errand>,
    answered: &AtomicU64,
) -> Result<(), Fault> {
    let (reader, writer) = tokio::io::split(stream);
    let pending = Pending::default();
    // Whatever ends it, those who wait see it ended, and may ask again over another connection.
    tokio::select! {
        ended = read(reader, &pending, answered) => match ended {
            Ok(fault) => return Err(fault),
            Err(error) => tracing::debug!(kind = %error.kind(), "an upstream's connection ended"),
        },
        () = write(way, writer, queue, &pending) => {}
    }
    Ok(())
}

/// Takes answers in. Ends with an error where the connection ends, and with a fault where it is not worth going on.
async fn read<S: AsyncRead>(mut reader: ReadHalf<S>, pending: &Pending, answered: &AtomicU64) -> io::Result<Fault> {
    let mut misfits = 0;
    while misfits < MOST_MISFITS {
        let length = usize::from(reader.read_u16().await?);
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).await?;
        let id = match bytes.first_chunk::<2>() {
            Some(number) if length >= HEADER => u16::from_be_bytes(*number),
            _ => return Ok(Fault::Nonsense("It sends messages that are too short to be any.")),
        };
        let errand = pending.all().remove(&id);
        match errand {
            Some(errand) if errand.ask.is_answered_by(id, &bytes) => {
                answered.fetch_add(1, Relaxed);
                tell(errand.reply, Ok(Reply { bytes, age: Duration::ZERO }));
            }
            Some(errand) => tell(errand.reply, Err(Fault::Nonsense("It answers another question than was asked."))),
            None => misfits += 1,
        }
    }
    Ok(Fault::Nonsense("It sends answers to questions that were never asked."))
}

/// Sends questions out. Ends where there is nothing more to wait for.
async fn write<S: AsyncWrite>(
    way: &Way,
    mut writer: WriteHalf<S>,
    queue: &mut mpsc::Receiver<Errand>,
    pending: &Pending,
) {
    loop {
        match timeout(IDLE, queue.recv()).await {
            Ok(Some(errand)) => {
                if let Some(frame) = pending.enter(errand, way)
                    && let Err(error) = send(&mut writer, &frame).await
                {
                    tracing::debug!(kind = %error.kind(), "an upstream takes no more questions");
                    queue.close();
                    break;
                }
            }
            Ok(None) => break,
            Err(_idle) if pending.is_idle() => return,
            Err(_idle) => {}
        }
    }
    // Nothing more will be asked here. Answers may still come, for as long as anybody waits.
    sleep(way.limit).await;
}

async fn send<S: AsyncWrite>(writer: &mut WriteHalf<S>, frame: &[u8]) -> io::Result<()> {
    writer.write_all(frame).await?;
    writer.flush().await
}
