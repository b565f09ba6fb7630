#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""agree.py SLIPWAY SCHEMA: the loader and the published JSON Schema judge the recipes here alike.

A case in bad/ says in its last lines, after "#!", what the loader has to say of it. The schema is
applied by python3-jsonschema, the YAML is read by PyYAML with the scalars of YAML 1.2.
"""
import json
import os
import re
import subprocess
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2 core schema: PyYAML's own is 1.1, where `no` is false and 2024-01-02 a date."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))
Core.add_constructor("tag:yaml.org,2002:int", lambda l, n: int(l.construct_scalar(n), 10))


def main():
    slipway, schema_path = sys.argv[1:3]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(schema_path) as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with open(os.path.join(here, "loader-only.txt")) as f:
        loader_only = {line.strip() for line in f if line.strip() and line[0] != "#"}
    env = dict(os.environ, SOURCE_DATE_EPOCH="1700000000", SLIPWAY_GOLDEN_VERSION="1.2.3",
               SLIPWAY_GOLDEN_OS="linux")
    wrong, seen, count = [], set(), 0
    for kind in "good", "bad":
        folder = os.path.join(here, kind)
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".yaml"):
                continue
            count += 1
            case = kind + "/" + name
            with open(os.path.join(folder, name)) as f:
                text = f.read()
            found = [e.message for e in validator.iter_errors(yaml.load(text, Core))]
            run = subprocess.run([slipway, "check", "-f", name], cwd=folder, env=env, text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if run.returncode != (0 if kind == "good" else 3):
                wrong.append(f"{case}: slipway check exits {run.returncode}:\n{run.stdout}")
            for line in re.findall(r"^#! (.*)$", text, re.M):
                if line not in run.stdout:
                    wrong.append(f"{case}: does not say {line!r}, but:\n{run.stdout}")
            stem = name[:-5]
            if kind == "good":
                if found:
                    wrong.append(f"{case}: the schema refuses it: {found[0]}")
            elif stem in loader_only:
                seen.add(stem)
                if found:
                    wrong.append(f"{case}: is in loader-only.txt, but the schema sees it: {found[0]}")
            elif not found:
                wrong.append(f"{case}: the schema takes it")
    for stem in sorted(loader_only - seen):
        wrong.append(f"loader-only.txt names {stem}, which is not in bad/")
    print("\n".join(wrong) if wrong else f"{count} recipes judged alike")
    return 1 if wrong or not count else 0


sys.exit(main())
