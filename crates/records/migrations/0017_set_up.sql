-- What of a school's set-up somebody saw to: which step, about what (a custodian's row, for a code that was typed back). A step
-- that is not here is not yet done.
CREATE TABLE set_up_step (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    step TEXT NOT NULL,
    about TEXT NOT NULL,
    done_at BIGINT NOT NULL
);
CREATE INDEX set_up_step_by_school ON set_up_step (school, step);

-- A sealed emergency sign-in: a code on paper in the school's safe. Here lies its digest only; the code has a hundred random bits.
CREATE TABLE sealed_sign_in (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    digest BYTES NOT NULL,
    made_by TEXT NOT NULL REFERENCES person (id),
    made_at BIGINT NOT NULL
);
CREATE TABLE sealed_sign_in_ended (
    sealed_sign_in TEXT PRIMARY KEY REFERENCES sealed_sign_in (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL
);
-- It is used once. `reason` is one of a fixed list.
CREATE TABLE sealed_sign_in_use (
    sealed_sign_in TEXT PRIMARY KEY REFERENCES sealed_sign_in (id),
    school TEXT NOT NULL REFERENCES school (id),
    reason TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    review_by BIGINT NOT NULL
);
CREATE TABLE sealed_sign_in_review (
    sealed_sign_in TEXT PRIMARY KEY REFERENCES sealed_sign_in (id),
    school TEXT NOT NULL REFERENCES school (id),
    reviewer TEXT NOT NULL REFERENCES person (id),
    was_right BIGINT NOT NULL,
    reviewed_at BIGINT NOT NULL
);
