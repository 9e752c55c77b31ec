//! The statements of what is asked further of an incident or a case.

use crate::store::statements;

statements! {
    NEW_THRESHOLD = "INSERT INTO file_threshold (decision, school, level, local, reasoning, referred, referred_to, grounds, policy) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    THRESHOLDS = "SELECT t.decision, t.level, t.local, t.reasoning, t.referred, t.referred_to, t.grounds, t.policy \
        FROM file_threshold t JOIN file_decision d ON d.id = t.decision WHERE d.file = $1 ORDER BY d.decided_at, d.id";
    /// What was decided so of a file since it was opened and since it was last closed.
    THRESHOLDS_THAT_HOLD = "SELECT t.grounds FROM file_threshold t JOIN file_decision d ON d.id = t.decision \
        WHERE d.file = $1 AND d.decided_at >= $2 \
        AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = d.file AND c.recorded_at >= d.decided_at) \
        ORDER BY d.decided_at, d.id";
    /// How often it was reported to have happened outside school, and how often that its child was harmed by another.
    OUTSIDE_AND_HARMED = "SELECT \
        (SELECT COUNT(*) FROM report r WHERE r.file = $1 AND r.place IN ('home', 'way', 'elsewhere')), \
        (SELECT COUNT(*) FROM report r WHERE r.file = $1 AND r.part = 'harmed')";

    NEW_CLASS = "INSERT INTO file_class (id, school, file, risks, types, crime, reason, person, classed_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    CLASSES = "SELECT id, risks, types, crime, reason, person, classed_at FROM file_class WHERE file = $1 ORDER BY classed_at, id";

    NEW_CONSIDERED = "INSERT INTO file_considered (id, school, file, sanction, sanction_note, support, support_note, family, family_note, \
        finding, finding_note, person, considered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    CONSIDERED = "SELECT c.id, c.sanction, c.sanction_note, c.support, c.support_note, c.family, c.family_note, c.finding, c.finding_note, \
        c.person, c.considered_at, d.held_on, d.who, d.lessons, d.course, d.words, d.person, d.recorded_at \
        FROM file_considered c LEFT JOIN file_debrief d ON d.considered = c.id WHERE c.file = $1 ORDER BY c.considered_at, c.id";

    NEW_DEBRIEF = "INSERT INTO file_debrief (considered, school, held_on, who, lessons, course, words, person, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// The newest closing of a file, where it stands and asked these things, and whether its debrief is written down: nobody opened the
    /// file again since, nothing was reported since, and it was not closed as less since.
    NEWEST_CONSIDERED = "SELECT c.id, c.considered_at, (SELECT COUNT(*) FROM file_debrief d WHERE d.considered = c.id) \
        FROM file_considered c WHERE c.file = $1 \
        AND NOT EXISTS (SELECT 1 FROM file_reopened r WHERE r.file = c.file AND r.recorded_at >= c.considered_at) \
        AND NOT EXISTS (SELECT 1 FROM file_entry e WHERE e.file = c.file AND e.kind IN ('seen', 'words', 'opinion') \
            AND e.recorded_at >= c.considered_at) \
        AND NOT EXISTS (SELECT 1 FROM file_closed x WHERE x.file = c.file AND x.recorded_at > c.considered_at) \
        ORDER BY c.considered_at DESC, c.id DESC LIMIT 1";
    /// The same of all files that the asker is no subject of, where the debrief is not written down, with the moment of that closing.
    WITHOUT_DEBRIEF = "SELECT f.id, f.kind, f.person, f.compartment, f.reference, f.came_from, f.opened_at, CAST(0 AS BIGINT), \
            c.considered_at \
        FROM file_considered c JOIN file f ON f.id = c.file WHERE c.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM file_debrief d WHERE d.considered = c.id) \
        AND NOT EXISTS (SELECT 1 FROM file_reopened r WHERE r.file = c.file AND r.recorded_at >= c.considered_at) \
        AND NOT EXISTS (SELECT 1 FROM file_entry e WHERE e.file = c.file AND e.kind IN ('seen', 'words', 'opinion') \
            AND e.recorded_at >= c.considered_at) \
        AND NOT EXISTS (SELECT 1 FROM file_closed x WHERE x.file = c.file AND x.recorded_at > c.considered_at) \
        AND NOT EXISTS (SELECT 1 FROM file_subject s WHERE s.file = f.id AND s.person = $2) \
        AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.target = f.id) \
        ORDER BY c.considered_at, c.id";

    NEW_PART_OF = "INSERT INTO file_part_of (id, school, file, whole, person, merged_at) VALUES ($1, $2, $3, $4, $5, $6)";
    /// Of what a file is part: of nothing, where it was opened again since, by hand or by what was reported, or closed otherwise since.
    PART_OF = "SELECT p.whole FROM file_part_of p WHERE p.file = $1 \
        AND NOT EXISTS (SELECT 1 FROM file_reopened r WHERE r.file = p.file AND r.recorded_at >= p.merged_at) \
        AND NOT EXISTS (SELECT 1 FROM file_entry e WHERE e.file = p.file AND e.kind IN ('seen', 'words', 'opinion') \
            AND e.recorded_at >= p.merged_at) \
        AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = p.file AND c.recorded_at > p.merged_at) \
        ORDER BY p.merged_at DESC, p.id DESC LIMIT 1";
    /// What is part of a file, likewise.
    PARTS = "SELECT DISTINCT p.file FROM file_part_of p WHERE p.whole = $1 \
        AND NOT EXISTS (SELECT 1 FROM file_reopened r WHERE r.file = p.file AND r.recorded_at >= p.merged_at) \
        AND NOT EXISTS (SELECT 1 FROM file_entry e WHERE e.file = p.file AND e.kind IN ('seen', 'words', 'opinion') \
            AND e.recorded_at >= p.merged_at) \
        AND NOT EXISTS (SELECT 1 FROM file_closed c WHERE c.file = p.file AND c.recorded_at > p.merged_at) ORDER BY p.file";

    NEW_UNSURE = "INSERT INTO file_unsure (action, school, whom) VALUES ($1, $2, $3)";
    NEW_ADVICE = "INSERT INTO file_advice (action, school, adviser, advised_at) VALUES ($1, $2, $3, $4)";
    UNSURE = "SELECT u.action, u.whom, v.adviser, v.advised_at FROM file_unsure u JOIN file_action a ON a.id = u.action \
        LEFT JOIN file_advice v ON v.action = u.action WHERE a.file = $1 ORDER BY u.action";
    /// What somebody is unsure of in this file and nobody has written advice down for.
    OPEN_UNSURE = "SELECT u.action FROM file_unsure u JOIN file_action a ON a.id = u.action \
        LEFT JOIN file_action_done d ON d.action = a.id WHERE u.action = $1 AND a.file = $2 AND d.action IS NULL";
}
