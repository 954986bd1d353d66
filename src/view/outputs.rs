//! The outputs of a stack, in the formats for people, shells and pipelines.
use serde_json::{Map, Value};

use crate::cli::OutputFormat;

/// Names and values of outputs, in the order of the spec.
pub type OutputValues = Vec<(String, String)>;

/// Renders all outputs.
#[must_use]
pub fn render_outputs(outputs: &OutputValues, format: OutputFormat) -> String {
    match format {
        OutputFormat::Text | OutputFormat::Markdown | OutputFormat::Sarif => {
            render_lines(outputs, |name, value| format!("{name} = {value}"))
        }
        OutputFormat::Json => outputs_json(outputs),
        OutputFormat::Env => render_lines(outputs, |name, value| {
            format!("{}={}", shell_variable_name(name), shell_quote(value))
        }),
        OutputFormat::Github => render_lines(outputs, github_output_line),
    }
}

fn render_lines(outputs: &OutputValues, line: impl Fn(&str, &str) -> String) -> String {
    outputs.iter().map(|(name, value)| line(name, value) + "\n").collect()
}

fn outputs_json(outputs: &OutputValues) -> String {
    let members: Map<String, Value> =
        outputs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    format!("{:#}\n", Value::Object(members))
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
        assert_eq!(render_outputs(&one("it's $HOME"), OutputFormat::Env), "My_Url='it'\\''s $HOME'\n");
    }

    #[test]
    fn a_value_cannot_end_its_own_github_block() {
        assert_eq!(
            render_outputs(&one("a\nEND\nb=c"), OutputFormat::Github),
            "My-Url<<END_\na\nEND\nb=c\nEND_\n"
        );
    }

    #[test]
    fn json_keeps_names() {
        assert_eq!(render_outputs(&one("x"), OutputFormat::Json), "{\n  \"My-Url\": \"x\"\n}\n");
    }
}
