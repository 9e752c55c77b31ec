//! The sign of life to the system's service manager (`sd_notify(3)`): given only while the doors themselves answer, so that
//! a program whose threads run but which serves nobody is started again.

use crate::sockets::Sockets;
use holdfast_core::event::Event;
use sd_notify::NotifyState;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Once,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
    time::{MissedTickBehavior, interval, timeout},
};

/// How often life is proved, unless the service manager wants to hear it more often.
const EVERY: Duration = Duration::from_secs(5);
/// How long a door may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long one datagram is waited for: it may get lost where many others come in.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// The name that is asked for. It is answered here whatever the policy says, and its events are ours: [`is_own`].
const NAME: &str = "heartbeat.localhost";
/// The question for its IPv4 address (RFC 1035 §4.1); the first two bytes come back in the answer.
const QUESTION: &[u8] = b"HF\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x09heartbeat\x09localhost\x00\x00\x01\x00\x01";

/// Whether an event was made by our own question. Such events tell of nobody and would fill an idle school's log.
pub fn is_own(event: &Event) -> bool {
    matches!(event, Event::Request(request) if request.host.as_deref() == Some(NAME) && &*request.layer == "own")
}

/// Waits for Ctrl-C or a polite request to end.
pub async fn told_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// The doors that are looked at: the first of each kind that is spoken to in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doors {
    /// The name service.
    names: Option<SocketAddr>,
    /// The proxy.
    proxy: Option<SocketAddr>,
}

impl Doors {
    /// Those of these sockets.
    pub fn of(sockets: &Sockets) -> Self {
        let names = sockets.names.iter().flat_map(|names| &names.udp).find_map(|socket| socket.local_addr().ok());
        let proxies = sockets.proxies.iter().filter(|proxy| !proxy.over_tls);
        let proxy = proxies.map(|proxy| &proxy.socket).find_map(|socket| socket.local_addr().ok());
        Self { names: names.map(reached), proxy: proxy.map(reached) }
    }

    /// Whether they answer.
    ///
    /// # Errors
    ///
    /// Which does not, in words.
    async fn answer(self) -> Result<(), String> {
        let (names, proxy) =
            tokio::join!(async { if let Some(door) = self.names { within(ask(door)).await } else { Ok(()) } }, async {
                if let Some(door) = self.proxy { within(fetch(door)).await } else { Ok(()) }
            },);
        names.map_err(|fault| format!("the name service does not answer: {fault}"))?;
        proxy.map_err(|fault| format!("the proxy does not answer: {fault}"))
    }
}

/// Gives the sign of life for as long as the service manager wants one.
pub async fn beat(doors: Doors) {
    let Some(longest) = sd_notify::watchdog_enabled() else { return };
    let mut turn = interval(EVERY.min(longest / 3).max(Duration::from_millis(100)));
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        match doors.answer().await {
            Ok(()) => tell(NotifyState::Watchdog),
            Err(fault) => tracing::error!("no sign of life is given: {fault}"),
        }
    }
}

/// Says that everything serves.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Says that we are about to end.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// Tells the service manager, where there is one.
fn tell(state: NotifyState<'_>) {
    static TOLD: Once = Once::new();
    if let Err(fault) = sd_notify::notify(&[state]) {
        TOLD.call_once(|| tracing::warn!("the service manager cannot be told how we are doing: {fault}"));
    }
}

/// How a socket that is bound there is reached from this computer.
fn reached(mut bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => bound.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => bound.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    bound
}

async fn within(proof: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    timeout(PATIENCE, proof).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Puts the question until it is answered. Any answer will do, that we are not served too: somebody gave it.
async fn ask(door: SocketAddr) -> io::Result<()> {
    let from: IpAddr = if door.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((from, 0)).await?;
    socket.connect(door).await?;
    let mut answer = [0; 512];
    loop {
        socket.send(QUESTION).await?;
        if let Ok(received) = timeout(AGAIN_AFTER, socket.recv(&mut answer)).await
            && answer.get(..received?).is_some_and(|answer| answer.get(..2) == QUESTION.get(..2))
        {
            return Ok(());
        }
    }
}

/// Fetches the proxy file, which leaves no event. A proxy that has no room just now closes the connection, and lives.
async fn fetch(door: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(door).await?;
    let request = format!("GET /proxy.pac HTTP/1.1\r\nHost: {door}\r\nConnection: close\r\n\r\n");
    let mut first = [0; 1];
    let answered = async {
        stream.write_all(request.as_bytes()).await?;
        stream.read(&mut first).await
    };
    match answered.await {
        Ok(_) => Ok(()),
        Err(fault) if matches!(fault.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Ok(()),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn doors() -> (Doors, UdpSocket, TcpListener) {
        let names = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let doors = Doors { names: names.local_addr().ok(), proxy: proxy.local_addr().ok() };
        (doors, names, proxy)
    }

    async fn answer_names(names: UdpSocket) {
        let mut question = [0; 512];
        // What answers something else is passed over, and the question put again.
        let (length, from) = names.recv_from(&mut question).await.unwrap();
        assert_eq!(&question[..length], QUESTION);
        names.send_to(b"XX", from).await.unwrap();
        let (_, from) = names.recv_from(&mut question).await.unwrap();
        names.send_to(&question[..12], from).await.unwrap();
    }

    #[tokio::test]
    async fn both_doors_answer_and_each_alone_is_not_enough() {
        let (doors, names, proxy) = doors().await;
        let serve = tokio::spawn(async move {
            let (mut stream, _) = proxy.accept().await.unwrap();
            let mut request = vec![0; 512];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].starts_with(b"GET /proxy.pac HTTP/1.1\r\n"));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            // Turned away at a limit, it lives all the same.
            drop(proxy.accept().await.unwrap());
            proxy
        });
        let answer = tokio::spawn(answer_names(names));
        assert_eq!(doors.answer().await, Ok(()));
        answer.await.unwrap();
        let alone = Doors { names: None, ..doors };
        assert_eq!(alone.answer().await, Ok(()));
        let _proxy = serve.await.unwrap();
        // Connections go on being taken by the system, but nobody answers them.
        tokio::time::pause();
        assert!(alone.answer().await.unwrap_err().starts_with("the proxy does not answer"));
        assert_eq!(Doors { names: None, proxy: None }.answer().await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_service_that_only_listens_does_not_live() {
        let (doors, _names, _proxy) = doors().await;
        let fault = Doors { proxy: None, ..doors }.answer().await.unwrap_err();
        assert!(fault.starts_with("the name service does not answer"), "{fault}");
    }

    #[test]
    fn a_socket_on_every_address_is_reached_on_this_computer() {
        for (bound, expected) in
            [("0.0.0.0:53", "127.0.0.1:53"), ("[::]:53", "[::1]:53"), ("192.0.2.10:53", "192.0.2.10:53")]
        {
            assert_eq!(reached(bound.parse().unwrap()), expected.parse().unwrap());
        }
    }
}
