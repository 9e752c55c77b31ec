//! The statements of the gate.

use crate::store::statements;

statements! {
    /// The school that the gate serves: the first one, or the one with this code.
    SCHOOL = "SELECT s.id, s.name, h.next_number FROM school s JOIN audit_head h ON h.school = s.id \
        WHERE (CAST($1 AS TEXT) IS NULL OR s.code = $1) ORDER BY s.created_at, s.id LIMIT 1";
    /// What was done since this entry that the gate must know. The words are those of `Act`; a test holds them.
    MOVED_SINCE = "SELECT school, number, format, moment, actor, act, outcome, resource_kind, resource, file_kind, subjects, \
        compartment, detail, previous_hash, hash, proof FROM audit_entry \
        WHERE school = $1 AND number >= $2 AND outcome = 'done' AND act IN \
        ('school-set-up', 'person-added', 'person-changed', 'person-left', 'people-imported', 'class-changed', 'erased', \
        'policy-changed', 'network-changed', 'lesson-changed', 'suspension-changed', 'emergency-block-changed', \
        'documents-taken-in', 'restored')";
    PEOPLE = "SELECT id, gate_code, gate_group, gate_sign_in, gate_password_hash, gate_resolver_name, left_at \
        FROM person WHERE school = $1 ORDER BY gate_code";
    CLASSES = "SELECT m.person, c.code FROM class_member m JOIN class c ON c.id = m.class \
        WHERE m.school = $1 AND m.part = 'learns' ORDER BY c.code";
    GATE_CODE = "SELECT gate_code FROM person WHERE school = $1 AND id = $2 AND left_at IS NULL";
    CLASS_WITH_CODE = "SELECT id FROM class WHERE school = $1 AND code = $2";
    PERSON_OF_CODE = "SELECT id FROM person WHERE school = $1 AND gate_code = $2 AND left_at IS NULL";
    /// As [`PERSON_OF_CODE`], those who left too.
    WHOSE_CODE = "SELECT id FROM person WHERE school = $1 AND gate_code = $2";
    /// Somebody as the gate knows them.
    GATE_SUBJECT = "SELECT gate_code, gate_group FROM person WHERE school = $1 AND id = $2 AND left_at IS NULL";
    CLASSES_OF = "SELECT c.code FROM class_member m JOIN class c ON c.id = m.class \
        WHERE m.school = $1 AND m.person = $2 AND m.part = 'learns' ORDER BY c.code";
    /// The classes that somebody may open a lesson for: all, or those that they teach.
    LESSON_CLASSES = "SELECT c.code, c.name FROM class c WHERE c.school = $1 AND (CAST($2 AS TEXT) IS NULL OR EXISTS (\
        SELECT 1 FROM class_member m WHERE m.class = c.id AND m.person = $2 AND m.part = 'teaches')) ORDER BY c.code";
    /// Who made the versions of the policy, and what they are called.
    POLICY_MAKERS = "SELECT id, full_name FROM person WHERE school = $1 AND id IN (\
        SELECT made_by FROM policy_version WHERE school = $1)";
    NAME_OF = "SELECT full_name FROM person WHERE school = $1 AND id = $2";
    SPENT_CODES = "SELECT code FROM gate_code_spent WHERE school = $1";
    /// Keeps the code of somebody who is about to have another one, or none.
    SPEND_CODE = "INSERT INTO gate_code_spent (school, code) SELECT school, gate_code FROM person p \
        WHERE id = $1 AND school = $2 AND (CAST($3 AS TEXT) IS NULL OR gate_code <> $3) \
        AND NOT EXISTS (SELECT 1 FROM gate_code_spent s WHERE s.school = p.school AND s.code = p.gate_code)";
    SCHOOL_ZONE = "SELECT time_zone FROM school WHERE id = $1";
    SCHOOL_NAME = "SELECT name FROM school WHERE id = $1";
    NEWEST_POLICY = "SELECT number, kind, text, digest, made_by, made_at, why FROM policy_version \
        WHERE school = $1 ORDER BY number DESC LIMIT 1";
    A_POLICY = "SELECT number, kind, text, digest, made_by, made_at, why FROM policy_version \
        WHERE school = $1 AND number = $2";
    POLICIES = "SELECT number, kind, '', digest, made_by, made_at, why FROM policy_version \
        WHERE school = $1 ORDER BY number DESC LIMIT $2";
    ADD_POLICY = "INSERT INTO policy_version (school, number, kind, text, digest, made_by, made_at, why) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    NEWEST_NETWORK = "SELECT number, kind, text, digest, made_by, made_at, why FROM network_version \
        WHERE school = $1 ORDER BY number DESC LIMIT 1";
    ADD_NETWORK = "INSERT INTO network_version (school, number, kind, text, digest, made_by, made_at, why) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
}
