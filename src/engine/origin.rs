//! Where the desired configuration of a stack comes from, so that two projects of one stack name are told apart.

/// The origin of what the graph asks for.
pub struct Origin {
    /// Name of the origin, as the last-applied tag keeps it.
    name: String,
    is_other: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Origin {
    /// Returns the origin called `name`; `is_other` tells whether another name is another project's.
    pub fn new(name: String, is_other: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { name, is_other: Box::new(is_other) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the origin that a resource was last applied from, if that is another project's.
    pub(super) fn other(&self, recorded: Option<&str>) -> Option<String> {
        recorded.filter(|recorded| (self.is_other)(recorded)).map(str::to_owned)
    }
}
