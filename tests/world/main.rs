//! The whole tool on a simulated AWS.
mod bench;
mod reference;
