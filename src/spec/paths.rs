//! From a place to the path of what stands there, such as `functions.message.timeout`.
use super::{
    at::Place,
    tree::{Node, Value},
};

/// Returns the path of the key or value at `place`; none if nothing stands there.
pub(super) fn path(root: &Node, place: Place) -> Option<String> {
    find(root, place, "")
}

fn find(node: &Node, place: Place, path: &str) -> Option<String> {
    match &node.value {
        Value::Map(entries) => entries.iter().find_map(|entry| {
            let inner =
                if path.is_empty() { entry.key.text.clone() } else { format!("{path}.{}", entry.key.text) };
            // Of what has several places, such as an anchored value, the first one is meant.
            if holds(entry.place, place) { Some(inner) } else { find(&entry.node, place, &inner) }
        }),
        Value::List(items) => {
            items.iter().enumerate().find_map(|(index, item)| find(item, place, &format!("{path}[{index}]")))
        }
        _ => holds(node.place, place).then(|| path.to_owned()),
    }
}

fn holds(outer: Place, inner: Place) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && outer != Place::default()
}
