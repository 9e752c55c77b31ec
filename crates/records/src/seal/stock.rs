//! Taking stock: what stood in the store before keys and sealed words were noted in the log is noted once, with the step of the
//! schema that begins it. From then on, what is not noted does not count.

use super::{
    compartment::{Generation, KIND, as_it_stands, check_generation, generations, told_detail},
    holder::KEY_KIND,
    statements::{ALL_GENERATIONS, ALL_VOUCHED, COMPARTMENTS, OF_COMPARTMENT},
    suite::{KEY, fingerprint},
    value::{is_as_told, noted_now},
};
use crate::{
    Fault,
    access::{Act, Actor},
    audit::{self, Detail, Note},
    id,
    store::{Transaction, manifest, schema},
};
use jiff::Timestamp;

/// Marks every entry, and notes every key and every sealed value, in the step's own transaction.
pub(crate) async fn take_stock(t: &mut Transaction, now: Timestamp) -> Result<(), Fault> {
    for school in audit::schools(t).await? {
        audit::adopt(t, &school).await?;
    }
    for row in t.rows(&ALL_GENERATIONS, &[]).await? {
        let public: Vec<u8> = row.get(3)?;
        // What is no key opens nothing, and nothing is sealed to it.
        if public.len() == KEY {
            let generation = Generation { compartment: row.get(1)?, number: row.get(2)?, public };
            let (holders, subjects) = as_it_stands(t, generation.compartment).await?;
            let of = t.row(&OF_COMPARTMENT, &[generation.compartment.into()]).await?;
            let of = of.map_or_else(|| Ok(String::new()), |row| row.get::<String>(0))?;
            let detail = told_detail(&generation, &of, (&holders, &subjects));
            let resource = generation.compartment.to_string();
            let note = Note { act: Act::KeyMade, kind: KIND, resource, detail: &detail };
            audit::note_as(t, row.get(0)?, Actor::Clock, note, now).await?;
        }
    }
    note_vouchers(t, now).await?;
    note_words(t, now).await
}

async fn note_vouchers(t: &mut Transaction, now: Timestamp) -> Result<(), Fault> {
    for row in t.rows(&ALL_VOUCHED, &[]).await? {
        let public: Vec<u8> = row.get(2)?;
        if public.len() == KEY {
            let detail = Detail::none().with("key", fingerprint(&public));
            let resource = row.get::<String>(1)?;
            let note = Note { act: Act::HolderAdmitted, kind: KEY_KIND, resource, detail: &detail };
            audit::note_as(t, row.get(0)?, Actor::Clock, note, now).await?;
        }
    }
    Ok(())
}

/// Notes every sealed value, page by page: a school may have tens of thousands.
async fn note_words(t: &mut Transaction, now: Timestamp) -> Result<(), Fault> {
    let tables = schema(t).await?;
    let (columns, _) = manifest::columns();
    for column in columns.iter().filter(|column| column.is_sealed) {
        let Some(table) = tables.get(column.table) else { continue };
        let mut after = Vec::new();
        loop {
            let page = t.page_of_bytes(column.table, table, column.name, &after).await?;
            for (key, school, sealed) in &page {
                let Ok(school) = id::School::parse(school) else { continue };
                if let Some(noted) = noted_now(t, school, sealed, now).await? {
                    t.put_bytes((column.table, table), column.name, key, noted).await?;
                }
            }
            match page.last() {
                Some((key, ..)) => after.clone_from(key),
                None => break,
            }
        }
    }
    Ok(())
}

/// How many keys of compartments and sealed values of a school are not what the log tells of. Nothing seals to such a key or opens
/// such a value; when a backup is restored it is told at once, and not by whoever needs the words.
pub(crate) async fn count_altered(t: &mut Transaction, school: id::School) -> Result<u64, Fault> {
    let mut count = 0;
    for row in t.rows(&COMPARTMENTS, &[school.into()]).await? {
        let newest = generations(t, school, row.get(0)?).await?.pop();
        let checked = match &newest {
            Some(newest) => check_generation(t, school, newest).await,
            None => Err(Fault::Damaged("It has no key.".to_owned())),
        };
        match checked {
            Err(Fault::Damaged(_)) => count += 1,
            checked => checked?,
        }
    }
    let tables = schema(t).await?;
    let (columns, _) = manifest::columns();
    for column in columns.iter().filter(|column| column.is_sealed) {
        let Some(table) = tables.get(column.table) else { continue };
        let mut after = Vec::new();
        loop {
            let page = t.page_of_bytes(column.table, table, column.name, &after).await?;
            for (_, of_school, sealed) in &page {
                let is_ours = *of_school == school.to_string();
                count += u64::from(is_ours && !is_as_told(t, school, sealed).await?);
            }
            match page.last() {
                Some((key, ..)) => after.clone_from(key),
                None => break,
            }
        }
    }
    Ok(count)
}
