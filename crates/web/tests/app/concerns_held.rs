//! What an incident or a case holds, in the browser: its threshold, what was considered when it was closed, what was learned; and what
//! somebody unsure asks. A note is asked none of it.

use crate::{
    browser::{Answer, Browser},
    pupils::between,
    school::School,
};
use holdfast_records::{
    access::FileKind,
    concern::{
        Answers, NewConcern, Part, Place, Said,
        answer::{NewTelling, Telling},
    },
    file::{EntryKind, NewEntry, NewFile, Severity, Which, Words, Wrong},
    id,
    people::{Kind, NewPerson},
};
use jiff::SignedDuration;

fn words(text: &str) -> Words {
    Words::new(text).expect("words")
}

async fn pupil(school: &School) -> id::Person {
    let office = school.ready("office").await;
    school.records.add_person(&office, NewPerson::new(Kind::Pupil, "Ann Ash")).await.expect("a pupil")
}

/// A concern that happened there, raised by the form; where it is.
async fn raised(school: &School, place: Place) -> String {
    let new = NewConcern {
        form: id::Row::new(school.now()).expect("an id"),
        children: vec![(pupil(school).await, Part::Harmed)],
        adult: None,
        said: Said { seen: Some(words("came without a coat")), ..Said::default() },
        answers: Answers { place: Some(place), ..Answers::default() },
        told: None,
        paper: None,
    };
    let sent = school.records.raise_concern(&school.ready("teacher").await, &new).await.expect("raised");
    school.advance(SignedDuration::from_mins(1));
    format!("/concerns/{}", sent.references[0])
}

async fn shown(browser: &mut Browser, path: &str) -> Answer {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer
}

const INCIDENT: [(&str, &str); 3] = [("extent", "incident"), ("course", "act"), ("reason", "it was the first time")];
const CLOSING: [(&str, &str); 2] = [("outcome", "a coat was found"), ("reason", "it is warm")];

#[tokio::test]
async fn an_incident_holds_its_threshold_what_was_considered_and_what_was_learned() {
    let school = School::new().await;
    let at = raised(&school, Place::Home).await;
    let (decision, close) = (format!("{at}/decision"), format!("{at}/close"));
    let mut lead = school.signed_in("lead").await;
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("special educational needs"), "{}", case.text);
    let answer = lead.act(&at, &decision, &INCIDENT).await;
    assert_eq!(answer.status, 422);
    for missing in ["href=\"#level\"", "href=\"#grounds\"", "it was the first time</textarea>"] {
        assert!(answer.text.contains(missing), "{missing}: {}", answer.text);
    }
    let level = [("level", "early-help"), ("local", "Tier two"), ("grounds", "harms"), ("grounds", "name")];
    let answer = lead.act(&at, &decision, &[&INCIDENT[..], &level[..]].concat()).await;
    assert!(answer.status == 422 && answer.text.contains("href=\"#policy\""), "{}", answer.text);
    let by = [("policy", "behaviour policy, 4.2")];
    let answer = lead.act(&at, &decision, &[&INCIDENT[..], &level[..], &by[..]].concat()).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let case = shown(&mut lead, &at).await;
    for told in ["Local threshold: early help (“Tier two”).", "behaviour policy, 4.2", "it damages the school’s name"]
    {
        assert!(case.text.contains(told), "{told}: {}", case.text);
    }
    // More than a note says what kind of thing it is, before it closes; meanwhile the page leads there.
    assert!(case.text.contains("Say what kind of thing it is"), "{}", case.text);
    let class = format!("{at}/class");
    let answer = lead.act(&class, &class, &[("types", "bullying"), ("crime", "not-suspected")]).await;
    for missing in ["href=\"#risks\"", "href=\"#crime_reason\"", "value=\"bullying\" checked"] {
        assert!(answer.status == 422 && answer.text.contains(missing), "{missing}: {}", answer.text);
    }
    let suspected = [("types", "threat"), ("types", "blackmail"), ("risks", "contact"), ("crime", "suspected")];
    assert_eq!(lead.act(&class, &class, &suspected).await.location(), at);
    let case = shown(&mut lead, &at).await;
    for told in
        ["Ring the police (999", "delete nothing, question nobody", "To be rung", "Ring, and write the call down"]
    {
        assert!(case.text.contains(told), "{told}: {}", case.text);
    }
    assert_eq!(lead.act(&at, &class, &suspected).await.location(), at);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("It is written down already"), "pressed twice it stands there once: {}", case.text);
    school.advance(SignedDuration::from_mins(1));
    let why =
        [("types", "bullying"), ("risks", "none"), ("crime", "not-suspected"), ("crime_reason", "they made it up")];
    assert_eq!(lead.act(&at, &class, &why).await.location(), at);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("Why: they made it up") && !case.text.contains("To be rung"), "{}", case.text);
    assert!(
        shown(&mut lead, &class).await.text.contains("they made it up</textarea>"),
        "said again from what was said"
    );
    // To decide again begins from what was decided.
    assert!(shown(&mut lead, &decision).await.text.contains("value=\"early-help\" checked"));

    school.advance(SignedDuration::from_mins(1));
    shown(&mut lead, &at).await;
    let answer = lead.act(&at, &close, &CLOSING).await;
    assert_eq!(answer.status, 422);
    for missing in ["href=\"#sanction\"", "href=\"#support\"", "href=\"#family\"", "a coat was found</textarea>"] {
        assert!(answer.text.contains(missing), "{missing}: {}", answer.text);
    }
    let considered = [("sanction", "given"), ("support", "accepted"), ("family", "not-theirs")];
    let answer = lead.act(&at, &close, &[&CLOSING[..], &considered[..]].concat()).await;
    assert!(answer.status == 422 && answer.text.contains("href=\"#sanction_note\""), "{}", answer.text);
    assert!(answer.text.contains("This child was harmed"), "{}", answer.text);
    let note = [("sanction_note", "she asked to put it right")];
    let answer = lead.act(&at, &close, &[&CLOSING[..], &considered[..], &note[..]].concat()).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let case = shown(&mut lead, &at).await;
    for told in ["Considered when it was closed", "she asked to put it right", "Write down what was learned"] {
        assert!(case.text.contains(told), "{told}: {}", case.text);
    }

    let oversight = shown(&mut lead, "/concerns/oversight").await;
    assert!(oversight.text.contains(&at) && oversight.text.contains("<dt>Debriefs late</dt><dd>0</dd>"));
    let debrief = format!("{at}/debrief");
    let held = [("held_on-day", "23"), ("held_on-month", "11"), ("held_on-year", "2026")];
    let learned = [("who", "the lead"), ("lessons", "we were quick"), ("course", "none"), ("words", "it went well")];
    let answer = lead.act(&debrief, &debrief, &[&held[..], &learned[..3]].concat()).await;
    assert!(answer.status == 422 && answer.text.contains("href=\"#words\""), "{}", answer.text);
    let answer = lead.act(&debrief, &debrief, &[&held[..], &learned[..]].concat()).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    // Pressed twice it stands there once; a colleague who was slower has their words back.
    let all = [&held[..], &learned[..]].concat();
    let mut deputy = school.signed_in("deputy").await;
    shown(&mut deputy, &at).await;
    assert_eq!(lead.act(&at, &debrief, &all).await.location(), at);
    assert!(shown(&mut lead, &at).await.text.contains("It is written down already"));
    let slower = deputy.act(&at, &debrief, &all).await;
    assert!(slower.status == 422 && slower.text.contains("It was written down already: look"), "{}", slower.text);
    assert!(slower.text.contains("we were quick</textarea>"), "{}", slower.text);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("Learned: we were quick") && !case.text.contains("To be written down by"));
    assert!(!shown(&mut lead, "/concerns/oversight").await.text.contains(&at));
    assert_eq!(lead.get(&debrief).await.status, 404, "it is written down once");
}

#[tokio::test]
async fn a_note_is_asked_nothing_of_it() {
    let school = School::new().await;
    let at = raised(&school, Place::Home).await;
    let mut lead = school.signed_in("lead").await;
    let note = [("extent", "note"), ("course", "none"), ("reason", "a misunderstanding")];
    assert_eq!(lead.act(&at, &format!("{at}/decision"), &note).await.status, 303);
    let close = format!("{at}/close");
    assert!(!shown(&mut lead, &close).await.text.contains("name=\"sanction\""));
    school.advance(SignedDuration::from_mins(1));
    shown(&mut lead, &at).await;
    assert_eq!(lead.act(&at, &close, &CLOSING).await.status, 303);
    assert_eq!(lead.get(&format!("{at}/debrief")).await.status, 404);
}

#[tokio::test]
async fn whoever_is_unsure_asks_and_it_waits_for_the_advice() {
    let school = School::new().await;
    let child = pupil(&school).await;
    let entry = NewEntry {
        kind: EntryKind::Seen,
        severity: Severity::new(4),
        moment: None,
        text: words("came without a coat"),
        reason: None,
    };
    let new = NewFile { kind: FileKind::Child, person: child, named: Vec::new(), entry };
    let raised = school.records.open_file(&school.ready("teacher").await, &new).await.expect("raised");
    let at = format!("/concerns/{}", raised.reference);
    let unsure = format!("{at}/unsure");
    let mut deputy = school.signed_in("deputy").await;
    let page = shown(&mut deputy, &unsure).await;
    assert!(page.text.contains("ring 999 first") && page.text.contains("switchboard"), "{}", page.text);
    let answer = deputy.act(&unsure, &unsure, &[("question", "is it a crime?")]).await;
    assert!(answer.status == 422 && answer.text.contains("is it a crime?</textarea>"), "{}", answer.text);
    // Sent twice it is one question.
    let form = between(&page, "name=\"form\" value=\"", "\"").to_owned();
    let asked = [("question", "is it a crime?"), ("whom", "the advice service"), ("form", form.as_str())];
    for _ in 0..2 {
        assert_eq!(deputy.act(&unsure, &unsure, &asked).await.status, 303);
    }
    let case = shown(&mut deputy, &at).await;
    assert_eq!(case.text.matches("class=\"written\">Advice asked of the advice service").count(), 1, "{}", case.text);
    let case = shown(&mut deputy, &at).await;
    assert!(case.text.contains("Advice asked of the advice service: is it a crime?"), "{}", case.text);
    assert!(case.text.contains("Nobody has it yet"), "it stops nothing");
    assert!(shown(&mut deputy, "/concerns/mine").await.text.contains("Something is yours to do"));
    let advice = case.text.split('"').find(|link| link.contains("/advice/")).expect("where it is written").to_owned();
    let plain = advice.replace("/advice/", "/actions/");
    let refused = deputy.act(&plain, &plain, &[("words", "dropped")]).await;
    assert!(refused.status == 422 && refused.text.contains("waits for advice"), "{}", refused.text);
    let when = [("day-day", "23"), ("day-month", "11"), ("day-year", "2026"), ("time", "07:45")];
    let said = [("adviser", "Ms Cole"), ("words", "ring the police")];
    let answer = deputy.act(&advice, &advice, &[&when[..], &said[..1]].concat()).await;
    assert_eq!(answer.status, 422);
    let answer = deputy.act(&advice, &advice, &[&when[..], &said[..]].concat()).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    // Pressed twice it stands there once; whoever was slower has their words back.
    let mut lead = school.signed_in("lead").await;
    shown(&mut lead, &at).await;
    let answer = deputy.act(&at, &advice, &[&when[..], &said[..]].concat()).await;
    assert_eq!(answer.location(), at, "{}", answer.text);
    assert!(shown(&mut deputy, &at).await.text.contains("It is written down already"));
    let slower =
        lead.act(&at, &advice, &[&when[..], &[("adviser", "Mr Poe"), ("words", "wait for them")]].concat()).await;
    assert!(slower.status == 422 && slower.text.contains("wait for them</textarea>"), "{}", slower.text);
    assert!(slower.text.contains("It was written down already: look"), "{}", slower.text);
    let case = shown(&mut deputy, &at).await;
    assert!(case.text.contains("Advised by Ms Cole") && case.text.contains("ring the police"), "{}", case.text);
    let mut teacher = school.signed_in("teacher").await;
    for page in [&unsure, &advice] {
        assert_eq!(teacher.get(page).await.status, 404, "{page}");
    }
}

/// One more concern of this child, by the verbs; where it is.
async fn concern_of(school: &School, child: id::Person) -> String {
    let text = words("came without a coat");
    let entry = NewEntry { kind: EntryKind::Seen, severity: Severity::new(2), moment: None, text, reason: None };
    let new = NewFile { kind: FileKind::Child, person: child, named: Vec::new(), entry };
    let raised = school.records.open_file(&school.ready("teacher").await, &new).await.expect("raised");
    format!("/concerns/{}", raised.reference)
}

#[tokio::test]
async fn whoever_presses_twice_is_told_that_it_stands_there() {
    let school = School::new().await;
    let child = pupil(&school).await;
    let adult = school.mother(&school.ready("office").await, child, "Mona Ash").await;
    let (at, other) = (concern_of(&school, child).await, concern_of(&school, child).await);
    let mut lead = school.signed_in("lead").await;
    let session = school.ready("lead").await;
    school.advance(SignedDuration::from_mins(1));
    let which = Which { person: Some(child), only_open: true, after: None };
    let files = school.records.list_files(&session, &which).await.expect("listed").files;
    let file = files.iter().find(|one| at.ends_with(&one.reference)).expect("the first").file;
    let tell = NewTelling { adult, course: Telling::Tell, reason: None, review: None, may_be_family_harm: false };
    school.records.decide_parent(&session, file, &tell).await.expect("decided");
    let Some(owner) =
        school.records.read_concern(&session, file).await.expect("read").readers.first().map(|one| one.person)
    else {
        panic!("somebody reads it")
    };
    let due = jiff::civil::date(2026, 11, 23);
    let to_do = holdfast_records::concern::answer::NewAction { owner, words: words("find a coat"), due };
    school.records.add_concern_action(&session, file, &to_do).await.expect("to do");
    let case = shown(&mut lead, &at).await;
    let link = |part: &str| case.text.split('"').find(|link| link.contains(part)).expect("a link").to_owned();
    for (form, said) in [(link("/actions/"), "it was found"), (link("/told/"), "she was glad")] {
        assert_eq!(lead.act(&form, &form, &[("words", said)]).await.location(), at);
        let twice = lead.act(&at, &form, &[("words", said)]).await;
        assert_eq!(twice.location(), at, "{form}: {}", twice.text);
        assert!(shown(&mut lead, &at).await.text.contains("It is written down already"), "{form}");
        let more = lead.act(&at, &form, &[("words", "and something else")]).await;
        assert!(more.status == 422 && more.text.contains("and something else</textarea>"), "{form}: {}", more.text);
        // To whoever may not know the concern there is nothing.
        let mut teacher = school.signed_in("teacher").await;
        let hidden = teacher.act("/account", &form, &[("words", said)]).await;
        assert_eq!(hidden.status, 404, "{form}");
    }
    // One matter: the page is made for nothing but a form that comes back.
    shown(&mut lead, &other).await;
    let (part, whole) = (format!("{at}/part-of"), other.rsplit('/').next().expect("a reference").to_owned());
    let one = [("reference", whole.as_str()), ("why", "one afternoon")];
    assert_eq!(lead.act(&part, &part, &one).await.location(), at);
    assert_eq!(lead.act(&at, &part, &one).await.location(), at);
    assert!(shown(&mut lead, &at).await.text.contains("It is part of the other already"));
    let nowhere = lead.act(&at, &part, &[("reference", "2222222222"), ("why", "one evening")]).await;
    assert!(nowhere.status == 422 && nowhere.text.contains("one evening</textarea>"), "{}", nowhere.text);
}

#[tokio::test]
async fn what_was_decided_of_the_first_child_is_not_where_the_second_begins() {
    let school = School::new().await;
    let at = raised(&school, Place::School).await;
    let mut lead = school.signed_in("lead").await;
    let decided = [&INCIDENT[..], &[("level", "early-help"), ("local", "Tier two")]].concat();
    assert_eq!(lead.act(&at, &format!("{at}/decision"), &decided).await.status, 303);
    let (session, office) = (school.ready("lead").await, school.ready("office").await);
    let ben = school.records.add_person(&office, NewPerson::new(Kind::Pupil, "Ben Fern")).await.expect("a pupil");
    school.advance(SignedDuration::from_mins(1));
    let file = school.records.list_files(&session, &Which::default()).await.expect("listed").files[0].file;
    let why = words("it was Ben");
    school.records.mend_wrong_child_here(&session, Wrong::File(file), ben, &why).await.expect("moved");
    let moved = school.records.list_files(&session, &Which::default()).await.expect("listed").files.remove(0);
    let form = shown(&mut lead, &format!("/concerns/{}/decision", moved.reference)).await;
    assert!(!form.text.contains("Tier two") && !form.text.contains("value=\"early-help\" checked"), "{}", form.text);
}

#[tokio::test]
async fn closing_what_is_about_an_adult_says_what_is_asked_of_it() {
    let school = School::new().await;
    let office = school.ready("office").await;
    let colleague = school.records.find_people(&office, "Kai Ross", None).await.expect("found").people[0].id;
    let text = words("shouted at a class");
    let entry = NewEntry { kind: EntryKind::Seen, severity: Severity::new(2), moment: None, text, reason: None };
    let new = NewFile { kind: FileKind::StaffConcern, person: colleague, named: Vec::new(), entry };
    let raised = school.records.open_file(&school.ready("teacher").await, &new).await.expect("raised");
    let at = format!("/concerns/{}", raised.reference);
    let mut head = school.signed_in("head").await;
    school.advance(SignedDuration::from_mins(1));
    for extent in ["incident", "case"] {
        let decided = [("extent", extent), ("course", "act"), ("reason", "we speak with them")];
        assert_eq!(head.act(&at, &format!("{at}/decision"), &decided).await.status, 303);
        school.advance(SignedDuration::from_mins(1));
        let form = shown(&mut head, &format!("{at}/close")).await;
        assert!(form.text.contains("a call to the designated officer (LADO)"), "{}", form.text);
        assert!(!form.text.contains("parent or carer is") && !form.text.contains("sanction"), "{}", form.text);
    }
    let note = [("extent", "note"), ("course", "none"), ("reason", "a misunderstanding")];
    assert_eq!(head.act(&at, &format!("{at}/decision"), &note).await.status, 303);
    school.advance(SignedDuration::from_mins(1));
    shown(&mut head, &at).await;
    assert_eq!(head.act(&at, &format!("{at}/close"), &CLOSING).await.status, 303);
    let told = shown(&mut head, &at).await;
    assert!(told.text.contains("It is kept apart from every child’s record"), "{}", told.text);
    assert!(!told.text.contains("It stays in the child’s record"), "{}", told.text);
}
