//! The name service of the real program, asked by real clients: dig, dnsperf and Chromium over HTTPS.

use crate::{
    browser,
    common::{run, said, until},
    demonstration::{Demonstration, Folder},
    log::lines,
};
use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
};

/// Whether a program is there; says where it would come from.
fn has(program: &str, package: &str) -> bool {
    let there = Command::new(program).arg("-h").output().is_ok();
    if !there {
        crate::skipped::because(format!("{program} is not installed (Debian: {package})"));
    }
    there
}

/// What dig says, with these words behind the name.
fn dig(server: SocketAddr, question: &[&str]) -> String {
    let place = [format!("@{}", server.ip()), "-p".to_owned(), server.port().to_string()];
    let output = Command::new("dig").args(place).args(["+tries=1", "+time=10"]).args(question).output().unwrap();
    assert!(output.status.success(), "dig {question:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn dig_is_answered_over_udp_and_tcp_and_every_answer_is_in_the_log() {
    if !has("dig", "bind9-dnsutils") {
        return;
    }
    let folder = Folder::new();
    let demonstration = Demonstration::start(folder.path());
    let names = demonstration.names;
    for way in ["+notcp", "+tcp"] {
        assert_eq!(dig(names, &["rivers.lesson.example", way, "+short"]), "127.0.0.2\n");
        let blocked = dig(names, &["CASINO.example", "HTTPS", way]);
        assert!(blocked.contains("status: NXDOMAIN") && blocked.contains("EDE: 15 (Blocked)"), "{blocked}");
        assert!(blocked.contains(";CASINO.example."), "letters come back as they were asked: {blocked}");
    }
    // Chloe's own listener: news, yes; what only her group may not reach, no.
    assert_eq!(dig(demonstration.chloes_names, &["news.example", "+short"]), "127.0.0.2\n");
    assert!(dig(demonstration.chloes_names, &["social.example"]).contains("NXDOMAIN"));
    for signal in ["use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"] {
        assert!(dig(demonstration.chloes_names, &[signal]).contains("NXDOMAIN"), "{signal}");
    }
    assert!(dig(names, &["helpline.example", "+short"]).starts_with("127.0.0.2"), "help is open to everybody");
    until("what was asked in the log", || {
        let log = lines(folder.path()).join("\n");
        let line = |part: &str| log.lines().any(|line| line.contains("\"dns\"") && line.contains(part));
        (line("casino.example") && line("rivers.lesson.example") && line("\"HTTPS\"")).then_some(())
    });
    assert!(!lines(folder.path()).join("\n").contains("helpline"), "nobody's visit for help is kept");
}

#[test]
fn a_flood_of_questions_is_answered_whole() {
    if !has("dnsperf", "dnsperf") {
        return;
    }
    let folder = Folder::new();
    let demonstration = Demonstration::start(folder.path());
    let mut questions = String::new();
    for number in 0..500 {
        writeln!(questions, "page{number}.news.example A\nwww{number}.social.example A").unwrap();
    }
    let file = folder.path().join("questions");
    fs::write(&file, questions).unwrap();
    let names = demonstration.chloes_names;
    let output = Command::new("dnsperf")
        .args(["-s", &names.ip().to_string(), "-p", &names.port().to_string(), "-l", "1", "-c", "4", "-Q", "20000"])
        .arg("-d")
        .arg(&file)
        .output()
        .unwrap();
    let told = said(&output);
    let count = |label: &str| -> u64 {
        let line = told.lines().find(|line| line.contains(label)).unwrap_or_else(|| panic!("{told}"));
        line.split(':').nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap()
    };
    assert_eq!((count("Queries lost"), count("Queries completed")), (0, count("Queries sent")), "{told}");
    let codes = told.lines().find(|line| line.contains("Response codes")).unwrap();
    assert!(codes.contains("NOERROR") && codes.contains("NXDOMAIN") && !codes.contains("SERVFAIL"), "{codes}");
}

#[test]
fn a_browser_asks_over_https_under_a_personal_name() {
    if !browser::has_chromium() || !has("certutil", "libnss3-tools") {
        return;
    }
    let folder = Folder::new();
    let demonstration = Demonstration::start(folder.path());
    let config = folder.path().join("holdfast.toml");
    let exported = run(&["tls", "export", "--config", config.to_str().unwrap()], "");
    assert!(exported.status.success(), "{}", said(&exported));
    let home = tempfile::tempdir().unwrap();
    trust(home.path(), &exported);
    let profile = tempfile::tempdir().unwrap();
    let service = format!("https://localhost:{}/dns-query/chloe-demo-7m2x", demonstration.secure_names.port());
    let state = format!("{{\"dns_over_https\":{{\"mode\":\"secure\",\"templates\":\"{service}\"}}}}");
    fs::write(profile.path().join("Local State"), state).unwrap();

    let range = demonstration.range;
    let open = |host: &str| browser::open_with(home.path(), profile.path(), &format!("http://{host}:{range}/"));
    let news = open("news.example");
    assert!(news.contains("The Harbour Gazette"), "{news}");
    let social = open("social.example");
    assert!(!social.contains("Chirrup"), "{social}");
    // The browser asked, and it was known who it was.
    until("what was asked in the log", || {
        let log = lines(folder.path());
        let line = |host: &str, outcome: &str| {
            log.iter().any(|line| {
                line.contains("\"dns\"")
                    && line.contains(&format!("\"host\":\"{host}\""))
                    && line.contains(outcome)
                    && line.contains("pupil-chloe")
            })
        };
        (line("news.example", "allowed") && line("social.example", "blocked")).then_some(())
    });
}

/// Tells the browser of this home folder to trust the school's own authority.
fn trust(home: &Path, authority: &Output) {
    let (file, store) = (home.join("authority.pem"), home.join(".pki/nssdb"));
    fs::write(&file, &authority.stdout).unwrap();
    fs::create_dir_all(&store).unwrap();
    let database = format!("sql:{}", store.display());
    let certutil = |arguments: &[&str]| {
        let output = Command::new("certutil").args(["-d", &database]).args(arguments).output().unwrap();
        assert!(output.status.success(), "certutil: {}", said(&output));
    };
    certutil(&["-N", "--empty-password"]);
    certutil(&["-A", "-t", "C,,", "-n", "school", "-i", file.to_str().unwrap()]);
}
