//! Questions over UDP.

use super::{
    NO_ROOM,
    datagrams::{Arrival, Batch, Telling, send_one},
    is_our_own, unbroken,
};
use crate::{
    accept::Phase,
    dns::{
        respond::{self, Door, Progress, Visit, Waiting},
        service::{Now, Worker},
    },
};
use std::{
    io,
    net::{IpAddr, UdpSocket},
    os::fd::AsRawFd,
    sync::{Arc, atomic::Ordering::Relaxed},
};
use tokio::{io::Interest, sync::watch};

/// Questions of one worker that may wait for upstream at once: ordinary ones, and as many more for names that are
/// always open.
const WAITING: usize = 4_096;
/// Batches answered in one go before other tasks have their turn.
const BATCHES_AT_ONCE: usize = 8;
/// After so many errors with nothing between, an error is a lasting one.
const LASTING: u32 = 16;

/// A UDP socket as one worker sees it.
pub(super) struct UdpDoor {
    socket: tokio::net::UdpSocket,
    /// The listener's place.
    listener: usize,
    telling: Telling,
    /// The one address it is bound to.
    bound_to: Option<IpAddr>,
}

impl UdpDoor {
    pub(super) fn open(socket: UdpSocket, listener: usize) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let telling = Telling::ask(&socket)?;
        let address = socket.local_addr()?.ip().to_canonical();
        let bound_to = (telling == Telling::Nothing).then_some(address);
        Ok(Self { socket: tokio::net::UdpSocket::from_std(socket)?, listener, telling, bound_to })
    }
}

/// Answers until nobody new is to come in.
pub(super) async fn serve(worker: Arc<Worker>, door: Arc<UdpDoor>, mut phase: watch::Receiver<Phase>) {
    let answering = async {
        loop {
            if unbroken::later(answer_all(&worker, &door)).await.is_none() {
                unbroken::note_door(&worker.service.counters);
            }
            tokio::time::sleep(NO_ROOM).await;
        }
    };
    tokio::select! {
        () = answering => {}
        _ended = phase.wait_for(|phase| *phase >= Phase::Draining) => {}
    }
}

/// Answers until the socket can no longer be watched.
async fn answer_all(worker: &Arc<Worker>, door: &Arc<UdpDoor>) {
    let mut batch = Batch::new(door.telling);
    let mut answers = Answers::default();
    let mut errors = 0_u32;
    loop {
        if let Err(error) = door.socket.readable().await {
            tracing::error!(%error, "a socket of the name service can no longer be watched; it is tried again");
            return;
        }
        for _ in 0..BATCHES_AT_ONCE {
            match answer_batch(worker, door, &mut batch, &mut answers) {
                Batched::Full => errors = 0,
                Batched::Emptied => {
                    errors = 0;
                    break;
                }
                Batched::Broken(error) => {
                    errors = errors.saturating_add(1);
                    if errors == LASTING {
                        tracing::error!(%error, "a socket of the name service brings nothing but errors; it is tried again and again");
                    }
                }
            }
        }
        if errors >= LASTING {
            tokio::time::sleep(NO_ROOM).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

/// What came of one batch.
enum Batched {
    /// There may be more.
    Full,
    /// Nothing is left.
    Emptied,
    /// It is told what went wrong: once with an earlier answer on its way, or again and again.
    Broken(io::Error),
}

/// Answers what is there, as far as it fits into one batch.
fn answer_batch(worker: &Arc<Worker>, door: &Arc<UdpDoor>, batch: &mut Batch, answers: &mut Answers) -> Batched {
    let socket = door.socket.as_raw_fd();
    let mut received = None;
    // A batch that is not full has emptied the socket. Saying so at once spares asking the system again.
    let taken = door.socket.try_io(Interest::READABLE, || {
        received = Some(batch.receive(socket)?);
        if batch.is_full() { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
    });
    if let Some(headers) = received {
        answers.take_all(worker, door, batch);
        batch.send(socket, headers, answers.ready());
    }
    match taken {
        Ok(()) => Batched::Full,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Batched::Emptied,
        Err(error) => Batched::Broken(error),
    }
}

/// The answers to one batch; their memory is used again for the next.
#[derive(Default)]
struct Answers {
    all: Vec<(Arrival, Vec<u8>)>,
    ready: usize,
}

impl Answers {
    fn take_all(&mut self, worker: &Arc<Worker>, door: &Arc<UdpDoor>, batch: &Batch) {
        self.ready = 0;
        let now = worker.service.now();
        for (arrival, message) in batch.arrivals() {
            if self.all.len() == self.ready {
                self.all.push((*arrival, Vec::with_capacity(512)));
            }
            let Some((to, answer)) = self.all.get_mut(self.ready) else { return };
            answer.clear();
            if take(worker, door, &now, (arrival, message), answer) {
                *to = *arrival;
                self.ready += 1;
            }
        }
    }

    fn ready(&self) -> &[(Arrival, Vec<u8>)] {
        self.all.get(..self.ready).unwrap_or_default()
    }
}

/// Takes in one datagram. Whether its answer is ready.
fn take(
    worker: &Arc<Worker>,
    door: &Arc<UdpDoor>,
    now: &Now,
    (arrival, message): (&Arrival, &[u8]),
    answer: &mut Vec<u8>,
) -> bool {
    let came_to = door.bound_to.or_else(|| arrival.came_to.address());
    if arrival.from.port() == 0 || arrival.is_too_long || is_our_own(&worker.service, arrival.from, came_to) {
        worker.service.counters.malformed.fetch_add(1, Relaxed);
        return false;
    }
    let source = arrival.from.ip().to_canonical();
    let visit = Visit { listener: door.listener, door: Door::Udp, source, came_to, personal: None };
    let begun = unbroken::now(|| respond::begin(worker, &visit, now, message, answer));
    match begun {
        Some(Progress::Answered) => true,
        Some(Progress::Silent) => false,
        None => {
            answer.clear();
            unbroken::note(&worker.service.counters, message).is_some_and(|failed| {
                answer.extend(failed);
                true
            })
        }
        Some(Progress::Waits(waiting)) => {
            let Some(place) = Place::take(worker, &waiting) else {
                *answer = waiting.give_up(worker);
                return true;
            };
            tokio::spawn(answer_later(place, waiting, Arc::clone(door), (*arrival, message.into())));
            false
        }
    }
}

async fn answer_later(place: Place, waiting: Box<Waiting>, door: Arc<UdpDoor>, (to, message): (Arrival, Box<[u8]>)) {
    let answer = unbroken::later(waiting.finish(&place.worker)).await;
    let answer = answer.or_else(|| unbroken::note(&place.worker.service.counters, &message));
    if let Some(answer) = answer {
        send_one(door.socket.as_raw_fd(), &to, &answer);
    }
}

/// One question's place among those that wait. Dropping it, however it ends, frees it.
struct Place {
    worker: Arc<Worker>,
    always_open: bool,
}

impl Place {
    fn take(worker: &Arc<Worker>, waiting: &Waiting) -> Option<Self> {
        let always_open = waiting.is_always_open();
        let taken = worker.waiting_of(always_open);
        if taken.fetch_add(1, Relaxed) >= WAITING {
            taken.fetch_sub(1, Relaxed);
            return None;
        }
        Some(Self { worker: Arc::clone(worker), always_open })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.worker.waiting_of(self.always_open).fetch_sub(1, Relaxed);
    }
}
