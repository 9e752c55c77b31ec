//! `holdfast doctor` as its user runs it: real faults, found by the real program.

use crate::{
    common::{run, said, until},
    school::School,
};
use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::PathBuf};

/// What a config needs for a policy that opens secure pages. The secret lies outside the data folder, so the authority that
/// the demonstration left there, locked with its own secret, makes way for one of this school's own.
fn inspection(school: &School) -> String {
    for left in ["interception", "interception.secret"] {
        let left = school.data().join(left);
        if left.is_dir() {
            fs::remove_dir_all(left).unwrap();
        } else if left.exists() {
            fs::remove_file(left).unwrap();
        }
    }
    let secret = school.data().parent().unwrap().join("interception.secret");
    format!("[inspection]\nenabled = true\nsecret = \"{}\"\n", secret.display())
}

/// A config on this school's data folder with a free port for our own pages; more of it is given.
fn config(school: &School, more: &str) -> PathBuf {
    let file = school.data().parent().unwrap().join("doctor.toml");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let web = format!("[web]\nlisten = [\"127.0.0.1:{port}\"]\naddress = \"http://localhost:{port}\"\n");
    fs::write(&file, format!("data = \"{}\"\n{web}{more}", school.data().display())).unwrap();
    file
}

/// Whether it found no fault, and what it said.
fn doctor(config: &std::path::Path) -> (bool, String) {
    let output = run(&["doctor", "--config", config.to_str().unwrap()], "");
    (output.status.success(), said(&output))
}

#[test]
fn a_school_without_faults_and_then_with_each() {
    let school = School::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let alone = format!("[[proxy]]\nname = \"proxy\"\nlisten = [\"127.0.0.1:{port}\"]\n");
    let proxy = format!("{alone}{}", inspection(&school));

    let (well, words) = doctor(&config(&school, &proxy));
    assert!(
        !well && words.contains(&format!("FAULT      ports: 127.0.0.1:{port} (TCP) for the proxy “proxy” is taken")),
        "{words}"
    );
    drop(taken);
    let file = config(&school, &proxy);
    until("the port to be free", || TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(()));
    let (well, words) = doctor(&file);
    assert!(well && words.contains("Each category that is blocked for everyone has entries."), "{words}");
    assert!(words.contains("The policy is in order.") && words.contains("The people document is in order."), "{words}");
    assert!(words.contains("ATTENTION  service: Holdfast does not run."), "{words}");
    assert!(words.contains("inspection: An own interception authority is made at the first start."), "{words}");
    let (well, words) = doctor(&config(&school, &alone));
    assert!(!well && words.contains("FAULT      inspection: The policy wants secure pages opened"), "{words}");
    config(&school, &proxy);

    // It looks, and leaves everything as it is.
    fs::set_permissions(school.data(), fs::Permissions::from_mode(0o750)).unwrap();
    drop(doctor(&file));
    assert_eq!(fs::metadata(school.data()).unwrap().permissions().mode() & 0o777, 0o750);

    school.write("policy.toml", "version = 2\nthis is no policy");
    let (well, words) = doctor(&file);
    assert!(
        !well
            && words.contains("FAULT      documents: The policy cannot be used: ")
            && words.contains("policy.toml:2:"),
        "{words}"
    );

    fs::write(&file, fs::read_to_string(&file).unwrap().replace("[[proxy]]", "[[proxi]]")).unwrap();
    let (well, words) = doctor(&file);
    assert!(!well && words.contains("FAULT      config: ") && words.contains("doctor.toml:5:"), "{words}");
    let words = said(&run(&["check", "config", "--config", file.to_str().unwrap()], ""));
    assert!(words.contains("the service would not start with it") && !words.contains("goes on"), "{words}");
}

#[test]
fn a_running_school_is_asked_how_it_is() {
    let mut school = School::new();
    let sites = school.data().parent().unwrap().join("sites.txt");
    fs::write(&sites, "pictures.invalid\n").unwrap();
    let add = ["lists", "add", "own", sites.to_str().unwrap(), "--category", "pornography", "--format", "domains"];
    for command in [&add[..], &["lists", "update", "own"]] {
        let (well, words) = school.command(command);
        assert!(well, "{words}");
    }
    school.more_config = inspection(&school);
    let served = school.serve();
    let file = school.data().parent().unwrap().join("holdfast.toml");
    let (well, words) = doctor(&file);
    assert!(well && words.contains("categories: Each category that is blocked for everyone has entries."), "{words}");
    assert!(words.contains("ports: Holdfast listens on all 5 addresses of the config."), "{words}");
    assert!(words.contains("service: It runs, and says of itself that all is well"), "{words}");
    assert!(words.contains("open files: The service may open"), "{words}");
    assert!(words.contains("inspection: The interception authority holds until "), "{words}");
    assert!(served.program.stop().success());

    let mut school = School::empty();
    let served = school.serve();
    let (well, words) = doctor(&school.data().parent().unwrap().join("holdfast.toml"));
    assert!(
        !well && words.contains("FAULT      service: It runs, and says of itself: closed: only help and"),
        "{words}"
    );
    assert!(words.contains("FAULT      documents: The policy cannot be used: "), "{words}");
    served.assert_closed();
}
