//! Flags and variables that say where to go.
use crate::support::{
    project::{Project, TABLES},
    stand_in::{caller, refusal, stand_in},
};

#[test]
fn an_endpoint_that_is_none_is_wrong_usage() {
    for url in ["nonsense", "", "localhost:4566", "http://", "ftp://host", "http://a b"] {
        Project::on(TABLES)
            .run(&["plan", "--endpoint-url", url])
            .exits(64)
            .says(&["--endpoint-url", "http://localhost:4566"]);
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_DYNAMODB"] {
            Project::on(TABLES).with(name, url).run(&["plan"]).exits(64).says(&[
                name.trim_end_matches("_STS"),
                "hint: an endpoint looks like `http://localhost:4566`",
            ]);
        }
    }
    let found = stand_in(|_| refusal("AccessDenied", "no"));
    // The flag wins over all variables.
    let ended =
        Project::on(TABLES).with("AWS_ENDPOINT_URL_STS", "nonsense").run(&["plan", "--endpoint-url", &found]);
    ended.exits(1).says(&["AccessDenied"]);
}

#[test]
fn a_region_that_is_none_is_wrong_usage() {
    for region in ["us-east", "", "US-EAST-1"] {
        for command in ["plan", "validate", "outputs"] {
            Project::on(TABLES)
                .run(&[command, "--region", region])
                .exits(64)
                .says(&["--region", "a region looks like `us-east-1`"]);
        }
    }
    Project::on(TABLES).with("AWS_REGION", "us-east").run(&["plan"]).exits(64).says(&[
        "the region `us-east`",
        "hint: a region looks like",
        "AWS_REGION",
    ]);
    Project::on(TABLES).with("AWS_REGION", "").run(&["plan"]).exits(1).says(&["no region is set"]);
}

#[test]
fn an_empty_region_is_not_set() {
    let found = stand_in(|request| {
        let signed = request.contains("/eu-west-1/sts/");
        caller(request).filter(|_| !signed).unwrap_or_else(|| refusal("AccessDenied", "for eu-west-1"))
    });
    let arguments = ["plan", "--endpoint-url", &found];
    let program = || Project::on(TABLES).with("AWS_REGION", "");
    program().with("AWS_DEFAULT_REGION", "eu-west-1").run(&arguments).exits(1).says(&["for eu-west-1"]);
    let profiles = program();
    let path = profiles.file("config", "[default]\nregion = eu-west-1\n");
    profiles.with("AWS_CONFIG_FILE", &path).run(&arguments).exits(1).says(&["for eu-west-1"]);
}

#[test]
fn a_profile_that_is_missing_is_named_with_those_that_are_there() {
    let program = Project::on(TABLES);
    let path = program.file("config", "[profile production]\nregion = us-east-1\n[profile test]\n");
    let program = program.with("AWS_CONFIG_FILE", &path);
    program.run(&["plan", "--profile", "nope"]).exits(64).says(&[
        "there is no profile `nope` in the AWS configuration files",
        "hint: there is `production` and `test`",
    ]);
    let keyless = program.with("AWS_ACCESS_KEY_ID", "").with("AWS_PROFILE", "nope");
    keyless.run(&["plan"]).exits(64).says(&["there is no profile `nope`"]);
    keyless.run(&["plan", "--profile", "prodction"]).exits(64).says(&["did you mean `production`?"]);
}
