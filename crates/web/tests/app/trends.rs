//! Looking back in the browser: who sees every number, what the others see and when, what was found; and how it looks.

use crate::{browser::Browser as Client, driver::Browser, looks::look, school::School};
use holdfast_records::{
    concern::{Answers, Mode, NewConcern, Part, Place, Risk, Said},
    file::Words,
    id,
    people::{Kind, NewPerson},
};
use jiff::{SignedDuration, civil::date};
use serde_json::json;

/// A name that stands on none of these pages.
const CANARY: &str = "Zebedee";

/// Concerns about a child: seven at school and three at home, of several kinds.
async fn concerns(school: &School) {
    let office = school.ready("office").await;
    let mut new = NewPerson::new(Kind::Pupil, format!("{CANARY} Ash"));
    new.date_of_birth = Some(date(2014, 3, 1));
    let child = school.records.add_person(&office, new).await.expect("a pupil");
    let teacher = school.ready("teacher").await;
    for number in 0..10 {
        let answers = Answers {
            mode: Mode::ALL.get(number % 5).copied(),
            risks: Risk::ALL.iter().copied().take(1 + number % 2).collect(),
            place: Some(if number < 7 { Place::School } else { Place::Home }),
            ..Answers::default()
        };
        let new = NewConcern {
            form: id::Row::new(school.now()).expect("an id"),
            children: vec![(child, Part::About)],
            adult: None,
            said: Said { seen: Some(Words::new("came without a coat").expect("words")), ..Said::default() },
            answers,
            told: None,
            paper: None,
        };
        school.records.raise_concern(&teacher, &new).await.expect("raised");
        school.advance(SignedDuration::from_mins(7));
    }
}

/// Signed in again, after a long time.
async fn again(school: &School, word: &str) -> Client {
    let mut browser = school.browser();
    assert_eq!(school.enter(&mut browser, word, &[]).await, "/today");
    browser
}

#[tokio::test]
async fn every_number_is_for_who_decides_and_others_see_a_settled_period() {
    let school = School::new().await;
    concerns(&school).await;
    let mut lead = school.signed_in("lead").await;
    let page = lead.get("/concerns/trends").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Autumn term 2026") && page.text.contains("It is still going on"), "{}", page.text);
    assert!(page.text.contains("At home: 3") && page.text.contains("Year 8: 10"), "{}", page.text);
    assert!(!page.text.contains(CANARY) && !page.text.contains("style="), "no name, no inline style");
    let mut chair = school.signed_in("chair").await;
    let none = chair.get("/concerns/trends").await;
    assert!(none.text.contains("can be seen from 15 January 2027"), "{}", none.text);
    for path in ["/concerns/trends?period=2026-autumn", "/concerns/trends?period=2026-year", "/concerns/trends/finding"]
    {
        assert_eq!(chair.get(path).await.status, 404, "{path}");
    }
    let mut teacher = school.signed_in("teacher").await;
    for path in ["/concerns/trends", "/concerns/trends?period=2026-autumn", "/concerns/trends/finding"] {
        assert_eq!(teacher.get(path).await.status, 404, "{path}");
    }
    for path in ["/concerns/trends?period=2026-winter", "/concerns/trends?period=2031-autumn"] {
        assert_eq!(lead.get(path).await.status, 404, "{path}");
    }

    school.advance(SignedDuration::from_hours(24 * 60));
    let page = again(&school, "chair").await.get("/concerns/trends").await;
    assert!(page.text.contains("Autumn term 2026: 10"), "{}", page.text);
    assert!(page.text.contains("At school: not shown") && !page.text.contains("At home: 3"), "{}", page.text);
    assert!(!page.text.contains("Write down") && !page.text.contains("see every number"));
    let mut lead = again(&school, "lead").await;
    let shared = lead.get("/concerns/trends?period=2026-autumn&view=shared").await;
    assert!(shared.text.contains("At school: not shown") && shared.text.contains("See every number"));
    assert!(lead.get("/concerns/trends?period=2026-autumn").await.text.contains("At home: 3"));
}

#[tokio::test]
async fn what_was_found_stands_beside_its_table() {
    let school = School::new().await;
    concerns(&school).await;
    let mut lead = school.signed_in("lead").await;
    let at = "/concerns/trends/finding?period=2026-autumn&topic=place";
    let of = [("period", "2026-autumn"), ("topic", "place")];
    let empty = lead.act(at, "/concerns/trends/finding", &of).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("href=\"#course\"") && empty.text.contains("href=\"#reason\""), "{}", empty.text);
    let unowned = [&of[..], &[("course", "change"), ("reason", "an adult stands at the gate")]].concat();
    let unowned = lead.act(at, "/concerns/trends/finding", &unowned).await;
    assert!(unowned.status == 422 && unowned.text.contains("an adult stands at the gate</textarea>"));
    assert!(unowned.text.contains("href=\"#owner\""), "{}", unowned.text);
    let why = [&of[..], &[("course", "no-change"), ("reason", "three by one family, who are helped")]].concat();
    let done = lead.act(at, "/concerns/trends/finding", &why).await;
    assert_eq!((done.status, done.location()), (303, "/concerns/trends?period=2026-autumn"), "{}", done.text);
    let page = lead.get("/concerns/trends?period=2026-autumn").await;
    assert!(page.text.contains("No change") && page.text.contains("three by one family"), "{}", page.text);
    school.advance(SignedDuration::from_hours(24 * 60));
    let mut chair = school.signed_in("chair").await;
    let page = chair.get("/concerns/trends").await;
    assert!(page.text.contains("No change") && !page.text.contains("three by one family"), "{}", page.text);
    let shared = again(&school, "lead").await.get("/concerns/trends?period=2026-autumn&view=shared").await;
    assert!(shared.text.contains("No change") && !shared.text.contains("three by one family"), "{}", shared.text);
    let refused = chair.act("/concerns/trends", "/concerns/trends/finding", &why).await;
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn no_view_of_it_has_a_fault_at_either_width() {
    let school = School::new().await;
    concerns(&school).await;
    let mut lead = school.signed_in("lead").await;
    let mut chair = school.signed_in("chair").await;
    for (course, reason) in [("no-change", "three by one family, who are helped")] {
        let fields = [("period", "2026-autumn"), ("topic", "place"), ("course", course), ("reason", reason)];
        let at = "/concerns/trends/finding";
        assert_eq!(lead.act(at, at, &fields).await.status, 303);
    }
    let running = (chair.cookie.take(), lead.cookie.take());
    looked(
        &school,
        vec![
            (running.0, vec![("/concerns/trends", "trends-none")]),
            (running.1, vec![("/concerns/trends", "trends-whole")]),
        ],
    )
    .await;
    school.advance(SignedDuration::from_hours(24 * 60));
    let later = (again(&school, "chair").await.cookie, again(&school, "lead").await.cookie);
    let pages = vec![
        ("/concerns/trends?period=2026-autumn", "trends-ended"),
        ("/concerns/trends?period=2026-year", "trends-year"),
        ("/concerns/trends?period=2026-autumn&view=shared", "trends-as-shared"),
        ("/concerns/trends/finding?period=2026-autumn&topic=year", "trends-finding"),
    ];
    looked(&school, vec![(later.0, vec![("/concerns/trends", "trends-shared")]), (later.1, pages)]).await;
}

/// A cookie, and the pages to look at with it: where each is, and what its picture is called.
type Visit = (Option<String>, Vec<(&'static str, &'static str)>);

/// Each page at both widths, as whoever has this cookie.
async fn looked(school: &School, visits: Vec<Visit>) {
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Browser::start() else { return };
        let of = |path: &str| format!("http://localhost:{port}{path}");
        for (cookie, pages) in visits {
            let cookie = cookie.expect("signed in");
            let (name, value) = cookie.split_once('=').expect("a cookie");
            let cookie =
                json!({"name": name, "value": value, "url": of("/"), "secure": true, "path": "/", "httpOnly": true});
            browser.command("Network.setCookie", &cookie);
            let pages: Vec<(String, &str)> = pages.iter().map(|(path, name)| (of(path), *name)).collect();
            look(&browser, &pages);
        }
    });
    done.await.expect("no view has a fault");
}
