//! Reading the CSV (RFC 4180): its encoding, its header, and each line with everything that is wrong with it.

use crate::people::{GatePlace, Kind, NewPerson, StaffKind, class};
use holdfast_core::{problem::Problem, toml_text::most_alike};
use jiff::civil::Date;

/// The largest file, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;
/// The most lines.
const MOST_LINES: usize = 20_000;
/// The most faults that are told at once.
const MOST_FAULTS: usize = 100;
/// The columns. Those after `full_name` may be left out, in any order.
const COLUMNS: [&str; 14] = [
    "kind",
    "full_name",
    "staff_kind",
    "number",
    "preferred_name",
    "sort_as",
    "date_of_birth",
    "language",
    "interpreter_needed",
    "gate_code",
    "gate_group",
    "gate_sign_in",
    "gate_resolver_name",
    "classes",
];
/// How many of the columns must be there.
const NEEDED: usize = 2;

/// A file, read.
#[derive(Debug)]
pub(super) struct List {
    /// The columns it has.
    pub columns: Vec<&'static str>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// One line: a person.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it stands in the file, from 1.
    pub number: u32,
    /// What it says of them.
    pub said: NewPerson,
    /// The codes of their classes.
    pub classes: Vec<String>,
}

impl List {
    /// Whether the file has a column. What it does not have stays as it is.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.contains(&column)
    }
}

/// Reads a file. `today` bounds dates of birth.
pub(super) fn read(bytes: &[u8], today: Date) -> Result<List, Vec<Problem>> {
    let text = text(bytes).map_err(|problem| vec![problem])?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|fault| vec![unreadable(&fault)])?.clone();
    let columns = columns(&header)?;
    let mut list = List { columns, lines: Vec::new() };
    let mut faults = Faults(Vec::new());
    for record in reader.records() {
        let record = record.map_err(|fault| vec![unreadable(&fault)])?;
        let number = record.position().map_or(0, csv::Position::line);
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if list.lines.len() == MOST_LINES {
            return Err(vec![Problem::error("The file has more than 20,000 lines. Split it.")]);
        }
        if record.len() == list.columns.len() {
            let line = line(&list.columns, &record, number, today, &mut faults);
            list.lines.push(line);
        } else {
            let (is, should) = (record.len(), list.columns.len());
            faults
                .add(number, format!("the line has {is} cells and the header {should}. Is a quotation mark missing?"));
        }
    }
    if list.lines.is_empty() && faults.0.is_empty() {
        faults.add(1, "there is nobody below the header.".to_owned());
    }
    faults.or(list)
}

/// Faults as they are found, not more than anybody would read.
pub(super) struct Faults(pub Vec<Problem>);

impl Faults {
    pub(super) fn add(&mut self, line: u32, message: String) {
        self.0.push(Problem::error(message).at_line(line));
    }

    pub(super) fn or<T>(mut self, good: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() {
            return Ok(good);
        }
        self.0.sort_by_key(|problem| problem.line);
        let more = self.0.len().saturating_sub(MOST_FAULTS);
        self.0.truncate(MOST_FAULTS);
        if more > 0 {
            self.0.push(Problem::error(format!("And {more} more. Mend these first.")));
        }
        Err(self.0)
    }
}

/// The file's text: UTF-8, with or without the mark that some programs put before it.
fn text(bytes: &[u8]) -> Result<&str, Problem> {
    if bytes.len() > LARGEST {
        return Err(Problem::error("The file is larger than 8 MiB. Split it."));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::error("The file is UTF-16. Save it as “CSV UTF-8” and take it in again."));
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|fault| {
        let before = bytes.get(..fault.valid_up_to()).unwrap_or_default();
        let lines = before.split(|byte| *byte == b'\n').count();
        Problem::error("The file is not UTF-8: letters with accents would be lost. Save it as “CSV UTF-8”.")
            .at_line(u32::try_from(lines).unwrap_or(u32::MAX))
    })
}

fn unreadable(fault: &csv::Error) -> Problem {
    let problem = Problem::error("The file cannot be read as CSV from here on.");
    match fault.position().and_then(|position| u32::try_from(position.line()).ok()) {
        Some(line) => problem.at_line(line),
        None => problem,
    }
}

fn columns(header: &csv::StringRecord) -> Result<Vec<&'static str>, Vec<Problem>> {
    let mut faults = Faults(Vec::new());
    let mut columns = Vec::new();
    for name in header {
        let name = name.trim();
        match COLUMNS.iter().copied().find(|column| *column == name) {
            Some(column) if columns.contains(&column) => {
                faults.add(1, format!("the column “{column}” is there twice."));
            }
            Some(column) => columns.push(column),
            None if name.is_empty() => faults.add(1, "a column has no name.".to_owned()),
            None => {
                let meant = most_alike(name, COLUMNS.into_iter());
                let meant = meant.map(|column| format!(" Did you mean “{column}”?")).unwrap_or_default();
                let name = name.chars().take(60).collect::<String>();
                faults.add(1, format!("there is no column “{name}”. Take it out of the file.{meant}"));
            }
        }
    }
    for needed in COLUMNS.iter().take(NEEDED).filter(|needed| !columns.contains(needed)) {
        faults.add(1, format!("the column “{needed}” is missing. The first line names the columns, between commas."));
    }
    faults.or(columns)
}

fn line(columns: &[&str], record: &csv::StringRecord, number: u32, today: Date, faults: &mut Faults) -> Line {
    let cell = |column: &str| {
        let place = columns.iter().position(|known| *known == column)?;
        record.get(place).map(str::trim).filter(|text| !text.is_empty())
    };
    let before = faults.0.len();
    let mut wrong = |field: &str, what: String| faults.add(number, format!("{field}: {what}."));
    let kind = cell("kind").and_then(Kind::from_word);
    if kind.is_none() {
        wrong("kind", format!("is one of: {}", Kind::words()));
    }
    let staff_kind = cell("staff_kind").and_then(StaffKind::from_word);
    if cell("staff_kind").is_some() && staff_kind.is_none() {
        wrong("staff_kind", format!("is one of: {}", StaffKind::words()));
    }
    let date_of_birth = cell("date_of_birth").and_then(|text| text.parse::<Date>().ok());
    if cell("date_of_birth").is_some() && date_of_birth.is_none() {
        wrong("date_of_birth", "is written year first, such as 2014-06-08".to_owned());
    }
    let interpreter_needed = match cell("interpreter_needed") {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => {
            wrong("interpreter_needed", "is yes or no".to_owned());
            false
        }
    };
    let owned = |column| cell(column).map(str::to_owned);
    let said = NewPerson {
        kind: kind.unwrap_or(Kind::Visitor),
        staff_kind,
        number: owned("number"),
        full_name: owned("full_name").unwrap_or_default(),
        preferred_name: owned("preferred_name"),
        sort_as: owned("sort_as"),
        date_of_birth,
        language: owned("language"),
        interpreter_needed,
        gate: GatePlace {
            code: owned("gate_code"),
            group: owned("gate_group"),
            sign_in: owned("gate_sign_in"),
            password_hash: None,
            resolver_name: owned("gate_resolver_name"),
        },
    }
    .tidied();
    let mut classes =
        cell("classes").unwrap_or_default().split(';').map(|code| code.trim().to_owned()).collect::<Vec<_>>();
    classes.retain(|code| !code.is_empty());
    classes.sort_unstable();
    classes.dedup();
    if let Some(fault) = classes.iter().find_map(|code| class::code_fault(code)) {
        wrong("classes", fault.to_owned());
    }
    if !classes.is_empty() && !matches!(said.kind, Kind::Pupil | Kind::Staff) {
        wrong("classes", "are for pupils and staff".to_owned());
    }
    // What cannot be read as its kind was told already; the rest would only follow from it.
    if faults.0.len() == before {
        for (field, what) in said.faults(today) {
            faults.add(number, format!("{field}: {what}."));
        }
    }
    Line { number, said, classes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::problem::lines;
    use jiff::civil::date;
    use proptest::prelude::*;

    const TODAY: Date = date(2026, 11, 22);

    fn faults(text: &str) -> String {
        lines(&read(text.as_bytes(), TODAY).unwrap_err())
    }

    #[test]
    fn every_fault_is_told_with_line_and_field() {
        let told = faults(
            "kind,full_name,date_of_birth,interpreter_needed,staff_kind\n\
             pupil,Ada Ash,08/06/2014,,\n\
             pupils,,,,\n\
             staff,Bo Birch,,maybe,\n\
             pupil,Cy Cedar,2030-01-01,,employed\n\
             pupil,Di Dale\n",
        );
        assert!(told.contains("line 2: date_of_birth: is written year first"), "{told}");
        assert!(told.contains("line 3: kind: is one of: pupil, staff"), "{told}");
        assert!(told.contains("line 4: interpreter_needed: is yes or no"), "{told}");
        assert!(told.contains("line 5: staff_kind: is for staff only"), "{told}");
        assert!(told.contains("line 5: date_of_birth: is in the future"), "{told}");
        assert!(told.contains("line 6: the line has 2 cells and the header 5"), "{told}");
    }

    #[test]
    fn the_header_is_checked_by_name() {
        let told = faults("kind,full_nam,is_admin,kind\npupil,Ada Ash,yes,pupil\n");
        assert!(told.contains("no column “full_nam”"), "{told}");
        assert!(told.contains("Did you mean “full_name”?"), "{told}");
        assert!(told.contains("no column “is_admin”"), "{told}");
        assert!(told.contains("“kind” is there twice"), "{told}");
        assert!(told.contains("“full_name” is missing"), "{told}");
        assert!(faults("kind;full_name\npupil;Ada Ash\n").contains("between commas"));
    }

    #[test]
    fn other_encodings_are_refused_and_the_mark_is_not() {
        let list = read("\u{feff}kind,full_name\r\npupil,\"Zoë, the second\"\r\n".as_bytes(), TODAY).unwrap();
        assert_eq!(list.lines[0].said.full_name, "Zoë, the second");
        assert!(
            lines(&read(b"kind,full_name\npupil,Zo\xeb\n", TODAY).unwrap_err())
                .contains("line 2: The file is not UTF-8")
        );
        assert!(lines(&read(b"\xff\xfek\0i\0", TODAY).unwrap_err()).contains("UTF-16"));
        assert!(read(&vec![b'a'; LARGEST + 1], TODAY).is_err());
        assert!(faults("kind,full_name\npupil,A\0da\n").contains("cannot be shown"));
        assert!(faults("kind,full_name\n,\n").contains("nobody below the header"));
    }

    #[test]
    fn a_cell_like_a_formula_is_data() {
        let list = read(b"kind,full_name,language\npupil,Ada Ash,=1+1\n", TODAY).unwrap();
        assert_eq!(list.lines[0].said.language.as_deref(), Some("=1+1"));
    }

    #[test]
    fn faults_have_an_end() {
        let text = format!("kind,full_name\n{}", "x,\n".repeat(MOST_FAULTS + 7));
        assert!(faults(&text).ends_with("And 7 more. Mend these first."));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _either = read(&[b"kind,full_name,classes\n".as_slice(), &bytes].concat(), TODAY);
            let _or = read(&bytes, TODAY);
        }
    }
}
