//! The function code in `templates/`, embedded in the binary.
//!
//! A list by hand rather than a folder by macro: nothing that lies about in the folder gets into a release, and a
//! test compares the list with the folder.

use super::folder_walk::{Content, PackedFile};

type EmbeddedFile = (&'static str, &'static [u8]);

macro_rules! template {
    ($folder:literal: $($path:literal),+ $(,)?) => {
        ($folder, &[$(($path, include_bytes!(concat!("../../templates/", $folder, "/", $path)))),+])
    };
}

const TEMPLATES: &[(&str, &[EmbeddedFile])] = &[
    template!("websocket-authorizer":
        "README.md",
        "authorizer.mjs",
        "package-lock.json",
        "package.json",
        "token.mjs",
    ),
    template!("websocket-handlers":
        "README.md",
        "lib/answer.mjs",
        "lib/aws.mjs",
        "lib/budget.mjs",
        "lib/channel.mjs",
        "lib/coalesce.mjs",
        "lib/connections.mjs",
        "lib/conversations.mjs",
        "lib/frames.mjs",
        "lib/input.mjs",
        "lib/invoke-async.mjs",
        "lib/log.mjs",
        "lib/mask.mjs",
        "lib/model.mjs",
        "lib/open-answers.mjs",
        "lib/pseudonym.mjs",
        "lib/rate-limit.mjs",
        "lib/respond.mjs",
        "lib/route.mjs",
        "lib/services.mjs",
        "lib/text.mjs",
        "lib/turn.mjs",
        "lib/user.mjs",
        "package.json",
        "routes/answer.mjs",
        "routes/connect.mjs",
        "routes/disconnect.mjs",
        "routes/message.mjs",
        "websocket-handler.mjs",
    ),
];

/// Returns the files of a template; none of them is executable.
pub(super) fn embedded_files(name: &str) -> Option<Vec<PackedFile>> {
    let (_, sources) = TEMPLATES.iter().find(|(known, _)| *known == name)?;
    Some(sources.iter().map(to_packed_file).collect())
}

/// Returns the names of the templates.
pub(super) fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

fn to_packed_file((path, data): &EmbeddedFile) -> PackedFile {
    let content = Content::File { data: data.to_vec(), executable: false };
    PackedFile { path: (*path).to_owned(), content }
}

/// Returns the contents of a file of a template, which has no links.
pub(super) fn data_of(file: &PackedFile) -> &[u8] {
    match &file.content {
        Content::File { data, .. } => data,
        Content::Link(_) => &[],
    }
}
