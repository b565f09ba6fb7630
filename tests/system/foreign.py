#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs slipway inspect and verify on damaged or hostile files: never a crash, soon over, little memory.

usage: foreign.py damaged SLIPWAY FILE...   each cut at every 16th, which verify must find, and with flipped bytes
       foreign.py hostile SLIPWAY FOLDER    makes archives that no honest program makes
"""
import io
import os
import random
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

SECONDS = 300  # what takes so long never ends
INSPECT, VERIFY = ["inspect", "--files"], ["verify"]
MEMORY = 1 << 20  # KiB of resident memory, sanitizers included


def run(slipway, command, path, what):
    """The exit status and output; complains of everything that a reader must not do."""
    p = subprocess.run([slipway, *command, path], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    said = p.stderr.decode("utf-8", "replace")
    lines = len([x for x in said.splitlines() if not x.startswith("warning:")])
    wrong = None
    if p.returncode not in (0, 1, 4):
        wrong = f"exit {p.returncode}"
    elif "Sanitizer" in said or "runtime error" in said:
        wrong = "sanitizer"
    elif p.returncode and (lines != 1 if command == INSPECT else not p.stdout and not said):
        wrong = "not one line"
    if wrong:
        keep = os.path.join(tempfile.gettempdir(), "foreign-found")
        with open(path, "rb") as f, open(keep, "wb") as g:
            g.write(f.read())
        print(f"{command[0]} {what}: {wrong}\n{said[:2000]}", file=sys.stderr)
    return p.returncode, p.stdout, not wrong


def damaged(slipway, files):
    good = True
    for name in files:
        with open(name, "rb") as f:
            data = f.read()
        suffix = "-" + os.path.basename(name)
        r = random.Random(len(data))
        cases = [(f"cut at {i}/16", data[:len(data) * i // 16]) for i in range(16)]
        cuts = len(cases)
        for _ in range(40):
            at = r.randrange(len(data)) if r.random() < 0.5 else r.randrange(min(4096, len(data)))
            b = bytearray(data)
            b[at] ^= 1 << r.randrange(8) if r.random() < 0.5 else r.randrange(1, 256)
            cases.append((f"byte {at} is {b[at]}", bytes(b)))
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "x" + suffix)
            for i, (what, bad) in enumerate(cases):
                with open(path, "wb") as f:
                    f.write(bad)
                good &= run(slipway, INSPECT, path, f"{name}, {what}")[2]
                status, _, fine = run(slipway, VERIFY, path, f"{name}, {what}")
                good &= fine
                if i < cuts and status == 0:
                    print(f"verify {name}, {what}: was not found", file=sys.stderr)
                    good = False
    return good


def tar_of(path, mode, *members):
    with tarfile.open(path, mode) as t:
        for name, kind, text in members:
            m = tarfile.TarInfo(name)
            m.type = kind
            if kind == tarfile.REGTYPE:
                m.size = len(text)
                t.addfile(m, io.BytesIO(text))
            else:
                m.linkname = text
                t.addfile(m)


def octal(size):
    return ("%011o" % size).encode() + b"\0"


def hostile(slipway, folder):
    """name -> file; those of the second list must be refused, the others may be listed."""
    made = {}

    def at(name):
        made[name] = os.path.join(folder, name)
        return made[name]

    file, link = tarfile.REGTYPE, tarfile.SYMTYPE
    tar_of(at("dotdot.tar.gz"), "w:gz", ("../../etc/passwd", file, b"x"))
    tar_of(at("absolute.tar.gz"), "w:gz", ("/etc/passwd", file, b"x"))
    tar_of(at("symlink.tar.gz"), "w:gz", ("a", link, "/etc"), ("a/passwd", file, b"x"))
    tar_of(at("hardlink.tar.gz"), "w:gz", ("a", tarfile.LNKTYPE, "../../etc/passwd"))
    tar_of(at("control.tar.gz"), "w:gz", ("a\x1b[2Jb\nc", file, b"x"))
    tar_of(at("twice.tar.gz"), "w:gz", ("a", file, b"x"), ("a", file, b"y"))
    tar_of(at("bomb.tar.gz"), "w:gz", ("a", file, bytes(200 << 20)))
    tar_of(at("many.tar.gz"), "w:gz", *[(f"{i:06}", file, b"") for i in range(20000)])
    tar_of(at("deep.tar.gz"), "w:gz", ("a/" * 5000 + "b", file, b""))
    with zipfile.ZipFile(at("dotdot.zip"), "w") as z:
        z.writestr("../../etc/passwd", "x")
    with zipfile.ZipFile(at("absolute.zip"), "w") as z:
        z.writestr("/etc/passwd", "x")
    with zipfile.ZipFile(at("bomb.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a", bytes(200 << 20))
    with open(at("end-only.zip"), "wb") as f:  # 65535 entries, a directory of 4 GiB
        f.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 65535, 65535, 0xFFFFFFF0, 0, 0))
    for size in (0o77777777777, 2**33 - 1):
        h = bytearray(tarfile.TarInfo("a").tobuf(tarfile.USTAR_FORMAT)[:512])
        h[124:136] = octal(size)
        h[148:156] = b" " * 8
        h[148:156] = ("%06o\0 " % sum(h)).encode()
        with open(at(f"size-{size}.tar"), "wb") as f:
            f.write(bytes(h) + bytes(1024))
    for size in (b"9999999999", b"-1        ", b"0x10      "):
        with open(at("ar-" + size.strip().decode() + ".deb"), "wb") as f:
            f.write(b"!<arch>\n" + b"debian-binary   0           0     0     100644  " + size +
                    b"`\n2.0\n")
    must_fail = {"end-only.zip"} | {n for n in made if n.startswith(("size-", "ar-"))}
    good = True
    for name, path in made.items():
        for command in INSPECT, VERIFY:
            status, out, fine = run(slipway, command, path, name)
            good &= fine
            if name in must_fail and status == 0:
                print(f"{command[0]} {name}: was not refused", file=sys.stderr)
                good = False
            if b"\x1b" in out:
                print(f"{command[0]} {name}: a control character reached the terminal", file=sys.stderr)
                good = False
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if used > MEMORY:
        print(f"{used} KiB of memory were used", file=sys.stderr)
        good = False
    return good


if __name__ == "__main__":
    if sys.argv[1] == "damaged":
        sys.exit(not damaged(sys.argv[2], sys.argv[3:]))
    sys.exit(not hostile(sys.argv[2], sys.argv[3]))
