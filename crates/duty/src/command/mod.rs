//! Commands that need lists and rulesets only: `holdfast explain` and `holdfast lists`.

mod explain;
mod lists;

pub use explain::Explain;
pub use lists::Lists;

use crate::data_folder::DataFolder;
use std::path::Path;

/// A data folder that is there already, to be read only.
///
/// # Errors
///
/// When there is none at this path; the text says what to do.
pub fn existing_folder(path: &Path) -> Result<DataFolder, String> {
    if !path.is_dir() {
        return Err(format!("There is no data folder {}. Give its path with --data.", path.display()));
    }
    Ok(DataFolder::existing(path))
}
