//! The computer: its clock, disk, memory and open files.

use super::Finding;
use crate::{clock, config::Config};
use jiff::Timestamp;
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

/// How much free disk is too little, bytes.
const LITTLE_DISK: u64 = 1024 * 1024 * 1024;
/// How much free disk is enough, however large the disk is, bytes.
const PLENTY_OF_DISK: u64 = 20 * 1024 * 1024 * 1024;
/// How much free disk is as good as none, bytes.
const NO_DISK: u64 = 64 * 1024 * 1024;
/// How much memory should be there for others, kilobytes.
const LITTLE_MEMORY: u64 = 256 * 1024;
/// Files that are open besides connections.
const OTHER_FILES: u64 = 1_024;
/// How far files of the data folder may be ahead of the clock.
const AHEAD: Duration = Duration::from_mins(5);
/// How deep and how many files are looked at.
const DEPTH: usize = 3;
/// The same.
const MOST_FILES: usize = 20_000;

pub(super) fn examine(config: &Config, service: Option<u32>, now: Timestamp) -> Vec<Finding> {
    let mut findings = clock(config, now);
    findings.extend(disk(&config.data));
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| number_after(&text, "MemAvailable:"));
    if let Some(kilobytes) = memory {
        findings.push(memory_of(kilobytes));
    }
    let limits = service.and_then(|process| fs::read_to_string(format!("/proc/{process}/limits")).ok());
    if let Some(files) = limits.and_then(|text| number_after(&text, "Max open files")) {
        findings.push(open_files(config, files));
    }
    findings
}

fn clock(config: &Config, now: Timestamp) -> Vec<Finding> {
    let advice =
        "Set it: timedatectl set-ntp true, or `date -s`. Certificates, timetables and the log need the true time.";
    let newest = newest_file(&config.data);
    if now < clock::WRITTEN {
        return vec![Finding::fault(
            "clock",
            format!("It says {now:.0}, which is before this program was written."),
            advice,
        )];
    }
    if let Some((path, at)) = newest.filter(|(_, at)| at.duration_since(now).unsigned_abs() > AHEAD && *at > now) {
        let words =
            format!("It says {now:.0}, and {path} was written at {at:.0}. The clock is behind, or was ahead then.");
        return vec![Finding::fault("clock", words, advice)];
    }
    let told = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    match told.map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned()).as_deref() {
        Ok("no") => {
            vec![Finding::attention("clock", "Nothing keeps it right: it is not set by the network's time.", advice)]
        }
        Ok("yes") => vec![Finding::fine("clock", "It is kept right by the network's time.")],
        _ => vec![Finding::fine(
            "clock",
            "Nothing speaks against it; whether anything keeps it right cannot be told here.",
        )],
    }
}

/// The newest file of the data folder by its time of change.
fn newest_file(data: &Path) -> Option<(String, Timestamp)> {
    let mut newest: Option<(String, SystemTime)> = None;
    for path in super::kept::files(data, DEPTH, MOST_FILES) {
        let Ok(at) = fs::symlink_metadata(&path).and_then(|found| found.modified()) else { continue };
        if newest.as_ref().is_none_or(|(_, newest)| at > *newest) {
            newest = Some((path.display().to_string(), at));
        }
    }
    let (path, at) = newest?;
    Some((path, Timestamp::try_from(at).ok()?))
}

/// The disk of the data folder; it holds the log as well.
fn disk(data: &Path) -> Option<Finding> {
    let found = rustix::fs::statvfs(data).ok()?;
    let (free, whole) = (found.f_bavail.saturating_mul(found.f_frsize), found.f_blocks.saturating_mul(found.f_frsize));
    let words = format!("{} of {} are free where {} is.", size(free), size(whole), data.display());
    let advice = "Make room or a larger disk; or keep less of the log (`[log] megabytes` and `keep_days` in the config). When it is full, the log loses lines and no list is renewed.";
    Some(if free < NO_DISK {
        Finding::fault("disk", words, advice)
    } else if free < LITTLE_DISK || (free < whole / 10 && free < PLENTY_OF_DISK) {
        Finding::attention("disk", words, advice)
    } else {
        Finding::fine("disk", words)
    })
}

fn size(bytes: u64) -> String {
    let megabytes = bytes / (1024 * 1024);
    if megabytes < 10_240 { format!("{megabytes} MB") } else { format!("{} GB", megabytes / 1024) }
}

fn memory_of(kilobytes: u64) -> Finding {
    let words = format!("{} are free for programs.", size(kilobytes.saturating_mul(1024)));
    if kilobytes < LITTLE_MEMORY {
        Finding::attention("memory", words, "See which program takes it (`top`, then M), or give the machine more.")
    } else {
        Finding::fine("memory", words)
    }
}

/// Each connection through the proxy has two ends.
fn open_files(config: &Config, files: u64) -> Finding {
    let names = if config.dns.is_some() { 4_096 } else { 0 };
    let wanted = (config.limits.connections as u64).saturating_mul(2).saturating_add(names).saturating_add(OTHER_FILES);
    if files < wanted {
        Finding::attention(
            "open files",
            format!("The service may open {files}, and as many connections as the config allows need {wanted}."),
            "Raise `LimitNOFILE` with `systemctl edit holdfast`, or lower `[limits] connections` in the config.",
        )
    } else {
        Finding::fine("open files", format!("The service may open {files}."))
    }
}

/// The first number after these words.
fn number_after(text: &str, words: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(words))?;
    let first = line.split_ascii_whitespace().next()?;
    if first == "unlimited" { Some(u64::MAX) } else { first.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn little_memory_and_few_files_are_told() {
        assert_eq!(memory_of(100 * 1024).grade, Grade::Attention);
        assert_eq!(memory_of(4 * 1024 * 1024).grade, Grade::Fine);
        let text = "Limit                     Soft Limit           Hard Limit           Units\n\
                    Max open files            1024                 524288               files\n";
        assert_eq!(number_after(text, "Max open files"), Some(1024));
        assert_eq!(number_after("MemAvailable:  123 kB", "MemAvailable:"), Some(123));
        assert_eq!(number_after("Max open files  unlimited", "Max open files"), Some(u64::MAX));
    }
}
