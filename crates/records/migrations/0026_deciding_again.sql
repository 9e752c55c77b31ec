-- A decision comes back until it is carried out: when it is looked at again, and whether the call that a referral asks for was made
-- before it was decided. Decisions from before have no day: what was only watched is due at once.
ALTER TABLE file_decision ADD COLUMN review TEXT;
ALTER TABLE file_decision ADD COLUMN is_rung BIGINT;

-- Who of the school raised what waits: about somebody who is in no list of the school. Nobody, of what came through a door.
ALTER TABLE report_waiting ADD COLUMN raised_by TEXT REFERENCES person (id);
