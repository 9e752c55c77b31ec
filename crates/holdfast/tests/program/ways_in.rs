//! The console's ways in: the token of the first run, and a school in which nobody can sign in any more.

use crate::{
    by_command::{choose_password, set_up},
    common::until,
    desk::{Desk, after},
    school::School,
};
use std::{fs, os::unix::fs::PermissionsExt as _};

#[test]
fn a_server_without_a_school_says_where_its_token_lies_and_another_is_made_after_a_kill() {
    let mut school = School::new();
    let served = school.serve();
    let told = until("the token", || {
        let errors = served.program.errors();
        errors.contains("set-up-token").then_some(errors)
    });
    let file = told.split_whitespace().find(|word| word.contains("set-up-token")).unwrap().trim_end_matches(',');
    let lies = fs::read_to_string(file).unwrap();
    let first = lies.lines().next().unwrap().to_owned();
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!told.contains(&first), "a service's log is read by many: {told}");
    served.program.kill();
    let served = school.serve();
    until("another token", || {
        let now = fs::read_to_string(file).unwrap();
        (!now.starts_with(&first)).then_some(())
    });
    let desk = Desk::new(&school);
    let (well, told) = desk.console(&["set-up", "token"], "");
    assert!(well, "{told}");
    let token = fs::read_to_string(file).unwrap().lines().next().unwrap().to_owned();
    assert!(told.contains(&token), "{told}");
    set_up(&desk);
    assert!(!fs::exists(file).unwrap(), "it goes with the first run");
    let (well, told) = desk.console(&["set-up", "token"], "");
    assert!(!well && told.contains("set up here already"), "{told}");
    assert!(served.program.stop().success());
}

#[test]
fn whoever_has_the_machine_lets_a_lead_sign_in_again_and_confirms_it_by_typing() {
    let mut school = School::new();
    let served = school.serve();
    let desk = Desk::new(&school);
    set_up(&desk);
    let (well, told) = desk.console(&["admin", "recover"], "");
    assert!(well && told.contains("Nothing was done") && told.contains("--at-console"), "{told}");
    let told = after(&told, "The school is ");
    let (code, _) = told.split_once('.').unwrap();
    for (name, typed) in [("dora", "yes"), ("dora", ""), ("dora", &*format!("{code} hana"))] {
        let (well, told) = desk.console(&["admin", "recover", "passphrase", name], &format!("{typed}\n"));
        assert!(!well && told.contains("it was not confirmed"), "{told}");
    }
    let confirmed = |name: &str| format!("{code} {name}\n");
    let (well, told) = desk.console(&["admin", "recover", "passphrase", "carl"], &confirmed("carl"));
    assert!(!well && told.contains("a head or a safeguarding lead"), "{told}");
    let other = ["admin", "recover", "passphrase", "dora", "--school", "another"];
    let (well, told) = desk.console(&other, "another dora\n");
    assert!(!well && told.contains("no school with this code"), "{told}");
    let (well, told) = desk.console(&["admin", "recover", "passphrase", "dora"], &confirmed("dora"));
    assert!(well && told.contains("act in no duty until"), "{told}");
    choose_password(&desk, "dora", &after(&told, "once:\n\n    "));
    desk.refused("dora", &["file", "list"], "", "Your password was reset");
    let shown = desk.done("hana", &["audit", "show"], "");
    assert!(shown.contains("sign-in-restored"), "{shown}");
    assert!(served.program.stop().success());
}
