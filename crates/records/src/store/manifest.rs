//! The reviewed table of columns: which hold personal or sensitive data, and which are sealed (house invariant 9).
//!
//! One line for each column of each table, in `crates/records/manifest/*.txt`; a test holds it against the real schema of
//! both engines. The backup writes tables in this order, and erasing starts from it.

use holdfast_core::problem::Problem;

/// How much a column says about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nothing about a person.
    Neither,
    /// About a person: who they are and where they belong.
    Personal,
    /// About a person, and harmful in the wrong hands.
    Sensitive,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub name: &'static str,
    /// What it says about a person.
    pub class: Class,
    /// Whether only a holder of its compartment's key can read it.
    pub is_sealed: bool,
    /// Why it is as it is; for a sensitive column that stays open always given.
    pub why: &'static str,
}

const PARTS: [&str; 26] = [
    include_str!("../../manifest/1_schools_and_people.txt"),
    include_str!("../../manifest/2_audit.txt"),
    include_str!("../../manifest/3_people.txt"),
    include_str!("../../manifest/4_access.txt"),
    include_str!("../../manifest/5_sealing.txt"),
    include_str!("../../manifest/6_settings.txt"),
    include_str!("../../manifest/7_gate.txt"),
    include_str!("../../manifest/8_files.txt"),
    include_str!("../../manifest/11_gate_codes_spent.txt"),
    include_str!("../../manifest/12_held_log.txt"),
    include_str!("../../manifest/13_second_step.txt"),
    include_str!("../../manifest/14_passwords_and_sign_ins.txt"),
    include_str!("../../manifest/15_mail_and_contacts.txt"),
    include_str!("../../manifest/16_sign_on.txt"),
    include_str!("../../manifest/17_set_up.txt"),
    include_str!("../../manifest/18_pupils_ways.txt"),
    include_str!("../../manifest/19_answering.txt"),
    include_str!("../../manifest/20_raising.txt"),
    include_str!("../../manifest/21_climbing.txt"),
    include_str!("../../manifest/22_doors.txt"),
    include_str!("../../manifest/23_climbing_again.txt"),
    include_str!("../../manifest/24_trends.txt"),
    include_str!("../../manifest/25_pupils_heard.txt"),
    include_str!("../../manifest/28_quick_queues.txt"),
    include_str!("../../manifest/29_what_a_case_holds.txt"),
    include_str!("../../manifest/30_what_it_is.txt"),
];

/// Every column, tables in an order in which each comes after those it refers to; and what is wrong with the lines.
pub fn columns() -> (Vec<Column>, Vec<Problem>) {
    let mut columns = Vec::new();
    let mut problems = Vec::new();
    for line in PARTS.iter().flat_map(|part| part.lines()).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match column(line) {
            Some(column) => columns.push(column),
            None => problems.push(Problem::error(format!(
                "“{line}” is not “table.column neither|personal|sensitive open|sealed why”."
            ))),
        }
    }
    (columns, problems)
}

fn column(line: &'static str) -> Option<Column> {
    let mut words = line.splitn(4, ' ').map(str::trim);
    let (table, name) = words.next()?.split_once('.')?;
    let class = match words.next()? {
        "neither" => Class::Neither,
        "personal" => Class::Personal,
        "sensitive" => Class::Sensitive,
        _ => return None,
    };
    let is_sealed = match words.next()? {
        "sealed" => true,
        "open" => false,
        _ => return None,
    };
    let why = words.next().unwrap_or("");
    let is_reasoned = class != Class::Sensitive || is_sealed || !why.is_empty();
    is_reasoned.then_some(Column { table, name, class, is_sealed, why })
}
