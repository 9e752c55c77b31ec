//! What the name service owes to those it asks, and to help before anybody asks for it.

#[path = "common/mod.rs"]
mod common;
#[path = "names/mod.rs"]
mod names;

use common::{POLICY, ruleset, ruleset_of, soon};
use hickory_proto::op::Message;
use holdfast_gateway::{
    destination::Destinations,
    dns::{
        counters::Counters,
        forwarder::{Forwarder, learn_always_open},
        settings::Forwarding,
    },
};
use names::Plan;
use std::{
    collections::HashSet,
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tokio::sync::watch;

fn forwarder(upstream: SocketAddr, limit: Duration) -> Arc<Forwarder> {
    let upstreams = vec![upstream.to_string().parse().unwrap()];
    let settings = Forwarding { upstreams, limit, ..Forwarding::default() };
    Forwarder::start(settings, Destinations::default(), Arc::<Counters>::default()).unwrap()
}

#[test]
fn one_holdfast_works_behind_another() {
    let house = Plan::new(ruleset(&["casino.example"])).build();
    let forwarder = forwarder(house.plain(), Duration::from_secs(4));
    // Nobody asks for any name: it is tried out with a question of our own.
    soon("the other was found to work", || forwarder.standings()[0].takes.is_some());
    let standing = &forwarder.standings()[0];
    assert!(standing.works && standing.last_fault.is_none(), "{standing:?}");
    forwarder.stop();
}

#[test]
fn a_new_policys_help_is_learnt_without_waiting_for_what_does_not_answer() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let place = socket.local_addr().unwrap();
    let first = ruleset(&[]);
    // The first two of the shipped list are never answered.
    let dead: Vec<String> = first.always_open_hosts().take(2).map(|host| format!("{host}.")).collect();
    let asked = Arc::new(Mutex::new(HashSet::new()));
    let noted = Arc::clone(&asked);
    thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let name = Message::from_vec(&buffer[..length]).unwrap().queries[0].name.to_ascii();
            if !dead.contains(&name) {
                // There is such a name, without any record.
                buffer[2..4].copy_from_slice(&[0x81, 0x80]);
                socket.send_to(&buffer[..length], from).unwrap();
            }
            noted.lock().unwrap().insert(name);
        }
    });
    let was_asked = |name: &str| asked.lock().unwrap().contains(name);
    let forwarder = forwarder(place, Duration::from_mins(1));
    let (rulesets, ruleset) = watch::channel(first);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let learning = runtime.spawn(learn_always_open(Arc::clone(&forwarder), ruleset));
    soon("the last one is asked for", || was_asked("alarm.example."));
    rulesets.send_replace(ruleset_of(&POLICY.replace("help.example", "other.example"), &[], &[]));
    soon("the new one is asked for", || was_asked("other.example."));
    drop(rulesets);
    soon("it ends with the policy", || learning.is_finished());
    forwarder.stop();
}
