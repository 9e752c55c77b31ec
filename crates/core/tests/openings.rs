//! What a policy says about looking inside secure connections: mistakes in it, what of it is told, and that a protected
//! partner's host is told nowhere.

use holdfast_core::{
    address::Address,
    decide::{decide, explain},
    host::Host,
    inspection::{Extent, OpeningReason, shipped},
    moment::Moment,
    policy,
    problem::{Problem, Severity},
    request::Request,
    ruleset::{self, Ruleset, content::Content, saved},
    subject::Subject,
};
use jiff::{Timestamp, tz::TimeZone};
use std::sync::Arc;

const GOOD: &str = r#"version = 1
title = "Test"
author = "head"
reason = "Test"
review_by = "2027-07-31"
time_zone = "Europe/London"

[[group]]
code = "oak"
purpose = "Older pupils"
band = "older"
judging = { default = "allow" }

[[group]]
code = "ash"
purpose = "Staff"
band = "staff"
judging = { default = "allow" }

[unknown]
default = "block"

[[service]]
code = "video"
title = "Video"
hosts = ["films.test"]

[[help]]
host = "help.test"
name = "Help"

[[partner]]
host = "secret.partner.test"
name = "The designated officer"
"#;

const UNOPENED: &str = "\n[[left_unopened]]\ncode = \"exams\"\ntitle = \"Exams\"\nhosts = [\"exams.test\"]\n\
                        author = \"head\"\nreason = \"x\"\n";
const TENANTS: &str = "\n[[tenants]]\ncode = \"ours\"\nservice = \"google\"\nvalues = [\"school.test\"]\n\
                       author = \"head\"\nreason = \"x\"\n";

fn compiled(text: &str) -> Result<(Ruleset, Vec<Problem>), Vec<Problem>> {
    let source = policy::read("policy.toml", text)?;
    ruleset::compile(source, Arc::new(Content::default()), "policy.toml", text)
}

fn ruleset(text: &str) -> Ruleset {
    compiled(text).unwrap_or_else(|problems| panic!("{problems:?}")).0
}

fn with(addition: &str) -> String {
    format!("{GOOD}{addition}")
}

/// The policy with this said about the inspection of the group `oak`.
fn inspecting(inspection: &str) -> String {
    GOOD.replacen("{ default = \"allow\" }", &format!("{{ default = \"allow\", inspection = {{ {inspection} }} }}"), 1)
}

/// The one problem that refuses a document.
fn refused(text: &str) -> String {
    let Err(problems) = compiled(text) else { panic!("this document should be refused: {text}") };
    let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{problems:?}");
    errors[0].to_string()
}

fn warnings(text: &str) -> String {
    let problems = compiled(text).unwrap_or_else(|problems| panic!("{problems:?}")).1;
    assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn pupil() -> Subject {
    Subject { group: Some("oak".into()), ..Subject::unknown() }
}

fn now() -> Moment {
    Moment::at("2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap(), &TimeZone::UTC)
}

#[test]
fn nothing_is_opened_unless_the_policy_says_so() {
    let ruleset = ruleset(GOOD);
    assert_eq!(warnings(GOOD), "");
    for subject in [pupil(), Subject { group: Some("ash".into()), ..Subject::unknown() }, Subject::unknown()] {
        let opening = ruleset.opening(&subject, &host("lesson.test"));
        assert_eq!((opening.extent, opening.reason), (Extent::Nothing, OpeningReason::Group));
    }
}

#[test]
fn mistakes_are_told_with_their_line_and_what_was_meant() {
    let told = refused(&inspecting("services = [\"vidoe\"]"));
    assert!(told.starts_with("policy.toml:12: There is no service “vidoe”.") && told.contains("“video”"), "{told}");
    let told = refused(&inspecting("categories = [\"videoo\"]"));
    assert!(told.starts_with("policy.toml:12:") && told.contains("Did you mean `video`?"), "{told}");
    let told = refused(&inspecting("hosts = [\"co.uk\"]"));
    assert!(told.starts_with("policy.toml:12: “co.uk” is not one site"), "{told}");
    let told = refused(&inspecting("extent = \"all\""));
    assert!(told.starts_with("policy.toml:12:") && told.contains("block-pages"), "{told}");
    let told = refused(&with(&UNOPENED.replace("exams.test", "org.uk")));
    assert!(told.starts_with("policy.toml:39: “org.uk” is not one site"), "{told}");
    let told = refused(&with(&UNOPENED.replace("hosts", "groups = [\"oka\"]\nhosts")));
    assert!(told.starts_with("policy.toml:39: There is no group “oka”.") && told.ends_with("“oak”?"), "{told}");
    let told = refused(&with(&UNOPENED.replace("[\"exams.test\"]", "[]")));
    assert!(told.starts_with("policy.toml:37: The entry “exams” leaves nothing unopened."), "{told}");
    let told = refused(&with(&format!("{UNOPENED}{UNOPENED}")));
    assert!(told.contains("Another left_unopened already has the code “exams”."), "{told}");
}

#[test]
fn choices_that_do_nothing_are_told() {
    let told = warnings(&inspecting("hosts = [\"www.help.test\", \"www.police.uk\"]"));
    assert!(
        told.contains("policy.toml:12: “www.help.test” is a help site or a lifeline, and is never opened."),
        "{told}"
    );
    assert!(told.contains("“www.police.uk” is a help site"), "{told}");
    let told = warnings(&inspecting("categories = [\"health\", \"news\"]"));
    assert!(told.contains("policy.toml:12: “Health” is left unopened for privacy"), "{told}");
    assert_eq!(warnings(&inspecting("hosts = [\"lesson.test\"]")), "", "chosen hosts alone are a good policy");
}

#[test]
fn a_school_is_told_that_unknown_people_are_seen_less() {
    let open = |text: String| text.replace("[unknown]\ndefault = \"block\"", "[unknown]\ndefault = \"allow\"");
    let told = warnings(&open(inspecting("extent = \"everything\"")));
    assert!(told.starts_with("policy.toml:20: Secure pages of some group are opened"), "{told}");
    assert_eq!(warnings(&open(inspecting("extent = \"block-pages\""))), "", "a block page is no looking inside");
    assert_eq!(warnings(&inspecting("extent = \"everything\"")), "", "whoever reaches nothing needs no looking at");
}

#[test]
fn unknown_people_are_seen_less_unless_all_that_is_chosen_is_chosen_for_them() {
    let told = |of_group: &str, of_unknown: &str| {
        let unknown = format!("[unknown]\ndefault = \"allow\"\ninspection = {{ {of_unknown} }}");
        let told = warnings(&inspecting(of_group).replace("[unknown]\ndefault = \"block\"", &unknown));
        told.contains("Secure pages of some group are opened")
    };
    for (of_group, of_unknown, is_less) in [
        ("extent = \"everything\"", "extent = \"everything\"", false),
        ("extent = \"everything\"", "hosts = [\"a.test\"]", true),
        ("extent = \"everything\"", "extent = \"block-pages\", categories = [\"video\"]", true),
        ("hosts = [\"www.a.test\"]", "hosts = [\"a.test\"]", false),
        ("hosts = [\"a.test\"]", "hosts = [\"www.a.test\"]", true),
        ("hosts = [\"clients2.google.com\"]", "extent = \"everything\"", true),
        ("categories = [\"video\"]", "categories = [\"video\", \"news\"]", false),
        ("categories = [\"video\", \"news\"]", "categories = [\"video\"]", true),
        ("services = [\"video\"]", "categories = [\"video\"]", true),
        ("categories = [\"news\"]", "extent = \"everything\"", false),
        ("categories = [\"health\"]", "", false),
    ] {
        assert_eq!(told(of_group, of_unknown), is_less, "{of_group} beside {of_unknown}");
    }
}

#[test]
fn what_the_school_takes_back_from_what_it_chose_is_told() {
    let told = warnings(&(inspecting("hosts = [\"www.exams.test\", \"a.test\"]") + UNOPENED));
    assert_eq!(
        told,
        "policy.toml:12: “www.exams.test” is chosen here, and the school's entry “exams” leaves it unopened. The entry \
         holds. Take it out of one of the two."
    );
    let for_ash = UNOPENED.replace("hosts", "groups = [\"ash\"]\nhosts");
    assert_eq!(warnings(&(inspecting("hosts = [\"exams.test\"]") + &for_ash)), "", "that is for others");
}

#[test]
fn whoever_opens_pages_and_names_no_partner_is_told() {
    let (before, _) = GOOD.split_once("[[partner]]").unwrap();
    let opened = "{ default = \"allow\", inspection = { extent = \"block-pages\" } }";
    let open = |text: &str| text.replacen("{ default = \"allow\" }", opened, 1);
    let told = warnings(&open(before));
    assert!(told.starts_with("policy.toml:12: Secure pages are opened, and no protected partner is named:"), "{told}");
    assert!(told.contains("LADO") && told.contains("`[[partner]]`"), "{told}");
    let of_unknown = "[unknown]\ninspection = { hosts = [\"a.test\"] }\n";
    let told = warnings(&before.replace("[unknown]\n", of_unknown));
    assert!(told.starts_with("policy.toml:21: Secure pages are opened, and no"), "{told}");
    assert_eq!(warnings(before), "", "where nothing is opened, help as shipped is enough");
    assert_eq!(warnings(&open(GOOD)), "");
}

#[test]
fn a_document_that_cannot_be_read_tells_no_partner() {
    let host = "lado.council.test";
    let (before, _) = GOOD.split_once("[[partner]]").unwrap();
    for (partner, expected) in [
        (format!("partner = \"{host}\""), "Invalid type: string, expected a sequence."),
        (format!("partner = [\"{host}\"]"), "Invalid type: string, expected struct PartnerSource."),
        (format!("partner = [\"a, expected {host}\"]"), "Invalid type: string, expected struct PartnerSource."),
        (format!("partner = {{ \"{host}\" = 1 }}"), "Invalid type: map, expected a sequence."),
        (format!("[[partner]]\n\"{host}\" = \"x\""), "Unknown field, expected `host` or `name`."),
        (format!("[[partner]]\n\"a`{host}\" = \"x\""), "Unknown field, expected `host` or `name`."),
        (format!("[[partner]]\n{host} = \"x\""), "Unknown field, expected `host` or `name`."),
        (
            "[[partner]]\nhots = \"x\"".to_owned(),
            "Unknown field `hots`, expected `host` or `name`. Did you mean `host`?",
        ),
        (format!("[[partner]]\nhost = [\"{host}\"]"), "Invalid type: sequence, expected a string."),
        (format!("[[tenants]]\ncode = \"x\"\nservice = \"{host}\""), "Unknown variant, expected one of `google`"),
        (format!("[[partner]]\nhost = {host}"), ""),
        (format!("[[partner]]\nhost = \"{host}"), ""),
        (format!("[[partner]]\n\"{host}\" = 1\n\"{host}\" = 1"), ""),
        (format!("{host} = 1\n{host} = 1"), ""),
        (format!("[{host}]\nx = 1\n[{host}]"), ""),
    ] {
        // Keys of the whole document stand before its first table.
        let text =
            if partner.starts_with('[') { format!("{before}{partner}\n") } else { format!("{partner}\n{before}") };
        let problems = policy::read("policy.toml", &text).expect_err(&text);
        let told = holdfast_core::problem::lines(&problems);
        assert!(!told.contains("lado") && !told.contains("council"), "{told}");
        assert!(told.contains(expected) && told.starts_with("policy.toml:"), "{text}: {told}");
    }
    let told = refused(&GOOD.replacen("version = 1", "version = \"lado\"", 1));
    assert_eq!(told, "policy.toml:1: Invalid type: string, expected u64.");
}

#[test]
fn a_ruleset_that_is_printed_tells_no_partner() {
    let ruleset = ruleset(GOOD);
    for told in [format!("{ruleset:?}"), format!("{:#?}", ruleset.source())] {
        assert!(!told.contains("partner.test") && !told.contains("officer"), "{told}");
        assert!(told.contains("films.test") || told.contains("Video"), "the rest is told");
    }
}

#[test]
fn a_partner_is_told_nowhere() {
    let is_untold = |told: &str| !told.contains("secret") && !told.contains("partner.test");
    let bad = |host: &str| refused(&GOOD.replace("secret.partner.test", host));
    assert_eq!(
        bad("secret partner"),
        "policy.toml:33: The host of this protected partner is not a host name. Write a host name only, such as \
         `partner.example`."
    );
    assert!(bad("gov.uk").starts_with("policy.toml:33: The host of this protected partner is a whole public suffix."));
    let told = warnings(&inspecting("hosts = [\"www.secret.partner.test\"]"));
    assert!(told.starts_with("policy.toml:12: One of these hosts is a protected partner's"), "{told}");
    assert!(is_untold(&told), "{told}");

    let ruleset = ruleset(&inspecting("extent = \"everything\""));
    let address = Address::parse("https://www.secret.partner.test/form?name=x").unwrap();
    for request in [Request::whole(&address), Request::name_only(address.host())] {
        let (verdict, considered) = explain(&ruleset, &pupil(), &request, &now());
        assert_eq!(decide(&ruleset, &pupil(), &request, &now()), verdict);
        let mut description = ruleset.describe(&verdict, &pupil(), &request);
        assert!(verdict.is_allow() && description.counted_only, "{description:?}");
        assert_eq!(description.rule.as_deref(), Some("protected-partner"));
        description.words = None;
        assert!(is_untold(&format!("{description:?}")), "{description:?}");
        assert!(considered.iter().all(|considered| is_untold(&ruleset.tell(considered))));
    }
    let opening = ruleset.opening(&pupil(), address.host());
    assert_eq!((opening.extent, opening.reason.code()), (Extent::Nothing, "protected"));
    assert!(is_untold(&ruleset.tell_opening(&opening)));
    assert!(ruleset.is_partner(address.host()) && !ruleset.is_partner(&host("partner.test")));
    assert!(!ruleset.is_partner(&host("help.test")) && ruleset.always_open(address.host()));
    assert!(ruleset.always_open_hosts().any(|host| host == "secret.partner.test"));
}

#[test]
fn a_partner_stays_open_when_no_ruleset_can_be_loaded() {
    let kept = saved::open_always_open(&saved::save_always_open(&ruleset(GOOD))).unwrap();
    let closed = Ruleset::closed(kept);
    assert!(closed.is_closed() && closed.is_partner(&host("www.secret.partner.test")));
    // As a program that knew no partners wrote it.
    let body = r#"{"help":[{"host":"help.test","name":"Help"}],"lifelines":[]}"#;
    let older = format!("holdfast-always-open-1 {}\n{body}", blake3::hash(body.as_bytes()).to_hex());
    assert!(Ruleset::closed(saved::open_always_open(older.as_bytes()).unwrap()).always_open(&host("help.test")));
}

#[test]
fn whatever_is_said_of_opening_is_part_of_the_policy_hash() {
    let entries = with(&format!("{UNOPENED}{TENANTS}"));
    let variants = [
        GOOD.to_owned(),
        inspecting("extent = \"block-pages\""),
        inspecting("extent = \"everything\""),
        inspecting("hosts = [\"a.test\"]"),
        inspecting("categories = [\"news\"]"),
        inspecting("services = [\"video\"]"),
        GOOD.replace("secret.partner.test", "other.partner.test"),
        with(UNOPENED),
        with(&UNOPENED.replace("hosts", "groups = [\"oak\"]\nhosts")),
        with(&UNOPENED.replace("exams.test", "other.test")),
        with(TENANTS),
        with(&TENANTS.replace("school.test", "other.test")),
        with(&format!("{TENANTS}personal_accounts = true\n")),
        entries.clone(),
    ];
    let hashes: std::collections::HashSet<_> = variants.iter().map(|text| ruleset(text).policy_hash()).collect();
    assert_eq!(hashes.len(), variants.len());
    let whole = ruleset(&entries);
    let again = Ruleset::load(saved::open(&whole.save()).unwrap(), Arc::clone(whole.content())).unwrap();
    assert_eq!(again.id(), whole.id());
    assert_eq!(again.opening(&pupil(), &host("exams.test")), whole.opening(&pupil(), &host("exams.test")));
}

#[test]
fn accounts_are_restricted_to_organisations_that_are_named() {
    assert!(refused(&with(&TENANTS.replace("[\"school.test\"]", "[]"))).contains("allows no organisation"));
    for bad in ["school.test, other.test", "", "a\\r\\nX-Other: b"] {
        let told = refused(&with(&TENANTS.replace("school.test", bad)));
        assert!(told.starts_with("policy.toml:39:") && told.contains("names no organisation"), "{told}");
    }
    let other = |service: &str| TENANTS.replace("google", service);
    for service in ["microsoft", "slack"] {
        assert!(refused(&with(&other(service))).contains("must be told whose restriction it is"), "{service}");
    }
    let told = refused(&with(&format!("{}context = \"x\"\n", other("dropbox"))));
    assert!(told.starts_with("policy.toml:42: This service is not told whose"), "{told}");
    assert!(refused(&with(&format!("{}personal_accounts = true\n", other("dropbox")))).contains("Personal accounts"));
    let twice = format!("{TENANTS}{}", TENANTS.replace("ours", "again"));
    assert!(refused(&with(&twice)).contains("Another entry already says whose accounts of `google` everyone may use."));
}

#[test]
fn whoever_signs_out_may_not_use_more_accounts() {
    let open = |text: String| text.replace("[unknown]\ndefault = \"block\"", "[unknown]\ndefault = \"allow\"");
    let for_oak = TENANTS.replace("values", "groups = [\"oak\"]\nvalues");
    let looser = "restricts accounts of `google` for some groups, and unknown people may use more";
    assert!(refused(&open(with(&for_oak))).contains(looser));
    assert!(compiled(&with(&for_oak)).is_ok(), "whoever reaches nothing signs in nowhere");
    let for_all = |values: &str| TENANTS.replace("ours", "all").replace("[\"school.test\"]", values);
    assert!(compiled(&open(with(&format!("{for_oak}{}", for_all("[\"school.test\"]"))))).is_ok());
    assert!(refused(&open(with(&format!("{for_oak}{}", for_all("[\"trust.test\"]"))))).contains(looser));
    let personal = format!("{for_oak}{}personal_accounts = true\n", for_all("[\"school.test\"]"));
    assert!(refused(&open(with(&personal))).contains(looser));
}

#[test]
fn a_restriction_that_is_not_sent_is_told() {
    let told = warnings(&with(TENANTS));
    assert!(
        told.starts_with("policy.toml:38:")
            && told.contains("“oak”, “ash”: the connections to accounts.google.com, google.com are not opened."),
        "{told}"
    );
    let chosen = "extent = \"everything\", hosts = [\"accounts.google.com\"]";
    let text = inspecting(chosen) + &TENANTS.replace("values", "groups = [\"oak\"]\nvalues");
    assert_eq!(warnings(&text), "");
    // Choosing the parent leaves sign-in unopened, as it is shipped so.
    let told = warnings(&text.replace("\"accounts.google.com\"", "\"google.com\""));
    assert!(told.contains("for “oak”: the connections to accounts.google.com are not opened. Add"), "{told}");
}

#[test]
fn a_restriction_is_sent_at_every_host_where_people_sign_in() {
    let microsoft =
        TENANTS.replace("google", "microsoft").replace("values", "groups = [\"oak\"]\ncontext = \"directory\"\nvalues");
    let told = warnings(&(inspecting("hosts = [\"login.microsoftonline.com\"]") + &microsoft));
    assert!(
        told.contains(
            "“oak”: the connections to login.live.com, login.microsoft.com, login.windows.net are not opened."
        ),
        "{told}"
    );
    assert!(told.contains("`hosts = [\"login.live.com\", \"login.microsoft.com\", \"login.windows.net\"]`"), "{told}");
    let personal = format!("{microsoft}personal_accounts = true\n");
    let chosen = "hosts = [\"login.microsoftonline.com\", \"login.microsoft.com\", \"login.windows.net\"]";
    assert_eq!(warnings(&(inspecting(chosen) + &personal)), "", "nothing is sent to login.live.com then");
}

#[test]
fn a_restriction_for_everyone_is_held_for_people_we_cannot_tell_too() {
    let chosen = "inspection = { extent = \"everything\", hosts = [\"accounts.google.com\"] }";
    let groups = GOOD.replace("{ default = \"allow\" }", &format!("{{ default = \"allow\", {chosen} }}"));
    let open = groups.replace("[unknown]\ndefault = \"block\"", "[unknown]\ndefault = \"allow\"");
    let unheld = "for people we cannot tell: the connections to accounts.google.com, google.com are not opened.";
    assert!(warnings(&format!("{open}{TENANTS}")).contains(unheld));
    assert_eq!(warnings(&format!("{groups}{TENANTS}")), "", "whoever reaches nothing signs in nowhere");
    let allow = |host: &str| {
        format!(
            "{groups}{TENANTS}\n[[rule]]\ncode = \"r\"\naction = \"allow\"\neveryone = true\nhosts = [\"{host}\"]\n\
             ends = \"2027-01-01\"\nauthor = \"head\"\nreason = \"x\"\n"
        )
    };
    assert!(warnings(&allow("google.com")).contains(unheld));
    assert_eq!(warnings(&allow("lesson.test")), "");
    let all = open.replace("default = \"allow\"\n", &format!("default = \"allow\"\n{chosen}\n"));
    assert_eq!(warnings(&format!("{all}{TENANTS}")), "");
    // A group with an entry of its own goes by that one, and is told of there.
    let own = TENANTS.replace("ours", "own").replace("values", "groups = [\"oak\"]\nvalues");
    let told = warnings(&with(&format!("{TENANTS}{own}")));
    assert_eq!((told.matches("“oak”").count(), told.matches("“ash”").count()), (1, 1), "{told}");
}

#[test]
fn an_opening_is_told_in_words() {
    let text = inspecting("extent = \"block-pages\", hosts = [\"lesson.test\"]") + UNOPENED;
    let ruleset = ruleset(&text);
    let told = |name: &str| ruleset.tell_opening(&ruleset.opening(&pupil(), &host(name)));
    for (name, expected) in [
        ("help.test", "never opened: it is a help site, a lifeline or a protected partner"),
        ("exams.test", "left unopened: the school decided so (“Exams”)"),
        ("lesson.test", "opened, and every request inside judged by its whole address: the policy chose it"),
        ("www.natwest.com", "left unopened: banking is private (“Banks and payments”, 2026-"),
        ("news.test", "opened only to say why something is blocked: the policy opens chosen sites"),
    ] {
        assert!(told(name).starts_with(expected), "{name}: {}", told(name));
    }
    let staff = Subject { group: Some("ash".into()), ..Subject::unknown() };
    assert_eq!(
        ruleset.tell_opening(&ruleset.opening(&staff, &host("news.test"))),
        "left unopened: nothing is chosen to be opened for this group"
    );
    assert!(shipped::sets().iter().all(|set| !set.why.ends_with('.')), "they stand inside of a sentence");
}

#[test]
fn an_explanation_says_what_is_seen_and_changed() {
    let ruleset = ruleset(&inspecting("extent = \"everything\""));
    let told = |text: &str| {
        let address = Address::parse(text).unwrap();
        let request = Request::whole(&address);
        let verdict = decide(&ruleset, &pupil(), &request, &now());
        let lines = ruleset.tell_inside(&verdict, &pupil(), &request);
        lines.into_iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n")
    };
    let opened = "inside TLS: opened, and every request inside judged by its whole address: the policy chose it for this \
                  group";
    assert_eq!(told("https://lesson.test/"), opened);
    assert_eq!(told("http://lesson.test/"), "", "nothing is secure there");
    assert_eq!(
        told("https://www.bing.com/search?q=tides"),
        format!("{opened}\nsent on as: /search?q=tides&adlt=strict\nchanged by: strict-search bing")
    );
    assert_eq!(told("https://m.youtube.com/"), format!("{opened}\nchanged by: youtube-restrict strict"));
    assert!(
        told("https://html.duckduckgo.com/html?q=tides&kp=-2").ends_with("this group"),
        "what is blocked is not changed"
    );
}

#[test]
fn the_schema_of_the_policy_knows_what_may_be_said() {
    let schema = serde_json::to_string(&schemars::schema_for!(policy::PolicySource)).unwrap();
    for word in ["left_unopened", "partner", "tenants", "inspection", "block-pages", "personal_accounts"] {
        assert!(schema.contains(word), "{word}");
    }
}
