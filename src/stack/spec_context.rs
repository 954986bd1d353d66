//! What templates may refer to: the spec, its inputs, and the attributes that AWS generates.
use serde_json::json;

use crate::{
    aws::{Aws, AwsScope, tags},
    diagnostic::Spanned,
    digest::short_digest,
    engine::MaybeKnown,
    facts::LIMITS,
    manifest::{
        defaults,
        template::{ApiAttr, KeyAttr, NamedAttr, Reference, StackAttr, Template, TemplatePart},
        types::Spec,
    },
    resources::{
        api,
        api_gateway_account::{ApiGatewayAccount, logging_role_name},
        key, role,
    },
    stack::{inputs::Inputs, redaction},
};

/// The spec, inputs and AWS scope of a stack, all known before any resource is created.
pub(super) struct SpecContext {
    pub(super) spec: Spec,
    pub(super) inputs: Inputs,
    pub(super) scope: AwsScope,
    /// Texts that must be redacted wherever they occur.
    pub(super) private_texts: Vec<String>,
}

/// The attributes of the two resources whose ids AWS generates, as far as somebody depends on them.
#[derive(Clone, Debug, Default)]
pub(super) struct GeneratedIds {
    pub(super) key: Option<key::Attrs>,
    pub(super) api: Option<api::Attrs>,
}

impl SpecContext {
    pub(super) fn new(spec: Spec, inputs: Inputs, aws: &Aws) -> Self {
        Self::in_scope(spec, inputs, AwsScope::of(aws))
    }

    pub(super) fn in_scope(spec: Spec, inputs: Inputs, scope: AwsScope) -> Self {
        let private_texts = redaction::private_texts(&spec, &inputs);
        Self { spec, inputs, scope, private_texts }
    }

    /// Returns the tags of the resource at `address`: those of the spec, and the ownership tags.
    pub(super) fn resource_tags(&self, address: &str) -> tags::Tags {
        let mut tags: tags::Tags =
            self.spec.tags.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect();
        tags.insert(tags::STACK.into(), self.spec.stack.value.clone());
        tags.insert(tags::ADDRESS.into(), address.into());
        if self.protects(address) {
            tags.insert(tags::PROTECT.into(), "true".into());
        }
        if let Some(digest) = address.strip_prefix("functions.").and_then(|id| self.callers_digest(id)) {
            tags.insert(tags::CALLERS.into(), digest);
        }
        tags
    }

    /// Returns the digest of the callers of function `id` beside the API, as far as they follow from the spec alone.
    fn callers_digest(&self, id: &str) -> Option<String> {
        let callers = self.spec.function(id)?.callers;
        let parts = callers.iter().map(|caller| {
            let source =
                caller.source.as_ref().map(|source| self.render_template(source, &GeneratedIds::default()));
            let text = |part: &Option<Spanned<String>>| part.as_ref().map(|part| part.value.clone());
            json!([text(&caller.service), source, text(&caller.account)]).to_string()
        });
        (!callers.is_empty()).then(|| short_digest(parts.collect::<Vec<_>>().join("\n"), 6))
    }

    /// Returns whether the spec protects the resource at `address`, by itself or as part of another one.
    pub(super) fn protects(&self, address: &str) -> bool {
        let says = |protect: Option<&Spanned<bool>>| protect.is_some_and(|protect| protect.value);
        let (spec, (part, id)) = (&self.spec, address.split_once('.').unwrap_or((address, "")));
        match (part, id) {
            ("key", _) => says(spec.key.as_ref().and_then(|key| key.protect.as_ref())),
            ("tables", id) => says(spec.tables.get(id).and_then(|table| table.protect.as_ref())),
            ("api", _) | ("logs", "access" | "execution") => {
                says(spec.api.as_ref().and_then(|api| api.protect.as_ref()))
            }
            ("functions" | "roles" | "logs", id) => {
                spec.function(id).is_some_and(|function| says(function.protect.as_ref()))
            }
            _ => false,
        }
    }

    pub(super) fn function_arn(&self, id: &str) -> String {
        self.scope.arn("lambda", &format!("function:{}", self.spec.function_name(id)))
    }

    pub(super) fn log_group_arn(&self, name: &str) -> String {
        self.scope.arn("logs", &format!("log-group:{name}"))
    }

    /// Returns the path of the stack's roles: listing it finds them all. Roles are global, so the region is part of it.
    pub(super) fn role_path(&self) -> String {
        role::role_path(self.spec.role_home(), &self.spec.stack, &self.scope.region)
    }

    /// Returns the ARN of the boundary of all roles, if the spec names one.
    pub(super) fn role_boundary(&self) -> Option<String> {
        Some(self.render_given(self.spec.roles.permissions_boundary.as_ref()?))
    }

    /// Returns the ARN of the existing role of function `id`, if the spec names one.
    pub(super) fn given_role(&self, id: &str) -> Option<String> {
        Some(self.render_given(&self.spec.function(id)?.role?.arn))
    }

    /// Renders a template that refers to nothing that AWS generates; the checks refuse any other.
    fn render_given(&self, template: &Template) -> String {
        match self.render_template(template, &GeneratedIds::default()) {
            MaybeKnown::Known(text) | MaybeKnown::KnownAfter(text) => text,
        }
    }

    /// Returns the role that API Gateway logs with where the account has none.
    pub(super) fn logging_role(&self) -> ApiGatewayAccount {
        let prefix = self.spec.roles.name_prefix.as_ref().map_or("", |prefix| prefix.as_str());
        ApiGatewayAccount {
            role: logging_role_name(prefix, &self.scope.region),
            path: self.spec.role_home().to_owned(),
            boundary: self.role_boundary(),
            tags: self
                .spec
                .tags
                .iter()
                .map(|(key, value)| (key.value.clone(), value.value.clone()))
                .collect(),
        }
    }

    /// Returns the name of the role that is made for function `id`.
    ///
    /// Roles are global, so the region is part of it, and whatever their paths no two may share a name: so that a role
    /// under another path can stand beside the old one until the function has changed over, a path other than the
    /// default is part of it too. A name that would be too long is cut and made unique by a digest.
    pub(super) fn role_name(&self, id: &str) -> String {
        let prefix = self.spec.roles.name_prefix.as_ref().map_or("", |prefix| prefix.as_str());
        let mut full = format!("{prefix}{}-{}", self.spec.function_name(id), self.scope.region);
        if self.spec.role_home() != defaults::ROLE_HOME {
            full = format!("{full}-{}", short_digest(self.spec.role_home(), 2));
        }
        if full.len() <= *LIMITS.role_name_length {
            return full;
        }
        let start: String = full.chars().take(*LIMITS.role_name_length - 9).collect();
        format!("{start}-{}", short_digest(&full, 4))
    }

    /// Returns the ARN of the role that function `id` runs as.
    pub(super) fn role_arn(&self, id: &str) -> String {
        if let Some(arn) = self.given_role(id) {
            return arn;
        }
        self.scope.global_arn("iam", &format!("role{}{}", self.role_path(), self.role_name(id)))
    }

    /// Renders a template.
    pub(super) fn render_template(
        &self,
        template: &Template,
        generated: &GeneratedIds,
    ) -> MaybeKnown<String> {
        MaybeKnown::concat(template.0.iter().map(|part| match part {
            TemplatePart::Text(text) => MaybeKnown::Known(text.clone()),
            TemplatePart::Ref(reference, _) => self.reference_value(reference, generated),
        }))
    }

    fn reference_value(&self, reference: &Reference, generated: &GeneratedIds) -> MaybeKnown<String> {
        match reference {
            // Unknown names were refused when the spec was loaded.
            Reference::Input(name) => self.inputs.get(name).cloned().unwrap_or_default().into(),
            Reference::Stack(StackAttr::Name) => self.spec.stack.value.clone().into(),
            Reference::Stack(StackAttr::Region) => self.scope.region.clone().into(),
            Reference::Stack(StackAttr::Account) => self.scope.account.clone().into(),
            Reference::Stack(StackAttr::Partition) => self.scope.partition.to_owned().into(),
            Reference::Key(attr) => key_value(*attr, generated.key.as_ref()),
            Reference::Table(id, NamedAttr::Name) => self.spec.table_name(id).into(),
            Reference::Table(id, NamedAttr::Arn) => self.table_arn(id).into(),
            Reference::Function(id, NamedAttr::Name) => self.spec.function_name(id).into(),
            Reference::Function(id, NamedAttr::Arn) => self.function_arn(id).into(),
            Reference::Role(id, NamedAttr::Name) => {
                self.role_arn(id).rsplit('/').next().unwrap_or_default().to_owned().into()
            }
            Reference::Role(id, NamedAttr::Arn) => self.role_arn(id).into(),
            Reference::Api(attr) => self.api_value(*attr, generated.api.as_ref()),
        }
    }

    pub(super) fn table_arn(&self, id: &str) -> String {
        self.scope.arn("dynamodb", &format!("table/{}", self.spec.table_name(id)))
    }

    fn api_value(&self, attr: ApiAttr, api: Option<&api::Attrs>) -> MaybeKnown<String> {
        let id = api.map_or_else(|| MaybeKnown::KnownAfter("api.id".into()), |api| api.id.clone());
        let (stage, AwsScope { partition, region, .. }) = (self.spec.stage_name(), &self.scope);
        let host = |id: &String| format!("{id}.{}", self.scope.service("execute-api"));
        match attr {
            ApiAttr::Id => id,
            ApiAttr::Arn => id.map(|id| format!("arn:{partition}:apigateway:{region}::/apis/{id}")),
            ApiAttr::Url => id.map(|id| format!("wss://{}/{stage}", host(id))),
            ApiAttr::ManagementEndpoint => id.map(|id| format!("https://{}/{stage}", host(id))),
        }
    }
}

fn key_value(attr: KeyAttr, key: Option<&key::Attrs>) -> MaybeKnown<String> {
    let Some(key) = key else { return MaybeKnown::KnownAfter("key.arn".into()) };
    match attr {
        KeyAttr::Id => key.id.clone(),
        KeyAttr::Arn => key.arn.clone(),
        KeyAttr::Alias => key.alias.clone().into(),
    }
}

/// The resources that must exist before a template can be rendered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TemplateNeeds {
    pub(super) key: bool,
    pub(super) api: bool,
}

impl TemplateNeeds {
    pub(super) fn of<'a>(templates: impl IntoIterator<Item = &'a Template>) -> Self {
        let mut needs = Self::default();
        for part in templates.into_iter().flat_map(|template| &template.0) {
            match part {
                TemplatePart::Ref(Reference::Key(_), _) => needs.key = true,
                TemplatePart::Ref(Reference::Api(_), _) => needs.api = true,
                _ => {}
            }
        }
        needs
    }
}
