//! The permissions that work on the key takes.
use super::Key;
use crate::{
    aws::Operation,
    resources::permissions::{
        CallPermissions, PermissionScope as On, Permissions,
        Purpose::{Apply, DeleteData, Plan},
        Subject,
        When::{Changed, Gone, Made, Set, Taken},
        need, op,
    },
};

#[rustfmt::skip]
const CALLS: &[CallPermissions] = &[
    op(Operation::KmsListAliases, &[need(Plan, &["kms:ListAliases"], On::Anything)], &[]),
    op(Operation::KmsListKeys, &[need(Apply, &["kms:ListKeys"], On::KeyLookup)], &[Made]),
    op(Operation::KmsDescribeKey, &[
        need(Plan, &["kms:DescribeKey"], On::KeysSeen),
        need(Plan, &["kms:DescribeKey"], On::KeysTagged),
    ], &[]),
    op(Operation::KmsGetKeyPolicy, &[
        need(Plan, &["kms:GetKeyPolicy"], On::KeysSeen),
        need(Plan, &["kms:GetKeyPolicy"], On::KeysTagged),
    ], &[]),
    op(Operation::KmsGetKeyRotationStatus, &[
        need(Plan, &["kms:GetKeyRotationStatus"], On::KeysSeen),
        need(Plan, &["kms:GetKeyRotationStatus"], On::KeysTagged),
    ], &[]),
    op(Operation::KmsListResourceTags, &[
        need(Plan, &["kms:ListResourceTags"], On::KeysSeen),
        need(Plan, &["kms:ListResourceTags"], On::KeysTagged),
    ], &[]),
    // Tags at the creation take an action of their own (KMS API reference, `CreateKey`).
    op(Operation::KmsCreateKey, &[
        need(Apply, &["kms:CreateKey"], On::KeyNew),
        need(Apply, &["kms:TagResource"], On::KeyNewTags),
    ], &[Made]),
    // On the alias and on the key (KMS guide, "Controlling access to aliases").
    op(Operation::KmsCreateAlias, &[
        need(Apply, &["kms:CreateAlias"], On::Alias),
        need(Apply, &["kms:CreateAlias"], On::Key),
    ], &[Made]),
    op(Operation::KmsEnableKey, &[need(Apply, &["kms:EnableKey"], On::Key)], &[Changed("/state")]),
    op(Operation::KmsCancelKeyDeletion, &[need(Apply, &["kms:CancelKeyDeletion"], On::Key)], &[Changed("/state")]),
    op(Operation::KmsEnableKeyRotation, &[need(Apply, &["kms:EnableKeyRotation"], On::Key)], &[Set("/rotation")]),
    op(Operation::KmsDisableKeyRotation, &[need(Apply, &["kms:DisableKeyRotation"], On::Key)], &[Taken("/rotation")]),
    op(Operation::KmsUpdateKeyDescription, &[need(Apply, &["kms:UpdateKeyDescription"], On::Key)], &[Changed("/description")]),
    op(Operation::KmsPutKeyPolicy, &[need(Apply, &["kms:PutKeyPolicy"], On::Key)], &[Changed("/policy")]),
    // Every change of what takes tags also writes down what was applied.
    op(Operation::KmsTagResource, &[need(Apply, &["kms:TagResource"], On::Key)], &[Changed("")]),
    op(Operation::KmsUntagResource, &[need(Apply, &["kms:UntagResource"], On::Key)], &[Taken("/tags")]),
    op(Operation::KmsDeleteAlias, &[
        need(DeleteData, &["kms:DeleteAlias"], On::AliasesSeen),
        need(DeleteData, &["kms:DeleteAlias"], On::KeysTagged),
    ], &[Gone]),
    op(Operation::KmsScheduleKeyDeletion, &[need(DeleteData, &["kms:ScheduleKeyDeletion"], On::KeysTagged)], &[Gone]),
];

impl Permissions for Key {
    const CALLS: &'static [CallPermissions] = CALLS;
    const SUBJECT: Subject = Subject::Key;
}
