"""Runs sealed sessions with `wardwire dev` as the specification describes them: one JSON line a check on standard output."""

import asyncio

import websockets

import cbor_sequence
from gateway_session import ALICE, BOB, ORIGIN, Session, check, opening, run_checks
from sealed_session import Handshake, SealedSession, fetch_bundle


async def closed_with(socket):
    try:
        while True:
            await socket.recv()
    except websockets.ConnectionClosed:
        return socket.close_code


@check("a handshake of pqNK over X-Wing leads to a session under AES-256-GCM, authenticated by AUTH")
async def connects():
    async with await SealedSession.connected() as session:
        reply = await session.request(type="call", command="renameRoom", input={"roomId": "sealed", "title": "Tea"})
        assert reply["type"] == "result", reply


@check("and under ChaCha20-Poly1305 where only that is offered")
async def connects_with_chacha():
    async with await SealedSession.connected(suites=(2,)) as session:
        assert session.sealer.algorithm == "chacha20-poly1305"
        reply = await session.request(type="call", command="renameRoom", input={"roomId": "sealed", "title": "Tea"})
        assert reply["type"] == "result", reply


@check("messages of a sealed room come in channel records, the same for both members, and of a lobby in the session")
async def messages():
    async with await SealedSession.connected(ALICE) as alice, await SealedSession.connected(BOB) as bob:
        rooms = [
            await each.request(type="join", channel="room", params={"roomId": "sealed"}) for each in (alice, bob)
        ]
        assert all(room["protection"] == "sealed" for room in rooms), rooms
        for text in ("one", "two", "three"):
            reply = await alice.request(type="publish", channel=rooms[0]["channel"], data={"text": text})
            assert reply["type"] == "published", reply
            for each in (alice, bob):
                assert (await each.next("message"))["data"] == {"text": text}
        assert alice.channel_records >= 3 and bob.channel_records >= 3
        lobby = await bob.request(type="join", channel="lobby", params={"roomId": "plain"})
        assert "protection" not in lobby
        before = bob.channel_records
        await bob.request(type="publish", channel=lobby["channel"], data={"text": "open"})
        assert (await bob.next("message"))["data"] == {"text": "open"}
        assert bob.channel_records == before


@check("whoever joins again is given what it missed, in its session")
async def recovers():
    async with await SealedSession.connected(ALICE) as alice:
        room = await alice.request(type="join", channel="room", params={"roomId": "missed"})
        async with await SealedSession.connected(BOB) as bob:
            position = (await bob.request(type="join", channel="room", params={"roomId": "missed"}))["position"]
        await alice.request(type="publish", channel=room["channel"], data={"text": "while away"})
        async with await SealedSession.connected(BOB) as bob:
            again = await bob.request(type="join", channel="room", params={"roomId": "missed"}, since=position)
            assert again["recovered"] is True
            assert [each["data"] for each in again["messages"]] == [{"text": "while away"}]


@check("a fresh key reaches a member before the first record under it, soon after another has left (RK-7.2)")
async def rekeys():
    async with await SealedSession.connected(ALICE) as alice:
        room = await alice.request(type="join", channel="room", params={"roomId": "rekeyed"})
        async with await SealedSession.connected(BOB) as bob:
            await bob.request(type="join", channel="room", params={"roomId": "rekeyed"})
            await say(alice, room)
            before = alice.channels[room["channel"]].step.epoch_id
        while alice.channels[room["channel"]].step.epoch_id == before:
            await say(alice, room)


async def say(session, room):
    reply = await session.request(type="publish", channel=room["channel"], data={"text": "here"})
    if reply["type"] == "published":
        await session.next("message")
    else:
        assert reply["code"] == "rate-limited", reply
        await asyncio.sleep(reply["retryAfterMs"] / 1_000)


@check("a refused token is told in an authenticated CLOSE with the real code (SR-3)")
async def refuses_token():
    async with await SealedSession.opened() as session:
        await session.send_as("auth", {"type": "connect", "id": 1, "token": "x" + ALICE})
        try:
            while True:
                await session.receive()
        except websockets.ConnectionClosed:
            pass
        assert session.closed_with == 4402, session.closed_with


@check("a frame in plaintext, and a record that does not open, end the session with 4470 and no word (SR-1)")
async def refuses_plaintext():
    for spoilt in (cbor_sequence.encode({"type": "pong"}), '{"type":"pong"}', None):
        async with await SealedSession.connected() as session:
            (record,) = session.sealer.seal("data", cbor_sequence.encode({"type": "pong"}))
            flipped = record[:-1] + bytes([record[-1] ^ 1])
            await session.socket.send(flipped if spoilt is None else spoilt)
            assert await closed_with(session.socket) == 4470
            assert session.socket.close_reason == ""


@check("a message 1 with one bit flipped, for another origin, or sent twice ends with 4470, whichever byte it is (HS-4.2)")
async def refuses_handshakes():
    origin = f"https://{ORIGIN.split('//')[1]}"
    good = Handshake(fetch_bundle(), origin, "/ws").message
    spots = [1, 5, 12, 60, 200, 1_200, 2_000, len(good) - 1]
    spoilt = [good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :] for at in spots]
    spoilt.append(Handshake(fetch_bundle(), "https://elsewhere.example", "/ws").message)
    for message in spoilt:
        socket = await opening(extra_headers={}, subprotocols=["wardwire.v1.sealed"])
        await socket.send(message)
        assert await closed_with(socket) in (4470, 4471)
    good = Handshake(fetch_bundle(), origin, "/ws").message
    for expected in (None, 4470):
        socket = await opening(extra_headers={}, subprotocols=["wardwire.v1.sealed"])
        await socket.send(good)
        if expected is None:
            assert (await socket.recv())[0] == 2
            await socket.close()
        else:
            assert await closed_with(socket) == expected


@check("a bundle the gateway does not have is answered by the one message in plaintext, and 4471 (HS-1.6)")
async def unknown_bundle():
    version, bundle_hash, public_key = fetch_bundle()
    origin = f"https://{ORIGIN.split('//')[1]}"
    socket = await opening(extra_headers={}, subprotocols=["wardwire.v1.sealed"])
    await socket.send(Handshake((version + 1_000, bundle_hash, public_key), origin, "/ws").message)
    assert await socket.recv() == bytes.fromhex("03010001")
    assert await closed_with(socket) == 4471


@check("a client of frames cannot join a sealed room: protection-required")
async def transport_client():
    async with await Session.connected() as session:
        reply = await session.request(type="join", channel="room", params={"roomId": "sealed"})
        assert (reply["type"], reply["code"]) == ("error", "protection-required"), reply


asyncio.run(run_checks())
