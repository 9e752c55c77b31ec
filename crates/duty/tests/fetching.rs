//! Fetching, holding and compiling, against a real server on this computer.

use holdfast_core::{category::Category, host::Host, lists::Format};
use holdfast_duty::{
    compile::{Compiled, compile, compile_and_use},
    lists::{Checksum, Fault, Limits, Location, Meaning, OpenHost, Outcome, Source, Sources, Store},
};
use jiff::Timestamp;
use proptest::prelude::*;
use std::{
    collections::HashMap,
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

type Answers = Arc<Mutex<HashMap<String, Vec<u8>>>>;
type Requests = Arc<Mutex<Vec<String>>>;

/// A server that answers each path with whole, ready-made bytes and closes.
struct Publisher {
    address: SocketAddr,
    answers: Answers,
    requests: Requests,
}

impl Publisher {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (answers, requests) = (Answers::default(), Requests::default());
        let (known, seen) = (Arc::clone(&answers), Arc::clone(&requests));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                answer(connection, &known, &seen);
            }
        });
        Self { address, answers, requests }
    }

    fn serve(&self, path: &str, head: &str, body: &[u8]) {
        let mut bytes = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").into_bytes();
        bytes.extend_from_slice(body);
        self.answers.lock().expect("no panic").insert(path.to_owned(), bytes);
    }

    fn serve_whole(&self, path: &str, body: &[u8]) {
        self.serve(path, &format!("200 OK\r\nETag: \"{}\"\r\nContent-Length: {}", body.len(), body.len()), body);
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn last_request(&self) -> String {
        self.requests.lock().expect("no panic").last().cloned().unwrap_or_default()
    }
}

fn answer(mut connection: TcpStream, answers: &Answers, requests: &Requests) {
    connection.set_read_timeout(Some(Duration::from_secs(5))).expect("a time limit");
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
        // What does not begin like HTTP is a TLS greeting, which nobody here understands.
        if !head[0].is_ascii_uppercase() {
            return;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    requests.lock().expect("no panic").push(head.clone());
    let answer = answers.lock().expect("no panic").get(&path).cloned();
    let answer = answer.unwrap_or_else(|| b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec());
    let etag = String::from_utf8_lossy(&answer).lines().find_map(|line| line.strip_prefix("ETag: ").map(str::to_owned));
    let unchanged = etag.is_some_and(|etag| head.to_ascii_lowercase().contains(&format!("if-none-match: {etag}")));
    let answer = if unchanged { b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec() } else { answer };
    // The other side may have gone; that is what some of these tests are about.
    connection.write_all(&answer).unwrap_or_default();
}

struct School {
    folder: tempfile::TempDir,
    store: Store,
    publisher: Publisher,
}

impl School {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = Limits { most_bytes: 1024 * 1024, longest_silence: Duration::from_secs(5), ..Limits::default() };
        let store = Store::new(folder.path(), limits);
        Self { folder, store, publisher: Publisher::start() }
    }

    fn add(&self, path: &str) -> Source {
        let source = Source {
            id: "betting".to_owned(),
            title: "Betting".to_owned(),
            location: Location::Url(self.publisher.url(path)),
            format: None,
            meaning: Meaning::Category(Category::Gambling),
            licence: "CC0-1.0".to_owned(),
            checksum: None,
            approved: true,
        };
        self.store.add(&source).expect("the source is added");
        source
    }

    fn update(&self) -> Result<Outcome, Fault> {
        let open = [OpenHost { host: Host::parse("help.example").expect("a host"), is_partner: false }];
        self.store.update("betting", &open, Timestamp::UNIX_EPOCH, &mut |_| {})
    }

    fn entries_in_use(&self) -> Option<u64> {
        self.store.list().expect("a list")[0].in_use.as_ref().map(|list| list.entries)
    }

    fn compile_and_use(&self) -> Compiled {
        let compiled = compile_and_use(self.folder.path()).expect("compiled");
        assert!(compiled.switched, "{:?}", compiled.problems);
        compiled
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.folder.path().join("lists/betting"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn names(count: usize) -> String {
    (0..count).flat_map(|number| ["casino".to_owned(), number.to_string(), ".example\n".to_owned()]).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn held(outcome: Outcome) -> String {
    match outcome {
        Outcome::Held(reasons) => reasons.join(" "),
        other => panic!("not held: {other:?}"),
    }
}

#[test]
fn a_list_is_fetched_once_and_then_only_when_it_changed() {
    let school = School::new();
    school.publisher.serve_whole("/list", names(100).as_bytes());
    school.add("/list");
    let mut last = None;
    let first = school.store.update("betting", &[], Timestamp::UNIX_EPOCH, &mut |progress| last = Some(progress));
    assert_eq!(first.expect("fetched"), Outcome::Updated { entries: 100, before: None, bad_lines: 0 });
    let last = last.expect("progress was told");
    assert_eq!(Some(last.received), last.expected);
    let later = Timestamp::UNIX_EPOCH + std::time::Duration::from_hours(24);
    assert_eq!(school.store.update("betting", &[], later, &mut |_| {}).expect("asked"), Outcome::Unchanged);
    assert!(school.publisher.last_request().to_ascii_lowercase().contains("if-none-match"));
    let standing = school.store.list().expect("listed").remove(0);
    assert_eq!(standing.in_use.as_ref().expect("in use").fetched, Timestamp::UNIX_EPOCH);
    assert_eq!(standing.last_look(), Some(later), "that nothing is new was a look all the same");
    school.publisher.serve_whole("/list", names(120).as_bytes());
    assert_eq!(school.update().expect("fetched"), Outcome::Updated { entries: 120, before: Some(100), bad_lines: 0 });
    assert_eq!(school.files().len(), 2, "the old list is gone: {:?}", school.files());
    school.compile_and_use();
    assert!(school.store.check().expect("checked").is_empty());
}

#[test]
fn a_list_that_shrank_by_more_than_a_fifth_is_held_until_somebody_decides() {
    let school = School::new();
    school.publisher.serve_whole("/list", names(100).as_bytes());
    school.add("/list");
    school.update().expect("fetched");
    school.publisher.serve_whole("/list", names(80).as_bytes());
    assert!(
        matches!(school.update().expect("fetched"), Outcome::Updated { entries: 80, .. }),
        "a fifth is not more than a fifth"
    );
    school.publisher.serve_whole("/list", names(63).as_bytes());
    let reason = held(school.update().expect("fetched"));
    assert!(reason.contains("63") && reason.contains("80"), "{reason}");
    assert_eq!(school.entries_in_use(), Some(80));
    assert_eq!(held(school.update().expect("asked")), reason, "still held");
    school.compile_and_use();
    assert_eq!(school.store.check().expect("checked").len(), 1);
    school.store.discard("betting").expect("discarded");
    assert_eq!((school.entries_in_use(), school.files().len()), (Some(80), 2));
    assert!(school.store.accept("betting").is_err(), "nothing is held any more");
    held(school.update().expect("fetched"));
    assert_eq!(school.store.accept("betting").expect("accepted").entries, 63);
    assert_eq!(school.entries_in_use(), Some(63));
    assert_eq!(school.update().expect("asked"), Outcome::Unchanged);
}

#[test]
fn a_list_that_would_block_a_help_site_is_held_and_once_accepted_not_again() {
    let school = School::new();
    school.publisher.serve_whole("/list", format!("{}help.example\n", names(10)).as_bytes());
    school.add("/list");
    let reason = held(school.update().expect("fetched"));
    assert!(reason.contains("help.example"), "{reason}");
    assert_eq!(school.entries_in_use(), None);
    school.store.accept("betting").expect("accepted");
    school.publisher.serve_whole("/list", format!("{}help.example\n", names(11)).as_bytes());
    assert!(matches!(school.update().expect("fetched"), Outcome::Updated { .. }));
}

#[test]
fn a_list_that_broke_off_is_held() {
    let school = School::new();
    let whole = names(5_000);
    let packed = gzip(whole.as_bytes());
    school.add("/list");
    school.publisher.serve(
        "/list",
        &format!("200 OK\r\nContent-Length: {}", whole.len()),
        &whole.as_bytes()[..whole.len() - 50],
    );
    assert!(held(school.update().expect("fetched")).contains("not whole"), "Content-Length");
    school.publisher.serve_whole("/list", &packed[..packed.len() - 20]);
    assert!(held(school.update().expect("fetched")).contains("not whole"), "gzip");
    school.publisher.serve("/list", "200 OK\r\nTransfer-Encoding: chunked", b"10\r\ncasino.example\n\r\n");
    assert!(held(school.update().expect("fetched")).contains("not whole"), "chunked");
    let archive = archive_of(&[("lists/gambling/domains", whole.as_bytes())]);
    school.publisher.serve_whole("/list", &archive[..archive.len() / 2]);
    assert!(held(school.update().expect("fetched")).contains("not whole"), "tar");
    assert_eq!(school.entries_in_use(), None);
    school.publisher.serve_whole("/list", &packed);
    assert_eq!(school.update().expect("fetched"), Outcome::Updated { entries: 5_000, before: None, bad_lines: 0 });
    assert!(school.store.list().expect("a list")[0].held.is_none(), "a good list replaces a held one");
}

#[test]
fn faults_leave_the_list_in_use_alone_and_say_what_to_do() {
    let school = School::new();
    school.publisher.serve_whole("/list", names(10).as_bytes());
    school.add("/list");
    school.update().expect("fetched");
    school.publisher.serve("/list", "503 Busy\r\nContent-Length: 0", b"");
    let fault = school.update().expect_err("no list was sent").to_string();
    assert!(fault.contains("503") && fault.contains("Check the address"), "{fault}");
    school.publisher.serve("/list", "200 OK\r\nContent-Length: 99999999", b"");
    assert!(school.update().expect_err("too large").to_string().contains("larger than 1 MiB"));
    school.publisher.serve("/list", "302 Found\r\nLocation: /list\r\nContent-Length: 0", b"");
    assert!(school.update().expect_err("a loop").to_string().contains("sent us on"));
    school.publisher.serve("/list", "302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0", b"");
    assert!(school.update().expect_err("not followed").to_string().contains("not followed"));
    school.publisher.serve("/list", "302 Found\r\nLocation: /moved\r\nContent-Length: 0", b"");
    school.publisher.serve_whole("/moved", names(11).as_bytes());
    assert!(matches!(school.update().expect("followed"), Outcome::Updated { entries: 11, .. }));
    school.publisher.serve_whole("/moved", b"<html><body>Sign in</body></html>\n");
    assert!(held(school.update().expect("fetched")).contains("Nothing in it could be used"));
    assert_eq!(school.entries_in_use(), Some(11));
}

#[test]
fn a_wrong_checksum_refuses_the_download() {
    let school = School::new();
    let body = names(10);
    school.publisher.serve_whole("/list", body.as_bytes());
    let mut source = school.add("/list");
    school.store.remove("betting").expect("removed");
    source.checksum = Some(Checksum::Published(school.publisher.url("/list.md5")));
    school.store.add(&source).expect("added");
    school.publisher.serve_whole("/list.md5", b"00000000000000000000000000000000  list\n");
    let fault = school.update().expect_err("refused");
    assert!(matches!(&fault, Fault::Checksum(text) if text.contains("Nothing was changed")), "{fault}");
    assert_eq!(school.entries_in_use(), None);
    let wrong = "0".repeat(64);
    school.publisher.serve_whole("/list.md5", wrong.as_bytes());
    assert!(school.update().is_err());
    // SHA-256 of the ten names, taken with another program.
    let right = "2f052efecd731c2fcd1fa0de5949b37e441ee8ab386737df11b1802e99da5c60";
    school.publisher.serve_whole("/list.md5", format!("{right}  list\n").as_bytes());
    assert!(matches!(school.update().expect("fetched"), Outcome::Updated { entries: 10, .. }));
}

fn archive_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // The name is written by hand, because the library refuses names that lead out of the archive.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        builder.append(&header, *bytes).expect("memory takes it");
    }
    builder.into_inner().expect("memory takes it")
}

#[test]
fn archives_are_read_by_category_and_cannot_reach_outside() {
    let school = School::new();
    let files: [(&str, &[u8]); 5] = [
        ("blacklists/gambling/domains", b"casino.example\n"),
        ("blacklists/games/urls", b"fun.example/play\n"),
        ("blacklists/unheard/domains", b"odd.example\n"),
        ("blacklists/../../escaped/domains", b"evil.example\n"),
        ("/etc/absolute/domains", b"evil.example\n"),
    ];
    let archive = gzip(&archive_of(&files));
    let bundle = holdfast_duty::lists::read_bundle(&archive, "lists.tar.gz", None, &Meaning::Map("ut1".to_owned()));
    let parts: Vec<(&str, Category, usize)> =
        bundle.parts.iter().map(|part| (part.name.as_str(), part.category, part.entries.len())).collect();
    assert_eq!(parts, [("gambling", Category::Gambling, 1), ("games", Category::Gaming, 1)]);
    assert_eq!(bundle.problems.len(), 3, "{:?}", bundle.problems);
    assert_eq!(bundle.early_end, None);
    // A folder on disk, with a link, is the same.
    let folder = school.folder.path().join("source");
    fs::create_dir_all(folder.join("gambling")).expect("a folder");
    fs::write(folder.join("gambling/domains"), "casino.example\n").expect("a file");
    #[cfg(unix)]
    std::os::unix::fs::symlink("gambling", folder.join("betting")).expect("a link");
    let source = Source {
        id: "betting".to_owned(),
        title: "A folder".to_owned(),
        location: Location::File(folder),
        format: None,
        meaning: Meaning::Map("ut1".to_owned()),
        licence: "own".to_owned(),
        checksum: None,
        approved: true,
    };
    school.store.add(&source).expect("added");
    assert_eq!(school.update().expect("read"), Outcome::Updated { entries: 1, before: None, bad_lines: 0 });
    assert_eq!(school.update().expect("read"), Outcome::Unchanged);
}

#[test]
fn an_archive_that_unpacks_without_end_is_stopped() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b'\n'; 1024 * 1024];
    for _ in 0..600 {
        encoder.write_all(&zeros).expect("memory takes it");
    }
    let bomb = encoder.finish().expect("memory takes it");
    let bundle = holdfast_duty::lists::read_bundle(&bomb, "list.gz", None, &Meaning::Category(Category::Gambling));
    assert!(bundle.is_empty());
    assert!(bundle.early_end.expect("it was stopped").contains("512 MiB"));
}

#[test]
fn sealed_lists_leave_no_address_anywhere() {
    let school = School::new();
    let secret = "sealed-away.example";
    school.publisher.serve_whole("/sealed", format!("{secret}\n").as_bytes());
    let source = Source {
        id: "betting".to_owned(),
        title: "A sealed list".to_owned(),
        location: Location::Url(school.publisher.url("/sealed")),
        format: None,
        meaning: Meaning::Sealed("child-abuse".to_owned()),
        licence: "by agreement".to_owned(),
        checksum: None,
        approved: true,
    };
    school.store.add(&source).expect("added");
    assert!(matches!(school.update().expect("fetched"), Outcome::Updated { entries: 1, .. }));
    let mut waiting = vec![school.folder.path().to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a file");
            let told = bytes.windows(11).any(|window| window == b"sealed-away");
            assert!(!told, "{} holds a sealed address", path.display());
            assert_private(&path);
        }
    }
    compile(school.folder.path()).expect("compiled");
}

#[test]
fn a_sealed_list_that_would_block_a_help_site_is_held_without_naming_it() {
    let school = School::new();
    school.publisher.serve_whole("/sealed", b"help.example\nother.example\n");
    let mut source = school.add("/sealed");
    school.store.remove("betting").expect("removed");
    source.meaning = Meaning::Sealed("terrorism".to_owned());
    school.store.add(&source).expect("added");
    let reason = held(school.update().expect("fetched"));
    assert!(reason.contains("1 of the sites") && !reason.contains("help.example"), "{reason}");
    assert_eq!(school.store.accept("betting").expect("accepted").entries, 2);
}

#[test]
fn a_publisher_without_a_certificate_is_a_fault_and_no_panic() {
    let school = School::new();
    let mut source = school.add("/list");
    school.store.remove("betting").expect("removed");
    source.location = Location::Url(school.publisher.url("/list").replace("http://", "https://"));
    school.store.add(&source).expect("added");
    let fault = school.update().expect_err("no TLS is spoken there").to_string();
    assert!(fault.contains("could not be reached"), "{fault}");
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).expect("facts").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{} can be read by others", path.display());
}

#[cfg(not(unix))]
fn assert_private(_path: &Path) {}

#[test]
fn two_processes_do_not_change_lists_at_once() {
    let school = School::new();
    school.publisher.serve_whole("/list", names(10).as_bytes());
    school.add("/list");
    let other = Store::new(school.folder.path(), Limits::default());
    let mut refused = 0;
    let outcome = school.store.update("betting", &[], Timestamp::UNIX_EPOCH, &mut |_| {
        refused += usize::from(matches!(other.remove("betting"), Err(Fault::Source(_))));
    });
    assert!(matches!(outcome.expect("fetched"), Outcome::Updated { .. }));
    assert!(refused > 0);
    other.remove("betting").expect("the lock is gone with its holder");
}

#[test]
fn only_approved_lists_and_the_starter_set_are_compiled() {
    let school = School::new();
    school.publisher.serve_whole("/list", format!("{}bad name\n", names(10)).as_bytes());
    let mut source = school.add("/list");
    school.update().expect("fetched");
    let compiled = compile(school.folder.path()).expect("compiled");
    assert!(compiled.path.is_file() && compiled.text_path.is_file());
    let betting = compiled.lists.iter().find(|list| &*list.id == "betting").expect("the school's list is in");
    assert_eq!((betting.category, betting.entries), (Category::Gambling, 10));
    assert!(compiled.lists.iter().any(|list| &*list.id == "starter-games"));
    assert!(compiled.problems.iter().any(|problem| problem.file == "betting"), "{:?}", compiled.problems);
    let again = compile(school.folder.path()).expect("compiled");
    assert_eq!(again.hash, compiled.hash);
    school.store.remove("betting").expect("removed");
    source.approved = false;
    school.store.add(&source).expect("added");
    school.update().expect("fetched");
    let without = compile(school.folder.path()).expect("compiled");
    assert!(without.lists.iter().all(|list| &*list.id != "betting"));
    assert_ne!(without.hash, compiled.hash);
}

#[test]
fn sources_are_told_wrong_by_line_and_the_rest_is_used() {
    let text = "# ours\n[[source]]\nid = \"good\"\nurl = \"https://lists.example/a\"\ncategory = \"gambling\"\napproved = true\n\n\
                [[source]]\nid = \"Bad Id\"\nfile = \"/a\"\ncategory = \"gamblin\"\ncolour = \"red\"\n\n\
                [[source]]\nid = \"good\"\nfile = \"/a\"\ncategories = \"ut1\"\n\n\
                [[source]]\nid = \"both\"\nfile = \"/a\"\nurl = \"ftp://x.example/\"\nsealed = \"x\"\ncategory = \"gambling\"\n\n[other]\n";
    let sources = Sources::read(text);
    assert_eq!(sources.sources.len(), 1);
    assert_eq!(sources.sources[0].format, None::<Format>);
    let mut lines: Vec<u32> = sources.problems.iter().filter_map(|problem| problem.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, [9, 11, 12, 15, 22, 24, 26], "{:#?}", sources.problems);
    let broken = Sources::read("[[source]]\nid = \"a\"\nurl = \n");
    assert_eq!(broken.problems[0].line, Some(3), "{:?}", broken.problems);
}

#[test]
fn what_a_person_wrote_in_the_sources_stays() {
    let school = School::new();
    fs::create_dir_all(school.folder.path().join("lists")).expect("a folder");
    let file = school.folder.path().join("lists/sources.toml");
    fs::write(&file, "# Agreed on 3 May.\n").expect("a file");
    let mut source = school.add("/list");
    assert!(matches!(school.store.add(&source), Err(Fault::Source(_))), "the id is taken");
    source.id = "Not An Id".to_owned();
    assert!(matches!(school.store.add(&source), Err(Fault::Sources(_))));
    assert!(fs::read_to_string(&file).expect("text").contains("# Agreed on 3 May."));
    school.store.remove("betting").expect("removed");
    assert!(fs::read_to_string(&file).expect("text").contains("# Agreed on 3 May."));
    assert!(school.store.list().expect("a list").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_archives_never_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..20),
        cut in any::<proptest::sample::Index>(),
        packed in any::<bool>(),
        services in any::<bool>(),
    ) {
        let mut bytes = archive_of(&[
            ("lists/gambling/domains", b"casino.example\n"),
            ("lists/games/usage", b"black\n"),
            ("data/youtube", b"include:data\nvideo.example @ads\n"),
        ]);
        if packed {
            bytes = gzip(&bytes);
        }
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let map = if services { "v2fly" } else { "ut1" };
        holdfast_duty::lists::read_bundle(&bytes, "lists.tar.gz", None, &Meaning::Map(map.to_owned()));
    }
}
