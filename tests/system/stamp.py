# SPDX-License-Identifier: Apache-2.0
"""stamp.py EXE: the value of its signature. stamp.py EXE TOKEN OUT: the file with an RFC 3161 token in its signature."""
import struct, sys


def cut(b):
    """Tag, body, and what follows."""
    n, at = b[1], 2
    if n & 128:
        at += n & 127
        n = int.from_bytes(b[2:at], "big")
    return b[0], b[at : at + n], b[at + n :]


def made(tag, *parts):
    b = b"".join(parts)
    n = len(b)
    size = bytes([n]) if n < 128 else (lambda v: bytes([128 | len(v)]) + v)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + b


def elements(b):
    v = []
    while b:
        rest = cut(b)[2]
        v.append(b[: len(b) - len(rest)])
        b = rest
    return v


exe = bytearray(open(sys.argv[1], "rb").read())
coff = struct.unpack_from("<I", exe, 60)[0]
security = coff + 24 + (112 if struct.unpack_from("<H", exe, coff + 24)[0] == 0x20B else 96) + 32
at = struct.unpack_from("<I", exe, security)[0]
info = elements(cut(bytes(exe[at + 8 :]))[1])  # its type, and the data
data = elements(cut(cut(info[1])[1])[1])
signer = elements(cut(cut(data[-1])[1])[1])
if len(sys.argv) == 2:
    sys.stdout.buffer.write(cut(signer[5])[1])
    sys.exit()
oid = bytes.fromhex("060a2b060104018237030301")
signer = signer[:6] + [made(0xA1, made(0x30, oid, made(0x31, open(sys.argv[2], "rb").read())))]
data[-1] = made(0x31, made(0x30, *signer))
der = made(0x30, info[0], made(0xA0, made(0x30, *data)))
size = (8 + len(der) + 7) // 8 * 8
exe[at:] = struct.pack("<IHH", size, 0x200, 2) + der + bytes(size - 8 - len(der))
struct.pack_into("<I", exe, security + 4, size)
open(sys.argv[3], "wb").write(exe)
