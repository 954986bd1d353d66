//! Names of resources: as written in the spec, else made from the stack's name and the id.
use super::{
    defaults,
    types::{Function, Spec},
};
use crate::diagnostic::Span;

impl Spec {
    /// Returns the name of table `id`; default `<stack>-<id>`.
    #[must_use]
    pub fn table_name(&self, id: &str) -> String {
        let own = self.tables.get(id).and_then(|table| table.name.as_ref());
        own.map_or_else(|| self.default_name(id), |name| name.value.clone())
    }

    /// Returns the name of function `id`; default `<stack>-<id>`.
    #[must_use]
    pub fn function_name(&self, id: &str) -> String {
        let own = self.functions.get(id).and_then(|function| function.name.as_ref());
        own.map_or_else(|| self.default_name(id), |name| name.value.clone())
    }

    /// Returns the log group of function `id`: `/aws/lambda/<name>`.
    #[must_use]
    pub fn function_log_group(&self, id: &str) -> String {
        format!("/aws/lambda/{}", self.function_name(id))
    }

    /// Returns function `id` with the defaults merged under it.
    #[must_use]
    pub fn function(&self, id: &str) -> Option<Function> {
        self.functions.get(id).map(|function| function.merged_over(&self.function_defaults))
    }

    /// Returns the API's name; default `<stack>-api`.
    #[must_use]
    pub fn api_name(&self) -> String {
        let own = self.api.as_ref().and_then(|api| api.name.as_ref());
        own.map_or_else(|| self.default_name("api"), |name| name.value.clone())
    }

    /// Returns the stage's name; default `prod`.
    #[must_use]
    pub fn stage_name(&self) -> &str {
        let own = self.api.as_ref().and_then(|api| api.stage.name.as_ref());
        own.map_or(defaults::STAGE, |name| name.as_str())
    }

    /// Returns the log group of the stage's access log, if there is one; default `/aws/apigateway/<stack>`.
    #[must_use]
    pub fn access_log_group(&self) -> Option<String> {
        let log = self.api.as_ref()?.stage.access_log.as_ref()?;
        let own = log.log_group.as_ref();
        Some(own.map_or_else(|| format!("/aws/apigateway/{}", self.stack.value), |name| name.value.clone()))
    }

    /// Returns the alias of the stack's own key, with `alias/`; none without a key or for a given one.
    #[must_use]
    pub fn alias(&self) -> Option<String> {
        let key = self.key.as_ref().filter(|key| key.arn.is_none())?;
        Some(format!("alias/{}", key.alias.as_ref().unwrap_or(&self.stack).value))
    }

    /// Returns the path that the roles of all stacks stand below.
    #[must_use]
    pub fn role_home(&self) -> &str {
        self.roles.path.as_ref().map_or(defaults::ROLE_HOME, |path| path.as_str())
    }

    fn default_name(&self, id: &str) -> String {
        format!("{}-{id}", self.stack.value)
    }

    /// Returns the span that the name of function `id` comes from: its `name`, else its id.
    pub(super) fn function_name_place(&self, id: &str) -> Option<Span> {
        let (key, function) = self.functions.iter().find(|(key, _)| key.value == id)?;
        Some(function.name.as_ref().map_or(key.span, |name| name.span))
    }

    /// Returns the span that the name of table `id` comes from: its `name`, else its id.
    pub(super) fn table_name_place(&self, id: &str) -> Option<Span> {
        let (key, table) = self.tables.iter().find(|(key, _)| key.value == id)?;
        Some(table.name.as_ref().map_or(key.span, |name| name.span))
    }
}

impl Function {
    /// Merges this function over `defaults`: its own fields win, the environments are merged by name, `access` is taken
    /// as a whole unless a role is named, and a name is never inherited.
    #[must_use]
    pub fn merged_over(&self, defaults: &Self) -> Self {
        let (own, base) = (self.clone(), defaults.clone());
        Self {
            name: own.name,
            description: own.description.or(base.description),
            handler: own.handler.or(base.handler),
            runtime: own.runtime.or(base.runtime),
            architecture: own.architecture.or(base.architecture),
            memory: own.memory.or(base.memory),
            timeout: own.timeout.or(base.timeout),
            tracing: own.tracing.or(base.tracing),
            log_retention_days: own.log_retention_days.or(base.log_retention_days),
            log_on_delete: own.log_on_delete.or(base.log_on_delete),
            log_deletion_protection: own.log_deletion_protection.or(base.log_deletion_protection),
            log_format: own.log_format.or(base.log_format),
            reserved_concurrency: own.reserved_concurrency.or(base.reserved_concurrency),
            code: own.code.or(base.code),
            environment: own.environment.over(&base.environment),
            access: own.access.or(base.access.filter(|_| own.role.is_none())),
            role: own.role.or(base.role),
            callers: if own.callers.is_empty() { base.callers } else { own.callers },
            protect: own.protect.or(base.protect),
        }
    }

    /// Returns the runtime, the default if none is written.
    #[must_use]
    pub fn runtime(&self) -> &str {
        self.runtime.as_ref().map_or(defaults::RUNTIME, |runtime| runtime.as_str())
    }
}
