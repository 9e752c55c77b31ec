//! Mistakes in the documents are told with their line and what was meant, and never half-used.

use holdfast_core::{
    identity::Clues,
    people, policy,
    problem::Problem,
    ruleset::{self, Ruleset, content::Content, saved},
};
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
judging = { default = "allow", block_categories = ["gambling"] }

[unknown]
default = "block"
block_categories = ["gambling"]
"#;

fn compile(text: &str) -> Result<Ruleset, Vec<Problem>> {
    let source = policy::read("policy.toml", text)?;
    ruleset::compile(source, Arc::new(Content::default()), "policy.toml", text).map(|(ruleset, _)| ruleset)
}

/// The one problem of a document, as people read it.
fn problem(text: &str) -> String {
    let problems = compile(text).expect_err("this document should be refused");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].to_string()
}

fn with(addition: &str) -> String {
    format!("{GOOD}{addition}")
}

#[test]
fn the_good_document_is_good() {
    assert!(compile(GOOD).is_ok());
}

#[test]
fn a_misspelt_key_is_told_with_its_line_and_what_was_meant() {
    let told = problem(&GOOD.replace("purpose =", "purpse ="));
    assert!(told.starts_with("policy.toml:10: Unknown field `purpse`"), "{told}");
    assert!(told.ends_with("Did you mean `purpose`?"), "{told}");
}

#[test]
fn a_misspelt_category_is_told_with_what_was_meant() {
    let told = problem(&GOOD.replacen("gambling", "gambeling", 1));
    assert!(told.starts_with("policy.toml:12:") && told.contains("Did you mean `gambling`?"), "{told}");
}

#[test]
fn a_bad_date_is_told_with_its_line() {
    let told = problem(&with(
        "\n[[emergency]]\ncode = \"e\"\nhosts = [\"a.test\"]\nauthor = \"dsl\"\nstarts = \"soon\"\nreview = \"2026-12-01\"\n",
    ));
    assert!(told.starts_with("policy.toml:22: “soon” is not a date or time."), "{told}");
}

#[test]
fn an_allow_needs_an_end() {
    let told = problem(&with(
        "\n[[rule]]\ncode = \"r\"\naction = \"allow\"\neveryone = true\nhosts = [\"a.test\"]\nauthor = \"head\"\nreason = \"x\"\n",
    ));
    assert!(told.contains("policy.toml:19:") && told.contains("has no end"), "{told}");
}

#[test]
fn a_baseline_category_cannot_be_allowed() {
    let told = problem(&GOOD.replacen("[\"gambling\"] }", "[\"gambling\"], allow_categories = [\"extremism\"] }", 1));
    assert!(told.contains("“Extremism” is blocked for everyone"), "{told}");
}

#[test]
fn nobody_may_allow_everything() {
    let text = "\n[[rule]]\ncode = \"r\"\naction = \"allow\"\neveryone = true\neverything = true\nends = \"2027-01-01\"\nauthor = \"head\"\nreason = \"x\"\n";
    assert!(problem(&with(text)).contains("allows everything"));
}

#[test]
fn unknown_people_are_held_at_least_as_strictly_as_every_group() {
    let looser_default = GOOD.replacen("default = \"allow\"", "default = \"block\"", 1).replacen(
        "[unknown]\ndefault = \"block\"",
        "[unknown]\ndefault = \"allow\"",
        1,
    );
    assert!(problem(&looser_default).contains("allows by default"));
    let looser_category = GOOD
        .replace("[unknown]\ndefault = \"block\"\nblock_categories = [\"gambling\"]", "[unknown]\ndefault = \"block\"");
    assert!(problem(&looser_category).contains("does not block “Gambling”"));
    let group_block = "\n[[rule]]\ncode = \"b\"\naction = \"block\"\ngroups = [\"oak\"]\nhosts = [\"x.a.test\"]\nauthor = \"head\"\nreason = \"x\"\n";
    let everyone_allow = "\n[[rule]]\ncode = \"a\"\naction = \"allow\"\neveryone = true\nhosts = [\"a.test\"]\nends = \"2027-01-01\"\nauthor = \"head\"\nreason = \"x\"\n";
    assert!(compile(&with(group_block)).is_ok(), "nobody unknown can reach anything, so nothing is missing");
    assert!(problem(&with(&format!("{group_block}{everyone_allow}"))).contains("unknown people may still reach it"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text =
        with("\n[[rule]]\ncode = \"r\"\naction = \"allow\"\ngroups = [\"elm\"]\nauthor = \"head\"\nreason = \"x\"\n");
    assert_eq!(compile(&text).unwrap_err().len(), 3, "no such group, about nothing, no end");
}

#[test]
fn a_misspelt_group_is_told_with_what_was_meant() {
    let text = with(
        "\n[[rule]]\ncode = \"r\"\naction = \"block\"\ngroups = [\"oka\"]\nhosts = [\"a.test\"]\nauthor = \"head\"\nreason = \"x\"\n",
    );
    assert!(problem(&text).ends_with("Did you mean “oak”?"), "{}", problem(&text));
}

#[test]
fn a_ruleset_file_gives_the_same_ruleset_or_nothing() {
    let ruleset = compile(GOOD).unwrap();
    let mut bytes = ruleset.save();
    let again = Ruleset::load(saved::open(&bytes).unwrap(), Arc::clone(ruleset.content())).unwrap();
    assert_eq!(again.id(), ruleset.id());
    for place in 0..bytes.len() {
        bytes[place] ^= 1;
        assert!(saved::open(&bytes).is_err(), "a changed byte at {place} went unseen");
        bytes[place] ^= 1;
    }
    for length in 0..bytes.len() {
        assert!(saved::open(&bytes[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn what_stays_open_is_kept_beside_the_ruleset() {
    let text = with(
        "\n[[lifeline]]\ncode = \"voice\"\ntitle = \"Speech\"\nhosts = [\"speech.test\"]\nauthor = \"head\"\nreason = \"x\"\n\n[[help]]\nhost = \"help.test\"\nname = \"Help\"\n\n[[help]]\nhost = \"Upper.Test\"\nname = \"Help\"\n\n[[help]]\nhost = \"*.star.test\"\nname = \"Help\"\n",
    );
    let kept = saved::save_always_open(&compile(&text).unwrap());
    let closed = Ruleset::closed(saved::open_always_open(&kept).unwrap());
    for host in ["speech.test", "www.help.test", "upper.test", "below.star.test", "childline.org.uk"] {
        assert!(closed.always_open(&holdfast_core::host::Host::parse(host).unwrap()), "{host}");
    }
    assert!(closed.is_closed());
}

#[test]
fn people_are_named_in_the_log_only_once_everybody_was_told() {
    let policy = policy::read("", GOOD).unwrap();
    let table = |told: &str| {
        let text = format!("version = 1\nschool = \"Test\"\n{told}");
        let source = people::read("people.toml", &text).unwrap();
        let document = people::Document { file: "people.toml", text: &text };
        people::compile(&source, &policy, "2026-11-22".parse().unwrap(), 1, document).unwrap().told
    };
    let whole = "[told]\nimpact_assessment = \"2026-09-01\"\nstaff = \"2026-09-02\"\nbands = [{ band = \"older\", date = \"2026-09-03\" }]\n";
    assert!(table(whole));
    assert!(!table(""));
    assert!(!table(&whole.replace("2026-09-01", "2026-12-01")), "an assessment that is still to come");
    assert!(!table(&whole.replace("staff = \"2026-09-02\"\n", "")), "staff were not told");
    assert!(!table(&whole.replace("older", "younger")), "this filter level was not told");
}

#[test]
fn holes_that_a_review_found_in_the_check_of_unknown_stay_shut() {
    let rule = |hosts: &str| {
        format!(
            "\n[[rule]]\ncode = \"b\"\naction = \"block\"\ngroups = [\"oak\"]\n{hosts}\nauthor = \"head\"\nreason = \"x\"\n"
        )
    };
    // Games let through for a time are not always blocked.
    let relaxed = "relax_gaming = { author = \"head\", reason = \"x\", ends = \"2026-12-18\" }";
    let games = GOOD
        .replace("block_categories = [\"gambling\"] }", &format!("block_categories = [\"gambling\"], {relaxed} }}"))
        .replace("[unknown]\ndefault = \"block\"", &format!("[unknown]\ndefault = \"allow\"\n{relaxed}"));
    assert!(
        problem(&format!("{games}{}", rule("categories = [\"gaming\"]"))).contains("unknown people may still reach it")
    );
    // Their own search tool is open to the unknown although their default is block.
    let tool =
        "\n[[search_tool]]\ncode = \"s\"\ntitle = \"S\"\nhosts = [\"search.test\"]\nhome = \"http://search.test/\"\n";
    let tools = GOOD
        .replace("block_categories = [\"gambling\"] }", "block_categories = [\"gambling\"], search_tools = [\"s\"] }")
        .replace("[unknown]\n", "[unknown]\nsearch_tools = [\"s\"]\n");
    assert!(
        problem(&format!("{tools}{tool}{}", rule("hosts = [\"search.test\"]")))
            .contains("unknown people may still reach it")
    );
    // A lesson that holds a class to its sites is nothing if whoever signs out has the web.
    let lesson = "\n[[lesson]]\ncode = \"exam\"\ntitle = \"Exam\"\ngroups = [\"oak\"]\nhosts = [\"exam.test\"]\nonly = true\nauthor = \"t\"\nstarts = \"2026-11-23\"\nends = \"2026-11-24\"\n";
    let open = GOOD.replace("[unknown]\ndefault = \"block\"", "[unknown]\ndefault = \"allow\"");
    assert!(problem(&format!("{open}{lesson}")).contains("holds its class to its sites"));
    assert!(compile(&with(lesson)).is_ok());
}

#[test]
fn the_problems_of_unknown_have_a_line() {
    let text = GOOD
        .replace("[unknown]\ndefault = \"block\"\nblock_categories = [\"gambling\"]", "[unknown]\ndefault = \"block\"");
    assert!(problem(&text).starts_with("policy.toml:14:"), "{}", problem(&text));
}

#[test]
fn help_and_lifelines_name_sites_and_no_whole_suffix() {
    let help = "\n[[help]]\nhost = \"*.co.uk\"\nname = \"Help\"\n";
    assert!(problem(&with(help)).contains("everything below a public suffix"));
    let lifeline =
        "\n[[lifeline]]\ncode = \"v\"\ntitle = \"V\"\nhosts = [\"com\"]\nauthor = \"head\"\nreason = \"x\"\n";
    assert!(problem(&with(lifeline)).contains("everything below a public suffix"));
}

#[test]
fn strict_search_may_be_off_for_staff_alone() {
    let off = |text: &str| text.replacen("default = \"allow\",", "default = \"allow\", strict_search = \"off\",", 1);
    let told = problem(&off(GOOD));
    assert!(told.starts_with("policy.toml:12: Strict search cannot be off here"), "{told}");
    assert!(told.contains("Write `strict` or `moderate`"), "{told}");
    assert!(compile(&off(&GOOD.replace("\"older\"", "\"staff\""))).is_ok());
    let unknown = GOOD.replace("[unknown]\n", "[unknown]\nstrict_search = \"off\"\n");
    let problems = compile(&unknown).unwrap_err();
    assert!(
        problems.iter().any(|problem| problem.to_string().starts_with("policy.toml:15: Strict search cannot be off"))
    );
}

#[test]
fn unknown_people_search_at_least_as_strictly_as_every_group() {
    let moderate = GOOD.replace("[unknown]\n", "[unknown]\nstrict_search = \"moderate\"\n");
    let told = problem(&moderate);
    assert!(told.contains("holds search engines less strictly (`moderate`) than “oak” does (`strict`)"), "{told}");
    let engines = GOOD.replace("[unknown]\n", "[unknown]\nengines_without_strict_mode = \"allow\"\n");
    let told = problem(&engines);
    assert!(told.contains("allows search engines without a strict mode, and “oak” does not"), "{told}");
    // A group without search tools may use no engine without a strict mode, and a search tool may be one.
    let tool =
        "\n[[search_tool]]\ncode = \"s\"\ntitle = \"S\"\nhosts = [\"search.test\"]\nhome = \"http://search.test/\"\n";
    let tools = GOOD.replace("[unknown]\n", "[unknown]\nsearch_tools = [\"s\"]\n");
    let told = problem(&format!("{tools}{tool}"));
    assert!(told.contains("give “oak” search tools too"), "{told}");
}

#[test]
fn resolver_names_are_labels_too_long_to_be_hit_upon_and_nobody_elses() {
    let policy = policy::read("", GOOD).unwrap();
    let table = |names: &[&str]| {
        let person = |(index, name): (usize, &&str)| {
            format!("[[person]]\nid = \"p{index}\"\ngroup = \"oak\"\nresolver_name = \"{name}\"\n")
        };
        let people: Vec<String> = names.iter().enumerate().map(person).collect();
        let text = format!("version = 1\nschool = \"Test\"\n{}", people.concat());
        let source = people::read("people.toml", &text).unwrap();
        let document = people::Document { file: "people.toml", text: &text };
        people::compile(&source, &policy, "2026-11-22".parse().unwrap(), 1, document)
    };
    let longest = format!("{}4", "a".repeat(62));
    let good = table(&["willow-4k7q2m", "1234567890", &longest]).unwrap();
    assert_eq!(good.resolver_names.len(), 3);
    assert_eq!(good.resolver_names["willow-4k7q2m"].as_str(), "p0");
    let too_long = format!("{}4", "a".repeat(63));
    for bad in [
        "",
        "willow7",
        "willow-4k",
        "willow-willow",
        "Willow-4k7q",
        "willow.4k7q",
        "-willow-4k7q",
        "willow-4k7q-",
        "xn--willow-4k7q",
        "wíllow-4k7q",
        &too_long,
    ] {
        let told = table(&["willow-4k7q2m", bad]).unwrap_err()[0].to_string();
        assert!(told.starts_with("people.toml:10: A resolver name is 10 to 63"), "{bad}: {told}");
    }
    let told = table(&["willow-4k7q2m", "willow-4k7q2m"]).unwrap_err()[0].to_string();
    assert!(told.starts_with("people.toml:10: Another person already has this resolver name"), "{told}");
}

#[test]
fn bindings_end_when_they_say() {
    let policy = policy::read("", GOOD).unwrap();
    let binding = |address: &str, until: &str| {
        format!("[[binding]]\naddress = \"{address}\"\ngroup = \"oak\"\nuntil = \"{until}\"\n")
    };
    let text = format!(
        "version = 1\nschool = \"Test\"\n{}{}[[binding]]\naddress = \"10.0.0.3\"\ngroup = \"oak\"\n",
        binding("10.0.0.1", "2026-11-23T16:00:00Z"),
        binding("10.0.0.2", "2026-11-23T12:00:00Z"),
    );
    let source = people::read("people.toml", &text).unwrap();
    let document = people::Document { file: "people.toml", text: &text };
    let table = people::compile(&source, &policy, "2026-11-22".parse().unwrap(), 1, document).unwrap();
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let (noon, four) = (micros("2026-11-23T12:00:00Z"), micros("2026-11-23T16:00:00Z"));
    let group_at = |address: &str, now_micros| {
        let source = address.parse().unwrap();
        let clues = Clues { listener: "", source, signed_in: None, resolver_name: None, now_micros };
        table.identify(&clues).group
    };
    let oak = Some("oak".into());
    assert_eq!((group_at("10.0.0.2", noon - 1), group_at("10.0.0.2", noon)), (oak.clone(), None));
    assert_eq!((group_at("10.0.0.1", noon), group_at("10.0.0.1", four)), (oak.clone(), None));
    assert_eq!(group_at("10.0.0.3", i64::MAX), oak);
}
