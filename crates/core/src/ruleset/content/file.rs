//! The saved form of [`Content`]: a head with its own hash, the tables, and a hash over everything.
//!
//! The head's hash is checked before anything is set aside for the tables, so that a damaged length never asks for
//! memory that is not there; the tables are read straight into place, hashed as they come.

use super::{Content, ContentFault, ListFacts, Member, Sets};
use crate::{
    category::Category,
    lists::{Expression, Target},
    ruleset::{
        expressions::{Expressions, ListExpression},
        names::{Fingerprints, NamesTable},
        sealed::SealedTier,
    },
};
use std::{
    io::{Error, ErrorKind, Read, Write},
    sync::Arc,
};

const MAGIC: &[u8; 16] = b"holdfast content";
/// Raised whenever the form changes, or what the fingerprints are made of.
const VERSION: u32 = 1;
/// No head is larger, in bytes.
const LARGEST_HEAD: u32 = 256 << 20;
/// How much is read and hashed at a time, in bytes.
const PIECE: usize = 1 << 16;

impl Content {
    /// Writes the compiled form, with version and hash. The writer is best buffered.
    pub fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        let mut to = HashingWriter { to, hasher: blake3::Hasher::new() };
        let head = self.head().bytes;
        let length = u32::try_from(head.len()).ok().filter(|length| *length <= LARGEST_HEAD);
        let length =
            length.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "the lists' facts and expressions do not fit"))?;
        to.put(MAGIC)?;
        to.put(&VERSION.to_le_bytes())?;
        to.put(&length.to_le_bytes())?;
        to.put(&head)?;
        let head_hash = to.hasher.finalize();
        to.put(head_hash.as_bytes())?;
        let (_, offsets, records) = self.table.parts();
        to.put_all(offsets, u32::to_le_bytes)?;
        to.put_all(records, u64::to_le_bytes)?;
        let counts: Vec<u32> = self.sets.sets.iter().map(|set| set.count).collect();
        to.put_all(&counts, u32::to_le_bytes)?;
        to.put_all(&self.sets.members, |member| member.0.to_le_bytes())?;
        for tier in &self.sealed {
            to.put_all(&tier.entries, u128::to_le_bytes)?;
            to.put_all(&tier.filter, u64::to_le_bytes)?;
        }
        let hash = to.hasher.finalize();
        to.to.write_all(hash.as_bytes())
    }

    fn head(&self) -> Head {
        let mut head = Head::default();
        let (shift, offsets, records) = self.table.parts();
        head.bytes.extend_from_slice(self.hash.as_bytes());
        head.number(self.seed);
        head.number(self.names);
        head.number(u64::from(self.most_pieces));
        head.number(u64::from(shift));
        head.count(offsets.len());
        head.count(records.len());
        head.count(self.sets.sets.len());
        head.count(self.sets.members.len());
        head.count(self.lists.len());
        for list in &self.lists {
            head.text(&list.id);
            head.text(&list.title);
            head.text(list.category.code());
            head.text(&list.source);
            head.text(&list.licence);
            head.number(u64::from(list.fetched.is_some()));
            head.text(list.fetched.as_deref().unwrap_or_default());
            head.number(list.entries);
        }
        head.count(self.expressions.entries().len());
        for entry in self.expressions.entries() {
            head.number(u64::from(entry.list));
            head.number(u64::from(entry.expression.target == Target::Address));
            head.text(&entry.expression.pattern);
        }
        head.count(self.sealed.len());
        for tier in &self.sealed {
            head.text(&tier.tier);
            head.text(&tier.feed_version);
            head.bytes.extend_from_slice(&tier.key);
            head.number(u64::from(tier.most_pieces));
            head.count(tier.entries.len());
            head.count(tier.filter.len());
        }
        head
    }

    /// Reads what [`Self::write`] wrote, and verifies it. The reader needs no buffer.
    pub fn read(from: &mut impl Read) -> Result<Self, ContentFault> {
        let mut from = HashingReader { from, hasher: blake3::Hasher::new() };
        if &from.take_array::<16>()? != MAGIC {
            let message = "This is no file of compiled lists. Compile the lists again.";
            return Err(ContentFault::Version(message.to_owned()));
        }
        let version = u32::from_le_bytes(from.take_array()?);
        if version != VERSION {
            return Err(ContentFault::Version(format!(
                "The compiled lists are of version {version}, and this Holdfast reads version {VERSION}. Compile the lists again."
            )));
        }
        let length = u32::from_le_bytes(from.take_array()?);
        if length > LARGEST_HEAD {
            return Err(damaged("its head is too large"));
        }
        let head = from.take_all(u64::from(length), |byte: [u8; 1]| u8::from_le_bytes(byte))?;
        let expected = from.hasher.finalize();
        if blake3::Hash::from_bytes(from.take_array()?) != expected {
            return Err(damaged("its head does not match its hash"));
        }
        let content = Self::read_tables(&mut from, HeadReader { rest: &head })?;
        let expected = from.hasher.finalize();
        if blake3::Hash::from_bytes(from.take_array()?) != expected {
            return Err(damaged("it does not match its hash"));
        }
        if from.from.read(&mut [0]).map_err(ContentFault::Unreadable)? != 0 {
            return Err(damaged("something was added at its end"));
        }
        Ok(content)
    }

    fn read_tables(from: &mut HashingReader<'_, impl Read>, mut head: HeadReader<'_>) -> Result<Self, ContentFault> {
        let hash = blake3::Hash::from_bytes(head.array()?);
        let seed = head.number()?;
        let names = head.number()?;
        let most_pieces = head.small()?;
        let shift = head.small()?;
        let counts = [head.number()?, head.number()?, head.number()?, head.number()?];
        let lists = head.many(HeadReader::list)?;
        let entries = head.many(HeadReader::expression)?;
        let mut sealed = head.many(HeadReader::sealed)?;

        let [offsets, records, sets, members] = counts;
        let offsets = from.take_all(offsets, u32::from_le_bytes)?;
        let records = from.take_all(records, u64::from_le_bytes)?;
        let counts = from.take_all(sets, u32::from_le_bytes)?;
        let members = from.take_all(members, |bytes| Member(u32::from_le_bytes(bytes)))?;
        for (tier, entries, filter) in &mut sealed {
            tier.entries = from.take_all(*entries, u128::from_le_bytes)?;
            tier.filter = from.take_all(*filter, u64::from_le_bytes)?;
        }

        let mut built = Sets { sets: Vec::with_capacity(counts.len()), members: Vec::with_capacity(members.len()) };
        let mut rest = members.as_slice();
        for count in counts {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let (set, after) = rest.split_at_checked(count).ok_or_else(|| damaged("its sets do not add up"))?;
            built.push(set, &lists);
            rest = after;
        }
        Ok(Self {
            lists,
            seed,
            fingerprints: Fingerprints::new(seed),
            table: NamesTable::from_parts(shift, offsets, records),
            sets: built,
            expressions: Expressions::from_checked(entries),
            sealed: sealed.into_iter().map(|(tier, ..)| tier).collect(),
            most_pieces,
            names,
            hash,
        })
    }
}

fn damaged(what: &str) -> ContentFault {
    ContentFault::Damaged(format!("The file of compiled lists is damaged: {what}. Compile the lists again."))
}

/// The head as it is written: numbers of eight bytes, little-endian, and texts after their length.
#[derive(Default)]
struct Head {
    bytes: Vec<u8>,
}

impl Head {
    fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

/// The head as it is read back; it has been verified by its hash.
struct HeadReader<'a> {
    rest: &'a [u8],
}

impl HeadReader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], ContentFault> {
        let (array, rest) = self.rest.split_first_chunk().ok_or_else(head_too_short)?;
        self.rest = rest;
        Ok(*array)
    }

    fn number(&mut self) -> Result<u64, ContentFault> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn small<T: TryFrom<u64>>(&mut self) -> Result<T, ContentFault> {
        T::try_from(self.number()?).ok().ok_or_else(|| damaged("a number in its head is too large"))
    }

    fn text(&mut self) -> Result<String, ContentFault> {
        let length = self.small()?;
        let (text, rest) = self.rest.split_at_checked(length).ok_or_else(head_too_short)?;
        self.rest = rest;
        String::from_utf8(text.to_vec()).map_err(|fault| damaged(&format!("a text in its head is no text ({fault})")))
    }

    fn many<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, ContentFault>) -> Result<Vec<T>, ContentFault> {
        (0..self.number()?).map(|_| one(self)).collect()
    }

    fn list(&mut self) -> Result<ListFacts, ContentFault> {
        let id: Arc<str> = self.text()?.into();
        let title = self.text()?;
        let code = self.text()?;
        let category = Category::from_code(&code).ok_or_else(|| {
            ContentFault::Version(format!(
                "The compiled lists name the category “{code}”, which this Holdfast does not know. Compile the lists again."
            ))
        })?;
        let source = self.text()?;
        let licence = self.text()?;
        let is_fetched = self.number()? != 0;
        let fetched = Some(self.text()?).filter(|_| is_fetched);
        Ok(ListFacts { id, title, category, source, licence, fetched, entries: self.number()? })
    }

    fn expression(&mut self) -> Result<ListExpression, ContentFault> {
        let list = self.small()?;
        let target = if self.number()? == 0 { Target::Host } else { Target::Address };
        Ok(ListExpression { list, expression: Expression { target, pattern: self.text()? } })
    }

    /// A tier whose tables are still to come, with the sizes of both.
    fn sealed(&mut self) -> Result<(SealedTier, u64, u64), ContentFault> {
        let tier = SealedTier {
            tier: self.text()?.into(),
            feed_version: self.text()?.into(),
            key: self.array()?,
            most_pieces: self.small()?,
            entries: Vec::new(),
            filter: Vec::new(),
        };
        Ok((tier, self.number()?, self.number()?))
    }
}

fn head_too_short() -> ContentFault {
    damaged("its head ends early")
}

struct HashingWriter<'a, W> {
    to: &'a mut W,
    hasher: blake3::Hasher,
}

impl<W: Write> HashingWriter<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hasher.update(bytes);
        self.to.write_all(bytes)
    }

    fn put_all<T: Copy, const N: usize>(&mut self, values: &[T], bytes: impl Fn(T) -> [u8; N]) -> std::io::Result<()> {
        let mut piece = Vec::with_capacity(PIECE);
        for values in values.chunks(PIECE / N) {
            piece.clear();
            for value in values {
                piece.extend_from_slice(&bytes(*value));
            }
            self.put(&piece)?;
        }
        Ok(())
    }
}

struct HashingReader<'a, R> {
    from: &'a mut R,
    hasher: blake3::Hasher,
}

impl<R: Read> HashingReader<'_, R> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ContentFault> {
        self.from.read_exact(bytes).map_err(|fault| match fault.kind() {
            ErrorKind::UnexpectedEof => damaged("it ends early"),
            _ => ContentFault::Unreadable(fault),
        })?;
        self.hasher.update(bytes);
        Ok(())
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], ContentFault> {
        let mut array = [0; N];
        self.fill(&mut array)?;
        Ok(array)
    }

    fn take_all<T, const N: usize>(
        &mut self,
        count: u64,
        value: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, ContentFault> {
        let count = usize::try_from(count).ok().ok_or_else(|| damaged("a table is too large"))?;
        let mut values = Vec::new();
        values
            .try_reserve_exact(count)
            .map_err(|fault| damaged(&format!("a table does not fit into this computer's memory ({fault})")))?;
        let mut piece = vec![0; PIECE / N * N];
        while values.len() < count {
            let wanted = (count - values.len()).min(PIECE / N) * N;
            let Some(piece) = piece.get_mut(..wanted) else { break };
            self.fill(piece)?;
            values.extend(piece.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)));
        }
        Ok(values)
    }
}
