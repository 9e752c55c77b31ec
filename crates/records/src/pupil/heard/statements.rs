//! The statements of being heard.

use crate::store::statements;

statements! {
    /// Whom a child chose and who is still here, the first chosen first.
    TRUSTED = "SELECT p.id, p.full_name FROM trusted_adult t JOIN person p ON p.id = t.adult \
        WHERE t.school = $1 AND t.child = $2 AND p.kind = 'staff' AND p.left_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM trusted_adult_ended e WHERE e.trusted_adult = t.id) \
        ORDER BY t.chosen_at, p.sort_name, t.id";
    ADD_TRUSTED = "INSERT INTO trusted_adult (id, school, child, adult, chosen_at) VALUES ($1, $2, $3, $4, $5)";
    END_TRUSTED = "INSERT INTO trusted_adult_ended (trusted_adult, school, ended_at) \
        SELECT t.id, t.school, CAST($3 AS BIGINT) FROM trusted_adult t WHERE t.school = $1 AND t.child = $2 \
        AND NOT EXISTS (SELECT 1 FROM trusted_adult_ended e WHERE e.trusted_adult = t.id)";
    /// Whoever left is chosen no more, also should they come back.
    END_TRUSTED_OF_LEAVER = "INSERT INTO trusted_adult_ended (trusted_adult, school, ended_at) \
        SELECT t.id, t.school, CAST($3 AS BIGINT) FROM trusted_adult t \
        WHERE t.school = $1 AND (t.adult = $2 OR t.child = $2) \
        AND NOT EXISTS (SELECT 1 FROM trusted_adult_ended e WHERE e.trusted_adult = t.id)";

    /// Who is not to hear of a child by the child’s own files: whom they are about beside the child, and who was taken out of one. Of a
    /// closed file too.
    KEPT_OUT_OF_FILES = "SELECT s.person FROM file_subject s JOIN file f ON f.id = s.file \
        WHERE f.school = $1 AND f.kind = 'child' AND f.person = $2 AND s.person <> $2 \
        UNION SELECT r.person FROM file_removal r JOIN file f ON f.id = r.file \
        WHERE f.school = $1 AND f.kind = 'child' AND f.person = $2 AND NOT EXISTS \
            (SELECT 1 FROM file_admission a WHERE a.file = r.file AND a.person = r.person AND a.recorded_at > r.recorded_at)";
    /// Whether there is a staff-concerns file about somebody that is not closed (what is reported after a closing opens it again), or a
    /// report that nobody has placed yet and that is kept from them. Whistleblowing goes round people whom it is not about.
    IS_LOOKED_INTO = "SELECT f.id FROM file f JOIN file_subject s ON s.file = f.id \
        WHERE f.school = $1 AND f.kind = 'staff-concern' AND s.person = $2 AND NOT EXISTS \
            (SELECT 1 FROM file_closed c WHERE c.file = f.id \
            AND NOT EXISTS (SELECT 1 FROM file_reopened o WHERE o.file = f.id AND o.recorded_at >= c.recorded_at) \
            AND NOT EXISTS (SELECT 1 FROM file_entry e WHERE e.file = f.id AND e.kind IN ('seen', 'words', 'opinion') \
                AND e.recorded_at >= c.recorded_at)) \
        UNION SELECT w.id FROM report_waiting w JOIN report_kept_from k ON k.report = w.id \
        WHERE w.school = $1 AND w.hearers <> 'chair' AND k.person = $2 \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id) LIMIT 1";
    IS_AWAY = "SELECT a.id FROM absence a LEFT JOIN absence_end b ON b.absence = a.id \
        WHERE a.school = $1 AND a.person = $2 AND a.from_at <= $3 AND (a.until_at IS NULL OR a.until_at > $3) \
        AND (b.ended_at IS NULL OR b.ended_at > $3) LIMIT 1";

    ADD_TALK = "INSERT INTO talk (id, school, child, adult, due_at, asked_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Whom a child has asked, and nobody has talked with them yet.
    ASKED = "SELECT t.adult FROM talk t WHERE t.school = $1 AND t.child = $2 AND NOT EXISTS \
        (SELECT 1 FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked')";
    /// Whether a child has asked since then.
    ASKED_SINCE = "SELECT t.id FROM talk t WHERE t.school = $1 AND t.child = $2 AND t.asked_at >= $3 LIMIT 1";
    ADD_PASSED_ON = "INSERT INTO talk_passed_on (talk, school, passed_at) VALUES ($1, $2, $3) ON CONFLICT (talk) DO NOTHING";
    /// What was not passed on yet, nobody talked about and whose time is over, or whoever was asked has left.
    DUE_TALKS = "SELECT t.id, t.child, t.adult FROM talk t LEFT JOIN person p ON p.id = t.adult \
        WHERE t.school = $1 AND (t.due_at <= $2 OR t.adult IS NULL OR p.left_at IS NOT NULL) \
        AND NOT EXISTS (SELECT 1 FROM talk_passed_on o WHERE o.talk = t.id) \
        AND NOT EXISTS (SELECT 1 FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked') ORDER BY t.asked_at, t.id";
    /// The children who asked for this adult, and neither anybody talked with them nor was it passed on; `$3`: this child alone.
    WISHES_FOR = "SELECT DISTINCT t.child FROM talk t WHERE t.school = $1 AND t.adult = $2 \
        AND (CAST($3 AS TEXT) IS NULL OR t.child = CAST($3 AS TEXT)) \
        AND NOT EXISTS (SELECT 1 FROM talk_passed_on o WHERE o.talk = t.id) \
        AND NOT EXISTS (SELECT 1 FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked') ORDER BY t.child";
    /// Whom the child had asked by name, and who had not answered, when they asked those who look after children.
    ASKED_BY_NAME = "SELECT DISTINCT b.adult FROM talk t JOIN talk b ON b.school = t.school AND b.child = t.child \
        WHERE t.id = $1 AND t.school = $2 AND t.adult IS NULL AND b.adult IS NOT NULL AND b.asked_at <= t.asked_at \
        AND NOT EXISTS (SELECT 1 FROM talk_answered d WHERE d.talk = b.id AND d.answered_at < t.asked_at)";
    ADD_TALK_ANSWER = "INSERT INTO talk_answered (id, school, talk, person, answer, answered_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// What nobody has talked about, and what was asked since `$2`; the one that waits longest first. `$3`: one of them alone.
    TALKS = "SELECT t.id, t.child, t.adult, t.due_at, t.asked_at, \
        (SELECT MAX(o.passed_at) FROM talk_passed_on o WHERE o.talk = t.id), \
        (SELECT MAX(h.answered_at) FROM talk_answered h WHERE h.talk = t.id AND h.answer = 'handed-on'), \
        (SELECT MAX(d.answered_at) FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked') \
        FROM talk t WHERE t.school = $1 AND (CAST($3 AS TEXT) IS NULL OR t.id = CAST($3 AS TEXT)) \
        AND (t.asked_at > $2 OR NOT EXISTS (SELECT 1 FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked')) \
        ORDER BY CASE WHEN EXISTS (SELECT 1 FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked') THEN 1 ELSE 0 END, \
            t.asked_at, t.id LIMIT 5000";
    WHO_TALKED = "SELECT p.full_name FROM talk_answered d JOIN person p ON p.id = d.person \
        WHERE d.talk = $1 AND d.answer = 'talked' ORDER BY d.answered_at, d.id LIMIT 1";
    NAME = "SELECT full_name FROM person WHERE id = $1 AND school = $2";

    ADD_RECEIPT = "INSERT INTO pupil_receipt (id, school, person, entry, wished_at) VALUES ($1, $2, $3, $4, $5)";
    /// Whether a child wished for a receipt of this entry.
    RECEIPT_OF = "SELECT id FROM pupil_receipt WHERE school = $1 AND person = $2 AND entry = $3 LIMIT 1";
    /// The receipts that a child wished for, newest first, with how far what they told came: when they wrote last, when somebody said
    /// that they have it, when somebody decided; and what they answered when asked whether it helped.
    RECEIPTS = "SELECT r.id, r.entry, r.wished_at, w.file, \
        (SELECT MAX(e.recorded_at) FROM file_entry e WHERE e.file = w.file AND e.author = r.person \
            AND e.kind IN ('seen', 'words', 'opinion')), \
        (SELECT MAX(a.acknowledged_at) FROM file_acknowledged a WHERE a.file = w.file), \
        (SELECT MAX(d.decided_at) FROM file_decision d WHERE d.file = w.file), \
        (SELECT MAX(g.given_at) FROM pupil_feedback g WHERE g.receipt = r.id) \
        FROM pupil_receipt r JOIN file_entry w ON w.id = r.entry AND w.author = r.person \
        WHERE r.school = $1 AND r.person = $2 ORDER BY r.wished_at DESC, r.id DESC LIMIT 20";
    ADD_FEEDBACK = "INSERT INTO pupil_feedback (id, school, receipt, answer, given_at) VALUES ($1, $2, $3, $4, $5)";

    /// What was talked about and is older than `$2`, of whom no hold keeps.
    OLD_TALKS = "SELECT t.id FROM talk t WHERE t.school = $1 AND t.asked_at < $2 \
        AND EXISTS (SELECT 1 FROM talk_answered d WHERE d.talk = t.id AND d.answer = 'talked') AND NOT EXISTS \
        (SELECT 1 FROM hold h WHERE h.person IN (t.child, t.adult) \
            AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id)) ORDER BY t.id LIMIT 500";
    DROP_TALK_ANSWERS = "DELETE FROM talk_answered WHERE talk = $1";
    DROP_TALK_PASSED = "DELETE FROM talk_passed_on WHERE talk = $1";
    DROP_TALK = "DELETE FROM talk WHERE id = $1";
    OLD_RECEIPTS = "SELECT r.id FROM pupil_receipt r WHERE r.school = $1 AND r.wished_at < $2 AND NOT EXISTS \
        (SELECT 1 FROM hold h WHERE h.person = r.person \
            AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id)) ORDER BY r.id LIMIT 500";
    DROP_FEEDBACK = "DELETE FROM pupil_feedback WHERE receipt = $1";
    DROP_RECEIPT = "DELETE FROM pupil_receipt WHERE id = $1";
}
