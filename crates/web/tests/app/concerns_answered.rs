//! Answering a concern in the browser: from the morning screen to its end; who learns nothing; and that no name stands where it must not.

use crate::{
    browser::{Answer, Browser},
    raising::{fields, fill},
    school::School,
};
use holdfast_records::{
    access::{Actor, FileKind},
    file::{EntryKind, NewEntry, NewFile, Raised, Severity, Words},
    id,
    people::{Kind, NewPerson},
};
use jiff::SignedDuration;

/// A name that stands in nobody's title, address or notice.
const CANARY: &str = "Zebedee";

async fn person(school: &School, word: &str) -> id::Person {
    let Actor::Person(person) = school.ready(word).await.actor else { panic!("a person") };
    person
}

async fn raise(school: &School, kind: FileKind, person: id::Person, level: i64) -> Raised {
    let text = Words::new("came without a coat and shivered").expect("words");
    let severity = Severity::new(level);
    let entry = NewEntry { kind: EntryKind::Seen, severity, moment: None, text, reason: None };
    let new = NewFile { kind, person, named: Vec::new(), entry };
    school.records.open_file(&school.ready("teacher").await, &new).await.expect("raised")
}

async fn pupil(school: &School, name: &str) -> id::Person {
    let office = school.ready("office").await;
    school.records.add_person(&office, NewPerson::new(Kind::Pupil, name)).await.expect("a pupil")
}

fn title(answer: &Answer) -> &str {
    let (_, rest) = answer.text.split_once("<title>").expect("a title");
    rest.split_once("</title>").expect("it ends").0
}

/// A page as it should be: shown, with nobody's name in its title or in an address on it.
async fn shown(browser: &mut Browser, path: &str) -> Answer {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    assert!(!title(&answer).contains(CANARY), "{path}: {}", title(&answer));
    for link in answer.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!link.contains(CANARY), "{path}: {link}");
    }
    answer
}

#[tokio::test]
async fn from_the_morning_screen_to_its_end() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let mother = school.mother(&school.ready("office").await, child, "Mona Ash").await;
    let raised = raise(&school, FileKind::Child, child, 4).await;
    let at = format!("/concerns/{}", raised.reference);
    let mut lead = school.signed_in("lead").await;
    let today = shown(&mut lead, "/today").await;
    assert!(today.text.contains("A concern of level 4 or 5 needs an answer"), "{}", today.text);
    assert!(!today.text.contains(CANARY));
    let waiting = shown(&mut lead, "/concerns").await;
    assert!(waiting.text.contains(CANARY) && waiting.text.contains("Nobody has it yet"));
    let case = shown(&mut lead, &at).await;
    // The numbers to ring stand on top, and nothing comes before a call.
    let (ring, what) = (case.text.find("tel:999").expect("999"), case.text.find("What was seen").expect("the words"));
    assert!(ring < what && case.text.contains("data-hides"));
    let called =
        [("agency", "social-care"), ("day-day", "23"), ("day-month", "11"), ("day-year", "2026"), ("time", "07:45")];
    let answer = lead.act(&at, &format!("{at}/call"), &called).await;
    assert_eq!((answer.status, answer.location()), (303, at.as_str()), "{}", answer.text);
    assert_eq!(lead.act(&at, &format!("{at}/acknowledge"), &[]).await.status, 303);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("You have it") && case.text.contains("Decide what this is"));

    // A decision without its reason comes back, with what was typed.
    let answer = lead.act(&at, &format!("{at}/decision"), &[("extent", "incident"), ("course", "watch")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("href=\"#reason\"") && answer.text.contains("value=\"watch\" checked"));
    let decision = [("extent", "incident"), ("course", "watch"), ("reason", "the first time"), ("level", "universal")];
    let answer = lead.act(&at, &format!("{at}/decision"), &decision).await;
    assert!(answer.status == 422 && answer.text.contains("the day on which this is decided again"), "{}", answer.text);
    let review = [("review-day", "30"), ("review-month", "11"), ("review-year", "2026")];
    let decision = [&decision[..], &review[..]].concat();
    assert_eq!(lead.act(&at, &format!("{at}/decision"), &decision).await.status, 303);
    let deputy = person(&school, "deputy").await.to_string();
    assert_eq!(lead.act(&at, &format!("{at}/owner"), &[("owner", &deputy)]).await.status, 303);
    let due = [("due-day", "23"), ("due-month", "11"), ("due-year", "2026")];
    let action = [&[("words", "find a coat"), ("owner", deputy.as_str())][..], &due[..]].concat();
    assert_eq!(lead.act(&at, &format!("{at}/action"), &action).await.status, 303);
    let teacher = person(&school, "teacher").await.to_string();
    let action = [&[("words", "find a coat"), ("owner", teacher.as_str())][..], &due[..]].concat();
    let answer = lead.act(&at, &format!("{at}/action"), &action).await;
    assert!(
        answer.status == 422 && answer.text.contains("find a coat</textarea>"),
        "who cannot read it does nothing in it"
    );

    let considered = [("sanction", "not-given"), ("support", "offered"), ("family", "offered")];
    let closing = [&[("outcome", "a coat was found"), ("reason", "it is warm")][..], &considered[..]].concat();
    let answer = lead.act(&at, &format!("{at}/close"), &closing).await;
    assert!(answer.status == 422 && answer.text.contains("still to be done"), "{}", answer.text);
    assert!(answer.text.contains("whether they are told"), "each parent is decided on");
    let case = lead.get(&at).await;
    let done = case.text.split('"').find(|link| link.contains("/actions/")).expect("an action").to_owned();
    let mut deputys = school.signed_in("deputy").await;
    let notices = shown(&mut deputys, "/today").await;
    assert!(notices.text.contains("You are to see to a concern."), "{}", notices.text);
    assert_eq!(deputys.act(&done, &done, &[("words", "it was in the lost things")]).await.status, 303);
    let parent = format!("{at}/parents/{mother}");
    let answer = lead.act(&parent, &parent, &[("course", "tell"), ("harm", "yes")]).await;
    assert!(answer.status == 422 && answer.text.contains("before an agency"), "{}", answer.text);
    // It is kept on the concern: another answer on the next form does not undo it, and the form does not ask again.
    let answer = lead.act(&parent, &parent, &[("course", "tell"), ("harm", "no")]).await;
    assert!(answer.status == 422 && answer.text.contains("Only the safeguarding lead lifts this"), "{}", answer.text);
    let form = shown(&mut lead, &parent).await;
    assert!(!form.text.contains("value=\"tell\"") && !form.text.contains("name=\"harm\""), "{}", form.text);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("It may be harm in the family. Nobody of the family is told"), "{}", case.text);
    let lift = format!("{at}/family-harm");
    assert!(!shown(&mut deputys, &at).await.text.contains(&lift));
    assert_eq!(deputys.get(&lift).await.status, 404, "only the lead lifts it");
    assert_eq!(lead.act(&lift, &lift, &[]).await.status, 422, "with a reason");
    school.advance(SignedDuration::from_mins(1));
    let answer = lead.act(&lift, &lift, &[("reason", "social care say she may be told")]).await;
    assert_eq!((answer.status, answer.location()), (303, at.as_str()), "{}", answer.text);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("The family may be told: lifted") && case.text.contains("social care say"));
    assert_eq!(lead.act(&parent, &parent, &[("course", "tell"), ("harm", "no")]).await.status, 303);
    school.advance(SignedDuration::from_mins(1));
    let answer = lead.act(&at, &format!("{at}/close"), &closing).await;
    assert!(answer.status == 422 && answer.text.contains("What kind of thing it is"), "{}", answer.text);
    let class = [("types", "neglect"), ("risks", "none"), ("crime", "not-suspected"), ("crime_reason", "it was lost")];
    assert_eq!(lead.act(&at, &format!("{at}/class"), &class).await.status, 303);
    let answer = lead.act(&at, &format!("{at}/close"), &closing).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert!(!shown(&mut lead, "/concerns").await.text.contains(CANARY));
    assert!(shown(&mut lead, "/concerns/all").await.text.contains(CANARY));
}

#[tokio::test]
async fn a_referral_stays_due_until_somebody_rang() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let raised = raise(&school, FileKind::Child, child, 2).await;
    let at = format!("/concerns/{}", raised.reference);
    let mut lead = school.signed_in("lead").await;
    school.advance(SignedDuration::from_mins(1));
    let refer = [("extent", "note"), ("course", "refer")];
    let answer = lead.act(&at, &format!("{at}/decision"), &[&refer[..], &[("rung", "yes")][..]].concat()).await;
    assert!(answer.status == 422 && answer.text.contains("No call is written down"), "{}", answer.text);
    assert_eq!(lead.act(&at, &format!("{at}/decision"), &refer).await.status, 303);
    let case = shown(&mut lead, &at).await;
    assert!(case.text.contains("A call to an agency, due today"), "{}", case.text);
    assert!(case.text.contains("Ring, and write the call down") && case.text.contains("tel:999"), "{}", case.text);
    assert!(shown(&mut lead, "/today").await.text.contains("In a concern a call to an agency is due."));
    // Whoever works on stays signed in.
    school.advance(SignedDuration::from_mins(14));
    shown(&mut lead, "/concerns").await;
    school.advance(SignedDuration::from_mins(14));
    let waiting = shown(&mut lead, "/concerns").await;
    assert!(waiting.text.contains("<dt>A call is due</dt><dd>1</dd>"), "{}", waiting.text);
    assert!(waiting.text.contains("minutes late"), "{}", waiting.text);
    assert!(shown(&mut lead, "/concerns?waits=call").await.text.contains(CANARY));
    let called =
        [("agency", "social-care"), ("day-day", "23"), ("day-month", "11"), ("day-year", "2026"), ("time", "07:45")];
    assert_eq!(lead.act(&at, &format!("{at}/call"), &called).await.status, 303);
    assert!(!shown(&mut lead, "/today").await.text.contains("a call to an agency is due"));
    assert!(shown(&mut lead, &at).await.text.contains("Nothing today"));
}

#[tokio::test]
async fn the_designated_officer_is_offered_at_every_level_about_an_adult() {
    let school = School::new().await;
    let colleague = person(&school, "colleague").await;
    let raised = raise(&school, FileKind::StaffConcern, colleague, 1).await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let childs = raise(&school, FileKind::Child, child, 1).await;
    let mut head = school.signed_in("head").await;
    let case = shown(&mut head, &format!("/concerns/{}", raised.reference)).await;
    for words in ["designated officer (LADO)", "switchboard puts you through", "Do not interview the adult", "tel:999"]
    {
        assert!(case.text.contains(words), "{words}: {}", case.text);
    }
    let case = shown(&mut head, &format!("/concerns/{}", childs.reference)).await;
    assert!(!case.text.contains("Do not interview the adult") && case.text.contains("Ring first: in danger 999"));
}

#[tokio::test]
async fn whoever_is_let_in_or_given_something_finds_their_way_there() {
    let school = School::new().await;
    let head = person(&school, "head").await;
    let raised = raise(&school, FileKind::StaffConcern, head, 3).await;
    let at = format!("/concerns/{}", raised.reference);
    let mut colleague = school.signed_in("colleague").await;
    for page in ["/today", "/concerns/mine"] {
        assert!(!shown(&mut colleague, page).await.text.contains(&raised.reference), "{page}");
    }
    // The chair reads no directory, and lets somebody in all the same.
    let mut chair = school.signed_in("chair").await;
    school.advance(SignedDuration::from_mins(1));
    let let_in = format!("{at}/let-in");
    let answer = chair.act(&let_in, &let_in, &[("search", "Kai")]).await;
    assert!(answer.text.contains("Kai Ross"), "{}", answer.text);
    let who = person(&school, "colleague").await.to_string();
    let chosen = [("search", "Kai"), ("step", "do"), ("person", who.as_str()), ("why", "he takes the notes")];
    assert_eq!(chair.act(&let_in, &let_in, &chosen).await.status, 303);
    assert!(!shown(&mut chair, &at).await.text.contains("It is about another child"));
    assert!(shown(&mut colleague, "/concerns/mine").await.text.contains("You were let into it"));
    let due = [("due-day", "23"), ("due-month", "11"), ("due-year", "2026")];
    let action = [&[("words", "write it up"), ("owner", who.as_str())][..], &due[..]].concat();
    assert_eq!(chair.act(&at, &format!("{at}/action"), &action).await.status, 303);
    let today = shown(&mut colleague, "/today").await;
    assert!(today.text.contains("In a concern something is yours to do, by today."), "{}", today.text);
    assert!(today.text.matches(&format!("href=\"{at}\"")).count() >= 2, "the task and the notice: {}", today.text);
    let mine = shown(&mut colleague, "/concerns/mine").await;
    assert!(mine.text.contains("Something is yours to do") && mine.text.contains(&format!("href=\"{at}\"")));
    assert_eq!(shown(&mut colleague, &at).await.status, 200);
    // The head, whom it is about, is shown nothing of it.
    let mut heads = school.signed_in("head").await;
    for page in ["/today", "/concerns/mine"] {
        assert!(!heads.get(page).await.text.contains(&raised.reference), "{page}");
    }
}

#[tokio::test]
async fn every_entitled_role_opens_every_page_and_all_others_find_nothing() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let raised = raise(&school, FileKind::Child, child, 3).await;
    let at = format!("/concerns/{}", raised.reference);
    let forms = [
        "decision",
        "level",
        "owner",
        "action",
        "call",
        "note",
        "link",
        "family-harm",
        "wrong-child",
        "about-an-adult",
        "let-in",
        "step-aside",
        "unsure",
        "part-of",
        "close",
        "open",
    ];
    let amend = format!("entries/{}/amend", raised.entry);
    let mut pages: Vec<String> = forms.iter().map(|form| format!("{at}/{form}")).collect();
    pages.extend([at.clone(), format!("{at}/{amend}"), format!("/concerns/children/{child}")]);
    let lists = ["/concerns", "/concerns/all", "/concerns/meeting", "/concerns/oversight", "/concerns/search"];
    for role in ["head", "lead", "deputy"] {
        let mut browser = school.signed_in(role).await;
        for page in pages.iter().map(String::as_str).chain(lists) {
            shown(&mut browser, page).await;
        }
    }
    let nothing = "/concerns/AAAAA-AAAAA";
    for role in ["chair", "technician", "office", "teacher", "colleague"] {
        let mut browser = school.signed_in(role).await;
        let missing = browser.get(nothing).await;
        for page in &pages {
            let answer = browser.get(page).await;
            assert_eq!((answer.status, &answer.text), (404, &missing.text), "{role} {page}");
        }
        for list in lists {
            let answer = browser.get(list).await;
            assert!(!answer.text.contains(CANARY) && !answer.text.contains(&raised.reference), "{role} {list}");
        }
        let token = browser.token("/account").await;
        for form in ["acknowledge", "print", "decision", "call", "close"] {
            let answer = browser.post(&format!("{at}/{form}"), &[("token", &token)]).await;
            assert_eq!(answer.status, 404, "{role} {form}");
        }
    }
}

#[tokio::test]
async fn the_head_is_the_subject_and_the_chair_answers() {
    let school = School::new().await;
    let head = person(&school, "head").await;
    let raised = raise(&school, FileKind::StaffConcern, head, 5).await;
    let at = format!("/concerns/{}", raised.reference);
    let mut heads = school.signed_in("head").await;
    for page in ["/concerns", "/concerns/all", "/concerns/meeting", "/concerns/oversight", "/today"] {
        let answer = heads.get(page).await;
        assert!(answer.status == 200 && !answer.text.contains(&raised.reference), "{page}");
        assert!(!answer.text.contains("level 4 or 5") && !answer.text.contains("past its time"), "{page} counts it");
    }
    let oversight = heads.get("/concerns/oversight").await;
    assert!(oversight.text.contains("<dt>Open</dt><dd>0</dd>"), "no count tells");
    let missing = heads.get("/concerns/AAAAA-AAAAA").await;
    assert_eq!((heads.get(&at).await.status, heads.get(&at).await.text), (404, missing.text));
    let mut chair = school.signed_in("chair").await;
    school.advance(SignedDuration::from_mins(1));
    assert!(shown(&mut chair, "/today").await.text.contains("A concern of level 4 or 5 needs an answer"));
    assert!(shown(&mut chair, &at).await.text.contains("About an adult who works here"));
    assert_eq!(chair.act(&at, &format!("{at}/acknowledge"), &[]).await.status, 303);
    assert!(shown(&mut chair, &at).await.text.contains("You have it"));
}

#[tokio::test]
async fn one_press_divides_it_and_words_are_searched_without_an_address() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let raised = raise(&school, FileKind::Child, child, 3).await;
    let at = format!("/concerns/{}", raised.reference);
    let mut lead = school.signed_in("lead").await;
    let answer = lead.act("/concerns/search", "/concerns/search", &[("words", "shivered coat")]).await;
    assert!(answer.status == 200 && answer.text.contains(&raised.reference), "{}", answer.text);
    assert!(!title(&answer).contains("shivered"));
    let print = lead.act(&at, &format!("{at}/print"), &[]).await;
    assert!(print.status == 200 && print.text.contains("This print is in the log"));
    let divide = format!("{at}/about-an-adult");
    let answer = lead.act(&divide, &divide, &[("search", "Kai")]).await;
    assert!(answer.text.contains("Kai Ross"), "{}", answer.text);
    let colleague = person(&school, "colleague").await.to_string();
    // Somebody else is looked for once more: what was typed stays, whether anybody is found or not.
    for search in ["Kai", "Nobody Atall"] {
        let typed = [("search", search), ("find", "yes"), ("step", "do"), ("why", "she said so")];
        let again = lead.act(&divide, &divide, &typed).await;
        assert!(again.status == 200 && again.text.contains("she said so"), "{search}: {}", again.text);
    }
    let unsent = lead.get(&format!("{at}/note")).await;
    let chosen = [("search", "Kai"), ("step", "do"), ("person", colleague.as_str()), ("why", "she said so")];
    let answer = lead.act(&divide, &divide, &chosen).await;
    assert_eq!((answer.status, answer.location()), (303, "/concerns"), "{}", answer.text);
    assert_eq!(lead.get(&at).await.status, 404, "the first is nowhere");
    // What the lead was writing meanwhile comes back, and says no more than that it is not there for them.
    let note = format!("{at}/note");
    let lost = fill(&mut lead, &unsent, &note, &[("kind", "note"), ("text", "she came back at two")]).await;
    assert_eq!(lost.status, 404);
    assert!(lost.text.contains("she came back at two") && lost.text.contains("not there for you now"), "{}", lost.text);
    assert!(!lost.text.contains("Send it again") && !lost.text.contains("Kai Ross"));
    let never = fill(&mut lead, &unsent, "/concerns/AAAAA-AAAAA/note", &[("kind", "note"), ("text", "words")]).await;
    assert!(never.status == 404 && title(&never) == title(&lost), "what never was is told alike");
    let mut head = school.signed_in("head").await;
    assert!(shown(&mut head, "/today").await.text.contains("A concern was divided"));
    let heads = shown(&mut head, "/concerns").await;
    assert!(heads.text.contains("About an adult who works here") && heads.text.contains("Kai Ross"));
    let leads = shown(&mut lead, "/concerns").await;
    assert!(leads.text.contains(CANARY) && !leads.text.contains("Kai Ross"));
}

#[tokio::test]
async fn what_is_typed_in_an_answer_comes_back_to_its_writer_alone() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let raised = raise(&school, FileKind::Child, child, 3).await;
    let at = format!("/concerns/{}", raised.reference);
    // Each form with words, and what is typed in it.
    let forms: [(&str, &[(&str, &str)]); 4] = [
        ("note", &[("kind", "note"), ("text", "long words about the coat")]),
        ("call", &[("agency", "social-care"), ("words", "long words about the coat")]),
        ("decision", &[("extent", "incident"), ("course", "watch"), ("reason", "long words about the coat")]),
        ("step-aside", &[("why", "long words about the coat")]),
    ];
    let mut lead = school.signed_in("lead").await;
    let mut pages = Vec::new();
    for (what, typed) in forms {
        let path = format!("{at}/{what}");
        pages.push((path.clone(), lead.get(&path).await, typed));
    }
    let is_whole = |answer: &Answer, typed: &[(&str, &str)]| {
        let kept = fields(&answer.text);
        typed.iter().all(|(name, value)| kept.contains(&((*name).to_owned(), (*value).to_owned())))
    };
    // The store is away, then the seat has ended.
    school.share(None);
    for (path, page, typed) in &pages {
        let away = fill(&mut lead, page, path, typed).await;
        assert!(away.status == 503 && is_whole(&away, typed), "{path}: {}", away.text);
        assert!(!away.text.contains("concern.js"), "a form without a number is sent by nobody but its writer");
    }
    school.share(Some(school.records.clone()));
    school.advance(SignedDuration::from_hours(3));
    let mut out = Vec::new();
    for (path, page, typed) in &pages {
        let answer = fill(&mut lead, page, path, typed).await;
        assert!(answer.status == 403 && is_whole(&answer, typed), "{path}: {}", answer.text);
        assert!(answer.text.contains("you are signed out") && answer.text.contains("href=\"/sign-in\""));
        out.push(answer);
    }
    // Somebody else who sits down there, entitled to the concern or not, is shown no word and sends none.
    for word in ["head", "colleague"] {
        let mut other = school.signed_in(word).await;
        let answer = fill(&mut other, &out[0], &pages[0].0, &[]).await;
        assert!(answer.status == 403 && !answer.text.contains("long words"), "{word}: {}", answer.text);
        let token = fields(&other.get("/account/password").await.text);
        let token = &token.iter().find(|(name, _)| name == "token").expect("a token").1;
        let answer = fill(&mut other, &out[0], &pages[0].0, &[("token", token)]).await;
        assert!(answer.status == 403 && !answer.text.contains("long words"), "{word}: {}", answer.text);
    }
    // Who wrote it signs in again, looks at it, and sends it: once.
    assert_eq!(school.enter(&mut lead, "lead", &[]).await, "/today");
    let looked = fill(&mut lead, &out[0], &pages[0].0, &[]).await;
    assert!(looked.status == 403 && is_whole(&looked, pages[0].2), "{}", looked.text);
    assert_eq!(fill(&mut lead, &looked, &pages[0].0, &[]).await.location(), at);
    assert_eq!(lead.get(&at).await.text.matches("long words about the coat").count(), 1);
}

#[tokio::test]
async fn whoever_is_to_confirm_that_it_is_them_keeps_their_words() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    let raised = raise(&school, FileKind::Child, child, 3).await;
    let path = format!("/concerns/{}/let-in", raised.reference);
    let teacher = person(&school, "teacher").await.to_string();
    let mut lead = school.signed_in("lead").await;
    let found = lead.act(&path, &path, &[("search", "Martin")]).await;
    let form = found.text.rsplit_once("<form").expect("the form is the last").1;
    let by =
        form.split_once("name=\"by\" value=\"").expect("it says who began it").1.split_once('"').unwrap().0.to_owned();
    let token = fields(&found.text).into_iter().find(|(name, _)| name == "token").expect("a token").1;
    for _ in 0..6 {
        school.advance(SignedDuration::from_mins(5));
        assert_eq!(lead.get("/today").await.status, 200, "still at their seat");
    }
    let typed = [
        ("token", token.as_str()),
        ("by", &by),
        ("search", "Martin"),
        ("step", "do"),
        ("person", &teacher),
        ("why", "long words about why"),
    ];
    let asked = lead.post(&path, &typed).await;
    assert!(asked.status == 403 && asked.text.contains("long words about why"), "{}", asked.text);
    assert!(asked.text.contains("href=\"/account/confirm\""), "{}", asked.text);
}

#[tokio::test]
async fn a_year_that_cannot_be_chosen_leaves_nothing_out() {
    let school = School::new().await;
    let child = pupil(&school, &format!("{CANARY} Ash")).await;
    raise(&school, FileKind::Child, child, 3).await;
    let mut lead = school.signed_in("lead").await;
    assert!(shown(&mut lead, "/concerns?year=2026").await.text.contains(CANARY));
    assert!(!shown(&mut lead, "/concerns?year=2025").await.text.contains(CANARY));
    // No filter on the page says so, and so none is in force.
    let waiting = shown(&mut lead, "/concerns?year=2015").await;
    assert!(waiting.text.contains(CANARY) && !waiting.text.contains("Show all that waits"), "{}", waiting.text);
    let found = shown(&mut lead, "/concerns/search?year=2015").await;
    assert!(!found.text.contains("Clear the filters"), "{}", found.text);
}
