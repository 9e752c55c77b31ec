//! The statements of climbing.

use crate::store::statements;

statements! {
    /// The files to which something was reported since `$2` that nobody has answered. Only what was written lately is looked at, so
    /// that it takes no longer in a school with forty thousand files.
    UNANSWERED = "SELECT DISTINCT e.file FROM file_entry e WHERE e.school = $1 AND e.recorded_at > $2 \
        AND e.kind IN ('seen', 'words', 'opinion') \
        AND NOT EXISTS (SELECT 1 FROM file_acknowledged a WHERE a.file = e.file AND a.acknowledged_at >= e.recorded_at) \
        AND NOT EXISTS (SELECT 1 FROM file_decision d WHERE d.file = e.file AND d.decided_at >= e.recorded_at) \
        AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = e.file AND c.recorded_at > e.recorded_at) \
        AND NOT EXISTS (SELECT 1 FROM file_rung r WHERE r.file = e.file AND r.rung = 'before' AND r.told_at >= e.recorded_at) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id OR w.target = e.file) ORDER BY e.file";
    /// What starts, hastens or ends the climb of a file. A closing counts from behind its moment, as in the file's status: what is
    /// reported in the same moment is not shelved.
    FACTS = "SELECT e.kind, e.severity, e.author, e.recorded_at FROM file_entry e WHERE e.file = $1 \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id OR w.target = e.file) \
        UNION ALL SELECT 'answered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), acknowledged_at \
            FROM file_acknowledged WHERE file = $1 \
        UNION ALL SELECT 'answered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), decided_at FROM file_decision WHERE file = $1 \
        UNION ALL SELECT 'answered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), recorded_at - 1 FROM file_closed WHERE file = $1 \
        UNION ALL SELECT 'answered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), told_at FROM file_rung \
            WHERE file = $1 AND rung = 'before'";
    FILE = "SELECT reference, opened_at FROM file WHERE id = $1 AND school = $2";
    TOLD = "SELECT rung, person, told_at FROM file_rung WHERE file = $1 AND rung <> 'before' ORDER BY told_at, id";
    ADD_RUNG = "INSERT INTO file_rung (id, school, file, rung, person, told_at) VALUES ($1, $2, $3, $4, $5, $6)";
    FILE_OF_RUNG = "SELECT file FROM file_rung WHERE id = $1 AND school = $2";
    /// The files of which somebody was told lately that they wait.
    TOLD_TO = "SELECT DISTINCT file FROM file_rung WHERE school = $1 AND person = $2 AND told_at > $3 \
        AND rung <> 'reporter' ORDER BY file";
    NAME = "SELECT full_name FROM person WHERE id = $1 AND school = $2";
    IS_PUPIL = "SELECT 1 FROM person WHERE id = $1 AND school = $2 AND kind = 'pupil'";

    /// Who agreed in writing to be told outside watched hours, and still works or governs here.
    OUT_OF_HOURS = "SELECT o.id, o.person, p.full_name, o.agreed_on, o.recorded_at FROM out_of_hours o \
        JOIN person p ON p.id = o.person WHERE o.school = $1 AND (p.left_at IS NULL OR p.left_at > $2) \
        AND NOT EXISTS (SELECT 1 FROM out_of_hours_ended e WHERE e.out_of_hours = o.id) ORDER BY p.sort_name, o.id";
    OUT_OF_HOURS_OF = "SELECT o.id FROM out_of_hours o WHERE o.school = $1 AND o.person = $2 \
        AND NOT EXISTS (SELECT 1 FROM out_of_hours_ended e WHERE e.out_of_hours = o.id)";
    ADD_OUT_OF_HOURS = "INSERT INTO out_of_hours (id, school, person, agreed_on, recorded_by, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    END_OUT_OF_HOURS = "INSERT INTO out_of_hours_ended (out_of_hours, school, ended_by, ended_at) VALUES ($1, $2, $3, $4)";
}
