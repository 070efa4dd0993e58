"""Every setting of the project, read from the environment. docs/settings.md lists all variables.

Importing this module starts nothing and writes nothing.
"""

import logging
from pathlib import Path
from typing import Any

from scoreboard_project.api.origins import own_origins
from scoreboard_project.env import (
    database_from_url,
    read_bool,
    read_choice,
    read_directory,
    read_float,
    read_int,
    read_list,
    read_rsa_key,
    read_secret,
    read_str,
)
from scoreboard_project.env_addresses import (
    read_base_path,
    read_hosts,
    read_http_url,
    read_networks,
    read_origins,
    read_redis_url,
)
from scoreboard_project.runtime.redis_primary.connections import OF_LOOPS, OF_THREADS
from scoreboard_project.runtime.redis_primary.place import connection_options, read_place

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Environment -----------------------------------------------------------------------------------------------------
ENVIRONMENT = read_choice("SCOREBOARD_ENVIRONMENT", "production", ("production", "development"))
IN_PRODUCTION = ENVIRONMENT == "production"
DEVELOPMENT_SECRET_KEY = "development-only-" + "x" * 48
DEBUG = read_bool("DJANGO_DEBUG", default=False)
SECRET_KEY = read_secret("DJANGO_SECRET_KEY", DEVELOPMENT_SECRET_KEY)
ALLOWED_HOSTS = read_hosts("DJANGO_ALLOWED_HOSTS", () if IN_PRODUCTION else ("localhost", "127.0.0.1", "[::1]"))
BASE_PATH = read_base_path("SCOREBOARD_BASE_PATH")
TRUSTED_PROXIES = read_networks("TRUSTED_PROXIES")
# The only ones to see the admin and the metrics; none: everyone.
OPERATOR_ADDRESSES = read_networks("OPERATOR_ADDRESSES", may_be_unix=False)
USE_TLS = read_bool("SCOREBOARD_TLS", default=IN_PRODUCTION)
# Our own pages by name too: a proxy may put the default port, which no Origin header has, into the Host header.
CSRF_TRUSTED_ORIGINS = [*read_origins("DJANGO_CSRF_TRUSTED_ORIGINS"), *own_origins(ALLOWED_HOSTS, has_tls=USE_TLS)]

# --- Django ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    # Before Django's own apps, whose commands it replaces.
    "scoreboard_project",
    # Before Django's own apps: it audits what their commands do.
    "scoreboard_project.audit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "scoreboard_project.worker",
    "scoreboard_project.tokens",
    "action_types",
    "leaderboard",
    "scores",
    "live",
]
MIDDLEWARE = [
    "scoreboard_project.api.request_id.RequestIdMiddleware",
    # Around everything that can refuse a request: a page may read an error only with these headers.
    "scoreboard_project.api.cors.ApiCorsMiddleware",
    "scoreboard_project.limits.operators.OperatorAddressesMiddleware",
    "scoreboard_project.health.HealthMiddleware",
    "scoreboard_project.limits.client_address.ForwardedSchemeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "scoreboard_project.serving.page_middleware.PageSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "scoreboard_project.serving.page_middleware.PageAuthenticationMiddleware",
    "scoreboard_project.serving.page_middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "scoreboard_project.serving.content_security_policy.ContentSecurityPolicyMiddleware",
    "scoreboard_project.audit.middleware.AuditMiddleware",
]
ROOT_URLCONF = "scoreboard_project.urls"
WSGI_APPLICATION = "scoreboard_project.wsgi.application"
ASGI_APPLICATION = "scoreboard_project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Only the admin's addresses end with a slash; a request for one without it is redirected.
APPEND_SLASH = True
# Links and redirects begin with this path; wsgi.py and asgi.py cut it off again.
FORCE_SCRIPT_NAME = BASE_PATH or None
STATIC_URL = f"{BASE_PATH}/static/"
# The pages use the published client module unchanged.
STATICFILES_DIRS = [("scoreboard-client", BASE_DIR / "clients" / "javascript" / "src")]
# In development files are served straight from the apps, so `script/server` needs no collectstatic.
STATIC_ROOT = read_directory("STATIC_ROOT", str(BASE_DIR / "staticfiles") if IN_PRODUCTION else "") or None
WHITENOISE_USE_FINDERS = not IN_PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Pages of other origins ------------------------------------------------------------------------------------------
# One list for the API and for the sockets. No cookies: a game sends its token itself.
CORS_ALLOWED_ORIGINS = read_origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT"]
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "idempotency-key", "if-none-match", "x-request-id"),
    # Sent by engines and libraries of their own accord.
    *("cache-control", "pragma", "user-agent", "x-requested-with", "x-unity-version"),
]
CORS_EXPOSE_HEADERS = ["ETag", "Idempotency-Replayed", "Retry-After", "X-Request-ID"]
# Chrome remembers the answer to a preflight no longer than this.
CORS_PREFLIGHT_MAX_AGE = 7200

# --- HTTPS -----------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = read_bool("SECURE_SSL_REDIRECT", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = read_int("SECURE_HSTS_SECONDS", 31_536_000 if USE_TLS else 0)
# Off unless asked for: they bind names that this server does not answer for, and browsers do not forget them.
SECURE_HSTS_INCLUDE_SUBDOMAINS = read_bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = read_bool("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{BASE_PATH}/"
X_FRAME_OPTIONS = "DENY"

# --- PostgreSQL ------------------------------------------------------------------------------------------------------
DATABASE_CONN_MAX_AGE = read_int("DATABASE_CONN_MAX_AGE", 0)
DATABASE_POOL_SIZE = read_int("DATABASE_POOL_SIZE", 16, minimum=0, maximum=1000)
DATABASE_POOL_TIMEOUT_SECONDS = read_float("DATABASE_POOL_TIMEOUT_SECONDS", 5.0, minimum=0.1)
DATABASE_CONNECT_TIMEOUT_SECONDS = read_int("DATABASE_CONNECT_TIMEOUT_SECONDS", 5, minimum=1)
DATABASE_STATEMENT_TIMEOUT_MS = read_int("DATABASE_STATEMENT_TIMEOUT_MS", 30_000)
DATABASE_LOCK_TIMEOUT_MS = read_int("DATABASE_LOCK_TIMEOUT_MS", 3_000)
DATABASE_TRANSACTION_POOLING = read_bool("DATABASE_TRANSACTION_POOLING", default=False)
DATABASE_PREPARED_STATEMENTS = read_bool("DATABASE_PREPARED_STATEMENTS", default=not DATABASE_TRANSACTION_POOLING)


def _session_options(of_url: str) -> str:
    """What a session begins with; options of DATABASE_URL come last and win."""
    limits = f"-c statement_timeout={DATABASE_STATEMENT_TIMEOUT_MS} -c lock_timeout={DATABASE_LOCK_TIMEOUT_MS}"
    return f"{limits} {of_url}".strip()


def _database() -> dict[str, Any]:
    database = database_from_url(read_secret("DATABASE_URL", "postgresql://scoreboard@127.0.0.1:5432/scoreboard"))
    database["CONN_MAX_AGE"] = DATABASE_CONN_MAX_AGE
    # For connections that threads keep. The pool checks its own.
    database["CONN_HEALTH_CHECKS"] = bool(DATABASE_CONN_MAX_AGE)
    options = {
        "connect_timeout": DATABASE_CONNECT_TIMEOUT_SECONDS,
        "application_name": "scoreboard",
        # These detect a server that vanished without closing its connections within 25 s, not after two hours.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        # Django's default, None, makes psycopg prepare nothing, not even statements run with `prepare=True`.
        "prepare_threshold": 5 if DATABASE_PREPARED_STATEMENTS else None,
        **database["OPTIONS"],
    }
    # A transaction pooler has no session to give options to: see runtime/postgres/limits.py.
    if not DATABASE_TRANSACTION_POOLING:
        options["options"] = _session_options(options.get("options", ""))
    database["OPTIONS"] = options
    if DATABASE_POOL_SIZE:
        database["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": DATABASE_POOL_TIMEOUT_SECONDS,
        }
    return database


DATABASES = {"default": _database()}

HTTP_THREADS = read_int("HTTP_THREADS", 4, minimum=1, maximum=256)

# --- Redis or Valkey: only derived state, which can be flushed at any time -------------------------------------------
REDIS_URL = read_redis_url("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_PLACE = read_place(REDIS_URL)
REDIS_KEY_PREFIX = REDIS_PLACE.key_prefix(read_str("REDIS_KEY_PREFIX", "scoreboard"))
REDIS_TIMEOUT_SECONDS = read_float("REDIS_TIMEOUT_SECONDS", 0.2, minimum=0.01, maximum=60)
REDIS_BREAKER_SECONDS = read_float("REDIS_BREAKER_SECONDS", 1.0, maximum=60)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_PLACE.url,
        "KEY_PREFIX": REDIS_KEY_PREFIX,
        "OPTIONS": {
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            # Django's cache interface counts pages and nothing else: without Redis they are not counted.
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": REDIS_TIMEOUT_SECONDS,
            "SOCKET_TIMEOUT": REDIS_TIMEOUT_SECONDS,
            # By default redis-py makes the caller wait for three retries. RedisBreaker (runtime/) does better.
            "CONNECTION_POOL_KWARGS": {
                "retry": None,
                "retry_on_error": [],
                "max_connections": 512,
                **connection_options(REDIS_PLACE, OF_THREADS),
            },
        },
    },
}

# --- Tokens ----------------------------------------------------------------------------------------------------------
JWT_PRIVATE_KEY = read_rsa_key("JWT_PRIVATE_KEY", "private")
JWT_PUBLIC_KEY = read_rsa_key("JWT_PUBLIC_KEY", "public")
JWT_JWKS_URL = read_http_url("JWT_JWKS_URL")
JWT_JWKS_REFRESH_SECONDS = read_int("JWT_JWKS_REFRESH_SECONDS", 300, minimum=1)
JWT_ISSUER = read_str("JWT_ISSUER", "" if IN_PRODUCTION else "scoreboard")
JWT_AUDIENCE = read_str("JWT_AUDIENCE", "" if IN_PRODUCTION else "scoreboard")
JWT_USER_ID_CLAIM = read_str("JWT_USER_ID_CLAIM", "user_id")
JWT_USERNAME_CLAIM = read_str("JWT_USERNAME_CLAIM", "username")
JWT_LEEWAY_SECONDS = read_int("JWT_LEEWAY_SECONDS", 30, maximum=3600)
JWT_ACCESS_SECONDS = read_int("JWT_ACCESS_SECONDS", 3600, minimum=1)
JWT_REFRESH_SECONDS = read_int("JWT_REFRESH_SECONDS", 14 * 86_400, minimum=1)
JWT_REFRESH_GRACE_SECONDS = read_int("JWT_REFRESH_GRACE_SECONDS", 10, maximum=300)
JWT_CACHE_SIZE = read_int("JWT_CACHE_SIZE", 20_000)

# --- Limits ----------------------------------------------------------------------------------------------------------
SCORE_UPDATES_PER_MINUTE = read_int("SCORE_UPDATES_PER_MINUTE", 100)
BATCH_CALLS_PER_MINUTE = read_int("BATCH_CALLS_PER_MINUTE", 600)
TOKEN_REQUESTS_PER_MINUTE = read_int("TOKEN_REQUESTS_PER_MINUTE", 30)
LOGIN_TRIES_PER_ACCOUNT = read_int("LOGIN_TRIES_PER_ACCOUNT", 20)
PLAYER_PAGES_PER_MINUTE = read_int("PLAYER_PAGES_PER_MINUTE", 120)
# django-ratelimit counts these pages. While Redis is unavailable they are shown uncounted.
RATELIMIT_FAIL_OPEN = True
# Of one kind, in one process. More are answered with OVERLOADED at once.
MAX_WAITING_REQUESTS = read_int("MAX_WAITING_REQUESTS", 1000, minimum=1)
MAX_BODY_BYTES = read_int("MAX_BODY_BYTES", 64 * 1024, minimum=1024, maximum=4 * 1024 * 1024)
SILENCED_SYSTEM_CHECKS = [
    # The gateway redirects to HTTPS. Behind it the API answers plain HTTP.
    "security.W008",
    # HSTS for subdomains and preload lists is the operator's choice.
    *("security.W005", "security.W021"),
]

# --- Boards and ranks ------------------------------------------------------------------------------------------------
STALE_BOARD_SECONDS = read_float("STALE_BOARD_SECONDS", 300.0, maximum=86_400)
RECONCILE_SECONDS = read_float("RECONCILE_SECONDS", 2.0, minimum=0.0, maximum=3600)
SCORE_EVENTS_RETENTION_MONTHS = read_int("SCORE_EVENTS_RETENTION_MONTHS", 0, maximum=1200)
SCORE_REQUESTS_RETENTION_DAYS = read_int("SCORE_REQUESTS_RETENTION_DAYS", 30, minimum=1)

# --- Worker ----------------------------------------------------------------------------------------------------------
# Each app declares its jobs in `jobs.py`.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# A worker that was away for a day begins each periodic job once when it is back.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 86_400}

# --- Detection -------------------------------------------------------------------------------------------------------
# Kinds of flags whose users are held at once.
DETECTION_HOLD_KINDS = read_list("DETECTION_HOLD_KINDS")
# Addresses of game servers, which report for many users.
DETECTION_GAME_SERVERS = read_networks("DETECTION_GAME_SERVERS")
DETECTION_DURATION_FIELD = read_str("DETECTION_DURATION_FIELD", "timeCompleted")
DETECTION_LEVEL_FIELD = read_str("DETECTION_LEVEL_FIELD", "level")
# Each detector has its own: see docs/trust.md.
DETECTION_RATE_ACTIONS = read_int("DETECTION_RATE_ACTIONS", 60, minimum=1)
DETECTION_RATE_FACTOR = read_float("DETECTION_RATE_FACTOR", 3.0, minimum=1.0)
DETECTION_RATE_OWN_FACTOR = read_float("DETECTION_RATE_OWN_FACTOR", 2.0, minimum=0.0)
DETECTION_INTERVALS_ACTIONS = read_int("DETECTION_INTERVALS_ACTIONS", 30, minimum=10)
DETECTION_INTERVALS_SPREAD = read_float("DETECTION_INTERVALS_SPREAD", 0.15, minimum=0.0)
DETECTION_ADDRESS_USERS = read_int("DETECTION_ADDRESS_USERS", 25, minimum=1)
DETECTION_ADDRESS_FACTOR = read_float("DETECTION_ADDRESS_FACTOR", 2.0, minimum=1.0)
DETECTION_AGENT_USERS = read_int("DETECTION_AGENT_USERS", 10, minimum=1)
DETECTION_AGENT_SHARE = read_float("DETECTION_AGENT_SHARE", 0.01, minimum=0.0, maximum=1.0)
DETECTION_NETWORKS = read_int("DETECTION_NETWORKS", 10, minimum=1)
DETECTION_DURATION_FACTOR = read_float("DETECTION_DURATION_FACTOR", 0.6, minimum=0.0, maximum=1.0)
DETECTION_DURATION_TIMES = read_int("DETECTION_DURATION_TIMES", 3, minimum=1)
DETECTION_JUMP_PLACE = read_int("DETECTION_JUMP_PLACE", 10, minimum=1, maximum=100)
DETECTION_JUMP_FACTOR = read_float("DETECTION_JUMP_FACTOR", 1.5, minimum=0.0)
DETECTION_NEWCOMER_FACTOR = read_float("DETECTION_NEWCOMER_FACTOR", 3.0, minimum=1.0)

# --- Audit -----------------------------------------------------------------------------------------------------------
AUDIT_RETENTION_DAYS = read_int("AUDIT_RETENTION_DAYS", 1825, maximum=36_500)

# --- Live boards -----------------------------------------------------------------------------------------------------
LIVE_SOCKETS_PER_USER = read_int("LIVE_SOCKETS_PER_USER", 5)
LIVE_SOCKETS_PER_ADDRESS = read_int("LIVE_SOCKETS_PER_ADDRESS", 50)
LIVE_MAX_SOCKETS = read_int("LIVE_MAX_SOCKETS", 10_000)
LIVE_MESSAGES_PER_10_SECONDS = read_int("LIVE_MESSAGES_PER_10_SECONDS", 20)
LIVE_BROADCAST_INTERVAL_MS = read_int("LIVE_BROADCAST_INTERVAL_MS", 100, maximum=60_000)
LIVE_RECONCILE_SECONDS = read_float("LIVE_RECONCILE_SECONDS", 2.0, minimum=0.1, maximum=60)
LIVE_WRITE_TIMEOUT_SECONDS = read_float("LIVE_WRITE_TIMEOUT_SECONDS", 5.0, minimum=0.1, maximum=60)
LIVE_RECONNECT_SPREAD_MS = read_int("LIVE_RECONNECT_SPREAD_MS", 5_000, maximum=600_000)
LIVE_GOODBYE_SECONDS = read_float("LIVE_GOODBYE_SECONDS", 1.0, maximum=8)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_PLACE.url,
                    "socket_timeout": 5.0,
                    "socket_connect_timeout": 2.0,
                    **connection_options(REDIS_PLACE, OF_LOOPS),
                }
            ],
            "prefix": REDIS_KEY_PREFIX,
        },
    },
}

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["scoreboard_project.api.json_codec.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "scoreboard_project.api.json_codec.JsonNegotiation",
    "DEFAULT_PARSER_CLASSES": ["scoreboard_project.api.json_codec.StrictJsonParser"],
    "EXCEPTION_HANDLER": "scoreboard_project.api.exception_handler.exception_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Scoreboard API",
    "DESCRIPTION": (
        "Games send actions; the server alone decides what they are worth. Ranks are exact at any size.\n\n"
        "Every answer is `{success, data}` or `{success, error: {code, message, details}}` and carries `X-Request-ID`. "
        "An address that does not exist is 404 `NOT_FOUND`, a method that an address does not have 405 "
        "`METHOD_NOT_ALLOWED`. Times are UTC, ISO 8601 with `Z`."
    ),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # No validator: it would send our address to an outside service.
    "SWAGGER_UI_SETTINGS": {
        "validatorUrl": None,
        "tryItOutEnabled": True,
        "displayRequestDuration": True,
        "persistAuthorization": True,
    },
    "CAMELIZE_NAMES": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {"ErrorCode": "scoreboard_project.api.errors.ErrorCode"},
    "COMPONENT_SPLIT_REQUEST": False,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearerAuth": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": (
                    "An access token: RS256, from `POST /api/v1/auth/token`, `manage.py issue_token`, or the "
                    "configured issuer."
                ),
            }
        }
    },
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": BASE_PATH}] if BASE_PATH else [],
}

# --- Metrics ---------------------------------------------------------------------------------------------------------
# prometheus_client reads the variable itself.
PROMETHEUS_MULTIPROC_DIR = read_directory("PROMETHEUS_MULTIPROC_DIR", must_be_writable=True)

# --- Logs ------------------------------------------------------------------------------------------------------------
LOG_LEVEL = read_choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")).upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"short_outages": {"()": "scoreboard_project.runtime.logs.ShortOutages"}},
    "formatters": {"json": {"()": "scoreboard_project.runtime.logs.JsonLogFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "scoreboard": {"level": LOG_LEVEL},
        # scoreboard.request writes one line per request; Django's own lines would repeat it.
        "django.request": {"level": "CRITICAL"},
        "django.server": {"level": "WARNING"},
        # handler400 writes a line that names the setting.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # It retries every second while Redis is unavailable, and logs each failure with a traceback.
        "channels_redis.pubsub": {"filters": ["short_outages"]},
        # The pool retries twice a second while PostgreSQL is unavailable; scoreboard.postgresql logs that once.
        "psycopg.pool": {"level": "ERROR"},
        # These use our formatter, which redacts credentials: access logs contain whole addresses.
        **{name: {"handlers": ["stderr"], "propagate": False} for name in ("uvicorn", "uvicorn.error")},
        # uvicorn's --no-access-log takes the handlers away before it imports the application: they must not come back.
        "uvicorn.access": {
            "handlers": ["stderr"] if logging.getLogger("uvicorn.access").handlers else [],
            "propagate": False,
        },
    },
}
