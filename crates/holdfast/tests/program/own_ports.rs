//! A pupil's way through the proxy to the filter's own ports, in every spelling of this computer: refused.

use crate::{
    asking::{ask, ask_inside},
    school::{School, Served},
};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// This computer's address as its network sees it; nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documentation (RFC 5737): only the way out is looked up.
    socket.connect("198.51.100.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified() && !address.is_loopback()).then_some(address)
}

fn spellings() -> Vec<String> {
    let mut all: Vec<String> = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "www.localhost",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "%31%32%37.0.0.1",
    ]
    .map(str::to_owned)
    .to_vec();
    match own_address() {
        Some(address) => all.push(address.to_string()),
        None => println!("this computer has no address but loopback, so that one is not tried"),
    }
    all
}

#[test]
fn no_spelling_of_this_computer_leads_to_our_own_ports() {
    let mut school = School::new();
    // Whoever may use every port still may not use ours.
    let ports = |served: &Served| vec![served.web.port(), served.proxy.port(), served.chloe.port()];
    let first = school.serve();
    let listed: Vec<String> = ports(&first).iter().chain([&80, &443]).map(ToString::to_string).collect();
    assert!(first.program.stop().success());
    school.more_config = format!("[ports]\nhttp = [{0}]\ntunnel = [{0}]\n", listed.join(", "));
    let served = school.serve();
    for host in spellings() {
        for port in ports(&served).into_iter().chain([80, 443]) {
            for listener in [served.chloe, served.teacher, served.proxy] {
                assert_refused(&served, listener, &host, port);
            }
        }
    }
    // Still in good order, and open to those who come straight to it.
    assert_eq!(crate::asking::page(served.web, "/healthz").status, 200);
    served.assert_filtering();
}

fn assert_refused(served: &Served, listener: SocketAddr, host: &str, port: u16) {
    let place = format!("{host}:{port}");
    let fields = format!("Host: {place}\r\nConnection: close\r\n\r\n");
    let request = format!("GET http://{place}/ HTTP/1.1\r\n{fields}");
    let plain = ask(listener, &request).unwrap_or_else(|fault| panic!("{request:?}: {fault}"));
    // What is inside a tunnel to a port for HTTP is read as requests, so the tunnel may open, but not the request in it.
    let request = format!("GET / HTTP/1.1\r\n{fields}");
    let inside = ask_inside(listener, &place, &request).unwrap_or_else(|fault| panic!("CONNECT {place}: {fault}"));
    for (way, answer) in [("GET", plain), ("CONNECT", inside)] {
        assert!((400..600).contains(&answer.status), "{way} {place}: {answer:?}");
        assert!(!answer.body.contains("Is the filter working?"), "{way} {place}: {answer:?}");
        assert!(!answer.body.contains("here speaks"), "{way} {place}: {answer:?}\n{}", served.program.errors());
    }
}
