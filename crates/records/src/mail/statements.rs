//! The statements of mail.

use crate::store::statements;

statements! {
    /// How the school sends mail now.
    ACCOUNT = "SELECT id, security, host, port, sign_in, user_name, secret, token_address, token_client, token_scope, sender, \
        own_root, witness FROM mail_account WHERE school = $1 ORDER BY number DESC LIMIT 1";
    LAST_NUMBER = "SELECT CAST(COALESCE(MAX(number), 0) AS BIGINT) FROM mail_account WHERE school = $1";
    ADD_ACCOUNT = "INSERT INTO mail_account (id, school, number, security, host, port, sign_in, user_name, secret, token_address, \
        token_client, token_scope, sender, own_root, witness, recorded_by, recorded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

    /// Notices that nobody was mailed of and that nobody has seen, of people who are here and have an address. What was changed of
    /// somebody's own sign-in is mailed also where it was seen: whoever changed it may have put it away.
    UNMAILED = "SELECT n.id, n.person, n.kind, n.about, n.made_at FROM notice n JOIN person p ON p.id = n.person \
        WHERE n.school = $1 AND n.made_at > $2 AND n.made_at <= $3 AND (p.left_at IS NULL OR p.left_at > $3) \
        AND (substr(n.kind, 1, 4) = 'own-' OR NOT EXISTS (SELECT 1 FROM notice_seen s WHERE s.notice = n.id)) \
        AND NOT EXISTS (SELECT 1 FROM mail_notice m WHERE m.notice = n.id) \
        AND EXISTS (SELECT 1 FROM contact_way w WHERE w.person = n.person AND w.kind = 'mail') \
        ORDER BY n.person, n.id LIMIT 2000";
    /// When somebody was last sent a mail of notices, or one was made for them.
    LAST_TO = "SELECT MAX(made_at) FROM mail WHERE school = $1 AND person = $2";
    ADD_MAIL = "INSERT INTO mail (id, school, kind, person, made_at) VALUES ($1, $2, $3, $4, $5)";
    ADD_MAIL_NOTICE = "INSERT INTO mail_notice (notice, school, mail) VALUES ($1, $2, $3)";
    LAST_CHECKPOINT_MAIL = "SELECT MAX(made_at) FROM mail WHERE school = $1 AND kind = 'checkpoint'";
    /// Mails that have neither gone nor been given up, with how often it was tried and when last.
    UNSENT = "SELECT m.id, m.kind, m.person, m.made_at, \
        (SELECT COUNT(*) FROM mail_try t WHERE t.mail = m.id), (SELECT MAX(t.tried_at) FROM mail_try t WHERE t.mail = m.id) \
        FROM mail m WHERE m.school = $1 \
        AND NOT EXISTS (SELECT 1 FROM mail_try t WHERE t.mail = m.id AND t.outcome <> 'later') \
        ORDER BY m.made_at, m.id LIMIT 1000";
    /// How many of a mail's notices nobody has seen yet, or are told all the same.
    UNSEEN_OF_MAIL = "SELECT COUNT(*) FROM mail_notice m JOIN notice n ON n.id = m.notice \
        LEFT JOIN notice_seen s ON s.notice = m.notice \
        WHERE m.mail = $1 AND (s.notice IS NULL OR substr(n.kind, 1, 4) = 'own-')";
    SENT_SINCE = "SELECT COUNT(*) FROM mail_try WHERE school = $1 AND outcome = 'sent' AND tried_at > $2";
    IS_ENDED = "SELECT outcome FROM mail_try WHERE mail = $1 AND school = $2 AND outcome <> 'later'";
    IS_MAIL = "SELECT id FROM mail WHERE id = $1 AND school = $2";
    ADD_TRY = "INSERT INTO mail_try (id, school, mail, outcome, answer, tried_at) VALUES ($1, $2, $3, $4, $5, $6)";
    ADDRESSES = "SELECT way FROM contact_way WHERE person = $1 AND school = $2 AND kind = 'mail' ORDER BY place";
    IS_HERE = "SELECT id FROM person WHERE id = $1 AND school = $2 AND (left_at IS NULL OR left_at > $3)";

    LAST_SENT = "SELECT MAX(tried_at) FROM mail_try WHERE school = $1 AND outcome = 'sent'";
    LAST_TRY = "SELECT outcome, answer, tried_at FROM mail_try WHERE school = $1 AND outcome <> 'needless' \
        ORDER BY tried_at DESC, id DESC LIMIT 1";
    FAILED = "SELECT t.outcome, t.answer, t.tried_at, m.kind FROM mail_try t JOIN mail m ON m.id = t.mail \
        WHERE t.school = $1 AND t.outcome IN ('refused', 'given-up') AND t.tried_at > $2 \
        ORDER BY t.tried_at DESC, t.id DESC LIMIT 50";
    /// Who holds a duty and has no address, by name.
    WITHOUT_ADDRESS = "SELECT DISTINCT p.id, p.full_name, p.sort_name FROM person p JOIN duty_holding h ON h.person = p.id \
        LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE p.school = $1 AND h.from_at <= $2 AND (e.ends_at IS NULL OR e.ends_at > $2) \
        AND (p.left_at IS NULL OR p.left_at > $2) \
        AND NOT EXISTS (SELECT 1 FROM contact_way w WHERE w.person = p.id AND w.kind = 'mail') \
        ORDER BY p.sort_name, p.id";
}
