//! The pages of people, duties and accounts in a real browser: without a fault at either width, and reached with the keyboard.

use crate::{
    driver::Browser,
    looks::{WIDTHS, faults, look},
    pupils::Pupils,
};
use holdfast_records::{
    access::Duty,
    people::{ContactWay, DetailKind, GiveDuty, NewCourtOrder, WayKind},
};
use jiff::civil::date;
use serde_json::json;

const ENTER: char = '\u{E007}';

#[tokio::test]
async fn no_page_of_people_has_a_fault_at_either_width() {
    let pupils = Pupils::new().await;
    let head = pupils.school.ready("head").await;
    let cookie = pupils.again("head").await.cookie.unwrap();
    fill(&pupils, &head).await;
    let port = pupils.school.address.port();
    let (ann, mother) = (pupils.ann, pupils.mother);
    let class = pupils.school.records.classes(&pupils.office).await.unwrap()[0].id;
    let relation = pupils.school.records.relations(&pupils.office, ann).await.unwrap()[0].id;
    let theo = pupils.person("Theo Byte").await;
    let duties = pupils.school.records.duties(&head).await.unwrap();
    let holding = duties.iter().find(|held| held.person == theo).unwrap().holding;
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let (name, value) = cookie.split_once('=').unwrap();
        let cookie =
            json!({"name": name, "value": value, "url": of("/"), "secure": true, "path": "/", "httpOnly": true});
        browser.command("Network.setCookie", &cookie);
        let person = format!("/people/{ann}");
        let pages = [
            ("/people".to_owned(), "people"),
            ("/people?kind=pupil&class=".to_owned(), "people-pupils"),
            ("/people/add".to_owned(), "people-add"),
            ("/people/import".to_owned(), "people-import"),
            (person.clone(), "person"),
            (format!("/people/{mother}"), "person-mother"),
            (format!("{person}/picture"), "person-picture"),
            (format!("{person}/change/name"), "person-name"),
            (format!("{person}/change/about"), "person-about"),
            (format!("{person}/change/filter"), "person-filter"),
            (format!("{person}/change/way-in"), "person-way-in"),
            (format!("/people/{mother}/contact"), "person-contact"),
            (format!("{person}/leave"), "person-leave"),
            (format!("{person}/family"), "family"),
            (format!("{person}/family/add"), "family-add"),
            (format!("{person}/family/{relation}/end"), "family-end"),
            (format!("{person}/confidential"), "confidential"),
            (format!("{person}/confidential/address"), "confidential-address"),
            (format!("{person}/confidential/court-order"), "confidential-order"),
            (format!("{person}/history"), "history-purpose"),
            ("/account/details".to_owned(), "own-details"),
            ("/classes".to_owned(), "classes"),
            ("/classes/add".to_owned(), "classes-add"),
            (format!("/classes/{class}"), "class"),
            (format!("/classes/{class}/join"), "class-join"),
            ("/duties".to_owned(), "duties"),
            ("/duties/give/dsl".to_owned(), "duties-give"),
            (format!("/duties/holdings/{holding}/end"), "duties-end"),
            ("/duties/away".to_owned(), "duties-away"),
            ("/duties/absence".to_owned(), "duties-absence"),
            ("/duties/trust-lead".to_owned(), "trust-lead"),
            ("/accounts".to_owned(), "accounts"),
            ("/accounts/add".to_owned(), "accounts-add"),
            (format!("/accounts/{theo}/reset"), "accounts-reset"),
            (format!("/accounts/{theo}/passphrase"), "accounts-passphrase-gone"),
        ];
        let pages: Vec<(String, &str)> = pages.iter().map(|(path, name)| (of(path), *name)).collect();
        look(&browser, &pages);
        // What a form answers with: whom a search found, what is wrong, and what would be done.
        send(&browser, &of("/people"), "search", "birch");
        look_here(&browser, "people-found");
        send(&browser, &of("/duties/give/dsl"), "search", "kai");
        look_here(&browser, "duties-give-found");
        send(&browser, &of(&format!("{person}/family/add")), "search", "birch");
        look_here(&browser, "family-add-found");
        send(&browser, &of("/people/add"), "full_name", "Ann Birch");
        look_here(&browser, "people-add-wrong");
        browser.run("document.getElementById('kind').click()");
        enter(&browser, "full_name", "");
        look_here(&browser, "people-add-check");
        let list = "kind,full_name,date_of_birth,classes\npupil,Cleo Fern,2014-03-01,MA1\npupil,Ann Birch,2019-01-01,";
        browser.open(&of("/people/import"));
        browser.run(&format!("document.getElementById('csv').value = {}", json!(list)));
        browser.run("document.querySelector('main form .govuk-button').click()");
        browser.until("return document.title.startsWith('What the list would do')");
        look_here(&browser, "people-preview");
    });
    done.await.unwrap();
}

/// Looks at the page that is open at both widths: one that was sent for by a form, and has no address of its own.
pub(crate) fn look_here(browser: &Browser, name: &str) {
    let mut all = Vec::new();
    for (width, screen) in WIDTHS {
        browser.width(width);
        browser.picture(&format!("{name}-{screen}"));
        all.extend(faults(browser).into_iter().map(|fault| format!("{name} at {width}: {fault}")));
    }
    assert!(all.is_empty(), "{} faults:\n{}", all.len(), all.join("\n"));
}

/// Opens a page, types into a field and sends its form with the Enter key.
fn send(browser: &Browser, address: &str, field: &str, words: &str) {
    browser.open(address);
    enter(browser, field, words);
}

/// The same on the page that is open; waits until the answer is there.
fn enter(browser: &Browser, field: &str, words: &str) {
    browser.run(&format!("document.body.dataset.old = 'yes'; document.getElementById('{field}').focus()"));
    browser.press(&words.chars().chain([ENTER]).collect::<Vec<_>>());
    browser.until("return document.body.dataset.old === undefined && document.readyState === 'complete'");
}

/// What makes the pages full.
async fn fill(pupils: &Pupils, head: &holdfast_records::Session) {
    let records = &pupils.school.records;
    let hidden = DetailKind::Address { not_given_out: true };
    records.record_confidential(&pupils.office, pupils.ann, hidden, "1 Nowhere Lane").await.unwrap();
    records.record_confidential(&pupils.office, pupils.ann, DetailKind::AccessNeeds, "Large print.").await.unwrap();
    let kai = pupils.person("Kai Ross").await;
    records.record_no_contact(&pupils.office, pupils.ann, kai, "By order of the court.").await.unwrap();
    let order = NewCourtOrder {
        child: pupils.ann,
        adult: pupils.mother,
        bars_telling: false,
        from: date(2026, 9, 1),
        until: Some(date(2027, 8, 31)),
        words: "No overnight stays.",
    };
    records.record_court_order(&pupils.office, &order).await.unwrap();
    let mother = records.person(&pupils.office, pupils.mother).await.unwrap();
    let ways = [(WayKind::Mobile, "07700 900001"), (WayKind::Mail, "pia@birch.example")]
        .map(|(kind, way)| ContactWay { kind, way: way.to_owned() });
    records.set_contact_ways(&pupils.office, pupils.mother, mother.revision, &ways).await.unwrap();
    let deputy = GiveDuty { duty: Duty::DesignatedLead, person: kai, is_deputy: true, from: None };
    records.give_duty(head, &deputy).await.unwrap();
    let theo = pupils.person("Theo Byte").await;
    records.record_absence(head, theo, records.clock().now(), None).await.unwrap();
}
