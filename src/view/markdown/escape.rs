//! Escapes text for Markdown and HTML.

/// Renders text as a code span, which works in a table cell too.
pub(super) fn code_span(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    if text.contains('`') { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// Escapes text so that Markdown interprets nothing but its code spans.
pub(super) fn plain_text(text: &str) -> String {
    escape_html(&text.replace(['\n', '\r'], " ")).replace('|', "\\|").replace('@', "&#64;")
}

/// Escapes text for HTML.
pub(super) fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Cuts text to at most this many characters.
pub(super) fn clip_text(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Returns the length of the longest run of backticks; a fence must be longer.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}
