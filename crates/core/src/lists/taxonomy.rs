//! The published map from each source's own category names to our taxonomy (`data/source-categories.tsv`).

use crate::category::Category;
use std::{fmt::Write as _, sync::LazyLock};

/// One row of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping {
    /// The source: `ut1`, `blocklistproject`, `nextdns`, `v2fly`, `matomo`.
    pub source: &'static str,
    /// The category's name there.
    pub name: &'static str,
    /// Ours; `None` where it is left out on purpose.
    pub category: Option<Category>,
    /// Why, where it does not speak for itself.
    pub note: &'static str,
}

static TABLE: LazyLock<Vec<Mapping>> =
    LazyLock::new(|| rows(include_str!("../../data/source-categories.tsv")).collect());

fn rows(text: &'static str) -> impl Iterator<Item = Mapping> {
    text.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let (source, name, category) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Mapping { source, name, category: Category::from_code(category), note: cells.next().unwrap_or_default() })
    })
}

/// Our category for a source's own name; `None` where the map leaves it out or does not know it.
/// The source `ut1` also serves other squidGuard folders that keep its names.
pub fn map_category(source: &str, name: &str) -> Option<Category> {
    TABLE.iter().find(|row| row.source == source && row.name == name).and_then(|row| row.category)
}

/// The whole map, in the file's order.
pub fn mapping_table() -> &'static [Mapping] {
    &TABLE
}

/// The map as the page `docs/taxonomy.md` shows it.
pub fn mapping_table_as_markdown() -> String {
    let mut page = String::from(
        "# The taxonomy, and what each source calls it\n\n\
         Generated from `crates/core/src/category.rs` and `crates/core/data/source-categories.tsv`; a test compares. \
         To renew it: `HOLDFAST_UPDATE=1 cargo test -p holdfast-core --test lists`.\n\n\
         ## Categories\n\n| code | name | what belongs in it |\n|---|---|---|\n",
    );
    for category in Category::ALL {
        let baseline = if Category::BASELINE.contains(&category) { " *Baseline (F-04).*" } else { "" };
        add(
            &mut page,
            format_args!("| `{}` | {} | {}{baseline} |\n", category.code(), category.title(), category.meaning()),
        );
    }
    let mut source = "";
    for row in mapping_table() {
        if row.source != source {
            source = row.source;
            add(&mut page, format_args!("\n## From `{source}`\n\n| its name | our category | note |\n|---|---|---|\n"));
        }
        let category = row.category.map_or_else(|| "left out".to_owned(), |category| format!("`{}`", category.code()));
        add(&mut page, format_args!("| `{}` | {category} | {} |\n", row.name, row.note));
    }
    page
}

fn add(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    page.write_fmt(text).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole() {
        for line in include_str!("../../data/source-categories.tsv").lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 4, "{line}");
            let left_out = cells[2] == "-";
            assert!(left_out != Category::from_code(cells[2]).is_some(), "no such category: {line}");
            assert!(!left_out || !cells[3].is_empty(), "no reason why it is left out: {line}");
        }
        let names: std::collections::HashSet<_> = TABLE.iter().map(|row| (row.source, row.name)).collect();
        assert_eq!(names.len(), TABLE.len(), "a name stands twice");
    }
}
