"""same A B: do two yum repositories say the same of the same packages, element by element?
packages DIR: what a repository names, one a line; every file is checked against the index that names it."""
import bz2
import gzip
import hashlib
import lzma
import os
import subprocess
import sys
import xml.etree.ElementTree as ET


def unpack(path):
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout
    for suffix, how in ((".gz", gzip.open), (".xz", lzma.open), (".bz2", bz2.open)):
        if path.endswith(suffix):
            return how(path).read()
    return open(path, "rb").read()


def canonical(x):
    text = (x.text or "") if len(x) == 0 else ""
    return (x.tag, sorted(x.attrib.items()), text if text.strip() else "", [canonical(c) for c in x])


def load(repo):
    """For each document its packages by place or id, after all that repomd.xml says of it was checked."""
    found = {}
    for d in ET.parse(repo + "/repodata/repomd.xml").getroot().findall("{*}data"):
        path = os.path.join(repo, d.find("{*}location").get("href"))
        sha256 = lambda b: hashlib.sha256(b).hexdigest()
        packed = open(path, "rb").read()
        assert int(d.find("{*}size").text) == len(packed), path
        assert d.find("{*}checksum").text == sha256(packed), path
        if d.find("{*}open-checksum") is not None:
            assert d.find("{*}open-checksum").text == sha256(unpack(path)), path
            assert int(d.find("{*}open-size").text) == len(unpack(path)), path
        if d.get("type") in ("primary", "filelists", "other"):
            root = ET.fromstring(unpack(path))
            assert int(root.get("packages")) == len(root), path
            name = lambda p: p.get("pkgid") or p.find("{*}location").get("href")
            found[d.get("type")] = (root.tag, [(name(p), p) for p in root])
    assert sorted(found) == ["filelists", "other", "primary"]
    return found


def same(a, b):
    x, y = load(a), load(b)
    for doc in x:
        assert x[doc][0] == y[doc][0]
        one, two = ({k: canonical(p) for k, p in d[doc][1]} for d in (x, y))
        for k in sorted(set(one) | set(two)):
            if one.get(k) != two.get(k):
                sys.exit(f"{doc}: {k} differs:\n{one.get(k)}\n{two.get(k)}")


def packages(repo):
    docs = load(repo)
    ids = set()
    for href, p in docs["primary"][1]:
        content = open(os.path.join(repo, href), "rb").read()
        ids.add(p.find("{*}checksum").text)
        assert hashlib.sha256(content).hexdigest() == p.find("{*}checksum").text, href
        assert len(content) == int(p.find("{*}size").get("package")), href
        v = p.find("{*}version")
        print(p.find("{*}name").text, v.get("ver") + "-" + v.get("rel"), href)
    for doc in ("filelists", "other"):
        assert {k for k, _ in docs[doc][1]} == ids, doc


globals()[sys.argv[1]](*sys.argv[2:])
