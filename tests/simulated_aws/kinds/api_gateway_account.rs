//! The logging role of API Gateway under the contract.
use copilot_infra::resources::api_gateway_account::ApiGatewayAccount;

use crate::contract::Case;

/// The setting of the region.
pub(crate) fn api_gateway_account() -> Case<ApiGatewayAccount> {
    let resource = ApiGatewayAccount::of("us-east-1");
    let wish = resource.desired_props();
    Case { fixed: &["logging_role"], ..Case::of(resource, wish) }
}
