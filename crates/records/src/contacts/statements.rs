//! The statements of contacts.

use crate::store::statements;

statements! {
    CONTACTS = "SELECT c.id, c.role, c.name, c.telephone, c.web, c.hours, c.what_for, c.audience, c.source, c.recorded_at \
        FROM contact c LEFT JOIN contact_end e ON e.contact = c.id WHERE c.school = $1 AND e.contact IS NULL \
        ORDER BY c.role, c.name, c.id LIMIT 500";
    CONTACT = "SELECT c.id FROM contact c LEFT JOIN contact_end e ON e.contact = c.id \
        WHERE c.id = $1 AND c.school = $2 AND e.contact IS NULL";
    HOW_MANY = "SELECT COUNT(*) FROM contact c LEFT JOIN contact_end e ON e.contact = c.id \
        WHERE c.school = $1 AND e.contact IS NULL";
    ADD_CONTACT = "INSERT INTO contact (id, school, role, name, telephone, web, hours, what_for, audience, source, recorded_by, \
        recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    END_CONTACT = "INSERT INTO contact_end (contact, school, why, ended_by, ended_at) VALUES ($1, $2, $3, $4, $5)";
    CONFIRM = "INSERT INTO contact_confirmed (id, school, contact, confirmed_by, confirmed_at) VALUES ($1, $2, $3, $4, $5)";
    /// When each contact was last found true.
    CONFIRMED = "SELECT contact, MAX(confirmed_at) FROM contact_confirmed WHERE school = $1 GROUP BY contact ORDER BY contact";
    SCHOOLS_BY_NAME = "SELECT id, name FROM school ORDER BY code";
    ZONE = "SELECT time_zone FROM school WHERE id = $1";

    LINKS = "SELECT address, found, words, since_at, looked_at FROM link_look WHERE school = $1 ORDER BY address";
    DROP_LINKS = "DELETE FROM link_look WHERE school = $1";
    ADD_LINK = "INSERT INTO link_look (school, address, found, words, since_at, looked_at) VALUES ($1, $2, $3, $4, $5, $6)";

    /// Who holds a duty of safeguarding now, with whether they are away.
    TEAM = "SELECT h.duty, h.is_deputy, p.id, p.full_name, p.preferred_name, \
        (SELECT COUNT(*) FROM absence a LEFT JOIN absence_end b ON b.absence = a.id \
            WHERE a.person = h.person AND a.from_at <= $2 AND (a.until_at IS NULL OR a.until_at > $2) \
            AND (b.ended_at IS NULL OR b.ended_at > $2)) \
        FROM duty_holding h JOIN person p ON p.id = h.person LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND h.duty IN ('dsl', 'deputy-dsl') AND h.from_at <= $2 \
        AND (e.ends_at IS NULL OR e.ends_at > $2) AND (p.left_at IS NULL OR p.left_at > $2) \
        ORDER BY h.duty DESC, h.is_deputy, p.sort_name, h.id";
}
