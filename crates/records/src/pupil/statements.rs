//! The statements of pupils' ways in.

use crate::store::statements;

statements! {
    ADD_OPENING = "INSERT INTO class_opening (id, school, class, adult, code, opened_at, until_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    CLOSE_OPENING = "INSERT INTO class_opening_closed (class_opening, school, closed_at) VALUES ($1, $2, $3)";
    /// What is open at a moment, in all classes.
    OPENINGS = "SELECT o.id, o.class, o.adult, o.code, o.opened_at, o.until_at FROM class_opening o \
        LEFT JOIN class_opening_closed e ON e.class_opening = o.id \
        WHERE o.school = $1 AND o.opened_at <= $2 AND o.until_at > $2 AND e.class_opening IS NULL ORDER BY o.id";
    /// The first school: where tries are counted of whoever has said nothing yet.
    FIRST_SCHOOL = "SELECT id FROM school ORDER BY id LIMIT 1";
    ALL_SCHOOLS = "SELECT id FROM school ORDER BY id";
    CLASS_NAMED = "SELECT code, name FROM class WHERE id = $1 AND school = $2";
    IS_PUPIL_OF = "SELECT p.id FROM class_member m JOIN person p ON p.id = m.person \
        WHERE m.class = $1 AND m.person = $2 AND m.school = $3 AND m.part = 'learns' AND p.kind = 'pupil' AND p.left_at IS NULL";
    /// Who learns in a class. `$3`: who asks; whom they must have no contact with is left out, as `access::statements::BARRED` has it.
    /// `$4`: the moment.
    PUPILS_OF = "SELECT p.id, p.full_name, p.preferred_name FROM class_member m JOIN person p ON p.id = m.person \
        WHERE m.class = $1 AND m.school = $2 AND m.part = 'learns' AND p.kind = 'pupil' AND p.left_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM no_contact n LEFT JOIN no_contact_end e ON e.no_contact = n.id \
            WHERE n.child = p.id AND n.adult = CAST($3 AS TEXT) AND (e.ended_at IS NULL OR e.ended_at > CAST($4 AS BIGINT))) \
        AND NOT EXISTS (SELECT 1 FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
            WHERE c.child = p.id AND c.adult = CAST($3 AS TEXT) AND c.bars_telling = 1 \
            AND (g.ended_at IS NULL OR g.ended_at > CAST($4 AS BIGINT))) \
        ORDER BY p.sort_name, p.id LIMIT 200";
    ARRIVED = "SELECT person, MAX(at) FROM class_arrival WHERE school = $1 AND class_opening = $2 GROUP BY person";
    ADD_ARRIVAL = "INSERT INTO class_arrival (id, school, class_opening, person, pupil_way, at) VALUES ($1, $2, $3, $4, $5, $6)";
    FORGET_ARRIVALS = "DELETE FROM class_arrival WHERE school = $1 AND at < $2";

    /// The way of somebody that is in force: the newest, if it has not ended.
    WAY = "SELECT w.id, w.kind, w.mark, w.set_at, w.reason FROM pupil_way w \
        LEFT JOIN pupil_way_ended e ON e.pupil_way = w.id \
        WHERE w.school = $1 AND w.person = $2 AND e.pupil_way IS NULL ORDER BY w.set_at DESC, w.id DESC LIMIT 1";
    ADD_WAY = "INSERT INTO pupil_way (id, school, person, kind, mark, reason, set_by, set_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    END_WAYS = "INSERT INTO pupil_way_ended (pupil_way, school, ended_at) \
        SELECT w.id, w.school, CAST($3 AS BIGINT) FROM pupil_way w WHERE w.school = $1 AND w.person = $2 \
        AND NOT EXISTS (SELECT 1 FROM pupil_way_ended e WHERE e.pupil_way = w.id)";
    PUPIL = "SELECT full_name, preferred_name, date_of_birth FROM person \
        WHERE id = $1 AND school = $2 AND kind = 'pupil' AND left_at IS NULL";

    OWN_CLASSES = "SELECT c.code FROM class_member m JOIN class c ON c.id = m.class \
        WHERE m.person = $1 AND m.school = $2 AND m.part = 'learns' ORDER BY c.code";

    /// Staff who teach a class that somebody learns in, or look after children here. Who is away is among them: it may be about them.
    ADULTS_NEAR = "SELECT p.id, p.full_name FROM person p WHERE p.school = $1 AND p.kind = 'staff' AND p.left_at IS NULL \
        AND (EXISTS (SELECT 1 FROM class_member t JOIN class_member l ON l.class = t.class \
                WHERE t.person = p.id AND t.part = 'teaches' AND l.person = $2 AND l.part = 'learns') \
            OR EXISTS (SELECT 1 FROM duty_holding h LEFT JOIN duty_holding_end e ON e.holding = h.id \
                WHERE h.person = p.id AND h.school = p.school AND h.duty IN ('head', 'dsl', 'deputy-dsl') \
                AND h.from_at <= $3 AND (e.ends_at IS NULL OR e.ends_at > $3))) ORDER BY p.sort_name, p.id LIMIT 60";
    /// An adult who works here.
    ADULT_NEAR = "SELECT full_name FROM person WHERE id = $1 AND school = $2 AND kind = 'staff' AND left_at IS NULL";

    ADD_EXEMPT = "INSERT INTO pupil_way_exempt (id, school, person, reason, approver, approved_at, review_by) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END_EXEMPT = "INSERT INTO pupil_way_exempt_ended (exempt, school, ended_by, ended_at) \
        SELECT x.id, x.school, CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM pupil_way_exempt x \
        WHERE x.school = $1 AND x.person = $2 \
        AND NOT EXISTS (SELECT 1 FROM pupil_way_exempt_ended e WHERE e.exempt = x.id)";
    IS_EXEMPT = "SELECT x.reason, x.approved_at, x.review_by FROM pupil_way_exempt x \
        LEFT JOIN pupil_way_exempt_ended e ON e.exempt = x.id \
        WHERE x.school = $1 AND x.person = $2 AND e.exempt IS NULL ORDER BY x.approved_at DESC, x.id DESC LIMIT 1";
    /// Every exemption in force, the one whose review is due first before the others; without those whom the asker must have no contact
    /// with, as [`PUPILS_OF`].
    EXEMPT = "SELECT x.person, p.full_name, x.reason, x.approved_at, x.review_by, a.full_name FROM pupil_way_exempt x \
        JOIN person p ON p.id = x.person AND p.left_at IS NULL JOIN person a ON a.id = x.approver \
        LEFT JOIN pupil_way_exempt_ended e ON e.exempt = x.id \
        WHERE x.school = $1 AND e.exempt IS NULL \
        AND NOT EXISTS (SELECT 1 FROM no_contact n LEFT JOIN no_contact_end f ON f.no_contact = n.id \
            WHERE n.child = p.id AND n.adult = CAST($2 AS TEXT) AND (f.ended_at IS NULL OR f.ended_at > CAST($3 AS BIGINT))) \
        AND NOT EXISTS (SELECT 1 FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
            WHERE c.child = p.id AND c.adult = CAST($2 AS TEXT) AND c.bars_telling = 1 \
            AND (g.ended_at IS NULL OR g.ended_at > CAST($3 AS BIGINT))) \
        ORDER BY x.review_by, x.id";
}
