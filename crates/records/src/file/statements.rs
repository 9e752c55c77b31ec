//! The statements of files.

use crate::store::statements;

/// Of a file `f`: that it is open ([`status()`](super::status())). It has no closing, or the last one was followed by an opening again or
/// a report.
macro_rules! is_open {
    () => {
        " AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = f.id \
            AND NOT EXISTS (SELECT 1 FROM file_reopened r WHERE r.file = c.file AND r.recorded_at >= c.recorded_at) \
            AND NOT EXISTS (SELECT 1 FROM file_entry e WHERE e.file = c.file AND e.recorded_at >= c.recorded_at \
                AND e.kind IN ('seen', 'words', 'opinion') \
                AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id)))"
    };
}
pub(crate) use is_open;

statements! {
    /// A person of this school: what they are, and by which names people call them.
    PERSON = "SELECT kind, full_name, preferred_name FROM person WHERE id = $1 AND school = $2";
    NEW_FILE = "INSERT INTO file (id, school, kind, person, compartment, reference, came_from, opened_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ADD_OPEN = "INSERT INTO open_file (file, school) VALUES ($1, $2) ON CONFLICT (file) DO NOTHING";
    DROP_OPEN = "DELETE FROM open_file WHERE file = $1";
    /// Takes out of the files that may be open those that are not.
    DROP_OPEN_CLOSED = concat!("DELETE FROM open_file WHERE file IN (SELECT o.file FROM open_file o JOIN file f ON f.id = o.file \
        WHERE NOT (1 = 1", is_open!(), "))");
    /// Puts those back that are open and missing.
    ADD_OPEN_MISSING = concat!("INSERT INTO open_file (file, school) SELECT f.id, f.school FROM file f \
        WHERE NOT EXISTS (SELECT 1 FROM open_file o WHERE o.file = f.id)", is_open!());
    NEW_SUBJECT = "INSERT INTO file_subject (school, file, person, part, added_by, added_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    NEW_ENTRY = "INSERT INTO file_entry \
        (id, school, file, author, kind, amends, severity, text, reason, moment, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    NEW_PAIR = "INSERT INTO file_pair (adult_part, school, child_part) VALUES ($1, $2, $3)";
    NEW_ADMISSION = "INSERT INTO file_admission (id, school, file, person, given_by, reason, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    NEW_REMOVAL = "INSERT INTO file_removal (id, school, file, person, taken_by, reason, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    NEW_CLOSED = "INSERT INTO file_closed (id, school, file, closed_by, outcome, reason, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    NEW_REOPENED = "INSERT INTO file_reopened (id, school, file, reopened_by, reason, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";

    /// A file, whether it is withheld or not.
    ANY_FILE = "SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, \
        CAST(CASE WHEN EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) THEN 1 ELSE 0 END AS BIGINT) \
        FROM file f WHERE f.id = $1 AND f.school = $2";
    /// The file that a file became when it was moved to the right child.
    MOVED_TO = "SELECT id FROM file WHERE came_from = $1 AND school = $2";
    SUBJECTS = "SELECT person, part FROM file_subject WHERE file = $1 ORDER BY person";
    /// A page of files that the asker is no subject of, newest first; a person is optional.
    FILES = "SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT) \
        FROM file f WHERE f.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM file_subject s WHERE s.file = f.id AND s.person = $2) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) \
        AND (CAST($3 AS TEXT) IS NULL OR f.person = $3) \
        AND (f.opened_at < $4 OR (f.opened_at = $4 AND f.id < $5)) \
        ORDER BY f.opened_at DESC, f.id DESC LIMIT $6";
    /// What a file's status is computed from.
    FACTS = "SELECT kind, severity, recorded_at FROM file_entry e WHERE file = $1 \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id) \
        UNION ALL SELECT 'closed', CAST(NULL AS BIGINT), recorded_at FROM file_closed WHERE file = $1 \
        UNION ALL SELECT 'reopened', CAST(NULL AS BIGINT), recorded_at FROM file_reopened WHERE file = $1";
    ENTRIES = "SELECT id, author, kind, amends, severity, text, reason, moment, recorded_at, \
        CAST(CASE WHEN EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id) THEN 1 ELSE 0 END AS BIGINT) \
        FROM file_entry e WHERE file = $1 ORDER BY recorded_at, id";
    CLOSINGS = "SELECT id, closed_by, outcome, reason, recorded_at FROM file_closed WHERE file = $1 ORDER BY id";
    REOPENINGS = "SELECT id, reopened_by, reason, recorded_at FROM file_reopened WHERE file = $1 ORDER BY id";
    PAIR = "SELECT child_part FROM file_pair WHERE adult_part = $1";
    /// When somebody else last wrote into a file.
    NEWEST_BY_OTHERS = "SELECT MAX(e.recorded_at) FROM file_entry e WHERE e.file = $1 \
        AND (e.author IS NULL OR e.author <> $2) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = e.id)";
    /// The adults whom a child's file names and its words may not.
    NAMED_IN = "SELECT s.person FROM file_subject s JOIN file f ON f.id = s.file \
        WHERE s.file = $1 AND s.part = 'named' AND f.kind = 'child' ORDER BY s.person";
    /// Who was taken out of a file by name.
    REMOVALS = "SELECT id, person, taken_by, reason, recorded_at FROM file_removal WHERE file = $1 ORDER BY id";
    /// Where an entry is.
    FILE_OF_ENTRY = "SELECT file, author FROM file_entry WHERE id = $1 AND school = $2";
    /// What somebody reported: their own entries, not what they read.
    OWN_REPORTS = "SELECT id, recorded_at FROM file_entry WHERE school = $1 AND author = $2 \
        AND kind IN ('seen', 'words', 'opinion') AND NOT EXISTS (SELECT 1 FROM file_entry_twin t WHERE t.twin = file_entry.id) \
        ORDER BY recorded_at + 0 DESC, id DESC LIMIT 100";

    DROP_ENTRIES = "DELETE FROM file_entry WHERE file = $1";
    DROP_ENTRY = "DELETE FROM file_entry WHERE id = $1";
    DROP_SUBJECTS = "DELETE FROM file_subject WHERE file = $1";
    DROP_PAIR = "DELETE FROM file_pair WHERE adult_part = $1";
    DROP_ADMISSIONS = "DELETE FROM file_admission WHERE file = $1";
    DROP_REMOVALS = "DELETE FROM file_removal WHERE file = $1";
    DROP_CLOSINGS = "DELETE FROM file_closed WHERE file = $1";
    DROP_REOPENINGS = "DELETE FROM file_reopened WHERE file = $1";
    DROP_LIFTS = "DELETE FROM hold_lifted WHERE hold IN (SELECT id FROM hold WHERE file = $1)";
    DROP_HOLDS = "DELETE FROM hold WHERE file = $1";
    DROP_TASKS_DONE = "DELETE FROM file_task_done WHERE task IN \
        (SELECT id FROM file_task WHERE file = $1 AND kind = 'review-retention')";
    DROP_TASKS = "DELETE FROM file_task WHERE file = $1 AND kind = 'review-retention'";
    DROP_WITHHELD = "DELETE FROM withheld WHERE target = $1 OR target IN (SELECT id FROM file_entry WHERE file = $1)";
    DROP_ACKNOWLEDGED = "DELETE FROM file_acknowledged WHERE file = $1";
    DROP_THRESHOLDS = "DELETE FROM file_threshold WHERE decision IN (SELECT id FROM file_decision WHERE file = $1)";
    DROP_CLASSES = "DELETE FROM file_class WHERE file = $1";
    DROP_PARTS_OF = "DELETE FROM file_part_of WHERE file = $1 OR whole = $1";
    DROP_CONSIDERED = "DELETE FROM file_considered WHERE file = $1";
    DROP_DEBRIEFS = "DELETE FROM file_debrief WHERE considered IN (SELECT id FROM file_considered WHERE file = $1)";
    DROP_UNSURE = "DELETE FROM file_unsure WHERE action IN (SELECT id FROM file_action WHERE file = $1)";
    DROP_ADVICE = "DELETE FROM file_advice WHERE action IN (SELECT id FROM file_action WHERE file = $1)";
    DROP_DECISIONS = "DELETE FROM file_decision WHERE file = $1";
    DROP_ASSIGNED = "DELETE FROM file_assigned WHERE file = $1";
    DROP_ACTIONS_DONE = "DELETE FROM file_action_done WHERE action IN (SELECT id FROM file_action WHERE file = $1)";
    DROP_ACTIONS = "DELETE FROM file_action WHERE file = $1";
    DROP_PARENTS_TOLD = "DELETE FROM file_parent_told WHERE decision IN (SELECT id FROM file_parent WHERE file = $1)";
    DROP_PARENTS = "DELETE FROM file_parent WHERE file = $1";
    DROP_CALLS = "DELETE FROM file_call WHERE file = $1";
    DROP_RUNGS = "DELETE FROM file_rung WHERE file = $1";
    /// By the copies in it alone: whose first half goes stays a copy, so that its writer never finds it among their own.
    DROP_TWINS = "DELETE FROM file_entry_twin WHERE twin IN (SELECT id FROM file_entry WHERE file = $1)";
    DROP_TWINS_OF_ENTRY = "DELETE FROM file_entry_twin WHERE twin = $1";
    /// The pairs of which one half is in a file.
    TWINS_IN = "SELECT DISTINCT t.twin, t.entry FROM file_entry_twin t JOIN file_entry e ON e.id = t.entry OR e.id = t.twin \
        WHERE e.file = $1 ORDER BY t.twin";
    NEW_TWIN = "INSERT INTO file_entry_twin (twin, school, entry) VALUES ($1, $2, $3) ON CONFLICT (twin) DO NOTHING";
    /// The same words in the other part of a concern that was divided, and in which file they are.
    TWINS_OF = "SELECT t.twin, e.file FROM file_entry_twin t JOIN file_entry e ON e.id = t.twin WHERE t.entry = $1 AND t.school = $2 \
        ORDER BY t.twin";
    DROP_FAMILY_HARMS = "DELETE FROM file_family_harm WHERE file = $1";
    DROP_HEAD_TOLD = "DELETE FROM file_head_told WHERE file = $1";
    DROP_TOLD_IN_PERSON = "DELETE FROM told_in_person WHERE report IN (SELECT id FROM report WHERE file = $1)";
    DROP_REPORTS = "DELETE FROM report WHERE file = $1";
    /// What was answered when it was raised goes with a file that is moved, and with the entry it began with.
    MOVE_REPORTS = "UPDATE report SET file = $1 WHERE file = $2";
    MOVE_REPORT_OF = "UPDATE report SET file = $1 WHERE entry = $2";
    DROP_LINKS = "DELETE FROM file_link WHERE file = $1";
    DROP_FILE = "DELETE FROM file WHERE id = $1";

    /// What goes along when a file is moved.
    CARRY_DECISIONS = "SELECT id, school, file, person, extent, course, reason, review, is_rung, decided_at FROM file_decision \
        WHERE file = $1 ORDER BY id";
    CARRY_DECISION = "INSERT INTO file_decision (id, school, file, person, extent, course, reason, review, is_rung, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    CARRY_THRESHOLDS = "SELECT decision, school, level, local, reasoning, referred, referred_to, grounds, policy FROM file_threshold \
        WHERE decision IN (SELECT id FROM file_decision WHERE file = $1) ORDER BY decision";
    CARRY_THRESHOLD = "INSERT INTO file_threshold (decision, school, level, local, reasoning, referred, referred_to, grounds, policy) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CARRY_CLASSES = "SELECT id, school, file, risks, types, crime, reason, person, classed_at FROM file_class WHERE file = $1 ORDER BY id";
    CARRY_CLASS = "INSERT INTO file_class (id, school, file, risks, types, crime, reason, person, classed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CARRY_CONSIDEREDS = "SELECT id, school, file, sanction, sanction_note, support, support_note, family, family_note, finding, \
        finding_note, person, considered_at FROM file_considered WHERE file = $1 ORDER BY id";
    CARRY_CONSIDERED = "INSERT INTO file_considered (id, school, file, sanction, sanction_note, support, support_note, family, \
        family_note, finding, finding_note, person, considered_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    CARRY_DEBRIEFS = "SELECT considered, school, held_on, who, lessons, course, words, person, recorded_at FROM file_debrief \
        WHERE considered IN (SELECT id FROM file_considered WHERE file = $1) ORDER BY considered";
    CARRY_DEBRIEF = "INSERT INTO file_debrief (considered, school, held_on, who, lessons, course, words, person, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CARRY_UNSURES = "SELECT action, school, whom FROM file_unsure WHERE action IN (SELECT id FROM file_action WHERE file = $1) \
        ORDER BY action";
    CARRY_UNSURE = "INSERT INTO file_unsure (action, school, whom) VALUES ($1, $2, $3)";
    CARRY_ADVICES = "SELECT action, school, adviser, advised_at FROM file_advice \
        WHERE action IN (SELECT id FROM file_action WHERE file = $1) ORDER BY action";
    CARRY_ADVICE = "INSERT INTO file_advice (action, school, adviser, advised_at) VALUES ($1, $2, $3, $4)";
    CARRY_ACTIONS = "SELECT id, school, file, owner, words, due, person, made_at FROM file_action WHERE file = $1 ORDER BY id";
    CARRY_ACTION = "INSERT INTO file_action (id, school, file, owner, words, due, person, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    CARRY_ACTIONS_DONE = "SELECT action, school, words, person, done_at FROM file_action_done WHERE action IN (SELECT id FROM file_action WHERE file = $1) ORDER BY action";
    CARRY_ACTION_DONE = "INSERT INTO file_action_done (action, school, words, person, done_at) \
        VALUES ($1, $2, $3, $4, $5)";
    CARRY_PARENTS = "SELECT id, school, file, adult, course, reason, review, person, decided_at FROM file_parent WHERE file = $1 ORDER BY id";
    CARRY_PARENT = "INSERT INTO file_parent (id, school, file, adult, course, reason, review, person, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CARRY_PARENTS_TOLD = "SELECT decision, school, words, person, told_at FROM file_parent_told WHERE decision IN (SELECT id FROM file_parent WHERE file = $1) ORDER BY decision";
    CARRY_PARENT_TOLD = "INSERT INTO file_parent_told (decision, school, words, person, told_at) \
        VALUES ($1, $2, $3, $4, $5)";
    CARRY_CALLS = "SELECT id, school, file, agency, spoke_to, reference, words, rung_at, person, recorded_at FROM file_call WHERE file = $1 ORDER BY id";
    CARRY_CALL = "INSERT INTO file_call (id, school, file, agency, spoke_to, reference, words, rung_at, person, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    CARRY_FAMILY_HARMS = "SELECT id, school, file, stands, reason, person, recorded_at FROM file_family_harm WHERE file = $1 ORDER BY id";
    CARRY_FAMILY_HARM = "INSERT INTO file_family_harm (id, school, file, stands, reason, person, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    CARRY_LINKS = "SELECT id, school, file, other, why, person, linked_at FROM file_link WHERE file = $1 ORDER BY id";
    CARRY_LINK = "INSERT INTO file_link (id, school, file, other, why, person, linked_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";

    NEW_MARK = "INSERT INTO erasure_mark \
        (id, school, what, target, kind, person, rule, proposed_by, agreed_by, erased_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    MARKS = "SELECT id, school, what, target, kind, person, rule, proposed_by, agreed_by, erased_at FROM erasure_mark \
        ORDER BY id";
    MARKS_OF = "SELECT id, school, what, target, kind, person, rule, proposed_by, agreed_by, erased_at \
        FROM erasure_mark WHERE school = $1 AND person = $2 ORDER BY id";
    MARK = "SELECT id, school, what, target, kind, person, rule, proposed_by, agreed_by, erased_at \
        FROM erasure_mark WHERE school = $1 AND id = $2";
    NEW_TASK = "INSERT INTO file_task (id, school, kind, mark, file, reader, seen_at, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TASKS = "SELECT t.id, t.kind, t.mark, t.file, t.reader, t.seen_at, t.made_at FROM file_task t WHERE t.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM file_task_done d WHERE d.task = t.id) ORDER BY t.made_at, t.id LIMIT 500";
    TASK = "SELECT t.id, t.kind, t.mark, t.file, t.reader, t.seen_at, t.made_at FROM file_task t \
        WHERE t.school = $1 AND t.id = $2 AND NOT EXISTS (SELECT 1 FROM file_task_done d WHERE d.task = t.id)";
    NEW_TASK_DONE = "INSERT INTO file_task_done (task, school, done_by, done_at) VALUES ($1, $2, $3, $4)";
    NEW_WITHHELD = "INSERT INTO withheld (target, school, mark, withheld_at) VALUES ($1, $2, $3, $4)";

    NEW_HOLD = "INSERT INTO hold (id, school, person, reason, file, compartment, words, placed_by, placed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    NEW_LIFT = "INSERT INTO hold_lifted (hold, school, lifted_by, words, lifted_at) VALUES ($1, $2, $3, $4, $5)";
    HOLD = "SELECT h.id, h.person, h.reason, h.file, h.compartment, h.placed_by, h.placed_at FROM hold h \
        WHERE h.id = $1 AND h.school = $2 AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id)";
    /// The holds on a person that stand.
    HOLDS_OF = "SELECT h.id, h.person, h.reason, h.file, h.compartment, h.placed_by, h.placed_at FROM hold h \
        WHERE h.school = $1 AND h.person = $2 AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id) \
        ORDER BY h.placed_at, h.id";
    /// A standing hold on somebody that no file places: somebody asked for it.
    ASKED_HOLD = "SELECT h.id FROM hold h LEFT JOIN hold_lifted l ON l.hold = h.id \
        WHERE h.school = $1 AND h.person = $2 AND h.file IS NULL AND l.hold IS NULL LIMIT 1";
    /// The standing holds that an open file places, and on whom.
    CASE_HOLDS = "SELECT h.id, h.person FROM hold h WHERE h.file = $1 \
        AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id)";
    /// Everybody whose records are held, with the code that the gate and its log know them by, and each of the holds.
    HELD = "SELECT p.id, p.gate_code, h.id FROM hold h JOIN person p ON p.id = h.person WHERE h.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM hold_lifted l WHERE l.hold = h.id) ORDER BY p.id, h.id";

    /// Whether a hold keeps this stretch of a day file already.
    IS_STRETCH_HELD = "SELECT id FROM held_log WHERE hold = $1 AND day_file = $2 AND origin = $3 AND stretch = $4";
    KEEP_STRETCH = "INSERT INTO held_log (id, school, hold, day_file, origin, stretch, lines, kept_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// What a hold keeps of the gate's log, without the lines.
    HELD_STRETCHES = "SELECT id, day_file, origin, stretch FROM held_log WHERE school = $1 AND hold = $2";
    /// The same of every hold that a file ever placed, with whom each is on.
    HELD_STRETCHES_OF_FILE = "SELECT g.id, h.person, g.day_file, g.origin, g.stretch FROM held_log g JOIN hold h ON h.id = g.hold \
        WHERE h.file = $1 ORDER BY g.id";
    HELD_STRETCH = "SELECT lines FROM held_log WHERE id = $1 AND school = $2";
    /// What was kept under former holds of a file on somebody goes on under the new one.
    TAKE_OVER_HELD = "UPDATE held_log SET hold = $1 WHERE hold IN \
        (SELECT id FROM hold WHERE file = $2 AND person = $3 AND id <> $1)";
    /// The holds that were lifted so long ago, and what they kept is still there.
    LIFTED_WITH_LOG = "SELECT l.hold FROM hold_lifted l WHERE l.school = $1 AND l.lifted_at <= $2 \
        AND EXISTS (SELECT 1 FROM held_log g WHERE g.school = $1 AND g.hold = l.hold) ORDER BY l.hold";
    /// Drops what one hold kept.
    DROP_LIFTED_LOG = "DELETE FROM held_log WHERE school = $1 AND hold = $2";
    DROP_HELD_LOG = "DELETE FROM held_log WHERE hold IN (SELECT id FROM hold WHERE file = $1)";

    NEW_PROPOSAL = "INSERT INTO erasure_proposal \
        (id, school, what, target, person, rule, extent, proposed_by, proposed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// A proposal that is neither withdrawn nor done.
    PROPOSAL = "SELECT p.id, p.what, p.target, p.person, p.rule, p.extent, p.proposed_by, p.proposed_at \
        FROM erasure_proposal p WHERE p.id = $1 AND p.school = $2 \
        AND NOT EXISTS (SELECT 1 FROM erasure_withdrawn w WHERE w.proposal = p.id) \
        AND NOT EXISTS (SELECT 1 FROM erasure_mark m WHERE m.target = p.target AND m.erased_at >= p.proposed_at)";
    PROPOSALS = "SELECT p.id, p.what, p.target, p.person, p.rule, p.extent, p.proposed_by, p.proposed_at \
        FROM erasure_proposal p WHERE p.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM erasure_withdrawn w WHERE w.proposal = p.id) \
        AND NOT EXISTS (SELECT 1 FROM erasure_mark m WHERE m.target = p.target AND m.erased_at >= p.proposed_at) \
        ORDER BY p.proposed_at, p.id LIMIT 500";
    NEW_WITHDRAWAL = "INSERT INTO erasure_withdrawn (proposal, school, withdrawn_by, withdrawn_at) \
        VALUES ($1, $2, $3, $4)";
    /// How many rows of each table an erasure of a file reaches.
    EXTENT_OF_FILE = "SELECT 'file_entry', COUNT(*) FROM file_entry WHERE file = $1 \
        UNION ALL SELECT 'file_closed', COUNT(*) FROM file_closed WHERE file = $1 \
        UNION ALL SELECT 'file_reopened', COUNT(*) FROM file_reopened WHERE file = $1 \
        UNION ALL SELECT 'file_acknowledged', COUNT(*) FROM file_acknowledged WHERE file = $1 \
        UNION ALL SELECT 'file_decision', COUNT(*) FROM file_decision WHERE file = $1 \
        UNION ALL SELECT 'file_assigned', COUNT(*) FROM file_assigned WHERE file = $1 \
        UNION ALL SELECT 'file_action_done', COUNT(*) FROM file_action_done WHERE action IN (SELECT id FROM file_action WHERE file = $1) \
        UNION ALL SELECT 'file_action', COUNT(*) FROM file_action WHERE file = $1 \
        UNION ALL SELECT 'file_parent_told', COUNT(*) FROM file_parent_told WHERE decision IN (SELECT id FROM file_parent WHERE file = $1) \
        UNION ALL SELECT 'file_parent', COUNT(*) FROM file_parent WHERE file = $1 \
        UNION ALL SELECT 'file_threshold', COUNT(*) FROM file_threshold WHERE decision IN (SELECT id FROM file_decision WHERE file = $1) \
        UNION ALL SELECT 'file_class', COUNT(*) FROM file_class WHERE file = $1 \
        UNION ALL SELECT 'file_part_of', COUNT(*) FROM file_part_of WHERE file = $1 OR whole = $1 \
        UNION ALL SELECT 'file_considered', COUNT(*) FROM file_considered WHERE file = $1 \
        UNION ALL SELECT 'file_debrief', COUNT(*) FROM file_debrief WHERE considered IN (SELECT id FROM file_considered WHERE file = $1) \
        UNION ALL SELECT 'file_unsure', COUNT(*) FROM file_unsure WHERE action IN (SELECT id FROM file_action WHERE file = $1) \
        UNION ALL SELECT 'file_advice', COUNT(*) FROM file_advice WHERE action IN (SELECT id FROM file_action WHERE file = $1) \
        UNION ALL SELECT 'file_call', COUNT(*) FROM file_call WHERE file = $1 \
        UNION ALL SELECT 'file_rung', COUNT(*) FROM file_rung WHERE file = $1 \
        UNION ALL SELECT 'file_link', COUNT(*) FROM file_link WHERE file = $1 \
        UNION ALL SELECT 'file_family_harm', COUNT(*) FROM file_family_harm WHERE file = $1 \
        UNION ALL SELECT 'file_head_told', COUNT(*) FROM file_head_told WHERE file = $1 \
        UNION ALL SELECT 'file_subject', COUNT(*) FROM file_subject WHERE file = $1 \
        UNION ALL SELECT 'file_admission', COUNT(*) FROM file_admission WHERE file = $1 \
        UNION ALL SELECT 'file_removal', COUNT(*) FROM file_removal WHERE file = $1 \
        UNION ALL SELECT 'file_pair', COUNT(*) FROM file_pair WHERE adult_part = $1";
    FILES_OF = "SELECT id FROM file WHERE school = $1 AND person = $2 ORDER BY id";
    AMENDED_BY = "SELECT id FROM file_entry WHERE amends = $1 ORDER BY id";

    /// What keeps an adult's record: a child still at the school whom it protects or to whom they belong.
    NEEDED_BY = "SELECT c.id FROM person c WHERE c.school = $1 AND c.left_at IS NULL AND (\
        EXISTS (SELECT 1 FROM relation r WHERE r.child = c.id AND r.adult = $2) \
        OR EXISTS (SELECT 1 FROM court_order o WHERE o.child = c.id AND o.adult = $2) \
        OR EXISTS (SELECT 1 FROM no_contact n WHERE n.child = c.id AND n.adult = $2)) LIMIT 1";
    LEFT_AT = "SELECT left_at FROM person WHERE id = $1 AND school = $2";
    /// The compartments that hold nothing but what is sealed about this person.
    COMPARTMENTS_OF = "SELECT compartment FROM details_compartment WHERE person = $1 \
        UNION ALL SELECT compartment FROM hold WHERE person = $1 AND compartment IS NOT NULL \
        UNION ALL SELECT compartment FROM emergency WHERE person = $1";

    /// Files with what their time to be kept is counted from.
    KEPT_FILES = "SELECT f.id, f.kind, f.person, p.date_of_birth, p.left_at, f.opened_at FROM file f \
        JOIN person p ON p.id = f.person WHERE f.school = $1 AND f.id > $2 ORDER BY f.id LIMIT 500";
    KEPT_FILE = "SELECT f.id, f.kind, f.person, p.date_of_birth, p.left_at, f.opened_at FROM file f \
        JOIN person p ON p.id = f.person WHERE f.school = $1 AND f.id = $2";
    /// People who left and about whom there is no file.
    KEPT_LEAVERS = "SELECT p.id, p.left_at FROM person p WHERE p.school = $1 AND p.left_at IS NOT NULL AND p.id > $2 \
        AND NOT EXISTS (SELECT 1 FROM file f WHERE f.person = p.id) \
        AND NOT EXISTS (SELECT 1 FROM erasure_mark m WHERE m.target = p.id AND m.what = 'person') \
        ORDER BY p.id LIMIT 500";
    /// When a file was last up for review, and whether that is done.
    REVIEW_OF = "SELECT t.made_at, d.done_at FROM file_task t LEFT JOIN file_task_done d ON d.task = t.id \
        WHERE t.file = $1 AND t.kind = 'review-retention' ORDER BY t.made_at DESC LIMIT 1";
}
