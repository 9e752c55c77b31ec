//! The statements of answering. What is read of many files is read fifty at a time, with as many statements as of one.

use crate::{
    file::statements::is_open,
    store::{fifty, statements},
};

/// Of a file `f`: that it is open, and that whoever asks is no subject of it.
macro_rules! open_to_them {
    () => {
        concat!(
            is_open!(),
            " AND NOT EXISTS (SELECT 1 FROM file_subject s WHERE s.file = f.id AND s.person = $2) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id)"
        )
    };
}

statements! {
    FILE_BY_REFERENCE = "SELECT id FROM file WHERE school = $1 AND reference = $2";
    REFERENCE_OF = "SELECT reference FROM file WHERE school = $1 AND id = $2";
    /// The files that are open and that the asker is no subject of. Only those are looked at that may be open (`file::open`).
    OPEN_FILES = concat!("SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT) \
        FROM open_file o JOIN file f ON f.id = o.file WHERE o.school = $1", open_to_them!());
    /// Those of them that somebody was given, in which something is theirs to do, or into which they were let by name.
    YOURS = concat!("SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT) \
        FROM file f WHERE f.school = $1 AND f.id IN (SELECT file FROM file_assigned WHERE school = $1 AND owner = $2 \
            UNION SELECT file FROM file_action WHERE school = $1 AND owner = $2 \
            UNION SELECT file FROM file_admission WHERE school = $1 AND person = $2)", open_to_them!(),
        " ORDER BY f.opened_at DESC, f.id DESC");
    /// The files about somebody, newest first, that the asker is no subject of.
    FILES_ABOUT = "SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT) \
        FROM file f WHERE f.school = $1 AND f.person = $3 \
        AND NOT EXISTS (SELECT 1 FROM file_subject s WHERE s.file = f.id AND s.person = $2) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) \
        ORDER BY f.opened_at DESC, f.id DESC LIMIT 100";
    /// These files, withheld or not.
    FILES_OF = concat!("SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, \
        CAST(CASE WHEN EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) THEN 1 ELSE 0 END AS BIGINT) \
        FROM file f WHERE f.school = $1 AND f.id IN ", fifty!());
    /// Whom these files are about or name.
    SUBJECTS_OF = concat!("SELECT file, person FROM file_subject WHERE school = $1 AND file IN ", fifty!());
    /// Who was let into these files by name, and who was taken out.
    BY_NAME_OF = concat!(
        "SELECT file, person, CAST(1 AS BIGINT), recorded_at FROM file_admission WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, person, CAST(0 AS BIGINT), recorded_at FROM file_removal WHERE school = $1 AND file IN ", fifty!());
    /// Who is kept out as family of these people (`access::statements::KIN`).
    KIN_OF = concat!(
        "SELECT r.child, r.adult FROM relation r LEFT JOIN relation_end e ON e.relation = r.id \
            WHERE r.school = $1 AND (e.ended_at IS NULL OR e.ended_at > $52) AND r.child IN ", fifty!(),
        " UNION SELECT n.child, n.adult FROM no_contact n LEFT JOIN no_contact_end f ON f.no_contact = n.id \
            WHERE n.school = $1 AND (f.ended_at IS NULL OR f.ended_at > $52) AND n.child IN ", fifty!(),
        " UNION SELECT c.child, c.adult FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
            WHERE c.school = $1 AND c.bars_telling = 1 AND (g.ended_at IS NULL OR g.ended_at > $52) AND c.child IN ", fifty!());
    /// What the standing of these files is computed from: of which file, what, whose row, who, a word, how severe, when.
    FACTS_OF = concat!(
        "SELECT e.file, e.kind, e.id, e.author, CAST(NULL AS TEXT), e.severity, e.recorded_at FROM file_entry e \
            WHERE e.school = $1 AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id) AND e.file IN ", fifty!(),
        " UNION ALL SELECT file, 'closed', id, closed_by, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), recorded_at \
            FROM file_closed WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'reopened', id, reopened_by, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), recorded_at \
            FROM file_reopened WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'acknowledged', id, person, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), acknowledged_at \
            FROM file_acknowledged WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'decided', id, person, extent || ' ' || course || ' ' || COALESCE(review, ''), CAST(NULL AS BIGINT), decided_at \
            FROM file_decision WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'rung-before', id, person, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), decided_at \
            FROM file_decision WHERE school = $1 AND is_rung = 1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'assigned', id, owner, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), assigned_at \
            FROM file_assigned WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'action-made', id, owner, due, CAST(NULL AS BIGINT), made_at \
            FROM file_action WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT a.file, 'action-done', d.action, d.person, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), d.done_at \
            FROM file_action_done d JOIN file_action a ON a.id = d.action WHERE a.school = $1 AND a.file IN ", fifty!(),
        " UNION ALL SELECT file, 'parent', id, adult, course || ' ' || COALESCE(review, ''), CAST(NULL AS BIGINT), decided_at \
            FROM file_parent WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT p.file, 'parent-told', t.decision, t.person, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), t.told_at \
            FROM file_parent_told t JOIN file_parent p ON p.id = t.decision WHERE p.school = $1 AND p.file IN ", fifty!(),
        " UNION ALL SELECT file, 'called', id, person, CAST(NULL AS TEXT), CAST(NULL AS BIGINT), recorded_at \
            FROM file_call WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'classed', id, person, crime, CAST(NULL AS BIGINT), classed_at \
            FROM file_class WHERE school = $1 AND file IN ", fifty!(),
        " UNION ALL SELECT file, 'family-harm', id, person, CAST(NULL AS TEXT), stands, recorded_at \
            FROM file_family_harm WHERE school = $1 AND file IN ", fifty!());
    /// How these files were raised: which way, online or not, which of the four Cs, where.
    REPORTED_AS = concat!("SELECT file, channel, mode, risks, place FROM report WHERE school = $1 AND file IN ", fifty!());
    NAMES_OF = concat!("SELECT id, full_name, preferred_name FROM person WHERE school = $1 AND id IN ", fifty!());
    /// The pupils whose names are masked in what is told about another.
    PUPIL_NAMES = "SELECT id, full_name, preferred_name FROM person WHERE school = $1 AND kind = 'pupil' ORDER BY id";

    NEW_ACKNOWLEDGEMENT = "INSERT INTO file_acknowledged (id, school, file, person, acknowledged_at) VALUES ($1, $2, $3, $4, $5)";
    NEW_DECISION = "INSERT INTO file_decision (id, school, file, person, extent, course, reason, review, is_rung, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    NEW_ASSIGNED = "INSERT INTO file_assigned (id, school, file, owner, person, assigned_at) VALUES ($1, $2, $3, $4, $5, $6)";
    NEW_ACTION = "INSERT INTO file_action (id, school, file, owner, words, due, person, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    NEW_ACTION_DONE = "INSERT INTO file_action_done (action, school, words, person, done_at) VALUES ($1, $2, $3, $4, $5)";
    NEW_PARENT = "INSERT INTO file_parent (id, school, file, adult, course, reason, review, person, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    NEW_PARENT_TOLD = "INSERT INTO file_parent_told (decision, school, words, person, told_at) VALUES ($1, $2, $3, $4, $5)";
    NEW_CALL = "INSERT INTO file_call (id, school, file, agency, spoke_to, reference, words, rung_at, person, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    NEW_LINK = "INSERT INTO file_link (id, school, file, other, why, person, linked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    NEW_FAMILY_HARM = "INSERT INTO file_family_harm (id, school, file, stands, reason, person, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FAMILY_HARM = "SELECT id, stands, reason, person, recorded_at FROM file_family_harm WHERE file = $1 ORDER BY recorded_at, stands, id";

    DECISIONS = "SELECT id, person, extent, course, reason, decided_at, review, is_rung FROM file_decision WHERE file = $1 \
        ORDER BY decided_at, id";
    ACKNOWLEDGED = "SELECT person, acknowledged_at FROM file_acknowledged WHERE file = $1 ORDER BY acknowledged_at, id";
    ASSIGNED = "SELECT owner, person, assigned_at FROM file_assigned WHERE file = $1 ORDER BY assigned_at, id";
    ACTIONS = "SELECT a.id, a.owner, a.words, a.due, a.person, a.made_at, d.words, d.person, d.done_at FROM file_action a \
        LEFT JOIN file_action_done d ON d.action = a.id WHERE a.file = $1 ORDER BY a.due, a.id";
    PARENTS = "SELECT p.id, p.adult, p.course, p.reason, p.review, p.person, p.decided_at, t.words, t.person, t.told_at \
        FROM file_parent p LEFT JOIN file_parent_told t ON t.decision = p.id WHERE p.file = $1 ORDER BY p.decided_at, p.id";
    CALLS = "SELECT id, agency, spoke_to, reference, words, rung_at, person, recorded_at FROM file_call WHERE file = $1 \
        ORDER BY rung_at, id";
    /// What was answered when it was raised, and whom the reporter told in person.
    REPORTS = "SELECT r.id, r.channel, r.mode, r.risks, r.place, r.picture, r.part, r.made_at, r.reassured FROM report r \
        WHERE r.file = $1 ORDER BY r.made_at, r.id";
    TOLD_IN_PERSON = "SELECT t.report, t.told, t.told_at FROM told_in_person t JOIN report r ON r.id = t.report \
        WHERE r.file = $1 ORDER BY t.told_at, t.id";
    /// The other files that one form raised: two children of one matter.
    RAISED_WITH = "SELECT DISTINCT o.file FROM report r JOIN report o ON o.school = r.school AND o.form = r.form \
        AND o.file <> r.file WHERE r.file = $1 ORDER BY o.file";
    LINKS = "SELECT id, other, why, person, linked_at FROM file_link WHERE file = $1 ORDER BY linked_at, id";
    /// An action that nobody has done yet, of this file.
    OPEN_ACTION = "SELECT a.owner FROM file_action a LEFT JOIN file_action_done d ON d.action = a.id \
        WHERE a.id = $1 AND a.file = $2 AND d.action IS NULL";
    /// A decision to tell somebody, of this file, that was not carried out yet.
    OPEN_TELLING = "SELECT p.adult FROM file_parent p LEFT JOIN file_parent_told t ON t.decision = p.id \
        WHERE p.id = $1 AND p.file = $2 AND p.course = 'tell' AND t.decision IS NULL";
}
