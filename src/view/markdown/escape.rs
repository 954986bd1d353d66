//! Escapes text for Markdown and HTML. Every text of others gets into the page through here, each on one line.
use crate::diagnostic::untrusted::untrusted_line;

/// Renders text as a code span, which works in a table cell too.
pub(super) fn code_span(text: &str) -> String {
    let text = untrusted_line(text).replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    if text.contains('`') { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}

/// Adds text as a line of a fenced block.
pub(super) fn push_code_line(block: &mut String, text: &str) {
    block.push_str(&untrusted_line(text));
    block.push('\n');
}

/// Escapes text so that Markdown makes nothing of it but code spans where it has backticks.
pub(super) fn plain_text(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, after)| Some((before, after.split_once('`')?)))
    {
        out.push_str(&escape_words(before));
        // An empty code span would be a fence.
        out.push_str(&if code.trim().is_empty() { String::new() } else { code_span(code) });
        rest = after;
    }
    out + &escape_words(rest)
}

/// Escapes text that Markdown would make emphasis, links, images, headings or mentions of.
fn escape_words(text: &str) -> String {
    let escape = |sign: char| {
        if "\\`[]!*_~|#".contains(sign) { format!("\\{sign}") } else { sign.to_string() }
    };
    let text: String = untrusted_line(text).chars().map(escape).collect();
    escape_html(&text)
}

/// Cuts escaped text to at most this many characters; a code span that is cut ends there.
pub(super) fn clip_plain_text(text: &str, most: usize) -> String {
    let mut cut = clip_text(text, most);
    if ends_in_code(&cut) {
        cut.push('`');
    }
    cut
}

fn ends_in_code(escaped: &str) -> bool {
    let (mut in_code, mut signs) = (false, escaped.chars());
    while let Some(sign) = signs.next() {
        match sign {
            '\\' if !in_code => drop(signs.next()),
            '`' => in_code = !in_code,
            _ => {}
        }
    }
    in_code
}

/// Escapes text for HTML.
pub(super) fn escape_html(text: &str) -> String {
    let text = untrusted_line(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
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
