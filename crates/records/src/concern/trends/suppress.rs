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
/// Withheld is each number from 1 to below `least`. As long as those could not each still be `least` for all that anybody can work
/// out, the next larger number is withheld with them; where nothing is left to take, everything is, zeros too. The words on the page
/// are the same for both kinds, because “fewer than” would tell which of them is the small one.
pub(super) fn rows(counts: &[usize], least: usize) -> Vec<Option<usize>> {
    let all: usize = counts.iter().sum();
    if total(all, least).is_none() {
        return vec![None; counts.len()];
    }
    let mut shown: Vec<Option<usize>> = counts.iter().map(|count| total(*count, least)).collect();
    let withheld = |shown: &[Option<usize>]| {
        let hidden = counts.iter().zip(shown).filter(|(_, shown)| shown.is_none());
        hidden.fold((0, 0), |(rows, sum), (count, _)| (rows + 1, sum + count))
    };
    loop {
        let (rows, sum) = withheld(&shown);
        // One of them may be as much as all together less one for each of the others.
        if rows == 0 || sum + 1 >= least + rows {
            return shown;
        }
        let next = counts.iter().enumerate().filter(|(place, count)| **count > 0 && shown.get(*place) != Some(&None));
        match next.min_by_key(|(_, count)| **count).map(|(place, _)| place) {
            Some(place) => {
                if let Some(cell) = shown.get_mut(place) {
                    *cell = None;
                }
            }
            None => return vec![None; counts.len()],
        }
    }
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
        assert_eq!(rows(&[12, 4, 4, 0], 5), [Some(12), None, None, Some(0)]);
        assert_eq!(rows(&[1, 1, 1, 1, 1, 0], 5), [None; 6], "even that there is a zero would tell");
        assert_eq!(rows(&[3, 0], 5), [None, None]);
        assert_eq!((total(4, 5), total(5, 5), total(0, 5)), (None, Some(5), Some(0)));
    }

    /// Every table with these rows and this total.
    fn tables(rows: usize, total: usize) -> Vec<Vec<usize>> {
        if rows == 1 {
            return vec![vec![total]];
        }
        let with_first = |first: usize| {
            tables(rows - 1, total - first).into_iter().map(move |rest| [vec![first], rest].concat())
        };
        (0..=total).flat_map(with_first).collect()
    }

    /// What somebody sees of a table: its total and its rows.
    type Seen = (Option<usize>, Vec<Option<usize>>);

    /// Whoever knows exactly how we withhold, and tries every table there could be, finds at least two values for each number that is
    /// withheld; and of a small one, not even that it is below the least.
    #[test]
    fn no_withheld_number_is_found_by_trying_every_table() {
        for (count, most) in [(2, 24), (3, 18), (4, 14), (5, 11)] {
            for least in [3, 5] {
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
            least in 2_usize..20,
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
                prop_assert!(is_all && all >= least || sum + 1 - hidden.len() >= least);
            }
            if counts.iter().all(|count| *count == 0 || *count >= least) {
                prop_assert!(hidden.is_empty(), "nothing is withheld without need");
            }
        }

        /// The order of rows changes nothing about how many are withheld.
        #[test]
        fn the_order_of_rows_does_not_matter(mut counts in prop::collection::vec(0_usize..12, 1..9), least in 3_usize..8) {
            let hidden = |counts: &[usize]| rows(counts, least).iter().filter(|shown| shown.is_none()).count();
            let before = hidden(&counts);
            counts.reverse();
            prop_assert_eq!(hidden(&counts), before);
        }
    }
}
