//! Holding a file against the people who are here: who is added, who is changed, who stays as they are, who is not in it.

use super::{
    Preview,
    read::{Faults, Line, List},
};
use crate::{
    Fault,
    gate::{self, Before, Grouping},
    id,
    people::{
        Kind, NewPerson, Part, change, names,
        person::{Keys, SPENT},
        statements::{CLASSES, MEMBERSHIPS, PEOPLE, SPENT_CODES},
    },
    store::Transaction,
};
use aws_lc_rs::digest::{Context, SHA256};
use holdfast_core::problem::Problem;
use std::collections::{BTreeSet, HashMap, HashSet};

/// How many lines with a refused group are told.
const MOST_TOLD: usize = 20;

/// What the file would do.
#[derive(Debug)]
pub(super) struct Plan {
    pub preview: Preview,
    pub steps: Vec<Step>,
}

/// What one line would do.
#[derive(Debug)]
pub(super) struct Step {
    /// Who; `None` for somebody new.
    pub who: Option<(id::Person, i64)>,
    /// Their row as it will be; `None` when only classes change.
    pub said: Option<NewPerson>,
    /// The names of what changes.
    pub fields: String,
    /// What they do in classes.
    pub part: Part,
    /// The classes they join.
    pub joins: Vec<String>,
    /// The classes they leave.
    pub leaves: Vec<String>,
}

/// The people as they are.
struct Here {
    people: Vec<change::Person>,
    by_number: HashMap<String, usize>,
    by_code: HashMap<String, usize>,
    by_name: HashMap<(Kind, String), Vec<usize>>,
    classes: BTreeSet<String>,
    /// Codes that were somebody's and are nobody's any more.
    spent: HashSet<String>,
    digest: Context,
}

impl Here {
    async fn read(transaction: &mut Transaction, school: id::School) -> Result<Self, Fault> {
        let mut here = Self {
            people: Vec::new(),
            by_number: HashMap::new(),
            by_code: HashMap::new(),
            by_name: HashMap::new(),
            classes: BTreeSet::new(),
            spent: HashSet::new(),
            digest: Context::new(&SHA256),
        };
        let mut places = HashMap::new();
        for row in transaction.rows(&PEOPLE, &[school.into()]).await? {
            let person = change::from_row(&row)?;
            here.digest.update(format!("{} {}\n", person.id, person.revision).as_bytes());
            places.insert(person.id, here.people.len());
            here.add(person);
        }
        for row in transaction.rows(&CLASSES, &[school.into()]).await? {
            let code = row.get::<String>(1)?;
            here.digest.update(format!("{code}\n").as_bytes());
            here.classes.insert(code);
        }
        for row in transaction.rows(&MEMBERSHIPS, &[school.into()]).await? {
            let (person, code, part) = (row.get::<id::Person>(0)?, row.get::<String>(1)?, row.get::<Part>(2)?);
            here.digest.update(format!("{person} {code} {}\n", part.word()).as_bytes());
            if let Some(person) = places.get(&person).and_then(|place| here.people.get_mut(*place)) {
                person.classes.push((code, part));
            }
        }
        for row in transaction.rows(&SPENT_CODES, &[school.into()]).await? {
            here.spent.insert(row.get(0)?);
        }
        Ok(here)
    }

    fn add(&mut self, person: change::Person) {
        let place = self.people.len();
        if let Some(number) = &person.said.number {
            self.by_number.insert(number.clone(), place);
        }
        if let Some(code) = &person.said.gate.code {
            self.by_code.insert(code.clone(), place);
        }
        if person.left_at.is_none() {
            let key = (person.said.kind, names::name_key(&person.said.full_name));
            self.by_name.entry(key).or_default().push(place);
        }
        self.people.push(person);
    }

    /// Everybody of the line's kind who is here and has its name.
    fn with_name(&self, line: &Line) -> &[usize] {
        let key = (line.said.kind, names::name_key(&line.said.full_name));
        self.by_name.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Who the line means: by number, else by code, else the only one with its kind, name and date of birth.
    fn meant(&self, line: &Line, list: &List) -> Result<Option<usize>, &'static str> {
        let by_number = line.said.number.as_ref().and_then(|number| self.by_number.get(number));
        let by_code = line.said.gate.code.as_ref().and_then(|code| self.by_code.get(code));
        if let (Some(one), Some(other)) = (by_number, by_code)
            && one != other
        {
            return Err("number and gate_code belong to two different people.");
        }
        if let Some(place) = by_number.or(by_code) {
            return Ok(Some(*place));
        }
        let is_meant = |place: &&usize| {
            self.people.get(**place).is_some_and(|person| {
                let has_other_number = line.said.number.is_some() && person.said.number.is_some();
                let has_other_code = line.said.gate.code.is_some();
                let is_born_alike = !list.has("date_of_birth") || person.said.date_of_birth == line.said.date_of_birth;
                !has_other_number && !has_other_code && is_born_alike
            })
        };
        let mut meant = self.with_name(line).iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(_), Some(_)) => {
                Err("several people here have this name, and the line does not say which is meant. Give number or \
                     gate_code.")
            }
            (first, _) => Ok(first.copied()),
        }
    }
}

/// Plans what a file would do.
pub(super) async fn plan(
    transaction: &mut Transaction,
    school: id::School,
    file: &[u8],
    list: List,
    grouping: &Grouping,
) -> Result<Plan, Fault> {
    let mut here = Here::read(transaction, school).await?;
    here.digest.update(file);
    let mut faults = Faults(Vec::new());
    let mut preview = Preview::default();
    let mut steps = Vec::new();
    let mut seen = HashMap::new();
    let mut names_seen: HashMap<(Kind, String), u32> = HashMap::new();
    let mut refused: Vec<String> = Vec::new();
    let mut refuse = |line: &Line, before: Before<'_>, group: Option<&str>| {
        let fault = grouping.fault(before, group);
        refused.extend(fault.map(|why| format!("line {}: {why}", line.number)));
    };
    for line in &list.lines {
        if line.said.gate.code.as_ref().is_some_and(|code| here.spent.contains(code)) {
            faults.add(line.number, format!("gate_code: {SPENT}."));
        }
        let place = match here.meant(line, &list) {
            Ok(place) => place,
            Err(fault) => {
                faults.add(line.number, fault.to_owned());
                continue;
            }
        };
        let Some(place) = place else {
            let key = (line.said.kind, names::name_key(&line.said.full_name));
            let is_same_name = !here.with_name(line).is_empty() || names_seen.insert(key, line.number).is_some();
            if is_same_name {
                preview.warnings.push(same_name(line));
            }
            refuse(line, Before::New(line.said.kind), line.said.gate.group.as_deref());
            preview.added += 1;
            steps.push(added(line));
            continue;
        };
        if let Some(other) = seen.insert(place, line.number) {
            faults.add(line.number, format!("this is the person of line {other} again."));
            continue;
        }
        let Some(person) = here.people.get(place) else { continue };
        match changed(line, &list, person) {
            Ok(step) if step.fields.is_empty() => preview.unchanged += 1,
            Ok(step) => {
                let group = step.said.as_ref().and_then(|said| said.gate.group.as_deref());
                refuse(line, Before::In(person.said.gate.group.as_deref()), group);
                preview.changed.push((line.number, person.id, step.fields.clone()));
                steps.push(step);
            }
            Err(fault) => faults.add(line.number, fault.to_owned()),
        }
    }
    refuse_doubles(&here, &list, &seen, &mut faults);
    let kinds: HashSet<Kind> = list.lines.iter().map(|line| line.said.kind).collect();
    let is_left_out = |(place, person): &(usize, &change::Person)| {
        !seen.contains_key(place) && person.left_at.is_none() && kinds.contains(&person.said.kind)
    };
    preview.left_out = here.people.iter().enumerate().filter(is_left_out).map(|(_, person)| person.id).collect();
    let codes = steps.iter().flat_map(|step| &step.joins).filter(|code| !here.classes.contains(*code));
    preview.new_classes = codes.cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let digest = here.digest.finish();
    let first = digest.as_ref().first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    preview.digest = format!("{first:016x}");
    let plan = faults.or(Plan { preview, steps }).map_err(Fault::Wrong)?;
    if refused.is_empty() {
        return Ok(plan);
    }
    let more = refused.len().saturating_sub(MOST_TOLD);
    let more = if more > 0 { format!("\nand {more} more lines.") } else { String::new() };
    refused.truncate(MOST_TOLD);
    Err(gate::refused(&format!("Groups:\n{}{more}\nNothing was taken in.", refused.join("\n"))))
}

fn same_name(line: &Line) -> Problem {
    let who = if line.said.kind == Kind::Pupil { "Another pupil has this name" } else { "Somebody else has this name" };
    Problem::warning(format!("{who}; a new person would be added. Give number or gate_code if it is the same one."))
        .at_line(line.number)
}

fn added(line: &Line) -> Step {
    Step {
        who: None,
        said: Some(line.said.clone()),
        fields: String::new(),
        part: part_of(line.said.kind),
        joins: line.classes.clone(),
        leaves: Vec::new(),
    }
}

/// What a line changes of somebody who is here; no field's name for nothing.
fn changed(line: &Line, list: &List, person: &change::Person) -> Result<Step, &'static str> {
    let now = &person.said;
    if person.left_at.is_some() {
        return Err("this person has left. If they are back, say so first (`holdfast person back`).");
    }
    if now.kind != line.said.kind {
        return Err(
            "kind: this person is here as something else. Whoever changes what they are leaves and is added anew.",
        );
    }
    let said = merged(line, list, now);
    let sort_name = Keys::of(&said).sort_name;
    let differences = [
        ("staff_kind", said.staff_kind != now.staff_kind),
        ("number", said.number != now.number),
        ("full_name", said.full_name != now.full_name),
        ("preferred_name", said.preferred_name != now.preferred_name),
        ("sort_as", now.sort_as.as_ref() != Some(&sort_name)),
        ("date_of_birth", said.date_of_birth != now.date_of_birth),
        ("language", said.language != now.language),
        ("interpreter_needed", said.interpreter_needed != now.interpreter_needed),
        ("gate_code", said.gate.code != now.gate.code),
        ("gate_group", said.gate.group != now.gate.group),
        ("gate_sign_in", said.gate.sign_in != now.gate.sign_in),
        ("gate_resolver_name", said.gate.resolver_name != now.gate.resolver_name),
    ];
    let mut fields =
        differences.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect::<Vec<_>>();
    let row_changes = !fields.is_empty();
    let part = part_of(now.kind);
    let is_in = |code: &&String| person.classes.iter().any(|(held, held_part)| held == *code && *held_part == part);
    let (mut joins, mut leaves) = (Vec::new(), Vec::new());
    if list.has("classes") {
        joins = line.classes.iter().filter(|code| !is_in(code)).cloned().collect();
        let held = person.classes.iter().filter(|(code, held_part)| *held_part == part && !line.classes.contains(code));
        leaves = held.map(|(code, _)| code.clone()).collect();
        if !joins.is_empty() || !leaves.is_empty() {
            fields.push("classes");
        }
    }
    Ok(Step {
        who: Some((person.id, person.revision)),
        said: row_changes.then_some(said),
        fields: fields.join(","),
        part,
        joins,
        leaves,
    })
}

/// What a person's row says after the line: a column that is there is the truth, blank cells too; but a code is never taken
/// away, and a sort key only made anew with the name.
fn merged(line: &Line, list: &List, now: &NewPerson) -> NewPerson {
    let is_renamed = line.said.full_name != now.full_name;
    let take = |column: &str, new: &Option<String>, old: &Option<String>| {
        if list.has(column) { new.clone() } else { old.clone() }
    };
    let new = &line.said;
    let mut said = now.clone();
    said.full_name.clone_from(&new.full_name);
    said.number = take("number", &new.number, &now.number);
    said.preferred_name = take("preferred_name", &new.preferred_name, &now.preferred_name);
    said.language = take("language", &new.language, &now.language);
    said.gate.group = take("gate_group", &new.gate.group, &now.gate.group);
    said.gate.sign_in = take("gate_sign_in", &new.gate.sign_in, &now.gate.sign_in);
    said.gate.resolver_name = take("gate_resolver_name", &new.gate.resolver_name, &now.gate.resolver_name);
    said.gate.code = new.gate.code.clone().or_else(|| now.gate.code.clone());
    if list.has("staff_kind") {
        said.staff_kind = new.staff_kind;
    }
    if list.has("sort_as") || is_renamed {
        said.sort_as.clone_from(&new.sort_as);
    }
    if list.has("date_of_birth") {
        said.date_of_birth = new.date_of_birth;
    }
    if list.has("interpreter_needed") {
        said.interpreter_needed = new.interpreter_needed;
    }
    if said.gate.sign_in.is_none() {
        said.gate.password_hash = None;
    }
    said
}

/// What somebody does in the classes that a list gives them.
fn part_of(kind: Kind) -> Part {
    if kind == Kind::Staff { Part::Teaches } else { Part::Learns }
}

/// Refuses what two people would have who may not share it: within the file, or with somebody whom the file leaves alone.
fn refuse_doubles(here: &Here, list: &List, seen: &HashMap<usize, u32>, faults: &mut Faults) {
    let of_file = list.lines.iter().map(|line| (line.number, &line.said));
    let others = here.people.iter().enumerate().filter(|(place, _)| !seen.contains_key(place));
    let mut holders: HashMap<(&str, &str), u32> = HashMap::new();
    for (number, said) in others.map(|(_, person)| (0, &person.said)).chain(of_file) {
        let fields = [
            ("number", &said.number),
            ("gate_code", &said.gate.code),
            ("gate_sign_in", &said.gate.sign_in),
            ("gate_resolver_name", &said.gate.resolver_name),
        ];
        for (field, word) in fields {
            let Some(word) = word else { continue };
            match holders.insert((field, word), number) {
                Some(0) if number > 0 => faults.add(number, format!("{field}: somebody else here has it.")),
                Some(other) if number > 0 => faults.add(number, format!("{field}: is on line {other} too.")),
                _ => {}
            }
        }
    }
}
