"""`/.well-known/jwks.json`: the public keys that verify the tokens signed here, from before one signs the first."""

import time
from contextlib import suppress

from scoreboard_project.api.calls import JSON, Call, Reply
from scoreboard_project.api.endpoint_view import PlainView
from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.tokens.keys.signing_keys import public_jwk
from scoreboard_project.tokens.token_state import refresh_state
from scoreboard_project.tokens.tokens import current_tokens

MAX_AGE_SECONDS = 300


def get_jwks(call: Call) -> Flow[Reply]:
    """The JSON Web Key Set (RFC 7517), as plain JSON without the envelope. Empty if only an outside issuer signs."""
    with suppress(Exception):  # PostgreSQL does not answer: the keys at hand
        yield from refresh_state()
    keys = [public_jwk(key.public) for key in current_tokens().readers.keys.verifying(time.time())]
    return Reply(200, encode_json({"keys": keys}), (JSON, (b"cache-control", b"public, max-age=%d" % MAX_AGE_SECONDS)))


jwks = PlainView(get_jwks)
