//! SDK clients of all services, made lazily from one configuration.
use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use aws_config::{BehaviorVersion, Region, SdkConfig, profile::region::ProfileFileRegionProvider};
use aws_credential_types::Credentials;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

use super::{
    AskMfaCode, Error, Network, Operation, Result,
    credentials::{CredentialsOrigin, with_credentials},
    endpoint::{check_endpoint_settings, env_variable},
    error::require_field,
    opt_in::{self, HOME_REGION, is_opt_in},
    profiles::Profiles,
    read_pace::ReadPace,
    write_concurrency::WriteConcurrency,
};
use crate::iam::arn::{REGION_WORDS, is_region, partition_of};

/// Connection options from the command line or the spec.
#[derive(Clone, Default)]
pub struct ConnectOptions<'a> {
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Region; otherwise the configuration chain decides.
    pub region: Option<String>,
    /// Endpoint of every service, for emulators.
    pub endpoint_url: Option<String>,
    /// Credentials to use instead of what the configuration chain finds.
    pub credentials: Option<Credentials>,
    /// Transport; the default speaks HTTPS, through the proxy that the environment sets.
    pub http_client: Option<SharedHttpClient>,
    /// Asks for the code of an MFA device; none where there is nobody to ask.
    pub ask_mfa_code: Option<AskMfaCode<'a>>,
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
    /// The proxies, and whom TLS trusts.
    pub network: Network,
    pub(super) write_concurrency: WriteConcurrency,
    pub(super) read_pace: ReadPace,
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
/// What the SDK says when no source has credentials.
const NO_CREDENTIALS: &str = "no credentials found in chain";
/// Maximum attempts of the very first call.
const FIRST_ATTEMPTS: u32 = 3;

impl Aws {
    /// Loads the configuration and asks STS who is calling.
    ///
    /// # Errors
    /// No credentials, no region, a setting that cannot be used, or STS out of reach.
    pub async fn connect(options: ConnectOptions<'_>) -> Result<Self> {
        // The local cloud takes nothing from the user's configuration.
        let is_local = options.credentials.is_some();
        let profiles =
            if is_local { Profiles::none() } else { Profiles::load(options.profile.clone()).await };
        if let Some(name) = &profiles.explicit {
            profiles.require(name)?;
        }
        let network = if is_local { Network::default() } else { Network::from_settings(&profiles)? };
        let config = load_sdk_config(&options, &network).await;
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
        let config =
            if is_local { config } else { with_credentials(config, &profiles, options.ask_mfa_code).await? };
        let (config, origin) = CredentialsOrigin::record(config);
        let caller = match ask_caller(&config, &region).await {
            Ok(caller) => caller,
            Err(error) => return Err(explain_failure(error, &config, &region, &profiles, &origin).await),
        };
        let account = require_field(Operation::StsGetCallerIdentity, "Account", caller.account)?;
        Ok(Self { caller: caller.arn.unwrap_or_default(), network, ..Self::new(config, region, account) })
    }

    /// Returns whether an endpoint is set for all services: then an emulator, or a door of the caller's own to AWS, answers.
    #[must_use]
    pub fn has_own_endpoint(&self) -> bool {
        self.config.endpoint_url().is_some()
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
            network: Network::default(),
            write_concurrency: WriteConcurrency::default(),
            read_pace: ReadPace::default(),
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

    /// Returns the time by the clock that signs the requests; AWS takes one that is up to five minutes off.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.config.time_source().map_or_else(|| SystemTimeSource::new().now(), |clock| clock.now())
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
                self.$name.get_or_init(|| {
                    let config = $krate::config::Builder::from(&self.config);
                    $krate::Client::from_conf(config.retry_partition(retry_partition()).build())
                })
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

/// Returns retries that are bounded by their number alone.
///
/// The SDK's own bucket of 500 tokens is for servers, which had rather fail: a large stack in a busy account, where most
/// calls are throttled once, empties it, and the next call that is throttled fails although it would soon pass.
fn retry_partition() -> RetryPartition {
    RetryPartition::custom("copilot-infra").token_bucket(TokenBucket::unlimited()).build()
}

#[expect(clippy::disallowed_methods, reason = "the SDK takes an empty variable for one that is set")]
async fn load_sdk_config(options: &ConnectOptions<'_>, network: &Network) -> SdkConfig {
    let http = options.http_client.clone().unwrap_or_else(|| network.http_client());
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeout_config());
    if std::env::var_os("AWS_MAX_ATTEMPTS").is_none() {
        loader = loader.retry_config(retry_config());
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    let set = || env_variable("AWS_REGION").or_else(|| env_variable("AWS_DEFAULT_REGION"));
    if let Some(region) = options.region.clone().or_else(set) {
        loader = loader.region(Region::new(region));
    } else if std::env::var_os("AWS_REGION").is_some() {
        // Empty, which the SDK takes for a region's name.
        loader = loader.region(profile_region_provider(options.profile.clone()));
    }
    if let Some(credentials) = options.credentials.clone() {
        loader = loader.credentials_provider(credentials);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

/// Asks STS in `region` who is calling.
async fn ask_caller(config: &SdkConfig, region: &str) -> Result<GetCallerIdentityOutput> {
    // A wrong endpoint or a missing network should not take a minute to tell.
    let patience = config.retry_config().map_or(FIRST_ATTEMPTS, RetryConfig::max_attempts);
    let patience = RetryConfig::standard().with_max_attempts(patience.min(FIRST_ATTEMPTS));
    let sts = aws_sdk_sts::config::Builder::from(config);
    let sts = sts.retry_config(patience).region(Region::new(region.to_owned())).build();
    let answer = aws_sdk_sts::Client::from_conf(sts).get_caller_identity().send().await;
    answer.map_err(|error| Error::from_sdk(&error))
}

/// Adds to a failure of the first call which credentials it is about, and whether they are good in another region.
async fn explain_failure(
    error: Error,
    config: &SdkConfig,
    region: &str,
    profiles: &Profiles,
    origin: &CredentialsOrigin,
) -> Error {
    match error {
        Error::Credentials(words) => {
            let from_environment = env_variable("AWS_PROFILE").filter(|_| profiles.explicit.is_none());
            if let Some(missing) = from_environment.as_ref().and_then(|name| profiles.require(name).err()) {
                return missing;
            }
            if words.contains(NO_CREDENTIALS) {
                return Error::Credentials(profiles.without_credentials());
            }
            match profiles.explicit.clone().or(from_environment) {
                Some(name) => Error::Credentials(words).prefixed(&name),
                None => Error::Credentials(words),
            }
        }
        refused if refused.is_credentials() => {
            let remedy = if refused.is_unknown_key() && is_opt_in(region, partition_of(region)) {
                region_remedy(config, region).await
            } else {
                None
            };
            let origin = origin.describe(profiles).unwrap_or_else(|| "an unknown source".to_owned());
            Error::RefusedCredentials { origin, remedy, error: Box::new(refused) }
        }
        other => other,
    }
}

/// Returns the remedy for a region where credentials are not known, unless they are not known anywhere.
async fn region_remedy(config: &SdkConfig, region: &str) -> Option<String> {
    match ask_caller(config, HOME_REGION).await {
        Ok(_) => Some(opt_in::remedy(region, true)),
        Err(error) => (!error.is_credentials()).then(|| opt_in::remedy(region, false)),
    }
}

/// Returns the provider of a profile's region, or of that of the profile that the environment names.
fn profile_region_provider(profile: Option<String>) -> ProfileFileRegionProvider {
    let mut provider = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        provider = provider.profile_name(profile);
    }
    provider.build()
}
