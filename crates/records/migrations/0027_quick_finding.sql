-- Finding without reading a whole table, in a school with tens of thousands of files.
CREATE INDEX file_by_compartment ON file (compartment);
CREATE INDEX file_by_origin ON file (came_from);
CREATE INDEX file_entry_by_amended ON file_entry (amends);
CREATE INDEX hold_by_file ON hold (file);
CREATE INDEX hold_by_compartment ON hold (compartment);
CREATE INDEX emergency_by_compartment ON emergency (compartment);
CREATE INDEX report_waiting_by_compartment ON report_waiting (compartment);
CREATE INDEX report_by_entry ON report (entry);
CREATE INDEX notice_by_time ON notice (school, made_at);
