//! Digests, for names and comparisons.
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The first `bytes` bytes, up to 32, of the SHA-256 of `text`, in hexadecimal.
#[must_use]
pub fn short_digest(text: impl AsRef<[u8]>, bytes: usize) -> String {
    let digest = Sha256::digest(text);
    hex::encode(&digest[..bytes.min(digest.len())])
}

/// Returns the HMAC-SHA256 of `lines`, each with a line end, in hexadecimal: without the key nobody can try values against
/// it.
#[must_use]
pub fn keyed_digest<'a>(key: &[u8; 32], lines: impl IntoIterator<Item = &'a str>) -> String {
    // As HMAC does with a key that is shorter than a block of the hash (RFC 2104).
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for line in lines {
        mac.update(line.as_bytes());
        mac.update(b"\n");
    }
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_start_of_the_sha_256() {
        assert_eq!(short_digest("", 4), "e3b0c442");
        assert_eq!(short_digest("", 32).len(), 64);
    }

    #[test]
    fn a_keyed_digest_is_the_hmac_of_the_lines() {
        let digest = keyed_digest(&[7; 32], ["a", "b"]);
        let whole = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap().chain_update("a\nb\n").finalize();
        assert_eq!(digest, hex::encode(whole.into_bytes()));
        assert_ne!(digest, keyed_digest(&[8; 32], ["a", "b"]));
        assert_ne!(digest, keyed_digest(&[7; 32], ["ab"]));
    }
}
