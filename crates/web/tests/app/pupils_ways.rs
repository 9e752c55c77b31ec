//! Pupils' own way in over HTTP and in a real browser: what a seat in a class reaches and how it ends, what it leaves on a shared device,
//! and what the adult in the room sees and does.

use crate::{
    browser::{Answer, Browser as Client},
    driver::Browser,
    keyboard::{ENTER, TAB, reach, write},
    looks::look,
    people_looks::look_here,
    pupils::{Pupils, between},
    raising::{fields, fill},
    school::School,
};
use holdfast_records::{
    Session,
    file::Which,
    id,
    people::{Kind, NewPerson, Part},
    pupil::{ExemptReason, Secret, WayKind, WayReason},
};
use holdfast_web::routes;
use jiff::{SignedDuration, civil::date};
use serde_json::json;

const PLACE: &str = "127.0.0.1";

/// The class 7B, in which two of one name learn who show words, and one who shows pictures.
struct Class {
    pupils: Pupils,
    head: Session,
    id: id::Class,
    words: String,
    little: id::Person,
    pictures: [&'static str; 2],
}

impl Class {
    async fn new() -> Self {
        let pupils = Pupils::new().await;
        let head = pupils.school.ready("head").await;
        let records = &pupils.school.records;
        let id = records.classes(&head).await.expect("the classes")[0].id;
        records.join_class(&head, "7B", pupils.other_ann, Part::Learns).await.expect("she learns");
        let little = NewPerson { date_of_birth: Some(date(2022, 3, 1)), ..NewPerson::new(Kind::Pupil, "Cleo Fern") };
        let little = records.add_person(&head, little).await.expect("added");
        records.join_class(&head, "7B", little, Part::Learns).await.expect("she learns");
        let words = given(&pupils.school, &head, pupils.ann).await;
        given(&pupils.school, &head, pupils.other_ann).await;
        let card = records.set_pupil_way(&head, little, WayKind::Pictures, WayReason::First).await.expect("pictures");
        let Secret::Pictures(pictures) = card.secret else { panic!("pictures were asked for") };
        Self { head, id, words, little, pictures: pictures.map(holdfast_records::pupil::Picture::word), pupils }
    }

    async fn open(&self) -> String {
        let opened = self.pupils.school.records.open_class(&self.head, self.id, PLACE).await;
        opened.expect("a wider duty opens each").code.to_string()
    }

    /// A browser in which Ann came in.
    async fn ann(&self) -> Client {
        let code = self.open().await;
        let mut browser = self.pupils.school.browser();
        at_class(&mut browser, &code, self.pupils.ann).await;
        assert_eq!(show_words(&mut browser, &self.words).await.location(), "/start");
        browser
    }
}

async fn given(school: &School, by: &Session, pupil: id::Person) -> String {
    let card = school.records.set_pupil_way(by, pupil, WayKind::Words, WayReason::First).await.expect("words");
    match card.secret {
        Secret::Words(words) => words.to_string(),
        Secret::Pictures(_) => panic!("words were asked for"),
    }
}

/// Types the code and finds a name.
async fn at_class(browser: &mut Client, code: &str, pupil: id::Person) {
    let answer = browser.post("/sign-in/pupil", &[("code", code)]).await;
    assert_eq!(answer.location(), "/sign-in/pupil/who");
    let person = pupil.to_string();
    let answer = browser.act("/sign-in/pupil/who", "/sign-in/pupil/who", &[("person", &person)]).await;
    assert_eq!(answer.location(), "/sign-in/pupil/show");
}

async fn show_words(browser: &mut Client, words: &str) -> Answer {
    let (first, second) = words.split_once(' ').expect("two words");
    let fields = [("first", first), ("second", second)];
    browser.act("/sign-in/pupil/show", "/sign-in/pupil/show", &fields).await
}

/// Browsers of a pupil: who came in with the class, and who typed the code and found their name. For the tests that go through all pages.
pub(crate) async fn browsers(school: &School, pupil: id::Person, class: id::Class) -> [Client; 2] {
    let head = school.session("head").await;
    let words = given(school, &head, pupil).await;
    let opened = school.records.open_class(&head, class, PLACE).await.expect("a wider duty opens each");
    let (mut inside, mut outside) = (school.browser(), school.browser());
    at_class(&mut inside, &opened.code, pupil).await;
    assert_eq!(show_words(&mut inside, &words).await.location(), "/start");
    at_class(&mut outside, &opened.code, pupil).await;
    [inside, outside]
}

/// The same of two pupils of one class: one who shows words, one who shows pictures, and who typed the code and found a name.
pub(crate) async fn of_each_way(school: &School, [older, younger]: [id::Person; 2], class: id::Class) -> [Client; 3] {
    let head = school.session("head").await;
    let words = given(school, &head, older).await;
    let card = school.records.set_pupil_way(&head, younger, WayKind::Pictures, WayReason::First).await;
    let Secret::Pictures(pictures) = card.expect("pictures").secret else { panic!("pictures were asked for") };
    let pictures = pictures.map(holdfast_records::pupil::Picture::word).join(" ");
    let opened = school.records.open_class(&head, class, PLACE).await.expect("a wider duty opens each");
    let (mut by_words, mut by_pictures, mut at_door) = (school.browser(), school.browser(), school.browser());
    for (browser, pupil, secret) in [(&mut by_words, older, words), (&mut by_pictures, younger, pictures)] {
        at_class(browser, &opened.code, pupil).await;
        assert_eq!(show_words(browser, &secret).await.location(), "/start");
    }
    at_class(&mut at_door, &opened.code, older).await;
    [by_words, by_pictures, at_door]
}

#[tokio::test]
async fn a_pupil_in_a_class_reaches_pupils_pages_and_nothing_else() {
    let class = Class::new().await;
    let mut ann = class.ann().await;
    let start = ann.get("/start").await;
    assert_eq!(start.status, 200);
    assert!(!start.text.contains("/account") && !start.text.contains("/today"), "{}", start.text);
    let token = between(&start, "name=\"token\" value=\"", "\"").to_owned();
    let people = class.pupils.ann.to_string();
    let mut seen = 0;
    for route in routes::all() {
        let is_behind_the_door =
            matches!(route.access, routes::Access::SignedIn | routes::Access::Arriving | routes::Access::May(_))
                && route.path != "/sign-out";
        if !is_behind_the_door {
            continue;
        }
        seen += 1;
        let path = route.path.replace("{person}", &people).replace("{class}", &class.id.to_string());
        for answer in [
            if route.reads() { Some(ann.get(&path).await) } else { None },
            if route.acts() { Some(ann.post(&path, &[("token", &token)]).await) } else { None },
        ]
        .into_iter()
        .flatten()
        {
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
        }
    }
    assert!(seen > 60, "{seen}");
    // Help, why something was blocked, and the way out are there.
    for path in ["/help", "/help/children", "/stopped", "/start"] {
        assert_eq!(ann.get(path).await.status, 200, "{path}");
    }
    assert_eq!(ann.get("/sign-in").await.location(), "/start");
    let out = ann.post("/sign-out", &[("token", &token)]).await;
    assert_eq!(out.location(), "/sign-in/pupil");
    assert_eq!(ann.get("/start").await.location(), "/sign-in/pupil");
    // Pupils' own pages are nobody else's.
    class.pupils.school.ready("teacher").await;
    let mut teacher = class.pupils.again("teacher").await;
    assert_eq!(teacher.get("/start").await.status, 404);
}

#[tokio::test]
async fn a_seat_in_a_class_ends_with_it_and_leaves_nothing_on_the_device() {
    let class = Class::new().await;
    let records = &class.pupils.school.records;
    let code = class.open().await;
    let mut ann = class.pupils.school.browser();
    at_class(&mut ann, &code, class.pupils.ann).await;
    let before = ann.cookie.clone();
    let came = show_words(&mut ann, &class.words).await;
    assert_eq!(came.location(), "/start");
    assert_ne!(ann.cookie, before, "each step has a cookie of its own");
    // One cookie, for as long as the browser is open; the browser is not remembered.
    assert_eq!(came.head.to_lowercase().matches("set-cookie:").count(), 1, "{}", came.head);
    let cookie = came.cookie("__Host-holdfast").expect("a seat");
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
    assert_eq!(ann.device, None);
    let start = ann.get("/start").await;
    assert_eq!(start.header("cache-control"), Some("no-store"));
    // One of the two words alone may stand on a page as any word does.
    assert!(!start.text.contains(class.words.as_str()), "{}", start.text);
    records.close_class(&class.head, class.id).await.expect("ended");
    assert_eq!(ann.get("/start").await.location(), "/sign-in/pupil", "it does not outlive the class");

    let mut ann = class.ann().await;
    for _ in 0..14 {
        class.pupils.school.advance(SignedDuration::from_mins(4));
        assert_eq!(ann.get("/start").await.status, 200, "busy all along");
    }
    class.pupils.school.advance(SignedDuration::from_mins(4));
    assert_eq!(ann.get("/start").await.location(), "/sign-in/pupil", "its hour is over");
    let mut ann = class.ann().await;
    class.pupils.school.advance(SignedDuration::from_mins(6));
    assert_eq!(ann.get("/start").await.location(), "/sign-in/pupil", "nobody asked for a while");
}

#[tokio::test]
async fn the_way_in_needs_its_own_forms_and_tells_no_code_from_another() {
    let class = Class::new().await;
    let code = class.open().await;
    let mut browser = class.pupils.school.browser();
    for wrong in ["CDFHJK", "", "a code that is far too long to be one of ours, and then some"] {
        let answer = browser.post("/sign-in/pupil", &[("code", wrong)]).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    assert_eq!(browser.get("/sign-in/pupil/who").await.location(), "/sign-in/pupil");
    assert_eq!(browser.get("/sign-in/pupil/show").await.location(), "/sign-in/pupil/who");
    at_class(&mut browser, &format!("{} {}", &code[..3].to_lowercase(), &code[3..]), class.pupils.ann).await;
    let (first, second) = class.words.split_once(' ').expect("two words");
    let fields = [("first", first), ("second", second), ("token", "a stranger's")];
    assert_eq!(browser.post("/sign-in/pupil/show", &fields).await.status, 403);
    // Names only, and of two of one name a sign: no surname, no date of birth.
    let who = browser.get("/sign-in/pupil/who").await;
    assert!(who.text.contains("circle") && who.text.contains("square"), "{}", who.text);
    assert!(!who.text.contains("Birch") && !who.text.contains("Fern") && !who.text.contains("2014"), "{}", who.text);
    // Somebody who is in no such class is not there.
    let person = class.pupils.ben.to_string();
    let answer = browser.act("/sign-in/pupil/who", "/sign-in/pupil/who", &[("person", &person)]).await;
    assert_eq!(answer.location(), "/sign-in/pupil/who");
    // What was wrong comes back in kind words, and nothing of it is shown.
    at_class(&mut browser, &code, class.pupils.ann).await;
    let answer = show_words(&mut browser, "zebra violin").await;
    assert_eq!(answer.status, 422);
    assert!(answer.text.contains("not right yet") && !answer.text.contains("zebra"), "{}", answer.text);
}

#[tokio::test]
async fn the_adult_in_the_room_opens_sees_helps_and_ends() {
    let class = Class::new().await;
    let school = &class.pupils.school;
    school.ready("teacher").await;
    let mut teacher = class.pupils.again("teacher").await;
    let page = format!("/classes/{}/sign-in", class.id);
    assert!(teacher.get(&format!("/classes/{}", class.id)).await.text.contains(&page));
    assert_eq!(teacher.act(&page, &page, &[]).await.location(), page);
    // What is shown to the class is the code, and nobody's name.
    let board = format!("{page}/board");
    let shown = teacher.get(&board).await;
    let code = between(&shown, "<strong class=\"code\">", "</strong>").replace(' ', "");
    assert!(!shown.text.contains("Birch"), "{}", shown.text);
    let mut browser = school.browser();
    at_class(&mut browser, &code, class.pupils.ann).await;
    for _ in 0..6 {
        assert_eq!(show_words(&mut browser, "zebra violin").await.status, 422);
    }
    let stuck = show_words(&mut browser, &class.words).await;
    assert!(stuck.text.contains("Ask your teacher now"), "{}", stuck.text);
    let shown = teacher.get(&page).await;
    assert!(shown.text.contains("Needs you") && shown.text.contains("0 of 3 came in"), "{}", shown.text);
    let person = class.pupils.ann.to_string();
    let again = format!("{page}/again");
    assert_eq!(teacher.act(&page, &again, &[("person", &person)]).await.location(), page);
    assert_eq!(show_words(&mut browser, &class.words).await.location(), "/start");
    assert!(teacher.get(&page).await.text.contains("1 of 3 came in"));
    // A new card is shown once, and the page of the pupil shows nothing of it.
    let way = format!("/people/{person}/sign-in");
    let card = teacher.act(&way, &way, &[("kind", "words"), ("reason", "forgotten")]).await;
    let words = between(&card, "<p class=\"govuk-body-l\"><strong>", "</strong>").to_owned();
    assert!(card.status == 200 && words != class.words, "{words}");
    assert!(!teacher.get(&way).await.text.contains(&words));
    assert_eq!(browser.get("/start").await.location(), "/sign-in/pupil", "what the old card opened is over");
    let end = format!("{page}/end");
    assert_eq!(teacher.act(&page, &end, &[]).await.location(), page);
    assert!(!teacher.get(&board).await.text.contains("class=\"code\""));
    // Cards for those who have none: there are none to make, which is said.
    let cards = format!("{page}/cards");
    let none = teacher.act(&cards, &cards, &[("kind", "words")]).await;
    assert!(none.status == 422 && none.text.contains("No card was made"), "{}", none.text);
    // Who neither teaches nor keeps the school opens nothing.
    school.ready("colleague").await;
    let mut colleague = class.pupils.again("colleague").await;
    for path in [&page, &cards, &way] {
        assert_eq!(colleague.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_review_that_comes_due_stands_on_today() {
    let class = Class::new().await;
    let school = &class.pupils.school;
    let mut head = class.pupils.again("head").await;
    let page = format!("/people/{}/exemption", class.pupils.ann);
    let wrong = head.act(&page, &page, &[("reason", "need")]).await;
    assert!(wrong.status == 422 && wrong.text.contains("looked at again"), "{}", wrong.text);
    let fields = [("reason", "need"), ("review-day", "27"), ("review-month", "3"), ("review-year", "2027")];
    assert_eq!(head.act(&page, &page, &fields).await.location(), format!("/people/{}/sign-in", class.pupils.ann));
    assert!(!head.get("/today").await.text.contains("exemption from a password"));
    let soon = school.now() + SignedDuration::from_hours(24 * 5);
    let exempted = school.records.exempt_pupil(&class.head, class.pupils.ann, ExemptReason::New, soon).await;
    exempted.expect("anew");
    assert!(head.get("/today").await.text.contains("exemption from a password"));
    let list = head.get("/exemptions").await;
    assert!(list.text.contains("Review is due") && list.text.contains("Ann Birch"), "{}", list.text);
    let end = format!("/people/{}/exemption/end", class.pupils.ann);
    assert_eq!(head.act("/exemptions", &end, &[]).await.location(), "/exemptions");
    assert!(!head.get("/today").await.text.contains("exemption from a password"));
}

#[tokio::test]
async fn a_pupil_tells_with_one_picture_and_whoever_looks_after_children_is_told() {
    let class = Class::new().await;
    let mut ann = class.ann().await;
    assert!(ann.get("/start").await.text.contains("href=\"/tell\""));
    // Whether it is about a grown-up who works here comes before any words.
    let first = ann.get("/tell").await;
    assert!(first.text.contains("works at school") && !first.text.contains("<textarea"), "{}", first.text);
    let who = ann.act("/tell", "/tell", &[("about", "yes")]).await;
    assert!(who.text.contains("Martin Pike") && who.text.contains("Lena Frost"), "{}", who.text);
    let asked = ann.act("/tell", "/tell", &[("about", "no")]).await;
    assert!(asked.text.contains("I am hurt") && asked.text.contains("Come to me now"), "{}", asked.text);
    let nothing = ann.act("/tell", "/tell", &[("about", "no"), ("step", "send")]).await;
    assert_eq!(nothing.status, 422);
    let told = ann.act("/tell", "/tell", &[("about", "no"), ("step", "send"), ("what", "hurt")]).await;
    assert_eq!(told.location(), "/tell/told");
    let thanks = ann.get("/tell/told").await;
    assert!(thanks.text.contains("0800 1111") && thanks.text.contains("999"), "{}", thanks.text);
    // Words that are too long come back, and nothing of them is lost.
    let long = "a".repeat(4_001);
    let back = ann.act("/tell", "/tell", &[("about", "no"), ("step", "send"), ("words", &long)]).await;
    assert!(back.status == 422 && back.text.contains(&long));
    let lead = class.pupils.school.ready("lead").await;
    let files = class.pupils.school.records.list_files(&lead, &Which::default()).await.expect("listed");
    assert_eq!(files.files.len(), 1);
    // On a page that others may look at nothing tells that something was told.
    assert!(!ann.get("/start").await.text.contains("told"));
}

const TELL: &str = "/tell";

/// The form on which a pupil tells, about nobody who works here.
async fn asked(browser: &mut Client) -> Answer {
    let asked = browser.act(TELL, TELL, &[("about", "no")]).await;
    assert!(asked.text.contains("I am hurt"), "{}", asked.text);
    asked
}

#[tokio::test]
async fn what_a_pupil_tells_comes_back_whatever_stands_in_its_way() {
    let class = Class::new().await;
    let school = &class.pupils.school;
    let mut ann = class.ann().await;
    let lead = school.ready("lead").await;
    let files = async || {
        let listed = school.records.list_files(&lead, &Which::default()).await.expect("listed");
        listed.files.len()
    };
    let telling = [("what", "scared"), ("want", "later"), ("place", "tree"), ("words", "he waits at the gate\u{fffd}")];
    let is_whole = |answer: &Answer| {
        let kept = fields(&answer.text);
        telling.iter().all(|(name, value)| kept.contains(&((*name).to_owned(), (*value).to_owned())))
    };
    let page = asked(&mut ann).await;
    // The store is away.
    school.share(None);
    let away = fill(&mut ann, &page, TELL, &telling).await;
    assert!(away.status == 503 && is_whole(&away), "{}", away.text);
    for said in ["was not sent", "Tell a grown-up", "0800 1111", "tel:999", "Leave this page"] {
        assert!(away.text.contains(said), "{said}: {}", away.text);
    }
    school.share(Some(school.records.clone()));
    // The class has ended while she wrote: the seat is gone, the words are not.
    school.advance(SignedDuration::from_mins(30));
    let out = fill(&mut ann, &away, TELL, &[]).await;
    assert!(out.status == 403 && is_whole(&out), "{}", out.text);
    for said in ["Tell a grown-up near you", "open the class again", "href=\"/sign-in/pupil\"", "0800 1111", "tel:999"]
    {
        assert!(out.text.contains(said), "{said}: {}", out.text);
    }
    // Nothing of it is kept on the device.
    assert_eq!(out.header("cache-control"), Some("no-store"));
    assert!(out.header("set-cookie").is_none());
    assert_eq!(files().await, 0);
    // Another pupil who comes in at this computer is shown no word of it, and sends none.
    let card = given(school, &class.head, class.pupils.other_ann).await;
    let code = class.open().await;
    let mut other = school.browser();
    at_class(&mut other, &code, class.pupils.other_ann).await;
    assert_eq!(show_words(&mut other, &card).await.location(), "/start");
    let theirs = fill(&mut other, &out, TELL, &[]).await;
    assert!(theirs.status == 403 && !theirs.text.contains("at the gate"), "{}", theirs.text);
    assert_eq!(files().await, 0);
    // She comes in again, and what she told is sent: once, however often she presses.
    at_class(&mut ann, &code, class.pupils.ann).await;
    assert_eq!(show_words(&mut ann, &class.words).await.location(), "/start");
    let looked = fill(&mut ann, &out, TELL, &[]).await;
    assert!(looked.status == 403 && is_whole(&looked) && looked.text.contains("once more"), "{}", looked.text);
    for _ in 0..3 {
        assert_eq!(fill(&mut ann, &looked, TELL, &[]).await.location(), "/tell/told");
    }
    assert_eq!(files().await, 1);
    // Whoever she meant does not work here any more: she is asked again, and nothing that she wrote is lost.
    let meant = class.pupils.ben.to_string();
    let again = fill(&mut ann, &looked, TELL, &[("about", "yes"), ("who", &meant)]).await;
    assert!(again.status == 422 && again.text.contains("Choose again"), "{}", again.text);
    assert!(again.text.contains("he waits at the gate"), "{}", again.text);
    let sent = fill(&mut ann, &again, TELL, &[("who", "nobody")]).await;
    assert_eq!(sent.location(), "/tell/told", "{}", sent.text);
}

#[tokio::test]
async fn whoever_opens_what_a_pupil_left_open_is_asked_to_find_out_and_may_divide_it() {
    let class = Class::new().await;
    let school = &class.pupils.school;
    let mut ann = class.ann().await;
    let page = ann.act(TELL, TELL, &[("about", "unsure")]).await;
    let told = fill(&mut ann, &page, TELL, &[("what", "sad"), ("words", "somebody shouts at me")]).await;
    assert_eq!(told.location(), "/tell/told");
    let lead = school.ready("lead").await;
    let file = school.records.list_files(&lead, &Which::default()).await.expect("listed").files.remove(0);
    let at = format!("/concerns/{}", file.reference);
    let mut leads = school.signed_in("lead").await;
    let case = leads.get(&at).await;
    let warned = case.text.find("It is not known whether this is about an adult").expect("it stands above");
    let divides = case.text.find(&format!("{at}/about-an-adult")).expect("one press away");
    let words = case.text.find("somebody shouts at me").expect("her words");
    assert!(warned < divides && divides < words, "{}", case.text);
    let (port, cookie) = (school.address.port(), leads.cookie.expect("signed in"));
    let looked = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        seat(&browser, &cookie, &of("/"));
        look(&browser, &[(of(&at), "pupil-left-open")]);
        // What is typed in an answer comes back from a seat that is gone.
        browser.open(&of(&format!("{at}/note")));
        browser.run("document.getElementById('kind').click(); document.getElementById('text').value = 'a long note'");
        browser.command("Network.clearBrowserCookies", &json!({}));
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.querySelector('h1').textContent === 'It was not sent: you are signed out'");
        assert_eq!(browser.run("return document.getElementById('text').value"), json!("a long note"));
        look_here(&browser, "answer-back");
    });
    looked.await.expect("nothing has a fault");
}

/// Gives a browser somebody's seat.
fn seat(browser: &Browser, cookie: &str, url: &str) {
    let (name, value) = cookie.split_once('=').expect("a cookie");
    let cookie = json!({"name": name, "value": value, "url": url, "secure": true, "path": "/", "httpOnly": true});
    browser.command("Network.setCookie", &cookie);
}

/// Chooses a picture with the arrow keys, from the first of its question.
fn choose(browser: &Browser, question: &str, word: &str) {
    const RIGHT: char = '\u{E014}';
    const SPACE: char = ' ';
    reach(browser, question);
    browser.press(&[SPACE]);
    for _ in 0..12 {
        if browser.run("return document.activeElement.value") == json!(word) {
            return;
        }
        browser.press(&[RIGHT]);
    }
    panic!("“{word}” cannot be reached with the arrows");
}

#[tokio::test]
async fn a_pupil_comes_in_with_the_keyboard_alone_and_without_javascript_and_no_page_has_a_fault() {
    let class = Class::new().await;
    let school = &class.pupils.school;
    let code = class.open().await;
    let cookie = class.pupils.again("head").await.cookie.expect("signed in");
    let (port, id, ann, little, pictures) =
        (school.address.port(), class.id, class.pupils.ann, class.little, class.pictures);
    let ben = class.pupils.ben;
    school.records.join_class(&class.head, "7B", ben, Part::Learns).await.expect("he learns");
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        look(&browser, &[(of("/sign-in/pupil"), "pupil-code")]);
        write(&browser, "code", "CDFHJK");
        browser.press(&[ENTER]);
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "pupil-code-wrong");
        browser.open(&of("/sign-in/pupil"));
        write(&browser, "code", &code);
        browser.press(&[ENTER]);
        browser.until("return location.pathname === '/sign-in/pupil/who'");
        look_here(&browser, "pupil-who");
        let is_little = format!("return document.activeElement.value === '{little}'");
        for _ in 0..40 {
            if browser.run(&is_little) == json!(true) {
                break;
            }
            browser.press(&[TAB]);
        }
        browser.press(&[ENTER]);
        browser.until("return location.pathname === '/sign-in/pupil/show'");
        look_here(&browser, "pupil-pictures");
        // The wrong way round first.
        let [first, second] = pictures;
        choose(&browser, "first", second);
        choose(&browser, "second", first);
        browser.picture("pupil-pictures-chosen");
        browser.press(&[ENTER]);
        browser.until("return document.title.startsWith('Error: ')");
        look_here(&browser, "pupil-pictures-wrong");
        // The same without JavaScript: nothing of it is needed.
        browser.command("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
        browser.open(&of("/sign-in/pupil/show"));
        choose(&browser, "first", first);
        choose(&browser, "second", second);
        browser.press(&[ENTER]);
        browser.command("Emulation.setScriptExecutionDisabled", &json!({"value": false}));
        browser.until("return location.pathname === '/start'");
        look(
            &browser,
            &[(of("/start"), "pupil-start"), (of("/help/children"), "pupil-help"), (of("/stopped"), "pupil-stopped")],
        );
        look(&browser, &[(of("/tell"), "pupil-tell-about"), (of("/tell/told"), "pupil-told")]);
        browser.open(&of("/tell"));
        browser.run("document.querySelector('button[value=yes]').click()");
        browser.until("return document.querySelector('h1').textContent === 'Who is it about?'");
        look_here(&browser, "pupil-tell-who");
        browser.run("document.querySelector('button[value=nobody]').click()");
        browser.until("return document.getElementById('what') !== null");
        look_here(&browser, "pupil-tell");
        browser.run("document.getElementById('what').click()");
        browser.run("document.getElementById('words').value = 'he waits at the gate'");
        browser.command("Network.clearBrowserCookies", &json!({}));
        // The seat is gone: what she told comes back.
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.querySelector('h1').textContent.startsWith('It was not sent yet')");
        assert_eq!(browser.run("return document.getElementById('words').value"), json!("he waits at the gate"));
        look_here(&browser, "pupil-tell-back");
        seat(&browser, &cookie, &of("/"));
        let pages = [
            (of(&format!("/classes/{id}/sign-in")), "pupil-class-open"),
            (of(&format!("/classes/{id}/sign-in/board")), "pupil-board"),
            (of(&format!("/classes/{id}/sign-in/cards")), "pupil-cards-ask"),
            (of(&format!("/people/{ann}/sign-in")), "pupil-way"),
            (of(&format!("/people/{ann}/exemption")), "pupil-exemption"),
            (of(&format!("/people/{ann}")), "pupil-person"),
            (of(&format!("/classes/{id}")), "pupil-class"),
            (of("/exemptions"), "pupil-exemptions-none"),
        ];
        look(&browser, &pages);
        browser.open(&of(&format!("/people/{little}/sign-in")));
        browser.run("document.getElementById('kind').click(); document.getElementById('reason').click()");
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.title.startsWith('Cards')");
        look_here(&browser, "pupil-card-pictures");
        browser.open(&of(&format!("/classes/{id}/sign-in/cards")));
        browser.run("document.getElementById('kind-2').click()");
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.title.startsWith('Cards to hand out')");
        look_here(&browser, "pupil-card-words");
    });
    done.await.expect("nothing has a fault");
}
