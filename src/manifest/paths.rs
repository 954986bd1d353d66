//! From a place to the path of what stands there, such as `functions.message.timeout`.
use super::tree::{Node, Value};
use crate::diagnostic::Span;

/// Returns the path of the key or value at `place`; none if nothing stands there.
pub(super) fn path(root: &Node, span: Span) -> Option<String> {
    find(root, span, "")
}

fn find(node: &Node, span: Span, path: &str) -> Option<String> {
    match &node.value {
        Value::Map(entries) => entries.iter().find_map(|entry| {
            let inner =
                if path.is_empty() { entry.key.text.clone() } else { format!("{path}.{}", entry.key.text) };
            // Of what has several places, such as an anchored value, the first one is meant.
            if holds(entry.span, span) { Some(inner) } else { find(&entry.node, span, &inner) }
        }),
        Value::List(items) => {
            items.iter().enumerate().find_map(|(index, item)| find(item, span, &format!("{path}[{index}]")))
        }
        _ => holds(node.span, span).then(|| path.to_owned()),
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && outer != Span::default()
}
