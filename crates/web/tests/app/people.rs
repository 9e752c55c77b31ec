//! The pages of people: who finds and reads whom, that nothing confidential is shown round its seal, and each thing that can be done.

use crate::{
    pupils::{Pupils, between},
    school::PASSWORD,
};
use holdfast_records::people::NewCourtOrder;
use jiff::{SignedDuration, civil::date};

/// The smallest picture there is: one grey pixel as a PNG, with a text chunk beside it.
const PICTURE: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82,
    0, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn somebody_is_added_after_a_look_at_it_and_found_by_name() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    // What is wrong comes back with the words that were typed.
    let wrong =
        [("kind", "staff"), ("full_name", "Zoë O’Brien"), ("date_of_birth-day", "31"), ("date_of_birth-month", "2")];
    let answer = office.act("/people/add", "/people/add", &wrong).await;
    assert_eq!(answer.status, 422);
    for part in [
        "<title>Error: ",
        "Choose how they work here.",
        "Zoë O’Brien",
        "Write a day that there is",
        "href=\"#staff_kind\"",
    ] {
        assert!(answer.text.contains(part), "“{part}” in {}", answer.text);
    }
    let ann = [
        ("kind", "pupil"),
        ("full_name", "Ann Birch"),
        ("language", "Polish"),
        ("interpreter_needed", "yes"),
        ("step", "check"),
    ];
    let answer = office.act("/people/add", "/people/add", &ann).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text.contains("Somebody here has this name already"), "{}", answer.text);
    let before = pupils.school.records.find_people(&pupils.office, "Ann Birch", None).await.unwrap().people.len();
    assert_eq!(before, 2, "looking adds nobody");
    let answer = office.act("/people/add", "/people/add", &[&ann[..4], &[("step", "add")]].concat()).await;
    let page = answer.location().to_owned();
    assert!(page.starts_with("/people/") && !page.to_lowercase().contains("ann"), "{page}");
    let answer = office.get(&page).await;
    for part in
        ["They are added", "Another has this name", "An interpreter must be there", "speaks Polish", "data-hides"]
    {
        assert!(answer.text.contains(part), "“{part}” in {}", answer.text);
    }
    assert!(answer.text.contains("<title>One person – Holdfast"), "no name in a title");
    // A name is sent, not asked for, so it stands in no address.
    let found = office.act("/people", "/people", &[("search", "bir ann")]).await;
    assert_eq!(found.text.matches("<td class=\"govuk-table__cell\">Pupil").count(), 3);
    assert!(found.text.contains("3 people were found"));
    let listed = office.get("/people?kind=pupil").await;
    assert!(listed.text.contains("4 people, by last name"), "{}", listed.text);
    assert!(!listed.text.contains("Hilda Marsh"));
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_meanwhile_is_refused() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let path = format!("/people/{}/change/name", pupils.ben);
    let read = office.get(&path).await;
    let revision = between(&read, "name=\"revision\" value=\"", "\"").to_owned();
    let fields = [("full_name", "Ben Oak"), ("preferred_name", "Benny"), ("revision", &*revision)];
    assert_eq!(office.act(&path, &path, &fields).await.location(), format!("/people/{}", pupils.ben));
    assert!(office.get(&format!("/people/{}", pupils.ben)).await.text.contains("Benny (Ben Oak)"));
    let again = office.act(&path, &path, &[("full_name", "Ben Elm"), ("revision", &*revision)]).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("Ben Elm"), "the words are not lost");
    let read = office.get(&format!("/people/{}", pupils.ben)).await;
    assert!(read.text.contains("Ben Oak") && !read.text.contains("Ben Elm"));
    // A number that another has is told at its field.
    for (person, status) in [(pupils.ann, 303), (pupils.ben, 422)] {
        let path = format!("/people/{person}/change/about");
        let read = office.get(&path).await;
        let revision = between(&read, "name=\"revision\" value=\"", "\"").to_owned();
        let answer = office.act(&path, &path, &[("number", "A17"), ("revision", &revision)]).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.text.contains("href=\"#number\""), status == 422);
    }
}

#[tokio::test]
async fn ways_to_reach_somebody_stand_in_the_order_to_try() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let path = format!("/people/{}/contact", pupils.mother);
    let mut revision = String::from("1");
    for (kind, way) in [("mobile", "07700 900001"), ("work", "01632 960002")] {
        let answer = office.act(&path, &path, &[("kind", kind), ("way", way), ("revision", &revision)]).await;
        assert_eq!(answer.location(), path, "{}", answer.text);
        revision = between(&office.get(&path).await, "name=\"revision\" value=\"", "\"").to_owned();
    }
    let answer = office.act(&path, &path, &[("kind", ""), ("way", "07700 900003"), ("revision", &revision)]).await;
    assert!(answer.status == 422 && answer.text.contains("value=\"07700 900003\""));
    let moved = office.act(&path, &format!("{path}/2/first"), &[("revision", &revision)]).await;
    assert_eq!(moved.location(), path);
    let read = office.get(&path).await.text;
    assert!(read.find("960002").unwrap() < read.find("900001").unwrap());
    let stale = office.act(&path, &format!("{path}/1/remove"), &[("revision", &revision)]).await;
    assert_eq!(stale.status, 422, "the numbers may be those of other ways now");
    assert_eq!(office.act(&path, &format!("{path}/9/remove"), &[("revision", &revision)]).await.status, 404);
}

#[tokio::test]
async fn a_photograph_goes_in_and_comes_out_as_the_picture_alone() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let (page, picture) = (format!("/people/{}/picture", pupils.ann), format!("/people/{}/photo", pupils.ann));
    let read = office.get(&page).await;
    let (token, revision) = (
        between(&read, "name=\"token\" value=\"", "\"").to_owned(),
        between(&read, "name=\"revision\" value=\"", "\"").to_owned(),
    );
    let fields = [("token", &*token), ("revision", &*revision)];
    let no_picture = office.upload(&page, &fields, ("picture", b"not a picture")).await;
    assert!(
        no_picture.status == 422 && no_picture.text.contains("A photograph is a JPEG or a PNG."),
        "{}",
        no_picture.text
    );
    assert_eq!(office.upload(&page, &[("token", "another"), fields[1]], ("picture", PICTURE)).await.status, 403);
    let too_large = vec![0_u8; 5 * 1024 * 1024];
    assert_eq!(office.upload(&page, &fields, ("picture", &too_large)).await.status, 413);
    assert_eq!(office.upload(&page, &fields, ("picture", PICTURE)).await.location(), format!("/people/{}", pupils.ann));
    let shown = office.get(&picture).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")));
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert!(office.get(&format!("/people/{}", pupils.ann)).await.text.contains(&picture));
    // No file is read of who is not signed in, and none where none belongs.
    let mut stranger = pupils.school.browser();
    assert_eq!(stranger.upload(&page, &fields, ("picture", PICTURE)).await.location(), "/sign-in");
    // Nor of who is, and may send none: what they sent is not even looked at.
    let mut teacher = pupils.school.signed_in("teacher").await;
    let no_form = [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "text/plain")];
    assert_eq!(office.send("POST", &page, &no_form, "x").await.status, 415);
    assert_eq!(teacher.send("POST", &page, &no_form, "x").await.status, 404);
    assert_eq!(office.upload("/people", &fields, ("picture", PICTURE)).await.status, 415);
}

#[tokio::test]
async fn parents_are_recorded_and_who_may_be_told_is_said_beside_the_name() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let family = format!("/people/{}/family", pupils.ben);
    assert!(office.get(&family).await.text.contains("Nobody is recorded"));
    let add = format!("{family}/add");
    let found = office.act(&add, &add, &[("search", "birch")]).await;
    assert!(found.text.contains("Pia Birch") && !found.text.contains("Ann Birch"), "adults only");
    let missing = office.act(&add, &add, &[("search", "birch"), ("step", "add"), ("contact_order", "x")]).await;
    for part in ["Choose who it is.", "Choose what they are", "Choose whether they have", "Write a number"] {
        assert!(missing.status == 422 && missing.text.contains(part), "{part}");
    }
    let mother = pupils.mother.to_string();
    let fields = [
        ("search", "birch"),
        ("step", "add"),
        ("person", &*mother),
        ("kind", "carer"),
        ("responsibility", "not-known"),
        ("lives_with", "partly"),
        ("contact_order", "1"),
    ];
    assert_eq!(office.act(&add, &add, &fields).await.location(), family);
    let read = office.get(&family).await;
    assert!(read.text.contains("Ask first: parental responsibility not known"), "{}", read.text);
    assert!(office.get(&format!("/people/{}/family", pupils.ann)).await.text.contains("May be told"));
    let end = between(&read, "href=\"/people/", "/end\"");
    let end = format!("/people/{}/end", end.rsplit("href=\"/people/").next().unwrap());
    assert_eq!(office.act(&end, &end, &[]).await.location(), family);
    assert!(office.get(&family).await.text.contains("Nobody is recorded"));
}

#[tokio::test]
async fn what_is_confidential_is_shown_to_who_holds_a_key_and_written_by_more() {
    const CANARIES: [&str; 3] = ["Quillbank Lighthouse", "Velvet Ptarmigan", "Thimble Marsh"];
    let pupils = Pupils::new().await;
    // A stored key is what the leads hold: they sign in once, so that they can be let in.
    let mut lead = pupils.school.signed_in("lead").await;
    let mut browsers = Vec::new();
    for word in ["head", "deputy", "technician", "teacher", "colleague", "chair", "trust"] {
        browsers.push((word, pupils.school.signed_in(word).await));
    }
    browsers.push(("office", pupils.office().await));
    let mut office = pupils.office().await;
    let page = format!("/people/{}/confidential", pupils.ann);
    let address = format!("{page}/address");
    let fields = [("words", CANARIES[0]), ("not_given_out", "yes"), ("step", "write")];
    assert_eq!(office.act(&address, &address, &fields).await.location(), page);
    let bar = format!("{page}/no-contact");
    let kai = pupils.person("Kai Ross").await.to_string();
    let fields = [("search", "kai"), ("person", &*kai), ("words", CANARIES[1]), ("step", "write")];
    assert_eq!(office.act(&bar, &bar, &fields).await.location(), page);
    let order = NewCourtOrder {
        child: pupils.ann,
        adult: pupils.mother,
        bars_telling: true,
        from: date(2026, 9, 1),
        until: None,
        words: CANARIES[2],
    };
    pupils.school.records.record_court_order(&pupils.office, &order).await.unwrap();

    let read = lead.get(&page).await;
    for canary in CANARIES {
        assert!(read.text.contains(canary), "{canary} in {}", read.text);
    }
    assert!(read.text.contains("given to nobody") && read.text.contains("No contact with Kai Ross"));
    let sealed = office.get(&page).await;
    assert!(sealed.status == 200 && sealed.text.contains("Nobody reads it back"), "{}", sealed.text);
    // The office sees that the address is given to nobody and who is never told; not what, nor why.
    assert!(office.get(&format!("/people/{}", pupils.ann)).await.text.contains("Their address is given to nobody"));
    assert!(office.get(&format!("/people/{}/family", pupils.ann)).await.text.contains("Never: do not tell"));
    for (word, browser) in &mut browsers {
        for path in everywhere(&pupils) {
            let answer = browser.get(&path).await;
            for canary in CANARIES {
                let may = ["head", "deputy"].contains(word) && path == page;
                assert!(may || !answer.text.contains(canary), "{word} reads “{canary}” at {path}");
            }
            // Whoever must have no contact does not even find the child.
            if *word == "colleague" {
                let shows = answer.text.contains("born 8 June 2014") || answer.text.contains(&pupils.ann.to_string());
                assert!(answer.status == 404 || !shows, "{path}: {}", answer.text);
            }
        }
    }
}

/// Every page that could show something of the pupil.
fn everywhere(pupils: &Pupils) -> Vec<String> {
    let ann = format!("/people/{}", pupils.ann);
    let mut paths: Vec<String> =
        ["", "/family", "/family/add", "/confidential", "/confidential/address", "/confidential/no-contact"]
            .iter()
            .chain(&[
                "/confidential/court-order",
                "/history",
                "/change/name",
                "/change/about",
                "/contact",
                "/leave",
                "/picture",
                "/photo",
            ])
            .map(|part| format!("{ann}{part}"))
            .collect();
    paths.extend(
        ["/people?kind=pupil", "/people", "/classes", "/duties", "/accounts", "/today", "/account/details"]
            .map(str::to_owned),
    );
    paths.push(format!("/people/{}", pupils.mother));
    paths
}

#[tokio::test]
async fn who_may_not_know_a_page_is_told_that_it_is_not_there() {
    let pupils = Pupils::new().await;
    let ann = format!("/people/{}", pupils.ann);
    let ben = format!("/people/{}", pupils.ben);
    let of = |path: &str| path.replace("ANN", &ann).replace("BEN", &ben);
    // Who reads each page; everybody else finds nothing there.
    let pages: [(&str, &[&str]); 17] = [
        ("/people", &["head", "lead", "office", "teacher", "technician", "colleague"]),
        ("/people?state=left", &["head", "lead", "office"]),
        ("/people/add", &["head", "lead", "office"]),
        ("/people/import", &["head", "lead", "office"]),
        ("ANN", &["head", "lead", "office", "teacher"]),
        ("BEN", &["head", "lead", "office"]),
        ("ANN/family", &["head", "lead", "office", "teacher"]),
        ("BEN/family", &["head", "lead", "office"]),
        ("ANN/family/add", &["head", "lead", "office"]),
        ("ANN/confidential", &["head", "lead", "office"]),
        ("ANN/change/name", &["head", "lead", "office"]),
        ("ANN/history", &["head", "lead"]),
        ("ANN/leave", &["head", "lead", "office"]),
        ("/duties", &["head", "lead", "office", "teacher", "technician", "colleague", "chair", "trust"]),
        ("/duties/absence", &["head", "lead", "office"]),
        ("/duties/away", &["head", "lead", "office", "teacher", "technician", "colleague", "chair", "trust"]),
        ("/accounts", &["head", "chair", "trust", "technician"]),
    ];
    let passphrase =
        pupils.school.records.create_account(&pupils.session_of_head().await, pupils.other_ann, "annb").await;
    let passphrase = passphrase.unwrap();
    let password = "nine otters under the old bridge";
    pupils.school.records.choose_password(crate::school::CODE, "annb", &passphrase, password).await.unwrap();
    let mut pupil = pupils.school.browser();
    assert_eq!(pupil.post("/sign-in", &[("name", "annb"), ("password", password)]).await.location(), "/start");
    let mut browsers = vec![("pupil", pupil), ("office", pupils.office().await), ("head", pupils.again("head").await)];
    for word in ["lead", "teacher", "technician", "colleague", "chair", "trust"] {
        browsers.push((word, pupils.school.signed_in(word).await));
    }
    for (word, browser) in &mut browsers {
        let nowhere = browser.get("/people/0190b5a4-0000-7000-8000-00000000dead").await;
        for (path, who) in pages {
            let answer = browser.get(&of(path)).await;
            let expected = if who.contains(word) { 200 } else { 404 };
            assert_eq!(answer.status, expected, "{word} at {path}: {}", answer.text);
            if expected == 404 {
                assert_eq!(answer.text, nowhere.text, "{word} at {path}: told in other words");
            }
        }
    }
    // Everybody sees themselves.
    let own = browsers[0].1.get(&format!("/people/{}", pupils.other_ann)).await;
    assert_eq!(own.status, 200);
    assert!(!own.text.contains("Another has this name"), "it would tell who else is here");
}

impl Pupils {
    /// The head, who signed in for the first time.
    async fn session_of_head(&self) -> holdfast_records::Session {
        self.school.ready("head").await
    }
}

#[tokio::test]
async fn a_list_is_looked_at_and_then_taken_in_as_it_was_seen() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let token = office.token("/people/import").await;
    let wrong = b"kind,full_name,date_of_birth\npupil,Cleo Fern,08/06/2014\nwizard,Merl Inn,\n";
    let answer = office.upload("/people/import", &[("token", &*token)], ("file", wrong)).await;
    assert_eq!(answer.status, 422);
    for part in ["line 2", "date_of_birth", "line 3", "kind"] {
        assert!(answer.text.contains(part), "“{part}” in {}", answer.text);
    }
    let list = "\u{feff}kind,full_name,date_of_birth,classes\r\npupil,Cleo Fern,2014-03-01,7B;MA1\r\npupil,\"Dan \"\"D\"\" <Elm>\",2014-03-02,\r\n";
    let answer = office.upload("/people/import", &[("token", &*token)], ("file", list.as_bytes())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("New classes: MA1."), "{}", answer.text);
    assert!(!office.get("/people?kind=pupil").await.text.contains("Cleo Fern"), "looking adds nobody");
    let digest = between(&answer, "name=\"digest\" value=\"", "\"").to_owned();
    let kept = between(&answer, "name=\"csv\" value=\"", "\">");
    let kept = kept.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    // Browsers send line ends as CR LF, whatever they were.
    let kept = kept.replace('\n', "\r\n");
    let fields = [("token", &*token), ("digest", &*digest), ("csv", &*kept)];
    let another = [fields[0], fields[1], ("csv", "kind,full_name\r\npupil,Eve Gorse\r\n")];
    assert_eq!(
        office.upload("/people/import", &another, ("file", b"")).await.status,
        422,
        "not the list that was seen"
    );
    assert_eq!(office.upload("/people/import", &fields, ("file", b"")).await.location(), "/people");
    let listed = office.get("/people?kind=pupil").await.text;
    assert!(
        listed.contains("Cleo Fern")
            && listed.contains("Dan &#34;D&#34; &#60;Elm&#62;")
            && !listed.contains("Eve Gorse")
    );
}

#[tokio::test]
async fn somebody_leaves_and_comes_back_and_the_last_head_stays() {
    let pupils = Pupils::new().await;
    let mut head = pupils.school.signed_in("lead").await;
    let leave = async |browser: &mut crate::browser::Browser, person: holdfast_records::id::Person, what: &str| {
        let path = format!("/people/{person}/{what}");
        let read = browser.get(&path).await;
        let revision = between(&read, "name=\"revision\" value=\"", "\"").to_owned();
        browser.act(&path, &path, &[("revision", &revision)]).await
    };
    assert_eq!(leave(&mut head, pupils.ben, "leave").await.location(), format!("/people/{}", pupils.ben));
    assert!(head.get(&format!("/people/{}", pupils.ben)).await.text.contains("Left the school."));
    assert!(head.get("/people?state=left").await.text.contains("Ben Ash"));
    assert!(!head.get("/people?kind=pupil").await.text.contains("Ben Ash"));
    assert_eq!(head.get(&format!("/people/{}/leave", pupils.ben)).await.status, 404);
    assert_eq!(leave(&mut head, pupils.ben, "return").await.status, 303);
    assert!(head.get("/people?kind=pupil").await.text.contains("Ben Ash"));
    // Whoever may not give duties makes nobody leave who holds one.
    let mut office = pupils.office().await;
    let teacher = pupils.person("Martin Pike").await;
    let refused = leave(&mut office, teacher, "leave").await;
    assert!(refused.status == 422 && refused.text.contains("They hold duties"), "{}", refused.text);
}

#[tokio::test]
async fn a_history_is_read_once_it_is_said_what_for() {
    let pupils = Pupils::new().await;
    let mut lead = pupils.school.signed_in("lead").await;
    let path = format!("/people/{}/history", pupils.ann);
    assert!(lead.get(&path).await.text.contains("What do you look for?"));
    assert_eq!(lead.act(&path, &path, &[]).await.status, 422);
    assert_eq!(lead.act(&path, &path, &[("purpose", "correction")]).await.location(), path);
    let read = lead.get(&path).await;
    assert!(read.text.contains("Orla Dean") && read.text.contains("Person added"), "{}", read.text);
    assert!(!read.text.contains(&pupils.ann.to_string().replace('-', "")), "no rows of digits");
    assert!(lead.get(&format!("/people/{}/history", pupils.ben)).await.text.contains("What do you look for?"));
}

#[tokio::test]
async fn classes_are_made_joined_and_left() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let page = office
        .act("/classes/add", "/classes/add", &[("code", "8C"), ("name", "Eight Cedars")])
        .await
        .location()
        .to_owned();
    assert_eq!(office.act("/classes/add", "/classes/add", &[("code", "8C"), ("name", "Again")]).await.status, 422);
    let join = format!("{page}/join");
    let ben = pupils.ben.to_string();
    let missing = office.act(&join, &join, &[("search", "ash"), ("step", "join")]).await;
    assert!(missing.status == 422 && missing.text.contains("Choose what they do there."));
    let fields = [("search", "ash"), ("step", "join"), ("person", &*ben), ("part", "learns")];
    assert_eq!(office.act(&join, &join, &fields).await.location(), page);
    assert!(office.get(&page).await.text.contains("Ben Ash"));
    let mut teacher = pupils.school.signed_in("teacher").await;
    assert_eq!(teacher.get(&join).await.status, 404);
    assert_eq!(
        office.act(&page, &format!("{page}/leave"), &[("person", &ben), ("part", "learns")]).await.location(),
        page
    );
    assert!(office.get(&page).await.text.contains("Nobody is in this class yet"));
}

#[tokio::test]
async fn one_changes_ones_own_details_and_nothing_else() {
    let pupils = Pupils::new().await;
    let mut teacher = pupils.school.signed_in("teacher").await;
    let own = "/account/details";
    let read = teacher.get(own).await;
    let revision = between(&read, "name=\"revision\" value=\"", "\"").to_owned();
    let fields = [
        ("preferred_name", "Marty"),
        ("gate_group", "staff-free"),
        ("full_name", "Lord Pike"),
        ("revision", &*revision),
    ];
    let page = teacher.act(own, own, &fields).await.location().to_owned();
    let read = teacher.get(&page).await;
    assert!(read.text.contains("Marty (Martin Pike)") && !read.text.contains("Lord Pike"), "{}", read.text);
    assert!(!read.text.contains("staff-free"));
}

#[tokio::test]
async fn whoever_changes_contacts_and_family_shows_first_that_it_is_them() {
    let pupils = Pupils::new().await;
    let mut office = pupils.office().await;
    let (contact, family) = (format!("/people/{}/contact", pupils.mother), format!("/people/{}/family", pupils.ben));
    let revision = "revision\" value=\"";
    let page = office.get(&contact).await;
    let number = between(&page, revision, "\"").to_owned();
    let fields = [("kind", "mobile"), ("way", "01632 960123"), ("revision", &*number)];
    assert_eq!(office.act(&contact, &contact, &fields).await.location(), contact);
    // So early nothing more is asked; a while later their words stay, and nothing is written.
    pupils.school.advance(SignedDuration::from_mins(11));
    let page = office.get(&contact).await;
    assert!(page.text.contains("01632 960123") && page.text.contains("href=\"/account/confirm\""), "{}", page.text);
    let number = between(&page, revision, "\"").to_owned();
    let fields = [("kind", "mail"), ("way", "pia@elsewhere.example"), ("revision", &*number)];
    let again = office.act(&contact, &contact, &fields).await;
    assert!(again.status == 422 && again.text.contains("value=\"pia@elsewhere.example\""), "{}", again.text);
    let person = pupils.school.records.person(&pupils.office, pupils.mother).await.unwrap();
    assert_eq!(person.ways.len(), 1);
    let remove = format!("{contact}/1/remove");
    let way = office.act(&contact, &remove, &[("revision", &number)]).await.location().to_owned();
    assert!(way.starts_with("/account/confirm?then=%2Fpeople%2F") && way.ends_with("contact"), "{way}");
    let mother = pupils.mother.to_string();
    let fields = [
        ("search", "pia"),
        ("step", "add"),
        ("person", &*mother),
        ("kind", "mother"),
        ("responsibility", "yes"),
        ("lives_with", "yes"),
        ("contact_order", "1"),
    ];
    let add = format!("{family}/add");
    let held = office.act(&add, &add, &fields).await;
    assert!(held.status == 422 && held.text.contains("Confirm that it is you"), "{}", held.text);
    assert!(office.get(&family).await.text.contains("Nobody is recorded"));
    let confirm = office.act("/account/confirm", "/account/confirm", &[("password", PASSWORD), ("then", &add)]).await;
    assert_eq!(confirm.location(), add);
    assert_eq!(office.act(&add, &add, &fields).await.location(), family);
}
