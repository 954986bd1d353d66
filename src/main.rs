//! The `copilot-infra` binary.
fn main() {}
