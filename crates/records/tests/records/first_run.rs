//! The first run: the console's token, the draft that outlasts the program, and what is not yet done afterwards.

use crate::ground::{Ground, both};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty},
    contacts::ContactRole,
    people::{Draft, DraftPerson},
};
use jiff::SignedDuration;
use std::os::unix::fs::PermissionsExt as _;

both!(
    a_token_is_good_once_for_an_afternoon_and_from_the_console_only,
    guessing_a_token_slows_down_and_keeps_nobody_else_waiting,
    a_draft_is_there_after_the_program_stopped_and_gone_with_the_school,
    what_is_not_yet_done_is_told_to_whoever_may_finish_it,
);

const FROM: &str = "127.0.0.1";

fn person(name: &str, duties: &[&str], is_custodian: bool) -> DraftPerson {
    DraftPerson {
        full_name: name.to_owned(),
        duties: duties.iter().map(|duty| (*duty).to_owned()).collect(),
        sign_in_name: name.split(' ').next().map(str::to_lowercase),
        custodian: is_custodian,
        ..DraftPerson::default()
    }
}

fn draft() -> Draft {
    let people = [
        person("Hana Head", &["head"], true),
        person("Dora Lead", &["dsl"], true),
        person("Carl Chair", &["chair"], true),
        person("Tess Trust", &["trust-lead"], false),
        person("Theo Byte", &["technician"], false),
        person("Orla Dean", &["office"], false),
    ];
    Draft { code: "ash".to_owned(), name: "Ash School".to_owned(), people: people.into(), ..Draft::default() }
}

fn is_refused(claimed: &Result<(), Fault>) -> bool {
    matches!(claimed, Err(Fault::NotAllowed(_)))
}

async fn a_token_is_good_once_for_an_afternoon_and_from_the_console_only(ground: Ground) {
    let records = ground.records().await;
    assert!(is_refused(&records.claim_set_up("", FROM).await), "none was made");
    let first = records.issue_set_up_token().await.expect("made");
    let mode = std::fs::metadata(&first.file).expect("it lies there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = records.issue_set_up_token().await.expect("made");
    assert!(is_refused(&records.claim_set_up(&first.token, FROM).await), "the one before is worth nothing");
    // The command makes one beside the running program, which takes it; however it is typed.
    let running = Records::open(&ground.place(), ground.clock()).await.expect("opened");
    let typed = second.token.to_uppercase().replace('-', " ");
    running.claim_set_up(&typed, FROM).await.expect("it is right");
    assert!(is_refused(&records.claim_set_up(&second.token, FROM).await), "it is spent");
    let third = records.issue_set_up_token().await.expect("made");
    ground.advance(SignedDuration::from_hours(4));
    assert!(is_refused(&records.claim_set_up(&third.token, FROM).await), "it is too old");
    // Once there is a school, no token is made, and none that is left over is good.
    let fourth = records.issue_set_up_token().await.expect("made");
    records.set_up(draft().to_set_up().expect("whole")).await.expect("set up");
    assert!(is_refused(&records.claim_set_up(&fourth.token, FROM).await));
    assert!(matches!(records.issue_set_up_token().await, Err(Fault::Wrong(_))));
    running.close().await;
    records.close().await;
}

async fn guessing_a_token_slows_down_and_keeps_nobody_else_waiting(ground: Ground) {
    let records = ground.records().await;
    let made = records.issue_set_up_token().await.expect("made");
    for _ in 0..6 {
        assert!(is_refused(&records.claim_set_up("0000-0000-0000-0000-0000", "10.0.0.9").await));
    }
    assert!(is_refused(&records.claim_set_up(&made.token, "10.0.0.9").await), "the right one comes too soon");
    ground.advance(SignedDuration::from_secs(31));
    records.claim_set_up(&made.token, "10.0.0.9").await.expect("after the wait");
    let made = records.issue_set_up_token().await.expect("made");
    for _ in 0..20 {
        assert!(is_refused(&records.claim_set_up("nonsense", "10.0.0.9").await));
    }
    records.claim_set_up(&made.token, FROM).await.expect("another place does not wait");
    records.close().await;
}

async fn a_draft_is_there_after_the_program_stopped_and_gone_with_the_school(ground: Ground) {
    let records = ground.records().await;
    assert_eq!(records.set_up_draft().expect("read"), Draft::default());
    let mut half = draft();
    half.people.truncate(2);
    records.keep_set_up_draft(&half).expect("kept");
    records.close().await;
    let records = ground.records().await;
    assert_eq!(records.set_up_draft().expect("read"), half);
    let missing = half.missing().join("\n");
    assert!(missing.contains("at least 3 must") && missing.contains("custodians"), "{missing}");
    assert!(matches!(records.set_up(half.to_set_up().expect("read")).await, Err(Fault::Wrong(_))));
    let long = Draft { name: "x".repeat(300 * 1024), ..Draft::default() };
    assert!(matches!(records.keep_set_up_draft(&long), Err(Fault::Wrong(_))));
    assert_eq!(records.set_up_draft().expect("read"), half, "what was there stays");
    records.set_up(draft().to_set_up().expect("whole")).await.expect("set up");
    assert_eq!(records.set_up_draft().expect("read"), Draft::default());
    records.close().await;
}

async fn what_is_not_yet_done_is_told_to_whoever_may_finish_it(ground: Ground) {
    let records = ground.records().await;
    let done = records.set_up(draft().to_set_up().expect("whole")).await.expect("set up");
    let passphrase = |place: usize| done.people[place].passphrase.as_ref().expect("an account").to_string();
    let chosen = "seven green herons on the weir";
    let head = records.choose_password("ash", "hana", &passphrase(0), chosen).await.expect("in");
    let office = records.choose_password("ash", "orla", &passphrase(5), chosen).await.expect("in");
    let standing = records.set_up_standing(&head).await.expect("told");
    assert_eq!(standing.codes_unchecked, ["Carl Chair", "Dora Lead", "Hana Head"]);
    assert_eq!(standing.not_signed_in, ["Carl Chair", "Dora Lead", "Tess Trust", "Theo Byte"]);
    assert_eq!(standing.without_cover, [Duty::Head, Duty::DesignatedLead]);
    assert_eq!(standing.without_holder, [Duty::DeputyDesignatedLead, Duty::DataProtection, Duty::OnlineSafetyLead]);
    assert!(!standing.is_mail_on && standing.without_address > 0, "{standing:?}");
    assert_eq!(standing.contacts_missing, ContactRole::ASKED_FOR);
    assert!(standing.calendar.is_alarming() && !standing.has_watched_hours && !standing.is_finished);
    assert_eq!(records.set_up_standing(&office).await, Err(Fault::NotFound));
    assert_eq!(records.finish_set_up(&office).await, Err(Fault::NotFound));

    // Whoever sets it up types each printed code back; a wrong sign is told with its group.
    let console = Session { school: done.school, actor: Actor::Console, unlocked: None };
    let code = done.people[1].recovery_code.as_ref().expect("a code");
    let smudged = if code.starts_with('0') { code.replacen('0', "1", 1) } else { format!("0{}", &code[1..]) };
    let refused = records.check_recovery_code(&console, &smudged).await;
    assert!(matches!(&refused, Err(Fault::Wrong(told)) if told[0].message.contains("Group 1 ")), "{refused:?}");
    assert_eq!(records.check_recovery_code(&console, code).await, Ok(done.people[1].person));
    records.filter_was_read(&head).await.expect("noted");
    let standing = records.set_up_standing(&head).await.expect("told");
    assert_eq!(standing.codes_unchecked, ["Carl Chair", "Hana Head"]);
    assert!(standing.is_filter_read);
    // A replaced code is another sheet of paper.
    records.replace_custodian(&head, done.people[1].person, done.people[1].person).await.expect_err("the head has one");
    records.finish_set_up(&head).await.expect("ended");
    assert!(records.is_set_up_finished(done.school).await.expect("told"));
    records.close().await;
}
