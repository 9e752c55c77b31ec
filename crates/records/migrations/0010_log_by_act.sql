-- The log is asked who was given what, at every act: by what it is about and the kind of act, so that a long history of reads
-- costs nothing.
CREATE INDEX audit_entry_by_act ON audit_entry (school, resource_kind, resource, act, number);
