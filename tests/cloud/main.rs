//! The built program against `MiniStack`, read back with boto3: what a user gets, end to end.
//!
//! The program's own `local` sets the cloud up (over the network, the first time) below the user's cache folder,
//! or below `COPILOT_INFRA_CACHE`. Every test has an account of its own, so all run side by side.
#![cfg(unix)]
mod boto;
mod cloud;
mod proxy;
mod specs;

mod drift;
mod edits;
mod examples;
mod foreign;
mod gone;
mod inputs;
mod preflight;
mod reference;
mod stop;
mod tools;
mod trouble;
