//! Specs that are too large to be read in a file of cases; `large.md` has what is said of them.
const HEAD: &str = "version: 1\nstack: demo\n";
const FUNCTION: &str = "version: 1\nstack: demo\nfunctions:\n  chat:\n    handler: index.handler\n";

/// The spec of a case, empty if its file has it.
pub(crate) fn spec(case: &str) -> String {
    match case {
        "fit-access-log-format-bytes" => format_of_letters_of_two_bytes(),
        "fit-environment-too-large" => {
            format!("{FUNCTION}    environment:\n      BIG: {}\n", "x".repeat(4096))
        }
        "range-access-log-format" => long_format(),
        "range-routes" => format!("{FUNCTION}api:\n  routes:\n{}", numbered(301, "    r#: chat\n")),
        "yaml-deep-block" => format!("{HEAD}tags:\n{}", nested(120)),
        "yaml-deep-list" => format!("{HEAD}tags: {}{}\n", "[".repeat(500), "]".repeat(500)),
        "yaml-deep-mapping" => format!("{HEAD}tags{}: b{}\n", ": {a".repeat(200), "}".repeat(200)),
        "yaml-many-problems" => format!("{HEAD}{}", numbered(150, "unknown#: 1\n")),
        "yaml-one-long-line" => long_line(),
        "yaml-too-many-nodes" => format!("{HEAD}x: [{}]\n", "1,".repeat(30_000)),
        "yaml-unclosed-deep-list" => format!("version: 1\nstack: {}\n", "[".repeat(3000)),
        "rule: environment-size" => environment(4087),
        "rule: function-policy-size" => callers(70),
        "rule: role-policy-size" => statements(90),
        "rule: too-many-findings" => format!("{HEAD}{}", numbered(101, "x#: 1\n")),
        _ => String::new(),
    }
}

/// The mended spec of a rule, empty if its file has it.
pub(crate) fn mended(case: &str) -> String {
    match case {
        "rule: environment-size" => environment(4086),
        "rule: function-policy-size" => callers(50),
        "rule: role-policy-size" => statements(60),
        "rule: too-many-findings" => format!("{HEAD}tags:\n{}", numbered(43, "  K#: v\n")),
        _ => String::new(),
    }
}

/// The pattern `count` times, with the numbers from 0 in the place of `#`.
fn numbered(count: usize, pattern: &str) -> String {
    (0..count).map(|number| pattern.replace('#', &number.to_string())).collect()
}

/// Mappings in mappings, each in a line of its own.
fn nested(depth: usize) -> String {
    (1..=depth).map(|level| " ".repeat(level) + "a:\n").collect()
}

fn long_line() -> String {
    let (tags, tail) = (numbered(44, "K#: v, "), "y".repeat(2000));
    format!("{HEAD}tags: {{ {tags}\"käse!\": x, tail: {tail} }}\n")
}

/// An access log whose format has too many characters.
fn long_format() -> String {
    let stage = format!("  stage:\n    access_log: {{ format: \"{}\" }}\n", "x".repeat(3073));
    format!("{FUNCTION}api:\n  routes: {{ $connect: chat, $default: chat }}\n{stage}")
}

/// An access log whose format has too many bytes, but not too many characters.
fn format_of_letters_of_two_bytes() -> String {
    let function = "functions:\n  chat:\n    handler: websocket-handler.messageHandler\n    \
                    code: { template: websocket-handlers }\n";
    let format = format!("$context.requestId $context.connectionId {}", "ü".repeat(1600));
    let stage = format!("  stage:\n    access_log: {{ format: \"{format}\" }}\n");
    format!("{HEAD}{function}api:\n  routes: {{ $default: chat }}\n{stage}")
}

/// A function with a variable of so many bytes.
fn environment(bytes: usize) -> String {
    let value = "x".repeat(bytes);
    format!("{FUNCTION}    code: {{ path: ./dist }}\n    environment: {{ BIG: {value} }}\n")
}

/// A function with so many statements, none of which another one covers.
fn statements(count: usize) -> String {
    let statement = |number: usize| {
        let bucket = format!("arn:aws:s3:::a-bucket-with-a-rather-long-name-{number:03}/and-a-prefix/*");
        format!("        - {{ Effect: Allow, Action: \"s3:GetObject\", Resource: \"{bucket}\" }}\n")
    };
    let statements: String = (0..count).map(statement).collect();
    format!("{FUNCTION}    code: {{ path: ./dist }}\n    access:\n      statements:\n{statements}")
}

/// A function with so many callers.
fn callers(count: usize) -> String {
    let caller = "      - { service: events.amazonaws.com, source: \"arn:aws:events:us-east-1:123456789012:rule/a-rule-#\" }\n";
    let callers = numbered(count, caller);
    format!("{FUNCTION}    code: {{ path: ./dist }}\n    callers:\n{callers}")
}
