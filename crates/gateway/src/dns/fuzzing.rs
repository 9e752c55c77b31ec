//! What the fuzz targets `dns_question` and `dns_answer` and the property tests hold against bytes of strangers. The
//! parts themselves are no business of other crates, so what must hold is stated here, once.

use super::{
    answer::{Designated, ExtendedError, Writer},
    known::{AnswerRules, Known},
    question::{self, Ask, Edns, HEADER, Question, Reading},
    settings::BlockAnswer,
};
use crate::destination::{Destinations, special};
use hickory_proto::{
    op::{Message, MessageType, ResponseCode},
    rr::{
        Name, RData, RecordType,
        rdata::svcb::{SvcParamKey, SvcParamValue},
    },
    serialize::binary::{BinDecodable, BinDecoder},
};
use holdfast_core::host::Host;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name that aliases in these checks lead from.
const ALIAS: &[u8] = b"\x03Www\x04SafE\x07example\0";
/// What an answer may be long at most in these checks: UDP without EDNS, with it, TCP.
const LENGTHS: [usize; 3] = [512, 1_232, 65_535];

/// A way to answer.
type Way<'a> = &'a dyn Fn(&mut Vec<u8>);

/// Reads bytes as a question, and writes every answer that there is to it. An error says which answer is wrong.
pub fn question(bytes: &[u8]) -> Result<(), String> {
    match question::read(bytes) {
        Reading::Silent => Ok(()),
        Reading::Answer(out) => {
            let message = Message::from_vec(&out).map_err(|fault| format!("a refusal cannot be read: {fault}"))?;
            let is_answer =
                message.message_type == MessageType::Response && bytes.starts_with(&message.id.to_be_bytes());
            if is_answer { Ok(()) } else { Err("a refusal answers something else".to_owned()) }
        }
        Reading::Question(question) => every_answer(&question),
    }
}

fn every_answer(question: &Question) -> Result<(), String> {
    let ask = Ask::of(question);
    if ask.host() != question.host {
        return Err("the host to ask about is not the host to judge".to_owned());
    }
    let number = question.id.wrapping_add(1);
    let Reading::Question(again) = question::read(&ask.message(number)) else {
        return Err("what is sent upstream is no question".to_owned());
    };
    if again.id != number || Ask::of(&again) != ask || again.host != question.host {
        return Err("what is sent upstream asks something else".to_owned());
    }
    let own = [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let name = Host::parse("dns.school.example").map_err(|fault| fault.to_string())?;
    let resolvers = Designated { name: &name, tls_port: Some(853), https_port: Some(443), addresses: &own };
    let text = "Blocked by the school’s filter. Why: https://filter.school.example/stopped";
    for (most_bytes, extended) in LENGTHS.into_iter().zip([Some((ExtendedError::Blocked, text)), None, None]) {
        let writer = Writer { question, most_bytes, most_seconds: 60, extended };
        let ways: [Way<'_>; 7] = [
            &|out| writer.addresses(&own, out),
            &|out| writer.blocked(BlockAnswer::OwnAddress, &own, out),
            &|out| writer.blocked(BlockAnswer::NoSuchName, &own, out),
            &|out| writer.no_such_name(out),
            &|out| writer.no_such_record(out),
            &|out| writer.failure(ResponseCode::ServFail, out),
            &|out| writer.designated(resolvers, out),
        ];
        for way in ways {
            let mut out = vec![0xAA; 2];
            way(&mut out);
            let message = written(question, out.get(2..).unwrap_or_default(), most_bytes)?;
            if !ask.is_answered_by(question.id, out.get(2..).unwrap_or_default()) {
                return Err(format!("an answer does not fit its question: {message}"));
            }
        }
    }
    Ok(())
}

/// Reads bytes as an upstream's answer to the question that they repeat, and writes what came of it to a client, as it
/// is and under an alias. An error says what is wrong.
pub fn answer(bytes: &[u8]) -> Result<(), String> {
    let Some((question, is_local)) = asked_by(bytes) else { return Ok(()) };
    let destinations = Destinations::default();
    let rules = AnswerRules { destinations: &destinations, is_local };
    let ask = Ask::of(&question);
    let Ok(known) = Known::read(bytes, &ask, rules) else { return Ok(()) };
    if known.weight < known.body.bytes.len() || known.chain.iter().any(|host| host.address().is_some()) {
        return Err(format!("weight or chain is wrong: {known:?}"));
    }
    for most_bytes in LENGTHS {
        let writer = Writer { question: &question, most_bytes, most_seconds: 60, extended: None };
        let mut out = Vec::new();
        writer.known(&known, 7, &mut out);
        let message = written(&question, &out, most_bytes)?;
        harmless(&message, &known, is_local)?;
        if !message.truncation {
            let again = Known::read(&out, &ask, rules).map_err(|fault| format!("what was written is {fault:?}"))?;
            let mut out = Vec::new();
            writer.known(&again, 0, &mut out);
            // Not the bytes: names are shortened only where their letters' case is the question's (RFC 1035 §4.1.4), and
            // a client may ask in other letters than we asked upstream. hickory compares records as RFC 2136 §1.1.1
            // does, their times to live not counted and names in any case.
            let again_message = written(&question, &out, most_bytes)?;
            let is_same = (again.code, &again.chain) == (known.code, &known.chain)
                && (again_message.truncation
                    || (&again_message.answers, &again_message.authorities)
                        == (&message.answers, &message.authorities));
            if !is_same {
                return Err(format!("reading what was written changed it: {known:?}, then {again:?}"));
            }
        }
    }
    let (Some(target), Ok(name)) = (ask.host(), Name::from_bytes(ALIAS)) else { return Ok(()) };
    let alias = Question { name, host: None, ..question };
    let most_bytes = usize::from(u16::MAX);
    let writer = Writer { question: &alias, most_bytes, most_seconds: 60, extended: None };
    let mut out = Vec::new();
    writer.alias(target.as_str(), &known, 7, &mut out);
    harmless(&written(&alias, &out, most_bytes)?, &known, is_local)
}

/// The question that an answer repeats; bits of its number say how it was asked.
fn asked_by(bytes: &[u8]) -> Option<(Question, bool)> {
    let mut decoder = BinDecoder::new(bytes);
    let [how, ..] = *decoder.read_slice(HEADER).ok()?.unverified() else { return None };
    let name = Name::read(&mut decoder).ok()?;
    let kind = RecordType::read(&mut decoder).ok()?;
    let host = question::host_of(name.iter());
    let edns = (how & 1 != 0).then_some(Edns { payload: 1_232, dnssec: how & 2 != 0 });
    let wants = question::Wants { recursion: true, authentic: how & 8 != 0, checking_disabled: how & 16 != 0 };
    Some((Question { id: 4_711, name, kind, host, wants, edns }, how & 4 != 0))
}

/// Reads an answer back, and holds its frame against the question.
fn written(question: &Question, out: &[u8], most_bytes: usize) -> Result<Message, String> {
    let message = Message::from_vec(out).map_err(|fault| format!("an answer cannot be read: {fault}: {out:?}"))?;
    let is_question_repeated = match message.queries.as_slice() {
        [query] => query.name.eq_case(&question.name) && query.query_type == question.kind,
        _ => false,
    };
    let is_sound = is_question_repeated
        && message.id == question.id
        && message.message_type == MessageType::Response
        && message.recursion_available
        && message.recursion_desired == question.wants.recursion
        && message.checking_disabled == question.wants.checking_disabled
        && message.edns.is_some() == question.edns.is_some()
        && out.len() <= most_bytes
        && message
            .all_sections()
            .all(|record| (1..=60).contains(&record.ttl) || record.record_type() == RecordType::HINFO)
        && !(message.truncation && message.all_sections().next().is_some());
    if is_sound { Ok(message) } else { Err(format!("an answer does not fit {question:?}: {message}")) }
}

/// Whether nothing is passed on that leads round the filter.
fn harmless(message: &Message, known: &Known, is_local: bool) -> Result<(), String> {
    for record in &message.answers {
        let service = match &record.data {
            RData::SVCB(service) => service,
            RData::HTTPS(service) => &service.0,
            data => {
                if !is_local && data.ip_addr().is_some_and(|address| special(address.to_canonical()).is_some()) {
                    return Err(format!("leads inside: {record}"));
                }
                let RData::CNAME(target) = data else { continue };
                let host = question::host_of(target.0.iter());
                // An address's name may lead over names that are no hosts, and so no sites.
                if host.is_none() && message.queries.iter().all(|query| query.query_type == RecordType::PTR) {
                    continue;
                }
                let is_judged = host.is_some_and(|host| {
                    message.queries.iter().any(|query| question::host_of(query.name.iter()).as_ref() == Some(&host))
                        || known.chain.contains(&host)
                });
                // An alias that we made ourselves leads to what was judged already.
                if !is_judged && Name::from_bytes(ALIAS).ok().as_ref() != Some(&record.name) {
                    return Err(format!("leads to a name that is not judged: {record}"));
                }
                continue;
            }
        };
        let is_hidden = service.svc_params.iter().any(|(key, value)| {
            *key == SvcParamKey::EchConfigList
                || matches!(value, SvcParamValue::Alpn(protocols) if protocols.0.iter().any(|protocol| protocol == "h3"))
        });
        if is_hidden {
            return Err(format!("leads round the filter: {record}"));
        }
    }
    Ok(())
}
