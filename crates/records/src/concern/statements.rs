//! The statements of raising a concern.

use crate::store::{fifty, statements};

statements! {
    NEW_REPORT = "INSERT INTO report (id, school, file, entry, person, channel, form, number, part, reference, mode, risks, \
        place, picture, urgency, reassured, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    /// What somebody sent with a form: of the adult's part of a pair it has another number.
    SENT = "SELECT r.id, r.file, r.entry, r.reference, r.urgency, r.made_at FROM report r \
        WHERE r.school = $1 AND r.person = $2 AND r.form IN ($3, $4) ORDER BY r.form, r.number";
    /// What somebody raised about somebody who is not listed, and whether it was seen to; not what stands in a file of theirs by now;
    /// `$3`: with this form alone.
    OWN_WAITING = "SELECT w.form, w.reference, w.is_danger, w.arrived_at, w.id, \
        (SELECT COUNT(*) FROM report_ended e WHERE e.report = w.id), w.unanswered_at \
        FROM report_waiting w WHERE w.school = $1 AND w.raised_by = $2 \
        AND (CAST($3 AS TEXT) IS NULL OR w.form = CAST($3 AS TEXT)) \
        AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id AND e.outcome = 'placed' AND EXISTS (SELECT 1 FROM report r \
            WHERE r.school = w.school AND r.person = w.raised_by AND r.form IN (w.form, w.form || '.adult') AND r.made_at = w.arrived_at)) \
        ORDER BY w.arrived_at DESC, w.id LIMIT 100";
    /// The same with one form, while it waits.
    SENT_WAITING = "SELECT w.reference, w.is_danger, w.arrived_at FROM report_waiting w WHERE w.school = $1 AND w.raised_by = $2 \
        AND w.form = $3 AND NOT EXISTS (SELECT 1 FROM report_ended e WHERE e.report = w.id AND e.outcome = 'placed')";
    /// The next number of a form's report.
    NEXT_NUMBER = "SELECT COALESCE(MAX(number), -1) + 1 FROM report WHERE school = $1 AND form = $2";
    /// The files that somebody's form opened.
    FILES_OF_FORM = "SELECT file FROM report WHERE school = $1 AND person = $2 AND form = $3 ORDER BY number";
    /// What somebody raised with a form, newest first, with how far it came: when it was reported to last by anybody, and when
    /// somebody said since that they have it, or decided; `$3`: with this form alone, `$4` of which is the number of the adult's part.
    OWN_CONCERNS = "SELECT r.form, r.file, r.entry, r.reference, r.urgency, r.made_at, \
        (SELECT MAX(a.acknowledged_at) FROM file_acknowledged a WHERE a.file = r.file), \
        (SELECT MAX(d.decided_at) FROM file_decision d WHERE d.file = r.file), \
        (SELECT MAX(e.recorded_at) FROM file_entry e WHERE e.file = r.file AND e.author = r.person \
            AND e.kind IN ('seen', 'words', 'opinion')), \
        (SELECT MAX(t.told_at) FROM told_in_person t WHERE t.report = r.id), w.recorded_at \
        FROM report r JOIN file_entry w ON w.id = r.entry WHERE r.school = $1 AND r.person = $2 \
        AND (CAST($3 AS TEXT) IS NULL OR r.form IN (CAST($3 AS TEXT), CAST($4 AS TEXT))) \
        ORDER BY r.made_at DESC, r.form DESC, r.number LIMIT 200";
    /// What somebody reported without a form: the first entry of theirs in each such file.
    OWN_OTHERS = "SELECT MIN(e.id), MIN(e.recorded_at), e.file FROM file_entry e WHERE e.school = $1 AND e.author = $2 \
        AND e.kind IN ('seen', 'words', 'opinion') \
        AND NOT EXISTS (SELECT 1 FROM report r WHERE r.file = e.file AND r.person = $2) \
        AND NOT EXISTS (SELECT 1 FROM file_entry_twin t WHERE t.twin = e.id) \
        GROUP BY e.file ORDER BY MIN(e.recorded_at) DESC LIMIT 100";
    /// Whether somebody wrote an entry.
    WRITTEN = "SELECT id FROM file_entry WHERE id = $1 AND school = $2 AND author = $3";
    NEW_TOLD = "INSERT INTO told_in_person (id, school, report, person, told, told_at, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// The files in which somebody found something so severe of late, and of which nobody was told at that severity since.
    SEVERE = "SELECT DISTINCT e.file FROM file_entry e JOIN file f ON f.id = e.file WHERE e.school = $1 \
        AND e.file IN (SELECT o.file FROM open_file o WHERE o.school = $1) \
        AND COALESCE(e.severity, 3) >= $2 AND e.kind IN ('seen', 'words', 'opinion', 'severity') \
        AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = e.file AND c.recorded_at > e.recorded_at \
            AND NOT EXISTS (SELECT 1 FROM file_reopened p WHERE p.file = c.file AND p.recorded_at >= c.recorded_at)) \
        AND NOT EXISTS (SELECT 1 FROM file_head_told h WHERE h.file = e.file AND h.severity >= COALESCE(e.severity, 3) \
            AND h.told_at >= e.recorded_at) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id OR w.target = e.file) ORDER BY e.file";
    /// The files in which something so severe was ever found, as far as they may be open.
    SEVERE_OPEN = "SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT) \
        FROM open_file o JOIN file f ON f.id = o.file WHERE o.school = $1 \
        AND EXISTS (SELECT 1 FROM file_entry e WHERE e.file = f.id AND COALESCE(e.severity, 3) >= $2 \
            AND e.kind IN ('seen', 'words', 'opinion', 'severity') \
            AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = f.id AND c.recorded_at > e.recorded_at \
                AND NOT EXISTS (SELECT 1 FROM file_reopened p WHERE p.file = c.file AND p.recorded_at >= c.recorded_at))) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) ORDER BY f.opened_at DESC, f.id";
    /// Who was told that these files are severe: of which, who, how severe, when, and whether they put the notice away.
    HEAD_TOLD_OF = concat!("SELECT h.file, h.person, h.severity, h.told_at, \
        CAST(CASE WHEN EXISTS (SELECT 1 FROM notice n JOIN notice_seen s ON s.notice = n.id WHERE n.school = h.school \
            AND n.about = h.file AND n.kind = 'file-serious' AND n.person = h.person AND n.made_at >= h.told_at) \
            OR EXISTS (SELECT 1 FROM notice n JOIN notice_seen s ON s.notice = n.id WHERE n.school = h.school \
            AND n.about = h.id AND n.kind = 'concern-serious' AND n.person = h.person AND n.made_at >= h.told_at) \
            THEN 1 ELSE 0 END AS BIGINT) FROM file_head_told h WHERE h.school = $1 AND h.file IN ", fifty!(), " ORDER BY h.told_at, h.id");
    NEW_HEAD_TOLD = "INSERT INTO file_head_told (id, school, file, person, severity, told_at) VALUES ($1, $2, $3, $4, $5, $6)";
    FILE_OF_HEAD_TOLD = "SELECT file FROM file_head_told WHERE id = $1 AND school = $2";
    NEW_DRAFT = "INSERT INTO report_draft (id, school, person, words, begun_at, changed_at) \
        VALUES ($1, $2, $3, $4, $5, $5)";
    CHANGE_DRAFT = "UPDATE report_draft SET words = $4, changed_at = $5 WHERE id = $1 AND school = $2 AND person = $3";
    DRAFTS = "SELECT id, words, begun_at, changed_at FROM report_draft WHERE school = $1 AND person = $2 \
        ORDER BY changed_at DESC, id DESC";
    DROP_DRAFT = "DELETE FROM report_draft WHERE id = $1 AND school = $2 AND person = $3";
    /// Drafts that nobody has touched for so long.
    DROP_OLD_DRAFTS = "DELETE FROM report_draft WHERE school = $1 AND changed_at < $2";
    NEW_PAPER_FORM = "INSERT INTO paper_form (id, school, batch, reference, reserved_by, reserved_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    PAPER_FORMS = "SELECT reference FROM paper_form WHERE school = $1 AND batch = $2 AND reserved_by = $3 ORDER BY id";
    /// A reference that stands on a paper form and on no concern yet.
    FREE_PAPER_FORM = "SELECT p.reference FROM paper_form p WHERE p.school = $1 AND p.reference = $2 \
        AND NOT EXISTS (SELECT 1 FROM file f WHERE f.school = p.school AND f.reference = p.reference) \
        AND NOT EXISTS (SELECT 1 FROM report r WHERE r.school = p.school AND r.reference = p.reference)";
    NAMES = "SELECT full_name, preferred_name FROM person WHERE id = $1 AND school = $2";
    KIND = "SELECT kind FROM person WHERE id = $1 AND school = $2 AND left_at IS NULL";
}
