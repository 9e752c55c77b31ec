//! One question at a time, to see that a server answers and answers as it should before it is put under load.

use std::{net::UdpSocket, time::Duration};

/// What a server answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// At least one record.
    Records,
    /// That there is no such name.
    NoSuchName,
    /// Something else, with its response code (RFC 1035 §4.1.1).
    Other(u8),
}

const ID: [u8; 2] = [0x48, 0x46];

/// Asks for the IPv4 address of a name on 127.0.0.1. None if nothing comes within the time.
pub(super) fn ask(port: u16, name: &str, patience: Duration) -> Option<Told> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).ok()?;
    socket.connect(("127.0.0.1", port)).ok()?;
    socket.set_read_timeout(Some(patience)).ok()?;
    socket.send(&question(name)?).ok()?;
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).ok()?;
    read(answer.get(..length)?)
}

/// A question of class IN for an A record, recursion desired (RFC 1035 §4.1).
fn question(name: &str) -> Option<Vec<u8>> {
    let mut message = Vec::from(ID);
    message.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?);
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    Some(message)
}

fn read(answer: &[u8]) -> Option<Told> {
    let [first, second, _, code, _, _, high, low, ..] = answer else { return None };
    if [*first, *second] != ID {
        return None;
    }
    Some(match (code & 0x0f, u16::from_be_bytes([*high, *low])) {
        (0, 1..) => Told::Records,
        (3, _) => Told::NoSuchName,
        (code, _) => Told::Other(code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_put_and_its_answer_read() {
        assert_eq!(
            question("a.example").unwrap(),
            b"HF\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01"
        );
        assert_eq!(question("a..example"), None);
        assert_eq!(read(b"HF\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"), Some(Told::Records));
        assert_eq!(read(b"HF\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00"), Some(Told::NoSuchName));
        assert_eq!(read(b"HF\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00"), Some(Told::Other(0)));
        assert_eq!(read(b"XX\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"), None);
    }
}
