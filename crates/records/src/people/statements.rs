//! The statements of people.

use crate::store::statements;

statements! {
    ADD_SCHOOL = "INSERT INTO school (id, code, name, time_zone, trust, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    SCHOOL_WITH_CODE = "SELECT id FROM school WHERE code = $1";
    STEPS = "SELECT step, about FROM set_up_step WHERE school = $1 ORDER BY id";
    ADD_STEP = "INSERT INTO set_up_step (id, school, step, about, done_at) VALUES ($1, $2, $3, $4, $5)";

    ADD_PERSON = "INSERT INTO person (id, school, kind, staff_kind, number, full_name, preferred_name, sort_name, \
        search_key, name_key, date_of_birth, language, interpreter_needed, gate_code, gate_group, gate_sign_in, gate_password_hash, \
        gate_resolver_name, revision, created_at, left_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19, NULL)";
    NUMBER_HOLDER = "SELECT id FROM person WHERE school = $1 AND number = $2";
    CODE_HOLDER = "SELECT id FROM person WHERE school = $1 AND gate_code = $2";
    IS_SPENT = "SELECT 1 FROM gate_code_spent WHERE school = $1 AND code = $2";
    SPENT_CODES = "SELECT code FROM gate_code_spent WHERE school = $1";
    SIGN_IN_HOLDER = "SELECT id FROM person WHERE school = $1 AND gate_sign_in = $2";
    RESOLVER_NAME_HOLDER = "SELECT id FROM person WHERE school = $1 AND gate_resolver_name = $2";
    PERSON = "SELECT id, kind, staff_kind, number, full_name, preferred_name, sort_name, date_of_birth, language, \
        interpreter_needed, gate_code, gate_group, gate_sign_in, gate_password_hash, gate_resolver_name, revision, \
        left_at FROM person WHERE id = $1 AND school = $2";
    /// Everybody, those who left too, as [`PERSON`].
    PEOPLE = "SELECT id, kind, staff_kind, number, full_name, preferred_name, sort_name, date_of_birth, language, \
        interpreter_needed, gate_code, gate_group, gate_sign_in, gate_password_hash, gate_resolver_name, revision, \
        left_at FROM person WHERE school = $1 ORDER BY sort_name, id";
    CHANGE_PERSON = "UPDATE person SET staff_kind = $4, number = $5, full_name = $6, preferred_name = $7, \
        sort_name = $8, search_key = $9, name_key = $10, date_of_birth = $11, language = $12, interpreter_needed = $13, \
        gate_code = $14, gate_group = $15, gate_sign_in = $16, gate_password_hash = $17, gate_resolver_name = $18, \
        revision = revision + 1 WHERE id = $1 AND school = $2 AND revision = $3";
    /// Counts as a change of the person's row, for whoever has it open.
    TOUCH_PERSON = "UPDATE person SET revision = revision + 1 WHERE id = $1 AND school = $2 AND revision = $3";
    LEAVE = "UPDATE person SET left_at = CAST($4 AS BIGINT), gate_sign_in = NULL, gate_password_hash = NULL, \
        gate_resolver_name = NULL, revision = revision + 1 \
        WHERE id = $1 AND school = $2 AND revision = $3 AND left_at IS NULL";
    COME_BACK = "UPDATE person SET left_at = NULL, revision = revision + 1 \
        WHERE id = $1 AND school = $2 AND revision = $3 AND left_at IS NOT NULL";
    HOLDINGS_OF = "SELECT h.id FROM duty_holding h LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.person = $1 AND h.school = $2 AND (e.ends_at IS NULL OR e.ends_at > $3) ORDER BY h.id";

    PHOTO = "SELECT format, picture FROM person_photo WHERE person = $1 AND school = $2";
    ADD_PHOTO = "INSERT INTO person_photo (person, school, format, picture, recorded_at) VALUES ($1, $2, $3, $4, $5)";
    DROP_PHOTO = "DELETE FROM person_photo WHERE person = $1 AND school = $2";
    WAYS = "SELECT kind, way FROM contact_way WHERE person = $1 AND school = $2 ORDER BY place";
    ADD_WAY = "INSERT INTO contact_way (person, school, place, kind, way) VALUES ($1, $2, $3, $4, $5)";
    DROP_WAYS = "DELETE FROM contact_way WHERE person = $1 AND school = $2";

    /// Whom a search finds, with what tells them apart. `$2`: of which kind, or of any; `$7`: how many come before.
    PICK = "SELECT p.id, p.kind, p.full_name, p.preferred_name, p.date_of_birth, \
        (SELECT COUNT(*) FROM person_photo f WHERE f.person = p.id), \
        (SELECT COUNT(*) FROM person o WHERE o.school = p.school AND o.name_key = p.name_key AND o.kind = p.kind \
            AND o.id <> p.id AND o.left_at IS NULL) \
        FROM person p WHERE p.school = $1 AND p.left_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR p.kind = $2) \
        AND lower(p.search_key) LIKE $3 AND lower(p.search_key) LIKE $4 AND lower(p.search_key) LIKE $5 \
        AND lower(p.search_key) LIKE $6 ORDER BY p.sort_name, p.id LIMIT 500 OFFSET $7";
    /// The register as [`PICK`], a page of it. `$2`: of which kind, or any; `$3`: 1 for who has left; `$4`: in which class, or any;
    /// `$5`: who asks; whom they must have no contact with is left out, as `access::statements::BARRED` has it, so that pages
    /// and counts tell of nobody; `$6`: the moment; `$7`: how many come before.
    LISTED = "SELECT p.id, p.kind, p.full_name, p.preferred_name, p.date_of_birth, \
        (SELECT COUNT(*) FROM person_photo f WHERE f.person = p.id), \
        (SELECT COUNT(*) FROM person o WHERE o.school = p.school AND o.name_key = p.name_key AND o.kind = p.kind \
            AND o.id <> p.id AND o.left_at IS NULL), p.left_at \
        FROM person p WHERE p.school = $1 AND (CAST($2 AS TEXT) IS NULL OR p.kind = $2) \
        AND (CASE WHEN p.left_at IS NULL THEN 0 ELSE 1 END) = CAST($3 AS BIGINT) \
        AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM class_member m WHERE m.class = $4 AND m.person = p.id)) \
        AND NOT EXISTS (SELECT 1 FROM no_contact n LEFT JOIN no_contact_end e ON e.no_contact = n.id \
            WHERE n.child = p.id AND n.adult = CAST($5 AS TEXT) AND (e.ended_at IS NULL OR e.ended_at > CAST($6 AS BIGINT))) \
        AND NOT EXISTS (SELECT 1 FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
            WHERE c.child = p.id AND c.adult = CAST($5 AS TEXT) AND c.bars_telling = 1 \
            AND (g.ended_at IS NULL OR g.ended_at > CAST($6 AS BIGINT))) \
        ORDER BY p.sort_name, p.id LIMIT 50 OFFSET CAST($7 AS BIGINT)";
    /// How many [`LISTED`] has on all its pages.
    LISTED_COUNT = "SELECT COUNT(*) FROM person p WHERE p.school = $1 AND (CAST($2 AS TEXT) IS NULL OR p.kind = $2) \
        AND (CASE WHEN p.left_at IS NULL THEN 0 ELSE 1 END) = CAST($3 AS BIGINT) \
        AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM class_member m WHERE m.class = $4 AND m.person = p.id)) \
        AND NOT EXISTS (SELECT 1 FROM no_contact n LEFT JOIN no_contact_end e ON e.no_contact = n.id \
            WHERE n.child = p.id AND n.adult = CAST($5 AS TEXT) AND (e.ended_at IS NULL OR e.ended_at > CAST($6 AS BIGINT))) \
        AND NOT EXISTS (SELECT 1 FROM court_order c LEFT JOIN court_order_end g ON g.court_order = c.id \
            WHERE c.child = p.id AND c.adult = CAST($5 AS TEXT) AND c.bars_telling = 1 \
            AND (g.ended_at IS NULL OR g.ended_at > CAST($6 AS BIGINT)))";
    SAME_NAME = "SELECT COUNT(*) FROM person WHERE school = $1 AND name_key = $2 AND kind = $3 AND id <> $4 \
        AND left_at IS NULL";

    ADD_CLASS = "INSERT INTO class (id, school, code, name, created_at) VALUES ($1, $2, $3, $4, $5)";
    CLASS_WITH_CODE = "SELECT id FROM class WHERE school = $1 AND code = $2";
    CLASSES = "SELECT c.id, c.code, c.name, \
        (SELECT COUNT(*) FROM class_member m WHERE m.class = c.id AND m.part = 'learns'), \
        (SELECT COUNT(*) FROM class_member m WHERE m.class = c.id AND m.part = 'teaches') \
        FROM class c WHERE c.school = $1 ORDER BY c.code";
    CLASS = "SELECT id, code, name, \
        (SELECT COUNT(*) FROM class_member m WHERE m.class = class.id AND m.part = 'learns'), \
        (SELECT COUNT(*) FROM class_member m WHERE m.class = class.id AND m.part = 'teaches') \
        FROM class WHERE id = $1 AND school = $2";
    PARTS = "SELECT person, part FROM class_member WHERE class = $1 AND school = $2";
    CLASSES_OF = "SELECT c.code, m.part FROM class_member m JOIN class c ON c.id = m.class \
        WHERE m.person = $1 AND m.school = $2 ORDER BY c.code, m.part";
    MEMBERSHIPS = "SELECT m.person, c.code, m.part FROM class_member m JOIN class c ON c.id = m.class \
        WHERE m.school = $1 ORDER BY m.person, c.code, m.part";
    ADD_MEMBER = "INSERT INTO class_member (school, class, person, part) VALUES ($1, $2, $3, $4)";
    MEMBER = "SELECT class FROM class_member WHERE class = $1 AND person = $2 AND part = $3";
    DROP_MEMBER = "DELETE FROM class_member WHERE class = $1 AND person = $2 AND part = $3 AND school = $4";
    DROP_MEMBERSHIPS = "DELETE FROM class_member WHERE person = $1 AND school = $2";

    /// An adult of the school who has not left.
    IS_PRESENT = "SELECT id FROM person WHERE id = $1 AND school = $2 AND left_at IS NULL AND kind <> 'pupil'";

    COMPARTMENT_OF = "SELECT compartment FROM details_compartment WHERE person = $1 AND school = $2";
    ADD_COMPARTMENT = "INSERT INTO details_compartment (person, school, compartment, made_at) VALUES ($1, $2, $3, $4)";
    ADD_DETAIL = "INSERT INTO confidential_detail (id, school, person, kind, not_given_out, words, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END_DETAILS = "INSERT INTO confidential_detail_end (detail, school, ended_at) \
        SELECT id, school, CAST($4 AS BIGINT) FROM confidential_detail d WHERE person = $1 AND school = $2 AND kind = $3 \
        AND NOT EXISTS (SELECT 1 FROM confidential_detail_end e WHERE e.detail = d.id)";
    DETAILS = "SELECT id, kind, not_given_out, words FROM confidential_detail d WHERE person = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM confidential_detail_end e WHERE e.detail = d.id) ORDER BY id";
    HIDDEN_ADDRESSES = "SELECT id FROM confidential_detail d WHERE person = $1 AND school = $2 AND not_given_out = 1 \
        AND NOT EXISTS (SELECT 1 FROM confidential_detail_end e WHERE e.detail = d.id)";

    ADD_RELATION = "INSERT INTO relation (id, school, child, adult, kind, responsibility, lives_with, contact_order, \
        recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    RELATIONS = "SELECT r.id, r.adult, r.kind, r.responsibility, r.lives_with, r.contact_order, p.full_name, p.left_at \
        FROM relation r JOIN person p ON p.id = r.adult WHERE r.child = $1 AND r.school = $2 \
        AND NOT EXISTS (SELECT 1 FROM relation_end e WHERE e.relation = r.id) ORDER BY r.contact_order, r.id";
    RELATION = "SELECT child, adult FROM relation WHERE id = $1 AND school = $2";
    /// Adults with a duty who are recorded as a child's parent or carer.
    RELATIONS_WITH_DUTY = "SELECT r.id, r.adult, p.full_name, r.recorded_at FROM relation r JOIN person p ON p.id = r.adult \
        WHERE r.school = $1 AND EXISTS (SELECT 1 FROM duty_holding h WHERE h.person = r.adult AND h.school = r.school) \
        AND NOT EXISTS (SELECT 1 FROM relation_end e WHERE e.relation = r.id) ORDER BY r.id";
    END_RELATION = "INSERT INTO relation_end (relation, school, ended_at) \
        SELECT id, school, CAST($3 AS BIGINT) FROM relation r WHERE id = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM relation_end e WHERE e.relation = r.id)";
    /// Whether somebody was ever let by name into a file about a child.
    LET_IN_ABOUT = "SELECT a.id FROM file_admission a JOIN file f ON f.id = a.file \
        WHERE a.school = $1 AND f.person = $2 AND a.person = $3 LIMIT 1";
    ADD_COURT_ORDER = "INSERT INTO court_order (id, school, child, adult, bars_telling, from_day, until_day, words, \
        recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    COURT_ORDERS = "SELECT id, adult, bars_telling, from_day, until_day, words FROM court_order c \
        WHERE child = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM court_order_end e WHERE e.court_order = c.id) ORDER BY id";
    COURT_ORDER = "SELECT child, adult FROM court_order WHERE id = $1 AND school = $2";
    END_COURT_ORDER = "INSERT INTO court_order_end (court_order, school, ended_at) \
        SELECT id, school, CAST($3 AS BIGINT) FROM court_order c WHERE id = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM court_order_end e WHERE e.court_order = c.id)";
    ADD_NO_CONTACT = "INSERT INTO no_contact (id, school, child, adult, reason, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    NO_CONTACTS = "SELECT id, adult, reason FROM no_contact n WHERE child = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM no_contact_end e WHERE e.no_contact = n.id) ORDER BY id";
    NO_CONTACT = "SELECT child, adult FROM no_contact WHERE id = $1 AND school = $2";
    END_NO_CONTACT = "INSERT INTO no_contact_end (no_contact, school, ended_at) \
        SELECT id, school, CAST($3 AS BIGINT) FROM no_contact n WHERE id = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM no_contact_end e WHERE e.no_contact = n.id)";
    ZONE = "SELECT time_zone FROM school WHERE id = $1";

    ADD_HOLDING = "INSERT INTO duty_holding (id, school, duty, person, is_deputy, from_at, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    HOLDING = "SELECT duty, person, is_deputy FROM duty_holding WHERE id = $1 AND school = $2";
    /// Holders and deputies of a duty who have it at a moment or will.
    HOLDERS_OF = "SELECT h.id, h.person, h.is_deputy FROM duty_holding h \
        LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND h.duty = $2 AND (e.ends_at IS NULL OR e.ends_at > $3) ORDER BY h.from_at, h.id";
    /// Holders and deputies of a duty at a moment, and whether each is away then.
    HOLDERS_AT = "SELECT h.person, h.is_deputy, \
        (SELECT COUNT(*) FROM absence a LEFT JOIN absence_end b ON b.absence = a.id \
            WHERE a.person = h.person AND a.from_at <= $3 AND (a.until_at IS NULL OR a.until_at > $3) \
            AND (b.ended_at IS NULL OR b.ended_at > $3)) \
        FROM duty_holding h LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND h.duty = $2 AND h.from_at <= $3 AND (e.ends_at IS NULL OR e.ends_at > $3) \
        ORDER BY h.from_at, h.id";
    /// Every duty that is held now or will be.
    DUTIES = "SELECT h.id, h.duty, h.is_deputy, h.person, p.full_name, \
        (SELECT COUNT(*) FROM absence a LEFT JOIN absence_end b ON b.absence = a.id \
            WHERE a.person = h.person AND a.from_at <= $2 AND (a.until_at IS NULL OR a.until_at > $2) \
            AND (b.ended_at IS NULL OR b.ended_at > $2)) \
        FROM duty_holding h JOIN person p ON p.id = h.person LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND (e.ends_at IS NULL OR e.ends_at > $2) ORDER BY h.duty, h.is_deputy, h.id";
    /// Absences of somebody that have not ended at a moment.
    ABSENCES_OF = "SELECT a.id FROM absence a LEFT JOIN absence_end b ON b.absence = a.id \
        WHERE a.person = $1 AND a.school = $2 AND (a.until_at IS NULL OR a.until_at > $3) \
        AND (b.ended_at IS NULL OR b.ended_at > $3) ORDER BY a.id";
    /// Absences of people with a duty that have not ended, those to come too.
    ABSENCES = "SELECT a.person, p.full_name, a.from_at, a.until_at FROM absence a JOIN person p ON p.id = a.person \
        LEFT JOIN absence_end b ON b.absence = a.id \
        WHERE a.school = $1 AND (a.until_at IS NULL OR a.until_at > $2) AND (b.ended_at IS NULL OR b.ended_at > $2) \
        AND EXISTS (SELECT 1 FROM duty_holding h LEFT JOIN duty_holding_end e ON e.holding = h.id \
            WHERE h.person = a.person AND h.school = a.school AND (e.ends_at IS NULL OR e.ends_at > $2)) \
        ORDER BY a.from_at, a.id";
    /// Whom the log has as proposed since a moment.
    PROPOSED = "SELECT DISTINCT a.resource, p.full_name FROM audit_entry a JOIN person p ON p.id = a.resource \
        WHERE a.school = $1 AND p.school = $1 AND a.resource_kind = 'person' AND a.act = 'duty-proposed' AND a.outcome = 'done' \
        AND a.moment >= $2 AND p.left_at IS NULL ORDER BY p.full_name, a.resource";
    END_HOLDING = "INSERT INTO duty_holding_end (holding, school, ends_at, recorded_at) \
        SELECT id, school, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM duty_holding h WHERE id = $1 AND school = $2 \
        AND NOT EXISTS (SELECT 1 FROM duty_holding_end e WHERE e.holding = h.id)";

    ADD_ABSENCE = "INSERT INTO absence (id, school, person, from_at, until_at, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    END_ABSENCE = "INSERT INTO absence_end (absence, school, ended_at, recorded_at) VALUES ($1, $2, $3, $4)";
}
