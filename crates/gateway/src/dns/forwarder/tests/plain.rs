//! UDP and TCP.

use super::*;

#[tokio::test]
async fn an_answer_comes_from_upstream_and_then_from_memory() {
    let server = Server::start(|asked| vec![Act::Say(asked.answer(GOOD))]).await;
    let (forwarder, counters) = start(forwarding([server.plain()]));
    let ask = question("rivers.example");
    assert!(forwarder.remembered(&ask).is_none());
    assert_eq!(address(forwarder.ask(ask.clone(), caller(1)).await), GOOD);
    assert_eq!(address(forwarder.ask(ask.clone(), caller(2)).await), GOOD);
    assert_eq!(forwarder.remembered(&ask).unwrap().age, 0);
    assert_eq!(server.asked("rivers.example").len(), 1);
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Relaxed);
    assert_eq!((read(&counters.forwarded), read(&counters.remembered), read(&counters.failed)), (1, 2, 0));
    until(|| read(&counters.cache_entries) == 1 && read(&counters.cache_bytes) > 100).await;
    forwarder.stop();
    assert_eq!(forwarder.ask(question("hills.example"), caller(1)).await.unwrap_err(), AskFault::NoUpstream);
}

#[tokio::test]
async fn with_no_upstream_it_is_said_at_once() {
    let settings = Forwarding { limit: Duration::from_mins(1), ..forwarding([]) };
    let (forwarder, counters) = start(settings);
    let asked = timeout(Duration::from_secs(5), forwarder.ask(question("rivers.example"), caller(1)));
    assert_eq!(asked.await.unwrap().unwrap_err(), AskFault::NoUpstream);
    assert_eq!(counters.failed.load(Relaxed), 1);
}

#[tokio::test]
async fn other_upstreams_may_take_over() {
    let server = Server::start(|asked| vec![Act::Say(asked.answer(GOOD))]).await;
    let (forwarder, _) = start(forwarding([]));
    assert_eq!(forwarder.ask(question("rivers.example"), caller(1)).await.unwrap_err(), AskFault::NoUpstream);
    forwarder.use_upstreams(vec![server.plain()]).unwrap();
    assert_eq!(address(forwarder.ask(question("hills.example"), caller(1)).await), GOOD);
    assert_eq!(forwarder.standings().len(), 1);
    forwarder.stop();
}

#[tokio::test]
async fn each_question_has_its_own_port_and_number() {
    let server = Server::start(|asked| vec![Act::Say(asked.answer(GOOD))]).await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    for number in 0..40 {
        address(forwarder.ask(question(&format!("n{number}.example")), caller(1)).await);
    }
    let asked: Vec<_> = server.asked.lock().unwrap().iter().filter(|asked| !asked.name.is_empty()).cloned().collect();
    let distinct = |values: Vec<u16>| values.into_iter().collect::<std::collections::HashSet<_>>().len();
    let ports = distinct(asked.iter().map(|asked| asked.source.port()).collect());
    let numbers = distinct(asked.iter().map(|asked| u16::from_be_bytes([asked.bytes[0], asked.bytes[1]])).collect());
    assert!(asked.len() == 40 && ports > 36 && numbers > 36, "{ports} ports, {numbers} numbers");
}

#[tokio::test]
async fn forged_answers_are_passed_over_and_the_true_one_is_waited_for() {
    let server = Server::start(|asked| {
        let forged = asked.answer(BAD);
        let with = |at: usize, byte: u8| {
            let mut bytes = forged.clone();
            bytes[at] ^= byte;
            Act::Say(bytes)
        };
        let end = asked.question_end();
        let mut acts = vec![
            with(0, 1),       // another number
            with(14, 3),      // another name
            with(2, 0x80),    // no answer
            with(end - 3, 2), // another type
            with(end - 1, 2), // another class
            with(5, 3),       // two questions
            Act::Say(forged[..11].to_vec()),
            Act::Say(Vec::new()),
        ];
        acts.push(Act::Later(Duration::from_millis(50), asked.answer(GOOD)));
        acts
    })
    .await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn letters_of_another_case_are_the_same_name() {
    let server = Server::start(|asked| {
        let mut bytes = asked.answer(GOOD);
        bytes[13..19].make_ascii_uppercase();
        vec![Act::Say(bytes)]
    })
    .await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn where_somebody_guesses_numbers_the_question_goes_over_tcp() {
    let server = Server::start(|asked| match asked.over {
        Over::Udp => {
            let mut guess = asked.answer(BAD);
            let guesses = (1..=64).map(|number| {
                guess[0] = asked.bytes[0] ^ number;
                Act::Say(guess.clone())
            });
            guesses.chain([Act::Say(asked.answer(BAD))]).collect()
        }
        _ => vec![Act::Say(asked.answer(GOOD))],
    })
    .await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn what_is_cut_short_is_asked_again_over_tcp() {
    let server = Server::start(|asked| {
        let mut bytes = asked.answer(GOOD);
        if asked.over == Over::Udp {
            bytes = asked.answer(BAD);
            bytes[2] |= 2;
        }
        vec![Act::Say(bytes)]
    })
    .await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    for name in ["rivers.example", "hills.example"] {
        assert_eq!(address(forwarder.ask(question(name), caller(1)).await), GOOD);
        let over: Vec<_> = server.asked(name).iter().map(|asked| asked.over).collect();
        assert_eq!(over, [Over::Udp, Over::Tcp]);
    }
    assert_eq!(server.connections.load(Relaxed), 1, "the connection is kept");
}

#[tokio::test]
async fn a_datagram_that_was_lost_is_sent_again() {
    let seen = AtomicUsize::new(0);
    let server = Server::start(move |asked| {
        let is_lost = !asked.name.is_empty() && seen.fetch_add(1, Relaxed) < 2;
        if is_lost { Vec::new() } else { vec![Act::Say(asked.answer(GOOD))] }
    })
    .await;
    let (forwarder, _) = start(forwarding([server.plain()]));
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
    assert_eq!(server.asked("rivers.example").len(), 3);
}

#[tokio::test]
async fn many_questions_share_a_tcp_connection_and_come_back_in_any_order() {
    let server = Server::start(|asked| {
        let number: u8 = asked.name.trim_start_matches('n').split('.').next().unwrap().parse().unwrap_or_default();
        let answer = asked.answer([93, 184, 215, number]);
        if number < 20 { vec![Act::Later(Duration::from_millis(100), answer)] } else { vec![Act::Say(answer)] }
    })
    .await;
    let (forwarder, _) = start(forwarding([server.tcp()]));
    let asking: Vec<_> = (0..40_u8)
        .map(|number| {
            let forwarder = Arc::clone(&forwarder);
            tokio::spawn(async move { forwarder.ask(question(&format!("n{number}.example")), caller(1)).await })
        })
        .collect();
    for (number, asking) in (0..40).zip(asking) {
        assert_eq!(address(asking.await.unwrap()), [93, 184, 215, number]);
    }
    assert_eq!(server.connections.load(Relaxed), 1);
}

#[tokio::test]
async fn an_upstream_may_close_after_each_answer() {
    let server = Server::start(|asked| vec![Act::Say(asked.answer(GOOD)), Act::Close]).await;
    let (forwarder, _) = start(forwarding([server.tcp()]));
    for number in 0..4 {
        assert_eq!(address(forwarder.ask(question(&format!("n{number}.example")), caller(1)).await), GOOD);
    }
    let asking: Vec<_> = (4..12)
        .map(|number| {
            let forwarder = Arc::clone(&forwarder);
            tokio::spawn(async move { forwarder.ask(question(&format!("n{number}.example")), caller(1)).await })
        })
        .collect();
    for asking in asking {
        assert_eq!(address(asking.await.unwrap()), GOOD);
    }
}

#[tokio::test]
async fn a_connection_that_went_silent_is_left_for_a_new_one() {
    let first = Mutex::new(None);
    let server = Server::start(move |asked| {
        let is_first = *first.lock().unwrap().get_or_insert(asked.source) == asked.source;
        let is_silent = is_first && asked.name == "second.example";
        if is_silent { Vec::new() } else { vec![Act::Say(asked.answer(GOOD))] }
    })
    .await;
    let (forwarder, _) = start(forwarding([server.tcp()]));
    for name in ["first.example", "second.example", "third.example"] {
        assert_eq!(address(forwarder.ask(question(name), caller(1)).await), GOOD, "{name}");
    }
    assert_eq!(server.connections.load(Relaxed), 2);
}

#[tokio::test]
async fn settings_without_patience_or_memory_still_serve() {
    let server = Server::start(|asked| vec![Act::Later(Duration::from_millis(50), asked.answer(GOOD))]).await;
    let settings =
        Forwarding { patience: Duration::ZERO, cache_bytes: 0, ..forwarding([server.plain(), server.tcp()]) };
    let (forwarder, _) = start(settings);
    for _ in 0..2 {
        assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
    }
}

#[tokio::test]
async fn lies_over_tcp_make_no_answer() {
    let server = Server::start(|asked| {
        let mut bytes = asked.answer(BAD);
        match asked.name.as_str() {
            "number.example" => bytes[0] ^= 1,
            "name.example" => bytes[14] ^= 3,
            "short.example" => bytes.truncate(5),
            "cut.example" => bytes.truncate(asked.question_end() + 7),
            "close.example" => return vec![Act::Close],
            _ => {}
        }
        vec![Act::Say(bytes)]
    })
    .await;
    let settings = Forwarding { limit: Duration::from_millis(600), ..forwarding([server.tcp()]) };
    let (forwarder, _) = start(settings);
    for name in ["number", "name", "short", "cut", "close"] {
        let outcome = forwarder.ask(question(&format!("{name}.example")), caller(1)).await;
        assert!(matches!(outcome, Err(AskFault::Failed | AskFault::NoUpstream)), "{name}: {outcome:?}");
    }
    assert_eq!(address(forwarder.ask(question("true.example"), caller(1)).await), BAD, "it can tell the truth too");
}
