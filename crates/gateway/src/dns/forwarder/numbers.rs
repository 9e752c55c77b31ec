//! Random message numbers, from the system's generator, drawn in bulk.

use super::upstream::Fault;
use std::sync::{Mutex, PoisonError};

/// How many bytes are drawn at once.
const DRAWN: usize = 512;

/// A stock of random numbers that nobody can guess (RFC 5452 §9.2).
#[derive(Debug, Default)]
pub(super) struct Numbers {
    stock: Mutex<Vec<u8>>,
}

impl Numbers {
    /// The next one.
    pub(super) fn next(&self) -> Result<u16, Fault> {
        let mut stock = self.stock.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let (Some(high), Some(low)) = (stock.pop(), stock.pop()) {
                return Ok(u16::from_be_bytes([high, low]));
            }
            let mut drawn = vec![0; DRAWN];
            getrandom::fill(&mut drawn).map_err(|fault| {
                tracing::error!(%fault, "the system gives no randomness, so no name can be asked for");
                Fault::Own
            })?;
            *stock = drawn;
        }
    }
}
