"""`/.well-known/jwks.json`: the public key that verifies the tokens signed here."""

from scoreboard_project.api.calls import JSON, Call, Reply
from scoreboard_project.api.endpoint_view import PlainView
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.runtime.flows.flow import Flow, nothing_to_ask
from scoreboard_project.tokens.keys.signing_keys import public_jwk
from scoreboard_project.tokens.tokens import current_tokens

MAX_AGE_SECONDS = 300


def get_jwks(call: Call) -> Flow[Reply]:
    """The JSON Web Key Set (RFC 7517), as plain JSON without the envelope. Empty if only an outside issuer signs."""
    yield from nothing_to_ask()
    public = current_tokens().keys.public
    keys = [public_jwk(public)] if public else []
    return Reply(200, encode_json({"keys": keys}), (JSON, (b"cache-control", b"public, max-age=%d" % MAX_AGE_SECONDS)))


jwks = PlainView(get_jwks)
