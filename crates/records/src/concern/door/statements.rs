//! The statements of the doors.

use crate::store::statements;

statements! {
    NEW_REPORT = "INSERT INTO report_waiting (id, school, door, hearers, reference, form, compartment, is_danger, is_many, receipt, \
        unanswered_at, arrived_at, raised_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (school, form) DO NOTHING";
    NEW_WORDS = "INSERT INTO report_words (report, school, words) VALUES ($1, $2, $3)";
    NEW_KEPT_FROM = "INSERT INTO report_kept_from (report, person, school) VALUES ($1, $2, $3)";
    /// What came on a form before.
    OF_FORM = "SELECT reference, door, hearers FROM report_waiting WHERE school = $1 AND form = $2";
    /// Those of the ladders, with their names.
    NAMES_OF = "SELECT full_name, preferred_name FROM person WHERE id = $1 AND school = $2";
    /// The children whose family somebody is, or whom they must have no contact with, each with their names.
    FAMILY_OF = "SELECT p.full_name, p.preferred_name FROM person p WHERE p.school = $1 AND p.id IN (\
        SELECT r.child FROM relation r LEFT JOIN relation_end e ON e.relation = r.id \
        WHERE r.adult = $2 AND (e.ended_at IS NULL OR e.ended_at > $3) \
        UNION SELECT n.child FROM no_contact n LEFT JOIN no_contact_end f ON f.no_contact = n.id \
        WHERE n.adult = $2 AND (f.ended_at IS NULL OR f.ended_at > $3) \
        UNION SELECT c.child FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
        WHERE c.adult = $2 AND c.bars_telling = 1 AND (g.ended_at IS NULL OR g.ended_at > $3))";
    /// What waits, with what a climb is planned from.
    CLIMBING = "SELECT w.id, w.hearers, w.is_danger, w.is_many, w.arrived_at, t.person, t.taken_at, w.raised_by \
        FROM report_waiting w LEFT JOIN report_taken t ON t.report = w.id WHERE w.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id) ORDER BY w.arrived_at, w.id";
    ANY_WAITS = "SELECT w.id FROM report_waiting w WHERE w.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id) LIMIT 1";
    CLIMBING_ONE = "SELECT w.id, w.hearers, w.is_danger, w.is_many, w.arrived_at, t.person, t.taken_at, w.raised_by \
        FROM report_waiting w LEFT JOIN report_taken t ON t.report = w.id WHERE w.school = $1 AND w.id = $2 \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id)";
    /// Who was told of what waits.
    TOLD_OF = "SELECT n.about, n.person, n.kind, n.made_at FROM report_waiting w JOIN notice n ON n.school = w.school AND n.about = w.id \
        WHERE w.school = $1 AND n.made_at <= $2 \
        AND n.kind IN ('report-danger', 'report-waits', 'report-climbed', 'report-unanswered', 'waiting-unanswered') \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id) ORDER BY n.id";
    TOLD_OF_ONE = "SELECT n.about, n.person, n.kind, n.made_at FROM notice n WHERE n.school = $1 AND n.made_at <= $2 \
        AND n.about = $3 AND n.kind IN ('report-danger', 'report-waits', 'report-climbed', 'report-unanswered', 'waiting-unanswered') ORDER BY n.id";
    /// Of the notices of each kind that each person has of what waits and nobody has taken: how many they have not looked at, and when they
    /// looked last.
    LOOKED_AT = "SELECT n.person, n.kind, CAST(SUM(CASE WHEN s.notice IS NULL THEN 1 ELSE 0 END) AS BIGINT), MAX(s.seen_at) \
        FROM report_waiting w JOIN notice n ON n.school = w.school AND n.about = w.id LEFT JOIN notice_seen s ON s.notice = n.id \
        WHERE w.school = $1 AND n.made_at <= $2 \
        AND n.kind IN ('report-danger', 'report-waits', 'report-climbed', 'report-unanswered', 'waiting-unanswered') \
        AND NOT EXISTS (SELECT 1 FROM report_taken k WHERE k.report = w.id) \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id) GROUP BY n.person, n.kind";
    /// Who signed in and wrote it, and the number of its form.
    RAISED_BY = "SELECT raised_by, form FROM report_waiting WHERE id = $1 AND school = $2";
    /// Who has it, and what became of it.
    TAKEN_OR_ENDED = "SELECT t.person, e.outcome FROM report_waiting w LEFT JOIN report_taken t ON t.report = w.id \
        LEFT JOIN report_ended e ON e.report = w.id WHERE w.id = $1 AND w.school = $2";

    /// What waits: danger first; of each what did not come in a crowd before what did, then the oldest. Of a crowd the first thousand: it
    /// hides nothing that did not come in it.
    WAITING = "SELECT w.id, w.door, w.hearers, w.reference, w.is_danger, w.is_many, w.arrived_at, \
        (SELECT MIN(r.read_at) FROM report_read r WHERE r.report = w.id), \
        t.taken_at, COALESCE(p.preferred_name, p.full_name), e.outcome, e.ended_at, COALESCE(q.preferred_name, q.full_name), w.compartment, \
        t.person \
        FROM report_waiting w LEFT JOIN report_taken t ON t.report = w.id LEFT JOIN person p ON p.id = t.person \
        LEFT JOIN report_ended e ON e.report = w.id LEFT JOIN person q ON q.id = e.person \
        WHERE w.school = $1 AND e.report IS NULL AND (w.is_many = 0 OR w.id IN (SELECT m.id FROM report_waiting m \
            WHERE m.school = $1 AND m.is_many = 1 AND NOT EXISTS (SELECT 1 FROM report_ended d WHERE d.report = m.id) \
            ORDER BY m.is_danger DESC, m.arrived_at, m.id LIMIT 1000)) \
        ORDER BY w.is_danger DESC, w.is_many, w.arrived_at, w.id";
    /// What was placed or answered, the newest first.
    DONE = "SELECT w.id, w.door, w.hearers, w.reference, w.is_danger, w.is_many, w.arrived_at, \
        (SELECT MIN(r.read_at) FROM report_read r WHERE r.report = w.id), \
        t.taken_at, COALESCE(p.preferred_name, p.full_name), e.outcome, e.ended_at, COALESCE(q.preferred_name, q.full_name), w.compartment, \
        t.person \
        FROM report_waiting w LEFT JOIN report_taken t ON t.report = w.id LEFT JOIN person p ON p.id = t.person \
        JOIN report_ended e ON e.report = w.id LEFT JOIN person q ON q.id = e.person \
        WHERE w.school = $1 ORDER BY e.ended_at DESC, w.id LIMIT 500";
    ONE = "SELECT w.id, w.door, w.hearers, w.reference, w.is_danger, w.is_many, w.arrived_at, \
        (SELECT MIN(r.read_at) FROM report_read r WHERE r.report = w.id), \
        t.taken_at, COALESCE(p.preferred_name, p.full_name), e.outcome, e.ended_at, COALESCE(q.preferred_name, q.full_name), w.compartment, \
        t.person \
        FROM report_waiting w LEFT JOIN report_taken t ON t.report = w.id LEFT JOIN person p ON p.id = t.person \
        LEFT JOIN report_ended e ON e.report = w.id LEFT JOIN person q ON q.id = e.person \
        WHERE w.school = $1 AND w.id = $2";
    /// Who never sees them, of all reports.
    KEPT_FROM_ALL = "SELECT report, person FROM report_kept_from WHERE school = $1";
    KEPT_FROM_ONE = "SELECT report, person FROM report_kept_from WHERE school = $1 AND report = $2";
    WORDS = "SELECT words FROM report_words WHERE report = $1 AND school = $2";
    STAGES = "SELECT s.course, s.stage, s.respond_by, COALESCE(p.preferred_name, p.full_name), s.set_at FROM report_stage s \
        LEFT JOIN person p ON p.id = s.person WHERE s.report = $1 AND s.school = $2 ORDER BY s.set_at, s.id";
    /// Every stage that was set, the newest last.
    ALL_STAGES = "SELECT report, course, stage, respond_by FROM report_stage WHERE school = $1 ORDER BY set_at, id";
    REASON = "SELECT reason FROM report_ended WHERE report = $1 AND school = $2";
    NEW_READ = "INSERT INTO report_read (report, person, school, read_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (report, person) DO NOTHING";
    NEW_TAKEN = "INSERT INTO report_taken (report, school, person, taken_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (report) DO NOTHING";
    NEW_STAGE = "INSERT INTO report_stage (id, school, report, course, stage, respond_by, person, set_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    NEW_ENDED = "INSERT INTO report_ended (report, school, outcome, reason, person, ended_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (report) DO NOTHING";
    DROP_WORDS = "DELETE FROM report_words WHERE report = $1 AND school = $2";

    /// What a receipt tells: whether somebody has read it, taken it, ended it.
    RECEIPT = "SELECT w.receipt, w.arrived_at, (SELECT COUNT(*) FROM report_read r WHERE r.report = w.id), \
        (SELECT COUNT(*) FROM report_taken t WHERE t.report = w.id), \
        (SELECT COUNT(*) FROM report_ended e WHERE e.report = w.id AND e.outcome IN ('placed', 'answered', 'handed-on')), \
        w.unanswered_at, w.id \
        FROM report_waiting w WHERE w.school = $1 AND w.reference = $2";

    /// What ended so long ago.
    OLD_REPORTS = "SELECT e.report, w.compartment FROM report_ended e JOIN report_waiting w ON w.id = e.report \
        WHERE e.school = $1 AND e.ended_at <= $2 ORDER BY e.report LIMIT 500";
    IS_HELD = "SELECT h.id FROM hold h JOIN report_kept_from k ON k.person = h.person WHERE k.report = $1 \
        AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id) LIMIT 1";
    DROP_ENDED = "DELETE FROM report_ended WHERE report = $1";
    DROP_STAGES = "DELETE FROM report_stage WHERE report = $1";
    DROP_TAKEN = "DELETE FROM report_taken WHERE report = $1";
    DROP_READ = "DELETE FROM report_read WHERE report = $1";
    DROP_KEPT_FROM = "DELETE FROM report_kept_from WHERE report = $1";
    DROP_ALL_WORDS = "DELETE FROM report_words WHERE report = $1";
    DROP_REPORT = "DELETE FROM report_waiting WHERE id = $1";
}
