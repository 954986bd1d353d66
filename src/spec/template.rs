//! Strings with `${…}` references in them.
use super::at::Place;

/// A string, cut at its references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Part>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Literal text, with `$${` already undone.
    Text(String),
    /// A reference, with its place in the file.
    Ref(Reference, Place),
}

/// What a `${…}` names; existence of the named thing has been checked when a spec was loaded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// `${inputs.NAME}`.
    Input(String),
    /// `${stack.…}`.
    Stack(StackAttr),
    /// `${key.…}`.
    Key(KeyAttr),
    /// `${tables.ID.…}`.
    Table(String, NamedAttr),
    /// `${functions.ID.…}`.
    Function(String, NamedAttr),
    /// `${roles.ID.…}`: the role of function ID.
    Role(String, NamedAttr),
    /// `${api.…}`.
    Api(ApiAttr),
}

/// What can be said of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StackAttr {
    /// Its name.
    Name,
    /// Its region.
    Region,
    /// Its account.
    Account,
    /// Its partition, such as `aws`.
    Partition,
}

/// What can be said of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAttr {
    /// Its id.
    Id,
    /// Its ARN.
    Arn,
    /// Its alias, with `alias/`.
    Alias,
}

/// What can be said of a thing with a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedAttr {
    /// Its name.
    Name,
    /// Its ARN.
    Arn,
}

/// What can be said of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiAttr {
    /// Its id.
    Id,
    /// Its ARN.
    Arn,
    /// What clients connect to: `wss://…/<stage>`.
    Url,
    /// What functions post to: `https://…/<stage>`.
    ManagementEndpoint,
}
