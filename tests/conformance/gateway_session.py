"""A session with a gateway over Python's `websockets` (10.4, Debian 12), and the list of checks to run."""

import asyncio
import json
import os
import ssl
import traceback

import websockets

import cbor_sequence

URL = os.environ["URL"]
ORIGIN = os.environ["ORIGIN"]
ALICE = os.environ["ALICE_TOKEN"]
BOB = os.environ["BOB_TOKEN"]
TLS = ssl.create_default_context(cafile=os.environ["CA_FILE"])

SECONDS_A_CHECK = 15
CHECKS = []


def check(sentence):
    """Adds a coroutine to the checks; its docstring would say less than the sentence does."""

    def add(coroutine):
        CHECKS.append((sentence, coroutine))
        return coroutine

    return add


async def run_checks():
    """Runs every check and prints a JSON line for each."""
    for sentence, coroutine in CHECKS:
        try:
            await asyncio.wait_for(coroutine(), SECONDS_A_CHECK)
            failure = None
        except Exception:
            failure = traceback.format_exc(limit=-3)
        print(json.dumps({"check": sentence, "failure": failure}), flush=True)


def opening(token=ALICE, url=URL, **options):
    """An opening handshake; without `origin` it carries the token in Authorization."""
    if "origin" not in options and "extra_headers" not in options:
        options["extra_headers"] = {"Authorization": f"Bearer {token}"}
    return websockets.connect(url, ssl=TLS, ping_interval=None, max_size=None, **options)


async def refused_with(**options):
    """The HTTP status an opening handshake is refused with."""
    try:
        async with opening(**options):
            raise AssertionError("the handshake was accepted")
    except websockets.InvalidStatusCode as refusal:
        return refusal.status_code


class Session:
    """Frames over a connection, in the encoding of its subprotocol."""

    def __init__(self, socket):
        self.socket = socket
        self.is_cbor = socket.subprotocol == "wardwire.v1.cbor"
        self.messages = 0
        self._frames = []
        self._last_id = 1

    @classmethod
    async def connected(cls, token=ALICE, **options):
        """A connection whose `connect` was answered, id 1."""
        session = cls(await opening(token, **options))
        await session.send({"type": "connect", "id": 1})
        assert (await session.reply(1))["type"] == "connected"
        return session

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def send(self, *frames):
        """Sends frames as one message."""
        if self.is_cbor:
            await self.socket.send(cbor_sequence.encode(*frames))
        else:
            await self.socket.send("\n".join(json.dumps(frame) for frame in frames))

    async def request(self, **frame):
        """Sends a frame under a new id and gives its reply."""
        self._last_id += 1
        await self.send({**frame, "id": self._last_id})
        return await self.reply(self._last_id)

    async def join(self, room, channel="lobby"):
        """Joins and gives the channel's number."""
        reply = await self.request(type="join", channel=channel, params={"roomId": room})
        assert reply["type"] == "joined", reply
        return reply["channel"]

    async def reply(self, identifier):
        """Takes the reply with this id."""
        return await self._take(lambda frame: frame.get("id") == identifier)

    async def next(self, kind):
        """Takes the next frame of a type."""
        return await self._take(lambda frame: frame["type"] == kind)

    async def closed(self):
        """The code the gateway closes with; whatever frames came before are kept."""
        try:
            while True:
                self._keep(await self.socket.recv())
        except websockets.ConnectionClosed:
            return self.socket.close_code

    async def works(self):
        """Whether the connection still answers a request."""
        reply = await self.request(type="call", command="renameRoom", input={"roomId": "works", "title": "Tea"})
        assert reply["type"] == "result", reply

    async def _take(self, matches):
        while True:
            for index, frame in enumerate(self._frames):
                if matches(frame):
                    return self._frames.pop(index)
            self._keep(await self.socket.recv())

    def _keep(self, message):
        assert isinstance(message, bytes) == self.is_cbor, type(message)
        self.messages += 1
        if self.is_cbor:
            self._frames.extend(cbor_sequence.decode(message))
        else:
            self._frames.extend(json.loads(line) for line in message.split("\n") if line.strip())
