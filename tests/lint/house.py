#!/usr/bin/env python3
"""The rules of the house that a program can check: floors, sizes, symbol prefixes, banned calls, one library a folder.
Prints what breaks them; the exit status is 1 then."""
import glob
import os
import re
import subprocess
import sys

FLOORS = {
    "runtime": 0,  # programs of their own: nothing of the floors, and nobody includes them
    "base": 1, "os": 2, "io": 3, "crypto": 4, "text": 4, "container": 5, "model": 6,
    "stage": 7, "pack": 7, "sign": 7, "feed": 7, "repo": 7, "publish": 7, "flow": 8, "cli": 9,
}
PROGRAMS = {"runtime"}  # on no libraries of ours, so that they do themselves what some floor does for the others
LIBRARIES = {  # header -> folders that may include it
    r"zlib\.h|lzma\.h|zstd.*\.h|libdeflate\.h|curl/.*": {"io"},
    r"openssl/.*|gpgme\.h": {"crypto"},
    r"yaml\.h|jansson\.h|libxml/.*": {"text"},
    r"archive.*\.h|sqfs/.*|png\.h": {"container"},
    r"git2.*": {"os", "publish"},
    r"pthread\.h": {"os", "base", "cli"},
}
BANNED = {  # call -> folders where it is fine
    "malloc": {"base"}, "calloc": {"base"}, "realloc": {"base"}, "free": {"base"}, "alloca": set(),
    "strcpy": set(), "strcat": set(), "sprintf": set(), "gets": set(), "system": set(), "popen": set(),
    "strtok": set(), "atoi": set(), "printf": {"cli"}, "puts": {"cli"}, "exit": {"cli"}, "abort": set(),
    "getenv": {"os"}, "time": {"os"}, "localtime": set(), "gmtime": set(), "setlocale": set(),
    "open": {"os"}, "openat": {"os"}, "rename": {"os"}, "fopen": {"runtime"}, "rand": set(), "random": set(),
}
FILE_STOP, FUNCTION_STOP, HEADER_STOP = 600, 80, 120

bad = []


def say(where, what):
    bad.append(f"{where}: {what}")


def tracked():
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "tools"], capture_output=True, text=True,
                         check=True).stdout
    return [f for f in out.split() if f.endswith((".c", ".h")) and os.path.exists(f)]


def strip(text):
    """Without comments and the insides of strings, line structure kept."""
    def blank(m):
        s = m.group(0)
        if s.startswith(("/*", "//")):
            return re.sub(r"[^\n]", " ", s)
        return s[0] + " " * (len(s) - 2) + s[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def floors(path, folder, text):
    for line, m in ((text[:m.start()].count("\n") + 1, m)
                    for m in re.finditer(r'^\s*#\s*include\s*(["<])([^">]+)', text, re.M)):
        kind, name = m.groups()
        if kind == '"':
            other = name.split("/")[0]
            if other not in FLOORS:
                say(f"{path}:{line}", f'"{name}" does not begin with a folder of tools/')
            elif other != folder and (FLOORS[other] >= FLOORS[folder] or other in PROGRAMS):
                say(f"{path}:{line}", f"{folder}/ (floor {FLOORS[folder]}) includes {other}/ (floor {FLOORS[other]})")
        else:
            for pattern, folders in LIBRARIES.items():
                if re.fullmatch(pattern, name) and folder not in folders | PROGRAMS:
                    say(f"{path}:{line}", f"<{name}> belongs to {'/, '.join(sorted(folders))}/ alone")


def functions(path, code):
    """Length of each function: from its opening brace in column 0 context to the closing brace in column 0."""
    lines = code.split("\n")
    start, name = None, None
    for i, line in enumerate(lines):
        if start is None and line.endswith("{") and not line.startswith((" ", "#", "}", "struct", "enum", "union", "typedef",
                                                                         "static const", "const struct", "extern")):
            head = " ".join(lines[max(0, i - 3):i + 1])
            m = re.search(r"(\w+)\s*\([^{]*\)\s*\{$", head)
            if m:
                start, name = i, m.group(1)
        elif start is not None and line.startswith("}"):
            if i - start + 1 > FUNCTION_STOP:
                say(f"{path}:{start + 1}", f"{name} has {i - start + 1} lines, {FUNCTION_STOP} is the stop")
            start = None


def calls(path, folder, code):
    for word, fine in BANNED.items():
        if folder in fine or (fine and folder in PROGRAMS):
            continue
        for m in re.finditer(rf"(?<![\w.>]){word}\s*\(", code):
            say(f"{path}:{code[:m.start()].count(chr(10)) + 1}", f"{word}() is not called in {folder}/")


def cleanups(path, code):
    """A variable with a cleanup that is returned past before it is set would be dropped as it lies."""
    for m in re.finditer(r"AUTO\(\w+\)\s*\w+\s*;", code):
        say(f"{path}:{code[:m.start()].count(chr(10)) + 1}", f"{m.group(0)} has no initial value")


def symbols(path, stem, code):
    """External functions and objects begin with the stem of a file in their folder's family."""
    for m in re.finditer(r"^(?!static|extern|typedef|struct \w+ \{|enum|union|return|else|#|\}| |/|TARBALL|_Static)"
                         r"(?:const\s+)?(?:struct\s+|enum\s+|unsigned\s+)?\w+[\s*]+(?:const\s+\*?\s*const\s+)?"
                         r"(\w+)\s*(?:\(|\[|=)", code, re.M):
        name = m.group(1)
        if name == "main" or any(name.startswith(s) for s in stems_of(path, stem)):
            continue
        say(f"{path}:{code[:m.start()].count(chr(10)) + 1}", f"{name} does not begin with {stem}_")


def stems_of(path, stem):
    """The file's own stem, and the stems of the headers it stands behind (fsysfile.c behind fsys.h)."""
    out = {stem}
    with open(path, encoding="utf-8") as f:
        for name in re.findall(r'#include "([a-z]+/[\w]+)\.h"', f.read()):
            if name.split("/")[0] == path.split("/")[1] and stem.startswith(name.split("/")[1][:3]):
                out.add(name.split("/")[1])
    if path.startswith("tools/cli/"):
        out.add("cmd")
    return out


def bats():
    """What looks like a check and is none."""
    for path in sorted(glob.glob("tests/*/*.bats")):
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f, 1):
                if re.match(r"\s*! ", line):
                    say(f"{path}:{n}", "a negation fails no test: if ...; then return 1; fi")
                if re.match(r"\s*skip\b", line):
                    say(f"{path}:{n}", "skips: a program that is missing is a failure")


def main():
    seen = {}
    for path in sorted(tracked()):
        folder, file = path.split("/")[1], os.path.basename(path)
        stem = file[:-2]
        with open(path, encoding="utf-8") as f:
            text = f.read()
        n = text.count("\n")
        if not text.startswith("/* SPDX-License-Identifier: "):
            say(path, "has no SPDX line first")
        stop = HEADER_STOP if path.endswith(".h") else FILE_STOP
        if n > stop:
            say(path, f"has {n} lines, {stop} is the stop")
        if re.search(r"\b(TODO|FIXME|XXX)\b", text):
            say(path, "has a TODO: write a test, or do it")
        if path.endswith(".c") and seen.setdefault(stem, path) != path:
            say(path, f"has the stem of {seen[stem]}")
        if folder not in FLOORS:
            continue
        code = strip(text)
        floors(path, folder, text)
        functions(path, code)
        calls(path, folder, code)
        cleanups(path, code)
        if path.endswith(".c"):
            symbols(path, stem, code)
    bats()
    for line in bad:
        print(line)
    return 1 if bad else 0


sys.exit(main())
