//! The statements of sealing.

use crate::store::statements;

statements! {
    // Holders' keys.
    /// The key pair of a person that is in force.
    CURRENT_KEY = "SELECT k.id, k.public_key, k.needs_voucher, \
        CAST(CASE WHEN v.holder_key IS NULL THEN 0 ELSE 1 END AS BIGINT), k.made_by FROM holder_key k \
        LEFT JOIN holder_key_vouched v ON v.holder_key = k.id LEFT JOIN holder_key_ended e ON e.holder_key = k.id \
        WHERE k.school = $1 AND k.person = $2 AND e.holder_key IS NULL";
    /// Everybody whose key nobody has vouched for yet.
    UNVOUCHED = "SELECT k.person FROM holder_key k WHERE k.school = $1 AND k.needs_voucher = 1 \
        AND NOT EXISTS (SELECT 1 FROM holder_key_ended e WHERE e.holder_key = k.id) \
        AND NOT EXISTS (SELECT 1 FROM holder_key_vouched v WHERE v.holder_key = k.id) ORDER BY k.person";
    KEYS_EVER = "SELECT id FROM holder_key WHERE school = $1 AND person = $2 LIMIT 1";
    ADD_HOLDER_KEY = "INSERT INTO holder_key (id, school, person, public_key, needs_voucher, made_by, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    END_HOLDER_KEY = "INSERT INTO holder_key_ended (holder_key, school, ended_at) VALUES ($1, $2, $3)";
    VOUCH = "INSERT INTO holder_key_vouched (holder_key, school, vouched_by, vouched_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (holder_key) DO NOTHING";
    VOUCHED = "SELECT vouched_by, vouched_at FROM holder_key_vouched WHERE holder_key = $1 AND school = $2";
    FILE_OF = "SELECT id, reference, kind FROM file WHERE compartment = $1 AND school = $2";
    REPORT_OF = "SELECT id FROM report_waiting WHERE compartment = $1 AND school = $2";
    NAME_OF = "SELECT full_name FROM person WHERE school = $1 AND id = $2";
    DETAILS_OF = "SELECT person FROM details_compartment WHERE compartment = $1 AND school = $2";
    /// What a compartment is for, as the rows have it: for taking stock, at a step of the schema at which nothing came through doors yet.
    OF_COMPARTMENT = "SELECT 'file ' || id FROM file WHERE compartment = $1 \
        UNION SELECT 'details ' || person FROM details_compartment WHERE compartment = $1 \
        UNION SELECT 'hold ' || id FROM hold WHERE compartment = $1 \
        UNION SELECT 'emergency ' || id FROM emergency WHERE compartment = $1";
    /// Every key that somebody vouched for: what an older schema left.
    ALL_VOUCHED = "SELECT k.school, k.person, k.public_key FROM holder_key_vouched v \
        JOIN holder_key k ON k.id = v.holder_key ORDER BY k.id";
    ADD_HOLDER_WRAP = "INSERT INTO holder_wrap (id, school, holder_key, kind, salt, memory, passes, lanes, check_value, \
        wrapped, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    DROP_HOLDER_WRAPS = "DELETE FROM holder_wrap WHERE school = $1 AND holder_key = $2";
    /// The wrap of a person's key by what they know.
    KEY_WRAP = "SELECT k.id, k.public_key, w.kind, w.salt, w.memory, w.passes, w.lanes, w.check_value, w.wrapped, \
            w.id FROM holder_key k JOIN holder_wrap w ON w.holder_key = k.id AND w.kind IN ('one-time', 'password') \
        LEFT JOIN holder_key_ended e ON e.holder_key = k.id \
        WHERE k.school = $1 AND k.person = $2 AND e.holder_key IS NULL";

    /// Whether what somebody unlocked their key with is still what unlocks it.
    WRAP_STANDS = "SELECT id FROM holder_wrap WHERE school = $1 AND id = $2 \
        UNION ALL SELECT id FROM passkey_wrap WHERE school = $1 AND id = $2";
    /// Each passkey has one: what it derives does not change, and neither does the key while it is in force.
    ADD_PASSKEY_WRAP = "INSERT INTO passkey_wrap (id, school, passkey, holder_key, salt, wrapped, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (passkey) DO NOTHING";
    PASSKEY_WRAP = "SELECT id, salt, wrapped FROM passkey_wrap WHERE school = $1 AND passkey = $2 AND holder_key = $3";
    DROP_PASSKEY_WRAPS = "DELETE FROM passkey_wrap WHERE school = $1 AND holder_key = $2";

    // Compartments.
    ADD_COMPARTMENT = "INSERT INTO compartment (id, school, generation, made_at) VALUES ($1, $2, 0, $3)";
    SET_GENERATION = "UPDATE compartment SET generation = $3 WHERE id = $1 AND school = $2 AND generation = $3 - 1";
    ADD_COMPARTMENT_KEY = "INSERT INTO compartment_key (compartment, generation, school, public_key, made_at) \
        VALUES ($1, $2, $3, $4, $5)";
    /// The key to seal to.
    NEWEST_KEY = "SELECT c.generation, k.public_key FROM compartment c \
        JOIN compartment_key k ON k.compartment = c.id AND k.generation = c.generation \
        LEFT JOIN compartment_shredded s ON s.compartment = c.id \
        WHERE c.id = $1 AND c.school = $2 AND s.compartment IS NULL";
    /// Every key that is not yet noted: what an older schema left.
    ALL_GENERATIONS = "SELECT k.school, k.compartment, k.generation, k.public_key FROM compartment_key k \
        ORDER BY k.school, k.compartment, k.generation";
    GENERATIONS = "SELECT generation, public_key FROM compartment_key WHERE compartment = $1 AND school = $2 \
        ORDER BY generation";
    ADD_HOLDER = "INSERT INTO compartment_holder (compartment, person, school, added_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (compartment, person) DO NOTHING";
    DROP_HOLDER = "DELETE FROM compartment_holder WHERE school = $1 AND compartment = $2 AND person = $3";
    DROP_SUBJECTS = "DELETE FROM compartment_subject WHERE school = $1 AND compartment = $2";
    DROP_HOLDERS = "DELETE FROM compartment_holder WHERE school = $1 AND compartment = $2";
    HOLDERS = "SELECT person FROM compartment_holder WHERE compartment = $1 ORDER BY person";
    IS_HOLDER = "SELECT person FROM compartment_holder WHERE compartment = $1 AND person = $2 AND school = $3";
    /// The compartments that a person holds or is to hold.
    HELD = "SELECT compartment FROM compartment_holder WHERE school = $1 AND person = $2 ORDER BY compartment";
    ADD_SUBJECT = "INSERT INTO compartment_subject (compartment, person, school, added_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (compartment, person) DO NOTHING";
    SUBJECTS = "SELECT person FROM compartment_subject WHERE compartment = $1 ORDER BY person";
    /// A wrap for a person's key in force, and the public half that it must belong to. Never for a subject.
    WRAP = "SELECT w.wrapped, k.public_key FROM compartment_wrap w \
        JOIN compartment_key k ON k.compartment = w.compartment AND k.generation = w.generation \
        LEFT JOIN compartment_subject s ON s.compartment = w.compartment AND s.person = w.person \
        WHERE w.compartment = $1 AND w.generation = $2 AND w.person = $3 AND w.holder_key = $4 AND w.school = $5 \
        AND s.person IS NULL";
    /// The generations that are wrapped for one key of a person.
    WRAPPED = "SELECT generation FROM compartment_wrap WHERE compartment = $1 AND holder_key = $2 AND school = $3";
    /// Every compartment with a wrap for one key of a person.
    OPENABLE = "SELECT DISTINCT compartment FROM compartment_wrap WHERE school = $1 AND person = $2 AND holder_key = $3 \
        ORDER BY compartment";
    /// Who is to hold something by name: whoever holds anything, was let in, or was told of emergency access. From one holder to the
    /// next by the index: there may be a hundred thousand rows, and a handful of holders.
    NAMED_TO_HOLD = "WITH RECURSIVE held (person) AS (SELECT MIN(person) FROM compartment_holder WHERE school = $1 \
            UNION ALL SELECT (SELECT MIN(h.person) FROM compartment_holder h WHERE h.school = $1 AND h.person > held.person) \
            FROM held WHERE held.person IS NOT NULL) \
        SELECT person FROM held WHERE person IS NOT NULL UNION SELECT person FROM file_admission WHERE school = $1 \
        UNION SELECT n.person FROM emergency e JOIN notice n ON n.school = e.school AND n.about = e.id WHERE e.school = $1 \
        ORDER BY person";
    /// What one key of a person opens and another person's key does not, whose subject that one is not, and which may be theirs: by
    /// name, or by a duty that answers for children's files (`$6`) or for staff files (`$7`); whatever the first was let into by name
    /// may; and, where that is asked (`$8`), what somebody who stands on a ladder is kept out of, so that a later rung answers.
    LACKING = "SELECT DISTINCT w.compartment FROM compartment_wrap w JOIN compartment_key k ON k.compartment = w.compartment \
        WHERE w.school = $1 AND w.person = $2 AND w.holder_key = $3 \
        AND NOT EXISTS (SELECT 1 FROM compartment_wrap v WHERE v.school = $1 AND v.person = $4 AND v.holder_key = $5 \
            AND v.compartment = k.compartment AND v.generation = k.generation) \
        AND NOT EXISTS (SELECT 1 FROM compartment_subject s WHERE s.compartment = w.compartment AND s.person = $4) \
        AND (EXISTS (SELECT 1 FROM compartment_holder h WHERE h.compartment = w.compartment AND h.person = $4) \
            OR EXISTS (SELECT 1 FROM file f WHERE f.compartment = w.compartment AND (f.kind = 'child' AND CAST($6 AS BIGINT) = 1 \
                OR f.kind = 'staff-concern' AND CAST($7 AS BIGINT) = 1 \
                OR EXISTS (SELECT 1 FROM file_admission a WHERE a.file = f.id AND a.person IN ($2, $4)) \
                OR CAST($8 AS BIGINT) = 1 AND (f.kind = 'staff-concern' \
                    OR EXISTS (SELECT 1 FROM file_subject n WHERE n.file = f.id AND n.person <> f.person) \
                    OR EXISTS (SELECT 1 FROM file_removal m WHERE m.file = f.id) \
                    OR EXISTS (SELECT 1 FROM relation r JOIN duty_holding d ON d.person = r.adult WHERE r.child = f.person) \
                    OR EXISTS (SELECT 1 FROM no_contact r JOIN duty_holding d ON d.person = r.adult WHERE r.child = f.person) \
                    OR EXISTS (SELECT 1 FROM court_order r JOIN duty_holding d ON d.person = r.adult WHERE r.child = f.person)))) \
            OR NOT EXISTS (SELECT 1 FROM file f WHERE f.compartment = w.compartment) AND (CAST($6 AS BIGINT) = 1 \
                OR NOT EXISTS (SELECT 1 FROM details_compartment d WHERE d.compartment = w.compartment))) \
        ORDER BY w.compartment";
    /// What still opens and may be somebody's: by name, or by a duty that answers for children's files (`$3`) or for staff files (`$4`).
    HOLDABLE = "SELECT c.id FROM compartment c LEFT JOIN compartment_shredded s ON s.compartment = c.id \
        WHERE c.school = $1 AND s.compartment IS NULL \
        AND (EXISTS (SELECT 1 FROM compartment_holder h WHERE h.compartment = c.id AND h.person = $2) \
            OR EXISTS (SELECT 1 FROM file f WHERE f.compartment = c.id AND (f.kind = 'child' AND CAST($3 AS BIGINT) = 1 \
                OR f.kind = 'staff-concern' AND CAST($4 AS BIGINT) = 1 \
                OR EXISTS (SELECT 1 FROM file_admission a WHERE a.file = f.id AND a.person = $2))) \
            OR NOT EXISTS (SELECT 1 FROM file f WHERE f.compartment = c.id) AND (CAST($3 AS BIGINT) = 1 \
                OR NOT EXISTS (SELECT 1 FROM details_compartment d WHERE d.compartment = c.id))) \
        ORDER BY c.id";
    ADD_WRAP = "INSERT INTO compartment_wrap (compartment, generation, person, school, holder_key, wrapped) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (compartment, generation, person) \
        DO UPDATE SET holder_key = excluded.holder_key, wrapped = excluded.wrapped";
    DROP_WRAP = "DELETE FROM compartment_wrap WHERE school = $1 AND compartment = $2 AND person = $3";
    /// Every compartment with a wrap for a person.
    WITH_WRAP = "SELECT DISTINCT compartment FROM compartment_wrap WHERE school = $1 AND person = $2 ORDER BY compartment";
    DROP_WRAPS_OF_PERSON = "DELETE FROM compartment_wrap WHERE school = $1 AND person = $2";
    DROP_WRAPS = "DELETE FROM compartment_wrap WHERE school = $1 AND compartment = $2";
    /// Generations that nobody could open without this person's wraps, if one is named: neither a holder nor two custodians.
    STRANDED = "SELECT k.compartment FROM compartment_key k \
        LEFT JOIN compartment_shredded d ON d.compartment = k.compartment \
        WHERE k.school = $1 AND (CAST($2 AS TEXT) IS NULL OR k.compartment = $2) AND d.compartment IS NULL \
        AND NOT EXISTS (SELECT 1 FROM compartment_wrap w WHERE w.compartment = k.compartment \
            AND w.generation = k.generation AND (CAST($3 AS TEXT) IS NULL OR w.person <> $3)) \
        AND NOT EXISTS (SELECT 1 FROM compartment_pair_wrap p WHERE p.compartment = k.compartment \
            AND p.generation = k.generation) LIMIT 1";
    /// How many compartments have a generation that nobody can open.
    STRANDED_COUNT = "SELECT COUNT(DISTINCT k.compartment) FROM compartment_key k \
        LEFT JOIN compartment_shredded d ON d.compartment = k.compartment \
        WHERE k.school = $1 AND d.compartment IS NULL \
        AND NOT EXISTS (SELECT 1 FROM compartment_wrap w WHERE w.compartment = k.compartment \
            AND w.generation = k.generation) \
        AND NOT EXISTS (SELECT 1 FROM compartment_pair_wrap p WHERE p.compartment = k.compartment \
            AND p.generation = k.generation)";
    SHRED = "INSERT INTO compartment_shredded (compartment, school, shredded_at) VALUES ($1, $2, $3) \
        ON CONFLICT (compartment) DO NOTHING";
    /// Every compartment that still opens.
    COMPARTMENTS = "SELECT c.id FROM compartment c LEFT JOIN compartment_shredded s ON s.compartment = c.id \
        WHERE c.school = $1 AND s.compartment IS NULL ORDER BY c.id";

    // Custodians.
    ADD_CUSTODIAN = "INSERT INTO custodian (id, school, person, public_key, named_at) VALUES ($1, $2, $3, $4, $5)";
    END_CUSTODIAN = "INSERT INTO custodian_ended (custodian, school, ended_at) VALUES ($1, $2, $3)";
    CUSTODIANS = "SELECT c.id, c.person, c.public_key, c.named_at FROM custodian c \
        LEFT JOIN custodian_ended e ON e.custodian = c.id WHERE c.school = $1 AND e.custodian IS NULL ORDER BY c.id";
    /// Whether somebody may be a custodian: an adult of the school.
    CUSTODIAN_KIND = "SELECT kind FROM person WHERE school = $1 AND id = $2 AND left_at IS NULL";
    ADD_PAIR_WRAP = "INSERT INTO compartment_pair_wrap (compartment, generation, outer_custodian, inner_custodian, school, \
        wrapped) VALUES ($1, $2, $3, $4, $5, $6)";
    PAIRS = "SELECT generation, outer_custodian, inner_custodian FROM compartment_pair_wrap \
        WHERE compartment = $1 AND school = $2";
    PAIR_WRAP = "SELECT p.wrapped, k.public_key FROM compartment_pair_wrap p \
        JOIN compartment_key k ON k.compartment = p.compartment AND k.generation = p.generation \
        WHERE p.compartment = $1 AND p.generation = $2 AND p.outer_custodian = $3 AND p.inner_custodian = $4 \
        AND p.school = $5";
    /// Every compartment with a wrap for a pair with this custodian.
    WITH_PAIR = "SELECT DISTINCT compartment FROM compartment_pair_wrap WHERE school = $1 \
        AND (outer_custodian = $2 OR inner_custodian = $2) ORDER BY compartment";
    DROP_PAIRS_OF_CUSTODIAN = "DELETE FROM compartment_pair_wrap WHERE school = $1 \
        AND (outer_custodian = $2 OR inner_custodian = $2)";
    DROP_PAIRS_OF_SUBJECT = "DELETE FROM compartment_pair_wrap WHERE school = $1 AND compartment = $2 \
        AND (outer_custodian IN (SELECT id FROM custodian WHERE person = $3) \
            OR inner_custodian IN (SELECT id FROM custodian WHERE person = $3))";
    DROP_PAIRS = "DELETE FROM compartment_pair_wrap WHERE school = $1 AND compartment = $2";
}
