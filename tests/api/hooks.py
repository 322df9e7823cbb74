"""Who asks, and what there is to ask about, so that generated inputs get past the door.

schemathesis signs in with this as a tenant or an administrator, again whenever the session has ended, and puts things
that exist into three of four inputs that fit the description. Everything else is sent as it was generated.
"""

import itertools
import os

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation

BASE, CHATWOOT, PLATFORM_KEY = (os.environ[name] for name in ("API_BASE", "API_CHATWOOT", "API_PLATFORM_KEY"))
PASSWORD = os.environ["API_PASSWORD"]
OWNER, ADMINISTRATOR, GUESSED = "owner@acme.example", "sam@localboxs.example", "guessed@acme.example"
API = "/api/dashboard/integrations/chatwoot"

addresses = itertools.count(1)
turns = itertools.count()


def address():
    """Another client each time: what one may try in a minute is not examined here."""
    number = next(addresses)
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


def sign_in(email):
    answer = requests.post(
        f"{BASE}/api/auth/sign-in", json={"email": email, "password": PASSWORD}, headers=address(), timeout=30
    )
    answer.raise_for_status()
    return answer.cookies["localboxs"]


def who(case, _context=None):
    path = case.operation.path
    if path == "/api/auth/sign-out":
        return f"leaving {next(turns)}"
    return ADMINISTRATOR if path.startswith("/api/admin/") else OWNER


@schemathesis.auth(cache_by_key=who).skip_for(path="/api/auth/sign-in")
class SessionCookie:
    """Signs in; a 401 makes it do so again."""

    def get(self, case, context):
        email = who(case)
        return sign_in(email if "@" in email else OWNER)

    def set(self, case, data, context):
        case.cookies = {**(case.cookies or {}), "localboxs": data}


class Tenant:
    """What the tenant has, made anew now and then because the examination uses it up."""

    def __init__(self):
        self.cookie = None
        self.things = {}
        self.uses = {}
        self.names = itertools.count(1)

    def ask(self, method, path, body=None):
        self.cookie = self.cookie or sign_in(OWNER)
        answer = requests.request(
            method,
            f"{BASE}{API}{path}",
            json=body,
            cookies={"localboxs": self.cookie},
            headers={"Sec-Fetch-Site": "same-origin"},
            timeout=30,
        )
        return answer.json() if answer.content else {}

    def one(self, kind, label):
        """One of these things; other ones for each operation, and after every 40 uses."""
        used = self.uses.get((kind, label), 0)
        self.uses[kind, label] = used + 1
        if used % 40 == 0:
            self.things[kind] = getattr(self, kind)()
        things = self.things[kind]
        return things[used % len(things)] if things else None

    def agents(self):
        """Agents in several states."""
        made = [self.make() for _ in range(5)]
        self.ask("POST", f"/agents/{made[0]}/suspend")
        self.ask("DELETE", f"/agents/{made[1]}")
        return made

    def make(self):
        body = {"name": f"Agent {next(self.names)}", "inboxIds": [1]}
        return self.ask("POST", "/create-user", body)["agent"]["id"]

    def differences(self):
        """Differences of agents to whom somebody gave other names in Chatwoot."""
        for agent in [self.make() for _ in range(5)]:
            user = self.ask("GET", f"/agents/{agent}")["agent"]["chatwootUserId"]
            requests.patch(
                f"{CHATWOOT}/platform/api/v1/users/{user}",
                json={"name": "Somebody Else"},
                headers={"api-access-token": PLATFORM_KEY},
                timeout=30,
            ).raise_for_status()
        return [difference["id"] for difference in self.ask("POST", "/drift/check")["differences"]]

    def imports(self):
        names = "\n".join(f"Import {next(self.names)}" for _ in range(2))
        answer = self.ask("POST", "/import", {"csv": f"name\n{names}", "confirm": True})
        return [answer["import"]["id"]] if "import" in answer else self.things.get("imports", [])


tenant = Tenant()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Gives operations that take nothing something to ignore, so that they too are asked in many ways."""
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            if "parameters" not in operation and "requestBody" not in operation:
                operation["parameters"] = [{"name": "anything", "in": "query", "schema": {"type": "string"}}]


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path == "/api/auth/sign-in":
        case.headers.update(address())
    turn = next(turns)
    if turn % 4 == 0 or case.meta is None:
        return
    if not case.meta.is_negative_at(ParameterLocation.PATH):
        put_id(case)
    if not case.meta.is_negative_at(ParameterLocation.BODY) and isinstance(case.body, dict):
        put_into_body(case.operation.definition.raw.get("operationId"), case.body, turn)
        if not case.meta.is_negative_at(ParameterLocation.HEADER) and turn % 8:
            case.headers.pop("Idempotency-Key", None)


def put_id(case):
    for part, kind in (("/agents/{id}", "agents"), ("/drift/{id}", "differences"), ("/import/{id}", "imports")):
        if part in case.operation.path:
            found = tenant.one(kind, case.operation.label)
            if found:
                case.path_parameters["id"] = found


def put_into_body(operation, body, turn):
    if operation in ("createAgent", "setAgentPassword") and "password" in body:
        body["password"] = f"Chosen-Passw0rd-{turn}"
    if operation in ("createAgent", "renameAgent") and turn % 3:
        body["name"] = "Ana " + "".join(letter for letter in body["name"] if letter.isprintable())[:90]
    if operation == "createAgent":
        body["inboxIds"] = [1, 2][: turn % 3]
    elif operation == "assignAgent":
        body["agentId"] = tenant.one("agents", operation) or body["agentId"]
        body["inboxId"] = turn % 3 + 1
    elif operation == "importAgents":
        body["csv"] = f"name,inboxes\n{body['csv']},1\nAna {turn},2"
    elif operation in ("changeTierLimits", "resetTierLimits"):
        body["tier"] = ("FREE", "PRO", "PRO_PLUS")[turn % 3]
        if turn % 5:
            body.pop("version", None)
    elif operation == "signIn":
        # Whoever guesses has to wait longer and longer; who knows the password need not.
        knows = turn % 3 == 0
        body["email"] = OWNER if knows else GUESSED
        body["password"] = PASSWORD if knows else body["password"]
