//! Regular expressions and keywords of lists, compiled with the `regex` crate: linear time, whatever is written.
//!
//! All expressions of one target stand behind one gate, a set that answers only whether anything matches at all; the
//! lists behind it are asked one by one only where it does. Hosts and canonical paths are ASCII, so expressions are
//! compiled without Unicode tables where they allow it, which makes them smaller and quicker.

use crate::lists::{Expression, Target};
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::sync::OnceLock;

/// Memory that one compiled set may take, in bytes, and again for its lazily built automaton.
const SIZE_LIMIT: usize = 32 << 20;

/// An expression and the list it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListExpression {
    /// Index of the list in the content.
    pub list: u16,
    /// The expression.
    pub expression: Expression,
}

/// All expressions of the content. Immutable.
#[derive(Debug, Default)]
pub struct Expressions {
    /// Sorted by list, then target, then pattern; the index here is what evidence names.
    entries: Vec<ListExpression>,
    host: Matcher,
    address: Matcher,
}

/// The expressions of one target.
#[derive(Debug, Default)]
struct Matcher {
    /// Whether any matches at all. None where there are no expressions, or too large ones for a common set.
    gate: Option<RegexSet>,
    lists: Vec<ListMatcher>,
}

/// The expressions of one list for one target.
#[derive(Debug)]
struct ListMatcher {
    list: u16,
    /// Where the patterns lie in [`Expressions::entries`].
    start: usize,
    patterns: Vec<String>,
    /// Compiled when first needed: most lists' expressions are only ever asked through the gate.
    set: OnceLock<Vec<RegexSet>>,
}

impl Expressions {
    /// Compiles the expressions. Those that do not compile are left out and given back.
    pub fn new(mut entries: Vec<ListExpression>) -> (Self, Vec<ListExpression>) {
        entries.sort_unstable();
        entries.dedup();
        let (entries, faulty): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| build(&[&entry.expression.pattern]).is_some());
        (Self::from_checked(entries), faulty)
    }

    /// Takes up expressions that [`Self::new`] has checked, in its order.
    pub(super) fn from_checked(entries: Vec<ListExpression>) -> Self {
        let host = Matcher::new(&entries, Target::Host);
        let address = Matcher::new(&entries, Target::Address);
        Self { entries, host, address }
    }

    /// All expressions, sorted by list.
    pub fn entries(&self) -> &[ListExpression] {
        &self.entries
    }

    /// Calls `visit` with each list of which an expression matches. `address` is host and canonical path in one.
    #[inline]
    pub fn for_each_list(&self, host: &str, address: Option<&str>, mut visit: impl FnMut(u16)) {
        if self.entries.is_empty() {
            return;
        }
        self.host.for_each_list(host, &mut visit);
        if let Some(address) = address {
            self.address.for_each_list(address, &mut visit);
        }
    }

    /// The index of the first expression of a list that matches.
    pub fn first_of(&self, list: u16, host: &str, address: Option<&str>) -> Option<usize> {
        let asked = [(&self.host, Some(host)), (&self.address, address)];
        asked.into_iter().find_map(|(matcher, text)| matcher.first_of(list, text?))
    }

    /// Resident size in bytes of what is surely held; the automata grow with what they meet, up to their limit.
    pub fn bytes(&self) -> usize {
        let pattern = |entry: &ListExpression| 2 * (size_of::<ListExpression>() + entry.expression.pattern.len());
        self.entries.iter().map(pattern).sum()
    }
}

impl Matcher {
    fn new(entries: &[ListExpression], target: Target) -> Self {
        let mut lists: Vec<ListMatcher> = Vec::new();
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.expression.target == target) {
            let pattern = entry.expression.pattern.clone();
            match lists.last_mut() {
                Some(last) if last.list == entry.list => last.patterns.push(pattern),
                _ => lists.push(ListMatcher {
                    list: entry.list,
                    start: index,
                    patterns: vec![pattern],
                    set: OnceLock::new(),
                }),
            }
        }
        let all: Vec<&str> = lists.iter().flat_map(|list| &list.patterns).map(String::as_str).collect();
        let gate = if all.is_empty() { None } else { build(&all) };
        Self { gate, lists }
    }

    fn for_each_list(&self, text: &str, visit: &mut impl FnMut(u16)) {
        if self.gate.as_ref().is_some_and(|gate| !gate.is_match(text.as_bytes())) {
            return;
        }
        for list in self.lists.iter().filter(|list| list.matches(text)) {
            visit(list.list);
        }
    }

    fn first_of(&self, wanted: u16, text: &str) -> Option<usize> {
        self.lists.iter().filter(|list| list.list == wanted).find_map(|list| list.first(text))
    }
}

impl ListMatcher {
    /// One set for the whole list; where that grows too large, one for each pattern.
    fn sets(&self) -> &[RegexSet] {
        self.set.get_or_init(|| match build(&self.patterns) {
            Some(set) => vec![set],
            None => self.patterns.iter().filter_map(|pattern| build(&[pattern])).collect(),
        })
    }

    fn matches(&self, text: &str) -> bool {
        self.sets().iter().any(|set| set.is_match(text.as_bytes()))
    }

    fn first(&self, text: &str) -> Option<usize> {
        let mut before = self.start;
        for set in self.sets() {
            if let Some(index) = set.matches(text.as_bytes()).iter().next() {
                return Some(before + index);
            }
            before += set.len();
        }
        None
    }
}

/// One set of patterns, without Unicode tables if they allow it. None where one does not compile or all grow too large.
fn build(patterns: &[impl AsRef<str>]) -> Option<RegexSet> {
    [false, true].into_iter().find_map(|unicode| {
        RegexSetBuilder::new(patterns)
            .case_insensitive(true)
            .unicode(unicode)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(list: u16, target: Target, pattern: &str) -> ListExpression {
        ListExpression { list, expression: Expression { target, pattern: pattern.to_owned() } }
    }

    fn lists(expressions: &Expressions, host: &str, address: Option<&str>) -> Vec<u16> {
        let mut found = Vec::new();
        expressions.for_each_list(host, address, |list| found.push(list));
        found
    }

    #[test]
    fn expressions_match_their_target_whatever_the_case() {
        let (expressions, faulty) = Expressions::new(vec![
            expression(2, Target::Address, r"/Play\?"),
            expression(0, Target::Host, r"^bet\d+\."),
            expression(0, Target::Host, r"(unclosed"),
            expression(1, Target::Host, r"casino|\p{Greek}"),
        ]);
        assert_eq!(faulty.len(), 1);
        assert_eq!(lists(&expressions, "bet12.example", None), [0]);
        assert_eq!(lists(&expressions, "casino.example", Some("casino.example/play?x")), [1, 2]);
        assert_eq!(lists(&expressions, "river.example", Some("river.example/play")), Vec::<u16>::new());
        let first =
            expressions.first_of(2, "a.example", Some("a.example/play?")).map(|index| &expressions.entries()[index]);
        assert_eq!(first.map(|entry| entry.expression.pattern.as_str()), Some(r"/Play\?"));
        assert_eq!(expressions.first_of(1, "bet12.example", None), None);
    }
}
