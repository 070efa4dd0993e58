"""System checks for settings that are well formed and would hurt: `manage.py check --deploy` runs them all."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from redis.connection import parse_url

from scoreboard_project.limits.client_address import trusted_networks
from scoreboard_project.tokens.signing_keys import MIN_KEY_BITS, SigningKeys

Check = Callable[..., list[CheckMessage]]
DAYS_PER_SHORTEST_MONTH = 28


def check_token_keys(**_: object) -> list[CheckMessage]:
    """Some key must verify tokens, and ours must be a strong RSA pair."""
    if not (settings.JWT_PRIVATE_KEY or settings.JWT_PUBLIC_KEY or settings.JWT_JWKS_URL):
        hint = "Set JWT_PRIVATE_KEY_FILE, or JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL for tokens issued elsewhere."
        return [Error("No key verifies tokens: every request with a token would be 401.", hint, id="scoreboard.E001")]
    try:
        keys = SigningKeys.from_settings()
    except ImproperlyConfigured as error:
        hint = "Make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
        return [Error(str(error), hint, id="scoreboard.E002")]
    found: list[CheckMessage] = []
    if keys.public and keys.public.key_size < MIN_KEY_BITS:
        found.append(Error(f"The JWT key has fewer than {MIN_KEY_BITS} bits.", "Make a new one.", id="scoreboard.E003"))
    if keys.private and keys.public and keys.private.public_key() != keys.public:
        hint = "Leave JWT_PUBLIC_KEY unset: it follows from the private key."
        found.append(Error("JWT_PUBLIC_KEY does not belong to JWT_PRIVATE_KEY.", hint, id="scoreboard.E004"))
    return found


def check_token_claims(**_: object) -> list[CheckMessage]:
    """In production a token must name its issuer and be meant for us."""
    return [
        Error(
            f"{name} is not set: tokens made for other services would be taken.",
            f"Set {name} to what the issuer writes into its tokens.",
            id=check_id,
        )
        for name, check_id in (("JWT_ISSUER", "scoreboard.E005"), ("JWT_AUDIENCE", "scoreboard.E006"))
        if settings.IN_PRODUCTION and not getattr(settings, name)
    ]


def check_jwks_url(**_: object) -> list[CheckMessage]:
    """The outside issuer's keys must come over HTTPS in production."""
    url = settings.JWT_JWKS_URL
    if not url or url.startswith("https://"):
        return []
    if not url.startswith("http://"):
        return [Error("JWT_JWKS_URL is no https:// address.", id="scoreboard.E007")]
    message = "JWT_JWKS_URL is not https://: whoever is on the way can make tokens."
    return [CheckWarning(message, id="scoreboard.W008")] if settings.IN_PRODUCTION else []


def check_hosts(**_: object) -> list[CheckMessage]:
    """In production the server must know its own names."""
    if not settings.IN_PRODUCTION:
        return []
    hint = "Set DJANGO_ALLOWED_HOSTS to the names that clients use, separated by commas."
    if not settings.ALLOWED_HOSTS:
        return [Error("DJANGO_ALLOWED_HOSTS is empty: every request would be 400.", hint, id="scoreboard.E009")]
    if "*" in settings.ALLOWED_HOSTS:
        return [Error("DJANGO_ALLOWED_HOSTS takes any name.", hint, id="scoreboard.E010")]
    return []


def check_development_leftovers(**_: object) -> list[CheckMessage]:
    """Neither the development secret nor DEBUG may reach production."""
    found: list[CheckMessage] = []
    if settings.IN_PRODUCTION and settings.SECRET_KEY == settings.DEVELOPMENT_SECRET_KEY:
        hint = "Set DJANGO_SECRET_KEY_FILE; for a trial on this machine set SCOREBOARD_ENVIRONMENT=development."
        found.append(Error("DJANGO_SECRET_KEY is not set.", hint, id="scoreboard.E011"))
    if settings.IN_PRODUCTION and settings.DEBUG:
        message = "DJANGO_DEBUG is on in production: errors would show the settings."
        found.append(Error(message, "Unset DJANGO_DEBUG.", id="scoreboard.E012"))
    return found


def check_database_pool(**_: object) -> list[CheckMessage]:
    """Django refuses a pool of persistent connections, but only at the first query."""
    database = settings.DATABASES["default"]
    if not (database["OPTIONS"].get("pool") and database["CONN_MAX_AGE"]):
        return []
    hint = "Leave DATABASE_CONN_MAX_AGE at 0, or set DATABASE_POOL_SIZE=0."
    return [Error("DATABASE_CONN_MAX_AGE cannot be used with a pool.", hint, id="scoreboard.E013")]


def check_trusted_proxies(**_: object) -> list[CheckMessage]:
    """Each must be an address or a network, and not all addresses there are."""
    try:
        networks = trusted_networks()
    except ImproperlyConfigured as error:
        hint = "Write addresses and networks separated by commas: 10.0.0.0/8,2001:db8::/32"
        return [Error(str(error), hint, id="scoreboard.E014")]
    if any(network.prefixlen == 0 for network in networks):
        message = "TRUSTED_PROXIES trusts everyone: a client can claim any address in X-Forwarded-For."
        return [CheckWarning(message, "Name the gateway's addresses only.", id="scoreboard.W015")]
    return []


def check_redis_url(**_: object) -> list[CheckMessage]:
    """redis-py must understand it."""
    try:
        parse_url(settings.REDIS_URL)  # type: ignore[no-untyped-call]
    except ValueError:
        # The message quotes the address, and the address may hold a password.
        hint = "Write redis://host:port/number, rediss:// for TLS, or unix:///path?db=number."
        return [Error("REDIS_URL is not an address that Redis understands.", hint, id="scoreboard.E016")]
    return []


def check_retention(**_: object) -> list[CheckMessage]:
    """A replay rebuilds the first answer out of the event, so the event must live as long as its request id."""
    months, days = settings.SCORE_EVENTS_RETENTION_MONTHS, settings.SCORE_REQUESTS_RETENTION_DAYS
    if not months or days <= months * DAYS_PER_SHORTEST_MONTH:
        return []
    hint = f"Keep SCORE_REQUESTS_RETENTION_DAYS at {months * DAYS_PER_SHORTEST_MONTH} or less."
    return [Error("Request ids are kept longer than the events they name.", hint, id="scoreboard.E017")]


CHECKS: Sequence[Check] = (
    check_token_keys,
    check_token_claims,
    check_jwks_url,
    check_hosts,
    check_development_leftovers,
    check_database_pool,
    check_trusted_proxies,
    check_redis_url,
    check_retention,
)
