//! What is kept of lists: damage, changes behind our back, and what is compiled of them.

use holdfast_core::{category::Category, host::Host, problem::Severity};
use holdfast_duty::{
    compile::{Compiled, compile, compile_and_use, is_current},
    lists::{Fault, Limits, Location, Meaning, OpenHost, Outcome, Source, Sources, Store},
};
use jiff::Timestamp;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

struct School {
    folder: tempfile::TempDir,
    store: Store,
}

impl School {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path(), Limits::default());
        Self { folder, store }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// A source whose publisher is the file or folder `published/<id>`.
    fn add(&self, id: &str, meaning: Meaning) {
        let source = Source {
            id: id.to_owned(),
            title: id.to_owned(),
            location: Location::File(self.path(&format!("published/{id}"))),
            format: None,
            meaning,
            licence: "CC0-1.0".to_owned(),
            checksum: None,
            approved: true,
        };
        self.store.add(&source).expect("added");
    }

    fn update(&self, id: &str) -> Outcome {
        let open = ["help.example", "care.org.example", "lado.council.example"]
            .map(|name| OpenHost { host: Host::parse(name).expect("a host"), is_partner: name.starts_with("lado") });
        self.store.update(id, &open, Timestamp::UNIX_EPOCH, &mut |_| {}).expect("read")
    }

    fn held(&self, id: &str) -> String {
        match self.update(id) {
            Outcome::Held(reasons) => reasons.join(" "),
            other => panic!("not held: {other:?}"),
        }
    }

    fn is_updated(&self, id: &str) -> bool {
        matches!(self.update(id), Outcome::Updated { .. })
    }

    fn compile(&self) -> Compiled {
        compile_and_use(self.folder.path()).expect("compiled")
    }

    fn is_current(&self) -> bool {
        is_current(self.folder.path()).expect("looked at")
    }

    fn current(&self) -> String {
        fs::read_to_string(self.path("contents/current")).expect("a content is in use")
    }

    /// The one file of a source with this ending.
    fn stored(&self, id: &str, ending: &str) -> PathBuf {
        let mut files = files_in(&self.path(&format!("lists/{id}")), ending);
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }
}

fn files_in(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

fn names(stem: &str, count: usize) -> String {
    (0..count).flat_map(|number| [stem.to_owned(), number.to_string(), ".example\n".to_owned()]).collect()
}

fn errors(compiled: &Compiled) -> String {
    let errors = compiled.problems.iter().filter(|problem| problem.severity == Severity::Error);
    errors.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn gambling() -> Meaning {
    Meaning::Category(Category::Gambling)
}

#[test]
fn a_stored_list_that_was_cut_is_an_error_and_is_fetched_again() {
    let school = School::new();
    for (id, meaning, ending) in
        [("bets", gambling(), "list"), ("secret", Meaning::Sealed("terrorism".to_owned()), "tier")]
    {
        school.write(&format!("published/{id}"), names("casino", 50));
        school.add(id, meaning);
        assert!(school.is_updated(id));
        let compiled = school.compile();
        assert!(compiled.switched && school.is_current());
        let (serving, file) = (school.current(), school.stored(id, ending));
        let whole = fs::read(&file).expect("a file");
        fs::write(&file, &whole[..whole.len() / 2]).expect("a file");
        let compiled = school.compile();
        assert!(errors(&compiled).contains(&format!("“{id}” was left out")), "{:?}", compiled.problems);
        assert!(!compiled.switched);
        assert_eq!(school.current(), serving, "the old lists go on serving");
        let told = school.store.check().expect("checked");
        assert!(told.iter().any(|problem| problem.message.contains("damaged or altered")), "{told:?}");
        // Its publisher has nothing new, and it is fetched nevertheless.
        assert_eq!(school.update(id), Outcome::Updated { entries: 50, before: Some(50), bad_lines: 0 });
        assert_eq!(school.update(id), Outcome::Unchanged);
        let compiled = school.compile();
        assert_eq!((compiled.switched, compiled.hash), (true, serving));
        assert!(school.store.check().expect("checked").is_empty());
    }
}

#[test]
fn a_list_that_ended_early_is_compiled_only_if_a_person_accepted_it_so() {
    let school = School::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, names("casino", 5_000).as_bytes()).expect("memory takes it");
    let packed = packed.finish().expect("memory takes it");
    school.write("published/bets", &packed[..packed.len() - 200]);
    school.add("bets", gambling());
    assert!(school.held("bets").contains("not whole"));
    school.store.accept("bets").expect("accepted");
    let compiled = school.compile();
    assert_eq!(errors(&compiled), "");
    assert!(compiled.problems.iter().any(|problem| problem.message.contains("accepted so")), "{:?}", compiled.problems);
    // A state that does not say that somebody accepted it.
    let state = school.path("lists/bets/state.toml");
    let text = fs::read_to_string(&state).expect("a state");
    let silent: String =
        text.lines().filter(|line| !line.starts_with("early_end")).flat_map(|line| [line, "\n"]).collect();
    fs::write(&state, silent).expect("a state");
    assert!(errors(&school.compile()).contains("“bets” is not whole"));
}

#[test]
fn a_list_that_is_read_otherwise_now_is_looked_at_again() {
    let school = School::new();
    school.write("published/bets", format!("{}0.0.0.0 casino.example\n", names("casino", 50)));
    school.add("bets", gambling());
    assert!(school.is_updated("bets"));
    assert!(school.compile().switched);
    let sources = school.path("lists/sources.toml");
    let text = fs::read_to_string(&sources).expect("sources");
    fs::write(&sources, text.replace("\"auto\"", "\"dnsmasq\"")).expect("sources");
    assert!(!school.is_current());
    let told = errors(&school.compile());
    assert!(told.contains("as it is read now it has 0"), "{told}");
    assert!(school.held("bets").contains("Nothing in it could be used"), "the same bytes are read again");
}

#[test]
fn a_compile_that_failed_is_known_to_be_due_until_it_succeeds() {
    let school = School::new();
    assert!(!school.is_current(), "nothing is compiled yet");
    assert!(school.store.check().expect("checked").is_empty(), "and nothing is there to compile");
    school.write("published/bets", names("casino", 50));
    school.add("bets", gambling());
    assert!(school.compile().switched && school.is_current());
    assert!(school.is_updated("bets"));
    // As if the process had been stopped here: the state is saved, and nothing is compiled.
    assert_eq!(school.update("bets"), Outcome::Unchanged);
    assert!(!school.is_current());
    let told = school.store.check().expect("checked");
    assert!(told.iter().any(|problem| problem.message.contains("was not compiled from")), "{told:?}");
    assert!(school.compile().switched && school.is_current());
    assert!(school.store.check().expect("checked").is_empty());
    // Compiling alone puts nothing to use.
    school.write("published/bets", names("casino", 51));
    assert!(school.is_updated("bets"));
    assert!(!compile(school.folder.path()).expect("compiled").switched);
    assert!(!school.is_current());
    assert!(school.compile().switched && school.is_current());
    // Approval counts, and so does the text file.
    let sources = school.path("lists/sources.toml");
    let text = fs::read_to_string(&sources).expect("sources");
    fs::write(&sources, text.replace("approved = true", "approved = false")).expect("sources");
    assert!(!school.is_current());
    assert!(school.compile().switched && school.is_current());
    fs::remove_file(school.path(&format!("contents/{}.text", school.current()))).expect("removed");
    assert!(!school.is_current());
}

#[test]
fn a_category_that_vanishes_or_shrinks_is_held_though_the_sum_hardly_changes() {
    let school = School::new();
    let folder = "published/ut1";
    school.write(&format!("{folder}/games/domains"), names("game", 1_000));
    school.write(&format!("{folder}/gambling/domains"), names("casino", 60));
    school.write(&format!("{folder}/drogue/domains"), names("drug", 5));
    school.add("ut1", Meaning::Map("ut1".to_owned()));
    assert!(school.is_updated("ut1"));
    // Parts of a handful may vary.
    school.write(&format!("{folder}/drogue/domains"), names("drug", 2));
    assert!(school.is_updated("ut1"));
    school.write(&format!("{folder}/gambling/domains"), names("casino", 40));
    let reason = school.held("ut1");
    assert!(reason.contains("“gambling” (40 instead of 60)"), "{reason}");
    fs::remove_dir_all(school.path(&format!("{folder}/gambling"))).expect("removed");
    fs::write(school.path(&format!("{folder}/drogue/domains")), "# nothing\n").expect("emptied");
    let reason = school.held("ut1");
    assert!(reason.contains("missing: “drogue” (2 entries), “gambling” (60 entries)."), "{reason}");
    // A state of before, without counts by part, is read, and compared by its sum.
    let state = school.path("lists/ut1/state.toml");
    let text = fs::read_to_string(&state).expect("a state");
    let old = &text[..text.find("[in_use.parts").expect("counts by part")];
    fs::write(&state, old).expect("a state");
    assert!(school.is_updated("ut1"), "1,000 of 1,062 entries");
}

#[test]
fn a_block_below_a_help_site_is_held_and_so_is_a_wider_one_later() {
    let school = School::new();
    school.write("published/bets", format!("0.0.0.0 casino.example\n0.0.0.0 www.help.example\n{}", hosts(50)));
    school.add("bets", gambling());
    let reason = school.held("bets");
    assert!(reason.contains("help.example") && reason.contains("“www.help.example”"), "{reason}");
    school.store.accept("bets").expect("accepted");
    school.write("published/bets", format!("0.0.0.0 www.help.example\n{}", hosts(51)));
    assert!(school.is_updated("bets"), "what was accepted once is not asked again");
    school.write("published/bets", format!("0.0.0.0 help.example www.help.example\n{}", hosts(51)));
    assert!(school.held("bets").contains("by “help.example”."), "the site itself is more than a part of it");
}

fn hosts(count: usize) -> String {
    names("casino", count).lines().flat_map(|name| ["0.0.0.0 ", name, "\n"]).collect()
}

#[test]
fn a_block_of_a_protected_partner_is_held_without_a_word_of_it() {
    let school = School::new();
    school.write("published/bets", "casino.example\nforms.lado.council.example\ncouncil.example\n");
    school.add("bets", gambling());
    assert_eq!(school.held("bets"), "It would block a protected partner.");
    let told: String = fs::read_to_string(school.path("lists/bets/state.toml")).expect("a file");
    assert!(!told.contains("council"), "{told}");
}

#[test]
fn a_sealed_page_or_host_below_a_help_site_is_held_by_number() {
    let school = School::new();
    school.write("published/secret", "one.test\nwww.help.example\norg.example/page\n");
    school.add("secret", Meaning::Sealed("terrorism".to_owned()));
    let reason = school.held("secret");
    assert!(reason.contains("2 of the sites") && !reason.contains("example"), "{reason}");
    school.store.accept("secret").expect("accepted");
    school.write("published/secret", "one.test\ntwo.test\nwww.help.example\norg.example/page\n");
    assert!(school.is_updated("secret"));
    school.write("published/secret", "one.test\ntwo.test\nhelp.example\norg.example/page\n");
    assert!(school.held("secret").contains("1 of the sites"));
}

#[test]
fn what_a_publisher_calls_white_is_checked_as_it_is_compiled() {
    let school = School::new();
    for (folder, usage) in [("gambling", "white"), ("sexual_education", "white")] {
        school.write(&format!("published/ut1/{folder}/domains"), "help.example\nother.example\n");
        school.write(&format!("published/ut1/{folder}/usage"), usage);
    }
    school.add("ut1", Meaning::Map("ut1".to_owned()));
    let reason = school.held("ut1");
    assert_eq!(reason.matches("help.example").count(), 2, "by one category only: {reason}");
    fs::write(school.path("published/ut1/gambling/domains"), "other.example\n").expect("a file");
    assert!(school.is_updated("ut1"), "a list that teaches is no list that blocks");
}

#[test]
fn a_list_that_switches_itself_off_is_held() {
    let school = School::new();
    let rules = (0..100).map(|number| format!("||bet{number}.site{}.test^\n", number % 2));
    let rules = rules.collect::<Vec<_>>().concat();
    school.write("published/bets", &rules);
    school.add("bets", gambling());
    assert!(school.is_updated("bets"));
    school.write("published/bets", format!("{rules}@@||test^\n"));
    assert_eq!(school.update("bets"), Outcome::Updated { entries: 100, before: Some(100), bad_lines: 1 });
    school.write("published/bets", format!("{rules}@@||site1.test^\n"));
    let reason = school.held("bets");
    assert!(reason.contains("all of it (50 instead of 100)"), "{reason}");
    let exceptions = (0..30).map(|number| format!("@@||good{number}.test^\n")).collect::<Vec<_>>().concat();
    school.write("published/bets", format!("{rules}{exceptions}"));
    let reason = school.held("bets");
    assert!(reason.contains("30 exceptions"), "{reason}");
}

#[test]
fn compiling_waits_for_who_changes_lists_and_keeps_others_from_it() {
    let school = School::new();
    school.write("published/bets", names("casino", 50));
    school.add("bets", gambling());
    assert!(school.is_updated("bets"));
    let lock = File::options().write(true).open(school.path("lists/lock")).expect("the lock's file");
    lock.lock().expect("locked");
    let folder = school.folder.path().to_owned();
    let compiling = thread::spawn(move || compile_and_use(&folder));
    thread::sleep(Duration::from_millis(300));
    assert!(!compiling.is_finished() && !school.path("contents").exists(), "it read while others may change");
    lock.unlock().expect("unlocked");
    assert!(compiling.join().expect("no panic").expect("compiled").switched);
}

#[test]
fn one_bad_state_costs_its_own_source_only() {
    let school = School::new();
    for id in ["bets", "games"] {
        school.write(&format!("published/{id}"), names(id, 50));
        school.add(id, gambling());
        assert!(school.is_updated(id));
    }
    assert!(school.compile().switched);
    let serving = school.current();
    fs::write(school.path("lists/bets/state.toml"), "in_use = 7\n").expect("a file");
    let (standings, problems) = school.store.standings();
    assert_eq!(standings.iter().map(|standing| standing.source.id.as_str()).collect::<Vec<_>>(), ["games"]);
    assert!(problems.len() == 1 && problems[0].message.contains("“bets”"), "{problems:?}");
    assert_eq!(school.store.list().expect("a list").len(), 1);
    assert!(school.store.check().expect("checked").iter().any(|problem| problem.message.contains("“bets”")));
    assert!(!school.is_current());
    let compiled = school.compile();
    assert!(errors(&compiled).contains("“bets”") && !compiled.switched, "{:?}", compiled.problems);
    assert!(compiled.lists.iter().any(|list| &*list.id == "games"));
    assert_eq!(school.current(), serving);
    // Where nothing has served yet, the rest is better than nothing.
    fs::remove_dir_all(school.path("contents")).expect("removed");
    assert!(school.compile().switched);
    assert!(!school.is_current(), "and is tried again");
    fs::remove_dir_all(school.path("contents")).expect("removed");
    school.write("rulesets/current", "ab");
    assert!(!school.compile().switched, "a ruleset was in force before");
}

#[test]
fn the_lock_is_no_source() {
    let sources = Sources::read("[[source]]\nid = \"lock\"\nfile = \"/a\"\ncategory = \"gambling\"\n");
    assert!(sources.sources.is_empty() && sources.problems[0].message.contains("“lock”"), "{:?}", sources.problems);
    let school = School::new();
    assert!(matches!(school.store.remove("lock"), Err(Fault::Source(_))));
}

#[test]
fn contents_that_nobody_needs_are_removed() {
    let school = School::new();
    school.add("bets", gambling());
    let mut made = Vec::new();
    for count in 50..55 {
        school.write("published/bets", names("casino", count));
        assert!(school.is_updated("bets"));
        let compiled = school.compile();
        assert!(compiled.switched, "{:?}", compiled.problems);
        if count == 50 {
            school.write("rulesets/ab.ruleset", format!("head\n{{\"id\":\"ab\",\"content\":\"{}\"}}", compiled.hash));
        }
        made.push(compiled.hash);
        // The times of files tell which are the newest.
        thread::sleep(Duration::from_millis(20));
    }
    for ending in ["content", "text", "sources"] {
        let kept: Vec<bool> =
            made.iter().map(|hash| school.path(&format!("contents/{hash}.{ending}")).exists()).collect();
        assert_eq!(kept, [true, false, false, true, true], "{ending}");
    }
    assert_eq!(school.current(), made[4]);
}
