"""Judges each request of a corpus by the contract's JSON Schemas and compares with the simulator's verdict.

Usage: verdicts.py FOLDER CORPUS, where CORPUS has one JSON object a line: body, verdict, status, reply.
Prints one line for each difference and a sum at the end.
"""
import collections
import json
import sys

import jsonschema

folder, corpus = sys.argv[1:]


def load(name):
    with open(f"{folder}/{name}.schema.json", encoding="utf-8") as file:
        return json.load(file)


request = jsonschema.Draft202012Validator(load("update-request"))
accepted = jsonschema.Draft202012Validator(load("update-accepted"))
error = jsonschema.Draft202012Validator(load("error"))
audiences = load("audiences")
listing = jsonschema.Draft202012Validator({"$ref": "#/$defs/ListResponse", "$defs": audiences["$defs"]})


def is_whole_call(failure):
    """Whether a failure is about the call, the operation's shape or its identifiers; the rest are partial errors."""
    path = list(failure.absolute_path)
    if len(path) <= 1 or path[1] == "identifiers":
        return True
    return len(path) == 2 and failure.validator == "type"


def verdict(body):
    failures = list(request.iter_errors(body))
    if not failures:
        return "accepted"
    return "refused" if any(map(is_whole_call, failures)) else "partial"


differences = 0
counts = collections.Counter()
with open(corpus, encoding="utf-8") as lines:
    for line in lines:
        case = json.loads(line)
        reply = case["reply"]
        if case["verdict"] == "list":
            judge, expected = listing, "list"
        else:
            expected = verdict(case["body"])
            judge = accepted if case["status"] == 202 else error
        counts[expected] += 1
        failures = [str(failure.message) for failure in judge.iter_errors(reply)]
        if expected != case["verdict"] or failures:
            differences += 1
            print(f"schema {expected}, simulator {case['verdict']}: {line.strip()} {failures}")
print(json.dumps({"differences": differences, **counts}, sort_keys=True))
