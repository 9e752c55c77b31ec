//! The clock and the post: fetching lists, and compiling what they bring.
//!
//! [`lists`] keeps the sources that a school has chosen, fetches them, and holds back what a person should look at
//! first. [`compile`] turns everything approved, and the starter set, into one content file. [`data_folder`] is where the
//! documents and all that is made of them lie, and [`keeper`] holds what of it is in force. [`publisher`] looks into the
//! records' store and hands the keeper what is to be in force from there; [`backup`] and [`checkpoints`] are what is done for it by the
//! clock, [`climbing`] passes on what nobody answers, [`held_log`] what is done before a file of the gate's log goes, and [`standing`] tells how it stands.

pub mod asking;
pub mod backup;
pub mod checkpoints;
pub mod climbing;
pub mod command;
pub mod compile;
pub mod compile_in_child;
pub mod data_folder;
mod files;
pub mod held_log;
pub mod keeper;
pub mod links;
pub mod lists;
pub mod mail;
pub mod publisher;
pub mod retention;
pub mod standing;
