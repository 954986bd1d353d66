//! What the tests share.
pub(crate) mod account;
pub(crate) mod bench;
pub(crate) mod boto;
pub(crate) mod client;
pub(crate) mod empty;
pub(crate) mod gate;
pub(crate) mod network;
pub(crate) mod policies;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod screen;
pub(crate) mod specs;
pub(crate) mod stack;
pub(crate) mod stand_in;
