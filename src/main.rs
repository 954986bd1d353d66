//! The `copilot-infra` binary: parse, run, exit.
use std::process::exit;

fn main() {
    exit(copilot_infra::commands::main(std::env::args_os()).number().into())
}
