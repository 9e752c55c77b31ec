//! Answers that clients have not taken in yet. They are all that a client can make us keep: whoever asks and never reads
//! is soon asked nothing more of, and never has more than its share.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// Questions of one connection whose answers are not written yet. Whoever asks more waits, as its bytes do.
pub(super) const AT_ONCE: usize = 16;
/// With this many bytes of answers not taken in, a connection's further questions wait.
const MOST_OF_A_CONNECTION: usize = 256 * 1024;
/// With this many of all connections together, whoever has not taken in an earlier answer gets no other.
const MOST_OF_ALL: usize = 64 * 1024 * 1024;

/// What one connection has not taken in.
pub(super) struct Unwritten {
    places: Arc<Semaphore>,
    bytes: AtomicUsize,
    /// The same of all connections.
    of_all: Arc<AtomicUsize>,
    written: Notify,
}

impl Unwritten {
    pub(super) fn new(of_all: &Arc<AtomicUsize>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Arc::new(Self { places, bytes: AtomicUsize::new(0), of_all: Arc::clone(of_all), written: Notify::new() })
    }

    /// Waits until one more question may be asked. Nothing where none ever may, which is never so.
    pub(super) async fn place(self: &Arc<Self>) -> Option<Place> {
        let permit = Arc::clone(&self.places).acquire_owned().await.ok()?;
        loop {
            let written = self.written.notified();
            if self.bytes.load(Relaxed) < MOST_OF_A_CONNECTION {
                return Some(Place { unwritten: Arc::clone(self), _permit: permit });
            }
            written.await;
        }
    }
}

/// The place of one question, from before it is read until its answer is written.
pub(super) struct Place {
    unwritten: Arc<Unwritten>,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// Keeps the place for this answer. Nothing where too much waits already: then the connection is not worth keeping.
    pub(super) fn keep(self, bytes: Vec<u8>) -> Option<Kept> {
        let Unwritten { bytes: of_connection, of_all, .. } = &*self.unwritten;
        let all = of_all.fetch_add(bytes.len(), Relaxed) + bytes.len();
        let before = of_connection.fetch_add(bytes.len(), Relaxed);
        let kept = Kept { bytes, place: self };
        (before == 0 || all <= MOST_OF_ALL).then_some(kept)
    }
}

/// An answer that is not written yet. Dropping it says that it is.
pub(super) struct Kept {
    bytes: Vec<u8>,
    place: Place,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Unwritten { bytes, of_all, written, .. } = &*self.place.unwritten;
        bytes.fetch_sub(self.bytes.len(), Relaxed);
        of_all.fetch_sub(self.bytes.len(), Relaxed);
        written.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    /// What is there without waiting.
    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn is_ready<T>(future: impl Future<Output = Option<T>>) -> bool {
        now(future).flatten().is_some()
    }

    #[test]
    fn a_connection_has_so_many_places_until_its_answers_are_written() {
        let unwritten = Unwritten::new(&Arc::default());
        let mut places: Vec<_> = (0..AT_ONCE).map(|_| now(unwritten.place()).flatten().unwrap()).collect();
        assert!(!is_ready(unwritten.place()));
        let kept = places.pop().unwrap().keep(vec![0; 10]).unwrap();
        assert!(!is_ready(unwritten.place()), "the answer is there, but nobody took it in");
        drop(kept);
        assert!(is_ready(unwritten.place()));
    }

    #[test]
    fn long_answers_take_the_room_of_many() {
        let unwritten = Unwritten::new(&Arc::default());
        let mut kept: Vec<_> = (0..4)
            .map(|_| now(unwritten.place()).flatten().unwrap().keep(vec![0; MOST_OF_A_CONNECTION / 4]).unwrap())
            .collect();
        assert!(!is_ready(unwritten.place()));
        kept.pop();
        assert!(is_ready(unwritten.place()));
    }

    #[test]
    fn where_all_have_too_much_nobody_gets_a_second_answer() {
        let of_all = Arc::new(AtomicUsize::new(MOST_OF_ALL));
        let unwritten = Unwritten::new(&of_all);
        let place = || now(unwritten.place()).flatten().unwrap();
        let (first, second) = (place(), place());
        let kept = first.keep(vec![0; 10]);
        assert!(kept.is_some() && second.keep(vec![0; 10]).is_none());
        drop(kept);
        assert_eq!(of_all.load(Relaxed), MOST_OF_ALL, "what was given up is counted no more");
    }
}
