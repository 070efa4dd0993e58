"""System checks for settings that are well formed but would do harm. `manage.py check --deploy` runs them all."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections

from scoreboard_project.limits.client_address import trusted_networks
from scoreboard_project.tokens.keys.signing_keys import MIN_KEY_BITS, SigningKeys

Check = Callable[..., list[CheckMessage]]
DAYS_PER_SHORTEST_MONTH = 28
SECONDS_PER_YEAR = 31_536_000


def check_token_keys(**_: object) -> list[CheckMessage]:
    """There must be a key that verifies tokens, and our own keys must be a strong RSA pair."""
    if not (settings.JWT_PRIVATE_KEY or settings.JWT_PUBLIC_KEY or settings.JWT_JWKS_URL):
        hint = "Set JWT_PRIVATE_KEY_FILE. If tokens are issued elsewhere, set JWT_PUBLIC_KEY_FILE or JWT_JWKS_URL."
        message = "There is no key to verify tokens: every request with a token would get a 401."
        return [Error(message, hint, id="scoreboard.E001")]
    try:
        keys = SigningKeys.from_settings()
    except ImproperlyConfigured as error:
        hint = "Create a private key with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
        return [Error(str(error), hint, id="scoreboard.E002")]
    found: list[CheckMessage] = []
    if keys.public and keys.public.key_size < MIN_KEY_BITS:
        hint = f"Create an RSA key with at least {MIN_KEY_BITS} bits."
        message = f"The key in JWT_PRIVATE_KEY or JWT_PUBLIC_KEY has fewer than {MIN_KEY_BITS} bits."
        found.append(Error(message, hint, id="scoreboard.E003"))
    if keys.private and keys.public and keys.private.public_key() != keys.public:
        hint = "Leave JWT_PUBLIC_KEY unset: it is derived from the private key."
        found.append(Error("JWT_PUBLIC_KEY does not belong to JWT_PRIVATE_KEY.", hint, id="scoreboard.E004"))
    return found


def check_token_claims(**_: object) -> list[CheckMessage]:
    """In production a token must come from the expected issuer and be meant for this service."""
    return [
        Error(
            f"{name} is not set: tokens made for other services would be accepted.",
            f"Set {name} to the value that the issuer writes into its tokens.",
            id=check_id,
        )
        for name, check_id in (("JWT_ISSUER", "scoreboard.E005"), ("JWT_AUDIENCE", "scoreboard.E006"))
        if settings.IN_PRODUCTION and not getattr(settings, name)
    ]


def check_jwks_url(**_: object) -> list[CheckMessage]:
    """In production the outside issuer's keys must be fetched over HTTPS."""
    url = settings.JWT_JWKS_URL
    if not url or url.startswith("https://"):
        return []
    message = "JWT_JWKS_URL is not an https:// address: an attacker on the network could forge tokens."
    return [CheckWarning(message, id="scoreboard.W008")] if settings.IN_PRODUCTION else []


def check_hsts(**_: object) -> list[CheckMessage]:
    """Preload lists take only names that insist on HTTPS for a year, with all subdomains."""
    long_enough = settings.SECURE_HSTS_SECONDS >= SECONDS_PER_YEAR and settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
    if not settings.SECURE_HSTS_PRELOAD or long_enough:
        return []
    hint = f"Set SECURE_HSTS_INCLUDE_SUBDOMAINS=true and SECURE_HSTS_SECONDS to {SECONDS_PER_YEAR} or more."
    return [CheckWarning("SECURE_HSTS_PRELOAD has no effect with these settings.", hint, id="scoreboard.W020")]


def check_hosts(**_: object) -> list[CheckMessage]:
    """In production the server must know its own host names."""
    if not settings.IN_PRODUCTION:
        return []
    hint = "Set DJANGO_ALLOWED_HOSTS to the names that clients use, separated by commas."
    if not settings.ALLOWED_HOSTS:
        return [Error("DJANGO_ALLOWED_HOSTS is empty: every request would get a 400.", hint, id="scoreboard.E009")]
    if "*" in settings.ALLOWED_HOSTS:
        return [Error("DJANGO_ALLOWED_HOSTS accepts any host name.", hint, id="scoreboard.E010")]
    return []


def check_development_leftovers(**_: object) -> list[CheckMessage]:
    """Production must use neither the development secret key nor DEBUG."""
    found: list[CheckMessage] = []
    if settings.IN_PRODUCTION and settings.SECRET_KEY == settings.DEVELOPMENT_SECRET_KEY:
        hint = "Set DJANGO_SECRET_KEY_FILE. To try things out on this machine, set SCOREBOARD_ENVIRONMENT=development."
        found.append(Error("DJANGO_SECRET_KEY is not set.", hint, id="scoreboard.E011"))
    if settings.IN_PRODUCTION and settings.DEBUG:
        message = "DJANGO_DEBUG is on in production: error pages would show the settings."
        found.append(Error(message, "Unset DJANGO_DEBUG.", id="scoreboard.E012"))
    return found


def check_database_pool(**_: object) -> list[CheckMessage]:
    """Django refuses a pool together with persistent connections, but only at the first query."""
    database = settings.DATABASES["default"]
    if not (database["OPTIONS"].get("pool") and database["CONN_MAX_AGE"]):
        return []
    hint = "Leave DATABASE_CONN_MAX_AGE at 0, or set DATABASE_POOL_SIZE=0."
    return [Error("DATABASE_CONN_MAX_AGE cannot be used with a pool.", hint, id="scoreboard.E013")]


def check_pooler_options(**_: object) -> list[CheckMessage]:
    """A transaction pooler refuses the options of a session."""
    if not settings.DATABASE_TRANSACTION_POOLING or "options" not in settings.DATABASES["default"]["OPTIONS"]:
        return []
    hint = "Remove options= from DATABASE_URL, and give the role its settings by ALTER ROLE … SET."
    message = "DATABASE_URL has options=, which PgBouncer refuses in transaction mode."
    return [CheckWarning(message, hint, id="scoreboard.W018")]


def check_database_encoding(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """The database must be able to hold every name. Runs in commands that use the database anyway, such as migrate."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SHOW server_encoding")
                (encoding,) = cursor.fetchone()
        except DatabaseError:
            continue  # the command fails with the same error and explains it
        if encoding != "UTF8":
            hint = "Make a new one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            message = f"The encoding of the database is {encoding}, which cannot hold every name: it must be UTF8."
            found.append(Error(message, hint, id="scoreboard.E019"))
    return found


def check_trusted_proxies(**_: object) -> list[CheckMessage]:
    """None may cover all addresses."""
    if any(network.prefixlen == 0 for network in trusted_networks()):
        message = "TRUSTED_PROXIES trusts every address: a client can claim any address in X-Forwarded-For."
        return [CheckWarning(message, "List only the gateway's addresses.", id="scoreboard.W015")]
    return []


def check_retention(**_: object) -> list[CheckMessage]:
    """A replay rebuilds the first answer from the event, so an event must be kept as long as its request id."""
    months, days = settings.SCORE_EVENTS_RETENTION_MONTHS, settings.SCORE_REQUESTS_RETENTION_DAYS
    if not months or days <= months * DAYS_PER_SHORTEST_MONTH:
        return []
    hint = f"Set SCORE_REQUESTS_RETENTION_DAYS to {months * DAYS_PER_SHORTEST_MONTH} or less."
    return [Error("Request ids are kept longer than the events they refer to.", hint, id="scoreboard.E017")]


CHECKS: Sequence[Check] = (
    check_token_keys,
    check_token_claims,
    check_jwks_url,
    check_hsts,
    check_hosts,
    check_development_leftovers,
    check_database_pool,
    check_pooler_options,
    check_trusted_proxies,
    check_retention,
)
# These run only in commands that name databases.
DATABASE_CHECKS: Sequence[Check] = (check_database_encoding,)
