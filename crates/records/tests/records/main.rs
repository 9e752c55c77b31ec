//! The store and everything in it, through the verbs: each test runs on SQLite and on a real PostgreSQL.
//!
//! `ground` starts the engines; `both!(name, …);` makes two tests, `name::embedded` and `name::server`, of each function
//! `async fn name(ground: Ground)`. Where Debian's `postgresql` is not installed, the second half says so and passes.

mod altered_entries;
mod answering;
mod audit;
mod audit_asked;
mod backup;
mod backup_proof;
mod calendar;
mod canary;
mod climbing;
mod closure;
mod console;
mod contacts;
mod decided;
mod doors;
mod erase;
mod files;
mod filing;
mod filled;
mod finding;
mod first_run;
mod first_trust_lead;
mod gate_rights;
mod golden;
mod ground;
mod hearers_family;
mod held_log;
mod holding;
mod kept_for_now;
mod killed;
mod leaves_an_entry;
mod mail;
mod named_adults;
mod nobody_alone;
mod open_files;
mod passwords;
mod people;
mod people_import;
mod people_school;
mod postgres;
mod postgres_secure;
mod pupils_heard;
mod pupils_ways;
mod raising;
mod refusals;
mod register;
mod revoked;
mod school;
mod sealed_sign_in;
mod sealing;
mod second_look;
mod second_step;
mod settings;
mod sign_on;
#[path = "../../../core/tests/skipped/mod.rs"]
mod skipped;
mod store;
mod tampered;
mod third_look;
mod told_of_files;
mod trends;
mod waits;
mod what_broke;
