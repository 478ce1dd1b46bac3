"""XXH3 with 64 bits, seed 0 and the default secret, of 1 to 8 bytes, from its specification (doc/xxhash_spec.md of xxHash)."""
MASK = 2**64 - 1
PRIME_2, PRIME_3 = 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
SECRET = bytes.fromhex("b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db")


def word(data, begin, size):
    return int.from_bytes(data[begin:begin + size], "little")


def rotated(value, bits):
    return (value << bits | value >> 64 - bits) & MASK


def xxh3(data):
    if len(data) <= 3:
        combined = data[0] << 16 | data[len(data) >> 1] << 24 | data[-1] | len(data) << 8
        value = combined ^ word(SECRET, 0, 4) ^ word(SECRET, 4, 4)
        value = (value ^ value >> 33) * PRIME_2 & MASK
        value = (value ^ value >> 29) * PRIME_3 & MASK
        return value ^ value >> 32
    value = word(data, len(data) - 4, 4) + (word(data, 0, 4) << 32) ^ word(SECRET, 8, 8) ^ word(SECRET, 16, 8)
    value = (value ^ rotated(value, 49) ^ rotated(value, 24)) * 0x9FB21C651E98DF25 & MASK
    value = (value ^ (value >> 35) + len(data)) * 0x9FB21C651E98DF25 & MASK
    return value ^ value >> 28


def is_sampled(value, ten_thousandths):
    """A text or a number as it is written, and the share of all values for which this is so."""
    return xxh3(str(value).encode()) % 10_000 < ten_thousandths
