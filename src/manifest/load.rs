//! Loads a spec: from a path to a checked spec.
use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    check::{Lint, RuleContext, run_rules, run_value_rules},
    decode,
    ids::DeclaredIds,
    overlay::{self, SET_FLAG, STACK_FLAG},
    rules, schema,
    shape::{self, InputSources, KnownInputs},
    suppress,
    template::NAMESPACES,
    tree::{YamlEntry, YamlNode, YamlText, YamlValue},
    types::{Input, Spec},
};
use crate::{
    diagnostic::{
        Category, Diagnostic, ExitCode, Failure, LineColumn, Severity, SourceFile, Span, Spanned,
        render::text,
    },
    facts::oldest_check,
    redact::{redact_findings, redact_spans},
    time::today,
};

/// Maximum size of a spec file, in bytes; the reference stack has 5 KB.
const MAX_BYTES: u64 = 1 << 20;
/// Maximum number of findings that are reported; more of them help nobody.
const MAX_FINDINGS: usize = 100;

/// A spec without errors.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The file that it was read from.
    pub source: SourceFile,
    /// The tree as it was written, secrets included: it is never shown.
    root: YamlNode,
    /// The folder that paths in the spec are relative to.
    pub base: PathBuf,
    /// The spec.
    pub spec: Spec,
    /// Warnings and notes, in the order of the file.
    pub warnings: Vec<Diagnostic>,
    /// Findings that the spec suppresses.
    pub suppressed: Vec<Diagnostic>,
}

/// Why a spec could not be loaded.
#[derive(Clone, Debug)]
pub enum LoadError {
    /// The file cannot be read as text.
    Unreadable {
        /// The path as the user wrote it.
        name: String,
        /// The message.
        message: String,
        /// The next step.
        hint: String,
    },
    /// The spec has errors (exit code 65).
    Findings {
        /// The text that the spans of the findings point into.
        source: SourceFile,
        /// All findings, warnings included, in the order of the file.
        diagnostics: Vec<Diagnostic>,
        /// Findings that the spec suppresses.
        suppressed: Vec<Diagnostic>,
    },
}

impl Loaded {
    /// Returns the findings that the spec does not suppress, of those that were made after it was loaded.
    #[must_use]
    pub fn unsuppressed(&self, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let today = today();
        let shown = |finding: &Diagnostic| !suppress::is_suppressed(&self.spec, &self.root, &today, finding);
        findings.into_iter().filter(shown).collect()
    }
}

impl LoadError {
    /// Returns the findings and the text that they point into; for an unreadable file, one finding without a span.
    #[must_use]
    pub fn findings(&self) -> (SourceFile, Vec<Diagnostic>) {
        match self {
            Self::Findings { source, diagnostics, .. } => (source.clone(), diagnostics.clone()),
            Self::Unreadable { name, message, hint } => {
                let source = SourceFile::new(name.clone(), "");
                let unreadable =
                    Diagnostic::error(Category::UnreadableFile, message.clone()).with_hint(hint.clone());
                (source, vec![unreadable])
            }
        }
    }

    /// Returns the findings that the spec suppresses, as far as it could be read.
    #[must_use]
    pub fn suppressed(&self) -> &[Diagnostic] {
        match self {
            Self::Findings { suppressed, .. } => suppressed,
            Self::Unreadable { .. } => &[],
        }
    }

    /// Returns the error without its notes, which only `validate` prints.
    #[must_use]
    pub fn without_notes(mut self) -> Self {
        if let Self::Findings { diagnostics, .. } = &mut self {
            diagnostics.retain(|finding| finding.severity != Severity::Note);
        }
        self
    }

    /// Returns whether the spec is valid and only policy rules refuse it.
    #[must_use]
    pub fn is_policy(&self) -> bool {
        let Self::Findings { diagnostics, .. } = self else { return false };
        let errors = diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
        errors
            .map(|error| error.rule().and_then(rules::find_rule))
            .all(|rule| rule.is_some_and(rules::Rule::can_be_suppressed))
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let code = if error.is_policy() { ExitCode::Policy } else { ExitCode::BadSpec };
        let unreadable = matches!(error, LoadError::Unreadable { .. });
        let (source, diagnostics) = error.findings();
        let summary = format!("the spec has {}", text::summary(&diagnostics));
        let failure = Self::in_source(code, source, diagnostics);
        if unreadable { failure } else { failure.with_summary(summary) }
    }
}

// Written by hand: thiserror takes a field called `source` for the error's cause.
impl std::error::Error for LoadError {}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { message, .. } => f.write_str(message),
            Self::Findings { source, .. } => write!(f, "the spec `{}` has errors", source.name()),
        }
    }
}

/// Loads and checks the spec at `path`, the files it names included.
///
/// # Errors
/// [`LoadError::Unreadable`] if there is no readable UTF-8 file of at most 1 MiB, else [`LoadError::Findings`].
pub fn load_file(path: &Path, lint: Lint) -> Result<Loaded, LoadError> {
    let source = SourceFile::new(path.display().to_string(), read_text(path)?);
    check_source(path, &source, &CheckOptions { region: None, code: true }, lint)
}

/// The files that a spec is made of, and what the command line lays over them.
#[derive(Clone, Debug)]
pub struct SpecFiles {
    /// Paths: a spec, and overlays, each of which is laid over those before it.
    pub paths: Vec<PathBuf>,
    /// Single values, such as `api.stage.name=prod`, which are laid over the files.
    pub settings: Vec<String>,
    /// Name of the stack, instead of the one in the files.
    pub stack: Option<String>,
}

/// Reads the files of a spec; if one is a pipe, it waits for whoever writes into it.
///
/// # Errors
/// [`LoadError::Unreadable`] if one of them is no readable UTF-8 file of at most 1 MiB.
pub fn read_files(files: &SpecFiles) -> Result<SourceFile, LoadError> {
    let read = |path: &PathBuf| Ok(SourceFile::new(path.display().to_string(), read_text(path)?));
    let mut parts = files.paths.iter().map(read).collect::<Result<Vec<_>, LoadError>>()?;
    parts.extend(files.settings.iter().map(|setting| SourceFile::new(SET_FLAG, setting.clone())));
    parts.extend(files.stack.iter().map(|name| SourceFile::new(STACK_FLAG, format!("stack={name}"))));
    Ok(SourceFile::joined(parts))
}

/// What a spec is checked for.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Region that replaces the spec's when the rules are checked.
    pub region: Option<String>,
    /// Whether the code that the spec names is looked at: a command that only reads or removes a stack works in a
    /// fresh checkout, where nothing is built.
    pub code: bool,
}

/// Checks what was read of the spec at `path`, its overlays included; paths in them are relative to the spec's folder.
///
/// # Errors
/// [`LoadError::Findings`].
pub fn check_source(
    path: &Path,
    source: &SourceFile,
    options: &CheckOptions,
    lint: Lint,
) -> Result<Loaded, LoadError> {
    let base = path.parent().unwrap_or(Path::new("")).to_owned();
    let sources = InputSources { variable: &read_variable, folder: Some(&base), only_names: !options.code };
    let file = options.code.then_some(path);
    let loaded = examine_source(source, &today(), file, &sources, options.region.as_deref(), lint);
    loaded.map(|loaded| Loaded { base, ..loaded })
}

#[expect(clippy::disallowed_methods, reason = "an input names the variable")]
fn read_variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Checks a spec without looking at the file system or the clock.
///
/// # Errors
/// [`LoadError::Findings`].
pub fn parse_offline(source: &SourceFile, lint: Lint) -> Result<Loaded, LoadError> {
    let sources = InputSources { variable: &|_| None, folder: None, only_names: false };
    examine_source(source, &oldest_check(), None, &sources, None, lint)
}

/// Reads the text at `path`; if that is a pipe, it waits for whoever writes into it.
///
/// # Errors
/// [`LoadError::Unreadable`].
fn read_text(path: &Path) -> Result<String, LoadError> {
    let name = path.display();
    let unreadable = |message: String, hint: &str| LoadError::Unreadable {
        name: name.to_string(),
        message,
        hint: hint.to_owned(),
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(|error| {
        match error.kind() {
            io::ErrorKind::NotFound => unreadable(
                format!("there is no file `{name}`"),
                "write a starter with `copilot-infra init`, or name another file with `--file`",
            ),
            io::ErrorKind::IsADirectory => {
                unreadable(format!("`{name}` is a folder"), "name the file itself, such as `copilot.yaml`")
            }
            _ => unreadable(format!("cannot read `{name}`: {error}"), "check the file and its permissions"),
        }
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(unreadable(
            format!("`{name}` is larger than 1 MiB"),
            "is this the spec? a whole stack takes a few KB",
        ));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let (at, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
        let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default());
        let LineColumn { line, column } = SourceFile::new("", before).position(at);
        let hint = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it looks like UTF-16: save the file as UTF-8",
            _ => "save the file as UTF-8",
        };
        unreadable(format!("`{name}` is not UTF-8 text: see line {line}, column {column}"), hint)
    })?;
    Ok(text)
}

/// Runs every check; `file`, the path of the spec, is given if the file system may be used.
fn examine_source(
    source: &SourceFile,
    today: &str,
    file: Option<&Path>,
    sources: &InputSources<'_>,
    region: Option<&str>,
    lint: Lint,
) -> Result<Loaded, LoadError> {
    let (mut findings, mut suppressed) = (Vec::new(), Vec::new());
    let spec = read_tree(source, &mut findings).and_then(|root| {
        let ids = DeclaredIds::of(&root);
        let known = KnownInputs::of(&root, sources);
        let mut spec = decode_spec(&root, &ids, &known, source.text(), &mut findings)?;
        if let Some(region) = region {
            let span = spec.region.as_ref().map_or(spec.stack.span, |own| own.span);
            spec.region = Some(Spanned { value: region.to_owned(), span });
        }
        let mut context = RuleContext {
            spec: &spec,
            ids: &ids,
            today,
            file,
            inputs: &literal_inputs(&spec),
            findings: std::mem::take(&mut findings),
        };
        run_rules(&mut context, lint);
        findings = context.findings;
        suppressed = suppress::apply_suppressions(&spec, &root, today, &mut findings);
        let files = spec.inputs.iter_mut().filter(|(_, input)| input.file.is_some());
        for (name, input) in files {
            input.value = known.get(name).map(|value| Spanned { value: value.clone(), span: name.span });
        }
        Some((root, spec))
    });
    let mut findings = sort_findings(findings);
    let source = redact_source(source, &mut findings, &mut suppressed);
    match spec {
        Some((root, spec)) if findings.iter().all(|finding| finding.severity != Severity::Error) => {
            Ok(Loaded { source, root, base: PathBuf::new(), spec, warnings: findings, suppressed })
        }
        _ => Err(LoadError::Findings { source, diagnostics: findings, suppressed }),
    }
}

/// Returns the source with stars in place of what looks like a secret or what a rule has found to be one.
fn redact_source(
    source: &SourceFile,
    findings: &mut Vec<Diagnostic>,
    suppressed: &mut Vec<Diagnostic>,
) -> SourceFile {
    let mut text = source.text().to_owned();
    let secrets = findings
        .iter()
        .chain(&*suppressed)
        .filter(|finding| finding.rule().is_some_and(rules::is_about_a_secret));
    redact_spans(&mut text, secrets.filter_map(|finding| finding.span).map(|span| span.start..span.end));
    redact_findings(&mut text, &mut [findings, suppressed], &NAMESPACES);
    source.with_text(text)
}

/// Returns the inputs whose values are in the spec itself, even if only as defaults.
fn literal_inputs(spec: &Spec) -> BTreeMap<String, String> {
    let value = |(name, input): (&Spanned<String>, &Input)| {
        let value = input.value.as_ref().or(input.default.as_ref())?;
        Some((name.value.clone(), value.value.clone()))
    };
    spec.inputs.iter().filter_map(value).collect()
}

/// Checks the resolved values of inputs as if they were written in the spec, and returns what cannot work.
///
/// A value that is not written in the spec is not shown by a finding either.
#[must_use]
pub fn check_inputs(loaded: &Loaded, inputs: &BTreeMap<String, String>, lint: Lint) -> Vec<Diagnostic> {
    let mut context = RuleContext {
        spec: &loaded.spec,
        ids: &DeclaredIds::of(&loaded.root),
        today: &oldest_check(),
        file: None,
        inputs,
        findings: Vec::new(),
    };
    run_value_rules(&mut context, lint);
    let mut found = sort_findings(context.findings);
    found.retain(|finding| finding.severity == Severity::Error);
    found
}

/// Parses the text; the root must be a mapping.
fn read_tree(source: &SourceFile, findings: &mut Vec<Diagnostic>) -> Option<YamlNode> {
    let mut report = |rule, span, message: String, hint: &str| {
        findings.push(Diagnostic::of_rule(rule, Severity::Error, span, message).with_hint(hint));
    };
    let mut odd = Vec::new();
    let root = match overlay::parse_layers(source, &mut odd) {
        Ok(root) => root,
        Err(flaw) => {
            report("syntax", flaw.span, flaw.message, flaw.hint);
            return None;
        }
    };
    match root.value {
        YamlValue::Map(_) => {
            findings.append(&mut odd);
            Some(root)
        }
        YamlValue::Null => {
            report(
                "empty-spec",
                None,
                "the spec is empty".to_owned(),
                "write a starter with `copilot-infra init`",
            );
            None
        }
        _ => {
            let message = "a spec is a mapping of keys such as `version` and `stack`".to_owned();
            report("wrong-type", Some(root.span), message, "compare with `copilot-infra init`");
            None
        }
    }
}

/// Checks the shape and decodes the valid parts.
fn decode_spec(
    root: &YamlNode,
    ids: &DeclaredIds<'_>,
    inputs: &KnownInputs,
    text: &str,
    findings: &mut Vec<Diagnostic>,
) -> Option<Spec> {
    let mut sound = shape::check_shape(schema::spec_schema(), root, ids, inputs, text, findings);
    // Without these two fields the other rules could not run; that they are missing or invalid has been reported.
    fill_in(&mut sound, "version", YamlValue::Int(1));
    fill_in(&mut sound, "stack", YamlValue::Text(YamlText { text: "stack".to_owned(), verbatim: None }));
    match decode::decode_node(&sound) {
        Ok(spec) => Some(spec),
        Err(error) => {
            findings.push(Diagnostic::of_rule("wrong-type", Severity::Error, None, error.to_string()));
            None
        }
    }
}

fn fill_in(root: &mut YamlNode, key: &str, value: YamlValue) {
    if root.get(key).is_none()
        && let YamlValue::Map(entries) = &mut root.value
    {
        let span = Span::default();
        let key = YamlText { text: key.to_owned(), verbatim: None };
        entries.push(YamlEntry { key, span, node: YamlNode { value, span } });
    }
}

/// Sorts findings by their place in the file, removes duplicates and limits their number.
fn sort_findings(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    findings.sort_by_key(|finding| finding.span);
    let mut seen = std::collections::HashSet::new();
    findings.retain(|finding| seen.insert((finding.category, finding.span, finding.message.clone())));
    let total = findings.len();
    if total > MAX_FINDINGS {
        // Errors come first, so that they are not cut off.
        findings.sort_by_key(|finding| finding.severity);
        let severity = findings[MAX_FINDINGS].severity;
        findings.truncate(MAX_FINDINGS);
        findings.sort_by_key(|finding| finding.span);
        let message = format!("{} more problems are not shown", total - MAX_FINDINGS);
        let rest = Diagnostic::of_rule("too-many-findings", severity, None, message);
        findings.push(rest.with_hint("mend these first"));
    }
    findings
}
