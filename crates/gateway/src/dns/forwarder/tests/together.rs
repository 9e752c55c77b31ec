//! Several upstreams, several clients, and what is owed to each.

use super::*;

/// A port where nobody listens.
async fn nobody() -> UpstreamAddress {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    socket.local_addr().unwrap().to_string().parse().unwrap()
}

fn ask_all(
    forwarder: &Arc<Forwarder>,
    asks: impl Iterator<Item = (Ask, Caller)>,
) -> Vec<tokio::task::JoinHandle<Outcome>> {
    asks.map(|(ask, caller)| {
        let forwarder = Arc::clone(forwarder);
        tokio::spawn(async move { forwarder.ask(ask, caller).await })
    })
    .collect()
}

#[tokio::test]
async fn the_same_question_is_asked_once() {
    let server = Server::start(|asked| vec![Act::Later(Duration::from_millis(100), asked.answer(GOOD))]).await;
    let (forwarder, counters) = start(forwarding([server.plain()]));
    for asking in ask_all(&forwarder, (0..100).map(|last| (question("rivers.example"), caller(last)))) {
        assert_eq!(address(asking.await.unwrap()), GOOD);
    }
    assert_eq!(server.asked("rivers.example").len(), 1);
    assert_eq!(counters.forwarded.load(Relaxed), 1);
}

#[tokio::test]
async fn the_next_upstream_is_asked_when_one_hangs_and_the_silent_one_is_set_aside() {
    let silent = Server::start(|_| Vec::new()).await;
    let good = Server::start(|asked| vec![Act::Say(asked.answer(GOOD))]).await;
    let (forwarder, _) = start(forwarding([silent.plain(), good.plain()]));
    for number in 0..3 {
        assert_eq!(address(forwarder.ask(question(&format!("n{number}.example")), caller(1)).await), GOOD);
    }
    assert_eq!(address(forwarder.ask(question("quick.example"), caller(1)).await), GOOD);
    assert!(silent.asked("quick.example").is_empty(), "the one that hangs is asked no more");
    // Whether it is to blame, or the names, is found out with a question of our own.
    until(|| !forwarder.standings()[0].works).await;
    let standings = forwarder.standings();
    assert!(standings[1].works);
    assert!(standings[0].last_fault.as_ref().unwrap().contains("does not answer") && standings[1].takes.is_some());
}

#[tokio::test]
async fn an_upstream_that_comes_back_is_asked_again() {
    let is_up = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let watched = Arc::clone(&is_up);
    let first = Server::start(move |asked| {
        let code = if watched.load(Relaxed) { 0 } else { 5 };
        vec![Act::Say(asked.answer_with(code, GOOD, 300))]
    })
    .await;
    let second = Server::start(|asked| vec![Act::Say(asked.answer(BAD))]).await;
    let (forwarder, _) = start(forwarding([first.plain(), second.plain()]));
    for number in 0..3 {
        assert_eq!(address(forwarder.ask(question(&format!("n{number}.example")), caller(1)).await), BAD);
    }
    until(|| !forwarder.standings()[0].works).await;
    is_up.store(true, Relaxed);
    until(|| forwarder.standings()[0].works).await;
    assert_eq!(address(forwarder.ask(question("back.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn failures_refusals_and_nonsense_lead_to_the_next() {
    let broken = Server::start(|asked| {
        let mut bytes = asked.answer(BAD);
        match asked.name.as_str() {
            "failed.example" => bytes = asked.answer_with(2, BAD, 0),
            "refused.example" => bytes = asked.answer_with(5, BAD, 0),
            // Says that there are more records than there are.
            "nonsense.example" => bytes[7] = 9,
            _ => {}
        }
        vec![Act::Say(bytes)]
    })
    .await;
    let good = Server::start(|asked| vec![Act::Say(asked.answer(GOOD))]).await;
    // Had anybody to wait for the next, it would take too long.
    let settings = Forwarding { patience: Duration::from_secs(20), ..forwarding([broken.plain(), good.plain()]) };
    let (forwarder, _) = start(settings);
    for name in ["failed", "refused", "nonsense"] {
        assert_eq!(address(forwarder.ask(question(&format!("{name}.example")), caller(1)).await), GOOD, "{name}");
    }
    let (forwarder, _) = start(forwarding([broken.plain()]));
    for (name, fault) in [("failed", AskFault::Failed), ("refused", AskFault::Refused), ("nonsense", AskFault::Failed)]
    {
        let outcome = forwarder.ask(question(&format!("{name}.example")), caller(1)).await;
        assert_eq!(outcome.unwrap_err(), fault, "{name}");
    }
}

#[tokio::test]
async fn where_none_works_all_are_tried_at_once() {
    let refuse = |asked: &Asked| vec![Act::Say(asked.answer_with(5, BAD, 0))];
    let silent =
        Server::start(move |asked| if asked.name == "late.example" { Vec::new() } else { refuse(asked) }).await;
    let back = Server::start(move |asked| match asked.name.as_str() {
        "late.example" => vec![Act::Say(asked.answer(GOOD))],
        _ => refuse(asked),
    })
    .await;
    let settings = Forwarding {
        patience: Duration::from_secs(20),
        limit: Duration::from_secs(30),
        ..forwarding([silent.plain(), back.plain()])
    };
    let (forwarder, _) = start(settings);
    for number in 0..3 {
        let outcome = forwarder.ask(question(&format!("n{number}.example")), caller(1)).await;
        assert_eq!(outcome.unwrap_err(), AskFault::Refused);
    }
    until(|| forwarder.standings().iter().all(|standing| !standing.works)).await;
    let asked = timeout(Duration::from_secs(10), forwarder.ask(question("late.example"), caller(1)));
    assert_eq!(address(asked.await.expect("nobody waits for the silent one")), GOOD);
}

#[tokio::test]
async fn a_broken_zone_is_not_asked_for_again_at_once() {
    let server = Server::start(|asked| vec![Act::Say(asked.answer_with(2, BAD, 0))]).await;
    let (forwarder, counters) = start(forwarding([server.plain()]));
    for _ in 0..20 {
        assert_eq!(forwarder.ask(question("broken.example"), caller(1)).await.unwrap_err(), AskFault::Failed);
    }
    assert_eq!(server.asked("broken.example").len(), 1);
    assert_eq!(counters.failed.load(Relaxed), 20);
}

#[tokio::test]
async fn one_client_does_not_crowd_out_others_and_nobody_crowds_out_help() {
    let server =
        Server::start(
            |asked| {
                if asked.name.starts_with("slow") { Vec::new() } else { vec![Act::Say(asked.answer(GOOD))] }
            },
        )
        .await;
    let settings = Forwarding { limit: Duration::from_secs(4), ..forwarding([server.plain()]) };
    let (forwarder, _) = start(settings);
    let slow = |number: usize| question(&format!("slow{number}.example"));
    let _waiting = ask_all(&forwarder, (0..128).map(|number| (slow(number), caller(1))));
    until(|| forwarder.shared.counters.forwarded.load(Relaxed) == 128).await;
    assert_eq!(forwarder.ask(question("rivers.example"), caller(1)).await.unwrap_err(), AskFault::Crowded);
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(2)).await), GOOD);
    // Every place taken: 32 clients with 128 questions each.
    let everybody = (1..32_u8).flat_map(|client| (0..128).map(move |number| (client, number)));
    let _crowd = ask_all(
        &forwarder,
        everybody.map(|(client, number)| (slow(usize::from(client) * 128 + number), caller(client + 1))),
    );
    until(|| forwarder.shared.counters.forwarded.load(Relaxed) >= 4_096).await;
    assert_eq!(forwarder.ask(question("hills.example"), caller(200)).await.unwrap_err(), AskFault::Crowded);
    assert_eq!(address(forwarder.ask(question("help.example"), helper(200)).await), GOOD);
    assert_eq!(address(forwarder.ask(question("lifeline.example"), helper(1)).await), GOOD);
    let found = (forwarder.look_up())("proxy.example".into()).await.unwrap();
    assert_eq!(found, [IpAddr::from(GOOD)], "the proxy has its own places");
}

#[tokio::test]
async fn the_schools_own_names_go_to_its_own_servers_alone() {
    let outside = Server::start(|asked| vec![Act::Say(asked.answer(BAD))]).await;
    let directory = Server::start(|asked| vec![Act::Say(asked.answer([10, 0, 0, 7]))]).await;
    let inner = Server::start(|asked| vec![Act::Say(asked.answer([10, 0, 0, 8]))]).await;
    let zone =
        |name: &str, upstreams: Vec<UpstreamAddress>| LocalZone { names: vec![Host::parse(name).unwrap()], upstreams };
    let settings = Forwarding {
        local: vec![
            zone("school.example", vec![directory.plain()]),
            zone("labs.school.example", vec![inner.plain()]),
            zone("dead.example", vec![nobody().await]),
            zone("empty.example", Vec::new()),
        ],
        ..forwarding([outside.plain()])
    };
    let (forwarder, _) = start(settings);
    for (name, expected) in [
        ("school.example", [10, 0, 0, 7]),
        ("files.school.example", [10, 0, 0, 7]),
        ("pc7.labs.school.example", [10, 0, 0, 8]),
        ("preschool.example", BAD),
    ] {
        assert_eq!(address(forwarder.ask(question(name), caller(1)).await), expected, "{name}");
    }
    for name in ["dead.example", "www.empty.example"] {
        assert_eq!(forwarder.ask(question(name), caller(1)).await.unwrap_err(), AskFault::NoUpstream, "{name}");
    }
    // A service's name is no host, and stays inside all the same.
    let service = Ask { name: b"\x05_ldap\x04_tcp\x06school\x07example\0".as_slice().into(), ..question("a.example") };
    assert_eq!(address(forwarder.ask(service, caller(1)).await), [10, 0, 0, 7]);
    let outside: Vec<_> = outside.asked.lock().unwrap().iter().map(|asked| asked.name.clone()).collect();
    assert!(outside.iter().all(|name| name.is_empty() || name == "preschool.example"), "{outside:?}");
    assert_eq!(forwarder.standings().len(), 4);
}

#[tokio::test]
async fn the_proxy_tells_a_missing_name_from_a_broken_service() {
    let server = Server::start(|asked| match asked.name.as_str() {
        "missing.example" => vec![Act::Say(asked.answer_with(3, BAD, 0))],
        "empty.example" => vec![Act::Say({
            let mut bytes = asked.answer_with(0, BAD, 0)[..asked.question_end()].to_vec();
            bytes[7] = 0;
            bytes
        })],
        "broken.example" => vec![Act::Say(asked.answer_with(2, BAD, 0))],
        _ => vec![Act::Say(asked.answer(GOOD))],
    })
    .await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    let resolver = crate::destination::Resolver::with_look_up(forwarder.look_up());
    let caller = crate::destination::Caller { source: IpAddr::from([192, 0, 2, 1]), always_open: false };
    for (name, expected) in [
        ("rivers.example", Ok(vec![SocketAddr::from((GOOD, 80))])),
        ("missing.example", Err(crate::destination::DestinationFault::NotFound)),
        ("empty.example", Err(crate::destination::DestinationFault::NotFound)),
        ("broken.example", Err(crate::destination::DestinationFault::NameService)),
    ] {
        let host = Host::parse(name).unwrap();
        let found = resolver.resolve(caller, &host, 80, &Destinations::default()).await;
        assert_eq!(found, expected, "{name}");
    }
    assert_eq!(server.asked("rivers.example").len(), 2, "both families");
}

#[tokio::test]
async fn an_upstream_that_dies_midway_is_survived_by_old_answers_and_help() {
    let is_up = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let watched = Arc::clone(&is_up);
    let server = Server::start(move |asked| {
        // A life of nothing: every answer is old at once.
        let answer = vec![Act::Say(asked.answer_with(0, GOOD, 0))];
        if watched.load(Relaxed) { answer } else { Vec::new() }
    })
    .await;
    let settings = Forwarding { limit: Duration::from_millis(500), ..forwarding([server.plain()]) };
    let (forwarder, counters) = start(settings);
    let names = ["rivers.example", "help.example"];
    for (name, caller) in names.into_iter().zip([caller(1), helper(1)]) {
        assert_eq!(address(forwarder.ask(question(name), caller).await), GOOD);
    }
    is_up.store(false, Relaxed);
    for (name, caller) in names.into_iter().zip([caller(1), helper(1)]) {
        assert!(forwarder.remembered(&question(name)).is_none());
        let found = forwarder.ask(question(name), caller).await.unwrap();
        assert!(found.is_stale && found.known.addresses() == [IpAddr::from(GOOD)]);
    }
    let asked = server.asked("rivers.example").len();
    assert!(forwarder.ask(question("rivers.example"), caller(1)).await.unwrap().is_stale);
    assert_eq!(server.asked("rivers.example").len(), asked, "it is known that upstream does not answer");
    assert_eq!(counters.stale.load(Relaxed), 3);
    assert_eq!(forwarder.ask(question("new.example"), caller(1)).await.unwrap_err(), AskFault::NoUpstream);
}

#[tokio::test]
async fn names_that_lead_nowhere_say_nothing_about_the_upstream() {
    let first = Server::start(|asked| {
        // A CNAME to itself, and a code that is about the name.
        let mut looped = asked.answer_with(0, BAD, 300)[..asked.question_end()].to_vec();
        looped.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 2, 0xc0, 12]);
        let name = asked.name.as_str();
        vec![Act::Say(match name {
            _ if name.starts_with("loop") => looped,
            _ if name.starts_with("yx") => asked.answer_with(6, BAD, 0),
            _ => asked.answer(GOOD),
        })]
    })
    .await;
    let second = Server::start(|asked| vec![Act::Say(asked.answer(BAD))]).await;
    let (forwarder, _) = start(forwarding([first.plain(), second.plain()]));
    for name in ["loop1", "loop2", "loop3", "loop4", "yx1", "yx2", "yx3", "loop1"] {
        let outcome = forwarder.ask(question(&format!("{name}.example")), caller(1)).await;
        assert_eq!(outcome.unwrap_err(), AskFault::Failed, "{name}");
    }
    assert!(second.asked("loop1.example").is_empty() && second.asked("yx1.example").is_empty());
    assert_eq!(first.asked("loop1.example").len(), 1, "it is remembered for a moment");
    assert!(forwarder.standings().iter().all(|standing| standing.works && standing.last_fault.is_none()));
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn a_dead_name_of_somebody_elses_does_not_set_an_upstream_aside() {
    let only = Server::start(|asked| match asked.name.as_str() {
        name if name.starts_with("dead") => Vec::new(),
        name if name.starts_with("failed") => vec![Act::Say(asked.answer_with(2, BAD, 0))],
        _ => vec![Act::Say(asked.answer(GOOD))],
    })
    .await;
    let settings = Forwarding { limit: Duration::from_millis(500), ..forwarding([only.plain()]) };
    let (forwarder, _) = start(settings);
    until(|| forwarder.standings()[0].takes.is_some()).await;
    let asks = (0..8).map(|number| (question(&format!("dead{number}.example")), caller(1)));
    for asking in ask_all(&forwarder, asks) {
        assert_eq!(asking.await.unwrap().unwrap_err(), AskFault::NoUpstream);
        assert!(forwarder.standings()[0].works);
    }
    for number in 0..40 {
        let outcome = forwarder.ask(question(&format!("failed{number}.example")), caller(1)).await;
        assert_eq!(outcome.unwrap_err(), AskFault::Failed);
        assert!(forwarder.standings()[0].works);
    }
    // It is suspected, and a question of our own clears it without anybody else's.
    until(|| only.asked("").len() >= 2 && forwarder.standings()[0].last_fault.is_none()).await;
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn invented_names_below_help_take_only_a_clients_share() {
    let server =
        Server::start(
            |asked| {
                if asked.name.starts_with('n') { Vec::new() } else { vec![Act::Say(asked.answer(GOOD))] }
            },
        )
        .await;
    let settings = Forwarding { limit: Duration::from_secs(4), ..forwarding([server.plain()]) };
    let (forwarder, _) = start(settings);
    let invented = |number: usize| question(&format!("n{number}.help.example"));
    // As many as there are places for help, of one client and then of many.
    let _waiting = ask_all(&forwarder, (0..16).map(|number| (invented(number), helper(1))));
    until(|| forwarder.shared.counters.forwarded.load(Relaxed) == 16).await;
    assert_eq!(forwarder.ask(invented(99), helper(1)).await.unwrap_err(), AskFault::Crowded);
    assert_eq!(address(forwarder.ask(question("help.example"), helper(2)).await), GOOD);
    let crowd = (2..66_u8).flat_map(|client| (0..16).map(move |number| (client, number)));
    let _crowd = ask_all(
        &forwarder,
        crowd.map(|(client, number)| (invented(usize::from(client) * 100 + number), helper(client))),
    );
    until(|| forwarder.shared.counters.forwarded.load(Relaxed) >= 1_024).await;
    let found = (forwarder.look_up())("proxy.example".into()).await.unwrap();
    assert_eq!(found, [IpAddr::from(GOOD)], "the proxy has its own places");
    let learning = forwarder.find(question("lifeline.example"), desk::On::Learning);
    assert_eq!(address(learning.await), GOOD, "what is learnt has its own places");
}
