//! The binary as its users meet it: exit codes, leases, signals and terminals, against the local cloud.
//!
//! `COPILOT_INFRA_CACHE` keeps what is installed between runs; without it the first run installs anew.
#![cfg(unix)]
mod cloud;
mod events;
mod exit_codes;
mod gate;
mod leases;
mod program;
mod screen;
mod signals;
mod terminals;
mod troubles;
mod warnings;
