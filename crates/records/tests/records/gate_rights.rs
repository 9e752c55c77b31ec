//! Who decides what the gate filters: groups, suspensions, the network document, and codes that are nobody's any more.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_core::people::PeopleSource;
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor},
    audit::Question,
    file::{EraseRule, erase::Target},
    gate::{Look, NewLesson, NewSuspension, OldPolicy},
    id,
    people::{Change, GatePlace, Kind, NewPerson, PersonChange, StaffKind},
};
use jiff::{SignedDuration, ToSpan as _};

both!(
    nobody_reads_back_what_proves_somebody_to_the_gate,
    an_erased_persons_code_never_comes_back,
    a_code_that_was_changed_never_comes_back,
    a_technician_puts_nobody_into_a_group,
    the_office_opens_nobodys_filter,
    an_imported_list_opens_nobodys_filter,
    suspensions_are_decided_on_the_person,
    a_lesson_of_another_teachers_class_is_a_denied_attempt,
    a_code_of_nobody_is_looked_for_with_a_trace,
);

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$canary";
const RESOLVER: &str = "canary-resolver-4711";

/// Groups of three levels, and one for everybody else.
fn policy() -> String {
    let mut text = "version = 1\ntitle = \"T\"\nauthor = \"a\"\nreason = \"r\"\nreview_by = \"2027-01-01\"\n\
                    time_zone = \"Europe/London\"\n[unknown]\ndefault = \"block\"\n"
        .to_owned();
    for (code, band) in [("sprouts", "younger"), ("oak", "older"), ("elm", "older"), ("ash", "staff")] {
        text.push_str(&band_of(code, band));
    }
    text
}

fn band_of(code: &str, band: &str) -> String {
    format!("[[group]]\ncode = \"{code}\"\npurpose = \"p\"\nband = \"{band}\"\n[group.judging]\ndefault = \"block\"\n")
}

const FORMER: &str = "version = 1\nschool = \"S\"\n\
    [[person]]\nid = \"old-1\"\ngroup = \"ash\"\n\
    [[person]]\nid = \"old-2\"\ngroup = \"oak\"\nsign_in = \"two\"\npassword_hash = \"$argon2id$canary\"\n\
    [[network]]\nnetwork = \"10.1.0.0/16\"\ngroup = \"oak\"\n\
    [[listener]]\nname = \"library\"\ngroup = \"oak\"\nroom = \"library\"\n\
    [[binding]]\naddress = \"10.1.0.9\"\nperson = \"old-2\"\n";

/// The school, with what was in its data folder before.
async fn school(ground: &Ground) -> School {
    let school = School::new(ground).await;
    let old = [OldPolicy { number: 1, text: policy() }];
    school.records.take_in_documents(school.id, &old, Some(FORMER)).await.expect("taken in");
    school
}

async fn published(school: &School) -> PeopleSource {
    match school.records.look_for_gate(Some("access"), None).await.expect("the store is there") {
        Look::New(_, publication) if publication.policy.is_some() => publication.people,
        other => panic!("nothing to publish: {other:?}"),
    }
}

async fn groups_of(school: &School, code: &str) -> Vec<String> {
    let people = published(school).await.people;
    people.iter().filter(|person| person.id.as_str() == code).map(|person| person.group.to_string()).collect()
}

/// How many denied attempts of an act the log holds.
async fn denied(school: &School, act: Act) -> usize {
    let question = Question { most: 500, ..Question::default() };
    let log = school.records.read_audit(&school.session("head"), &question).await.expect("the head reads the log");
    log.entries.iter().filter(|entry| entry.outcome == "denied" && entry.act == act.word()).count()
}

fn pupil(name: &str, code: &str, group: &str) -> NewPerson {
    let gate = GatePlace { code: Some(code.to_owned()), group: Some(group.to_owned()), ..GatePlace::default() };
    NewPerson { gate, ..NewPerson::new(Kind::Pupil, name) }
}

async fn change(school: &School, by: &str, person: id::Person, change: PersonChange) -> Result<(), Fault> {
    let revision = school.records.person(&school.session("head"), person).await.expect("read").revision;
    school.records.change_person(&school.session(by), person, revision, change).await
}

fn to_group(group: Option<&str>) -> PersonChange {
    PersonChange { gate_group: Change::To(group.map(str::to_owned)), ..PersonChange::default() }
}

async fn nobody_reads_back_what_proves_somebody_to_the_gate(ground: Ground) {
    let school = school(&ground).await;
    let secrets = PersonChange {
        gate_sign_in: Change::To(Some("ann".to_owned())),
        gate_password_hash: Change::To(Some(HASH.to_owned())),
        gate_resolver_name: Change::To(Some(RESOLVER.to_owned())),
        ..to_group(Some("oak"))
    };
    let ann = school.person("ann");
    change(&school, "head", ann, secrets).await.expect("changed");
    for reader in ["head", "lead", "office", "officer", "teacher", "ann", "parent"] {
        let read = school.records.person(&school.session(reader), ann).await.expect("may read");
        let shown = format!("{read:?}");
        assert!(!shown.contains("canary"), "{reader} reads {shown}");
    }
    // It stays where it is through other changes, and the gate still has it.
    let renamed = PersonChange { language: Change::To(Some("Welsh".to_owned())), ..PersonChange::default() };
    change(&school, "office", ann, renamed).await.expect("changed");
    let people = published(&school).await.people;
    let ann = people.iter().find(|person| person.sign_in.as_deref() == Some("ann")).expect("known to the gate");
    assert_eq!((ann.password_hash.as_deref(), ann.resolver_name.as_deref()), (Some(HASH), Some(RESOLVER)));
    // The former document's own are for whoever may change it.
    for (reader, sees) in [("technician", true), ("head", true), ("lead-governor", false), ("lead", false)] {
        let found = school.records.network(&school.session(reader)).await.expect("may read").expect("there is one");
        assert_eq!(found.text.contains("canary"), sees, "{reader}");
        assert!(found.text.contains("old-2") && found.text.contains("10.1.0.9"), "{reader}");
    }
}

async fn an_erased_persons_code_never_comes_back(ground: Ground) {
    let school = school(&ground).await;
    let (head, officer) = (school.session("head"), school.session("officer"));
    assert_eq!(groups_of(&school, "old-1").await, ["ash"], "the former document counts on");
    let person = school.records.add_person(&head, pupil("Cy Yew", "old-1", "sprouts")).await.expect("added");
    assert_eq!(groups_of(&school, "old-1").await, ["sprouts"], "the register counts now");
    let revision = school.records.person(&head, person).await.expect("read").revision;
    school.records.leave(&head, person, revision).await.expect("gone");
    assert_eq!(groups_of(&school, "old-1").await, [""; 0], "whoever left");
    ground.advance(SignedDuration::from_mins(1));
    let proposed = school.records.propose_erasure(&officer, Target::Person(person), EraseRule::SubjectRequest).await;
    school.records.agree_erasure(&head, proposed.expect("proposed").id, &ground.place()).await.expect("erased");
    assert_eq!(groups_of(&school, "old-1").await, [""; 0], "whoever was erased");
    assert_eq!(groups_of(&school, "old-2").await, ["oak"], "nobody else is concerned");
    // And it is nobody else's: the gate's log still knows somebody by it.
    let again = school.records.add_person(&head, pupil("Di Elm", "old-1", "oak")).await;
    assert!(matches!(&again, Err(Fault::Wrong(told)) if told[0].message.contains("gate_code")), "{again:?}");
    let list = "kind,full_name,gate_code\npupil,Di Elm,old-1\n";
    assert!(matches!(school.records.preview_import(&head, list.as_bytes()).await, Err(Fault::Wrong(_))));
}

async fn a_code_that_was_changed_never_comes_back(ground: Ground) {
    let school = school(&ground).await;
    let head = school.session("head");
    let mut cy = pupil("Cy Yew", "old-1", "sprouts");
    cy.number = Some("77".to_owned());
    school.records.add_person(&head, cy).await.expect("added");
    let list = "kind,full_name,number,gate_code\npupil,Cy Yew,77,new-1\n";
    let digest = school.records.preview_import(&head, list.as_bytes()).await.expect("previewed").digest;
    school.records.import(&head, list.as_bytes(), &digest).await.expect("taken in");
    assert_eq!(groups_of(&school, "new-1").await, ["sprouts"]);
    assert_eq!(groups_of(&school, "old-1").await, [""; 0]);
}

async fn a_technician_puts_nobody_into_a_group(ground: Ground) {
    let school = school(&ground).await;
    let technician = school.session("technician");
    let refused = [
        ("a person's group", FORMER.replace("id = \"old-2\"\ngroup = \"oak\"", "id = \"old-2\"\ngroup = \"ash\"")),
        ("a new person", format!("{FORMER}[[person]]\nid = \"me\"\ngroup = \"ash\"\n")),
        ("a person's password", FORMER.replace("canary", "mine")),
        ("a network's group", FORMER.replace("16\"\ngroup = \"oak\"", "16\"\ngroup = \"ash\"")),
        ("a narrower network", format!("{FORMER}[[network]]\nnetwork = \"10.1.2.0/24\"\ngroup = \"ash\"\n")),
        ("a listener", FORMER.replace("library\"\ngroup = \"oak\"", "library\"\ngroup = \"ash\"")),
        ("a listener's person", FORMER.replace("library\"\ngroup", "library\"\nperson = \"old-1\"\ngroup")),
        ("an address", format!("{FORMER}[[binding]]\naddress = \"10.1.0.7\"\ngroup = \"ash\"\n")),
        (
            "an address's end",
            FORMER.replace("person = \"old-2\"", "person = \"old-2\"\nuntil = \"2026-06-10T08:00:00Z\""),
        ),
        ("an address over another", format!("{FORMER}[[binding]]\naddress = \"10.1.0.9\"\nroom = \"r1\"\n")),
        ("who was told", FORMER.replace("school = \"S\"\n", "school = \"S\"\n[told]\nstaff = \"2026-01-01\"\n")),
    ];
    let before = denied(&school, Act::NetworkChanged).await;
    for (what, text) in &refused {
        assert_ne!(text, FORMER, "{what}");
        let changed = school.records.change_network(&technician, text, "a test").await;
        assert!(matches!(changed, Err(Fault::NotAllowed(_))), "{what}: {changed:?}");
    }
    assert_eq!(denied(&school, Act::NetworkChanged).await - before, 10, "each is entered, until they are counted");
    // Networks, rooms and devices are theirs.
    let theirs = FORMER.replace("room = \"library\"", "room = \"lab\"")
        + "[[network]]\nnetwork = \"10.9.0.0/16\"\nroom = \"hall\"\n[[binding]]\naddress = \"10.1.0.8\"\ndevice = \"d1\"\n";
    school.records.change_network(&technician, &theirs, "a new hall").await.expect("theirs to change");
    // Whoever may change the policy may change all of it.
    let (_, text) = &refused[0];
    let text = text.replace("version = 1", "version = 2");
    school.records.change_network(&school.session("online"), &text, "moved").await.expect("a change of the policy");
    assert_eq!(groups_of(&school, "old-2").await, ["ash"]);
}

async fn the_office_opens_nobodys_filter(ground: Ground) {
    let school = school(&ground).await;
    let office = school.session("office");
    let add = async |person: NewPerson| school.records.add_person(&office, person).await;
    let cy = add(pupil("Cy Yew", "c-1", "oak")).await.expect("pupils are put into pupils' groups");
    for (group, why) in [("ash", "staff's"), ("none-such", "one that the policy may have tomorrow")] {
        let added = add(pupil("Di Elm", "c-2", group)).await;
        assert!(matches!(added, Err(Fault::NotAllowed(_))), "{why}: {added:?}");
    }
    let gate = GatePlace { group: Some("ash".to_owned()), ..GatePlace::default() };
    let visitor = NewPerson { gate: gate.clone(), ..NewPerson::new(Kind::Visitor, "Val Gone") };
    assert!(matches!(add(visitor).await, Err(Fault::NotAllowed(_))), "no visitor is staff");
    add(NewPerson { gate, ..NewPerson::staff(StaffKind::Supply, "Sam Supply") }).await.expect("staff are");
    // Of who is here already, only to a stricter level, or to none: taking out and putting in again opens nothing either.
    let before = denied(&school, Act::PersonChanged).await;
    for group in ["ash", "elm", "none-such"] {
        let moved = change(&school, "office", cy, to_group(Some(group))).await;
        assert!(matches!(moved, Err(Fault::NotAllowed(_))), "{group}: {moved:?}");
    }
    assert_eq!(denied(&school, Act::PersonChanged).await - before, 3);
    change(&school, "office", cy, to_group(Some("oak"))).await.expect("where they are");
    change(&school, "office", cy, to_group(Some("sprouts"))).await.expect("stricter");
    assert!(matches!(change(&school, "office", cy, to_group(Some("oak"))).await, Err(Fault::NotAllowed(_))));
    change(&school, "office", cy, to_group(None)).await.expect("unknown is the strictest");
    assert!(matches!(change(&school, "office", cy, to_group(Some("oak"))).await, Err(Fault::NotAllowed(_))));
    change(&school, "lead", cy, to_group(Some("oak"))).await.expect("by who may change the policy");
}

async fn an_imported_list_opens_nobodys_filter(ground: Ground) {
    let school = school(&ground).await;
    let (office, head) = (school.session("office"), school.session("head"));
    let list = "kind,number,full_name,gate_group\npupil,1,Cy Yew,oak\npupil,2,Di Elm,sprouts\n";
    let digest = school.records.preview_import(&office, list.as_bytes()).await.expect("theirs").digest;
    school.records.import(&office, list.as_bytes(), &digest).await.expect("taken in");
    let looser = list.replace("Elm,sprouts", "Elm,oak");
    let told = school.records.preview_import(&office, looser.as_bytes()).await;
    assert!(matches!(&told, Err(Fault::NotAllowed(words)) if words.contains("line 3")), "{told:?}");
    let digest = school.records.preview_import(&head, looser.as_bytes()).await.expect("previewed").digest;
    let taken = school.records.import(&office, looser.as_bytes(), &digest).await;
    assert!(matches!(taken, Err(Fault::NotAllowed(_))), "{taken:?}");
    school.records.import(&head, looser.as_bytes(), &digest).await.expect("taken in");
}

async fn suspensions_are_decided_on_the_person(ground: Ground) {
    let school = school(&ground).await;
    let records = &school.records;
    let suspend = async |by: &str, person: id::Person| {
        let new = NewSuspension { person, until: ground.now() + 48.hours(), keep_hosts: Vec::new() };
        records.suspend(&school.session(by), &new).await.map(|accepted| accepted.code.expect("a code"))
    };
    let nobody = id::Person::new(ground.now()).expect("an id");
    let before = denied(&school, Act::SuspensionChanged).await;
    for (by, person) in [("behaviour", nobody), ("behaviour", school.foreign.0), ("teacher", school.person("ann"))] {
        assert_eq!(suspend(by, person).await, Err(Fault::NotFound), "{by}");
    }
    let oneself = suspend("behaviour", school.person("behaviour")).await;
    assert!(matches!(oneself, Err(Fault::NotAllowed(_))), "{oneself:?}");
    let code = suspend("behaviour", school.person("ann")).await.expect("suspended");
    let own = suspend("head", school.person("behaviour")).await.expect("suspended by another");
    // One's own is not shown, and ending it is as if it were not there.
    let listed = async |by: &str| {
        let listed = records.suspensions(&school.session(by)).await;
        listed.map(|all| all.into_iter().map(|found| found.code).collect::<Vec<_>>())
    };
    assert_eq!(listed("head").await.expect("listed"), [code.clone(), own.clone()]);
    assert_eq!(listed("behaviour").await.expect("listed"), std::slice::from_ref(&code));
    assert_eq!(listed("office").await.expect("listed"), [""; 0], "who may not suspend");
    assert_eq!(listed("ann").await, Err(Fault::NotFound));
    let end = async |by: &str, code: &str| records.end_suspension(&school.session(by), code).await.map(drop);
    assert_eq!(end("teacher", &code).await, Err(Fault::NotFound));
    assert_eq!(end("behaviour", "suspension-none").await, Err(Fault::NotFound));
    assert!(matches!(end("behaviour", &own).await, Err(Fault::NotAllowed(_))));
    assert_eq!(denied(&school, Act::SuspensionChanged).await - before, 7, "each leaves its entry");
    end("behaviour", &code).await.expect("ended");
    ground.advance(SignedDuration::from_mins(1));
    assert_eq!(listed("head").await.expect("listed"), [own]);
    // The entry says about whom it was.
    let question = Question { most: 500, ..Question::default() };
    let log = records.read_audit(&school.session("head"), &question).await.expect("read");
    let placed = log.entries.iter().filter(|entry| entry.act == Act::SuspensionChanged.word());
    assert!(placed.filter(|entry| entry.resource.contains(&school.person("ann").to_string())).count() >= 2);
}

async fn a_lesson_of_another_teachers_class_is_a_denied_attempt(ground: Ground) {
    let school = school(&ground).await;
    let lesson = NewLesson {
        class: "7b".to_owned(),
        title: "Rivers".to_owned(),
        hosts: vec!["rivers.lesson.example".to_owned()],
        addresses: Vec::new(),
        only: false,
        until: ground.now() + 1.hours(),
    };
    let set = async |by: &str| school.records.set_lesson(&school.session(by), &lesson).await;
    let before = denied(&school, Act::LessonChanged).await;
    assert!(matches!(set("other-teacher").await, Err(Fault::NotAllowed(_))));
    assert_eq!(set("office").await, Err(Fault::NotFound));
    let code = set("teacher").await.expect("his class").code.expect("a code");
    let ended = school.records.end_lesson(&school.session("other-teacher"), &code).await;
    assert!(matches!(ended, Err(Fault::NotAllowed(_))));
    assert_eq!(denied(&school, Act::LessonChanged).await - before, 3);
    school.records.end_lesson(&school.session("head"), &code).await.expect("the head may end all");
}

async fn a_code_of_nobody_is_looked_for_with_a_trace(ground: Ground) {
    let school = school(&ground).await;
    let code = published_code(&school, "ann").await;
    let find = async |by: &Session, code: &str| school.records.person_of_gate_code(by, code).await;
    let before = denied(&school, Act::PersonRead).await;
    assert_eq!(find(&school.session("head"), "nobody").await, Err(Fault::NotFound));
    assert_eq!(find(&school.session("other-teacher"), &code).await, Err(Fault::NotFound), "not of his classes");
    assert_eq!(find(&school.session("technician"), &code).await, Err(Fault::NotFound));
    assert_eq!(denied(&school, Act::PersonRead).await - before, 3);
    assert_eq!(find(&school.session("head"), &code).await, Ok(school.person("ann")));
    let console = Session { school: school.id, actor: Actor::Console, unlocked: None };
    assert_eq!(find(&console, &code).await, Err(Fault::NotFound), "the console reads nothing");
}

async fn published_code(school: &School, who: &str) -> String {
    let read = school.records.person(&school.session("head"), school.person(who)).await.expect("read");
    read.said.gate.code.expect("a code")
}
