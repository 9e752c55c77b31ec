//! The practice range: harmless fictional sites on one loopback port, told apart by the `Host` header, so that
//! everything can be tried with no internet.
//!
//! It plays the outside world. It knows nothing of Holdfast, and its pages may do what outside pages do (scripts,
//! WebSocket connections, endless bodies), which the pages of our own origin may not.

mod answers;
mod bodies;
mod search;
mod sites;

pub use sites::{SITES, Site};

use axum::Router;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// The practice range, before it runs.
#[derive(Debug)]
pub struct Range;

/// A running practice range. It stops when this is dropped.
#[derive(Debug)]
pub struct RunningRange {
    /// Where it listens. Every site answers here.
    pub address: SocketAddr,
    /// The sites it plays.
    pub sites: &'static [Site],
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Range {
    /// Starts the range. Port 0 takes a free one. Only a loopback address is accepted: the invented gambling site and
    /// the endless downloads are not for a school's network.
    pub async fn start(bind: SocketAddr) -> io::Result<RunningRange> {
        if !bind.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "The practice range only listens on this computer itself. Give it {} instead of {}.",
                    Ipv4Addr::LOCALHOST,
                    bind.ip()
                ),
            ));
        }
        let listener = TcpListener::bind(bind).await.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("The practice range cannot listen on {bind}: {error}. Stop the program that uses this port, or choose another port."),
            )
        })?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().fallback(answers::answer);
        let task = tokio::spawn(async move {
            let until = async {
                // Both a word to stop and a dropped sender end it.
                drop(stopped.await);
            };
            axum::serve(listener, router).with_graceful_shutdown(until).await
        });
        Ok(RunningRange { address, sites: SITES, stop: Some(stop), task })
    }
}

impl RunningRange {
    /// Stops at once; downloads under way are cut off.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        self.task.abort();
        // Aborting is what was asked for, so its report is no news.
        drop((&mut self.task).await);
    }
}

impl Drop for RunningRange {
    fn drop(&mut self) {
        self.task.abort();
    }
}
