//! What comes from the environment of the program is in nothing that it writes, unless a name says that it is public.
use std::{fmt::Write, net::TcpListener, thread};

use copilot_infra_simulator::{Simulator, Switches, serve};

use crate::support::project::Project;

/// Variables of the program's environment whose values nobody may see.
const SECRETS: [(&str, &str); 7] = [
    ("SIGNING_KEY", "3f786850e387550fdab836ed7e6dc881"),
    ("API_KEY", "89e6c98d92887913cadf06b2adb97f26"),
    ("SHOP_SALT", "grain-of-salt"),
    ("DSN", "https://public-looking.example/7"),
    ("WEBHOOK_URL", "https://hooks.example/quiet-corner"),
    ("DB_PASSWORD_PROD", "correct-horse-battery"),
    ("SHOP_COLOUR", "aquamarine-and-teal"),
];
/// Variables whose names say that anybody may see them.
const PUBLIC: [(&str, &str); 3] = [
    ("USER_POOL_CLIENT_ID", "example-client"),
    ("MODEL_ID", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("MAIN_TABLE_NAME", "omnitrack-main"),
];

/// A spec that hands every variable on under a name that says nothing, alone and in a longer text.
fn spec() -> String {
    let mut spec = "inputs:\n".to_owned();
    let mut environment = String::new();
    let mut outputs = String::new();
    for (index, (name, _)) in SECRETS.iter().chain(&PUBLIC).enumerate() {
        let input = name.to_lowercase();
        let _ = writeln!(spec, "  {input}: {{ env: {name} }}");
        let _ = writeln!(environment, "      {name}: \"${{inputs.{input}}}\"");
        let _ = writeln!(environment, "      V{index}: \"<${{inputs.{input}}}>\"");
        let _ = writeln!(outputs, "  Out{name}: \"of ${{inputs.{input}}}\"", name = name.replace('_', ""));
    }
    format!(
        "{spec}functions:\n  chat:\n    code: {{ template: websocket-handlers }}\n    \
         handler: websocket-handler.messageHandler\n    environment:\n{environment}    \
         access: {{ external_tables: {{ \"orders-${{inputs.shop_colour}}\": read, \
         \"${{inputs.main_table_name}}\": read }} }}\noutputs:\n{outputs}"
    )
}

/// Serves an empty account until the test process ends; returns its address.
fn simulated_aws() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let simulator = Simulator::new(0, Switches::default()).with_speed(1000.0);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(async { tokio::net::TcpListener::from_std(listener) }).unwrap();
        runtime.block_on(serve(listener, simulator)).unwrap();
    });
    url
}

#[test]
fn values_from_the_environment_are_hidden_but_for_public_ones() {
    let url = simulated_aws();
    let variables = SECRETS.iter().chain(&PUBLIC);
    let project = variables.fold(Project::on(&spec()), |project, (name, value)| project.with(name, value));
    let saved = project.path("plan.json").to_str().unwrap().to_owned();
    let commands: [&[&str]; 7] = [
        &["plan"],
        &["plan", "--format", "markdown"],
        &["plan", "--format", "json", "--out", &saved],
        &["apply", &saved, "--format", "json"],
        &["apply", "--yes"],
        &["outputs"],
        &["outputs", "--format", "json"],
    ];
    for command in commands {
        let mut told = project.run(&[command, &["--endpoint-url", &url]].concat()).exits(0).text();
        if command.contains(&"--out") {
            told += &std::fs::read_to_string(&saved).unwrap();
        }
        for (name, value) in SECRETS {
            assert!(!told.contains(value), "{command:?} shows {name}:\n{told}");
        }
        for (name, value) in PUBLIC {
            assert!(told.contains(value), "{command:?} hides {name}:\n{told}");
        }
        assert!(told.contains("(hidden)"), "{command:?}:\n{told}");
    }
    // A script that asks for one value gets it, and not a word in its place.
    let raw = project.run(&["outputs", "OutSHOPCOLOUR", "--raw", "--endpoint-url", &url]).exits(0);
    assert_eq!(raw.out, "of aquamarine-and-teal\n");
    let removed =
        project.run(&["destroy", "--yes", "--format", "json", "--endpoint-url", &url]).exits(0).text();
    for (name, value) in SECRETS {
        assert!(!removed.contains(value), "destroy shows {name}:\n{removed}");
    }
}
