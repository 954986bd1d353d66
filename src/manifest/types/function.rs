//! Lambda functions in the spec, and what they may do.
//!
//! Ranges are those that Lambda allows without a capacity provider.
use std::{marker::PhantomData, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{
    diagnostic::Spanned,
    facts::{ENUMS, LIMITS},
    iam::arn::{ACCOUNT_ID, ACCOUNT_ID_WORDS},
    manifest::{
        defaults,
        map::{EntriesVisitor, Map},
        template::Template,
        types::{
            GivenRole,
            access::{
                AccessTarget, Allow, ApplyGrant, ConnectionVerb, Connections, DataGrant, Grant, InvokeGrant,
                QueueGrant, RetrieveGrant, TopicGrant,
            },
        },
    },
    package::Exclusions,
};

/// A Lambda function as written; every field may come from the defaults instead.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Name; default `<stack>-<id>`. Not allowed in `function_defaults`.
    #[schemars(extend(
        "pattern" = "^[a-zA-Z0-9_-]{1,64}$",
        "patternErrorMessage" = "use up to 64 letters, digits, `_` and `-`"
    ))]
    #[schemars(extend("examples" = ["omnitrack-copilot-message"]))]
    pub name: Option<Spanned<String>>,
    /// Description.
    #[schemars(extend("maxLength" = *LIMITS.function_description_length))]
    #[schemars(extend("examples" = ["Asks the model and streams the answer back"]))]
    pub description: Option<Spanned<String>>,
    /// Entry point, such as `websocket-handler.messageHandler`; needed unless the runtime is `provided.*`.
    #[schemars(extend(
        "pattern" = r"^[^\s]{1,128}$",
        "patternErrorMessage" = "use up to 128 characters without spaces, such as `file.exportedFunction`",
        "examples" = ["websocket-handler.messageHandler"]
    ))]
    pub handler: Option<Spanned<String>>,
    /// Runtime.
    #[schemars(extend(
        "pattern" = r"^[a-z]+[a-z0-9.]*$",
        "patternErrorMessage" = "a runtime looks like `nodejs24.x`",
        "default" = defaults::RUNTIME,
        "examples" = ["nodejs24.x", "python3.13", "provided.al2023"]
    ))]
    pub runtime: Option<Spanned<String>>,
    /// Architecture; default `x86_64`.
    #[schemars(extend("default" = "x86_64"))]
    pub architecture: Option<Spanned<Architecture>>,
    /// Memory in MB.
    #[schemars(extend("minimum" = *LIMITS.function_memory_min, "maximum" = *LIMITS.function_memory_max, "default" = defaults::MEMORY))]
    pub memory: Option<Spanned<u32>>,
    /// Timeout in seconds.
    #[schemars(extend("minimum" = 1, "maximum" = *LIMITS.function_timeout_max, "default" = defaults::TIMEOUT))]
    pub timeout: Option<Spanned<u32>>,
    /// X-Ray tracing; default active.
    #[schemars(extend("default" = "active"))]
    pub tracing: Option<Spanned<Tracing>>,
    /// Days its logs are kept; one of the values CloudWatch Logs knows.
    #[schemars(extend("enum" = *ENUMS.log_retention_days, "default" = defaults::LOG_RETENTION_DAYS))]
    pub log_retention_days: Option<Spanned<u32>>,
    /// What becomes of its log when the function or the stack is removed; default `keep`.
    #[schemars(extend("default" = "keep"))]
    pub log_on_delete: Option<Spanned<LogOnDelete>>,
    /// Whether AWS itself refuses to delete its log; default false.
    #[schemars(extend("default" = false))]
    pub log_deletion_protection: Option<Spanned<bool>>,
    /// Shape of its log lines; default text.
    #[schemars(extend("default" = "text"))]
    pub log_format: Option<Spanned<LogFormat>>,
    /// Executions kept for it alone; default none reserved.
    #[schemars(extend("examples" = [50]))]
    pub reserved_concurrency: Option<Spanned<u32>>,
    /// Where its code is; default the `websocket-handlers` template.
    #[schemars(extend("default" = {"template": "websocket-handlers"}))]
    pub code: Option<Spanned<Code>>,
    /// Environment variables, merged by name; 4 KB in all.
    #[serde(default)]
    #[schemars(extend("propertyNames" = {
        "pattern": "^[a-zA-Z][a-zA-Z0-9_]+$",
        "patternErrorMessage": "use at least two letters, digits and `_`, starting with a letter"
    }))]
    #[schemars(extend("examples" = [{"TABLE_NAME": "${tables.connections.name}"}]))]
    pub environment: Map<Spanned<Template>>,
    /// A role that exists, for who may make none; without it a role is made from `access`.
    #[schemars(extend("examples" = [{"arn": "arn:aws:iam::123456789012:role/teams/blue/copilot"}]))]
    pub role: Option<Spanned<GivenRole>>,
    /// What it may do.
    #[schemars(extend("examples" = [{"tables": {"connections": "read_write"}, "connections": true}]))]
    pub access: Option<Spanned<Access>>,
    /// Who may call it beside this API: services of AWS and other accounts.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"service": "events.amazonaws.com", "source": "arn:aws:events:us-east-1:123456789012:rule/tick"}]]))]
    pub callers: Vec<Spanned<Caller>>,
    /// Whether it may neither be removed nor replaced, even after it has left this file; default false.
    #[schemars(extend("default" = false))]
    pub protect: Option<Spanned<bool>>,
}

/// Who may call a function: a service in the name of `source` or `account`, or an account by itself.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// A service of AWS, by its principal.
    #[schemars(extend(
        "pattern" = r"^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.(com|com\.cn|eu)$",
        "patternErrorMessage" = "a service looks like `events.amazonaws.com`",
        "examples" = ["events.amazonaws.com", "s3.amazonaws.com", "cognito-idp.amazonaws.com"]
    ))]
    pub service: Option<Spanned<String>>,
    /// ARN of what calls through the service, with `*` and `?` in its last part for any characters.
    #[schemars(extend("examples" = ["arn:aws:events:us-east-1:123456789012:rule/tick", "${inputs.topic}"]))]
    pub source: Option<Spanned<Template>>,
    /// The account that calls, or that `source` belongs to where its ARN names none; then the stack's by default.
    #[schemars(extend(
        "pattern" = ACCOUNT_ID,
        "patternErrorMessage" = ACCOUNT_ID_WORDS,
        "examples" = ["123456789012"]
    ))]
    pub account: Option<Spanned<String>>,
}

/// Instruction set of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// 64-bit x86.
    #[serde(rename = "x86_64")]
    X86_64,
    /// 64-bit ARM.
    Arm64,
}

/// X-Ray mode of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tracing {
    /// Samples by itself.
    Active,
    /// Follows the caller.
    Passthrough,
}

/// Shape of a function's log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Plain text.
    Text,
    /// JSON objects.
    Json,
}

/// What becomes of a log whose source is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogOnDelete {
    /// It stays until `--delete-data` removes it.
    Keep,
    /// It is removed as well.
    Delete,
}

/// Where a function's code is: one of `template` and `path`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// One shipped with the tool: `websocket-handlers` or `websocket-authorizer`.
    #[schemars(extend("enum" = defaults::CODE_TEMPLATES))]
    pub template: Option<Spanned<String>>,
    /// A folder, or a zip or jar file, relative to the spec.
    #[schemars(extend("minLength" = 1, "examples" = ["./dist", "build/handlers.zip", "target/app.jar"]))]
    pub path: Option<Spanned<String>>,
    /// What of the folder is not packed, in the form of `.gitignore`.
    #[serde(default)]
    #[schemars(extend("items" = {"type": "string", "minLength": 1}))]
    #[schemars(extend("examples" = [["*.map", "/tests/", ".env*"]]))]
    pub exclude: Vec<Spanned<String>>,
    /// A shell command that makes what `path` names; `plan`, `apply` and `push` run it in the spec's folder before they
    /// pack, without credentials.
    #[schemars(extend("minLength" = 1, "examples" = ["npm ci && npm run build"]))]
    pub build: Option<Spanned<String>>,
    /// Variables of the environment that `build` sees although they hold credentials.
    #[serde(default)]
    #[schemars(extend("items" = {
        "type": "string",
        "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$",
        "patternErrorMessage": "name a variable, without `$`"
    }))]
    #[schemars(extend("examples" = [["NODE_AUTH_TOKEN"]]))]
    pub build_env: Vec<Spanned<String>>,
}

impl Code {
    /// Returns what is not packed of the folder of `path`, for a spec that stands at `spec`.
    #[must_use]
    pub fn exclusions<'a>(&self, spec: impl IntoIterator<Item = &'a Path>) -> Exclusions {
        Exclusions::of(self.exclude.iter().map(|pattern| pattern.as_str()), spec)
    }
}

/// What a function may do; its role's policy is made from it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Tables of this stack, by id.
    #[serde(default)]
    #[schemars(extend("examples" = [{"connections": "read_write"}]))]
    pub tables: Map<Spanned<Grant>>,
    /// Tables of others, by name or ARN, which may be references such as `${inputs.main_table}`.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<Grant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"${inputs.main_table}": "read"}]))]
    pub external_tables: TemplateGrants<Grant>,
    /// Bedrock model ids or inference-profile ids; ARNs of projects for calls through `bedrock-mantle`.
    #[serde(default)]
    #[schemars(extend("examples" = [["us.anthropic.claude-sonnet-5-5"]]))]
    pub models: Vec<Spanned<Template>>,
    /// Whether its first call of a model may make the model's agreement on AWS Marketplace; default false: an
    /// administrator makes it once.
    #[schemars(extend("default" = false))]
    pub models_subscribe: Option<Spanned<bool>>,
    /// What it may do with this API's connections: `true` to post, or a list of `post`, `close` and `ask`; default false.
    #[schemars(extend("default" = false))]
    pub connections: Option<Spanned<Connections>>,
    /// ARNs of secrets it may read; one under a key of its own needs that key in `keys`.
    #[serde(default)]
    #[schemars(extend("examples" = [["arn:aws:secretsmanager:us-east-1:123456789012:secret:copilot-AbCdEf"]]))]
    pub secrets: Vec<Spanned<Template>>,
    /// Buckets of S3, by name or ARN.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<DataGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"copilot-uploads": "read"}]))]
    pub buckets: TemplateGrants<DataGrant>,
    /// Parameters of Systems Manager, by name or ARN; `/app/*` for all below `/app`.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<DataGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"/copilot/prompt": "read"}]))]
    pub parameters: TemplateGrants<DataGrant>,
    /// Topics of SNS, by name or ARN.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<TopicGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"alerts": "send"}]))]
    pub topics: TemplateGrants<TopicGrant>,
    /// Queues of SQS, by name or ARN.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<QueueGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"jobs": "send"}]))]
    pub queues: TemplateGrants<QueueGrant>,
    /// Functions: of this stack by id, others by ARN.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<InvokeGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"digest": "invoke"}]))]
    pub functions: TemplateGrants<InvokeGrant>,
    /// Knowledge bases of Bedrock, by id or ARN; where the function calls Bedrock.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<RetrieveGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"KB12345678": "retrieve"}]))]
    pub knowledge_bases: TemplateGrants<RetrieveGrant>,
    /// Guardrails of Bedrock, by id or ARN; where the function calls Bedrock.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<ApplyGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"abcdef123456": "apply"}]))]
    pub guardrails: TemplateGrants<ApplyGrant>,
    /// Aliases of Bedrock agents, by `AGENT/ALIAS` or ARN; where the function calls Bedrock.
    #[serde(default, deserialize_with = "template_map")]
    #[schemars(with = "Map<InvokeGrant>", extend("propertyNames" = {"minLength": 1, "format": "copilot-template"}))]
    #[schemars(extend("examples" = [{"AGENT12345/ALIAS12345": "invoke"}]))]
    pub agents: TemplateGrants<InvokeGrant>,
    /// ARNs of keys that encrypt its `secrets`, `external_tables`, `buckets`, `parameters`, `topics` and `queues`; each may
    /// be used through the services of these only.
    #[serde(default)]
    #[schemars(extend("examples" = [["arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"]]))]
    pub keys: Vec<Spanned<Template>>,
    /// What none of the other keys says: actions on ARNs, which may be references, and why.
    #[serde(default)]
    #[schemars(extend("examples" = [[{"actions": ["s3:GetObject"], "on": ["${inputs.uploads}/public/*"], "why": "reads what users have uploaded"}]]))]
    pub allow: Vec<Spanned<Allow>>,
    /// Raw IAM statements, taken literally: `${…}` in them is a policy variable of IAM.
    #[serde(default)]
    #[schemars(extend("items" = {
        "type": "object",
        "required": ["Effect"],
        "properties": {"Effect": {"description": "Whether it allows or denies.", "enum": ["Allow", "Deny"]}}
    }))]
    #[schemars(extend("examples" = [[{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs"}]]))]
    pub statements: Vec<Spanned<serde_json::Value>>,
}

impl Access {
    /// Every template of it.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let tables = self.external_tables.iter().map(|(table, _)| table);
        let lists = self.models.iter().chain(&self.secrets).chain(&self.keys);
        let allowed = self.allow.iter().flat_map(|allow| &allow.on);
        let targets = self.targets().into_iter().map(|(_, template)| template);
        tables.chain(lists).chain(allowed).chain(targets).map(|template| &template.value)
    }

    /// What it names by name or ARN, tables and secrets aside, each with what may be done.
    pub(crate) fn targets(&self) -> Vec<(AccessTarget, &Spanned<Template>)> {
        fn each<G: Copy>(
            grants: &TemplateGrants<G>,
            target: impl Fn(G) -> AccessTarget,
        ) -> impl Iterator<Item = (AccessTarget, &Spanned<Template>)> {
            grants.iter().map(move |(name, grant)| (target(grant.value), name))
        }
        each(&self.buckets, AccessTarget::Bucket)
            .chain(each(&self.parameters, AccessTarget::Parameter))
            .chain(each(&self.topics, |TopicGrant::Send| AccessTarget::Topic))
            .chain(each(&self.queues, AccessTarget::Queue))
            .chain(each(&self.functions, |InvokeGrant::Invoke| AccessTarget::Function))
            .chain(each(&self.knowledge_bases, |RetrieveGrant::Retrieve| AccessTarget::KnowledgeBase))
            .chain(each(&self.guardrails, |ApplyGrant::Apply| AccessTarget::Guardrail))
            .chain(each(&self.agents, |InvokeGrant::Invoke| AccessTarget::Agent))
            .collect()
    }

    /// Returns what may be done with the connections of this API.
    #[must_use]
    pub fn connection_verbs(&self) -> &[ConnectionVerb] {
        self.connections.as_ref().map_or(&[], |connections| &connections.value.0)
    }

    /// Returns whether the function may post to the connections of this API.
    #[must_use]
    pub fn posts(&self) -> bool {
        self.connection_verbs().contains(&ConnectionVerb::Post)
    }
}

/// What is granted on what a template names.
type TemplateGrants<G> = Vec<(Spanned<Template>, Spanned<G>)>;

/// Reads a mapping whose keys are templates.
fn template_map<'de, D: Deserializer<'de>, G: Deserialize<'de>>(
    deserializer: D,
) -> Result<TemplateGrants<G>, D::Error> {
    deserializer.deserialize_map(EntriesVisitor(PhantomData))
}
