-- What an incident or a case must hold before it closes, and after. Facts of a file, added and never changed; words are sealed, codes stand
-- open where something waits on them with nothing unlocked.

-- At which level of the local thresholds a concern of a child was decided, and why; whether it was referred, and to whom. Of what happened
-- outside school: on which grounds the school acts (empty: on none, it is the parents' matter), and by which policy; NULL: not asked.
CREATE TABLE file_threshold (
    decision TEXT PRIMARY KEY REFERENCES file_decision (id),
    school TEXT NOT NULL REFERENCES school (id),
    level TEXT NOT NULL CHECK (level IN ('universal', 'early-help', 'targeted', 'statutory')),
    local BYTES,
    reasoning BYTES,
    referred BIGINT NOT NULL CHECK (referred IN (0, 1)),
    referred_to BYTES,
    grounds TEXT,
    policy BYTES
);

-- What was considered when an incident or a case was closed: for a child sanction, support and the family's; for an adult what was found,
-- which is sealed, and support.
CREATE TABLE file_considered (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    sanction TEXT CHECK (sanction IN ('given', 'not-given', 'not-ours')),
    sanction_note BYTES,
    support TEXT NOT NULL CHECK (support IN ('offered', 'accepted', 'declined', 'not-offered')),
    support_note BYTES,
    family TEXT CHECK (family IN ('not-theirs', 'offered', 'accepted', 'declined', 'not-offered')),
    family_note BYTES,
    finding BYTES,
    finding_note BYTES,
    person TEXT NOT NULL REFERENCES person (id),
    considered_at BIGINT NOT NULL
);
CREATE INDEX file_considered_by_file ON file_considered (file, considered_at);
CREATE INDEX file_considered_by_time ON file_considered (school, considered_at);

-- What was learned from it after it was closed: when, with whom, what, and what changes or why nothing does.
CREATE TABLE file_debrief (
    considered TEXT PRIMARY KEY REFERENCES file_considered (id),
    school TEXT NOT NULL REFERENCES school (id),
    held_on TEXT NOT NULL,
    who BYTES NOT NULL,
    lessons BYTES NOT NULL,
    course TEXT NOT NULL CHECK (course IN ('change', 'none')),
    words BYTES NOT NULL,
    person TEXT NOT NULL REFERENCES person (id),
    recorded_at BIGINT NOT NULL
);

-- Somebody is not sure how to go on: what they ask stands as something that is theirs to do; whom they ask, and the advice that came.
CREATE TABLE file_unsure (
    action TEXT PRIMARY KEY REFERENCES file_action (id),
    school TEXT NOT NULL REFERENCES school (id),
    whom BYTES NOT NULL
);
CREATE TABLE file_advice (
    action TEXT PRIMARY KEY REFERENCES file_unsure (action),
    school TEXT NOT NULL REFERENCES school (id),
    adviser BYTES NOT NULL,
    advised_at BIGINT NOT NULL
);

-- Two concerns of one child are the same matter: this one was closed as part of the whole. Opening it again ends that.
CREATE TABLE file_part_of (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    file TEXT NOT NULL REFERENCES file (id),
    whole TEXT NOT NULL REFERENCES file (id),
    person TEXT NOT NULL REFERENCES person (id),
    merged_at BIGINT NOT NULL
);
CREATE INDEX file_part_of_by_file ON file_part_of (file, merged_at);
CREATE INDEX file_part_of_by_whole ON file_part_of (whole);
