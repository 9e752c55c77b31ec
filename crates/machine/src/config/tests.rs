//! What a config says, and what it is told where it says it wrongly.

use super::*;
use holdfast_gateway::{destination::Destinations, dns::settings::BlockAnswer};
use std::{fs, net::IpAddr};

const OLD: &str = "data = \"data\"\n[web]\nlisten = [\"127.0.0.1:8080\"]\naddress = \"http://filter.school.example:8080/\"\n\
                   [[proxy]]\nname = \"proxy\"\nlisten = [\"127.0.0.1:3128\"]\n";
const NAMES: &str = "[dns]\nupstream = [\"192.0.2.53\", \"tls://192.0.2.54#dns.provider.example\"]\nblock = \"own-address\"\n\
                     own_addresses = [\"192.0.2.10\"]\nresolver_name = \"dns.school.example\"\nclients = [\"10.0.0.0/8\"]\n\
                     longest_answer_seconds = 30\ncache_megabytes = 4\n\
                     [[dns.listener]]\nname = \"names\"\nplain = [\"127.0.0.1:53\"]\ntls = [\"127.0.0.1:853\"]\nhttps = [\"127.0.0.1:443\"]\n\
                     [[dns.local]]\nnames = [\"corp.school.example\"]\nupstream = [\"10.0.0.2\"]\n";

fn read(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("holdfast.toml");
    fs::write(&file, text).unwrap();
    Config::read(&file).map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_config_from_before_reads_as_before() {
    let config = read(OLD).unwrap();
    assert_eq!((config.dns.as_ref(), config.page_door.as_ref(), config.needs_tls()), (None, None, false));
    assert_eq!(config.dns_settings(Destinations::default()), Ok(None));
}

#[test]
fn doors_for_connections_that_are_turned_aside_are_read() {
    let head = &OLD[..OLD.find("[[proxy]]").unwrap()];
    let door = |listen: &str, mode: &str| {
        read(&format!("{head}[[transparent]]\nname = \"aside\"\nlisten = [{listen}]\nmode = \"{mode}\"\n"))
    };
    let config = door("\"0.0.0.0:3129\", \"[::]:3129\"", "tproxy").unwrap();
    assert!(config.takes_as_they_are() && !config.needs_tls());
    let purposes: Vec<String> = config.sockets().into_iter().map(|socket| socket.purpose).collect();
    assert_eq!(purposes[1..], ["the transparent door “aside”", "the transparent door “aside”"]);
    let again: Config = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
    assert!(!door("\"10.1.0.1:3129\"", "redirect").unwrap().takes_as_they_are());
    assert!(door("", "redirect").unwrap_err().contains("no address to listen on"));
    assert!(door("\"127.0.0.1:3129\"", "redirect").unwrap_err().contains("inner address"));
    assert!(door("\"0.0.0.0:3129\"", "nat").unwrap_err().contains("redirect"));
    let twice = format!("{OLD}[[transparent]]\nname = \"proxy\"\nlisten = [\"0.0.0.0:3129\"]\nmode = \"redirect\"\n");
    assert!(read(&twice).unwrap_err().contains("Two listeners have the name “proxy”"));
}

#[test]
fn the_name_service_gets_what_the_config_says() {
    let config = read(&format!("{OLD}{NAMES}")).unwrap();
    let settings = config.dns_settings(Destinations::default()).unwrap().unwrap();
    let texts = |hosts: &[Host]| hosts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(settings.block, BlockAnswer::OwnAddress);
    assert_eq!(settings.own_addresses, ["192.0.2.10".parse::<IpAddr>().unwrap()]);
    assert_eq!(
        texts(&settings.own_names),
        ["dns.school.example", "filter.school.example", "wpad", "wpad.school.example"]
    );
    assert_eq!(settings.resolver_name.as_ref().map(Host::as_str), Some("dns.school.example"));
    assert_eq!(settings.encrypted_ports, (Some(853), Some(443)));
    assert_eq!(settings.longest_answer.as_secs(), 30);
    assert_eq!(settings.why_address, "http://filter.school.example:8080/stopped");
    let forwarding = &settings.forwarding;
    assert_eq!((forwarding.upstreams.len(), forwarding.local.len(), forwarding.cache_bytes), (2, 1, 4 * 1024 * 1024));
    assert_eq!(texts(&forwarding.local[0].names), ["corp.school.example"]);

    let source = config.tls_source();
    assert_eq!(source.folder, Path::new("data/tls"));
    assert_eq!(
        texts(&source.hosts),
        ["127.0.0.1", "192.0.2.10", "dns.school.example", "filter.school.example", "localhost"]
    );
    assert_eq!(source.personal_below.as_ref().map(Host::as_str), Some("dns.school.example"));
    assert!(config.needs_tls());
    // What the demonstration writes reads again.
    let again: Config = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
}

#[test]
fn authorities_that_cannot_be_read_are_told() {
    let config =
        read(&format!("{OLD}{NAMES}").replace("cache_megabytes = 4", "authorities = \"no-such-file.pem\"")).unwrap();
    let fault = config.dns_settings(Destinations::default()).unwrap_err();
    assert!(fault.contains("no-such-file.pem") && fault.contains("[dns] authorities"), "{fault}");
}

#[test]
fn mistakes_are_told_with_line_and_cure() {
    let good = format!("{OLD}{NAMES}");
    for (right, wrong, words) in [
        (
            "[\"127.0.0.1:853\"]",
            "[\"127.0.0.1:443\"]",
            "127.0.0.1:443 stands for the name service “names” over TLS and for the name service “names” over HTTPS",
        ),
        (
            "[\"127.0.0.1:3128\"]",
            "[]\ntls = [\"127.0.0.1:8080\"]",
            "127.0.0.1:8080 stands for our own pages and for the proxy “proxy” over TLS",
        ),
        ("\"192.0.2.53\"", "\"dns.provider.example\"", "is not a name service"),
        ("own-address", "own-adress", "own-adress"),
        ("longest_answer_seconds = 30", "longest_answer_seconds = 0", "must be at least 1"),
        ("resolver_name = \"dns.school.example\"", "resolver_name = \"192.0.2.1\"", "is not a name"),
        ("upstream = [\"10.0.0.2\"]", "upstream = []", "[[dns.local]]"),
        ("[\"corp.school.example\"]", "[\"corp school\"]", "“corp school” under"),
        ("plain = [\"127.0.0.1:53\"]\ntls = [\"127.0.0.1:853\"]\nhttps = [\"127.0.0.1:443\"]", "", "has no address"),
        ("[dns]\n", "[tls]\ncertificate = \"a\"\n[dns]\n", "belong together"),
        ("[dns]\n", "[tls]\nnames = [\"a b\"]\n[dns]\n", "neither a name nor an address"),
        ("[dns]\n", "[page_door]\nlisten = []\n[dns]\n", "no address to listen on"),
        ("cache_megabytes", "cache_megabyte", "Did you mean `cache_megabytes`?"),
    ] {
        let text = good.replacen(right, wrong, 1);
        assert_ne!(text, good, "{right}");
        let fault = read(&text).unwrap_err();
        assert!(fault.contains(words) && fault.contains("holdfast.toml:"), "{wrong}: {fault}");
    }
    let fault =
        read(&good.replace(
            "[[dns.local]]",
            "[[dns.listener]]\nname = \"names\"\nplain = [\"127.0.0.1:5353\"]\n[[dns.local]]",
        ))
        .unwrap_err();
    assert!(fault.contains("Two listeners of the name service"), "{fault}");
    let nothing = OLD.replace("listen = [\"127.0.0.1:3128\"]", "listen = []");
    assert!(read(&nothing).unwrap_err().contains("nothing would be filtered"));
    assert!(read(&format!("{nothing}{NAMES}")).is_ok(), "names alone are a filter as well");
}
