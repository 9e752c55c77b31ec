//! Datagrams in batches: one system call takes in many, and one sends many.

use nix::{
    cmsg_space,
    libc::{in_pktinfo, in6_pktinfo},
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, sendmsg,
        setsockopt, sockopt,
    },
};
use std::{
    io::{IoSlice, IoSliceMut},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket},
    os::fd::RawFd,
};

/// Datagrams taken in at once.
pub(super) const BATCH: usize = 32;
/// The longest datagram that is read; longer ones are no questions.
pub(super) const LONGEST: usize = 4_096;

/// The address of ours that a datagram came to, as the system tells it and as it takes it back.
#[derive(Debug, Clone, Copy)]
pub(super) enum CameTo {
    /// The only one the socket is bound to.
    TheSocket,
    /// One of many, IPv4.
    V4(in_pktinfo),
    /// One of many, IPv6, or IPv4 written as IPv6.
    V6(in6_pktinfo),
}

impl CameTo {
    /// The address, where it is told.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::TheSocket => None,
            Self::V4(info) => Some(Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr)).into()),
            Self::V6(info) => Some(IpAddr::from(Ipv6Addr::from(info.ipi6_addr.s6_addr)).to_canonical()),
        }
    }

    /// The control message with which an answer leaves from the same address.
    fn control(&self) -> Option<ControlMessage<'_>> {
        match self {
            Self::TheSocket => None,
            Self::V4(info) => Some(ControlMessage::Ipv4PacketInfo(info)),
            Self::V6(info) => Some(ControlMessage::Ipv6PacketInfo(info)),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::TheSocket, Self::TheSocket)) || {
            let index = |came_to: &Self| match came_to {
                Self::TheSocket => 0,
                Self::V4(info) => i64::from(info.ipi_ifindex),
                Self::V6(info) => i64::from(info.ipi6_ifindex),
            };
            self.address().is_some() && self.address() == other.address() && index(self) == index(other)
        }
    }
}

/// How a socket's own address is told with each datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// It has only one.
    Nothing,
    V4,
    V6,
}

impl Telling {
    /// Asks the system to tell it where the socket stands on every address at once.
    pub(super) fn ask(socket: &UdpSocket) -> std::io::Result<Self> {
        let local = socket.local_addr()?;
        if !local.ip().is_unspecified() {
            return Ok(Self::Nothing);
        }
        if local.is_ipv4() {
            setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?;
            return Ok(Self::V4);
        }
        setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?;
        Ok(Self::V6)
    }

    fn space(self) -> Option<Vec<u8>> {
        match self {
            Self::Nothing => None,
            Self::V4 => Some(cmsg_space!(in_pktinfo)),
            Self::V6 => Some(cmsg_space!(in6_pktinfo)),
        }
    }
}

/// One datagram that came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) length: usize,
    pub(super) from: SocketAddr,
    pub(super) came_to: CameTo,
    /// It was longer than what is read.
    pub(super) is_too_long: bool,
}

/// Room for one batch.
pub(super) struct Batch {
    telling: Telling,
    buffers: Box<[[u8; LONGEST]]>,
    arrivals: Vec<Option<Arrival>>,
}

/// The system's headers of one batch, in which its answers go back. New for each batch, because the system shortens
/// what stands in them.
pub(super) struct Headers(MultiHeaders<SockaddrStorage>);

impl Batch {
    pub(super) fn new(telling: Telling) -> Self {
        let buffers = vec![[0; LONGEST]; BATCH].into_boxed_slice();
        Self { telling, buffers, arrivals: Vec::with_capacity(BATCH) }
    }

    /// Takes in what is there, without waiting.
    pub(super) fn receive(&mut self, socket: RawFd) -> std::io::Result<Headers> {
        self.arrivals.clear();
        let mut headers = MultiHeaders::preallocate(BATCH, self.telling.space());
        let mut slices: Vec<[IoSliceMut<'_>; 1]> =
            self.buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        let received = recvmmsg(socket, &mut headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        for message in received {
            let came_to = match self.telling {
                Telling::Nothing => Some(CameTo::TheSocket),
                Telling::V4 | Telling::V6 => {
                    message.cmsgs().ok().and_then(|mut controls| controls.find_map(|control| came_to(&control)))
                }
            };
            let from = message.address.as_ref().and_then(socket_address);
            self.arrivals.push(from.zip(came_to).map(|(from, came_to)| Arrival {
                length: message.bytes.min(LONGEST),
                from,
                came_to,
                is_too_long: message.flags.contains(MsgFlags::MSG_TRUNC),
            }));
        }
        Ok(Headers(headers))
    }

    /// Whether more may be waiting than what came.
    pub(super) fn is_full(&self) -> bool {
        self.arrivals.len() == BATCH
    }

    /// What came, with its bytes. Datagrams without a sender are left out.
    pub(super) fn arrivals(&self) -> impl Iterator<Item = (&Arrival, &[u8])> {
        self.arrivals.iter().zip(&self.buffers).filter_map(|(arrival, buffer)| {
            let arrival = arrival.as_ref()?;
            Some((arrival, buffer.get(..arrival.length)?))
        })
    }

    /// Sends answers to what came. What the system does not take is lost, as datagrams may be; the client asks again.
    pub(super) fn send(&self, socket: RawFd, headers: Headers, answers: &[(Arrival, Vec<u8>)]) {
        let sent = self.send_together(socket, headers, answers).unwrap_or(0);
        for (to, answer) in answers.iter().skip(sent) {
            send_one(socket, to, answer);
        }
    }

    /// Sends all answers in one call where they leave from one address, and tells how many have left.
    fn send_together(&self, socket: RawFd, mut headers: Headers, answers: &[(Arrival, Vec<u8>)]) -> Option<usize> {
        let ((first, _), _) = answers.split_first()?;
        // A control message is the same for all of one call, and each of the headers was given room for one only
        // where its datagram had one.
        if self.arrivals.iter().any(Option::is_none)
            || !answers.iter().all(|(to, _)| to.came_to.is_same(&first.came_to))
        {
            return None;
        }
        let slices: Vec<[IoSlice<'_>; 1]> = answers.iter().map(|(_, answer)| [IoSlice::new(answer)]).collect();
        let addresses: Vec<Option<SockaddrStorage>> = answers.iter().map(|(to, _)| Some(to.from.into())).collect();
        let control = first.came_to.control();
        let sent =
            sendmmsg(socket, &mut headers.0, slices.iter(), &addresses, control.as_slice(), MsgFlags::MSG_DONTWAIT);
        sent.ok().map(Iterator::count)
    }
}

/// Sends one answer.
pub(super) fn send_one(socket: RawFd, to: &Arrival, answer: &[u8]) {
    let address = SockaddrStorage::from(to.from);
    let control = to.came_to.control();
    let sent = sendmsg(socket, &[IoSlice::new(answer)], control.as_slice(), MsgFlags::MSG_DONTWAIT, Some(&address));
    if let Err(error) = sent.map_err(std::io::Error::from) {
        tracing::trace!(%error, "an answer could not be sent");
    }
}

fn came_to(control: &ControlMessageOwned) -> Option<CameTo> {
    match *control {
        ControlMessageOwned::Ipv4PacketInfo(mut info) => {
            // The way back is the routing table's choice; only the address is ours to say.
            info.ipi_ifindex = 0;
            Some(CameTo::V4(info))
        }
        ControlMessageOwned::Ipv6PacketInfo(mut info) => {
            // An address of one cable means nothing without saying which cable.
            if !Ipv6Addr::from(info.ipi6_addr.s6_addr).is_unicast_link_local() {
                info.ipi6_ifindex = 0;
            }
            Some(CameTo::V6(info))
        }
        _ => None,
    }
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(address) = address.as_sockaddr_in() {
        return Some(SocketAddrV4::from(*address).into());
    }
    address.as_sockaddr_in6().map(|address| SocketAddrV6::from(*address).into())
}
