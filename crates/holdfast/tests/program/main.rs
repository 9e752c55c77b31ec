//! The real program as its user runs it: started from its file, spoken to over sockets, ended by signals.
//! One test program for all of it, so that it is linked once and its waits overlap.

mod asking;
mod browser;
mod commands;
mod common;
mod demonstration;
mod doctor;
mod failing;
mod files;
mod listed;
mod log;
mod names;
mod own_ports;
mod records;
mod reloads;
mod school;
mod secure;
mod service;
