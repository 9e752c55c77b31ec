use super::*;
use std::process::Command;

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn settings() -> PacSettings {
    PacSettings {
        own_hosts: vec![host("holdfast.school.example"), host("10.0.0.2")],
        proxies: vec![
            ProxyAddress { host: host("10.0.0.2"), port: 3128, tls: false },
            ProxyAddress { host: host("fd00::2"), port: 3129, tls: true },
        ],
        direct_networks: vec!["10.20.0.0/15".parse().unwrap(), "fd00:1::/33".parse().unwrap()],
        direct_names: vec![".intranet.example".into(), "Printer.school.example".into()],
    }
}

/// What the file answers for each address and host, under node; `None` where node is not installed.
fn answers(file: &str, questions: &[(&str, &str)]) -> Option<Vec<String>> {
    let questions = serde_json::to_string(questions).unwrap();
    // A file is read by engines that know no newer words, so strict mode stands in for their narrowness.
    let script = format!(
        "\"use strict\";{file}\nconsole.log(JSON.stringify({questions}.map(function (q) {{ return FindProxyForURL(q[0], q[1]); }})));"
    );
    let Ok(output) = Command::new("node").arg("-e").arg(script).output() else {
        crate::skipped::because("node is not installed, so the PAC file could not be run");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn each_address_goes_its_way() {
    let proxy = "PROXY 10.0.0.2:3128; HTTPS [fd00::2]:3129";
    let cases = [
        ("holdfast.school.example", "DIRECT"),
        ("HOLDFAST.school.example.", "DIRECT"),
        ("10.0.0.2", "DIRECT"),
        ("10.0.0.3", proxy),
        ("localhost", "DIRECT"),
        ("app.localhost", "DIRECT"),
        ("127.0.0.1", "DIRECT"),
        ("127.200.1.1", "DIRECT"),
        ("::1", "DIRECT"),
        ("[::1]", "DIRECT"),
        ("intranet", "DIRECT"),
        ("print-server_2", "DIRECT"),
        ("intranet.example", "DIRECT"),
        ("a.b.intranet.example", "DIRECT"),
        ("notintranet.example", proxy),
        ("printer.school.example", "DIRECT"),
        ("x.printer.school.example", proxy),
        ("10.20.1.1", "DIRECT"),
        ("10.21.255.255", "DIRECT"),
        ("10.22.0.0", proxy),
        ("fd00:1::1", "DIRECT"),
        ("fd00:1:7fff::1", "DIRECT"),
        ("fd00:1:8000::1", proxy),
        ("[fd00:1::1]", "DIRECT"),
        // Without a dot, but no plain name: these would be a way round the gate.
        ("2606:4700::1111", proxy),
        ("[2606:4700::1111]", proxy),
        ("2130706433", proxy),
        ("::ffff:127.0.0.1", proxy),
        ("127.0.0.999", proxy),
        ("127.0.0.1.evil.example", proxy),
        ("10.20.1.1.nip.example", proxy),
        ("casino.example", proxy),
        ("localhost.casino.example", proxy),
        ("xlocalhost.example", proxy),
        ("", proxy),
        ("::", proxy),
        ("1::2::3", proxy),
    ];
    let urls: Vec<String> = cases.iter().map(|(host, _)| format!("https://{host}/")).collect();
    let questions: Vec<_> = cases.iter().zip(&urls).map(|((host, _), url)| (url.as_str(), *host)).collect();
    let Some(answers) = answers(&pac(&settings()), &questions) else { return };
    for ((host, expected), answer) in cases.iter().zip(answers) {
        assert_eq!(answer, *expected, "{host}");
    }
}

#[test]
fn every_answer_is_the_proxy_alone_or_direct_alone() {
    let text = pac(&settings());
    assert!(!text.contains("; DIRECT"), "no way past the gate when it is away");
    assert!(!text.contains("dnsResolve") && !text.contains("isInNet") && !text.contains("isResolvable"));
}

#[test]
fn without_a_proxy_nothing_outside_is_reached() {
    let Some(answers) =
        answers(&pac(&PacSettings::default()), &[("http://a.example/", "a.example"), ("http://x/", "x")])
    else {
        return;
    };
    assert_eq!(answers, [NOWHERE, "DIRECT"]);
}

#[test]
fn a_nasty_name_stays_a_string() {
    let nasty = "\"];function FindProxyForURL(){return 'DIRECT'}//\\\n</script>\u{2028}é😀";
    let settings = PacSettings { direct_names: vec![nasty.into()], ..settings() };
    let text = pac(&settings);
    assert!(text.is_ascii());
    assert_eq!(text.matches("function FindProxyForURL").count(), 1);
    let Some(answers) = answers(&text, &[("http://casino.example/", "casino.example"), ("x", nasty)]) else { return };
    assert!(answers[0].starts_with("PROXY"));
    assert_eq!(answers[1], "DIRECT");
}
