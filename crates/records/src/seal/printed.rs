//! What is printed and typed again: recovery codes and one-time passphrases, in thirty-two signs that nobody mistakes for one
//! another (Crockford's: no I, L, O, U).

use super::suite::{KEY, Private, random};
use crate::Fault;
use zeroize::Zeroizing;

const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Signs of a group that carry something; one more checks them.
const CARRYING: usize = 4;
/// Groups of a recovery code: 256 bits in signs of five bits, four to a group.
const GROUPS: usize = 13;

/// A custodian's private half as it is printed: thirteen groups of five. The fifth sign checks its group and its place, so a
/// wrong sign, two exchanged signs and two exchanged groups are told at once and with the group's number.
pub(super) fn recovery_code(private: &Private) -> Zeroizing<String> {
    let signs = to_signs(private.bytes());
    let mut code = Zeroizing::new(String::with_capacity(GROUPS * (CARRYING + 2)));
    for (place, group) in (0_u8..).zip(signs.chunks(CARRYING)) {
        if place > 0 {
            code.push('-');
        }
        let check = check(place, group);
        group.iter().chain([&check]).for_each(|value| code.push(sign(*value)));
    }
    code
}

/// The private half that a typed recovery code stands for. Says which group is mistyped.
pub(super) fn read_recovery_code(typed: &str) -> Result<Private, Fault> {
    let mut values = Zeroizing::new(Vec::with_capacity(GROUPS * (CARRYING + 1)));
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let group = values.len() / (CARRYING + 1) + 1;
        values.push(value(letter).ok_or_else(|| mistyped(group))?);
    }
    if values.len() != GROUPS * (CARRYING + 1) {
        return Err(Fault::wrong(format!(
            "A recovery code has {} signs; this has {}. Compare it with the printed one.",
            GROUPS * (CARRYING + 1),
            values.len()
        )));
    }
    let mut carried = Zeroizing::new(Vec::with_capacity(GROUPS * CARRYING));
    for (place, group) in (0_u8..).zip(values.chunks(CARRYING + 1)) {
        let (carrying, given) = group.split_at(CARRYING);
        if given != [check(place, carrying)] {
            return Err(mistyped(usize::from(place) + 1));
        }
        carried.extend_from_slice(carrying);
    }
    from_signs(&carried).ok_or_else(|| mistyped(GROUPS))
}

/// A passphrase of 100 random bits, in five groups of four.
pub(crate) fn one_time_passphrase() -> Result<Zeroizing<String>, Fault> {
    Ok(in_groups(random::<20>()?.as_slice()))
}

/// A spare code for the second step: 120 random bits, in six groups of four. With so many a quick digest is enough to keep it by
/// (ASVS 5.0 §6.5.2).
pub(crate) fn spare_code() -> Result<Zeroizing<String>, Fault> {
    Ok(in_groups(random::<24>()?.as_slice()))
}

/// Five random bits of each byte as a sign, in groups of four.
fn in_groups(random: &[u8]) -> Zeroizing<String> {
    let mut words = Zeroizing::new(String::with_capacity(random.len() * 5 / 4));
    for (place, byte) in random.iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            words.push('-');
        }
        words.push(sign(byte % 32));
    }
    words
}

/// A one-time passphrase as it is stretched: however it was typed, capitals, blanks and all.
pub(crate) fn normalised_passphrase(typed: &str) -> Zeroizing<String> {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    Zeroizing::new(letters.map(|letter| value(letter).map_or(letter, sign)).collect())
}

fn mistyped(group: usize) -> Fault {
    Fault::wrong(format!("Group {group} of the recovery code is mistyped. Compare it with the printed one."))
}

fn sign(value: u8) -> char {
    SIGNS.get(usize::from(value)).map_or('?', |byte| char::from(*byte))
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        letter => letter,
    };
    let place = SIGNS.iter().position(|sign| char::from(*sign) == letter)?;
    u8::try_from(place).ok()
}

/// The check sign: a polynomial over the field of 32 elements with the group's place as its first coefficient. As every
/// sign has a weight of its own, one wrong sign or two exchanged ones always change it.
fn check(place: u8, group: &[u8]) -> u8 {
    group.iter().fold(times(place), |sum, value| times(sum ^ value))
}

/// Times x, modulo x⁵ + x² + 1.
fn times(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 32 == 0 { doubled } else { (doubled ^ 0b10_0101) & 31 }
}

fn to_signs(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut signs = Zeroizing::new(Vec::with_capacity(GROUPS * CARRYING));
    let (mut held, mut bits) = (0_u16, 0);
    for byte in bytes {
        held = (held << 8) | u16::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            signs.push(low_byte(held >> bits) & 31);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        signs.push(low_byte(held << (5 - bits)) & 31);
    }
    signs
}

fn from_signs(signs: &[u8]) -> Option<Private> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY + 1));
    let (mut held, mut bits) = (0_u16, 0);
    for sign in signs {
        held = (held << 5) | u16::from(*sign);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(low_byte(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    (held == 0).then(|| Private::from_bytes(&bytes)).flatten()
}

fn low_byte(number: u16) -> u8 {
    number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::suite::pair;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_reads_back_however_it_is_typed(bytes in proptest::array::uniform32(any::<u8>())) {
            let private = Private::from_bytes(&bytes).unwrap();
            let code = recovery_code(&private);
            prop_assert!(read_recovery_code(&code).unwrap().bytes() == bytes);
            let shouted = code.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
            prop_assert!(read_recovery_code(&shouted).unwrap().bytes() == bytes);
        }

        #[test]
        fn every_wrong_sign_and_every_exchange_is_told(at in 0_usize..65, other in 0_u8..32) {
            let code = recovery_code(&pair().unwrap().private).replace('-', "");
            let mut wrong = code.clone().into_bytes();
            wrong[at] = SIGNS[usize::from(other)];
            let wrong = String::from_utf8(wrong).unwrap();
            let told = read_recovery_code(&wrong).err().map(|fault| fault.to_string());
            prop_assert_eq!(told.is_some(), wrong != code);
            if let Some(told) = told {
                let words = format!("Group {} ", at / 5 + 1);
                prop_assert!(told.contains(&words), "{}", told);
            }
            let mut exchanged = code.clone().into_bytes();
            exchanged.swap(at, (at + 1).min(64));
            let exchanged = String::from_utf8(exchanged).unwrap();
            prop_assert_eq!(read_recovery_code(&exchanged).is_err(), exchanged != code);
        }
    }

    #[test]
    fn exchanged_groups_and_a_wrong_length_are_told() {
        let code = recovery_code(&pair().unwrap().private);
        let mut groups = code.split('-').collect::<Vec<_>>();
        groups.swap(3, 7);
        assert!(read_recovery_code(&groups.join("-")).is_err());
        assert!(read_recovery_code(&code[..code.len() - 1]).is_err());
        assert!(read_recovery_code("").is_err());
    }

    #[test]
    fn a_one_time_passphrase_is_the_same_however_it_is_typed() {
        let words = one_time_passphrase().unwrap();
        assert_eq!(words.split('-').map(str::len).collect::<Vec<_>>(), [4; 5]);
        let typed = format!(" {} ", words.to_uppercase().replace('-', " ").replace('0', "o"));
        assert_eq!(normalised_passphrase(&typed), normalised_passphrase(&words));
        assert_ne!(*one_time_passphrase().unwrap(), *words);
    }
}
