//! The practice range: harmless fictional sites on one loopback port, told apart by the `Host` header, so that
//! everything can be tried with no internet. The same port speaks TLS to whoever begins with it, under certificates of
//! the range's own authority; inside as outside, HTTP/1.1 or HTTP/2, and WebSocket over both.
//!
//! It plays the outside world. It knows nothing of Holdfast, and its pages may do what outside pages do (scripts,
//! WebSocket connections, endless bodies), which the pages of our own origin may not.

mod answers;
mod bodies;
mod certificates;
mod connection;
mod search;
mod sites;

pub use sites::{SITES, STAND_INS, Site};

use certificates::Certificates;
use jiff::Timestamp;
use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tempfile::NamedTempFile;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

/// How long to wait before another connection is taken where the system gives none.
const PAUSE: Duration = Duration::from_millis(50);

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
    /// The certificate of the range's own authority, in PEM. It is another one at each start. The sites with a wrong
    /// certificate on purpose are refused by whoever trusts it as well.
    pub authority_pem: String,
    task: JoinHandle<()>,
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
        let certificates = Certificates::make(Timestamp::now()).map_err(|fault| {
            io::Error::other(format!("The practice range has no certificates: {fault}. Start the program again."))
        })?;
        let authority_pem = certificates.authority_pem.clone();
        let task = tokio::spawn(accept(listener, Arc::new(certificates)));
        Ok(RunningRange { address, sites: SITES, authority_pem, task })
    }
}

/// Takes connections until it is dropped, which ends those under way as well.
async fn accept(listener: TcpListener, certificates: Arc<Certificates>) {
    let mut connections = JoinSet::new();
    loop {
        // Those that ended are let go, so that the set does not grow.
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(connection::serve(stream, Arc::clone(&certificates)))),
            // No file handle is free, or the other side has left already.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

impl RunningRange {
    /// Writes the authority's certificate into a file of this folder, which is gone when it is dropped. Two ranges that
    /// use the same folder do not take each other's.
    ///
    /// # Errors
    ///
    /// When nothing can be written there; the text says where.
    pub fn authority_file(&self, folder: &Path) -> Result<NamedTempFile, String> {
        let fault = |fault: io::Error| format!("{}: {fault}.", folder.display());
        let mut file =
            tempfile::Builder::new().prefix("practice-range-").suffix(".pem").tempfile_in(folder).map_err(fault)?;
        file.write_all(self.authority_pem.as_bytes()).map_err(fault)?;
        Ok(file)
    }

    /// Stops at once; downloads under way are cut off.
    pub async fn stop(mut self) {
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
