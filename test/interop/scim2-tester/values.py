"""Values for what the tester makes up by type alone: valid ones, by what the schemas and the files of bodies say."""

import itertools
import json
import random
import re
import uuid
from datetime import datetime, timedelta, timezone

IDCS = "urn:ietf:params:scim:schemas:oracle:idcs:"


class World:
    """A domain of one type's tests: what there is in it, and bodies for more."""

    def __init__(self, http, tested, definitions, bodies, constants):
        self.http = http
        self.definitions = definitions
        self.bodies = bodies
        self.constants = constants
        self.made = []
        # The last plan of the type that is tested.
        self.tested, self.last = tested, ({}, {}, {})
        self.count = itertools.count(1)

    # Bodies: the language of test/acceptance/terraform-way.json.

    def plan(self, name):
        """What a create must say, what it may say, and what a PUT says afterwards."""
        entry = self.bodies.get(name)
        if entry is None:
            required = {
                each["name"]: self.value(each)
                for each in self.definitions[name]["attributes"]
                if each.get("required") and each["mutability"] != "readOnly" and each["name"] != "schemas"
            }
            entry = {"required": required}
        ids = {}
        for key, needed in entry.get("needs", {}).items():
            body = self.plan(needed)[1]
            if "gate" in ids and "cloudGate" in body:
                body["cloudGate"] = {"value": ids["gate"]}
            for attribute, value in self.create(needed, body).items():
                value = value.get("value") if isinstance(value, dict) else value
                if isinstance(value, str):
                    ids[f"{key}.{attribute}"] = value
                    ids.setdefault(key, value) if attribute == "id" else None
        number = f"{next(self.count)}"
        required = self._filled(entry.get("required", {}), number, ids)
        everything = {**required, **self._filled(entry.get("more", {}), number, ids)}
        plan = required, everything, {**everything, **self._filled(entry.get("change", {}), number, ids)}
        if name == self.tested:
            self.last = plan
        return plan

    def _filled(self, body, number, ids):
        def known(match):
            value = ids.get(match[1]) or self.constants.get(match[1])
            if isinstance(value, list):
                value = value[int(number) % len(value)]
            return match[0] if value is None else json.dumps(value)[1:-1]

        text = json.dumps(body).replace("#", number)
        return json.loads(re.sub(r"\$(\w+(?:\.\w+)?)", known, text))

    def create(self, name, body):
        definition = self.definitions[name]
        answer = self.http.post(
            "/admin/v1" + definition["endpoint"], json={"schemas": [definition["schema"], *_extensions(body)], **body}
        )
        if answer.status_code != 201:
            raise ValueError(f"{name} was needed: {answer.status_code} {answer.text}")
        created = answer.json()
        if "id" in created:
            self.made.append((definition["endpoint"], created["id"]))
        return created

    def clean(self):
        for endpoint, key in reversed(self.made):
            if endpoint == "/Apps":
                # Only an App that is not active can be deleted.
                self.http.put(f"/admin/v1/AppStatusChanger/{key}", json={"active": False, "schemas": [f"{IDCS}AppStatusChanger"]})
            self.http.delete(f"/admin/v1{endpoint}/{key}?forceDelete=true")
        self.made = []

    # Values by characteristics.

    def value(self, definition):
        one = self._one(definition)
        return [one] if definition["multiValued"] else one

    def _one(self, definition):
        kind, name = definition["type"], definition["name"]
        if definition.get("canonicalValues"):
            return random.choice(definition["canonicalValues"])
        if kind == "complex":
            return self._complex(definition)
        if kind == "integer":
            least, most = definition.get("idcsMinValue", 0), definition.get("idcsMaxValue", 2**31 - 1)
            return random.randint(least, most)
        if kind == "boolean":
            return random.choice([True, False])
        if kind == "dateTime":
            return (datetime.now(timezone.utc) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        if kind == "decimal":
            return 1.5
        if kind == "reference" or re.search("ur[il]s?$", name, re.IGNORECASE):
            return f"https://{uuid.uuid4()}.test"
        if kind == "binary":
            return "aGVsbG8="
        text = str(uuid.uuid4())
        if "mail" in name.lower():
            text = f"{text}@example.com"
        return text[: definition.get("idcsMaxLength", 1000)]

    def _complex(self, definition):
        subs = {sub["name"]: sub for sub in definition.get("subAttributes", [])}
        writable = {key: sub for key, sub in subs.items() if sub["mutability"] != "readOnly"}
        target = next(
            (each for each in subs.get("$ref", {}).get("referenceTypes", []) if self._can_make(each)),
            None,
        )
        value = {}
        if "value" in writable and target is not None:
            value["value"] = self.create(target, self.plan(target)[0])["id"]
            if "type" in writable:
                value["type"] = target
            writable = {key: sub for key, sub in writable.items() if key not in ("value", "type", "$ref", "display")}
        return value | {key: self.value(sub) for key, sub in writable.items() if key != "$ref"}

    def _can_make(self, name):
        return "create" in self.definitions.get(name, {}).get("operations", [])

    def patched(self, name, path, schemas):
        """A value for a PATCH of that path: what the bodies say, or one by characteristics."""
        urn, _, attribute = path.rpartition(":")
        extension = schemas.get(path.lower())
        _, everything, changed = self.last
        if extension is not None:
            said = changed.get(extension["id"]) or everything.get(extension["id"])
            # What is never returned is tried alone.
            return said or {
                each["name"]: self.value(each)
                for each in extension["attributes"]
                if each["mutability"] != "readOnly" and each["returned"] != "never"
            }
        core = self.definitions[name]["schema"].lower()
        holder = changed if urn.lower() in ("", core) else changed.get(schemas[urn.lower()]["id"], {})
        if attribute in holder:
            return holder[attribute]
        definitions = schemas[(urn or core).lower()]["attributes"]
        found = next((each for each in definitions if each["name"].lower() == attribute.lower()), None)
        if found is None:
            return str(uuid.uuid4())
        return self.value(found)


def _extensions(body):
    return [key for key in body if key.startswith("urn:")]


def covers(expected, actual, exactly):
    """Whether an answer has what was sent. A service may add sub-attributes of its own, such as $ref and display."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        lowered = {key.lower(): value for key, value in actual.items()}
        return all(covers(value, lowered.get(key.lower()), exactly) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        if exactly and len(expected) != len(actual):
            return False
        return all(any(covers(each, other, exactly) for other in actual) for each in expected)
    if isinstance(expected, str) and isinstance(actual, str):
        return expected == actual or _instant(expected) == _instant(actual) is not None
    return expected == actual


def _instant(text):
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
