//! The permissions that the calls on the key need.
use super::Key;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, DeleteData, Plan},
        StepCondition::{Changed, Given, Gone, Made, Set, Taken},
        Subject, api_operation, permission_need,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    api_operation(Operation::KmsListAliases, &[permission_need(Plan, &["kms:ListAliases"], On::Anything)], &[]),
    // Planning looks for a key of the stack's that goes by another alias or none.
    api_operation(Operation::KmsListKeys, &[permission_need(Plan, &["kms:ListKeys"], On::KeyLookup)], &[]),
    api_operation(Operation::KmsDescribeKey, &[
        // The age of a key tells whether one whose tags may not be read may be the stack's.
        permission_need(Plan, &["kms:DescribeKey"], On::KeysAll),
        permission_need(Plan, &["kms:DescribeKey"], On::KeysTagged),
    ], &[]),
    api_operation(Operation::KmsGetKeyPolicy, &[
        permission_need(Plan, &["kms:GetKeyPolicy"], On::KeysSeen),
        permission_need(Plan, &["kms:GetKeyPolicy"], On::KeysTagged),
    ], &[]),
    api_operation(Operation::KmsGetKeyRotationStatus, &[
        permission_need(Plan, &["kms:GetKeyRotationStatus"], On::KeysSeen),
        permission_need(Plan, &["kms:GetKeyRotationStatus"], On::KeysTagged),
    ], &[]),
    api_operation(Operation::KmsListResourceTags, &[
        permission_need(Plan, &["kms:ListResourceTags"], On::KeysSeen),
        permission_need(Plan, &["kms:ListResourceTags"], On::KeysTagged),
    ], &[]),
    api_operation(Operation::KmsListGrants, &[permission_need(Plan, &["kms:ListGrants"], On::KeysTagged)], &[]),
    // Setting tags at creation needs an action of its own (KMS API reference, `CreateKey`).
    api_operation(Operation::KmsCreateKey, &[
        permission_need(Apply, &["kms:CreateKey"], On::KeyNew),
        permission_need(Apply, &["kms:TagResource"], On::KeyNewTags),
    ], &[Made]),
    // Needed on both the alias and the key (KMS guide, "Controlling access to aliases").
    api_operation(Operation::KmsCreateAlias, &[
        permission_need(Apply, &["kms:CreateAlias"], On::Alias),
        permission_need(Apply, &["kms:CreateAlias"], On::Key),
    ], &[Made, Changed("/alias")]),
    api_operation(Operation::KmsEnableKey, &[permission_need(Apply, &["kms:EnableKey"], On::Key)], &[Changed("/state")]),
    api_operation(Operation::KmsCancelKeyDeletion, &[permission_need(Apply, &["kms:CancelKeyDeletion"], On::Key)], &[Changed("/state")]),
    api_operation(Operation::KmsEnableKeyRotation, &[permission_need(Apply, &["kms:EnableKeyRotation"], On::Key)], &[Set("/rotation"), Changed("/rotation_days")]),
    api_operation(Operation::KmsDisableKeyRotation, &[permission_need(Apply, &["kms:DisableKeyRotation"], On::Key)], &[Taken("/rotation")]),
    api_operation(Operation::KmsUpdateKeyDescription, &[permission_need(Apply, &["kms:UpdateKeyDescription"], On::Key)], &[Changed("/description")]),
    api_operation(Operation::KmsPutKeyPolicy, &[permission_need(Apply, &["kms:PutKeyPolicy"], On::Key)], &[Changed("/policy")]),
    // Every change of a resource with tags also writes the last-applied tag.
    api_operation(Operation::KmsTagResource, &[permission_need(Apply, &["kms:TagResource"], On::Key)], &[Changed("")]),
    api_operation(Operation::KmsUntagResource, &[permission_need(Apply, &["kms:UntagResource"], On::Key)], &[Taken("/tags"), Given("/alias")]),
    api_operation(Operation::KmsDeleteAlias, &[
        permission_need(Apply, &["kms:DeleteAlias"], On::AliasesSeen),
        permission_need(Apply, &["kms:DeleteAlias"], On::KeysTagged),
    ], &[Gone, Given("/alias")]),
    api_operation(Operation::KmsScheduleKeyDeletion, &[permission_need(DeleteData, &["kms:ScheduleKeyDeletion"], On::KeysTagged)], &[Gone]),
];

impl Permissions for Key {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Key;
}
