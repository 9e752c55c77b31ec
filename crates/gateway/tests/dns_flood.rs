//! Clients of the name service that ask and never listen, and code of ours that breaks off: neither costs others
//! anything.

#[path = "common/mod.rs"]
mod common;
#[path = "names/mod.rs"]
mod names;

use common::{ruleset, soon};
use hickory_proto::{
    op::ResponseCode,
    rr::{RData, Record, RecordType, rdata::TXT},
};
use holdfast_core::moment::Moment;
use http::{Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use names::{House, PATIENCE, Plan, RESOLVER, ask_tcp, ask_udp, name, question, read_message, write_message};
use std::{
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio_rustls::TlsConnector;

/// What one client asks without taking in an answer.
const QUESTIONS: u64 = 300;

/// Every name has sixty records that make nearly sixty thousand bytes together.
fn long_answers() -> House {
    let mut plan = Plan::new(ruleset(&[]));
    plan.zone = Arc::new(|asked, kind| {
        let long = |number: u8| {
            let texts = ["x".repeat(240), "x".repeat(240), "x".repeat(240), format!("{number}{}", "x".repeat(200))];
            Record::from_rdata(name(asked), 300, RData::TXT(TXT::new(texts.into())))
        };
        let records = if kind == RecordType::TXT { (0..60).map(long).collect() } else { Vec::new() };
        (ResponseCode::NoError, records)
    });
    plan.build()
}

/// How many questions have been taken in at a door, once no more come.
fn settled(house: &House, door: usize) -> u64 {
    let count = || house.counters.questions[door].load(Relaxed);
    soon("questions are taken in", || count() > 0);
    let mut before = count();
    loop {
        std::thread::sleep(Duration::from_millis(300));
        if count() == before {
            return before;
        }
        before = count();
    }
}

#[test]
fn whoever_asks_and_never_listens_is_asked_nothing_more_of() {
    let house = long_answers();
    let asked = question("long.example", RecordType::TXT).to_vec().unwrap();
    let place = house.places("dns")[0];
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(&place.into()).unwrap();
    let mut stream: TcpStream = socket.into();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The first fills the memory, so that all others could be answered at once.
    write_message(&mut stream, &asked);
    assert!(read_message(&mut stream).unwrap().len() > 50_000);
    for _ in 0..QUESTIONS {
        write_message(&mut stream, &asked);
    }
    // What the system itself takes of answers, some megabytes at most, and our own share.
    let taken = settled(&house, 1) - 1;
    assert!(taken < 120, "{taken} of {QUESTIONS} questions were taken in while no answer was");
    assert_eq!(ask_tcp(place, &question("site.example", RecordType::A)).metadata.response_code, ResponseCode::NoError);
    for number in 0..QUESTIONS {
        assert!(read_message(&mut stream).unwrap().len() > 50_000, "answer {number}");
    }
}

#[test]
fn nor_over_https() {
    let house = long_answers();
    let mut asked = question("long.example", RecordType::TXT);
    asked.metadata.id = 0;
    let asked = Bytes::from(asked.to_vec().unwrap());
    let request = || {
        let request =
            Request::post(format!("https://{RESOLVER}/dns-query")).header(CONTENT_TYPE, "application/dns-message");
        request.body(Full::new(asked.clone())).unwrap()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(house.places("https")[0]).await.unwrap();
        let connector = TlsConnector::from(Arc::new(house.client_config(&["h2"])));
        let stream = connector.connect(RESOLVER.try_into().unwrap(), stream).await.unwrap();
        let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        // It takes in a little of each answer and no more until they are read.
        builder.initial_stream_window_size(1_024).initial_connection_window_size(16 * 1_024 * 1_024);
        let (mut first, connection) = builder.handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        // With the first answer the client has learnt how many it may ask at once.
        assert!(first.send_request(request()).await.unwrap().collect().await.unwrap().to_bytes().len() > 50_000);
        let sender = first;
        let asking: Vec<_> = (0..64)
            .map(|_| {
                let (mut sender, request) = (sender.clone(), request());
                tokio::spawn(async move { sender.send_request(request).await.unwrap() })
            })
            .collect();
        let taken = tokio::task::block_in_place(|| settled(&house, 3)) - 1;
        assert!((1..=16).contains(&taken), "{taken} questions were taken in while no answer was");
        for asking in asking {
            let body = asking.await.unwrap().into_body();
            assert!(body.collect().await.unwrap().to_bytes().len() > 50_000);
        }
    });
    assert_eq!(house.counters.questions[3].load(Relaxed), 65);
}

#[test]
fn what_breaks_off_costs_one_question_and_no_door() {
    let mut plan = Plan::new(ruleset(&[]));
    // One worker on one socket, so that it is known whose door breaks off.
    plan.settings.workers = 1;
    plan.plain = vec!["127.0.0.1:0"];
    let breaks = Arc::new(AtomicUsize::new(usize::MAX));
    let countdown = Arc::clone(&breaks);
    plan.clock = Arc::new(move || {
        let left = countdown.load(Relaxed);
        if left != usize::MAX {
            countdown.store(left.checked_sub(1).unwrap_or(usize::MAX), Relaxed);
            assert!(left > 0, "the clock breaks off, for the test");
        }
        Moment::at(jiff::Timestamp::now(), &jiff::tz::TimeZone::UTC)
    });
    let house = plan.build();
    let place = house.places("dns")[0];
    let faults = || house.counters.faults.load(Relaxed);
    // While upstream is asked: the question is answered that it failed.
    for (number, ask) in [ask_udp, ask_tcp].into_iter().enumerate() {
        breaks.store(1, Relaxed);
        let answer = ask(place, &question(&format!("n{number}.example"), RecordType::A));
        assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
        assert_eq!(answer.queries[0].name.to_ascii(), format!("n{number}.example."));
        assert_eq!(faults(), number as u64 + 1);
    }
    // As it is taken in over TCP.
    breaks.store(0, Relaxed);
    let answer = ask_tcp(place, &question("early.example", RecordType::A));
    assert_eq!((answer.metadata.response_code, faults()), (ResponseCode::ServFail, 3));
    // Before any datagram is looked at: the datagrams are lost, and the door is opened again.
    breaks.store(0, Relaxed);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&question("lost.example", RecordType::A).to_vec().unwrap(), place).unwrap();
    soon("the door broke off", || faults() == 4);
    for ask in [ask_udp, ask_tcp] {
        let answer = ask(place, &question("after.example", RecordType::A));
        assert_eq!((answer.metadata.response_code, faults()), (ResponseCode::NoError, 4));
    }
}
