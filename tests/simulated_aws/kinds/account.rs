//! The logging role of API Gateway under the contract.
use crate::contract::Case;
use copilot_infra::resources::account::Account;

/// The setting of the region.
pub(crate) fn account() -> Case<Account> {
    let resource = Account::of("us-east-1");
    let wish = resource.wish();
    Case { fixed: &["logging_role"], ..Case::of(resource, wish) }
}
