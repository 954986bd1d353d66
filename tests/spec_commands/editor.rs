//! What editors make of the schema.
