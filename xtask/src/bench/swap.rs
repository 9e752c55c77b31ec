//! New lists under load: readers should not wait, nothing should be refused, and the memory should come back.

use super::{
    load::{self, Reading, Target},
    report::{Goal, at_most},
    server::{Server, resident_peak},
};
use std::{fs, path::Path, thread, time::Duration};

/// How often the lists are swapped while the load runs.
const SWAPS: u64 = 10;
/// From one swap to the next; the running program looks three times a second.
const BETWEEN: Duration = Duration::from_secs(1);
/// How often they are swapped altogether, the rest of them without load.
const ALL_SWAPS: u64 = 100;
/// What memory may grow by from the tenth swap to the last and still be flat.
const FLAT: f64 = 1.05;

/// What swapping under load came to.
pub(super) struct Swapping {
    /// The load that ran meanwhile.
    load: Reading,
    /// Resident memory before, in bytes.
    before: u64,
    /// Resident memory afterwards.
    after: u64,
    /// Resident memory after all swaps, those without load included.
    last: u64,
    /// The most resident memory since the program began.
    peak: u64,
}

/// Swaps between two compiled contents while wrk asks for the page, and then many times more.
pub(super) fn measure(
    folder: &Path,
    server: &Server,
    page: &Target,
    contents: &[String; 2],
    data: &Path,
) -> Result<Swapping, String> {
    let before = server.memory();
    let seconds = u32::try_from(SWAPS + 2).unwrap_or(u32::MAX);
    let load = thread::scope(|scope| {
        let load = scope.spawn(|| load::run(folder, server, page, true, seconds));
        swap(data, contents, SWAPS)?;
        load.join().map_err(|_panic| "the load broke off".to_owned())?
    })?;
    thread::sleep(BETWEEN);
    let (after, peak) = (server.memory(), resident_peak(server.process()));
    swap(data, contents, ALL_SWAPS - SWAPS)?;
    thread::sleep(BETWEEN);
    Ok(Swapping { load, before, after, last: server.memory(), peak })
}

/// Puts the one and the other content in force in turn.
fn swap(data: &Path, contents: &[String; 2], times: u64) -> Result<(), String> {
    for swap in 0..times {
        thread::sleep(BETWEEN);
        let hash = if swap % 2 == 0 { &contents[1] } else { &contents[0] };
        put(&data.join("contents/current"), hash)?;
    }
    Ok(())
}

/// Replaces the file that names the content in use, as `holdfast lists` does.
fn put(path: &Path, hash: &str) -> Result<(), String> {
    let beside = path.with_extension("new");
    let told = |fault: std::io::Error| format!("{}: {fault}", path.display());
    fs::write(&beside, hash).map_err(told)?;
    fs::rename(&beside, path).map_err(told)
}

impl Swapping {
    /// In words, for the page.
    pub(super) fn words(&self) -> String {
        let Reading { rate, p99, faults, refused, .. } = &self.load;
        format!(
            "- All lists were swapped {SWAPS} times, once a second, under the forwarded load: {rate:.0} requests a second, p99 {p99:.2} ms, \
             {faults} broken off, {refused} refused. Resident memory {} MB before, {} MB afterwards, {} MB at its highest since the start; \
             after {ALL_SWAPS} swaps, the rest of them without load, {} MB.\n",
            self.before / 1_000_000,
            self.after / 1_000_000,
            self.peak / 1_000_000,
            self.last / 1_000_000
        )
    }

    /// Against the goals.
    pub(super) fn goals(&self) -> Vec<Goal> {
        let whole = |bytes: u64| f64::from(u32::try_from(bytes / 1_000).unwrap_or(u32::MAX));
        let times = whole(self.peak) / whole(self.before).max(1.0);
        let growth = whole(self.last) / whole(self.after).max(1.0);
        let lost = self.load.faults + self.load.refused;
        vec![
            Goal {
                what: "most memory, beside steady memory under load, lists swapped ten times",
                aim: "≤ 1.3 ×",
                reading: format!("{times:.2} ×"),
                merit: at_most(times, 1.3),
            },
            Goal {
                what: "memory after a hundred swaps, beside after ten",
                aim: "flat: ≤ 1.05 ×",
                reading: format!("{growth:.2} ×"),
                merit: at_most(growth, FLAT),
            },
            Goal {
                what: "requests lost while lists are swapped",
                aim: "0",
                reading: lost.to_string(),
                merit: if lost == 0 { 1.0 } else { 0.0 },
            },
        ]
    }
}
