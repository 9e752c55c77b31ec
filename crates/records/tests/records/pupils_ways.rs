//! How pupils sign in who have no password of their own: in a class that an adult opened, by pictures or words that are theirs. Who may
//! open and help, what guessing comes to, what ends a seat, and that the store holds nothing by which anybody comes in.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault, Session,
    access::{Act, FileKind},
    audit::{Question, Shown as Entry},
    concern::door::WhichReports,
    file::Which,
    id,
    people::{Change, GiveDuty, Part, PersonChange},
    pupil::{
        AboutAdult, AtClass, Card, ExemptReason, Picture, Secret, Shown, TellWant, TellWhat, TellWhere, Told, WayKind,
        WayReason, Wishes,
    },
};
use jiff::{SignedDuration, civil::date};

both!(
    a_pupil_comes_in_by_the_code_and_what_is_theirs,
    wrong_tries_keep_one_pupil_waiting_and_never_the_class,
    a_code_is_good_for_an_hour_at_school_and_for_its_own_class,
    a_seat_ends_with_the_class_the_pupil_and_the_way,
    something_new_ends_the_old_and_shows_nothing_of_it,
    the_store_holds_nothing_by_which_anybody_comes_in,
    whoever_has_no_contact_with_a_child_sees_them_in_no_class,
    a_pupils_year_says_what_they_may_have_and_an_exemption_is_looked_at_again,
    what_a_child_tells_goes_to_who_looks_after_children_and_past_whom_it_is_about,
    what_a_child_sends_twice_is_one_report_and_no_word_is_lost,
    where_a_child_leaves_open_whether_it_is_about_an_adult_the_first_line_says_so,
);

const AT_SCHOOL: &str = "10.0.0.7";

struct Class {
    school: School,
    id: id::Class,
    teacher: Session,
}

impl Class {
    /// Ann and Ben learn in 7b.
    async fn new(ground: &Ground) -> Self {
        let school = School::new(ground).await;
        let head = school.session("head");
        school.records.join_class(&head, "7b", school.person("ben"), Part::Learns).await.expect("he learns");
        let id = school.records.classes(&head).await.expect("the classes")[0].id;
        let teacher = school.session("teacher");
        Self { school, id, teacher }
    }

    async fn words(&self, pupil: &str) -> Card {
        let person = self.school.person(pupil);
        let given = self.school.records.set_pupil_way(&self.teacher, person, WayKind::Words, WayReason::Renewed).await;
        given.expect("words may be given")
    }

    async fn open(&self) -> (AtClass, String) {
        let opened = self.school.records.open_class(&self.teacher, self.id, AT_SCHOOL).await.expect("opened");
        let at = self.school.records.class_of_code(&opened.code, AT_SCHOOL, true).await.expect("the code is right");
        (at, opened.code.to_string())
    }

    async fn enter(&self, at: AtClass, pupil: &str, words: &str) -> Result<Session, Fault> {
        let shown = Shown::Words(words);
        self.school.records.enter_class(at, self.school.person(pupil), &shown).await.map(|(session, _)| session)
    }

    async fn entries(&self, act: Act) -> Vec<Entry> {
        let question = Question { most: 200, ..Question::default() };
        let log = self.school.records.read_audit(&self.school.session("head"), &question).await.expect("read");
        log.entries.into_iter().filter(|entry| entry.act == act.word()).collect()
    }
}

fn words(card: &Card) -> String {
    match &card.secret {
        Secret::Words(words) => words.to_string(),
        Secret::Pictures(_) => panic!("words were asked for"),
    }
}

fn pictures(card: &Card) -> [Picture; 2] {
    match card.secret {
        Secret::Pictures(pictures) => pictures,
        Secret::Words(_) => panic!("pictures were asked for"),
    }
}

async fn a_pupil_comes_in_by_the_code_and_what_is_theirs(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let card = class.words("ann").await;
    let (at, code) = class.open().await;
    assert_eq!(code.len(), 6);
    // Whoever has nothing to show stands at no door.
    let tiles = records.class_tiles(at).await.expect("it is open");
    assert_eq!(tiles.iter().map(|tile| tile.person).collect::<Vec<_>>(), [class.school.person("ann")]);
    assert_eq!(tiles[0].first_name, card.first_name);
    let session = class.enter(at, "ann", &words(&card).to_uppercase().replace(' ', "-")).await.expect("her own");
    assert!(session.unlocked.is_none());
    assert_eq!(records.myself(&session).await.expect("she is in").person, class.school.person("ann"));
    let door = records.class_door(&class.teacher, class.id).await.expect("his own class");
    let came: Vec<bool> = door.pupils.iter().map(|pupil| pupil.came.is_some()).collect();
    assert_eq!(came.iter().filter(|came| **came).count(), 1, "{came:?}");
    assert_eq!(door.open.expect("it is open").code.as_str(), code);
    // The supervising adult, and that she came in by the class, stand in the log.
    let opened = class.entries(Act::ClassOpened).await;
    assert!(opened[0].actor.contains(&class.school.person("teacher").to_string()), "{:?}", opened[0]);
    let signed_in = class.entries(Act::SignedIn).await;
    assert!(format!("{:?}", signed_in[0].detail).contains(&at.opening.to_string()), "{:?}", signed_in[0]);
    // Her pictures and words are nobody's to read: what the adult sees is a kind.
    let way = records.pupil_way(&class.teacher, class.school.person("ann")).await.expect("he helps her");
    assert_eq!(way.kind, Some(WayKind::Words));
    // What belongs to adults is not there for her.
    assert_eq!(records.class_door(&session, class.id).await.err(), Some(Fault::NotFound));
    assert_eq!(records.open_class(&session, class.id, AT_SCHOOL).await.err(), Some(Fault::NotFound));
    let own = records.pupil_way(&session, class.school.person("ann")).await;
    assert_eq!(own.err(), Some(Fault::NotFound));
}

async fn wrong_tries_keep_one_pupil_waiting_and_never_the_class(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let (ann, ben) = (class.words("ann").await, class.words("ben").await);
    let (at, _) = class.open().await;
    for _ in 0..6 {
        assert!(matches!(class.enter(at, "ann", "not hers").await, Err(Fault::NotAllowed(_))));
    }
    // From now on not even what is right is looked at, however long somebody waits, until an adult says so.
    assert!(class.enter(at, "ann", &words(&ann)).await.is_err());
    ground.advance(SignedDuration::from_mins(20));
    assert!(class.enter(at, "ann", &words(&ann)).await.is_err());
    assert!(class.enter(at, "ben", &words(&ben)).await.is_ok(), "nobody else waits");
    let stuck = |door: &holdfast_records::pupil::ClassDoor| {
        door.pupils.iter().filter(|pupil| pupil.is_stuck).map(|pupil| pupil.person).collect::<Vec<_>>()
    };
    let door = records.class_door(&class.teacher, class.id).await.expect("read");
    assert_eq!(stuck(&door), [class.school.person("ann")]);
    // Somebody who does not help pupils frees nobody.
    let colleague = class.school.session("colleague");
    let freed = records.let_pupil_try_again(&colleague, class.id, class.school.person("ann")).await;
    assert_eq!(freed, Err(Fault::NotFound));
    records.let_pupil_try_again(&class.teacher, class.id, class.school.person("ann")).await.expect("he helps her");
    assert!(class.enter(at, "ann", &words(&ann)).await.is_ok());

    // Wrong codes: so many cost nothing, and then each waits so briefly that a prank keeps nobody out.
    let (_, code) = class.open().await;
    for _ in 0..100 {
        assert!(records.class_of_code("CCCCCC", AT_SCHOOL, true).await.is_err());
    }
    assert!(records.class_of_code(&code, AT_SCHOOL, true).await.is_err(), "a hundred at once wait");
    assert!(records.class_of_code(&code, "10.0.0.8", true).await.is_ok(), "from another place nobody waits");
    ground.advance(SignedDuration::from_secs(2));
    assert!(records.class_of_code(&code, AT_SCHOOL, true).await.is_ok());
}

async fn a_code_is_good_for_an_hour_at_school_and_for_its_own_class(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let card = class.words("ann").await;
    let head = class.school.session("head");
    let (at, code) = class.open().await;
    assert!(records.class_of_code(&code, "192.0.2.9", false).await.is_err(), "somewhere else");
    let told = [
        records.class_of_code("CDFHJK", AT_SCHOOL, true).await.expect_err("no code"),
        records.class_of_code(&code, "192.0.2.9", false).await.expect_err("not here"),
        records.class_of_code("", AT_SCHOOL, true).await.expect_err("nothing"),
    ];
    assert!(told.iter().all(|fault| *fault == told[0]), "{told:?}");
    // A pupil of another class comes in by no code of this one.
    records.add_class(&head, "8a", "8a").await.expect("a class");
    records.leave_class(&head, "7b", class.school.person("ben"), Part::Learns).await.expect("he leaves it");
    records.join_class(&head, "8a", class.school.person("ben"), Part::Learns).await.expect("he learns there");
    let given = records.set_pupil_way(&head, class.school.person("ben"), WayKind::Words, WayReason::First).await;
    let ben = words(&given.expect("words"));
    assert!(class.enter(at, "ben", &ben).await.is_err());
    assert_eq!(records.class_asks(at, class.school.person("ben")).await.err(), Some(Fault::NotFound));
    // A class that they do not teach is nobody's to open who only teaches.
    let other = records.classes(&head).await.expect("the classes").into_iter().find(|one| one.code == "8a");
    let other = other.expect("it is there").id;
    let opened = records.open_class(&class.teacher, other, AT_SCHOOL).await;
    assert!(matches!(opened, Err(Fault::NotAllowed(_))), "{opened:?}");
    assert!(matches!(records.class_door(&class.teacher, other).await, Err(Fault::NotAllowed(_))));
    assert!(records.open_class(&head, other, AT_SCHOOL).await.is_ok(), "a wider duty opens each");
    let colleague = class.school.session("colleague");
    assert_eq!(records.open_class(&colleague, class.id, AT_SCHOOL).await.err(), Some(Fault::NotFound));

    ground.advance(SignedDuration::from_mins(59));
    assert!(records.class_of_code(&code, AT_SCHOOL, true).await.is_ok());
    ground.advance(SignedDuration::from_mins(1));
    assert!(records.class_of_code(&code, AT_SCHOOL, true).await.is_err());
    assert_eq!(class.enter(at, "ann", &words(&card)).await.err(), Some(Fault::NotFound));
}

async fn a_seat_ends_with_the_class_the_pupil_and_the_way(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let ann = class.school.person("ann");
    let stands = async |(session, seat): &(Session, holdfast_records::pupil::ClassSeat)| {
        records.class_seat_stands(session, seat).await.expect("it is looked up")
    };
    let come_in = async || {
        let card = class.words("ann").await;
        let (at, _) = class.open().await;
        let seated = records.enter_class(at, ann, &Shown::Words(&words(&card))).await.expect("she is in");
        assert!(stands(&seated).await);
        seated
    };
    let seated = come_in().await;
    records.close_class(&class.teacher, class.id).await.expect("ended");
    assert!(!stands(&seated).await, "the class is over");
    let seated = come_in().await;
    ground.advance(SignedDuration::from_mins(60));
    assert!(!stands(&seated).await, "its hour is over");
    let seated = come_in().await;
    class.open().await;
    assert!(!stands(&seated).await, "it was opened anew");
    let seated = come_in().await;
    class.words("ann").await;
    assert!(!stands(&seated).await, "she was given something new");
    let seated = come_in().await;
    records.end_pupil_way(&class.teacher, ann).await.expect("taken away");
    assert!(!stands(&seated).await, "it was taken away");
    let seated = come_in().await;
    let head = class.school.session("head");
    records.leave_class(&head, "7b", ann, Part::Learns).await.expect("she leaves the class");
    assert!(!stands(&seated).await, "she is not of the class any more");
}

async fn something_new_ends_the_old_and_shows_nothing_of_it(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let ann = class.school.person("ann");
    let old = words(&class.words("ann").await);
    let forgotten = records.set_pupil_way(&class.teacher, ann, WayKind::Words, WayReason::Forgotten).await;
    let forgotten = forgotten.expect("he helps her");
    let new = words(&forgotten);
    assert_ne!(old, new);
    assert!(!format!("{forgotten:?}").contains(new.split(' ').next().expect("a word")), "{forgotten:?}");
    let (at, _) = class.open().await;
    assert!(class.enter(at, "ann", &old).await.is_err());
    assert!(class.enter(at, "ann", &new).await.is_ok());
    // Who helped, whom, and why: in the log, and no word of it.
    let set = class.entries(Act::PupilWaySet).await;
    let told = format!("{:?}", set[0].detail);
    assert!(told.contains("forgotten") && !told.contains(&new) && !told.contains(&old), "{told}");
    assert!(set[0].actor.contains(&class.school.person("teacher").to_string()));
    for nobody in ["colleague", "ann", "parent"] {
        let session = class.school.session(nobody);
        let set = records.set_pupil_way(&session, ann, WayKind::Words, WayReason::Forgotten).await;
        assert_eq!(set.err(), Some(Fault::NotFound), "{nobody}");
    }
}

async fn the_store_holds_nothing_by_which_anybody_comes_in(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let ann = class.school.person("ann");
    let card = class.words("ann").await;
    let secret = words(&card);
    let (at, code) = class.open().await;
    if let Some(mut bytes) = ground.bytes() {
        // What was just written lies beside the file.
        let beside = ground.place().embedded_file().with_extension("sqlite-wal");
        bytes.extend(std::fs::read(beside).expect("it is written to"));
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(&code) && !holds(&secret));
        assert!(holds("7b"), "it is looked for in the right place");
    }
    // An end that is put off, and a class that is exchanged, open nothing.
    ground.order("UPDATE class_opening SET until_at = until_at + 86400000000").await;
    assert!(records.class_of_code(&code, AT_SCHOOL, true).await.is_err());
    assert_eq!(class.enter(at, "ann", &secret).await.err(), Some(Fault::NotFound));
    let (at, _) = class.open().await;
    // Somebody else's mark is not hers, and what was taken away stays so though its end is cut out.
    let ben = words(&class.words("ben").await);
    let copied = "UPDATE pupil_way SET mark = (SELECT b.mark FROM pupil_way b WHERE b.person = ";
    let ben_id = class.school.person("ben");
    ground.order(&format!("{copied}'{ben_id}') WHERE person = '{ann}'")).await;
    assert!(class.enter(at, "ann", &ben).await.is_err());
    let ended = words(&class.words("ann").await);
    records.end_pupil_way(&class.teacher, ann).await.expect("taken away");
    let last = format!("SELECT id FROM pupil_way WHERE person = '{ann}' ORDER BY set_at DESC, id DESC LIMIT 1");
    ground.order(&format!("DELETE FROM pupil_way_ended WHERE pupil_way = ({last})")).await;
    assert!(class.enter(at, "ann", &ended).await.is_err());
}

async fn whoever_has_no_contact_with_a_child_sees_them_in_no_class(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let head = class.school.session("head");
    let (ann, teacher) = (class.school.person("ann"), class.school.person("teacher"));
    records.record_no_contact(&head, ann, teacher, "A court said so.").await.expect("recorded");
    let door = records.class_door(&class.teacher, class.id).await.expect("his own class");
    assert_eq!(door.pupils.iter().map(|pupil| pupil.person).collect::<Vec<_>>(), [class.school.person("ben")]);
    let set = records.set_pupil_way(&class.teacher, ann, WayKind::Words, WayReason::First).await;
    assert_eq!(set.err(), Some(Fault::NotFound));
    let other = records.set_class_ways(&class.school.session("other-teacher"), class.id, WayKind::Words).await;
    assert!(matches!(other, Err(Fault::NotAllowed(_))), "who teaches another class: {other:?}");
    let cards = records.set_class_ways(&class.teacher, class.id, WayKind::Words).await.expect("cards");
    assert_eq!(cards.iter().map(|card| card.person).collect::<Vec<_>>(), [class.school.person("ben")]);
}

async fn a_pupils_year_says_what_they_may_have_and_an_exemption_is_looked_at_again(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let (head, ann) = (class.school.session("head"), class.school.person("ann"));
    let today = ground.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let pictures_for_ann =
        async || records.set_pupil_way(&class.teacher, ann, WayKind::Pictures, WayReason::First).await;
    let born = async |born: jiff::civil::Date| {
        let revision = records.person(&head, ann).await.expect("read").revision;
        let change = PersonChange { date_of_birth: Change::To(Some(born)), ..PersonChange::default() };
        records.change_person(&head, ann, revision, change).await.expect("changed");
    };
    // Of an age that nobody knows, and of a year that has passwords: no pictures.
    assert!(matches!(pictures_for_ann().await, Err(Fault::Wrong(_))));
    born(date(today.year() - 11, 3, 1)).await;
    assert!(matches!(pictures_for_ann().await, Err(Fault::Wrong(_))));
    // A child of Reception has them.
    born(date(today.year() - 4, 3, 1)).await;
    let card = pictures_for_ann().await.expect("she is four");
    let (at, _) = class.open().await;
    let [first, second] = pictures(&card);
    assert!(records.enter_class(at, ann, &Shown::Pictures([second, first])).await.is_err(), "in the other order");
    assert!(records.enter_class(at, ann, &Shown::Pictures([first, second])).await.is_ok());

    born(date(today.year() - 11, 3, 1)).await;
    let review = ground.now() + SignedDuration::from_hours(24 * 90);
    let by_teacher = records.exempt_pupil(&class.teacher, ann, ExemptReason::Need, review).await;
    assert_eq!(by_teacher, Err(Fault::NotFound));
    let too_long = ground.now() + SignedDuration::from_hours(24 * 500);
    assert!(records.exempt_pupil(&head, ann, ExemptReason::Need, too_long).await.is_err());
    let senco = GiveDuty {
        duty: holdfast_records::access::Duty::NeedsCoordinator,
        person: class.school.person("colleague"),
        is_deputy: false,
        from: None,
    };
    records.give_duty(&head, &senco).await.expect("given");
    let senco = class.school.session("colleague");
    records.exempt_pupil(&senco, ann, ExemptReason::Need, review).await.expect("she keeps what pupils need");
    assert!(pictures_for_ann().await.is_ok());
    let listed = records.exemptions(&senco).await.expect("listed");
    assert_eq!((listed.len(), listed[0].person, listed[0].review_by), (1, ann, review));
    assert_eq!(records.exemptions(&class.teacher).await.err(), Some(Fault::NotFound));
    // A late review shuts no child out; its end does not either, and nothing new is given then.
    ground.advance(SignedDuration::from_hours(24 * 100));
    assert!(pictures_for_ann().await.is_ok());
    records.end_exemption(&senco, ann).await.expect("ended");
    assert!(matches!(pictures_for_ann().await, Err(Fault::Wrong(_))));
    assert_eq!(records.exemptions(&senco).await.expect("listed"), []);
}

async fn what_a_child_tells_goes_to_who_looks_after_children_and_past_whom_it_is_about(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let card = class.words("ann").await;
    let (at, _) = class.open().await;
    let session = class.enter(at, "ann", &words(&card)).await.expect("she is in");
    let told = |adult| Told {
        form: ground.number(),
        adult,
        what: TellWhat::Hurt,
        want: Some(TellWant::Come),
        place: Some(TellWhere::Outside),
        words: String::new(),
        wishes: Wishes::default(),
    };
    let lead = class.school.session("lead");
    let listed = async |who: &Session, kind: FileKind| {
        let listed = records.list_files(who, &Which::default()).await.expect("listed");
        listed.files.into_iter().filter(|file| file.kind == kind).map(|file| file.file).collect::<Vec<_>>()
    };
    let earlier = listed(&lead, FileKind::Child).await;
    // A picture is a whole report.
    records.tell(&session, &told(AboutAdult::No)).await.expect("told");
    let before = listed(&lead, FileKind::Child).await;
    let newest = *before.iter().find(|file| !earlier.contains(file)).expect("a file");
    let read = records.read_file(&lead, newest).await.expect("the lead reads it");
    let text = read.entries[0].text.as_str();
    for said in ["I am hurt", "Come to me now", "Outside", "7b", "not about an adult"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert_eq!(read.entries[0].severity.map(holdfast_records::file::Severity::number), Some(4));
    // What was chosen counts in trends, which run with nothing unlocked; the words and the place where she is do not stand open.
    let counted =
        ground.ask("SELECT channel FROM report WHERE urgency = 'harm' AND place IS NULL AND mode IS NULL").await;
    assert_eq!(counted, ["pupil"]);
    // Neither she nor her teacher sees that there is one.
    assert_eq!(records.read_file(&session, newest).await.err(), Some(Fault::NotFound));
    assert!(listed(&class.teacher, FileKind::Child).await.iter().all(|file| *file != newest));

    // About her teacher: he is among those she may mean, his name is not in her part, and his own part is not the lead's.
    let near = records.adults_near(&session).await.expect("adults");
    let teacher = class.school.person("teacher");
    let name = near.iter().find(|adult| adult.person == teacher).expect("he teaches her").name.clone();
    records.tell(&session, &told(AboutAdult::Somebody(teacher))).await.expect("told");
    let after = listed(&lead, FileKind::Child).await;
    let newest = *after.iter().find(|file| !before.contains(file)).expect("a file");
    let read = records.read_file(&lead, newest).await.expect("the lead reads it");
    let text = read.entries[0].text.as_str();
    assert!(text.contains("[an adult]") && !text.contains(&name), "{text}");
    assert_eq!(records.read_file(&class.teacher, newest).await.err(), Some(Fault::NotFound));
    // About the lead: the lead reads neither part.
    let lead_is = class.school.person("lead");
    records.tell(&session, &told(AboutAdult::Somebody(lead_is))).await.expect("told");
    assert_eq!(listed(&lead, FileKind::Child).await, after, "nothing more for the lead");

    // About somebody whom she did not find in the list: it waits for who hears about adults, and the lead learns nothing.
    let waiting = async |word: &str| {
        let who = class.school.session(word);
        records.waiting_reports(&who, WhichReports::Waiting).await.expect("a list").len()
    };
    let (leads, heads) = (waiting("lead").await, waiting("head").await);
    records.tell(&session, &told(AboutAdult::Unnamed)).await.expect("told");
    assert_eq!(listed(&lead, FileKind::Child).await, after, "nothing of it for the lead");
    assert_eq!((waiting("lead").await, waiting("head").await), (leads, heads + 1));
    // However many come from her: whoever signed in is no crowd.
    for number in 0..5 {
        let more = Told { words: format!("and {number}"), ..told(AboutAdult::Unnamed) };
        records.tell(&session, &more).await.expect("told");
    }
    let head = class.school.session("head");
    let listed_there = records.waiting_reports(&head, WhichReports::Waiting).await.expect("a list");
    assert!(listed_there.len() > 5 && listed_there.iter().all(|one| !one.is_many), "{listed_there:?}");
    // A child says “Mrs Marsh”: then the head does not read it.
    let heads = waiting("head").await;
    let named = Told { words: "Mrs Marsh shouted at me".to_owned(), ..told(AboutAdult::Unnamed) };
    records.tell(&session, &named).await.expect("told");
    assert_eq!(waiting("head").await, heads);

    // Whoever is no pupil tells elsewhere, and nobody tells about somebody who does not work here.
    assert_eq!(records.tell(&class.teacher, &told(AboutAdult::No)).await, Err(Fault::NotFound));
    let pupil = AboutAdult::Somebody(class.school.person("ben"));
    assert_eq!(records.tell(&session, &told(pupil)).await, Err(Fault::NotFound));
    let long = Told { words: "a".repeat(4_001), ..told(AboutAdult::No) };
    assert!(matches!(records.tell(&session, &long).await, Err(Fault::Wrong(_))));
}

/// What a child tells on one form.
fn telling(ground: &Ground, adult: AboutAdult, words: &str) -> Told {
    let form = ground.number();
    Told {
        form,
        adult,
        what: TellWhat::Sad,
        want: None,
        place: None,
        words: words.to_owned(),
        wishes: Wishes::default(),
    }
}

async fn what_a_child_sends_twice_is_one_report_and_no_word_is_lost(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let card = class.words("ann").await;
    let (at, _) = class.open().await;
    let ann = class.enter(at, "ann", &words(&card)).await.expect("she is in");
    let count = async |table: &str| {
        let count = ground.ask(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}")).await.remove(0);
        count.parse::<i64>().expect("a number")
    };
    let teacher = AboutAdult::Somebody(class.school.person("teacher"));
    // Of a child alone a file, of a child and an adult two, and what waits for who hears about adults.
    for (adult, files, waiting) in [(AboutAdult::No, 1, 0), (teacher, 2, 0), (AboutAdult::Unnamed, 0, 1)] {
        let before = (count("file").await, count("report").await, count("report_waiting").await);
        let told = telling(&ground, adult, "he took it");
        let (one, other) = tokio::join!(records.tell(&ann, &told), records.tell(&ann, &told));
        assert_eq!((one, other), (Ok(()), Ok(())), "{adult:?}");
        records.tell(&ann, &told).await.expect("once more, when the line is back");
        let after = (count("file").await, count("report").await, count("report_waiting").await);
        assert_eq!(after, (before.0 + files, before.1 + files, before.2 + waiting), "{adult:?}");
        // What she changed in between is no second press: it is kept too.
        records.tell(&ann, &Told { words: "he took it again".to_owned(), ..told.clone() }).await.expect("told");
        let changed = (count("file").await, count("report_waiting").await);
        assert_eq!(changed, (after.0 + files, after.2 + waiting), "{adult:?}");
        // The number of the form itself stands nowhere in the store.
        let forms = ground.ask("SELECT form FROM report UNION ALL SELECT form FROM report_waiting").await;
        assert!(forms.iter().all(|form| !form.contains(&told.form.to_string())), "{forms:?}");
    }
}

async fn where_a_child_leaves_open_whether_it_is_about_an_adult_the_first_line_says_so(ground: Ground) {
    let class = Class::new(&ground).await;
    let records = &class.school.records;
    let card = class.words("ann").await;
    let (at, _) = class.open().await;
    let ann = class.enter(at, "ann", &words(&card)).await.expect("she is in");
    let lead = class.school.session("lead");
    let earlier: Vec<String> = ground.ask("SELECT id FROM file").await;
    records.tell(&ann, &telling(&ground, AboutAdult::No, "It is not known whether")).await.expect("told");
    records.tell(&ann, &telling(&ground, AboutAdult::NotSaid, "he shouts")).await.expect("told");
    let mut open = Vec::new();
    for file in ground.ask("SELECT id FROM file").await.into_iter().filter(|file| !earlier.contains(file)) {
        let case =
            records.read_concern(&lead, id::File::parse(&file).expect("an id")).await.expect("the lead reads it");
        let text = case.file.entries[0].text.as_str().to_owned();
        let says = text.starts_with("It is not known whether this is about an adult who works here");
        assert_eq!(case.leaves_adult_open, says, "{text}");
        if case.leaves_adult_open {
            assert!(
                text.find("Find that out before").expect("it is said") < text.find("he shouts").expect("her words")
            );
            open.push(case.file.file.file);
        }
    }
    let [file] = open[..] else { panic!("{open:?}") };
    // Divided by one press it is known: the child's part does not ask any more.
    let why = holdfast_records::file::Words::new("she said who").expect("words");
    let rerouted = records.reroute_to_adult(&lead, file, class.school.person("teacher"), &why).await.expect("divided");
    let case = records.read_concern(&lead, rerouted.child).await.expect("the lead reads the child's part");
    assert!(!case.leaves_adult_open);
}
