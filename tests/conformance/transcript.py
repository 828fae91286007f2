"""Runs a session with `wardwire dev` as its public documents describe it: one JSON line a check on standard output."""

import asyncio
import json
import time

import websockets
from websockets.frames import OP_TEXT

import cbor_sequence
from gateway_session import ALICE, BOB, ORIGIN, URL, Session, check, opening, refused_with, run_checks

JSON = "wardwire.v1.json"
CBOR = "wardwire.v1.cbor"
LIMIT = 65_536
# The documented fields of each frame, besides its type, and what they are in Python.
FIELDS = {
    "connected": {
        "id": int,
        "connection": str,
        "user": str,
        "device": str,
        "expiresAt": int,
        "heartbeatMs": int,
        "limits": dict,
    },
    "joined": {"id": int, "channel": int, "name": str, "params": dict, "position": dict, "present": list},
    "published": {"id": int, "offset": int},
    "message": {"channel": int, "offset": int, "message": str, "from": dict, "at": int, "data": dict},
    "error": {"id": int, "code": str, "message": str, "path": list},
    "result": {"id": int, "output": dict},
    "notification": {"data": dict, "at": int},
    "messages": {"id": int, "channel": int, "messages": list, "position": dict},
    "present": {"id": int, "channel": int, "present": list},
    "left": {"id": int, "channel": int},
}
RENAME = {"type": "call", "command": "renameRoom", "input": {"roomId": "works", "title": "Tea"}}


@check("the session in JSON goes as documented, field by field")
async def json_session():
    await documented_session([JSON])


@check("the same session goes in CBOR, field by field")
async def cbor_session():
    await documented_session([CBOR])


async def documented_session(subprotocols):
    room = f"tea-{subprotocols[0][-4:]}"
    async with Session(await opening(origin=ORIGIN, subprotocols=subprotocols)) as session:
        await session.send({"type": "connect", "id": 1, "token": ALICE})
        connected = await session.reply(1)
        who = expect_connected(connected)

        joined = await session.request(type="join", channel="lobby", params={"roomId": room})
        expect_frame(joined, "joined")
        assert (joined["name"], joined["params"]) == ("lobby", {"roomId": room})
        assert set(joined["position"]) == {"stream", "offset"}
        assert type(joined["position"]["stream"]) is str and type(joined["position"]["offset"]) is int

        earliest = time.time() * 1000
        channel = joined["channel"]
        published = await session.request(type="publish", channel=channel, data={"text": "hello"}, key="a1")
        expect_frame(published, "published")
        assert published["offset"] == joined["position"]["offset"] + 1
        message = await session.next("message")
        expect_frame(message, "message")
        assert message["from"] == who, message
        assert (message["channel"], message["offset"]) == (channel, published["offset"])
        assert message["data"] == {"text": "hello"}
        assert earliest - 1 <= message["at"] <= time.time() * 1000, message["at"]

        error = await session.request(type="publish", channel=channel, data={"text": 7})
        expect_frame(error, "error")
        assert (error["code"], error["path"]) == ("invalid-data", ["text"])

        result = await session.request(type="call", command="renameRoom", input={"roomId": room, "title": "Tea"})
        expect_frame(result, "result")
        assert result["output"] == {"title": "Tea"}
        notification = await session.next("notification")
        expect_frame(notification, "notification")
        assert notification["data"] == {"roomId": room, "title": "Tea"}


def expect_frame(frame, kind):
    """The frame is of this type and has the documented fields, of their types, and no other."""
    assert frame["type"] == kind, frame
    fields = FIELDS[kind]
    assert set(frame) - {"type"} == set(fields), f"{kind} has {sorted(frame)}, expected {sorted(fields)}"
    for name, expected in fields.items():
        assert type(frame[name]) is expected, f"{kind}.{name}: {frame[name]!r} is no {expected.__name__}"


def expect_connected(frame):
    """Checks `connected` and gives who it says this is, as `from` will name it."""
    expect_frame(frame, "connected")
    assert (frame["user"], frame["device"], frame["heartbeatMs"]) == ("alice", "phone", 25_000), frame
    limits = {"maxMessageBytes": LIMIT, "maxFrames": 64, "maxJoins": 128, "messagesPerSecond": 20}
    assert limits.items() <= frame["limits"].items(), frame["limits"]
    left = frame["expiresAt"] - time.time() * 1000
    assert 0 < left <= 900_000, left
    return {"user": "alice", "device": "phone", "connection": frame["connection"]}


@check("who joins an empty lobby is told that nobody is present, as in the documented session")
async def nobody_present():
    async with await Session.connected() as session:
        joined = await session.request(type="join", channel="lobby", params={"roomId": "empty"})
        assert joined["present"] == [], joined["present"]


@check("history, presence, leave, recovery and idempotent publishing reply as documented")
async def other_requests():
    async with await Session.connected() as alice, await Session.connected(BOB) as bob:
        joined = await alice.request(type="join", channel="lobby", params={"roomId": "more"})
        channel, start = joined["channel"], joined["position"]
        assert await bob.join("more", "lobby") == channel, "a channel has one number for all connections"
        first = await alice.request(type="publish", channel=channel, data={"text": "one"}, key="k")
        again = await alice.request(type="publish", channel=channel, data={"text": "one"}, key="k")
        assert (again["offset"], again["duplicate"]) == (first["offset"], True)
        assert "duplicate" not in first or first["duplicate"] is False
        await alice.request(type="publish", channel=channel, data={"text": "two"})

        history = await bob.request(type="history", channel=channel, since=start, limit=200)
        expect_frame(history, "messages")
        assert [each["data"]["text"] for each in history["messages"]] == ["one", "two"]
        assert set(history["messages"][0]) == {"offset", "message", "from", "at", "data"}
        newest = await bob.request(type="history", channel=channel, limit=1, reverse=True)
        assert [each["data"]["text"] for each in newest["messages"]] == ["two"]

        present = await bob.request(type="presence", channel=channel)
        expect_frame(present, "present")
        assert sorted(each["user"] for each in present["present"]) == ["alice", "bob"]
        assert all(set(each) == {"user", "device", "connection", "since"} for each in present["present"])

        twice = await bob.request(type="join", channel="lobby", params={"roomId": "more"})
        assert twice["code"] == "already-joined"
        left = await bob.request(type="leave", channel=channel)
        expect_frame(left, "left")
        assert (await bob.request(type="publish", channel=channel, data={"text": "x"}))["code"] == "not-joined"
        since = {**start, "offset": first["offset"]}
        back = await bob.request(type="join", channel="lobby", params={"roomId": "more"}, since=since)
        assert back["recovered"] is True
        assert [each["data"]["text"] for each in back["messages"]] == ["two"], "since is exclusive"


@check("a JSON client and a CBOR client are sent the same message")
async def both_encodings():
    alice_connecting = Session.connected(subprotocols=[CBOR])
    async with await alice_connecting as alice, await Session.connected(BOB, subprotocols=[JSON]) as bob:
        channel = await alice.join("both")
        await bob.join("both")
        text = "käse 🧀 \u2028"
        await alice.request(type="publish", channel=channel, data={"text": text})
        assert await alice.next("message") == await bob.next("message")


@check("a client cannot set from and at")
async def stamped():
    async with await Session.connected() as session:
        channel = await session.join("stamps")
        forged = {"user": "bob", "device": "x", "connection": "c_x"}
        await session.request(type="publish", channel=channel, data={"text": "hi"}, at=1, **{"from": forged})
        message = await session.next("message")
        assert message["from"]["user"] == "alice" and message["at"] > 1


@check("several frames go in one message, replies come for all, in fewer messages than frames")
async def several_frames():
    async with await Session.connected() as session:
        before = session.messages
        ids = range(100, 164)
        await session.send(*({**RENAME, "id": each} for each in ids))
        for each in ids:
            assert (await session.reply(each))["type"] == "result"
        assert session.messages - before < len(ids), f"{session.messages - before} messages for {len(ids)} replies"


@check("blank lines, CRLF and a final newline are fine")
async def line_ends():
    async with await Session.connected() as session:
        lines = ["", json.dumps({**RENAME, "id": 50}), "  ", json.dumps({**RENAME, "id": 51}), "", ""]
        await session.socket.send("\r\n".join(lines))
        assert (await session.reply(50))["type"] == (await session.reply(51))["type"] == "result"
        await session.socket.send(json.dumps({**RENAME, "id": 52}) + "\n")
        assert (await session.reply(52))["type"] == "result"


@check("a message in fragments is one message")
async def fragments():
    async with await Session.connected() as session:
        text = json.dumps({**RENAME, "id": 50})
        await session.socket.send([text[:9], text[9:20], text[20:]])
        assert (await session.reply(50))["type"] == "result"


@check("unknown fields are ignored; an unknown type is answered unknown-type and the connection goes on")
async def unknown():
    async with await Session.connected() as session:
        assert (await session.request(**RENAME, colour="green"))["type"] == "result"
        error = await session.request(type="teleport")
        assert (error["type"], error["code"]) == ("error", "unknown-type")
        await session.works()


@check("an id that is outstanding is answered invalid-frame, and the first request keeps its reply")
async def duplicate_id():
    async with await Session.connected() as session:
        await session.send({**RENAME, "id": 50}, {**RENAME, "id": 50})
        error = await session.next("error")
        assert (error["code"], error["path"]) == ("invalid-frame", ["id"])
        assert "id" not in error, "the request that is outstanding has its one reply still to come"
        assert (await session.reply(50))["type"] == "result"
        await session.works()


@check("ping is answered by pong, and the gateway declines compression")
async def protocol_level():
    async with await Session.connected(compression="deflate") as session:
        assert session.socket.extensions == []
        await asyncio.wait_for(await session.socket.ping(b"wardwire"), 5)
        await session.works()


@check("a close is answered with the same code")
async def close_handshake():
    session = await Session.connected()
    await session.socket.close(1000, "bye")
    assert session.socket.close_code == 1000
    assert session.socket.close_rcvd is not None


@check("a message of exactly 65,536 bytes is taken, one byte more closes with 1009")
async def size_limit():
    async with await Session.connected() as session:
        await session.socket.send(padded({**RENAME, "id": 50}, LIMIT))
        assert (await session.reply(50))["type"] == "result"
        await session.socket.send(padded({**RENAME, "id": 51}, LIMIT + 1))
        assert await session.closed() == 1009


def padded(frame, size):
    """A frame in JSON with an unknown field that makes it exactly so many bytes."""
    bare = len(json.dumps({**frame, "pad": ""}))
    text = json.dumps({**frame, "pad": "x" * (size - bare)})
    assert len(text.encode()) == size
    return text


@check("64 frames are taken, 65 close with 4400")
async def frame_limit():
    async with await Session.connected() as session:
        await session.send(*[{"type": "pong"}] * 64)
        await session.works()
        await session.send(*[{"type": "pong"}] * 65)
        assert await session.closed() == 4400


@check("a depth of 32 is taken, 33 closes with 4400, in both encodings")
async def depth_limit():
    for encoding in (JSON, CBOR):
        async with await Session.connected(subprotocols=[encoding]) as session:
            assert (await session.request(**RENAME, deep=nested(31)))["type"] == "result"
            await session.send({**RENAME, "id": 50, "deep": nested(32)})
            assert await session.closed() == 4400, encoding


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


CLOSING_TEXTS = {
    "no JSON": ("{", 1007),
    "a number": ("7", 4400),
    "a list": ("[]", 4400),
    "no type": ("{}", 4400),
    "a type that is no word": ('{"type":7}', 4400),
    "nothing but blank lines": ("\n\n", 4400),
    "a second connect": (json.dumps({"type": "connect", "id": 9, "token": ALICE}), 4400),
}
for what, (text, code) in CLOSING_TEXTS.items():

    @check(f"{what} closes with {code}")
    async def closing_text(text=text, code=code):
        async with await Session.connected() as session:
            await session.socket.send(text)
            assert await session.closed() == code


CLOSING_BYTES = {
    "an item cut short": (b"\xa1", 1007),
    "an indefinite length": (b"\xbf\xff", 1007),
    "a byte string": (b"\xa1\x64type\x41x", 1007),
    "a head that is not the shortest": (b"\xb8\x01\x64type\x64pong", 1007),
    "a key that occurs twice": (b"\xa2\x64type\x64pong\x64type\x64pong", 1007),
    "a number": (b"\x07", 4400),
    "no type": (b"\xa0", 4400),
}
for what, (data, code) in CLOSING_BYTES.items():

    @check(f"in CBOR, {what} closes with {code}")
    async def closing_bytes(data=data, code=code):
        async with await Session.connected(subprotocols=[CBOR]) as session:
            await session.socket.send(data)
            assert await session.closed() == code


@check("text that is not UTF-8 closes with 1007")
async def not_utf8():
    async with await Session.connected() as session:
        await session.socket.write_frame(True, OP_TEXT, b'{"type":"\xff"}')
        assert await session.closed() == 1007


@check("the wrong kind of message closes with 1003, on a JSON and on a CBOR connection")
async def wrong_kind():
    async with await Session.connected(subprotocols=[JSON]) as session:
        await session.socket.send(json.dumps({"type": "pong"}).encode())
        assert await session.closed() == 1003
    async with await Session.connected(subprotocols=[CBOR]) as session:
        await session.socket.send(json.dumps({"type": "pong"}))
        assert await session.closed() == 1003


@check("a frame before connect closes with 4400")
async def before_connect():
    async with Session(await opening(origin=ORIGIN)) as session:
        await session.send({**RENAME, "id": 1})
        assert await session.closed() == 4400


@check("a token that is not valid is answered token-invalid and closed with 4402")
async def bad_token():
    async with Session(await opening(origin=ORIGIN)) as session:
        await session.send({"type": "connect", "id": 1, "token": ALICE[:-8] + "AAAAAAAA"})
        assert (await session.reply(1))["code"] == "token-invalid"
        assert await session.closed() == 4402


@check("another device than the token's closes with 4402, the same one is fine")
async def other_device():
    async with Session(await opening()) as session:
        await session.send({"type": "connect", "id": 1, "device": "phone"})
        assert (await session.reply(1))["type"] == "connected"
    async with Session(await opening()) as session:
        await session.send({"type": "connect", "id": 1, "device": "laptop"})
        assert await session.closed() == 4402


@check("the gateway selects a subprotocol it speaks, and none when none is offered")
async def subprotocol():
    for offered, selected in (
        ([JSON], JSON),
        ([CBOR], CBOR),
        (["chat.v7", CBOR], CBOR),
        (None, None),
    ):
        async with opening(subprotocols=offered) as socket:
            assert socket.subprotocol == selected, (offered, socket.subprotocol)


@check("subprotocols it does not speak are refused with 400")
async def unknown_subprotocol():
    assert await refused_with(subprotocols=["chat.v7"]) == 400


@check("a hostile origin, null, and neither origin nor credential are refused with 403")
async def origins():
    host = ORIGIN.removeprefix("https://")
    hostile = "https://attacker.example"
    for origin in (hostile, "null", f"http://{host}", f"{ORIGIN}.attacker.example", f"{ORIGIN}/"):
        assert await refused_with(origin=origin) == 403, origin
    assert await refused_with(extra_headers={}) == 403
    bearer = {"Authorization": f"Bearer {ALICE}"}
    assert await refused_with(origin=hostile, extra_headers=bearer) == 403, "a credential is no excuse"


@check("a refused credential is 401, another path 404")
async def refusals():
    assert await refused_with(token="nonsense") == 401
    assert await refused_with(url=URL.removesuffix("/ws") + "/other") == 404


@check("what follows connect in the same message is processed once connect has succeeded")
async def behind_connect():
    async with Session(await opening(origin=ORIGIN)) as session:
        await session.send({"type": "connect", "id": 1, "token": ALICE}, {**RENAME, "id": 2})
        assert (await session.reply(1))["type"] == "connected"
        assert (await session.reply(2))["type"] == "result"


asyncio.run(run_checks())
