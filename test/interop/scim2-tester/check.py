"""Runs scim2-tester over every resource type of a server, each in a domain of its own.

Arguments: the server's URL, the directory of resource type definitions, and files of bodies; on standard input a JSON object of
constants that bodies name. Prints one JSON line a check: type, check, status, reason.
"""

import json
import multiprocessing
import pathlib
import random
import re
import sys
import uuid

import httpx2 as httpx
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import BaseModel, Resource, Schema, ScimProvider
from scim2_tester import checker, check_server
from scim2_tester.checkers import patch_add, patch_replace, resource, resource_put, resource_query_attributes
from scim2_tester.utils import CheckConfig, CheckContext, ResourceManager

from values import World, covers
from wire import Narrowed, narrowed

SERVER, SCHEMAS, *FILES = sys.argv[1:]
CONSTANTS = json.load(sys.stdin)
ONLY = CONSTANTS.pop("only", [])
# Which operation each check is about; others need nothing but a resource.
NEEDS = {
    "object_creation": "create",
    "object_query": "get",
    "object_query_without_id": "list",
    "object_query_with_attributes": "get",
    "object_list_with_attributes": "list",
    "search_with_attributes": "search",
    "object_replacement": "put",
    "object_deletion": "delete",
    "check_add_attribute": "patch",
    "check_remove_attribute": "patch",
    "check_replace_attribute": "patch",
}
world: World | None = None
schemas: dict


def definitions_of(directory):
    read = [json.loads(file.read_text()) for file in pathlib.Path(directory).glob("*.json")]
    return {each["name"]: each for each in read if "operations" in each}


def bodies_of(files):
    """Bodies by type; the first file that has a type counts."""
    bodies = {}
    for file in files:
        for name, entry in json.loads(pathlib.Path(file).read_text()).items():
            if "required" in entry or "existing" in entry:
                bodies.setdefault(name, entry)
    return bodies


def as_sent(value):
    if isinstance(value, BaseModel):
        return json.loads(value.model_dump_json())
    if isinstance(value, list):
        return [as_sent(each) for each in value]
    return str(value) if hasattr(value, "isoformat") else value


def create_and_register(self, model, fill_all=False):
    """In place of the tester's: a valid resource, or one that there is where none can be made."""
    target = context_type.name
    plan = world.plan(target)
    if "create" not in world.definitions[target]["operations"]:
        listed = self.context.client.query(model)
        if not getattr(listed, "resources", None):
            raise ValueError("there is none")
        return listed.resources[0]
    required, everything, _ = plan
    body = everything if fill_all else required
    created = self.context.client.create(model.model_validate({"schemas": schemas_of(model, body), **body}))
    if not isinstance(created, Resource):
        raise ValueError(f"Failed to create resource: {created}")
    self.resources.append(created)
    return created


def schemas_of(model, body):
    return [str(model.__schema__), *(key for key in body if key.startswith("urn:"))]


def fill_with_random_values(context, obj, *_, **__):
    """In place of the tester's, which a PUT uses: all that may be said, with the change."""
    changed = world.last[2]
    kept = json.loads(obj.model_dump_json())
    return type(obj).model_validate({**kept, **changed})


def cleanup(self):
    _cleanup(self)
    self.resources = []
    if world is not None:
        world.clean()


class context_type:
    name = ""
    model = None


_cleanup = ResourceManager.cleanup
ResourceManager.cleanup = cleanup
ResourceManager.create_and_register = create_and_register
resource_put.fill_with_random_values = fill_with_random_values
patch_add.fields_equality = lambda sent, shown: covers(as_sent(sent), as_sent(shown), exactly=False)
patch_replace.fields_equality = lambda sent, shown: covers(as_sent(sent), as_sent(shown), exactly=True)


def generate(context, path, **_):
    return world.patched(context_type.name, str(path), schemas)


def pick_attribute_names(model):
    """In place of the tester's: attributes that the created resource has, or the one that there is."""
    definition = DEFINITIONS[context_type.name]
    said = world.plan(context_type.name)[1]
    if "create" not in definition["operations"]:
        said = (world.http.get(f"/admin/v1{definition['endpoint']}").json().get("Resources") or [{}])[0]
    optional = [
        each["name"]
        for each in definition["attributes"]
        if each["returned"] == "default" and not each.get("required") and each["mutability"] == "readWrite" and said.get(each["name"])
    ]
    return (*optional, None, None)[:2]


# A My* type has the schema of another: the client would look for the type by its name.
SyncSCIMClient._resolve_resource_type = lambda self, *_: self.provider.resource_types[0]
patch_add.generate_random_value = generate
patch_replace.generate_random_value = generate
resource_query_attributes._pick_attribute_names = pick_attribute_names


def connect(name):
    """A domain of its own, called as its administrator."""
    url = SERVER
    if name:
        url = httpx.post(f"{SERVER}/_emulator/domains", json={"name": f"t{uuid.uuid4().hex[:16]}"}).json()["url"]
    token = httpx.post(
        f"{url}/_emulator/tokens", json={"userName": "admin@example.com", "scope": "urn:opc:idm:__myscopes__"}
    ).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    transport = Narrowed()
    return (
        httpx.Client(base_url=url + "/admin/v1", headers=headers, transport=transport, timeout=300),
        httpx.Client(base_url=url, headers=headers, timeout=300),
        transport,
    )


def check_type(name):
    """All checks of a type that it has the operations for."""
    global world
    resource_type = next(each for each in PROVIDER.resource_types if each.name == name)
    random.seed(resource_type.name)
    definition = DEFINITIONS[resource_type.name]
    tested, http, transport = connect(resource_type.name)
    transport.endpoint = definition["endpoint"]
    world = World(http, resource_type.name, DEFINITIONS, BODIES, {**CONSTANTS, "caller": http.get("/admin/v1/Me").json()["id"]})
    client = SyncSCIMClient(tested)
    # Several types have a schema in common: it must be clear which is meant.
    urns = [resource_type.schema_, *(each.schema_ for each in resource_type.schema_extensions or [])]
    described = [Schema.model_validate(narrowed(schemas[str(urn).lower()])) for urn in urns]
    client.provider = ScimProvider.from_discovery(described, [resource_type], PROVIDER.config, PROVIDER.policy)
    model = client.provider.model_for(resource_type)
    context = CheckContext(client, CheckConfig())
    context_type.name, context_type.model = resource_type.name, model
    results = []
    is_action = definition["kind"].startswith("action")
    for title, operation in NEEDS.items():
        if operation in definition["operations"] and (operation == "create" or not is_action):
            results += getattr(resource, title)(context, context_type.model)
    return [*(line(name, each) for each in results), *always_returned(name, http)]


def always_returned(name, http):
    """What the schemas say is always returned is there, in a resource with all that may be said."""
    definition = DEFINITIONS[name]
    if "create" in definition["operations"]:
        try:
            shown = world.create(name, world.plan(name)[1])
        except ValueError as error:
            if "is not built here yet" in str(error):
                return []
            return [found(name, "always_returned", False, str(error))]
    elif "list" in definition["operations"]:
        rows = http.get(f"/admin/v1{definition['endpoint']}").json().get("Resources")
        if not rows:
            return []
        shown = rows[0]
    else:
        return []
    missing = [each["name"] for each in definition["attributes"] if each["returned"] == "always" and each["name"] not in shown]
    world.clean()
    return [found(name, "always_returned", False, f"{each} is missing") for each in missing] or [
        found(name, "always_returned", True, None)
    ]


def found(name, check, is_right, reason):
    return {"type": name, "check": check, "status": "SUCCESS" if is_right else "ERROR", "reason": reason}


def line(name, result):
    reason = result.reason or ""
    path = re.search(r"unexpected value for '(.*)'", reason)
    if path and reason.endswith("Returned value: None") and never_returned(name, path[1]):
        reason = f"returned: never. {reason}"
    status = "SKIPPED" if "is not built here yet" in reason else result.status.name
    return {"type": name, "check": result.title, "status": status, "reason": reason}


def never_returned(name, path):
    """Whether the schemas say that an attribute, or all that is writable of an extension, is never returned."""
    extension = schemas.get(path.lower())
    if extension is not None:
        return all(each["returned"] == "never" or each["mutability"] == "readOnly" for each in extension["attributes"])
    urn, _, attribute = path.rpartition(":")
    holder = schemas[(urn or DEFINITIONS[name]["schema"]).lower()]["attributes"]
    return any(each["name"].lower() == attribute.lower() and each["returned"] == "never" for each in holder)


DEFINITIONS = definitions_of(SCHEMAS)
BODIES = bodies_of(FILES)

tested, http, _ = connect("")
listed = http.get("/admin/v1/Schemas?count=1000").json()["Resources"]
schemas = {each["id"].lower(): each for each in listed}
client = SyncSCIMClient(tested)
discovered = [line(None, each) for each in check_server(client, resource_types=["no type"])]
PROVIDER = client.provider

if __name__ == "__main__":
    for each in discovered:
        print(json.dumps(each))
    # Schema and ResourceType are what discovery looks at; types with a base of their own (/job/v1) are not under /admin/v1.
    known = {name for name, each in DEFINITIONS.items() if "base" not in each} - {"Schema", "ResourceType"}
    chosen = [each for each in PROVIDER.resource_types if each.name in known and (not ONLY or each.name in ONLY)]
    chosen.sort(key=lambda each: -len(DEFINITIONS[each.name]["attributes"]))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for lines in pool.imap(check_type, [each.name for each in chosen], chunksize=1):
            for each in lines:
                print(json.dumps(each))
