//! The whole tool on a simulated AWS.
#![recursion_limit = "256"]
mod bench;
mod broken;
mod chance;
mod contract;
mod crash;
mod kinds;
mod patience;
mod random;
mod reference;
mod rights;
mod specs;
