//! The statements of the audit log.

use crate::store::statements;

statements! {
    HEAD = "SELECT next_number, last_hash FROM audit_head WHERE school = $1";
    NEW_HEAD = "INSERT INTO audit_head (school, next_number, last_hash) VALUES ($1, $2, $3)";
    MOVE_HEAD = "UPDATE audit_head SET next_number = $2, last_hash = $3 WHERE school = $1";
    ADD_ENTRY = "INSERT INTO audit_entry (school, number, moment, actor, act, outcome, resource_kind, resource, subjects, \
        compartment, detail, previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
}
