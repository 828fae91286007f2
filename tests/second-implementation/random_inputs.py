"""Inputs for vectors, drawn from a seeded source of randomness."""


NAME = "made by the second implementation"


def session(source):
    side = source.choice(["client", "gateway"])
    types = ["data", "heartbeat", "auth" if side == "client" else "authOk"]
    actions = []
    for _ in range(source.randint(1, 12)):
        if source.random() < 0.15:
            actions.append({"act": "switch", "traffic": source.randbytes(32).hex()})
        else:
            kind = source.choice(types)
            most = 60 if kind == "heartbeat" else 500
            actions.append({"act": "seal", "type": kind, "content": source.randbytes(source.randint(0, most)).hex()})
    if source.random() < 0.5:
        actions.append({"act": "close", "code": source.randint(1000, 4999), "reason": "Grüße " * source.randint(0, 8)})
    return {
        "name": NAME,
        "algorithm": source.choice(["aes-256-gcm", "chacha20-poly1305"]),
        "side": side,
        "traffic": source.randbytes(32).hex(),
        "limits": {
            "paddedTo": source.choice([1, 16, 64]),
            "maxPlaintextBytes": source.choice([100, 1_000, 61_440]),
            "updateAfterRecords": source.choice([3, 5, 1_024]),
        },
        "actions": actions,
    }


def channel(source):
    actions = [{"act": "seal", "content": source.randbytes(source.randint(0, 300)).hex()}]
    for _ in range(source.randint(1, 15)):
        act = source.choice(["seal", "seal", "seal", "join", "expel", "heartbeat"])
        content = source.randbytes(source.randint(0, 300)).hex()
        actions.append({"act": "seal", "content": content} if act == "seal" else {"act": act})
    return {
        "name": NAME,
        "channel": source.choice(["room:roomId=tea", "räume:id=☕", "x"]),
        "signingSeed": source.randbytes(32).hex(),
        "random": [source.randbytes(32).hex() for _ in range(20)],
        "limits": {"paddedTo": source.choice([1, 64]), "freshAfterRecords": 4, "freshAfterSteps": 3},
        "actions": actions,
    }


def history(source):
    places = [
        {"tenant": "t", "channel": channel, "stream": stream} for channel in ("room:a", "räume:☕") for stream in ("1", "2")
    ]
    actions = []
    for message in range(source.randint(1, 20)):
        content = bytes([message]) + source.randbytes(source.randint(0, 300))
        actions.append({"act": "seal", "place": source.choice(places), "content": content.hex()})
        if source.random() < 0.1:
            actions.append({"act": "renew"})
    return {
        "name": NAME,
        "kek": source.randbytes(32).hex(),
        "writerIds": [source.randbytes(16).hex() for _ in range(25)],
        "actions": actions,
    }
