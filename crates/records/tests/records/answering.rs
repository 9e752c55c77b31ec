//! Answering a concern: who may, what is asked for, what counts, what nobody learns.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::FileKind,
    audit::{Question, Shown},
    concern::answer::{
        Agency, Considered, Course, Due, Extent, Finding, LineKind, NewAction, NewCall, NewConsidered, NewDecision,
        NewTelling, Support, Telling, Waiting, Wanted,
    },
    concern::{Added, More, Said},
    file::{Closing, EntryKind, NewEntry, NewFile, Severity, Wrong},
    id,
    people::{Kind, LivesWith, NewPerson, NewRelation, RelationKind, Responsibility},
};
use jiff::{SignedDuration, civil::date};

both!(
    from_a_report_to_its_closing,
    a_decision_without_its_reason_is_refused,
    a_call_waits_for_nothing,
    a_referral_waits_for_its_call,
    what_is_only_watched_is_decided_again,
    an_adults_file_is_never_closed_unheard,
    an_old_call_answers_no_new_allegation,
    whoever_is_accused_hears_of_their_own_part_only,
    what_is_somebodys_own_is_shown_to_them_alone,
    the_head_is_the_subject_and_learns_nothing,
    the_lead_is_the_subject_and_learns_nothing,
    nobody_of_a_family_is_told_against_a_bar_or_harm,
    closing_asks_what_the_extent_asks,
    what_is_about_an_adult_is_divided_and_earlier_readers_lose_it,
    somebody_too_close_steps_aside_and_another_steps_in,
    links_are_seen_by_who_may_know_both,
    a_chronology_masks_other_children,
    the_right_child_takes_along_what_was_done_and_not_the_decision,
    the_queue_is_what_one_file_says,
);

fn decided(extent: Extent, course: Course) -> NewDecision {
    NewDecision {
        extent,
        course,
        reason: course.needs_reason().then(|| words("spoke with the family support worker")),
        review: (course == Course::Watch).then_some(date(2026, 6, 22)),
        is_rung: false,
    }
}

fn call(ground: &Ground, agency: Agency) -> NewCall {
    NewCall {
        agency,
        rung_at: ground.now(),
        spoke_to: Some(words("Duty desk")),
        reference: Some(words("REF-CANARY")),
        words: None,
    }
}

/// What an adult's file is closed with.
fn found() -> NewConsidered {
    NewConsidered {
        support: Some(Considered { answer: Support::Declined, note: None }),
        finding: Some(Considered { answer: Finding::Unfounded, note: None }),
        ..NewConsidered::default()
    }
}

fn minute(ground: &Ground) {
    ground.advance(SignedDuration::from_mins(1));
}

async fn from_a_report_to_its_closing(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "came without a coat").await;
    assert_eq!(records.concern_called(lead, &raised.reference).await, Ok(raised.file));
    let waits = async || {
        let queue = records.concerns(lead, &Wanted::default()).await.expect("the queue");
        (queue.concerns[0].next.waiting, queue.concerns[0].name.clone(), queue.counts.open)
    };
    assert_eq!(waits().await, (Waiting::Answer, "Ann Birch".to_owned(), 1));
    minute(&ground);
    records.acknowledge_concern(lead, raised.file).await.expect("they have it");
    assert_eq!(waits().await.0, Waiting::Decision);
    minute(&ground);
    records.decide_concern(lead, raised.file, &decided(Extent::Note, Course::Act)).await.expect("decided");
    records.assign_concern(lead, raised.file, school.person("deputy")).await.expect("given");
    let told = records.waiting_notices(school.session("deputy")).await.expect("notices");
    assert!(told.iter().any(|notice| notice.kind == "file-assigned"), "{told:?}");
    let due = date(2026, 6, 9);
    let new = NewAction { owner: school.person("deputy"), words: words("ring home about a coat"), due };
    let action = records.add_concern_action(lead, raised.file, &new).await.expect("to do");
    assert_eq!(waits().await.0, Waiting::Action);
    // Whoever cannot read it gets nothing to do in it.
    let new = NewAction { owner: school.person("teacher"), ..new };
    assert!(matches!(records.add_concern_action(lead, raised.file, &new).await, Err(Fault::Wrong(_))));
    let closing = Closing { outcome: words("a coat"), reason: words("it has one") };
    assert!(matches!(
        records.close_files(lead, &[raised.file], &closing).await,
        Err(Fault::NotAllowed(_) | Fault::Wrong(_))
    ));
    let deputy = school.session("deputy");
    records.finish_concern_action(deputy, raised.file, action, Some(&words("rang"))).await.expect("done");
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert_eq!(case.actions[0].done.as_ref().and_then(|done| done.words.as_ref()).expect("how").as_str(), "rang");
    assert_eq!(case.standing.owner, Some(school.person("deputy")));
    assert!(case.readers.iter().any(|reader| reader.person == school.person("lead") && reader.read_at.is_some()));
    assert!(case.is_worker);
    records.close_files(lead, &[raised.file], &closing).await.expect("closed");
    assert!(records.concerns(lead, &Wanted::default()).await.expect("the queue").concerns.is_empty());
    // Whoever reported says more: it is open, and nobody has it.
    minute(&ground);
    records.add_to_report(school.session("teacher"), raised.entry, &seen("no coat again")).await.expect("more");
    assert_eq!(waits().await.0, Waiting::Answer);
    // Who raised it cannot read any of it.
    assert_eq!(records.read_concern(school.session("teacher"), raised.file).await.err(), Some(Fault::NotFound));
}

async fn a_decision_without_its_reason_is_refused(ground: Ground) {
    let school = Filing::new(&ground).await;
    let raised = school.raise("teacher", "ann", "came without a coat").await;
    let decide = async |course, reason| {
        let new = NewDecision { reason, ..decided(Extent::Note, course) };
        school.records.decide_concern(school.session("lead"), raised.file, &new).await
    };
    for course in [Course::Act, Course::Watch, Course::Nothing] {
        assert!(matches!(decide(course, None).await, Err(Fault::Wrong(_))), "{course:?}");
    }
    assert_eq!(decide(Course::Refer, None).await, Ok(()));
    assert_eq!(decide(Course::Nothing, Some(words("a sibling wore it"))).await, Ok(()));
    let teacher = school.session("teacher");
    let new = decided(Extent::Note, Course::Refer);
    assert_eq!(school.records.decide_concern(teacher, raised.file, &new).await, Err(Fault::NotFound));
}

async fn a_call_waits_for_nothing(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "canary").await;
    records.record_call(lead, raised.file, &call(&ground, Agency::SocialCare)).await.expect("before anything else");
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert_eq!(case.calls[0].agency, Agency::SocialCare);
    assert_eq!(case.calls[0].reference.as_ref().expect("theirs").as_str(), "REF-CANARY");
    assert_eq!(case.next.waiting, Waiting::Answer, "a call is no answer");
    // Whoever raised it and cannot read it writes none here: they add to their report.
    let teacher = school.session("teacher");
    let called = records.record_call(teacher, raised.file, &call(&ground, Agency::Police)).await;
    assert_eq!(called, Err(Fault::NotFound));
    records.close().await;
    if let Some(bytes) = ground.bytes() {
        let is_there = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!is_there("REF-CANARY") && is_there("file_call"));
    }
}

async fn a_referral_waits_for_its_call(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "canary").await;
    let other = school.raise("teacher", "ben", "canary").await;
    let waits = async || {
        let queue = records.concerns(lead, &Wanted::default()).await.expect("the queue");
        let first = &queue.concerns[0];
        (first.file, first.next.waiting, first.next.is_late, queue.counts.call)
    };
    minute(&ground);
    let refer = decided(Extent::Note, Course::Refer);
    records.decide_concern(lead, raised.file, &refer).await.expect("decided");
    records.decide_concern(lead, other.file, &decided(Extent::Note, Course::Act)).await.expect("decided");
    assert_eq!(waits().await, (raised.file, Waiting::Call, false, 1));
    ground.advance(SignedDuration::from_hours(1));
    assert_eq!(waits().await, (raised.file, Waiting::Call, true, 1), "late, and first");
    let closing = Closing { outcome: words("x"), reason: words("y") };
    records.read_concern(lead, raised.file).await.expect("read");
    let closed = records.close_files(lead, &[raised.file], &closing).await;
    assert!(matches!(&closed, Err(Fault::Wrong(problems)) if problems[0].message.contains("no call")), "{closed:?}");
    // “We rang before” counts only where a call is written down.
    let before = NewDecision { is_rung: true, ..refer.clone() };
    let unwritten = records.decide_concern(lead, raised.file, &before).await;
    assert!(matches!(unwritten, Err(Fault::Wrong(_))), "{unwritten:?}");
    records.record_call(school.session("deputy"), raised.file, &call(&ground, Agency::SocialCare)).await.expect("rang");
    assert_eq!(waits().await.1, Waiting::Nothing);
    minute(&ground);
    records.decide_concern(lead, raised.file, &refer).await.expect("another agency");
    assert_eq!(waits().await.1, Waiting::Call, "each referral asks for its own");
    minute(&ground);
    records.decide_concern(lead, raised.file, &before).await.expect("it is the one they rang");
    assert_eq!(waits().await.1, Waiting::Nothing);
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert!(case.decisions[2].is_rung && !case.decisions[1].is_rung);
}

async fn what_is_only_watched_is_decided_again(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "canary").await;
    let watch = |review| NewDecision { review, ..decided(Extent::Note, Course::Watch) };
    for review in [None, Some(date(2026, 6, 8)), Some(date(2026, 10, 15))] {
        let refused = records.decide_concern(lead, raised.file, &watch(review)).await;
        assert!(matches!(refused, Err(Fault::Wrong(_))), "{review:?}");
    }
    let day = date(2026, 6, 12);
    records.decide_concern(lead, raised.file, &watch(Some(day))).await.expect("decided");
    let next = async || records.concerns(lead, &Wanted::default()).await.expect("the queue").concerns[0].next;
    assert_eq!((next().await.waiting, next().await.due), (Waiting::Nothing, Some(Due::On(day))));
    ground.advance(SignedDuration::from_hours(3 * 24));
    assert_eq!((next().await.waiting, next().await.is_late), (Waiting::Decision, false));
    ground.advance(SignedDuration::from_hours(24));
    assert_eq!((next().await.waiting, next().await.is_late), (Waiting::Decision, true));
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert_eq!(case.decisions[0].review, Some(day));
    // A decision from before days were asked for is due at once.
    ground.order("UPDATE file_decision SET review = NULL").await;
    assert_eq!(next().await.waiting, Waiting::Decision);
    let again = watch(Some(date(2026, 7, 1)));
    records.decide_concern(lead, raised.file, &again).await.expect("decided again");
    assert_eq!(next().await.waiting, Waiting::Nothing);
}

async fn an_adults_file_is_never_closed_unheard(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, lead) = (&school.records, school.session("head"), school.session("lead"));
    let closing = Closing { outcome: words("unfounded"), reason: words("it was another") };
    let open = async || {
        let file = records.open_file(lead, &school.staff_file("teacher", "canary")).await.expect("raised").file;
        records.read_concern(head, file).await.expect("read");
        file
    };
    // Nothing was decided: not by command either.
    let first = open().await;
    let closed = records.close_files(head, &[first], &closing).await;
    assert!(matches!(&closed, Err(Fault::Wrong(problems)) if problems[0].message.contains("LADO")), "{closed:?}");
    records.record_call(head, first, &call(&ground, Agency::DesignatedOfficer)).await.expect("rang");
    school.class("head", first).await;
    records.close_considered(head, &[first], &closing, Some(&found())).await.expect("closed");
    // That it is only a note is a decision, with its reason.
    let second = open().await;
    minute(&ground);
    records.decide_concern(head, second, &decided(Extent::Note, Course::Nothing)).await.expect("decided");
    records.close_files(head, &[second], &closing).await.expect("closed");
}

async fn an_old_call_answers_no_new_allegation(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, lead) = (&school.records, school.session("head"), school.session("lead"));
    let raised = records.open_file(lead, &school.staff_file("teacher", "canary")).await.expect("raised");
    let file = raised.file;
    let next = async || records.concerns(head, &Wanted::default()).await.expect("the queue").concerns[0].next.waiting;
    records.read_concern(head, file).await.expect("read");
    records.record_call(head, file, &call(&ground, Agency::DesignatedOfficer)).await.expect("rang");
    records.decide_concern(head, file, &decided(Extent::Case, Course::Act)).await.expect("decided");
    assert_eq!(next().await, Waiting::Nothing);
    // Something else is reported about the same adult.
    ground.advance(SignedDuration::from_hours(24));
    records.add_to_report(lead, raised.entry, &seen("another child")).await.expect("more");
    assert_eq!(next().await, Waiting::Answer);
    minute(&ground);
    records.acknowledge_concern(head, file).await.expect("they have it");
    assert_eq!(next().await, Waiting::Decision, "what was decided says nothing of it");
    records.read_concern(head, file).await.expect("read");
    let closing = Closing { outcome: words("unfounded"), reason: words("it was another") };
    let refused = async || match records.close_files(head, &[file], &closing).await {
        Err(Fault::Wrong(problems)) => problems[0].message.clone(),
        closed => panic!("{closed:?}"),
    };
    let said = refused().await;
    assert!(said.contains("LADO") && said.contains("Decide again"), "{said}");
    let before = NewDecision { is_rung: true, ..decided(Extent::Case, Course::Refer) };
    let old_call = records.decide_concern(head, file, &before).await;
    assert!(matches!(old_call, Err(Fault::Wrong(_))), "the old call is no call about this: {old_call:?}");
    records.decide_concern(head, file, &decided(Extent::Case, Course::Act)).await.expect("decided again");
    assert_eq!(next().await, Waiting::Call);
    let said = refused().await;
    assert!(said.contains("LADO") && !said.contains("Decide again"), "{said}");
    minute(&ground);
    records.record_call(head, file, &call(&ground, Agency::Police)).await.expect("rang");
    assert_eq!(next().await, Waiting::Nothing);
    assert!(refused().await.contains("LADO"), "the police are not the LADO");
    records.record_call(head, file, &call(&ground, Agency::DesignatedOfficer)).await.expect("rang");
    school.class("head", file).await;
    records.close_considered(head, &[file], &closing, Some(&found())).await.expect("closed");
}

async fn whoever_is_accused_hears_of_their_own_part_only(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, teacher) = (&school.records, school.session("lead"), school.session("teacher"));
    // The teacher writes about a child, and it turns out to be about the teacher.
    let raised = school.raise("teacher", "ann", "she fell; I only held her arm").await;
    minute(&ground);
    let why = words("he did more than hold it");
    let parts = records.reroute_to_adult(lead, raised.file, school.person("teacher"), &why).await.expect("divided");
    minute(&ground);
    records.acknowledge_concern(lead, parts.child).await.expect("they have it");
    let own = async || records.own_concerns(teacher).await.expect("their own");
    // Nobody has the adult's part, and everybody's time for it is over: not a word of it.
    ground.advance(SignedDuration::from_hours(24 * 7));
    records.climb(school.school).await.expect("it climbs");
    let [one] = own().await.try_into().expect("one");
    assert!(!one.must_ring);
    let told = records.waiting_notices(teacher).await.expect("notices");
    assert!(told.iter().all(|notice| !notice.kind.starts_with("concern-")), "{told:?}");
    assert_eq!(records.own_reports(teacher).await.expect("their own").len(), 1);
    // Nor when the child's part is gone, by which the copies in the adult's part are known as such.
    let wrong = Wrong::Entry(raised.entry);
    let why = words("it was Ben");
    records.mend_wrong_child(lead, wrong, school.person("ben"), &why, &ground.place()).await.expect("moved");
    assert_eq!((own().await.len(), records.own_reports(teacher).await.expect("their own").len()), (1, 1));
}

async fn what_is_somebodys_own_is_shown_to_them_alone(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, teacher) = (&school.records, school.session("lead"), school.session("teacher"));
    let raised = school.raise("deputy", "ann", "canary").await;
    let own = async |session| records.own_work(session).await.expect("their own");
    assert!(own(teacher).await.is_empty() && own(lead).await.is_empty());
    records.admit_to_file(lead, raised.file, school.person("teacher"), &words("she knows her best")).await.expect("in");
    let [one] = own(teacher).await.try_into().expect("one");
    assert_eq!(
        (one.reference.as_str(), one.sees_to, one.actions, one.due),
        (raised.reference.as_str(), false, 0, None)
    );
    let due = date(2026, 6, 9);
    let new = NewAction { owner: school.person("teacher"), words: words("find a coat"), due };
    let action = records.add_concern_action(lead, raised.file, &new).await.expect("to do");
    records.assign_concern(lead, raised.file, school.person("teacher")).await.expect("hers");
    let [one] = own(teacher).await.try_into().expect("one");
    assert_eq!((one.sees_to, one.actions, one.due, one.is_late), (true, 1, Some(due), false));
    assert_eq!(records.today(teacher).await.expect("today").yours, [one]);
    assert!(own(lead).await.is_empty() && own(school.session("deputy")).await.is_empty());
    ground.advance(SignedDuration::from_hours(24));
    assert!(own(teacher).await[0].is_late);
    records.finish_concern_action(teacher, raised.file, action, None).await.expect("done");
    assert_eq!(own(teacher).await[0].actions, 0);
    records.remove_from_file(lead, raised.file, school.person("teacher"), &words("done")).await.expect("out");
    assert!(own(teacher).await.is_empty(), "whoever was taken out has nothing in it");
}

/// Nothing of a file about them: no row, no count, no name, no verb; and 404 in the words of what is not there.
async fn learns_nothing(school: &Filing, who: &str, file: id::File, reference: &str) {
    let (records, subject) = (&school.records, school.session(who));
    let queue = records.concerns(subject, &Wanted::default()).await.expect("their own queue");
    assert!(queue.concerns.iter().all(|one| one.file != file), "{who} sees it");
    assert_eq!(queue.counts.open, queue.concerns.len(), "{who} counts it");
    assert_eq!(records.concern_counts(subject).await.expect("counts"), queue.counts);
    let missing = records.read_concern(subject, id::File::new(records.clock().now()).expect("an id")).await.err();
    assert_eq!(records.read_concern(subject, file).await.err(), missing, "{who}");
    assert_eq!(records.acknowledge_concern(subject, file).await.err(), missing, "{who}");
    assert_eq!(records.step_aside(subject, file, &words("x")).await.err(), missing, "{who}");
    let notices = records.waiting_notices(subject).await.expect("notices");
    assert!(notices.iter().all(|notice| notice.about != file.to_string()), "{who} is told");
    let linked = records.link_concerns(subject, file, reference, None).await.err();
    assert_eq!(linked, missing, "{who}");
}

async fn the_head_is_the_subject_and_learns_nothing(ground: Ground) {
    let school = Filing::with(&ground, &["chair"]).await;
    let raised = school.records.open_file(school.session("teacher"), &school.staff_file("head", "canary")).await;
    let raised = raised.expect("raised");
    learns_nothing(&school, "head", raised.file, &raised.reference).await;
    learns_nothing(&school, "lead", raised.file, &raised.reference).await;
    let chair = school.session("chair");
    let queue = school.records.concerns(chair, &Wanted::default()).await.expect("the chair's");
    assert_eq!((queue.counts.answer, queue.concerns[0].kind), (1, FileKind::StaffConcern));
    minute(&ground);
    school.records.acknowledge_concern(chair, raised.file).await.expect("the chair answers");
    school.records.assign_concern(chair, raised.file, school.person("chair")).await.expect("theirs");
    let given = school.records.assign_concern(chair, raised.file, school.person("head")).await;
    assert!(matches!(given, Err(Fault::Wrong(_))), "never to the subject");
    learns_nothing(&school, "head", raised.file, &raised.reference).await;
}

async fn the_lead_is_the_subject_and_learns_nothing(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    // A child's file that names the lead: head and deputy answer.
    let entry = NewEntry { severity: Severity::new(5), ..seen("canary") };
    let new =
        NewFile { kind: FileKind::Child, person: school.person("ann"), named: vec![school.person("lead")], entry };
    let raised = school.records.open_file(school.session("teacher"), &new).await.expect("raised");
    learns_nothing(&school, "lead", raised.file, &raised.reference).await;
    let deputy = school.session("deputy");
    let queue = school.records.concerns(deputy, &Wanted::default()).await.expect("the deputy's");
    assert_eq!((queue.counts.open, queue.counts.danger), (1, 1));
    let case = school.records.read_concern(deputy, raised.file).await.expect("read");
    assert!(!case.names.contains_key(&school.person("lead")), "the child's part does not say who it is");
    assert!(case.readers.iter().all(|reader| reader.person != school.person("lead")));
}

async fn nobody_of_a_family_is_told_against_a_bar_or_harm(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    let mut adults = Vec::new();
    for name in ["Mona Birch", "Paul Birch"] {
        let adult = records.add_person(head, NewPerson::new(Kind::Parent, name)).await.expect("a parent");
        let relation = NewRelation {
            child: school.person("ann"),
            adult,
            kind: RelationKind::Mother,
            responsibility: Responsibility::Yes,
            lives_with: LivesWith::Yes,
            contact_order: 1,
        };
        records.record_relation(head, &relation).await.expect("recorded");
        adults.push(adult);
    }
    records.record_no_contact(lead, school.person("ann"), adults[1], "an order").await.expect("barred");
    let raised = school.raise("teacher", "ann", "canary").await;
    let decide = async |adult, course, may_be_family_harm, reason: Option<&str>, review| {
        let reason = reason.map(words);
        let new = NewTelling { adult, course, reason, review, may_be_family_harm };
        records.decide_parent(lead, raised.file, &new).await
    };
    let is_wrong = |done: Result<(), Fault>| matches!(done, Err(Fault::Wrong(_)));
    assert!(is_wrong(decide(adults[1], Telling::Tell, false, None, None).await), "against a bar");
    assert!(is_wrong(decide(adults[0], Telling::Tell, true, None, None).await), "against harm in the family");
    // It is a fact of the concern from then on, whatever is answered on the next form and by whom.
    assert!(is_wrong(decide(adults[0], Telling::Tell, false, None, None).await), "it was said before");
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert!(case.standing.may_be_family_harm && case.may_lift_harm && case.harms.len() == 1);
    assert!(!records.read_concern(head, raised.file).await.expect("read").may_lift_harm);
    assert!(is_wrong(decide(adults[0], Telling::Wait, true, Some("they asked us to"), None).await), "no day");
    let yesterday = Some(date(2026, 6, 8));
    assert!(is_wrong(decide(adults[0], Telling::Wait, true, Some("they asked us to"), yesterday).await));
    assert!(is_wrong(decide(adults[0], Telling::DoNotTell, false, None, Some(date(2026, 6, 10))).await), "no reason");
    let stranger = school.person("chair");
    assert_eq!(decide(stranger, Telling::Tell, false, None, None).await, Err(Fault::NotFound));
    let day = Some(date(2026, 6, 9));
    assert_eq!(decide(adults[0], Telling::Wait, true, Some("they asked us to"), day).await, Ok(()));
    minute(&ground);
    records.decide_concern(lead, raised.file, &decided(Extent::Case, Course::Act)).await.expect("decided");
    let queue = records.concerns(lead, &Wanted::default()).await.expect("the queue");
    assert_eq!(queue.concerns[0].next.waiting, Waiting::Parents, "the day has come");
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert_eq!(case.family.expect("for who works on it").adults.len(), 2);
    // Only the lead lifts it; then the family may be told.
    let why = words("social care say that she may be told");
    let refused = records.lift_family_harm(head, raised.file, &why).await;
    assert!(matches!(refused, Err(Fault::NotAllowed(_))), "{refused:?}");
    let teacher = records.lift_family_harm(school.session("teacher"), raised.file, &why).await;
    assert_eq!(teacher, Err(Fault::NotFound));
    minute(&ground);
    records.lift_family_harm(lead, raised.file, &why).await.expect("lifted");
    assert!(matches!(records.lift_family_harm(lead, raised.file, &why).await, Err(Fault::Changed(_))));
    let case = records.read_concern(lead, raised.file).await.expect("read");
    assert!(!case.standing.may_be_family_harm && case.harms.len() == 2);
    assert_eq!(case.harms[1].reason.as_ref().expect("why").as_str(), why.as_str());
    assert_eq!(decide(adults[0], Telling::Tell, false, None, None).await, Ok(()));
    // While the lead is away, or may not know it, whoever is asked next does.
    minute(&ground);
    records.suspect_family_harm(head, raised.file, Some(&words("her aunt rang"))).await.expect("kept again");
    assert!(is_wrong(decide(adults[0], Telling::Tell, false, None, None).await));
    records.record_absence(head, school.person("lead"), ground.now(), None).await.expect("away");
    records.record_absence(head, school.person("deputy"), ground.now(), None).await.expect("away");
    minute(&ground);
    records.lift_family_harm(head, raised.file, &why).await.expect("in their place");
}

async fn closing_asks_what_the_extent_asks(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, lead) = (&school.records, school.session("head"), school.session("lead"));
    let raised = records.open_file(lead, &school.staff_file("teacher", "canary")).await.expect("raised");
    records.read_concern(head, raised.file).await.expect("read");
    minute(&ground);
    records.decide_concern(head, raised.file, &decided(Extent::Incident, Course::Act)).await.expect("decided");
    let closing = Closing { outcome: words("unfounded"), reason: words("it was another") };
    let closed = records.close_files(head, &[raised.file], &closing).await;
    assert!(matches!(&closed, Err(Fault::Wrong(problems)) if problems[0].message.contains("LADO")), "{closed:?}");
    records.record_call(head, raised.file, &call(&ground, Agency::DesignatedOfficer)).await.expect("rang");
    school.class("head", raised.file).await;
    records.close_considered(head, &[raised.file], &closing, Some(&found())).await.expect("closed");
}

async fn what_is_about_an_adult_is_divided_and_earlier_readers_lose_it(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, head, deputy) =
        (&school.records, school.session("lead"), school.session("head"), school.session("deputy"));
    let raised = school.raise("teacher", "ann", "Dora Hale pulled her arm").await;
    let own = school.raise("teacher", "ben", "saw it too").await;
    minute(&ground);
    records.acknowledge_concern(lead, raised.file).await.expect("they have it");
    records.record_call(lead, raised.file, &call(&ground, Agency::DesignatedOfficer)).await.expect("rang");
    let note = NewEntry { kind: EntryKind::Note, severity: None, ..seen("Hale was on duty") };
    records.add_entry(lead, raised.file, &note).await.expect("a note");
    assert!(records.read_concern(deputy, raised.file).await.is_ok(), "the deputy reads it: it is about them");
    let why = words("it says what the deputy did");
    let about = |person| records.reroute_to_adult(lead, raised.file, person, &why);
    assert!(matches!(about(school.person("ben")).await, Err(Fault::Wrong(_))), "a pupil is no adult");
    minute(&ground);
    let parts = about(school.person("deputy")).await.expect("divided");
    // The first file is nowhere, for anybody.
    for reader in [lead, head, deputy] {
        assert_eq!(records.read_concern(reader, raised.file).await.err(), Some(Fault::NotFound));
    }
    // The child's part: the lead, with the adult masked, also in what was done about it.
    let child = records.read_concern(lead, parts.child).await.expect("the lead reads the child's part");
    let said: Vec<&str> = child.file.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(said, ["[an adult] pulled her arm", "[an adult] was on duty"]);
    assert_eq!(child.calls.len(), 1, "a call stays with the child");
    assert_eq!(child.standing.acknowledged, None, "who has it now is said anew");
    assert_eq!(records.read_concern(deputy, parts.child).await.err(), Some(Fault::NotFound));
    // The adult's: the head, with all of it, and knows where the child's part is. Not the lead any more.
    let adult = records.read_concern(head, parts.adult).await.expect("the head reads the adult's part");
    assert_eq!(adult.file.entries[0].text.as_str(), "Dora Hale pulled her arm");
    assert_eq!(adult.file.child_part, Some(parts.child));
    for reader in [lead, deputy] {
        assert_eq!(records.read_concern(reader, parts.adult).await.err(), Some(Fault::NotFound));
    }
    let told = records.waiting_notices(head).await.expect("notices");
    assert!(told.iter().any(|notice| notice.kind == "file-rerouted" && notice.about == parts.adult.to_string()));
    learns_nothing(&school, "deputy", parts.adult, &own.reference).await;
    learns_nothing(&school, "deputy", parts.child, &own.reference).await;
    // Whoever reported still can.
    minute(&ground);
    let more = seen("Dora Hale again");
    records.add_to_report(school.session("teacher"), raised.entry, &more).await.expect("more");
    let child = records.read_concern(lead, parts.child).await.expect("read");
    assert_eq!(child.file.entries.last().expect("it").text.as_str(), "[an adult] again");
    // … and it reaches whoever hears about the adult, as it was written. To the reporter it is one report.
    let adult = records.read_concern(head, parts.adult).await.expect("read");
    assert_eq!(adult.file.entries.last().expect("it").text.as_str(), "Dora Hale again");
    let of_own = async || records.own_concerns(school.session("teacher")).await.expect("their own");
    assert_eq!(of_own().await.len(), 2, "it does not show that it was divided");
    assert_eq!(records.own_reports(school.session("teacher")).await.expect("their own").len(), 3);
    let key = of_own().await.iter().find(|own| own.key == raised.entry.to_string()).expect("it is there").key.clone();
    let said = Said { words: Some(words("Hale said she would do it again")), ..Said::default() };
    minute(&ground);
    let more = More { form: ground.number(), said, moment: None, urgency: None };
    assert_eq!(records.hear_more(school.session("teacher"), &key, &more).await, Ok(Added::Now));
    let last = async |session, file| {
        let case = records.read_concern(session, file).await.expect("read");
        case.file.entries.last().expect("it").text.as_str().to_owned()
    };
    assert_eq!(last(lead, parts.child).await, "[an adult] said she would do it again");
    assert_eq!(last(head, parts.adult).await, "Hale said she would do it again");
    minute(&ground);
    let (text, why) = (words("Dora Hale pulled her left arm"), words("which arm"));
    records.amend_entry(school.session("teacher"), raised.entry, &text, &why).await.expect("put right");
    assert_eq!(last(lead, parts.child).await, "[an adult] pulled her left arm");
    assert_eq!(last(head, parts.adult).await, "Dora Hale pulled her left arm");
    assert_eq!(of_own().await.len(), 2);
    // Also when the child's part is moved to the right child.
    let ben = (school.person("ben"), words("it was Ben"));
    let wrong = Wrong::File(parts.child);
    let moved = records.mend_wrong_child(lead, wrong, ben.0, &ben.1, &ground.place()).await.expect("moved").file;
    minute(&ground);
    records.add_to_report(school.session("teacher"), raised.entry, &seen("Hale left early")).await.expect("more");
    assert_eq!(last(lead, moved).await, "[an adult] left early");
    assert_eq!(last(head, parts.adult).await, "Hale left early");
    learns_nothing(&school, "deputy", parts.adult, &own.reference).await;
}

async fn somebody_too_close_steps_aside_and_another_steps_in(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, lead, chair) = (&school.records, school.session("lead"), school.session("chair"));
    let raised = school.raise("teacher", "ann", "canary").await;
    records.step_aside(lead, raised.file, &words("her mother is a friend")).await.expect("aside");
    learns_nothing(&school, "lead", raised.file, &raised.reference).await;
    assert!(records.read_concern(school.session("deputy"), raised.file).await.is_ok());
    assert_eq!(records.read_concern(chair, raised.file).await.err(), Some(Fault::NotFound));
    records.step_aside(school.session("deputy"), raised.file, &words("so is she of mine")).await.expect("aside");
    records.step_aside(school.session("head"), raised.file, &words("and of mine")).await.expect("aside");
    let case = records.read_concern(chair, raised.file).await.expect("the chair stands in, and can open it");
    assert_eq!(case.file.entries[0].text.as_str(), "canary");
    learns_nothing(&school, "head", raised.file, &raised.reference).await;
}

async fn links_are_seen_by_who_may_know_both(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, deputy) = (&school.records, school.session("lead"), school.session("deputy"));
    let ann = school.raise("teacher", "ann", "was hit").await;
    let entry = seen("hit somebody");
    let named = vec![school.person("deputy")];
    let new = NewFile { kind: FileKind::Child, person: school.person("ben"), named, entry };
    let ben = records.open_file(school.session("teacher"), &new).await.expect("raised");
    let why = words("one and the same fight");
    records.link_concerns(lead, ann.file, &ben.reference, Some(&why)).await.expect("linked");
    let links = async |session, file| records.read_concern(session, file).await.expect("read").links.len();
    assert_eq!((links(lead, ann.file).await, links(lead, ben.file).await), (1, 1));
    // What was written into the second stands in the log of that one too, and whoever may not know it sees nothing of it.
    let entries = async |session, file: id::File| {
        let question = Question { most: 200, ..Question::default() };
        let page = records.read_audit(session, &question).await.expect("the log");
        let is_link = |entry: &&Shown| {
            entry.resource == format!("file {file}") && entry.detail.contains(&("what".to_owned(), "link".to_owned()))
        };
        page.entries.iter().filter(is_link).count()
    };
    assert_eq!((entries(lead, ann.file).await, entries(lead, ben.file).await), (1, 1));
    assert_eq!((entries(deputy, ann.file).await, entries(deputy, ben.file).await), (1, 0));
    assert_eq!(links(deputy, ann.file).await, 0, "who may not know the one does not see it beside the other");
    let unknown = records.link_concerns(deputy, ann.file, &ben.reference, None).await;
    let missing = records.link_concerns(deputy, ann.file, "AAAAA-AAAAA", None).await;
    assert!(matches!(unknown, Err(Fault::Wrong(_))) && unknown == missing, "{unknown:?} {missing:?}");
    // From a child's file nobody goes to an adult's.
    let head = school.session("head");
    let adult = records.open_file(lead, &school.staff_file("teacher", "canary")).await.expect("raised");
    records.link_concerns(head, ann.file, &adult.reference, None).await.expect("linked");
    assert_eq!((links(head, ann.file).await, links(head, adult.file).await), (1, 1));
}

async fn a_chronology_masks_other_children(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let first = school.raise("teacher", "ann", "Cai Stone hit her").await;
    minute(&ground);
    records.decide_concern(lead, first.file, &decided(Extent::Incident, Course::Watch)).await.expect("decided");
    minute(&ground);
    let named = vec![school.person("deputy")];
    let new = NewFile { kind: FileKind::Child, person: school.person("ann"), named, entry: seen("told by Cai") };
    let second = records.open_file(school.session("teacher"), &new).await.expect("raised");
    let ann = school.person("ann");
    let made = records.chronology(lead, ann, false).await.expect("made");
    assert_eq!(made.files.len(), 2);
    let said: Vec<&str> = made
        .lines
        .iter()
        .filter_map(|line| match &line.kind {
            LineKind::Entry { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["[another child] hit her", "told by Cai"]);
    assert!(matches!(made.lines[1].kind, LineKind::Decision(Extent::Incident, Course::Watch)));
    let deputys = records.chronology(school.session("deputy"), ann, false).await.expect("made");
    assert_eq!(deputys.files, [(first.reference, true)], "of the second the deputy may know nothing");
    assert!(!format!("{deputys:?}").contains(&second.reference));
    let nothing = records.chronology(school.session("teacher"), ann, false).await.err();
    assert_eq!(nothing, Some(Fault::NotFound));
    assert_eq!(records.chronology(lead, school.person("ben"), false).await.err(), nothing);
}

async fn the_right_child_takes_along_what_was_done_and_not_the_decision(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "came without a coat").await;
    minute(&ground);
    records.record_call(lead, raised.file, &call(&ground, Agency::SocialCare)).await.expect("rang");
    records.decide_concern(lead, raised.file, &decided(Extent::Note, Course::Watch)).await.expect("decided");
    let due = date(2026, 6, 12);
    let new = NewAction { owner: school.person("lead"), words: words("find a coat"), due };
    records.add_concern_action(lead, raised.file, &new).await.expect("to do");
    records.suspect_family_harm(lead, raised.file, Some(&words("her uncle"))).await.expect("kept");
    let other = school.raise("teacher", "cai", "her uncle again").await;
    records.suspect_family_harm(lead, other.file, None).await.expect("kept");
    let of_cai = seen("and what is about Cai");
    records.add_to_report(school.session("teacher"), other.entry, &of_cai).await.expect("more");
    minute(&ground);
    let (ben, why) = (school.person("ben"), words("it was Ben"));
    let wrong = Wrong::File(raised.file);
    let mended = records.mend_wrong_child(lead, wrong, ben, &why, &ground.place()).await.expect("moved");
    let case = records.read_concern(lead, mended.file).await.expect("read");
    assert_eq!((case.calls.len(), case.actions.len(), case.decisions.len()), (1, 1, 1));
    assert_eq!(case.actions[0].words.as_str(), "find a coat");
    assert_eq!(case.standing.decision, None, "it was made about another child");
    // A hard stop on telling the family never falls away by a move.
    assert!(case.standing.may_be_family_harm);
    assert_eq!(case.harms[0].reason.as_ref().expect("why").as_str(), "her uncle");
    let wrong = Wrong::Entry(other.entry);
    let mended = records.mend_wrong_child(lead, wrong, ben, &why, &ground.place()).await.expect("moved");
    for file in [mended.file, other.file] {
        let case = records.read_concern(lead, file).await.expect("read");
        assert!(case.standing.may_be_family_harm, "of an entry alone on both");
    }
}

async fn the_queue_is_what_one_file_says(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let mut files = Vec::new();
    for number in 0..60 {
        let entry = NewEntry { severity: Severity::new(number % 5 + 1), ..seen("canary") };
        let about = ["ann", "ben", "cai"][usize::try_from(number % 3).expect("small")];
        let new = NewFile { kind: FileKind::Child, person: school.person(about), named: Vec::new(), entry };
        files.push(records.open_file(school.session("teacher"), &new).await.expect("raised").file);
    }
    minute(&ground);
    for file in files.iter().step_by(7) {
        records.read_concern(lead, *file).await.expect("read");
        let closing = Closing { outcome: words("x"), reason: words("y") };
        records.close_files(lead, &[*file], &closing).await.expect("closed");
    }
    records.acknowledge_concern(lead, files[4]).await.expect("they have it");
    let mut shown = Vec::new();
    let mut page = 0;
    loop {
        let queue = records.concerns(lead, &Wanted { page, ..Wanted::default() }).await.expect("a page");
        assert_eq!((queue.fitting, queue.counts.open), (51, 51));
        page += 1;
        shown.extend(queue.concerns);
        if page == queue.pages {
            break;
        }
    }
    assert_eq!(shown.len(), 51);
    let severities: Vec<i64> = shown.iter().filter_map(|one| one.standing.severity).map(Severity::number).collect();
    assert!(severities.is_sorted_by(|one, other| one >= other), "{severities:?}");
    for one in &shown {
        let case = records.read_concern(lead, one.file).await.expect("read");
        assert_eq!((&case.standing, case.next), (&one.standing, one.next));
    }
    let only = Wanted { level: Some(5), waiting: Some(Waiting::Decision), ..Wanted::default() };
    let queue = records.concerns(lead, &only).await.expect("filtered");
    assert_eq!(queue.concerns.iter().map(|one| one.file).collect::<Vec<_>>(), [files[4]]);
    let others = records.concerns(school.session("teacher"), &Wanted::default()).await.expect("their own");
    assert_eq!((others.counts.open, others.concerns.len()), (0, 0));
}
