//! The text of names and URL entries: a second file beside the content, sorted, searched without being loaded.
//!
//! The file is plain text. Its first line names the format, its second the content hash, its third the number of
//! lists, whose ids follow, one a line. After them each line is an entry, a tab, and the lists that hold it: the
//! list's place, then `w` for the name and all below it, `e` for the name exactly, `x` and `y` where the list excepts
//! the name and all below it, or the name exactly. Sorted by bytes.

use super::{ContentFault, Kind, Member, Sets};
use std::{
    cmp::Ordering,
    fmt,
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    sync::Arc,
};

const FIRST_LINE: &str = "holdfast content text 1";
/// The longest line that is read: the longest entry, and the lists that hold it.
const LONGEST_LINE: u64 = 1 << 20;

/// One text and the number of its membership set.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextEntry {
    pub(super) offset: u32,
    pub(super) length: u16,
    pub(super) set: u16,
}

impl TextEntry {
    pub(super) fn text(self, texts: &str) -> &str {
        let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
        texts.get(start..start.saturating_add(usize::from(self.length))).unwrap_or_default()
    }
}

/// The text of all names and URL entries, sorted: to be written beside the content and dropped, never kept resident.
pub struct ContentText {
    texts: String,
    entries: Vec<TextEntry>,
    /// What stands after the tab, for each set; empty for a set that only marks a host.
    holders: Vec<String>,
    ids: Vec<Arc<str>>,
    body_hash: blake3::Hash,
    content_hash: blake3::Hash,
}

impl fmt::Debug for ContentText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentText").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

impl ContentText {
    pub(super) fn new(texts: String, entries: Vec<TextEntry>, sets: &Sets, ids: Vec<Arc<str>>) -> Self {
        let holders = sets.sets.iter().map(|set| holders(sets.members(set))).collect();
        let unset = blake3::Hash::from_bytes([0; 32]);
        let mut text = Self { texts, entries, holders, ids, body_hash: unset, content_hash: unset };
        let mut hasher = blake3::Hasher::new();
        if text.write_body(&mut hasher).is_ok() {
            text.body_hash = hasher.finalize();
        }
        text
    }

    pub(super) fn body_hash(&self) -> blake3::Hash {
        self.body_hash
    }

    pub(super) fn set_content_hash(&mut self, hash: blake3::Hash) {
        self.content_hash = hash;
    }

    /// Writes the file that [`TextFile`] reads. The writer is best buffered.
    pub fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        writeln!(to, "{FIRST_LINE}\n{}\n{}", self.content_hash.to_hex(), self.ids.len())?;
        for id in &self.ids {
            writeln!(to, "{}", id.replace(['\n', '\r'], " "))?;
        }
        self.write_body(to)
    }

    /// Writes the entries in pieces of some size, as hashing and writing many short pieces is slow.
    fn write_body(&self, to: &mut impl Write) -> std::io::Result<()> {
        const PIECE: usize = 1 << 16;
        let mut piece = String::with_capacity(2 * PIECE);
        for entry in &self.entries {
            let holders = self.holders.get(usize::from(entry.set)).map_or("", String::as_str);
            if !holders.is_empty() {
                piece.push_str(entry.text(&self.texts));
                piece.push('\t');
                piece.push_str(holders);
                piece.push('\n');
            }
            if piece.len() >= PIECE {
                to.write_all(piece.as_bytes())?;
                piece.clear();
            }
        }
        to.write_all(piece.as_bytes())
    }
}

fn holders(members: &[Member]) -> String {
    let words = members.iter().filter_map(|member| {
        let letter = match member.kind() {
            Kind::Within => 'w',
            Kind::Exact => 'e',
            Kind::ExceptWithin => 'x',
            Kind::ExceptExact => 'y',
            Kind::HasUrls => return None,
        };
        Some(format!("{}{letter}", member.list()))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The file that [`ContentText::write`] wrote, for looking up whether an entry that is shown or appealed is truly in a
/// list. Reads a few dozen short stretches of it for each look-up.
#[derive(Debug)]
pub struct TextFile<R> {
    from: BufReader<R>,
    ids: Vec<String>,
    content_hash: String,
    /// Where the entries begin, and where the file ends.
    start: u64,
    end: u64,
}

impl<R: Read + Seek> TextFile<R> {
    /// Reads the head of the file.
    pub fn open(mut from: R) -> Result<Self, ContentFault> {
        let end = from.seek(SeekFrom::End(0)).map_err(ContentFault::Unreadable)?;
        from.seek(SeekFrom::Start(0)).map_err(ContentFault::Unreadable)?;
        let mut from = BufReader::with_capacity(1_024, from);
        let mut line = String::new();
        let mut start = read_line(&mut from, &mut line)?;
        if line != FIRST_LINE {
            let message = "The text of the compiled lists is no such file, or one of another version of Holdfast. Compile the lists again.";
            return Err(ContentFault::Version(message.to_owned()));
        }
        start += read_line(&mut from, &mut line)?;
        let content_hash = line.clone();
        start += read_line(&mut from, &mut line)?;
        let count: u16 = line.parse().ok().ok_or_else(damaged)?;
        let mut ids = Vec::new();
        for _ in 0..count {
            start += read_line(&mut from, &mut line)?;
            ids.push(line.clone());
        }
        Ok(Self { from, ids, content_hash, start, end })
    }

    /// The content hash that the file belongs to, hexadecimal: compare it with [`super::Content::hash`].
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// The ids of the lists that truly hold this name or URL entry, as [`super::Content::entry_text`] gives it.
    /// None at all means that the match was a false one, of two texts with one fingerprint.
    pub fn lists_holding(&mut self, entry_text: &str) -> Result<Vec<String>, ContentFault> {
        let (mut low, mut high) = (self.start, self.end);
        let mut line = String::new();
        while low < high {
            let middle = low + (high - low) / 2;
            // The first line that begins at the middle or after it: what is before the end of the line that holds the
            // byte in front of the middle belongs to an earlier one.
            let mut at = middle;
            if middle > low {
                self.seek(middle - 1)?;
                at = middle - 1 + read_line(&mut self.from, &mut line)?;
            } else {
                self.seek(low)?;
            }
            if at >= high {
                high = middle;
                continue;
            }
            let length = read_line(&mut self.from, &mut line)?;
            match compare(&line, entry_text) {
                Ordering::Equal => return self.ids_of(&line),
                Ordering::Less => low = at + length,
                Ordering::Greater => high = middle,
            }
        }
        Ok(Vec::new())
    }

    fn seek(&mut self, to: u64) -> Result<(), ContentFault> {
        self.from.seek(SeekFrom::Start(to)).map(|_| ()).map_err(ContentFault::Unreadable)
    }

    fn ids_of(&self, line: &str) -> Result<Vec<String>, ContentFault> {
        let (_, holders) = line.split_once('\t').ok_or_else(damaged)?;
        let mut ids = Vec::new();
        for holder in holders.split(' ').filter_map(|word| word.strip_suffix(['w', 'e'])) {
            let list: usize = holder.parse().ok().ok_or_else(damaged)?;
            ids.push(self.ids.get(list).ok_or_else(damaged)?.clone());
        }
        Ok(ids)
    }
}

fn compare(line: &str, entry_text: &str) -> Ordering {
    line.split_once('\t').map_or(line, |(text, _)| text).cmp(entry_text)
}

/// Reads one line, without its end, and says how many bytes it took.
fn read_line(from: &mut impl BufRead, line: &mut String) -> Result<u64, ContentFault> {
    line.clear();
    let mut bytes = Vec::new();
    from.take(LONGEST_LINE).read_until(b'\n', &mut bytes).map_err(ContentFault::Unreadable)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if bytes.pop() != Some(b'\n') {
        return Err(damaged());
    }
    // A line that is read from its middle on may begin inside a character; what is compared is always whole.
    line.push_str(&String::from_utf8_lossy(&bytes));
    Ok(length)
}

fn damaged() -> ContentFault {
    ContentFault::Damaged(
        "The text of the compiled lists is damaged or incomplete. Compile the lists again.".to_owned(),
    )
}
