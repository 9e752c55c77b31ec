//! The statements of climbing.

use crate::store::{fifty, statements};

statements! {
    /// The files that may wait: in which something was reported that nobody has decided on since, and that were not closed since. However
    /// old: an “I have it” of years ago counts no more the day on which whoever said it leaves.
    UNANSWERED = "SELECT f.id FROM open_file o JOIN file f ON f.id = o.file WHERE o.school = $1 AND EXISTS (SELECT 1 FROM file_entry e WHERE e.file = f.id \
            AND e.kind IN ('seen', 'words', 'opinion') \
            AND NOT EXISTS (SELECT 1 FROM file_decision d WHERE d.file = f.id AND d.decided_at >= e.recorded_at \
                AND d.decided_at >= f.opened_at) \
            AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = f.id AND c.recorded_at > e.recorded_at \
                AND NOT EXISTS (SELECT 1 FROM file_reopened p WHERE p.file = c.file AND p.recorded_at >= c.recorded_at)) \
            AND NOT EXISTS (SELECT 1 FROM file_rung r WHERE r.file = f.id AND r.rung = 'before' AND r.told_at >= e.recorded_at) \
            AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id)) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) ORDER BY f.id";
    /// What starts, hastens or ends the climb of these files: of which, what, how severe, who, when. A closing counts from behind its
    /// moment, as in the file's status: what is reported in the same moment is not shelved.
    FACTS_OF = concat!(
        "SELECT e.file, e.kind, e.severity, e.author, e.recorded_at FROM file_entry e WHERE e.school = $1 \
            AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id OR w.target = e.file) AND e.file IN ", fifty!(),
        " UNION ALL SELECT file, 'taken', CAST(NULL AS BIGINT), person, acknowledged_at FROM file_acknowledged \
            WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'answered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), decided_at FROM file_decision \
            WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'closed', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), recorded_at - 1 FROM file_closed \
            WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'reopened', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), recorded_at FROM file_reopened \
            WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'answered', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), told_at FROM file_rung \
            WHERE school = $1 AND rung = 'before' AND file IN ", fifty!());
    /// The first thing after `$4` by which somebody may have lost sight of a file or report (`$2`; `$3` is the child it is about): they
    /// left, a duty of theirs ended, they were taken out, became a subject or family, or whom they deputise for came back.
    LOST_SIGHT = "SELECT MIN(moment) FROM (SELECT left_at AS moment FROM person WHERE id = $1 \
        UNION ALL SELECT e.ends_at FROM duty_holding_end e JOIN duty_holding h ON h.id = e.holding \
            WHERE h.person = $1 AND h.duty IN ('head', 'dsl', 'deputy-dsl', 'chair', 'trust-lead') \
        UNION ALL SELECT recorded_at FROM file_removal WHERE file = $2 AND person = $1 \
        UNION ALL SELECT added_at FROM file_subject WHERE file = $2 AND person = $1 \
        UNION ALL SELECT recorded_at FROM relation WHERE child = $3 AND adult = $1 \
        UNION ALL SELECT recorded_at FROM no_contact WHERE child = $3 AND adult = $1 \
        UNION ALL SELECT recorded_at FROM court_order WHERE child = $3 AND adult = $1 AND bars_telling = 1 \
        UNION ALL SELECT COALESCE(b.ended_at, a.until_at) FROM duty_holding d JOIN duty_holding h ON h.school = d.school \
            AND h.duty = d.duty AND h.person <> d.person JOIN absence a ON a.person = h.person \
            LEFT JOIN absence_end b ON b.absence = a.id WHERE d.person = $1 AND d.is_deputy = 1) AS losses \
        WHERE moment >= $4 AND moment <= $5";
    /// Who was told of these files, in their order.
    TOLD_OF = concat!("SELECT file, rung, person, told_at FROM file_rung WHERE school = $1 AND rung <> 'before' AND file IN ", fifty!(),
        " ORDER BY told_at, id");
    ADD_RUNG = "INSERT INTO file_rung (id, school, file, rung, person, told_at) VALUES ($1, $2, $3, $4, $5, $6)";
    FILE_OF_RUNG = "SELECT file FROM file_rung WHERE id = $1 AND school = $2";
    /// The files of which somebody was told lately that they wait, as far as they may be open.
    TOLD_TO = "SELECT DISTINCT r.file FROM file_rung r JOIN open_file o ON o.file = r.file WHERE r.school = $1 AND r.person = $2 \
        AND r.told_at > $3 AND r.rung <> 'reporter' ORDER BY r.file";
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
