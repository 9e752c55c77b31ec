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
use holdfast_web::routes;
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

#[tokio::test]
async fn no_page_has_a_fault_at_either_width() {
    let school = School::of_every_duty().await;
    let (clients, pages) = pages(&school).await;
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
