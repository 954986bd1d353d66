//! `init`: writes a starter spec.
use std::{fs::File, io::Write, path::Path};

use crate::{
    diagnostic::{ExitCode, Failure},
    ui::Ui,
};

const STARTER: &str = include_str!("../../templates/copilot.yaml");

pub(super) fn write_starter_spec(ui: &Ui, target: &Path) -> Result<ExitCode, Failure> {
    let shown = target.display();
    // An existing file is never overwritten: it may be somebody's work.
    let file = File::create_new(target).and_then(|mut file| file.write_all(STARTER.as_bytes()));
    match file {
        Ok(()) => {
            ui.print_status(&format!(
                "wrote `{shown}`; next: edit it, then `copilot-infra validate -f {shown}`"
            ));
            Ok(ExitCode::Success)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Failure::failed(format!(
            "`{shown}` exists already; name another file, or move it away first"
        ))),
        Err(error) => Err(Failure::failed(format!("cannot write `{shown}`: {error}"))),
    }
}
