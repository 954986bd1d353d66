//! `init`: writes a starter spec.
use std::{fs::File, io::Write, path::Path};

use crate::{exit::Failure, world::World};

const STARTER: &str = include_str!("../../templates/copilot.yaml");

pub(super) fn run(world: &World, target: &Path) -> Result<i32, Failure> {
    let shown = target.display();
    // Never over an existing file: what stands there may be somebody's work.
    let file = File::create_new(target).and_then(|mut file| file.write_all(STARTER.as_bytes()));
    match file {
        Ok(()) => {
            world.say(&format!("wrote `{shown}`; next: edit it, then `copilot-infra validate -f {shown}`"));
            Ok(0)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Failure::File(format!("`{shown}` exists already; name another file, or move it away first")))
        }
        Err(error) => Err(Failure::File(format!("cannot write `{shown}`: {error}"))),
    }
}
