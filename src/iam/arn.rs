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

/// Returns the partition of a region, by its prefix (AWS general reference, "AWS partitions").
#[must_use]
pub fn partition_of(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
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
        ] {
            assert_eq!(partition_of(region), partition);
        }
    }
}
