-- Neutral codes that were somebody's and are nobody's any more: of people who were erased, or who go by another code now. They
-- lead to nobody here; the gate's log knows somebody by them until its own retention ends, so nobody is given one again.
CREATE TABLE gate_code_spent (
    school TEXT NOT NULL REFERENCES school (id),
    code TEXT NOT NULL,
    PRIMARY KEY (school, code)
);
