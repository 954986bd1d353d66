//! The SDK clients, made lazily from one configuration.
use super::{Error, Result, pace::Pace};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use std::{sync::OnceLock, time::Duration};

/// What the user chose on the command line or in the spec.
#[derive(Clone, Default)]
pub struct Options {
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Region; otherwise the configuration chain decides.
    pub region: Option<String>,
    /// Endpoint of every service, for emulators.
    pub endpoint_url: Option<String>,
    /// Access key id and secret, instead of what the configuration chain finds.
    pub credentials: Option<(&'static str, &'static str)>,
    /// Transport; the default speaks HTTPS.
    pub http_client: Option<SharedHttpClient>,
}

/// The clients, and who and where they act.
pub struct Aws {
    config: SdkConfig,
    /// Region that everything but IAM lives in.
    pub region: String,
    /// Account, as STS says.
    pub account: String,
    /// ARN of the caller, as STS says; empty if it was not asked.
    pub caller: String,
    /// Partition, such as `aws`.
    pub partition: &'static str,
    pub(super) pace: Pace,
    bedrock: OnceLock<aws_sdk_bedrock::Client>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    kms: OnceLock<aws_sdk_kms::Client>,
    iam: OnceLock<aws_sdk_iam::Client>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    logs: OnceLock<aws_sdk_cloudwatchlogs::Client>,
    apis: OnceLock<aws_sdk_apigatewayv2::Client>,
    gateway: OnceLock<aws_sdk_apigateway::Client>,
    cloudformation: OnceLock<aws_sdk_cloudformation::Client>,
    tagging: OnceLock<aws_sdk_resourcegroupstagging::Client>,
}

/// Time for a connection to come up.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for one attempt: the upload of a 50 MB package over a slow line is the longest.
const ATTEMPT: Duration = Duration::from_mins(3);
/// Attempts of a call that may be repeated; the SDK's own three are too few for a busy account.
const ATTEMPTS: u32 = 8;
/// Attempts of the very first call.
const FIRST_ATTEMPTS: u32 = 3;

impl Aws {
    /// Loads the configuration and asks STS who is calling.
    ///
    /// # Errors
    /// No credentials, no region, or STS out of reach.
    pub async fn connect(options: Options) -> Result<Self> {
        let profile = options.profile.clone();
        let config = load(options).await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(Error::NoRegion);
        };
        // A wrong endpoint or a missing network should not take a minute to tell.
        let patience = config.retry_config().map_or(FIRST_ATTEMPTS, RetryConfig::max_attempts);
        let patience = RetryConfig::standard().with_max_attempts(patience.min(FIRST_ATTEMPTS));
        let sts = aws_sdk_sts::config::Builder::from(&config).retry_config(patience).build();
        let caller = aws_sdk_sts::Client::from_conf(sts).get_caller_identity().send().await;
        let caller =
            caller.map_err(|error| match (Error::from_sdk("sts:GetCallerIdentity", &error), profile) {
                (Error::Credentials(words), Some(name)) => {
                    Error::Credentials(format!("profile `{name}`: {words}"))
                }
                (error, _) => error,
            })?;
        let account = caller.account.unwrap_or_default();
        Ok(Self { caller: caller.arn.unwrap_or_default(), ..Self::new(config, region, account) })
    }

    /// Makes the clients of a known account and region.
    #[must_use]
    pub fn new(config: SdkConfig, region: String, account: String) -> Self {
        Self {
            partition: partition_of(&region),
            config,
            region,
            account,
            caller: String::new(),
            pace: Pace::default(),
            bedrock: OnceLock::new(),
            dynamodb: OnceLock::new(),
            kms: OnceLock::new(),
            iam: OnceLock::new(),
            lambda: OnceLock::new(),
            logs: OnceLock::new(),
            apis: OnceLock::new(),
            gateway: OnceLock::new(),
            cloudformation: OnceLock::new(),
            tagging: OnceLock::new(),
        }
    }

    /// `arn:<partition>:<service>:<region>:<account>:<rest>`.
    #[must_use]
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition, self.region, self.account)
    }
}

/// One accessor for each service.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident: $krate:ident;)+) => {
        impl Aws {
            $($(#[$doc])*
            pub fn $name(&self) -> &$krate::Client {
                self.$name.get_or_init(|| $krate::Client::new(&self.config))
            })+
        }
    };
}

clients! {
    /// Bedrock: the lifecycle of models.
    bedrock: aws_sdk_bedrock;
    /// DynamoDB.
    dynamodb: aws_sdk_dynamodb;
    /// Key Management Service.
    kms: aws_sdk_kms;
    /// Identity and Access Management.
    iam: aws_sdk_iam;
    /// Lambda.
    lambda: aws_sdk_lambda;
    /// CloudWatch Logs.
    logs: aws_sdk_cloudwatchlogs;
    /// API Gateway v2: WebSocket APIs.
    apis: aws_sdk_apigatewayv2;
    /// API Gateway v1: the settings of the account.
    gateway: aws_sdk_apigateway;
    /// CloudFormation, for inputs.
    cloudformation: aws_sdk_cloudformation;
    /// The index of tagged resources.
    tagging: aws_sdk_resourcegroupstagging;
}

async fn load(options: Options) -> SdkConfig {
    let http = options.http_client.unwrap_or_else(|| {
        Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https()
    });
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts);
    if std::env::var_os("AWS_MAX_ATTEMPTS").is_none() {
        loader = loader.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    }
    if let Some(profile) = options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = options.region {
        loader = loader.region(Region::new(region));
    }
    if let Some((id, secret)) = options.credentials {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "local"));
    }
    if let Some(url) = options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// The partition of a region, by its prefix (AWS general reference, "AWS partitions").
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}
