//! What a school does with its records, by command and through the real program, from being set up to being restored.

use crate::{
    common::until,
    desk::{Desk, after, password},
    log::lines,
    school::{School, Served, closing},
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use std::fs;

/// The first people.
const FIRST: &str = r#"
code = "rivermead"
name = "Rivermead School"

[[person]]
full_name = "Hanaquill Headley"
duties = ["head"]
sign_in_name = "hana"
custodian = true

[[person]]
full_name = "Doraquill Leadley"
duties = ["dsl", "online-safety-lead"]
sign_in_name = "dora"
custodian = true

[[person]]
full_name = "Carlquill Chairley"
kind = "governor"
duties = ["chair"]
sign_in_name = "carl"
custodian = true

[[person]]
full_name = "Depquill Chairley"
kind = "governor"
deputy_for = ["chair"]
"#;

/// Parts of names that are nobody else's word: none may stand in what the service says of itself.
const NAMES: [&str; 9] =
    ["quill", "Headley", "Leadley", "Chairley", "Ashdown", "Brookes", "Petraval", "Teachwell", "Officer-Smith"];

/// Words that are sealed: none may stand anywhere in the data folder or a backup.
const SEALED: [&str; 5] =
    ["17 Weir Lane", "switch under the chin", "not within a mile", "was seen outside", "bruise on the arm"];

/// Who is who.
pub(crate) struct People {
    pub(crate) hana: String,
    pub(crate) dora: String,
    pub(crate) carl: String,
    pub(crate) ada: String,
    pub(crate) petra: String,
    pub(crate) teacher: String,
    /// The recovery codes of the first three, in their order.
    pub(crate) codes: Vec<String>,
}

#[test]
fn a_school_does_its_work_by_command_and_no_name_reaches_the_journal() {
    let mut school = School::new();
    let served = school.serve();
    let desk = Desk::new(&school);
    let people = set_up(&desk);
    let people = add_people(&desk, people);
    take_in_a_list(&desk);
    relations_and_what_is_confidential(&desk, &people);
    records_of_people(&desk, &people);
    duties_and_accounts(&desk, &people);
    settings_and_calendar(&desk);
    the_gate(&desk, &people, &served);
    files_and_emergencies(&desk, &people);
    the_log(&desk, &people);
    backup_and_restore(&desk, &people);
    a_password_is_changed(&desk);
    nothing_leaked(&desk, &served);
    assert!(served.program.stop().success());
}

/// At the console, once; then everybody chooses a password of their own.
pub(crate) fn set_up(desk: &Desk) -> People {
    let file = desk.file("school.toml", FIRST);
    let too_few = desk.file("too-few.toml", FIRST.replace("custodian = true", "custodian = false"));
    let (well, told) = desk.console(&["school", "set-up", &too_few], "");
    assert!(!well && told.contains("at least 3 custodians"), "{told}");
    let (well, told) = desk.console(&["school", "set-up", &file], "");
    assert!(well && told.contains("hand each person theirs on paper"), "{told}");
    let (well, again) = desk.console(&["school", "set-up", &file], "");
    assert!(!well && again.contains("set up"), "{again}");
    for name in ["hana", "dora", "carl"] {
        choose_password(desk, name, &after(&told, &format!("signs in as {name}, the first time with: ")));
    }
    let id = |name: &str| after(&told, &format!("{name}  ("));
    let codes = told.lines().filter_map(|line| line.trim().strip_prefix("recovery code, for the safe: "));
    People {
        hana: id("Hanaquill Headley"),
        dora: id("Doraquill Leadley"),
        carl: id("Carlquill Chairley"),
        ada: String::new(),
        petra: String::new(),
        teacher: String::new(),
        codes: codes.map(str::to_owned).collect(),
    }
}

pub(crate) fn choose_password(desk: &Desk, name: &str, passphrase: &str) {
    let first = ["account", "--as", name, "password", "--first"];
    let (well, told) = desk.console(&first, &format!("not it\n{}\n", password(name)));
    assert!(!well, "{told}");
    let (well, told) = desk.console(&first, &format!("{passphrase}\n{}\n", password(name)));
    assert!(well && told.contains("Your password is changed"), "{name}: {told}");
    // What opened once opens no more, and who signs in with nothing gets nothing.
    for wrong in [passphrase, ""] {
        let (well, told) = desk.console(&["class", "list", "--as", name], &format!("{wrong}\n"));
        assert!(!well, "{told}");
    }
}

/// By hand; an account and a duty for whoever works with the records.
pub(crate) fn add_people(desk: &Desk, people: People) -> People {
    let add = |name: &str, words: &[&str]| {
        let words: Vec<&str> = ["person", "add", "--name", name].into_iter().chain(words.iter().copied()).collect();
        after(&desk.done("hana", &words, ""), "Added ")
    };
    let ada = add("Ada Ashdown", &["--kind", "pupil", "--born", "2014-06-08", "--group", "oak"]);
    let petra = add("Petraval Ashdown", &["--kind", "parent"]);
    let teacher = add("Tom Teachwell", &["--kind", "staff", "--staff-kind", "employed", "--group", "ash"]);
    let officer = add("Olga Officer-Smith", &["--kind", "staff", "--staff-kind", "employed"]);
    desk.refused("hana", &["person", "add", "--kind", "staff", "--name", "Nobody Brookes"], "", "staff_kind");
    let config = desk.config();
    let (well, told) = desk
        .typed(&["person", "list", "Ada", "--config", config.to_str().unwrap()], &format!("{}\n", password("hana")));
    assert!(!well && told.contains("--as NAME"), "{told}");

    for (person, name, duty) in [(&teacher, "tom", "teacher"), (&officer, "olga", "office")] {
        // Wherever it is typed, who gives the command is understood.
        let made = desk.done("hana", &["account", "add", person, name], "");
        choose_password(desk, name, made.lines().find_map(|line| line.strip_prefix("    ")).unwrap());
        assert!(desk.done("hana", &["duty", "give", duty, person], "").contains("holdfast duty end "));
    }
    desk.refused("olga", &["duty", "give", "head", &officer], "", "to themselves");
    People { ada, petra, teacher, ..people }
}

/// A list with a preview; what is done is what was seen.
fn take_in_a_list(desk: &Desk) {
    let wrong = desk.file("wrong.csv", "kind,full_name,date_of_birth\npupil,Bea Brookes,08/06/2014\n");
    desk.refused("olga", &["person", "import", &wrong], "", "line 2");
    let list = "kind,full_name,date_of_birth,classes,gate_group\n\
                pupil,Bea Brookes,2014-07-01,7A;GE1,oak\npupil,Ben Brookes,2014-07-02,7A,oak\n";
    let list = desk.file("people.csv", list);
    let preview = desk.done("olga", &["person", "import", &list], "");
    assert!(preview.contains("2 added") && preview.contains("Nothing was changed"), "{preview}");
    let digest = after(&preview, "--apply ");
    desk.refused("olga", &["person", "import", &list, "--apply", "0123456789"], "", "not what the preview showed");
    let done = desk.done("olga", &["person", "import", &list, "--apply", &digest], "");
    assert!(done.contains("2 added") && done.contains("Taken in."), "{done}");
    let classes = desk.done("olga", &["class", "list"], "");
    assert!(classes.contains("7A") && classes.contains("2 learn") && classes.contains("GE1"), "{classes}");
    let found = desk.done("olga", &["person", "list", "brook"], "");
    assert!(found.contains("Bea Brookes") && found.contains("Ben Brookes"), "{found}");
    assert_eq!(desk.done("olga", &["person", "list", ""], "").trim(), "Nobody was found.");
}

/// The office writes what it cannot read, and who may be told follows from it.
fn relations_and_what_is_confidential(desk: &Desk, people: &People) {
    let People { ada, petra, .. } = people;
    let mother = ["person", "relation", "add", ada, petra, "--kind", "mother", "--responsibility", "yes"];
    let relation = after(&desk.done("olga", &mother, ""), "relation end ");
    desk.refused("olga", &mother, "", "recorded for this child already");
    desk.refused("olga", &["person", "relation", "add", petra, ada, "--kind", "mother"], "", "a pupil and an adult");
    let (well, told) = desk.console(&["person", "relation", "add", ada, petra, "--kind", "aunt", "--as", "olga"], "");
    assert!(!well && told.contains("step-parent"), "{told}");
    let listed = desk.done("dora", &["person", "relation", "list", ada], "");
    assert!(listed.contains("Petraval Ashdown") && listed.contains(&relation), "{listed}");
    let telling = |expected: &str| {
        let told = desk.done("dora", &["person", "telling", ada], "");
        assert!(told.contains(expected), "not “{expected}”: {told}");
    };
    telling("mother: may be told");

    let order = ["person", "order", "add", ada, petra, "--from", "2026-01-01", "--until", "2026-01-31"];
    desk.done("olga", &order, "She may not come within reach.\n.\n");
    telling("mother: may be told");
    let order = ["person", "order", "add", ada, petra, "--bars-telling", "--from", "2026-01-01"];
    desk.refused("olga", &order, "", "Write at least one line");
    let order = after(&desk.done("olga", &order, "She may come not within a mile.\n"), &format!("order end {ada} "));
    telling("mother: NEVER");
    let bar = after(
        &desk.done("olga", &["person", "no-contact", "add", ada, petra], "She was seen outside the gate.\n.\n"),
        &format!("no-contact end {ada} "),
    );
    desk.done("olga", &["person", "order", "end", ada, &order], "");
    desk.refused("olga", &["person", "order", "end", ada, &order], "", "ended already");
    telling("mother: NEVER");

    desk.done("olga", &["person", "details", "write", ada, "address", "--not-given-out"], "17 Weir Lane\n.\n");
    desk.done("olga", &["person", "details", "write", ada, "access-needs"], "A switch under the chin.\n");
    desk.refused("olga", &["person", "details", "write", ada, "access-needs", "--not-given-out"], "", "of an address");
    desk.refused("olga", &["person", "details", "show", ada], "", "not for you to see");
    let details = desk.done("dora", &["person", "details", "show", ada], "");
    for words in ["17 Weir Lane", "GIVEN TO NOBODY", "switch under the chin", "was seen outside", &bar] {
        assert!(details.contains(words), "no “{words}”: {details}");
    }
    assert!(!details.contains("within a mile"), "{details}");
    telling("leave it out of letters");

    desk.done("olga", &["person", "no-contact", "end", ada, &bar], "");
    telling("mother: may be told");
    desk.done("olga", &["person", "relation", "end", &relation], "");
    telling("Nobody is recorded.");
}

/// Contacts, a photograph, fields, own fields, ways into the gate, leaving and coming back.
fn records_of_people(desk: &Desk, people: &People) {
    let People { ada, petra, teacher, .. } = people;
    desk.done("olga", &["person", "contact", "add", petra, "mail"], "petra@home.example\n");
    let ways = desk.done("olga", &["person", "contact", "add", petra, "mobile", "--first"], "07700 900123\n");
    assert!(ways.contains("1. mobile: 07700 900123") && ways.contains("2. mail: petra@home.example"), "{ways}");
    desk.refused("olga", &["person", "contact", "remove", petra, "3"], "", "number 3");
    desk.done("olga", &["person", "contact", "remove", petra, "2"], "");
    let ways = desk.done("olga", &["person", "contact", "list", petra], "");
    assert!(ways.contains("07700 900123") && !ways.contains("mail"), "{ways}");

    let picture = desk.file("ada.png", a_png(b"51.50 N"));
    let copy = desk.school.beside("seen.png");
    let show = ["person", "photo", "show", ada, "--to", copy.to_str().unwrap()];
    desk.refused("olga", &show, "", "There is nothing like that");
    desk.refused("olga", &["person", "photo", "set", ada, &desk.file("no.gif", "GIF89a")], "", "a JPEG or a PNG");
    desk.done("olga", &["person", "photo", "set", ada, &picture], "");
    desk.done("olga", &show, "");
    assert_eq!(fs::read(&copy).unwrap(), a_png(b""), "where it was taken is not kept");
    desk.refused("olga", &show, "", "exists");
    desk.done("olga", &["person", "photo", "remove", ada], "");

    desk.done("olga", &["person", "change", ada, "--preferred", "Addie", "--language", "Welsh"], "");
    let shown = desk.done("olga", &["person", "show", ada], "");
    assert!(shown.contains("Addie") && shown.contains("Welsh") && shown.contains("oak"), "{shown}");
    desk.refused("olga", &["person", "change", ada, "--born", "2099-01-01"], "", "date_of_birth");
    desk.done("tom", &["person", "own", "--preferred", "Tommy"], "");
    assert!(desk.done("hana", &["person", "show", teacher], "").contains("Tommy"));

    desk.done("olga", &["person", "leave", petra], "");
    desk.done("olga", &["person", "back", petra], "");
    desk.done("olga", &["class", "add", "8B", "Eight B"], "");
    desk.done("olga", &["class", "join", "8B", ada], "");
    desk.done("olga", &["class", "join", "7A", teacher, "--teaches"], "");
    assert!(desk.done("olga", &["person", "show", ada], "").contains("8B (learns)"));
    desk.done("olga", &["class", "leave", "8B", ada], "");
}

/// Who answers while somebody is away, and who signs in.
fn duties_and_accounts(desk: &Desk, people: &People) {
    let People { hana, dora, teacher, .. } = people;
    let held = after(&desk.done("hana", &["duty", "give", "behaviour-lead", teacher, "--deputy"], ""), "duty end ");
    desk.refused("hana", &["duty", "give", "dsl", hana], "", "to themselves");
    let away = ["duty", "away", dora, "--until", "2099-11-30T08:00"];
    desk.done("hana", &away, "");
    desk.refused("hana", &["duty", "away", dora, "--until", "soon"], "", "is no time");
    let list = desk.done("hana", &["duty", "list"], "");
    assert!(list.contains("dsl: Doraquill Leadley") && list.contains("away") && list.contains("deputy"), "{list}");
    desk.done("hana", &["duty", "back", dora], "");
    assert!(!desk.done("hana", &["duty", "list"], "").contains("away"));
    desk.done("hana", &["duty", "end", &held], "");
    desk.refused("hana", &["duty", "end", &held], "", "already ended");
    // A school's first trust lead takes two.
    let add = ["person", "add", "--kind", "outside", "--name", "Tess Lowe"];
    let trust = after(&desk.done("hana", &add, ""), "Added ");
    desk.refused("hana", &["duty", "give", "trust-lead", &trust], "", "named by two people");
    assert!(desk.done("hana", &["duty", "propose", &trust], "").contains("holdfast duty agree "));
    desk.refused("hana", &["duty", "agree", &trust], "", "Nobody else has proposed them");
    desk.done("carl", &["duty", "agree", &trust], "");
    // Family of a child reads nothing about it: the chair can say that somebody never was.
    let add = ["person", "add", "--kind", "pupil", "--name", "Zoe Ashdown"];
    let zoe = after(&desk.done("hana", &add, ""), "Added ");
    desk.done("hana", &["person", "relation", "add", &zoe, dora, "--kind", "carer"], "");
    let listed = desk.done("carl", &["person", "relation", "of-hearers"], "");
    let relation = listed.split_whitespace().last().unwrap_or_default();
    desk.done("carl", &["person", "relation", "undo", relation, "--because", "never-were"], "");
    let listed = desk.done("carl", &["person", "relation", "of-hearers"], "");
    assert!(listed.contains("Nobody to whom concerns come"), "{listed}");

    let listed = desk.done("hana", &["account", "list"], "");
    assert!(listed.contains("hana") && listed.contains("in use"), "{listed}");
    assert!(desk.done("hana", &["custodian", "list"], "").lines().count() >= 3);
    desk.done("hana", &["holder", "waiting"], "");
}

/// The old password is good for nothing any more, and is not taken again.
fn a_password_is_changed(desk: &Desk) {
    let new = format!("{}\na password for one minute\n", password("tom"));
    let (well, told) = desk.console(&["account", "password", "--as", "tom"], &new);
    assert!(well, "{told}");
    desk.refused("tom", &["class", "list"], "", "name or the password is wrong");
    let back = format!("a password for one minute\n{}\n", password("tom"));
    let (well, told) = desk.console(&["account", "--as", "tom", "password"], &back);
    assert!(!well && told.contains("You had this password before"), "{told}");
}

/// What is decided, why, and by which clause.
fn settings_and_calendar(desk: &Desk) {
    let (well, list) = desk.console(&["setting", "list"], "");
    assert!(well && list.contains("vc_review_days = 5"), "{list}");
    let set = ["setting", "set", "vc_review_days", "3", "--why", "A small school", "--clause", "12.4"];
    desk.done("hana", &set, "");
    desk.refused("tom", &set, "", "not for you to see");
    desk.refused("hana", &["setting", "set", "vc_review_days", "99", "--why", "A test"], "", "20");
    let (_, shown) = desk.console(&["setting", "show", "vc_review_days"], "");
    assert!(shown.contains("In force: 3") && shown.contains("A small school") && shown.contains("12.4"), "{shown}");
    assert!(desk.done("hana", &["setting", "history", "vc_review_days"], "").contains("A small school"));
    let decide = ["setting", "decide", "conferencing", "not-used", "--why", "We do not"];
    desk.done("hana", &decide, "");
    let (_, questions) = desk.console(&["setting", "questions"], "");
    assert!(questions.contains("decided") && questions.contains("We do not"), "{questions}");

    let calendar = "nation = \"england-and-wales\"\nfrom = 2026-09-01\nuntil = 2027-08-31\nwatched = \"mon-fri 08:00-16:30\"\n\
                    [[term]]\nname = \"Autumn\"\nfirst = 2026-09-02\nlast = 2026-12-18\n";
    let wrong = desk.file("wrong.toml", calendar.replace("2026-12-18", "2026-08-18"));
    let calendar = desk.file("calendar.toml", calendar);
    desk.refused("hana", &["calendar", "set", &wrong, "--why", "A test"], "", "wrong.toml:5: ");
    let (well, told) = desk.console(&["calendar", "check", &calendar], "");
    assert!(well, "{told}");
    assert!(desk.done("hana", &["calendar", "set", &calendar, "--why", "The year"], "").contains("Calendar 1"));
    let (_, shown) = desk.console(&["calendar", "show"], "");
    assert!(shown.contains("Autumn: 2026-09-02 to 2026-12-18") && shown.contains("fri 08:00-16:30"), "{shown}");
}

/// What is changed by command is in force at the real proxy.
fn the_gate(desk: &Desk, people: &People, served: &Served) {
    until("the filter to go by the records", || {
        served.status().contains("The policy of the records is in force").then_some(())
    });
    let policy = desk.done("hana", &["policy", "show"], "");
    let broken = desk.file("broken.toml", policy.replace("default = \"block\"", "default = \"blok\""));
    desk.refused("hana", &["policy", "change", &broken, "--why", "A test"], "", "Nothing was changed");
    let changed = desk.file("changed.toml", policy + &closing("news.example"));
    desk.refused("tom", &["policy", "change", &changed, "--why", "A test"], "", "not for you to see");
    let told = desk.done("hana", &["policy", "change", &changed, "--why", "No news today"], "");
    assert!(told.contains("within a second"), "{told}");
    until("the change", || (!served.is_open(served.chloe, "news.example")).then_some(()));
    assert!(desk.done("hana", &["policy", "history"], "").contains("No news today"));

    let zone = TimeZone::get("Europe/London").unwrap();
    let at =
        |hours: i64| (Timestamp::now() + hours.hours()).to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let lesson = ["lesson", "open", "7A", "--title", "Rivers", "--host", "rivers.lesson.example", "--until", &at(1)];
    let code = after(&desk.done("tom", &lesson, ""), "Its code: ");
    desk.refused("carl", &["lesson", "end", &code], "", "not for you to see");
    desk.done("tom", &["lesson", "end", &code], "");

    let person = after(&desk.done("hana", &["person", "show", &people.ada], ""), "  code        ");
    let place = ["suspension", "place", &person, "--until", &at(30)];
    let code = after(&desk.done("dora", &place, ""), "Its code: ");
    desk.done("dora", &["suspension", "end", &code], "");
    let block = ["emergency-block", "place", "--host", "shop.example", "--why", "A test"];
    let code = after(&desk.done("dora", &block, ""), "Its code: ");
    until("the block", || (!served.is_open(served.teacher, "shop.example")).then_some(()));
    desk.done("dora", &["emergency-block", "lift", &code, "--why", "Over"], "");
    until("its end", || served.is_open(served.teacher, "shop.example").then_some(()));

    // A password for the proxy is set without being shown to anybody on the way.
    let (_, hash) = desk.typed(&["password"], "seven otters at the weir");
    desk.done("olga", &["person", "change", &people.teacher, "--sign-in", "tommy"], "");
    desk.refused("olga", &["person", "way-in", &people.teacher, "password-hash"], "otters\n", "argon2id");
    desk.done("olga", &["person", "way-in", &people.teacher, "password-hash"], &hash);
    desk.done("olga", &["person", "way-in", &people.teacher, "resolver-name"], "tom-at-the-weir-7x2m\n");
    desk.done("hana", &["network", "show"], "");
}

/// A concern by a teacher, who cannot read it; a purpose, a hold, emergency access.
fn files_and_emergencies(desk: &Desk, people: &People) {
    let People { ada, .. } = people;
    let told = desk.done("tom", &["file", "open", "--about", ada, "--severity", "3"], "A bruise on the arm.\n.\n");
    let report = after(&told, "Your report: ");
    let report = report.split(';').next().unwrap();
    desk.done("tom", &["file", "add", "--report", report], "It was the left one.\n");
    let list = desk.done("dora", &["file", "list"], "");
    let file = list.split_whitespace().next().unwrap();
    let read = desk.done("dora", &["file", "read", file], "");
    assert!(read.contains("bruise on the arm") && read.contains("the left one"), "{read}");
    desk.refused("tom", &["file", "read", file], "", "not for you to see");
    let hold = desk.done("dora", &["hold", "place", ada, "--reason", "police"], "They asked for it.\n");
    let hold = after(&hold, "erased until ");
    let hold = hold.split(' ').next().unwrap();
    desk.done("dora", &["hold", "lift", hold], "They have answered.\n");

    desk.done("dora", &["emergency", "purpose", ada, "--why", "concern"], "");
    let taken = desk.done("hana", &["emergency", "take", ada], "She is missing.\n.\n");
    let taken = after(&taken, "half an hour (");
    desk.refused("hana", &["emergency", "review", &taken, "--found", "right"], "", "Somebody else reviews it");
    assert!(desk.done("dora", &["emergency", "notices"], "").contains(&taken));
    assert!(desk.done("dora", &["emergency", "reason", &taken], "").contains("She is missing"));
    desk.done("dora", &["emergency", "review", &taken, "--found", "right"], "");
}

/// The log holds what was done and what was refused, and proves itself.
fn the_log(desk: &Desk, people: &People) {
    let (well, signed) = desk.console(&["audit", "checkpoint"], "");
    assert!(well, "{signed}");
    let fingerprint = after(&signed, "Fingerprint: ");
    let (well, told) = desk.console(&["audit", "verify", "--fingerprint", &fingerprint], "");
    assert!(well && told.contains("Nothing is wrong."), "{told}");
    let about = ["audit", "show", "--about", &people.ada];
    desk.refused("hana", &about, "", "Say first why");
    desk.done("hana", &["emergency", "purpose", &people.ada, "--why", "review"], "");
    let shown = desk.done("hana", &["audit", "show", "--about", &people.ada, "--most", "200"], "");
    for words in ["confidential-changed", "relation-changed", "person-changed", "denied"] {
        assert!(shown.contains(words), "no “{words}”: {shown}");
    }
    for words in NAMES.iter().chain(&SEALED) {
        assert!(!shown.contains(words), "“{words}” in: {shown}");
    }
    desk.refused("olga", &["audit", "show"], "", "not for you to see");
    let (well, told) = desk.console(&["store", "show"], "");
    assert!(well && told.contains("rivermead"), "{told}");
}

/// Into another folder with only the custodians, where the same people sign in and open what they could.
fn backup_and_restore(desk: &Desk, people: &People) {
    let folder = desk.school.beside("backups");
    fs::create_dir(&folder).unwrap();
    let made = desk.done("hana", &["backup", "make", "--to", folder.to_str().unwrap()], "");
    let file = made.split(" holds ").next().unwrap();
    let (well, listed) = desk.typed(&["backup", "list", folder.to_str().unwrap()], "");
    assert!(well && listed.contains("rivermead"), "{listed}");
    let (well, checked) = desk.typed(&["backup", "check", file], "");
    assert!(well, "{checked}");
    let bytes = fs::read(file).unwrap();
    for words in NAMES.iter().chain(&SEALED) {
        assert!(!bytes.windows(words.len()).any(|window| window == words.as_bytes()), "“{words}” in the backup");
    }
    let there = desk.school.beside("there");
    let secrets = desk.school.beside("their-secrets");
    let config = fs::read_to_string(desk.config()).unwrap();
    let config = config
        .replace(desk.school.data().to_str().unwrap(), there.to_str().unwrap())
        .replace(desk.school.beside("secrets").to_str().unwrap(), secrets.to_str().unwrap());
    let config = desk.file("there.toml", config);
    let codes = format!("{}\n{}\n", people.codes[0], people.codes[2]);
    let restore = ["restore", file, "--config", &config];
    let (well, told) = desk.typed(&restore, &format!("{}\n{}\n", people.codes[0], people.codes[0]));
    assert!(!well, "{told}");
    let (well, told) = desk.typed(&restore, &codes);
    assert!(well && told.contains("Restored rivermead") && told.contains("Nothing is wrong."), "{told}");
    let (well, told) = desk.typed(&restore, &codes);
    assert!(!well, "{told}");
    let details = ["person", "details", "show", &people.ada, "--as", "dora", "--config", &config];
    let (well, told) = desk.typed(&details, &format!("{}\n", password("dora")));
    assert!(well && told.contains("17 Weir Lane"), "{told}");
}

fn nothing_leaked(desk: &Desk, served: &Served) {
    let said = [("the service", served.program.errors()), ("the commands", desk.journal())];
    let log = lines(&desk.school.data()).join("\n");
    for (who, text) in said.iter().map(|(who, text)| (*who, text)).chain([("the gate's log", &log)]) {
        for words in NAMES.iter().chain(&SEALED).chain(&["otters", "07700"]) {
            assert!(!text.contains(words), "“{words}” in what {who} wrote:\n{text}");
        }
    }
    let store = desk.school.data().join("records");
    for file in fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = fs::read(&file).unwrap();
        for words in SEALED {
            assert!(
                !bytes.windows(words.len()).any(|window| window == words.as_bytes()),
                "{words} in {}",
                file.display()
            );
        }
    }
}

/// A picture of four by five points; `place` is what a camera wrote beside it.
fn a_png(place: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        [&u32::try_from(content.len()).unwrap().to_be_bytes(), kind, content, &[0; 4]].concat()
    };
    let place = if place.is_empty() { Vec::new() } else { chunk(b"eXIf", place) };
    let head = chunk(b"IHDR", &[0, 0, 0, 4, 0, 0, 0, 5, 8, 2, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), head, place, chunk(b"IDAT", b"picture"), chunk(b"IEND", b"")].concat()
}
