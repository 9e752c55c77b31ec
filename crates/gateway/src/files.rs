//! How many files, sockets among them, this process may have open, and how many connections fit into that.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files kept for everything but clients' connections and what is opened for them: lists, logs, idle connections.
const OTHER_FILES: u64 = 256;
/// Sockets of one connection: the client's, and the one to the site.
const SOCKETS_OF_A_CONNECTION: u64 = 2;

/// Raises the limit of open files as far as the system lets this process, and answers how many of the connections
/// wanted fit into it. A gate that runs out of files turns everybody away, those already inside included.
pub(crate) fn most_connections(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    let limit = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            current
        }
    };
    let fitting = fitting(wanted, limit);
    if fitting < wanted {
        tracing::warn!(
            wanted,
            fitting,
            "the system lets this program open too few files for that many connections; raise its limit of open files \
             (LimitNOFILE of its service) or lower the number of connections"
        );
    }
    fitting
}

/// How many of the connections wanted fit into this limit; `None` is no limit.
fn fitting(wanted: usize, limit: Option<u64>) -> usize {
    let Some(limit) = limit else { return wanted };
    let room = limit.saturating_sub(OTHER_FILES) / SOCKETS_OF_A_CONNECTION;
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_cut_down_to_the_files_there_are() {
        assert_eq!(fitting(20_000, None), 20_000);
        assert_eq!(fitting(20_000, Some(1_048_576)), 20_000);
        assert_eq!(fitting(20_000, Some(4_352)), 2_048);
        assert_eq!(fitting(20_000, Some(100)), 1);
    }

    #[test]
    fn the_soft_limit_is_raised_to_the_hard_one() {
        most_connections(1);
        let now = getrlimit(Resource::Nofile);
        assert_eq!(now.current, now.maximum);
    }
}
