//! Every page of the table in a real browser, as somebody who may see it: through axe-core at both widths, with a title that
//! names nobody.

use crate::{
    browser::Browser as Client,
    by_role::{filled, in_places, places},
    driver::Browser,
    looks::look,
    pupils_ways,
    school::{School, roles},
};
use holdfast_records::{
    access::FileKind,
    concern::answer::{
        Considered, Course, Extent, ForFamily, NewConsidered, NewDecision, NewThreshold, Sanction, Support,
        ThresholdLevel,
    },
    file::{Closing, EntryKind, NewEntry, NewFile, Severity, Words},
    people::{Kind, NewPerson},
};
use holdfast_web::routes;
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

/// Nobody's name may stand in a window's title or an address.
const PUPIL: &str = "Mia Reed";

/// The pages that somebody gets, each with the first role that gets it.
async fn pages(school: &School) -> (Vec<(&'static str, Client)>, BTreeMap<&'static str, Vec<(String, String)>>) {
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
            if answer.status == 200 && is_page {
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
    let closing = Closing { outcome: words("They made it up."), reason: words("Nothing more is needed.") };
    records.close_considered(&lead, &[raised.file], &closing, Some(&considered)).await.expect("closed");
    format!("/concerns/{}/debrief", raised.reference)
}

#[tokio::test]
async fn no_page_has_a_fault_at_either_width() {
    let school = School::of_every_duty().await;
    let debrief = debrief(&school).await;
    let (clients, mut pages) = pages(&school).await;
    pages.entry("lead").or_default().push((debrief, "page-concerns-reference-debrief".to_owned()));
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
