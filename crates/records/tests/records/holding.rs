//! What an incident or a case must hold before it closes, and after: its threshold, what was considered, what was asked by somebody unsure,
//! what was learned. A note is asked none of it.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    concern::{
        Answers, NewConcern, Part, Place, Risk, Said,
        answer::{
            Agency, Considered, Course, Crime, Extent, Finding, ForFamily, Ground as Why, IncidentType, Lesson,
            LineKind, NewAction, NewAdvice, NewCall, NewClass, NewConsidered, NewDebrief, NewDecision, NewThreshold,
            NewUnsure, OffSite, Sanction, Support, ThresholdLevel, Waiting, Wanted,
        },
    },
    file::{Closing, NewEntry, Raised, Severity, Wrong},
    id,
};
use jiff::{SignedDuration, civil::date};

both!(
    an_incident_closes_with_its_threshold_and_what_was_considered,
    a_suspected_crime_waits_for_its_call,
    a_note_is_asked_nothing_of_it,
    a_harmed_childs_sanction_needs_its_words,
    of_an_adult_it_is_asked_what_was_found,
    a_threshold_says_why_and_to_whom,
    what_happened_outside_school_has_its_ground,
    whoever_is_unsure_waits_for_advice_and_nothing_else_does,
    what_was_learned_is_due_after_closing,
    nobody_else_learns_or_writes_any_of_it,
    the_right_child_takes_along_the_threshold_and_no_sanction,
    one_matter_is_one_concern_and_nothing_is_lost_by_it,
    what_was_decided_before_closes_nothing_by_a_merge,
    what_is_reported_later_is_no_part_any_more,
    a_debrief_is_owed_for_the_closing_that_stands,
);

fn decided(extent: Extent, course: Course) -> NewDecision {
    let reason = course.needs_reason().then(|| words("it was talked over"));
    NewDecision { extent, course, reason, review: None, is_rung: false }
}

fn threshold() -> NewThreshold {
    NewThreshold {
        level: ThresholdLevel::EarlyHelp,
        local: Some(words("Tier 2")),
        reasoning: Some(words("support at home is needed")),
        referred_to: None,
        off_site: None,
    }
}

fn said<T>(answer: T) -> Considered<T> {
    Considered { answer, note: None }
}

fn noted<T>(answer: T, note: &str) -> Considered<T> {
    Considered { answer, note: Some(words(note)) }
}

/// What a child's file is answered with.
fn considered() -> NewConsidered {
    NewConsidered {
        sanction: Some(said(Sanction::NotGiven)),
        support: Some(noted(Support::Accepted, "the school nurse")),
        family: Some(said(ForFamily::NotTheirs)),
        finding: None,
    }
}

fn closing() -> Closing {
    Closing { outcome: words("a coat"), reason: words("it has one") }
}

fn minute(ground: &Ground) {
    ground.advance(SignedDuration::from_mins(1));
}

/// What is wrong, in one text.
fn wrong(done: Result<(), Fault>) -> String {
    let Err(Fault::Wrong(problems)) = done else { panic!("not refused: {done:?}") };
    problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("\n")
}

/// A concern raised by the form, of a child of this part, which happened there.
async fn raise(school: &Filing, ground: &Ground, part: Part, place: Option<Place>) -> id::File {
    let new = NewConcern {
        form: ground.number(),
        children: vec![(school.person("ann"), part)],
        adult: None,
        said: Said { seen: Some(words("canary")), ..Said::default() },
        answers: Answers { place, ..Answers::default() },
        told: None,
        paper: None,
    };
    let sent = school.records.raise_concern(school.session("teacher"), &new).await.expect("raised");
    let lead = school.session("lead");
    school.records.concern_called(lead, &sent.references[0]).await.expect("it is there")
}

/// A concern that was decided to be an incident, and read, so that it can be closed.
async fn incident(school: &Filing, ground: &Ground, file: id::File, threshold: &NewThreshold) {
    let (records, lead) = (&school.records, school.session("lead"));
    minute(ground);
    let new = decided(Extent::Incident, Course::Act);
    records.decide_at_threshold(lead, file, &new, threshold).await.expect("decided");
    school.class("lead", file).await;
    records.read_concern(lead, file).await.expect("read");
    minute(ground);
}

async fn an_incident_closes_with_its_threshold_and_what_was_considered(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = school.raise("teacher", "ann", "came without a coat").await.file;
    minute(&ground);
    records.decide_concern(lead, file, &decided(Extent::Incident, Course::Act)).await.expect("decided");
    records.read_concern(lead, file).await.expect("read");
    let refused = wrong(records.close_files(lead, &[file], &closing()).await);
    for missing in ["local thresholds", "What kind of thing it is", "sanction: ", "support: ", "family: "] {
        assert!(refused.contains(missing), "{missing}: {refused}");
    }
    let refused = wrong(records.close_considered(lead, &[file], &closing(), Some(&considered())).await);
    assert!(refused.contains("local thresholds") && !refused.contains("sanction: "), "{refused}");
    incident(&school, &ground, file, &threshold()).await;
    let unsaid = NewConsidered { support: Some(said(Support::NotOffered)), ..considered() };
    let refused = wrong(records.close_considered(lead, &[file], &closing(), Some(&unsaid)).await);
    assert!(refused.starts_with("support_note: "), "{refused}");
    assert!(records.read_concern(lead, file).await.expect("read").considered.is_empty(), "nothing of it was kept");
    records.close_considered(lead, &[file], &closing(), Some(&considered())).await.expect("closed");
    let case = records.read_concern(lead, file).await.expect("read");
    assert!(!case.standing.is_open);
    let [kept] = case.considered.as_slice() else { panic!("{:?}", case.considered) };
    assert_eq!(kept.answers.sanction.as_ref().map(|one| one.answer), Some(Sanction::NotGiven));
    let support = kept.answers.support.as_ref().expect("support");
    assert_eq!(
        (support.answer, support.note.as_ref().expect("a note").as_str()),
        (Support::Accepted, "the school nurse")
    );
    let level = case.decisions[1].threshold.as_ref().expect("its threshold");
    assert_eq!((level.level, level.is_referred), (ThresholdLevel::EarlyHelp, false));
    assert_eq!(level.local.as_ref().expect("in their words").as_str(), "Tier 2");
    let made = records.chronology(lead, school.person("ann"), false).await.expect("made");
    let has = |is_it: fn(&LineKind) -> bool| made.lines.iter().any(|line| is_it(&line.kind));
    assert!(has(|kind| matches!(kind, LineKind::Threshold(ThresholdLevel::EarlyHelp, false))));
    assert!(has(|kind| matches!(kind, LineKind::Considered(Some(Sanction::NotGiven), Support::Accepted))));
    // Opened again, all of it is asked anew.
    minute(&ground);
    records.reopen_file(lead, file, &words("again")).await.expect("open");
    minute(&ground);
    records.decide_concern(lead, file, &decided(Extent::Case, Course::Act)).await.expect("decided");
    records.read_concern(lead, file).await.expect("read");
    let refused = wrong(records.close_considered(lead, &[file], &closing(), Some(&considered())).await);
    assert!(refused.contains("local thresholds"), "{refused}");
}

/// PR-0, C-25, C-31: whoever answers for crimes is rung at once, and it does not close before.
async fn a_suspected_crime_waits_for_its_call(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = raise(&school, &ground, Part::About, None).await;
    incident(&school, &ground, file, &threshold()).await;
    let class = |crime| NewClass {
        risks: vec![Risk::Contact],
        types: vec![IncidentType::Threat, IncidentType::Blackmail],
        crime,
        reason: None,
    };
    let next = async || records.read_concern(lead, file).await.expect("read").next;
    let say = async |crime| records.class_concern(lead, file, &class(crime)).await;
    assert!(wrong(say(Crime::NotSuspected).await).starts_with("crime_reason: "));
    let nothing = NewClass { types: Vec::new(), ..class(Crime::Suspected) };
    assert!(wrong(records.class_concern(lead, file, &nothing).await).starts_with("types: "));
    assert_eq!(next().await.waiting, Waiting::Nothing);
    say(Crime::Unclear).await.expect("said");
    assert_eq!((next().await.waiting, next().await.is_late), (Waiting::Call, false));
    ground.advance(SignedDuration::from_hours(1));
    assert!(next().await.is_late, "at once");
    say(Crime::Suspected).await.expect("said");
    assert!(next().await.is_late, "to say it again gives no new time");
    let close = async || records.close_considered(lead, &[file], &closing(), Some(&considered())).await;
    assert!(wrong(close().await).contains("no call to the police"));
    let call = async |agency| {
        let call = NewCall { agency, rung_at: ground.now(), spoke_to: None, reference: None, words: None };
        records.record_call(lead, file, &call).await.expect("rang");
    };
    call(Agency::Health).await;
    assert!(wrong(close().await).contains("no call to the police"), "health answers for no crime");
    call(Agency::Police).await;
    assert_eq!(next().await.waiting, Waiting::Nothing);
    minute(&ground);
    say(Crime::Unclear).await.expect("said");
    assert_eq!(next().await.waiting, Waiting::Nothing, "they were asked about what was reported");
    assert!(wrong(close().await).contains("not clear"));
    minute(&ground);
    say(Crime::Suspected).await.expect("said");
    minute(&ground);
    close().await.expect("closed");
    let classes = records.read_concern(lead, file).await.expect("read").classes;
    assert_eq!(classes.len(), 5, "each stays");
    let made = records.chronology(lead, school.person("ann"), false).await.expect("made");
    let suspected = |kind: &LineKind| matches!(kind, LineKind::Classed(types, Crime::Suspected) if types.len() == 2);
    assert!(made.lines.iter().any(|line| suspected(&line.kind)));
    // Whoever does not work on it says nothing of it.
    let teacher = records.class_concern(school.session("teacher"), file, &class(Crime::Suspected)).await;
    assert!(matches!(teacher, Err(Fault::NotFound | Fault::NotAllowed(_))), "{teacher:?}");
}

async fn a_note_is_asked_nothing_of_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = raise(&school, &ground, Part::About, Some(Place::Home)).await;
    minute(&ground);
    records.decide_concern(lead, file, &decided(Extent::Note, Course::Nothing)).await.expect("decided");
    records.read_concern(lead, file).await.expect("read");
    let refused = wrong(records.close_considered(lead, &[file], &closing(), Some(&considered())).await);
    assert!(refused.contains("A note asks nothing"), "{refused}");
    records.close_files(lead, &[file], &closing()).await.expect("two lines are enough");
    assert!(records.debriefs_due(lead).await.expect("the list").is_empty());
}

async fn a_harmed_childs_sanction_needs_its_words(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let harmed = raise(&school, &ground, Part::Harmed, None).await;
    incident(&school, &ground, harmed, &threshold()).await;
    let given = NewConsidered { sanction: Some(said(Sanction::Given)), ..considered() };
    let refused = wrong(records.close_considered(lead, &[harmed], &closing(), Some(&given)).await);
    assert!(refused.contains("this child was harmed"), "{refused}");
    let given_why = NewConsidered { sanction: Some(noted(Sanction::Given, "she agreed to it")), ..considered() };
    records.close_considered(lead, &[harmed], &closing(), Some(&given_why)).await.expect("closed");
    let other = raise(&school, &ground, Part::Alleged, None).await;
    incident(&school, &ground, other, &threshold()).await;
    records
        .close_considered(lead, &[other], &closing(), Some(&given))
        .await
        .expect("of whoever harmed it asks no more");
}

async fn of_an_adult_it_is_asked_what_was_found(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, head, lead) = (&school.records, school.session("head"), school.session("lead"));
    let file = records.open_file(lead, &school.staff_file("teacher", "canary")).await.expect("raised").file;
    records.read_concern(head, file).await.expect("read");
    minute(&ground);
    let call = NewCall {
        agency: Agency::DesignatedOfficer,
        rung_at: ground.now(),
        spoke_to: None,
        reference: None,
        words: None,
    };
    records.record_call(head, file, &call).await.expect("rang");
    records.decide_concern(head, file, &decided(Extent::Incident, Course::Act)).await.expect("decided");
    let refused = wrong(records.close_considered(head, &[file], &closing(), Some(&considered())).await);
    assert!(refused.contains("finding: ") && refused.contains("sanction: "), "{refused}");
    let found = NewConsidered {
        support: Some(said(Support::Declined)),
        finding: Some(noted(Finding::Unfounded, "canary of a finding")),
        ..NewConsidered::default()
    };
    // The thresholds are for children.
    let level = records.decide_at_threshold(head, file, &decided(Extent::Incident, Course::Act), &threshold()).await;
    assert!(wrong(level).starts_with("level: "));
    school.class("head", file).await;
    records.close_considered(head, &[file], &closing(), Some(&found)).await.expect("closed");
    let case = records.read_concern(head, file).await.expect("read");
    let finding = case.considered[0].answers.finding.as_ref().expect("what was found");
    assert_eq!(finding.answer, Finding::Unfounded);
    assert_eq!(records.debriefs_due(head).await.expect("the list").len(), 1);
    assert!(
        records.debriefs_due(lead).await.expect("the list").is_empty(),
        "of an adult's file the lead learns nothing"
    );
    assert!(records.debriefs_due(school.session("teacher")).await.map_or(true, |due| due.is_empty()));
    records.close().await;
    if let Some(bytes) = ground.bytes() {
        let is_there = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!is_there("canary of a finding") && is_there("file_considered"));
    }
}

async fn a_threshold_says_why_and_to_whom(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = school.raise("teacher", "ann", "canary").await.file;
    let refer = decided(Extent::Incident, Course::Refer);
    let decide = async |threshold: &NewThreshold| records.decide_at_threshold(lead, file, &refer, threshold).await;
    let to = Some(words("children’s social care"));
    assert!(wrong(decide(&threshold()).await).starts_with("referred_to: "));
    let unreasoned = NewThreshold { reasoning: None, referred_to: to.clone(), ..threshold() };
    assert!(wrong(decide(&unreasoned).await).starts_with("reasoning: "));
    assert!(records.read_concern(lead, file).await.expect("read").decisions.is_empty(), "nothing was kept");
    decide(&NewThreshold { referred_to: to, ..threshold() }).await.expect("decided");
    let case = records.read_concern(lead, file).await.expect("read");
    let kept = case.decisions[0].threshold.as_ref().expect("kept");
    assert!(kept.is_referred && kept.referred_to.as_ref().expect("whom").as_str() == "children’s social care");
    assert_eq!(case.next.waiting, Waiting::Call, "it waits for the call as any referral");
}

async fn what_happened_outside_school_has_its_ground(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = raise(&school, &ground, Part::About, Some(Place::Home)).await;
    let at = |off_site| NewThreshold { off_site, ..threshold() };
    incident(&school, &ground, file, &at(None)).await;
    let close = async || records.close_considered(lead, &[file], &closing(), Some(&considered())).await;
    let refused = wrong(close().await);
    assert!(refused.contains("outside school"), "{refused}");
    let acts = OffSite { grounds: vec![Why::Name, Why::Harms], policy: None };
    let act = decided(Extent::Incident, Course::Act);
    let refused = records.decide_at_threshold(lead, file, &act, &at(Some(acts.clone()))).await;
    assert!(wrong(refused).starts_with("policy: "));
    let policy = Some(words("behaviour policy, 4.2"));
    incident(&school, &ground, file, &at(Some(OffSite { policy, ..acts }))).await;
    let case = records.read_concern(lead, file).await.expect("read");
    let off_site = case.decisions[1].threshold.as_ref().and_then(|one| one.off_site.as_ref()).expect("kept");
    assert_eq!(off_site.grounds, [Why::Harms, Why::Name]);
    // On none of them it is the parents' matter, which is an answer too.
    incident(&school, &ground, file, &at(Some(OffSite::default()))).await;
    close().await.expect("closed");
}

fn unsure(ground: &Ground, question: &str) -> NewUnsure {
    let form = ground.number();
    NewUnsure { form, question: words(question), whom: words("the advice service") }
}

async fn whoever_is_unsure_waits_for_advice_and_nothing_else_does(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead, deputy) = (&school.records, school.session("lead"), school.session("deputy"));
    let entry = NewEntry { severity: Severity::new(4), ..seen("canary") };
    let raised =
        records.open_file(school.session("teacher"), &school.child_file("ann", "canary")).await.expect("raised");
    records.add_entry(lead, raised.file, &entry).await.expect("level 4");
    let file = raised.file;
    minute(&ground);
    let new = unsure(&ground, "is it a crime?");
    let action = records.ask_advice(deputy, file, &new).await.expect("asked");
    // Sent twice with one form it is one question.
    assert_eq!(records.ask_advice(deputy, file, &new).await, Ok(action));
    let next = async || records.concerns(lead, &Wanted::default()).await.expect("the queue").concerns[0].next.waiting;
    assert_eq!(next().await, Waiting::Answer, "it stops nothing");
    records.decide_concern(lead, file, &decided(Extent::Note, Course::Nothing)).await.expect("decided");
    assert_eq!(next().await, Waiting::Action, "of level 4 it is due today");
    let case = records.read_concern(lead, file).await.expect("read");
    let [one] = case.actions.as_slice() else { panic!("{:?}", case.actions) };
    assert_eq!((one.id, one.owner, one.due), (action, school.person("deputy"), date(2026, 6, 9)));
    assert_eq!(one.advice.as_ref().expect("a question").whom.as_str(), "the advice service");
    // It is done by its advice alone.
    let ended = records.finish_concern_action(lead, file, action, None).await;
    assert!(wrong(ended).contains("waits for advice"));
    let later = ground.now() + SignedDuration::from_mins(5);
    let advice = |advised_at| NewAdvice { adviser: words("Ms Cole"), words: words("ring the police"), advised_at };
    assert!(wrong(records.record_advice(lead, file, action, &advice(later)).await).starts_with("day: "));
    records.record_advice(lead, file, action, &advice(ground.now())).await.expect("written down");
    assert_eq!(records.record_advice(lead, file, action, &advice(ground.now())).await, Err(Fault::NotFound));
    let case = records.read_concern(lead, file).await.expect("read");
    let (adviser, _) = case.actions[0].advice.as_ref().and_then(|one| one.advised.as_ref()).expect("advised");
    assert_eq!(adviser.as_str(), "Ms Cole");
    assert_eq!(next().await, Waiting::Nothing);
    // Another action waits for no advice, and takes none.
    let new = NewAction { owner: school.person("lead"), words: words("a coat"), due: date(2026, 6, 9) };
    let plain = records.add_concern_action(lead, file, &new).await.expect("to do");
    assert_eq!(records.record_advice(lead, file, plain, &advice(ground.now())).await, Err(Fault::NotFound));
}

fn debrief() -> NewDebrief {
    NewDebrief {
        held_on: date(2026, 6, 8),
        who: words("the lead, the class teacher"),
        lessons: words("we rang late"),
        course: Lesson::Change,
        words: words("the number stands at the desk"),
    }
}

async fn what_was_learned_is_due_after_closing(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = school.raise("teacher", "ann", "canary").await.file;
    incident(&school, &ground, file, &threshold()).await;
    assert!(wrong(records.write_debrief(lead, file, &debrief()).await).contains("is open"));
    records.close_considered(lead, &[file], &closing(), Some(&considered())).await.expect("closed");
    let due = async || records.debriefs_due(lead).await.expect("the list");
    let [one] = due().await.try_into().expect("one");
    assert!(one.file == file && !one.is_late);
    assert_eq!(records.read_concern(lead, file).await.expect("read").debrief_by, Some(one.due));
    ground.advance(one.due.duration_since(ground.now()) + SignedDuration::from_mins(1));
    assert!(due().await[0].is_late);
    // Opened again it is owed for the next closing.
    records.reopen_file(lead, file, &words("again")).await.expect("open");
    assert!(due().await.is_empty());
    incident(&school, &ground, file, &threshold()).await;
    records.close_considered(lead, &[file], &closing(), Some(&considered())).await.expect("closed");
    assert_eq!(due().await.len(), 1);
    let tomorrow = NewDebrief { held_on: date(2027, 1, 1), ..debrief() };
    assert!(wrong(records.write_debrief(lead, file, &tomorrow).await).starts_with("held_on: "));
    records.write_debrief(lead, file, &debrief()).await.expect("written down");
    assert!(due().await.is_empty());
    assert!(matches!(records.write_debrief(lead, file, &debrief()).await, Err(Fault::Changed(_))));
    let case = records.read_concern(lead, file).await.expect("read");
    assert_eq!(case.debrief_by, None);
    let kept = case.considered[1].debrief.as_ref().expect("kept");
    assert_eq!(kept.debrief.lessons.as_str(), "we rang late");
    let made = records.chronology(lead, school.person("ann"), false).await.expect("made");
    assert!(made.lines.iter().any(|line| matches!(line.kind, LineKind::Debrief(Lesson::Change))));
}

async fn nobody_else_learns_or_writes_any_of_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead, teacher) = (&school.records, school.session("lead"), school.session("teacher"));
    let file = school.raise("teacher", "ann", "canary").await.file;
    let asked = unsure(&ground, "what now?");
    let action = records.ask_advice(lead, file, &asked).await.expect("asked");
    let new = decided(Extent::Incident, Course::Act);
    let hidden = Err(Fault::NotFound);
    assert_eq!(records.decide_at_threshold(teacher, file, &new, &threshold()).await, hidden);
    assert_eq!(records.ask_advice(teacher, file, &asked).await.err(), Some(Fault::NotFound));
    let advice = NewAdvice { adviser: words("x"), words: words("x"), advised_at: ground.now() };
    assert_eq!(records.record_advice(teacher, file, action, &advice).await, hidden);
    assert_eq!(records.close_considered(teacher, &[file], &closing(), Some(&considered())).await, hidden);
    assert_eq!(records.write_debrief(teacher, file, &debrief()).await, hidden);
}

async fn the_right_child_takes_along_the_threshold_and_no_sanction(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let file = school.raise("teacher", "ann", "came without a coat").await.file;
    let asked = unsure(&ground, "what now?");
    let action = records.ask_advice(lead, file, &asked).await.expect("asked");
    let advice = NewAdvice { adviser: words("Ms Cole"), words: words("wait"), advised_at: ground.now() };
    records.record_advice(lead, file, action, &advice).await.expect("advised");
    incident(&school, &ground, file, &threshold()).await;
    records.close_considered(lead, &[file], &closing(), Some(&considered())).await.expect("closed");
    records.write_debrief(lead, file, &debrief()).await.expect("written down");
    minute(&ground);
    let (ben, why) = (school.person("ben"), words("it was Ben"));
    let mended = records.mend_wrong_child(lead, Wrong::File(file), ben, &why, &ground.place()).await.expect("moved");
    let case = records.read_concern(lead, mended.file).await.expect("read");
    assert_eq!(case.decisions[0].threshold.as_ref().expect("along").level, ThresholdLevel::EarlyHelp);
    assert!(case.actions[0].advice.as_ref().is_some_and(|advice| advice.advised.is_some()));
    assert!(case.considered.is_empty(), "it was considered for another child");
}

async fn one_matter_is_one_concern_and_nothing_is_lost_by_it(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let whole = school.raise("teacher", "ann", "came without a coat").await;
    let part = school.raise("deputy", "ann", "shivered").await;
    let other = school.raise("teacher", "ben", "saw it too").await;
    let adults = records.open_file(lead, &school.staff_file("teacher", "canary")).await.expect("raised");
    minute(&ground);
    let merge = async |reference: &str| records.make_part_of(lead, part.file, reference, &words("the same day")).await;
    assert!(matches!(merge(&whole.reference).await, Err(Fault::NotAllowed(_))), "nobody has read them");
    for file in [whole.file, part.file] {
        records.read_concern(lead, file).await.expect("read");
    }
    for (reference, why) in
        [(&other.reference, "of one child"), (&part.reference, "itself"), (&adults.reference, "no concern")]
    {
        let refused = wrong(merge(reference).await);
        assert!(refused.starts_with("reference: ") && refused.contains(why), "{refused}");
    }
    // What would be lost stands against it.
    records.suspect_family_harm(lead, part.file, None).await.expect("kept");
    let new = NewAction { owner: school.person("lead"), words: words("a coat"), due: date(2026, 6, 9) };
    let action = records.add_concern_action(lead, part.file, &new).await.expect("to do");
    let refused = wrong(merge(&whole.reference).await);
    assert!(refused.contains("still to be done") && refused.contains("harm in the family"), "{refused}");
    records.finish_concern_action(lead, part.file, action, None).await.expect("done");
    records.suspect_family_harm(lead, whole.file, None).await.expect("kept");
    assert_eq!(
        records.make_part_of(school.session("teacher"), part.file, &whole.reference, &words("x")).await,
        Err(Fault::NotFound)
    );
    minute(&ground);
    merge(&whole.reference).await.expect("one matter");
    let case = records.read_concern(lead, part.file).await.expect("read");
    assert!(!case.standing.is_open && case.part_of.as_deref() == Some(whole.reference.as_str()));
    assert_eq!(case.file.entries[0].text.as_str(), "shivered", "its words stay");
    assert!(case.considered.is_empty() && records.debriefs_due(lead).await.expect("the list").is_empty());
    let case = records.read_concern(lead, whole.file).await.expect("read");
    assert!(case.standing.is_open && case.parts == [part.reference.clone()]);
    // What is reported later opens it; opening it with a reason undoes it.
    minute(&ground);
    records.reopen_file(lead, part.file, &words("it was another day")).await.expect("open");
    assert_eq!(records.read_concern(lead, part.file).await.expect("read").part_of, None);
    assert!(records.read_concern(lead, whole.file).await.expect("read").parts.is_empty());
}

/// Two concerns of one child, both read: the whole and the part.
async fn two_of_one(school: &Filing, ground: &Ground) -> (Raised, Raised) {
    let whole = school.raise("teacher", "ann", "came without a coat").await;
    let part = school.raise("teacher", "ann", "shivered").await;
    read_both(school, ground, [whole.file, part.file]).await;
    (whole, part)
}

async fn read_both(school: &Filing, ground: &Ground, files: [id::File; 2]) {
    minute(ground);
    for file in files {
        school.records.read_concern(school.session("lead"), file).await.expect("read");
    }
    minute(ground);
}

async fn what_was_decided_before_closes_nothing_by_a_merge(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let whole = school.raise("teacher", "ann", "came without a coat").await;
    minute(&ground);
    records.decide_concern(lead, whole.file, &decided(Extent::Note, Course::Act)).await.expect("decided");
    minute(&ground);
    let part = school.raise("teacher", "ann", "shivered").await;
    read_both(&school, &ground, [whole.file, part.file]).await;
    let merge = async || records.make_part_of(lead, part.file, &whole.reference, &words("the same day")).await;
    assert!(wrong(merge().await).contains("Decide again in the other first"), "it was decided before");
    records.decide_concern(lead, whole.file, &decided(Extent::Note, Course::Act)).await.expect("decided");
    records
        .decide_at_threshold(lead, part.file, &decided(Extent::Incident, Course::Act), &threshold())
        .await
        .expect("so");
    minute(&ground);
    assert!(wrong(merge().await).contains("Decide again in the other first"), "it is less there than here");
    records
        .decide_at_threshold(lead, whole.file, &decided(Extent::Incident, Course::Act), &threshold())
        .await
        .expect("so");
    minute(&ground);
    merge().await.expect("one matter");
}

async fn what_is_reported_later_is_no_part_any_more(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let (whole, part) = two_of_one(&school, &ground).await;
    records.make_part_of(lead, part.file, &whole.reference, &words("the same day")).await.expect("one matter");
    let parts = async || records.read_concern(lead, whole.file).await.expect("read").parts;
    assert_eq!(parts().await, std::slice::from_ref(&part.reference));
    minute(&ground);
    records.add_to_report(school.session("teacher"), part.entry, &seen("again")).await.expect("more");
    assert!(parts().await.is_empty(), "it is open, and waits for a decision of its own");
    // Closed by itself it is no part either.
    read_both(&school, &ground, [whole.file, part.file]).await;
    records.decide_concern(lead, part.file, &decided(Extent::Note, Course::Act)).await.expect("decided");
    minute(&ground);
    records.close_considered(lead, &[part.file], &closing(), None).await.expect("closed");
    assert!(parts().await.is_empty());
    let case = records.read_concern(lead, part.file).await.expect("read");
    assert!(!case.standing.is_open && case.part_of.is_none());
}

async fn a_debrief_is_owed_for_the_closing_that_stands(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, lead) = (&school.records, school.session("lead"));
    let raised = school.raise("teacher", "ann", "canary").await;
    let file = raised.file;
    let due = async || {
        let listed = records.debriefs_due(lead).await.expect("the list").len();
        let by = records.read_concern(lead, file).await.expect("read").debrief_by;
        assert_eq!(listed == 1, by.is_some(), "the list and the page agree");
        by
    };
    incident(&school, &ground, file, &threshold()).await;
    records.close_considered(lead, &[file], &closing(), Some(&considered())).await.expect("closed");
    assert!(due().await.is_some());
    // Opened again by hand, or by what is reported, nothing is owed until the next closing; and of a note nothing is.
    minute(&ground);
    records.add_to_report(school.session("teacher"), raised.entry, &seen("again")).await.expect("more");
    assert!(due().await.is_none());
    for is_by_hand in [false, true] {
        if is_by_hand {
            minute(&ground);
            records.reopen_file(lead, file, &words("again")).await.expect("open");
            assert!(due().await.is_none());
        }
        minute(&ground);
        records.decide_concern(lead, file, &decided(Extent::Note, Course::Act)).await.expect("decided");
        minute(&ground);
        records.close_considered(lead, &[file], &closing(), None).await.expect("closed");
        assert!(due().await.is_none());
        assert!(wrong(records.write_debrief(lead, file, &debrief()).await).contains("closed as neither"));
    }
    minute(&ground);
    records.reopen_file(lead, file, &words("again")).await.expect("open");
    incident(&school, &ground, file, &threshold()).await;
    records.close_considered(lead, &[file], &closing(), Some(&considered())).await.expect("closed");
    assert!(due().await.is_some());
}
