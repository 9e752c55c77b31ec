//! Looking inside secure connections with the real program, on the demonstration's practice range: curl by HTTP/1.1 and
//! HTTP/2, and a browser whose own profile trusts the interception authority.

use crate::{
    asking::page,
    browser,
    common::until,
    demonstration::{Demonstration, Folder, typed},
    log::lines,
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

/// What curl ends with where a certificate is not signed by whom it trusts.
const DISTRUSTED: i32 = 60;
/// What curl ends with where a proxy refuses the tunnel.
const REFUSED: i32 = 56;

/// A demonstration, and a client's two ways to see it: with the interception authority trusted, and with the range's.
struct Secure {
    demonstration: Demonstration,
    interception: PathBuf,
    range: PathBuf,
}

impl Secure {
    fn start(data: &Path) -> Self {
        let demonstration = Demonstration::start(data);
        typed(&demonstration.told("inspection export"));
        let unopened = demonstration.told("https://childrens-services.example/");
        let range = unopened.split('\'').nth(1).unwrap().into();
        Self { interception: data.join("interception-authority.pem"), range, demonstration }
    }

    /// curl by the proxy of somebody, trusting one authority and no other.
    fn curl(proxy: SocketAddr, authority: &Path, arguments: &[&str]) -> Output {
        let proxy = format!("http://{proxy}");
        let authority = authority.to_str().unwrap();
        let fixed = ["-sS", "--noproxy", "", "--max-time", "30", "--cacert", authority, "-x", &proxy];
        Command::new("curl").args(fixed).args(arguments).env("HOME", "/nowhere").output().unwrap()
    }

    /// What Chloe, whose connections are opened, gets, and with which status and over which HTTP.
    fn chloe(&self, arguments: &[&str]) -> Page {
        let told = ["-w", "\n%{http_code} %{http_version}"];
        let output = Self::curl(self.demonstration.chloe, &self.interception, &[&told, arguments].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (text, last) = text.rsplit_once('\n').unwrap();
        let (status, version) = last.split_once(' ').unwrap();
        Page { text: text.to_owned(), status: status.parse().unwrap(), version: version.to_owned() }
    }
}

struct Page {
    text: String,
    status: u16,
    version: String,
}

fn has_curl() -> bool {
    let there = Command::new("curl").arg("--version").output().is_ok();
    if !there {
        crate::skipped::because("curl is not installed (Debian: curl)");
    }
    there
}

#[test]
fn curl_is_answered_inside_by_both_protocols_and_told_in_place_what_is_blocked() {
    if !has_curl() {
        return;
    }
    let folder = Folder::new();
    let secure = Secure::start(folder.path());
    let upload = folder.path().join("upload");
    fs::write(&upload, vec![b'x'; 3_000_000]).unwrap();
    let upload = format!("@{}", upload.display());
    for (way, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let lesson = secure.chloe(&[way, "https://rivers.lesson.example/"]);
        assert_eq!((lesson.status, lesson.version.as_str()), (200, version));
        assert!(lesson.text.contains("How a river begins"), "{}", lesson.text);
        // What the site saw is the same protocol.
        let mirror = secure.chloe(&[way, "https://mirror.example/a?b=c"]);
        assert!(mirror.text.contains(&format!("GET /a?b=c</code> by HTTP/{version}")), "{}", mirror.text);

        let blocked = secure.chloe(&[way, "-H", "Accept: text/html", "https://social.example/"]);
        // Nothing was connected to, so there was no protocol to mirror: it may come over either.
        assert_eq!(blocked.status, 403);
        for words in ["Reference", "0800 1111", "/stopped", "Rivermead School"] {
            assert!(blocked.text.contains(words), "no “{words}”: {}", blocked.text);
        }
        assert!(!blocked.text.contains("Chirrup"));
        // Judged by the whole address: one page of an open site.
        assert_eq!(secure.chloe(&[way, "https://volcanoes.lesson.example/"]).status, 200);
        assert_eq!(secure.chloe(&[way, "https://volcanoes.lesson.example/after"]).status, 403);

        let weighed = secure.chloe(&[way, "--data-binary", &upload, "https://upload.example/weigh"]);
        assert!(weighed.text.contains("That was 3000000 bytes"), "{}", weighed.text);
        for ending in ["", "&chunked=1"] {
            let got = secure.chloe(&[way, &format!("https://files.example/big?bytes=5000000{ending}")]);
            assert_eq!((got.status, got.text.len()), (200, 5_000_000), "{way}{ending}");
        }
        let search = secure.chloe(&[way, "-i", "https://search.example/search?q=lucky+otter"]);
        assert!(search.text.contains("strict=1"), "{}", search.text);
        let headers = secure.chloe(&[way, "-H", "YouTube-Restrict: Off", "https://www.youtube.com/"]);
        assert_eq!(headers.text.matches("youtube-restrict").count(), 1, "{}", headers.text);
        assert!(headers.text.contains("youtube-restrict: Strict"), "{}", headers.text);
        let offer = secure.chloe(&[way, "-i", "https://quick.example/"]);
        assert!(offer.text.contains("All aboard") && !offer.text.contains("h3="), "{}", offer.text);
    }
    let old = secure.chloe(&["--http2", "https://old-socket.example/"]);
    assert_eq!(old.version, "1.1", "a site that speaks no HTTP/2 is mirrored");
    until("what was seen whole, and what was changed, in the log", || {
        let log = lines(folder.path()).join("\n");
        let words =
            ["\"path\":\"/after\"", "\"scheme\":\"https\"", "youtube-restrict strict", "\"visibility\":\"whole\""];
        words.iter().all(|words| log.contains(words)).then_some(())
    });
    assert!(!secure.demonstration.program.errors().contains("ERROR"), "{}", secure.demonstration.program.errors());
}

#[test]
fn events_of_a_server_come_one_by_one() {
    if !has_curl() {
        return;
    }
    let folder = Folder::new();
    let secure = Secure::start(folder.path());
    for way in ["--http1.1", "--http2"] {
        let proxy = format!("http://{}", secure.demonstration.chloe);
        let mut curl = Command::new("curl")
            .args(["-sSN", way, "--noproxy", "", "--max-time", "30", "-x", &proxy, "--cacert"])
            .arg(&secure.interception)
            .arg("https://tides.example/readings")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut came = Vec::new();
        for line in BufReader::new(curl.stdout.take().unwrap()).lines().map_while(Result::ok) {
            if line.starts_with("data: ") {
                came.push((Instant::now(), line));
            }
        }
        assert!(curl.wait().unwrap().success());
        assert_eq!(came.len(), 6, "{came:?}");
        // The range sends them over a second. Held back until the end, they would come at once.
        let (first, last) = (came[0].0, came[5].0);
        assert!(last.duration_since(first) > Duration::from_millis(400), "{way}: {came:?}");
    }
}

#[test]
fn what_is_left_unopened_comes_as_the_site_sent_it() {
    if !has_curl() {
        return;
    }
    let folder = Folder::new();
    let secure = Secure::start(folder.path());
    let demonstration = &secure.demonstration;
    let (chloe, teacher, visitor) = (demonstration.chloe, demonstration.teacher, demonstration.visitor);
    let get = |proxy, authority: &Path, address: &str| {
        let output = Secure::curl(proxy, authority, &[address]);
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // (whose proxy, what, a word of its page): under the site's own certificate, and so not under ours.
    let unopened = [
        (chloe, "https://bank.example/", "Smooth pebbles"),
        (chloe, "https://helpline.example/", "The Lantern Line"),
        (chloe, "https://childrens-services.example/", "whom a school rings"),
        (teacher, "https://social.example/", "Chirrup"),
        (visitor, "https://news.example/", "The Harbour Gazette"),
    ];
    for (proxy, address, words) in unopened {
        let (code, text) = get(proxy, &secure.range, address);
        assert!(code == 0 && text.contains(words), "{address}: {code}, {text}");
        assert_eq!(get(proxy, &secure.interception, address).0, DISTRUSTED, "{address} was opened");
    }
    // To show why something is blocked is another matter, but not for visitors.
    let (code, text) = get(teacher, &secure.interception, "https://casino.example/");
    assert!(code == 0 && text.contains("Reference") && !text.contains("Lagoon"), "{code}, {text}");
    assert_eq!(get(visitor, &secure.interception, "https://casino.example/").0, REFUSED);
    // Whoever does not trust the authority sees nothing, and it is known that they do not.
    assert_eq!(get(chloe, &secure.range, "https://news.example/").0, DISTRUSTED);
    let log = until("the distrust and the reasons in the log", || {
        let log = lines(folder.path()).join("\n");
        let words = ["client-distrusts", "\"unopened\":\"school\"", "\"unopened\":\"group\""];
        words.iter().all(|words| log.contains(words)).then_some(log)
    });
    // A partner's host, and nobody's visit for help, stand anywhere that a technician reads.
    let told = demonstration.program.output();
    let (_, live) = told.split_once("The last verdicts").unwrap();
    let web = demonstration.web;
    let pages = ["/", "/stopped", "/metrics", "/?live"].map(|path| page(web, path).body).join("\n");
    for host in ["childrens-services", "helpline"] {
        assert!(!log.contains(host) && !live.contains(host) && !pages.contains(host), "{host}");
        assert!(!demonstration.program.errors().contains(host), "{host}");
    }
}

#[test]
fn a_wrong_certificate_is_told_of_and_never_passed() {
    if !has_curl() {
        return;
    }
    let folder = Folder::new();
    let secure = Secure::start(folder.path());
    for way in ["--http1.1", "--http2"] {
        for host in ["expired-certificate", "wrong-certificate", "unknown-certificate"] {
            let told = secure.chloe(&[way, "-H", "Accept: text/html", &format!("https://{host}.example/")]);
            assert_eq!(told.status, 502, "{host}");
            assert!(told.text.contains("certificate") && !told.text.contains("You should not see this"), "{host}");
            assert!(!told.text.contains("<form") && !told.text.contains("<button"), "nothing to press: {}", told.text);
        }
    }
}

#[test]
fn a_browser_that_trusts_the_authority_sees_all_of_it() {
    if !browser::has_chromium() || Command::new("certutil").arg("-H").output().is_err() {
        return crate::skipped::because("certutil is not installed (Debian: libnss3-tools)");
    }
    let folder = Folder::new();
    let secure = Secure::start(folder.path());
    let demonstration = &secure.demonstration;
    for line in ["mkdir ", "-n Rivermead -i", "-n Range -i"] {
        typed(&demonstration.told(line));
    }
    let line = demonstration.told("chromium --user-data-dir=");
    let open = |address: &str| browser::open_as_told(&line, address);

    let lesson = open("https://rivers.lesson.example/");
    assert!(lesson.contains("How a river begins"), "{lesson}");
    let mirror = open("https://mirror.example/");
    assert!(mirror.contains("by HTTP/2"), "{mirror}");
    let blocked = open("https://social.example/");
    assert!(
        blocked.contains("Reference") && blocked.contains("tel:08001111") && !blocked.contains("Chirrup"),
        "{blocked}"
    );
    let socket = open("https://socket.example/");
    assert!(socket.contains("You came over HTTP/2."), "{socket}");
    let old = open("https://old-socket.example/");
    assert!(old.contains("You came over HTTP/1.1."), "{old}");
    let there_and_back = open("https://upload.example/there-and-back");
    assert!(there_and_back.contains("That was 2000000 bytes"), "{there_and_back}");
    assert!(there_and_back.contains("Fetched: 3000000 bytes"), "{there_and_back}");
    let tides = open("https://tides.example/");
    assert!(tides.contains("That was the last reading."), "{tides}");
    let wrong = open("https://wrong-certificate.example/");
    assert!(wrong.contains("certificate") && wrong.contains("Rivermead School"), "{wrong}");
    assert!(!wrong.contains("You should not see this"), "{wrong}");
    for (address, words) in
        [("https://bank.example/", "Smooth pebbles"), ("https://childrens-services.example/", "whom a school rings")]
    {
        let unopened = open(address);
        assert!(unopened.contains(words), "under the practice range's own certificate: {unopened}");
    }
    assert!(!demonstration.program.errors().contains("ERROR"), "{}", demonstration.program.errors());
}
