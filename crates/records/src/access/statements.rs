//! The statements of access.

use crate::store::statements;

statements! {
    /// Who holds which duty at a moment, as holder or deputy, and whether they are away. Who has left holds none.
    HOLDINGS = "SELECT h.duty, h.person, h.is_deputy, \
        (SELECT COUNT(*) FROM absence a LEFT JOIN absence_end b ON b.absence = a.id \
            WHERE a.person = h.person AND a.from_at <= $2 AND (a.until_at IS NULL OR a.until_at > $2) \
            AND (b.ended_at IS NULL OR b.ended_at > $2)), h.recorded_at \
        FROM duty_holding h JOIN person p ON p.id = h.person \
        LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND h.from_at <= $2 AND (e.ends_at IS NULL OR e.ends_at > $2) \
        AND (p.left_at IS NULL OR p.left_at > $2) ORDER BY h.id";
    /// Whether the school's log has begun, or it ever had a head: from then on the console is the machine's alone.
    WAS_SET_UP = "SELECT school FROM audit_entry WHERE school = $1 AND number = 1 \
        UNION SELECT school FROM duty_holding WHERE school = $1 AND duty = 'head'";
    /// What somebody is.
    PERSON = "SELECT kind, left_at FROM person WHERE id = $1 AND school = $2";
    /// The key in force of somebody, where it followed another and nobody has said yet that it is theirs.
    UNVOUCHED_KEY = "SELECT k.id FROM holder_key k WHERE k.school = $1 AND k.person = $2 AND k.needs_voucher = 1 \
        AND NOT EXISTS (SELECT 1 FROM holder_key_ended e WHERE e.holder_key = k.id) \
        AND NOT EXISTS (SELECT 1 FROM holder_key_vouched v WHERE v.holder_key = k.id)";
    IS_CUSTODIAN = "SELECT c.id FROM custodian c LEFT JOIN custodian_ended e ON e.custodian = c.id \
        WHERE c.school = $1 AND c.person = $2 AND e.custodian IS NULL";
    CLASSES = "SELECT class FROM class_member WHERE person = $1 AND part = $2";
    /// The children of an adult, by a relation that has not ended.
    CHILDREN = "SELECT r.child FROM relation r LEFT JOIN relation_end e ON e.relation = r.id \
        WHERE r.adult = $1 AND r.responsibility = 'yes' AND (e.ended_at IS NULL OR e.ended_at > $2)";
    /// The parents and carers of a child, and whoever must have no contact or is bound by an order that bars telling them; the
    /// dates of an order are not looked at: until it is ended by a person, it bars.
    KIN = "SELECT r.adult FROM relation r LEFT JOIN relation_end e ON e.relation = r.id \
        WHERE r.child = $1 AND (e.ended_at IS NULL OR e.ended_at > $2) \
        UNION SELECT n.adult FROM no_contact n LEFT JOIN no_contact_end f ON f.no_contact = n.id \
        WHERE n.child = $1 AND (f.ended_at IS NULL OR f.ended_at > $2) \
        UNION SELECT c.adult FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
        WHERE c.child = $1 AND c.bars_telling = 1 AND (g.ended_at IS NULL OR g.ended_at > $2)";
    /// Whoever must have no contact with a child.
    BARRED = "SELECT n.adult FROM no_contact n LEFT JOIN no_contact_end f ON f.no_contact = n.id \
        WHERE n.child = $1 AND (f.ended_at IS NULL OR f.ended_at > $2) \
        UNION SELECT c.adult FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
        WHERE c.child = $1 AND c.bars_telling = 1 AND (g.ended_at IS NULL OR g.ended_at > $2)";
    FILE = "SELECT kind, person, compartment FROM file WHERE id = $1 AND school = $2";
    REPORT = "SELECT hearers, compartment FROM report_waiting WHERE id = $1 AND school = $2";
    /// Who never sees a report.
    KEPT_FROM = "SELECT person FROM report_kept_from WHERE report = $1 ORDER BY person";
    SUBJECTS = "SELECT person FROM file_subject WHERE file = $1 ORDER BY person";
    REPORTERS = "SELECT DISTINCT author FROM file_entry WHERE file = $1 AND author IS NOT NULL";
    /// Who was let in by name and not taken out since, and when last.
    ADMITTED = "SELECT a.person, MAX(a.recorded_at) FROM file_admission a WHERE a.file = $1 AND NOT EXISTS \
        (SELECT 1 FROM file_removal r WHERE r.file = a.file AND r.person = a.person AND r.recorded_at >= a.recorded_at) \
        GROUP BY a.person ORDER BY a.person";
    /// What the log has of the leaving of those who were ever let in by name. In no order: an order by number has the embedded engine
    /// read the whole log.
    LEFT_OF_ADMITTED = "SELECT school, number, format, moment, actor, act, outcome, resource_kind, resource, file_kind, subjects, \
        compartment, detail, previous_hash, hash, proof FROM audit_entry \
        WHERE school = $1 AND resource_kind = 'person' AND act = 'person-left' AND outcome = 'done' \
        AND resource IN (SELECT person FROM file_admission WHERE file = $2)";
    REMOVED = "SELECT DISTINCT r.person FROM file_removal r WHERE r.file = $1 AND NOT EXISTS \
        (SELECT 1 FROM file_admission a WHERE a.file = r.file AND a.person = r.person AND a.recorded_at > r.recorded_at)";
    /// What a compartment is for.
    FILE_OF_COMPARTMENT = "SELECT id FROM file WHERE compartment = $1 AND school = $2";
    DETAILS_OF_COMPARTMENT = "SELECT person FROM details_compartment WHERE compartment = $1 AND school = $2";
    HOLD_OF_COMPARTMENT = "SELECT h.person, p.kind FROM hold h JOIN person p ON p.id = h.person \
        WHERE h.compartment = $1 AND h.school = $2";
    /// Emergency access that runs.
    EMERGENCIES = "SELECT id, person FROM emergency WHERE school = $1 AND taker = $2 AND taken_at <= $3 AND until_at > $3 \
        ORDER BY id";
    ADD_EMERGENCY = "INSERT INTO emergency (id, school, taker, person, compartment, reason, taken_at, until_at, review_by) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    EMERGENCY = "SELECT e.taker, e.person, e.compartment, e.reason, r.reviewer FROM emergency e \
        LEFT JOIN emergency_review r ON r.emergency = e.id WHERE e.id = $1 AND e.school = $2";
    ADD_REVIEW = "INSERT INTO emergency_review (emergency, school, reviewer, was_right, reviewed_at) \
        VALUES ($1, $2, $3, $4, $5)";
    ALL_EMERGENCIES = "SELECT e.id, e.taker, e.person, e.taken_at, e.until_at, e.review_by, r.reviewer, r.was_right \
        FROM emergency e LEFT JOIN emergency_review r ON r.emergency = e.id WHERE e.school = $1 ORDER BY e.id DESC";
    REPORT_OF_COMPARTMENT = "SELECT id FROM report_waiting WHERE compartment = $1 AND school = $2";
    TREND_OF_COMPARTMENT = "SELECT id FROM trend_finding WHERE compartment = $1 AND school = $2";
    EMERGENCY_OF_COMPARTMENT = "SELECT id FROM emergency WHERE compartment = $1 AND school = $2";
    TOLD = "SELECT person FROM notice WHERE school = $1 AND about = $2 ORDER BY person || ''";
    ADD_NOTICE = "INSERT INTO notice (id, school, person, kind, about, made_at) VALUES ($1, $2, $3, $4, $5, $6)";
    NOTICES = "SELECT n.id, n.kind, n.about, n.made_at FROM notice n LEFT JOIN notice_seen s ON s.notice = n.id \
        WHERE n.school = $1 AND n.person = $2 AND s.seen_at IS NULL ORDER BY n.id";
    SEE_NOTICE = "INSERT INTO notice_seen (notice, school, seen_at) SELECT id, school, CAST($3 AS BIGINT) FROM notice \
        WHERE id = $1 AND person = $2 ON CONFLICT (notice) DO NOTHING";
    /// Puts away for everybody that a concern waits: it was decided or closed.
    CONCERN_WAITS_NO_MORE = "INSERT INTO notice_seen (notice, school, seen_at) SELECT id, school, CAST($3 AS BIGINT) FROM notice \
        WHERE school = $1 AND made_at <= $3 AND (about = $2 AND kind IN ('file-waits', 'file-waits-now') \
        OR about IN (SELECT id FROM file_rung WHERE file = $2) AND kind IN ('concern-waits', 'concern-unanswered')) \
        ON CONFLICT (notice) DO NOTHING";
    ADD_PURPOSE = "INSERT INTO purpose (id, school, asker, person, purpose, given_at, until_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    PURPOSES = "SELECT person FROM purpose WHERE school = $1 AND asker = $2 AND given_at <= $3 AND until_at > $3";
}
