-- The machine's mark on each entry of the audit log: who can write here, and has not the machine's key, cannot make one. What
-- was written before this step is marked as it is taken over.
ALTER TABLE audit_entry ADD COLUMN proof BYTES;
