//! Real faults, made and found.

use super::*;
use holdfast_core::{
    category::Category,
    lists::{Entries, NameEntry, Scope},
    ruleset::{
        content::{ContentBuilder, ListFacts},
        sealed::SealedTier,
    },
};
use holdfast_gateway::dns::settings::UpstreamAddress;
use std::{
    fs,
    net::{TcpListener, UdpSocket},
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

/// A machine with a data folder and free ports.
struct Machine {
    folder: TempDir,
    input: Input,
}

/// Above those that the system gives out by itself, so that no other test is given it meanwhile.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 61_000 + u16::try_from(std::process::id() % 4_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        let config = config(&data, &format!("[[proxy]]\nname = \"proxy\"\nlisten = [\"127.0.0.1:{}\"]\n", free_port()));
        let input = Input {
            documents: vec![("policy", Ok(Vec::new()))],
            lists: vec![list("ut1")],
            content: Some(content(&Category::BASELINE)),
            ..Input::new(folder.path().join("holdfast.toml"), config, Timestamp::now())
        };
        Self { folder, input }
    }

    /// The only finding under a topic.
    fn finding(&self, topic: &str) -> Finding {
        let all: Vec<Finding> = examine(&self.input).into_iter().filter(|finding| finding.topic == topic).collect();
        let [finding] = &all[..] else { panic!("{topic}: {all:?}") };
        finding.clone()
    }
}

fn config(data: &Path, more: &str) -> Config {
    let file = data.parent().unwrap().join("holdfast.toml");
    let web = free_port();
    let text = format!(
        "data = \"{}\"\n[web]\nlisten = [\"127.0.0.1:{web}\"]\naddress = \"http://localhost:{web}\"\n{more}",
        data.display()
    );
    fs::write(&file, &text).unwrap();
    Config::read(&file).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"))
}

fn list(id: &str) -> ListSeen {
    ListSeen { id: id.to_owned(), approved: true, fetched: Some(Timestamp::now()), held: false }
}

/// Compiled lists with one site in each of these.
fn content(categories: &[Category]) -> Arc<Content> {
    build(categories, &[])
}

fn build(categories: &[Category], sealed: &[&str]) -> Arc<Content> {
    let mut builder = ContentBuilder::new(1);
    for &category in categories {
        let facts = ListFacts {
            id: category.code().into(),
            title: category.title().to_owned(),
            category,
            source: "made up".to_owned(),
            licence: "none".to_owned(),
            fetched: None,
            entries: 0,
        };
        let names = vec![NameEntry { name: format!("{}.test", category.code()).into(), scope: Scope::Within }];
        builder.add(facts, Entries { names, ..Entries::default() });
    }
    builder.add_sealed(SealedTier::build("child-abuse", "feed-1", [3; 32], sealed.iter().copied()).0);
    Arc::new(builder.finish().content)
}

fn names(machine: &Machine, upstream: &str) -> Config {
    let port = free_port();
    config(
        &machine.input.config.data,
        &format!(
            "[dns]\nupstream = [\"{upstream}\"]\n[[dns.listener]]\nname = \"names\"\nplain = [\"127.0.0.1:{port}\"]\n"
        ),
    )
}

#[test]
fn a_good_machine_has_no_fault_and_says_so() {
    let machine = Machine::new();
    let findings = examine(&machine.input);
    assert!(!has_fault(&findings), "{}", report(&findings));
    assert_eq!(machine.finding("ports").grade, Grade::Fine);
    // It does not run, which is the worst that is to be said of the program, so it stands behind what is fine. (How full
    // the disk is that this test runs on, nobody can promise.)
    let text = report(&findings);
    let (before, after) = text.split_once("ATTENTION  service: ").unwrap();
    assert!(after.contains("journalctl -u holdfast -n 50") && before.contains("fine       config: "), "{text}");
}

#[test]
fn a_port_that_another_program_has_is_told_with_its_name() {
    let mut machine = Machine::new();
    let port = free_port();
    let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    machine.input.config.proxies[0].listen = vec![format!("127.0.0.1:{port}").parse().unwrap()];
    let finding = machine.finding("ports");
    assert_eq!(finding.grade, Grade::Fault);
    let own_name = fs::read_to_string("/proc/self/comm").unwrap();
    for words in [
        &format!("127.0.0.1:{port} (TCP)"),
        "the proxy “proxy”",
        own_name.trim_end(),
        &format!("process {}", std::process::id()),
    ] {
        assert!(finding.words.contains(words), "{words}: {finding:?}");
    }
    // The same port for datagrams is another one.
    assert!(holders::Holders::read().of(crate::config::Protocol::Udp, taken.local_addr().unwrap()).is_none());
    drop(taken);
    assert_eq!(machine.finding("ports").grade, Grade::Fine);

    // Taken on every address is taken on each.
    let port = free_port();
    let taken = UdpSocket::bind(("0.0.0.0", port)).unwrap();
    machine.input.config = names(&machine, "127.0.0.1:9");
    machine.input.config.dns.as_mut().unwrap().listeners[0].plain = vec![format!("127.0.0.1:{port}").parse().unwrap()];
    let finding = machine.finding("ports");
    assert!(
        finding.grade == Grade::Fault && finding.words.contains("(UDP) for the name service “names” is taken by"),
        "{finding:?}"
    );
    drop(taken);
}

#[test]
fn an_address_that_the_machine_has_not_is_told() {
    let mut machine = Machine::new();
    machine.input.config.proxies[0].listen = vec!["203.0.113.77:3128".parse().unwrap()];
    let finding = machine.finding("ports");
    assert!(finding.grade == Grade::Fault && finding.words.contains("no address 203.0.113.77"), "{finding:?}");
}

/// A name service that knows no name.
fn knows_nothing() -> UpstreamAddress {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut message = [0_u8; 1_500];
        while let Ok((length, from)) = socket.recv_from(&mut message) {
            // An answer, and no such name (RFC 1035 §4.1.1).
            message[2] |= 0x80;
            message[3] = 0x83;
            drop(socket.send_to(&message[..length], from));
        }
    });
    address.to_string().parse().unwrap()
}

#[test]
fn an_upstream_that_is_dead_is_told_and_one_that_answers_is_fine() {
    let mut machine = Machine::new();
    let of_upstream = |machine: &Machine, upstream: &str| {
        let all = examine(&machine.input);
        all.into_iter().find(|finding| finding.topic == "names" && finding.words.starts_with(upstream)).unwrap()
    };
    let good = knows_nothing().to_string();
    machine.input.config = names(&machine, &good);
    let finding = of_upstream(&machine, &good);
    assert!(finding.grade <= Grade::Attention && finding.words.contains("answers"), "{finding:?}");

    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent_address = silent.local_addr().unwrap().to_string();
    machine.input.config = names(&machine, &silent_address);
    let finding = of_upstream(&machine, &silent_address);
    assert!(finding.grade == Grade::Fault && finding.words.contains("does not answer"), "{finding:?}");
    drop(silent);
    assert_eq!(of_upstream(&machine, &silent_address).grade, Grade::Fault, "nobody is there at all");
}

#[test]
fn a_clock_that_is_behind_is_told() {
    let mut machine = Machine::new();
    assert_ne!(machine.finding("clock").grade, Grade::Fault);
    machine.input.now = "2020-01-01T00:00:00Z".parse().unwrap();
    assert!(machine.finding("clock").words.contains("before this program was written"));
    machine.input.now = Timestamp::now();
    let file = machine.input.config.data.join("policy.toml");
    fs::write(&file, "").unwrap();
    fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(SystemTime::now() + Duration::from_hours(30))
        .unwrap();
    let finding = machine.finding("clock");
    assert!(finding.grade == Grade::Fault && finding.words.contains("policy.toml"), "{finding:?}");
}

#[test]
fn a_disk_that_is_nearly_full_is_told() {
    let mut machine = Machine::new();
    let disk = machine.folder.path().join("small");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        crate::skipped::because("this account may not mount a small disk");
        return;
    }
    machine.input.config.data = disk.clone();
    let finding = machine.finding("disk");
    let gone = Command::new("umount").arg(&disk).status();
    assert!(gone.is_ok_and(|gone| gone.success()));
    assert!(finding.grade == Grade::Fault && finding.words.starts_with("2 MB of 2 MB are free"), "{finding:?}");
}

#[test]
fn lists_that_are_old_held_or_missing_are_told() {
    let mut machine = Machine::new();
    assert_eq!(machine.finding("lists").grade, Grade::Fine);
    machine.input.lists =
        vec![list("ut1"), ListSeen { fetched: Some(Timestamp::now() - Duration::from_hours(24 * 9)), ..list("old") }];
    let finding = machine.finding("lists");
    assert!(finding.grade == Grade::Attention && finding.words.contains("“old”"), "{finding:?}");
    machine.input.lists = vec![ListSeen { held: true, ..list("waits") }];
    assert!(machine.finding("lists").advice.contains("holdfast lists accept waits"));
    machine.input.lists = vec![ListSeen { fetched: None, ..list("never") }];
    assert_eq!(machine.finding("lists").grade, Grade::Fault);
    machine.input.lists = vec![ListSeen { approved: false, ..list("unused") }];
    assert!(machine.finding("lists").words.contains("no list but the small ones"));
}

#[test]
fn a_category_that_is_blocked_for_everyone_and_has_no_site_is_a_fault() {
    let mut machine = Machine::new();
    assert_eq!(machine.finding("categories").grade, Grade::Fine);
    machine.input.content = Some(content(&[Category::Hatred, Category::Extremism, Category::Gaming]));
    let finding = machine.finding("categories");
    assert_eq!(finding.grade, Grade::Fault);
    assert!(finding.words.contains("“Pornography” (pornography), “Illegal content” (illegal)."), "{finding:?}");
    // A statutory list is of nothing but what is illegal; an empty one is none.
    let others = [Category::Pornography, Category::Hatred, Category::Extremism, Category::Gaming];
    machine.input.content = Some(build(&others, &[]));
    assert_eq!(machine.finding("categories").grade, Grade::Fault);
    machine.input.content = Some(build(&others, &["sealed-host.test"]));
    assert_eq!(machine.finding("categories").grade, Grade::Fine);
    machine.input.content = None;
    assert_eq!(machine.finding("categories").grade, Grade::Attention);
}

#[test]
fn documents_that_do_not_compile_are_told_with_their_lines() {
    let mut machine = Machine::new();
    let problem = Problem::error("No such group.").in_file("people.toml").at_line(7);
    machine.input.documents = vec![("people document", Err(vec![problem]))];
    let finding = machine.finding("documents");
    assert!(finding.grade == Grade::Fault && finding.words.contains("people.toml:7: No such group."), "{finding:?}");
}

#[test]
fn files_of_another_account_are_told() {
    let machine = Machine::new();
    let data = machine.input.config.data.clone();
    fs::create_dir(data.join("lists")).unwrap();
    fs::write(data.join("lists/sources.toml"), "").unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(machine.finding("data folder").grade, Grade::Fine);
    if chown(data.join("lists/sources.toml"), Some(12_345), None).is_err() {
        crate::skipped::because("this account may not give files away");
        return;
    }
    let finding = machine.finding("data folder");
    assert!(finding.grade == Grade::Fault && finding.words.contains("lists/sources.toml"), "{finding:?}");
}

#[test]
fn no_data_folder_and_a_certificate_that_cannot_be_used_are_told() {
    let mut machine = Machine::new();
    let data = machine.input.config.data.clone();
    let missing = machine.folder.path().join("no-certificate.pem");
    let more = format!(
        "[[proxy]]\nname = \"proxy\"\ntls = [\"127.0.0.1:{port}\"]\n[tls]\ncertificate = \"{file}\"\nkey = \"{file}\"\n",
        file = missing.display(),
        port = free_port()
    );
    machine.input.config = config(&data, &more);
    let finding = machine.finding("certificate");
    assert!(
        finding.grade == Grade::Fault && finding.words.contains("no-certificate.pem cannot be read"),
        "{finding:?}"
    );
    fs::remove_dir_all(&data).unwrap();
    assert_eq!(machine.finding("data folder").grade, Grade::Fault);
}

#[test]
fn inspection_that_cannot_be_done_as_the_policy_wants_is_told() {
    let mut machine = Machine::new();
    assert!(examine(&machine.input).iter().all(|finding| finding.topic != "inspection"));
    machine.input.opens = true;
    let finding = machine.finding("inspection");
    assert!(finding.grade == Grade::Fault && finding.words.contains("enabled = true"), "{finding:?}");

    let data = machine.input.config.data.clone();
    let secret = machine.folder.path().join("secret");
    machine.input.config = config(
        &data,
        &format!(
            "[[proxy]]\nname = \"proxy\"\nlisten = [\"127.0.0.1:{}\"]\n[inspection]\nenabled = true\nsecret = \"{}\"\n",
            free_port(),
            secret.display()
        ),
    );
    assert!(machine.finding("inspection").words.contains("made at the first start"));
    let source = machine.input.config.inspection_source("Oak School").unwrap();
    drop(crate::interception::Interception::open(source).unwrap());
    let finding = machine.finding("inspection");
    assert!(finding.grade == Grade::Fine && finding.words.contains("holds until"), "{finding:?}");

    let of = |machine: &Machine, grade: Grade| {
        let all = examine(&machine.input).into_iter();
        all.filter(|found| found.topic == "inspection" && found.grade == grade).map(|found| found.words).collect()
    };
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o604)).unwrap();
    let told: String = of(&machine, Grade::Fault);
    assert!(told.contains("open to every account"), "{told}");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(of(&machine, Grade::Fault), "");
    let inside = data.join("secret");
    fs::rename(&secret, &inside).unwrap();
    machine.input.config.inspection.secret = inside;
    let told = of(&machine, Grade::Attention);
    assert!(told.contains("inside the data folder"), "{told}");
    fs::remove_file(&machine.input.config.inspection.secret).unwrap();
    assert!(of(&machine, Grade::Fault).contains("cannot be used"));
}
