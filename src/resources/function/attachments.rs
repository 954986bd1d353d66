//! What `UpdateFunctionConfiguration` attaches to a function: code, networks, files and destinations of others.
use aws_sdk_lambda::types::{FunctionConfiguration, SnapStartApplyOn, VpcConfigResponse};
use serde::Serialize;

/// Attachments of a function. A desired one has none: a layer runs code of others with the function's role.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Attachments {
    /// ARNs of layer versions, in the order in which they are merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// VPC that the function's network interfaces are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
    /// File systems that are mounted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_systems: Vec<FileSystem>,
    /// ARN of the queue or topic that gets the events of failed asynchronous invocations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_target: Option<String>,
    /// Whether published versions start from a snapshot.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub snap_start: bool,
}

/// VPC configuration of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Vpc {
    /// Ids of subnets, sorted.
    pub subnets: Vec<String>,
    /// Ids of security groups, sorted.
    pub security_groups: Vec<String>,
}

/// A file system that is mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileSystem {
    /// ARN of the access point.
    pub arn: String,
    /// Path below `/mnt/`.
    pub local_mount_path: String,
}

impl Attachments {
    /// Returns the attachments in an answer of Lambda's.
    pub(super) fn from_live(seen: &FunctionConfiguration) -> Self {
        let file_systems = seen.file_system_configs().iter().map(|one| FileSystem {
            arn: one.arn().to_owned(),
            local_mount_path: one.local_mount_path().to_owned(),
        });
        let target = seen.dead_letter_config().and_then(|config| config.target_arn());
        Self {
            layers: seen.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned)).collect(),
            vpc: seen.vpc_config().and_then(Vpc::from_live),
            file_systems: file_systems.collect(),
            dead_letter_target: target.filter(|arn| !arn.is_empty()).map(str::to_owned),
            snap_start: seen.snap_start().and_then(|snap| snap.apply_on())
                == Some(&SnapStartApplyOn::PublishedVersions),
        }
    }
}

impl Vpc {
    /// A function without a VPC is shown with empty lists (Lambda API reference, `VpcConfigResponse`).
    fn from_live(seen: &VpcConfigResponse) -> Option<Self> {
        let sorted = |ids: &[String]| {
            let mut ids = ids.to_vec();
            ids.sort_unstable();
            ids
        };
        let vpc =
            Self { subnets: sorted(seen.subnet_ids()), security_groups: sorted(seen.security_group_ids()) };
        (vpc != Self::default()).then_some(vpc)
    }
}
