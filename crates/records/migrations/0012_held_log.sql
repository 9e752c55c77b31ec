-- Lines of the gate's log about somebody whose records are held, taken out of a day file before it went: for each hold a copy
-- of its own, sealed to the hold's compartment, or to its file's. `day_file` is the name of the file, and `origin` tells two
-- files of one name apart (two machines of a school each begin one a day); `stretch` is which part of the file it is. A stretch
-- stands once under a hold, however often a file is looked through.
CREATE TABLE held_log (
    id TEXT PRIMARY KEY,
    school TEXT NOT NULL REFERENCES school (id),
    hold TEXT NOT NULL REFERENCES hold (id),
    day_file TEXT NOT NULL,
    origin TEXT NOT NULL,
    stretch BIGINT NOT NULL,
    lines BYTES NOT NULL,
    kept_at BIGINT NOT NULL,
    UNIQUE (hold, day_file, origin, stretch)
);
