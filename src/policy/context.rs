//! The context of permissions: account, region, names, and placeholders for the ids that AWS generates.
use crate::{
    aws::AwsScope,
    stack::{KeyName, StackNames},
};

/// The account, region and names from which scopes are built.
#[derive(Clone)]
pub(super) struct PolicyContext {
    pub(super) scope: AwsScope,
    pub(super) names: StackNames,
    pub(super) unknown: UnknownIds,
    /// ARN of the principal that applies the stack, if known.
    pub(super) principal: Option<String>,
    /// Whether the policies are for one API that exists, whose id is among the known ones.
    pub(super) one_api: bool,
}

/// Placeholders for unknown names: `*` in a policy, a sample in a question to the simulator.
#[derive(Clone)]
pub(super) struct UnknownIds {
    pub(super) key: String,
    pub(super) api: String,
    /// Id of a route, an integration, a stage and the like.
    pub(super) part: String,
    pub(super) role: String,
    pub(super) table: String,
    pub(super) function: String,
    pub(super) alias: String,
    pub(super) group: String,
}

impl UnknownIds {
    /// Returns `*` for every placeholder.
    pub(super) fn any() -> Self {
        let any = || "*".to_owned();
        Self {
            key: any(),
            api: any(),
            part: any(),
            role: any(),
            table: any(),
            function: any(),
            alias: any(),
            group: any(),
        }
    }
}

impl PolicyContext {
    pub(super) fn arn(&self, service: &str, rest: &str) -> String {
        self.scope.arn(service, rest)
    }

    /// Returns an ARN without a region.
    pub(super) fn global(&self, service: &str, rest: &str) -> String {
        self.scope.global_arn(service, rest)
    }

    /// An ARN of API Gateway, which names no account (API Gateway guide, "ARN format for API Gateway resources").
    pub(super) fn gateway(&self, path: &str) -> String {
        format!("arn:{}:apigateway:{}::{path}", self.scope.partition, self.scope.region)
    }

    /// A path below an API; `{}` is the id of a part.
    pub(super) fn api(&self, path: &str) -> String {
        self.gateway(&format!("/apis/{}{}", self.unknown.api, path.replace("{}", &self.unknown.part)))
    }

    pub(super) fn role(&self, path: &str) -> String {
        self.global("iam", &format!("role{path}"))
    }

    pub(super) fn tables(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.arn("dynamodb", &format!("table/{name}"))).collect()
    }

    pub(super) fn functions(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.arn("lambda", &format!("function:{name}"))).collect()
    }

    /// Returns the ARNs of log groups as tagging calls name them (CloudWatch Logs API, `LogGroup`: `logGroupArn`).
    pub(super) fn groups_bare(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.arn("logs", &format!("log-group:{name}"))).collect()
    }

    /// Returns the ARNs of log groups as all other calls name them: ending in `:*`.
    pub(super) fn groups(&self, names: &[String]) -> Vec<String> {
        let bare = self.groups_bare(names);
        bare.into_iter().flat_map(|arn| [format!("{arn}:*"), arn]).collect()
    }

    /// All log groups of the spec.
    pub(super) fn own_groups(&self) -> Vec<String> {
        let stage = self.names.stage.iter().filter(|stage| stage.executes);
        let execution =
            stage.map(|stage| format!("API-Gateway-Execution-Logs_{}/{}", self.unknown.api, stage.name));
        self.names.groups.iter().cloned().chain(execution).collect()
    }

    /// Prefixes of the groups that the tool looks at, and those of the spec outside them.
    pub(super) fn seen_groups(&self) -> Vec<String> {
        let stack = &self.names.stack;
        let prefixes = [
            format!("/aws/lambda/{stack}"),
            format!("/aws/apigateway/{stack}"),
            "API-Gateway-Execution-Logs_".into(),
        ];
        let outside =
            self.names.groups.iter().filter(|name| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
        let outside: Vec<String> = outside.cloned().collect();
        prefixes.iter().map(|prefix| format!("{prefix}*")).chain(outside).collect()
    }

    /// The pattern of the stack's default names, and the names outside it.
    pub(super) fn seen(&self, before: &str, after: &str, names: &[String]) -> Vec<String> {
        let prefix = format!("{before}{}{after}", self.names.stack);
        let outside = names.iter().filter(|name| !name.starts_with(&prefix)).cloned();
        std::iter::once(format!("{prefix}*")).chain(outside).collect()
    }

    /// The alias of the stack's own key.
    pub(super) fn alias(&self) -> Option<&String> {
        match &self.names.key {
            Some(KeyName::Own(alias)) => Some(alias),
            _ => None,
        }
    }

    /// Patterns of the aliases that the tool looks at.
    pub(super) fn aliases(&self) -> Vec<String> {
        let plain = format!("alias/{}", self.names.stack);
        let others = self.seen("alias/", "-", &self.alias().cloned().into_iter().collect::<Vec<_>>());
        let others = others.into_iter().filter(|alias| *alias != plain);
        std::iter::once(plain.clone()).chain(others).collect()
    }

    /// ARN of the key that encrypts the stack.
    pub(super) fn key(&self) -> Vec<String> {
        match &self.names.key {
            None => Vec::new(),
            Some(KeyName::Given(arn)) => vec![arn.clone()],
            Some(KeyName::Own(_)) => vec![self.arn("kms", &format!("key/{}", self.unknown.key))],
        }
    }

    /// Returns whether the stage writes logs.
    pub(super) fn logs(&self) -> bool {
        self.names.stage.as_ref().is_some_and(|stage| stage.logs)
    }

    /// Path and name of the role with which API Gateway logs.
    pub(super) fn logging_role(&self) -> String {
        self.role(&self.names.logging_role)
    }

    /// Returns the paths of the tags of APIs and stages, which name what is tagged by its encoded ARN.
    ///
    /// API Gateway asks for `/v2/apis` in the ARN when something is made with tags, and the tagging calls name `/apis`.
    pub(super) fn api_tags(&self) -> Vec<String> {
        if !self.one_api {
            return vec![self.gateway("/tags/*")];
        }
        let forms = ["", "v2%2F"].into_iter().flat_map(|version| {
            let arn = format!("arn%3A{}%3Aapigateway%3A{}%3A%3A", self.scope.partition, self.scope.region);
            let api = format!("/tags/{arn}%2F{version}apis%2F{}", self.unknown.api);
            [format!("{api}%2F*"), api]
        });
        forms.map(|path| self.gateway(&path)).collect()
    }
}
