//! The real program as its user runs it: started from its file, spoken to over sockets, ended by signals.
//! One test program for all of it, so that it is linked once and its waits overlap.

mod asking;
mod browser;
mod by_command;
mod by_command_seldom;
mod commands;
mod common;
mod demonstration;
mod desk;
mod doctor;
mod failing;
mod files;
mod held_log;
mod listed;
mod log;
mod names;
mod own_ports;
mod records;
mod reloads;
mod school;
mod secure;
mod service;
#[path = "../../../core/tests/skipped/mod.rs"]
mod skipped;
mod ways_in;
