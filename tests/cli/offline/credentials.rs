//! Whose credentials a command goes by, and what it says of those that do not serve.
use std::sync::{Arc, Mutex};

use crate::support::{
    project::{Project, TABLES},
    screen::Screen,
    stand_in::{Answer, caller, json_refusal, refusal, stand_in},
};

/// A stand-in that keeps the id of the key of every request, and refuses all but the question who is calling.
fn signers(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let keys = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&keys);
    let url = stand_in(move |request| {
        let key = request.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
        kept.lock().unwrap().push(key.unwrap_or_default().to_owned());
        answer(request)
    });
    (url, keys)
}

fn known(request: &str) -> Answer {
    caller(request).unwrap_or_else(|| json_refusal("AccessDeniedException", "no"))
}

const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n\
                           [prod]\naws_access_key_id = AKIDPROD\naws_secret_access_key = s\n\
                           [keyless]\nregion = us-east-1\n";

/// A project with profiles, whose environment holds the key `id`.
fn project(url: &str) -> Project {
    let project = Project::on(TABLES).with("AWS_ENDPOINT_URL", url);
    let path = project.file("credentials", CREDENTIALS);
    project.with("AWS_SHARED_CREDENTIALS_FILE", &path)
}

fn without_keys(project: Project) -> Project {
    project.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

#[test]
fn a_profile_of_the_command_line_goes_before_the_environment_and_that_before_aws_profile() {
    // A stand-in of its own for each: what a run has sent may arrive after its end.
    let signed = |settings: fn(Project) -> Project, arguments: &[&str]| {
        let (url, keys) = signers(known);
        settings(project(&url)).run(arguments).exits(1).says(&["AccessDenied"]);
        let mut used = keys.lock().unwrap().clone();
        used.dedup();
        used
    };
    let in_prod: fn(Project) -> Project = |project| project.with("AWS_PROFILE", "prod");
    let keyless_in_prod: fn(Project) -> Project = |project| without_keys(project).with("AWS_PROFILE", "prod");
    assert_eq!(signed(|project| project, &["plan"]), ["id"]);
    assert_eq!(signed(|project| project, &["plan", "--profile", "prod"]), ["AKIDPROD"]);
    assert_eq!(signed(in_prod, &["plan"]), ["id"]);
    assert_eq!(signed(without_keys, &["plan"]), ["AKIDDEFAULT"]);
    assert_eq!(signed(keyless_in_prod, &["plan"]), ["AKIDPROD"]);
    assert_eq!(signed(keyless_in_prod, &["plan", "--profile", "default"]), ["AKIDDEFAULT"]);
    let (url, _) = signers(known);
    let keyless = || without_keys(project(&url));
    // A profile without credentials is not made up for by those of the environment.
    let told = project(&url).run(&["plan", "--profile", "keyless"]).exits(1);
    told.says(&["no usable AWS credentials: profile `keyless` has none"]);
    let told = without_keys(Project::on(TABLES)).run(&["plan"]).exits(1);
    told.says(&["none in the environment (AWS_ACCESS_KEY_ID), none in profile `default`", "hint: sign in"]);
    let told = keyless().with("AWS_PROFILE", "keyless").run(&["plan"]).exits(1);
    told.says(&["none in profile `keyless`"]);
}

#[test]
fn refused_credentials_are_told_with_where_they_come_from() {
    let url = stand_in(|_| refusal("ExpiredToken", "The security token included in the request is expired"));
    for (project, arguments, origin) in [
        (project(&url), &["plan"][..], "the environment (AWS_ACCESS_KEY_ID)"),
        (project(&url), &["plan", "--profile", "prod"], "profile `prod`"),
        (without_keys(project(&url)), &["plan"], "profile `default`"),
        (without_keys(project(&url)).with("AWS_PROFILE", "prod"), &["plan"], "profile `prod`"),
    ] {
        let words = format!("the credentials are those of {origin}");
        project.run(arguments).exits(1).says(&["ExpiredToken", &words, "hint: sign in again"]);
    }
    let process = without_keys(project(&url));
    let keys = r#"{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"s"}"#;
    let config = process.file("config", format!("[profile p]\ncredential_process = echo '{keys}'\n"));
    let process = process.with("AWS_CONFIG_FILE", &config);
    process
        .run(&["plan", "--profile", "p"])
        .exits(1)
        .says(&["those of profile `p` (its credential_process)"]);
}

#[test]
fn a_region_that_is_not_enabled_is_told_from_wrong_keys() {
    let unknown = || refusal("InvalidClientTokenId", "The security token included in the request is invalid");
    let elsewhere =
        stand_in(move |request| if request.contains("/us-east-1/sts/") { known(request) } else { unknown() });
    let nowhere = stand_in(move |_| unknown());
    let run = |url: &str, region: &str| project(url).run(&["plan", "--region", region]).exits(1);
    run(&elsewhere, "ap-east-1").says(&[
        "InvalidClientTokenId",
        "the same credentials are good in us-east-1, so `ap-east-1` is not enabled for the account",
        "aws account enable-region --region-name ap-east-1",
        "v2Token",
    ]);
    // A region that every account has.
    run(&elsewhere, "eu-west-1").says(&["hint: sign in again"]);
    run(&nowhere, "ap-east-1").says(&["hint: sign in again"]);
}

const MFA: &str = "[profile m]\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = prod\n\
                   mfa_serial = arn:aws:iam::123456789012:mfa/ann\nrole_session_name = ann\nduration_seconds = 900\n\
                   external_id = x1\n\
                   [profile onward]\nrole_arn = arn:aws:iam::210987654321:role/last\nsource_profile = m\n";

/// STS, which takes one code of the device.
fn sts(request: &str) -> Answer {
    let session = |id: &str| {
        let keys = format!("<AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>");
        let rest = "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>";
        let body = format!("<Credentials>{keys}{rest}</Credentials>");
        (
            200,
            "text/xml",
            format!("<AssumeRoleResponse><AssumeRoleResult>{body}</AssumeRoleResult></AssumeRoleResponse>"),
        )
    };
    let first = [
        "SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fann",
        "TokenCode=123456",
        "ExternalId=x1",
        "RoleSessionName=ann",
        "DurationSeconds=900",
    ];
    if request.contains("role%2Fadmin") {
        let fits = first.iter().all(|part| request.contains(part));
        let words = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
        return if fits { session("ASIAADMIN") } else { refusal("AccessDenied", words) };
    }
    if request.contains("role%2Flast") { session("ASIALAST") } else { known(request) }
}

fn mfa_project(url: &str) -> Project {
    let project = project(url);
    let config = project.file("config", MFA);
    project.with("AWS_CONFIG_FILE", &config)
}

#[test]
fn without_a_terminal_a_profile_says_that_it_takes_mfa() {
    let (url, keys) = signers(sts);
    let project = mfa_project(&url);
    for project in [&project, &without_keys(mfa_project(&url)).with("AWS_PROFILE", "m")] {
        project.run(&["plan", "--profile", "m"]).exits(1).says(&[
            "profile `m` takes a code of the MFA device `arn:aws:iam::123456789012:mfa/ann`",
            "there is nobody to ask",
            "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/admin",
            "credential_process",
        ]);
    }
    assert!(keys.lock().unwrap().is_empty());
    // Keys of the environment go before `AWS_PROFILE`, and take no code.
    project.with("AWS_PROFILE", "m").run(&["plan"]).exits(1).says(&["AccessDenied"]);
}

#[test]
fn on_a_terminal_the_code_is_asked_for_once() {
    for (profile, used) in
        [("m", &["AKIDPROD", "ASIAADMIN"][..]), ("onward", &["AKIDPROD", "ASIAADMIN", "ASIALAST"])]
    {
        let (url, keys) = signers(sts);
        let project = mfa_project(&url);
        let screen = Screen::new(project.command(&["plan", "--profile", profile]), 120);
        screen.shows("Code of the MFA device");
        screen.types("123456\n");
        let (code, text, _) = screen.end();
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("AccessDenied") && !text.contains("MultiFactor"), "{text}");
        let mut signed = keys.lock().unwrap().clone();
        signed.dedup();
        assert_eq!(signed, used);
    }
}

#[test]
fn a_wrong_code_is_told_in_the_words_of_aws() {
    let project = mfa_project(&stand_in(sts));
    let screen = Screen::new(project.command(&["plan", "--profile", "m"]), 200);
    screen.shows("Code of the MFA device");
    screen.types("000000\n");
    let (code, text, _) = screen.end();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("MultiFactorAuthentication failed"), "{text}");
}

#[test]
fn a_profile_of_aws_login_says_how_to_use_it() {
    let url = stand_in(known);
    let project = project(&url);
    let config = "[profile l]\nlogin_session = arn:aws:iam::123456789012:user/u\n\
                  [profile r]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = l\n";
    let config = project.file("config", config);
    let project = project.with("AWS_CONFIG_FILE", &config);
    for profile in ["l", "r"] {
        project.run(&["plan", "--profile", profile]).exits(1).says(&[
            "profile `l` goes by a session of `aws login`",
            "aws configure export-credentials --profile l --format env",
            "credential_process = aws configure export-credentials --profile l --format process",
        ]);
    }
    // Keys of the environment go before `AWS_PROFILE`: that is how the exported ones are used.
    project.with("AWS_PROFILE", "l").run(&["plan"]).exits(1).says(&["AccessDenied"]);
}
