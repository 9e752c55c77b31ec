//! `docs/settings.md`, printed from the definitions, so that it cannot say anything else.

use super::{Definition, conflicts, define};
use crate::calendar;
use std::fmt::Write as _;

/// The page about every setting.
pub fn page() -> String {
    let mut page = String::from(
        "# Settings\n\n\
         This page is printed from the definitions in the program; a test compares the two. Where the sources differ, \
         and where they say “immediately” or “regularly”, the difference is a setting. **Starting values are ours**, not \
         any policy's; what the sources say stands beside them, in our words, with the lines of their texts.\n\n\
         A trust sets a floor and a default; a school may always be stricter, and looser only as far as the floor. Where the \
         trust gave a default and no floor, the default is the floor; where it said nothing, our starting value is. Where \
         neither way is stricter, what the trust puts as floor is fixed. A school without a trust is bound by what is \
         allowed. Whatever was decided when, what is in force is never looser than the floor.\n\n\
         Each change is kept with who, when, why and the clause of the policy; none is overwritten. A state of the settings \
         has a name, such as `12.3` (the school's changes, and the trust's), and can be read again: \
         `holdfast setting list --version 12.3`, or `--at 2026-11-02T09:00:00Z`.\n\n\
         On the page *Settings* all of them stand by area, each with its history; whose setting it is changes it there, with a \
         reason. What makes one looser, and each change of how people sign in, needs a fresh confirmation. The calendar is \
         written there in fields, and what it would change is shown before it is in force.\n",
    );
    let mut row = "";
    for definition in define::all() {
        if definition.row != row {
            row = definition.row;
            put(&mut page, format_args!("\n## `{row}`\n"));
        }
        describe(&mut page, definition);
    }
    page.push_str(
        "\n# Questions that a person must answer\n\nWhere one source says two things, the program chooses neither. ",
    );
    page.push_str("Until somebody has decided, the question is listed as open (`holdfast setting questions`).\n");
    for conflict in conflicts::ALL {
        put(&mut page, format_args!("\n## `{}`\n\n{} ({})\n\n", conflict.id, conflict.question, conflict.source));
        for answer in conflict.options {
            let sets: Vec<String> = answer.sets.iter().map(|(id, value)| format!("`{id}` = `{value}`")).collect();
            let sets = if sets.is_empty() { String::new() } else { format!(": {}", sets.join(", ")) };
            put(&mut page, format_args!("- `{}`: {}{sets}\n", answer.word, answer.title));
        }
    }
    put(
        &mut page,
        format_args!(
            "\n# The calendar\n\nSchool days and watched hours are a document of their own (`holdfast calendar set FILE`). A \
             day is a school day in term, outside half-term, inset days, closures, weekends and bank holidays. Watched \
             hours count on school days; `[[watched_day]]` declares others. Outside `from` and `until`, and in term after \
             {}, where the published bank holidays end, the answer is “unknown”: clocks say that they cannot run, and \
             nothing is guessed. A bank holiday proclaimed later is entered as a closure.\n\n```toml\n{}```\n",
            calendar::KNOWN_UNTIL,
            calendar::EXAMPLE,
        ),
    );
    page
}

fn describe(page: &mut String, definition: &Definition) {
    let Definition { id, title, kind, order, default, owner, note, .. } = definition;
    let default = if default.is_empty() { "(empty)".to_owned() } else { format!("`{default}`") };
    put(
        page,
        format_args!("\n### {title}\n\n`{id}`. Ours: {default}. Allowed: {}; {}.\n", kind.allowed(), order.words()),
    );
    put(page, format_args!("Changed by: {}. Controls: {}.\n", owner.words(), definition.controls.join(", ")));
    if let Some(limit) = &definition.limit {
        put(page, format_args!("Never looser than `{}`: {}\n", limit.value, limit.why));
    }
    page.push('\n');
    for said in definition.said {
        let lines = if said.lines.is_empty() { String::new() } else { format!(" ({})", said.lines) };
        put(page, format_args!("- {}: {}{lines}\n", said.source, said.words));
    }
    if !note.is_empty() {
        put(page, format_args!("\n{note}\n"));
    }
}

/// Writing into a text cannot fail.
fn put(page: &mut String, words: std::fmt::Arguments<'_>) {
    page.write_fmt(words).unwrap_or_default();
}
