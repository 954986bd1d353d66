//! The parts of an ARN that say where a resource is: partition, region and account.
use std::sync::LazyLock;

use regex_lite::Regex;

/// Regular expression of a region.
pub const REGION: &str = "^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$";
/// Description of the form of a region.
pub const REGION_WORDS: &str = "a region looks like `us-east-1`";
/// Regular expression of an account id.
pub const ACCOUNT_ID: &str = "^[0-9]{12}$";
/// Description of the form of an account id.
pub const ACCOUNT_ID_WORDS: &str = "an account id has exactly 12 digits";

/// Returns whether `text` has the form of a region.
#[must_use]
pub fn is_region(text: &str) -> bool {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| Regex::new(REGION).expect("a valid pattern"));
    SHAPE.is_match(text)
}

/// Returns whether `text` has the form of an account id.
#[must_use]
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A partition: a group of regions with ARNs, accounts and endpoints of its own.
struct Partition {
    name: &'static str,
    /// What the names of its regions begin with.
    prefix: &'static str,
    /// What the names of its endpoints end in.
    dns_suffix: &'static str,
}

/// The partitions beside `aws` (`data/partitions.json` of botocore 1.44.5, 2026).
const PARTITIONS: [Partition; 7] = [
    Partition { name: "aws-cn", prefix: "cn-", dns_suffix: "amazonaws.com.cn" },
    Partition { name: "aws-us-gov", prefix: "us-gov-", dns_suffix: "amazonaws.com" },
    Partition { name: "aws-eusc", prefix: "eusc-", dns_suffix: "amazonaws.eu" },
    Partition { name: "aws-iso", prefix: "us-iso-", dns_suffix: "c2s.ic.gov" },
    Partition { name: "aws-iso-b", prefix: "us-isob-", dns_suffix: "sc2s.sgov.gov" },
    Partition { name: "aws-iso-e", prefix: "eu-isoe-", dns_suffix: "cloud.adc-e.uk" },
    Partition { name: "aws-iso-f", prefix: "us-isof-", dns_suffix: "csp.hci.ic.gov" },
];

/// Returns the partition of a region.
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|partition| region.starts_with(partition.prefix));
    found.map_or("aws", |partition| partition.name)
}

/// Returns what the names of a partition's endpoints end in.
#[must_use]
pub fn dns_suffix_of(partition: &str) -> &'static str {
    let found = PARTITIONS.iter().find(|known| known.name == partition);
    found.map_or("amazonaws.com", |known| known.dns_suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_known_by_their_looks() {
        for region in ["us-east-1", "us-gov-west-1", "eusc-de-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "us-east", "US-EAST-1", "us-east-1 ", "us-east-1\n", "us_east_1"] {
            assert!(!is_region(other), "{other:?}");
        }
    }

    #[test]
    fn account_ids_are_twelve_digits() {
        let shape = Regex::new(ACCOUNT_ID).unwrap();
        for (text, fits) in [
            ("123456789012", true),
            ("12345678901", false),
            ("1234567890123", false),
            ("12345678901a", false),
        ] {
            assert_eq!((is_account_id(text), shape.is_match(text)), (fits, fits), "{text}");
        }
    }

    #[test]
    fn the_partition_goes_with_the_region() {
        for (region, partition) in [
            ("us-east-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("eusc-de-east-1", "aws-eusc"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-west-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eu-west-1", "aws"),
        ] {
            assert!(is_region(region), "{region}");
            assert_eq!(partition_of(region), partition);
        }
    }
}
