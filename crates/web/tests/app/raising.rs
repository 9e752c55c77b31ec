//! Raising a concern over the pages: what is asked, what comes back whatever goes wrong, and that nothing tells what must not be told.

use crate::{
    browser::{Answer, Browser},
    driver::Browser as Chromium,
    keyboard::{ENTER, TAB},
    looks::look,
    school::School,
};
use holdfast_records::{
    Session,
    file::{FileView, Severity, Which},
    people::{Kind, NewPerson, Part},
};
use jiff::{SignedDuration, civil::date};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A school with two pupils of one name, one of another, and somebody who types.
async fn school() -> School {
    let school = School::new().await;
    school.ready("lead").await;
    let office = school.ready("office").await;
    school.records.add_class(&office, "7a", "7A").await.expect("a class");
    school.records.add_class(&office, "7b", "7B").await.expect("a class");
    let pupils = [("Mia Reed", "7a", 3), ("Mia Reed", "7b", 9), ("Canary Wren", "7a", 5)];
    for (name, class, day) in pupils {
        let pupil = NewPerson { date_of_birth: Some(date(2014, 6, day)), ..NewPerson::new(Kind::Pupil, name) };
        let id = school.records.add_person(&office, pupil).await.expect("a pupil");
        school.records.join_class(&office, class, id, Part::Learns).await.expect("they learn");
    }
    school
}

/// Every field of a page's forms that would be sent as it stands, last named first.
pub fn fields(page: &str) -> Vec<(String, String)> {
    let main = page.split_once("<main").expect("a page has a main part").1;
    let form = main.split_once(" novalidate").expect("it has a form with words").1;
    let form = form.split_once("</form>").expect("it ends").0;
    let mut fields = Vec::new();
    for tag in form.split('<').skip(1) {
        let value = |name: &str| {
            let rest = tag.split_once(&format!(" {name}=\""))?.1;
            Some(unescaped(rest.split_once('"')?.0))
        };
        let Some(name) = value("name") else { continue };
        let is_box = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
        if tag.starts_with("input") && (!is_box || tag.contains(" checked")) {
            fields.push((name, value("value").unwrap_or_default()));
        } else if tag.starts_with("textarea") {
            let words = tag.split_once('>').expect("it ends").1;
            fields.push((name, unescaped(words.strip_prefix('\n').unwrap_or(words))));
        }
    }
    fields
}

fn unescaped(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, sign)| text.replace(escaped, sign))
}

/// Fills a page's form in and sends it to a path.
pub async fn fill(browser: &mut Browser, page: &Answer, path: &str, filled: &[(&str, &str)]) -> Answer {
    let mut all = fields(&page.text);
    all.retain(|(name, _)| filled.iter().all(|(one, _)| one != name));
    let all: Vec<(&str, &str)> =
        all.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(filled.iter().copied()).collect();
    browser.post(path, &all).await
}

const NEW: &str = "/concerns/new";
const SEND: &str = "/concerns/new/send";

/// The page with the form, all of it on one.
async fn quick(browser: &mut Browser, adult: &str, picture: &str) -> Answer {
    let first = browser.get(NEW).await;
    assert_eq!(first.status, 200, "{}", first.text);
    fill(browser, &first, NEW, &[("adult", adult), ("picture", picture), ("way", "quick")]).await
}

/// The files that the lead reads, opened.
async fn read(school: &School, word: &str) -> Vec<FileView> {
    let session: Session = school.ready(word).await;
    let mut views = Vec::new();
    for file in school.records.list_files(&session, &Which::default()).await.expect("the list").files {
        views.push(school.records.read_file(&session, file.file).await.expect("read"));
    }
    views
}

#[tokio::test]
async fn a_concern_is_raised_on_one_page_and_no_address_or_title_names_anybody() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let first = teacher.get(NEW).await;
    // Whom to go to stands before anything is asked, then the two questions before any word.
    let danger = first.text.find("Danger now?").expect("it is said");
    assert!(danger < first.text.find("Is it about an adult").expect("it is asked"));
    assert!(first.text.contains("Lena Frost") && !first.text.contains("<textarea"));
    let nothing = fill(&mut teacher, &first, NEW, &[("way", "quick")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text.contains("Say whether there is a picture"), "{}", nothing.text);

    let page = quick(&mut teacher, "no", "yes").await;
    assert!(page.text.contains("Do not look for the picture") && !page.text.contains("type=\"file\""));
    assert!(page.text.contains("Who can read this") && page.text.contains("Lena Frost, designated safeguarding lead"));
    // Without words and a name it comes back, with what is missing beside its field.
    let empty = fill(&mut teacher, &page, NEW, &[]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text.contains("id=\"seen-error\"") && empty.text.contains("id=\"name-error\""));
    let filled = [("name", "Canary"), ("seen", "She said “<b>no</b>” & left"), ("place", "home"), ("risk", "contact")];
    let check = fill(&mut teacher, &page, NEW, &filled).await;
    assert_eq!(check.status, 200, "{}", check.text);
    assert!(check.text.contains("Canary Wren") && check.text.contains("born 5 June 2014"));
    let title = |text: &str| text.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0.to_owned();
    assert!(!title(&check.text).contains("Canary"));
    let sent = fill(&mut teacher, &check, SEND, &[]).await;
    let place = sent.location().to_owned();
    assert!(place.starts_with("/concerns/sent/") && !place.contains("Canary"));
    let page = teacher.get(&place).await;
    let views = read(&school, "lead").await;
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].entries[0].text.as_str(), "She said “<b>no</b>” & left");
    assert!(page.text.contains(&views[0].file.reference) && !page.text.contains("Canary"));
    // It is on the writer's own list, and says nothing of whom it is about.
    let mine = teacher.get("/concerns/mine").await;
    assert!(mine.text.contains(&views[0].file.reference) && mine.text.contains("Received"));
    assert!(!mine.text.contains("Canary") && !mine.text.contains("Half written"));
    // Nobody else finds what was sent with the form.
    let mut colleague = school.signed_in("colleague").await;
    assert_eq!(colleague.get(&place).await.status, 404);
}

#[tokio::test]
async fn of_two_with_one_name_one_is_chosen_and_never_by_us() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "no", "no").await;
    let check = fill(&mut teacher, &page, NEW, &[("name", "mia ree"), ("seen", "line")]).await;
    assert!(check.text.contains("2 go by this name") && check.text.contains("Another pupil has this name."));
    assert!(check.text.contains("7a, born 3 June 2014") && check.text.contains("7b, born 9 June 2014"));
    let unchosen = fill(&mut teacher, &check, SEND, &[]).await;
    assert_eq!(unchosen.status, 422, "nobody was chosen");
    let (_, second) = check.text.split_once("id=\"person-2\"").expect("the second");
    let second = second.split_once("value=\"").unwrap().1.split_once('"').unwrap().0;
    // An id that the name does not find is none.
    let lead = school.ready("lead").await;
    let stranger = school.records.find_people(&lead, "Canary", None).await.unwrap().people[0].id.to_string();
    assert_eq!(fill(&mut teacher, &check, SEND, &[("person", &stranger)]).await.status, 422);
    let sent = fill(&mut teacher, &check, SEND, &[("person", second)]).await;
    assert!(sent.location().starts_with("/concerns/sent/"));
    assert_eq!(read(&school, "lead").await[0].file.person.to_string(), second);
    // By the class it is found as well.
    let page = quick(&mut teacher, "no", "no").await;
    let check = fill(&mut teacher, &page, NEW, &[("name", "7b"), ("seen", "line")]).await;
    assert!(check.text.contains("born 9 June 2014") && !check.text.contains("born 3 June 2014"), "{}", check.text);
}

#[tokio::test]
async fn about_an_adult_the_child_s_part_is_shown_masked_and_the_readers_are_others() {
    let school = school().await;
    school.ready("head").await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "yes", "no").await;
    assert!(page.text.contains("Do not speak to the adult about it"));
    assert!(page.text.contains("designated officer (LADO)") || page.text.contains("local authority"));
    let filled = [("adult-name", "Dora"), ("name", "Canary"), ("seen", "Dora Hale shouted at her")];
    let check = fill(&mut teacher, &page, NEW, &filled).await;
    assert!(check.text.contains("[an adult] shouted at her"), "{}", check.text);
    // The deputy is named as the adult and as nobody who reads it.
    assert!(!check.text.contains("Dora Hale, deputy"), "{}", check.text);
    let sent = fill(&mut teacher, &check, SEND, &[]).await;
    assert!(sent.location().starts_with("/concerns/sent/"));
    assert_eq!(read(&school, "lead").await.len(), 1);
    assert_eq!(read(&school, "head").await.len(), 2);
    let mut deputy = school.signed_in("deputy").await;
    for path in ["/today", "/concerns/mine", "/audit"] {
        let page = deputy.get(path).await;
        assert!(!page.text.contains("shouted"), "{path}");
    }
    // An adult alone, who is the head: to the chair.
    let page = quick(&mut teacher, "yes", "no").await;
    let check = fill(&mut teacher, &page, NEW, &[("adult-name", "Hilda"), ("seen", "line")]).await;
    assert!(check.text.contains("Cora Ford") && !check.text.contains("Lena Frost"), "{}", check.text);
}

#[tokio::test]
async fn whoever_is_in_no_list_is_raised_all_the_same() {
    let school = school().await;
    let mut head = school.signed_in("head").await;
    let mut lead = school.signed_in("lead").await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "yes", "yes").await;
    // Whoever is told in person is not the lead: it may be about them.
    assert!(
        page.text.contains("tell the head in person") && !page.text.contains("tell the safeguarding lead in person")
    );
    assert!(page.text.contains("Tell the head in person as well, now") && page.text.contains("(LADO)"));
    let filled = [("adult-name", "Supply Wexcombe"), ("seen", "he shouted at them"), ("urgency", "harm")];
    let nobody = fill(&mut teacher, &page, NEW, &filled).await;
    assert_eq!(nobody.status, 422);
    assert!(nobody.text.contains("Nobody of that name was found") && nobody.text.contains("tick that below"));
    let check = fill(&mut teacher, &nobody, NEW, &[("adult-unlisted", "yes")]).await;
    assert!(check.status == 200 && check.text.contains("Not on the school’s list"), "{}", check.text);
    let sent = fill(&mut teacher, &check, SEND, &[("told", "not-yet")]).await;
    assert!(sent.location().starts_with("/concerns/sent/"), "{}", sent.text);
    let place = sent.location().to_owned();
    let again = fill(&mut teacher, &check, SEND, &[("told", "not-yet")]).await;
    assert_eq!(again.location(), place, "one form is one concern");
    let page = teacher.get(&place).await;
    assert!(page.text.contains("find out who it is about") && page.text.contains("(LADO)"), "{}", page.text);
    let waiting = head.get("/concerns/waiting").await;
    assert_eq!(waiting.text.matches("href=\"/concerns/waiting/").count(), 1, "{}", waiting.text);
    let link = waiting.text.split("href=\"").find(|rest| rest.starts_with("/concerns/waiting/")).expect("it waits");
    let link = link.split('"').next().expect("an address").to_owned();
    let report = head.get(&link).await;
    for words in ["Supply Wexcombe", "he shouted at them", "Martin Pike", "Somebody who works here"] {
        assert!(report.text.contains(words), "{words}: {}", report.text);
    }
    assert_eq!(lead.get(&link).await.status, 404, "about an adult it is not the lead’s");
    let mine = teacher.get("/concerns/mine").await;
    assert!(mine.text.contains("Received") && mine.text.contains("Tell more in a new concern"), "{}", mine.text);
    // A child of the list beside an adult who is in none does not wait: the child's part goes at once, without the name.
    let page = quick(&mut teacher, "yes", "no").await;
    let filled = [
        ("adult-name", "Supply Wexcombe"),
        ("adult-unlisted", "yes"),
        ("name", "Canary"),
        ("seen", "Wexcombe shouted at the child"),
    ];
    let check = fill(&mut teacher, &page, NEW, &filled).await;
    let masked = "[an adult] shouted at the child";
    assert!(check.text.contains(masked) && check.text.contains("The child’s part at once"), "{}", check.text);
    let sent = fill(&mut teacher, &check, SEND, &[]).await.location().to_owned();
    let page = teacher.get(&sent).await;
    assert!(
        page.text.contains("Its references are") && page.text.contains("The child’s part is with"),
        "{}",
        page.text
    );
    let listed = lead.get("/concerns").await;
    assert!(listed.text.contains("Canary") && !listed.text.contains("Wexcombe"), "{}", listed.text);
    // A child whom nobody has listed yet goes to those who look after children.
    let page = quick(&mut teacher, "no", "no").await;
    let filled = [("name", "Mia Newcomer"), ("seen", "line"), ("unlisted", "yes")];
    let check = fill(&mut teacher, &page, NEW, &filled).await;
    assert!(check.text.contains("Not on the school’s list"), "{}", check.text);
    assert!(fill(&mut teacher, &check, SEND, &[]).await.location().starts_with("/concerns/sent/"));
    assert!(lead.get("/concerns/waiting").await.text.contains("href=\"/concerns/waiting/"));
}

#[tokio::test]
async fn whatever_stands_in_the_way_the_words_come_back() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "no", "no").await;
    let filled = [("name", "Canary"), ("seen", "words that are not to be lost")];
    let check = fill(&mut teacher, &page, NEW, &filled).await;
    let has_words = |answer: &Answer| {
        let kept = fields(&answer.text);
        kept.iter().any(|(name, value)| name == "seen" && value == "words that are not to be lost")
    };
    // The store is away.
    school.share(None);
    let away = fill(&mut teacher, &check, SEND, &[]).await;
    assert_eq!(away.status, 503);
    assert!(has_words(&away), "{}", away.text);
    school.share(Some(school.records.clone()));
    // It was sent again from there, and makes one.
    let sent = fill(&mut teacher, &away, SEND, &[]).await;
    let place = sent.location().to_owned();
    let again = fill(&mut teacher, &check, SEND, &[]).await;
    assert_eq!(again.location(), place);
    assert!(teacher.get(&place).await.text.contains("It was sent already"));
    assert_eq!(read(&school, "lead").await.len(), 1);

    // The seat ended while somebody wrote.
    let page = quick(&mut teacher, "no", "no").await;
    let typed = fill(&mut teacher, &page, NEW, &filled).await;
    school.advance(SignedDuration::from_hours(3));
    let out = fill(&mut teacher, &typed, SEND, &[]).await;
    assert_eq!(out.status, 403);
    assert!(has_words(&out) && out.text.contains("you are signed out"), "{}", out.text);
    // Signed in again, the form of the old seat is taken once it was looked at.
    assert_eq!(school.enter(&mut teacher, "teacher", &[]).await, "/today");
    let looked = fill(&mut teacher, &out, SEND, &[]).await;
    assert_eq!(looked.status, 403);
    assert!(has_words(&looked) && looked.text.contains("look at it once more"), "{}", looked.text);
    let sent = fill(&mut teacher, &looked, SEND, &[]).await;
    assert!(sent.location().starts_with("/concerns/sent/"));
    assert_eq!(read(&school, "lead").await.len(), 2);
    // Somebody else who sits down at this computer neither reads it nor sends it.
    let mut colleague = school.signed_in("colleague").await;
    let theirs = fill(&mut colleague, &out, SEND, &[]).await;
    assert_eq!(theirs.status, 403);
    assert!(!theirs.text.contains("not to be lost"), "{}", theirs.text);
    // Another site's form is not answered with anybody's words.
    let strange =
        teacher.post_with(SEND, &[("by", "x"), ("seen", "planted")], &[("Sec-Fetch-Site", "cross-site")]).await;
    assert!(strange.status == 403 && !strange.text.contains("planted"));
}

#[tokio::test]
async fn a_draft_is_kept_and_gone_on_with_by_its_writer_alone() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "no", "no").await;
    let form = fields(&page.text).iter().find(|(name, _)| name == "form").unwrap().1.clone();
    let kept = fill(&mut teacher, &page, NEW, &[("seen", "half a sentence"), ("go", "keep")]).await;
    assert_eq!(kept.location(), "/concerns/mine");
    let mine = teacher.get("/concerns/mine").await;
    assert!(mine.text.contains("Half written") && !mine.text.contains("half a sentence"));
    let path = format!("/concerns/drafts/{form}");
    let opened = teacher.get(&path).await;
    assert!(fields(&opened.text).contains(&("seen".to_owned(), "half a sentence".to_owned())), "{}", opened.text);
    let mut colleague = school.signed_in("colleague").await;
    assert_eq!(colleague.get(&path).await.status, 404);
    // What the script keeps in between is the same draft.
    let all = fields(&opened.text);
    let mut all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    all.retain(|(name, _)| *name != "seen");
    all.push(("seen", "half a sentence, and more"));
    assert_eq!(teacher.post("/concerns/new/keep", &all).await.status, 204);
    assert!(teacher.get(&path).await.text.contains("half a sentence, and more"));
    let gone = teacher.act(&format!("{path}/throw-away"), &format!("{path}/throw-away"), &[]).await;
    assert_eq!(gone.location(), "/concerns/mine");
    assert_eq!(teacher.get(&path).await.status, 404);
}

#[tokio::test]
async fn one_question_at_a_time_leads_to_the_same_and_more_can_be_added() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let first = teacher.get(NEW).await;
    let answers = [("adult", "no"), ("picture", "no"), ("way", "guided")];
    let mut page = fill(&mut teacher, &first, NEW, &answers).await;
    let steps: [&[(&str, &str)]; 7] = [
        &[("name", "Canary")],
        &[("seen", "what was seen")],
        &[("words", "“what she said”"), ("reassured", "yes")],
        &[("opinion", "what I think")],
        &[("time", "07:45"), ("place", "way")],
        &[("mode", "online"), ("risk", "conduct")],
        &[("urgency", "danger")],
    ];
    for step in steps {
        page = fill(&mut teacher, &page, NEW, step).await;
        assert_eq!(page.status, 200, "{step:?}: {}", page.text);
    }
    assert!(page.text.contains("Have you told somebody in person"), "{}", page.text);
    let changed = fill(&mut teacher, &page, NEW, &[("go", "opinion")]).await;
    assert!(changed.text.contains("what I think"));
    let sent = fill(&mut teacher, &page, SEND, &[("told", "somebody"), ("told-time", "07:50")]).await;
    let form = sent.location().rsplit('/').next().unwrap().to_owned();
    let view = read(&school, "lead").await.remove(0);
    let texts: Vec<&str> = view.entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["what was seen", "“what she said”", "what I think"]);
    assert_eq!(view.file.status.severity.map(Severity::number), Some(5));
    assert!(teacher.get("/concerns/mine").await.text.contains("told in person today at 07:50"));
    // More, from one's own list; with nothing written it comes back.
    let more = format!("/concerns/mine/{form}/more");
    let page = teacher.get(&more).await;
    assert_eq!(fill(&mut teacher, &page, &more, &[]).await.status, 422);
    let added = fill(&mut teacher, &page, &more, &[("seen", "again today")]).await;
    assert_eq!(added.location(), "/concerns/mine");
    let view = read(&school, "lead").await.remove(0);
    assert!(view.entries.iter().any(|entry| entry.text.as_str() == "again today"));
    let mut colleague = school.signed_in("colleague").await;
    assert_eq!(colleague.get(&more).await.status, 404);
    let told = format!("/concerns/mine/{form}/told");
    let page = teacher.act(&told, &told, &[("told", "somebody"), ("told-time", "07:55")]).await;
    assert_eq!(page.location(), "/concerns/mine");
}

#[tokio::test]
async fn more_that_is_sent_twice_is_added_once() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "no", "no").await;
    let check = fill(&mut teacher, &page, NEW, &[("name", "Canary"), ("seen", "line")]).await;
    let sent = fill(&mut teacher, &check, SEND, &[]).await;
    let more = format!("/concerns/mine/{}/more", sent.location().rsplit('/').next().unwrap());
    let page = teacher.get(&more).await;
    // Its script sends it, and so it is one of the pages that may ask our own server.
    assert!(page.text.contains("data-sends=\"/concerns/mine\""), "{}", page.text);
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("connect-src 'self'")));
    // The seat ended while somebody wrote; what comes back is sent once, twice, and from the first page again.
    school.advance(SignedDuration::from_hours(3));
    let out = fill(&mut teacher, &page, &more, &[("seen", "again\u{fffd}today")]).await;
    assert!(out.status == 403 && out.text.contains("again\u{fffd}today"), "{}", out.text);
    assert_eq!(school.enter(&mut teacher, "teacher", &[]).await, "/today");
    let looked = fill(&mut teacher, &out, &more, &[]).await;
    assert!(looked.status == 403 && looked.text.contains("look at it once more"), "{}", looked.text);
    for title in ["It is added", "It was added already", "It was added already"] {
        assert_eq!(fill(&mut teacher, &looked, &more, &[]).await.location(), "/concerns/mine");
        assert!(teacher.get("/concerns/mine").await.text.contains(title), "{title}");
    }
    let entries = read(&school, "lead").await.remove(0).entries;
    let added = entries.iter().filter(|entry| entry.text.as_str() == "again\u{fffd}today").count();
    assert_eq!(added, 1, "what somebody pasted is kept as it is, and once");
}

#[tokio::test]
async fn a_paper_form_is_printed_and_its_reference_kept() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    assert_eq!(teacher.act("/concerns/paper", "/concerns/paper", &[("count", "many")]).await.status, 422);
    let made = teacher.act("/concerns/paper", "/concerns/paper", &[("count", "2")]).await;
    let place = made.location().to_owned();
    let page = teacher.get(&place).await;
    let (_, reference) = page.text.split_once("A concern: ").expect("a form");
    let reference = reference.split_once('<').unwrap().0.to_owned();
    let form = quick(&mut teacher, "no", "no").await;
    let filled = [("name", "Canary"), ("seen", "from paper"), ("paper", reference.as_str())];
    let check = fill(&mut teacher, &form, NEW, &filled).await;
    fill(&mut teacher, &check, SEND, &[]).await.location();
    assert_eq!(read(&school, "lead").await[0].file.reference, reference);
    let form = quick(&mut teacher, "no", "no").await;
    let check = fill(&mut teacher, &form, NEW, &filled).await;
    let twice = fill(&mut teacher, &check, SEND, &[]).await;
    assert!(twice.status == 422 && twice.text.contains("stands on no paper form"), "{}", twice.text);
    let mut colleague = school.signed_in("colleague").await;
    assert_eq!(colleague.get(&place).await.status, 404);
}

#[tokio::test]
async fn two_children_are_shown_before_anything_is_sent() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let page = quick(&mut teacher, "no", "no").await;
    let check = fill(&mut teacher, &page, NEW, &[("name", "Canary"), ("seen", "they fought")]).await;
    // Typed and sent at once, the second is looked at first.
    let unseen = fill(&mut teacher, &check, SEND, &[("other-name", "7b")]).await;
    assert_eq!(unseen.status, 422);
    assert!(unseen.text.contains("The other child") && read(&school, "lead").await.is_empty());
    let parts = [("part", "harmed"), ("other-part", "alleged")];
    let sent = fill(&mut teacher, &unseen, SEND, &parts).await;
    assert!(sent.location().starts_with("/concerns/sent/"), "{}", sent.text);
    assert_eq!(read(&school, "lead").await.len(), 2);
}

/// Puts a client's seat into a real browser.
fn seat(browser: &Chromium, client: &Browser, port: u16) {
    let (name, value) = client.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).expect("it is signed in");
    let url = format!("http://localhost:{port}/");
    let cookie = json!({"name": name, "value": value, "url": url, "secure": true, "path": "/", "httpOnly": true});
    browser.command("Network.setCookie", &cookie);
}

fn write(browser: &Chromium, text: &str) {
    browser.press(&text.chars().collect::<Vec<_>>());
}

const THIRTY_WORDS: &str = "I saw bruises on her arm in the lesson before lunch today. She said that she fell, and then she \
    cried and asked me not to tell anybody at home";

#[tokio::test]
async fn thirty_words_are_sent_with_the_keyboard_in_a_minute_and_twelve_other_keys() {
    assert_eq!(THIRTY_WORDS.split_whitespace().count(), 30);
    let school = school().await;
    let teacher = school.signed_in("teacher").await;
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Chromium::start() else { return false };
        seat(&browser, &teacher, port);
        browser.open(&format!("http://localhost:{port}/today"));
        let begun = Instant::now();
        let mut others = 0;
        let mut press = |keys: &[char]| {
            others += keys.len();
            browser.press(keys);
        };
        let heading = |words: &str| format!("return document.querySelector('h1')?.textContent === '{words}'");
        press(&[TAB, TAB, TAB, ENTER]);
        browser.until(&heading("Raise a concern"));
        browser.until("return document.activeElement.id === 'adult'");
        press(&[' ', TAB, ' ', ENTER]);
        browser.until("return document.activeElement.id === 'name'");
        write(&browser, "Canary");
        press(&[TAB]);
        write(&browser, THIRTY_WORDS);
        press(&[TAB, ENTER]);
        browser.until(&heading("Check it, and send it"));
        browser.until("return document.activeElement.textContent === 'Send it'");
        press(&[ENTER]);
        browser.until(&heading("It is sent"));
        // People type more slowly than a driver: 150 ms a key, all of them.
        let typed = u32::try_from("Canary".len() + THIRTY_WORDS.chars().count() + others).unwrap();
        let took = begun.elapsed() + Duration::from_millis(150) * typed;
        println!("{others} other keys, {took:?} in all");
        assert!(others <= 12, "{others} other keys");
        assert!(took <= Duration::from_mins(1), "{took:?}");
        true
    });
    if done.await.unwrap() {
        assert_eq!(read(&school, "lead").await[0].entries[0].text.as_str(), THIRTY_WORDS);
    }
}

#[tokio::test]
async fn a_line_that_is_cut_loses_no_word_and_makes_one_concern() {
    let school = school().await;
    let teacher = school.signed_in("teacher").await;
    let port = school.address.port();
    let done = tokio::task::spawn_blocking(move || {
        let Some(browser) = Chromium::start() else { return false };
        seat(&browser, &teacher, port);
        browser.command("Network.enable", &json!({}));
        let cut = |is_off: bool| {
            let line = json!({"offline": is_off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
            browser.command("Network.emulateNetworkConditions", &line);
        };
        browser.open(&format!("http://localhost:{port}/concerns/new"));
        browser.press(&[' ', TAB, ' ', ENTER]);
        browser.until("return document.activeElement.id === 'name'");
        write(&browser, "Canary");
        browser.press(&[TAB]);
        write(&browser, "words over a cut line");
        cut(true);
        browser.press(&[TAB, ENTER]);
        browser.until("return document.body.textContent.includes('there is no connection')");
        let words: Value = browser.run("return document.getElementById('seen').value");
        assert_eq!(words, json!("words over a cut line"));
        browser.picture("concern-line-cut-desk");
        cut(false);
        browser.until("return document.querySelector('h1')?.textContent === 'Check it, and send it'");
        cut(true);
        browser.press(&[ENTER]);
        browser.until("return document.body.textContent.includes('there is no connection')");
        cut(false);
        browser.until("return document.querySelector('h1')?.textContent === 'It is sent'");
        true
    });
    if done.await.unwrap() {
        let views = read(&school, "lead").await;
        assert_eq!(views.len(), 1);
        assert_eq!(views[0].entries[0].text.as_str(), "words over a cut line");
    }
}

#[tokio::test]
async fn the_pages_behind_the_first_have_no_fault_at_either_width() {
    let school = school().await;
    let mut teacher = school.signed_in("teacher").await;
    let made = teacher.act("/concerns/paper", "/concerns/paper", &[("count", "1")]).await.location().to_owned();
    let page = quick(&mut teacher, "yes", "yes").await;
    let filled = [("adult-name", "Dora"), ("name", "Mia Reed"), ("seen", "Dora Hale shouted"), ("urgency", "harm")];
    let check = fill(&mut teacher, &page, NEW, &filled).await;
    let form = fields(&check.text).iter().find(|(name, _)| name == "form").unwrap().1.clone();
    let chosen = check.text.split_once("id=\"person-2\"").unwrap().1.split_once("value=\"").unwrap().1;
    let chosen = chosen.split_once('"').unwrap().0.to_owned();
    fill(&mut teacher, &check, NEW, &[("person", &chosen), ("go", "keep")]).await.location();
    let other = quick(&mut teacher, "no", "no").await;
    let ready = fill(&mut teacher, &other, NEW, &[("name", "Canary"), ("seen", "line"), ("urgency", "danger")]).await;
    let sent = fill(&mut teacher, &ready, SEND, &[]).await.location().to_owned();
    let key = sent.rsplit('/').next().unwrap().to_owned();
    let port = school.address.port();
    let looked = tokio::task::spawn_blocking(move || {
        let Some(browser) = Chromium::start() else { return };
        seat(&browser, &teacher, port);
        let of = |path: &str| format!("http://localhost:{port}{path}");
        let draft = format!("/concerns/drafts/{form}");
        look(
            &browser,
            &[
                (of(NEW), "concern-first"),
                (of(&draft), "concern-quick"),
                (of(&format!("{draft}/throw-away")), "concern-throw-away"),
                (of(&sent), "concern-sent"),
                (of("/concerns/mine"), "concern-mine"),
                (of(&format!("/concerns/mine/{key}/more")), "concern-more"),
                (of(&format!("/concerns/mine/{key}/told")), "concern-told"),
                (of(&made), "concern-paper"),
            ],
        );
        // The pages that only a form leads to.
        for (width, screen) in crate::looks::WIDTHS {
            browser.width(width);
            browser.open(&of(&draft));
            browser.run("for (const part of document.querySelectorAll('details')) part.open = true");
            let mut faults = crate::looks::faults(&browser);
            browser.picture(&format!("concern-quick-open-{screen}"));
            browser.run("document.querySelector('main form .govuk-button-group button').click()");
            browser.until("return document.querySelector('h1')?.textContent === 'Check it, and send it'");
            browser.picture(&format!("concern-check-{screen}"));
            faults.extend(crate::looks::faults(&browser));
            browser.open(&of(NEW));
            browser.run("document.getElementById('adult').click(); document.getElementById('picture-3').click()");
            browser.run("document.querySelector('button[value=guided]').click()");
            browser.until("return document.querySelector('h1')?.textContent === 'Which child is it about?'");
            browser.run("document.getElementById('name').value = 'Mia'; document.querySelector('main form .govuk-button-group button').click()");
            browser.until("return document.getElementById('person-2') !== null");
            browser.picture(&format!("concern-who-{screen}"));
            faults.extend(crate::looks::faults(&browser));
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
    });
    looked.await.expect("no page has a fault");
}
