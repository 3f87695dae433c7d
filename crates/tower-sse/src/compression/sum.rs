//! Checksums that are put together.

/// What gzip says at the end of a stream about all of it (RFC 1952, section 2.3.1): its CRC-32, and
/// its length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) crc: u32,
    pub(crate) len: u64,
}

/// The polynomial of the CRC: the highest bit stands for x^0.
const POLYNOMIAL: u32 = 0xEDB8_8320;
const ONE: u32 = 1 << 31;
/// x^8, by which a CRC is multiplied when a byte comes after it.
const BYTE: u32 = ONE >> 8;

impl Sum {
    /// The sum with these bytes after it.
    #[cfg(feature = "gzip")]
    pub(crate) fn and(self, bytes: &[u8]) -> Self {
        let crc = zlib_rs::crc32::crc32(self.crc, bytes);
        Self { crc, len: self.len + bytes.len() as u64 }
    }

    /// The sum of what `self` is of, and what `next` is of after it.
    pub(crate) fn then(self, next: Self) -> Self {
        Self { crc: multiply(self.crc, power(next.len)) ^ next.crc, len: self.len + next.len }
    }

    /// The sum of what comes after what `before` is of, which `self` begins with.
    pub(crate) fn since(self, before: Self) -> Self {
        let len = self.len - before.len;
        Self { crc: self.crc ^ multiply(before.crc, power(len)), len }
    }
}

/// What a CRC is multiplied by when so many bytes come after it.
fn power(mut bytes: u64) -> u32 {
    let (mut power, mut square) = (ONE, BYTE);
    while bytes > 0 {
        if bytes & 1 == 1 {
            power = multiply(power, square);
        }
        square = multiply(square, square);
        bytes >>= 1;
    }
    power
}

/// The product of two polynomials over the field of two elements, modulo that of the CRC.
fn multiply(mut a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    while a != 0 {
        if a & ONE != 0 {
            product ^= b;
        }
        a <<= 1;
        b = if b & 1 == 0 { b >> 1 } else { b >> 1 ^ POLYNOMIAL };
    }
    product
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use super::Sum;

    fn of(bytes: &[u8]) -> Sum {
        Sum::default().and(bytes)
    }

    #[test]
    fn sums_of_parts_make_the_sum_of_the_whole() {
        let text: Vec<u8> = (0..5000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for cut in [0, 1, 2, 100, 4096, 4999, 5000] {
            let (head, tail) = text.split_at(cut);
            let (whole, head, tail) = (of(&text), of(head), of(tail));
            assert_eq!(head.then(tail), whole, "{cut}");
            assert_eq!(whole.since(head), tail, "{cut}");
        }
    }
}
