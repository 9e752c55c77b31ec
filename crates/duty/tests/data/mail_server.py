#!/usr/bin/python3
"""A real mail server (aiosmtpd) for the tests of the post, with a server of tokens beside it.

mail_server.py FOLDER MODE [PORT]   MODE: starttls, tls, clear, old (no STARTTLS), none (nobody needs to sign in)

FOLDER holds certificate.pem and key.pem. Each mail taken is a line of FOLDER/mails: JSON with its envelope and its text. The ports of
mail and tokens are printed once it listens. It ends when its input ends.
"""
import asyncio
import base64
import http.server
import json
import ssl
import sys
import threading
import urllib.parse
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOLDER, MODE = Path(sys.argv[1]), sys.argv[2]
PORT = int(sys.argv[3]) if len(sys.argv) > 3 else 0
USER, PASSWORD = "holdfast@school.example", "the word of the mailbox"
TOKENS = set()


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(FOLDER / "certificate.pem", FOLDER / "key.pem")
    return made


def note(name, said):
    with open(FOLDER / name, "a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")


def authenticate(server, session, envelope, mechanism, data):
    note("sign-ins", {"mechanism": mechanism, "secured": session.ssl is not None or MODE == "tls"})
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


class Handler:
    async def auth_XOAUTH2(self, server, args):
        note("sign-ins", {"mechanism": "XOAUTH2", "secured": server.session.ssl is not None or MODE == "tls"})
        said = base64.b64decode(args[1]).decode()
        right = any(said == f"user={USER}\x01auth=Bearer {token}\x01\x01" for token in TOKENS)
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return "553 5.7.1 this sender is not yours" if (FOLDER / "no-sender").exists() else "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        if address.startswith("full@"):
            return "452 4.2.2 the mailbox is full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        secured = session.ssl is not None or MODE == "tls"
        note("mails", {"from": envelope.mail_from, "to": envelope.rcpt_tos, "secured": secured,
                       "text": envelope.content.decode("utf-8")})
        return "250 2.0.0 kept as number 7"


def smtp():
    return SMTP(
        Handler(),
        hostname="mail.school.example",
        tls_context=context() if MODE == "starttls" else None,
        require_starttls=MODE == "starttls",
        auth_required=MODE != "none",
        auth_require_tls=False,
        authenticator=authenticate,
        loop=asyncio.get_running_loop(),
    )


class Tokens(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        wanted = {"grant_type": ["client_credentials"], "client_id": ["an-application"], "scope": ["mail.send"],
                  "client_secret": [PASSWORD]}
        note("tokens", {"right": form == wanted})
        if form == wanted:
            token = f"token-{len(TOKENS) + 1}"
            TOKENS.add(token)
            status, said = 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}
        else:
            status, said = 401, {"error": "invalid_client", "error_description": "The secret is not right."}
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def main():
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(smtp, "127.0.0.1", PORT, ssl=context() if MODE == "tls" else None)
    tokens = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tokens)
    tokens.socket = context().wrap_socket(tokens.socket, server_side=True)
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    print(mail.sockets[0].getsockname()[1], tokens.server_address[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
