"""A sealed session with a gateway, over Python's `websockets` and the second implementation of the specification.

It checks no signature of the bundle: that is the client's business, and the vectors' of spec/key-bundles.md.
"""

import hashlib
import os
import struct
import sys
import urllib.request
from urllib.parse import urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "second-implementation"))

import wardwire_crypto as crypto
import x_wing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import bundle_cbor
import cbor_sequence
from gateway_session import ALICE, TLS, URL, opening

SUITES = {1: "aes-256-gcm", 2: "chacha20-poly1305"}
HANDSHAKE_NAME = b"Noise_pqNK_XWing_AESGCM_SHA256"


def fetch_bundle():
    """(version, hash, public key) of the bundle that the gateway serves, and of the newest key in it that is valid."""
    target = urlsplit(URL)
    with urllib.request.urlopen(f"https://{target.netloc}/.well-known/wardwire-keys", context=TLS) as answer:
        assert answer.headers["Content-Type"] == "application/cbor", answer.headers
        signed = answer.read(65_537)
    payload = bundle_cbor.decode(bundle_cbor.decode(signed)[0])
    now = payload[3]
    usable = [key for key in payload[7] if key[3] <= now <= key[4]]
    newest = max(usable, key=lambda key: key[3])
    return payload[2], hashlib.sha256(signed).digest(), newest[2]


def header(version, kid, origin, path, suites):
    fields = [
        struct.pack(">H", 1),
        b"".join(struct.pack(">H", suite) for suite in suites),
        b"\x01",
        struct.pack(">Q", version),
        kid,
        origin.encode(),
        path.encode(),
    ]
    body = b"".join(struct.pack(">BH", tag, len(value)) + value for tag, value in enumerate(fields, 1))
    return struct.pack(">BH", 1, len(body)) + body


class Handshake:
    """Message 1, and what message 2 makes of it (handshake.md §1 to §3)."""

    def __init__(self, bundle, origin, path, suites=(1, 2)):
        version, bundle_hash, public_key = bundle
        self.suites = suites
        clear = header(version, hashlib.sha256(public_key).digest()[:8], origin, path, suites)
        self.ephemeral = x_wing.PrivateKey()
        ciphertext, secret = x_wing.encapsulate(public_key)
        h = ck = HANDSHAKE_NAME.ljust(32, b"\0")
        for part in (clear + bundle_hash, public_key, ciphertext):
            h = hashlib.sha256(h + part).digest()
        ck, mixed, key = crypto.noise_hkdf(ck, secret, 3)
        for part in (mixed, self.ephemeral.public_key):
            h = hashlib.sha256(h + part).digest()
        payload = AESGCM(key).encrypt(bytes(12), b"\0", h)
        self.h, self.ck = hashlib.sha256(h + payload).digest(), ck
        self.message = clear + ciphertext + self.ephemeral.public_key + payload

    def finish(self, answer):
        """The algorithm of the records and the secrets of the session."""
        assert answer[0] == 2, answer[:4].hex()
        ciphertext, payload = answer[1:1121], answer[1121:]
        h = hashlib.sha256(self.h + ciphertext).digest()
        ck, key = crypto.noise_hkdf(self.ck, self.ephemeral.decapsulate(ciphertext), 2)
        terms = crypto.aead_open(AESGCM(key), bytes(12), payload, h)
        echoed = struct.unpack_from(f">{terms[0]}H", terms, 1)
        (suite,) = struct.unpack_from(">H", terms, 1 + 2 * terms[0])
        assert echoed == tuple(self.suites) and suite in self.suites
        return SUITES[suite], crypto.key_schedule(hashlib.sha256(h + payload).digest(), ck)


class SealedSession:
    """Frames inside session records, and channel records of what is joined."""

    def __init__(self, socket, algorithm, secrets):
        self.socket = socket
        self.sealer = crypto.SessionSealer(algorithm, secrets["clientTraffic"], 64, crypto.MAX_PLAINTEXT, 2**20)
        self.opener = crypto.SessionOpener(algorithm, secrets["gatewayTraffic"], "gateway")
        self.channels = {}
        self.channel_records = 0
        self.frames = []
        self.closed_with = None
        self._last_id = 1

    @classmethod
    async def opened(cls, suites=(1, 2), origin=None):
        target = urlsplit(URL)
        socket = await opening(extra_headers={}, subprotocols=["wardwire.v1.sealed"])
        assert socket.subprotocol == "wardwire.v1.sealed"
        handshake = Handshake(fetch_bundle(), origin or f"https://{target.netloc}", target.path, suites)
        await socket.send(handshake.message)
        return cls(socket, *handshake.finish(await socket.recv()))

    @classmethod
    async def connected(cls, token=ALICE, **options):
        session = await cls.opened(**options)
        await session.send_as("auth", {"type": "connect", "id": 1, "token": token})
        assert (await session.reply(1))["type"] == "connected"
        return session

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def send_as(self, record_type, *frames):
        for record in self.sealer.seal(record_type, cbor_sequence.encode(*frames)):
            await self.socket.send(record)

    async def request(self, **frame):
        self._last_id += 1
        await self.send_as("data", {**frame, "id": self._last_id})
        return await self.reply(self._last_id)

    async def reply(self, identifier):
        return await self.take(lambda frame: frame.get("id") == identifier)

    async def next(self, kind):
        return await self.take(lambda frame: frame["type"] == kind)

    async def take(self, matches):
        while True:
            for index, frame in enumerate(self.frames):
                if matches(frame):
                    return self.frames.pop(index)
            await self.receive()

    async def receive(self):
        """Takes one message; text would fail here, as would anything that does not open."""
        message = await self.socket.recv()
        assert isinstance(message, bytes)
        if message[0] == 0x20:
            self.open_channel_record(message)
            return
        opened = self.opener.open(message)
        if opened is not None:
            self.accept(*opened)

    def accept(self, kind, content):
        if kind == "authOk":
            self.record_key, content = content[:32], content[32:]
        if kind in ("authOk", "data"):
            self.keep(cbor_sequence.decode(content))
        elif kind == "channelKey":
            self.channels[struct.unpack_from(">I", content)[0]].key(content)
        elif kind == "skip":
            self.channels[struct.unpack_from(">I", content)[0]].skip(content)
        elif kind == "heartbeat":
            self.frames.append({"type": "heartbeat", "positions": content})
        elif kind == "close":
            self.closed_with = struct.unpack_from(">H", content)[0]

    def keep(self, frames):
        for frame in frames:
            if frame["type"] == "joined" and frame.get("protection") == "sealed":
                self.channels[frame["channel"]] = crypto.ChannelOpener(Ed25519PublicKey.from_public_bytes(self.record_key))
            if frame["type"] == "message":
                assert frame["channel"] not in self.channels, "a message of a sealed channel outside a channel record"
            self.frames.append(frame)

    def open_channel_record(self, record):
        channel, opener = next(
            (number, each) for number, each in self.channels.items() if each.step and each.step.epoch_id == record[1:17]
        )
        frames = cbor_sequence.decode(opener.open(record))
        assert all(frame["channel"] == channel for frame in frames)
        self.channel_records += 1
        self.frames.extend(frames)
