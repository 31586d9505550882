"""Validates JSON texts by the schemas of a folder, with an implementation of JSON Schema that is not this project's.

Usage: validate.py FOLDER < INSTANCES, where INSTANCES has one JSON object a line: schema (a file's name without
.schema.json) and instance; or instead of the latter `at`, a list of names and places, and `value`: then it is the last
instance written out, with this value there, or without it where there is none. Prints "NUMBER<TAB>what is wrong" for each mistake, NUMBER counting lines from 0, and at the end
"checked COUNT". Ends with 3 where Python's package jsonschema is missing.
"""
import copy
import json
import pathlib
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError as error:
    print(f"cannot import Draft202012Validator of jsonschema: {error}; install Debian's python3-jsonschema", file=sys.stderr)
    sys.exit(3)

folder = pathlib.Path(sys.argv[1])
validators = {}


def validator(name):
    if name not in validators:
        with open(folder / f"{name}.schema.json", encoding="utf-8") as file:
            schema = json.load(file)
        Draft202012Validator.check_schema(schema)
        validators[name] = Draft202012Validator(schema)
    return validators[name]


def innermost(failure):
    """The failures that say most: those inside a choice instead of the choice itself."""
    if not failure.context:
        return [failure]
    return [inner for choice in failure.context for inner in innermost(choice)]


def changed(instance, case):
    """A copy of an instance with the change of a case."""
    result = copy.deepcopy(instance)
    place = result
    for step in case["at"][:-1]:
        place = place[step]
    if "value" in case:
        place[case["at"][-1]] = case["value"]
    else:
        del place[case["at"][-1]]
    return result


count = 0
written = None
for line in sys.stdin.buffer:
    if not line.strip():
        continue
    case = json.loads(line)
    if "at" in case:
        instance = changed(written, case)
    else:
        instance = written = case["instance"]
    for failure in validator(case["schema"]).iter_errors(instance):
        place = failure.json_path
        causes = "; ".join(f"{inner.json_path}: {inner.message}" for inner in innermost(failure)[:4])
        text = f"{place}: {causes}" if failure.context else f"{place}: {failure.message}"
        print(f"{count}\t{text[:600]}".replace("\n", " "))
    count += 1
print(f"checked {count}")
