//! The whole tool on a simulated AWS.
mod bench;
mod chance;
mod crash;
mod random;
mod reference;
mod specs;
