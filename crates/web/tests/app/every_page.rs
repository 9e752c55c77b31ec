//! Every page of the table in a real browser, as somebody who may see it: through axe-core at both widths, with a title that
//! names nobody.

use crate::{
    admissions,
    browser::Browser as Client,
    by_role::{filled, in_places, places},
    demonstration,
    driver::Browser,
    filtering::{self, follow, with_policy},
    looks::look,
    pupils_ways,
    school::{School, roles},
};
use holdfast_records::{
    access::{Duty, FileKind},
    concern::answer::{
        Considered, Course, Crime, Extent, ForFamily, IncidentType, NewClass, NewConsidered, NewDecision, NewThreshold,
        Sanction, Support, ThresholdLevel,
    },
    file::{Closing, EntryKind, NewEntry, NewFile, Severity, Words},
    people::{Kind, NewPerson},
};
use holdfast_web::routes;
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Nobody's name may stand in a window's title or an address.
const PUPIL: &str = "Mia Reed";

/// Browsers in which somebody is signed in, by their role.
type Clients = Vec<(&'static str, Client)>;

/// Pages of the table that this run does not look at, each with the test that does, or why none does. It may only get shorter.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/account/confirm/with/{provider}", "leads to another's page; sign_on/looks.rs has what comes before and after"),
    ("/account/second-step/passkeys/{passkey}/remove", "passkeys.rs"),
    ("/account/sign-on/add/{provider}", "leads to another's page"),
    ("/account/sign-on/found", "sign_on/looks.rs"),
    ("/account/unlock", "passkeys.rs has the same page, asked for another purpose: /account/confirm"),
    (
        "/accounts/{person}/passphrase",
        "shows its passphrase once; looked at from the console's side in accounts.rs by its text",
    ),
    ("/accounts/{person}/reset", "leads on to /accounts/{person}/passphrase"),
    ("/admissions/{person}", "no_page_that_needs_a_school_of_its_own_has_a_fault, below"),
    ("/audit/checkpoints/{position}", "today.rs"),
    ("/certificate", "tests/pages: it is there only where secure pages are opened"),
    ("/certificate/code.svg", "a file of /certificate"),
    ("/certificate/holdfast.crt", "a file of /certificate"),
    ("/certificate/holdfast.mobileconfig", "a file of /certificate"),
    ("/certificate/holdfast.pem", "a file of /certificate"),
    ("/certificate/next.crt", "a file of /certificate"),
    ("/certificate/next.pem", "a file of /certificate"),
    ("/concerns/drafts/{draft}", "raising.rs"),
    ("/concerns/drafts/{draft}/throw-away", "raising.rs"),
    ("/concerns/mine/{concern}/more", "raising.rs"),
    ("/concerns/mine/{concern}/told", "raising.rs"),
    ("/concerns/paper/{batch}", "raising.rs"),
    ("/concerns/sent/{form}", "raising.rs"),
    ("/contacts/{contact}/change", "contacts.rs"),
    ("/contacts/{contact}/end", "contacts.rs"),
    ("/demonstration", "no_page_that_needs_a_school_of_its_own_has_a_fault, below"),
    ("/duties/family/{relation}/end", "needs a child of somebody to whom concerns come; not looked at yet"),
    ("/duties/holdings/{holding}/end", "people_looks.rs"),
    ("/duties/trust-lead/{person}/agree", "no_page_that_needs_a_school_of_its_own_has_a_fault, below"),
    ("/emergency-accesses/{emergency}", "needs emergency access that was taken; not looked at yet"),
    ("/erasures/{proposal}", "needs a proposal; not looked at yet"),
    ("/file-tasks/{task}/erase", "needs a file of somebody who left; not looked at yet"),
    ("/people/{person}/confidential/{what}", "people_looks.rs"),
    ("/people/{person}/family/{relation}/end", "people_looks.rs"),
    ("/people/{person}/photo", "a picture, where there is one"),
    ("/set-up", "set_up.rs"),
    ("/set-up/check", "set_up.rs"),
    ("/set-up/codes/{number}", "set_up.rs"),
    ("/set-up/codes/{number}/check", "set_up.rs"),
    ("/set-up/people", "set_up.rs"),
    ("/set-up/people/{number}", "set_up.rs"),
    ("/set-up/school", "set_up.rs"),
    ("/set-up/slips", "set_up.rs"),
    ("/sign-in/emergency/accounts", "sealed.rs"),
    ("/sign-in/first-password", "no_page_that_needs_a_school_of_its_own_has_a_fault, below"),
    ("/sign-in/second-step", "keyboard.rs"),
    ("/sign-in/with/{provider}", "leads to another's page"),
    ("/sign-in/with/{provider}/back", "nobody comes back without having been sent"),
];

/// The pages that somebody gets, each with the first role that gets it.
async fn pages(
    school: &School,
    seen: &mut BTreeSet<&'static str>,
) -> (Clients, BTreeMap<&'static str, Vec<(String, String)>>) {
    let mut clients = vec![("nobody", school.browser())];
    for (role, _) in roles() {
        clients.push((role, school.signed_in(role).await));
    }
    let places = places(school).await;
    let (pupil, class) = in_places(&places);
    let [inside, outside] = pupils_ways::browsers(school, pupil, class).await;
    clients.extend([("pupil", inside), ("pupil at the door", outside)]);
    let mut pages: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for route in routes::all().filter(|route| route.reads()) {
        let path = filled(route.path, &places);
        for (role, client) in &mut clients {
            let answer = client.get(&path).await;
            let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
            if answer.status == 200 && !is_page {
                // A file, such as a picture or a style sheet: nothing for axe.
                seen.insert(route.path);
                break;
            }
            if answer.status == 200 {
                seen.insert(route.path);
                let (_, rest) = answer.text.split_once("<title>").expect("a page has a title");
                let (title, _) = rest.split_once("</title>").expect("it ends");
                assert!(!title.contains(PUPIL) && !path.contains("Reed"), "{path}: {title}");
                let name: String = route
                    .path
                    .chars()
                    .filter(|sign| !"{}".contains(*sign))
                    .map(|sign| if sign == '/' { '-' } else { sign })
                    .collect();
                pages.entry(role).or_default().push((path, format!("page{name}")));
                break;
            }
        }
    }
    (clients, pages)
}

/// The page on which what was learned is written down, which only a closed incident has.
async fn debrief(school: &School) -> String {
    let records = &school.records;
    let (teacher, lead) = (school.ready("teacher").await, school.ready("lead").await);
    let words = |text: &str| Words::new(text).expect("words");
    let child = NewPerson::new(Kind::Pupil, "Nia Holt");
    let person = records.add_person(&school.ready("office").await, child).await.expect("she is added");
    let entry = NewEntry {
        kind: EntryKind::Seen,
        severity: Severity::new(2),
        moment: None,
        text: words("Others laughed at a message."),
        reason: None,
    };
    let new = NewFile { kind: FileKind::Child, person, named: Vec::new(), entry };
    let raised = records.open_file(&teacher, &new).await.expect("raised");
    school.advance(SignedDuration::from_mins(1));
    let reason = Some(words("It was talked over with all of them."));
    let decision = NewDecision { extent: Extent::Incident, course: Course::Act, reason, review: None, is_rung: false };
    let threshold = NewThreshold {
        level: ThresholdLevel::Universal,
        local: None,
        reasoning: None,
        referred_to: None,
        off_site: None,
    };
    records.decide_at_threshold(&lead, raised.file, &decision, &threshold).await.expect("decided");
    records.read_concern(&lead, raised.file).await.expect("read");
    let considered = NewConsidered {
        sanction: Some(Considered { answer: Sanction::NotGiven, note: None }),
        support: Some(Considered { answer: Support::Accepted, note: None }),
        family: Some(Considered { answer: ForFamily::Offered, note: None }),
        finding: None,
    };
    let class = NewClass {
        risks: Vec::new(),
        types: vec![IncidentType::Bullying],
        crime: Crime::NotSuspected,
        reason: Some(words("Both say so.")),
    };
    records.class_concern(&lead, raised.file, &class).await.expect("classed");
    let closing = Closing { outcome: words("They made it up."), reason: words("Nothing more is needed.") };
    records.close_considered(&lead, &[raised.file], &closing, Some(&considered)).await.expect("closed");
    format!("/concerns/{}/debrief", raised.reference)
}

#[tokio::test]
async fn no_page_has_a_fault_at_either_width() {
    let school = School::of_every_duty().await;
    with_policy(&school).await;
    let debrief = debrief(&school).await;
    let mut seen = BTreeSet::new();
    let (mut clients, mut pages) = pages(&school, &mut seen).await;
    let mut also = vec![("lead", "/concerns/{reference}/debrief", debrief)];
    also.extend(further(&school, &mut clients).await);
    for (role, route, path) in also {
        seen.insert(route);
        let name: String = route.chars().filter(|sign| !"{}".contains(*sign)).collect();
        pages.entry(role).or_default().push((path, format!("page{}", name.replace('/', "-"))));
    }
    let excused: BTreeSet<&str> = ELSEWHERE.iter().map(|(path, _)| *path).collect();
    let unseen: BTreeSet<&str> = routes::all()
        .filter(|route| route.reads())
        .map(|route| route.path)
        .filter(|path| !seen.contains(path))
        .collect();
    assert_eq!(unseen, excused, "left: what nobody was shown; right: what is looked at elsewhere");
    let port = school.address.port();
    let looked = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        for (role, client) in clients {
            let Some(pages) = pages.get(role) else { continue };
            browser.command("Network.clearBrowserCookies", &json!({}));
            if let Some((name, value)) = client.cookie.as_deref().and_then(|cookie| cookie.split_once('=')) {
                let url = format!("http://localhost:{port}/");
                let cookie =
                    json!({"name": name, "value": value, "url": url, "secure": true, "path": "/", "httpOnly": true});
                browser.command("Network.setCookie", &cookie);
            }
            let pages: Vec<(String, &str)> =
                pages.iter().map(|(path, name)| (format!("http://localhost:{port}{path}"), name.as_str())).collect();
            look(&browser, &pages);
        }
    });
    looked.await.expect("no page has a fault");
}

/// Pages that need something to have happened first: each with whom it is shown to, its route, and where it is.
async fn further(school: &School, clients: &mut Clients) -> Vec<(&'static str, &'static str, String)> {
    let mut found = Vec::new();
    let place = clients.iter().position(|(role, _)| *role == "lead").expect("there is a lead");
    let lead = &mut clients[place].1;
    let block = [("sites", "canary.example"), ("why", "A video goes round")];
    lead.act("/filter/emergency", "/filter/emergency", &block).await.location();
    follow(school).await;
    let between = |text: &str, before: &str, after: &str| {
        let found =
            text.split(before).skip(1).find_map(|rest| rest.split_once(after).filter(|(code, _)| !code.contains('"')));
        found.map_or_else(|| panic!("{before}…{after}: {text}"), |(code, _)| format!("{before}{code}{after}"))
    };
    let page = lead.get("/filter/emergency").await.text;
    found.push(("lead", "/filter/emergency/{code}/lift", between(&page, "/filter/emergency/", "/lift")));
    let petra = filtering::add_pupil(school).await;
    let place_one = format!("/filter/suspensions/of/{petra}");
    lead.act(&place_one, &place_one, &[("until", "27/11/2026 16:00"), ("keep", "maps.example")]).await.location();
    let page = lead.get("/filter/suspensions").await.text;
    found.push(("lead", "/filter/suspensions/{code}/end", between(&page, "/filter/suspensions/", "/end")));

    let head = school.session("head").await;
    let ivy = school.records.add_person(&head, NewPerson::new(Kind::Pupil, "Ivy Hart")).await.expect("she is added");
    let revision = school.records.person(&head, ivy).await.expect("the record").revision;
    school.records.leave(&head, ivy, revision).await.expect("she left");
    found.push(("head", "/people/{person}/return", format!("/people/{ivy}/return")));
    let colleague = school.records.find_people(&head, "Hale", None).await.expect("found").people[0].id;
    for (route, last) in [("/accounts/{person}/close", "close"), ("/accounts/{person}/second-step", "second-step")] {
        found.push(("head", route, format!("/accounts/{colleague}/{last}")));
    }
    let place = clients.iter().position(|(role, _)| *role == "head").expect("there is a head");
    let head = &mut clients[place].1;
    let log = head.get("/audit").await.text;
    found.push(("head", "/audit/entries/{entry}", between(&log, "/audit/entries/", "\"").replace('"', "")));
    for (role, route, path) in &found {
        let client = &mut clients.iter_mut().find(|(known, _)| known == role).expect("a role").1;
        assert_eq!(client.get(path).await.status, 200, "{route}");
    }
    found
}

/// One page to be looked at, as whoever has this cookie.
struct Shown {
    address: String,
    cookie: Option<String>,
    /// A header that a program in between adds.
    header: Option<(&'static str, &'static str)>,
    name: &'static str,
}

impl Shown {
    fn of(school: &School, client: &Client, path: &str, name: &'static str) -> Self {
        let address = format!("http://localhost:{}{path}", school.address.port());
        Self { address, cookie: client.cookie.clone(), header: None, name }
    }
}

async fn looked_at(pages: Vec<Shown>) {
    let looked = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        browser.command("Network.enable", &json!({}));
        for Shown { address, cookie, header, name } in pages {
            browser.command("Network.clearBrowserCookies", &json!({}));
            if let Some((key, value)) = cookie.as_deref().and_then(|cookie| cookie.split_once('=')) {
                let cookie =
                    json!({"name": key, "value": value, "url": address, "secure": true, "path": "/", "httpOnly": true});
                browser.command("Network.setCookie", &cookie);
            }
            let headers: BTreeMap<_, _> = header.into_iter().collect();
            browser.command("Network.setExtraHTTPHeaders", &json!({"headers": headers}));
            look(&browser, &[(address, name)]);
        }
    });
    looked.await.expect("no page has a fault");
}

/// The demonstration, the first password, the second agreement to a trust lead, and letting somebody in by their key.
#[tokio::test]
async fn no_page_that_needs_a_school_of_its_own_has_a_fault() {
    let shown = School::shown_by(demonstration::shown()).await;
    let mut pages = vec![Shown::of(&shown, &shown.browser(), "/demonstration", "demonstration-door")];
    let school = School::new().await;
    let mut arriving = school.browser();
    let passphrase = school.passphrases["office"].as_str();
    arriving.post("/sign-in", &[("name", "office"), ("password", passphrase)]).await.location();
    assert_eq!(arriving.get("/sign-in/first-password").await.status, 200);
    pages.push(Shown::of(&school, &arriving, "/sign-in/first-password", "first-password"));
    school.ready("deputy").await;
    let (_, deputy) = admissions::reset(&school, "deputy", Duty::DeputyDesignatedLead).await;
    let mut lead = school.signed_in("lead").await;
    let admission = format!("/admissions/{deputy}");
    assert_eq!(lead.get(&admission).await.status, 200);
    pages.push(Shown::of(&school, &lead, &admission, "admission"));

    let without = School::without_trust_lead().await;
    let mut head = without.signed_in("head").await;
    let (by_head, by_chair) = (without.session("head").await, without.ready("chair").await);
    let kai = without.records.find_people(&by_head, "Kai", None).await.expect("found").people[0].id;
    let held = without.records.duties(&by_head).await.expect("read");
    let deputises = held.iter().find(|held| held.person == kai).expect("for the chair").holding;
    without.records.end_duty(&by_chair, deputises).await.expect("ended");
    let kai = kai.to_string();
    let propose = "/duties/trust-lead/propose";
    let fields = [("search", "kai"), ("step", "propose"), ("person", &*kai)];
    assert_eq!(head.act(propose, propose, &fields).await.location(), "/duties/trust-lead");
    let mut chair = without.signed_in("chair").await;
    let agree = format!("/duties/trust-lead/{kai}/agree");
    assert_eq!(chair.get(&agree).await.status, 200);
    pages.push(Shown::of(&without, &chair, &agree, "trust-lead-agree"));
    looked_at(pages).await;
}

/// What is said under a name that is not ours (421) is not among them: no style sheet of ours is given out there either.
#[tokio::test]
async fn no_page_that_tells_what_went_wrong_has_a_fault() {
    let (school, away) = (School::new().await, School::new().await);
    let passed_on = ("X-Forwarded-For", "10.0.0.7");
    let mut browser = school.browser();
    assert_eq!(browser.send("GET", "/sign-in", &[passed_on], "").await.status, 403);
    let insecure = Shown { header: Some(passed_on), ..Shown::of(&school, &browser, "/sign-in", "error-403") };
    away.share(None);
    let mut waiting = away.browser();
    assert_eq!(waiting.get("/sign-in").await.status, 503);
    let no_records = Shown::of(&away, &waiting, "/sign-in", "error-503");
    looked_at(vec![insecure, no_records]).await;
}
