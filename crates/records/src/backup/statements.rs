//! The statements of backup.

use crate::store::statements;

statements! {
    CODE = "SELECT code FROM school WHERE id = $1";
    SCHOOLS = "SELECT id, code FROM school ORDER BY code";
    SAME_SCHOOL = "SELECT id FROM school WHERE id = $1 OR code = $2";
}
