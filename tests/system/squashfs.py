"""A tree with all that SquashFS holds, and what a tree holds as squashfs_tool lists it.

squashfs.py make DIR, squashfs.py census DIR"""
import hashlib
import os
import random
import stat
import sys

T = 1767225600


def write(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def make(root):
    rnd = random.Random(1)
    noise = rnd.randbytes(700_000)
    text = b"".join(b"line %d of a text that packs well\n" % i for i in range(20_000))
    at = lambda name: os.path.join(root, name)
    write(at("bin/program"), noise, 0o4755)
    write(at("bin/again"), noise, 0o755)  # a duplicate of many blocks
    write(at("bin/nearly"), noise[:-1] + b"x")
    write(at("bin/longer"), noise + b"x")
    write(at("bin/text"), text)
    write(at("bin/block"), text[:131072])
    write(at("bin/less"), text[:131071])
    write(at("share/empty"), b"")
    write(at("share/one"), b"1")
    write(at("share/ü and space"), "größer\n".encode())
    write(at("share/zeros"), bytes(300_000))
    write(at("share/holes"), bytes(262144) + b"x" + bytes(300_000))
    write(at("share-not/one"), b"2")
    write(at("share-not/" + "n" * 255), b"long name")
    for i in range(1200):
        write(at("many/a-rather-long-name-of-a-file-%04d" % i), b"%d\n" % (i % 700) * (i % 40))
    deep = at("deep" + "/d" * 100)
    write(deep + "/file", b"down here")
    os.makedirs(at("none/at/all"))
    os.link(at("share/one"), at("a-link-before"))
    os.link(at("share/one"), at("zz-link-behind"))
    os.symlink("bin/program", at("link"))
    os.symlink("../" * 30 + "nowhere/" + "x" * 2000, at("share/dangling"))
    os.chmod(at("share"), 0o1777)
    os.setxattr(at("bin/program"), "user.mime", b"application/x-executable")
    os.setxattr(at("bin/block"), "user.mime", b"application/x-executable")
    os.setxattr(at("share"), "user.empty", b"")
    os.setxattr(at("share/one"), "user.long", b"v" * 2000)
    if os.getuid() == 0:
        os.setxattr(at("bin/program"), "trusted.who", b"root")
        os.setxattr(at("link"), "trusted.who", b"link", follow_symlinks=False)
        os.chown(at("bin/text"), 1000, 4_000_000_000)
    for here, dirs, files in os.walk(root, topdown=False):
        for name in files + dirs:
            os.utime(os.path.join(here, name), (T, T), follow_symlinks=False)
    os.utime(root, (T, T))


def census(root):
    seen, rows = {}, 0

    def row(path, name):
        nonlocal rows
        st = os.lstat(path)
        kind = {stat.S_IFREG: "-", stat.S_IFDIR: "d", stat.S_IFLNK: "l"}.get(stat.S_IFMT(st.st_mode), "o")
        out = "%s %04o %d %d %d %d %s" % (kind, st.st_mode & 0o7777, st.st_uid, st.st_gid, st.st_mtime,
                                          st.st_size if kind == "-" else 0, name)
        if kind == "l":
            out += " -> " + os.readlink(path)
        if kind == "-":
            digest = hashlib.sha256()
            with open(path, "rb") as f:
                while block := f.read(1 << 20):
                    digest.update(block)
            out += " " + digest.hexdigest()
        for x in sorted(os.listxattr(path, follow_symlinks=False)):
            out += " %s=%s" % (x, os.getxattr(path, x, follow_symlinks=False).decode())
        if kind == "-" and st.st_nlink > 1:
            first = seen.setdefault(st.st_ino, rows)
            if first != rows:
                out += " = %d" % (first + 1)
        print(out)
        rows += 1
        if kind == "d":
            for x in sorted(os.listdir(path), key=os.fsencode):
                row(os.path.join(path, x), (name + "/" if name else "") + x)

    row(root, "")


{"make": make, "census": census}[sys.argv[1]](sys.argv[2])
