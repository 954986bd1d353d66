//! The AWS operations that this tool calls: each is named once, beside its SDK error type.
use std::fmt;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The SDK error type of one operation, which tells the operation of a call.
///
/// A call of an operation that is not in the list does not compile, so that none lacks its permissions.
pub trait OperationError: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static {
    /// Operation that fails with this error.
    const OPERATION: Operation;
}

impl Operation {
    /// Returns the service as IAM names it, such as `dynamodb`.
    #[must_use]
    pub fn service(self) -> &'static str {
        self.name().split(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Makes the operations of each SDK crate from their names and their error types.
macro_rules! operations {
    ($($krate:ident { $($variant:ident = $name:literal, $module:ident::$error:ident;)+ })+) => {
        /// An operation of AWS.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Operation {
            $($(#[doc = concat!("`", $name, "`.")] $variant,)+)+
        }

        impl Operation {
            /// All operations.
            pub const ALL: &[Self] = &[$($(Self::$variant,)+)+];

            /// Returns the name, such as `dynamodb:CreateTable`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }
        }

        $($(
            impl OperationError for $krate::operation::$module::$error {
                const OPERATION: Operation = Operation::$variant;
            }
        )+)+
    };
}

operations! {
    aws_sdk_sts {
        StsGetCallerIdentity = "sts:GetCallerIdentity", get_caller_identity::GetCallerIdentityError;
    }
    aws_sdk_resourcegroupstagging {
        TagGetResources = "tag:GetResources", get_resources::GetResourcesError;
    }
    aws_sdk_cloudformation {
        CloudFormationDescribeStacks = "cloudformation:DescribeStacks", describe_stacks::DescribeStacksError;
        CloudFormationListExports = "cloudformation:ListExports", list_exports::ListExportsError;
    }
    aws_sdk_bedrock {
        BedrockGetFoundationModel = "bedrock:GetFoundationModel", get_foundation_model::GetFoundationModelError;
        BedrockGetFoundationModelAvailability = "bedrock:GetFoundationModelAvailability", get_foundation_model_availability::GetFoundationModelAvailabilityError;
        BedrockGetInferenceProfile = "bedrock:GetInferenceProfile", get_inference_profile::GetInferenceProfileError;
    }
    aws_sdk_iam {
        IamSimulatePrincipalPolicy = "iam:SimulatePrincipalPolicy", simulate_principal_policy::SimulatePrincipalPolicyError;
        IamListRoles = "iam:ListRoles", list_roles::ListRolesError;
        IamGetRole = "iam:GetRole", get_role::GetRoleError;
        IamListRolePolicies = "iam:ListRolePolicies", list_role_policies::ListRolePoliciesError;
        IamListAttachedRolePolicies = "iam:ListAttachedRolePolicies", list_attached_role_policies::ListAttachedRolePoliciesError;
        IamGetRolePolicy = "iam:GetRolePolicy", get_role_policy::GetRolePolicyError;
        IamCreateRole = "iam:CreateRole", create_role::CreateRoleError;
        IamUpdateAssumeRolePolicy = "iam:UpdateAssumeRolePolicy", update_assume_role_policy::UpdateAssumeRolePolicyError;
        IamUpdateRole = "iam:UpdateRole", update_role::UpdateRoleError;
        IamPutRolePermissionsBoundary = "iam:PutRolePermissionsBoundary", put_role_permissions_boundary::PutRolePermissionsBoundaryError;
        IamAttachRolePolicy = "iam:AttachRolePolicy", attach_role_policy::AttachRolePolicyError;
        IamDetachRolePolicy = "iam:DetachRolePolicy", detach_role_policy::DetachRolePolicyError;
        IamPutRolePolicy = "iam:PutRolePolicy", put_role_policy::PutRolePolicyError;
        IamDeleteRolePolicy = "iam:DeleteRolePolicy", delete_role_policy::DeleteRolePolicyError;
        IamTagRole = "iam:TagRole", tag_role::TagRoleError;
        IamUntagRole = "iam:UntagRole", untag_role::UntagRoleError;
        IamListInstanceProfilesForRole = "iam:ListInstanceProfilesForRole", list_instance_profiles_for_role::ListInstanceProfilesForRoleError;
        IamRemoveRoleFromInstanceProfile = "iam:RemoveRoleFromInstanceProfile", remove_role_from_instance_profile::RemoveRoleFromInstanceProfileError;
        IamDeleteRole = "iam:DeleteRole", delete_role::DeleteRoleError;
    }
    aws_sdk_kms {
        KmsListAliases = "kms:ListAliases", list_aliases::ListAliasesError;
        KmsListKeys = "kms:ListKeys", list_keys::ListKeysError;
        KmsDescribeKey = "kms:DescribeKey", describe_key::DescribeKeyError;
        KmsGetKeyPolicy = "kms:GetKeyPolicy", get_key_policy::GetKeyPolicyError;
        KmsGetKeyRotationStatus = "kms:GetKeyRotationStatus", get_key_rotation_status::GetKeyRotationStatusError;
        KmsListResourceTags = "kms:ListResourceTags", list_resource_tags::ListResourceTagsError;
        KmsListGrants = "kms:ListGrants", list_grants::ListGrantsError;
        KmsCreateKey = "kms:CreateKey", create_key::CreateKeyError;
        KmsCreateAlias = "kms:CreateAlias", create_alias::CreateAliasError;
        KmsEnableKey = "kms:EnableKey", enable_key::EnableKeyError;
        KmsCancelKeyDeletion = "kms:CancelKeyDeletion", cancel_key_deletion::CancelKeyDeletionError;
        KmsEnableKeyRotation = "kms:EnableKeyRotation", enable_key_rotation::EnableKeyRotationError;
        KmsDisableKeyRotation = "kms:DisableKeyRotation", disable_key_rotation::DisableKeyRotationError;
        KmsUpdateKeyDescription = "kms:UpdateKeyDescription", update_key_description::UpdateKeyDescriptionError;
        KmsPutKeyPolicy = "kms:PutKeyPolicy", put_key_policy::PutKeyPolicyError;
        KmsTagResource = "kms:TagResource", tag_resource::TagResourceError;
        KmsUntagResource = "kms:UntagResource", untag_resource::UntagResourceError;
        KmsDeleteAlias = "kms:DeleteAlias", delete_alias::DeleteAliasError;
        KmsScheduleKeyDeletion = "kms:ScheduleKeyDeletion", schedule_key_deletion::ScheduleKeyDeletionError;
    }
    aws_sdk_dynamodb {
        DynamoDbListTables = "dynamodb:ListTables", list_tables::ListTablesError;
        DynamoDbDescribeTable = "dynamodb:DescribeTable", describe_table::DescribeTableError;
        DynamoDbDescribeTimeToLive = "dynamodb:DescribeTimeToLive", describe_time_to_live::DescribeTimeToLiveError;
        DynamoDbDescribeContinuousBackups = "dynamodb:DescribeContinuousBackups", describe_continuous_backups::DescribeContinuousBackupsError;
        DynamoDbListTagsOfResource = "dynamodb:ListTagsOfResource", list_tags_of_resource::ListTagsOfResourceError;
        DynamoDbCreateTable = "dynamodb:CreateTable", create_table::CreateTableError;
        DynamoDbUpdateTable = "dynamodb:UpdateTable", update_table::UpdateTableError;
        DynamoDbUpdateTimeToLive = "dynamodb:UpdateTimeToLive", update_time_to_live::UpdateTimeToLiveError;
        DynamoDbUpdateContinuousBackups = "dynamodb:UpdateContinuousBackups", update_continuous_backups::UpdateContinuousBackupsError;
        DynamoDbTagResource = "dynamodb:TagResource", tag_resource::TagResourceError;
        DynamoDbUntagResource = "dynamodb:UntagResource", untag_resource::UntagResourceError;
        DynamoDbGetResourcePolicy = "dynamodb:GetResourcePolicy", get_resource_policy::GetResourcePolicyError;
        DynamoDbDeleteResourcePolicy = "dynamodb:DeleteResourcePolicy", delete_resource_policy::DeleteResourcePolicyError;
        DynamoDbDescribeKinesisStreamingDestination = "dynamodb:DescribeKinesisStreamingDestination", describe_kinesis_streaming_destination::DescribeKinesisStreamingDestinationError;
        DynamoDbDisableKinesisStreamingDestination = "dynamodb:DisableKinesisStreamingDestination", disable_kinesis_streaming_destination::DisableKinesisStreamingDestinationError;
        DynamoDbDeleteTable = "dynamodb:DeleteTable", delete_table::DeleteTableError;
        DynamoDbGetItem = "dynamodb:GetItem", get_item::GetItemError;
        DynamoDbPutItem = "dynamodb:PutItem", put_item::PutItemError;
        DynamoDbQuery = "dynamodb:Query", query::QueryError;
        DynamoDbScan = "dynamodb:Scan", scan::ScanError;
    }
    aws_sdk_cloudwatchlogs {
        LogsDescribeLogGroups = "logs:DescribeLogGroups", describe_log_groups::DescribeLogGroupsError;
        LogsListTagsForResource = "logs:ListTagsForResource", list_tags_for_resource::ListTagsForResourceError;
        LogsCreateLogGroup = "logs:CreateLogGroup", create_log_group::CreateLogGroupError;
        LogsPutRetentionPolicy = "logs:PutRetentionPolicy", put_retention_policy::PutRetentionPolicyError;
        LogsDeleteRetentionPolicy = "logs:DeleteRetentionPolicy", delete_retention_policy::DeleteRetentionPolicyError;
        LogsAssociateKmsKey = "logs:AssociateKmsKey", associate_kms_key::AssociateKmsKeyError;
        LogsDisassociateKmsKey = "logs:DisassociateKmsKey", disassociate_kms_key::DisassociateKmsKeyError;
        LogsTagResource = "logs:TagResource", tag_resource::TagResourceError;
        LogsUntagResource = "logs:UntagResource", untag_resource::UntagResourceError;
        LogsPutLogGroupDeletionProtection = "logs:PutLogGroupDeletionProtection", put_log_group_deletion_protection::PutLogGroupDeletionProtectionError;
        LogsDescribeSubscriptionFilters = "logs:DescribeSubscriptionFilters", describe_subscription_filters::DescribeSubscriptionFiltersError;
        LogsDeleteSubscriptionFilter = "logs:DeleteSubscriptionFilter", delete_subscription_filter::DeleteSubscriptionFilterError;
        LogsDeleteLogGroup = "logs:DeleteLogGroup", delete_log_group::DeleteLogGroupError;
        LogsFilterLogEvents = "logs:FilterLogEvents", filter_log_events::FilterLogEventsError;
    }
    aws_sdk_lambda {
        LambdaListFunctions = "lambda:ListFunctions", list_functions::ListFunctionsError;
        LambdaGetFunction = "lambda:GetFunction", get_function::GetFunctionError;
        LambdaListTags = "lambda:ListTags", list_tags::ListTagsError;
        LambdaListAliases = "lambda:ListAliases", list_aliases::ListAliasesError;
        LambdaListFunctionUrlConfigs = "lambda:ListFunctionUrlConfigs", list_function_url_configs::ListFunctionUrlConfigsError;
        LambdaDeleteFunctionUrlConfig = "lambda:DeleteFunctionUrlConfig", delete_function_url_config::DeleteFunctionUrlConfigError;
        LambdaListFunctionEventInvokeConfigs = "lambda:ListFunctionEventInvokeConfigs", list_function_event_invoke_configs::ListFunctionEventInvokeConfigsError;
        LambdaDeleteFunctionEventInvokeConfig = "lambda:DeleteFunctionEventInvokeConfig", delete_function_event_invoke_config::DeleteFunctionEventInvokeConfigError;
        LambdaListEventSourceMappings = "lambda:ListEventSourceMappings", list_event_source_mappings::ListEventSourceMappingsError;
        LambdaGetPolicy = "lambda:GetPolicy", get_policy::GetPolicyError;
        LambdaGetAccountSettings = "lambda:GetAccountSettings", get_account_settings::GetAccountSettingsError;
        LambdaCreateFunction = "lambda:CreateFunction", create_function::CreateFunctionError;
        LambdaUpdateFunctionConfiguration = "lambda:UpdateFunctionConfiguration", update_function_configuration::UpdateFunctionConfigurationError;
        LambdaUpdateFunctionCode = "lambda:UpdateFunctionCode", update_function_code::UpdateFunctionCodeError;
        LambdaPutFunctionConcurrency = "lambda:PutFunctionConcurrency", put_function_concurrency::PutFunctionConcurrencyError;
        LambdaDeleteFunctionConcurrency = "lambda:DeleteFunctionConcurrency", delete_function_concurrency::DeleteFunctionConcurrencyError;
        LambdaTagResource = "lambda:TagResource", tag_resource::TagResourceError;
        LambdaUntagResource = "lambda:UntagResource", untag_resource::UntagResourceError;
        LambdaDeleteFunction = "lambda:DeleteFunction", delete_function::DeleteFunctionError;
        LambdaAddPermission = "lambda:AddPermission", add_permission::AddPermissionError;
        LambdaRemovePermission = "lambda:RemovePermission", remove_permission::RemovePermissionError;
        LambdaPutResourcePolicy = "lambda:PutResourcePolicy", put_resource_policy::PutResourcePolicyError;
        LambdaDeleteResourcePolicy = "lambda:DeleteResourcePolicy", delete_resource_policy::DeleteResourcePolicyError;
    }
    aws_sdk_apigatewayv2 {
        ApiGatewayGetApis = "apigateway:GetApis", get_apis::GetApisError;
        ApiGatewayGetIntegrations = "apigateway:GetIntegrations", get_integrations::GetIntegrationsError;
        ApiGatewayGetAuthorizers = "apigateway:GetAuthorizers", get_authorizers::GetAuthorizersError;
        ApiGatewayGetRoutes = "apigateway:GetRoutes", get_routes::GetRoutesError;
        ApiGatewayGetStages = "apigateway:GetStages", get_stages::GetStagesError;
        ApiGatewayGetDeployment = "apigateway:GetDeployment", get_deployment::GetDeploymentError;
        ApiGatewayGetDomainNames = "apigateway:GetDomainNames", get_domain_names::GetDomainNamesError;
        ApiGatewayGetApiMappings = "apigateway:GetApiMappings", get_api_mappings::GetApiMappingsError;
        ApiGatewayGetTags = "apigateway:GetTags", get_tags::GetTagsError;
        ApiGatewayCreateApi = "apigateway:CreateApi", create_api::CreateApiError;
        ApiGatewayUpdateApi = "apigateway:UpdateApi", update_api::UpdateApiError;
        ApiGatewayDeleteApi = "apigateway:DeleteApi", delete_api::DeleteApiError;
        ApiGatewayCreateIntegration = "apigateway:CreateIntegration", create_integration::CreateIntegrationError;
        ApiGatewayUpdateIntegration = "apigateway:UpdateIntegration", update_integration::UpdateIntegrationError;
        ApiGatewayDeleteIntegration = "apigateway:DeleteIntegration", delete_integration::DeleteIntegrationError;
        ApiGatewayCreateAuthorizer = "apigateway:CreateAuthorizer", create_authorizer::CreateAuthorizerError;
        ApiGatewayUpdateAuthorizer = "apigateway:UpdateAuthorizer", update_authorizer::UpdateAuthorizerError;
        ApiGatewayDeleteAuthorizer = "apigateway:DeleteAuthorizer", delete_authorizer::DeleteAuthorizerError;
        ApiGatewayCreateRoute = "apigateway:CreateRoute", create_route::CreateRouteError;
        ApiGatewayUpdateRoute = "apigateway:UpdateRoute", update_route::UpdateRouteError;
        ApiGatewayDeleteRoute = "apigateway:DeleteRoute", delete_route::DeleteRouteError;
        ApiGatewayGetRouteResponses = "apigateway:GetRouteResponses", get_route_responses::GetRouteResponsesError;
        ApiGatewayCreateRouteResponse = "apigateway:CreateRouteResponse", create_route_response::CreateRouteResponseError;
        ApiGatewayDeleteRouteResponse = "apigateway:DeleteRouteResponse", delete_route_response::DeleteRouteResponseError;
        ApiGatewayCreateStage = "apigateway:CreateStage", create_stage::CreateStageError;
        ApiGatewayUpdateStage = "apigateway:UpdateStage", update_stage::UpdateStageError;
        ApiGatewayDeleteStage = "apigateway:DeleteStage", delete_stage::DeleteStageError;
        ApiGatewayDeleteRouteSettings = "apigateway:DeleteRouteSettings", delete_route_settings::DeleteRouteSettingsError;
        ApiGatewayDeleteAccessLogSettings = "apigateway:DeleteAccessLogSettings", delete_access_log_settings::DeleteAccessLogSettingsError;
        ApiGatewayCreateDeployment = "apigateway:CreateDeployment", create_deployment::CreateDeploymentError;
        ApiGatewayGetDeployments = "apigateway:GetDeployments", get_deployments::GetDeploymentsError;
        ApiGatewayTagResource = "apigateway:TagResource", tag_resource::TagResourceError;
        ApiGatewayUntagResource = "apigateway:UntagResource", untag_resource::UntagResourceError;
        ApiGatewayGetStage = "apigateway:GetStage", get_stage::GetStageError;
    }
    aws_sdk_apigateway {
        ApiGatewayGetAccount = "apigateway:GetAccount", get_account::GetAccountError;
        ApiGatewayUpdateAccount = "apigateway:UpdateAccount", update_account::UpdateAccountError;
    }
}
