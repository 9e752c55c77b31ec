//! The statements of looking back: what is open of concerns about children, and no words.

use crate::store::{fifty, statements};

statements! {
    /// Concerns about children that were first reported from a moment to before another: the file, when the child was born, when its
    /// first report was written, and when the first one was sent. Nothing of concerns about adults.
    RAISED = "SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT), \
        p.date_of_birth, e.written_at, COALESCE(r.sent_at, e.written_at) \
        FROM file f JOIN person p ON p.id = f.person \
        JOIN (SELECT file, MIN(recorded_at) AS written_at FROM file_entry WHERE school = $1 \
            AND kind IN ('seen', 'words', 'opinion') GROUP BY file) e ON e.file = f.id \
        LEFT JOIN (SELECT file, MIN(made_at) AS sent_at FROM report WHERE school = $1 GROUP BY file) r ON r.file = f.id \
        WHERE f.school = $1 AND f.kind = 'child' AND p.kind NOT IN ('staff', 'governor') \
        AND COALESCE(r.sent_at, e.written_at) >= $2 AND COALESCE(r.sent_at, e.written_at) < $3 \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) ORDER BY f.id";
    /// Of these files those that an adult is named in or somebody was kept out of by name, since when.
    KEPT_FROM_SOMEBODY = concat!(
        "SELECT file, added_at FROM file_subject WHERE school = $1 AND part = 'named' AND file IN ", fifty!(),
        " UNION ALL SELECT file, recorded_at FROM file_removal WHERE school = $1 AND file IN ", fifty!());
    /// Of these children those to whose family somebody belongs who works or governs here or ever held a duty, or who may not have to
    /// do with such a person: whoever is kept out as family (`access::statements::KIN`), as it stood at a moment.
    FAMILY_HERE = concat!(
        "SELECT DISTINCT k.child FROM (\
            SELECT r.child AS child, r.adult AS adult FROM relation r LEFT JOIN relation_end e ON e.relation = r.id \
                WHERE r.school = $1 AND r.recorded_at <= $52 AND (e.ended_at IS NULL OR e.ended_at > $52) AND r.child IN ", fifty!(),
        " UNION SELECT n.child, n.adult FROM no_contact n LEFT JOIN no_contact_end f ON f.no_contact = n.id \
                WHERE n.school = $1 AND n.recorded_at <= $52 AND (f.ended_at IS NULL OR f.ended_at > $52) AND n.child IN ", fifty!(),
        " UNION SELECT c.child, c.adult FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
                WHERE c.school = $1 AND c.bars_telling = 1 AND c.recorded_at <= $52 AND (g.ended_at IS NULL OR g.ended_at > $52) \
                AND c.child IN ", fifty!(), ") k JOIN person p ON p.id = k.adult \
        WHERE p.kind IN ('staff', 'governor') OR EXISTS (SELECT 1 FROM duty_holding d WHERE d.person = p.id AND d.recorded_at <= $52)");
    /// What was answered beside the words of these, the first one first.
    ANSWERED = concat!("SELECT file, channel, mode, risks, place FROM report WHERE school = $1 AND file IN ", fifty!(),
        " ORDER BY made_at, id");
    /// Which kinds of risk these were said to be when somebody had looked into them, and when.
    CLASSED_AS = concat!("SELECT file, risks, classed_at FROM file_class WHERE school = $1 AND file IN ", fifty!(),
        " ORDER BY classed_at, id");
    /// Who wrote the reports in these, the first one first: what they are, and whether it is the child.
    WRITTEN_BY = concat!("SELECT e.file, p.kind, CAST(CASE WHEN e.author = f.person THEN 1 ELSE 0 END AS BIGINT) FROM file_entry e \
        JOIN file f ON f.id = e.file LEFT JOIN person p ON p.id = e.author WHERE e.school = $1 \
        AND e.kind IN ('seen', 'words', 'opinion') AND e.file IN ", fifty!(), " ORDER BY e.recorded_at, e.id");
    /// When the first and the last pupil of the school was born, of those whose date of birth is known.
    BORN = "SELECT MIN(date_of_birth), MAX(date_of_birth) FROM person WHERE school = $1 AND kind = 'pupil'";
    /// Since when the school is here, and when the first report about a child was written in it.
    SINCE = "SELECT s.created_at, (SELECT MIN(e.recorded_at) FROM file_entry e JOIN file f ON f.id = e.file \
        WHERE e.school = s.id AND f.kind = 'child') FROM school s WHERE s.id = $1";

    NEW_FINDING = "INSERT INTO trend_finding (id, school, period, topic, course, compartment, words, owner, due, person, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    /// What was found in one period.
    FINDINGS = "SELECT id, topic, course, compartment, words, owner, due, person, made_at FROM trend_finding \
        WHERE school = $1 AND period = $2 ORDER BY made_at, id";
    /// In which periods something was found.
    FOUND_IN = "SELECT DISTINCT period FROM trend_finding WHERE school = $1 ORDER BY period";
    /// Who may be asked to see to a change: whoever holds a duty now, beside teaching.
    OWNERS = "SELECT p.id, p.full_name, p.preferred_name FROM person p WHERE p.school = $1 AND EXISTS (\
        SELECT 1 FROM duty_holding h LEFT JOIN duty_holding_end e ON e.holding = h.id WHERE h.person = p.id \
        AND h.duty <> 'teacher' AND h.from_at <= $2 AND (e.ends_at IS NULL OR e.ends_at > $2)) \
        AND (p.left_at IS NULL OR p.left_at > $2) ORDER BY p.sort_name, p.id";
}
