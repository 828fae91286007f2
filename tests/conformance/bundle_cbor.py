"""The part of CBOR (RFC 8949) that key bundles need: integers, byte strings, text, arrays and maps."""


def decode(data):
    value, position = _decode(data, 0)
    if position != len(data):
        raise ValueError("bytes behind the item")
    return value


def _decode(data, position):
    major, additional = data[position] >> 5, data[position] & 31
    position, argument = position + 1, additional
    if additional > 23:
        width = {24: 1, 25: 2, 26: 4, 27: 8}[additional]
        argument = int.from_bytes(data[position : position + width], "big")
        position += width
    if major == 0:
        return argument, position
    if major in (2, 3):
        content = data[position : position + argument]
        return (content if major == 2 else content.decode()), position + argument
    if major in (4, 5):
        items = []
        for _ in range(argument * (major - 3)):
            item, position = _decode(data, position)
            items.append(item)
        return (items if major == 4 else dict(zip(items[::2], items[1::2]))), position
    raise ValueError(f"unexpected major type {major} at {position - 1}")
