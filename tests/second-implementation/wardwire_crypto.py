"""A second implementation of spec/handshake.md, session-records.md and channel-records.md, written from their text.

It exists to find what the text leaves open and what the first implementation does differently. It is slow, keeps secrets in
ordinary bytes and is for tests only. AEAD, Ed25519 and nothing else come from python3-cryptography.
"""

import hashlib
import hmac
import struct

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

MAX_PLAINTEXT = 61_440
TAG = 16


class Refused(Exception):
    """What does not open; one error for everything (SR-1.4, RK-3.2)."""


# --- session-records.md §1 -----------------------------------------------------------------------------------------


def hkdf_expand(prk, info, length):
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        output, counter = output + block, counter + 1
    return output[:length]


def expand_label(secret, label, context, length):
    name = b"wardwire/1 " + label.encode()
    info = struct.pack(">HB", length, len(name)) + name + bytes([len(context)]) + context
    return hkdf_expand(secret, info, length)


def key_schedule(h, ck):
    """The secrets of both directions and the exporter, of a handshake's final h and ck."""
    prk = hmac.new(h, ck, hashlib.sha256).digest()
    labels = {"clientTraffic": "c2s traffic", "gatewayTraffic": "s2c traffic", "exporter": "exporter"}
    return {name: expand_label(prk, label, b"", 32) for name, label in labels.items()}


def xor_nonce(iv, seq):
    return (int.from_bytes(iv, "big") ^ seq).to_bytes(12, "big")


def pad(content, multiple, at_most):
    plaintext = struct.pack(">H", len(content)) + content
    padded = -(-len(plaintext) // multiple) * multiple
    return plaintext + bytes(max(min(padded, at_most), len(plaintext)) - len(plaintext))


def unpad(plaintext):
    if len(plaintext) < 2:
        raise Refused
    (length,) = struct.unpack_from(">H", plaintext)
    if 2 + length > len(plaintext) or any(plaintext[2 + length :]):
        raise Refused
    return plaintext[2 : 2 + length]


def aead(algorithm, key):
    return {"aes-256-gcm": AESGCM, "chacha20-poly1305": ChaCha20Poly1305}[algorithm](key)


def aead_open(cipher, nonce, sealed, associated):
    try:
        return cipher.decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError):
        raise Refused from None


# --- handshake.md §1 -----------------------------------------------------------------------------------------------


def handshake(online_key, prologue_tail, message1, message2, kem_secrets):
    """h, and the secrets of the session; opens both payloads on the way."""
    (fields,) = struct.unpack_from(">H", message1, 1)
    header, rest = message1[: 3 + fields], message1[3 + fields :]
    ciphertext1, ephemeral, payload1 = rest[:1120], rest[1120:2336], rest[2336:]
    ciphertext2, payload2 = message2[1:1121], message2[1121:]
    h = ck = b"Noise_pqNK_XWing_AESGCM_SHA256".ljust(32, b"\0")
    for part in (header + prologue_tail, online_key, ciphertext1):
        h = hashlib.sha256(h + part).digest()
    ck, mixed, key = noise_hkdf(ck, kem_secrets[0], 3)
    for part in (mixed, ephemeral):
        h = hashlib.sha256(h + part).digest()
    aead_open(AESGCM(key), bytes(12), payload1, h)
    for part in (payload1, ciphertext2):
        h = hashlib.sha256(h + part).digest()
    ck, key = noise_hkdf(ck, kem_secrets[1], 2)
    aead_open(AESGCM(key), bytes(12), payload2, h)
    h = hashlib.sha256(h + payload2).digest()
    return {"transcriptHash": h, **key_schedule(h, ck)}


def noise_hkdf(ck, ikm, count):
    output = hkdf_expand(hmac.new(ck, ikm, hashlib.sha256).digest(), b"", 32 * count)
    return [output[at : at + 32] for at in range(0, len(output), 32)]


# --- session-records.md §2 to §5 -----------------------------------------------------------------------------------

TYPES = {
    "auth": 0x10,
    "authOk": 0x11,
    "data": 0x12,
    "keyUpdate": 0x13,
    "close": 0x14,
    "heartbeat": 0x15,
    "channelKey": 0x16,
    "skip": 0x17,
    "rehandshake": 0x18,
    "switch": 0x19,
}
NAMES = {byte: name for name, byte in TYPES.items()}
ONE_WAY = {"client": {"auth"}, "gateway": {"authOk", "channelKey", "skip"}}
CHUNKED = {"auth", "authOk", "data"}


class Direction:
    """The keys of one direction of a session."""

    def __init__(self, algorithm, traffic):
        self.algorithm = algorithm
        self.enter(traffic, 0)
        self.seq = 0

    def enter(self, secret, generation):
        self.generation = generation
        self.cipher = aead(self.algorithm, expand_label(secret, "key", b"", 32))
        self.iv = expand_label(secret, "iv", b"", 12)
        self.following = expand_label(secret, "next", b"", 32)

    def update(self):
        self.enter(self.following, self.generation + 1)

    def switch(self, traffic):
        self.enter(traffic, 0)
        self.seq = 0


class SessionSealer(Direction):
    def __init__(self, algorithm, traffic, padded_to, max_plaintext, update_after):
        super().__init__(algorithm, traffic)
        self.padded_to, self.max_plaintext, self.update_after = padded_to, max_plaintext, update_after
        self.records = 0

    def record(self, name, content, ends=True):
        header = struct.pack(">BBIQ", TYPES[name], int(ends), self.generation, self.seq)
        plaintext = pad(content, self.padded_to, self.max_plaintext)
        sealed = self.cipher.encrypt(xor_nonce(self.iv, self.seq), plaintext, header)
        self.seq, self.records = self.seq + 1, self.records + 1
        return header + sealed

    def seal(self, name, content):
        most = self.max_plaintext - 2
        chunks = [content[at : at + most] for at in range(0, len(content), most)] or [b""]
        records = []
        for index, chunk in enumerate(chunks):
            if self.records > 0 and self.records >= self.update_after - 1:
                records.append(self.record("keyUpdate", b""))
                self.update()
                self.records = 0
            records.append(self.record(name, chunk, index == len(chunks) - 1))
        return records

    def close(self, code, reason):
        return [self.record("close", struct.pack(">HQ", code, self.seq) + reason.encode())]

    def switch_to(self, traffic):
        marker = self.record("switch", b"")
        self.switch(traffic)
        self.records = 0
        return [marker]


class SessionOpener(Direction):
    """Opens records in order; updates that come too fast (SR-4.3) are left to who has a clock."""

    def __init__(self, algorithm, traffic, side):
        super().__init__(algorithm, traffic)
        self.foreign = ONE_WAY["gateway" if side == "client" else "client"]
        self.chunks = None

    def open(self, record, fresh=None):
        """(type, content) of a value that has ended, or None."""
        if len(record) < 14 + TAG or len(record) > 14 + MAX_PLAINTEXT + TAG:
            raise Refused
        byte, flags, generation, seq = struct.unpack_from(">BBIQ", record)
        name = NAMES.get(byte)
        if name is None or name in self.foreign or flags > 1 or (generation, seq) != (self.generation, self.seq):
            raise Refused
        content = unpad(aead_open(self.cipher, xor_nonce(self.iv, seq), record[14:], record[:14]))
        self.seq += 1
        if not flags and name not in CHUNKED:
            raise Refused
        return self.accept(name, content, bool(flags), seq, fresh)

    def accept(self, name, content, ends, seq, fresh):
        if name in ("keyUpdate", "switch") and content:
            raise Refused
        if name == "keyUpdate":
            return self.update()
        if name in ("switch", "close") and self.chunks is not None:
            raise Refused
        if name == "switch":
            if fresh is None:
                raise Refused
            self.switch(fresh)
        if name == "close" and (not 10 <= len(content) <= 133 or struct.unpack_from(">Q", content, 2)[0] != seq):
            raise Refused
        if name not in CHUNKED:
            return name, content
        before = self.chunks or (name, b"")
        if before[0] != name or (not content and not ends):
            raise Refused
        gathered = (name, before[1] + content)
        self.chunks = None if ends else gathered
        return gathered if ends else None


# --- channel-records.md §1 to §3 -----------------------------------------------------------------------------------

CHANNEL_CONTEXT = b"wardwire/1 channel record"


class Step:
    def __init__(self, epoch_id, number, secret):
        self.epoch_id, self.number, self.secret = epoch_id, number, secret
        self.cipher = AESGCM(expand_label(secret, "channel key", epoch_id, 32))
        self.iv = expand_label(secret, "channel iv", epoch_id, 12)

    def next(self):
        return Step(self.epoch_id, self.number + 1, expand_label(self.secret, "channel step", self.epoch_id, 32))


def announcement(channel, step, first, second):
    return struct.pack(">I16sHQQ", channel, step.epoch_id, step.number, first, second) + step.secret


class ChannelSealer:
    def __init__(self, channel, signing_seed, random, padded_to, fresh_records, fresh_steps):
        self.channel_hash = hashlib.sha256(channel.encode()).digest()
        self.signer = Ed25519PrivateKey.from_private_bytes(signing_seed)
        self.random = iter(random)
        self.padded_to, self.fresh_records, self.fresh_steps = padded_to, fresh_records, fresh_steps
        self.step, self.seq, self.joined, self.expelled = None, 0, False, False

    def seal(self, content, number):
        """The content of CHANNEL_KEY and who gets it, or None, and the record."""
        key, before = None, self.seq
        if self.step is None or self.expelled or self.seq >= self.fresh_records or self.is_out_of_steps():
            secret = next(self.random)
            self.step, self.seq = Step(expand_label(secret, "channel id", self.channel_hash, 16), 0, secret), 0
            key = ("everyone", announcement(number, self.step, 0, before))
        elif self.joined:
            self.step = self.step.next()
            key = ("joined", announcement(number, self.step, self.seq, before))
        self.joined = self.expelled = False
        return key, self.record(content)

    def is_out_of_steps(self):
        return self.joined and self.step.number + 1 >= self.fresh_steps

    def record(self, content):
        header = struct.pack(">B16sHQ", 0x20, self.step.epoch_id, self.step.number, self.seq)
        plaintext = pad(content, self.padded_to, MAX_PLAINTEXT)
        sealed = self.step.cipher.encrypt(xor_nonce(self.step.iv, self.seq), plaintext, header)
        self.seq += 1
        return header + sealed + self.signer.sign(CHANNEL_CONTEXT + header + hashlib.sha256(sealed).digest())

    def skip(self, number, first, last):
        return announcement(number, self.step, first, last)

    def heartbeat(self, number):
        return struct.pack(">HI16sQ", 1, number, self.step.epoch_id, self.seq)


class ChannelOpener:
    """One joined channel; a loss is refused like everything else."""

    def __init__(self, verifier):
        self.verifier = verifier
        self.step, self.seq = None, 0

    def key(self, content):
        _, epoch_id, number, first, before = struct.unpack_from(">I16sHQQ", content)
        if self.step is not None and before != self.seq and epoch_id != self.step.epoch_id:
            raise Refused
        self.step, self.seq = Step(epoch_id, number, content[38:]), first

    def skip(self, content):
        _, epoch_id, number, first, last = struct.unpack_from(">I16sHQQ", content)
        if epoch_id != self.step.epoch_id or first != self.seq or last < first or number < self.step.number:
            raise Refused
        self.step, self.seq = Step(epoch_id, number, content[38:]), last + 1

    def heartbeat(self, content):
        count, _, epoch_id, seq = struct.unpack(">HI16sQ", content)
        if count != 1 or epoch_id != self.step.epoch_id or seq != self.seq:
            raise Refused

    def open(self, record):
        if len(record) < 27 + TAG + 64 or record[0] != 0x20:
            raise Refused
        header, sealed, signature = record[:27], record[27:-64], record[-64:]
        _, epoch_id, number, seq = struct.unpack(">B16sHQ", header)
        if self.step is None or epoch_id != self.step.epoch_id or seq != self.seq:
            raise Refused
        if number - self.step.number not in (0, 1):
            raise Refused
        step = self.step if number == self.step.number else self.step.next()
        plaintext = aead_open(step.cipher, xor_nonce(step.iv, seq), sealed, header)
        try:
            self.verifier.verify(signature, CHANNEL_CONTEXT + header + hashlib.sha256(sealed).digest())
        except InvalidSignature:
            raise Refused from None
        self.step, self.seq = step, seq + 1
        return unpad(plaintext)


# --- channel-records.md §4 -----------------------------------------------------------------------------------------


def kek_id(kek):
    return expand_label(kek, "history kek", b"", 8)


def history_cipher(kek, channel, writer_id):
    context = hashlib.sha256(channel.encode()).digest() + writer_id
    return AESGCM(expand_label(kek, "history key", context, 32))


def history_associated(header, place):
    texts = [place[name].encode() for name in ("tenant", "channel", "stream")]
    return header + b"".join(struct.pack(">H", len(text)) + text for text in texts)


def seal_item(kek, writer_id, writer_seq, previous, place, content):
    header = struct.pack(">B8s16sQQ", 0x30, kek_id(kek), writer_id, writer_seq, previous)
    nonce = bytes(4) + struct.pack(">Q", writer_seq)
    sealed = history_cipher(kek, place["channel"], writer_id).encrypt(nonce, content, history_associated(header, place))
    return header + sealed


def read_items(kek, place, items, message_id_of):
    """The contents up to where the chain of a stream breaks (HR-1.2)."""
    contents, writers, message_ids = [], {}, set()
    for item in items:
        if len(item) < 41 + TAG or item[0] != 0x30:
            break
        _, named, writer_id, writer_seq, previous = struct.unpack_from(">B8s16sQQ", item)
        if named != kek_id(kek) or writers.get(writer_id, previous) != previous:
            break
        nonce = bytes(4) + struct.pack(">Q", writer_seq)
        cipher = history_cipher(kek, place["channel"], writer_id)
        try:
            content = aead_open(cipher, nonce, item[41:], history_associated(item[:41], place))
        except Refused:
            break
        if message_id_of(content) in message_ids:
            break
        message_ids.add(message_id_of(content))
        writers[writer_id] = writer_seq
        contents.append(content)
    return contents
