//! What a client that trusts the own authority sees, and what becomes of files that change.

use super::*;
use jiff::ToSpan as _;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConnection,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use std::{
    io::Cursor,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
};

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn source(folder: &Path) -> Source {
    Source {
        folder: folder.join("tls"),
        files: None,
        hosts: ["filter.school.example", "localhost", "dns.school.example", "192.168.7.10", "198.51.100.4", "::1"]
            .map(host)
            .to_vec(),
        also: Vec::new(),
        personal_below: Some(host("dns.school.example")),
    }
}

fn authority_pem(folder: &Path) -> String {
    authority_certificate(folder).unwrap().unwrap().pem
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn days(count: i32) -> Timestamp {
    days_after(now(), count)
}

/// The clock of a client.
#[derive(Debug)]
struct At(Timestamp);

impl rustls::time_provider::TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.as_second().try_into().unwrap())))
    }
}

/// A whole handshake in memory; what the client says of the certificate.
fn greet(server: &Arc<ServerConfig>, authority: &str, name: &str, at: Timestamp) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_details(Arc::new(aws_lc_rs::default_provider()), Arc::new(At(at)))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut Cursor::new(wire)).unwrap();
        server.process_new_packets().map(drop)?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut Cursor::new(wire)).unwrap();
        client.process_new_packets().map(drop)?;
    }
    Ok(())
}

fn greets(identity: &TlsIdentity, name: &str) -> bool {
    let authority = authority_pem(&identity.source.folder);
    let shown = Arc::clone(&identity.watch().borrow());
    greet(&shown, &authority, name, now()).is_ok()
}

#[test]
fn the_own_certificate_is_good_for_every_name_and_address_of_ours_and_for_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let identity = TlsIdentity::open(source(folder.path())).unwrap();
    for name in [
        "filter.school.example",
        "localhost",
        "dns.school.example",
        "chloe.dns.school.example",
        "192.168.7.10",
        "198.51.100.4",
        "::1",
    ] {
        assert!(greets(&identity, name), "{name}");
    }
    for name in ["a.chloe.dns.school.example", "other.school.example", "bank.example", "192.168.7.11"] {
        assert!(!greets(&identity, name), "{name}");
    }
    let standing = identity.standing();
    assert_eq!((standing.shown, standing.alarm), (Shown::Own, None));
    assert!(standing.expires > days(88) && standing.expires < days(91), "{}", standing.expires);
}

#[test]
fn the_own_authority_may_not_vouch_for_the_rest_of_the_web() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let authority = Authority::open_or_make(&source.folder, &source.hosts, now()).unwrap();
    let text = authority_pem(&source.folder);
    let tickets = aws_lc_rs::Ticketer::new().unwrap();
    // Whoever has stolen the key signs without asking what it may sign.
    let sign = |name: &str| {
        let pem = authority.signed(&[name.to_owned()], now()).unwrap();
        server_config(&Pair::from_pem(pem.as_bytes(), pem.as_bytes()).unwrap(), &tickets).unwrap()
    };
    for name in ["new.school.example", "10.1.2.3", "192.168.0.1", "198.51.100.4", "fd00::1"] {
        assert_eq!(greet(&sign(name), &text, name, now()), Ok(()), "{name}");
    }
    for name in ["bank.example", "www.bank.example", "notschool.example", "198.51.100.5", "203.0.113.1", "2001:db8::1"]
    {
        assert!(greet(&sign(name), &text, name, now()).is_err(), "{name}");
    }
    let named = ["bank.example", "new.school.example", "203.0.113.1", "10.1.2.3"].map(host);
    assert_eq!(authority.not_covered(&named), [&named[0], &named[2]]);
}

#[test]
fn the_authority_stays_and_only_its_owner_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(folder.path());
    let first = TlsIdentity::open(source.clone()).unwrap();
    let authority = authority_pem(&source.folder);
    assert!(!authority.contains("PRIVATE"), "the key stays");
    let leaf = fs::read(authority::leaf_file(&source.folder)).unwrap();
    for file in [source.folder.clone(), authority::file(&source.folder), authority::leaf_file(&source.folder)] {
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o077, 0, "{}", file.display());
    }
    drop(first);
    drop(TlsIdentity::open(source.clone()).unwrap());
    assert_eq!(fs::read(authority::leaf_file(&source.folder)).unwrap(), leaf, "a good certificate is not made again");

    // A name that the authority covers gives a new certificate, one that it does not is told and left out.
    source.hosts.push(host("wpad.school.example"));
    source.hosts.push(host("filter.academy.example"));
    let identity = TlsIdentity::open(source.clone()).unwrap();
    assert_eq!(authority_pem(&source.folder), authority);
    assert!(greets(&identity, "wpad.school.example") && greets(&identity, "filter.school.example"));
    let alarm = identity.standing().alarm.unwrap();
    assert!(alarm.contains("“filter.academy.example”") && !alarm.contains("wpad"), "{alarm}");
    assert_eq!(examine(&source, now()).unwrap().unwrap(), identity.standing());

    // A damaged authority is not written over; the certificate that it signed is shown on.
    fs::write(authority::file(&source.folder), "damaged").unwrap();
    let identity = TlsIdentity::open(source.clone()).unwrap();
    assert!(identity.standing().alarm.unwrap().contains("authority cannot be used"));
    assert_eq!(fs::read_to_string(authority::file(&source.folder)).unwrap(), "damaged");
}

#[test]
fn an_own_store_that_cannot_be_used_does_not_keep_the_service_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    drop(TlsIdentity::open(source.clone()).unwrap());
    let file = authority::file(&source.folder);
    let good = fs::read(&file).unwrap();
    fs::write(&file, "damaged").unwrap();
    fs::remove_file(authority::leaf_file(&source.folder)).unwrap();

    let mut identity = TlsIdentity::open(source.clone()).unwrap();
    let standing = identity.standing();
    assert_eq!(standing.shown, Shown::Memory);
    let alarm = standing.alarm.unwrap();
    assert!(alarm.contains("authority cannot be used") && alarm.contains("no device trusts"), "{alarm}");
    assert!(standing.names.contains(&"filter.school.example".to_owned()), "{:?}", standing.names);
    assert_eq!(fs::read_to_string(&file).unwrap(), "damaged", "nothing is written over");
    assert!(examine(&source, now()).unwrap_err().contains("authority cannot be used"));

    // Brought back from a backup, it is shown without a restart.
    let later = |seconds: i64| now().saturating_add(seconds.seconds()).unwrap();
    fs::write(&file, good).unwrap();
    identity.look();
    assert_eq!(identity.standing().shown, Shown::Memory, "not at every look");
    identity.look_at(later(6));
    assert_eq!((identity.standing().shown, identity.standing().alarm), (Shown::Own, None));
    assert!(greets(&identity, "filter.school.example"));
}

#[test]
fn addresses_that_the_config_does_not_name_are_carried_where_they_may_and_no_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(folder.path());
    drop(TlsIdentity::open(source.clone()).unwrap());
    // Private, which the authority may vouch for, and public.
    source.also = ["192.168.7.11", "203.0.113.9"].map(host).to_vec();
    let identity = TlsIdentity::open(source).unwrap();
    assert!(greets(&identity, "192.168.7.11") && greets(&identity, "filter.school.example"));
    let standing = identity.standing();
    assert_eq!((standing.alarm, standing.names.contains(&"203.0.113.9".to_owned())), (None, false));
}

#[test]
fn files_whose_rights_were_mended_are_read_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_files(folder.path(), &["one.example"], now());
    let one = stamps(&files);
    fs::set_permissions(&files.1, fs::Permissions::from_mode(0o640)).unwrap();
    assert_ne!(stamps(&files), one, "also seen where nothing was written");

    // The folder above was closed, which the files themselves do not tell: a link stands for it here.
    let other = tempfile::tempdir().unwrap();
    let link = other.path().join("live");
    let through = (link.join("certificate.pem"), link.join("key.pem"));
    let mut identity = TlsIdentity::open(Source { files: Some(through), ..source(other.path()) }).unwrap();
    assert_eq!(identity.standing().shown, Shown::Own);
    std::os::unix::fs::symlink(folder.path(), &link).unwrap();
    identity.seen = identity.source.files.as_ref().map(stamps);
    identity.look();
    assert_eq!(identity.standing().shown, Shown::Own, "not at every look");
    identity.look_at(now().saturating_add(6.seconds()).unwrap());
    assert_eq!((identity.standing().shown, identity.standing().alarm), (Shown::Files, None));
}

#[test]
fn the_own_certificate_is_renewed_at_two_thirds_and_told_when_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let mut identity = TlsIdentity::open(source.clone()).unwrap();
    let mut watch = identity.watch();
    let first = identity.standing().expires;
    identity.look_at(days(58));
    assert!(!watch.has_changed().unwrap());
    identity.look_at(days(62));
    assert!(watch.has_changed().unwrap());
    assert!(identity.standing().expires > first);
    let authority = authority_pem(&source.folder);
    let shown = Arc::clone(&watch.borrow_and_update());
    assert_eq!(greet(&shown, &authority, "localhost", days(150)), Ok(()));
    assert!(greet(&shown, &authority, "localhost", days(160)).is_err());

    // Off for a year: told by who looks, mended by who serves.
    let told = examine(&source, days(400)).unwrap().unwrap();
    assert!(told.alarm.unwrap().contains("The certificate ended on"));
    let identity = TlsIdentity::open_at(source.clone(), days(400)).unwrap();
    assert!(identity.standing_at(days(400)).alarm.is_none());
    // Its authority, ten years on.
    let told = examine(&source, days(3_600)).unwrap().unwrap().alarm.unwrap();
    assert!(told.contains("The own authority ends on"), "{told}");
}

#[test]
fn a_clock_that_begins_in_1970_makes_no_certificate_that_ended_long_ago() {
    let folder = tempfile::tempdir().unwrap();
    let source = source(folder.path());
    let mut identity = TlsIdentity::open_at(source.clone(), Timestamp::from_second(3_600).unwrap()).unwrap();
    identity.look();
    assert_eq!(identity.standing().alarm, None);
    assert!(greets(&identity, "filter.school.example"));
}

/// A certificate of another authority in files, as a school buys one.
fn write_files(folder: &Path, names: &[&str], at: Timestamp) -> (PathBuf, PathBuf) {
    let other = folder.join(format!("other-{}", names.concat()));
    let hosts: Vec<Host> = names.iter().copied().map(host).collect();
    let authority = Authority::open_or_make(&other, &hosts, at).unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let text = authority.signed(&names, at).unwrap();
    let at = text.find("-----BEGIN CERTIFICATE").unwrap();
    let files = (folder.join("certificate.pem"), folder.join("key.pem"));
    fs::write(&files.0, &text[at..]).unwrap();
    fs::write(&files.1, &text[..at]).unwrap();
    files
}

#[test]
fn changed_files_are_shown_once_they_fit_together_and_never_before() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_files(folder.path(), &["one.example"], now());
    let source = Source { files: Some(files.clone()), ..source(folder.path()) };
    let mut identity = TlsIdentity::open(source.clone()).unwrap();
    let mut watch = identity.watch();
    assert_eq!((identity.standing().shown, identity.standing().names), (Shown::Files, vec!["one.example".to_owned()]));
    assert!(!source.folder.exists(), "no own authority where it is not needed");
    let old_key = fs::read(&files.1).unwrap();

    // The certificate is new, the key still the old one.
    write_files(folder.path(), &["two.example"], days(5));
    let new_key = fs::read(&files.1).unwrap();
    fs::write(&files.1, &old_key).unwrap();
    identity.look_at(days(6));
    assert!(!watch.has_changed().unwrap());
    let standing = identity.standing();
    assert_eq!(standing.names, ["one.example"]);
    let alarm = standing.alarm.unwrap();
    assert!(alarm.contains("the key does not belong to the certificate") && alarm.contains("shown on"), "{alarm}");
    assert!(examine(&source, now()).unwrap_err().contains("the key does not belong"));

    fs::write(&files.1, &new_key).unwrap();
    identity.look_at(days(6));
    assert!(watch.has_changed().unwrap());
    watch.mark_unchanged();
    let standing = identity.standing_at(days(6));
    assert_eq!((standing.names, standing.alarm), (vec!["two.example".to_owned()], None));

    // Half a file, no file, and one that has ended: the good one is shown on.
    for (what, words) in [("half", "PEM"), ("none", "cannot be read"), ("ended", "the certificate ended on")] {
        match what {
            "half" => fs::write(&files.0, "-----BEGIN CERTIFICATE-----\nAAAA").unwrap(),
            "none" => fs::remove_file(&files.0).unwrap(),
            _ => drop(write_files(folder.path(), &["old.example"], now())),
        }
        identity.look_at(days(92));
        let standing = identity.standing();
        assert_eq!(standing.names, ["two.example"], "{what}");
        let alarm = standing.alarm.unwrap();
        assert!(alarm.contains(words), "{what}: {alarm}");
        assert!(!watch.has_changed().unwrap(), "{what}");
    }
}

#[test]
fn files_that_cannot_be_used_at_a_start_do_not_keep_the_service_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_files(folder.path(), &["one.example"], now());
    let key = fs::read(&files.1).unwrap();
    fs::remove_file(&files.1).unwrap();
    let mut identity = TlsIdentity::open(Source { files: Some(files.clone()), ..source(folder.path()) }).unwrap();
    assert_eq!(identity.standing().shown, Shown::Own);
    assert!(identity.standing().alarm.unwrap().contains("key.pem cannot be read"));
    assert!(greets(&identity, "filter.school.example"));
    fs::write(&files.1, key).unwrap();
    identity.look();
    assert_eq!((identity.standing().shown, identity.standing().alarm), (Shown::Files, None));
}
