"""A homeserver that answers requests about OpenID tokens, over TLS, as a test sets."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import trustme

USERINFO = "/_matrix/federation/v1/openid/userinfo"


class OpenIdServer:
    """A server at 127.0.0.1 whose name is its address.

    Args:
        folder: where the certificate of its authority is put.

    Attributes:
        name: its server name.
        answers: by token: a JSON object, or a function that writes with the request's handler.
        asked: the tokens that it was asked about.
    """

    def __init__(self, folder):
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        self.answers, self.asked = {}, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.name = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def user(self, localpart):
        return f"@{localpart}:{self.name}"

    def token(self, token="secret", **changes):
        """Return the token that a client of this server shows its user."""
        said = {"access_token": token, "token_type": "Bearer", "matrix_server_name": self.name}
        return json.dumps({**said, "expires_in": 3600, **changes})

    def answer(self, handler):
        url = urlsplit(handler.path)
        token = parse_qs(url.query).get("access_token", [""])[0]
        self.asked.append((url.path, token))
        found = self.answers.get(token)
        if callable(found):
            found(handler)
        elif url.path != USERINFO or found is None:
            send(handler, 401, {"errcode": "M_UNKNOWN_TOKEN", "error": "No"})
        else:
            send(handler, 200, found)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def send(handler, status, body, **headers):
    """Answer with JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)
