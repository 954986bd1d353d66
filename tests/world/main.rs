//! The whole tool on a simulated AWS.
mod bench;
mod crash;
mod reference;
mod specs;
