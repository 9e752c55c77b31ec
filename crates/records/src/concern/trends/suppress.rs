//! Small numbers withheld, so that nobody is known by one (practice 14). Pure.
//!
//! A table counts each concern of a period once, in one of its rows. What whoever sees it knows beside it is the total and, of the
//! rows that are shown, their numbers. So they know what those that are withheld come to together; and where zeros are shown, that
//! none of the withheld is zero. Tables of one period have nothing else in common than the total; periods have nothing in common.

/// The total, where it may be shown.
pub(super) fn total(total: usize, least: usize) -> Option<usize> {
    (total == 0 || total >= least).then_some(total)
}

/// The rows of one table, `None` where a number is withheld.
///
/// Withheld is each number from 1 to below `least`, and with those, row by row from the first of them on and round, whatever is not
/// zero, until they come to enough that each could be many things; where nothing is left to take, everything is withheld, zeros too.
/// Which rows are taken depends on where they stand and not on how large they are: from “the smallest of the others” one who knows
/// the rule could work out what the numbers are not. The words on the page are the same for both kinds, because “fewer than” would
/// tell which of them is the small one.
pub(super) fn rows(counts: &[usize], least: usize) -> Vec<Option<usize>> {
    let all: usize = counts.iter().sum();
    let mut shown: Vec<Option<usize>> = counts.iter().map(|count| total(*count, least)).collect();
    if total(all, least).is_none() {
        return vec![None; counts.len()];
    }
    let Some(first) = shown.iter().position(Option::is_none) else { return shown };
    let mut others =
        (first..counts.len()).chain(0..first).filter(|place| counts.get(*place).is_some_and(|one| *one >= least));
    while !is_enough(counts, &shown, least) {
        let Some(cell) = others.next().and_then(|place| shown.get_mut(place)) else {
            return vec![None; counts.len()];
        };
        *cell = None;
    }
    shown
}

/// Whether what is withheld comes to so much that none of it can be worked out, nor even that it is small: beside its sum it is known
/// that each is one at least. The test below tries every table, as somebody would who knows all of this.
fn is_enough(counts: &[usize], shown: &[Option<usize>], least: usize) -> bool {
    let withheld = counts.iter().zip(shown).filter(|(_, shown)| shown.is_none());
    let (rows, sum) = withheld.fold((0, 0), |(rows, sum), (count, _)| (rows + 1, sum + count));
    rows > 1 && sum >= 2 * least && sum >= least + 2 * rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_small_number_is_withheld_and_another_with_it() {
        assert_eq!(rows(&[7, 0, 9], 5), [Some(7), Some(0), Some(9)]);
        assert_eq!(rows(&[0, 0], 5), [Some(0), Some(0)]);
        assert_eq!(rows(&[12, 3, 9, 0], 5), [Some(12), None, None, Some(0)]);
        assert_eq!(rows(&[12, 1, 1, 0], 5), [None, None, None, Some(0)], "1 and 1 are known from their sum");
        assert_eq!(rows(&[12, 4, 4, 4], 5), [Some(12), None, None, None]);
        assert_eq!(rows(&[12, 4, 4, 9, 0], 5), [Some(12), None, None, None, Some(0)], "the next row, whatever it is");
        assert_eq!(rows(&[1, 1, 1, 1, 1, 0], 5), [None; 6], "even that there is a zero would tell");
        assert_eq!(rows(&[3, 0], 5), [None, None]);
        assert_eq!((total(4, 5), total(5, 5), total(0, 5)), (None, Some(5), Some(0)));
    }

    /// Every table with these rows and this total.
    fn tables(rows: usize, total: usize) -> Vec<Vec<usize>> {
        if rows == 1 {
            return vec![vec![total]];
        }
        let with_first =
            |first: usize| tables(rows - 1, total - first).into_iter().map(move |rest| [vec![first], rest].concat());
        (0..=total).flat_map(with_first).collect()
    }

    /// What somebody sees of a table: its total and its rows.
    type Seen = (Option<usize>, Vec<Option<usize>>);

    /// Whoever knows exactly how we withhold, and tries every table there could be, finds at least two values for each number that is
    /// withheld; and of a small one, not even that it is below the least.
    #[test]
    fn no_withheld_number_is_found_by_trying_every_table() {
        for (count, most) in [(2, 34), (3, 26), (4, 18), (5, 15), (6, 13)] {
            for least in [5, 8] {
                let mut alike: BTreeMap<Seen, Vec<Vec<usize>>> = BTreeMap::new();
                for all in 0..=most {
                    for table in tables(count, all) {
                        alike.entry((total(all, least), rows(&table, least))).or_default().push(table);
                    }
                }
                for ((seen_total, seen), could_be) in alike {
                    for place in 0..count {
                        let values: BTreeSet<usize> = could_be.iter().map(|table| table[place]).collect();
                        match seen[place] {
                            Some(value) => assert_eq!(values, BTreeSet::from([value]), "what is shown is true"),
                            None => assert!(values.len() >= 2, "{seen:?} of {seen_total:?}, row {place}: {values:?}"),
                        }
                    }
                }
            }
        }
    }

    proptest! {
        /// Nothing small is shown; nothing shown is wrong; what is withheld cannot be told from its sum to be small.
        #[test]
        fn what_is_withheld_together_is_never_small(
            counts in prop::collection::vec(0_usize..40, 1..18),
            least in 5_usize..20,
        ) {
            let shown = rows(&counts, least);
            prop_assert_eq!(shown.len(), counts.len());
            let mut hidden = Vec::new();
            for (count, shown) in counts.iter().zip(&shown) {
                match shown {
                    Some(shown) => prop_assert!(shown == count && (*count == 0 || *count >= least)),
                    None => hidden.push(*count),
                }
            }
            let all: usize = counts.iter().sum();
            if !hidden.is_empty() && total(all, least).is_some() {
                let sum: usize = hidden.iter().sum();
                let is_all = hidden.len() == counts.len();
                prop_assert!(hidden.len() > 1 || is_all, "one withheld number is the rest of the total");
                // With zeros shown, the others are 1 at least; with everything withheld they may be zero.
                prop_assert!(is_all && all >= least || sum - (hidden.len() - 1) >= least);
            }
            if counts.iter().all(|count| *count == 0 || *count >= least) {
                prop_assert!(hidden.is_empty(), "nothing is withheld without need");
            }
        }
    }
}
