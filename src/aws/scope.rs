//! Partition, region and account of a stack.
use super::Aws;
use crate::iam::arn::dns_suffix_of;

/// The partition, region and account that ARNs and service names are made of.
#[derive(Clone, Debug)]
pub struct AwsScope {
    /// Partition, such as `aws`.
    pub partition: &'static str,
    /// Region of the stack.
    pub region: String,
    /// Account of the stack.
    pub account: String,
}

impl AwsScope {
    /// The account and region that `aws` acts in.
    #[must_use]
    pub fn of(aws: &Aws) -> Self {
        Self { partition: aws.partition, region: aws.region.clone(), account: aws.account.clone() }
    }

    /// `arn:<partition>:<service>:<region>:<account>:<rest>`.
    #[must_use]
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{rest}", self.partition, self.region, self.account)
    }

    /// An ARN without a region: `arn:<partition>:<service>::<account>:<rest>`.
    #[must_use]
    pub fn global_arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}::{}:{rest}", self.partition, self.account)
    }

    /// Principal of a whole account, which its own policies then restrict.
    #[must_use]
    pub fn root_of(&self, account: &str) -> String {
        format!("arn:{}:iam::{account}:root", self.partition)
    }

    /// The URI through which API Gateway invokes the function of that ARN, or asks it as an authorizer.
    #[must_use]
    pub fn invocation_uri(&self, function_arn: &str) -> String {
        let Self { partition, region, .. } = self;
        format!(
            "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
        )
    }

    /// Name of a regional service endpoint, as conditions and regional principals spell it.
    ///
    /// The suffix goes with the partition (AWS general reference, "Service endpoints").
    #[must_use]
    pub fn service(&self, name: &str) -> String {
        format!("{name}.{}.{}", self.region, dns_suffix_of(self.partition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_names_follow_the_partition() {
        let home = AwsScope { partition: "aws", region: "us-east-1".into(), account: "123456789012".into() };
        let secret = AwsScope { partition: "aws-iso-b", region: "us-isob-east-1".into(), ..home.clone() };
        assert_eq!(secret.service("logs"), "logs.us-isob-east-1.sc2s.sgov.gov");
        let china = AwsScope { partition: "aws-cn", region: "cn-north-1".into(), ..home.clone() };
        assert_eq!(china.service("logs"), "logs.cn-north-1.amazonaws.com.cn");
        assert_eq!(home.service("dynamodb"), "dynamodb.us-east-1.amazonaws.com");
    }
}
