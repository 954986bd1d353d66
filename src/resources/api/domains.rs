//! Custom domains that lead to APIs: API Gateway removes neither an API nor a stage that one leads to (gruntwork-io/
//! cloud-nuke issue 370: "Please remove all API mappings for the API from your custom domain names").
use std::sync::Arc;

use aws_sdk_apigatewayv2::types::ApiMapping;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::aws::{Cx, NotFoundExt, Operation, Result, all_pages, require_field};

/// What a custom domain leads to.
pub(in crate::resources) struct DomainMapping {
    domain: String,
    id: String,
    /// Id of the API.
    pub(in crate::resources) api: String,
    /// Name of the stage.
    pub(in crate::resources) stage: String,
}

/// Number of domains whose mappings are read at once.
const READS: usize = 8;

impl DomainMapping {
    fn of(domain: &str, mapping: ApiMapping) -> Self {
        Self {
            domain: domain.to_owned(),
            id: mapping.api_mapping_id.unwrap_or_default(),
            api: mapping.api_id.unwrap_or_default(),
            stage: mapping.stage.unwrap_or_default(),
        }
    }

    /// Returns why the mapping keeps an API or stage, and the command that removes the mapping.
    pub(in crate::resources) fn blocker(&self) -> String {
        let Self { domain, id, .. } = self;
        format!(
            "the custom domain `{domain}` leads to it; `aws apigatewayv2 delete-api-mapping --domain-name \
             {domain} --api-mapping-id {id}` ends that"
        )
    }
}

/// Returns the mappings of all custom domains of the account and region, read once for each plan that removes an API or
/// a stage; no call tells those of one API.
pub(in crate::resources) async fn list_mappings(cx: &Cx<'_>) -> Result<Arc<Vec<DomainMapping>>> {
    let ask = async {
        let domains = all_pages(async |token| {
            let page = cx.read(cx.aws.apis().get_domain_names().set_next_token(token).send()).await?;
            Ok((require_field(Operation::ApiGatewayGetDomainNames, "items", page.items)?, page.next_token))
        });
        let names = domains.await?.into_iter().filter_map(|domain| domain.domain_name);
        let reads = names.map(async |name| mappings_of(cx, &name).await);
        let all: Vec<Vec<DomainMapping>> = stream::iter(reads).buffered(READS).try_collect().await?;
        Ok(all.into_iter().flatten().collect())
    };
    cx.memo.get_or_fetch(Operation::ApiGatewayGetApiMappings.name(), ask).await
}

/// Returns the mappings of one domain; none if it is gone meanwhile.
async fn mappings_of(cx: &Cx<'_>, domain: &str) -> Result<Vec<DomainMapping>> {
    let pages = all_pages(async |token| {
        let call = cx.aws.apis().get_api_mappings().domain_name(domain).set_next_token(token);
        let page = cx.read(call.send()).await?;
        Ok((require_field(Operation::ApiGatewayGetApiMappings, "items", page.items)?, page.next_token))
    });
    let mappings = pages.await.not_found_to_none()?.unwrap_or_default();
    Ok(mappings.into_iter().map(|mapping| DomainMapping::of(domain, mapping)).collect())
}
