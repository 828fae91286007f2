"""Takes vectors of the first implementation on standard input, and answers with what the second makes of them.

In: the files of spec/vectors and a seed. Out: for each vector what it seals and what it opens, whether it refused what is to be
refused, and vectors of its own, from random inputs, for the first implementation.
"""

import json
import random
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import random_inputs
import wardwire_crypto as crypto
import x_wing

CHANNEL = 3


def seal_session(inputs):
    limits = inputs["limits"]
    sealer = crypto.SessionSealer(
        inputs["algorithm"],
        bytes.fromhex(inputs["traffic"]),
        limits["paddedTo"],
        limits["maxPlaintextBytes"],
        limits["updateAfterRecords"],
    )
    records = []
    for action in inputs["actions"]:
        if action["act"] == "seal":
            records += sealer.seal(action["type"], bytes.fromhex(action["content"]))
        elif action["act"] == "close":
            records += sealer.close(action["code"], action["reason"])
        else:
            records += sealer.switch_to(bytes.fromhex(action["traffic"]))
    return [record.hex() for record in records]


def open_session(inputs, records):
    opener = crypto.SessionOpener(inputs["algorithm"], bytes.fromhex(inputs["traffic"]), inputs["side"])
    switches = [action["traffic"] for action in inputs["actions"] if action["act"] == "switch"]
    actions = []
    for record in records:
        opened = opener.open(bytes.fromhex(record), bytes.fromhex(switches[0]) if switches else None)
        if opened is None:
            continue
        name, content = opened
        if name == "switch":
            actions.append({"act": "switch", "traffic": switches.pop(0)})
        elif name == "close":
            actions.append({"act": "close", "code": int.from_bytes(content[:2], "big"), "reason": content[10:].decode()})
        else:
            actions.append({"act": "seal", "type": name, "content": content.hex()})
    return actions


def run_channel(inputs):
    limits = inputs["limits"]
    sealer = crypto.ChannelSealer(
        inputs["channel"],
        bytes.fromhex(inputs["signingSeed"]),
        map(bytes.fromhex, inputs["random"]),
        limits["paddedTo"],
        limits["freshAfterRecords"],
        limits["freshAfterSteps"],
    )
    outputs = []
    for action in inputs["actions"]:
        if action["act"] == "join":
            sealer.joined = True
        elif action["act"] == "expel":
            sealer.expelled = True
        elif action["act"] == "heartbeat":
            outputs.append({"kind": "heartbeat", "bytes": sealer.heartbeat(CHANNEL).hex()})
        elif action["act"] == "skip":
            for seq in range(action["fromSeq"], action["toSeq"] + 1):
                sealer.seal(bytes([seq]), CHANNEL)
            skip = sealer.skip(CHANNEL, action["fromSeq"], action["toSeq"])
            outputs.append({"kind": "skip", "bytes": skip.hex()})
        else:
            key, record = sealer.seal(bytes.fromhex(action["content"]), CHANNEL)
            if key is not None:
                outputs.append({"kind": "channelKey", "goTo": key[0], "bytes": key[1].hex()})
            outputs.append({"kind": "record", "bytes": record.hex()})
    return outputs


def open_channel(inputs, outputs):
    signer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(inputs["signingSeed"]))
    member = crypto.ChannelOpener(signer.public_key())
    contents = []
    for output in outputs:
        data = bytes.fromhex(output["bytes"])
        if output["kind"] == "record":
            contents.append(member.open(data).hex())
        elif output["kind"] == "heartbeat":
            member.heartbeat(data)
        elif output["kind"] == "skip":
            member.skip(data)
        elif output["goTo"] == "everyone":
            member.key(data)
    return contents


def seal_history(inputs):
    kek = bytes.fromhex(inputs["kek"])
    writer_ids = [bytes.fromhex(writer_id) for writer_id in inputs["writerIds"]]
    seq, last, items = 0, {}, []
    for action in inputs["actions"]:
        if action["act"] == "renew":
            writer_ids.pop(0)
            seq, last = 0, {}
            continue
        place = action["place"]
        name, seq = json.dumps(place), seq + 1
        content = bytes.fromhex(action["content"])
        items.append(crypto.seal_item(kek, writer_ids[0], seq, last.get(name, 0), place, content).hex())
        last[name] = seq
    return {"kekId": crypto.kek_id(kek).hex(), "items": items}


def read_history(inputs, place, items):
    stored = [bytes.fromhex(item) for item in items]
    contents = crypto.read_items(bytes.fromhex(inputs["kek"]), place, stored, lambda content: content[0])
    return [content.hex() for content in contents]


def open_history(inputs, outputs):
    """The contents of every place, in the order of the actions."""
    sealed = [action for action in inputs["actions"] if action["act"] == "seal"]
    streams = {}
    for action, item in zip(sealed, outputs["items"], strict=True):
        streams.setdefault(json.dumps(action["place"]), []).append(item)
    contents = {name: read_history(inputs, json.loads(name), items) for name, items in streams.items()}
    return [contents[json.dumps(action["place"])].pop(0) for action in sealed]


def refuses(attempt):
    try:
        attempt()
    except crypto.Refused:
        return True
    return False


def handshake(vector):
    """The secrets of a session, and the two ciphertexts, all from the seeds and coins."""
    inputs, outputs = vector["inputs"], vector["outputs"]
    old = bytes.fromhex(inputs["within"]["exporter"]) if "within" in inputs else b""
    online, ephemeral = (x_wing.PrivateKey(bytes.fromhex(inputs[name])) for name in ("onlineSeed", "ephemeralSeed"))
    coins = [bytes.fromhex(each) for each in inputs["coins"]]
    (first, _), (second, answer) = (x_wing.encapsulate(key.public_key, each) for key, each in zip((online, ephemeral), coins))
    secrets = crypto.handshake(
        online.public_key,
        bytes.fromhex(inputs["bundleHash"]) + old,
        bytes.fromhex(outputs["message1"]),
        bytes.fromhex(outputs["message2"]),
        [online.decapsulate(first), answer],
    )
    return {**secrets, "ciphertext1": first, "ciphertext2": second, "ephemeral": ephemeral.public_key}


def expanded(case):
    prk, context = bytes.fromhex(case["prk"]), bytes.fromhex(case["context"])
    return crypto.expand_label(prk, case["label"], context, case["length"])


def judged(file, seal, open_):
    return [
        {"sealed": seal(each["inputs"]), "opened": open_(each["inputs"], each["outputs"])} for each in file["vectors"]
    ]


def refused_session(inputs, outputs, case):
    return refuses(lambda: open_session(inputs, [*outputs[: case["opened"]], case["record"]]))


def refused_channel(inputs, outputs, case):
    forged = {"kind": "record", "bytes": case["record"]}
    return refuses(lambda: open_channel(inputs, [*outputs[: case["taken"]], forged]))


def refused_history(inputs, _outputs, case):
    return len(read_history(inputs, case["place"], case["items"])) == case["readable"]


def judged_refusals(file, is_refused):
    first = file["vectors"][0]
    return {case["name"]: is_refused(first["inputs"], first["outputs"], case) for case in file["refused"]}


def made(source, draw, seal, count):
    drawn = [draw(source) for _ in range(count)]
    return [{"inputs": inputs, "outputs": seal(inputs)} for inputs in drawn]


def main(request):
    source, count = random.Random(request["seed"]), request["count"]
    rooms = {
        "sessions": (seal_session, open_session, refused_session, random_inputs.session),
        "channels": (run_channel, open_channel, refused_channel, random_inputs.channel),
        "histories": (seal_history, open_history, refused_history, random_inputs.history),
    }
    answer = {
        "handshakes": [
            {name: value.hex() for name, value in handshake(each).items()} for each in request["handshakes"]
        ],
        "expandLabel": [expanded(case).hex() for case in request["expandLabel"]],
    }
    for room, (seal, open_, is_refused, draw) in rooms.items():
        answer[room] = {
            "judged": judged(request[room], seal, open_),
            "refused": judged_refusals(request[room], is_refused),
            "made": made(source, draw, seal, count),
        }
    return answer


json.dump(main(json.load(sys.stdin)), sys.stdout)
