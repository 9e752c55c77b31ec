//! The `urls` and `expressions` files of squidGuard, UT1 and DansGuardian folders.

use super::{
    Entries, Target,
    reading::{self, AddressEntry},
};
use crate::problem::Problem;
use std::fmt::Write as _;

/// Host and path prefix, one a line. Bytes above ASCII that are no UTF-8 are escaped as a browser of that time sent them.
pub(super) fn urls(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    reading::each_raw_line(bytes, &mut entries, |entries, number, line| {
        if line.starts_with(b"#") {
            return;
        }
        let text = std::str::from_utf8(line).map_or_else(|_| escaped(line), str::to_owned);
        match reading::address_entry(&text) {
            Ok(AddressEntry::Whole(name)) => entries.names.push(name),
            Ok(AddressEntry::Part(url)) => entries.urls.push(url),
            Err(fault) => entries.problem(Problem::warning(fault).at_line(number)),
        }
    });
    entries
}

fn escaped(line: &[u8]) -> String {
    let mut text = String::with_capacity(line.len() + 16);
    for &byte in line {
        if byte.is_ascii() {
            text.push(char::from(byte));
        } else if write!(text, "%{byte:02X}").is_err() {
            // Writing to a string cannot fail; were it to, the line would be read without this byte.
            text.push('?');
        }
    }
    text
}

/// Regular expressions over host, path and query, one a line.
pub(super) fn expressions(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    reading::each_line(bytes, &mut entries, |entries, number, line| {
        if !line.starts_with('#') {
            reading::add_expression(entries, number, Target::Address, line);
        }
    });
    entries
}
