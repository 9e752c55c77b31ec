//! What a panic may cost: one datagram, one question or one connection, never a door (house invariant 5).

use crate::dns::{counters::Counters, question::HEADER};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::atomic::Ordering::Relaxed,
    task::Poll,
};

/// The longest label of a name (RFC 1035 §2.3.4).
const LONGEST_LABEL: usize = 63;
/// What makes an answer of a question's flags: QR is set, operation and wish for recursion are kept.
const RESPONSE: u8 = 0x80;
const KEPT_FLAGS: u8 = 0x79;
/// Recursion is available; the wish for unchecked answers is kept; the service failed.
const AVAILABLE: u8 = 0x80;
const KEPT_MORE_FLAGS: u8 = 0x10;
const FAILED: u8 = 2;

/// What this brings; nothing where it breaks off.
pub(super) fn now<T>(work: impl FnOnce() -> T) -> Option<T> {
    // What is shared behind it is counters and memories whose locks are taken over as they are; each holds nothing but
    // whole values at every moment. What it was writing is thrown away.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// What this brings in the end; nothing where it breaks off.
pub(super) async fn later<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| match now(|| work.as_mut().poll(context)) {
        Some(progress) => progress.map(Some),
        // It is never looked at again.
        None => Poll::Ready(None),
    })
    .await
}

/// Says that a question broke off, and gives the answer that it failed, if it can be answered at all.
pub(super) fn note(counters: &Counters, message: &[u8]) -> Option<Vec<u8>> {
    counters.faults.fetch_add(1, Relaxed);
    // Without the question, which may be about a help site.
    tracing::error!("answering a question broke off inside the filter; please report this");
    failed(message)
}

/// Says that a door broke off and is opened again.
pub(super) fn note_door(counters: &Counters) {
    counters.faults.fetch_add(1, Relaxed);
    tracing::error!("a door of the name service broke off inside the filter, and is opened again; please report this");
}

/// The answer that the service failed, with the question as it came where it is one. Written without any of the code
/// that may have broken off.
fn failed(message: &[u8]) -> Option<Vec<u8>> {
    let &[id_high, id_low, flags, more_flags, ..] = message.first_chunk::<HEADER>()?;
    if flags & RESPONSE != 0 {
        return None;
    }
    let question = question(message).unwrap_or_default();
    let mut out = Vec::with_capacity(HEADER + question.len());
    let flags = [RESPONSE | (flags & KEPT_FLAGS), AVAILABLE | (more_flags & KEPT_MORE_FLAGS) | FAILED];
    out.extend([id_high, id_low].into_iter().chain(flags));
    out.extend([0, u8::from(!question.is_empty()), 0, 0, 0, 0, 0, 0]);
    out.extend_from_slice(question);
    Some(out)
}

/// The question's bytes: a name that is not compressed, type and class.
fn question(message: &[u8]) -> Option<&[u8]> {
    let mut end = HEADER;
    loop {
        let length = usize::from(*message.get(end)?);
        end += 1 + length;
        match length {
            0 => return message.get(HEADER..end + 4),
            1..=LONGEST_LABEL => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &[u8] =
        b"\x4a\x4b\x01\x10\0\x01\0\0\0\0\0\x01\x06rivers\x07example\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0";

    #[test]
    fn what_breaks_off_is_answered_that_it_failed() {
        let counters = Counters::default();
        let answer = note(&counters, ASKED).unwrap();
        assert_eq!(answer[..12], *b"\x4a\x4b\x81\x92\0\x01\0\0\0\0\0\0");
        assert_eq!(answer[12..], ASKED[12..32]);
        assert_eq!(counters.faults.load(Relaxed), 1);
        // What is no question gets no answer, and what has no name gets a bare one.
        assert_eq!(failed(&answer), None);
        assert_eq!(failed(&ASKED[..11]), None);
        for cut in 12..32 {
            assert_eq!(failed(&ASKED[..cut]).unwrap(), b"\x4a\x4b\x81\x92\0\0\0\0\0\0\0\0");
        }
    }

    #[tokio::test]
    async fn a_panic_ends_nothing_else() {
        assert_eq!((now(|| 7), now(|| -> u8 { panic!("for the test") })), (Some(7), None));
        let breaking = async {
            tokio::task::yield_now().await;
            panic!("for the test")
        };
        assert_eq!((later(async { 7 }).await, later::<u8>(breaking).await), (Some(7), None));
    }
}
