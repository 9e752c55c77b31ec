//! Raising a concern by a form: what it opens, who is told, who reads it; sent twice it is one; drafts are their writer's alone; what
//! whoever raised it sees of it afterwards.

use crate::{
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Decision, FileKind, Resource},
    concern::{
        Added, Answers, ListedChild, Mode, More, NewConcern, Part, Picture, Place, Risk, Said, Sent, Stage,
        ToldInPerson, Unlisted, Urgency,
        door::{Placing, WhichReports, Writer},
    },
    file::{EntryKind, Listed, Severity, Which, Wrong},
    id,
    people::{LivesWith, NewRelation, RelationKind, Responsibility},
    seal::Unlocked,
};
use jiff::SignedDuration;
use std::sync::Arc;

both!(
    one_form_keeps_what_was_said_seen_and_thought_apart,
    the_first_severity_is_from_the_answers,
    sent_twice_it_is_one_concern,
    about_an_adult_the_childs_part_is_masked_and_nothing_leads_to_the_other,
    an_adult_alone_goes_to_the_head_and_about_the_head_to_the_chair,
    two_children_have_a_file_each_and_family_of_the_other_is_kept_out,
    what_whoever_raised_it_sees_of_it,
    somebody_in_no_list_is_raised_to_whom_it_belongs,
    a_listed_child_beside_an_adult_in_no_list_does_not_wait,
    whoever_raised_what_waits_is_told_to_ring_and_keeps_it_once_it_is_placed,
    what_is_added_may_press_more_and_never_less,
    more_is_added_to_every_part_wherever_it_is,
    more_that_is_sent_twice_is_added_once,
    a_draft_opens_for_its_writer_alone_and_goes_after_two_weeks,
    a_paper_form_gives_its_reference_once,
    who_would_read_it_tells_of_nobodys_family,
    whoever_reads_no_directory_finds_a_child_and_no_birthday,
    what_cannot_be_a_concern_is_refused_and_leaves_nothing,
);

/// A concern about a child, with one line of what was seen.
fn about(school: &Filing, ground: &Ground, child: &str, line: &str) -> NewConcern {
    NewConcern {
        form: ground.number(),
        children: vec![(school.person(child), Part::About)],
        adult: None,
        said: Said { seen: Some(words(line)), ..Said::default() },
        answers: Answers::default(),
        told: None,
        paper: None,
    }
}

/// What somebody heard more, on a form of its own.
fn more(ground: &Ground, said: Said) -> More {
    More { form: ground.number(), said, moment: None, urgency: None }
}

async fn raise(school: &Filing, by: &str, new: &NewConcern) -> Sent {
    school.records.raise_concern(school.session(by), new).await.expect("raised")
}

/// The files that somebody sees.
async fn listed(school: &Filing, by: &str) -> Vec<Listed> {
    school.records.list_files(school.session(by), &Which::default()).await.expect("the list").files
}

async fn told(school: &Filing, by: &str) -> Vec<String> {
    let notices = school.records.notices(school.session(by)).await.expect("their notices");
    notices.into_iter().filter(|notice| notice.kind.starts_with("file-")).map(|notice| notice.kind).collect()
}

async fn somebody_in_no_list_is_raised_to_whom_it_belongs(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (records, teacher) = (&school.records, school.session("teacher"));
    let unlisted = |is_about_adult: bool, about: &str| Unlisted {
        form: ground.number(),
        is_about_adult,
        about: about.to_owned().into(),
        said: Said { seen: Some(words("he held her arm")), ..Said::default() },
        answers: Answers { urgency: Some(Urgency::Danger), is_reassured: true, ..Answers::default() },
        told: None,
        paper: None,
        child: None,
    };
    let waits = async |who: &str| {
        let waiting = records.waiting_reports(school.session(who), WhichReports::Waiting).await.expect("the list");
        waiting.into_iter().map(|waits| (waits.report, waits.reference)).collect::<Vec<_>>()
    };
    let adult = unlisted(true, "Mr Wexcombe, supply");
    let sent = records.raise_unlisted(teacher, &adult).await.expect("raised");
    assert!(sent.is_unlisted && !sent.is_again);
    let again = records.raise_unlisted(teacher, &adult).await.expect("the same");
    assert!(again.is_again && again.references == sent.references);
    let [(report, reference)] = waits("head").await.try_into().expect("one");
    assert_eq!([reference], sent.references.as_slice());
    assert!(waits("lead").await.is_empty() && waits("deputy").await.is_empty(), "about an adult it is not theirs");
    let told = records.read_report(school.session("head"), report).await.expect("read").told.expect("its words");
    assert_eq!((told.writer, told.about.as_str(), told.name.is_empty()), (Writer::Staff, "Mr Wexcombe, supply", false));
    for said in ["he held her arm", "taken seriously", "in danger now"] {
        assert!(told.words.as_str().contains(said), "{said}");
    }
    // About the head it goes to the chair, and a child to those who look after children.
    records.raise_unlisted(teacher, &unlisted(true, "Hilda Marsh; a visitor of hers")).await.expect("raised");
    assert_eq!((waits("head").await.len(), waits("chair").await.len()), (1, 1));
    let child = records.raise_unlisted(teacher, &unlisted(false, "a new boy in 7A")).await.expect("raised");
    let of_lead = waits("lead").await;
    assert_eq!(of_lead.len(), 1);
    assert_eq!(child.references, [of_lead[0].1.clone()]);
    // It stands among the writer's own, as far as it came, and among nobody else's.
    let stage = async || {
        let own = records.own_concerns(teacher).await.expect("hers");
        own.iter().find(|own| own.references == child.references).map(|own| (own.stage, own.is_unlisted))
    };
    assert_eq!(stage().await, Some((Stage::Received, true)));
    records.take_report(school.session("lead"), of_lead[0].0).await.expect("taken");
    assert_eq!(stage().await, Some((Stage::Read, true)));
    assert!(records.own_concerns(school.session("lead")).await.expect("none").is_empty());
    let more = more(&ground, Said { seen: Some(words("more")), ..Said::default() });
    let heard = records.hear_more(teacher, &child.form.to_string(), &more).await;
    assert_eq!(heard, Err(Fault::NotFound), "more is raised anew, and not lost in silence");
    assert!(matches!(records.raise_unlisted(teacher, &unlisted(false, " ")).await, Err(Fault::Wrong(_))));
}

/// A concern about an adult in no list, whom its writer knows as Mr Wexcombe.
fn about_wexcombe(ground: &Ground, child: Option<id::Person>) -> Unlisted {
    let adult = || "Mr Wexcombe, supply".to_owned().into();
    let about = if child.is_some() { "Mr Wexcombe, supply; Ann Birch".to_owned().into() } else { adult() };
    Unlisted {
        form: ground.number(),
        is_about_adult: true,
        about,
        child: child.map(|person| ListedChild { person, part: Part::About, adult: adult() }),
        said: Said { seen: Some(words("Wexcombe held Ann by the arm")), ..Said::default() },
        answers: Answers { urgency: Some(Urgency::Danger), ..Answers::default() },
        told: None,
        paper: None,
    }
}

async fn a_listed_child_beside_an_adult_in_no_list_does_not_wait(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let (records, teacher, lead, head) =
        (&school.records, school.session("teacher"), school.session("lead"), school.session("head"));
    let new = about_wexcombe(&ground, Some(school.person("ann")));
    let sent = records.raise_unlisted(teacher, &new).await.expect("raised");
    assert_eq!((sent.references.len(), sent.is_unlisted, sent.is_again), (2, true, false));
    // The child's part is with the lead at once, without the name as it was written; the adult's is not.
    assert_eq!(told(&school, "lead").await, ["file-waits-now"]);
    let [child] = listed(&school, "lead").await.try_into().expect("one");
    let read = records.read_file(lead, child.file).await.expect("read");
    assert_eq!(read.entries[0].text.as_str(), "[an adult] held Ann by the arm");
    assert_eq!(read.file.status.severity, Some(Severity::DANGER));
    assert!(records.waiting_reports(lead, WhichReports::Waiting).await.expect("none").is_empty());
    let waits = async || records.waiting_reports(head, WhichReports::Waiting).await.expect("the list");
    let [report] = waits().await.try_into().expect("one");
    let words_of = records.read_report(head, report.report).await.expect("read").told.expect("words");
    assert!(words_of.words.as_str().contains("Wexcombe held Ann") && words_of.words.as_str().contains("child’s part"));
    // Sent again, with one form, nothing is made a second time; to the writer it is one.
    let again = records.raise_unlisted(teacher, &new).await.expect("the same");
    assert!(again.is_again && again.references == sent.references, "{again:?} {sent:?}");
    assert_eq!((listed(&school, "lead").await.len(), waits().await.len()), (1, 1));
    let own = async || records.own_concerns(teacher).await.expect("hers");
    let [one] = own().await.try_into().expect("one");
    assert_eq!((one.references, one.is_unlisted), (sent.references.clone(), true));
    let heard = more(&ground, Said { seen: Some(words("Wexcombe again")), ..Said::default() });
    let refused = records.hear_more(teacher, &one.key, &heard).await;
    assert_eq!(refused, Err(Fault::NotFound), "nothing could be masked in the child's part yet");
    // The line was cut between the two parts: the same form sends the adult's, and the child's no second time.
    let other = Unlisted { form: ground.number(), ..about_wexcombe(&ground, Some(school.person("ben"))) };
    let first = records.raise_unlisted(teacher, &other).await.expect("raised");
    ground
        .order(&format!(
            "DELETE FROM report_words WHERE report IN (SELECT id FROM report_waiting WHERE form = '{}')",
            other.form
        ))
        .await;
    ground
        .order(&format!(
            "DELETE FROM report_kept_from WHERE report IN (SELECT id FROM report_waiting WHERE form = '{}')",
            other.form
        ))
        .await;
    ground.order(&format!("DELETE FROM report_waiting WHERE form = '{}'", other.form)).await;
    let second = records.raise_unlisted(teacher, &other).await.expect("once more");
    assert!(!second.is_again && second.references[0] == first.references[0], "{second:?}");
    assert_eq!((listed(&school, "lead").await.len(), waits().await.len()), (2, 2));
    // Placed, it is known who he is: the child's part names him, and nothing that is added says who it is.
    let placing = Placing::Adult(school.person("deputy"));
    records.place_report(head, report.report, placing).await.expect("placed");
    let deputy = records.read_file(school.session("deputy"), child.file).await;
    assert_eq!(deputy.err(), Some(Fault::NotFound), "it is about them");
    ground.advance(SignedDuration::from_mins(1));
    let heard = more(&ground, Said { seen: Some(words("Dora Hale again")), ..Said::default() });
    assert_eq!(records.hear_more(teacher, &one.key, &heard).await, Ok(Added::Now));
    let read = records.read_file(lead, child.file).await.expect("read");
    assert_eq!(read.entries.last().expect("it").text.as_str(), "[an adult] again");
    let adults = listed(&school, "head").await.into_iter().find(|one| one.kind == FileKind::StaffConcern);
    let read = records.read_file(head, adults.expect("the adult's part").file).await.expect("read");
    assert_eq!(read.entries.last().expect("it").text.as_str(), "Dora Hale again");
    assert_eq!(read.child_part, Some(child.file));
    assert_eq!(own().await.iter().filter(|own| own.key == one.key).count(), 1);
}

async fn whoever_raised_what_waits_is_told_to_ring_and_keeps_it_once_it_is_placed(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, teacher, head) = (&school.records, school.session("teacher"), school.session("head"));
    let sent = records.raise_unlisted(teacher, &about_wexcombe(&ground, None)).await.expect("raised");
    let [report] = records.waiting_reports(head, WhichReports::Waiting).await.expect("one").try_into().expect("one");
    assert!(!report.is_many);
    let own = async || records.own_concerns(teacher).await.expect("hers").remove(0);
    let told = async || {
        let notices = records.waiting_notices(teacher).await.expect("notices");
        notices.into_iter().filter(|notice| notice.kind == "report-unanswered").count()
    };
    records.take_report(head, report.report).await.expect("taken");
    assert_eq!(own().await.stage, Stage::Read);
    // Whoever has it may not read it any more: nobody has it, and it climbs to whoever wrote it.
    let (id, kept) = (report.report, school.person("head"));
    let values = format!("('{id}', '{kept}', '{}')", school.school);
    ground.order(&format!("INSERT INTO report_kept_from (report, person, school) VALUES {values}")).await;
    assert_eq!(own().await.stage, Stage::Received);
    ground.advance(SignedDuration::from_mins(1));
    records.climb(school.school).await.expect("it climbs");
    assert_eq!(told().await, 0);
    ground.advance(SignedDuration::from_hours(2));
    for _ in 0..2 {
        records.climb(school.school).await.expect("it climbs");
    }
    assert_eq!((told().await, own().await.must_ring), (1, true), "once");
    ground.order("DELETE FROM report_kept_from").await;
    assert_eq!((told().await, own().await.must_ring), (0, false));
    // Placed, it is a concern of theirs like any other.
    ground.advance(SignedDuration::from_mins(1));
    let placed = records.place_report(head, id, Placing::Adult(school.person("officer"))).await;
    let placed = placed.expect("placed");
    let one = own().await;
    assert_eq!((&one.references, one.is_unlisted, one.stage), (&placed.references, false, Stage::Received));
    assert_eq!((one.key.as_str(), one.added_at), (sent.form.to_string().as_str(), None));
    ground.advance(SignedDuration::from_mins(1));
    let heard = more(&ground, Said { seen: Some(words("again")), ..Said::default() });
    assert_eq!(records.hear_more(teacher, &one.key, &heard).await, Ok(Added::Now));
    let file = listed(&school, "head").await.remove(0).file;
    let read = records.read_file(head, file).await.expect("read");
    let authors: Vec<_> = read.entries.iter().map(|entry| entry.author).collect();
    assert_eq!(authors, [Some(school.person("teacher")), None, Some(school.person("teacher"))]);
    assert!(read.entries[1].text.as_str().contains("had signed in"), "{:?}", read.entries[1].text.as_str());
}

async fn what_is_added_may_press_more_and_never_less(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let new = NewConcern {
        adult: Some(school.person("deputy")),
        answers: Answers { urgency: Some(Urgency::Week), ..Answers::default() },
        ..about(&school, &ground, "ann", "line")
    };
    raise(&school, "teacher", &new).await;
    let (records, teacher, lead) = (&school.records, school.session("teacher"), school.session("lead"));
    let key = records.own_concerns(teacher).await.expect("hers").remove(0).key;
    let file = listed(&school, "lead").await.remove(0).file;
    ground.advance(SignedDuration::from_hours(2));
    assert_eq!(told(&school, "lead").await, ["file-waits"]);
    let urgent =
        |urgency| More { urgency, ..more(&ground, Said { seen: Some(words("she has run away")), ..Said::default() }) };
    let severity = async |session, file| records.read_file(session, file).await.expect("read").file.status.severity;
    assert_eq!(records.hear_more(teacher, &key, &urgent(Some(Urgency::Harm))).await, Ok(Added::Now));
    assert_eq!(severity(lead, file).await, Severity::new(4));
    assert_eq!(told(&school, "lead").await, ["file-waits-now"], "asked anew, at once");
    let climbing = records.how_it_climbs(lead, file).await.expect("read");
    assert_eq!(climbing.answer_by, Some(ground.now() + SignedDuration::from_mins(15)));
    let head = school.session("head");
    let adults = listed(&school, "head").await.into_iter().find(|one| one.kind == FileKind::StaffConcern);
    assert_eq!(severity(head, adults.expect("the adult's part").file).await, Severity::new(4), "in both parts");
    ground.advance(SignedDuration::from_mins(1));
    assert_eq!(records.hear_more(teacher, &key, &urgent(Some(Urgency::Keep))).await, Ok(Added::Now));
    assert_eq!(severity(lead, file).await, Severity::new(4), "never less");
}

async fn one_form_keeps_what_was_said_seen_and_thought_apart(ground: Ground) {
    let school = Filing::new(&ground).await;
    let moment = ground.now() - SignedDuration::from_hours(3);
    let new = NewConcern {
        said: Said {
            seen: Some(words("a bruise on the arm")),
            words: Some(words("“I fell”, she said")),
            opinion: Some(words("it does not look like a fall")),
        },
        answers: Answers {
            mode: Some(Mode::Both),
            risks: vec![Risk::Conduct, Risk::Contact],
            place: Some(Place::Home),
            picture: Some(Picture::No),
            urgency: Some(Urgency::Today),
            moment: Some(moment),
            is_reassured: true,
        },
        ..about(&school, &ground, "ann", "x")
    };
    let sent = raise(&school, "teacher", &new).await;
    let file = listed(&school, "lead").await.remove(0).file;
    let view = school.records.read_file(school.session("lead"), file).await.expect("read");
    assert_eq!(sent.references, std::slice::from_ref(&view.file.reference));
    let entries: Vec<_> = view.entries.iter().map(|entry| (entry.kind, entry.text.as_str(), entry.moment)).collect();
    assert_eq!(
        entries,
        [
            (EntryKind::Seen, "a bruise on the arm", Some(moment)),
            (EntryKind::Words, "“I fell”, she said", Some(moment)),
            (EntryKind::Opinion, "it does not look like a fall", Some(moment)),
        ]
    );
    // What was answered beside them stands open, for trends.
    let rows = ground.ask("SELECT channel || ' ' || part || ' ' || mode || ' ' || risks || ' ' || place || ' ' || picture FROM report").await;
    assert_eq!(rows, ["staff about both contact conduct home no"]);
    // Whoever raised it reads nothing back.
    let teacher = school.session("teacher");
    assert_eq!(school.records.read_file(teacher, file).await.err(), Some(Fault::NotFound));
    assert!(listed(&school, "teacher").await.is_empty());
}

async fn the_first_severity_is_from_the_answers(ground: Ground) {
    let school = Filing::new(&ground).await;
    let levels = [
        (Some(Urgency::Danger), 5),
        (Some(Urgency::Harm), 4),
        (Some(Urgency::Today), 3),
        (Some(Urgency::Week), 2),
        (Some(Urgency::Keep), 1),
        // Nobody said: a decision today, not tomorrow.
        (None, 3),
    ];
    for (urgency, level) in levels {
        let answers = Answers { urgency, ..Answers::default() };
        let sent = raise(&school, "teacher", &NewConcern { answers, ..about(&school, &ground, "ben", "line") }).await;
        let files = listed(&school, "lead").await;
        let file = files.iter().find(|file| sent.references.contains(&file.reference)).expect("listed");
        assert_eq!(file.status.severity, Severity::new(level), "{urgency:?}");
    }
}

async fn sent_twice_it_is_one_concern(ground: Ground) {
    let school = Filing::new(&ground).await;
    let new = about(&school, &ground, "ann", "came without a coat");
    let (one, other) = tokio::join!(
        school.records.raise_concern(school.session("teacher"), &new),
        school.records.raise_concern(school.session("teacher"), &new)
    );
    let (one, other) = (one.expect("sent"), other.expect("sent again"));
    assert_ne!(one.is_again, other.is_again, "one of them was the first");
    assert_eq!(one.references, other.references);
    let changed = NewConcern { said: Said { seen: Some(words("other words")), ..Said::default() }, ..new.clone() };
    assert!(raise(&school, "teacher", &changed).await.is_again);
    assert_eq!(listed(&school, "lead").await.len(), 1);
    // The number of somebody else's form opens nothing of theirs, and takes nothing from them.
    let lead = school.session("lead");
    assert_eq!(school.records.sent_concern(lead, new.form).await.err(), Some(Fault::NotFound));
    assert!(school.records.raise_concern(lead, &new).await.is_err());
    assert_eq!(listed(&school, "lead").await.len(), 1);
    assert_eq!(
        school.records.sent_concern(school.session("teacher"), new.form).await.expect("hers").references,
        one.references
    );
}

async fn about_an_adult_the_childs_part_is_masked_and_nothing_leads_to_the_other(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let new = NewConcern {
        adult: Some(school.person("deputy")),
        said: Said {
            seen: Some(words("Dora Hale shouted at her")),
            words: Some(words("“Miss Hale hurt me”")),
            ..Said::default()
        },
        ..about(&school, &ground, "ann", "x")
    };
    let sent = raise(&school, "teacher", &new).await;
    assert_eq!(sent.references.len(), 2);
    let lead = listed(&school, "lead").await;
    assert_eq!(lead.len(), 1, "the lead sees the child's part alone");
    assert_eq!(lead[0].reference, sent.references[0]);
    let view = school.records.read_file(school.session("lead"), lead[0].file).await.expect("read");
    let texts: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["[an adult] shouted at her", "“Miss [an adult] hurt me”"]);
    // The head has both; the adult neither, and is told of neither.
    let head = listed(&school, "head").await;
    assert_eq!(head.len(), 2);
    let adults = head.iter().find(|file| file.kind == FileKind::StaffConcern).expect("the adult's part");
    let view = school.records.read_file(school.session("head"), adults.file).await.expect("read");
    assert_eq!(view.entries[0].text.as_str(), "Dora Hale shouted at her");
    assert!(listed(&school, "deputy").await.is_empty());
    assert_eq!(told(&school, "deputy").await, [""; 0]);
    // The two do not have one form's number between them.
    let forms = ground.ask("SELECT DISTINCT form FROM report").await;
    assert_eq!(forms.len(), 2);
    let masked = school.records.as_masked(school.session("teacher"), school.person("deputy"), "Ms Hale").await;
    assert_eq!(masked.expect("masked").as_str(), "Ms [an adult]");
}

async fn an_adult_alone_goes_to_the_head_and_about_the_head_to_the_chair(ground: Ground) {
    let school = Filing::with(&ground, &["chair"]).await;
    for (about_whom, reader, others) in [("officer", "head", ["lead", "chair"]), ("head", "chair", ["lead", "head"])] {
        let new = NewConcern {
            children: Vec::new(),
            adult: Some(school.person(about_whom)),
            ..about(&school, &ground, "ann", "was alone with a pupil behind a shut door")
        };
        let sent = raise(&school, "teacher", &new).await;
        let has = |files: Vec<Listed>| files.iter().any(|file| sent.references.contains(&file.reference));
        assert!(has(listed(&school, reader).await), "{reader} has it");
        assert_eq!(told(&school, reader).await, ["file-waits"], "{reader} is told in the same act");
        for other in others {
            assert!(!has(listed(&school, other).await), "{other} has what is about the {about_whom}");
            assert_eq!(told(&school, other).await, [""; 0], "{other}");
        }
        let (teacher, subjects) = (school.session("teacher"), [school.person(about_whom)]);
        let readers = school.records.who_would_read(teacher, FileKind::StaffConcern, &subjects).await;
        let readers = readers.expect("answered");
        assert_eq!(readers.iter().map(|reader| reader.person).collect::<Vec<_>>(), [school.person(reader)]);
    }
}

async fn two_children_have_a_file_each_and_family_of_the_other_is_kept_out(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    // The deputy lead is Ben's mother.
    let relation = NewRelation {
        child: school.person("ben"),
        adult: school.person("deputy"),
        kind: RelationKind::ALL[0],
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::ALL[0],
        contact_order: 1,
    };
    school.records.record_relation(school.session("head"), &relation).await.expect("a relation");
    let new = NewConcern {
        children: vec![(school.person("ann"), Part::Harmed), (school.person("ben"), Part::Alleged)],
        ..about(&school, &ground, "ann", "Ben pushed Ann over")
    };
    let sent = raise(&school, "teacher", &new).await;
    assert_eq!(sent.references.len(), 2);
    let parts = ground.ask("SELECT part FROM report ORDER BY number").await;
    assert_eq!(parts, ["harmed", "alleged"]);
    assert_eq!(listed(&school, "lead").await.len(), 2);
    assert!(listed(&school, "deputy").await.is_empty(), "neither his file, nor hers which tells of him");
    let annes = listed(&school, "lead").await.into_iter().find(|file| file.person == school.person("ann"));
    let file = annes.expect("hers").file;
    assert_eq!(school.records.read_file(school.session("deputy"), file).await.err(), Some(Fault::NotFound));
    assert!(school.records.read_file(school.session("lead"), file).await.is_ok());
    // Of another child alone she reads as ever.
    raise(&school, "teacher", &about(&school, &ground, "cai", "line")).await;
    assert_eq!(listed(&school, "deputy").await.len(), 1);
}

async fn what_whoever_raised_it_sees_of_it(ground: Ground) {
    let school = Filing::new(&ground).await;
    let told = ToldInPerson { person: Some(school.person("lead")), at: ground.now() };
    let urgent = Answers { urgency: Some(Urgency::Harm), ..Answers::default() };
    let new = NewConcern { told: Some(told), answers: urgent, ..about(&school, &ground, "ann", "line") };
    let sent = raise(&school, "teacher", &new).await;
    let teacher = school.session("teacher");
    let own = school.records.own_concerns(teacher).await.expect("her own");
    assert_eq!(own.len(), 1);
    assert_eq!((own[0].stage, own[0].told_at), (Stage::Received, Some(told.at)));
    assert_eq!(own[0].references, sent.references);
    let stage = async || school.records.own_concern(teacher, &own[0].key).await.expect("hers").stage;
    let file = ground.ask("SELECT file FROM report").await.remove(0);
    let at = |minutes: i64| (ground.now() + SignedDuration::from_mins(minutes)).as_microsecond();
    let (row, id, lead) = (ground.number(), school.school, school.person("lead"));
    ground
        .order(&format!("INSERT INTO file_acknowledged VALUES ('{row}', '{id}', '{file}', '{lead}', {})", at(1)))
        .await;
    assert_eq!(stage().await, Stage::Read);
    ground
        .order(&format!(
            "INSERT INTO file_decision (id, school, file, person, extent, course, reason, decided_at) VALUES ('{row}', '{id}', '{file}', '{lead}', 'incident', 'act', NULL, {})",
            at(2)
        ))
        .await;
    assert_eq!(stage().await, Stage::ActedOn);
    // What is reported after that waits to be read again.
    ground.advance(SignedDuration::from_mins(5));
    let new = more(&ground, Said { seen: Some(words("and again today")), ..Said::default() });
    school.records.hear_more(teacher, &own[0].key, &new).await.expect("added");
    assert_eq!(stage().await, Stage::Received);
    // Reporting lets her add to it, and write down nothing of what is done about it.
    let raised = Resource::File(id::File::parse(&file).expect("an id"));
    for (act, decision) in [(Act::EntryAdded, Decision::Allowed), (Act::ConcernWorkedOn, Decision::Hidden)] {
        assert_eq!(school.records.would(teacher, act, &raised).await, Ok(decision), "{}", act.word());
    }
    // Somebody else's is not there.
    let lead = school.session("lead");
    assert!(school.records.own_concerns(lead).await.expect("none").is_empty());
    assert_eq!(school.records.own_concern(lead, &own[0].key).await.err(), Some(Fault::NotFound));
    assert_eq!(school.records.hear_more(lead, &own[0].key, &new).await.err(), Some(Fault::NotFound));
    let later = ToldInPerson { person: None, at: ground.now() };
    school.records.told_in_person(teacher, &own[0].key, later).await.expect("written down");
    assert_eq!(school.records.told_in_person(lead, &own[0].key, later).await.err(), Some(Fault::NotFound));
    let not_yet = ToldInPerson { person: None, at: ground.now() + SignedDuration::from_hours(1) };
    assert!(matches!(school.records.told_in_person(teacher, &own[0].key, not_yet).await, Err(Fault::Wrong(_))));
    // What came by another way is listed too, and can be added to.
    school.raise("teacher", "ben", "by command").await;
    let own = school.records.own_concerns(teacher).await.expect("her own");
    assert_eq!(own.len(), 2);
    let other = own.iter().find(|own| own.references.is_empty()).expect("the other");
    assert_eq!(school.records.hear_more(teacher, &other.key, &new).await, Ok(Added::Now));
}

async fn more_is_added_to_every_part_wherever_it_is(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let new = NewConcern { adult: Some(school.person("deputy")), ..about(&school, &ground, "ann", "line") };
    raise(&school, "teacher", &new).await;
    // It was about the wrong child, and is moved; what was answered beside it goes with it.
    let childs = listed(&school, "lead").await.remove(0).file;
    let (lead, ben) = (school.session("lead"), school.person("ben"));
    let (why, place) = (words("it was Ben"), ground.place());
    let mended = school.records.mend_wrong_child(lead, Wrong::File(childs), ben, &why, &place).await.expect("moved");
    let files = ground.ask("SELECT file FROM report ORDER BY form").await;
    assert_eq!(files[0], mended.file.to_string());
    let teacher = school.session("teacher");
    let own = school.records.own_concerns(teacher).await.expect("her own").remove(0);
    let new = more(&ground, Said { words: Some(words("“Dora Hale did it again”")), ..Said::default() });
    school.records.hear_more(teacher, &own.key, &new).await.expect("added");
    assert_eq!(school.records.hear_more(teacher, &own.key, &new).await, Ok(Added::Before));
    let view = school.records.read_file(lead, mended.file).await.expect("read");
    let last = view.entries.iter().rfind(|entry| entry.kind == EntryKind::Words).expect("it is there");
    assert_eq!(last.text.as_str(), "“[an adult] did it again”");
    let head = school.session("head");
    let adults = listed(&school, "head").await.into_iter().find(|file| file.kind == FileKind::StaffConcern);
    let view = school.records.read_file(head, adults.expect("it is there").file).await.expect("read");
    assert!(view.entries.iter().any(|entry| entry.text.as_str() == "“Dora Hale did it again”"));
}

async fn more_that_is_sent_twice_is_added_once(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let new = NewConcern { adult: Some(school.person("deputy")), ..about(&school, &ground, "ann", "line") };
    raise(&school, "teacher", &new).await;
    let teacher = school.session("teacher");
    let key = school.records.own_concerns(teacher).await.expect("her own").remove(0).key;
    let count = async || ground.ask("SELECT CAST(COUNT(*) AS TEXT) FROM file_entry").await.remove(0);
    let before = count().await;
    let said = Said { seen: Some(words("seen since")), opinion: Some(words("thought since")), ..Said::default() };
    let new = more(&ground, said.clone());
    ground.advance(SignedDuration::from_mins(5));
    // Pressed twice at one moment, and once more when the line is back: two entries in each of the two parts.
    let (one, other) =
        tokio::join!(school.records.hear_more(teacher, &key, &new), school.records.hear_more(teacher, &key, &new));
    let mut added = [one.expect("answered"), other.expect("answered")];
    added.sort_by_key(|added| *added == Added::Before);
    assert_eq!(added, [Added::Now, Added::Before]);
    assert_eq!(school.records.hear_more(teacher, &key, &new).await, Ok(Added::Before));
    let after = count().await;
    assert_eq!(after.parse::<i64>().unwrap(), before.parse::<i64>().unwrap() + 4);
    let file = listed(&school, "lead").await.remove(0).file;
    let view = school.records.read_file(school.session("lead"), file).await.expect("read");
    let texts: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["line", "seen since", "thought since"], "in the order in which they were written");
    // What was changed in between is added: no word is lost.
    let changed = More { said: Said { seen: Some(words("seen since, and more")), ..said }, ..new };
    assert_eq!(school.records.hear_more(teacher, &key, &changed).await, Ok(Added::Now));
    // The number of the form itself stands nowhere in the store.
    let form = changed.form.to_string();
    let entries = ground.ask("SELECT id FROM file_entry").await;
    assert!(entries.iter().all(|id| *id != form), "{entries:?}");
}

async fn a_draft_opens_for_its_writer_alone_and_goes_after_two_weeks(ground: Ground) {
    let school = Filing::new(&ground).await;
    let (records, teacher) = (&school.records, school.session("teacher"));
    let form = ground.number();
    records.keep_draft(teacher, form, "seen=canary of a draft").await.expect("kept");
    records.keep_draft(teacher, form, "seen=canary of a draft, longer").await.expect("kept again");
    assert_eq!(records.drafts(teacher).await.expect("hers").len(), 1);
    assert_eq!(records.draft(teacher, form).await.expect("opened").as_str(), "seen=canary of a draft, longer");
    let sealed = ground.ask("SELECT words FROM report_draft").await;
    assert!(sealed.len() == 1 && !sealed[0].contains("canary"), "the words are readable in the database");
    // Nobody else, also not with the head's key.
    for other in ["head", "lead"] {
        assert_eq!(records.draft(school.session(other), form).await.err(), Some(Fault::NotFound), "{other}");
        assert!(records.drafts(school.session(other)).await.expect("none").is_empty(), "{other}");
        assert!(records.keep_draft(school.session(other), form, "taken over").await.is_err(), "{other}");
        records.throw_draft_away(school.session(other), form).await.expect("nothing of theirs");
    }
    assert_eq!(records.draft(teacher, form).await.expect("still there").as_str(), "seen=canary of a draft, longer");
    let stolen = format!("UPDATE report_draft SET person = '{}'", school.person("head"));
    ground.order(&stolen).await;
    assert!(matches!(records.draft(school.session("head"), form).await, Err(Fault::Locked(_))));
    ground.order(&format!("UPDATE report_draft SET person = '{}'", school.person("teacher"))).await;
    // Without a key of their own unlocked nobody keeps one.
    let locked = Session { unlocked: None::<Arc<Unlocked>>, ..teacher.clone() };
    assert!(matches!(records.keep_draft(&locked, form, "x").await, Err(Fault::Locked(_))));
    assert!(matches!(records.draft(&locked, form).await, Err(Fault::Locked(_))));
    // Sent, it is gone; untouched for two weeks as well.
    raise(&school, "teacher", &NewConcern { form, ..about(&school, &ground, "ann", "line") }).await;
    assert!(records.drafts(teacher).await.expect("none").is_empty());
    let other = ground.number();
    records.keep_draft(teacher, other, "seen=x").await.expect("kept");
    let periods = records.periods(school.school).await.expect("read");
    ground.advance(SignedDuration::from_hours(13 * 24));
    records.expire(school.school, &periods, &ground.place()).await.expect("ran");
    assert_eq!(records.drafts(teacher).await.expect("hers").len(), 1);
    ground.advance(SignedDuration::from_hours(25));
    records.expire(school.school, &periods, &ground.place()).await.expect("ran");
    assert!(records.drafts(teacher).await.expect("none").is_empty());
}

async fn a_paper_form_gives_its_reference_once(ground: Ground) {
    let school = Filing::with(&ground, &["ann"]).await;
    let (records, teacher) = (&school.records, school.session("teacher"));
    let batch = records.reserve_paper_forms(teacher, 3).await.expect("kept");
    let references = records.paper_forms(teacher, batch).await.expect("hers");
    assert_eq!(references.len(), 3);
    assert_eq!(records.paper_forms(school.session("lead"), batch).await.err(), Some(Fault::NotFound));
    let typed = references[1].to_lowercase().replace('-', " ");
    let new = NewConcern { paper: Some(typed), ..about(&school, &ground, "ann", "written on paper first") };
    assert_eq!(raise(&school, "teacher", &new).await.references, [references[1].clone()]);
    // Not a second time, and not one that nobody reserved.
    for typed in [references[1].as_str(), "AAAAA-AAAAA"] {
        let new = NewConcern { paper: Some(typed.to_owned()), ..about(&school, &ground, "ben", "line") };
        let refused = records.raise_concern(teacher, &new).await;
        assert!(matches!(refused, Err(Fault::Wrong(_))), "{refused:?}");
    }
    assert_eq!(listed(&school, "lead").await.len(), 1);
    // A pupil has none printed.
    assert_eq!(records.reserve_paper_forms(school.session("ann"), 1).await.err(), Some(Fault::NotFound));
    assert!(matches!(records.reserve_paper_forms(teacher, 21).await, Err(Fault::Wrong(_))));
}

async fn who_would_read_it_tells_of_nobodys_family(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let relation = NewRelation {
        child: school.person("ben"),
        adult: school.person("deputy"),
        kind: RelationKind::ALL[0],
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::ALL[0],
        contact_order: 1,
    };
    school.records.record_relation(school.session("head"), &relation).await.expect("a relation");
    let readers = async |child: &str| {
        let child = [school.person(child)];
        let readers = school.records.who_would_read(school.session("teacher"), FileKind::Child, &child).await;
        readers.expect("answered").into_iter().map(|reader| reader.person).collect::<Vec<_>>()
    };
    assert_eq!(readers("ben").await, readers("ann").await);
    assert_eq!(readers("ann").await, ["lead", "deputy", "head"].map(|word| school.person(word)));
}

async fn whoever_reads_no_directory_finds_a_child_and_no_birthday(ground: Ground) {
    let school = Filing::with(&ground, &["ann"]).await;
    let chair = Session { school: school.school, actor: Actor::Person(school.person("chair")), unlocked: None };
    // The chair works here in this school; a visitor and a pupil find nobody.
    let found = school.records.find_to_raise(&chair, "Ann", None).await.expect("found");
    assert_eq!(found.people.iter().map(|picked| picked.id).collect::<Vec<_>>(), [school.person("ann")]);
    let ann = school.session("ann");
    assert_eq!(school.records.find_to_raise(ann, "Ben", None).await.err(), Some(Fault::NotFound));
    let may = school.records.would(ann, Act::SoughtToRaise, &Resource::School).await.expect("answered");
    assert_eq!(may, Decision::Hidden);
}

async fn what_cannot_be_a_concern_is_refused_and_leaves_nothing(ground: Ground) {
    let school = Filing::new(&ground).await;
    let base = about(&school, &ground, "ann", "line");
    let ann = (school.person("ann"), Part::About);
    let wrong = [
        NewConcern { said: Said::default(), ..base.clone() },
        NewConcern { children: Vec::new(), ..base.clone() },
        NewConcern { children: vec![ann, ann], ..base.clone() },
        NewConcern { children: vec![(school.person("teacher"), Part::About)], ..base.clone() },
        NewConcern { adult: Some(school.person("ben")), ..base.clone() },
        NewConcern {
            adult: Some(school.person("officer")),
            children: vec![ann, (school.person("ben"), Part::About)],
            ..base.clone()
        },
        NewConcern {
            told: Some(ToldInPerson { person: None, at: ground.now() + SignedDuration::from_hours(1) }),
            ..base.clone()
        },
    ];
    for new in wrong {
        let refused = school.records.raise_concern(school.session("teacher"), &new).await;
        assert!(matches!(refused, Err(Fault::Wrong(_))), "{refused:?}");
    }
    let nobody = id::Person::new(ground.now()).expect("an id");
    let new = NewConcern { children: vec![(nobody, Part::About)], ..base };
    assert_eq!(school.records.raise_concern(school.session("teacher"), &new).await.err(), Some(Fault::NotFound));
    assert_eq!(ground.ask("SELECT id FROM file").await, [""; 0]);
    assert_eq!(ground.ask("SELECT id FROM report").await, [""; 0]);
}
