//! The statements of accounts.

use crate::store::statements;

statements! {
    SCHOOL = "SELECT id FROM school WHERE code = $1";
    CODES = "SELECT code FROM school ORDER BY code LIMIT 2";
    /// A person who may have an account.
    PRESENT = "SELECT id FROM person WHERE school = $1 AND id = $2 AND left_at IS NULL";
    ADD_ACCOUNT = "INSERT INTO account (id, school, person, sign_in_name, made_at) VALUES ($1, $2, $3, $4, $5)";
    CLOSE_ACCOUNT = "INSERT INTO account_closed (account, school, closed_at) VALUES ($1, $2, $3)";
    /// The open account of a name.
    BY_NAME = "SELECT a.id, a.person FROM account a LEFT JOIN account_closed c ON c.account = a.id \
        WHERE a.school = $1 AND a.sign_in_name = $2 AND c.account IS NULL";
    /// The open account of a person.
    BY_PERSON = "SELECT a.id, a.sign_in_name FROM account a LEFT JOIN account_closed c ON c.account = a.id \
        WHERE a.school = $1 AND a.person = $2 AND c.account IS NULL";
    /// Every account, with whether it is closed and under what its key is wrapped.
    ACCOUNTS = "SELECT a.person, a.sign_in_name, a.made_at, c.closed_at, w.kind, p.full_name, p.kind, p.left_at \
        FROM account a JOIN person p ON p.id = a.person \
        LEFT JOIN account_closed c ON c.account = a.id \
        LEFT JOIN holder_key k ON k.person = a.person AND k.school = a.school \
            AND NOT EXISTS (SELECT 1 FROM holder_key_ended e WHERE e.holder_key = k.id) \
        LEFT JOIN holder_wrap w ON w.holder_key = k.id AND w.kind IN ('one-time', 'password') \
        WHERE a.school = $1 ORDER BY a.sign_in_name, a.made_at";

    WITHOUT_ACCOUNT = "SELECT p.id, p.full_name FROM person p WHERE p.school = $1 AND p.kind = 'staff' AND p.left_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM account a LEFT JOIN account_closed c ON c.account = a.id \
            WHERE a.person = p.id AND c.account IS NULL) ORDER BY p.sort_name, p.id";

    /// Everybody but this person to whom concerns come, or came since.
    OTHER_HEARERS = "SELECT DISTINCT h.person FROM duty_holding h LEFT JOIN duty_holding_end e ON e.holding = h.id \
        WHERE h.school = $1 AND h.person <> $2 AND h.duty IN ('head', 'dsl', 'deputy-dsl', 'chair', 'trust-lead') \
        AND (e.ends_at IS NULL OR e.ends_at > $3) ORDER BY h.person";
    /// Whether somebody's account was closed at this moment.
    CLOSED_AT = "SELECT a.id FROM account a JOIN account_closed c ON c.account = a.id \
        WHERE a.school = $1 AND a.person = $2 AND c.closed_at = $3 LIMIT 1";

    /// What somebody is called.
    OWN_NAME = "SELECT full_name, preferred_name FROM person WHERE school = $1 AND id = $2";

    ADD_SEALED = "INSERT INTO sealed_sign_in (id, school, digest, made_by, made_at) VALUES ($1, $2, $3, $4, $5)";
    END_SEALED = "INSERT INTO sealed_sign_in_ended (sealed_sign_in, school, ended_at) VALUES ($1, $2, $3)";
    ADD_SEALED_USE = "INSERT INTO sealed_sign_in_use (sealed_sign_in, school, reason, used_at, until_at, review_by) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    ADD_SEALED_REVIEW = "INSERT INTO sealed_sign_in_review (sealed_sign_in, school, reviewer, was_right, reviewed_at) \
        VALUES ($1, $2, $3, $4, $5)";
    SEALED_BY_DIGEST = "SELECT id FROM sealed_sign_in WHERE school = $1 AND digest = $2";
    /// One code with its use, its review and its end.
    SEALED_ONE = "SELECT s.id, s.made_by, s.made_at, u.reason, u.used_at, u.until_at, u.review_by, r.was_right, e.ended_at, s.digest \
        FROM sealed_sign_in s LEFT JOIN sealed_sign_in_use u ON u.sealed_sign_in = s.id \
        LEFT JOIN sealed_sign_in_review r ON r.sealed_sign_in = s.id \
        LEFT JOIN sealed_sign_in_ended e ON e.sealed_sign_in = s.id WHERE s.school = $1 AND s.id = $2";
    /// Every code, as [`SEALED_ONE`], newest first.
    SEALED_ALL = "SELECT s.id, s.made_by, s.made_at, u.reason, u.used_at, u.until_at, u.review_by, r.was_right, e.ended_at, s.digest \
        FROM sealed_sign_in s LEFT JOIN sealed_sign_in_use u ON u.sealed_sign_in = s.id \
        LEFT JOIN sealed_sign_in_review r ON r.sealed_sign_in = s.id \
        LEFT JOIN sealed_sign_in_ended e ON e.sealed_sign_in = s.id WHERE s.school = $1 ORDER BY s.made_at DESC, s.id DESC";
    /// Those that lie in the safe.
    SEALED_LEFT = "SELECT s.id FROM sealed_sign_in s LEFT JOIN sealed_sign_in_use u ON u.sealed_sign_in = s.id \
        LEFT JOIN sealed_sign_in_ended e ON e.sealed_sign_in = s.id \
        WHERE s.school = $1 AND u.sealed_sign_in IS NULL AND e.sealed_sign_in IS NULL";
    /// Who signed in since a moment.
    SIGNED_IN_SINCE = "SELECT DISTINCT actor FROM audit_entry WHERE school = $1 AND act = 'signed-in' AND outcome = 'done' \
        AND moment >= $2";

    TRIES = "SELECT failures, last_at FROM sign_in_try WHERE school = $1 AND who = $2";
    COUNT_TRY = "INSERT INTO sign_in_try (school, who, failures, last_at) VALUES ($1, $2, 1, $3) \
        ON CONFLICT (school, who) DO UPDATE SET failures = sign_in_try.failures + 1, last_at = excluded.last_at";
    FORGET_TRIES = "DELETE FROM sign_in_try WHERE school = $1 AND who = $2";
    TAKE_TRY_BACK = "UPDATE sign_in_try SET failures = failures - 1 WHERE school = $1 AND who = $2 AND failures > 0";
    /// All lanes but so many; those with the fewest tries go first, the oldest of them before the others.
    FORGET_FEW_TRIES = "DELETE FROM sign_in_try WHERE (failures, last_at, who) < (SELECT t.failures, t.last_at, t.who \
        FROM sign_in_try t ORDER BY t.failures DESC, t.last_at DESC, t.who DESC LIMIT 1 OFFSET $1)";
    /// Whether the owner of a name signed in whole in the browser that keeps a word.
    KNOWN_BROWSER = "SELECT b.id FROM known_browser b JOIN account a ON a.school = b.school AND a.person = b.person \
        LEFT JOIN account_closed c ON c.account = a.id \
        WHERE b.school = $1 AND a.sign_in_name = $2 AND b.digest = $3 AND b.until_at > $4 AND c.account IS NULL";
    FORGET_OLD_TRIES = "DELETE FROM sign_in_try WHERE last_at < $1";

    // Second steps.
    /// Somebody's authenticator app, while the key to which its secret is sealed is in force.
    AUTHENTICATOR = "SELECT a.id, a.holder_key, a.secret, a.last_step, a.made_at FROM authenticator a \
        LEFT JOIN holder_key_ended e ON e.holder_key = a.holder_key \
        WHERE a.school = $1 AND a.person = $2 AND e.holder_key IS NULL";
    ADD_AUTHENTICATOR = "INSERT INTO authenticator (id, school, person, holder_key, secret, last_step, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    DROP_AUTHENTICATORS = "DELETE FROM authenticator WHERE school = $1 AND person = $2";
    /// A code of a step counts once, and none of an earlier one after it.
    USE_STEP = "UPDATE authenticator SET last_step = $3 WHERE school = $1 AND id = $2 AND last_step < $3";
    /// The set of somebody's spare codes that is in force.
    SPARE_CODES = "SELECT id, digest, used_at FROM spare_code WHERE school = $1 AND person = $2 AND ended_at IS NULL \
        ORDER BY id";
    END_SPARE_CODES = "UPDATE spare_code SET ended_at = $3 WHERE school = $1 AND person = $2 AND ended_at IS NULL";
    ADD_SPARE_CODE = "INSERT INTO spare_code (id, school, person, digest, made_at) VALUES ($1, $2, $3, $4, $5)";
    USE_SPARE_CODE = "UPDATE spare_code SET used_at = $3 WHERE school = $1 AND id = $2 AND used_at IS NULL";
    DROP_SPARE_CODES = "DELETE FROM spare_code WHERE school = $1 AND person = $2";
    PASSKEYS = "SELECT p.id, p.site, p.handle, p.credential, p.title, p.fixed, p.counted, p.made_at, p.used_at, w.id \
        FROM passkey p LEFT JOIN passkey_wrap w ON w.passkey = p.id \
        WHERE p.school = $1 AND p.person = $2 ORDER BY p.id";
    ADD_PASSKEY = "INSERT INTO passkey (id, school, person, site, handle, credential, title, fixed, counted, made_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Whose a credential is.
    PASSKEY_OF = "SELECT school, person, id FROM passkey WHERE credential = $1";
    USE_PASSKEY = "UPDATE passkey SET counted = $3, used_at = $4 WHERE school = $1 AND id = $2";
    DROP_PASSKEY_WRAP = "DELETE FROM passkey_wrap WHERE school = $1 AND passkey = $2";
    DROP_PASSKEY = "DELETE FROM passkey WHERE school = $1 AND person = $2 AND id = $3";
    DROP_PASSKEYS = "DELETE FROM passkey WHERE school = $1 AND person = $2";
    DROP_PASSKEY_WRAPS = "DELETE FROM passkey_wrap WHERE school = $1 AND passkey IN \
        (SELECT id FROM passkey WHERE school = $1 AND person = $2)";
    /// Whether what somebody showed beside their password is still theirs.
    STEP_STANDS = "SELECT id FROM authenticator WHERE school = $1 AND person = $2 AND id = $3 \
        UNION ALL SELECT id FROM spare_code WHERE school = $1 AND person = $2 AND id = $3 \
        UNION ALL SELECT id FROM passkey WHERE school = $1 AND person = $2 AND id = $3";
    SCHOOL_NAME = "SELECT name FROM school WHERE id = $1";
    // Passwords.
    /// What stands near everybody at a school.
    NEAR_SCHOOL = "SELECT name, code FROM school WHERE id = $1";
    /// What stands near one person, and what they are.
    NEAR_PERSON = "SELECT full_name, preferred_name, kind FROM person WHERE school = $1 AND id = $2";
    OWN_WORDS = "SELECT word FROM password_word WHERE school = $1";
    OWN_WORD_ROWS = "SELECT word, added_by, added_at FROM password_word WHERE school = $1 ORDER BY added_at DESC, word";
    OWN_WORD_COUNT = "SELECT COUNT(*) FROM password_word WHERE school = $1";
    ADD_OWN_WORD = "INSERT INTO password_word (school, word, added_by, added_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (school, word) DO NOTHING";
    FORMER_PASSWORDS = "SELECT mark FROM password_set WHERE school = $1 AND person = $2";
    NOTE_PASSWORD = "INSERT INTO password_set (id, school, person, holder_key, mark, rule, set_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// All of somebody's but the newest, and so many before it.
    DROP_OLD_PASSWORDS = "DELETE FROM password_set WHERE school = $1 AND person = $2 AND id < \
        (SELECT s.id FROM password_set s WHERE s.school = $1 AND s.person = $2 ORDER BY s.id DESC LIMIT 1 OFFSET $3)";
    /// When somebody set the password in force.
    OWN_AGE = "SELECT p.kind, w.made_at FROM person p JOIN holder_key k ON k.person = p.id AND k.school = p.school \
        JOIN holder_wrap w ON w.holder_key = k.id AND w.kind = 'password' \
        LEFT JOIN holder_key_ended e ON e.holder_key = k.id \
        WHERE p.school = $1 AND p.id = $2 AND e.holder_key IS NULL";
    /// The same of everybody with an open account, and the rule that it was set under.
    AGES = "SELECT p.id, p.full_name, p.kind, w.made_at, (SELECT s.rule FROM password_set s \
            WHERE s.holder_key = k.id ORDER BY s.set_at DESC, s.id DESC LIMIT 1) \
        FROM account a JOIN person p ON p.id = a.person AND p.school = a.school AND p.left_at IS NULL \
        LEFT JOIN account_closed c ON c.account = a.id \
        JOIN holder_key k ON k.person = p.id AND k.school = p.school \
        JOIN holder_wrap w ON w.holder_key = k.id AND w.kind = 'password' \
        LEFT JOIN holder_key_ended e ON e.holder_key = k.id \
        WHERE a.school = $1 AND c.account IS NULL AND e.holder_key IS NULL ORDER BY p.id";
    FORGET_PASSWORDS = "DELETE FROM password_set WHERE school = $1 AND person = $2";

    // How people came in.
    BROWSER_OF = "SELECT id FROM known_browser WHERE school = $1 AND person = $2 AND digest = $3 AND until_at > $4";
    EVER_IN = "SELECT id FROM recent_sign_in WHERE school = $1 AND person = $2 LIMIT 1";
    /// A browser's word is a new one at each sign-in, for all who use it.
    RENEW_BROWSER = "UPDATE known_browser SET digest = $3 WHERE school = $1 AND digest = $2";
    SEE_BROWSER = "UPDATE known_browser SET last_at = $4, until_at = $5 \
        WHERE school = $1 AND person = $2 AND digest = $3";
    ADD_BROWSER = "INSERT INTO known_browser (id, school, person, digest, last_at, until_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    FORGET_ENDED_BROWSERS = "DELETE FROM known_browser WHERE until_at <= $1";
    /// All of somebody's but so many that were used last.
    FORGET_OLD_BROWSERS = "DELETE FROM known_browser WHERE school = $1 AND person = $2 AND (last_at, id) < \
        (SELECT b.last_at, b.id FROM known_browser b WHERE b.school = $1 AND b.person = $2 \
        ORDER BY b.last_at DESC, b.id DESC LIMIT 1 OFFSET $3)";
    FORGET_BROWSERS_BUT = "DELETE FROM known_browser WHERE school = $1 AND person = $2 AND digest <> $3";
    ADD_RECENT = "INSERT INTO recent_sign_in (id, school, person, browser, place, odd, at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FORGET_OLD_RECENT = "DELETE FROM recent_sign_in WHERE school = $1 AND person = $2 AND (at < $3 OR id < \
        (SELECT r.id FROM recent_sign_in r WHERE r.school = $1 AND r.person = $2 ORDER BY r.id DESC LIMIT 1 OFFSET $4))";
    RECENT = "SELECT browser, place, odd, at FROM recent_sign_in WHERE school = $1 AND person = $2 ORDER BY id DESC";
    FORGET_RECENT = "DELETE FROM recent_sign_in WHERE school = $1 AND person = $2";
    /// A notice of this kind that its person has not put away.
    WAITING_NOTICE = "SELECT n.id FROM notice n LEFT JOIN notice_seen s ON s.notice = n.id \
        WHERE n.school = $1 AND n.person = $2 AND n.kind = $3 AND s.notice IS NULL LIMIT 1";
    ADVICE_READ = "SELECT read_at FROM advice_read WHERE school = $1 AND person = $2 AND edition = $3";
    READ_ADVICE = "INSERT INTO advice_read (school, person, edition, read_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (school, person, edition) DO NOTHING";
    /// Everybody with an open account, and whether they read this edition of the advice.
    ADVICE_COUNTS = "SELECT COUNT(*), COUNT(r.person) FROM account a LEFT JOIN account_closed c ON c.account = a.id \
        LEFT JOIN advice_read r ON r.school = a.school AND r.person = a.person AND r.edition = $2 \
        WHERE a.school = $1 AND c.account IS NULL";
}
