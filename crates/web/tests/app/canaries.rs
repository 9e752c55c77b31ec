//! Who is shown what of a concern (issue 7): every role opens every page that it can reach, follows every link it is shown, and asks for
//! every address that anybody else was shown. What each is shown of names, words and numbers that are in no other place stands in
//! `tests/golden/canaries.txt`, to be read by whoever changes it: a line too many and a line that nobody is shown any more fail alike.

use crate::{
    browser::{Answer, Browser},
    by_role, pupils_ways,
    raising::{fields, fill},
    school::{School, roles},
};
use holdfast_records::{
    Session,
    concern::{
        Answers, NewConcern, Part as Concerns, Said, Urgency,
        answer::{Course, Extent, NewDecision, NewThreshold, ThresholdLevel},
    },
    file::{Which, Words},
    id,
    mail::{MailAccount, MailBody, NewMailAccount, Security, SignInBy},
    people::{ContactWay, Kind, NewPerson, Part, StaffKind, WayKind},
    pupil::{AboutAdult, TellWhat, Told, Wishes},
};
use holdfast_web::routes;
use jiff::{SignedDuration, civil::date};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
};

/// The child of the first concern, the one harmed by an adult, and the two who told themselves.
const CHILDREN: [&str; 4] = ["Zebedee Quillfeather", "Peregrine Oddfellow", "Ottoline Snapdragon", "Lettice Hollowell"];
/// The adult of the second and the third concern.
const ADULT: &str = "Barnaby Thistlewick";
/// Those to whom a concern about a child comes; the head hears of those about adults as well.
const OF_CHILDREN: &[&str] = &["head", "lead", "deputy"];
/// An entry of the log has its own page, which shows what its row shows; there are as many as there were acts, so each role follows
/// links to these few alone. What they show of a name counts as shown by the log.
const ENTRY: &str = "/audit/entries/{entry}";
const MOST_ENTRIES: usize = 8;
/// What nobody finds by a link: lists that are searched and narrowed by their address.
const NARROWED: [&str; 8] = [
    "/people?state=left",
    "/people?kind=pupil",
    "/concerns?year=2026",
    "/concerns?waits=call",
    "/concerns/all?year=2026",
    "/audit?act=file-read",
    "/audit?kind=file",
    "/audit?outcome=refused",
];

/// Something that may be shown to few.
struct Canary {
    what: &'static str,
    said: String,
    /// Who may be shown it at all, whatever the reviewed table says; for a name, whoever the table says.
    readers: Option<&'static [&'static str]>,
    /// Whose own it is: it stands at the head of every page of theirs.
    own: Option<&'static str>,
}

impl Canary {
    fn name(what: &'static str, full_name: &str, own: Option<&'static str>) -> Self {
        let last = full_name.rsplit(' ').next().expect("a last name").to_owned();
        Self { what, said: last, readers: None, own }
    }

    fn secret(what: &'static str, said: impl Into<String>, readers: &'static [&'static str]) -> Self {
        Self { what, said: said.into(), readers: Some(readers), own: None }
    }
}

/// Browsers in which somebody is signed in, by their role.
type Browsers = Vec<(&'static str, Browser)>;
/// What a canary is shown on: by what it is, the route, and the roles.
type Table = BTreeMap<&'static str, BTreeMap<&'static str, BTreeSet<&'static str>>>;

/// The school with all that is told in it.
struct Story {
    school: School,
    class: id::Class,
    /// What is at the places of the paths, a set for each file.
    places: Vec<BTreeMap<&'static str, String>>,
    canaries: Vec<Canary>,
}

fn words(text: &str) -> Words {
    Words::new(text).expect("words")
}

/// A concern as an adult of the school sends it.
async fn raised(
    school: &School,
    writer: &Session,
    (child, adult): (Option<id::Person>, Option<id::Person>),
    seen: &str,
) -> Vec<String> {
    let new = NewConcern {
        form: id::Row::new(school.now()).expect("an id"),
        children: child.map(|child| (child, Concerns::Harmed)).into_iter().collect(),
        adult,
        said: Said { seen: Some(words(seen)), ..Said::default() },
        answers: Answers { urgency: Some(Urgency::Danger), ..Answers::default() },
        told: None,
        paper: None,
    };
    school.records.raise_concern(writer, &new).await.expect("raised").references
}

/// A child tells on their own page that they would like to talk with an adult, and that their teacher is not to know who told.
async fn told(school: &School, child: &Session, adult: AboutAdult, talk_to: id::Person, said: &str) {
    let told = Told {
        form: id::Row::new(school.now()).expect("an id"),
        adult,
        what: TellWhat::Scared,
        want: None,
        place: None,
        words: said.to_owned(),
        wishes: Wishes { may_name: Some(false), talk_to: Some(talk_to), wants_receipt: true },
    };
    school.records.tell(child, &told).await.expect("told");
}

/// Gives somebody an account by this name.
async fn account(school: &mut School, person: id::Person, word: &'static str) {
    let head = school.session("head").await;
    let passphrase = school.records.create_account(&head, person, word).await.expect("an account");
    school.passphrases.insert(word, passphrase.to_string());
}

/// Mail of the school, with an address for everybody who signs in.
async fn mail(school: &School) {
    let head = school.session("head").await;
    let account = MailAccount {
        security: Security::StartTls,
        host: "smtp.school.example".to_owned(),
        sender: "holdfast@school.example".to_owned(),
        sign_in: SignInBy::Nothing,
        ..MailAccount::off()
    };
    school.records.set_mail_account(&head, NewMailAccount { account: &account, secret: "" }).await.expect("mail");
    // Nobody gives themselves an address.
    let office = school.session("office").await;
    for held in school.records.accounts(&head).await.expect("the accounts") {
        let by = if held.sign_in_name == "head" { &office } else { &head };
        let revision = school.records.person(by, held.person).await.expect("the record").revision;
        let ways = [ContactWay { kind: WayKind::Mail, way: format!("{}@school.example", held.sign_in_name) }];
        school.records.set_contact_ways(by, held.person, revision, &ways).await.expect("an address");
    }
}

/// What a teacher began to write and has not sent; where it is.
async fn draft(school: &School) -> String {
    let mut teacher = school.browser();
    assert_eq!(school.enter(&mut teacher, "teacher", &[]).await, "/today");
    let new = "/concerns/new";
    let first = teacher.get(new).await;
    let page = fill(&mut teacher, &first, new, &[("adult", "no"), ("picture", "no"), ("way", "quick")]).await;
    let form = fields(&page.text).iter().find(|(name, _)| name == "form").expect("its number").1.clone();
    let kept = fill(&mut teacher, &page, new, &[("seen", "half a quince"), ("go", "keep")]).await;
    assert_eq!(kept.location(), "/concerns/mine");
    form
}

impl Story {
    async fn new() -> Self {
        let mut school = School::of_every_duty().await;
        for (role, _) in roles() {
            school.ready(role).await;
        }
        let base = by_role::places(&school).await;
        let (_, class) = by_role::in_places(&base);
        let office = school.session("office").await;
        let teacher = school.records.find_people(&office, "Martin Pike", None).await.expect("found").people[0].id;
        school.records.join_class(&office, "7a", teacher, Part::Teaches).await.expect("he teaches");
        let mut children = Vec::new();
        for name in CHILDREN {
            let child = school.records.add_person(&office, NewPerson::new(Kind::Pupil, name)).await.expect("added");
            school.records.join_class(&office, "7a", child, Part::Learns).await.expect("they learn");
            children.push(child);
        }
        let adult = NewPerson::staff(StaffKind::Employed, ADULT);
        let adult = school.records.add_person(&office, adult).await.expect("added");
        for (person, word) in [(adult, "subject"), (children[2], "teller"), (children[3], "teller-of-teacher")] {
            account(&mut school, person, word).await;
            school.ready(word).await;
        }
        mail(&school).await;
        let (pike, ross) = (school.session("teacher").await, school.session("colleague").await);
        let first = raised(&school, &pike, (Some(children[0]), None), "marmalade on the stairs").await;
        let seen = format!("{ADULT} stood at the turnstile");
        let split = raised(&school, &pike, (Some(children[1]), Some(adult)), &seen).await;
        let alone = raised(&school, &ross, (None, Some(adult)), "periwinkle in the staff room").await;
        let (teller, other) = (school.session("teller").await, school.session("teller-of-teacher").await);
        told(&school, &teller, AboutAdult::No, teacher, "snowdrop behind the shed").await;
        told(&school, &other, AboutAdult::Somebody(teacher), teacher, "nightjar at the window").await;
        let draft = draft(&school).await;
        Self::decide(&school, &first[0]).await;
        let (places, references) = Self::places(&school, base, &children, draft).await;
        let mut canaries = vec![
            Canary::secret("words of the first concern", "marmalade", OF_CHILDREN),
            Canary::secret("why it was decided so", "hollyhock", OF_CHILDREN),
            Canary::secret("words about a child and an adult", "turnstile", OF_CHILDREN),
            Canary::secret("words about an adult", "periwinkle", &["head"]),
            Canary::secret("what a child told", "snowdrop", OF_CHILDREN),
            Canary::secret("what a child told about the teacher", "nightjar", OF_CHILDREN),
            Canary::secret("words of a complaint", "the gate was locked", &["head"]),
            Canary::secret("what was not sent yet", "quince", &["teacher"]),
            Canary::secret("number of the first concern", &first[0], &["head", "lead", "deputy", "teacher"]),
            Canary::secret("number of the child’s part", &split[0], &["head", "lead", "deputy", "teacher"]),
            Canary::secret("number of the adult’s part", &split[1], &["head", "teacher"]),
            Canary::secret("number of what is about an adult", &alone[0], &["head", "colleague"]),
        ];
        let by_adults = [&first[0], &split[0], &split[1], &alone[0]];
        let of_tellers = references.into_iter().filter(|reference| !by_adults.contains(&reference));
        canaries
            .extend(of_tellers.map(|reference| Canary::secret("number of what a child told", reference, OF_CHILDREN)));
        let names = [
            ("name of the first child", None),
            ("name of the harmed child", None),
            ("name of who told", Some("teller")),
            ("name of who told of a teacher", Some("teller-of-teacher")),
        ];
        canaries.extend(names.into_iter().zip(CHILDREN).map(|((what, own), name)| Canary::name(what, name, own)));
        canaries.push(Canary::name("name of the adult", ADULT, Some("subject")));
        Self { school, class, places, canaries }
    }

    /// The lead decides on the first concern, so that not everything waits.
    async fn decide(school: &School, reference: &str) {
        let lead = school.session("lead").await;
        let files = school.records.list_files(&lead, &Which::default()).await.expect("listed").files;
        let file = files.iter().find(|one| one.reference == reference).expect("it is the lead’s").file;
        let reason = Some(words("the hollyhock was broken before"));
        let decision = NewDecision { extent: Extent::Case, course: Course::Act, reason, review: None, is_rung: false };
        let threshold = NewThreshold {
            level: ThresholdLevel::EarlyHelp,
            local: Some(words("Level 2")),
            reasoning: None,
            referred_to: None,
            off_site: None,
        };
        school.records.decide_at_threshold(&lead, file, &decision, &threshold).await.expect("decided");
    }

    /// What is at the places of the paths, for each file that the head or the lead reads; and their numbers.
    async fn places(
        school: &School,
        base: BTreeMap<&'static str, String>,
        children: &[id::Person],
        draft: String,
    ) -> (Vec<BTreeMap<&'static str, String>>, BTreeSet<String>) {
        let mut references = BTreeSet::new();
        for word in ["head", "lead"] {
            let session = school.session(word).await;
            let files = school.records.list_files(&session, &Which::default()).await.expect("listed").files;
            references.extend(files.into_iter().map(|file| file.reference));
        }
        references.remove(&base["reference"]);
        let with = |name: &'static str, value: &str| {
            let mut places = base.clone();
            places.insert(name, value.to_owned());
            places
        };
        let mut places = vec![base.clone(), with("draft", &draft)];
        places.extend(references.iter().map(|reference| with("reference", reference)));
        places.extend(children.iter().map(|child| with("person", &child.to_string())));
        (places, references)
    }

    /// Everybody, signed in.
    async fn browsers(&self) -> Browsers {
        let mut browsers = vec![("nobody", self.school.browser())];
        let others = ["subject", "teller", "teller-of-teacher"];
        for role in roles().into_iter().map(|(role, _)| role).chain(others) {
            let mut browser = self.school.browser();
            let way = self.school.enter(&mut browser, role, &[]).await;
            // Whoever has few spare codes left, as here the head, is led to where there are more.
            assert!(["/today", "/start", "/account/second-step"].contains(&&*way), "{role}: {way}");
            browsers.push((role, browser));
        }
        let (class, mut pupils) = (self.class, Vec::new());
        let office = self.school.session("office").await;
        for (name, born) in [("Wren Ashby", date(2013, 3, 1)), ("Cleo Ashby", date(2022, 3, 1))] {
            let new = NewPerson { date_of_birth: Some(born), ..NewPerson::new(Kind::Pupil, name) };
            let pupil = self.school.records.add_person(&office, new).await.expect("added");
            self.school.records.join_class(&office, "7a", pupil, Part::Learns).await.expect("they learn");
            pupils.push(pupil);
        }
        let [by_words, by_pictures, at_door] =
            pupils_ways::of_each_way(&self.school, [pupils[0], pupils[1]], class).await;
        browsers.extend([("pupil-by-words", by_words), ("pupil-by-pictures", by_pictures), ("pupil-at-door", at_door)]);
        browsers
    }
}

/// The route of the table that an address belongs to; of several the one with the fewest places.
fn route_of(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().expect("a path");
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |route: &str| {
        let pattern: Vec<&str> = route.split('/').collect();
        pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(|(place, part)| place.starts_with('{') || place == part)
    };
    let routes = routes::all().filter(|route| route.reads() && fits(route.path));
    routes.map(|route| route.path).min_by_key(|path| path.matches('{').count())
}

/// Where the links of a page lead, within this school.
fn links(page: &str) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let own = hrefs.filter(|href| href.starts_with('/') && !href.starts_with("//"));
    own.map(|href| {
        let href = href.split('#').next().expect("an address");
        href.replace("&#38;", "&").replace("&amp;", "&")
    })
    .collect()
}

/// Writes down what an answer shows of the canaries. No address, title or head shows anything of them.
fn note(table: &mut Table, canaries: &[Canary], (role, address): (&'static str, &str), answer: &Answer) {
    let route = route_of(address).expect("a route of the table");
    let route = if route == ENTRY { "/audit" } else { route };
    let title = answer
        .text
        .split_once("<title>")
        .and_then(|(_, rest)| rest.split_once("</title>"))
        .map_or("", |(title, _)| title);
    let links = links(&answer.text).concat();
    for canary in canaries {
        if !answer.text.contains(&canary.said) && !answer.head.contains(&canary.said) {
            continue;
        }
        // Whoever is led to the door with a number in their address brought it themselves.
        if answer.status == 303 && address.contains(&canary.said) && answer.text.is_empty() {
            continue;
        }
        if let Some(readers) = canary.readers {
            assert!(readers.contains(&role), "{role} is shown the {} at {address}: {}", canary.what, answer.text);
        }
        let is_number = canary.what.starts_with("number");
        for (place, text) in [("the title", title), ("a link", &*links), ("the head", &*answer.head)] {
            let may = is_number && place == "a link";
            assert!(may || !text.contains(&canary.said), "{place} of {address} shows {role} the {}", canary.what);
        }
        if canary.own != Some(role) {
            table.entry(canary.what).or_default().entry(route).or_default().insert(role);
        }
    }
}

/// Opens these and follows every link; every address that was asked for.
async fn walk(
    browser: &mut Browser,
    role: &'static str,
    begin: impl IntoIterator<Item = String>,
    mut seen: impl FnMut(&str, &Answer),
) -> BTreeSet<String> {
    let cookie = browser.cookie.clone();
    let mut waiting: VecDeque<String> = begin.into_iter().collect();
    let (mut asked, mut entries) = (BTreeSet::new(), 0);
    while let Some(address) = waiting.pop_front() {
        if !asked.insert(address.clone()) {
            continue;
        }
        let answer = browser.get(&address).await;
        browser.cookie.clone_from(&cookie);
        assert_ne!(answer.status, 500, "{role}: {address}: {}", answer.text);
        seen(&address, &answer);
        for link in links(&answer.text) {
            let Some(route) = route_of(&link) else { continue };
            if asked.contains(&link) {
                continue;
            }
            entries += usize::from(route == ENTRY);
            if route != ENTRY || entries <= MOST_ENTRIES {
                waiting.push_back(link);
            }
        }
    }
    asked
}

/// Everything that was said, put together: what each role is shown of it by reading, following and asking.
async fn table_of(story: &Story, browsers: &mut Browsers) -> Table {
    let canaries = &story.canaries;
    let mut table = Table::new();
    let filled = routes::all().filter(|route| route.reads()).flat_map(|route| {
        let fill = |places| by_role::filled(route.path, places);
        story.places.iter().map(fill).collect::<BTreeSet<_>>()
    });
    let begin: BTreeSet<String> = filled.chain(NARROWED.map(str::to_owned)).collect();
    let (mut all, mut of_each) = (BTreeSet::new(), Vec::new());
    for (role, browser) in browsers.iter_mut() {
        let seen = |address: &str, answer: &Answer| note(&mut table, canaries, (role, address), answer);
        let asked = walk(browser, role, begin.iter().cloned(), seen).await;
        all.extend(asked.iter().cloned());
        of_each.push(asked);
    }
    // What one was shown the way to, all others ask for as well.
    for ((role, browser), asked) in browsers.iter_mut().zip(of_each) {
        let cookie = browser.cookie.clone();
        for address in all.difference(&asked) {
            let answer = browser.get(address).await;
            browser.cookie.clone_from(&cookie);
            note(&mut table, canaries, (role, address), &answer);
        }
        // To search is a form, so that nothing of it stands in an address.
        let search = "/concerns/search";
        if browser.get(search).await.status == 200 {
            for said in ["marmalade", "turnstile", "periwinkle", "snowdrop", "nightjar", "locked"] {
                let found = browser.act(search, search, &[("words", said)]).await;
                assert_eq!(found.status, 200, "{role}: {}", found.text);
                // What was typed stands in its field again, and is no find.
                let text = found.text.replace(said, "");
                note(&mut table, canaries, (role, search), &Answer { text, ..found });
            }
        }
    }
    table
}

#[tokio::test]
async fn nobody_is_shown_more_of_a_concern_than_was_reviewed() {
    let story = Story::new().await;
    let school = &story.school;
    // Nobody answers, and it climbs: whoever is told of it is told that it waits, and no more.
    school.advance(SignedDuration::from_mins(50));
    let id = school.session("head").await.school;
    school.records.climb(id).await.expect("climbed");
    school.records.make_mails(id).await.expect("made");
    let mails = school.records.due_mails(id).await.expect("due");
    assert!(mails.len() > 3, "those who are to answer, and those it climbed to: {mails:?}");
    assert!(mails.iter().all(|mail| mail.body == MailBody::Notices), "{mails:?}");
    let mut browsers = story.browsers().await;
    let table = table_of(&story, &mut browsers).await;
    let mut text = String::new();
    for canary in &story.canaries {
        if let Some(readers) = canary.readers {
            let shown = table.get(canary.what).into_iter().flat_map(BTreeMap::values).flatten();
            let shown: BTreeSet<&str> = shown.copied().collect();
            let readers: BTreeSet<&str> = readers.iter().copied().collect();
            assert_eq!(shown, readers, "left: who is shown the {}; right: who may be", canary.what);
        }
    }
    for (what, routes) in &table {
        writeln!(text, "{what}").expect("a string takes it");
        for (route, shown) in routes {
            let shown: Vec<&str> = browsers.iter().map(|(role, _)| *role).filter(|role| shown.contains(role)).collect();
            writeln!(text, "    {route}: {}", shown.join(" ")).expect("a string takes it");
        }
    }
    by_role::as_reviewed("canaries.txt", &text);
}
