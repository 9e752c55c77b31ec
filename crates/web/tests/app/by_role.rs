//! What each role gets of each route: every page asked, every form sent, by everybody (house invariant 7). The answers stand in
//! `tests/golden/by_role.txt`, to be read by whoever changes them.

use crate::{browser::Browser, school::School};
use holdfast_records::{
    people::{Kind, NewPerson},
    sign_on::NewProvider,
};
use holdfast_web::routes;
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

pub(crate) const ROLES: [&str; 9] =
    ["head", "lead", "deputy", "chair", "trust", "technician", "office", "teacher", "colleague"];

/// The path of a route with something real in its places where there is something, else what is nowhere.
pub(crate) fn filled(path: &str, places: &BTreeMap<&str, String>) -> String {
    let nowhere = "0190b5a4-0000-7000-8000-00000000dead".to_owned();
    let place = |part: &str| {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        name.map_or_else(|| part.to_owned(), |name| places.get(name).unwrap_or(&nowhere).clone())
    };
    path.split('/').map(place).collect::<Vec<_>>().join("/")
}

/// What is at the places of the paths: a pupil and her class, and a provider of single sign-on.
pub(crate) async fn places(school: &School) -> BTreeMap<&'static str, String> {
    let office = school.session("office").await;
    let pupil =
        school.records.add_person(&office, NewPerson::new(Kind::Pupil, "Mia Reed")).await.expect("she is added");
    let class = school.records.add_class(&office, "7a", "7A").await.expect("it is added");
    // A provider that does not answer: nobody is sent anywhere.
    let provider = NewProvider {
        title: "your school account".to_owned(),
        issuer: "http://localhost:9".to_owned(),
        client: "client".to_owned(),
        secret: "secret".to_owned().into(),
        ..NewProvider::default()
    };
    let head = school.session("head").await;
    let provider = school.records.add_sign_on_provider(&head, &provider).await.expect("it is added");
    let others = [
        ("what", "name"),
        ("duty", "dsl"),
        ("area", "social-media"),
        ("setting", "sm.pupil_use"),
        ("question", "conferencing"),
        ("group", "unknown"),
        ("kind", "other"),
    ];
    let others = others.map(|(name, place)| (name, place.to_owned()));
    let pupil = pupil.to_string();
    let people =
        [("person", pupil.clone()), ("child", pupil), ("provider", provider.to_string()), ("class", class.to_string())];
    people.into_iter().chain(others).collect()
}

/// An answer in a word: its status, or where it leads.
async fn answer(browser: &mut Browser, path: &str, token: Option<&str>) -> String {
    let answer = match token {
        None => browser.get(path).await,
        Some(token) => browser.post(path, &[("token", token)]).await,
    };
    match answer.status {
        303 => format!("to {}", answer.location().split('?').next().expect("there is a first part")),
        status => status.to_string(),
    }
}

#[tokio::test]
async fn what_each_role_gets_of_each_route_is_as_reviewed() {
    let school = School::new().await;
    let mut browsers = vec![("nobody", school.browser())];
    for role in ROLES {
        browsers.push((role, school.signed_in(role).await));
    }
    let places = places(&school).await;
    let mut table = String::new();
    for route in routes::all() {
        // A form with a stranger's token changes nothing: who may send it is told so (403), to all others it is not there.
        for (verb, token) in [(route.reads(), None), (route.acts(), Some("a stranger's"))] {
            if !verb {
                continue;
            }
            let path = filled(route.path, &places);
            let mut answers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for (role, browser) in &mut browsers {
                let cookie = browser.cookie.clone();
                answers.entry(answer(browser, &path, token).await).or_default().push(role);
                browser.cookie = cookie;
            }
            let verb = if token.is_none() { "GET" } else { "POST" };
            let told: Vec<String> =
                answers.iter().map(|(answer, roles)| format!("{answer}: {}", roles.join(" "))).collect();
            writeln!(table, "{verb} {}\n    {}", route.path, told.join("\n    ")).expect("a string takes it");
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/by_role.txt");
    if std::env::var_os("HOLDFAST_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, &table).expect("it is written");
    }
    let reviewed = std::fs::read_to_string(&file).expect("it is there");
    assert_eq!(table, reviewed, "read each line that changed, then write the file with HOLDFAST_WRITE_GOLDEN=1");
}
