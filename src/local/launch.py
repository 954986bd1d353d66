"""Starts the emulator in a session of its own, behind a door, after saying who it is.

Standard input is the state file, which this process holds locked for as long as
it lives. The last argument is what the state file is to hold besides the pid and
the token, which is made here: arguments and environments of the command that
starts this are seen by others.
"""

import hmac
import ipaddress
import json
import os
import secrets
import stat
import sys
import zipfile
from urllib.parse import parse_qs, urlsplit

# Whoever runs code here runs it as the user, so a web page or another user of the machine must not come in.
TOKEN_HEADER = b"x-amz-security-token"
HEALTH = "/_ministack/health"


def is_loopback(host):
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_own_host(host):
    # A function reaches its API by the name that AWS gives it; nobody else can make that name lead here.
    return is_loopback(host) or (urlsplit(f"//{host}").hostname or "").endswith(".amazonaws.com")


def is_foreign_page(headers, websocket):
    origin = headers.get(b"origin")
    if websocket:
        # A page that this machine serves may connect, as it may on AWS.
        return origin is not None and not is_loopback(urlsplit(origin.decode("latin-1")).netloc)
    return origin is not None or headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin")


def has_token(scope, headers, token):
    from ministack.services import sts

    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    shown = headers.get(TOKEN_HEADER, b"").decode("latin-1") or query.get("X-Amz-Security-Token", [""])[0]
    # Whoever was let in may have assumed a role since.
    issued = [session.get("SessionToken", "") for session in list(sts._sessions.values())]
    return any(hmac.compare_digest(shown.encode(), one.encode()) for one in [token, *issued] if one)


def refusal(scope, headers, token):
    """Says why a request is not let in; None if it is."""
    websocket = scope["type"] == "websocket"
    if not is_own_host(headers.get(b"host", b"").decode("latin-1")):
        return "this is the local cloud, which answers under names of this machine only"
    if is_foreign_page(headers, websocket):
        return "the local cloud answers no web pages of others"
    if websocket or (scope["path"] == HEALTH and scope["method"] == "GET") or has_token(scope, headers, token):
        return None
    return "the local cloud wants the session token that `copilot-infra local env` prints"


def without_cors(send):
    async def sent(event):
        if event["type"] == "http.response.start":
            kept = [(n, v) for n, v in event.get("headers", []) if not n.lower().startswith(b"access-control-")]
            event = {**event, "headers": kept}
        await send(event)

    return sent


async def refuse(scope, receive, send, why):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    body = json.dumps({"__type": "AccessDeniedException", "message": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def guarded(app, token):
    async def guard(scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        headers = {name.lower(): value for name, value in scope.get("headers", [])}
        why = refusal(scope, headers, token)
        if why:
            return await refuse(scope, receive, send, why)
        return await app(scope, receive, without_cors(send))

    return guard


unpatched = zipfile.ZipFile._extract_member


def is_link(info):
    return stat.S_ISLNK(info.external_attr >> 16)


def extract_member(self, member, targetpath, pwd):
    """Unpacks a symbolic link as one, as Lambda does; zipfile makes a file of it."""
    info = member if isinstance(member, zipfile.ZipInfo) else self.getinfo(member)
    if not is_link(info):
        return unpatched(self, member, targetpath, pwd)
    path = os.path.join(targetpath, info.filename)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(self.read(info, pwd).decode(), path)
    return path


def unpack_links_as_links():
    zipfile.ZipFile._extract_member = extract_member
    # The emulator sets the mode of what it has unpacked, so what a link leads to comes first.
    zipfile.ZipFile.infolist = lambda self: sorted(self.filelist, key=is_link)


def main():
    os.setsid()
    state = json.loads(sys.argv.pop())
    state["pid"] = os.getpid()
    state["token"] = secrets.token_urlsafe(32)
    # The emulator hands it on to the functions.
    os.environ["AWS_SESSION_TOKEN"] = state["token"]
    os.pwrite(0, json.dumps(state).encode(), 0)

    unpack_links_as_links()
    import ministack.app

    ministack.app.app = guarded(ministack.app.app, state["token"])
    ministack.app.main()


if __name__ == "__main__":
    main()
