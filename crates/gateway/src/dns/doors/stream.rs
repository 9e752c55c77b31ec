//! Questions over TCP and TLS (RFC 7766, RFC 7858): each with its length before it, many on their way at once, answered
//! in the order in which the answers are found.

use super::{
    LONGEST_QUESTION, answer,
    unwritten::{AT_ONCE, Kept, Unwritten},
};
use crate::{
    accept::Phase,
    dns::{respond::Visit, service::Worker},
};
use std::{
    io,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Notify, mpsc, watch},
    time::timeout,
};

/// How long a client may take to take in its answers.
const WRITING: Duration = Duration::from_secs(10);
/// So many bytes of short answers are written in one go.
const TOGETHER: usize = 16 * 1024;

/// Serves one connection until either side has had enough.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Send + 'static>(
    worker: &Arc<Worker>,
    visit: &Visit,
    stream: S,
    mut phase: watch::Receiver<Phase>,
) {
    let (reader, writer) = tokio::io::split(stream);
    let (answers, found) = mpsc::channel(AT_ONCE);
    let crowded = Arc::<Notify>::default();
    let reading = async {
        tokio::select! {
            ended = read_all(worker, visit, reader, answers, &crowded) => {
                if let Err(error) = ended {
                    tracing::trace!(%error, "a connection to the name service broke off");
                }
            }
            _ended = phase.wait_for(|phase| *phase >= Phase::Draining) => {}
        }
    };
    let writing = async {
        if let Err(error) = write_all(writer, found).await {
            tracing::trace!(%error, "a client did not take its answers");
        }
    };
    tokio::pin!(reading, writing);
    // Whoever no longer takes answers is not listened to any more; whoever has asked everything still gets them.
    let serving = async {
        tokio::select! {
            () = &mut writing => {}
            () = &mut reading => writing.await,
        }
    };
    tokio::select! {
        () = serving => {}
        () = crowded.notified() => {}
    }
}

async fn read_all(
    worker: &Arc<Worker>,
    visit: &Visit,
    mut reader: impl AsyncRead + Unpin,
    answers: mpsc::Sender<Kept>,
    crowded: &Arc<Notify>,
) -> io::Result<()> {
    let unwritten = Unwritten::new(&worker.service.unwritten);
    let mut message = Vec::new();
    loop {
        let Some(place) = unwritten.place().await else { return Ok(()) };
        // The time holds for the whole question, so that nobody keeps a connection by sending it byte by byte.
        let read = timeout(worker.service.settings.idle, read_one(&mut reader, &mut message));
        match read.await {
            Err(_idle) => return Ok(()),
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
        }
        let (worker, visit, message) = (Arc::clone(worker), visit.clone(), std::mem::take(&mut message));
        let (answers, crowded) = (answers.clone(), Arc::clone(crowded));
        tokio::spawn(async move {
            let Some(answer) = answer(&worker, &visit, &message).await else { return };
            let Some(kept) = place.keep(answer) else {
                worker.service.counters.crowded_out.fetch_add(1, Relaxed);
                return crowded.notify_one();
            };
            if answers.send(kept).await.is_err() {
                tracing::trace!("a client left before its answer came");
            }
        });
    }
}

/// Reads one question. `false` at the end.
async fn read_one(reader: &mut (impl AsyncRead + Unpin), message: &mut Vec<u8>) -> io::Result<bool> {
    let length = match reader.read_u16().await {
        Ok(length) => usize::from(length),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error),
    };
    if length > LONGEST_QUESTION {
        return Err(io::ErrorKind::InvalidData.into());
    }
    message.resize(length, 0);
    reader.read_exact(message).await?;
    Ok(true)
}

async fn write_all(mut writer: impl AsyncWrite + Unpin, mut found: mpsc::Receiver<Kept>) -> io::Result<()> {
    let mut waiting = Vec::with_capacity(AT_ONCE);
    let mut out = Vec::new();
    while found.recv_many(&mut waiting, AT_ONCE).await > 0 {
        for (place, kept) in waiting.iter().enumerate() {
            let answer = kept.as_ref();
            // An answer never has more bytes than its length can say.
            let Ok(length) = u16::try_from(answer.len()) else { continue };
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(answer);
            if out.len() >= TOGETHER || place + 1 == waiting.len() {
                timeout(WRITING, writer.write_all(&out)).await.map_err(|_slow| io::ErrorKind::TimedOut)??;
                out.clear();
                out.shrink_to(TOGETHER);
            }
        }
        timeout(WRITING, writer.flush()).await.map_err(|_slow| io::ErrorKind::TimedOut)??;
        // Only now is there room for other questions.
        waiting.clear();
    }
    timeout(WRITING, writer.shutdown()).await.map_err(|_slow| io::ErrorKind::TimedOut)?
}
