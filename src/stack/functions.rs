//! The functions of a stack, each with its log group, its role and its resource policy.
use std::sync::Arc;

use super::{
    access,
    callers::FunctionCallers,
    layout::{ExistingKey, StackLayout, node_label},
    logs,
    packages::FunctionPackages,
    policies, redaction,
    spec_context::{GeneratedIds, SpecContext, TemplateNeeds},
};
use crate::{
    aws::tags::{CALLERS, Tags},
    diagnostic::Spanned,
    engine::{Handle, NodeLabel},
    manifest::{
        defaults,
        types::{Architecture, Function as FunctionSpec, LogFormat, Tracing},
    },
    package::Package,
    resources::{
        api,
        function::{self, Function},
        function_policy::{self, FunctionPolicy},
        log_group::LogGroup,
        role::{self, Role},
    },
};

/// Adds every function with its log group, role and policy.
pub(super) fn add_functions(layout: &mut StackLayout, code: &FunctionPackages) {
    let context = Arc::clone(&layout.context);
    for id in context.spec.functions.keys() {
        let Some(desired) = context.spec.function(id) else { continue };
        let package = code.package_of(id);
        add_function_log_group(layout, id, &desired);
        let role = desired.role.is_none().then(|| add_role(layout, id, &desired));
        add_function(layout, id, desired, package, role);
        add_function_policy(layout, id);
    }
}

fn add_function_log_group(layout: &mut StackLayout, id: &Spanned<String>, desired: &FunctionSpec) {
    let name = layout.context.spec.function_log_group(id);
    let settings = logs::LogSettings::of_function(desired);
    // Lambda creates a missing group of this name itself as soon as the function runs.
    logs::add_log_group(
        layout,
        &format!("logs.{}", id.value),
        id,
        LogGroup::named(&name),
        name.into(),
        settings,
        true,
    );
}

fn add_role(layout: &mut StackLayout, id: &Spanned<String>, desired: &FunctionSpec) -> Handle<role::Attrs> {
    let address = format!("roles.{}", id.value);
    let context = Arc::clone(&layout.context);
    let access = desired.access.as_ref();
    let span = access.map_or(id.span, |access| access.span);
    let connections = access.is_some_and(|access| !access.connection_verbs().is_empty());
    let needs = TemplateNeeds::of(access.into_iter().flat_map(|access| access.templates()));
    let (handles, given) = layout.generated_handles(context.spec.key.is_some(), connections || needs.api);
    let tolerated = context.spec.roles.tolerate_policies.iter().map(|pattern| pattern.value.clone());
    let resource = Role {
        tolerated: tolerated.collect(),
        bounded: context.spec.roles.permissions_boundary.is_some(),
        ..Role::new(context.role_name(id), context.role_path())
    };
    let (id, desired, tags) = (id.value.clone(), desired.clone(), context.resource_tags(&address));
    let label = node_label(&context, &address, Some(span));
    let handle = layout.graph.add(label, resource, handles, move |generated| {
        let allowed = access::granted_policy(&context, &id, &desired, &given.generated_ids(generated)).policy;
        role::Props {
            path: context.role_path(),
            description: format!("{}{}", role::RUNS, context.spec.function_name(&id)),
            trust: policies::trust_policy("lambda.amazonaws.com"),
            max_session_seconds: role::SESSION,
            boundary: context.role_boundary(),
            policies: [(role::ACCESS.to_owned(), allowed)].into(),
            attached: [].into(),
            tags: tags.clone(),
        }
    });
    layout.record_node(address, handle)
}

fn add_function(
    layout: &mut StackLayout,
    id: &Spanned<String>,
    desired: FunctionSpec,
    package: Arc<Package>,
    role: Option<Handle<role::Attrs>>,
) {
    let address = format!("functions.{}", id.value);
    let context = Arc::clone(&layout.context);
    let needs = TemplateNeeds::of(desired.environment.iter().map(|(_, template)| &template.value));
    let (handles, given) = layout.generated_handles(context.spec.key.is_some(), needs.api);
    let label = NodeLabel {
        ordered_after: layout.edges_to([format!("logs.{}", id.value).as_str()]),
        redactor: Some(
            redaction::redact_environment(&context.spec, &desired)
                .with_texts(context.private_texts.iter().cloned()),
        ),
        ..node_label(&context, &address, Some(id.span))
    };
    let resource = Function::new(context.spec.function_name(id), Arc::clone(&package));
    let (name, tags) = (id.value.clone(), context.resource_tags(&address));
    let props = move |(role, generated)| {
        function_props(&context, &name, &desired, &package, role, &given, generated, &tags)
    };
    let handle = layout.graph.add(label, resource, (role, handles), props);
    layout.record_node(address, handle);
}

type KeyAndApiAttrs = (Option<crate::resources::key::Attrs>, Option<api::Attrs>);

#[expect(clippy::too_many_arguments, reason = "each is one part of what a function is made of")]
fn function_props(
    context: &SpecContext,
    id: &str,
    desired: &FunctionSpec,
    package: &Package,
    role: Option<role::Attrs>,
    given: &ExistingKey,
    generated: KeyAndApiAttrs,
    tags: &Tags,
) -> function::Props {
    let generated: GeneratedIds = given.generated_ids(generated);
    let number = |value: &Option<Spanned<u32>>, default: u32| {
        i32::try_from(value.as_ref().map_or(default, |value| value.value)).unwrap_or(i32::MAX)
    };
    let environment = desired.environment.iter();
    function::Props {
        status: function::Status::default(),
        role: context.role_arn(id),
        role_id: role.map(|role| role.id),
        handler: desired.handler.as_ref().map(|handler| handler.value.clone()),
        runtime: desired.runtime().to_owned(),
        architecture: match desired.architecture.as_deref() {
            None | Some(Architecture::X86_64) => "x86_64".to_owned(),
            Some(Architecture::Arm64) => "arm64".to_owned(),
        },
        memory: number(&desired.memory, defaults::MEMORY),
        timeout: number(&desired.timeout, defaults::TIMEOUT),
        description: desired.description.as_ref().map(|text| text.value.clone()).unwrap_or_default(),
        environment: environment
            .map(|(name, value)| (name.value.clone(), context.render_template(value, &generated)))
            .collect(),
        key: generated.key.as_ref().map(|key| key.arn.clone()),
        tracing: match desired.tracing.as_deref() {
            None | Some(Tracing::Active) => "active".to_owned(),
            Some(Tracing::Passthrough) => "passthrough".to_owned(),
        },
        log_group: context.spec.function_log_group(id),
        log_format: match desired.log_format.as_deref() {
            None | Some(LogFormat::Text) => "text".to_owned(),
            Some(LogFormat::Json) => "json".to_owned(),
        },
        reserved_concurrency: desired.reserved_concurrency.as_ref().and_then(|n| i32::try_from(n.value).ok()),
        code_sha256: package.digests.contents.clone(),
        code_record: Some(package.digests.clone()),
        attachments: function::Attachments::default(),
        qualified: function::QualifiedConfigs::default(),
        tags: tags.clone(),
    }
    .without_idle_key()
}

/// Adds the resource policy of a function: it lets the routes of the function invoke it, `$connect`'s authorizer if it is
/// that, and the callers that the spec names.
fn add_function_policy(layout: &mut StackLayout, id: &Spanned<String>) {
    let address = format!("permissions.{}", id.value);
    let context = Arc::clone(&layout.context);
    let callers = FunctionCallers::of(&context, id);
    let resource = FunctionPolicy { function: context.spec.function_name(id) };
    let function = layout.edges.get(&format!("functions.{}", id.value)).copied();
    let label = NodeLabel {
        ordered_after: function.into_iter().collect(),
        vanishes_with: function,
        // A policy takes no tags; its statements are made from the routes of the API.
        parent: layout.api.map(Handle::edge),
        told_by: function.map(|function| (function, CALLERS)),
        ..node_label(&context, &address, Some(id.span))
    };
    let needs = callers.needs();
    let (handles, given) = layout.generated_handles(needs.key && context.spec.key.is_some(), needs.api);
    let handle = layout.graph.add(label, resource, handles, move |generated| function_policy::Props {
        statements: callers.invoke_policy(&context, &given.generated_ids(generated)),
    });
    layout.record_node(address, handle);
}
