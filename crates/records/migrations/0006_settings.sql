-- Settings with provenance, and the calendar. Every row is a fact: somebody chose this, then, for this reason. None is ever
-- changed or deleted; what is in force is worked out from the newest. A value of NULL means: withdrawn.
--
-- `number` rises by one with each change at the school (values and decisions share it), or in the trust, so that a state of
-- the settings can be named and read again.
CREATE TABLE school_setting (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    setting TEXT NOT NULL,
    value TEXT,
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    clause TEXT,
    decision TEXT,
    PRIMARY KEY (school, number)
);
CREATE INDEX school_setting_by_setting ON school_setting (school, setting, number);

-- A trust's floor or default. `trust` is the code that its schools share; `school` the one where it was set, whose audit
-- log tells of it.
CREATE TABLE trust_setting (
    trust TEXT NOT NULL,
    number BIGINT NOT NULL,
    school TEXT NOT NULL REFERENCES school (id),
    setting TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('floor', 'default')),
    value TEXT,
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    clause TEXT,
    PRIMARY KEY (trust, number)
);
CREATE INDEX trust_setting_by_setting ON trust_setting (trust, setting, number);

-- Where a policy contradicts itself: which of the options somebody chose.
CREATE TABLE setting_decision (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    conflict TEXT NOT NULL,
    chosen TEXT NOT NULL,
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    clause TEXT,
    PRIMARY KEY (school, number)
);
CREATE INDEX setting_decision_by_conflict ON setting_decision (school, conflict, number);

-- The calendar, as versions: the document as it was given, checked before it was kept.
CREATE TABLE calendar_version (
    school TEXT NOT NULL REFERENCES school (id),
    number BIGINT NOT NULL,
    document TEXT NOT NULL,
    set_by TEXT NOT NULL REFERENCES person (id),
    set_at BIGINT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (school, number)
);
