//! What was done about a concern, taken along when its file is moved: opened, and sealed again to the new file.

use super::{
    Words,
    ground::{FileRow, Spot, open_words, seal_words},
    statements::{
        CARRY_ACTION, CARRY_ACTION_DONE, CARRY_ACTIONS, CARRY_ACTIONS_DONE, CARRY_ADVICE, CARRY_ADVICES, CARRY_CALL,
        CARRY_CALLS, CARRY_CLASS, CARRY_CLASSES, CARRY_CONSIDERED, CARRY_CONSIDEREDS, CARRY_DEBRIEF, CARRY_DEBRIEFS,
        CARRY_DECISION, CARRY_DECISIONS, CARRY_FAMILY_HARM, CARRY_FAMILY_HARMS, CARRY_LINK, CARRY_LINKS, CARRY_PARENT,
        CARRY_PARENT_TOLD, CARRY_PARENTS, CARRY_PARENTS_TOLD, CARRY_THRESHOLD, CARRY_THRESHOLDS, CARRY_UNSURE,
        CARRY_UNSURES,
    },
};
use crate::{
    Entered, Fault,
    seal::Unlocked,
    store::{Statement, Value},
};

/// A table whose rows go along. Its first column is the row's id.
struct Part {
    table: &'static str,
    read: Statement,
    write: Statement,
    /// The columns in their order.
    columns: &'static [Column],
    /// Whether its rows are about the family of the child.
    is_of_family: bool,
}

/// What a column is.
#[derive(Clone, Copy)]
enum Column {
    Text,
    Number,
    /// The file itself.
    File,
    /// Sealed words.
    Words(&'static str),
    /// A sealed code, in which no name stands.
    Code(&'static str),
}

use Column::{Code, File, Number, Text, Words as Said};

/// In the order of the references between them. Who had it and who saw to it does not go along: others may read it now.
const PARTS: [Part; 14] = [
    Part {
        table: "file_decision",
        read: CARRY_DECISIONS,
        write: CARRY_DECISION,
        columns: &[Text, Text, File, Text, Text, Text, Said("reason"), Text, Number, Number],
        is_of_family: false,
    },
    Part {
        table: "file_threshold",
        read: CARRY_THRESHOLDS,
        write: CARRY_THRESHOLD,
        columns: &[
            Text,
            Text,
            Text,
            Said("local"),
            Said("reasoning"),
            Number,
            Said("referred_to"),
            Text,
            Said("policy"),
        ],
        is_of_family: false,
    },
    Part {
        table: "file_class",
        read: CARRY_CLASSES,
        write: CARRY_CLASS,
        columns: &[Text, Text, File, Text, Text, Text, Said("reason"), Text, Number],
        is_of_family: false,
    },
    Part {
        table: "file_action",
        read: CARRY_ACTIONS,
        write: CARRY_ACTION,
        columns: &[Text, Text, File, Text, Said("words"), Text, Text, Number],
        is_of_family: false,
    },
    Part {
        table: "file_action_done",
        read: CARRY_ACTIONS_DONE,
        write: CARRY_ACTION_DONE,
        columns: &[Text, Text, Said("words"), Text, Number],
        is_of_family: false,
    },
    Part {
        table: "file_unsure",
        read: CARRY_UNSURES,
        write: CARRY_UNSURE,
        columns: &[Text, Text, Said("whom")],
        is_of_family: false,
    },
    Part {
        table: "file_advice",
        read: CARRY_ADVICES,
        write: CARRY_ADVICE,
        columns: &[Text, Text, Said("adviser"), Number],
        is_of_family: false,
    },
    Part {
        table: "file_parent",
        read: CARRY_PARENTS,
        write: CARRY_PARENT,
        columns: &[Text, Text, File, Text, Text, Said("reason"), Text, Text, Number],
        is_of_family: true,
    },
    Part {
        table: "file_parent_told",
        read: CARRY_PARENTS_TOLD,
        write: CARRY_PARENT_TOLD,
        columns: &[Text, Text, Said("words"), Text, Number],
        is_of_family: true,
    },
    // What may be harm in the family stands in the words that go along, whichever child they are about: nobody of the right family is told
    // before somebody has lifted it.
    Part {
        table: "file_family_harm",
        read: CARRY_FAMILY_HARMS,
        write: CARRY_FAMILY_HARM,
        columns: &[Text, Text, File, Number, Said("reason"), Text, Number],
        is_of_family: false,
    },
    // Sanction and support were considered for this child and their family, and are nothing to another's.
    Part {
        table: "file_considered",
        read: CARRY_CONSIDEREDS,
        write: CARRY_CONSIDERED,
        columns: &[
            Text,
            Text,
            File,
            Text,
            Said("sanction_note"),
            Text,
            Said("support_note"),
            Text,
            Said("family_note"),
            Code("finding"),
            Said("finding_note"),
            Text,
            Number,
        ],
        is_of_family: true,
    },
    Part {
        table: "file_debrief",
        read: CARRY_DEBRIEFS,
        write: CARRY_DEBRIEF,
        columns: &[Text, Text, Text, Said("who"), Said("lessons"), Text, Said("words"), Text, Number],
        is_of_family: true,
    },
    Part {
        table: "file_call",
        read: CARRY_CALLS,
        write: CARRY_CALL,
        columns: &[
            Text,
            Text,
            File,
            Code("agency"),
            Said("spoke_to"),
            Said("reference"),
            Said("words"),
            Number,
            Text,
            Number,
        ],
        is_of_family: false,
    },
    Part {
        table: "file_link",
        read: CARRY_LINKS,
        write: CARRY_LINK,
        columns: &[Text, Text, File, Code("other"), Said("why"), Text, Number],
        is_of_family: false,
    },
];

/// What goes along, opened.
pub(super) struct Carried(Vec<(&'static Part, Vec<Carry>)>);

/// A row: its values, and its opened words by their place.
struct Carry {
    id: String,
    values: Vec<Value>,
    words: Vec<(usize, Words)>,
}

/// Opens what goes along with a file, before its rows go. What was decided for the family of one child is nothing to another's.
pub(super) async fn read(
    entered: &mut Entered,
    unlocked: &Unlocked,
    old: &FileRow,
    with_family: bool,
) -> Result<Carried, Fault> {
    let mut carried = Vec::new();
    for part in PARTS.iter().filter(|part| with_family || !part.is_of_family) {
        let mut rows = Vec::new();
        for row in entered.rows(&part.read, &[old.id.into()]).await? {
            let id: String = row.get(0)?;
            let (mut values, mut words) = (Vec::new(), Vec::new());
            for (place, column) in part.columns.iter().enumerate() {
                values.push(match column {
                    Text | File => Value::Text(row.get(place)?),
                    Number => Value::Number(row.get(place)?),
                    Said(column) | Code(column) => {
                        if let Some(sealed) = row.get::<Option<Vec<u8>>>(place)? {
                            let spot = Spot { compartment: old.compartment, table: part.table, column, row: &id };
                            words.push((place, open_words(entered, unlocked, spot, &sealed).await?));
                        }
                        Value::Bytes(None)
                    }
                });
            }
            rows.push(Carry { id, values, words });
        }
        carried.push((part, rows));
    }
    Ok(Carried(carried))
}

/// Seals it to the new file, without these names.
pub(super) async fn write(entered: &mut Entered, new: &FileRow, carried: Carried, names: &[&str]) -> Result<(), Fault> {
    for (part, rows) in carried.0 {
        for Carry { id, mut values, words } in rows {
            for (place, words) in words {
                let (column, words) = match part.columns.get(place) {
                    Some(Said(column)) => (*column, words.masked(names)),
                    Some(Code(column)) => (*column, words),
                    _ => continue,
                };
                let spot = Spot { compartment: new.compartment, table: part.table, column, row: &id };
                let sealed = seal_words(entered, spot, &words).await?;
                if let Some(value) = values.get_mut(place) {
                    *value = sealed.into();
                }
            }
            for (value, column) in values.iter_mut().zip(part.columns) {
                if matches!(column, File) {
                    *value = new.id.into();
                }
            }
            entered.change_one(&part.write, &values).await?;
        }
    }
    Ok(())
}
