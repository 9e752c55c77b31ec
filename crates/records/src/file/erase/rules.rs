//! What erasing a person does to each table that holds something personal or sensitive (the manifest says which do). A table
//! of which no rule speaks fails a test, so nobody can add one and forget it.

use crate::store::Statement;

/// What happens to the rows of a table that are about somebody.
pub(super) struct Rule {
    /// The table.
    pub table: &'static str,
    /// How many rows there are.
    pub count: Statement,
    /// Takes them away or blanks them.
    pub erase: Statement,
}

/// `table deletes "condition"`; `table blanks "columns" where "condition" leaving [columns that say nothing alone]`;
/// `table keeps "why"`. `$1` is the person.
macro_rules! rules {
    (
        deletes { $($deleted:literal where $deleted_condition:literal;)* }
        blanks { $($blanked:literal set $set:literal where $condition:literal leaving $leaving:expr;)* }
        keeps { $($kept:literal because $why:literal;)* }
    ) => {
        /// Tables whose rows go or are blanked, each before the tables that its rows refer to.
        pub(super) const RULES: &[Rule] = &[
            $(Rule {
                table: $deleted,
                count: Statement {
                    name: concat!("COUNT ", $deleted),
                    sql: concat!("SELECT COUNT(*) FROM ", $deleted, " WHERE ", $deleted_condition),
                },
                erase: Statement {
                    name: concat!("ERASE ", $deleted),
                    sql: concat!("DELETE FROM ", $deleted, " WHERE ", $deleted_condition),
                },
            },)*
            $(Rule {
                table: $blanked,
                count: Statement {
                    name: concat!("COUNT ", $blanked),
                    sql: concat!("SELECT COUNT(*) FROM ", $blanked, " WHERE ", $condition),
                },
                erase: Statement {
                    name: concat!("ERASE ", $blanked),
                    sql: concat!("UPDATE ", $blanked, " SET ", $set, " WHERE ", $condition),
                },
            },)*
        ];

        /// The statements of the rules.
        pub(crate) const ALL: &[Statement] = &[
            $(
                Statement {
                    name: concat!("COUNT ", $deleted),
                    sql: concat!("SELECT COUNT(*) FROM ", $deleted, " WHERE ", $deleted_condition),
                },
                Statement {
                    name: concat!("ERASE ", $deleted),
                    sql: concat!("DELETE FROM ", $deleted, " WHERE ", $deleted_condition),
                },
            )*
            $(
                Statement {
                    name: concat!("COUNT ", $blanked),
                    sql: concat!("SELECT COUNT(*) FROM ", $blanked, " WHERE ", $condition),
                },
                Statement {
                    name: concat!("ERASE ", $blanked),
                    sql: concat!("UPDATE ", $blanked, " SET ", $set, " WHERE ", $condition),
                },
            )*
        ];

        #[cfg(test)]
        const BLANKED: &[(&str, &str, &[&str])] = &[$(($blanked, $set, $leaving)),*];
        #[cfg(test)]
        const KEPT: &[(&str, &str)] = &[$(($kept, $why)),*];
    };
}

rules! {
    deletes {
        "person_photo" where "person = $1";
        "contact_way" where "person = $1";
        "confidential_detail_end" where "detail IN (SELECT id FROM confidential_detail WHERE person = $1)";
        "confidential_detail" where "person = $1";
        "details_compartment" where "person = $1";
        "relation_end" where "relation IN (SELECT id FROM relation WHERE child = $1)";
        "relation" where "child = $1";
        "court_order_end" where "court_order IN (SELECT id FROM court_order WHERE child = $1)";
        "court_order" where "child = $1";
        "no_contact_end" where "no_contact IN (SELECT id FROM no_contact WHERE child = $1)";
        "no_contact" where "child = $1";
        "class_member" where "person = $1";
        "absence_end" where "absence IN (SELECT id FROM absence WHERE person = $1)";
        "absence" where "person = $1";
        "emergency_review" where "emergency IN (SELECT id FROM emergency WHERE person = $1)";
        "emergency" where "person = $1";
        "purpose" where "person = $1";
        "held_log" where "hold IN (SELECT id FROM hold WHERE person = $1)";
        "hold_lifted" where "hold IN (SELECT id FROM hold WHERE person = $1 AND file IS NULL)";
        "hold" where "person = $1 AND file IS NULL";
        "trusted_adult_ended" where "trusted_adult IN (SELECT id FROM trusted_adult WHERE child = $1 OR adult = $1)";
        "trusted_adult" where "child = $1 OR adult = $1";
        "talk_answered" where "talk IN (SELECT id FROM talk WHERE child = $1)";
        "talk_passed_on" where "talk IN (SELECT id FROM talk WHERE child = $1)";
        "talk" where "child = $1";
        "pupil_feedback" where "receipt IN (SELECT id FROM pupil_receipt WHERE person = $1)";
        "pupil_receipt" where "person = $1";
        "class_arrival" where "person = $1";
        "pupil_way_ended" where "pupil_way IN (SELECT id FROM pupil_way WHERE person = $1)";
        "pupil_way" where "person = $1";
        "pupil_way_exempt_ended" where "exempt IN (SELECT id FROM pupil_way_exempt WHERE person = $1)";
        "pupil_way_exempt" where "person = $1";
        "sign_on_binding" where "person = $1";
        "passkey_wrap" where "passkey IN (SELECT id FROM passkey WHERE person = $1)";
        "passkey" where "person = $1";
        "authenticator" where "person = $1";
        "report_draft" where "person = $1";
        "spare_code" where "person = $1";
        "password_set" where "person = $1";
        "advice_read" where "person = $1";
        "known_browser" where "person = $1";
        "recent_sign_in" where "person = $1";
        "holder_wrap" where "holder_key IN (SELECT id FROM holder_key WHERE person = $1)";
        "compartment_wrap" where "person = $1";
        "compartment_holder" where "person = $1";
        "audit_tally" where "actor = $1";
        "out_of_hours_ended" where "out_of_hours IN (SELECT id FROM out_of_hours WHERE person = $1)";
        "out_of_hours" where "person = $1";
        "mail_try" where "mail IN (SELECT id FROM mail WHERE person = $1)";
        "mail_notice" where "mail IN (SELECT id FROM mail WHERE person = $1)";
        "mail" where "person = $1";
    }
    blanks {
        "account" set "sign_in_name = 'erased ' || id" where "person = $1" leaving &["person"];
        "person" set "staff_kind = NULL, number = NULL, full_name = '(erased)', preferred_name = NULL, sort_name = '', \
            search_key = '', name_key = '', date_of_birth = NULL, language = NULL, interpreter_needed = 0, \
            gate_code = 'erased-' || id, gate_group = NULL, gate_sign_in = NULL, gate_password_hash = NULL, \
            gate_resolver_name = NULL, revision = revision + 1" where "id = $1" leaving &["id", "kind", "left_at"];
    }
    keeps {
        "duty_holding" because "who answered for what stays known by id; the row of the person is blank";
        "audit_entry" because "ids only; its salts go, so that its digests say nothing";
        "audit_salt" because "the salts of entries about the person are removed by the audit itself";
        "compartment_subject" because "keeps a person out of a file by id; the row of the person is blank";
        "holder_key" because "a public key, and whose it was by id; the wraps of its private half go";
        "holder_key_vouched" because "ids only";
        "notice" because "who was told of what, by id; the row of the person is blank";
        "compartment_pair_wrap" because "a key sealed to two custodians; it says nothing of whom it is about";
        "custodian" because "who kept a recovery code stays known by id; the row of the person is blank";
        "school_setting" because "who decided stays known by id; the row of the person is blank";
        "trust_setting" because "who decided stays known by id; the row of the person is blank";
        "setting_decision" because "who decided stays known by id; the row of the person is blank";
        "calendar_version" because "who decided stays known by id; the row of the person is blank";
        "policy_version" because "names people by their neutral code only, and the register's code is blank";
        "network_version" because "names people by their neutral code only, and the register's code is blank";
        "gate_code_spent" because "a code that leads to nobody, kept so that it is never anybody's again";
        "file" because "files about the person are erased first, each by its own rule; another is not about them";
        "file_subject" because "keeps a person out of somebody else's file by id; the row of the person is blank";
        "file_entry" because "somebody else's file, and who wrote in it is known by id; the row of the person is blank";
        "file_pair" because "goes with its file";
        "file_admission" because "goes with its file; who was let in stays known by id";
        "file_removal" because "goes with its file; who was taken out stays known by id";
        "file_closed" because "goes with its file; who closed it stays known by id";
        "report" because "goes with its file; who raised it stays known by id";
        "told_in_person" because "goes with its file; ids only";
        "paper_form" because "who reserved a reference stays known by id; the row of the person is blank";
        "file_acknowledged" because "goes with its file; who said that they have it stays known by id";
        "file_decision" because "goes with its file; who decided stays known by id";
        "file_assigned" because "goes with its file; who saw to it stays known by id";
        "file_action" because "goes with its file; who was to do it stays known by id";
        "file_action_done" because "goes with its file; who did it stays known by id";
        "file_parent" because "goes with the file of the child; whoever is decided on stays known by id, and their row is blank";
        "file_parent_told" because "goes with its file; who told them stays known by id";
        "file_threshold" because "goes with its decision; it names nobody in the open";
        "file_class" because "goes with its file; who said it stays known by id";
        "file_part_of" because "goes with either of its files, which are of one child; who made them one stays known by id";
        "file_considered" because "goes with its file; who considered it stays known by id";
        "file_debrief" because "goes with its file; who wrote it down stays known by id";
        "file_unsure" because "goes with its file; its words are sealed";
        "file_advice" because "goes with its file; its words are sealed";
        "file_call" because "goes with its file; who rang stays known by id";
        "file_entry_twin" because "goes with its file; ids only";
        "file_family_harm" because "goes with its file; who said so stays known by id";
        "file_head_told" because "goes with its file; who was told stays known by id";
        "file_rung" because "goes with its file; who was told that it waits stays known by id";
        "file_link" because "goes with its file; who linked it stays known by id";
        "file_reopened" because "goes with its file; who opened it again stays known by id";
        "report_waiting" because "says nothing of whom it is about; its words are sealed, and go with it; who raised it stays known by id";
        "report_words" because "sealed, and of whoever wrote them; they go with the report, or into a file that goes by its own rule";
        "report_kept_from" because "keeps a person out of a report by id; the row of the person is blank";
        "report_read" because "who read it stays known by id; the row of the person is blank";
        "report_taken" because "who took it stays known by id; the row of the person is blank";
        "trend_finding" because "says nothing of anybody; who found it and who was to see to it stay known by id";
        "report_stage" because "who set it stays known by id; the row of the person is blank";
        "report_ended" because "who answered it stays known by id; the row of the person is blank";
        "erasure_proposal" because "ids and codes: that somebody proposed what another agreed to";
        "erasure_withdrawn" because "ids only";
        "erasure_mark" because "it is the mark that stays";
        "sealed_sign_in" because "who had a code for the safe made stays known by id; the row of the person is blank";
        "sealed_sign_in_review" because "who reviewed it stays known by id; the row of the person is blank";
        "file_task" because "who had read or copied something erased must be asked to forget it";
        "file_task_done" because "ids only";
        "class_opening" because "which adult opened a class stays known by id; the row of the person is blank";
        "password_word" because "who added a word stays known by id; the row of the person is blank";
        "mail_account" because "who set it up stays known by id; the row of the person is blank";
        "contact" because "services outside the school, not people of it; who wrote it down is known by id";
        "contact_end" because "ids only";
        "contact_confirmed" because "ids only";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::manifest::{Class, columns};
    use std::collections::BTreeSet;

    #[test]
    fn every_table_with_something_personal_has_a_rule_and_every_column_of_a_blanked_one_is_spoken_of() {
        let (columns, problems) = columns();
        assert_eq!(problems, []);
        let ruled: BTreeSet<&str> = RULES.iter().map(|rule| rule.table).chain(KEPT.iter().map(|kept| kept.0)).collect();
        for column in columns.iter().filter(|column| column.class != Class::Neither) {
            assert!(
                ruled.contains(column.table),
                "{}.{} is {:?}: say in erase/rules.rs what erasing a person does to {}",
                column.table,
                column.name,
                column.class,
                column.table
            );
            if let Some((table, set, leaving)) = BLANKED.iter().find(|blanked| blanked.0 == column.table) {
                let is_set = set.split(',').any(|part| part.trim().starts_with(&format!("{} =", column.name)));
                assert!(is_set || leaving.contains(&column.name), "{table}.{} is not spoken of", column.name);
            }
        }
        let known: BTreeSet<&str> = columns.iter().map(|column| column.table).collect();
        assert_eq!(
            ruled.difference(&known).collect::<Vec<_>>(),
            Vec::<&&str>::new(),
            "rules of tables that are not there"
        );
        assert!(KEPT.iter().all(|(_, why)| !why.is_empty()));
    }
}
