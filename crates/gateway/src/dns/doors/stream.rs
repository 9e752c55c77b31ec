//! Questions over TCP and TLS (RFC 7766, RFC 7858): each with its length before it, many on their way at once, answered
//! in the order in which the answers are found.

use super::{LONGEST_QUESTION, answer};
use crate::{
    accept::Phase,
    dns::{respond::Visit, service::Worker},
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Semaphore, mpsc, watch},
    time::timeout,
};

/// Questions of one connection on their way at once. Whoever asks more waits, as its bytes do.
const AT_ONCE: usize = 64;
/// How long a client may take to take in its answers.
const WRITING: Duration = Duration::from_secs(10);
/// Answers written in one go.
const TOGETHER: usize = 16;

/// Serves one connection until either side has had enough.
pub(super) async fn serve<S: AsyncRead + AsyncWrite + Send + 'static>(
    worker: &Arc<Worker>,
    visit: &Visit,
    stream: S,
    mut phase: watch::Receiver<Phase>,
) {
    let (reader, writer) = tokio::io::split(stream);
    let (answers, found) = mpsc::channel(AT_ONCE);
    let reading = async {
        tokio::select! {
            ended = read_all(worker, visit, reader, answers) => {
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
    tokio::select! {
        () = &mut writing => {}
        () = &mut reading => writing.await,
    }
}

async fn read_all(
    worker: &Arc<Worker>,
    visit: &Visit,
    mut reader: impl AsyncRead + Unpin,
    answers: mpsc::Sender<Vec<u8>>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut message = Vec::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(()) };
        // The time holds for the whole question, so that nobody keeps a connection by sending it byte by byte.
        let read = timeout(worker.service.settings.idle, read_one(&mut reader, &mut message));
        match read.await {
            Err(_idle) => return Ok(()),
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
        }
        let (worker, visit, message, answers) =
            (Arc::clone(worker), visit.clone(), std::mem::take(&mut message), answers.clone());
        tokio::spawn(async move {
            if let Some(answer) = answer(&worker, &visit, &message).await
                && answers.send(answer).await.is_err()
            {
                tracing::trace!("a client left before its answer came");
            }
            drop(place);
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

async fn write_all(mut writer: impl AsyncWrite + Unpin, mut found: mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    let mut waiting = Vec::with_capacity(TOGETHER);
    let mut out = Vec::new();
    while found.recv_many(&mut waiting, TOGETHER).await > 0 {
        out.clear();
        for answer in waiting.drain(..) {
            // An answer never has more bytes than its length can say.
            let Ok(length) = u16::try_from(answer.len()) else { continue };
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&answer);
        }
        let writing = async {
            writer.write_all(&out).await?;
            writer.flush().await
        };
        timeout(WRITING, writing).await.map_err(|_slow| io::ErrorKind::TimedOut)??;
    }
    timeout(WRITING, writer.shutdown()).await.map_err(|_slow| io::ErrorKind::TimedOut)?
}
