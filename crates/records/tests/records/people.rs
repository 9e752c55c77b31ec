//! People: set-up, adding, changing, leaving, duties, relations, who may be told, the picker.

use crate::{
    ground::{Ground, both},
    people_school::{Small, first, set_up, small, who},
};
use holdfast_records::{
    Fault, Records, Session,
    access::{Actor, Duty},
    people::{
        Answering, By, Change, ContactWay, DetailKind, FirstDuty, GatePlace, GiveDuty, Kind, LivesWith, NewCourtOrder,
        NewPerson, NewRelation, OwnChange, Part, PersonChange, Photo, RelationKind, Responsibility, StaffKind, Telling,
        Unsure, WayKind,
    },
};
use jiff::{SignedDuration, civil::date};

both!(
    a_school_is_set_up_once,
    set_up_needs_three_distinct_people,
    a_school_that_cannot_be_set_up_leaves_nothing,
    wrong_fields_are_all_told,
    two_who_change_one_person_do_not_undo_each_other,
    nobody_changes_their_own_group_or_duty,
    whoever_leaves_keeps_nothing,
    nobody_gives_duties_to_themselves,
    a_school_always_has_a_head_and_a_lead,
    deputies_answer_while_the_holder_is_away,
    nobody_answers_about_themselves,
    the_picker_tells_namesakes_apart,
    an_empty_search_finds_nobody,
    photographs_lose_what_is_beside_the_picture,
    nothing_is_inferred_about_who_may_be_told,
    another_schools_people_are_not_there,
    classes_and_contact_ways_are_kept_in_order,
    confidential_details_open_to_holders_only,
    whoever_is_barred_holds_no_key,
);

/// The school with head, lead and chair signed in, so that their keys are unlocked.
async fn unlocked(records: &Records) -> [Session; 3] {
    let done = records.set_up(set_up()).await.expect("it is set up");
    let mut sessions = Vec::new();
    for (person, name) in done.people.iter().zip(["hana.head", "dora.lead", "carl.chair"]) {
        let once = person.passphrase.as_ref().expect("an account");
        let password = "four plain words here 7";
        let signed_in = records.choose_password("elmsworth", name, once, password).await;
        sessions.push(signed_in.expect("signed in"));
    }
    sessions.try_into().expect("three")
}

fn problems(fault: Fault) -> String {
    match fault {
        Fault::Wrong(problems) => holdfast_core::problem::lines(&problems),
        other => panic!("not what is wrong, but {other:?}"),
    }
}

fn gives(duty: Duty, session: &Session) -> GiveDuty {
    GiveDuty { duty, person: who(session), is_deputy: false, from: None }
}

async fn a_school_is_set_up_once(ground: Ground) {
    let records = ground.records().await;
    let done = records.set_up(set_up()).await.expect("it is set up");
    assert_eq!(done.people.len(), 3);
    for person in &done.people {
        assert!(!person.passphrase.as_ref().expect("an account").is_empty());
        assert!(!person.recovery_code.as_ref().expect("a custodian").is_empty());
    }
    let told = problems(records.set_up(set_up()).await.expect_err("once is enough"));
    assert!(told.contains("set up already"), "{told}");
    let console = Session { school: done.school, actor: Actor::Console, unlocked: None };
    let added = records.add_person(&console, NewPerson::new(Kind::Pupil, "Ada Ash")).await;
    assert!(added.is_err(), "the console adds nobody once the school is set up");
}

async fn set_up_needs_three_distinct_people(ground: Ground) {
    let records = ground.records().await;
    let mut one_person = set_up();
    one_person.people =
        vec![first("Hana Head", &[Duty::Head, Duty::DesignatedLead, Duty::Chair, Duty::DeputyDesignatedLead])];
    let told = problems(records.set_up(one_person).await.expect_err("one person with every duty"));
    assert!(told.contains("1 different people would hear a concern about a child"), "{told}");
    assert!(told.contains("1 different people would hear a concern about an adult"), "{told}");
    assert!(told.contains("1 different people could recover"), "{told}");

    let mut two_custodians = set_up();
    two_custodians.people[2].is_custodian = false;
    let told = problems(records.set_up(two_custodians).await.expect_err("two custodians"));
    assert!(told.contains("2 different people could recover") && !told.contains("concern"), "{told}");

    let mut no_lead = set_up();
    no_lead.people[1].duties = vec![FirstDuty { duty: Duty::Teacher, is_deputy: false }];
    let told = problems(records.set_up(no_lead).await.expect_err("no lead"));
    assert!(told.contains("Nobody is designated safeguarding lead"), "{told}");

    let mut no_third = set_up();
    no_third.people[2].duties = vec![FirstDuty { duty: Duty::DeputyDesignatedLead, is_deputy: false }];
    let told = problems(records.set_up(no_third).await.expect_err("nobody else hears about adults"));
    assert!(told.contains("concern about an adult") && !told.contains("about a child"), "{told}");

    // The safeguarding lead hears nothing about adults, unless as the head's named deputy.
    let mut only_the_lead = set_up();
    only_the_lead.people[1].duties.retain(|held| held.duty == Duty::DesignatedLead);
    let told = problems(records.set_up(only_the_lead).await.expect_err("two hear about adults"));
    assert!(told.contains("2 different people would hear a concern about an adult"), "{told}");
}

async fn a_school_that_cannot_be_set_up_leaves_nothing(ground: Ground) {
    let records = ground.records().await;
    let mut wrong = set_up();
    " ".clone_into(&mut wrong.people[2].person.full_name);
    let told = problems(records.set_up(wrong).await.expect_err("a person without a name"));
    assert!(told.contains("full_name"), "{told}");
    records.set_up(set_up()).await.expect("the code is still free");
    let wrong = holdfast_records::people::SetUp {
        code: "El ms".to_owned(),
        name: String::new(),
        time_zone: "Europe/Nowhere".to_owned(),
        ..set_up()
    };
    let told = problems(records.set_up(wrong).await.expect_err("wrong words"));
    assert!(told.contains("code:") && told.contains("name:") && told.contains("time_zone:"), "{told}");
}

async fn wrong_fields_are_all_told(ground: Ground) {
    let records = ground.records().await;
    let Small { head, .. } = small(&records).await;
    let wrong = NewPerson {
        staff_kind: Some(StaffKind::Supply),
        date_of_birth: Some(date(2090, 1, 1)),
        language: Some("x".repeat(81)),
        gate: GatePlace {
            code: Some("ash-1".to_owned()),
            password_hash: Some("plain".to_owned()),
            resolver_name: Some("short".to_owned()),
            ..GatePlace::default()
        },
        ..NewPerson::new(Kind::Pupil, "Ada Ash")
    };
    let told = problems(records.add_person(&head, wrong).await.expect_err("all of it is wrong"));
    for field in [
        "staff_kind",
        "date_of_birth",
        "language",
        "gate_code",
        "gate_password_hash",
        "gate_sign_in",
        "gate_resolver_name",
    ] {
        assert!(told.contains(&format!("{field}:")), "{field} is missing in: {told}");
    }
    let nul = records.add_person(&head, NewPerson::new(Kind::Pupil, "Ada\0Ash")).await;
    assert!(problems(nul.expect_err("NUL")).contains("full_name"));
    let staff = records.add_person(&head, NewPerson::new(Kind::Staff, "Bo Birch")).await;
    assert!(problems(staff.expect_err("how do they work here?")).contains("staff_kind"));
    let with_code = |name: &str| NewPerson {
        gate: GatePlace { code: Some("P-7".to_owned()), sign_in: Some("Seven".to_owned()), ..GatePlace::default() },
        ..NewPerson::new(Kind::Pupil, name)
    };
    records.add_person(&head, with_code("Bo Birch")).await.expect("free");
    let told = problems(records.add_person(&head, with_code("Cy Cedar")).await.expect_err("taken"));
    assert!(told.contains("gate_code: somebody else") && told.contains("gate_sign_in: somebody else"), "{told}");
}

async fn two_who_change_one_person_do_not_undo_each_other(ground: Ground) {
    let records = ground.records().await;
    let Small { head, lead, pupil, .. } = small(&records).await;
    let seen = records.person(&head, pupil).await.expect("read");
    let first = PersonChange { language: Change::To(Some("Polish".to_owned())), ..PersonChange::default() };
    records.change_person(&head, pupil, seen.revision, first).await.expect("changed");
    let second = PersonChange { preferred_name: Change::To(Some("Addy".to_owned())), ..PersonChange::default() };
    let fault = records.change_person(&lead, pupil, seen.revision, second.clone()).await.expect_err("it was changed");
    assert!(matches!(fault, Fault::Changed(_)), "{fault:?}");
    let now = records.person(&lead, pupil).await.expect("read");
    assert_eq!((now.said.language.as_deref(), now.said.preferred_name), (Some("Polish"), None));
    records.change_person(&lead, pupil, now.revision, second).await.expect("changed");
    let now = records.person(&lead, pupil).await.expect("read");
    assert_eq!(now.said.preferred_name.as_deref(), Some("Addy"));
    assert_eq!(now.said.language.as_deref(), Some("Polish"));
    let renamed = PersonChange { full_name: Change::To("Ada Birch".to_owned()), ..PersonChange::default() };
    records.change_person(&lead, pupil, now.revision, renamed).await.expect("changed");
    let found = records.find_people(&lead, "addy birch", None).await.expect("found");
    assert_eq!(found.people.iter().map(|picked| picked.id).collect::<Vec<_>>(), [pupil]);
    assert_eq!(records.person(&lead, pupil).await.expect("read").said.sort_as.as_deref(), Some("birch ada"));
}

async fn nobody_changes_their_own_group_or_duty(ground: Ground) {
    let records = ground.records().await;
    let Small { head, teacher, .. } = small(&records).await;
    let own = who(&teacher);
    let seen = records.person(&head, own).await.expect("read");
    let grouped = PersonChange { gate_group: Change::To(Some("Oak".to_owned())), ..PersonChange::default() };
    assert!(records.change_person(&teacher, own, seen.revision, grouped).await.is_err());
    let given = records.give_duty(&teacher, &gives(Duty::Head, &teacher)).await;
    assert!(given.is_err(), "a teacher made head of themselves");
    // What one may change of oneself can name no group, duty, class or kind: the type has no field for it.
    let OwnChange { preferred_name: _, language: _, interpreter_needed: _ } = OwnChange::default();
    let change = OwnChange { preferred_name: Change::To(Some("Teddy".to_owned())), ..OwnChange::default() };
    records.change_own_details(&teacher, seen.revision, change).await.expect("changed");
    let now = records.person(&head, own).await.expect("read").said;
    assert_eq!((now.preferred_name.as_deref(), now.gate.group), (Some("Teddy"), None));
}

async fn whoever_leaves_keeps_nothing(ground: Ground) {
    let records = ground.records().await;
    let Small { head, teacher, .. } = small(&records).await;
    let own = who(&teacher);
    records.add_class(&head, "7A", "Seven A").await.expect("added");
    records.join_class(&head, "7A", own, Part::Teaches).await.expect("joined");
    let seen = records.person(&head, own).await.expect("read");
    let named = PersonChange { gate_sign_in: Change::To(Some("Theo".to_owned())), ..PersonChange::default() };
    records.change_person(&head, own, seen.revision, named).await.expect("changed");
    ground.advance(SignedDuration::from_mins(1));
    assert!(matches!(records.leave(&head, own, seen.revision).await, Err(Fault::Changed(_))), "an old revision");
    let seen = records.person(&head, own).await.expect("read");
    records.leave(&head, own, seen.revision).await.expect("left");
    let now = records.person(&head, own).await.expect("still kept");
    assert_eq!(now.left_at, Some(ground.now()));
    assert_eq!((now.said.gate.sign_in, now.classes), (None, vec![]));
    assert_eq!(now.said.gate.code, seen.said.gate.code, "the log still knows them by it");
    assert!(records.duties(&head).await.expect("listed").iter().all(|held| held.person != own));
    assert!(records.find_people(&head, "Theo", None).await.expect("found").people.is_empty());
    assert!(records.person(&teacher, own).await.is_err(), "somebody who left still reads");
    assert!(records.give_duty(&head, &gives(Duty::Teacher, &teacher)).await.is_err(), "a duty for somebody who left");
    records.come_back(&head, own, now.revision).await.expect("back");
    assert_eq!(records.person(&head, own).await.expect("read").left_at, None);
}

async fn nobody_gives_duties_to_themselves(ground: Ground) {
    let records = ground.records().await;
    let Small { head, lead, pupil, .. } = small(&records).await;
    let fault = records.give_duty(&head, &gives(Duty::DesignatedLead, &head)).await.expect_err("to oneself");
    assert!(matches!(fault, Fault::NotAllowed(_) | Fault::NotFound), "{fault:?}");
    records.give_duty(&head, &gives(Duty::OnlineSafetyLead, &lead)).await.expect("given");
    let again = records.give_duty(&head, &gives(Duty::OnlineSafetyLead, &lead)).await;
    assert!(problems(again.expect_err("twice")).contains("already"));
    let to_a_pupil = GiveDuty { duty: Duty::Office, person: pupil, is_deputy: false, from: None };
    assert!(problems(records.give_duty(&head, &to_a_pupil).await.expect_err("a pupil")).contains("adult"));
}

async fn a_school_always_has_a_head_and_a_lead(ground: Ground) {
    let records = ground.records().await;
    let Small { head, lead, teacher, .. } = small(&records).await;
    let duties = records.duties(&head).await.expect("listed");
    let held = duties.iter().find(|held| held.duty == Duty::DesignatedLead).expect("there is one");
    let told = problems(records.end_duty(&head, held.holding).await.expect_err("the last one"));
    assert!(told.contains("always has a designated safeguarding lead"), "{told}");
    let seen = records.person(&head, who(&lead)).await.expect("read");
    let left = records.leave(&head, who(&lead), seen.revision).await;
    assert!(problems(left.expect_err("the last one")).contains("somebody else first"));
    assert_eq!(records.person(&head, who(&lead)).await.expect("read").left_at, None, "half of it was done");
    records.give_duty(&head, &gives(Duty::DesignatedLead, &teacher)).await.expect("given");
    ground.advance(SignedDuration::from_secs(1));
    records.end_duty(&head, held.holding).await.expect("there is another now");
    assert!(matches!(records.end_duty(&head, held.holding).await, Err(Fault::Changed(_))), "ended twice");
}

async fn deputies_answer_while_the_holder_is_away(ground: Ground) {
    let records = ground.records().await;
    let Small { head, lead, teacher, .. } = small(&records).await;
    let ask = async || records.who_answers(&head, Duty::DesignatedLead, ground.now(), &[]).await.expect("answered");
    let by = |session: &Session, by| vec![Answering { person: who(session), by }];
    assert_eq!(ask().await, by(&lead, By::Holding));
    let (from, until) = (ground.now(), ground.now() + SignedDuration::from_hours(8));
    records.record_absence(&head, who(&lead), from, Some(until)).await.expect("recorded");
    assert_eq!(ask().await, by(&head, By::StandingIn(Duty::Head)), "nobody deputises");
    let deputy = GiveDuty { is_deputy: true, ..gives(Duty::DesignatedLead, &teacher) };
    records.give_duty(&head, &deputy).await.expect("given");
    assert_eq!(ask().await, by(&teacher, By::Deputising));
    records.end_absence(&head, who(&lead)).await.expect("back");
    assert_eq!(ask().await, by(&lead, By::Holding));
    assert!(matches!(records.end_absence(&head, who(&lead)).await, Err(Fault::Changed(_))), "back twice");
    records.record_absence(&head, who(&lead), until, None).await.expect("recorded");
    assert_eq!(ask().await, by(&lead, By::Holding), "the absence has not begun");
    ground.advance(SignedDuration::from_hours(8));
    assert_eq!(ask().await, by(&teacher, By::Deputising));
    assert!(records.record_absence(&head, who(&lead), until, Some(until)).await.is_err(), "no time at all");
}

async fn nobody_answers_about_themselves(ground: Ground) {
    let records = ground.records().await;
    let Small { head, chair, teacher, .. } = small(&records).await;
    let deputy = GiveDuty { is_deputy: true, ..gives(Duty::Head, &teacher) };
    records.give_duty(&chair, &deputy).await.or(records.give_duty(&head, &deputy).await).expect("given");
    let about = [who(&head)];
    let answering = records.who_answers(&head, Duty::Head, ground.now(), &about).await.expect("answered");
    let chair_answers = Answering { person: who(&chair), by: By::StandingIn(Duty::Chair) };
    assert_eq!(answering, [chair_answers], "the head, or whoever works under them");
}

async fn the_picker_tells_namesakes_apart(ground: Ground) {
    let records = ground.records().await;
    let Small { head, teacher, pupil, namesake, .. } = small(&records).await;
    records.add_class(&head, "7A", "Seven A").await.expect("added");
    records.join_class(&head, "7A", pupil, Part::Learns).await.expect("joined");
    records.add_person(&head, NewPerson::new(Kind::Pupil, "Adam Zoë Łoś")).await.expect("added");
    let found = records.find_people(&teacher, "ash AD", Some(Kind::Pupil)).await.expect("found");
    let ids = found.people.iter().map(|picked| picked.id).collect::<Vec<_>>();
    assert!(ids.len() == 2 && ids.contains(&pupil) && ids.contains(&namesake));
    let picked = found.people.iter().find(|picked| picked.id == pupil).expect("found");
    assert!(picked.another_has_this_name && !picked.has_photo);
    assert_eq!(picked.classes, ["7A"]);
    assert_eq!(picked.date_of_birth, Some(date(2014, 6, 8)));
    let other = records.find_people(&teacher, "zoe los", None).await.expect("found");
    assert!(!other.people[0].another_has_this_name);
    assert!(records.find_people(&teacher, "ZOË ŁOŚ", Some(Kind::Staff)).await.expect("found").people.is_empty());
    assert!(records.another_has_this_name(&head, pupil).await.expect("answered"));
    let seen = records.person(&head, namesake).await.expect("read");
    records.leave(&head, namesake, seen.revision).await.expect("left");
    let found = records.find_people(&teacher, "ada ash", None).await.expect("found");
    assert!(found.people.len() == 1 && !found.people[0].another_has_this_name);
}

/// Regression of a field system's fault (Primero R2-3929): an empty search returned results.
async fn an_empty_search_finds_nobody(ground: Ground) {
    let records = ground.records().await;
    let Small { teacher, .. } = small(&records).await;
    for search in ["", "  ", "%", "_", "%%%", "' OR 1=1 --%", "\u{200b}"] {
        let found = records.find_people(&teacher, search, None).await.expect("answered");
        assert!(found.people.is_empty(), "“{search}” found {}", found.people.len());
    }
}

async fn photographs_lose_what_is_beside_the_picture(ground: Ground) {
    let records = ground.records().await;
    let Small { head, teacher, pupil, .. } = small(&records).await;
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        [u32::try_from(content.len()).unwrap().to_be_bytes().as_slice(), kind, content, &[0; 4]].concat()
    };
    let head_chunk = chunk(b"IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0]);
    let said = chunk(b"tEXt", b"CANARY 51.50N");
    let picture = [&b"\x89PNG\r\n\x1a\n"[..], &head_chunk, &said, &chunk(b"IDAT", b"p"), &chunk(b"IEND", b"")].concat();
    let photo = Photo::read(&picture).expect("a photograph");
    let seen = records.person(&head, pupil).await.expect("read");
    records.set_photo(&head, pupil, seen.revision, Some(&photo)).await.expect("set");
    assert!(records.set_photo(&head, pupil, seen.revision, None).await.is_err(), "an old revision");
    let kept = records.photo(&teacher, pupil).await.expect("shown");
    assert_eq!(kept, photo);
    assert!(!kept.bytes.windows(6).any(|part| part == b"CANARY"));
    assert!(records.find_people(&teacher, "ada", None).await.expect("found").people.iter().any(|one| one.has_photo));
    let seen = records.person(&head, pupil).await.expect("read");
    records.set_photo(&head, pupil, seen.revision, None).await.expect("taken away");
    assert_eq!(records.photo(&teacher, pupil).await, Err(Fault::NotFound));
}

async fn nothing_is_inferred_about_who_may_be_told(ground: Ground) {
    ground.set_clock("2026-11-20T12:00:00Z");
    let records = ground.records().await;
    let Small { lead, pupil, .. } = small(&records).await;
    let relation = |adult, responsibility, contact_order| NewRelation {
        child: pupil,
        adult,
        kind: RelationKind::Parent,
        responsibility,
        lives_with: LivesWith::NotKnown,
        contact_order,
    };
    let mut adults = Vec::new();
    let known = [Responsibility::Yes, Responsibility::No, Responsibility::NotKnown, Responsibility::Yes];
    for (name, responsibility, order) in [("Pia Ash", 0, 4), ("Per Ash", 1, 3), ("Pat Ash", 2, 2), ("Pol Ash", 3, 1)] {
        let adult = records.add_person(&lead, NewPerson::new(Kind::Parent, name)).await.expect("added");
        records.record_relation(&lead, &relation(adult, known[responsibility], order)).await.expect("recorded");
        adults.push(adult);
    }
    let [pia, per, pat, pol] = adults[..] else { panic!("four") };
    let again = records.record_relation(&lead, &relation(pia, Responsibility::No, 1)).await;
    assert!(problems(again.expect_err("twice")).contains("already"));
    let told = async || {
        let answer = records.who_may_be_told(&lead, pupil).await.expect("answered");
        answer.adults.into_iter().map(|told| (told.adult, told.telling)).collect::<Vec<_>>()
    };
    let unsure = |why| Telling::Ask(why);
    let plain = [
        (pol, Telling::May),
        (pat, unsure(Unsure::ResponsibilityNotKnown)),
        (per, unsure(Unsure::NoResponsibility)),
        (pia, Telling::May),
    ];
    assert_eq!(told().await, plain);

    let order = |adult, bars_telling, until| NewCourtOrder {
        child: pupil,
        adult,
        bars_telling,
        from: date(2026, 11, 21),
        until,
        words: "must not come to the school",
    };
    records.record_court_order(&lead, &order(pia, true, Some(date(2026, 11, 21)))).await.expect("recorded");
    let lasting = records.record_court_order(&lead, &order(pol, false, None)).await.expect("recorded");
    assert_eq!(told().await, plain, "the orders are not in force yet");
    ground.set_clock("2026-11-21T23:59:59Z");
    assert_eq!(told().await[0], (pol, unsure(Unsure::CourtOrder)));
    assert_eq!(told().await[3], (pia, Telling::Never));
    ground.set_clock("2026-11-22T00:00:00Z");
    assert_eq!(told().await[3], (pia, Telling::May), "the last day is over");
    assert_eq!(records.end_court_order(&lead, pol, lasting).await, Err(Fault::NotFound), "it is about another");
    records.end_court_order(&lead, pupil, lasting).await.expect("ended");
    assert_eq!(told().await, plain);
    assert!(matches!(records.end_court_order(&lead, pupil, lasting).await, Err(Fault::Changed(_))));

    let stranger = records.add_person(&lead, NewPerson::new(Kind::Visitor, "Sam Stranger")).await.expect("added");
    let bar = records.record_no_contact(&lead, pupil, pol, "as agreed with social care").await.expect("recorded");
    records.record_no_contact(&lead, pupil, stranger, "as agreed with social care").await.expect("recorded");
    let answer = told().await;
    assert_eq!((answer[0], answer[4]), ((pol, Telling::Never), (stranger, Telling::Never)));
    assert_eq!(records.end_no_contact(&lead, stranger, bar).await, Err(Fault::NotFound), "it is about another");
    assert_eq!(told().await[0], (pol, Telling::Never));
    records.end_no_contact(&lead, pupil, bar).await.expect("ended");
    assert_eq!(told().await[0], (pol, Telling::May));
    let backwards = NewCourtOrder { until: Some(date(2026, 11, 20)), ..order(pia, true, None) };
    assert!(records.record_court_order(&lead, &backwards).await.is_err());
    assert!(records.record_no_contact(&lead, stranger, pupil, "the wrong way round").await.is_err());
}

async fn another_schools_people_are_not_there(ground: Ground) {
    let records = ground.records().await;
    let Small { head, pupil, .. } = small(&records).await;
    let mut other = set_up();
    "oakham".clone_into(&mut other.code);
    let other = records.set_up(other).await.expect("a second school");
    let stranger = Session { school: other.school, actor: Actor::Person(other.people[0].person), unlocked: None };
    assert_eq!(records.person(&stranger, pupil).await, Err(Fault::NotFound));
    assert!(records.find_people(&stranger, "ada", None).await.expect("answered").people.is_empty());
    assert_eq!(records.who_may_be_told(&stranger, pupil).await, Err(Fault::NotFound));
    assert_eq!(records.leave(&stranger, pupil, 1).await, Err(Fault::NotFound));
    let crossed = Session { school: other.school, ..head };
    assert!(records.person(&crossed, pupil).await.is_err(), "a head of one school at another");
}

async fn classes_and_contact_ways_are_kept_in_order(ground: Ground) {
    let records = ground.records().await;
    let Small { head, pupil, .. } = small(&records).await;
    records.add_class(&head, "7A", "Seven A").await.expect("added");
    assert!(problems(records.add_class(&head, " 7A ", "Again").await.expect_err("twice")).contains("already"));
    assert!(records.add_class(&head, "7A;7B", "Two").await.is_err());
    records.join_class(&head, "7A", pupil, Part::Learns).await.expect("joined");
    records.join_class(&head, "7A", pupil, Part::Learns).await.expect("again is no fault");
    assert_eq!(records.classes(&head).await.expect("listed")[0].learners, 1);
    records.leave_class(&head, "7A", pupil, Part::Learns).await.expect("left");
    assert!(records.leave_class(&head, "7A", pupil, Part::Learns).await.is_err());
    let way = |kind, way: &str| ContactWay { kind, way: way.to_owned() };
    let ways = [way(WayKind::Work, "01632 960123"), way(WayKind::Mail, "home@ash.example")];
    let seen = records.person(&head, pupil).await.expect("read");
    records.set_contact_ways(&head, pupil, seen.revision, &ways).await.expect("set");
    let seen = records.person(&head, pupil).await.expect("read");
    assert_eq!(seen.ways, ways);
    records.set_contact_ways(&head, pupil, seen.revision, &ways[1..]).await.expect("set");
    assert_eq!(records.person(&head, pupil).await.expect("read").ways, ways[1..]);
    let wrong = [way(WayKind::Mail, "two\nlines")];
    assert!(records.set_contact_ways(&head, pupil, seen.revision + 1, &wrong).await.is_err());
}

async fn confidential_details_open_to_holders_only(ground: Ground) {
    let records = ground.records().await;
    let [head, lead, chair] = unlocked(&records).await;
    let pupil = records.add_person(&head, NewPerson::new(Kind::Pupil, "Ada Ash")).await.expect("added");
    let parent = records.add_person(&head, NewPerson::new(Kind::Parent, "Pia Ash")).await.expect("added");
    // Writing needs no key: the session of the first line has none.
    let locked = Session { unlocked: None, ..head.clone() };
    let address = DetailKind::Address { not_given_out: true };
    for (kind, words) in [
        (DetailKind::AccessNeeds, "CANARY-1 reads with eye gaze"),
        (address, "CANARY-2 old"),
        (address, "CANARY-3 lane"),
    ] {
        records.record_confidential(&locked, pupil, kind, words).await.expect("written");
    }
    records.record_no_contact(&locked, pupil, parent, "CANARY-4 as agreed").await.expect("written");
    let order = NewCourtOrder {
        child: pupil,
        adult: parent,
        bars_telling: false,
        from: date(2026, 1, 1),
        until: None,
        words: "CANARY-5 must not collect",
    };
    records.record_court_order(&locked, &order).await.expect("written");
    assert!(matches!(records.confidential(&locked, pupil).await, Err(Fault::Locked(_))));
    for holder in [&head, &lead] {
        let read = records.confidential(holder, pupil).await.expect("opened");
        assert_eq!(read.access_needs.expect("there").as_str(), "CANARY-1 reads with eye gaze");
        let address = read.address.expect("there");
        assert_eq!((address.words.as_str(), address.not_given_out), ("CANARY-3 lane", true));
        assert_eq!(read.no_contacts[0].reason.as_str(), "CANARY-4 as agreed");
        assert_eq!((read.court_orders.len(), read.court_orders[0].words.as_str()), (1, "CANARY-5 must not collect"));
        assert!(!format!("{read:?}", read = read.no_contacts).contains("CANARY"));
    }
    assert_eq!(records.confidential(&chair, pupil).await, Err(Fault::NotFound));
    let told = records.who_may_be_told(&lead, pupil).await.expect("answered");
    assert!(told.address_not_given_out);
    if let Some(bytes) = ground.bytes() {
        assert!(!bytes.windows(7).any(|part| part == b"CANARY-"), "the disk holds it in the clear");
    }
    assert!(records.record_confidential(&head, pupil, address, "  ").await.is_err());
}

async fn whoever_is_barred_holds_no_key(ground: Ground) {
    let records = ground.records().await;
    let [head, lead, _chair] = unlocked(&records).await;
    let pupil = records.add_person(&head, NewPerson::new(Kind::Pupil, "Ada Lead")).await.expect("added");
    records.record_confidential(&head, pupil, DetailKind::AccessNeeds, "large print").await.expect("written");
    records.confidential(&lead, pupil).await.expect("the lead holds a key");
    records.record_no_contact(&head, pupil, who(&lead), "a court said so").await.expect("written");
    assert!(records.confidential(&lead, pupil).await.is_err(), "barred, and still reads");
    assert_eq!(records.confidential(&head, pupil).await.expect("opened").no_contacts.len(), 1);
}
