"""The part of CBOR (RFC 8949) that frames need: maps, arrays, text, integers, booleans, null, and floats when decoding.

Heads are the shortest and lengths definite, as the protocol asks of a sender. A message is a sequence (RFC 8742).
"""

import struct


def encode(*values):
    """Each value as one item, one after another."""
    return b"".join(_encode(value) for value in values)


def decode(data):
    """Every item of a sequence."""
    values, position = [], 0
    while position < len(data):
        value, position = _decode(data, position)
        values.append(value)
    return values


def _encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, str):
        text = value.encode()
        return _head(3, len(text)) + text
    if isinstance(value, list):
        return _head(4, len(value)) + encode(*value)
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(_encode(key) + _encode(each) for key, each in value.items())
    raise TypeError(f"no CBOR for {type(value).__name__}")


def _head(major, argument):
    if argument < 24:
        return bytes([major << 5 | argument])
    for additional, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * width:
            return bytes([major << 5 | additional]) + argument.to_bytes(width, "big")
    raise OverflowError(f"{argument} needs more than 64 bits")


def _decode(data, position):
    initial = data[position]
    major, additional = initial >> 5, initial & 31
    position += 1
    if major == 7:
        return _decode_simple(data, position, additional)
    argument = additional
    if additional > 23:
        width = {24: 1, 25: 2, 26: 4, 27: 8}[additional]
        argument = int.from_bytes(data[position : position + width], "big")
        position += width
    if major == 0:
        return argument, position
    if major == 1:
        return -1 - argument, position
    if major == 3:
        return data[position : position + argument].decode(), position + argument
    if major == 4:
        items = []
        for _ in range(argument):
            item, position = _decode(data, position)
            items.append(item)
        return items, position
    if major == 5:
        pairs = {}
        for _ in range(argument):
            key, position = _decode(data, position)
            pairs[key], position = _decode(data, position)
        return pairs, position
    raise ValueError(f"unexpected major type {major} at {position - 1}")


def _decode_simple(data, position, additional):
    if additional in (20, 21, 22):
        return {20: False, 21: True, 22: None}[additional], position
    width, form = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}[additional]
    return struct.unpack(form, data[position : position + width])[0], position + width
