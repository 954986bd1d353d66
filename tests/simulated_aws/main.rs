//! The whole tool on a simulated AWS.
#![recursion_limit = "256"]
#![expect(clippy::disallowed_methods, reason = "time is virtual here, and variables set how much is tried")]
mod answers;
mod back_doors;
mod bench;
mod broken;
mod callers;
mod chance;
mod contract;
mod crash;
mod data_kept;
mod domains;
mod dynamodb_facts;
mod foreign_tags;
mod kinds;
mod large;
mod late;
mod leases;
mod logs;
mod models;
mod patience;
mod random;
mod reference;
mod renames;
mod rights;
mod roles;
mod routes;
mod specs;
mod tables;
mod tag_alone;
