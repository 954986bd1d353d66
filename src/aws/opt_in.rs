//! Regions that an account must enable before its credentials are known there.

/// Regions that are enabled in every account; all others of the partition `aws` are opted in to.
///
/// The list does not grow: regions launched after 20 March 2019 are disabled by default (AWS Account Management guide,
/// "Enable or disable AWS Regions in your account",
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>, read on 29 November 2026).
const DEFAULT_REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The region where credentials are known whatever the account has enabled.
pub(super) const HOME_REGION: &str = "us-east-1";

/// Returns whether an account must enable the region.
pub(super) fn is_opt_in(region: &str, partition: &str) -> bool {
    partition == "aws" && !DEFAULT_REGIONS.contains(&region)
}

/// Returns the remedy for credentials that are good elsewhere, or may be.
///
/// Sessions of the global endpoint of STS have tokens of version 1, which are good in default regions only (IAM guide,
/// "Managing AWS STS in an AWS Region").
pub(super) fn remedy(region: &str, are_good_at_home: bool) -> String {
    let known = if are_good_at_home {
        format!(
            "the same credentials are good in {HOME_REGION}, so `{region}` is not enabled for the account"
        )
    } else {
        format!("`{region}` may not be enabled for the account")
    };
    format!(
        "{known} (`aws account enable-region --region-name {region}` enables it), or this is a session of the global \
         endpoint of STS, whose tokens are not good there (`aws iam set-security-token-service-preferences \
         --global-endpoint-token-version v2Token`, then sign in again)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_since_2019_are_opted_in_to() {
        for region in ["ap-east-1", "me-south-1", "eu-south-2", "mx-central-1", "xx-new-9"] {
            assert!(is_opt_in(region, "aws"), "{region}");
        }
        assert!(!is_opt_in("eu-west-3", "aws") && !is_opt_in("cn-north-1", "aws-cn"));
    }
}
