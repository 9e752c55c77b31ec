//! A hundred new policies under running requests: none fails, and memory stays flat.

use crate::{
    asking::get_with,
    common::until,
    school::{School, closing, policy},
};
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
};

#[test]
fn a_hundred_policies_under_running_requests_fail_none_and_leave_memory_flat() {
    let mut school = School::new();
    let mut served = school.serve();
    let (ended, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let (after_ten, after_all) = thread::scope(|scope| {
        for listener in [served.chloe, served.proxy] {
            let (ended, asked) = (&ended, &asked);
            scope.spawn(move || {
                while !ended.load(Relaxed) {
                    for (address, expected) in [("http://rivers.lesson.example/", 200), ("http://casino.example/", 403)]
                    {
                        let answer = get_with(listener, address, "");
                        assert!(answer.as_ref().is_ok_and(|answer| answer.status == expected), "{address}: {answer:?}");
                        asked.fetch_add(1, Relaxed);
                    }
                    // Requests all the time, and yet not the whole computer.
                    thread::sleep(std::time::Duration::from_millis(4));
                }
            });
        }
        let _end = EndOnDrop(&ended);
        let mut after_ten = 0;
        for version in 2..102 {
            school.write("policy.toml", &policy(version, &closing(&format!("edit{version}.example"))));
            until("the new version", || {
                assert!(!served.program.has_ended(), "{}", served.program.errors());
                (served.version() == version).then_some(())
            });
            if version == 11 {
                after_ten = served.program.memory();
            }
        }
        (after_ten, served.program.memory())
    });
    let asked = asked.into_inner();
    println!("memory: {after_ten} kB after 10 reloads, {after_all} kB after 100; {asked} requests");
    assert!(asked > 1_000, "{asked}");
    assert!(after_all <= after_ten * 13 / 10 + 8 * 1024, "{after_ten} kB after 10 reloads, {after_all} kB after 100");
    assert!(!served.program.errors().contains("ERROR"), "{}", served.program.errors());
    assert!(served.program.stop().success());
}

/// Ends the requests also where an assertion fails, so that the test ends.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
