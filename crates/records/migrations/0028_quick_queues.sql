-- The files that may be open: every open one is among them, and some that are not. What is open is decided by the facts about each; this
-- only says which to look at, in a school with tens of thousands of closed ones.
CREATE TABLE open_file (
    file TEXT PRIMARY KEY REFERENCES file (id),
    school TEXT NOT NULL REFERENCES school (id)
);
CREATE INDEX open_file_by_school ON open_file (school, file);
INSERT INTO open_file (file, school) SELECT id, school FROM file;

-- What one key of somebody opens, without reading the wraps themselves.
CREATE INDEX compartment_wrap_by_key ON compartment_wrap (school, person, holder_key, compartment, generation);
