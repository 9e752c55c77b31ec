//! How many files, sockets among them, this process may have open, and how many connections fit into that.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files kept for everything but clients' connections and what is opened for them: lists, logs.
const OTHER_FILES: u64 = 256;
/// Sockets of one connection: the client's, and the one to the site.
const SOCKETS_OF_A_CONNECTION: u64 = 2;

/// One part in so many of what is there is the name service's for its clients' connections, and another for its own
/// questions upstream. The proxy has the rest, whether names are served or not.
const SHARE_OF_NAMES: u64 = 8;

/// One part in so many of what is there is kept for idle connections to sites, where it is too little for everything.
const SHARE_OF_IDLE: u64 = 8;

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Clients' connections.
    pub(crate) connections: usize,
    /// Idle connections to sites, those of all workers together.
    pub(crate) idle: usize,
}

/// Raises the limit of open files as far as the system lets this process, and answers how much of what is wanted fits
/// into the proxy's part of it. A gate that runs out of files turns everybody away, those already inside included.
pub(crate) fn room(connections: usize, idle: usize) -> Room {
    let fitting = fitting(Room { connections, idle }, raised());
    warn_of(connections, fitting.connections);
    fitting
}

/// The same for the name service's connections.
pub(crate) fn room_for_names(connections: usize) -> usize {
    let fitting = fitting_names(connections, raised());
    warn_of(connections, fitting);
    fitting
}

/// How many files this process may have open, once the limit is raised; `None` is no limit.
fn raised() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            current
        }
    }
}

fn warn_of(wanted: usize, fitting: usize) {
    if fitting < wanted {
        tracing::warn!(
            wanted,
            fitting,
            "the system lets this program open too few files for that many connections; raise its limit of open files \
             (LimitNOFILE of its service) or lower the number of connections"
        );
    }
}

fn fitting_names(wanted: usize, limit: Option<u64>) -> usize {
    let Some(limit) = limit else { return wanted };
    let room = limit.saturating_sub(OTHER_FILES) / SHARE_OF_NAMES;
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX)).max(1)
}

/// How much of what is wanted fits into this limit; `None` is no limit.
fn fitting(wanted: Room, limit: Option<u64>) -> Room {
    let Some(limit) = limit else { return wanted };
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let all = limit.saturating_sub(OTHER_FILES);
    let room = all - all / SHARE_OF_NAMES * 2;
    let for_all = (wanted.connections as u64).saturating_mul(SOCKETS_OF_A_CONNECTION);
    let for_idle = room.saturating_sub(for_all).max(room / SHARE_OF_IDLE);
    let idle = wanted.idle.min(count(for_idle));
    let connections = (room - idle as u64) / SOCKETS_OF_A_CONNECTION;
    Room { connections: wanted.connections.min(count(connections)).max(1), idle }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_cut_down_to_the_files_there_are() {
        let fits = |connections, idle, limit| {
            let Room { connections, idle } = fitting(Room { connections, idle }, limit);
            (connections, idle)
        };
        assert_eq!(fits(20_000, 2_048, None), (20_000, 2_048));
        assert_eq!(fits(20_000, 2_048, Some(1_048_576)), (20_000, 2_048));
        assert_eq!(fits(20_000, 0, Some(4_352)), (1_536, 0));
        assert_eq!(fits(20_000, 2_048, Some(4_352)), (1_344, 384), "an eighth is kept for idle ones");
        assert_eq!(fits(1_000, 4_096, Some(4_352)), (1_000, 1_072), "what connections do not need, idle ones may have");
        assert_eq!(fits(20_000, 2_048, Some(100)), (1, 0));
        assert_eq!((fitting_names(4_096, Some(4_352)), fitting_names(4_096, None)), (512, 4_096));
        for limit in (0..40_000).step_by(97) {
            let (connections, idle) = fits(20_000, 2_048, Some(limit));
            // As many again are the name service's own sockets.
            let names = fitting_names(4_096, Some(limit));
            let all = (connections * 2 + idle + names * 2) as u64 + OTHER_FILES;
            assert!(connections == 1 || names == 1 || all <= limit, "{limit}");
        }
    }

    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        room(1, 1);
        let now = getrlimit(Resource::Nofile);
        assert_eq!(now.current, now.maximum);
    }
}
