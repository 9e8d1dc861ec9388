//! Where the n-th block of a status list lies: a keyed permutation of the list's counter.
//!
//! A Feistel network over as many bits as the list has block numbers, with HMAC-SHA-256 as its
//! round function (the construction of NIST SP 800-38G, section 5, in base 2). Nothing is searched
//! and nothing is stored: the cost is the same for the first block and the last, two counters never
//! share a block, and without the key the order cannot be seen.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// FF1 has ten.
const ROUNDS: u8 = 10;

/// The block of a counter, both below 2^`bits` (`bits` from 2 to 32).
#[must_use]
pub fn permute(key: &[u8; 32], bits: u32, counter: u32) -> u32 {
    let (left_bits, right_bits) = (bits / 2, bits - bits / 2);
    let mut left = (counter >> right_bits, left_bits);
    let mut right = (counter & mask(right_bits), right_bits);
    for round in 0..ROUNDS {
        let mixed = (left.0 ^ function(key, round, right.0)) & mask(left.1);
        (left, right) = (right, (mixed, left.1));
    }
    left.0 << right.1 | right.0
}

fn mask(bits: u32) -> u32 {
    u32::MAX >> (32 - bits)
}

fn function(key: &[u8; 32], round: u8, half: u32) -> u32 {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.update(&[round]);
    mac.update(&half.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    u32::from_be_bytes([tag[0], tag[1], tag[2], tag[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_given_out_exactly_once() {
        for bits in [13, 14, 15] {
            let mut seen = vec![false; 1 << bits];
            for counter in 0..1 << bits {
                let block = permute(&[3; 32], bits, counter) as usize;
                assert!(!std::mem::replace(&mut seen[block], true), "{bits} bits, counter {counter}");
            }
        }
    }

    #[test]
    fn no_order_is_visible_and_another_key_gives_another_order() {
        let blocks = |key| (0..1_000).map(|counter| permute(&[key; 32], 15, counter)).collect::<Vec<_>>();
        let one = blocks(1);
        let rising = one.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((400..600).contains(&rising), "{rising} of 999 rise; a random order has about half");
        let near = one.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) < 328).count();
        assert!(near < 60, "{near} of 999 lie within 1 % of the one before; a random order has about 2 %");
        let same = one.iter().zip(blocks(2)).filter(|(one, two)| *one == two).count();
        assert!(same < 10, "{same}");
    }
}
