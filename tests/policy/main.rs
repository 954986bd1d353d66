//! The policies that the program prints, without a cloud.
#![cfg(unix)]
mod lint;
mod printed;
mod program;
