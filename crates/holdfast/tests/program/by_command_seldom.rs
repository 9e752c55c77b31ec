//! What a school does seldom and must be able to: a lost password, a lost code, a wrong child, a closed file, erasing.

use crate::{
    by_command::{People, add_people, choose_password, set_up},
    desk::{Desk, after},
    school::School,
};
use std::fs;

#[test]
fn what_is_done_seldom_can_be_done_by_command() {
    let school = School::new();
    fs::write(school.beside("holdfast.toml"), config(&school)).unwrap();
    let desk = Desk::new(&school);
    let people = set_up(&desk);
    let people = add_people(&desk, people);
    a_file_of_the_wrong_child(&desk, &people);
    a_lost_password(&desk, &people);
    custodians(&desk, &people);
    erasing(&desk);
    a_witness(&desk);
    network_and_trust(&desk);
}

/// What the commands need of a config: where the records are.
fn config(school: &School) -> String {
    format!(
        "data = \"{}\"\n[web]\nlisten = [\"127.0.0.1:1\"]\naddress = \"http://localhost:1\"\n[[proxy]]\nname = \"proxy\"\n\
         listen = [\"127.0.0.1:2\"]\n[store]\nsecrets = \"{}\"\n",
        school.data().display(),
        school.beside("secrets").display()
    )
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_else(|| panic!("nothing was said")).to_owned()
}

fn a_file_of_the_wrong_child(desk: &Desk, people: &People) {
    let add = ["person", "add", "--kind", "pupil", "--name", "Ada Ashdown"];
    let added = desk.done("olga", &add, "");
    assert!(added.contains("has this name: look twice"), "{added}");
    let right = after(&added, "Added ");
    desk.done("tom", &["file", "open", "--about", &people.ada], "Cried at lunch.\n.\n");
    let file = first_word(&desk.done("dora", &["file", "list", "--open"], ""));
    desk.done("dora", &["file", "add", &file, "--kind", "note"], "Seen by the nurse.\n");
    desk.refused("dora", &["file", "list", "--about", "nobody"], "", "this is not the id of a person");
    let found = desk.done("dora", &["file", "search"], "nurse\n");
    assert!(found.contains(&file), "{found}");
    desk.done("dora", &["file", "admit", &file, &people.teacher], "Her form tutor.\n");
    assert!(desk.done("tom", &["file", "read", &file], "").contains("Seen by the nurse."));
    desk.done("dora", &["file", "remove", &file, &people.teacher], "No longer.\n");
    desk.refused("tom", &["file", "read", &file], "", "not for you to see");

    let mend = ["file", "mend-wrong-child", "--file", &file, "--to", &right];
    let mended = desk.done("dora", &mend, "The other Ada was at lunch.\n");
    let file = after(&mended, "it is file ");
    let file = first_word(&file);
    assert!(desk.done("dora", &["file", "list", "--about", &right], "").contains(&file));
    let tasks = desk.done("dora", &["file", "tasks"], "");
    if tasks.trim() != "There is nothing to do." {
        desk.done("dora", &["file", "done", &first_word(&tasks)], "");
    }
    let close = ["file", "close", &file];
    desk.refused("dora", &close, "Nothing.\n.\nNothing.\n.\n", "Read it, then close it");
    desk.done("dora", &["file", "read", &file], "");
    desk.done("dora", &close, "A falling-out.\n.\nThey made up.\n.\n");
    assert!(desk.done("dora", &["file", "read", &file], "").contains("They made up."));
    desk.done("dora", &["file", "reopen", &file], "It happened again.\n");
}

/// Who lost a password gets a passphrase, and reads what is sealed once somebody who can has admitted them.
fn a_lost_password(desk: &Desk, people: &People) {
    desk.done("olga", &["person", "details", "write", &people.ada, "address"], "17 Weir Lane\n");
    let reset = desk.done("carl", &["account", "reset", &people.dora], "");
    choose_password(desk, "dora", reset.lines().find_map(|line| line.strip_prefix("    ")).unwrap());
    // Until then a key that was made for her acts in no duty.
    desk.refused("dora", &["person", "details", "show", &people.ada], "", "not for you to see");
    let waiting = desk.done("hana", &["holder", "waiting"], "");
    assert!(waiting.contains(&people.dora) && waiting.contains("key "), "{waiting}");
    // Nobody admits a key that they had made themselves.
    desk.refused("carl", &["holder", "admit", &people.dora], "", "you can open");
    let admitted = desk.done("hana", &["holder", "admit", &people.dora], "");
    assert!(admitted.contains("Admitted to"), "{admitted}");
    assert!(desk.done("dora", &["person", "details", "show", &people.ada], "").contains("17 Weir Lane"));
    desk.done("hana", &["account", "close", &people.teacher], "");
    desk.refused("tom", &["class", "list"], "", "name or the password is wrong");
}

fn custodians(desk: &Desk, people: &People) {
    let add = ["person", "add", "--kind", "governor", "--name", "Fred Fourth"];
    let fourth = after(&desk.done("hana", &add, ""), "Added ");
    // Her own code is one; with a second she would open everything alone.
    desk.refused("hana", &["custodian", "name", &fourth], "", "Whoever knows two opens everything alone");
    let replaced = desk.done("carl", &["custodian", "replace", &people.carl, &people.carl], "");
    let code = replaced.lines().find_map(|line| line.strip_prefix("    ")).unwrap();
    desk.done("dora", &["custodian", "complete"], "");
    let recover = ["custodian", "recover", &people.dora];
    desk.refused("hana", &recover, &format!("{}\n{}\n", people.codes[0], people.codes[2]), "may have been replaced");
    let recovered = desk.done("hana", &recover, &format!("{}\n{code}\n", people.codes[0]));
    assert!(recovered.contains("Opened for them: "), "{recovered}");
    // Nobody signed in: the same two at the console let her in again.
    let at_console = ["custodian", "recover", &people.dora, "--at-console"];
    let (well, told) = desk.console(&at_console, &format!("{}\n{}\n", people.codes[0], people.codes[0]));
    assert!(!well && told.contains("the same person"), "{told}");
    let (well, told) = desk.console(&at_console, &format!("{}\n{code}\n", people.codes[0]));
    assert!(well && told.contains("new way in is made for dora"), "{told}");
    let passphrase = told.lines().find_map(|line| line.strip_prefix("    ")).unwrap();
    choose_password(desk, "dora", passphrase);
}

/// Two people, and not while a hold stands.
fn erasing(desk: &Desk) {
    let left = after(&desk.done("hana", &["person", "add", "--kind", "visitor", "--name", "Vera Visit"], ""), "Added ");
    let propose = ["erase", "propose", "--person", &left, "--rule", "subject-request"];
    desk.refused("dora", &propose, "", "to be kept for now");
    desk.done("olga", &["person", "leave", &left], "");
    desk.done("dora", &["hold", "place", &left, "--reason", "court"], "A judge asked.\n");
    let listed = desk.done("dora", &["hold", "list", &left], "");
    desk.refused("dora", &propose, "", "to be kept for now");
    desk.done("dora", &["hold", "lift", &first_word(&listed)], "Answered.\n");
    let proposed = desk.done("dora", &propose, "");
    let proposal = first_word(proposed.lines().nth(1).unwrap());
    assert!(desk.done("hana", &["erase", "list"], "").contains(&proposal));
    desk.refused("dora", &["erase", "agree", &proposal], "", "Another person has to agree");
    desk.done("dora", &["erase", "withdraw", &proposal], "");
    let proposed = desk.done("hana", &propose, "");
    desk.done("dora", &["erase", "agree", &first_word(proposed.lines().nth(1).unwrap())], "");
    let found = desk.done("hana", &["person", "list", "Vera"], "");
    assert!(!found.contains("Vera Visit"), "{found}");
}

/// Checkpoints that were carried out of the house show that the log is the same.
fn a_witness(desk: &Desk) {
    let outside = desk.school.beside("outside");
    fs::create_dir(&outside).unwrap();
    let copy = ["audit", "checkpoint", "--copy", outside.to_str().unwrap(), "--print"];
    let (well, paper) = desk.console(&copy, "");
    assert!(well && paper.contains("Signature of whoever keeps it"), "{paper}");
    desk.done("hana", &["class", "list"], "");
    let (well, told) = desk.console(&["audit", "verify", "--witness", outside.to_str().unwrap()], "");
    assert!(well && told.contains("Nothing is wrong."), "{told}");
    let (well, told) = desk.console(&["audit", "verify", "--fingerprint", "AAAA-BBBB-CCCC-DDDD"], "");
    assert!(!well, "{told}");
}

fn network_and_trust(desk: &Desk) {
    let shown = desk.done("hana", &["network", "show"], "");
    let file = desk.file("network.toml", shown.trim_start());
    let (well, told) = desk.console(&["network", "change", &file, "--why", "A test", "--as", "olga"], "wrong\n");
    assert!(!well, "{told}");
    desk.refused("olga", &["network", "change", &file, "--why", "A test"], "", "not for you to see");
    let changed = desk.done("hana", &["network", "change", &file, "--why", "A test"], "");
    assert!(changed.contains("The network document is version 1"), "{changed}");
    desk.refused(
        "hana",
        &["trust-setting", "floor", "vc_review_days", "4", "--why", "A test"],
        "",
        "not for you to see",
    );
    let (well, told) = desk.console(&["setting", "show", "no.such.setting"], "");
    assert!(!well && told.contains("holdfast setting list"), "{told}");
}
