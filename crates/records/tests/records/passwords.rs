//! Passwords and how people came in, through the verbs: what is refused, how old one may become, which are not taken again, what is
//! known of browsers, and what somebody is told.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::Act,
    accounts::{Came, Odd, Standing, Whence},
    audit::Question,
    people::Kind,
    settings::NewValue,
};

/// As `filing` has them.
const CODE: &str = "filing";
const PASSWORD: &str = "heron under the old bridge";

both!(
    what_the_school_added_and_ones_own_name_make_no_password,
    the_last_few_passwords_are_not_taken_again,
    an_old_password_is_counted_and_put_off_only_by_who_hears_concerns,
    a_known_browser_goes_past_the_crowd_at_the_door,
    what_was_odd_is_told_once_and_disowned,
    advice_is_read_once,
);

fn words_of(fault: &Fault) -> String {
    fault.to_string()
}

async fn what_the_school_added_and_ones_own_name_make_no_password(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, teacher) = (&school.records, school.session("head"), school.session("teacher"));
    let chosen = "Heronmouth 2026!!";
    assert_eq!(records.add_password_word(teacher, chosen).await.err(), Some(Fault::NotFound));
    assert_eq!(records.add_password_word(head, "Heron-Mouth").await.expect("added"), "heronmouth");
    assert_eq!(records.add_password_word(head, "heronmouth").await.expect("there already"), "heronmouth");
    assert!(records.add_password_word(head, "x!").await.is_err());
    assert_eq!(records.password_words(head.school).await.expect("read").len(), 1);
    let refused = records.change_password(teacher, PASSWORD, chosen).await.unwrap_err();
    assert!(words_of(&refused).contains("tried first"));
    let name = records.myself(teacher).await.expect("oneself").name;
    let refused = records.change_password(teacher, PASSWORD, &format!("{name} {name} 1")).await.unwrap_err();
    assert!(matches!(refused, Fault::Wrong(_)));
    let log = records.read_audit(head, &Question { most: 50, ..Question::default() }).await.expect("read").entries;
    let added =
        log.iter().filter(|entry| entry.act == Act::PasswordWordAdded.word() && entry.outcome == "done").count();
    assert_eq!(added, 2, "each is logged");
}

async fn the_last_few_passwords_are_not_taken_again(ground: Ground) {
    let school = Filing::new(&ground).await;
    let records = &school.records;
    let mut session: Session = school.session("teacher").clone();
    let same = records.change_password(&session, PASSWORD, PASSWORD).await.unwrap_err();
    assert!(words_of(&same).contains("the password that you have"));
    let following: Vec<String> = ["kettle", "lantern", "saddle", "thimble", "walnut"]
        .iter()
        .map(|word| format!("{word} harbour violin meadow"))
        .collect();
    let mut before = PASSWORD.to_owned();
    for next in &following {
        ground.advance(jiff::SignedDuration::from_mins(1));
        session = records.change_password(&session, &before, next).await.expect("changed");
        before.clone_from(next);
    }
    ground.advance(jiff::SignedDuration::from_mins(1));
    let again = records.change_password(&session, &before, &following[1]).await.unwrap_err();
    assert!(words_of(&again).contains("had this password before"), "the last few are remembered");
    assert!(records.sign_in(CODE, "teacher", &before).await.is_ok(), "and nothing was changed");
    // The sixth back is forgotten.
    assert!(records.change_password(&session, &before, PASSWORD).await.is_ok());
}

async fn an_old_password_is_counted_and_put_off_only_by_who_hears_concerns(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, lead, teacher) =
        (&school.records, school.session("head"), school.session("lead"), school.session("teacher"));
    let due = async |session: &Session| records.own_password_due(session).await.expect("read").expect("a password");
    let now = records.clock().now();
    let fresh = due(teacher).await;
    assert_eq!((fresh.standing.clone(), fresh.days_left), (Standing::Enforced { months: 6 }, None));
    assert!(fresh.due_at.is_some_and(|due| due > now) && !fresh.is_over(now));
    ground.advance(jiff::SignedDuration::from_hours(24 * 165));
    let soon = due(teacher).await;
    assert!(soon.days_left.is_some_and(|days| (3..=30).contains(&days)) && !soon.is_urgent(), "{soon:?}");
    ground.advance(jiff::SignedDuration::from_hours(24 * 40));
    let now = records.clock().now();
    assert!(due(teacher).await.is_over(now) && due(lead).await.may_postpone && !due(teacher).await.may_postpone);
    let refused = records.postpone_password_change(teacher).await.unwrap_err();
    assert!(matches!(refused, Fault::NotAllowed(_)));
    records.postpone_password_change(lead).await.expect("put off");
    let ages = records.password_ages(head.school).await.expect("counted");
    let staff = ages.iter().find(|ages| ages.kind == Kind::Staff).expect("there are staff");
    assert!(staff.passwords >= 3 && staff.past == staff.passwords && staff.before_rule == 0, "{staff:?}");
    let old = records.old_passwords(head).await.expect("listed");
    assert!(old.iter().any(|old| old.person == school.person("teacher")));
    assert_eq!(records.old_passwords(teacher).await.err(), Some(Fault::NotFound));
    // Changed, it is young; and where the clause was replaced nothing is old, and the reason stands with its day.
    let changed = records.change_password(teacher, PASSWORD, "kettle harbour violin meadow").await.expect("changed");
    assert!(!due(&changed).await.is_over(now));
    let value = NewValue {
        setting: "password.rotation.staff",
        value: Some("none-with-second-factor"),
        why: "Governors, 3 November: as national guidance has it.",
        clause: None,
    };
    records.set_setting(head, value).await.expect("set");
    let replaced = due(lead).await;
    assert!(!replaced.is_over(now) && replaced.due_at.is_none());
    assert!(matches!(replaced.standing, Standing::Superseded { since: Some(_), why } if why.starts_with("Governors")));
    let ages = records.password_ages(head.school).await.expect("counted");
    assert!(ages.iter().filter(|ages| ages.kind == Kind::Staff).all(|ages| ages.past == 0));
}

fn came<'a>(old_word: Option<&'a str>, new_word: &'a str) -> Came<'a> {
    Came {
        old_word,
        new_word,
        browser: "Firefox on Windows",
        place: "192.0.2.7",
        is_elsewhere_too: false,
        is_shared: false,
    }
}

async fn a_known_browser_goes_past_the_crowd_at_the_door(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, teacher) = (&school.records, school.session("teacher"));
    records.note_arrival(teacher, came(None, "the word of this browser")).await.expect("noted");
    for number in 0..16 {
        let place = format!("198.51.100.{number}");
        let whence = Whence::Door { place: &place, browser: Some("a made-up word") };
        assert!(records.sign_in_from(CODE, "teacher", "wrong wrong wrong", whence).await.is_err());
    }
    let unknown = Whence::Door { place: "203.0.113.9", browser: None };
    assert!(records.sign_in_from(CODE, "teacher", PASSWORD, unknown).await.is_err(), "strangers wait in one lane");
    let elsewhere = Whence::Door { place: "203.0.113.9", browser: Some("the word of this browser") };
    assert!(records.sign_in_from(CODE, "teacher", PASSWORD, elsewhere).await.is_ok(), "the owner does not");
    assert!(records.sign_in_from(CODE, "lead", PASSWORD, elsewhere).await.is_ok(), "nobody else was slowed");
    // A copy of the word is worth twenty tries at most, and nothing once its owner has signed in again.
    records.note_arrival(teacher, came(Some("the word of this browser"), "the next word")).await.expect("noted");
    assert!(records.sign_in_from(CODE, "teacher", PASSWORD, elsewhere).await.is_err());
    let renewed = Whence::Door { place: "203.0.113.9", browser: Some("the next word") };
    assert!(records.sign_in_from(CODE, "teacher", PASSWORD, renewed).await.is_ok());
}

async fn what_was_odd_is_told_once_and_disowned(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, teacher, head) = (&school.records, school.session("teacher"), school.session("head"));
    let told = async |session: &Session, kind: &str| {
        let notices = records.waiting_notices(session).await.expect("read");
        notices.iter().filter(|notice| notice.kind == kind).count()
    };
    let note = async |came: Came<'_>| {
        ground.advance(jiff::SignedDuration::from_mins(1));
        records.note_arrival(teacher, came).await.expect("noted")
    };
    assert_eq!(note(came(None, "one")).await, [], "the first ever");
    assert_eq!(note(came(Some("one"), "two")).await, [], "the same again");
    assert_eq!(told(teacher, "sign-in-odd").await, 0);
    let new = note(came(Some("one"), "three")).await;
    assert_eq!(new, [Odd::NewBrowser], "a word that is not the last one");
    let both = Came { is_elsewhere_too: true, ..came(Some("three"), "four") };
    assert_eq!(note(both).await, [Odd::TwoPlaces]);
    assert_eq!(told(teacher, "sign-in-odd").await, 1, "one notice, however many");
    let recent = records.recent_sign_ins(teacher).await.expect("read");
    let odd: Vec<Vec<Odd>> = recent.iter().map(|one| one.odd.clone()).collect();
    assert_eq!(odd, [vec![Odd::TwoPlaces], vec![Odd::NewBrowser], vec![], vec![]]);
    assert_eq!((recent[0].browser.as_str(), recent[0].place.as_str()), ("Firefox on Windows", "192.0.2.7"));
    records.disown_sign_ins(teacher, Some("four")).await.expect("disowned");
    assert_eq!(told(head, "sign-in-disowned").await, 1, "whoever looks after accounts is told");
    assert_eq!(told(school.session("lead"), "sign-in-disowned").await, 0, "and nobody else");
    assert_eq!(note(came(Some("two"), "five")).await, [Odd::NewBrowser]);
    assert_eq!(note(came(Some("four"), "six")).await, [], "this one stays");
}

async fn advice_is_read_once(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, teacher) = (&school.records, school.session("teacher"));
    assert!(!records.has_read_advice(teacher).await.expect("read"));
    for _ in 0..2 {
        records.read_advice(teacher).await.expect("noted");
    }
    assert!(records.has_read_advice(teacher).await.expect("read"));
    let counts = records.advice_counts(teacher.school).await.expect("counted");
    assert!(counts.read == 1 && counts.accounts > 1);
}
