//! The IAM roles that a stack makes, and roles that exist already.
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{diagnostic::Spanned, manifest::template::Template};

/// How the roles are made: all of the functions', and API Gateway's for its logs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// ARN of the managed policy that bounds what every role may do; without one a boundary that others set stays.
    #[schemars(extend("examples" = ["arn:aws:iam::123456789012:policy/developers"]))]
    pub permissions_boundary: Option<Spanned<Template>>,
    /// Path that the roles stand below, each stack under `<path><stack>/<region>/`.
    #[schemars(extend(
        "pattern" = r"^/([A-Za-z0-9_+=,.@-]+/)*$",
        "patternErrorMessage" = "begin and end it with `/`, with letters, digits and `_+=,.@-` between",
        // 512 in all (IAM API reference, `CreateRole`), of which stack and region take at most 60.
        "maxLength" = 450,
        "default" = "/copilot-infra/",
        "examples" = ["/teams/blue/"]
    ))]
    pub path: Option<Spanned<String>>,
    /// Beginning of the roles' names.
    #[schemars(extend(
        // 64 in all (IAM API reference, `CreateRole`), of which the logging role takes 44.
        "pattern" = r"^[A-Za-z0-9_+=,.@-]{1,20}$",
        "patternErrorMessage" = "use up to 20 letters, digits and `_+=,.@-`",
        "examples" = ["blue-"]
    ))]
    pub name_prefix: Option<Spanned<String>>,
    /// Managed policies that others may attach to the roles: names or ARNs, with `*` for any characters.
    #[serde(default)]
    #[schemars(extend("items" = {
        "type": "string",
        "pattern": r"^[A-Za-z0-9_+=,.@*:/-]*[A-Za-z0-9][A-Za-z0-9_+=,.@*:/-]*$",
        "patternErrorMessage": "write the name or the ARN of a managed policy, with `*` for any characters"
    }))]
    #[schemars(extend("examples" = [["CloudWatchLambdaInsightsExecutionRolePolicy", "arn:aws:iam::*:policy/security/*"]]))]
    pub tolerate_policies: Vec<Spanned<String>>,
}

/// A role that exists and is not touched; what the function needs must be allowed there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenRole {
    /// ARN of the role.
    #[schemars(extend("examples" = ["arn:aws:iam::123456789012:role/teams/blue/copilot"]))]
    pub arn: Spanned<Template>,
}
