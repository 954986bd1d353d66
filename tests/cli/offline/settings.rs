//! Flags and variables that say where to go.
use crate::support::stand_in::{Program, TABLES, caller, refusal, standin};

#[test]
fn an_endpoint_that_is_none_is_wrong_usage() {
    for url in ["nonsense", "", "localhost:4566", "http://", "ftp://host", "http://a b"] {
        let ended = Program::on(TABLES).run(&["plan", "--endpoint-url", url]);
        ended.is(64, &["--endpoint-url", "http://localhost:4566"]);
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_DYNAMODB"] {
            let ended = Program::on(TABLES).with(name, url).run(&["plan"]);
            ended.is(
                64,
                &[name.trim_end_matches("_STS"), "hint: an endpoint looks like `http://localhost:4566`"],
            );
        }
    }
    let found = standin(|_| refusal("AccessDenied", "no"));
    // The flag wins over all variables.
    let ended =
        Program::on(TABLES).with("AWS_ENDPOINT_URL_STS", "nonsense").run(&["plan", "--endpoint-url", &found]);
    ended.is(1, &["AccessDenied"]);
}

#[test]
fn a_region_that_is_none_is_wrong_usage() {
    for region in ["us-east", "", "US-EAST-1"] {
        for command in ["plan", "validate", "outputs"] {
            let ended = Program::on(TABLES).run(&[command, "--region", region]);
            ended.is(64, &["--region", "a region looks like `us-east-1`"]);
        }
    }
    let ended = Program::on(TABLES).with("AWS_REGION", "us-east").run(&["plan"]);
    ended.is(64, &["the region `us-east`", "hint: a region looks like", "AWS_REGION"]);
    Program::on(TABLES).with("AWS_REGION", "").run(&["plan"]).is(1, &["no region is set"]);
}

#[test]
fn an_empty_region_is_not_set() {
    let found = standin(|request| {
        let signed = request.contains("/eu-west-1/sts/");
        caller(request).filter(|_| !signed).unwrap_or_else(|| refusal("AccessDenied", "for eu-west-1"))
    });
    let arguments = ["plan", "--endpoint-url", &found];
    let program = || Program::on(TABLES).with("AWS_REGION", "");
    program().with("AWS_DEFAULT_REGION", "eu-west-1").run(&arguments).is(1, &["for eu-west-1"]);
    let profiles = program();
    let path = profiles.file("config", "[default]\nregion = eu-west-1\n");
    profiles.with("AWS_CONFIG_FILE", &path).run(&arguments).is(1, &["for eu-west-1"]);
}

#[test]
fn a_profile_that_is_missing_is_named_with_those_that_are_there() {
    let program = Program::on(TABLES);
    let path = program.file("config", "[profile production]\nregion = us-east-1\n[profile test]\n");
    let program = program.with("AWS_CONFIG_FILE", &path);
    program.run(&["plan", "--profile", "nope"]).is(
        64,
        &[
            "there is no profile `nope` in the AWS configuration files",
            "hint: there is `production` and `test`",
        ],
    );
    let keyless = program.with("AWS_ACCESS_KEY_ID", "").with("AWS_PROFILE", "nope");
    keyless.run(&["plan"]).is(64, &["there is no profile `nope`"]);
    keyless.run(&["plan", "--profile", "prodction"]).is(64, &["did you mean `production`?"]);
}
