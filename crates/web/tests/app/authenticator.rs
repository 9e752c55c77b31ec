//! An authenticator app as a test has it: written from the standards (RFC 4226, RFC 6238, RFC 4648), and not with our own code.

use aws_lc_rs::hmac;
use jiff::Timestamp;

/// The bytes that a secret stands for as it is typed.
fn bytes(typed: &str) -> Vec<u8> {
    const SIGNS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut held, mut bits, mut bytes) = (0_u32, 0, Vec::new());
    for sign in typed.chars().filter(|sign| !sign.is_whitespace()) {
        held = (held << 5) | u32::try_from(SIGNS.find(sign).expect("a sign of base32")).expect("a small number");
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 255).expect("a byte"));
        }
    }
    bytes
}

/// The code that an app shows at a moment.
pub fn code(typed: &str, now: Timestamp) -> String {
    let step = u64::try_from(now.as_second()).expect("after 1970") / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes(typed));
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
