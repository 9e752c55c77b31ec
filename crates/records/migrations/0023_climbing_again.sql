-- What waits is looked for by when it was opened and by when somebody said that they have it, too: a file that was moved or divided holds
-- older reports, and a word counts only while whoever gave it may read the file.
CREATE INDEX file_by_opening ON file (school, opened_at);
CREATE INDEX file_acknowledged_by_time ON file_acknowledged (school, acknowledged_at);
