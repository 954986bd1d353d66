//! Strings and numbers: type, range, pattern, references.
use serde_json::Value as Json;

use super::{
    Shape, quote_path, schema_type,
    units::{convert_unit, leading_digits},
};
use crate::{
    diagnostic::{
        Span,
        words::{self, format_count},
    },
    manifest::{
        defaults,
        template::{FORMAT, MAX_FLAWS, NAMESPACES, Template},
        tree::{YamlNode, YamlText, YamlValue},
    },
    time::is_date,
};

/// `format` of a day in the JSON Schema.
const DAY: &str = "date";

impl<'a> Shape<'a> {
    /// Checks a string (a value or a key); returns whether it is valid.
    pub(super) fn check_string(&mut self, schema: &'a Json, text: &YamlText, span: Span, path: &str) -> bool {
        // The reason of a suppression is for readers.
        if schema["format"] != FORMAT
            && !path.starts_with("suppress")
            && !self.check_literal(&text.text, span)
        {
            return false;
        }
        let sound = self.check_length(schema, &text.text, span, path)
            && self.check_pattern(schema, &text.text, span)
            && self.check_day(schema, &text.text, span);
        if sound && schema["format"] == FORMAT {
            return self.check_template(text, span);
        }
        sound
    }

    /// Reports a reference where none is replaced: it would reach AWS literally.
    fn check_literal(&mut self, text: &str, span: Span) -> bool {
        let ours = NAMESPACES.iter().find(|namespace| text.contains(&format!("${{{namespace}.")));
        let Some(namespace) = ours else { return true };
        let hint = "write the text itself: inputs with `value`, `env` or `file` can stand in any value; other references are replaced in `environment`, in what an `access` names by name or ARN and the `on` of its `allow`, in the `source` of `callers`, in `key.arn`, `roles.permissions_boundary` and `role.arn`, and in `outputs`";
        self.report(
            "literal-reference",
            span,
            format!("`${{{namespace}.…}}` is not replaced here"),
            hint.to_owned(),
        );
        false
    }

    fn check_length(&mut self, schema: &Json, text: &str, span: Span, path: &str) -> bool {
        let length = text.chars().count() as u64;
        let (least, most) = (schema["minLength"].as_u64().unwrap_or(0), schema["maxLength"].as_u64());
        if length < least {
            let message =
                if length == 0 { "is empty".to_owned() } else { format!("has only {length} characters") };
            let hint = format!("use at least {}", format_count(least, "character"));
            self.report("bad-length", span, format!("{} {message}", quote_path(path)), hint);
        } else if let Some(most) = most.filter(|most| length > *most) {
            let message = format!("{} has {length} characters", quote_path(path));
            self.report("bad-length", span, message, format!("use {most} characters at most"));
        } else {
            return true;
        }
        false
    }

    fn check_pattern(&mut self, schema: &'a Json, text: &str, span: Span) -> bool {
        let Some(pattern) = schema["pattern"].as_str() else { return true };
        if self.matches_pattern(pattern, text) {
            return true;
        }
        let hint = schema["patternErrorMessage"].as_str().unwrap_or(pattern).to_owned();
        let shown: String = text.chars().take(60).collect();
        self.report("bad-format", span, format!("`{shown}` cannot be used here"), hint);
        false
    }

    fn check_day(&mut self, schema: &Json, text: &str, span: Span) -> bool {
        let sound = schema["format"] != DAY || is_date(text);
        if !sound {
            let hint = "the month has fewer days".to_owned();
            self.report("bad-format", span, format!("there is no day `{text}`"), hint);
        }
        sound
    }

    /// Reports flaws in the references of a string; an unknown name does not make it invalid.
    fn check_template(&mut self, text: &YamlText, span: Span) -> bool {
        match Template::parse_at(&text.text, span, text.verbatim) {
            Err(flaws) => {
                self.findings.extend(flaws);
                false
            }
            Ok(template) => {
                let missing = template.references().filter_map(|(reference, span)| {
                    self.ids.find_missing(reference).map(|(message, hint)| (span, message, hint))
                });
                for (span, message, hint) in missing.take(MAX_FLAWS).collect::<Vec<_>>() {
                    self.report("unknown-reference", span, message, hint);
                }
                true
            }
        }
    }

    /// Checks a number; returns whether it is valid.
    pub(super) fn check_number(&mut self, schema: &Json, node: &YamlNode, path: &str) -> bool {
        let value = match node.value {
            // The language's numbers are far below 2^53.
            #[expect(clippy::cast_precision_loss, reason = "only compared with small bounds")]
            YamlValue::Int(value) => value as f64,
            YamlValue::Float(value) if schema_type(schema) == "integer" => {
                let hint = if value.abs() > f64::from(u32::MAX) {
                    "use a smaller number".to_owned()
                } else if value.fract() == 0.0 {
                    format!("write `{value}`")
                } else {
                    format!("write {} or {}", value.floor(), value.ceil())
                };
                self.report(
                    "wrong-type",
                    node.span,
                    format!("{} must be a whole number", quote_path(path)),
                    hint,
                );
                return false;
            }
            YamlValue::Float(value) => value,
            _ => return true,
        };
        if let Some(choices) = schema["enum"].as_array() {
            return self.check_choice(choices, value, node.span, path);
        }
        if let Some(only) = schema["const"].as_f64().filter(|only| !is_same_number(*only, value)) {
            self.report(
                "unknown-value",
                node.span,
                format!("{} must be {only}", quote_path(path)),
                format!("write {only}"),
            );
            return false;
        }
        self.check_range(schema, value, node.span, path)
    }

    fn check_range(&mut self, schema: &Json, value: f64, span: Span, path: &str) -> bool {
        // `u32` takes no more; the schema of an unbounded count says only "not negative".
        let most =
            schema["maximum"].as_f64().or((schema_type(schema) == "integer").then_some(f64::from(u32::MAX)));
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
                format!("{} cannot be {}", quote_path(path), words::format_number(value)),
                hint,
            );
        }
        fits
    }

    /// Checks a number against the values that AWS accepts, and suggests the nearest ones.
    fn check_choice(&mut self, choices: &[Json], value: f64, span: Span, path: &str) -> bool {
        let choices: Vec<f64> = choices.iter().filter_map(Json::as_f64).collect();
        if choices.iter().any(|choice| is_same_number(*choice, value)) {
            return true;
        }
        let below = choices.iter().rev().find(|choice| **choice < value);
        let above = choices.iter().find(|choice| **choice > value);
        let near: Vec<String> = below.into_iter().chain(above).map(f64::to_string).collect();
        let hint = format!("the nearest values AWS takes: {}", near.join(" and "));
        self.report(
            "unknown-value",
            span,
            format!("{} cannot be {}", quote_path(path), words::format_number(value)),
            hint,
        );
        false
    }

    /// Reports a value of the wrong type, with the correct form.
    pub(super) fn report_wrong_type(&mut self, wanted: &str, node: &YamlNode, path: &str) {
        let written = self.source.get(node.span.start..node.span.end).unwrap_or_default();
        let (found, hint) = match (&node.value, wanted) {
            (YamlValue::Bool(_) | YamlValue::Int(_) | YamlValue::Float(_), "string") => {
                let found =
                    if matches!(node.value, YamlValue::Bool(_)) { "the boolean" } else { "the number" };
                (format!("{found} `{written}`"), format!("quote it: `\"{written}\"`"))
            }
            (YamlValue::Text(text), "integer" | "number") if text.text.trim().parse::<f64>().is_ok() => {
                (format!("the string {written}"), format!("take the quotes away: `{}`", text.text.trim()))
            }
            (YamlValue::Text(text), "integer") if leading_digits(&text.text).is_some() => {
                let hint = convert_unit(path, &text.text).unwrap_or_else(|| {
                    format!("write the number alone: `{}`", leading_digits(&text.text).unwrap_or_default())
                });
                (format!("the string `{}`", truncate_text(&text.text)), hint)
            }
            (YamlValue::Text(text), "boolean") => {
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
                    describe_schema_type(wanted)
                };
                (format!("the string `{}`", truncate_text(&text.text)), format!("write {word}"))
            }
            (YamlValue::Map(_), "string") if path.rsplit('.').next() == Some("ttl") => (
                describe_type(&node.value).to_owned(),
                "write the name of the attribute alone, such as `ttl: expiresAt`".to_owned(),
            ),
            (YamlValue::Text(text), "array") => (
                format!("the string `{}`", truncate_text(&text.text)),
                format!("put it in brackets: `[{}]`", truncate_text(&text.text)),
            ),
            (value, "array") => {
                (describe_type(value).to_owned(), "write `[a, b]`, or one `- item` a line".to_owned())
            }
            (value, "object") => {
                let mapping = node.text().and_then(|text| suggest_mapping(path, &truncate_text(text)));
                let pairs = || "write `key: value` pairs, indented under it".to_owned();
                (
                    describe_type(value).to_owned(),
                    mapping.map_or_else(pairs, |mapping| format!("write `{mapping}`")),
                )
            }
            (value, _) => {
                (describe_type(value).to_owned(), format!("write {}", describe_schema_type(wanted)))
            }
        };
        let message = format!("{} must be {}, not {found}", quote_path(path), describe_schema_type(wanted));
        self.report("wrong-type", node.span, message, hint);
    }
}

/// Suggests the mapping that a text in its place most likely stands for.
fn suggest_mapping(path: &str, text: &str) -> Option<String> {
    match path.rsplit('.').next()? {
        "code" if defaults::CODE_TEMPLATES.contains(&text) => Some(format!("{{ template: {text} }}")),
        "code" => Some(format!("{{ path: {text} }}")),
        "role" => Some(format!("{{ arn: {text} }}")),
        "partition_key" | "sort_key" => Some(format!("{{ name: {text}, type: S }}")),
        _ => None,
    }
}

fn is_same_number(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON
}

/// Returns the beginning of a text, for a message.
pub(super) fn truncate_text(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Describes the type of a value in words.
pub(super) fn describe_type(value: &YamlValue) -> &'static str {
    match value {
        YamlValue::Null => "nothing",
        YamlValue::Bool(_) => "a boolean",
        YamlValue::Int(_) | YamlValue::Float(_) => "a number",
        YamlValue::Text(_) => "a string",
        YamlValue::List(_) => "a list",
        YamlValue::Map(_) => "a mapping",
    }
}

/// Describes the type of a schema in words.
pub(super) fn describe_schema_type(kind: &str) -> &'static str {
    match kind {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        _ => "a mapping",
    }
}
