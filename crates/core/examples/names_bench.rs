//! Measures the compiled lists: memory a name, time a look-up, time to compile and to load.
//!
//! `cargo run --release -p holdfast-core --example names_bench -- [FILE]`, where each line of the file is a name and,
//! after a space, the list it belongs to (`names` if there is none); a name with a path is a URL entry. Without a file, a million made-up names in forty
//! lists. Prints one `key=value` a line, for `cargo xtask bench`.

use holdfast_core::{
    address::{Address, Scheme},
    category::Category,
    host::Host,
    lists::{Entries, Expression, NameEntry, Scope, Target},
    request::Request,
    ruleset::{
        content::{Compiled, Content, ContentBuilder, ListFacts, TextFile},
        sealed::SealedTier,
    },
};
use std::{collections::BTreeMap, error::Error, fs, hint::black_box, time::Instant};

/// How many hosts one pass asks about: many more than a processor's caches hold records for.
const HOSTS: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let input = match std::env::args().nth(1) {
        Some(path) => fs::read_to_string(path)?,
        None => made_up(1_050_000),
    };
    let mut lists: BTreeMap<&str, Entries> = BTreeMap::new();
    let mut listed: Vec<&str> = Vec::new();
    for line in input.lines() {
        let (name, list) = line.split_once(' ').unwrap_or((line, "names"));
        let entries = lists.entry(list).or_default();
        if name.contains('/') {
            entries.urls.push(name.into());
        } else {
            entries.names.push(NameEntry { name: name.into(), scope: Scope::Within });
            listed.push(name);
        }
    }
    let entries: usize = lists.values().map(Entries::len).sum();
    println!("lists={}\nentries={entries}\npeak_before_compile_kib={}", lists.len(), status("VmHWM")?);

    let started = Instant::now();
    let mut builder = ContentBuilder::new(1);
    for (number, (id, entries)) in lists.into_iter().enumerate() {
        builder.add(facts(id, number), entries);
    }
    let Compiled { content, text, problems } = builder.finish();
    println!(
        "compile_ms={}\ncompile_peak_kib={}\nproblems={}",
        milliseconds(started),
        status("VmHWM")?,
        problems.len()
    );

    let folder = std::env::temp_dir().join(format!("holdfast-names-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let (content_path, text_path) = (folder.join("content"), folder.join("text"));
    content.write(&mut std::io::BufWriter::new(fs::File::create(&content_path)?))?;
    text.write(&mut std::io::BufWriter::new(fs::File::create(&text_path)?))?;
    let (hash, names) = (content.hash(), content.names());
    drop((content, text));

    let started = Instant::now();
    let content = Content::read(&mut fs::File::open(&content_path)?)?;
    println!("load_ms={}\nfile_bytes={}", milliseconds(started), fs::metadata(&content_path)?.len());
    assert_eq!(content.hash(), hash, "what is loaded is what was written");
    println!("names={names}\ncontent_bytes={}", content.bytes());
    println!("bytes_per_name={:.2}", ratio(content.bytes(), usize::try_from(names)?));

    measure(&content, &listed);

    let mut file = TextFile::open(fs::File::open(&text_path)?)?;
    let started = Instant::now();
    let asked = listed.iter().step_by((listed.len() / 1_000).max(1));
    let verified = asked.clone().map(|name| file.lists_holding(name).map(|ids| usize::from(!ids.is_empty())));
    let verified: usize = verified.sum::<Result<usize, _>>()?;
    println!("verify_us={:.1}", 1_000.0 * milliseconds(started) / ratio(asked.len(), 1));
    assert_eq!(verified, asked.len(), "every name that went in is in the text");
    fs::remove_dir_all(&folder)?;
    measure_the_rest();
    Ok(())
}

/// What names are not: 200 expressions behind their gate, and a sealed tier of 10,000 entries, both asked about
/// addresses that they do not hold.
fn measure_the_rest() {
    let expressions = (0..200).map(|number| Expression {
        target: if number % 2 == 0 { Target::Host } else { Target::Address },
        pattern: format!("(^|[-./_])(play|bet|spin){number}([-./_]|$)"),
    });
    let mut builder = ContentBuilder::new(1);
    builder.add(facts("expressions", 0), Entries { expressions: expressions.collect(), ..Entries::default() });
    let lines: Vec<String> = (0..10_000).map(|number| format!("sealed-{number}.test/page/{number}")).collect();
    builder.add_sealed(SealedTier::build("tier", "1", [1; 32], lines.iter().map(String::as_str)).0);
    let content = builder.finish().content;
    let addresses: Vec<Address> = (0..100_000)
        .filter_map(|number| Address::parse(&format!("http://www.river-{number}.example/lessons/{number}?week=1")).ok())
        .collect();
    let expressions = median(&addresses, |address| {
        black_box(content.labels(&Request::whole(black_box(address))));
    });
    let sealed = median(&addresses, |address| {
        black_box(content.sealed(&Request::whole(black_box(address))));
    });
    println!("expressions_200_ns={expressions:.1}\nsealed_10000_ns={sealed:.1}");
    let mut written = Vec::new();
    content.write(&mut written).expect("writing to memory");
    let started = Instant::now();
    black_box(Content::read(&mut written.as_slice()).is_ok());
    println!("expressions_200_load_ms={}", milliseconds(started));
}

/// Nanoseconds a call: the median over slices short enough that the system seldom interrupts one.
fn median<T>(all: &[T], mut call: impl FnMut(&T)) -> f64 {
    let mut readings: Vec<f64> = all
        .chunks(2_000)
        .map(|slice| {
            let started = Instant::now();
            slice.iter().for_each(&mut call);
            started.elapsed().as_secs_f64() * 1e9 / ratio(slice.len(), 1)
        })
        .collect();
    readings.sort_by(f64::total_cmp);
    readings[readings.len() / 2]
}

/// Look-ups of listed hosts, of hosts below listed ones, of others, and of whole addresses.
fn measure(content: &Content, listed: &[&str]) {
    // A stride that is no divisor visits the names in an order that no cache can guess.
    let pick = |number: usize| listed[(number * 7_919) % listed.len()];
    // What is no host, such as a name below an IP address, is passed over.
    let hosts = |form: &dyn Fn(usize) -> String| -> Vec<Host> {
        (0..HOSTS).filter_map(|number| Host::parse(&form(number)).ok()).collect()
    };
    let hits = hosts(&|number| pick(number).to_owned());
    let below = hosts(&|number| format!("www.cdn{}.{}", number % 10, pick(number)));
    let misses = hosts(&|number| format!("www.unlisted-{number}.school-{}.example", number % 999));
    for (name, hosts) in [("hit", hits), ("below", below), ("miss", misses)] {
        let mut found = 0_usize;
        let lookup = median(&hosts, |host| {
            found += usize::from(!content.labels(&Request::name_only(black_box(host))).is_empty());
        });
        println!("lookup_{name}_ns={lookup:.1}\nlookup_{name}_found={:.3}", ratio(found, hosts.len()));
        let path = "/lessons/rivers/page-3.html?week=12&lang=en";
        let build = median(&hosts, |host| {
            black_box(Address::from_parts(Scheme::Http, black_box(host).clone(), 80, black_box(path)));
        });
        let addresses: Vec<Address> =
            hosts.into_iter().map(|host| Address::from_parts(Scheme::Http, host, 80, path)).collect();
        let whole = median(&addresses, |address| {
            black_box(content.labels(&Request::whole(black_box(address))));
        });
        println!("address_{name}_ns={whole:.1}\naddress_build_{name}_ns={build:.1}");
    }
}

fn facts(id: &str, number: usize) -> ListFacts {
    ListFacts {
        id: id.into(),
        title: id.to_owned(),
        category: Category::ALL[number % Category::ALL.len()],
        source: "benchmark".to_owned(),
        licence: "none".to_owned(),
        fetched: None,
        entries: 0,
    }
}

/// Made-up names, a tenth of them in two lists, as in real lists.
fn made_up(count: u64) -> String {
    use std::fmt::Write as _;
    let mut state = 0x1234_5678_9abc_def0_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::new();
    for _ in 0..count {
        let (number, list) = (random(), random() % 40);
        let length = 4 + usize::try_from(number % 12).unwrap_or_default();
        let name = format!("{:x}-{:x}", number, number.rotate_left(20));
        let end = ["test", "example", "sch.example", "co.test"][usize::try_from(number % 4).unwrap_or_default()];
        let name = format!("n{}.{end}", &name[..length.min(name.len() - 1)].trim_end_matches('-'));
        writeln!(text, "{name} list-{list}").expect("writing to memory");
        if number % 25 == 0 {
            writeln!(text, "{name}/pages/{list}?id={number} list-{list}").expect("writing to memory");
        }
        if number % 10 == 0 {
            writeln!(text, "{name} list-{}", (list + 7) % 40).expect("writing to memory");
        }
    }
    text
}

fn milliseconds(started: Instant) -> f64 {
    (started.elapsed().as_secs_f64() * 1e5).round() / 100.0
}

fn ratio(one: usize, other: usize) -> f64 {
    f64::from(u32::try_from(one).unwrap_or(u32::MAX)) / f64::from(u32::try_from(other).unwrap_or(u32::MAX))
}

/// A line of the process's own status, in KiB; zero where the system has none.
fn status(key: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    Ok(line.and_then(|line| line.split_whitespace().next()).unwrap_or("0").parse()?)
}
