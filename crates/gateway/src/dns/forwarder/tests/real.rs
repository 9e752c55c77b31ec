//! Against Debian's unbound, so that not only our own idea of an upstream is met.

use super::*;
use std::{
    process::{Child, Command, Stdio},
    str::FromStr as _,
};

/// A running unbound, killed when dropped.
struct Unbound {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Unbound {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Nothing where unbound is not installed.
fn unbound() -> Option<Unbound> {
    let program =
        ["/usr/sbin/unbound", "/usr/bin/unbound"].into_iter().find(|path| std::path::Path::new(path).exists())?;
    let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    // A text record set that no datagram takes.
    let long = |number: usize| format!("local-data: 'long.example. 60 IN TXT \"{number:0>200}\"'\n");
    let long = (0..20).map(long).collect::<Vec<_>>().concat();
    let config = format!(
        "server:\ninterface: 127.0.0.1\nport: {port}\nchroot: \"\"\nusername: \"\"\npidfile: \"\"\n\
         directory: \"{folder}\"\nuse-syslog: no\nverbosity: 0\nnum-threads: 1\n\
         local-zone: \"refused.example.\" refuse\nlocal-data: \". 60 IN NS ns.example.\"\nlocal-zone: \"example.\" static\n\
         local-data: 'example. 60 IN SOA ns.example. nobody.example. 1 3600 600 86400 30'\n\
         local-data: 'rivers.example. 60 IN A 93.184.215.14'\nlocal-data: 'rivers.example. 60 IN AAAA 2606:2800::1'\n\
         {long}remote-control:\ncontrol-enable: no\n",
        folder = folder.path().display(),
    );
    let path = folder.path().join("unbound.conf");
    std::fs::write(&path, config).unwrap();
    let child =
        Command::new(program).args(["-d", "-c"]).arg(path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    Some(Unbound { child, port, _folder: folder })
}

#[tokio::test]
async fn unbound_is_understood_over_udp_and_tcp() {
    let Some(unbound) = unbound() else {
        crate::skipped::because("unbound is not installed");
        return;
    };
    let upstream = |scheme: &str| UpstreamAddress::from_str(&format!("{scheme}127.0.0.1:{}", unbound.port)).unwrap();
    for scheme in ["", "tcp://"] {
        let (forwarder, _) = start(forwarding([upstream(scheme)]));
        // It takes a moment to start.
        until(|| forwarder.standings()[0].takes.is_some()).await;
        let found = (forwarder.look_up())("rivers.example".into()).await.unwrap();
        assert_eq!(found, [IpAddr::from(GOOD), "2606:2800::1".parse().unwrap()], "IPv4 first");
        let missing = forwarder.ask(question("missing.example"), caller(1)).await.unwrap();
        assert_eq!(missing.known.code, ResponseCode::NXDomain);
        assert!(forwarder.remembered(&question("missing.example")).is_some(), "what is missing is remembered");
        let long = Ask { kind: RecordType::TXT.into(), ..question("long.example") };
        let long = forwarder.ask(long, caller(1)).await.unwrap();
        assert!(long.known.weight > 4_000, "the whole answer came over TCP");
        assert_eq!(forwarder.ask(question("refused.example"), caller(1)).await.unwrap_err(), AskFault::Refused);
    }
}
