//! The outputs of a stack, in the formats for people, shells and pipelines.
use serde_json::{Map, Value};

use super::{Page, Style};

/// Names and values of outputs, in the order of the spec.
pub type OutputValues = Vec<(String, String)>;

/// Renders all outputs for people.
#[must_use]
pub fn outputs_text(outputs: &OutputValues) -> Page {
    let mut page = Page::new(Style(false));
    for (name, value) in outputs {
        page.line(format!("{name} = {value}"));
    }
    page
}

/// Returns all outputs as one JSON object.
#[must_use]
pub fn outputs_json(outputs: &OutputValues) -> String {
    let members: Map<String, Value> =
        outputs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    format!("{:#}\n", Value::Object(members))
}

/// Returns all outputs as assignments for a shell.
#[must_use]
pub fn outputs_env(outputs: &OutputValues) -> String {
    let line =
        |(name, value): &(String, String)| format!("{}={}\n", shell_variable_name(name), shell_quote(value));
    outputs.iter().map(line).collect()
}

/// Returns all outputs as `$GITHUB_OUTPUT` takes them.
#[must_use]
pub fn outputs_github(outputs: &OutputValues) -> String {
    outputs.iter().map(|(name, value)| github_output_line(name, value) + "\n").collect()
}

/// Converts a name to one that a shell accepts as a variable.
fn shell_variable_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// Quotes a value so that a shell takes it literally, whatever it contains.
fn shell_quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Formats a line for `$GITHUB_OUTPUT`; a value of several lines takes the delimiter form (GitHub Actions, "Workflow
/// commands", "Multiline strings").
fn github_output_line(name: &str, value: &str) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}");
    }
    let mut end = "END".to_owned();
    while value.contains(&end) {
        end.push('_');
    }
    format!("{name}<<{end}\n{value}\n{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: &str) -> OutputValues {
        vec![("My-Url".into(), value.into())]
    }

    #[test]
    fn a_shell_takes_every_value_literally() {
        assert_eq!(outputs_env(&one("it's $HOME")), "My_Url='it'\\''s $HOME'\n");
    }

    #[test]
    fn a_value_cannot_end_its_own_github_block() {
        assert_eq!(outputs_github(&one("a\nEND\nb=c")), "My-Url<<END_\na\nEND\nb=c\nEND_\n");
    }

    #[test]
    fn json_keeps_names() {
        assert_eq!(outputs_json(&one("x")), "{\n  \"My-Url\": \"x\"\n}\n");
    }
}
