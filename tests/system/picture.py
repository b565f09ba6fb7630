# A picture to make icons of: picture.py FILE SIDE
import struct
import sys
import zlib

n = int(sys.argv[2])
rows = b"".join(b"\0" + bytes(v for x in range(n) for v in (x * 255 // n, y * 255 // n, 128, 255)) for y in range(n))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


with open(sys.argv[1], "wb") as f:
    f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", n, n, 8, 6, 0, 0, 0)))
    f.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
