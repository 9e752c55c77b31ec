//! `holdfast lists` beside a running Holdfast: what is fetched is in force soon after, and what looks wrong is held.

use crate::{common::until, school::School};
use std::time::{Duration, Instant};

fn hosts(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|number| format!("0.0.0.0 bet{number}.casino-list.example\n")).collect();
    format!("# Invented.\n127.0.0.1 localhost\n{}", names.concat())
}

#[test]
fn a_new_list_is_in_force_soon_and_a_much_smaller_edition_is_held() {
    let mut school = School::new();
    let served = school.serve();
    let command = |arguments: &[&str]| {
        let (well, words) = school.command(&[&["lists"], arguments].concat());
        assert!(well, "{arguments:?}: {words}");
        words
    };
    assert!(served.is_open(served.teacher, "bet7.casino-list.example"));
    school.origin.put("/hosts.txt", &hosts(200));
    let address = format!("http://{}/hosts.txt", school.origin.address);
    let added =
        command(&["add", "bets", &address, "--category", "gambling", "--format", "hosts", "--licence", "CC0-1.0"]);
    assert!(added.contains("holdfast lists update bets"), "{added}");
    assert!(command(&["show"]).contains("bets  bets: not fetched yet"));
    assert!(served.is_open(served.teacher, "bet7.casino-list.example"));

    let updated = command(&["update", "bets"]);
    let started = Instant::now();
    assert!(updated.contains("200 entries in use"), "{updated}");
    until("the new list to be in force", || {
        (!served.is_open(served.teacher, "bet7.casino-list.example")).then_some(())
    });
    println!("a new list was in force {:?} after it was fetched", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(!served.is_open(served.chloe, "bet199.casino-list.example"));
    assert!(served.is_open(served.teacher, "casino-list.example"), "a hosts file names each host alone");
    assert!(command(&["check"]).contains("in order"));
    assert!(command(&["show"]).contains("200 entries, fetched"));
    let status = served.status();
    assert!(status.contains("bets") && status.contains("200 entries"), "{status}");
    let explained = school.command(&["explain", "http://bet7.casino-list.example/", "--as", "teacher"]).1;
    assert!(explained.contains("blocked") && explained.contains("bets"), "{explained}");

    school.origin.put("/hosts.txt", &hosts(20));
    let held = command(&["update", "bets"]);
    assert!(held.contains("HELD, the old list goes on serving."), "{held}");
    assert!(command(&["show"]).contains("a new edition is HELD"));
    until("the held list on the status page", || served.status().contains("Lists waiting for a person").then_some(()));
    assert!(!served.is_open(served.teacher, "bet150.casino-list.example"));

    let accepted = command(&["accept", "bets"]);
    assert!(accepted.contains("is in use with 20 entries"), "{accepted}");
    until("the accepted edition", || served.is_open(served.teacher, "bet150.casino-list.example").then_some(()));
    assert!(!served.is_open(served.teacher, "bet7.casino-list.example"));
    until("the held list to be gone", || (!served.status().contains("Lists waiting for a person")).then_some(()));

    // A list that would close help is held, however large.
    school.origin.put("/hosts.txt", &(hosts(20) + "0.0.0.0 helpline.example\n"));
    let held = command(&["update", "bets"]);
    assert!(held.contains("HELD"), "{held}");
    assert!(command(&["discard", "bets"]).contains("stays in use"));
    served.assert_filtering();

    // A source that is gone keeps what there is.
    let (well, words) =
        school.command(&["lists", "add", "gone", "http://127.0.0.1:9/none.txt", "--category", "dating"]);
    assert!(well, "{words}");
    let (well, words) = school.command(&["lists", "update", "gone"]);
    assert!(!well && words.contains("FAILED"), "{words}");
    let (well, words) =
        school.command(&["lists", "add", "odd", "http://127.0.0.1:9/none.txt", "--category", "gamblin"]);
    assert!(!well && words.contains("There is no category “gamblin”"), "{words}");
    assert!(!served.is_open(served.teacher, "bet7.casino-list.example"));
    command(&["remove", "bets"]);
    until("the removed list to be out of force", || {
        served.is_open(served.teacher, "bet7.casino-list.example").then_some(())
    });
    served.assert_filtering();
    served.until_no_alarm();
}
