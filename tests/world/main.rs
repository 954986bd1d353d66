//! The whole tool on a simulated AWS.
mod bench;
mod broken;
mod chance;
mod contract;
mod crash;
mod kinds;
mod random;
mod reference;
mod specs;
