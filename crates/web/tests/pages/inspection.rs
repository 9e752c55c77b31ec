//! What we cannot see, opening secure pages, and the certificate that devices are given.

use super::*;
use holdfast_activity::suggestions::Suggestions;
use holdfast_web::{CertificateShown, InspectionHealth};

const OPENS: &str = "inspection = { extent = \"everything\" }\n";
const DER: &[u8] = b"\x30\x82 not a certificate, but these very bytes";

fn certificate(name: &str, days: i64) -> CertificateShown {
    let fingerprint: Vec<_> = (0..32_u8)
        .map(|byte| format!("{:02X}", byte.wrapping_mul(37).wrapping_add(u8::try_from(days % 251).unwrap())))
        .collect();
    CertificateShown {
        name: name.to_owned(),
        fingerprint: fingerprint.join(":"),
        expires: now() + SignedDuration::from_hours(24 * days),
        pem: "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n".into(),
        der: DER.into(),
    }
}

fn inspection() -> InspectionHealth {
    InspectionHealth {
        opens: true,
        current: Some(certificate("CN=Brook Lane School web filter 2026", 300)),
        ..InspectionHealth::default()
    }
}

/// The same with one to come, as while rolling over.
fn rolling() -> InspectionHealth {
    InspectionHealth {
        next: Some(certificate("CN=Brook Lane School web filter 2027", 900)),
        switches: Some(now() + SignedDuration::from_hours(24 * 20)),
        ..inspection()
    }
}

/// A policy that opens everything for the group Rowan.
fn opening_ruleset() -> Ruleset {
    ruleset_of(&POLICY.replacen("[group.judging]\n", &format!("[group.judging]\n{OPENS}"), 1))
}

fn with(inspection: Option<InspectionHealth>, recent: Arc<Recent>) -> Sources {
    let mut sources = sources(opening_ruleset(), recent, false);
    sources.settings.own_origin = String::from("http://filter.school.example:8080/");
    sources.health = Arc::new(move || Health { inspection: inspection.clone(), ..well() });
    sources
}

fn suggested(names: &[&str]) -> InspectionHealth {
    let folder = tempfile::tempdir().unwrap();
    let suggestions = Suggestions::load(&folder.path().join("suggestions.json"), now());
    let events: Vec<_> =
        names.iter().flat_map(|name| [complaint(name, "10.0.0.1"), complaint(name, "10.0.0.2")]).collect();
    suggestions.record_all(&events);
    suggestions.record_all(&[seen(Some("Rowan"), "https", Visibility::Whole, None)]);
    InspectionHealth { suggestions: suggestions.waiting(&opening_ruleset()), ..inspection() }
}

/// A school that opens pages, rolls its authority over, and has something waiting.
pub(crate) fn with_everything() -> Sources {
    with(
        Some(InspectionHealth { suggestions: suggested(&["app.example", "other.example"]).suggestions, ..rolling() }),
        day(),
    )
}

fn complaint(host: &str, client: &str) -> Event {
    let Event::Request(mut event) = event("p-mia", Some("Rowan"), client, host, Outcome::Failed, 90) else {
        unreachable!()
    };
    event.scheme = "tunnel".into();
    event.entry = Some("client-distrusts unknown-ca".into());
    Event::Request(event)
}

fn seen(group: Option<&str>, scheme: &str, visibility: Visibility, unopened: Option<&str>) -> Event {
    let Event::Request(mut event) = event("p-mia", group, "10.9.8.6", "app.example", Outcome::Allowed, 60) else {
        unreachable!()
    };
    event.scheme = scheme.into();
    event.visibility = visibility;
    event.unopened = unopened.map(Into::into);
    event.bytes_down = 50_000;
    Event::Request(event)
}

/// What Rowan saw: 30 whole, 60 by name, 10 not at all; Alder too little to be told.
fn day() -> Arc<Recent> {
    let recent = some_recent(Limits::default());
    let mut events = vec![seen(Some("Rowan"), "https", Visibility::Whole, None); 29];
    events.extend(vec![seen(Some("Rowan"), "tunnel", Visibility::NameOnly, Some("private")); 60]);
    events.extend(vec![seen(Some("Rowan"), "tunnel", Visibility::Nothing, Some("group")); 10]);
    events.extend(vec![seen(Some("Rowan"), "dns", Visibility::NameOnly, None); 1_200]);
    events.extend(vec![seen(Some("Alder"), "tunnel", Visibility::NameOnly, Some("group")); 3]);
    recent.record_all(&events);
    recent
}

#[tokio::test]
async fn the_status_page_tells_by_group_what_was_seen_and_why_not_more() {
    let site = start(with(Some(inspection()), day())).await;
    let (_, page) = get(site.addresses[0], "/").await;
    for said in [
        "<h2 id=\"unseen\">What we cannot see</h2>",
        "data-label=\"Seen whole\"> <span class=\"list amount\">30 requests</span><span class=\"list amount\">1.4 MB</span>",
        "data-label=\"By name only\"> <span class=\"list amount\">60 requests</span><span class=\"list amount\">3.0 MB</span>",
        "data-label=\"Not at all\"> <span class=\"list amount\">fewer than 20 requests</span></td>",
        "and 1,200 look-ups of names",
        "<span class=\"list\">a private kind of site</span>",
        "nothing more is opened for the group: fewer than 20",
        "data-label=\"By name only\"> <span class=\"list amount\">fewer than 20 requests</span></td>",
        "<span class=\"list amount\">requests: not told</span>",
        ">Everybody<",
        "Holds until</dt><dd>18 September 2027, in 300 days",
        "Secure pages are opened where the policy says so.",
        "Nothing waits for a person.",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
    assert!(!page.contains(" %</strong>"), "30 % and 60 % of a hundred would tell the ten");
    let recent = some_recent(Limits::default());
    recent.record_all(&vec![seen(Some("Rowan"), "tunnel", Visibility::NameOnly, Some("private")); 59]);
    recent.record_all(&vec![seen(Some("Rowan"), "https", Visibility::Whole, None); 19]);
    let (_, page) = get(start(with(None, recent)).await.addresses[0], "/").await;
    assert!(page.contains("<strong>25 %</strong> <span class=\"list amount\">20 requests</span>"), "{page}");
    let nobody = start(with(None, Arc::new(Recent::new(Limits::default())))).await;
    let (_, page) = get(nobody.addresses[0], "/").await;
    assert!(
        page.contains("Nothing was let through yet.") && page.contains("Secure pages are not opened here."),
        "{page}"
    );
    // Strangers are shown none of it.
    let (_, brief) = ask(site.addresses[0], "/", PASSED_ON).await;
    assert!(brief.contains("href=\"/certificate\""), "{brief}");
    assert!(!brief.contains("What we cannot see") && !brief.contains("Rowan") && !brief.contains("30 %"), "{brief}");
}

#[tokio::test]
async fn an_authority_that_cannot_be_used_or_that_rolls_over_is_told() {
    let broken = InspectionHealth { opens: false, ..inspection() };
    let (_, page) = get(start(with(Some(broken), day())).await.addresses[0], "/").await;
    assert!(page.contains("What the policy wants opened is refused."), "{page}");
    let (_, page) = get(start(with(Some(InspectionHealth::default()), day())).await.addresses[0], "/").await;
    assert!(page.contains("There is no authority, so nothing is opened."), "{page}");
    let (_, page) = get(start(with(Some(rolling()), day())).await.addresses[0], "/").await;
    assert!(page.contains("Next authority") && page.contains("It takes over on 12 December 2026"), "{page}");
}

#[tokio::test]
async fn suggestions_stand_on_the_status_page_with_evidence_and_what_to_add() {
    let health = suggested(&["app.example", "other.example"]);
    let site = start(with(Some(health.clone()), day())).await;
    let (_, page) = get(site.addresses[0], "/").await;
    for said in [
        "<h4>app.example</h4>",
        "Could not be opened on 2 devices or more, fewer than 20 times. Groups: Rowan.",
        "First on 22 November 2026, last on 22 November 2026.",
        "These lines would be for the group Rowan, and for nobody else.",
        "the program does not trust our certificate (TLS alert unknown-ca): fewer than 20",
        "Against it: opened pages of this host worked fewer than 20 times meanwhile, on 1 device.",
        "[[left_unopened]]\ncode = &#34;app-example&#34;",
        "holdfast inspection dismiss",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
    assert!(!page.contains("10.0.0.1") && !page.contains("p-mia") && !page.contains("One device so far"));
    let (_, brief) = ask(site.addresses[0], "/", PASSED_ON).await;
    assert!(!brief.contains("app.example"));
    let (_, numbers) = get(site.addresses[0], "/metrics").await;
    assert!(numbers.contains("holdfast_inspection_suggestions 2\n") && !numbers.contains("app.example"), "{numbers}");

    // A host that became a partner is not shown, even while an old look at the queue still has it (practice 11).
    let mut sources = with(Some(health), day());
    let rules = POLICY.replacen("[group.judging]\n", &format!("[group.judging]\n{OPENS}"), 1);
    let rules = ruleset_of(&format!("{rules}\n[[partner]]\nhost = \"app.example\"\nname = \"Social care\"\n"));
    sources.ruleset = watch::channel(Arc::new(rules)).1;
    let site = start(sources).await;
    let (_, page) = get(site.addresses[0], "/").await;
    assert!(!page.contains("app.example") && page.contains("<h4>other.example</h4>"), "{page}");
    assert!(get(site.addresses[0], "/metrics").await.1.contains("holdfast_inspection_suggestions 1\n"));
}

#[tokio::test]
async fn more_suggestions_than_anybody_reads_are_counted() {
    let names: Vec<_> = (0..40).map(|number| format!("app-{number}.example")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let site = start(with(Some(suggested(&names)), day())).await;
    let (_, page) = get(site.addresses[0], "/").await;
    assert_eq!(page.matches("<h4>").count(), 25);
    assert!(page.contains("15 more: <code>holdfast inspection suggestions</code>"), "{page}");
}

#[tokio::test]
async fn stopped_tells_the_readers_group_how_much_the_filter_sees_in_its_own_words() {
    let site = start(with(Some(inspection()), day())).await;
    let (_, page) = get(site.addresses[0], "/stopped").await;
    assert!(
        page.contains("The filter can see which sites are used. In the last day it saw inside some pages."),
        "{page}"
    );
    assert!(!page.contains("Rowan") && !page.contains(" %"), "{page}");

    let recent = Recent::new(Limits::default());
    recent.record(&event("p-tom", Some("Alder"), "127.0.0.1", "casino.example", Outcome::Blocked, 60));
    recent.record_all(&vec![seen(Some("Alder"), "tunnel", Visibility::NameOnly, Some("group")); 19]);
    let recent = Arc::new(recent);
    let site = start(with(None, Arc::clone(&recent))).await;
    let (_, page) = get(site.addresses[0], "/stopped").await;
    assert!(page.contains("Too little was asked for"), "{page}");
    recent.record(&seen(Some("Alder"), "https", Visibility::Whole, None));
    let (_, page) = get(site.addresses[0], "/stopped").await;
    assert!(page.contains("for your group in the last 24 hours, the filter saw 5 % whole, 95 % by the name"), "{page}");
}

#[tokio::test]
async fn the_numbers_tell_the_shares_by_neutral_code() {
    let site = start(with(Some(inspection()), day())).await;
    let (_, text) = get(site.addresses[0], "/metrics").await;
    for said in [
        "holdfast_seen_requests_total{group=\"Rowan\",visibility=\"whole\"} 30\n",
        "holdfast_seen_requests_total{group=\"Rowan\",visibility=\"name-only\"} 60\n",
        "holdfast_seen_bytes_total{group=\"Rowan\",visibility=\"name-only\"} 3000000\n",
        "holdfast_left_unopened_total{group=\"Rowan\",reason=\"private\"} 60\n",
        "holdfast_inspection_opens 1\n",
        "holdfast_inspection_suggestions 0\n",
        "holdfast_inspection_authority_end_timestamp_seconds 1821264365\n",
    ] {
        assert!(text.contains(said), "lacks {said}:\n{text}");
    }
    assert!(!text.contains("Alder") && !text.contains("visibility=\"nothing\"") && !text.contains("reason=\"group\""));
}

#[tokio::test]
async fn what_one_device_alone_complained_of_is_marked_so() {
    let folder = tempfile::tempdir().unwrap();
    let suggestions = Suggestions::load(&folder.path().join("suggestions.json"), now());
    suggestions.record_all(&[complaint("app.example", "10.0.0.1")]);
    let health = InspectionHealth { suggestions: suggestions.waiting(&opening_ruleset()), ..inspection() };
    let (_, page) = get(start(with(Some(health), day())).await.addresses[0], "/").await;
    for said in [
        "<h4>app.example <span class=\"govuk-tag govuk-tag--yellow\">One device so far</span></h4>",
        "Look at that device first:",
        "Could not be opened on one device so far, fewer than 20 times.",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
}

/// The bytes of an answer's body, which need not be text.
async fn bytes(address: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    timeout(Duration::from_secs(20), stream.read_to_end(&mut all)).await.unwrap().unwrap();
    let end = all.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8(all[..end].to_vec()).unwrap().to_lowercase(), all[end..].to_vec())
}

#[tokio::test]
async fn the_certificate_can_be_compared_and_had_in_every_form() {
    let site = start(with(Some(rolling()), day())).await;
    let address = site.addresses[0];
    let (status, page) = ask(address, "/certificate", PASSED_ON).await;
    assert_eq!(status, 200, "anybody on the network may have it");
    let shown = certificate("", 300).fingerprint;
    let first: Vec<_> = shown.split(':').take(8).collect();
    for said in [
        format!("<code>{}</code>", first.join(" ")).as_str(),
        "What it means for privacy",
        "src=\"/certificate/code.svg\"",
        "http://filter.school.example:8080/certificate<",
        "It takes over on 12 December 2026.",
        "href=\"/certificate/next.crt\"",
        "CN=Brook Lane School web filter 2027",
    ] {
        assert!(page.contains(said), "lacks “{said}”:\n{page}");
    }
    assert!(!page.contains("style=") && page.matches("<script").count() == 1);
    for (path, kind, name) in [
        ("/certificate/holdfast.crt", "application/x-x509-ca-cert", "holdfast-certificate.crt"),
        ("/certificate/next.crt", "application/x-x509-ca-cert", "holdfast-certificate-next.crt"),
        ("/certificate/holdfast.pem", "application/x-pem-file", "holdfast-certificate.pem"),
        ("/certificate/next.pem", "application/x-pem-file", "holdfast-certificate-next.pem"),
    ] {
        let (head, body) = bytes(address, path).await;
        assert!(head.contains(&format!("content-type: {kind}\r\n")), "{path}: {head}");
        assert!(head.contains(&format!("content-disposition: attachment; filename=\"{name}\"\r\n")), "{path}: {head}");
        assert!(if kind.contains("x509") { body == DER } else { body.starts_with(b"-----BEGIN CERTIFICATE-----") });
    }
    let (head, picture) = bytes(address, "/certificate/code.svg").await;
    let picture = String::from_utf8(picture).unwrap();
    assert!(head.contains("content-type: image/svg+xml") && picture.contains("<svg") && picture.ends_with("</svg>"));
    assert!(!picture.contains("style=") && !picture.contains("<script"));
}

#[tokio::test]
async fn the_profile_for_apple_is_well_formed_whatever_the_school_is_called() {
    let mut sources = with(Some(rolling()), day());
    let school = School { name: "St. Mary's <&> \u{1}\"Co\" School".to_owned(), ..(*sources.school).clone() };
    sources.school = Arc::new(school);
    let site = start(sources).await;
    let (head, body) = bytes(site.addresses[0], "/certificate/holdfast.mobileconfig").await;
    assert!(head.contains("content-type: application/x-apple-aspen-config\r\n"), "{head}");
    let text = String::from_utf8(body).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\"") && text.trim_end().ends_with("</plist>"));
    assert!(text.contains("St. Mary&#39;s &#60;&#38;&#62; &#34;Co&#34; School: web filter"), "{text}");
    assert!(!text.contains("<&>") && !text.contains('\u{1}'));
    assert_eq!(text.matches("com.apple.security.root").count(), 2, "the present one and the next");
    assert!(text.contains("<data>MIIgbm90IGEgY2VydGlmaWNhdGUs"), "{text}");
    let ids: std::collections::BTreeSet<_> =
        text.split("<key>PayloadUUID</key><string>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(ids.len(), 3, "each has its own");
    for id in ids {
        let parts: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.as_bytes()[14], b'8');
    }
}

#[tokio::test]
async fn without_an_authority_there_is_no_certificate_page() {
    let paths = routes::all().map(|route| route.path).filter(|path| path.starts_with("/certificate"));
    let paths: Vec<_> = paths.collect();
    assert_eq!(paths.len(), 7);
    for health in [None, Some(InspectionHealth::default())] {
        let site = start(with(health, day())).await;
        for path in &paths {
            let (status, page) = get(site.addresses[0], path).await;
            assert!(status == 404 && page.contains("There is no such page here"), "{path}: {page}");
        }
        assert!(!ask(site.addresses[0], "/", PASSED_ON).await.1.contains("/certificate"));
    }
    let site = start(with(Some(inspection()), day())).await;
    for path in ["/certificate/next.crt", "/certificate/next.pem"] {
        assert_eq!(get(site.addresses[0], path).await.0, 404, "{path}");
    }
    let mut unnamed = with(Some(inspection()), day());
    unnamed.settings.own_origin = String::new();
    let site = start(unnamed).await;
    assert!(!get(site.addresses[0], "/certificate").await.1.contains("code.svg"));
    assert_eq!(get(site.addresses[0], "/certificate/code.svg").await.0, 404);
}
