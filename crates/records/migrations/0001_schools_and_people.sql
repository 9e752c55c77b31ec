-- Schools, and the people that every other table refers to.
CREATE TABLE school (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    trust TEXT,
    created_at BIGINT NOT NULL
);

-- A person of a school. `kind`: pupil, staff, parent, visitor, governor, outside. `number` is the school's own number for
-- them. `sort_name`, `search_key` and `name_key` are made by us (people/names.rs), so that both engines sort and find alike.
-- `gate_code` is the neutral id that the gate and its log know; `revision` rises with each change, so that two people who
-- change one row do not undo each other.
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    kind TEXT NOT NULL CHECK (kind IN ('pupil', 'staff', 'parent', 'visitor', 'governor', 'outside')),
    staff_kind TEXT CHECK (staff_kind IN ('employed', 'supply', 'volunteer', 'contractor')),
    number TEXT,
    full_name TEXT NOT NULL,
    preferred_name TEXT,
    sort_name TEXT NOT NULL,
    search_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    date_of_birth TEXT,
    language TEXT,
    interpreter_needed BIGINT NOT NULL,
    gate_code TEXT NOT NULL,
    gate_group TEXT,
    gate_sign_in TEXT,
    gate_password_hash TEXT,
    gate_resolver_name TEXT,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    left_at BIGINT,
    UNIQUE (school, gate_code)
);
CREATE INDEX person_by_name ON person (school, sort_name);
CREATE INDEX person_by_name_key ON person (school, name_key);
CREATE UNIQUE INDEX person_by_number ON person (school, number);
CREATE UNIQUE INDEX person_by_gate_sign_in ON person (school, gate_sign_in);
CREATE UNIQUE INDEX person_by_resolver_name ON person (school, gate_resolver_name);

-- Classes and who belongs to them; `part`: learns or teaches.
CREATE TABLE class (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (school, code)
);
CREATE TABLE class_member (
    school TEXT NOT NULL REFERENCES school (id),
    class TEXT NOT NULL REFERENCES class (id),
    person TEXT NOT NULL REFERENCES person (id),
    part TEXT NOT NULL CHECK (part IN ('learns', 'teaches')),
    PRIMARY KEY (class, person, part)
);
CREATE INDEX class_member_by_person ON class_member (person);

-- Duties: facts, never changed. A holding begins and may be ended; `is_deputy` means that it acts while the holder is away.
CREATE TABLE duty_holding (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    duty TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    is_deputy BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX duty_holding_by_school ON duty_holding (school, duty);
CREATE TABLE duty_holding_end (
    holding TEXT PRIMARY KEY REFERENCES duty_holding (id),
    school TEXT NOT NULL REFERENCES school (id),
    ends_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- Absence of somebody who holds duties: from, until (open when nobody knows). That they are back sooner is a fact of its own.
CREATE TABLE absence (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    person TEXT NOT NULL REFERENCES person (id),
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX absence_by_person ON absence (person);
CREATE TABLE absence_end (
    absence TEXT PRIMARY KEY REFERENCES absence (id),
    school TEXT NOT NULL REFERENCES school (id),
    ended_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
