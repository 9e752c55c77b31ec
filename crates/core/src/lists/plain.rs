//! Plain lists: one name a line. A name brings everything below it, as in squidGuard's `domains`.

use super::{Entries, Scope, reading};

pub(super) fn parse(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    reading::each_line(bytes, &mut entries, |entries, number, line| {
        let name = reading::without_comment(line);
        let name = name.strip_suffix("/*").unwrap_or(name);
        if !name.is_empty() {
            reading::add_name(entries, number, name, Scope::Within);
        }
    });
    entries
}
