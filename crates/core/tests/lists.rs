//! Every list format, with good, bad and hostile lines.

use holdfast_core::{
    category::Category,
    host::Host,
    lists::{self, Entries, Format, Item, NameEntry, Scope, ServiceSet, Target, parse},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Instant,
};

fn names(entries: &Entries) -> Vec<String> {
    let mut names: Vec<String> = entries.names.iter().map(shown).collect();
    names.sort();
    names
}

fn shown(entry: &NameEntry) -> String {
    let mark = if entry.scope == Scope::Within { "+" } else { "=" };
    format!("{mark}{}", entry.name)
}

fn bad_lines(entries: &Entries) -> Vec<u32> {
    assert_eq!(entries.problems.len(), entries.problem_count);
    entries.problems.iter().map(|problem| problem.line.expect("every bad line has its number")).collect()
}

#[test]
fn plain_domains_reach_below_and_are_normalised() {
    let text = "\u{feff}# a comment\r\nCasino.Example.\r\n*.wide.example\n.dotted.example # why\n\nb\u{fc}cher.example\n\
                no spaces.example\ncom\n0x7f.1\nok.example";
    let entries = parse(Format::Domains, text.as_bytes());
    let expected =
        ["+casino.example", "+dotted.example", "+ok.example", "+wide.example", "+xn--bcher-kva.example", "=127.0.0.1"];
    assert_eq!(names(&entries), expected);
    assert_eq!(bad_lines(&entries), [7, 8]);
    assert_eq!(entries.lines, 10);
}

#[test]
fn hosts_files_name_single_hosts() {
    let text = "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n0.0.0.0 0.0.0.0\n0.0.0.0 A.example b.example # c.example\n\
                :: d.example\n203.0.113.7 moved.example\nnaked.example\nfe80::1%lo0 localhost\n0.0.0.0 bad..name good.example\n";
    let entries = parse(Format::Hosts, text.as_bytes());
    assert_eq!(names(&entries), ["=a.example", "=b.example", "=d.example", "=good.example"]);
    assert_eq!(bad_lines(&entries), [6, 7, 9]);
}

#[test]
fn dnsmasq_lines_block_or_leave_out() {
    let text = "address=/a.example/0.0.0.0\naddress=/b.example/c.example/#\nserver=/d.example/\nlocal=/e.example/\n\
                server=/open.d.example/#\nserver=/other.example/192.0.2.1\naddress=/#/0.0.0.0\ncache-size=10\n# note\naddress=//1.2.3.4";
    let entries = parse(Format::Dnsmasq, text.as_bytes());
    assert_eq!(names(&entries), ["+a.example", "+b.example", "+c.example", "+d.example", "+e.example"]);
    assert_eq!(entries.exceptions.iter().map(shown).collect::<Vec<_>>(), ["+open.d.example"]);
    assert_eq!(bad_lines(&entries), [6, 7, 8, 10]);
}

#[test]
fn adguard_rules_for_whole_sites_are_used_and_others_reported() {
    let text = "[Adblock Plus 2.0]\n! title\n||a.example^\n|b.example^\nc.example\n@@||good.a.example^\n/^ads[0-9]+\\./\n\
                ||d.example^$important\n@@||d.example^\n||e.example^$third-party\ne.example##.banner\n||f.example/path/x\n\
                ||g*tracker.example^\n||h.example^$badfilter\n||h.example^\n0.0.0.0 i.example\n||xxx^\n||*^\n/.*/\n# old comment\n\
                @@/expr/";
    let entries = parse(Format::Adguard, text.as_bytes());
    assert_eq!(names(&entries), ["+a.example", "+d.example", "+xxx", "=b.example", "=c.example", "=i.example"]);
    assert_eq!(entries.exceptions.iter().map(shown).collect::<Vec<_>>(), ["+good.a.example"]);
    assert_eq!(entries.urls, ["f.example/path/x".into()]);
    let patterns: Vec<&str> = entries.expressions.iter().map(|expression| expression.pattern.as_str()).collect();
    assert_eq!(patterns, ["^ads[0-9]+\\.", "(^|\\.)g.*tracker\\.example$"]);
    assert_eq!(bad_lines(&entries), [10, 11, 18, 19, 21]);
}

#[test]
fn an_important_block_outlives_exceptions_and_important_exceptions_win() {
    let text = "||a.example^$important\n@@||x.a.example^\n@@||y.a.example^$important\n@@||other.example^\n";
    let entries = parse(Format::Adguard, text.as_bytes());
    assert_eq!(entries.exceptions.iter().map(shown).collect::<Vec<_>>(), ["+y.a.example", "+other.example"]);
}

#[test]
fn url_entries_lose_scheme_user_port_and_fragment() {
    let mut text =
        b"http://User@A.example:8080/games/?x=1#top\nb.example/\nc.example\n[2001:db8::1]:80/p\nd.example?q\n\
                     /nothing\n# note\n"
            .to_vec();
    text.extend_from_slice(b"e.example/caf\xe9\n");
    let entries = parse(Format::Urls, &text);
    let urls: Vec<&str> = entries.urls.iter().map(AsRef::as_ref).collect();
    assert_eq!(urls[0], "a.example/games/?x=1");
    assert_eq!(urls[1], "2001:db8::1/p");
    assert_eq!(urls[2], "d.example/?q");
    assert!(urls[3].eq_ignore_ascii_case("e.example/caf%e9"), "{}", urls[3]);
    assert_eq!(names(&entries), ["+b.example", "+c.example"]);
    assert_eq!(bad_lines(&entries), [6]);
}

#[test]
fn expressions_are_checked_to_compile_and_not_to_match_everything() {
    let huge = format!("({}){{999}}", "[a-z]{999}".repeat(20));
    let text = format!("(casino|poker)[0-9]*\\.example\n# note\n(open\n.*\nx*\n{huge}\n");
    let entries = parse(Format::Expressions, text.as_bytes());
    assert_eq!(entries.expressions.len(), 1);
    assert_eq!(entries.expressions[0].target, Target::Address);
    assert_eq!(bad_lines(&entries), [3, 4, 5, 6]);
}

#[test]
fn services_include_one_another_with_filters() {
    let files: [(&str, &[u8]); 5] = [
        (
            "video",
            b"include:films\ninclude:clips @ads\ninclude:shop @-!cn\ninclude:missing\nfull:exact.example @cn # why\n",
        ),
        ("films", b"films.example\nregexp:^film[0-9]+\\.example$\ninclude:VIDEO\n"),
        ("clips", b"clips.example\nads.clips.example @ads\nkeyword:ab\nkeyword:clipword @ads\n"),
        ("shop", b"domain:shop.example\ndomain:abroad.example @!cn\n"),
        ("other", b"other.example\n"),
    ];
    let set = ServiceSet::read(files);
    let entries = set.entries("video");
    assert_eq!(names(&entries), ["+ads.clips.example", "+films.example", "+shop.example", "=exact.example"]);
    let patterns: Vec<&str> = entries.expressions.iter().map(|expression| expression.pattern.as_str()).collect();
    assert_eq!(patterns, ["^film[0-9]+\\.example$", "clipword"]);
    let problems: Vec<(&str, Option<u32>)> =
        entries.problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    assert_eq!(problems, [("films", Some(3)), ("clips", Some(3)), ("video", Some(4))]);
    assert!(set.entries("nowhere").is_empty());
    assert_eq!(bad_lines(&parse(Format::Services, b"include:x\na.example\nfull:b.example @\n")), [3, 1]);
}

#[test]
fn services_that_include_in_diamonds_cost_no_more_than_their_size() {
    let mut files: Vec<(String, Vec<u8>)> = (0..30)
        .map(|step| {
            (format!("s{step}"), format!("include:s{0}\ninclude:s{0}\ninclude:s{0} @x\n", step + 1).into_bytes())
        })
        .collect();
    files.push(("s30".into(), b"end.example @x\n".to_vec()));
    let set = ServiceSet::read(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    assert_eq!(names(&set.entries("s0")), ["+end.example"]);
}

#[test]
fn category_folders_know_usage_and_links() {
    let file = |text: &str| Item::File(text.as_bytes().to_vec());
    let items = BTreeMap::from([
        ("lists/betting/domains".to_owned(), file("casino.example\nbad name\n")),
        ("lists/betting/urls".to_owned(), file("news.example/bets\n")),
        ("lists/betting/usage".to_owned(), file("# black or white\nblack\n")),
        ("lists/lessons/domains".to_owned(), file("rivers.example\n")),
        ("lists/lessons/usage".to_owned(), file("white\n")),
        ("lists/hobby/cooking/domains".to_owned(), file("soup.example\n")),
        ("lists/gambling".to_owned(), Item::Link("./betting/".into())),
        ("lists/betting2".to_owned(), Item::Link("gambling".into())),
        ("lists/away".to_owned(), Item::Link("../../etc".into())),
        ("lists/round".to_owned(), Item::Link("round".into())),
        ("lists/README".to_owned(), file("hello")),
    ]);
    let (folders, problems) = lists::read_folders(&items);
    let told: Vec<(&str, Vec<String>, bool, usize)> = folders
        .iter()
        .map(|folder| (folder.name.as_str(), folder.aliases.clone(), folder.white, folder.entries.len()))
        .collect();
    let expected = [
        ("betting", vec!["betting2".to_owned(), "gambling".to_owned()], false, 2),
        ("hobby/cooking", vec![], false, 1),
        ("lessons", vec![], true, 1),
    ];
    assert_eq!(told, expected);
    assert_eq!(folders[0].entries.problems[0].to_string().split(": ").next(), Some("betting/domains:2"));
    assert_eq!(problems.iter().map(|problem| problem.file.as_str()).collect::<Vec<_>>(), ["away", "round"]);
}

#[test]
fn formats_are_told_from_name_and_lines() {
    let told = |text: &str, name: &str| lists::detect(text.as_bytes(), name);
    assert_eq!(told("a.example\n", "ut1/x/domains"), Format::SquidguardDomains);
    assert_eq!(told("", "expressions"), Format::Expressions);
    assert_eq!(told("# x\n0.0.0.0 a.example\n", "list.txt?raw=1"), Format::Hosts);
    assert_eq!(told("! x\n||a.example^\nb.example\n", "list"), Format::Adguard);
    assert_eq!(told("address=/a.example/0.0.0.0\n", "list"), Format::Dnsmasq);
    assert_eq!(told("include:a\nb.example\n", "list"), Format::Services);
    assert_eq!(told("a.example/path\nb.example/c\n", "list"), Format::Urls);
    assert_eq!(told("(a|b).*\\.example\n", "list"), Format::Expressions);
    assert_eq!(told("a.example\nb.example\n", "list"), Format::Domains);
    for format in Format::ALL {
        assert_eq!(Format::from_code(format.code()), Some(format));
    }
}

#[test]
fn hostile_files_cost_a_problem_and_no_more() {
    let mut text = vec![b'a'; 70_000];
    text.extend_from_slice(b"\n\xff\xfe.example\nok.example\n\0\0\0\n");
    let entries = parse(Format::Domains, &text);
    assert_eq!(names(&entries), ["+ok.example"]);
    assert_eq!(bad_lines(&entries), [1, 2, 4]);
    let utf16 = parse(Format::Domains, b"\xff\xfea\0.\0b\0\n\0");
    assert_eq!((utf16.len(), utf16.problem_count), (0, 1));
    let many = parse(Format::Domains, "bad name\n".repeat(5_000).as_bytes());
    assert_eq!((many.problems.len(), many.problem_count), (Entries::PROBLEMS_KEPT, 5_000));
}

#[test]
fn a_list_knows_which_hosts_it_reaches() {
    let entries = parse(
        Format::Adguard,
        b"||bad.example^\n@@||help.bad.example^\n||mixed.example/page\n/^line[0-9]+\\.example$/",
    );
    let reaches = |name: &str| !entries.reached(&[Host::parse(name).expect("a host")]).is_empty();
    assert!(
        reaches("bad.example") && reaches("www.bad.example") && reaches("mixed.example") && reaches("line7.example")
    );
    assert!(!reaches("help.bad.example") && !reaches("notbad.example") && !reaches("line.example"));
}

#[test]
fn a_host_is_reached_by_what_is_it_above_it_or_below_it() {
    let host = |text: &str| Host::parse(text).expect("a host");
    let hosts = [host("childline.example"), host("advice.org.example"), host("192.0.2.1")];
    let by = |format, text: &str| -> Vec<String> {
        let entries = parse(format, text.as_bytes());
        entries.reaching(&hosts).iter().map(|reach| format!("{} by {}", reach.host, reach.by)).collect()
    };
    assert_eq!(by(Format::Hosts, "0.0.0.0 www.childline.example"), ["childline.example by www.childline.example"]);
    assert_eq!(by(Format::Hosts, "0.0.0.0 org.example"), Vec::<String>::new(), "a hosts file reaches no further");
    assert_eq!(by(Format::Domains, "org.example"), ["advice.org.example by org.example"]);
    assert_eq!(by(Format::Urls, "org.example/page"), ["advice.org.example by org.example/page"]);
    assert_eq!(by(Format::Urls, "a.childline.example/x"), ["childline.example by a.childline.example/x"]);
    assert_eq!(by(Format::Adguard, r"/^www\.childline\./"), [r"childline.example by ^www\.childline\."]);
    assert_eq!(by(Format::Domains, "192.0.2.1\n192.0.2.2\nnotchildline.example"), ["192.0.2.1 by 192.0.2.1"]);
    let excepted = "||www.childline.example^\n@@||www.childline.example^\n||org.example^\n@@|advice.org.example^";
    // An exception for the host alone leaves what is below it blocked.
    assert_eq!(by(Format::Adguard, excepted), ["advice.org.example by org.example"]);
}

#[test]
fn an_exception_for_a_public_suffix_is_a_bad_line() {
    let adguard = "||a.com^\n@@||com^\n@@||co.uk^$important\n@@||good.com^\n@@|co.uk^\n@@||192.0.2.1^";
    let entries = parse(Format::Adguard, adguard.as_bytes());
    assert_eq!(entries.exceptions.iter().map(shown).collect::<Vec<_>>(), ["+good.com", "=co.uk", "=192.0.2.1"]);
    assert_eq!(bad_lines(&entries), [2, 3]);
    let entries = parse(Format::Dnsmasq, b"server=/com/#\nserver=/good.com/#\n");
    assert_eq!((entries.exceptions.len(), bad_lines(&entries)), (1, vec![1]));
}

#[test]
fn entries_that_are_excepted_do_not_count_as_effective() {
    let text = "||a.test^\n||b.test^\n||x.b.test^\n|c.test^\n||d.test/page\n@@||b.test^\n@@|c.test^\n@@|a.test^";
    let entries = parse(Format::Adguard, text.as_bytes());
    assert_eq!((entries.len(), entries.effective()), (5, 2), "a and all below it, and the page");
    assert_eq!(parse(Format::Domains, b"a.test\nb.test").effective(), 2);
}

#[test]
fn stars_around_a_name_are_dropped_and_others_are_bad_lines() {
    let entries = parse(Format::Domains, b"*.a.example/*\nb.example/*\nads*.example.com\n*\nx.*.example\n");
    assert_eq!(names(&entries), ["+a.example", "+b.example"]);
    assert_eq!(bad_lines(&entries), [3, 4, 5]);
    let entries = parse(Format::Hosts, b"0.0.0.0 ads*.example\n0.0.0.0 *.below.example\n");
    assert_eq!((names(&entries), bad_lines(&entries)), (vec!["+below.example".to_owned()], vec![1]));
    let entries = parse(Format::Urls, b"*.a.example/x/*\nb*.example/x\nc.example/*\n");
    assert_eq!(entries.urls, ["a.example/x".into()]);
    assert_eq!((names(&entries), bad_lines(&entries)), (vec!["+c.example".to_owned()], vec![2]));
}

#[test]
fn the_starter_set_is_clean_small_and_within_what_may_be_shipped() {
    let mut size = lists::STARTER_NOTICES.len();
    for list in lists::starter() {
        let entries = parse(list.format, list.bytes);
        assert_eq!(entries.problem_count, 0, "{}: {:?}", list.id, entries.problems.first());
        assert!(entries.len() >= 3, "{} has {} entries", list.id, entries.len());
        assert!(["MIT", "CC0-1.0", "Unlicense", "MIT and CC0-1.0"].contains(&list.licence));
        size += list.bytes.len();
        let unshippable = [
            Category::Pornography,
            Category::Hatred,
            Category::Extremism,
            Category::Gambling,
            Category::Illegal,
            Category::AdultContent,
        ];
        assert!(!unshippable.contains(&list.category));
    }
    assert!(size <= 600 * 1024, "the starter set has {size} bytes");
}

#[test]
fn help_and_learning_are_in_no_starter_list() {
    let open = [
        "childline.org.uk",
        "www.childline.org.uk",
        "samaritans.org",
        "nspcc.org.uk",
        "talktofrank.com",
        "www.nhs.uk",
        "gov.uk",
        "www.gov.uk",
        "themix.org.uk",
        "papyrus-uk.org",
        "ceop.police.uk",
        "iwf.org.uk",
        "stonewall.org.uk",
        "switchboard.lgbt",
        "brook.org.uk",
        "wikipedia.org",
        "bbc.co.uk",
        "khanacademy.org",
        "microsoft.com",
        "login.microsoftonline.com",
        "teams.microsoft.com",
        "classroom.google.com",
        "accounts.google.com",
        "fonts.gstatic.com",
        "ajax.googleapis.com",
        "shoutcrisis.org.uk",
        "kooth.com",
        "beateatingdisorders.org.uk",
        "youngminds.org.uk",
        "github.com",
    ];
    for list in lists::starter() {
        let entries = parse(list.format, list.bytes);
        let hosts: Vec<Host> = open.iter().map(|name| Host::parse(name).expect("a host")).collect();
        let mut reaches = entries.reaching(&hosts);
        // This one has services of other kinds below its name (an assistant, a shop), which are rightly listed.
        let is_broad = |host: &Host| host.as_str() == "microsoft.com";
        reaches.retain(|reach| !is_broad(reach.host) || reach.host.is_within(&reach.by));
        assert!(reaches.is_empty(), "{} reaches {reaches:?}", list.id);
    }
}

#[test]
fn the_published_taxonomy_is_the_one_in_use() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/taxonomy.md");
    let expected = lists::mapping_table_as_markdown();
    if std::env::var_os("HOLDFAST_UPDATE").is_some() {
        std::fs::write(&page, &expected).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&page).expect("docs/taxonomy.md");
    assert!(found == expected, "docs/taxonomy.md is not the taxonomy in use; renew it as its first lines say");
    assert_eq!(lists::map_category("ut1", "gambling"), Some(Category::Gambling));
    assert_eq!(lists::map_category("ut1", "examen_pix"), None);
    assert_eq!(lists::map_category("ut1", "never heard of"), None);
}

/// A reading, not a timed test: printed by `cargo test --release -- --nocapture a_million_names`.
#[test]
fn a_million_names_are_all_read() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for number in 0..1_000_000_u32 {
        writeln!(text, "www{number}.some-site-{}.example", number % 5_000).expect("a string takes it");
    }
    let start = Instant::now();
    let entries = parse(Format::Domains, text.as_bytes());
    println!("1,000,000 names were read in {:?}", start.elapsed());
    assert_eq!((entries.names.len(), entries.problem_count), (1_000_000, 0));
}

fn sets(entries: &Entries) -> impl PartialEq + std::fmt::Debug + use<> {
    let exceptions: BTreeSet<String> = entries.exceptions.iter().map(shown).collect();
    let urls: BTreeSet<String> = entries.urls.iter().map(ToString::to_string).collect();
    let expressions: BTreeSet<String> =
        entries.expressions.iter().map(|expression| expression.pattern.clone()).collect();
    let names: BTreeSet<String> = entries.names.iter().map(shown).collect();
    (names, exceptions, urls, expressions, entries.problem_count, entries.lines)
}

/// Lines as lists have them, and as they should not.
fn a_line() -> impl Strategy<Value = String> {
    let name = "[a-c]{1,3}\\.(example|test|A.example)";
    prop_oneof![
        name,
        name.prop_map(|name| format!("||{name}^")),
        name.prop_map(|name| format!("@@||{name}^")),
        name.prop_map(|name| format!("||{name}^$important")),
        name.prop_map(|name| format!("||{name}^$badfilter")),
        name.prop_map(|name| format!("0.0.0.0 {name}")),
        name.prop_map(|name| format!("address=/{name}/#")),
        name.prop_map(|name| format!("full:{name} @ads")),
        name.prop_map(|name| format!("http://{name}/path")),
        "[a-c.*+()|^$/#@! :=]{0,12}",
    ]
}

proptest! {
    // A failing case is printed whole; it is then written down as a test of its own.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(format in any::<u8>(), bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let entries = parse(Format::from_byte(format), &bytes);
        prop_assert!(entries.problems.len() <= entries.problem_count);
        lists::detect(&bytes, "list");
    }

    #[test]
    fn the_order_of_lines_does_not_matter(
        format in any::<u8>(),
        (lines, shuffled) in proptest::collection::vec(a_line(), 0..40)
            .prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
    ) {
        let format = Format::from_byte(format);
        // A blank last line is no line, so a visible one is put at the end of both.
        let read = |lines: &[String]| parse(format, format!("{}\nend.example\n", lines.join("\n")).as_bytes());
        prop_assert_eq!(sets(&read(&lines)), sets(&read(&shuffled)));
    }
}
