//! Staging in a folder, and doing it again.

use super::*;
use holdfast_core::{
    people::{self, Document},
    policy,
    problem::Severity,
    ruleset::{self, content::Content},
};
use jiff::civil::Date;
use std::{
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
    sync::Arc,
};

fn options(root: &Path) -> Options {
    let binary = root.join("downloaded");
    fs::write(&binary, "program, first version").unwrap();
    let addresses = vec!["192.0.2.10".parse().unwrap(), "2001:db8::10".parse().unwrap()];
    Options { root: Some(root.join("image")), binary, addresses, name: Some("filter.school.example".to_owned()) }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn everything_is_put_in_place_with_its_rights() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let said = install(&options).unwrap();
    let image = folder.path().join("image");
    for (file, rights) in [
        ("usr/local/bin/holdfast", 0o755),
        ("etc/holdfast/holdfast.toml", 0o640),
        ("etc/systemd/system/holdfast.service", 0o644),
        ("var/lib/holdfast", 0o700),
        ("var/lib/holdfast/policy.toml", 0o600),
        ("var/lib/holdfast/people.toml", 0o600),
    ] {
        assert_eq!(mode(&image.join(file)), rights, "{file}");
    }
    assert_eq!(fs::read_to_string(image.join("usr/local/bin/holdfast")).unwrap(), "program, first version");
    for words in ["put in place", "to be looked through", "Next:", "holdfast doctor", "change-me"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Where it was staged is told nowhere.
    assert!(!said.contains(image.to_str().unwrap()), "{said}");
}

#[test]
fn again_is_an_upgrade_that_keeps_what_people_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    install(&options).unwrap();
    let image = folder.path().join("image");
    let policy = image.join("var/lib/holdfast/policy.toml");
    let config = image.join("etc/holdfast/holdfast.toml");
    fs::write(&policy, "a policy of our own").unwrap();
    let own = fs::read_to_string(&config).unwrap().replace("offered", "required");
    fs::write(&config, &own).unwrap();
    fs::write(image.join("etc/systemd/system/holdfast.service"), "older").unwrap();
    fs::write(&options.binary, "program, second version").unwrap();
    let running = fs::File::open(image.join("usr/local/bin/holdfast")).unwrap();

    let said = install(&options).unwrap();
    assert_eq!(fs::read_to_string(&policy).unwrap(), "a policy of our own");
    assert_eq!(fs::read_to_string(&config).unwrap(), own);
    assert_eq!(fs::read_to_string(image.join("etc/systemd/system/holdfast.service")).unwrap(), UNIT);
    assert_eq!(fs::read_to_string(image.join("usr/local/bin/holdfast")).unwrap(), "program, second version");
    // The file that the old one runs from is still whole.
    assert_eq!(std::io::read_to_string(running).unwrap(), "program, first version");
    assert_eq!(said.matches(": replaced").count(), 2, "{said}");
    assert_eq!(said.matches("kept as it is").count(), 3, "{said}");
    let said = install(&options).unwrap();
    assert_eq!((said.matches(": replaced").count(), said.matches(": unchanged").count()), (0, 2), "{said}");

    // A config that this version cannot read: nothing is replaced.
    fs::write(&config, own.replace("sign_in", "sign_inn")).unwrap();
    fs::write(&options.binary, "program, third version").unwrap();
    let fault = install(&options).unwrap_err();
    assert!(fault.contains("sign_inn") && fault.contains("Nothing was changed"), "{fault}");
    assert_eq!(fs::read_to_string(image.join("usr/local/bin/holdfast")).unwrap(), "program, second version");
}

/// An installation by root in a folder of the test's own; `None` where this account may not give files away.
fn by_root(folder: &Path) -> Option<(Work, Account)> {
    let account = Account { user: 64_125, group: 64_126 };
    let probe = folder.join("probe");
    fs::write(&probe, "").unwrap();
    if chown(&probe, Some(account.user), Some(account.group)).is_err() {
        crate::skipped::because("this account may not give files away");
        return None;
    }
    Some((Work { root: Some(folder.join("image")), owner: Some((0, 0)), done: Vec::new() }, account))
}

fn rights(path: &Path) -> (u32, u32, u32) {
    let found = fs::symlink_metadata(path).unwrap();
    (found.mode() & 0o7777, found.uid(), found.gid())
}

#[test]
fn owners_and_groups_are_set_and_set_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let Some((mut work, account)) = by_root(folder.path()) else { return };
    let all = |work: &mut Work| {
        work.program(&options.binary).unwrap();
        work.config(&options, Some(&account)).unwrap();
        work.data(None, Some(&account)).unwrap();
    };
    all(&mut work);
    let place = |path: &str| folder.path().join("image").join(path.trim_start_matches('/'));
    let (etc, config) = (place("/etc/holdfast"), place(CONFIG));
    let expected = || {
        assert_eq!(rights(&place(BINARY)), (0o755, 0, 0));
        assert_eq!(rights(&etc), (0o750, 0, account.group));
        assert_eq!(rights(&config), (0o640, 0, account.group));
        assert_eq!(rights(&place(DATA)), (0o700, account.user, account.group));
        assert_eq!(rights(&place(&format!("{DATA}/policy.toml"))), (0o600, account.user, account.group));
    };
    expected();
    assert!(!work.done.concat().contains("set right"), "{:?}", work.done);

    // As an editor or a person with a strict umask leaves them, and a program that another account could change.
    chown(place(BINARY), Some(account.user), None).unwrap();
    chown(&config, None, Some(0)).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&etc, fs::Permissions::from_mode(0o700)).unwrap();
    work.done.clear();
    all(&mut work);
    expected();
    let said = work.done.join("\n");
    assert!(said.contains(&format!("program {BINARY}: replaced")), "{said}");
    for path in ["/etc/holdfast", CONFIG] {
        assert!(said.contains(&format!("{path}: owner and permissions set right")), "{path}: {said}");
    }
}

#[test]
fn what_a_link_of_the_service_leads_to_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let Some((mut work, account)) = by_root(folder.path()) else { return };
    let precious = folder.path().join("shadow");
    fs::write(&precious, "root's own").unwrap();
    fs::set_permissions(&precious, fs::Permissions::from_mode(0o600)).unwrap();
    let data = folder.path().join("image").join(DATA.trim_start_matches('/'));
    fs::create_dir_all(&data).unwrap();
    symlink(&precious, data.join("policy.toml")).unwrap();
    // It leads nowhere yet.
    symlink(folder.path().join("nowhere"), data.join("people.toml")).unwrap();
    work.data(None, Some(&account)).unwrap();
    assert_eq!(rights(&precious), (0o600, 0, 0));
    assert_eq!(fs::read_to_string(&precious).unwrap(), "root's own");
    assert!(!folder.path().join("nowhere").exists());

    // Nor is the folder itself followed, if it is a link.
    fs::remove_dir_all(&data).unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let before = rights(&elsewhere);
    symlink(&elsewhere, &data).unwrap();
    work.data(None, Some(&account)).unwrap();
    assert_eq!(rights(&elsewhere), before);
}

#[test]
fn a_service_that_does_not_start_leaves_the_rest_told() {
    let done = ["program: put in place".to_owned(), "unit: put in place".to_owned()];
    let fault = told(&done, Err("`systemctl restart` did not work.".to_owned()), NEXT).unwrap_err();
    for words in ["program: put", "unit: put", "Next:", "`systemctl restart` did not work.", "holdfast doctor"] {
        assert!(fault.contains(words), "{words}: {fault}");
    }
    assert!(told(&done, Ok("started\n".to_owned()), NEXT).unwrap().contains("started\n\nNext:"));
}

#[test]
fn addresses_that_the_internet_reaches_are_not_filled_in() {
    let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
    let inner = addresses(&["10.1.0.1", "fd00::1"]);
    assert_eq!(choose(&[], &inner), Ok((inner.clone(), None)));
    let (chosen, told) = choose(&[], &addresses(&["10.1.0.1", "fd00::1", "9.9.9.9", "2620:fe::fe"])).unwrap();
    assert_eq!(chosen, inner);
    assert!(told.unwrap().contains("without 9.9.9.9, 2620:fe::fe, which is public"));
    let fault = choose(&[], &addresses(&["9.9.9.9"])).unwrap_err();
    assert!(fault.contains("public addresses only") && fault.ends_with("--address 9.9.9.9"), "{fault}");
    // Whoever names one is told and obeyed.
    let (chosen, told) = choose(&addresses(&["9.9.9.9"]), &inner).unwrap();
    assert_eq!(chosen, addresses(&["9.9.9.9"]));
    assert!(told.unwrap().contains("anybody on the internet"));
    assert_eq!(choose(&[], &[]), Ok((addresses(&["0.0.0.0"]), None)));
}

#[test]
fn the_config_it_writes_is_good_and_names_every_door() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("holdfast.toml");
    let mixed = ["192.0.2.10".parse().unwrap(), "2001:db8::10".parse().unwrap()];
    let any = ["0.0.0.0".parse().unwrap()];
    for (addresses, name, origin) in [
        (&mixed[..], None, "http://192.0.2.10:8080"),
        (&mixed[1..], None, "http://[2001:db8::10]:8080"),
        (&any[..], Some("filter.school.example"), "http://filter.school.example:8080"),
    ] {
        let text = fill::config(addresses, name);
        assert!(!text.contains("{{"), "{text}");
        fs::write(&file, &text).unwrap();
        let config = Config::read(&file).unwrap();
        assert_eq!(config.web.address, origin);
        let secure = origin.replace("http://", "https://").replace("8080", "8443");
        assert_eq!(config.secure_origin(), Some(secure));
        assert_eq!(config.data, Path::new(DATA));
        let ports: std::collections::BTreeSet<u16> =
            config.sockets().iter().map(|socket| socket.address.port()).collect();
        assert_eq!(ports.into_iter().collect::<Vec<_>>(), [53, 80, 443, 853, 3128, 8080, 8443]);
        assert!(config.needs_tls());
    }
}

#[test]
fn the_documents_to_begin_with_compile_and_name_nobody() {
    let today: Date = "2026-11-22".parse().unwrap();
    let text = fill::policy(today);
    let source = policy::read("policy.toml", &text).unwrap();
    let (ruleset, problems) = ruleset::compile(source, Arc::new(Content::default()), "policy.toml", &text).unwrap();
    assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
    let source = people::read("people.toml", fill::PEOPLE).unwrap();
    let document = Document { file: "people.toml", text: fill::PEOPLE };
    let table = people::compile(&source, ruleset.source(), today, 1, document).unwrap();
    assert!(!table.told, "nobody is named before everybody was told");
    // What stands there as a comment, to be used, is good as well.
    let opened = |text: &str, from: &str| -> String {
        let lines = text.lines().skip_while(|line| !line.contains(from));
        lines
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .filter(|line| !line.starts_with(char::is_uppercase))
            .fold(String::new(), |all, line| all + line + "\n")
    };
    let (begin, _) = text.split_once("# ---- What stays open").unwrap();
    let text = format!("{begin}\n{}", opened(&text, "[[help]]").replace("---- ", "# "));
    let source = policy::read("policy.toml", &text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert_eq!((source.help.len(), source.lifelines.len(), source.rules.len()), (1, 1, 1));
    ruleset::compile(source, Arc::new(Content::default()), "policy.toml", &text).unwrap();
}

#[test]
fn a_door_that_takes_connections_as_they_are_gets_its_capability() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    install(&options).unwrap();
    let image = folder.path().join("image");
    let config = image.join("etc/holdfast/holdfast.toml");
    let before = fs::read_to_string(&config).unwrap();
    let unit_with = |mode: &str| {
        let door = format!("\n[[transparent]]\nname = \"aside\"\nlisten = [\"0.0.0.0:3129\"]\nmode = \"{mode}\"\n");
        fs::write(&config, format!("{before}{door}")).unwrap();
        install(&options).unwrap();
        fs::read_to_string(image.join("etc/systemd/system/holdfast.service")).unwrap()
    };
    assert_eq!(unit_with("redirect"), UNIT);
    let unit = unit_with("tproxy");
    let both = "CAP_NET_BIND_SERVICE CAP_NET_RAW\n";
    assert!(unit.contains(&format!("AmbientCapabilities={both}CapabilityBoundingSet={both}")), "{unit}");
    assert_eq!(unit.replace(" CAP_NET_RAW", ""), UNIT, "and nothing else");
}

#[test]
fn the_unit_names_what_is_installed() {
    for words in [
        format!("ExecStart={BINARY} serve --config {CONFIG}\n"),
        format!("User={ACCOUNT}\n"),
        format!("WorkingDirectory={DATA}\n"),
        "Type=notify\n".to_owned(),
        "AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nNoNewPrivileges=yes\n"
            .to_owned(),
    ] {
        assert!(UNIT.contains(&words), "{words}");
    }
    assert!(UNIT_FILE.starts_with("/etc/systemd/system/"));
}

#[test]
fn the_secret_of_inspection_is_made_once_for_the_account_and_never_for_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(SECRET.trim_start_matches('/'));
    let mut work = Work { root: Some(folder.path().to_owned()), owner: None, done: Vec::new() };
    create_folder(place.parent().unwrap(), 0o755).unwrap();
    work.secret(None).unwrap();
    assert!(!place.exists(), "each machine of the image would have the same");
    if !rustix::process::geteuid().is_root() {
        crate::skipped::because("only root may give files away");
        return;
    }
    let account = Account { user: 64_124, group: 64_125 };
    work.secret(Some(&account)).unwrap();
    let found = fs::metadata(&place).unwrap();
    assert_eq!((found.mode() & 0o7777, found.uid(), found.gid()), (0o640, 0, 64_125));
    let text = fs::read_to_string(&place).unwrap();
    assert_eq!(text.trim_end().len(), 64);
    fs::set_permissions(&place, fs::Permissions::from_mode(0o644)).unwrap();
    work.secret(Some(&account)).unwrap();
    assert_eq!((mode(&place), fs::read_to_string(&place).unwrap()), (0o640, text));
}
