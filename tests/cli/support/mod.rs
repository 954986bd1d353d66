//! What the tests share: the program, the local cloud, what stands between them, and what both are asked with.
pub(crate) mod account;
pub(crate) mod bedrock;
pub(crate) mod boto;
pub(crate) mod client;
pub(crate) mod gate;
pub(crate) mod install;
pub(crate) mod local_cloud;
pub(crate) mod network;
pub(crate) mod program;
pub(crate) mod project;
pub(crate) mod proxy;
pub(crate) mod schema;
pub(crate) mod screen;
pub(crate) mod specs;
pub(crate) mod stack;
pub(crate) mod stand_in;
pub(crate) mod tls_proxy;
