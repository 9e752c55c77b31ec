//! What devices see over the years of an authority, and what becomes of faults of files, clock and disk.

mod rolling;

use super::{standing::Signer, *};
use crate::files::{Existing, Rights, put};
use holdfast_gateway::inspect::authority::Authority as Signing;
use jiff::ToSpan as _;
use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName, UnixTime, pem::PemObject as _};
use rustls::{RootCertStore, client::WebPkiServerVerifier, client::danger::ServerCertVerifier as _, crypto::aws_lc_rs};
use std::{fs, os::unix::fs::MetadataExt as _, process::Command};
use tempfile::TempDir;

/// A folder with a data folder and, beside that, a secret's place.
fn place() -> (TempDir, Source) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let source = Source {
        folder: data.join("interception"),
        secret: folder.path().join("interception.secret"),
        files: None,
        extra_roots: Vec::new(),
        school: "Oak School".to_owned(),
    };
    (folder, source)
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn after(days: i32) -> Timestamp {
    days_after(now(), days)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    bundle::certificate_pem(certificate).unwrap()
}

/// Whether a device that trusts only this authority takes a certificate that the one in force signs for a site. What is
/// sent beside it is what the program sends.
fn device_takes(trusted: &Certificate, source: &Source, at: Timestamp) -> Result<(), rustls::Error> {
    let kept = Kept::read(&own::current_file(&source.folder)).unwrap().unwrap();
    let key = secret::Secret::read(&source.secret).unwrap();
    let text = read_text(&own::current_file(&source.folder)).unwrap();
    let Some(bundle::Key::Locked(locked)) = Bundle::from_pem(&text).unwrap().keys.into_iter().next() else {
        panic!("the key is not locked")
    };
    let opened = key.unlock(&locked).unwrap();
    let signing = KeyPair::try_from(&PrivatePkcs8KeyDer::from(opened.as_bytes())).unwrap();
    let uses_cross = kept.cross.as_ref().filter(|(_, until)| at < days_after(*until, -CROSS_SPARE_DAYS));
    let sent = uses_cross.map_or(&kept.certificate, |(cross, _)| cross);
    let issuer = Issuer::from_ca_cert_der(sent, signing).unwrap();
    let mut params = CertificateParams::new(vec!["site.example".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.use_authority_key_identifier_extension = true;
    let leaf = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(trusted.der.to_vec())).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let name = ServerName::try_from("site.example").unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(at.as_second().try_into().unwrap()));
    verifier.verify_server_cert(leaf.der(), std::slice::from_ref(sent), &name, &[], time).map(drop)
}

fn shown(interception: &Interception) -> Option<Arc<Signing>> {
    interception.current.borrow().clone()
}

/// What was put aside under names that begin so.
fn aside(source: &Source, word: &str) -> Vec<Vec<u8>> {
    let names = fs::read_dir(&source.folder).unwrap().map(|entry| entry.unwrap().path());
    let names = names.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(word));
    names.map(|path| fs::read(path).unwrap()).collect()
}

/// What was wrong, and that nothing is opened because of it.
fn refused(interception: &Interception, at: Timestamp) -> String {
    let standing = interception.standing_at(at);
    assert!(shown(interception).is_none() && !standing.opens, "{standing}");
    standing.alarm.unwrap()
}

#[test]
fn the_authority_is_made_once_and_a_copy_of_the_data_folder_cannot_sign() {
    let (_folder, source) = place();
    let interception = Interception::open(source.clone()).unwrap();
    let standing = interception.standing();
    assert!(standing.opens && shown(&interception).is_some());
    assert_eq!((standing.signer, &standing.alarm), (Signer::Own, &None));
    let current = standing.current.clone().unwrap();
    assert!(current.name.contains("O=Oak School") && current.name.contains("Holdfast inspection"), "{}", current.name);
    assert!(current.expires > after(3 * 365 - 2) && current.expires < after(3 * 366), "{}", current.expires);
    device_takes(&current, &source, now()).unwrap();
    let file = own::current_file(&source.folder);
    for path in [&file, &source.secret] {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, 0o600, "{}", path.display());
    }
    assert_eq!(fs::metadata(&source.folder).unwrap().mode() & 0o7777, 0o700);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("ENCRYPTED PRIVATE KEY") && !text.contains("BEGIN PRIVATE KEY"));
    // Opened again, it is the same; with another secret it is of no use, and is not written over.
    let again = Interception::open(source.clone()).unwrap();
    assert_eq!(again.standing().current, Some(current.clone()));
    fs::write(&source.secret, "another\n").unwrap();
    let copied = Interception::open(source.clone()).unwrap();
    assert!(refused(&copied, now()).contains("the secret does not open the key"));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    // The certificate can be handed out all the same.
    assert_eq!(certificate(&source, false).unwrap(), current);
}

#[test]
fn openssl_opens_the_key_with_the_secret_and_with_no_other() {
    let (_folder, source) = place();
    drop(Interception::open(source.clone()).unwrap());
    let open = |pass: &str| {
        let file = own::current_file(&source.folder);
        Command::new("openssl").args(["pkey", "-noout", "-passin", pass, "-in"]).arg(file).output().unwrap()
    };
    let output = open(&format!("file:{}", source.secret.display()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!open("pass:another").status.success());
}

#[test]
fn the_next_one_is_told_in_time_takes_over_and_leads_devices_on() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let old = interception.standing().current.unwrap();
    let before_end = |days: i32| days_after(old.expires, -days);
    interception.look_at(before_end(182));
    assert!(interception.standing_at(before_end(182)).next.is_none());
    assert_eq!(interception.standing_at(before_end(182)).alarm, None);
    interception.look_at(before_end(179));
    let standing = interception.standing_at(before_end(179));
    let next = standing.next.clone().unwrap();
    assert_eq!(standing.switches, Some(before_end(60)));
    assert!(standing.alarm.unwrap().contains("hand it out to all devices now"));
    assert_eq!(certificate(&source, true).unwrap(), next);
    assert_ne!(next.fingerprint, old.fingerprint);
    let first = shown(&interception).unwrap();

    interception.look_at(before_end(61));
    assert!(
        Arc::ptr_eq(&first, &shown(&interception).unwrap()) || interception.standing().current == Some(old.clone())
    );
    let mut watch = interception.inspection().authority;
    watch.mark_unchanged();
    let switched = before_end(59);
    interception.look_at(switched);
    assert!(watch.has_changed().unwrap());
    let standing = interception.standing_at(switched);
    assert_eq!((standing.current, standing.next), (Some(next.clone()), None));
    assert_eq!(standing.before_until, Some(old.expires));
    assert!(standing.alarm.unwrap().contains("given only that one"));
    assert_eq!(fs::read_dir(&source.folder).unwrap().count(), 2, "the current one, and the one before for the record");

    // Both kinds of devices, until the old one ends; then those that have the new one.
    for trusted in [&old, &next] {
        device_takes(trusted, &source, switched).unwrap();
        device_takes(trusted, &source, before_end(2)).unwrap();
    }
    interception.look_at(before_end(-1));
    device_takes(&next, &source, before_end(-1)).unwrap();
    assert!(device_takes(&old, &source, before_end(-1)).is_err());
    assert_eq!(interception.standing_at(before_end(-1)).alarm, None);
}

#[test]
fn the_end_is_told_in_three_steps_and_then_nothing_is_opened() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let end = interception.standing().expires.unwrap();
    // Nothing looks while the time passes, as where the disk is full.
    for (days, words) in [(100, "authority ends on"), (40, "ends in less than two months"), (10, "Urgent: the")] {
        let standing = interception.standing_at(days_after(end, -days));
        assert!(standing.opens && standing.alarm.as_ref().unwrap().contains(words), "{standing}");
    }
    // Off over the end: a new one is made, but nobody was told, so it waits for a person.
    let late = days_after(end, 1);
    interception.look_at(late);
    let alarm = refused(&interception, late);
    assert!(alarm.contains("ended on") && alarm.contains("roll-over"), "{alarm}");
    assert!(interception.standing_at(late).next.is_some());
    interception.look_at(days_after(late, 30));
    assert!(shown(&interception).is_none());
    let told = roll_over(&source, days_after(late, 30)).unwrap();
    assert!(told.contains("until it is given the new one"), "{told}");
    interception.look_at(days_after(late, 30));
    assert!(shown(&interception).is_some());
    assert_eq!(interception.standing_at(days_after(late, 30)).alarm, None);
}

#[test]
fn a_person_may_roll_over_at_any_time_and_devices_are_led_on() {
    let (_folder, source) = place();
    assert!(roll_over(&source, now()).unwrap_err().contains("no own interception authority yet"));
    let mut interception = Interception::open(source.clone()).unwrap();
    let old = interception.standing().current.unwrap();
    // Typed by somebody who does not know the school's name.
    let told = roll_over(&Source { school: String::new(), ..source.clone() }, now()).unwrap();
    assert!(told.contains("trust it as well until"), "{told}");
    interception.look();
    let standing = interception.standing();
    let new = standing.current.unwrap();
    assert!(new.fingerprint != old.fingerprint && new.name.contains("Oak School"), "{}", new.name);
    assert_eq!((standing.alarm, standing.before_until), (None, Some(old.expires)));
    for trusted in [&old, &new] {
        device_takes(trusted, &source, after(10)).unwrap();
    }
    // What openssl says, which many devices use: only the old one is trusted.
    let kept = Kept::read(&own::current_file(&source.folder)).unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (old, cross) = (file("old.pem", &old.pem), file("cross.pem", &pem(&kept.cross.unwrap().0)));
    let output = Command::new("openssl").arg("verify").arg("-CAfile").arg(&old).arg(&cross).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_switch_that_was_broken_off_is_no_harm() {
    let (_folder, source) = place();
    drop(Interception::open(source.clone()).unwrap());
    own::make_next(&source, now()).unwrap();
    let next = fs::read(own::next_file(&source.folder)).unwrap();
    own::switch(&source, now()).unwrap();
    // The last step, taking the one that waited away, was not reached.
    fs::write(own::next_file(&source.folder), next).unwrap();
    let interception = Interception::open(source.clone()).unwrap();
    let standing = interception.standing();
    assert_eq!((standing.next, standing.alarm, standing.opens), (None, None, true));
    assert!(own::switch(&source, now()).unwrap_err().contains("No authority waits"));
}

#[test]
fn a_damaged_file_and_a_lost_secret_are_told_and_nothing_is_written_over() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let file = own::current_file(&source.folder);
    let good = fs::read(&file).unwrap();
    let secret = fs::read(&source.secret).unwrap();
    let half = good.len() / 2;
    let half = &good[..half];
    for (path, bytes, words) in [
        (&file, Some(b"damaged".as_slice()), "there is no certificate in it"),
        (&file, Some(half), "no PEM text"),
        (&source.secret, None, "cannot be read"),
        (&source.secret, Some(b"".as_slice()), "nothing in its first line"),
        (&source.secret, Some(b"wrong\n".as_slice()), "the secret does not open the key"),
    ] {
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        // While it runs, the last good one signs on.
        interception.look();
        let standing = interception.standing();
        let alarm = standing.alarm.unwrap();
        assert!(standing.opens && alarm.contains(words) && alarm.contains("signs on"), "{words}: {alarm}");
        // At a start there is none.
        let started = Interception::open(source.clone()).unwrap();
        let alarm = refused(&started, now());
        assert!(alarm.contains(words), "{words}: {alarm}");
        assert_eq!(examine(&source, now()).unwrap().alarm.unwrap(), alarm);
        assert_eq!(fs::read(path).ok().as_deref(), bytes, "nothing is written over");
        fs::write(&file, &good).unwrap();
        fs::write(&source.secret, &secret).unwrap();
        // Mended, it is taken without a restart.
        interception.look();
        assert_eq!(interception.standing().alarm, None, "{words}");
    }
    // Taken away while it runs, no other is made in its place.
    fs::remove_file(&file).unwrap();
    interception.look();
    assert!(interception.standing().opens && interception.standing().alarm.unwrap().contains("was taken away"));
    assert!(!file.exists());
    fs::write(&file, &good).unwrap();
    interception.look();
    assert_eq!(interception.standing().alarm, None);
    // One that waits and is damaged stops nothing, and is not written over: devices may have it.
    let soon = days_after(interception.standing().expires.unwrap(), -100);
    fs::write(own::next_file(&source.folder), "damaged").unwrap();
    interception.look_at(soon);
    let standing = interception.standing_at(soon);
    assert!(standing.opens && standing.alarm.unwrap().contains("move it away"));
    assert_eq!(fs::read_to_string(own::next_file(&source.folder)).unwrap(), "damaged");
}

#[test]
fn a_clock_that_is_wrong_opens_nothing_and_breaks_nothing() {
    let (_folder, source) = place();
    let mut interception = Interception::open(source.clone()).unwrap();
    let first = interception.standing().current.unwrap();
    let files = || fs::read_dir(&source.folder).unwrap().count();
    // Far back.
    let back = Timestamp::from_second(3_600).unwrap();
    interception.look_at(back);
    assert!(refused(&interception, back).contains("Check this computer's clock"));
    assert_eq!(files(), 1);
    // Far forward for an hour: one is made and waits, and takes over neither then nor afterwards.
    let forward = after(9_000);
    interception.look_at(forward);
    interception.look_at(forward.saturating_add(1.hour()).unwrap());
    assert!(refused(&interception, forward).contains("ended on"));
    interception.look();
    let standing = interception.standing();
    assert_eq!((standing.current, standing.opens, standing.alarm), (Some(first.clone()), true, None));
    // Forward into the last weeks, which is the worst: it would be due at once.
    let last = days_after(first.expires, -30);
    for hours in 0..10 {
        interception.look_at(last.saturating_add(hours.hours()).unwrap());
    }
    interception.look();
    let standing = interception.standing();
    assert_eq!((standing.current, standing.opens), (Some(first.clone()), true));
    // When its time comes, one from the wrong future is not waited for.
    let due = days_after(first.expires, -170);
    interception.look_at(due);
    assert!(interception.standing_at(due).next.unwrap().begins <= due);

    // Made with a clock of 1970, it is good as soon as the clock is.
    let (_folder, source) = place();
    let mut interception = Interception::open_at(source.clone(), back).unwrap();
    interception.look();
    assert!(interception.standing().opens && interception.standing().alarm.is_none());
    // Made with a clock that was ahead, a person rolls over.
    let (_folder, source) = place();
    let mut interception = Interception::open_at(source.clone(), forward).unwrap();
    interception.look();
    assert!(refused(&interception, now()).contains("roll-over"));
    roll_over(&source, now()).unwrap();
    interception.look();
    assert!(interception.standing().opens);
}

#[test]
fn a_place_that_cannot_be_written_at_the_first_start_is_told_and_tried_again() {
    let (folder, source) = place();
    // A file stands where the folder shall be, which stops root as well.
    fs::write(&source.folder, "").unwrap();
    let mut interception = Interception::open(source.clone()).unwrap();
    let alarm = refused(&interception, now());
    assert!(alarm.contains("interception"), "{alarm}");
    fs::remove_file(&source.folder).unwrap();
    interception.look_at(now().saturating_add(6.seconds()).unwrap());
    assert!(interception.standing().opens);

    // The secret's folder is not there.
    let other = Source {
        secret: folder.path().join("nowhere/interception.secret"),
        folder: folder.path().join("data/other"),
        ..source
    };
    let interception = Interception::open(other).unwrap();
    let alarm = refused(&interception, now());
    assert!(alarm.contains("`holdfast install` makes it"), "{alarm}");
}

#[test]
fn a_full_disk_at_the_first_start_is_told_and_leaves_no_half_file() {
    let (folder, mut source) = place();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8k", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        crate::skipped::because("this account may not mount");
        return;
    }
    source.folder = disk.join("interception");
    let filled = (0..8).map(|at| fs::write(disk.join(format!("{at}")), [0; 4096])).any(|written| written.is_err());
    let mut interception = Interception::open(source.clone()).unwrap();
    let alarm = refused(&interception, now());
    let is_there = own::current_file(&source.folder).exists();
    for at in 0..8 {
        fs::remove_file(disk.join(format!("{at}"))).ok();
    }
    interception.look_at(now().saturating_add(6.seconds()).unwrap());
    let opens = interception.standing().opens;
    let unmounted = Command::new("umount").arg(&disk).output().unwrap();
    assert!(filled && alarm.contains("the disk is not full") && !is_there && opens, "{alarm}");
    assert!(unmounted.status.success());
}

/// A school's own: a root, and an issuing authority below it.
fn school_authority(folder: &Path, passphrase: Option<&str>) -> Files {
    let own = |name: &str, length| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(length));
        params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
        params.use_authority_key_identifier_extension = true;
        (params, KeyPair::generate().unwrap())
    };
    let (root, root_key) = own("Trust root", 1);
    let (issuing, key) = own("Trust issuing", 0);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let issuing = issuing.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    let files = Files {
        certificate: folder.join("authority.pem"),
        key: folder.join("authority.key"),
        passphrase: passphrase.map(|_| folder.join("passphrase")),
    };
    fs::write(&files.certificate, format!("{}{root_pem}", issuing.pem())).unwrap();
    let text = match passphrase {
        None => key.serialize_pem(),
        Some(words) => {
            fs::write(folder.join("passphrase"), format!("{words}\n")).unwrap();
            let locked = secret::Secret::from_text(words).unwrap().lock(&key.serialize_der(), 2_048).unwrap();
            secret::to_pem(&locked).unwrap().to_string()
        }
    };
    fs::write(&files.key, text).unwrap();
    files
}

#[test]
fn the_schools_own_is_read_again_when_it_changes_and_a_bad_edit_changes_nothing() {
    let (folder, mut source) = place();
    let files = school_authority(folder.path(), None);
    source.files = Some(files.clone());
    let mut interception = Interception::open(source.clone()).unwrap();
    let standing = interception.standing();
    assert_eq!((standing.signer, standing.opens, standing.alarm), (Signer::School, true, None));
    let first = standing.current.unwrap();
    assert!(first.name.contains("Trust root"), "devices are given what leads to all: {}", first.name);
    assert!(!source.folder.exists() && !source.secret.exists(), "no own one where it is not needed");
    let mut watch = interception.inspection().authority;

    let key = fs::read(&files.key).unwrap();
    let text = fs::read_to_string(&files.certificate).unwrap();
    let leaf = text.find("-----END").unwrap();
    for (path, bytes, words) in [
        (&files.key, KeyPair::generate().unwrap().serialize_pem().into_bytes(), "not the one of its certificate"),
        (&files.key, b"".to_vec(), "no private key in it"),
        (&files.certificate, text.as_bytes()[..leaf].to_vec(), "no PEM text"),
    ] {
        let good = fs::read(path).unwrap();
        fs::write(path, bytes).unwrap();
        interception.look();
        let standing = interception.standing();
        let alarm = standing.alarm.unwrap();
        assert!(standing.opens && alarm.contains(words) && alarm.contains("signs on"), "{words}: {alarm}");
        assert!(!watch.has_changed().unwrap());
        let started = Interception::open(source.clone()).unwrap();
        assert!(refused(&started, now()).contains(words), "{words}");
        fs::write(path, good).unwrap();
        interception.look();
        assert_eq!(interception.standing().alarm, None, "{words}");
        watch.mark_unchanged();
    }
    assert_eq!(fs::read(&files.key).unwrap(), key);

    // Another one, whose key is locked.
    let files = school_authority(folder.path(), Some("five words of a school"));
    source.files = Some(files.clone());
    let interception = Interception::open(source.clone()).unwrap();
    assert!(interception.standing().opens);
    assert_ne!(interception.standing().current.unwrap().fingerprint, first.fingerprint);
    fs::write(files.passphrase.as_ref().unwrap(), "others\n").unwrap();
    assert!(refused(&Interception::open(source.clone()).unwrap(), now()).contains("does not open the key"));
    source.files = Some(Files { passphrase: None, ..files });
    assert!(refused(&Interception::open(source.clone()).unwrap(), now()).contains("passphrase_file"));
    let words = "heron lamp copper thursday";
    for told in [roll_over(&source, now()), backup(&source, words), restore(&source, "", words)] {
        assert!(told.unwrap_err().contains("the school's own"));
    }
}

#[test]
fn a_backup_opens_on_another_machine_with_its_passphrase_alone() {
    let (_folder, source) = place();
    let passphrase = "heron lamp copper thursday";
    assert!(backup(&source, passphrase).unwrap_err().contains("no own interception authority yet"));
    let interception = Interception::open(source.clone()).unwrap();
    own::make_next(&source, now()).unwrap();
    assert!(backup(&source, "short").unwrap_err().contains("16 characters"));
    let text = backup(&source, passphrase).unwrap();
    assert_eq!(text.matches("BEGIN ENCRYPTED PRIVATE KEY").count(), 2);
    let current = interception.standing().current;

    let (folder, other) = place();
    assert!(restore(&other, &text, "another that is long enough").unwrap_err().contains("does not open"));
    assert!(!own::current_file(&other.folder).exists());
    assert!(restore(&other, "nothing", passphrase).unwrap_err().contains("no authority in that file"));
    restore(&other, &text, passphrase).unwrap();
    let restored = Interception::open(other.clone()).unwrap();
    assert_eq!((restored.standing().current, restored.standing().opens), (current, true));
    assert_eq!(restored.standing().next.unwrap(), certificate(&source, true).unwrap());
    // Over one that is there: that is kept beside.
    let before = fs::read(own::current_file(&other.folder)).unwrap();
    restore(&other, &text, passphrase).unwrap();
    assert!(aside(&other, "replaced-").contains(&before));

    // By the command, with files.
    let words = folder.path().join("words");
    put(&words, passphrase.as_bytes(), Rights::PRIVATE, Existing::Keep).unwrap();
    let file = folder.path().join("backup.pem");
    let action = command::Action::Backup { file: file.clone(), passphrase_file: Some(words) };
    action.carry_out(&source, now()).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
    assert!(action.carry_out(&source, now()).is_err(), "never over another");
    let output = folder.path().join("authority.der");
    let export = |format, output| command::Action::Export { next: false, format, output };
    export(command::Format::Der, Some(output.clone())).carry_out(&source, now()).unwrap();
    let der = CertificateDer::from(fs::read(&output).unwrap());
    let printed = export(command::Format::Pem, None).carry_out(&source, now()).unwrap();
    assert_eq!(CertificateDer::from_pem_slice(printed.as_bytes()).unwrap(), der);
    assert!(export(command::Format::Der, None).carry_out(&source, now()).unwrap_err().contains("--output"));
}

#[test]
fn extra_authorities_are_read_at_the_start_and_a_later_fault_is_told() {
    let (folder, mut source) = place();
    let file = folder.path().join("extra.pem");
    source.extra_roots = vec![file.clone()];
    assert!(Interception::open(source.clone()).unwrap_err().contains("extra.pem"));
    fs::write(&file, "nothing").unwrap();
    assert!(Interception::open(source.clone()).unwrap_err().contains("no certificate in it"));
    let school = school_authority(folder.path(), None);
    let good = fs::read_to_string(&school.certificate).unwrap();
    fs::write(&file, &good).unwrap();
    let mut interception = Interception::open(source.clone()).unwrap();
    let usual = webpki_roots::TLS_SERVER_ROOTS.len();
    assert_eq!(interception.inspection().roots.len(), usual + 2);
    fs::remove_file(&file).unwrap();
    interception.look();
    let standing = interception.standing();
    assert!(standing.opens && standing.alarm.unwrap().contains("trusted on"));
    assert_eq!(interception.inspection().roots.len(), usual + 2);
    fs::write(&file, fs::read_to_string(&school_authority(folder.path(), None).certificate).unwrap()).unwrap();
    interception.look();
    assert!(interception.standing().alarm.unwrap().contains("Start Holdfast again"));
    fs::write(&file, good).unwrap();
    interception.look();
    assert_eq!(interception.standing().alarm, None);
}
