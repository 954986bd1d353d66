//! SDK clients of all services, made lazily from one configuration.
use std::{sync::OnceLock, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig,
    profile::{self, region::ProfileFileRegionProvider},
};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::os_shim_internal::{Env, Fs};

use super::{
    Error, Operation, Result,
    endpoint::{check_endpoint_settings, env_variable},
    error::require_field,
    write_concurrency::WriteConcurrency,
};
use crate::{
    diagnostic::suggest,
    iam::arn::{REGION_WORDS, is_region, partition_of},
};

/// Connection options from the command line or the spec.
#[derive(Clone, Default)]
pub struct ConnectOptions {
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

/// The SDK clients, with the account, region and caller that they act as.
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
    pub(super) write_concurrency: WriteConcurrency,
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

/// Connect timeout.
const CONNECT: Duration = Duration::from_secs(10);
/// Timeout of one attempt: the upload of a 50 MB package over a slow line is the longest.
const ATTEMPT: Duration = Duration::from_mins(3);
/// Maximum attempts of a call that may be repeated; the SDK's own three are too few for a busy account.
const ATTEMPTS: u32 = 8;
/// Maximum attempts of the very first call.
const FIRST_ATTEMPTS: u32 = 3;

impl Aws {
    /// Loads the configuration and asks STS who is calling.
    ///
    /// # Errors
    /// No credentials, no region, or STS out of reach.
    pub async fn connect(options: ConnectOptions) -> Result<Self> {
        let profile = options.profile.clone();
        if let Some(name) = &profile {
            profile_exists(name).await?;
        }
        let config = load_sdk_config(options).await;
        check_endpoint_settings(&config)?;
        let Some(region) = config.region().map(ToString::to_string).filter(|region| !region.is_empty())
        else {
            return Err(Error::NoRegion);
        };
        if !is_region(&region) {
            let what = format!("the AWS configuration sets the region `{region}`");
            return Err(Error::InvalidSetting {
                what,
                hint: format!("{REGION_WORDS}: mend AWS_REGION or the profile, or pass `--region`"),
            });
        }
        // A wrong endpoint or a missing network should not take a minute to tell.
        let patience = config.retry_config().map_or(FIRST_ATTEMPTS, RetryConfig::max_attempts);
        let patience = RetryConfig::standard().with_max_attempts(patience.min(FIRST_ATTEMPTS));
        let sts = aws_sdk_sts::config::Builder::from(&config).retry_config(patience).build();
        let caller = aws_sdk_sts::Client::from_conf(sts).get_caller_identity().send().await;
        let caller = match caller {
            Ok(caller) => caller,
            Err(error) => return Err(attribute_to_profile(Error::from_sdk(&error), profile).await),
        };
        let account = require_field(Operation::StsGetCallerIdentity, "Account", caller.account)?;
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
            write_concurrency: WriteConcurrency::default(),
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

    /// Returns the ARN `arn:<partition>:<service>:<region>:<account>:<rest>`.
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

/// Returns the timeouts of each attempt of a call.
#[must_use]
pub fn timeout_config() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build()
}

/// Returns the retry settings of a call that may be repeated.
#[must_use]
pub fn retry_config() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}

#[expect(clippy::disallowed_methods, reason = "the SDK takes an empty variable for one that is set")]
async fn load_sdk_config(options: ConnectOptions) -> SdkConfig {
    let http = options.http_client.unwrap_or_else(|| {
        Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https()
    });
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeout_config());
    if std::env::var_os("AWS_MAX_ATTEMPTS").is_none() {
        loader = loader.retry_config(retry_config());
    }
    let profile = options.profile;
    if let Some(profile) = &profile {
        loader = loader.profile_name(profile);
    }
    let set = || env_variable("AWS_REGION").or_else(|| env_variable("AWS_DEFAULT_REGION"));
    if let Some(region) = options.region.or_else(set) {
        loader = loader.region(Region::new(region));
    } else if std::env::var_os("AWS_REGION").is_some() {
        // Empty, which the SDK takes for a region's name.
        loader = loader.region(profile_region_provider(profile));
    }
    if let Some((id, secret)) = options.credentials {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "local"));
    }
    if let Some(url) = options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// Attributes a failure of the first call to the profile that it is due to.
async fn attribute_to_profile(error: Error, profile: Option<String>) -> Error {
    match (error, profile, env_variable("AWS_PROFILE")) {
        (Error::Credentials(words), Some(name), _) => {
            Error::Credentials(format!("profile `{name}`: {words}"))
        }
        (Error::Credentials(words), None, Some(name)) => {
            profile_exists(&name).await.err().unwrap_or(Error::Credentials(words))
        }
        (error, ..) => error,
    }
}

/// Checks that a profile exists in the configuration files; without it the SDK would look for credentials elsewhere.
///
/// Files that cannot be read are left to the SDK.
async fn profile_exists(name: &str) -> Result<()> {
    #[expect(clippy::default_trait_access, reason = "the type of the usual files has no name in this crate")]
    let read = profile::load(&Fs::real(), &Env::real(), &Default::default(), None).await;
    let Ok(all) = read else { return Ok(()) };
    let mut names: Vec<&str> = all.profiles().collect();
    names.sort_unstable();
    if names.contains(&name) {
        return Ok(());
    }
    let what = format!("there is no profile `{name}` in the AWS configuration files");
    Err(Error::InvalidSetting { what, hint: suggest::hint(name, names, "there is") })
}

/// Returns the provider of a profile's region, or of that of the profile that the environment names.
fn profile_region_provider(profile: Option<String>) -> ProfileFileRegionProvider {
    let mut provider = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        provider = provider.profile_name(profile);
    }
    provider.build()
}
