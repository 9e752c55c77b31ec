//! The store and everything in it, through the verbs: each test runs on SQLite and on a real PostgreSQL.
//!
//! `ground` starts the engines; `both!(name, …);` makes two tests, `name::embedded` and `name::server`, of each function
//! `async fn name(ground: Ground)`. Where Debian's `postgresql` is not installed, the second half says so and passes.

mod audit;
mod canary;
mod sealing;
mod erase;
mod files;
mod filing;
mod calendar;
mod decided;
mod filled;
mod ground;
mod people;
mod people_import;
mod people_school;
mod postgres;
mod settings;
mod store;
mod backup;
mod killed;
mod what_broke;
mod golden;
mod school;
mod closure;
