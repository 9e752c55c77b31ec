//! A real browser through the proxy: Debian's Chromium, headless.

use crate::{
    asking::page,
    common::until,
    demonstration::{Demonstration, Folder},
};
use std::{
    io::Read as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// One browser at a time: each takes a whole core.
static BROWSER: Mutex<()> = Mutex::new(());

/// Whether there is a browser; says why not.
pub(crate) fn has_chromium() -> bool {
    let there = Command::new("chromium").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        crate::skipped::because("Chromium is not installed (Debian: chromium)");
    }
    there
}

/// The page as it stands in the browser once it is loaded and its scripts have had their say.
fn open(way: &str, address: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    started(profile.path(), address, |browser| browser.arg(way))
}

/// The same with a home folder and a profile of one's own, without any proxy.
pub(crate) fn open_with(home: &Path, profile: &Path, address: &str) -> String {
    started(profile, address, |browser| browser.env("HOME", home))
}

/// The same as a line says that starts a browser for a person; its last word, an address, gives way to this one.
pub(crate) fn open_as_told(line: &str, address: &str) -> String {
    let (line, _) = line.rsplit_once(' ').unwrap();
    // The shell becomes the browser, so that it can be ended.
    let line = line.replacen("chromium ", "exec chromium ", 1);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{line} {} {address}", UNSEEN.join(" ")));
    run(&mut shell, address)
}

/// How a browser runs that nobody looks at: it prints the page as it stands and ends.
const UNSEEN: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--virtual-time-budget=4000",
    "--dump-dom",
];

fn started(profile: &Path, address: &str, prepare: impl Fn(&mut Command) -> &mut Command) -> String {
    let mut browser = Command::new("chromium");
    browser.args(UNSEEN).arg(format!("--user-data-dir={}", profile.display()));
    run(prepare(&mut browser).arg(address), address)
}

fn run(browser: &mut Command, address: &str) -> String {
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let child = browser
        .env_remove("http_proxy")
        .env_remove("https_proxy")
        .env_remove("no_proxy")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    finish(child, address)
}

/// Its output, unless it hangs.
fn finish(mut child: Child, address: &str) -> String {
    let mut output = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        output.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_mins(1) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("Chromium did not end with {address}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    reader.join().unwrap().unwrap()
}

#[test]
fn a_browser_sees_lessons_block_pages_web_sockets_and_what_was_stopped() {
    if !has_chromium() {
        return;
    }
    let folder = Folder::new();
    let demonstration = Demonstration::start(folder.path());
    let nobody = format!("--proxy-server=127.0.0.1:{}", demonstration.proxy.port());
    let chloe = format!("--proxy-server=127.0.0.1:{}", demonstration.chloe.port());
    let visitor = format!("--proxy-server=127.0.0.1:{}", demonstration.visitor.port());

    let lesson = open(&nobody, "http://rivers.lesson.example/");
    assert!(lesson.contains("How a river begins"), "{lesson}");
    let stopped = open(&nobody, "http://casino.example/");
    assert!(
        stopped.contains("Reference") && stopped.contains("tel:08001111") && !stopped.contains("Lagoon"),
        "{stopped}"
    );
    assert!(!stopped.contains("<script") && !stopped.contains("<button") && !stopped.contains("<form"), "{stopped}");

    // Nothing of a visitor's is opened: a secure page is refused as a tunnel, of which the browser shows nothing.
    let tunnel = open(&visitor, "https://social.example/");
    assert!(!tunnel.contains("Chirrup"), "{tunnel}");
    let socket = open(&chloe, "http://socket.example/");
    assert!(socket.contains("The valley is listening."), "{socket}");

    until("the refused tunnel among what was stopped", || {
        page(demonstration.web, "/stopped").body.contains("social.example").then_some(())
    });
    let web = demonstration.web.port();
    let proxy_file = format!("--proxy-pac-url=http://localhost:{web}/proxy.pac");
    let listed = open(&proxy_file, &format!("http://localhost:{web}/stopped"));
    assert!(listed.contains("casino.example") && listed.contains("social.example"), "{listed}");
    let lesson = open(&proxy_file, "http://volcanoes.lesson.example/");
    assert!(lesson.contains("Inside a volcano"), "{lesson}");
    let stopped = open(&proxy_file, "http://hide-me.example/");
    assert!(stopped.contains("Reference") && !stopped.contains("Go anywhere"), "{stopped}");
    assert!(!demonstration.program.errors().contains("ERROR"), "{}", demonstration.program.errors());
}
