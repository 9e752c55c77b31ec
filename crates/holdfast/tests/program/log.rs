//! The log of the real program: who is named in it, what is never in it, and what is left of it after the worst.

use crate::{
    asking::{connect, get},
    common::until,
    school::{School, Served, closing, people, policy},
};
use holdfast_activity::journal::Line;
use std::{
    fs::{self, File},
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// The log's files, oldest first.
fn files(data: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(data.join("activity")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    files
}

/// The log's whole lines as they stand now.
pub(crate) fn lines(data: &Path) -> Vec<String> {
    let texts = files(data).into_iter().map(|file| fs::read_to_string(file).unwrap());
    texts
        .flat_map(|text| {
            text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn until_logged(data: &Path, words: &str) -> String {
    until(&format!("a line of the log with {words}"), || {
        lines(data).into_iter().rev().find(|line| line.contains(words))
    })
}

#[test]
fn a_visit_for_help_is_in_no_file_of_the_log() {
    let mut school = School::new();
    let served = school.serve();
    for listener in [served.proxy, served.chloe] {
        assert!(served.is_open(listener, "helpline.example"));
        assert_eq!(get(listener, "http://helpline.example/worries").status, 200);
        // Port 80 of a tunnel is read as HTTP, so it is opened without a site that speaks TLS.
        assert_eq!(connect(listener, "helpline.example:80").status, 200);
    }
    assert!(!served.is_open(served.chloe, "casino.example"));
    until_logged(&school.data(), "casino.example");
    assert!(!served.program.errors().contains("helpline"));
    assert!(served.program.stop().success());
    assert_eq!(lines(&school.data()).len(), 1, "not even a line without a name");
    let mut looked_at = 0;
    for entry in fs::read_dir(school.data().join("activity")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("helpline"), "{}: {text}", path.display());
        assert!(!text.contains("worries"), "{}: {text}", path.display());
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
        looked_at += 1;
    }
    assert!(looked_at >= 2);
    assert_eq!(school.data().join("activity").metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn persons_are_in_the_log_only_while_everybody_was_told() {
    let mut school = School::new();
    let served = school.serve();
    assert!(!served.is_open(served.chloe, "social.example"));
    let line = until_logged(&school.data(), "social.example");
    assert!(line.contains("\"pupil-chloe\""), "{line}");

    let told = people(2, "");
    let (start, rest) = told.split_once("[told]").unwrap();
    let (_, end) = rest.split_once("[[person]]").unwrap();
    let untold = format!("{start}[[person]]{end}");
    assert!(!untold.contains("impact_assessment"));
    school.write("people.toml", &untold);
    let nameless = |line: &str| !line.contains("pupil-chloe") && line.contains("\"oak\"");
    let mut number = 0;
    until("lines without a person", || {
        number += 1;
        get(served.chloe, &format!("http://social.example/try{number}"));
        nameless(&until_logged(&school.data(), &format!("/try{number}\""))).then_some(())
    });
    // From here on there is none with a person, whoever asks and however it is judged.
    let before = lines(&school.data()).len();
    for listener in [served.chloe, served.teacher] {
        get(listener, "http://casino.example/");
        get(listener, "http://news.example/");
        connect(listener, "casino.example:443");
    }
    get(served.proxy, "http://casino.example/last");
    until_logged(&school.data(), "/last");
    let later = lines(&school.data()).split_off(before);
    assert!(later.len() >= 7);
    for line in later {
        assert!(!line.contains("pupil-") && !line.contains("staff-02") && !line.contains("127.0.0.1"), "{line}");
    }
}

#[test]
fn what_was_flushed_outlives_a_kill_and_a_broken_line_is_cut_off() {
    let mut school = School::new();
    let mut served = school.serve();
    let ruleset = served.ruleset();
    let mut fastest = Duration::MAX;
    for round in 0..3 {
        get(served.chloe, &format!("http://social.example/flushed-{round}"));
        until_logged(&school.data(), &format!("flushed-{round}"));
        // Half a line, as a crash in the middle of a write leaves it.
        let last = files(&school.data()).pop().unwrap();
        let before = lines(&school.data());
        served.program.kill();
        File::options().append(true).open(last).unwrap().write_all(b"{\"kind\":\"request\",\"refer").unwrap();

        let started = Instant::now();
        served = school.serve();
        assert!(!served.is_open(served.chloe, "casino.example"));
        fastest = fastest.min(started.elapsed());
        assert_eq!(served.ruleset(), ruleset);
        until_logged(&school.data(), "casino.example");
        for file in files(&school.data()) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.is_empty() || text.ends_with('\n'), "{}: {text}", file.display());
        }
        let after = lines(&school.data());
        assert_eq!(after[..before.len()], before, "lines that were flushed are there, unchanged");
    }
    for line in lines(&school.data()) {
        serde_json::from_str::<Line>(&line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
    }
    println!("after kill -9 it judged again after {fastest:?}");
    // The best of three: what else this computer does at the moment is not the program's fault.
    assert!(fastest < Duration::from_secs(2), "{fastest:?}");
}

/// A small disk of its own for the log; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&at).unwrap();
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&at).output();
        match output {
            Ok(output) if output.status.success() => Ok(Self(at)),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(fault) => Err(fault.to_string()),
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[test]
fn a_full_disk_changes_no_verdict_and_is_shown_with_what_was_lost() {
    let mut school = School::new();
    let disk = match SmallDisk::mount(school.data().join("activity")) {
        Ok(disk) => disk,
        Err(reason) => return crate::skipped::because(format!("no small disk can be mounted here: {reason}")),
    };
    let served = school.serve();
    served.assert_filtering();
    fill(&disk.0.join("somebody-elses-file"));
    ask_until(&served, "The disk that holds the activity log is full");
    served.assert_filtering();
    assert!(served.status().contains("<h2>Alarm</h2>"));
    // The lines that wait in memory have a limit; beyond it they are counted.
    let long = "x".repeat(6_000);
    until("lost lines to be shown", || {
        for listener in [served.proxy, served.chloe] {
            for _ in 0..100 {
                get(listener, &format!("http://casino.example/{long}"));
            }
        }
        served
            .status()
            .contains("<strong class=\"bad\">")
            .then(|| served.status())
            .filter(|page| page.contains("blocked</strong>"))
    });
    served.assert_filtering();

    fs::remove_file(disk.0.join("somebody-elses-file")).unwrap();
    until("the alarm about the disk to end", || {
        // A disk that holds less than what waits stays full; making room again is what a person would do.
        for file in files(&school.data()) {
            drop(fs::remove_file(file));
        }
        get(served.proxy, "http://casino.example/");
        (!served.status().contains("<h2>Alarm</h2>")).then_some(())
    });
    school.write("policy.toml", &policy(2, &closing("news.example")));
    until("an edit as always", || (!served.is_open(served.chloe, "news.example")).then_some(()));
    drop(served);
}

/// Fills the disk to the last byte.
fn fill(file: &Path) {
    let mut file = File::create(file).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0_u8; size]).is_ok() {}
    }
}

fn ask_until(served: &Served, words: &str) {
    let ask = |listener: SocketAddr| assert_eq!(get(listener, "http://casino.example/").status, 403);
    until(words, || {
        ask(served.proxy);
        ask(served.chloe);
        served.status().contains(words).then_some(())
    });
}
