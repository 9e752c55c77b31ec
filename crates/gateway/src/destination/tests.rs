use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn caller() -> Caller {
    from("192.0.2.9")
}

fn from(source: &str) -> Caller {
    Caller { source: source.parse().unwrap(), always_open: false }
}

fn sockets(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A name service that answers every name alike and counts how often it is asked.
fn names(addresses: &[&str]) -> (Resolver, Arc<AtomicUsize>) {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolver = Resolver::with_look_up(Arc::new(move |_name| {
        counter.fetch_add(1, Ordering::SeqCst);
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }));
    (resolver, asked)
}

fn settings() -> Destinations {
    Destinations {
        listed: vec![
            ListedHost {
                names: vec![".lesson.example".into(), "shop.test".into()],
                addresses: vec!["127.0.0.1:4711".parse().unwrap(), "::1".parse().unwrap()],
                allow_private: true,
            },
            ListedHost { names: vec!["intranet.school.example".into()], addresses: Vec::new(), allow_private: true },
            ListedHost {
                names: vec!["pinned.example".into()],
                addresses: vec!["10.9.9.9".parse().unwrap()],
                allow_private: false,
            },
        ],
        listed_networks: vec!["10.20.0.0/16".parse().unwrap()],
        own_addresses: vec!["10.20.0.1".parse().unwrap(), "8.8.4.4".parse().unwrap()],
        own_ports: vec![3128, 8080],
        only_listed: false,
    }
}

async fn resolve(resolver: &Resolver, name: &str, port: u16) -> Result<Vec<SocketAddr>, DestinationFault> {
    resolver.resolve(caller(), &host(name), port, &settings()).await
}

#[tokio::test]
async fn an_ordinary_name_goes_where_the_name_service_says() {
    let (resolver, asked) = names(&["8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111", "8.8.8.8"]);
    let found = resolve(&resolver, "rivers.example", 443).await;
    assert_eq!(found, Ok(sockets(&["8.8.8.8:443", "[2606:4700::1111]:443"])));
    assert_eq!(resolve(&resolver, "rivers.example", 80).await.map(|found| found.len()), Ok(2));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the second answer came from memory");
}

#[tokio::test]
async fn a_listed_host_goes_to_its_address_without_asking() {
    let (resolver, asked) = names(&["8.8.8.8"]);
    let expected = Ok(sockets(&["127.0.0.1:4711", "[::1]:80"]));
    assert_eq!(resolve(&resolver, "rivers.lesson.example", 80).await, expected);
    assert_eq!(resolve(&resolver, "lesson.example", 80).await, expected);
    assert_eq!(resolve(&resolver, "shop.test", 80).await, expected);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(resolve(&resolver, "not-lesson.example", 80).await, Ok(sockets(&["8.8.8.8:80"])));
    assert_eq!(resolve(&resolver, "a.shop.test", 80).await, Ok(sockets(&["8.8.8.8:80"])));
}

#[tokio::test]
async fn our_own_ports_are_refused_even_when_listed() {
    let (resolver, _) = names(&["8.8.8.8"]);
    assert_eq!(resolve(&resolver, "shop.test", 3128).await, Ok(sockets(&["127.0.0.1:4711"])), "only the other stays");
    for name in ["127.0.0.1", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "10.20.0.1", "8.8.4.4", "127.9.9.9"] {
        for port in [3128, 8080] {
            assert_eq!(resolve(&resolver, name, port).await, Err(DestinationFault::OwnService), "{name}:{port}");
        }
    }
}

#[tokio::test]
async fn addresses_written_by_hand_are_checked_alike() {
    let (resolver, asked) = names(&["8.8.8.8"]);
    assert_eq!(resolve(&resolver, "8.8.4.4", 443).await, Err(DestinationFault::OwnAddress));
    assert_eq!(resolve(&resolver, "0x7f.1", 443).await, Err(DestinationFault::OwnAddress));
    assert_eq!(resolve(&resolver, "169.254.169.254", 80).await, Err(DestinationFault::Inside(Special::LinkLocal)));
    assert_eq!(resolve(&resolver, "192.168.0.1", 80).await, Err(DestinationFault::Inside(Special::Private)));
    assert_eq!(resolve(&resolver, "[64:ff9b::a00:1]", 80).await, Err(DestinationFault::Inside(Special::Private)));
    assert_eq!(resolve(&resolver, "[2002:a00:1::]", 80).await, Err(DestinationFault::Inside(Special::Translated)));
    assert_eq!(resolve(&resolver, "10.20.3.4", 80).await, Ok(sockets(&["10.20.3.4:80"])), "a listed network");
    assert_eq!(resolve(&resolver, "[::ffff:10.20.3.4]", 80).await, Ok(sockets(&["10.20.3.4:80"])));
    assert_eq!(resolve(&resolver, "8.8.8.8", 0).await, Err(DestinationFault::NoPort));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_and_a_mixed_answer_is_cut_down() {
    let (resolver, _) = names(&["127.0.0.1", "10.0.0.1"]);
    assert_eq!(resolve(&resolver, "rebind.example", 80).await, Err(DestinationFault::OwnAddress));
    let (resolver, _) = names(&["10.0.0.1", "8.8.8.8"]);
    assert_eq!(resolve(&resolver, "rebind.example", 80).await, Ok(sockets(&["8.8.8.8:80"])));
}

#[tokio::test]
async fn a_listed_name_may_resolve_to_a_private_server_only() {
    let (resolver, _) = names(&["10.1.1.1"]);
    assert_eq!(resolve(&resolver, "intranet.school.example", 443).await, Ok(sockets(&["10.1.1.1:443"])));
    let (resolver, _) = names(&["169.254.169.254"]);
    let refused = Err(DestinationFault::Inside(Special::LinkLocal));
    assert_eq!(resolve(&resolver, "intranet.school.example", 443).await, refused);
    let (resolver, _) = names(&["127.0.0.1"]);
    assert_eq!(resolve(&resolver, "intranet.school.example", 443).await, Err(DestinationFault::OwnAddress));
    let refused = Err(DestinationFault::Inside(Special::Private));
    assert_eq!(resolve(&resolver, "pinned.example", 443).await, refused, "private was not allowed for it");
}

#[tokio::test]
async fn settings_changed_meanwhile_count_for_remembered_names() {
    let (resolver, asked) = names(&["10.1.1.1"]);
    let mut settings = settings();
    let name = host("moved.example");
    assert!(resolver.resolve(caller(), &name, 80, &settings).await.is_err());
    settings.listed_networks.push("10.1.0.0/16".parse().unwrap());
    assert!(resolver.resolve(caller(), &name, 80, &settings).await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn memory_ends_and_a_slow_service_is_named() {
    let (resolver, asked) = names(&["8.8.8.8"]);
    resolve(&resolver, "rivers.example", 80).await.unwrap();
    tokio::time::advance(Duration::from_secs(61)).await;
    resolve(&resolver, "rivers.example", 80).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    let silent = Resolver::with_look_up(Arc::new(|_name| Box::pin(std::future::pending())));
    assert_eq!(resolve(&silent, "rivers.example", 80).await, Err(DestinationFault::Slow));
}

#[tokio::test(start_paused = true)]
async fn missing_names_are_remembered_briefly() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolver = Resolver::with_look_up(Arc::new(move |_name| {
        counter.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Err(io::Error::other("Name or service not known")) })
    }));
    for _ in 0..3 {
        assert_eq!(resolve(&resolver, "nowhere.example", 80).await, Err(DestinationFault::NotFound));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(resolve(&resolver, "nowhere.example", 80).await, Err(DestinationFault::NotFound));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_look_up() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolver = Arc::new(Resolver::with_look_up(Arc::new(move |_name| {
        counter.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(vec!["8.8.8.8".parse().unwrap()])
        })
    })));
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let resolver = Arc::clone(&resolver);
            tokio::spawn(async move { resolve(&resolver, "busy.example", 443).await.unwrap().len() })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap(), 1);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn many_names_do_not_grow_the_memory_without_end() {
    let (resolver, _) = names(&["8.8.8.8"]);
    for number in 0..REMEMBERED_NAMES + 10 {
        resolve(&resolver, &format!("n{number}.example"), 80).await.unwrap();
    }
    assert!(resolver.remembered.lock().unwrap().len() <= REMEMBERED_NAMES);
}

/// A name service that answers good names and never the others.
fn slow_for(slow: &'static str) -> Resolver {
    Resolver::with_look_up(Arc::new(move |name| {
        let is_slow = name.contains(slow);
        Box::pin(async move {
            if is_slow {
                std::future::pending::<()>().await;
            }
            Ok(vec!["8.8.8.8".parse().unwrap()])
        })
    }))
}

#[tokio::test(start_paused = true)]
async fn slow_names_of_one_client_do_not_stop_anybody_elses() {
    let resolver = slow_for("slow");
    for number in 0..200 {
        let resolver = resolver.clone();
        tokio::spawn(async move { resolve(&resolver, &format!("slow{number}.example"), 80).await });
    }
    tokio::time::advance(Duration::from_millis(10)).await;
    let asked = Instant::now();
    let other = resolver.resolve(from("192.0.2.10"), &host("rivers.example"), 80, &settings()).await;
    assert!(other.is_ok() && asked.elapsed() < Duration::from_millis(100), "{other:?} after {:?}", asked.elapsed());
    // The crowded client waits alone, also when it asks for the same name first.
    let crowded = resolver.clone();
    tokio::spawn(async move { resolve(&crowded, "hills.example", 80).await });
    tokio::time::advance(Duration::from_millis(10)).await;
    let other = resolver.resolve(from("192.0.2.10"), &host("hills.example"), 80, &settings()).await;
    assert!(other.is_ok() && asked.elapsed() < Duration::from_millis(100), "{other:?} after {:?}", asked.elapsed());
    assert_eq!(resolve(&resolver, "woods.example", 80).await, Err(DestinationFault::Slow));
}

#[tokio::test(start_paused = true)]
async fn help_is_looked_up_when_every_other_turn_is_taken() {
    let resolver = slow_for("slow");
    for number in 0..200_u8 {
        let resolver = resolver.clone();
        let caller = from(&format!("198.51.100.{number}"));
        let name = host(&format!("slow{number}.example"));
        tokio::spawn(async move { resolver.resolve(caller, &name, 80, &settings()).await });
    }
    tokio::time::advance(Duration::from_millis(10)).await;
    let help = Caller { always_open: true, ..caller() };
    let asked = Instant::now();
    let found = resolver.resolve(help, &host("help.example"), 80, &settings()).await;
    assert!(found.is_ok() && asked.elapsed() < Duration::from_millis(100), "{found:?}");
    assert_eq!(resolve(&resolver, "rivers.example", 80).await, Err(DestinationFault::Slow));
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_stands_in_while_the_name_service_is_slow() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolver = Resolver::with_look_up(Arc::new(move |_name| {
        let first = counter.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            if !first {
                std::future::pending::<()>().await;
            }
            Ok(vec!["8.8.8.8".parse().unwrap()])
        })
    }));
    let found = Ok(sockets(&["8.8.8.8:80"]));
    assert_eq!(resolve(&resolver, "rivers.example", 80).await, found);
    tokio::time::advance(Duration::from_mins(2)).await;
    let begun = Instant::now();
    assert_eq!(resolve(&resolver, "rivers.example", 80).await, found);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    tokio::time::advance(Duration::from_secs(20)).await;
    assert_eq!(resolve(&resolver, "rivers.example", 80).await, found);
    assert!(asked.load(Ordering::SeqCst) >= 2, "a new answer was asked for");
    tokio::time::advance(Duration::from_hours(2)).await;
    assert_eq!(resolve(&resolver, "rivers.example", 80).await, Err(DestinationFault::Slow), "not for ever");
}

#[tokio::test(start_paused = true)]
async fn a_look_up_is_finished_for_the_next_when_nobody_waits_any_more() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let resolver = Resolver::with_look_up(Arc::new(move |_name| {
        counter.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(vec!["8.8.8.8".parse().unwrap()])
        })
    }));
    assert!(timeout(Duration::from_secs(2), resolve(&resolver, "rivers.example", 80)).await.is_err());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(timeout(Duration::from_millis(1), resolve(&resolver, "rivers.example", 80)).await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_flood_of_names_pushes_out_few_others() {
    let (resolver, asked) = names(&["8.8.8.8"]);
    for number in 0..REMEMBERED_NAMES {
        resolve(&resolver, &format!("n{number}.example"), 80).await.unwrap();
    }
    resolve(&resolver, "one-more.example", 80).await.unwrap();
    asked.store(0, Ordering::SeqCst);
    for number in 0..REMEMBERED_NAMES {
        if number % 16 == 0 {
            resolve(&resolver, &format!("n{number}.example"), 80).await.unwrap();
        }
    }
    assert!(asked.load(Ordering::SeqCst) < 8, "one name too many costs one name, not all");
}

#[tokio::test]
async fn the_systems_resolver_is_asked_and_localhost_is_refused() {
    let found = Resolver::new().resolve(caller(), &host("localhost"), 80, &settings()).await;
    assert_eq!(found, Err(DestinationFault::OwnAddress));
}

#[test]
fn listed_addresses_are_read_and_written() {
    for text in ["10.0.0.1", "10.0.0.1:81", "::1", "[::1]:81"] {
        assert_eq!(String::from(text.parse::<ListedAddress>().unwrap()), text);
    }
    assert!("intranet".parse::<ListedAddress>().is_err());
}

#[test]
fn every_fault_has_its_own_code_and_says_what_to_do() {
    use DestinationFault::{Inside, NameService, NoPort, NotFound, OwnAddress, OwnService, ShortName, Slow};
    let all = [NoPort, OwnService, OwnAddress, Inside(Special::Private), ShortName, NotFound, Slow, NameService];
    let codes: std::collections::BTreeSet<_> = all.iter().map(|fault| fault.code()).collect();
    assert_eq!(codes.len(), all.len());
    for fault in all {
        assert!(fault.to_string().matches(". ").count() >= 1, "{fault}");
    }
}

#[tokio::test]
async fn a_demonstration_never_leaves_this_computer() {
    let (resolver, asked) = names(&["8.8.8.8"]);
    let mut staying = Destinations { only_listed: true, ..settings() };
    staying.listed.push(ListedHost {
        names: vec!["strict.search.test".into()],
        addresses: vec!["8.8.4.5".parse().unwrap(), "2606:4700::1111".parse().unwrap()],
        allow_private: true,
    });
    let go = async |name: &str| resolver.resolve(caller(), &host(name), 443, &staying).await;
    for outside in ["www.elsewhere.example", "8.8.8.8", "strict.search.test", "intranet.school.example"] {
        assert_eq!(go(outside).await, Err(DestinationFault::StaysHere), "{outside}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "no name service is asked");
    assert_eq!(go("rivers.lesson.example").await, Ok(sockets(&["127.0.0.1:4711", "[::1]:443"])));
    assert!(DestinationFault::StaysHere.is_refusal());
}
