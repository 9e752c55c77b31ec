//! The first run: the console's token, the draft that outlasts the program, what is handed over, and what is not yet done.

use crate::{
    authenticator,
    browser::{Answer, Browser},
    driver,
    keyboard::{ENTER, reach, reach_what, write},
    looks::look,
    school::{PASSWORD, School, sources},
};
use holdfast_records::{
    Records,
    accounts::SignIn,
    contacts::{ContactFor, ContactRole, NewContact},
    store::{Clock, Place},
};
use holdfast_web::{Sources, loopback, serve};
use jiff::Timestamp;
use std::{net::SocketAddr, path::Path};
use tokio::sync::{oneshot, watch};

/// A server without a school, on a folder that outlasts it.
struct Bare {
    records: Records,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
}

fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().expect("a moment")
}

impl Bare {
    async fn new(folder: &Path) -> Self {
        let place = Place { data: folder.join("data"), database: None, secrets: folder.join("secrets") };
        let records = Records::open(&place, Clock::new(now)).await.expect("the store opens");
        let found = loopback(0).await.expect("a port");
        let address = found.listeners[0].local_addr().expect("an address");
        let shared = watch::channel(Some(records.clone())).1;
        let settings = holdfast_web::Settings { own_origin: format!("http://{address}"), ..Default::default() };
        let sources = Sources { settings, ..sources(shared, now) };
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(found.listeners, sources, async { drop(stopped.await) }));
        Self { records, address, stop }
    }

    /// Stops it as a machine stops: whoever was at it has to begin anew.
    async fn stopped(self) {
        drop(self.stop);
        self.records.close().await;
    }

    async fn token(&self) -> String {
        self.records.issue_set_up_token().await.expect("there is no school").token.to_string()
    }

    fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    async fn with_token(&self) -> Browser {
        let mut browser = self.browser();
        let answer = browser.post("/set-up", &[("set-up-token", &self.token().await)]).await;
        assert_eq!(answer.location(), "/set-up");
        browser
    }
}

const SCHOOL: [(&str, &str); 4] =
    [("name", "Ash Grove School"), ("code", "ash-grove"), ("time-zone", "Europe/London"), ("trust", "")];

/// Enough people: three who hear about a child, three about an adult who works here, three custodians.
const PEOPLE: [&[(&str, &str)]; 4] = [
    &[("full-name", "Hana Head"), ("duties", "head"), ("sign-in-name", "hana"), ("custodian", "yes")],
    &[
        ("full-name", "Dora Lead"),
        ("duties", "dsl"),
        ("deputy-for", "head"),
        ("sign-in-name", "dora"),
        ("custodian", "yes"),
    ],
    &[
        ("full-name", "Carl Chair"),
        ("kind", "governor"),
        ("duties", "chair"),
        ("sign-in-name", "carl"),
        ("custodian", "yes"),
    ],
    &[("full-name", "Theo Byte"), ("duties", "technician"), ("duties", "office"), ("sign-in-name", "theo")],
];

async fn name(browser: &mut Browser, people: &[&[(&str, &str)]]) {
    for person in people {
        let answer = browser.act("/set-up/people/new", "/set-up/people/new", person).await;
        assert_eq!(answer.location(), "/set-up/people");
    }
}

/// The printed groups of a code, from its page.
fn groups(page: &Answer) -> Vec<String> {
    let groups = page.text.split("<dd><code>").skip(1);
    groups.filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect()
}

/// Types back what the page asks for.
async fn type_back(browser: &mut Browser, path: &str, printed: &[String]) -> Answer {
    let page = browser.get(path).await;
    let asked: Vec<usize> =
        page.text.split("name=\"group-").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect();
    assert_eq!(asked.len(), 3, "{}", page.text);
    let fields: Vec<(String, String)> =
        asked.iter().map(|number| (format!("group-{number}"), printed[number - 1].to_uppercase())).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    browser.act(path, path, &fields).await
}

/// Signs somebody in who has a password of their own and must show something beside it.
async fn second_step(bare: &Bare, name: &str) -> Browser {
    let SignIn::In(session) = bare.records.begin_at_console("ash-grove", name, PASSWORD).await.unwrap() else {
        panic!("{name} has something beside the password already")
    };
    let new = bare.records.new_authenticator(&session).await.unwrap();
    let (_, spare) =
        bare.records.add_authenticator(&session, &new, &authenticator::code(&new.typed, now())).await.unwrap();
    let spare = spare.expect("spare codes").0[0].to_string();
    let mut browser = bare.browser();
    browser.post("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
    let fields = [("code", spare.as_str()), ("then", "/today")];
    let answer = browser.act("/sign-in/second-step", "/sign-in/second-step", &fields).await;
    assert_eq!(answer.location(), "/today");
    browser
}

#[tokio::test]
async fn nothing_of_it_is_anybodys_who_has_not_the_consoles_token() {
    let folder = tempfile::tempdir().unwrap();
    let bare = Bare::new(folder.path()).await;
    let token = bare.token().await;
    let mut stranger = bare.browser();
    for path in ["/set-up/school", "/set-up/people", "/set-up/people/new", "/set-up/check"] {
        assert_eq!(stranger.get(path).await.location(), "/set-up", "{path}");
    }
    for path in ["/set-up/slips", "/set-up/codes/1", "/set-up/codes/1/check"] {
        assert_eq!(stranger.get(path).await.status, 404, "{path}");
    }
    for path in ["/set-up/school", "/set-up/people/new", "/set-up/people/1/remove", "/set-up/check"] {
        assert_eq!(stranger.post(path, &SCHOOL).await.location(), "/set-up", "{path}");
    }
    let wrong = stranger.post("/set-up", &[("set-up-token", "0000-0000-0000-0000-0000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("holdfast set-up token"), "{}", wrong.text);
    let mut first = bare.browser();
    assert_eq!(first.post("/set-up", &[("set-up-token", &token)]).await.location(), "/set-up");
    // A second browser with the used token gets nothing, and takes nothing over.
    let mut second = bare.browser();
    assert_eq!(second.post("/set-up", &[("set-up-token", &token)]).await.status, 422);
    assert_eq!(second.get("/set-up/people").await.location(), "/set-up");
    assert_eq!(first.get("/set-up/people").await.status, 200);
    // A form of another page does nothing; nor does one that another site sends.
    assert_eq!(first.post("/set-up/school", &SCHOOL).await.status, 403);
    let foreign = [("Sec-Fetch-Site", "cross-site")];
    assert_eq!(first.post_with("/set-up", &[("set-up-token", "x")], &foreign).await.status, 403);
    // Whoever has a newer token goes on alone.
    let mut third = bare.with_token().await;
    assert_eq!(third.get("/set-up/people").await.status, 200);
    assert_eq!(first.get("/set-up/people").await.location(), "/set-up");
    // Passed on by another program here: for somebody elsewhere, as far as we can know.
    let answer = third.send("GET", "/set-up", &[("X-Forwarded-For", "10.0.0.7")], "").await;
    assert_eq!(answer.status, 403);
    bare.stopped().await;
}

#[tokio::test]
async fn it_is_left_and_gone_on_with_and_what_is_made_is_shown_until_it_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let bare = Bare::new(folder.path()).await;
    let mut browser = bare.with_token().await;
    let wrong = [("name", ""), ("code", "Ash Grove"), ("time-zone", "Mars/Olympus"), ("trust", "Grove Trust")];
    let answer = browser.act("/set-up/school", "/set-up/school", &wrong).await;
    assert_eq!(answer.status, 422);
    for words in ["school’s name", "short code of 1 to 40", "no such time zone", "value=\"Grove Trust\""] {
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
    }
    assert_eq!(browser.act("/set-up/school", "/set-up/school", &SCHOOL).await.location(), "/set-up");
    name(&mut browser, &PEOPLE[..2]).await;
    let same = [("full-name", "Another"), ("sign-in-name", "HANA")];
    assert_eq!(browser.act("/set-up/people/new", "/set-up/people/new", &same).await.status, 422);
    let page = browser.get("/set-up/people").await;
    assert!(page.text.contains("at least 3 must"), "fewer than three are refused: {}", page.text);
    let answer = browser.act("/set-up/people", "/set-up/check", &[]).await;
    assert_eq!(answer.status, 422);
    assert!(bare.records.is_first_run().await.unwrap());

    // The machine stops in the middle. Whoever has the console goes on where they were; the browser of before has nothing.
    bare.stopped().await;
    let bare = Bare::new(folder.path()).await;
    let before = browser.cookie.clone();
    let mut browser = bare.browser();
    browser.cookie = before;
    assert_eq!(browser.get("/set-up/people").await.location(), "/set-up");
    let mut browser = bare.with_token().await;
    let page = browser.get("/set-up/people").await;
    assert!(page.text.contains("Hana Head") && page.text.contains("Dora Lead"), "{}", page.text);
    name(&mut browser, &PEOPLE[2..]).await;
    name(&mut browser, &[&[("full-name", "Left Out")]]).await;
    assert_eq!(browser.get("/set-up/people/6").await.status, 404);
    browser.act("/set-up/people", "/set-up/people/5/remove", &[]).await;
    assert!(!browser.get("/set-up/people").await.text.contains("Left Out"));
    assert_eq!(browser.act("/set-up/check", "/set-up/check", &[]).await.location(), "/set-up");

    // From here on the pages of the draft are gone, for them too; what was made is for this browser alone.
    assert_eq!(browser.get("/set-up/people").await.status, 404);
    let mut stranger = bare.browser();
    assert_eq!(stranger.get("/set-up/slips").await.status, 404);
    assert!(stranger.get("/set-up").await.location().starts_with("/sign-in"));
    for path in ["/sign-in", "/sign-in/passkey"] {
        assert_eq!(browser.get(path).await.location(), "/set-up", "{path}: what is not handed over stays");
    }
    assert_eq!(browser.post("/sign-in", &[("name", "x"), ("password", "y")]).await.location(), "/set-up");
    let slips = browser.get("/set-up/slips").await;
    let passphrase = slips.text.split("<code>").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    assert!(slips.text.contains("Hana Head") && slips.text.contains("Theo Byte"), "{}", slips.text);
    let printed = groups(&browser.get("/set-up/codes/1").await);
    assert_eq!(printed.len(), 13);
    let mut smudged = printed.clone();
    for group in &mut smudged {
        group.replace_range(..1, "?");
    }
    assert_eq!(type_back(&mut browser, "/set-up/codes/1/check", &smudged).await.status, 422);
    assert_eq!(type_back(&mut browser, "/set-up/codes/1/check", &printed).await.location(), "/set-up");
    assert_eq!(browser.get("/set-up/codes/1").await.status, 404, "it is shown no more");
    assert_eq!(browser.get("/set-up/codes/4").await.status, 404, "no custodian");
    assert_eq!(browser.act("/set-up/slips", "/set-up/slips", &[]).await.location(), "/set-up");
    assert_eq!(browser.get("/set-up/slips").await.location(), "/set-up");
    for number in [2, 3] {
        let printed = groups(&browser.get(&format!("/set-up/codes/{number}")).await);
        type_back(&mut browser, &format!("/set-up/codes/{number}/check"), &printed).await;
    }
    assert!(browser.get("/set-up").await.text.contains("Everything is handed over"));
    assert_eq!(browser.get("/sign-in").await.status, 200, "then the door is open to them");

    // The head signs in with the slip, sees what is not yet done, and ends it.
    let mut head = bare.browser();
    let answer = head.post("/sign-in", &[("name", "hana"), ("password", &passphrase)]).await;
    assert!(answer.location().starts_with("/sign-in/first-password"));
    let chosen = [("new", PASSWORD), ("again", PASSWORD)];
    head.act("/sign-in/first-password", "/sign-in/first-password", &chosen).await;
    let mut head = second_step(&bare, "hana").await;
    assert_eq!(head.get("/set-up").await.location(), "/set-up/left");
    let left = head.get("/set-up/left").await;
    for words in ["Not signed in yet: Carl Chair, Dora Lead, Theo Byte", "There is none yet, so clocks", "only filter"]
    {
        assert!(left.text.contains(words), "{words}: {}", left.text);
    }
    assert!(left.text.contains("Each printed code was typed back"), "{}", left.text);
    assert_eq!(head.act("/set-up/left", "/set-up/left/filter", &[]).await.location(), "/set-up/left");
    let ended = head.act("/set-up/left", "/set-up/left", &[]).await;
    assert!(ended.status == 422 && ended.text.contains("Say that the set-up ends although"), "{}", ended.text);
    assert!(!head.get("/set-up/left").await.text.contains("Setting up has ended"), "it is asked first");
    assert_eq!(head.act("/set-up/left", "/set-up/left", &[("sure", "yes")]).await.location(), "/set-up/left");
    let left = head.get("/set-up/left").await;
    assert!(left.text.contains("Setting up has ended") && left.text.contains("are not done yet"), "{}", left.text);
    // Nobody has to know the address by heart.
    let today = head.get("/today").await;
    assert!(today.text.contains("things of the set-up are not done yet"), "{}", today.text);
    assert!(today.text.contains("href=\"/set-up/left\""), "{}", today.text);
    assert!(head.get("/settings").await.text.contains("href=\"/set-up/left\""));
    for browser in [&mut head, &mut stranger] {
        assert_eq!(browser.get("/set-up").await.status, 404);
        assert_eq!(browser.post("/set-up", &[("set-up-token", "x")]).await.status, 404);
    }
    bare.stopped().await;
}

#[tokio::test]
async fn what_is_not_yet_done_is_for_whoever_may_finish_it() {
    let school = School::new().await;
    let mut office = school.signed_in("office").await;
    assert_eq!(office.get("/set-up/left").await.status, 404);
    let mut technician = school.signed_in("technician").await;
    assert_eq!(technician.get("/set-up/left").await.status, 200);
    let typed = [("recovery-code", "nonsense")];
    assert_eq!(technician.act("/set-up/left/code", "/set-up/left/code", &typed).await.status, 422);
}

/// The line of the list about one thing.
fn line(page: &str, id: &str) -> String {
    let (before, rest) = page.split_once(&format!("id=\"{id}-hint\"")).unwrap_or_else(|| panic!("{id}: {page}"));
    let start = before.rfind("<li").expect("its line begins");
    let end = rest.find("</li>").expect("its line ends");
    format!("{}{}", &before[start..], &rest[..end])
}

#[tokio::test]
async fn mail_and_the_numbers_of_the_area_are_open_until_they_are_there() {
    let school = School::new().await;
    let mut head = school.signed_in("head").await;
    let page = head.get("/set-up/left").await.text;
    let mail = line(&page, "mail");
    assert!(mail.contains("Not\u{a0}yet\u{a0}done") && mail.contains("No mail is sent"), "{mail}");
    assert!(mail.contains("href=\"/mail\""), "{mail}");
    let contacts = line(&page, "contacts");
    assert!(contacts.contains("Not\u{a0}yet\u{a0}done") && contacts.contains("designated officer"), "{contacts}");
    assert!(line(&page, "watched").contains("href=\"/settings/calendar\""), "{page}");
    // Mail goes out, and still somebody with a duty has no address.
    let session = school.ready("head").await;
    let server = [
        ("security", "starttls"),
        ("host", "mail.brook-lane.example"),
        ("port", "587"),
        ("sign_in", "none"),
        ("sender", "school@brook-lane.example"),
    ];
    assert_eq!(head.act("/mail/server", "/mail/server", &server).await.location(), "/mail/test");
    let mail = line(&head.get("/set-up/left").await.text, "mail");
    assert!(mail.contains("Not\u{a0}yet\u{a0}done") && mail.contains("no address for mail"), "{mail}");
    for role in ContactRole::ASKED_FOR {
        let contact = line(&head.get("/set-up/left").await.text, "contacts");
        assert!(contact.contains("Not\u{a0}yet\u{a0}done"), "{contact}");
        let new = NewContact {
            role: *role,
            name: "A service of ours",
            telephone: "01632 960 001",
            web: "",
            hours: "",
            what_for: "",
            audience: ContactFor::Staff,
            source: "A letter",
        };
        school.records.write_contact(&session, new, None).await.expect("written");
    }
    let contacts = line(&head.get("/set-up/left").await.text, "contacts");
    assert!(!contacts.contains("Not\u{a0}yet\u{a0}done") && contacts.contains("Done"), "{contacts}");
}

/// Ticks or chooses with the keyboard.
fn tick(browser: &driver::Browser, id: &str) {
    reach(browser, id);
    browser.press(&[' ']);
}

fn send(browser: &driver::Browser, path: &str) {
    browser.press(&[ENTER]);
    browser.until(&format!("return location.pathname === '{path}' && document.readyState === 'complete'"));
}

#[tokio::test]
async fn somebody_sets_a_school_up_with_the_keyboard_and_no_page_has_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let bare = Bare::new(folder.path()).await;
    let (port, token) = (bare.address.port(), bare.token().await);
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = driver::Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        look(&browser, &[(of("/set-up"), "set-up-token")]);
        write(&browser, "set-up-token", "not this one");
        browser.press(&[ENTER]);
        browser.until("return document.title.startsWith('Error: ')");
        browser.picture("set-up-token-wrong");
        write(&browser, "set-up-token", &token);
        browser.press(&[ENTER]);
        browser.until("return document.querySelector('.govuk-task-list') !== null");
        look(&browser, &[(of("/set-up"), "set-up"), (of("/set-up/school"), "set-up-school")]);
        // What was looked at was opened by its address; from here each page is reached from the one before.
        browser.open(&of("/set-up"));
        follow(&browser, "/set-up/school");
        write(&browser, "name", "Ash Grove School");
        write(&browser, "code", "ash-grove");
        send(&browser, "/set-up");
        follow(&browser, "/set-up/people");
        for (name, duty, stands_in) in [("Hana Head", "duties", None), ("Dora Lead", "duties-2", Some("deputy-for"))]
            .into_iter()
            .chain([("Carl Chair", "duties-4", None)])
        {
            follow(&browser, "/set-up/people/new");
            write(&browser, "full-name", name);
            tick(&browser, duty);
            if let Some(id) = stands_in {
                tick(&browser, id);
            }
            write(&browser, "sign-in-name", &name.split(' ').next().unwrap_or_default().to_lowercase());
            tick(&browser, "custodian");
            reach(&browser, "sign-in-name");
            send(&browser, "/set-up/people");
        }
        look(
            &browser,
            &[
                (of("/set-up/people"), "set-up-people"),
                (of("/set-up/people/2"), "set-up-person"),
                (of("/set-up/check"), "set-up-check"),
            ],
        );
        browser.open(&of("/set-up"));
        follow(&browser, "/set-up/check");
        press(&browser, "/set-up/check", "/set-up");
        look(
            &browser,
            &[
                (of("/set-up"), "set-up-made"),
                (of("/set-up/slips"), "set-up-slips"),
                (of("/set-up/codes/1"), "set-up-code"),
                (of("/set-up/codes/1/check"), "set-up-code-check"),
            ],
        );
        browser.open(&of("/set-up"));
        for number in 1..=3 {
            type_a_code_back(&browser, number);
        }
        follow(&browser, "/set-up/slips");
        let passphrase = browser.run(
            "return [...document.querySelectorAll('section.panel')].find((slip) => slip.innerText.includes('Hana Head'))
                .querySelector('code').innerText",
        );
        press(&browser, "/set-up/slips", "/set-up");
        browser.until("return document.body.innerText.includes('Everything is handed over')");
        browser.picture("set-up-handed-over");
        the_head_ends_it(&browser, passphrase.as_str().expect("a passphrase"));
    });
    done.await.unwrap();
    bare.stopped().await;
}

/// Goes where a link leads.
fn follow(browser: &driver::Browser, path: &str) {
    reach_what(browser, &format!("main a[href=\"{path}\"]"));
    send(browser, path);
}

/// Presses the button of this form, which leads here.
fn press(browser: &driver::Browser, form: &str, path: &str) {
    reach_what(browser, &format!("main form[action=\"{form}\"] button"));
    // Where a form leads to its own page, only what is not marked is another page.
    browser.run("document.body.dataset.before = 'yes'");
    browser.press(&[ENTER]);
    browser.until(&format!(
        "return location.pathname === '{path}' && document.readyState === 'complete' && !document.body.dataset.before"
    ));
}

/// Reads one code from the screen, as its custodian does from the paper, and types back what is asked for.
fn type_a_code_back(browser: &driver::Browser, number: usize) {
    let at = format!("/set-up/codes/{number}");
    follow(browser, &at);
    let texts = |script: &str| -> Vec<String> {
        let found = browser.run(script);
        found.as_array().expect("a list").iter().map(|text| text.as_str().expect("text").to_owned()).collect()
    };
    let groups = texts("return [...document.querySelectorAll('dl.facts code')].map((group) => group.innerText)");
    follow(browser, &format!("{at}/check"));
    let asked = texts("return [...document.querySelectorAll('main input[name^=group-]')].map((field) => field.id)");
    assert_eq!(asked.len(), 3);
    for id in asked {
        let place: usize = id.strip_prefix("group-").and_then(|place| place.parse().ok()).expect("a place");
        write(browser, &id, &groups[place - 1]);
    }
    press(browser, &format!("{at}/check"), "/set-up");
}

/// The head comes in by the slip, shows who they are, sees what is left, and ends the set-up.
fn the_head_ends_it(browser: &driver::Browser, passphrase: &str) {
    reach_what(browser, "main a[href^=\"/sign-in?then=\"]");
    send(browser, "/sign-in");
    write(browser, "name", "hana");
    write(browser, "password", passphrase);
    send(browser, "/sign-in/first-password");
    write(browser, "new", PASSWORD);
    write(browser, "again", PASSWORD);
    send(browser, "/account/second-step");
    follow(browser, "/account/second-step/app");
    let secret = browser.run(
        "return [...document.querySelectorAll('dt')].find((name) => name.innerText === 'Secret')
        .nextElementSibling.innerText",
    );
    write(browser, "code", &authenticator::code(secret.as_str().expect("a secret"), now()));
    send(browser, "/account/second-step/codes");
    reach_what(browser, "main form[action=\"/account/second-step/codes/kept\"] button");
    browser.press(&[ENTER]);
    browser.until("return location.pathname !== '/account/second-step/codes' && document.readyState === 'complete'");
    if browser.run("return location.pathname") == serde_json::json!("/account/advice") {
        reach_what(browser, "main form[action=\"/account/advice\"] button");
        browser.press(&[ENTER]);
        browser.until("return location.pathname !== '/account/advice' && document.readyState === 'complete'");
    }
    if browser.run("return location.pathname") != serde_json::json!("/set-up/left") {
        reach_what(browser, "a[href=\"/today\"]");
        send(browser, "/today");
        follow(browser, "/set-up/left");
    }
    tick(browser, "sure");
    press(browser, "/set-up/left", "/set-up/left");
    browser.until("return document.body.innerText.includes('Setting up has ended')");
}

#[tokio::test]
async fn the_list_of_what_is_not_yet_done_has_no_fault() {
    let school = School::new().await;
    let cookie = school.signed_in("head").await.cookie.expect("a seat");
    let (port, cookie) = (school.address.port(), cookie);
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = driver::Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        browser.open(&of("/help"));
        let (name, value) = cookie.split_once('=').expect("a cookie");
        let cookie = serde_json::json!({"name": name, "value": value, "url": of("/"), "path": "/", "secure": true, "httpOnly": true});
        browser.command("Network.setCookie", &cookie);
        look(
            &browser,
            &[
                (of("/set-up/left"), "set-up-left"),
                (of("/set-up/left/code"), "set-up-left-code"),
                (of("/emergency-sign-ins"), "sealed-none"),
                (of("/emergency-sign-ins/new"), "sealed-new"),
            ],
        );
        browser.run("document.querySelector('main form button').focus()");
        browser.press(&[ENTER]);
        browser.until("return document.querySelector('main .panel code') !== null");
        browser.picture("sealed-code");
        look(&browser, &[(of("/emergency-sign-ins"), "sealed-list")]);
    });
    done.await.unwrap();
}
