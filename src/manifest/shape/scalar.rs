//! Strings and numbers: type, range, pattern, references.
use serde_json::Value as Json;

use super::{
    Shape, kind, named,
    units::{digits, in_unit},
};
use crate::{
    diagnostic::{
        Span,
        words::{self, format_count},
    },
    manifest::{
        defaults,
        template::{FORMAT, MAX_FLAWS, NAMESPACES, Template},
        tree::{Node, Text, Value},
    },
    time::is_date,
};

/// `format` of a day in the JSON Schema.
const DAY: &str = "date";

impl<'a> Shape<'a> {
    /// Checks a string (a value or a key); says whether it is sound.
    pub(super) fn string(&mut self, schema: &'a Json, text: &Text, span: Span, path: &str) -> bool {
        // The reason of a suppression is for readers.
        if schema["format"] != FORMAT && !path.starts_with("suppress") && !self.literal(&text.text, span) {
            return false;
        }
        let sound = self.length(schema, &text.text, span, path)
            && self.pattern(schema, &text.text, span)
            && self.day(schema, &text.text, span);
        if sound && schema["format"] == FORMAT {
            return self.template(text, span);
        }
        sound
    }

    /// A reference where none is replaced would reach AWS letter by letter.
    fn literal(&mut self, text: &str, span: Span) -> bool {
        let ours = NAMESPACES.iter().find(|namespace| text.contains(&format!("${{{namespace}.")));
        let Some(namespace) = ours else { return true };
        let hint = "write the text itself: references are replaced in `environment`, in `external_tables`, `models` and `secrets` of an `access`, in `key.arn` and in `outputs`";
        self.report(
            "literal-reference",
            span,
            format!("`${{{namespace}.…}}` is not replaced here"),
            hint.to_owned(),
        );
        false
    }

    fn length(&mut self, schema: &Json, text: &str, span: Span, path: &str) -> bool {
        let length = text.chars().count() as u64;
        let (least, most) = (schema["minLength"].as_u64().unwrap_or(0), schema["maxLength"].as_u64());
        if length < least {
            let message =
                if length == 0 { "is empty".to_owned() } else { format!("has only {length} characters") };
            let hint = format!("use at least {}", format_count(least, "character"));
            self.report("bad-length", span, format!("{} {message}", named(path)), hint);
        } else if let Some(most) = most.filter(|most| length > *most) {
            let message = format!("{} has {length} characters", named(path));
            self.report("bad-length", span, message, format!("use {most} characters at most"));
        } else {
            return true;
        }
        false
    }

    fn pattern(&mut self, schema: &'a Json, text: &str, span: Span) -> bool {
        let Some(pattern) = schema["pattern"].as_str() else { return true };
        if self.matches(pattern, text) {
            return true;
        }
        let hint = schema["patternErrorMessage"].as_str().unwrap_or(pattern).to_owned();
        let shown: String = text.chars().take(60).collect();
        self.report("bad-format", span, format!("`{shown}` cannot be used here"), hint);
        false
    }

    fn day(&mut self, schema: &Json, text: &str, span: Span) -> bool {
        let sound = schema["format"] != DAY || is_date(text);
        if !sound {
            let hint = "the month has fewer days".to_owned();
            self.report("bad-format", span, format!("there is no day `{text}`"), hint);
        }
        sound
    }

    /// Reports what is wrong with the references in a string; an unknown name does not make it unsound.
    fn template(&mut self, text: &Text, span: Span) -> bool {
        match Template::parse_at(&text.text, span, text.verbatim) {
            Err(flaws) => {
                self.findings.extend(flaws);
                false
            }
            Ok(template) => {
                let missing = template.references().filter_map(|(reference, span)| {
                    self.ids.missing(reference).map(|(message, hint)| (span, message, hint))
                });
                for (span, message, hint) in missing.take(MAX_FLAWS).collect::<Vec<_>>() {
                    self.report("unknown-reference", span, message, hint);
                }
                true
            }
        }
    }

    /// Checks a number; says whether it is sound.
    pub(super) fn number(&mut self, schema: &Json, node: &Node, path: &str) -> bool {
        let value = match node.value {
            // The language's numbers are far below 2^53.
            #[expect(clippy::cast_precision_loss, reason = "only compared with small bounds")]
            Value::Int(value) => value as f64,
            Value::Float(value) if kind(schema) == "integer" => {
                let hint = if value.abs() > f64::from(u32::MAX) {
                    "use a smaller number".to_owned()
                } else if value.fract() == 0.0 {
                    format!("write `{value}`")
                } else {
                    format!("write {} or {}", value.floor(), value.ceil())
                };
                self.report("wrong-type", node.span, format!("{} must be a whole number", named(path)), hint);
                return false;
            }
            Value::Float(value) => value,
            _ => return true,
        };
        if let Some(choices) = schema["enum"].as_array() {
            return self.choice(choices, value, node.span, path);
        }
        if let Some(only) = schema["const"].as_f64().filter(|only| !same(*only, value)) {
            self.report(
                "unknown-value",
                node.span,
                format!("{} must be {only}", named(path)),
                format!("write {only}"),
            );
            return false;
        }
        self.range(schema, value, node.span, path)
    }

    fn range(&mut self, schema: &Json, value: f64, span: Span, path: &str) -> bool {
        // `u32` takes no more; the schema of an unbounded count says only "not negative".
        let most = schema["maximum"].as_f64().or((kind(schema) == "integer").then_some(f64::from(u32::MAX)));
        let (least, above) = (schema["minimum"].as_f64(), schema["exclusiveMinimum"].as_f64());
        let fits = least.is_none_or(|least| value >= least)
            && above.is_none_or(|above| value > above)
            && most.is_none_or(|most| value <= most);
        if !fits {
            let hint = match (least, above, schema["maximum"].as_f64()) {
                (.., None) if most.is_some_and(|most| value > most) => "use a smaller number".to_owned(),
                (Some(least), _, Some(most)) => format!("use {least} to {most}"),
                (Some(least), ..) => format!("use {least} or more"),
                (_, Some(above), _) => format!("use more than {above}"),
                _ => "use a smaller number".to_owned(),
            };
            self.report(
                "out-of-range",
                span,
                format!("{} cannot be {}", named(path), words::shown(value)),
                hint,
            );
        }
        fits
    }

    /// Checks against the values AWS knows, and names the nearest ones.
    fn choice(&mut self, choices: &[Json], value: f64, span: Span, path: &str) -> bool {
        let choices: Vec<f64> = choices.iter().filter_map(Json::as_f64).collect();
        if choices.iter().any(|choice| same(*choice, value)) {
            return true;
        }
        let below = choices.iter().rev().find(|choice| **choice < value);
        let above = choices.iter().find(|choice| **choice > value);
        let near: Vec<String> = below.into_iter().chain(above).map(f64::to_string).collect();
        let hint = format!("the nearest values AWS takes: {}", near.join(" and "));
        self.report(
            "unknown-value",
            span,
            format!("{} cannot be {}", named(path), words::shown(value)),
            hint,
        );
        false
    }

    /// Reports a value of the wrong type, with the way to write it.
    pub(super) fn wrong_type(&mut self, wanted: &str, node: &Node, path: &str) {
        let written = self.source.get(node.span.start..node.span.end).unwrap_or_default();
        let (found, hint) = match (&node.value, wanted) {
            (Value::Bool(_) | Value::Int(_) | Value::Float(_), "string") => {
                let found = if matches!(node.value, Value::Bool(_)) { "the boolean" } else { "the number" };
                (format!("{found} `{written}`"), format!("quote it: `\"{written}\"`"))
            }
            (Value::Text(text), "integer" | "number") if text.text.trim().parse::<f64>().is_ok() => {
                (format!("the string {written}"), format!("take the quotes away: `{}`", text.text.trim()))
            }
            (Value::Text(text), "integer") if digits(&text.text).is_some() => {
                let hint = in_unit(path, &text.text).unwrap_or_else(|| {
                    format!("write the number alone: `{}`", digits(&text.text).unwrap_or_default())
                });
                (format!("the string `{}`", short(&text.text)), hint)
            }
            (Value::Text(text), "boolean") => {
                let yes = matches!(
                    text.text.to_ascii_lowercase().as_str(),
                    "yes" | "on" | "true" | "y" | "enabled"
                );
                let no = matches!(
                    text.text.to_ascii_lowercase().as_str(),
                    "no" | "off" | "false" | "n" | "disabled"
                );
                let word = if yes {
                    "`true`"
                } else if no {
                    "`false`"
                } else {
                    wanted_words(wanted)
                };
                (format!("the string `{}`", short(&text.text)), format!("write {word}"))
            }
            (Value::Text(text), "array") => (
                format!("the string `{}`", short(&text.text)),
                format!("put it in brackets: `[{}]`", short(&text.text)),
            ),
            (value, "array") => {
                (describe(value).to_owned(), "write `[a, b]`, or one `- item` a line".to_owned())
            }
            (value, "object") => {
                let mapping = node.text().and_then(|text| spelt_out(path, &short(text)));
                let pairs = || "write `key: value` pairs, indented under it".to_owned();
                (
                    describe(value).to_owned(),
                    mapping.map_or_else(pairs, |mapping| format!("write `{mapping}`")),
                )
            }
            (value, _) => (describe(value).to_owned(), format!("write {}", wanted_words(wanted))),
        };
        let message = format!("{} must be {}, not {found}", named(path), wanted_words(wanted));
        self.report("wrong-type", node.span, message, hint);
    }
}

/// The mapping that a text in its place most likely stands for.
fn spelt_out(path: &str, text: &str) -> Option<String> {
    match path.rsplit('.').next()? {
        "code" if defaults::CODE_TEMPLATES.contains(&text) => Some(format!("{{ template: {text} }}")),
        "code" => Some(format!("{{ path: {text} }}")),
        "partition_key" | "sort_key" => Some(format!("{{ name: {text}, type: S }}")),
        _ => None,
    }
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON
}

/// The beginning of a text, for a message.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A value's type in words.
pub(super) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Float(_) => "a number",
        Value::Text(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
    }
}

/// A schema's type in words.
pub(super) fn wanted_words(kind: &str) -> &'static str {
    match kind {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        _ => "a mapping",
    }
}
