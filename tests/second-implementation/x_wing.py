"""X-Wing (draft-connolly-cfrg-xwing-kem-11) over ML-KEM-768 (FIPS 203), written from their texts.

For tests only: it is slow, and its time depends on secrets. X25519 comes from python3-cryptography.
"""

import hashlib
import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Q = 3_329
K = 3
D_U, D_V = 10, 4
PUBLIC_KEY, CIPHERTEXT = 1_216, 1_120
ML_KEM_PUBLIC_KEY, ML_KEM_CIPHERTEXT = 1_184, 1_088
LABEL = rb"\.//^" + b"\\"


class InvalidKey(Exception):
    """A public key that FIPS 203 §7.2 does not let pass."""


# --- FIPS 203 §4: arithmetic ---------------------------------------------------------------------------------------


def reverse_bits(number):
    return int(f"{number:07b}"[::-1], 2)


ZETAS = [pow(17, reverse_bits(index), Q) for index in range(128)]
GAMMAS = [pow(17, 2 * reverse_bits(index) + 1, Q) for index in range(128)]


def ntt(polynomial):
    f, at, length = list(polynomial), 1, 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            zeta, at = ZETAS[at], at + 1
            for j in range(start, start + length):
                turned = zeta * f[j + length] % Q
                f[j], f[j + length] = (f[j] + turned) % Q, (f[j] - turned) % Q
        length //= 2
    return f


def inverse_ntt(polynomial):
    f, at, length = list(polynomial), 127, 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            zeta, at = ZETAS[at], at - 1
            for j in range(start, start + length):
                before = f[j]
                f[j], f[j + length] = (before + f[j + length]) % Q, zeta * (f[j + length] - before) % Q
        length *= 2
    return [value * 3_303 % Q for value in f]


def multiply(f, g):
    product = []
    for index in range(128):
        (a, b), (c, d) = f[2 * index : 2 * index + 2], g[2 * index : 2 * index + 2]
        product += [(a * c + b * d * GAMMAS[index]) % Q, (a * d + b * c) % Q]
    return product


def add(*polynomials):
    return [sum(values) % Q for values in zip(*polynomials)]


def subtract(f, g):
    return [(a - b) % Q for a, b in zip(f, g)]


def encode(values, bits):
    number = sum(value << bits * index for index, value in enumerate(values))
    return number.to_bytes(32 * bits, "little")


def decode(data, bits):
    number, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [number >> bits * index & mask for index in range(256)]


def compress(values, bits):
    return [((value << bits) + Q // 2) // Q % (1 << bits) for value in values]


def decompress(values, bits):
    return [(value * Q + (1 << bits - 1)) >> bits for value in values]


def sample_ntt(seed):
    stream, values, length = hashlib.shake_128(seed), [], 840
    while len(values) < 256:
        data, values = stream.digest(length), []
        for a, b, c in zip(data[::3], data[1::3], data[2::3]):
            values += [value for value in (a + 256 * (b % 16), b // 16 + 16 * c) if value < Q]
        length += 168
    return values[:256]


def sample_noise(seed, number):
    """From the centered binomial distribution with eta 2."""
    bits = int.from_bytes(hashlib.shake_256(seed + bytes([number])).digest(128), "little")
    parts = [bits >> 4 * index & 15 for index in range(256)]
    return [((part & 1) + (part >> 1 & 1) - (part >> 2 & 1) - (part >> 3)) % Q for part in parts]


def matrix(rho):
    return [[sample_ntt(rho + bytes([column, row])) for column in range(K)] for row in range(K)]


def dot(row, vector):
    return add(*(multiply(a, b) for a, b in zip(row, vector)))


# --- FIPS 203 §5 to §7: ML-KEM-768 ---------------------------------------------------------------------------------


def ml_kem_keys(d, z):
    expanded = hashlib.sha3_512(d + bytes([K])).digest()
    rho, sigma = expanded[:32], expanded[32:]
    s = [ntt(sample_noise(sigma, number)) for number in range(K)]
    e = [ntt(sample_noise(sigma, K + number)) for number in range(K)]
    t = [add(dot(row, s), noise) for row, noise in zip(matrix(rho), e)]
    public_key = b"".join(encode(each, 12) for each in t) + rho
    return public_key, {"s": s, "public": public_key, "z": z}


def encrypt(public_key, message, coins):
    t = [decode(public_key[384 * index : 384 * (index + 1)], 12) for index in range(K)]
    a = matrix(public_key[-32:])
    y = [ntt(sample_noise(coins, number)) for number in range(K)]
    e1 = [sample_noise(coins, K + number) for number in range(K)]
    u = [add(inverse_ntt(dot([a[row][column] for row in range(K)], y)), e1[column]) for column in range(K)]
    noise, text = sample_noise(coins, 2 * K), decompress(decode(message, 1), 1)
    v = add(inverse_ntt(dot(t, y)), noise, text)
    return b"".join(encode(compress(each, D_U), D_U) for each in u) + encode(compress(v, D_V), D_V)


def ml_kem_encapsulate(public_key, message):
    rows = [decode(public_key[384 * index : 384 * (index + 1)], 12) for index in range(K)]
    if any(value >= Q for row in rows for value in row):
        raise InvalidKey
    expanded = hashlib.sha3_512(message + hashlib.sha3_256(public_key).digest()).digest()
    return encrypt(public_key, message, expanded[32:]), expanded[:32]


def ml_kem_decapsulate(private_key, ciphertext):
    size = 32 * D_U
    u = [decompress(decode(ciphertext[size * index : size * (index + 1)], D_U), D_U) for index in range(K)]
    v = decompress(decode(ciphertext[size * K :], D_V), D_V)
    w = subtract(v, inverse_ntt(dot(private_key["s"], [ntt(each) for each in u])))
    message = encode(compress(w, 1), 1)
    public_key = private_key["public"]
    expanded = hashlib.sha3_512(message + hashlib.sha3_256(public_key).digest()).digest()
    if encrypt(public_key, message, expanded[32:]) == ciphertext:
        return expanded[:32]
    return hashlib.shake_256(private_key["z"] + ciphertext).digest(32)


# --- X-Wing --------------------------------------------------------------------------------------------------------


def raw(public_key):
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def combine(ml_kem, x25519, share, public_key):
    return hashlib.sha3_256(ml_kem + x25519 + share + public_key + LABEL).digest()


class PrivateKey:
    def __init__(self, seed=None):
        expanded = hashlib.shake_256(os.urandom(32) if seed is None else seed).digest(96)
        ml_kem_public, self.ml_kem = ml_kem_keys(expanded[:32], expanded[32:64])
        self.x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self.share = raw(self.x25519.public_key())
        self.public_key = ml_kem_public + self.share

    def decapsulate(self, ciphertext):
        share = ciphertext[ML_KEM_CIPHERTEXT:]
        agreed = self.x25519.exchange(X25519PublicKey.from_public_bytes(share))
        return combine(ml_kem_decapsulate(self.ml_kem, ciphertext[:ML_KEM_CIPHERTEXT]), agreed, share, self.share)


def encapsulate(public_key, coins=None):
    """(ciphertext, secret); the coins are 32 bytes for ML-KEM and 32 for X25519."""
    coins = os.urandom(64) if coins is None else coins
    ml_kem_public, share = public_key[:ML_KEM_PUBLIC_KEY], public_key[ML_KEM_PUBLIC_KEY:]
    ciphertext, secret = ml_kem_encapsulate(ml_kem_public, coins[:32])
    ephemeral = X25519PrivateKey.from_private_bytes(coins[32:])
    own = raw(ephemeral.public_key())
    return ciphertext + own, combine(secret, ephemeral.exchange(X25519PublicKey.from_public_bytes(share)), own, share)
