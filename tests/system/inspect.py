#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `slipway inspect --json` says of files of Windows, against what other programs and pefile say of them.

usage: inspect.py pe SLIPWAY FILE...
       inspect.py msi SLIPWAY FILE...
       inspect.py cab SLIPWAY FILE...
       inspect.py signed SLIPWAY ROOT FILE...
       inspect.py damaged SLIPWAY FILE...    cut and with other bytes: one line, a good exit status, JSON that is some
"""
import json
import random
import re
import subprocess
import sys

MACHINES = {0x14C: "i686", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C4: "armv7"}
SUBSYSTEMS = {1: "native", 2: "windows", 3: "console"}


def out(*args):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


def facts(slipway, path):
    return json.loads(subprocess.run([slipway, "inspect", "--json", path], stdout=subprocess.PIPE, check=True).stdout)


def same(path, what, ours, theirs):
    if ours != theirs:
        sys.exit(f"{path}: {what}: {ours!r}, others say {theirs!r}")


def strings(pe):
    """Of the first language of the version."""
    for info in getattr(pe, "FileInfo", [[]])[0]:
        for table in getattr(info, "StringTable", []):
            found = {k.decode(): v.decode("utf-8", "replace").strip() for k, v in table.entries.items()}
            return {k: v for k, v in found.items() if v}
    return {}


def resources(pe, kind):
    for x in getattr(getattr(pe, "DIRECTORY_ENTRY_RESOURCE", None), "entries", []):
        if x.id == kind:
            for name in x.directory.entries:
                d = name.directory.entries[0].data.struct
                yield pe.get_data(d.OffsetToData, d.Size)


def icons(pe):
    for group in resources(pe, 14):
        rows = [group[6 + 14 * i:20 + 14 * i] for i in range(int.from_bytes(group[4:6], "little"))]
        return [f"{r[0] or 256}x{r[1] or 256}, {int.from_bytes(r[6:8], 'little')} bits" for r in rows]
    return None


def check_pe(slipway, path):
    import pefile
    pe = pefile.PE(path)
    ours = facts(slipway, path)
    f = ours["facts"]
    same(path, "Architecture", f["Architecture"], MACHINES[pe.FILE_HEADER.Machine])
    same(path, "Subsystem", f["Subsystem"], SUBSYSTEMS[pe.OPTIONAL_HEADER.Subsystem])
    same(path, "strings", f.get("Version-Information", {}), strings(pe))
    fixed = getattr(pe, "VS_FIXEDFILEINFO", None)
    if fixed:
        v = fixed[0]
        for key, high, low in (("File", v.FileVersionMS, v.FileVersionLS), ("Product", v.ProductVersionMS, v.ProductVersionLS)):
            same(path, key, f[key + "-Version"], f"{high >> 16}.{high & 65535}.{low >> 16}.{low & 65535}")
    same(path, "icons", f.get("Icon"), icons(pe))
    manifest = next(resources(pe, 24), b"").decode("utf-8", "replace")
    level = re.search(r"requestedExecutionLevel[^>]*level=[\"'](\w+)", manifest)
    same(path, "level", f.get("Execution-Level"), level and level.group(1))
    same(path, "manifest", f["Manifest"], "present" if manifest else "none")
    sum_ = pe.OPTIONAL_HEADER.CheckSum
    want = "none" if not sum_ else "right" if sum_ == pe.generate_checksum() else None
    if want:
        same(path, "checksum", f["Checksum"], want)
    if len(pe.__data__) % 8:  # pesign leaves out the zeros that signing puts there
        return
    digest = out("pesign", "-h", "-i", path, "-d", "sha256").split()[-1].decode()
    same(path, "digest", f["Authenticode-SHA-256"], digest)


def check_msi(slipway, path):
    f = facts(slipway, path)["facts"]
    theirs = {}
    for name in out("msiinfo", "tables", path).decode().split():
        if name in ("_SummaryInformation", "_ForceCodepage"):
            continue
        text = out("msiinfo", "export", path, name).decode("utf-8", "replace")
        columns = text.split("\r\n")[0].count("\t") + 1
        body = text.split("\r\n", 3)[3]
        theirs[name] = body.count("\t") // (columns - 1) if columns > 1 else len(body.split("\r\n")) - 1
    same(path, "tables", f["Tables"], theirs)
    info = dict(x.split(": ", 1) for x in out("msiinfo", "suminfo", path).decode("utf-8", "replace").splitlines() if ": " in x)
    same(path, "template", f["Platform"], info["Template"])
    same(path, "package code", f["Package-Code"], info["Revision number (UUID)"])
    same(path, "title", f["Title"], info["Title"])
    same(path, "program", f["Made-By"], info["Application"])
    rows = [x.split("\t") for x in out("msiinfo", "export", path, "Property").decode("utf-8", "replace").split("\r\n")[3:]]
    props = {x[0]: x[1] for x in rows if len(x) > 1}
    for ours, name in (("Name", "ProductName"), ("Version", "ProductVersion"), ("Product-Code", "ProductCode"),
                       ("Upgrade-Code", "UpgradeCode"), ("Language", "ProductLanguage")):
        same(path, name, f[ours], props[name])
    same(path, "files", f["Files"], theirs.get("File", 0))
    same(path, "features", len(f.get("Feature", [])), theirs.get("Feature", 0))
    same(path, "actions", len(f.get("Custom-Action", [])), theirs.get("CustomAction", 0))


def check_cab(slipway, path):
    ours = facts(slipway, path)
    lines = out("cabextract", "-q", "-s", "-l", path).decode("utf-8", "replace").splitlines()
    theirs = sorted((m.group(2), int(m.group(1))) for m in (re.match(r" *(\d+) \| [\d.]+ [\d:]+ \| (.+)", x) for x in lines) if m)
    same(path, "files", sorted((x["path"], x["size"]) for x in ours["files"] if x["type"] == "file"), theirs)
    methods = re.findall(r"^Method = (.*)$", out("7zz", "l", "-slt", path).decode("utf-8", "replace").split("----------")[0], re.M)
    if methods:
        names = {"None": "stored"}
        want = {names.get(x, x.upper() if x == "MSZip" else x) for x in methods[0].split()}
        same(path, "methods", {re.split("[ ,]", x)[0] for x in ours["facts"]["Folder"]}, want)


def check_signed(slipway, root, path):
    """The signatures, as osslsigncode shows them."""
    text = out("osslsigncode", "verify", "-CAfile", root, "-TSA-CAfile", root, "-in", path).decode("utf-8", "replace")
    ours = facts(slipway, path)["signatures"]
    parts = re.split(r"^Signature Index:.*$", text, flags=re.M)[1:]
    same(path, "signatures", len(ours), len(parts))
    for i, (s, part) in enumerate(zip(ours, parts)):
        leaf = part.split("Signer #0:", 1)[1]

        def said(key, where=leaf):
            m = re.search(r"^\s*" + re.escape(key) + r"\s*: *(.*?)\s*$", where, re.M)
            return m and m.group(1)
        same(path, "serial", s["serial"].lstrip("0").upper(), said("Serial").lstrip("0"))
        same(path, "subject", "CN=" + s["signer"], said("Subject").rsplit("/", 1)[1])
        same(path, "issuer", "CN=" + s["issuer"], said("Issuer").rsplit("/", 1)[1])
        same(path, "name", s.get("name"), said("Text description"))
        same(path, "url", s.get("url"), said("URL description"))
        same(path, "digest", s["digest"].upper(), said("Message digest algorithm", part))
        calculated = said("Calculated DigitalSignature", part) or said("Calculated message digest", part)
        if calculated and not path.endswith(".cab"):
            same(path, "file", s["file"].upper(), calculated)
        stamp = re.search(r"^\s*Timestamp time: (.*)$", part, re.M)
        same(path, "stamped", "stamped" in s, bool(stamp))
        if stamp:
            import datetime
            when = datetime.datetime.strptime(stamp.group(1).strip(), "%b %d %H:%M:%S %Y GMT")
            same(path, "time", s["stamped"], when.strftime("%Y-%m-%dT%H:%M:%SZ"))
        same(path, "nested", "nested-in" in s, i > 0)
        same(path, "good", s["good"], True)


def mutants(data):
    """What damage does most: heads, tables and ends. The same each time."""
    r = random.Random(len(data))
    places = [(0, min(len(data), 1024)), (max(0, len(data) - 4096), len(data)), (0, len(data))]
    if data[:4] == b"\xd0\xcf\x11\xe0":
        for at in (48, 60, 76):  # folders, small sectors, the table of sectors
            first = (int.from_bytes(data[at:at + 4], "little") + 1) << data[30]
            places.append((first, first + (1 << data[30])))
    for i in range(10):
        b = bytearray(data)
        if i % 4 == 0:
            del b[r.randrange(*r.choice(places)):]
        for _ in range(1 + i % 3):
            if b:
                at = min(r.randrange(*r.choice(places)), len(b) - 1)
                b[at] = r.choice((0, 0x7F, 0x80, 0xFF, b[at] ^ 1 << r.randrange(8)))
        yield bytes(b)


def check_damaged(slipway, path):
    with open(path, "rb") as f:
        data = f.read()
    for n, bad in enumerate(mutants(data)):
        with open("damaged", "wb") as f:
            f.write(bad)
        for command in ("inspect", "verify"):
            p = subprocess.run([slipway, command, "--json", "damaged"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20, check=False)
            said = p.stderr.decode("utf-8", "replace").splitlines()
            for line in p.stdout.decode().splitlines():
                json.loads(line)
            lines = len(said) if command == "verify" and p.returncode else (p.returncode != 0)
            if p.returncode not in (0, 1, 4) or len(said) != lines or any("runtime error" in x for x in said):
                sys.exit(f"{path}, mutant {n}: {command}: {p.returncode}: {said}")


def main():
    what, slipway, *rest = sys.argv[1:]
    if what == "signed":
        for path in rest[1:]:
            check_signed(slipway, rest[0], path)
        return
    for path in rest:
        {"pe": check_pe, "msi": check_msi, "cab": check_cab, "damaged": check_damaged}[what](slipway, path)


main()
