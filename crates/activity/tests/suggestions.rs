//! Suggestions of what to leave unopened: what they are made from, what is never in them, and the file that two
//! processes share.

use holdfast_activity::suggestions::{MOST_HOSTS, Suggestion, Suggestions, UNKNOWN_GROUP, dismiss, read};
use holdfast_core::{
    event::{Event, Outcome, RequestEvent},
    host::Host,
    policy,
    request::Visibility,
    ruleset::{self, Ruleset, content::ContentBuilder},
    subject::{GroupCode, PersonId, Subject},
};
use jiff::{SignedDuration, Timestamp};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

const POLICY: &str = r#"
version = 1
title = "Test"
author = "p-head"
reason = "Test."
review_by = "2027-07-20"
time_zone = "Europe/London"

[unknown]
default = "block"

[[help]]
host = "helpline.example"
name = "A helpline"

[[group]]
code = "Rowan"
purpose = "Pupils"
band = "younger"
[group.judging]
default = "allow"
inspection = { extent = "everything" }

[[group]]
code = "Alder"
purpose = "Staff"
band = "staff"
[group.judging]
default = "allow"
"#;

fn ruleset(more: &str) -> Ruleset {
    let text = format!("{POLICY}\n{more}");
    let source = policy::read("policy.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let content = Arc::new(ContentBuilder::new(7).finish().content);
    ruleset::compile(source, content, "policy.toml", &text).unwrap_or_else(|problems| panic!("{problems:#?}")).0
}

fn now() -> Timestamp {
    "2026-11-22T10:46:05Z".parse().unwrap()
}

fn minutes(count: i64) -> Timestamp {
    now() + SignedDuration::from_mins(count)
}

fn event(group: Option<&str>, client: &str, host: &str, entry: &str) -> RequestEvent {
    let subject =
        Subject { person: Some(PersonId::from("p-mia")), group: group.map(GroupCode::from), ..Subject::unknown() };
    RequestEvent {
        reference: "7Q4K".into(),
        at_micros: now().as_microsecond(),
        ruleset: "r1".into(),
        subject,
        client: Some(client.parse().unwrap()),
        listener: "main".into(),
        method: "CONNECT".into(),
        scheme: "tunnel".into(),
        host: Some(host.into()),
        port: 443,
        path: None,
        visibility: Visibility::NameOnly,
        outcome: Outcome::Failed,
        status: 200,
        layer: "default".into(),
        rule: None,
        list: None,
        entry: Some(entry.into()),
        category: None,
        strict: None,
        rewrites: Vec::new(),
        unopened: None,
        clauses: Vec::new(),
        words: "Open to you.".into(),
        bytes_up: 0,
        bytes_down: 0,
        duration_micros: 10,
        synthetic: false,
    }
}

fn opened(client: &str, host: &str) -> RequestEvent {
    let outcome = Outcome::Allowed;
    RequestEvent { scheme: "https".into(), outcome, entry: None, ..event(Some("Rowan"), client, host, "") }
}

fn tell(suggestions: &Suggestions, events: impl IntoIterator<Item = RequestEvent>) {
    let events: Vec<_> = events.into_iter().map(|event| Event::Request(Box::new(event))).collect();
    suggestions.record_all(&events);
}

fn hosts(suggestions: &[Suggestion]) -> Vec<&str> {
    suggestions.iter().map(|suggestion| suggestion.host.as_str()).collect()
}

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn distrusts(client: &str, host: &str) -> RequestEvent {
    event(Some("Rowan"), client, host, "client-distrusts unknown-ca")
}

#[test]
fn what_clients_and_sites_say_is_gathered_by_host_with_the_evidence_against() {
    let folder = tempfile::tempdir().unwrap();
    let suggestions = Suggestions::load(&folder.path().join("suggestions.json"), now());
    tell(
        &suggestions,
        [
            opened("10.0.0.9", "app.example"),
            distrusts("10.0.0.1", "app.example"),
            distrusts("::ffff:10.0.0.1", "app.example"),
            event(Some("Rowan"), "10.0.0.2", "app.example", "client-distrusts bad-certificate"),
            event(None, "10.0.0.3", "payroll.example", "client-certificate"),
            opened("10.0.0.4", "app.example"),
            opened("10.0.0.4", "app.example"),
        ],
    );
    suggestions.record_all(&[Event::Help]);
    let rules = ruleset("");
    let waiting = suggestions.waiting(&rules);
    assert_eq!(hosts(&waiting), ["app.example"], "nobody's connections to the other are opened");
    let app = &waiting[0];
    assert_eq!(app.alerts, [("bad-certificate".to_owned(), 1), ("unknown-ca".to_owned(), 2)].into());
    assert_eq!((app.times(), app.clients, app.worked, app.worked_clients), (3, 2, 2, 1));
    assert_eq!(app.groups, ["Rowan".to_owned()].into());
    suggestions.save(now());
    let all = read(&folder.path().join("suggestions.json")).unwrap();
    assert_eq!(hosts(&all), ["app.example", "payroll.example"], "those of the most clients first");
    assert_eq!(all[1].groups, [UNKNOWN_GROUP.to_owned()].into());
    assert_eq!(all[1].alerts, [("client-certificate".to_owned(), 1)].into());
}

#[test]
fn nothing_else_becomes_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let suggestions = Suggestions::load(&folder.path().join("suggestions.json"), now());
    let base = || distrusts("10.0.0.1", "app.example");
    tell(
        &suggestions,
        [
            RequestEvent { outcome: Outcome::Allowed, ..base() },
            RequestEvent { synthetic: true, ..base() },
            RequestEvent { layer: "help".into(), ..base() },
            RequestEvent { scheme: "dns".into(), ..base() },
            RequestEvent { entry: Some("tls-broken".into()), ..base() },
            RequestEvent { entry: None, ..base() },
            RequestEvent { host: None, ..base() },
            RequestEvent { host: Some("<script>".into()), ..base() },
            opened("10.0.0.1", "app.example"),
        ],
    );
    suggestions.save(now());
    assert!(!folder.path().join("suggestions.json").exists(), "nothing to save");
}

#[test]
fn no_address_or_person_is_in_the_file_and_only_the_service_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    tell(&suggestions, [distrusts("10.11.12.13", "app.example"), opened("10.11.12.14", "app.example")]);
    suggestions.save(now());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("app.example") && text.contains("\"clients\": 1"), "{text}");
    assert!(!text.contains("10.11.12") && !text.contains("p-mia") && !text.contains("7Q4K"), "{text}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_restart_goes_on_from_the_file_and_counts_nobody_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let before = Suggestions::load(&path, now());
    tell(&before, ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(|client| distrusts(client, "app.example")));
    before.save(now());
    let after = Suggestions::load(&path, now());
    tell(&after, [distrusts("10.0.0.1", "app.example")]);
    let waiting = after.waiting(&ruleset(""));
    assert_eq!((waiting[0].clients, waiting[0].times()), (3, 4));
    assert!(after.alarms().is_empty());
}

#[test]
fn the_file_is_written_once_a_minute_and_a_dismissal_from_another_process_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    let rules = ruleset("");
    tell(&suggestions, [distrusts("10.0.0.1", "app.example"), distrusts("10.0.0.1", "game.example")]);
    suggestions.look(&rules, now());
    assert_eq!(read(&path).unwrap().len(), 2);
    tell(&suggestions, [distrusts("10.0.0.1", "late.example")]);
    suggestions.look(&rules, now() + SignedDuration::from_secs(59));
    assert_eq!(read(&path).unwrap().len(), 2, "not yet again");

    assert_eq!(dismiss(&path, &host("nowhere.example"), now()), Ok(false));
    assert_eq!(dismiss(&path, &host("app.example"), now()), Ok(true));
    // The service changed its own copy meanwhile, and its next save must not undo what was decided.
    tell(&suggestions, [distrusts("10.0.0.2", "app.example")]);
    suggestions.look(&rules, minutes(1));
    let saved = read(&path).unwrap();
    let app = saved.iter().find(|found| found.host.as_str() == "app.example").unwrap();
    assert_eq!((saved.len(), app.clients, app.dismissed_micros), (3, 2, Some(now().as_microsecond())));
    assert_eq!(hosts(&suggestions.waiting(&rules)), ["game.example", "late.example"]);

    // Nothing of its own to save: it is taken over all the same, at the next look.
    assert_eq!(dismiss(&path, &host("game.example"), now()), Ok(true));
    suggestions.look(&rules, minutes(1) + SignedDuration::from_millis(300));
    assert_eq!(hosts(&suggestions.waiting(&rules)), ["late.example"]);
    assert!(suggestions.dismiss(&host("late.example"), now()) && !suggestions.dismiss(&host("no.example"), now()));
    assert!(suggestions.waiting(&rules).is_empty());
    // Dismissed is dismissed, whatever comes.
    tell(&suggestions, [distrusts("10.0.0.3", "late.example")]);
    let again = Suggestions::load(&path, now());
    assert!(again.waiting(&rules).iter().all(|found| found.host.as_str() == "late.example"));
    suggestions.look(&rules, minutes(1) + SignedDuration::from_secs(1));
    assert!(Suggestions::load(&path, now()).waiting(&rules).is_empty(), "a decision is saved at once");
}

#[test]
fn a_host_that_becomes_a_partner_or_a_helpline_vanishes_at_once_from_memory_and_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    let names = ["app.example", "cases.police.example", "chat.helpline.example"];
    tell(&suggestions, names.map(|name| distrusts("10.0.0.1", name)));
    suggestions.look(
        &ruleset(
            "[[group]]\ncode = \"Elm\"\npurpose = \"x\"\nband = \"older\"\n[group.judging]\ndefault = \"allow\"\n",
        ),
        now(),
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("police") && !text.contains("helpline"), "help was never in it: {text}");
    let rules = ruleset("[[partner]]\nhost = \"police.example\"\nname = \"Police\"\n");
    assert_eq!(hosts(&suggestions.waiting(&rules)), ["app.example"], "not shown even before the next look");
    suggestions.look(&rules, now() + SignedDuration::from_secs(1));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("app.example") && !text.contains("police"), "not a minute later: {text}");
    suggestions.forget(|host| host.as_str() == "app.example");
    assert!(suggestions.waiting(&rules).is_empty());
}

#[test]
fn a_damaged_file_is_set_aside_with_an_alarm_and_a_new_one_is_begun() {
    for damage in
        ["{", "", "{\"form\": 9, \"hosts\": []}", "{\"form\": 1, \"hosts\": [{\"host\": \"no host!\"}]}", "\u{0}"]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("suggestions.json");
        fs::write(&path, damage).unwrap();
        assert!(read(&path).unwrap_err().contains("could not be read"));
        assert!(dismiss(&path, &host("app.example"), now()).is_err() && path.exists(), "commands change nothing");
        let suggestions = Suggestions::load(&path, now());
        let alarms = suggestions.alarms();
        assert!(alarms.len() == 1 && alarms[0].words.contains("set aside"), "{alarms:?}");
        assert_eq!(fs::read_to_string(folder.path().join("suggestions.json.damaged")).unwrap(), damage);
        tell(&suggestions, [distrusts("10.0.0.1", "app.example")]);
        suggestions.look(&ruleset(""), now());
        assert_eq!(hosts(&read(&path).unwrap()), ["app.example"]);
        assert!(!folder.path().join("suggestions.json.damaged").exists(), "it may hold what becomes a partner");
    }
}

#[test]
fn what_was_set_aside_goes_when_the_policy_changes_and_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let aside = folder.path().join("suggestions.json.damaged");
    fs::write(&path, "cases.police.example").unwrap();
    let suggestions = Suggestions::load(&path, now());
    suggestions.look(&ruleset(""), now());
    assert!(aside.exists(), "somebody can look at it");
    let partner = "[[partner]]\nhost = \"police.example\"\nname = \"Police\"\n";
    suggestions.look(&ruleset(partner), now() + SignedDuration::from_secs(1));
    assert!(!aside.exists() && read(&path).unwrap().is_empty());

    fs::write(&aside, "cases.police.example").unwrap();
    let again = Suggestions::load(&path, now());
    again.look(&ruleset(partner), minutes(1));
    assert!(!aside.exists());
}

#[test]
fn a_file_that_breaks_while_the_service_runs_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    let rules = ruleset("");
    tell(&suggestions, [distrusts("10.0.0.1", "app.example")]);
    suggestions.look(&rules, now());
    fs::write(&path, "broken").unwrap();
    suggestions.look(&rules, now() + SignedDuration::from_secs(1));
    assert_eq!(suggestions.alarms().len(), 1);
    suggestions.look(&rules, minutes(2));
    assert_eq!(hosts(&read(&path).unwrap()), ["app.example"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_alarm_until_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone").join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    let rules = ruleset("");
    tell(&suggestions, [distrusts("10.0.0.1", "app.example")]);
    suggestions.look(&rules, now());
    let alarms = suggestions.alarms();
    assert!(alarms.len() == 1 && alarms[0].words.contains("cannot be saved"), "{alarms:?}");
    fs::create_dir(folder.path().join("gone")).unwrap();
    suggestions.look(&rules, minutes(1));
    assert!(suggestions.alarms().is_empty());
    assert_eq!(hosts(&read(&path).unwrap()), ["app.example"]);
}

#[test]
fn a_flood_of_hosts_from_one_client_does_not_push_out_what_several_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    tell(&suggestions, ["10.0.0.1", "10.0.0.2"].map(|client| distrusts(client, "app.example")));
    tell(&suggestions, [distrusts("10.0.0.1", "decided.example")]);
    assert!(suggestions.dismiss(&host("decided.example"), now()));
    let later = |step: i64| now().as_microsecond() + step;
    tell(
        &suggestions,
        (0..5_000).map(|step| RequestEvent {
            at_micros: later(step),
            entry: Some(format!("client-distrusts {}", "x".repeat(4_000)).into()),
            ..distrusts("10.0.0.9", &format!("flood-{step}.example"))
        }),
    );
    suggestions.save(now());
    let all = read(&path).unwrap();
    assert!(all.len() <= MOST_HOSTS && all[0].host.as_str() == "app.example", "{}", all.len());
    assert!(all.iter().any(|found| found.host.as_str() == "decided.example"));
    assert!(all.iter().any(|found| found.host.as_str() == "flood-4999.example"));
    assert!(all.iter().flat_map(|found| found.alerts.keys()).all(|alert| alert.len() < 80));
}

#[test]
fn what_to_add_to_the_policy_compiles_once_a_person_has_signed_and_reasoned_it() {
    let folder = tempfile::tempdir().unwrap();
    let suggestions = Suggestions::load(&folder.path().join("suggestions.json"), now());
    tell(&suggestions, [distrusts("10.0.0.1", "app.example"), distrusts("10.0.0.1", "192.0.2.7")]);
    let rules = ruleset("");
    let waiting = suggestions.waiting(&rules);
    let app = waiting.iter().find(|found| found.host.as_str() == "app.example").unwrap();
    let expected = "[[left_unopened]]\ncode = \"app-example\"\ntitle = \"Programs that use app.example\"\n\
                    hosts = [\"app.example\"]\ngroups = [\"Rowan\"]\n# author = \"who decides it\"\n# reason = \"why\"\n";
    assert_eq!(app.policy_text(), expected);
    assert!(policy::read("policy.toml", &format!("{POLICY}\n{expected}")).is_err(), "nobody signed it");
    let signed = expected.replace("# author = \"who decides it\"", "author = \"p-head\"").replace("# reason", "reason");
    let rules = ruleset(&signed);
    assert!(!app.is_waiting(&rules), "what the policy leaves unopened is no longer asked");
    assert_eq!(hosts(&suggestions.waiting(&rules)), ["192.0.2.7"]);
}

#[test]
fn the_lines_widen_to_nobody_whom_they_do_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let suggestions = Suggestions::load(&folder.path().join("suggestions.json"), now());
    let says = "client-distrusts unknown-ca";
    tell(
        &suggestions,
        [
            event(Some("Rowan"), "10.0.0.1", "app.example", says),
            event(None, "10.0.0.2", "app.example", says),
            event(None, "10.0.0.3", "alone.example", says),
            event(Some("Rowan"), "10.0.0.1", "both.example", says),
            event(Some("Alder"), "10.0.0.4", "both.example", says),
        ],
    );
    suggestions.save(now());
    let all = read(&folder.path().join("suggestions.json")).unwrap();
    let of = |name: &str| all.iter().find(|found| found.host.as_str() == name).unwrap();
    let app = of("app.example");
    assert!(app.policy_text().contains("\ngroups = [\"Rowan\"]\n"), "{}", app.policy_text());
    let words = app.for_whom();
    assert!(
        words.contains("for the group Rowan, and for nobody else. Devices of people whom we cannot tell"),
        "{words}"
    );
    assert!(!app.is_of_one_device() && app.devices() == "2 devices or more");
    let both = of("both.example");
    assert_eq!(both.for_whom(), "These lines would be for the groups Alder, Rowan, and for nobody else.");
    let alone = of("alone.example");
    assert!(alone.policy_text().contains("\ngroups = []\n") && alone.for_whom().contains("for everybody"));
    assert!(alone.is_of_one_device());
    let told = alone.to_string();
    assert!(told.contains("alone.example: one device so far said") && told.contains(&alone.for_whom()), "{told}");
}

#[test]
fn another_commands_lock_is_waited_for_and_never_broken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("suggestions.json");
    let suggestions = Suggestions::load(&path, now());
    tell(&suggestions, [distrusts("10.0.0.1", "app.example")]);
    suggestions.save(now());
    let held = lock(folder.path());
    let (sender, receiver) = std::sync::mpsc::channel();
    let in_thread = path.clone();
    let waiting = std::thread::spawn(move || {
        sender.send(()).unwrap();
        dismiss(&in_thread, &host("app.example"), now())
    });
    receiver.recv().unwrap();
    assert_eq!(read(&path).unwrap()[0].dismissed_micros, None);
    drop(held);
    assert_eq!(waiting.join().unwrap(), Ok(true));
}

fn lock(folder: &Path) -> fs::File {
    let held = fs::File::open(folder).unwrap();
    held.lock().unwrap();
    held
}
