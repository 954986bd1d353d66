//! The references between `${` and `}`.
use std::fmt;

use crate::diagnostic::suggest;

/// First words of all references.
pub(super) const NAMESPACES: [&str; 7] = ["inputs", "stack", "key", "tables", "functions", "roles", "api"];

/// The target of a `${…}`; that it exists has been checked when the spec was loaded.
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

/// Defines an enum of attributes with the word of each.
macro_rules! attributes {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)+];
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word,)+ })
            }
        }
    };
}

attributes! {
    /// Attributes of the stack.
    StackAttr {
        /// Its name.
        Name = "name",
        /// Its region.
        Region = "region",
        /// Its account.
        Account = "account",
        /// Its partition, such as `aws`.
        Partition = "partition",
    }
}
attributes! {
    /// Attributes of the key.
    KeyAttr {
        /// Its id.
        Id = "id",
        /// Its ARN.
        Arn = "arn",
        /// Its alias, with `alias/`.
        Alias = "alias",
    }
}
attributes! {
    /// Attributes of a resource with a name of its own.
    NamedAttr {
        /// Its name.
        Name = "name",
        /// Its ARN.
        Arn = "arn",
    }
}
attributes! {
    /// Attributes of the API.
    ApiAttr {
        /// Its id.
        Id = "id",
        /// Its ARN.
        Arn = "arn",
        /// The URL that clients connect to: `wss://…/<stage>`.
        Url = "url",
        /// The URL that functions post to: `https://…/<stage>`.
        ManagementEndpoint = "management_endpoint",
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(name) => write!(f, "inputs.{name}"),
            Self::Stack(attr) => write!(f, "stack.{attr}"),
            Self::Key(attr) => write!(f, "key.{attr}"),
            Self::Table(id, attr) => write!(f, "tables.{id}.{attr}"),
            Self::Function(id, attr) => write!(f, "functions.{id}.{attr}"),
            Self::Role(id, attr) => write!(f, "roles.{id}.{attr}"),
            Self::Api(attr) => write!(f, "api.{attr}"),
        }
    }
}

impl Reference {
    /// Parses the text between `${` and `}`; the error is a message and a hint.
    pub(super) fn parse(text: &str) -> Result<Self, (String, String)> {
        let (namespace, rest) = text.split_once('.').unwrap_or((text, ""));
        match namespace {
            "inputs" if !rest.is_empty() => Ok(Self::Input(rest.to_owned())),
            "inputs" => Err((format!("`${{{text}}}` names no input"), "write `${inputs.NAME}`".to_owned())),
            "stack" => parse_attribute(text, rest, StackAttr::WORDS).map(Self::Stack),
            "key" => parse_attribute(text, rest, KeyAttr::WORDS).map(Self::Key),
            "api" => parse_attribute(text, rest, ApiAttr::WORDS).map(Self::Api),
            "tables" => parse_named(text, rest).map(|(id, attr)| Self::Table(id, attr)),
            "functions" => parse_named(text, rest).map(|(id, attr)| Self::Function(id, attr)),
            "roles" => parse_named(text, rest).map(|(id, attr)| Self::Role(id, attr)),
            _ => Err((
                format!("`${{{text}}}` refers to nothing"),
                suggest::hint(namespace, NAMESPACES, "references begin with")
                    + "; write `$${` for a literal `${`",
            )),
        }
    }
}

/// Parses `ID.ATTRIBUTE`.
fn parse_named(text: &str, rest: &str) -> Result<(String, NamedAttr), (String, String)> {
    let (id, word) = rest.rsplit_once('.').unwrap_or((rest, ""));
    parse_attribute(text, word, NamedAttr::WORDS).map(|attr| (id.to_owned(), attr))
}

/// Looks up the attribute called `word`.
fn parse_attribute<A: Copy>(
    text: &str,
    word: &str,
    words: &[(&'static str, A)],
) -> Result<A, (String, String)> {
    if let Some((_, attr)) = words.iter().find(|(known, _)| *known == word) {
        return Ok(*attr);
    }
    let message = match word {
        "" => format!("`${{{text}}}` names no attribute"),
        _ => format!("`${{{text}}}` names an unknown attribute `{word}`"),
    };
    Err((message, suggest::hint(word, words.iter().map(|(known, _)| *known), "attributes here are")))
}
