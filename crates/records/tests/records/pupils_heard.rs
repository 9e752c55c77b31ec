//! Children who would like to talk, and who want to know whether what they told was read: who learns what of it, and who nothing; that
//! nobody can see from outside which adult was asked; that nobody waits for good.

use crate::{
    filing::{Filing, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, FileKind},
    audit::{Question, Shown as Entry},
    concern::{
        Stage,
        answer::{Course, Extent, NewDecision},
    },
    file::Which,
    id,
    people::Part,
    pupil::{AboutAdult, Helped, TalkAnswer, TalkView, TellWhat, Told, Wishes},
};
use jiff::{SignedDuration, Timestamp};

both!(
    whoever_is_asked_learns_that_the_child_would_like_to_talk_and_nothing_else,
    whoever_it_is_about_is_not_asked_and_the_child_sees_no_difference,
    a_lead_whom_it_is_about_sees_nothing_of_it_and_the_head_does,
    whoever_comes_to_be_concerned_sees_no_difference_and_the_children_are_with_the_team_at_once,
    a_lead_who_is_looked_into_is_not_told_of_the_children_who_asked_for_them,
    whoever_has_a_child_in_their_own_list_is_not_told_of_them_again,
    a_wish_is_seen_to_once_also_where_the_line_was_cut,
    whom_nobody_answers_by_the_end_of_the_day_the_lead_hears,
    two_are_chosen_at_most_and_whoever_leaves_no_more,
    a_receipt_is_for_a_childs_own_password_and_says_how_far_it_came,
    that_it_did_not_help_is_a_new_report,
    what_a_child_wishes_stands_before_the_words,
    a_year_later_it_goes_unless_it_is_held,
);

const YEAR: &str = r#"nation = "england-and-wales"
from = 2026-09-01
until = 2027-08-31
watched = "mon-fri 08:00-16:30"

[[term]]
name = "Autumn"
first = 2026-09-02
last = 2026-12-18
"#;

/// A Monday at nine; Ann and Ben learn with the teacher, and Ann has a password.
struct Heard {
    school: Filing,
}

impl Heard {
    async fn new(ground: &Ground) -> Self {
        ground.set_clock("2026-11-23T09:00:00Z");
        let school = Filing::with(ground, &["ann"]).await;
        let (records, head) = (&school.records, school.session("head"));
        records.add_class(head, "7b", "7b").await.expect("a class");
        for (name, part) in [("ann", Part::Learns), ("ben", Part::Learns), ("teacher", Part::Teaches)] {
            records.join_class(head, "7b", school.person(name), part).await.expect("they are in it");
        }
        records.set_calendar(head, "year.toml", YEAR, "Agreed.").await.expect("a calendar");
        Self { school }
    }

    fn locked(&self, name: &str) -> Session {
        Session { school: self.school.school, actor: Actor::Person(self.school.person(name)), unlocked: None }
    }

    async fn ask(&self, child: &str, adult: Option<&str>) {
        let adult = adult.map(|adult| self.school.person(adult));
        self.school.records.ask_to_talk(&self.locked(child), adult).await.expect("asked");
    }

    async fn talks(&self, name: &str) -> Vec<TalkView> {
        self.school.records.talks(&self.locked(name)).await.expect("a list")
    }

    /// The one that nobody has talked about, as the lead sees it.
    async fn open(&self) -> id::Row {
        let talks = self.talks("lead").await;
        talks.into_iter().find(|talk| talk.talked.is_none()).expect("one waits").id
    }

    /// The kinds of what somebody is to be told of children who would like to talk.
    async fn told(&self, name: &str) -> Vec<String> {
        let notices = self.school.records.waiting_notices(&self.locked(name)).await.expect("notices");
        notices.into_iter().map(|notice| notice.kind).filter(|kind| kind.starts_with("talk-")).collect()
    }

    async fn pass_on(&self) {
        self.school.records.pass_talks_on(self.school.school).await.expect("passed on");
    }

    async fn entries(&self, act: Act) -> Vec<Entry> {
        let question = Question { most: 200, ..Question::default() };
        let log = self.school.records.read_audit(&self.locked("head"), &question).await.expect("read");
        log.entries.into_iter().filter(|entry| entry.act == act.word()).collect()
    }

    async fn tell(&self, told: &Told) {
        self.school.records.tell(self.school.session("ann"), told).await.expect("told");
    }

    /// The children's files that somebody may know.
    async fn files(&self, name: &str) -> Vec<id::File> {
        let listed = self.school.records.list_files(&self.locked(name), &Which::default()).await.expect("listed");
        listed.files.into_iter().filter(|file| file.kind == FileKind::Child).map(|file| file.file).collect()
    }
}

fn told(adult: AboutAdult, wishes: Wishes) -> Told {
    let form = id::Row::new(Timestamp::now()).expect("a number");
    Told { form, adult, what: TellWhat::Sad, want: None, place: None, words: "they hide my shoes".to_owned(), wishes }
}

fn wanting(talk_to: id::Person) -> Wishes {
    Wishes { talk_to: Some(talk_to), ..Wishes::default() }
}

async fn whoever_is_asked_learns_that_the_child_would_like_to_talk_and_nothing_else(ground: Ground) {
    let heard = Heard::new(&ground).await;
    heard.tell(&told(AboutAdult::No, wanting(heard.school.person("teacher")))).await;
    // Pressed again it is the one wish.
    heard.ask("ann", Some("teacher")).await;
    let mine = heard.talks("teacher").await;
    assert_eq!(mine.len(), 1);
    assert!(mine[0].is_mine && mine[0].child == "Ann Birch" && mine[0].classes == ["7b"], "{mine:?}");
    assert_eq!(heard.told("teacher").await, ["talk-asked"]);
    assert_eq!(heard.files("teacher").await, [], "nothing of what was told");
    // Those who look after children see that it was asked, and are not called: it is with him.
    for name in ["lead", "deputy", "head"] {
        let seen = heard.talks(name).await;
        assert_eq!(seen.len(), 1, "{name}");
        assert!(!seen[0].is_mine && seen[0].adult.as_deref() == Some("Martin Pike"), "{seen:?}");
        assert_eq!(heard.told(name).await, [""; 0], "{name}");
    }
    assert_eq!(heard.talks("officer").await, [], "nobody else's");
    let records = &heard.school.records;
    let talk = mine[0].id;
    let answered = records.answer_talk(&heard.locked("officer"), talk, TalkAnswer::Talked).await;
    assert_eq!(answered, Err(Fault::NotFound));
    assert_eq!(records.talks(&heard.locked("ann")).await.err(), Some(Fault::NotFound), "no child reads the list");
    // The log says that Ann asked, and not whom.
    let asked = heard.entries(Act::TalkAsked).await;
    let teacher = heard.school.person("teacher").to_string();
    assert!(asked.iter().all(|entry| !format!("{entry:?}").contains(&teacher)), "{asked:?}");
    assert!(!format!("{:?}", heard.entries(Act::TalksRead).await).contains(&talk.to_string()), "which is a digest");

    records.answer_talk(&heard.locked("teacher"), talk, TalkAnswer::Talked).await.expect("he did");
    assert_eq!((heard.talks("teacher").await, heard.told("teacher").await), (Vec::new(), Vec::new()));
    let seen = heard.talks("lead").await;
    assert_eq!(seen[0].talked.as_ref().map(|talked| talked.name.as_str()), Some("Martin Pike"));
    ground.advance(SignedDuration::from_hours(24 * 15));
    assert_eq!(heard.talks("lead").await, [], "it stands there for a fortnight");
}

async fn whoever_it_is_about_is_not_asked_and_the_child_sees_no_difference(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let teacher = heard.school.person("teacher");
    // Beside what is told: about him, about somebody who may be him.
    for about in [AboutAdult::Somebody(teacher), AboutAdult::NotSaid, AboutAdult::Unnamed] {
        heard.tell(&told(about, wanting(teacher))).await;
        assert_eq!((heard.talks("teacher").await, heard.told("teacher").await), (Vec::new(), Vec::new()), "{about:?}");
        assert_eq!(heard.talks("lead").await, [], "{about:?}: the wish stands in the words");
    }
    // By itself, after that: it goes to those who look after children, as if she had named nobody.
    heard.ask("ann", Some("teacher")).await;
    assert_eq!((heard.talks("teacher").await, heard.told("teacher").await), (Vec::new(), Vec::new()));
    let seen = heard.talks("lead").await;
    assert!(matches!(seen.as_slice(), [one] if one.adult.is_none() && one.passed_at.is_some()), "{seen:?}");
    assert_eq!(heard.told("lead").await, ["talk-waits"]);
    assert_eq!(ground.ask("SELECT CASE WHEN adult IS NULL THEN 'nobody' ELSE adult END FROM talk").await, ["nobody"]);
    // And it is the same wish as one that names nobody.
    heard.ask("ann", None).await;
    assert_eq!(heard.talks("lead").await.len(), 1);
    assert_eq!(heard.school.records.answer_talk(&heard.locked("teacher"), seen[0].id, TalkAnswer::Talked).await, {
        Err(Fault::NotFound)
    });
    // While a concern about him is looked into, no other child is sent to him either; nobody is told why.
    heard.ask("ben", Some("teacher")).await;
    assert_eq!(heard.talks("teacher").await, []);
    let seen = heard.talks("lead").await;
    assert!(seen.iter().any(|talk| talk.child == "Ben Birch" && talk.adult.is_none()), "{seen:?}");
    let log = heard.entries(Act::TalkAsked).await;
    assert!(log.iter().all(|entry| !format!("{entry:?}").contains(&teacher.to_string())), "{log:?}");
}

async fn a_lead_whom_it_is_about_sees_nothing_of_it_and_the_head_does(ground: Ground) {
    let heard = Heard::new(&ground).await;
    heard.ask("ann", Some("lead")).await;
    assert_eq!(heard.talks("lead").await.len(), 1);
    heard.tell(&told(AboutAdult::Somebody(heard.school.person("lead")), Wishes::default())).await;
    // What the lead was asked before stays: that it went would tell. Of what comes after they see nothing.
    assert_eq!((heard.talks("lead").await.len(), heard.told("lead").await), (1, vec!["talk-asked".to_owned()]));
    assert_eq!(heard.talks("head").await.len(), 2, "others go on seeing it, and that she is with the team too");
    heard.pass_on().await;
    assert_eq!(heard.told("deputy").await, ["talk-waits"], "the next who may hear it, at once");
    let leads = heard.talks("lead").await;
    assert!(leads[0].is_mine && leads[0].passed_at.is_none(), "{leads:?}");
    heard.ask("ann", None).await;
    assert_eq!(heard.talks("lead").await, leads);
    assert_eq!(heard.talks("deputy").await.len(), 2);
}

/// What a list says of one child, without when they asked the team.
fn of_child<'a>(talks: &'a [TalkView], child: &str) -> Vec<&'a TalkView> {
    talks.iter().filter(|talk| talk.child == child).collect()
}

async fn whoever_comes_to_be_concerned_sees_no_difference_and_the_children_are_with_the_team_at_once(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    for child in ["ann", "ben"] {
        heard.ask(child, Some("teacher")).await;
        ground.advance(SignedDuration::from_secs(1));
    }
    let (before, of_lead) = (heard.talks("teacher").await, heard.talks("lead").await);
    assert_eq!(before.len(), 2);
    heard.pass_on().await;
    assert_eq!(heard.told("lead").await, [""; 0]);
    let passed = heard.entries(Act::TalkPassedOn).await.len();
    // Ann tells that it is about him: nothing goes from his list, and nothing new comes to it.
    ground.advance(SignedDuration::from_mins(5));
    heard.tell(&told(AboutAdult::Somebody(heard.school.person("teacher")), Wishes::default())).await;
    assert_eq!(
        heard.told("lead").await,
        ["talk-waits", "talk-waits"],
        "the children are offered somebody else at once"
    );
    heard.pass_on().await;
    assert_eq!(heard.talks("teacher").await, before, "he sees no difference");
    assert_eq!(heard.told("teacher").await, ["talk-asked", "talk-asked"]);
    // To others it is as if each had asked the team too; of whom they asked by name they read what they read before.
    let talks = heard.talks("lead").await;
    assert_eq!((talks.len(), &talks[..2]), (4, &of_lead[..]), "asked for him, until his time is over");
    assert!(talks[2..].iter().all(|talk| talk.adult.is_none() && talk.passed_at.is_some()), "{talks:?}");
    assert_eq!(heard.entries(Act::TalkPassedOn).await.len(), passed, "the log tells of nothing before its time");
    heard.ask("ann", Some("teacher")).await;
    assert_eq!(heard.talks("teacher").await, before, "a new wish goes to those who look after children");
    assert_eq!(heard.talks("lead").await.len(), 4, "where it waits already");
    // He says that he has talked with her: it is kept as he says it, and she waits for the others all the same.
    let talk = before[0].id;
    records.answer_talk(&heard.locked("teacher"), talk, TalkAnswer::Talked).await.expect("said");
    assert_eq!(heard.talks("teacher").await.len(), 1);
    let talks = heard.talks("lead").await;
    let [by_name, of_team] = of_child(&talks, "Ann Birch").try_into().expect("both");
    let (by_name, of_team) = if by_name.id == talk { (by_name, of_team) } else { (of_team, by_name) };
    assert_eq!(by_name.talked.as_ref().map(|talked| talked.name.as_str()), Some("Martin Pike"));
    assert!(!by_name.is_handed_on && of_team.talked.is_none() && of_team.adult.is_none(), "{of_team:?}");
    // His time is over: of Ben's wish the team hears as of any.
    ground.set_clock("2026-11-23T16:31:00Z");
    heard.pass_on().await;
    let talks = heard.talks("lead").await;
    assert!(of_child(&talks, "Ben Birch").iter().all(|talk| talk.passed_at.is_some()), "{talks:?}");
    records.answer_talk(&heard.locked("lead"), before[1].id, TalkAnswer::Talked).await.expect("she did");
    assert_eq!(heard.talks("teacher").await, [], "it goes from his list, as it always does");
}

async fn a_lead_who_is_looked_into_is_not_told_of_the_children_who_asked_for_them(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let (records, teacher) = (&heard.school.records, heard.school.session("teacher"));
    heard.ask("ann", Some("lead")).await;
    let before = (heard.talks("lead").await, heard.told("lead").await);
    ground.advance(SignedDuration::from_mins(5));
    // It is about another child.
    records.open_file(teacher, &heard.school.staff_file("lead", "canary")).await.expect("raised");
    heard.pass_on().await;
    assert_eq!((heard.talks("lead").await, heard.told("lead").await), before, "nothing differs");
    assert_eq!(heard.told("deputy").await, ["talk-waits"], "the next of the others hears of her at once");
    let seen = heard.talks("deputy").await;
    let [by_name, of_team] = seen.as_slice() else { panic!("{seen:?}") };
    assert!(by_name.adult.as_deref() == Some("Lena Frost") && by_name.passed_at.is_none(), "{by_name:?}");
    assert!(of_team.adult.is_none() && of_team.passed_at.is_some(), "{of_team:?}");
    let unknown = records.answer_talk(&heard.locked("lead"), of_team.id, TalkAnswer::Talked).await;
    assert_eq!(unknown, Err(Fault::NotFound), "she cannot end what she does not know of");
    records.answer_talk(&heard.locked("lead"), before.0[0].id, TalkAnswer::Talked).await.expect("kept as given");
    let seen = heard.talks("deputy").await;
    assert!(seen.iter().any(|talk| talk.talked.is_none() && talk.adult.is_none()), "{seen:?}");
    assert!(seen.iter().any(|talk| talk.talked.is_some() && !talk.is_handed_on), "{seen:?}");
    // Of the next it is the same, and the lead may hear of it.
    heard.ask("ben", Some("deputy")).await;
    ground.advance(SignedDuration::from_mins(5));
    records.open_file(teacher, &heard.school.staff_file("deputy", "canary")).await.expect("raised");
    assert!(heard.told("lead").await.contains(&"talk-waits".to_owned()));
    let mut of_deputy = heard.told("deputy").await;
    of_deputy.sort();
    assert_eq!(of_deputy, ["talk-asked", "talk-waits"], "of Ben by name, and of Ann as before");
}

async fn whoever_has_a_child_in_their_own_list_is_not_told_of_them_again(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    // A usual day: what nobody answers is passed on to the others, and who asks for two is with both.
    heard.ask("ann", Some("lead")).await;
    ground.advance(SignedDuration::from_mins(5));
    heard.ask("ann", None).await;
    assert_eq!((heard.talks("lead").await.len(), heard.told("lead").await.len()), (1, 1));
    assert_eq!(heard.told("deputy").await, ["talk-waits"]);
    heard.ask("ben", Some("lead")).await;
    ground.set_clock("2026-11-24T08:01:00Z");
    heard.pass_on().await;
    assert_eq!(heard.told("lead").await, ["talk-asked", "talk-asked"], "she was asked, and hears it no second time");
    assert_eq!(heard.told("deputy").await, ["talk-waits", "talk-waits", "talk-waits"]);
    // Answered, it is the lead's again to hear what is asked next.
    for talk in heard.talks("lead").await {
        records.answer_talk(&heard.locked("lead"), talk.id, TalkAnswer::Talked).await.expect("she did");
    }
    for talk in heard.talks("deputy").await.into_iter().filter(|talk| talk.talked.is_none()) {
        records.answer_talk(&heard.locked("deputy"), talk.id, TalkAnswer::Talked).await.expect("she did");
    }
    ground.advance(SignedDuration::from_mins(5));
    heard.ask("ann", None).await;
    assert_eq!(heard.told("lead").await, ["talk-waits"]);
}

async fn a_wish_is_seen_to_once_also_where_the_line_was_cut(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let wishes = Wishes { wants_receipt: true, ..wanting(heard.school.person("teacher")) };
    let told = told(AboutAdult::No, wishes);
    heard.tell(&told).await;
    let counts = async || (heard.talks("lead").await.len(), ground.ask("SELECT id FROM pupil_receipt").await.len());
    assert_eq!(counts().await, (1, 1));
    // What she told was kept, and the machine stopped before her wishes were.
    for table in ["talk", "pupil_receipt"] {
        ground.order(&format!("DELETE FROM {table}")).await;
    }
    ground.advance(SignedDuration::from_mins(1));
    for _ in 0..2 {
        heard.tell(&told).await;
        assert_eq!((counts().await, heard.files("lead").await.len()), ((1, 1), 1));
    }
    // He has talked with her: the same form is no new wish.
    let talk = heard.talks("teacher").await[0].id;
    let records = &heard.school.records;
    records.answer_talk(&heard.locked("teacher"), talk, TalkAnswer::Talked).await.expect("he did");
    ground.advance(SignedDuration::from_mins(1));
    heard.tell(&told).await;
    assert_eq!((heard.talks("teacher").await, counts().await), (Vec::new(), (1, 1)));
}

async fn whom_nobody_answers_by_the_end_of_the_day_the_lead_hears(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    heard.ask("ann", Some("teacher")).await;
    ground.set_clock("2026-11-23T16:00:00Z");
    heard.pass_on().await;
    assert_eq!(heard.told("lead").await, [""; 0], "he still has the rest of the day");
    ground.set_clock("2026-11-23T16:31:00Z");
    heard.pass_on().await;
    heard.pass_on().await;
    assert_eq!(heard.told("lead").await, [""; 0], "nobody is called after hours");
    ground.set_clock("2026-11-24T08:01:00Z");
    assert_eq!(heard.told("lead").await, ["talk-waits"], "once, at opening");
    assert_eq!(heard.talks("teacher").await.len(), 1, "he may still talk with her");
    records.answer_talk(&heard.locked("lead"), heard.open().await, TalkAnswer::Talked).await.expect("did");
    assert_eq!((heard.talks("teacher").await, heard.told("lead").await), (Vec::new(), Vec::new()));

    // Handed on, away, gone: at once.
    heard.ask("ann", Some("teacher")).await;
    let talk = heard.talks("teacher").await[0].id;
    records.answer_talk(&heard.locked("teacher"), talk, TalkAnswer::HandedOn).await.expect("handed on");
    assert_eq!((heard.talks("teacher").await, heard.told("lead").await), (Vec::new(), vec!["talk-waits".to_owned()]));
    let again = records.answer_talk(&heard.locked("lead"), talk, TalkAnswer::HandedOn).await;
    assert!(matches!(again, Err(Fault::Wrong(_))), "{again:?}");
    records.answer_talk(&heard.locked("lead"), talk, TalkAnswer::Talked).await.expect("she did");
    let (head, teacher) = (heard.school.session("head"), heard.school.person("teacher"));
    records.record_absence(head, teacher, ground.now(), None).await.expect("away");
    heard.ask("ann", Some("teacher")).await;
    assert_eq!(heard.told("lead").await, ["talk-waits"]);
    records.answer_talk(&heard.locked("lead"), heard.open().await, TalkAnswer::Talked).await.expect("did");
    records.end_absence(head, teacher).await.expect("back");
    heard.ask("ann", Some("teacher")).await;
    assert_eq!(heard.told("lead").await, [""; 0]);
    let revision = records.person(head, teacher).await.expect("read").revision;
    records.leave(head, teacher, revision).await.expect("gone");
    heard.pass_on().await;
    assert_eq!(heard.told("lead").await, ["talk-waits"]);
}

async fn two_are_chosen_at_most_and_whoever_leaves_no_more(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    let ann = heard.locked("ann");
    let people = ["teacher", "lead", "head"].map(|name| heard.school.person(name));
    assert!(matches!(records.choose_trusted(&ann, &people).await, Err(Fault::Wrong(_))));
    let officer = heard.school.person("officer");
    assert_eq!(records.choose_trusted(&ann, &[officer]).await, Err(Fault::NotFound), "nobody near her");
    assert_eq!(records.ask_to_talk(&ann, Some(officer)).await, Err(Fault::NotFound));
    records.choose_trusted(&ann, &people[..2]).await.expect("chosen");
    let names = async || {
        let trusted = records.trusted_adults(&ann).await.expect("hers");
        let mut names: Vec<String> = trusted.chosen.into_iter().map(|adult| adult.name).collect();
        names.sort();
        names
    };
    assert_eq!(names().await, ["Lena Frost", "Martin Pike"]);
    records.choose_trusted(&ann, &people[..1]).await.expect("changed");
    assert_eq!(names().await, ["Martin Pike"]);
    // The log does not say whom, and nobody was told.
    let chosen = heard.entries(Act::TrustedChosen).await;
    assert!(chosen.iter().all(|entry| !format!("{entry:?}").contains(&people[0].to_string())), "{chosen:?}");
    assert_eq!(heard.told("teacher").await, [""; 0]);
    let head = heard.school.session("head");
    let revision = records.person(head, people[0]).await.expect("read").revision;
    records.leave(head, people[0], revision).await.expect("gone");
    let revision = records.person(head, people[0]).await.expect("read").revision;
    records.come_back(head, people[0], revision).await.expect("back");
    assert_eq!(names().await, [""; 0], "chosen anew or not at all");
    let teacher = heard.locked("teacher");
    assert_eq!(records.choose_trusted(&teacher, &[]).await, Err(Fault::NotFound));
    assert_eq!(records.ask_to_talk(&teacher, None).await, Err(Fault::NotFound));
}

async fn a_receipt_is_for_a_childs_own_password_and_says_how_far_it_came(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    let ann = heard.school.session("ann").clone();
    let wants = Wishes { wants_receipt: true, ..Wishes::default() };
    // In a class there is none, whatever the form said; and none was asked for.
    records.tell(&heard.locked("ann"), &told(AboutAdult::No, wants)).await.expect("told");
    heard.tell(&told(AboutAdult::No, Wishes::default())).await;
    assert_eq!(records.own_receipts(&ann).await, Ok(Vec::new()));
    assert_eq!(records.own_receipts(&heard.locked("ann")).await, Err(Fault::NotFound));
    assert_eq!(records.own_receipts(heard.school.session("teacher")).await, Err(Fault::NotFound));
    // About the head: nothing in the log shows it to the head.
    let before = heard.files("lead").await;
    heard.tell(&told(AboutAdult::Somebody(heard.school.person("head")), wants)).await;
    assert_eq!(heard.entries(Act::ReceiptKept).await.len(), 0);
    let file = *heard.files("lead").await.iter().find(|file| !before.contains(file)).expect("her part");
    let stage = async || records.own_receipts(&ann).await.expect("hers")[0].stage;
    assert_eq!(stage().await, Stage::Received);
    let lead = heard.school.session("lead");
    records.read_file(lead, file).await.expect("read");
    assert_eq!(stage().await, Stage::Received, "opened is not yet seen to");
    records.acknowledge_concern(lead, file).await.expect("they have it");
    assert_eq!(stage().await, Stage::Read);
    records.decide_concern(lead, file, &decided()).await.expect("decided");
    assert_eq!(stage().await, Stage::ActedOn);
    assert_eq!(records.own_receipts(&ann).await.expect("hers").len(), 1);
}

fn decided() -> NewDecision {
    NewDecision {
        extent: Extent::Incident,
        course: Course::Act,
        reason: Some(words("the family is seen today")),
        review: None,
        is_rung: false,
    }
}

async fn that_it_did_not_help_is_a_new_report(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    let ann = heard.school.session("ann").clone();
    let wants = Wishes { wants_receipt: true, ..Wishes::default() };
    heard.tell(&told(AboutAdult::No, wants)).await;
    let file = heard.files("lead").await[0];
    let receipt = records.own_receipts(&ann).await.expect("hers")[0].id;
    let early = records.say_whether_it_helped(&ann, receipt, Helped::No).await;
    assert_eq!(early, Err(Fault::NotFound), "nothing was done yet");
    let lead = heard.school.session("lead");
    ground.advance(SignedDuration::from_mins(5));
    records.decide_concern(lead, file, &decided()).await.expect("decided");
    ground.advance(SignedDuration::from_mins(5));
    records.say_whether_it_helped(&ann, receipt, Helped::Again).await.expect("said");
    let read = records.read_file(lead, file).await.expect("read");
    assert!(
        read.entries.iter().any(|entry| entry.text.as_str().contains("I want to talk again")),
        "{:?}",
        read.entries
    );
    let own = records.own_receipts(&ann).await.expect("hers")[0];
    assert_eq!((own.stage, own.is_answered), (Stage::Received, true), "it waits again");
    assert!(!records.how_it_climbs(lead, file).await.expect("climbing").is_answered);
    ground.advance(SignedDuration::from_mins(5));
    records.decide_concern(lead, file, &decided()).await.expect("decided again");
    assert_eq!(records.say_whether_it_helped(&ann, receipt, Helped::Yes).await, Ok(()), "asked once");
    assert_eq!(
        records.read_file(lead, file).await.expect("read").entries.len(),
        read.entries.len(),
        "pressed twice it is one"
    );
    // What helped is no report.
    heard.tell(&told(AboutAdult::No, wants)).await;
    let other = *heard.files("lead").await.iter().find(|other| **other != file).expect("another");
    ground.advance(SignedDuration::from_mins(5));
    records.decide_concern(lead, other, &decided()).await.expect("decided");
    let receipts = records.own_receipts(&ann).await.expect("hers");
    let receipt = receipts.iter().find(|own| own.id != receipt).expect("another").id;
    records.say_whether_it_helped(&ann, receipt, Helped::Bit).await.expect("said");
    assert!(records.how_it_climbs(lead, other).await.expect("climbing").is_answered);
}

async fn what_a_child_wishes_stands_before_the_words(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let teacher = heard.school.person("teacher");
    for (may_name, says) in [
        (Some(false), "They asked that it is not said who told."),
        (Some(true), "They said that their teacher may know"),
        (None, "They did not say whether their teacher may know"),
    ] {
        let before = heard.files("lead").await;
        let wishes = Wishes { may_name, talk_to: Some(teacher), wants_receipt: false };
        heard.tell(&told(AboutAdult::No, wishes)).await;
        let file = *heard.files("lead").await.iter().find(|file| !before.contains(file)).expect("a file");
        let read = heard.school.records.read_file(heard.school.session("lead"), file).await.expect("read");
        let text = read.entries[0].text.as_str();
        assert!(text.starts_with(says), "{text}");
        assert!(text.contains("talk with Martin Pike") && text.contains("they hide my shoes"), "{text}");
    }
    // About him, her part has not even his name as whom she would like to talk with.
    let before = heard.files("lead").await;
    heard.tell(&told(AboutAdult::Somebody(teacher), wanting(teacher))).await;
    let file = *heard.files("lead").await.iter().find(|file| !before.contains(file)).expect("a file");
    let read = heard.school.records.read_file(heard.school.session("lead"), file).await.expect("read");
    let text = read.entries[0].text.as_str();
    assert!(text.contains("talk with [an adult]") && !text.contains("Pike"), "{text}");
}

async fn a_year_later_it_goes_unless_it_is_held(ground: Ground) {
    let heard = Heard::new(&ground).await;
    let records = &heard.school.records;
    for child in ["ann", "ben"] {
        heard.ask(child, Some("teacher")).await;
    }
    heard.ask("ben", None).await;
    for talk in heard.talks("teacher").await {
        records.answer_talk(&heard.locked("teacher"), talk.id, TalkAnswer::Talked).await.expect("he did");
    }
    let wants = Wishes { wants_receipt: true, ..Wishes::default() };
    heard.tell(&told(AboutAdult::No, wants)).await;
    let periods = records.periods(heard.school.school).await.expect("periods");
    let counts = async || {
        let talks = ground.ask("SELECT id FROM talk").await.len();
        (talks, ground.ask("SELECT id FROM pupil_receipt").await.len())
    };
    ground.advance(SignedDuration::from_hours(24 * 360));
    records.expire(heard.school.school, &periods, &ground.place()).await.expect("expired");
    assert_eq!(counts().await, (3, 1));
    ground.advance(SignedDuration::from_hours(24 * 10));
    records.expire(heard.school.school, &periods, &ground.place()).await.expect("expired");
    // Ann told something, and her file holds what is about her; Ben's that nobody talked about waits for ever.
    assert_eq!(counts().await, (2, 1));
}
