//! What monitors read: whether it is ready, and the numbers.

use super::*;

fn records() -> RecordsHealth {
    RecordsHealth {
        answers: true,
        schema: 9,
        last_backup: Some(now() - SignedDuration::from_hours(8)),
        last_checkpoint: Some(now() - SignedDuration::from_mins(20)),
        checkpoint_copied: Some(true),
        log_verified: Some(now() - SignedDuration::from_hours(7)),
        log_whole: Some(true),
        calendar_ends: Some(now() + SignedDuration::from_hours(24 * 200)),
        calendar_is_short: Some(false),
        open_questions: Some(0),
    }
}

#[tokio::test]
async fn monitors_are_told_how_the_records_stand() {
    let ask_with = async |records: Option<RecordsHealth>, path: &str, header: &'static str| {
        let mut sources = sources(ruleset(), some_recent(Limits::default()), false);
        sources.health = Arc::new(move || Health { records: records.clone(), ..well() });
        let site = start(sources).await;
        let (status, text) = ask(site.addresses[0], path, header).await;
        (status, text.split_once("\r\n\r\n").unwrap().1.to_owned())
    };
    let (_, numbers) = ask_with(Some(records()), "/metrics", "").await;
    for line in [
        "holdfast_store_up 1",
        "holdfast_store_schema 9",
        "holdfast_checkpoint_copied 1",
        "holdfast_audit_whole 1",
        "holdfast_calendar_short 0",
        "holdfast_settings_open_questions 0",
    ] {
        assert!(numbers.lines().any(|found| found == line), "{line} in {numbers}");
    }
    for name in ["backup", "checkpoint", "audit_verified", "calendar_end"] {
        assert!(numbers.contains(&format!("\nholdfast_{name}_timestamp_seconds 1")), "{name} in {numbers}");
    }
    let (_, numbers) = ask_with(None, "/metrics", "").await;
    assert!(!numbers.contains("holdfast_store_up"), "before a school is set up there is nothing to tell");

    // The filter does without the records: clients are sent here all the same, and whoever sits here is told.
    assert_eq!(ask_with(Some(records()), "/readyz", "").await, (200, "ready\n".to_owned()));
    let amiss = RecordsHealth {
        answers: false,
        last_backup: None,
        checkpoint_copied: Some(false),
        log_whole: Some(false),
        calendar_is_short: Some(true),
        open_questions: Some(2),
        ..records()
    };
    let (status, text) = ask_with(Some(amiss.clone()), "/readyz", "").await;
    assert_eq!((status, text.lines().count()), (200, 7), "{text}");
    assert_eq!(ask_with(Some(amiss.clone()), "/readyz", PASSED_ON).await, (200, "ready\n".to_owned()), "no live holes");
    let (_, numbers) = ask_with(Some(amiss), "/metrics", "").await;
    for line in ["holdfast_store_up 0", "holdfast_audit_whole 0", "holdfast_settings_open_questions 2"] {
        assert!(numbers.lines().any(|found| found == line), "{line} in {numbers}");
    }
}

#[tokio::test]
async fn clients_are_sent_here_only_while_rules_log_and_names_work() {
    let ask_with = async |health: Health, header: &'static str| {
        let mut sources = sources(ruleset(), some_recent(Limits::default()), false);
        sources.health = Arc::new(move || health.clone());
        let site = start(sources).await;
        let (status, text) = ask(site.addresses[0], "/readyz", header).await;
        (status, text.split_once("\r\n\r\n").unwrap().1.to_owned())
    };
    assert_eq!(ask_with(well(), "").await, (200, "ready\n".to_owned()));
    let without = Health { name_service: None, ..well() };
    assert_eq!(ask_with(without, "").await.0, 200, "a school may run the proxy alone");

    let mut names = name_service();
    names.upstreams[0].works = false;
    let silent = Health { name_service: Some(names), ..well() };
    let said = "names: no upstream name service answers\n".to_owned();
    assert_eq!(ask_with(silent.clone(), "").await, (503, said));
    let brief = "not ready: look at the status page on the computer that runs Holdfast\n".to_owned();
    assert_eq!(ask_with(silent, PASSED_ON).await, (503, brief));

    let mut names = name_service();
    names.upstreams[2].works = false;
    let silent = Health { name_service: Some(names), ..well() };
    let said = "names: no name service answers for names in school.example\n".to_owned();
    assert_eq!(ask_with(silent, "").await, (503, said));

    let mut names = name_service();
    names.asks_outside = true;
    assert_eq!(ask_with(Health { name_service: Some(names.clone()), ..well() }, "").await.0, 200);
    names.upstreams.retain(|upstream| upstream.zone.is_some());
    let alone = Health { name_service: Some(names.clone()), ..well() };
    assert_eq!(
        ask_with(alone.clone(), "").await,
        (503, "names: there is no upstream name service to ask\n".to_owned())
    );
    let mut sources_alone = sources(ruleset(), some_recent(Limits::default()), false);
    sources_alone.health = Arc::new(move || alone.clone());
    let site = start(sources_alone).await;
    assert!(get(site.addresses[0], "/").await.1.contains("Names cannot be found at present"));
    names.asks_outside = false;
    let staying = Health { name_service: Some(names), ..well() };
    assert_eq!(ask_with(staying, "").await.0, 200, "a demonstration asks nobody");

    let alarm = health().journal.alarm;
    let unwritten = Health { journal: health::Health { alarm, ..well().journal }, ..well() };
    let (status, text) = ask_with(unwritten, "").await;
    assert!(status == 503 && text.starts_with("log: the activity log cannot be written"), "{text}");

    let mut sources = sources(Ruleset::closed(AlwaysOpen::default()), some_recent(Limits::default()), false);
    sources.health = Arc::new(well);
    let site = start(sources).await;
    let (status, text) = get(site.addresses[0], "/readyz").await;
    assert!(status == 503 && text.ends_with("closed: only help and lifelines are open\n"), "{text}");
}

#[tokio::test]
async fn the_numbers_are_for_monitors_and_name_nobody() {
    let site = start(sources(ruleset(), some_recent(Limits::default()), true)).await;
    let (status, text) = get(site.addresses[0], "/metrics").await;
    assert_eq!(status, 200);
    assert!(text.contains("application/openmetrics-text; version=1.0.0"));
    for said in [
        "holdfast_build_info{version=\"0.1.0\"} 1\n",
        "holdfast_requests_total{outcome=\"blocked\"} 5\n",
        "holdfast_events_lost_total{class=\"allowed\"} 1312\n",
        "holdfast_events_lost_total{class=\"blocked\"} 31\n",
        "holdfast_log_writing 0\n",
        "holdfast_closed 0\n",
        "holdfast_policy_version 3\n",
        "holdfast_names_loaded 1\n",
        "holdfast_lists_held 1\n",
        "holdfast_lists_stale 2\n",
        "holdfast_certificate_end_timestamp_seconds 1797936365\n",
        "holdfast_dns_questions_total{door=\"udp\"} 980400\n",
        "holdfast_dns_strict_total 512\n",
        "holdfast_dns_cache_hits_total 731900\n",
        "holdfast_dns_upstream_up{upstream=\"192.0.2.53:53\",zone=\"\"} 1\n",
        "holdfast_dns_upstream_up{upstream=\"tls://192.0.2.54:853#dns.provider.example\",zone=\"\"} 0\n",
        "holdfast_dns_upstream_up{upstream=\"10.0.0.5:53\",zone=\"school.example\"} 1\n",
        "holdfast_dns_upstream_seconds{upstream=\"192.0.2.53:53\",zone=\"\"} 0.014\n",
        "holdfast_dns_upstreams 2\n",
        "# EOF\n",
    ] {
        assert!(text.contains(said), "lacks {said}:\n{text}");
    }
    for hidden in ["p-mia", "casino", "rivers", "10.9.8.7", "127.0.0.1", "4242", "4,242"] {
        assert!(!text.contains(hidden), "tells “{hidden}”:\n{text}");
    }
    // The demo shows everybody its pages, and the numbers to nobody from elsewhere all the same.
    let (status, text) = ask(site.addresses[0], "/metrics", PASSED_ON).await;
    let (_, nowhere) = ask(site.addresses[0], "/nowhere", PASSED_ON).await;
    let body = |text: &str| text.split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!((status, body(&text)), (404, body(&nowhere)), "as if it were not there");
}

#[tokio::test]
async fn a_monitor_in_the_network_reads_the_numbers_where_it_is_listed() {
    let Some(address) = outside_address() else {
        crate::skipped::because("this machine has only loopback addresses");
        return;
    };
    for (listed, expected) in [("2001:db8::/32".parse().unwrap(), 404), (IpNet::from(address), 200)] {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let outside = listener.local_addr().unwrap();
        let mut sources = sources(ruleset(), some_recent(Limits::default()), false);
        sources.settings.metrics_from = vec![listed];
        tokio::spawn(serve(vec![listener], sources, std::future::pending()));
        assert_eq!(ask(outside, "/metrics", "").await.0, expected);
        assert_eq!(ask(outside, "/metrics", PASSED_ON).await.0, 404);
    }
}
