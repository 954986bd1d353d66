//! Statements of `access.allow`: what they would be in IAM, with an example in the place of what is not known yet.
use serde_json::{Value, json};

use super::RuleContext;
use crate::{
    diagnostic::Spanned,
    manifest::{
        template::{ApiAttr, KeyAttr, NamedAttr, Reference, StackAttr, Template, TemplatePart},
        types::Function,
    },
};

impl RuleContext<'_> {
    /// Returns the statements of `access.allow` as IAM would have them.
    pub(super) fn allow_statements(&self, function: &Function) -> Vec<Spanned<Value>> {
        let all = function.access.iter().flat_map(|access| &access.allow);
        let statement = |allow: &Spanned<crate::manifest::types::Allow>| {
            let actions: Vec<&str> = allow.actions.iter().map(|action| action.as_str()).collect();
            let on: Vec<String> = allow.on.iter().map(|on| self.example(on)).collect();
            let mut value = json!({ "Effect": "Allow", "Action": actions, "Resource": on });
            if let Some(when) = &allow.when {
                value["Condition"] = when.value.clone();
            }
            Spanned { value, span: allow.span }
        };
        all.map(statement).collect()
    }

    /// Renders a template with an example in the place of what is not known before AWS is asked.
    fn example(&self, template: &Template) -> String {
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.clone(),
            TemplatePart::Ref(reference, _) => self.example_of(reference),
        };
        template.0.iter().map(part).collect()
    }

    fn example_of(&self, reference: &Reference) -> String {
        let spec = self.spec;
        let partition = self.partition().unwrap_or("aws");
        let region = spec.region.as_ref().map_or("us-east-1", |region| region.as_str());
        let account = spec.account.as_ref().map_or("123456789012", |account| account.as_str());
        let arn = |service: &str, rest: &str| format!("arn:{partition}:{service}:{region}:{account}:{rest}");
        match reference {
            // Not looked into: it may be all of an ARN or a part of it.
            Reference::Input(name) => {
                self.inputs.get(name).cloned().unwrap_or_else(|| format!("${{inputs.{name}}}"))
            }
            Reference::Stack(StackAttr::Name) => spec.stack.value.clone(),
            Reference::Stack(StackAttr::Region) => region.to_owned(),
            Reference::Stack(StackAttr::Account) => account.to_owned(),
            Reference::Stack(StackAttr::Partition) => partition.to_owned(),
            Reference::Key(KeyAttr::Id) => "11111111-2222-3333-4444-555555555555".to_owned(),
            Reference::Key(KeyAttr::Arn) => arn("kms", "key/11111111-2222-3333-4444-555555555555"),
            Reference::Key(KeyAttr::Alias) => format!("alias/{}", spec.stack.value),
            Reference::Table(id, NamedAttr::Name) => spec.table_name(id),
            Reference::Table(id, NamedAttr::Arn) => {
                arn("dynamodb", &format!("table/{}", spec.table_name(id)))
            }
            Reference::Function(id, NamedAttr::Name) | Reference::Role(id, NamedAttr::Name) => {
                spec.function_name(id)
            }
            Reference::Function(id, NamedAttr::Arn) => {
                arn("lambda", &format!("function:{}", spec.function_name(id)))
            }
            Reference::Role(id, NamedAttr::Arn) => {
                format!("arn:{partition}:iam::{account}:role/{}", spec.function_name(id))
            }
            Reference::Api(ApiAttr::Id) => "a1b2c3d4e5".to_owned(),
            Reference::Api(ApiAttr::Arn) => format!("arn:{partition}:apigateway:{region}::/apis/a1b2c3d4e5"),
            Reference::Api(ApiAttr::Url | ApiAttr::ManagementEndpoint) => "https://a1b2c3d4e5".to_owned(),
        }
    }
}
