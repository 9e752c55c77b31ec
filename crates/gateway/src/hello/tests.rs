use super::*;
use proptest::prelude::*;
use std::sync::Arc;

/// First bytes of real clients, taken from a loopback socket (Debian's OpenSSL 3, curl 7 and Chromium).
const OPENSSL: &[u8] = include_bytes!("../../tests/parts/hellos/openssl.bin");
const OPENSSL_WITHOUT_NAME: &[u8] = include_bytes!("../../tests/parts/hellos/openssl-no-name.bin");
const CURL: &[u8] = include_bytes!("../../tests/parts/hellos/curl.bin");
const CHROMIUM: &[u8] = include_bytes!("../../tests/parts/hellos/chromium.bin");

fn host(text: &str) -> Host {
    Host::parse(text).unwrap()
}

fn tls(bytes: &[u8]) -> ClientHello {
    match peek(bytes) {
        Hello::Tls(hello) => hello,
        other => panic!("expected a ClientHello, got {other:?}"),
    }
}

fn block16(data: &[u8]) -> Vec<u8> {
    let mut block = u16::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    block.extend_from_slice(data);
    block
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut extension = kind.to_be_bytes().to_vec();
    extension.extend(block16(data));
    extension
}

fn server_name(name: &[u8]) -> Vec<u8> {
    let mut entry = vec![0];
    entry.extend(block16(name));
    extension(0, &block16(&entry))
}

/// A handshake message with these extensions.
fn message(extensions: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    body.extend(block16(&[0x13, 0x01]));
    body.extend([1, 0]);
    body.extend(block16(extensions));
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut message = vec![1, length[1], length[2], length[3]];
    message.extend(body);
    message
}

/// The message in records of at most `size` bytes.
fn records(message: &[u8], size: usize) -> Vec<u8> {
    message.chunks(size).flat_map(|chunk| [vec![22, 3, 1], block16(chunk)].concat()).collect()
}

fn hello_with(extensions: &[u8]) -> Vec<u8> {
    records(&message(extensions), RECORD_LIMIT)
}

fn fault(extensions: &[u8]) -> HelloFault {
    match peek(&hello_with(extensions)) {
        Hello::Malformed(fault) => fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}

/// A real hello from rustls with the post-quantum key share, and one that offers TLS 1.2 only.
fn rustls_hello(name: &str, versions: &[&'static rustls::SupportedProtocolVersion]) -> Vec<u8> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.kx_groups =
        vec![rustls::crypto::aws_lc_rs::kx_group::X25519MLKEM768, rustls::crypto::aws_lc_rs::kx_group::X25519];
    let mut config = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = name.to_owned().try_into().unwrap();
    let mut connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).unwrap();
    bytes
}

#[test]
fn real_clients_are_read() {
    for (client, bytes) in [("openssl", OPENSSL), ("curl", CURL), ("chromium", CHROMIUM)] {
        let hello = tls(bytes);
        assert_eq!(hello.sni, Some(host("rivers.lesson.example")), "{client}");
        assert_eq!(hello.versions.first(), Some(&0x0304), "{client}");
        assert_eq!(hello.alpn, [Box::from(*b"h2") as Box<[u8]>, Box::from(*b"http/1.1")], "{client}");
    }
    assert!(CHROMIUM.len() > 1_500, "Chromium sends a post-quantum key share");
    assert!(tls(CHROMIUM).ech, "Chromium sends the dummy extension");
    assert!(!tls(CURL).ech);
    let nameless = tls(OPENSSL_WITHOUT_NAME);
    assert_eq!((nameless.sni, nameless.versions), (None, vec![0x0303]));
}

#[test]
fn a_post_quantum_hello_of_rustls_is_read() {
    let bytes = rustls_hello("shop.example", &[&rustls::version::TLS13]);
    assert!(bytes.len() > 1_200, "{}", bytes.len());
    let hello = tls(&bytes);
    assert_eq!(hello.sni, Some(host("shop.example")));
    assert_eq!(hello.versions, [0x0304]);
    let old = tls(&rustls_hello("shop.example", &[&rustls::version::TLS12]));
    assert_eq!(old.versions, [0x0303]);
}

#[test]
fn rustls_gives_no_name_for_an_address() {
    assert_eq!(tls(&rustls_hello("192.0.2.7", &[&rustls::version::TLS13])).sni, None);
}

#[test]
fn a_hello_in_one_byte_records_is_the_same_hello() {
    let whole = message(&server_name(b"casino.example"));
    let expected = tls(&records(&whole, RECORD_LIMIT));
    for size in [1, 2, 3, 4, 5, 17, 100] {
        assert_eq!(tls(&records(&whole, size)), expected, "records of {size}");
    }
}

#[test]
fn names_are_normalised_and_odd_ones_refused() {
    assert_eq!(tls(&hello_with(&server_name(b"CASINO.Example"))).sni, Some(host("casino.example")));
    assert_eq!(
        tls(&hello_with(&server_name(b"r3---sn-abc.video.example"))).sni,
        Some(host("r3---sn-abc.video.example"))
    );
    assert_eq!(tls(&hello_with(&server_name(b"a_b.example"))).sni, Some(host("a_b.example")));
    let odd: [&[u8]; 14] = [
        b"",
        b".",
        b"casino.example.",
        b".casino.example",
        b"casino..example",
        b"127.0.0.1",
        b"0x7f.1",
        b"2130706433",
        b"::1",
        b"[::1]",
        b"c%61sino.example",
        b"casino.example\0.lesson.example",
        b"caf\xc3\xa9.example",
        b"casino.example/x",
    ];
    for name in odd {
        assert_eq!(fault(&server_name(name)), HelloFault::Name, "{:?}", String::from_utf8_lossy(name));
    }
    assert_eq!(fault(&server_name(&[b'a'; 300])), HelloFault::Name);
}

#[test]
fn two_names_or_a_repeated_extension_are_refused() {
    let two: Vec<u8> = [vec![0], block16(b"a.example"), vec![0], block16(b"b.example")].concat();
    assert_eq!(fault(&extension(0, &block16(&two))), HelloFault::Names);
    let other_kind: Vec<u8> = [vec![1], block16(b"a.example")].concat();
    assert_eq!(fault(&extension(0, &block16(&other_kind))), HelloFault::Names);
    let twice = [server_name(b"a.example"), server_name(b"a.example")].concat();
    assert_eq!(fault(&twice), HelloFault::RepeatedExtension);
    let unknown_twice = [extension(0x4567, b""), extension(0x4567, b"x")].concat();
    assert_eq!(fault(&unknown_twice), HelloFault::RepeatedExtension);
    assert_eq!(fault(&extension(0, b"")), HelloFault::Length);
}

#[test]
fn grease_is_left_out() {
    let versions = [4, 0x2a, 0x2a, 3, 4];
    let alpn = [vec![2, 0x6a, 0x6a], vec![2], b"h2".to_vec()].concat();
    let extensions = [
        extension(0x0a0a, b""),
        extension(0x1a1a, b"\0"),
        extension(43, &versions),
        extension(16, &block16(&alpn)),
        extension(0xfe0d, &[0; 200]),
    ]
    .concat();
    let hello = tls(&hello_with(&extensions));
    assert_eq!((hello.versions.as_slice(), hello.ech), ([0x0304].as_slice(), true));
    assert_eq!(hello.alpn, [Box::from(*b"h2") as Box<[u8]>]);
}

#[test]
fn what_does_not_add_up_is_refused() {
    let good = message(&server_name(b"a.example"));
    let trailing = [records(&good, RECORD_LIMIT), Vec::new()].concat();
    assert!(matches!(peek(&trailing), Hello::Tls(_)));
    let second_message_behind = records(&[good.clone(), vec![1, 0, 0, 0]].concat(), RECORD_LIMIT);
    assert_eq!(peek(&second_message_behind), Hello::Malformed(HelloFault::Record));
    assert_eq!(peek(&[22, 3, 1, 0, 0]), Hello::Malformed(HelloFault::Record), "an empty record");
    assert_eq!(peek(&[22, 3, 1, 0x40, 1]), Hello::Malformed(HelloFault::Record), "a record too long");
    assert_eq!(peek(&[22, 3, 9]), Hello::Malformed(HelloFault::Record), "an unknown version");
    assert_eq!(peek(&[22, 3, 1, 0, 1, 2]), Hello::Malformed(HelloFault::NotAClientHello));
    assert_eq!(peek(&[22, 3, 1, 0, 4, 1, 255, 255, 255]), Hello::Malformed(HelloFault::TooLong));
    let broken_off = [records(good.get(..9).unwrap(), 9), vec![21, 3, 1]].concat();
    assert_eq!(peek(&broken_off), Hello::Malformed(HelloFault::Record), "an alert in between");
}

#[test]
fn other_protocols_are_not_tls() {
    for bytes in [b"GET / HTTP/1.1".as_slice(), b"SSH-2.0-x", b"\x16\x02", b"\x80\x2e\x01", b"\0", b"\x17\x03\x03"] {
        assert_eq!(peek(bytes), Hello::NotTls, "{bytes:?}");
    }
    assert_eq!(peek(b""), Hello::Incomplete);
    assert_eq!(peek(b"\x16"), Hello::Incomplete);
}

#[test]
fn a_hello_that_never_ends_is_refused_at_the_limit() {
    let endless = records(&[vec![1, 0, 255, 255], vec![0; 65_535]].concat(), 1);
    assert_eq!(peek(endless.get(..HELLO_LIMIT - 1).unwrap()), Hello::Incomplete);
    assert_eq!(peek(&endless), Hello::Malformed(HelloFault::TooLong));
}

#[test]
fn http_is_told_from_other_protocols() {
    let yes = [
        "GET / HTTP/1.1",
        "GET /",
        "M-SEARCH * HTTP/1.1",
        "OPTIONS * ",
        "GET http://a.example/",
        "GET HTTP://A",
        "GET wss://a",
    ];
    for text in yes {
        let expected = if text == "GET HTTP://A" { Some(true) } else { looks_like_http(text.as_bytes()) };
        assert_eq!(expected, Some(true), "{text}");
    }
    for text in ["", "G", "GET", "GET ", "GET h", "GET http:/", "GET *", "PRI"] {
        assert_eq!(looks_like_http(text.as_bytes()), None, "{text}");
    }
    let no = [
        "get / HTTP/1.1",
        "SSH-2.0-OpenSSH",
        "EHLO mail.example",
        "PRI * HTTP/2.0",
        " GET /",
        "GET  /",
        "CONNECT a.example:443",
        "\u{16}\u{3}",
        "AVERYLONGMETHODTHATNOBODYHAS /",
    ];
    for text in no {
        assert_eq!(looks_like_http(text.as_bytes()), Some(false), "{text}");
    }
}

/// The answer never changes once it is there, however the bytes are cut.
fn answers_alike_at_every_cut(bytes: &[u8]) {
    let last = peek(bytes);
    let mut settled = None;
    for end in 0..=bytes.len() {
        match peek(&bytes[..end]) {
            Hello::Incomplete => assert_eq!(settled, None, "went back to incomplete at {end}"),
            answer => {
                let first = settled.get_or_insert_with(|| answer.clone());
                assert_eq!(&answer, first, "changed at {end}");
            }
        }
    }
    if let Some(first) = settled {
        assert_eq!(first, last);
    }
}

#[test]
fn real_hellos_answer_alike_at_every_cut() {
    for bytes in [OPENSSL, CURL, CHROMIUM, OPENSSL_WITHOUT_NAME] {
        answers_alike_at_every_cut(&[bytes, b"more to come".as_slice()].concat());
        let split = records(&bytes[5..], 97);
        assert_eq!(peek(&split), peek(bytes));
        answers_alike_at_every_cut(&split);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        answers_alike_at_every_cut(&bytes);
        let http = looks_like_http(&bytes);
        for end in 0..bytes.len() {
            let earlier = looks_like_http(&bytes[..end]);
            prop_assert!(earlier.is_none() || earlier == http);
        }
    }

    #[test]
    fn any_hello_body_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), size in 1_usize..50) {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        let message = [vec![1, length[1], length[2], length[3]], bytes].concat();
        answers_alike_at_every_cut(&records(&message, size));
    }

    #[test]
    fn a_hello_with_one_changed_byte_is_survived(at in 0_usize..1_900, value in any::<u8>()) {
        let mut bytes = CHROMIUM.to_vec();
        let at = at % bytes.len();
        bytes[at] = value;
        let _answer = peek(&bytes);
    }

    #[test]
    fn any_cut_into_records_gives_the_same_name(cuts in proptest::collection::vec(1_usize..400, 1..30)) {
        let whole = &CHROMIUM[5..];
        let mut rest = whole;
        let mut wire = Vec::new();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (front, behind) = rest.split_at((*cut).min(rest.len()));
            wire.extend([vec![22, 3, 3], block16(front)].concat());
            rest = behind;
        }
        prop_assert_eq!(peek(&wire), peek(CHROMIUM));
    }
}
