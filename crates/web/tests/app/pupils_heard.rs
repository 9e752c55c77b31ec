//! A child who would like to talk, and who wants to know whether what they told was read: over HTTP and in a real browser. What the child
//! sees is the same whoever is asked; what an adult sees is a name; what stands behind a password needs it each time.

use crate::{
    browser::{Answer, Browser as Client},
    driver::Browser,
    looks::look,
    people_looks::look_here,
    pupils::{Pupils, between},
    pupils_ways,
    school::{CODE, PASSWORD},
};
use holdfast_records::{
    Session,
    concern::answer::{Course, Extent, NewDecision},
    file::{Which, Words},
    id,
    people::{Kind, NewPerson, Part},
    pupil::{AboutAdult, TellWhat, Told, Wishes},
};
use jiff::{Timestamp, civil::date};
use serde_json::json;

/// 7B with its teacher; Ann, who is of Year 7, has a password of her own.
struct Heard {
    pupils: Pupils,
    head: Session,
    ann: Session,
}

impl Heard {
    async fn new() -> Self {
        let pupils = Pupils::new().await;
        let head = pupils.school.ready("head").await;
        let records = &pupils.school.records;
        let one_time = records.create_account(&head, pupils.ann, "ann").await.expect("an account");
        let ann = records.choose_password(CODE, "ann", &one_time, PASSWORD).await.expect("her own");
        Self { pupils, head, ann }
    }

    /// A browser in which Ann signed in with her password.
    async fn ann(&self) -> Client {
        let mut browser = self.pupils.school.browser();
        assert_eq!(self.pupils.school.enter(&mut browser, "ann", &[]).await, "/start");
        browser
    }

    /// A browser in which she came in with her class.
    async fn in_class(&self) -> Client {
        let class = self.pupils.school.records.classes(&self.head).await.expect("the classes")[0].id;
        let [inside, _] = pupils_ways::browsers(&self.pupils.school, self.pupils.ann, class).await;
        inside
    }

    async fn teacher(&self) -> id::Person {
        self.pupils.person("Martin Pike").await
    }
}

fn decided() -> NewDecision {
    let reason = Words::new("the family is seen today").expect("words");
    NewDecision { extent: Extent::Incident, course: Course::Act, reason: Some(reason), review: None, is_rung: false }
}

#[tokio::test]
async fn a_child_asks_with_one_press_and_reads_the_same_whoever_is_asked() {
    let heard = Heard::new().await;
    let (school, teacher) = (&heard.pupils.school, heard.teacher().await.to_string());
    school.ready("teacher").await;
    let mut pike = heard.pupils.again("teacher").await;
    assert!(pike.get("/talks").await.text.contains("No pupil has asked"));
    let mut ann = heard.in_class().await;
    assert!(ann.get("/start").await.text.contains("href=\"/trusted\""));
    let page = ann.get("/trusted").await;
    assert!(page.text.contains("Martin Pike") && page.text.contains("Any grown-up who can help"), "{}", page.text);
    let all: Vec<String> = page.text.split("value=\"").filter_map(|rest| rest.get(..36)).map(str::to_owned).collect();
    let all: Vec<(&str, &str)> =
        all.iter().filter(|id| id::Person::parse(id).is_ok()).map(|id| ("adult", id.as_str())).collect();
    assert!(all.len() > 2, "{all:?}");
    let many = ann.act("/trusted", "/trusted", &all).await;
    assert!(many.status == 422 && many.text.contains("Choose two at most"), "{}", many.text);
    assert_eq!(ann.act("/trusted", "/trusted", &[("adult", &teacher)]).await.location(), "/trusted");
    assert!(ann.get("/trusted").await.text.contains(&format!("class=\"tile\" name=\"adult\" value=\"{teacher}\"")));
    assert_eq!(ann.act("/trusted", "/trusted/ask", &[("adult", &teacher)]).await.location(), "/trusted/asked");
    let asked = ann.get("/trusted/asked").await;
    assert!(asked.text.contains("0800 1111") && !asked.text.contains("Pike"), "{}", asked.text);

    // He finds out on Today that somebody would, and behind it who; the class list of others says nothing.
    let today = pike.get("/today").await;
    assert!(
        today.text.contains("A pupil would like to talk with you.") && !today.text.contains("Birch"),
        "{}",
        today.text
    );
    let talks = pike.get("/talks").await;
    assert!(talks.text.contains("Ann Birch") && talks.text.contains("7B"), "{}", talks.text);
    let talk = between(&talks, "action=\"/talks/", "\"").to_owned();
    school.ready("colleague").await;
    let mut colleague = heard.pupils.again("colleague").await;
    assert!(!colleague.get("/talks").await.text.contains("Birch"));
    let answered = colleague.act("/talks", &format!("/talks/{talk}"), &[("answer", "talked")]).await;
    assert_eq!(answered.status, 404);
    assert_eq!(ann.get("/talks").await.status, 404);
    // He hands it on; the safeguarding lead finds it.
    assert_eq!(pike.act("/talks", &format!("/talks/{talk}"), &[("answer", "handed-on")]).await.location(), "/talks");
    assert!(!pike.get("/talks").await.text.contains("Ann Birch"));
    school.ready("lead").await;
    let mut lead = heard.pupils.again("lead").await;
    assert!(lead.get("/today").await.text.contains("nobody has yet"));
    let seen = lead.get("/talks").await;
    assert!(seen.text.contains("handed on") && seen.text.contains("Martin Pike"), "{}", seen.text);
    assert_eq!(lead.act("/talks", &format!("/talks/{talk}"), &[("answer", "talked")]).await.location(), "/talks");
    assert!(lead.get("/talks").await.text.contains("talked with them"));

    // About him: he is not asked, and every page that she reads is the same.
    let told = Told {
        form: id::Row::new(Timestamp::now()).expect("a number"),
        adult: AboutAdult::Somebody(heard.teacher().await),
        what: TellWhat::Sad,
        want: None,
        place: None,
        words: String::new(),
        wishes: Wishes::default(),
    };
    school.records.tell(&heard.ann, &told).await.expect("told");
    let again = ann.act("/trusted", "/trusted/ask", &[("adult", &teacher)]).await;
    assert_eq!(again.location(), "/trusted/asked");
    assert_eq!(ann.get("/trusted/asked").await.text, asked.text);
    assert!(!pike.get("/talks").await.text.contains("Ann Birch"));
    assert!(!pike.get("/today").await.text.contains("would like to talk"));
    assert!(lead.get("/talks").await.text.contains("Waiting for the safeguarding team"));
}

#[tokio::test]
async fn a_child_says_what_they_wish_and_how_they_would_rather_tell() {
    let heard = Heard::new().await;
    let (school, teacher) = (&heard.pupils.school, heard.teacher().await.to_string());
    let mut ann = heard.ann().await;
    // She is of Year 7: words come first. With one press she has pictures.
    let asked = ann.act("/tell", "/tell", &[("about", "no")]).await;
    let (before, after) = asked.text.split_once("<textarea").expect("words");
    assert!(!before.contains("I am hurt") && after.contains("I am hurt"), "{}", asked.text);
    assert!(!asked.text.contains("/pictures.svg"), "{}", asked.text);
    let other = ann.get("/tell").await;
    assert!(other.text.contains("/tell?look=b"), "{}", other.text);
    let pictures = ann.act("/tell?look=b", "/tell", &[("about", "no"), ("look", "b")]).await;
    assert!(pictures.text.contains("/pictures.svg"), "{}", pictures.text);
    // What was chosen comes back with what is wrong.
    let fields = [("about", "no"), ("step", "send"), ("named", "no"), ("talk", &teacher), ("receipt", "yes")];
    let back = ann.act("/tell", "/tell", &fields).await;
    assert_eq!(back.status, 422);
    for kept in ["value=\"no\" checked", &format!("value=\"{teacher}\" checked"), "value=\"yes\" checked"] {
        assert!(back.text.contains(kept), "{kept}: {}", back.text);
    }
    let fields: Vec<(&str, &str)> = fields.into_iter().chain([("words", "they hide my shoes")]).collect();
    assert_eq!(ann.act("/tell", "/tell", &fields).await.location(), "/tell/told");
    let lead = school.ready("lead").await;
    let files = school.records.list_files(&lead, &Which::default()).await.expect("listed").files;
    let read = school.records.read_file(&lead, files[0].file).await.expect("read");
    let text = read.entries[0].text.as_str();
    assert!(text.starts_with("They asked that it is not said who told."), "{text}");
    assert!(text.contains("talk with Martin Pike") && text.contains("they hide my shoes"), "{text}");
    school.ready("teacher").await;
    let mut pike = heard.pupils.again("teacher").await;
    let talks = pike.get("/talks").await;
    assert!(talks.text.contains("Ann Birch") && !talks.text.contains("shoes"), "{}", talks.text);
    // In a class nobody is offered a receipt; an adult tells them.
    let mut inside = heard.in_class().await;
    let asked = inside.act("/tell", "/tell", &[("about", "no")]).await;
    assert!(!asked.text.contains("name=\"receipt\"") && asked.text.contains("will tell you when it was read"));
}

#[tokio::test]
async fn a_receipt_stands_behind_the_password_and_says_nothing_of_what_was_told() {
    let heard = Heard::new().await;
    let school = &heard.pupils.school;
    // In a class there is no password to show, whatever is sent.
    let mut inside = heard.in_class().await;
    assert!(!inside.get("/start").await.text.contains("/for-you"));
    let page = inside.get("/for-you").await;
    assert!(page.text.contains("a grown-up tells you") && !page.text.contains("password"), "{}", page.text);
    let sent = inside.act("/for-you", "/for-you", &[("password", PASSWORD)]).await;
    assert!(sent.text.contains("a grown-up tells you"), "{}", sent.text);

    let mut ann = heard.ann().await;
    // It is there for whoever told nothing, too.
    assert!(ann.get("/start").await.text.contains("/for-you"));
    let empty = looks(&mut ann, PASSWORD).await;
    assert!(empty.text.contains("There is nothing here now"), "{}", empty.text);
    let fields = [("about", "no"), ("step", "send"), ("receipt", "yes"), ("words", "they hide my shoes")];
    assert_eq!(ann.act("/tell", "/tell", &fields).await.location(), "/tell/told");
    let closed = ann.get("/for-you").await;
    assert!(!closed.text.contains("We have"), "{}", closed.text);
    let wrong = looks(&mut ann, "not hers").await;
    assert!(wrong.status == 422 && !wrong.text.contains("We have"), "{}", wrong.text);
    let shown = looks(&mut ann, PASSWORD).await;
    assert!(shown.text.contains("We have it") && !shown.text.contains("shoes"), "{}", shown.text);
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    let title = between(&shown, "<title>", " – ");
    assert_eq!(title, "For you");
    // It is asked for each time, also where the browser goes back and sends the password by itself.
    let page = ann.get("/for-you").await;
    let form = between(&page, "name=\"form\" value=\"", "\"").to_owned();
    let fields = [("password", PASSWORD), ("form", &*form)];
    assert!(ann.act("/for-you", "/for-you", &fields).await.text.contains("We have it"));
    let back = ann.act("/for-you", "/for-you", &fields).await;
    assert!(!back.text.contains("We have it") && back.text.contains("name=\"password\""), "{}", back.text);
    assert!(back.text.contains("Type your password once more."), "she is told what to do: {}", back.text);
    // A number of her own making, and one of the page for receipts, open nothing.
    let own = id::Row::new(school.now()).expect("a number").to_string();
    let other = between(&ann.get("/report/receipt").await, "name=\"form\" value=\"", "\"").to_owned();
    for form in [own, other] {
        let none = ann.act("/for-you", "/for-you", &[("password", PASSWORD), ("form", &form)]).await;
        assert!(!none.text.contains("We have it"), "{}", none.text);
    }
    assert!(!ann.get("/for-you").await.text.contains("We have"));

    let lead = school.ready("lead").await;
    let files = school.records.list_files(&lead, &Which::default()).await.expect("listed").files;
    school.records.acknowledge_concern(&lead, files[0].file).await.expect("they have it");
    let shown = looks(&mut ann, PASSWORD).await;
    assert!(shown.text.contains("We have read it") && !shown.text.contains("Did it help"), "{}", shown.text);
    school.records.decide_concern(&lead, files[0].file, &decided()).await.expect("decided");
    let shown = looks(&mut ann, PASSWORD).await;
    assert!(shown.text.contains("It is being worked on") && !shown.text.contains("sorted"), "{}", shown.text);
    let receipt = between(&shown, "action=\"/for-you/", "\"").to_owned();
    let mut ben = heard.in_class().await;
    let of_class = ben.act("/for-you", &format!("/for-you/{receipt}"), &[("helped", "no")]).await;
    assert_eq!(of_class.status, 404, "not without her password");
    let said = ann.act("/for-you", &format!("/for-you/{receipt}"), &[("helped", "no")]).await;
    assert_eq!(said.location(), "/for-you");
    assert!(ann.get("/for-you").await.text.contains("A grown-up will come to talk with you."));
    let read = school.records.read_file(&lead, files[0].file).await.expect("read");
    assert!(read.entries.iter().any(|entry| entry.text.as_str().contains("“No.”")), "{:?}", read.entries);
    let shown = looks(&mut ann, PASSWORD).await;
    assert!(!shown.text.contains("Did it help"), "{}", shown.text);
}

/// Looks whether what she told was read.
async fn looks(ann: &mut Client, password: &str) -> Answer {
    let page = ann.get("/for-you").await;
    let form = between(&page, "name=\"form\" value=\"", "\"").to_owned();
    ann.act("/for-you", "/for-you", &[("password", password), ("form", &form)]).await
}

/// Opens a page with a seat's cookie.
fn sit(browser: &Browser, client: &Client, port: u16) {
    browser.command("Network.clearBrowserCookies", &json!({}));
    let (name, value) = client.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).expect("a cookie");
    let url = format!("http://localhost:{port}/");
    let cookie = json!({"name": name, "value": value, "url": url, "secure": true, "path": "/", "httpOnly": true});
    browser.command("Network.setCookie", &cookie);
}

#[tokio::test]
async fn no_page_of_being_heard_has_a_fault_for_the_youngest_or_the_oldest() {
    let heard = Heard::new().await;
    let school = &heard.pupils.school;
    let (records, teacher) = (&school.records, heard.teacher().await);
    let little = NewPerson { date_of_birth: Some(date(2021, 3, 1)), ..NewPerson::new(Kind::Pupil, "Cleo Fern") };
    let little = records.add_person(&heard.head, little).await.expect("added");
    records.join_class(&heard.head, "7B", little, Part::Learns).await.expect("she learns");
    let class = records.classes(&heard.head).await.expect("the classes")[0].id;
    let [young, _] = pupils_ways::browsers(school, little, class).await;
    let told = Told {
        form: id::Row::new(Timestamp::now()).expect("a number"),
        adult: AboutAdult::No,
        what: TellWhat::Sad,
        want: None,
        place: None,
        words: "they hide my shoes".to_owned(),
        wishes: Wishes { may_name: Some(false), talk_to: Some(teacher), wants_receipt: true },
    };
    records.tell(&heard.ann, &told).await.expect("told");
    records.choose_trusted(&heard.ann, &[teacher]).await.expect("chosen");
    records.ask_to_talk(&heard.ann, None).await.expect("asked");
    let lead = school.ready("lead").await;
    let files = records.list_files(&lead, &Which::default()).await.expect("listed").files;
    records.decide_concern(&lead, files[0].file, &decided()).await.expect("decided");
    school.ready("teacher").await;
    let (pike, lead) = (heard.pupils.again("teacher").await, heard.pupils.again("lead").await);
    let (ann, port) = (heard.ann().await, school.address.port());
    let looked = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let asked = |name: &str| {
            browser.open(&of("/tell"));
            browser.run("document.querySelector('button[value=no]').click()");
            browser.until("return document.getElementById('words') !== null");
            look_here(&browser, name);
        };
        sit(&browser, &young, port);
        look(&browser, &[(of("/trusted"), "heard-young-trusted"), (of("/trusted/asked"), "heard-young-asked")]);
        look(&browser, &[(of("/for-you"), "heard-young-for-you")]);
        asked("heard-young-tell");
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "heard-young-tell-wrong");
        sit(&browser, &ann, port);
        look(&browser, &[(of("/start"), "heard-start"), (of("/tell"), "heard-tell-about")]);
        look(&browser, &[(of("/trusted"), "heard-trusted"), (of("/for-you"), "heard-for-you")]);
        browser.open(&of("/trusted"));
        browser.run("document.querySelectorAll('input[type=checkbox]').forEach(box => box.checked = true)");
        browser.run("document.querySelector('main .govuk-button--secondary').click()");
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "heard-trusted-wrong");
        asked("heard-tell-words");
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "heard-tell-words-wrong");
        browser.open(&of("/for-you"));
        browser.run("document.getElementById('password').value = 'not hers'");
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "heard-for-you-wrong");
        browser.run(&format!("document.getElementById('password').value = '{PASSWORD}'"));
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.querySelector('button[name=helped]') !== null");
        look_here(&browser, "heard-for-you-shown");
        sit(&browser, &pike, port);
        look(&browser, &[(of("/talks"), "heard-talks"), (of("/today"), "heard-today")]);
        sit(&browser, &lead, port);
        look(&browser, &[(of("/talks"), "heard-talks-team")]);
    });
    looked.await.expect("nothing has a fault");
}
