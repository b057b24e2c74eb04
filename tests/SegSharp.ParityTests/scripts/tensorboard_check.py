"""Reads a TensorBoard file with nothing but the file formats: TFRecord frames with masked CRC-32C, protocol buffers, PNG.

usage: tensorboard_check.py FILE  ->  a JSON list of [step, tag, kind, value] on standard output; ends with 1 at the first fault.
Sources: TensorFlow core/lib/io/record_writer.h, core/util/event.proto, core/framework/summary.proto; RFC 3720 appendix B.4 (CRC-32C).
"""
import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(file):
    at = 0
    while at < len(file):
        length, of_length = struct.unpack_from("<QI", file, at)
        assert of_length == masked(file[at:at + 8]), f"wrong checksum of the length at {at}"
        content = file[at + 12:at + 12 + length]
        assert len(content) == length, f"record at {at} is cut off"
        (of_content,) = struct.unpack_from("<I", file, at + 12 + length)
        assert of_content == masked(content), f"wrong checksum of the content at {at}"
        yield content
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """number -> list of values: int for varints, bytes for all else"""
    at, found = 0, {}
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            assert kind in (1, 2, 5), f"wire type {kind}"
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + size], at + size
            assert len(value) == size, "a field is cut off"
        found.setdefault(key >> 3, []).append(value)
    return found


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR" and data[-8:-4] == b"IEND", "not a whole PNG"
    return struct.unpack(">II", data[16:24])


def values(event):
    step = event.get(2, [0])[0]
    for summary in event.get(5, []):
        for value in map(fields, fields(summary)[1]):
            tag = value[1][0].decode()
            if 2 in value:
                yield step, tag, "scalar", repr(struct.unpack("<f", value[2][0])[0])
            elif 4 in value:
                image = fields(value[4][0])
                assert (image[2][0], image[1][0]) == png_size(image[4][0]), "the picture has another size than its record says"
                yield step, tag, "image", f"{image[2][0]}x{image[1][0]}"
            else:
                tensor, plugin = fields(value[8][0]), fields(fields(value[9][0])[1][0])
                assert plugin[1][0] == b"text" and tensor[1][0] == 7 and fields(fields(tensor[2][0])[2][0])[1][0] == len(tensor[8])
                yield step, tag, "text", tensor[8][0].decode()


events = [fields(r) for r in records(open(sys.argv[1], "rb").read())]
assert events[0][3] == [b"brain.Event:2"], "the first record names no version"
assert all(len(e[1][0]) == 8 for e in events), "an event has no time"
json.dump([list(v) for e in events[1:] for v in values(e)], sys.stdout)
