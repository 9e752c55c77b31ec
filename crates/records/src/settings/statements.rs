//! The statements of settings.

use crate::store::statements;

statements! {
    /// The trust of a school.
    SCHOOL_TRUST = "SELECT trust FROM school WHERE id = $1";
    /// What a school decided, oldest first.
    SCHOOL_FACTS = "SELECT setting, number, value, set_by, set_at, why, clause FROM school_setting \
        WHERE school = $1 ORDER BY number";
    /// What its trust decided, oldest first.
    TRUST_FACTS = "SELECT t.setting, t.number, t.value, t.set_by, t.set_at, t.why, t.clause, t.part \
        FROM trust_setting t JOIN school s ON s.trust = t.trust WHERE s.id = $1 ORDER BY t.number";
    /// Which contradictions a school settled, oldest first.
    DECISIONS = "SELECT conflict, number, chosen, set_by, set_at, why, clause FROM setting_decision \
        WHERE school = $1 ORDER BY number";
    /// Who decided about settings and the calendar, and what they are called.
    DECIDERS = "SELECT id, full_name FROM person WHERE id IN (\
        SELECT set_by FROM school_setting WHERE school = $1 UNION SELECT set_by FROM setting_decision WHERE school = $1 \
        UNION SELECT set_by FROM calendar_version WHERE school = $1 UNION SELECT t.set_by FROM trust_setting t \
        JOIN school s ON s.trust = t.trust WHERE s.id = $1)";
    /// Adds a school's value.
    ADD_SCHOOL_FACT = "INSERT INTO school_setting (school, number, setting, value, set_by, set_at, why, clause, decision) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Adds a trust's floor or default.
    ADD_TRUST_FACT = "INSERT INTO trust_setting (trust, number, school, setting, part, value, set_by, set_at, why, clause) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Adds a decision.
    ADD_DECISION = "INSERT INTO setting_decision (school, number, conflict, chosen, set_by, set_at, why, clause) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
}
