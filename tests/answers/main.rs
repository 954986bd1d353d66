//! What the program makes of settings that lead nowhere, and of answers that AWS would not give.
#![cfg(unix)]
mod failures;
mod settings;
mod standin;
mod unreadable;
