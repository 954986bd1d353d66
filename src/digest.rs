//! Short digests, for names and comparisons.
use sha2::{Digest, Sha256};

/// The first `bytes` bytes, up to 32, of the SHA-256 of `text`, in hexadecimal.
#[must_use]
pub fn short_digest(text: impl AsRef<[u8]>, bytes: usize) -> String {
    let digest = Sha256::digest(text);
    hex::encode(&digest[..bytes.min(digest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_start_of_the_sha_256() {
        assert_eq!(short_digest("", 4), "e3b0c442");
        assert_eq!(short_digest("", 32).len(), 64);
    }
}
