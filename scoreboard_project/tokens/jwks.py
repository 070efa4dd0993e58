"""`/.well-known/jwks.json`: the public key that verifies the tokens signed here."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from scoreboard_project.api.json_codec import encode_json
from scoreboard_project.tokens.signing_keys import public_jwk
from scoreboard_project.tokens.tokens import current_tokens

MAX_AGE_SECONDS = 300


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """The JSON Web Key Set (RFC 7517), as plain JSON without the envelope. Empty if only an outside issuer signs."""
    public = current_tokens().keys.public
    keys = [public_jwk(public)] if public else []
    return HttpResponse(
        encode_json({"keys": keys}),
        content_type="application/json",
        headers={"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"},
    )
