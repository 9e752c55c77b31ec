-- What is somebody's own is looked up each time they open their first page.
CREATE INDEX file_assigned_by_owner ON file_assigned (school, owner);
CREATE INDEX file_action_by_owner ON file_action (school, owner);
CREATE INDEX file_admission_by_person ON file_admission (school, person);
