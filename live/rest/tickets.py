"""Single-use tickets, valid for 30 s. A page exchanges its token for one, to keep the token out of the address."""

import secrets

import msgspec
from django.conf import settings

from scoreboard_project.api.errors import CacheUnavailable, InvalidToken
from scoreboard_project.runtime.flows.flow import Flow
from scoreboard_project.runtime.lua_script import LuaScript
from scoreboard_project.runtime.redis import RedisUnavailable
from scoreboard_project.runtime.redis_questions import RedisCommand, ScriptCall
from scoreboard_project.tokens.principal import Principal

TICKET_SECONDS = 30
TICKET_BYTES = 24
LONGEST_TICKET = 64

ISSUE_TICKET = LuaScript[None](__file__, "issue_ticket")


def issue_ticket(principal: Principal) -> Flow[str]:
    """Store the principal in Redis under a new ticket. Raises CacheUnavailable."""
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    kept = msgspec.json.encode(principal)
    try:
        yield from ScriptCall(ISSUE_TICKET, [_key(ticket), _key("")], [kept, TICKET_SECONDS])
    except RedisUnavailable:
        raise CacheUnavailable from None
    return ticket


def redeem_ticket(ticket: str) -> Flow[Principal]:
    """Return the ticket's principal and delete the ticket. Raises InvalidToken or CacheUnavailable."""
    if len(ticket) > LONGEST_TICKET or not ticket.isascii():
        raise InvalidToken
    try:
        kept = yield from RedisCommand("GETDEL", _key(ticket))
    except RedisUnavailable:
        raise CacheUnavailable from None
    if kept is None:
        raise InvalidToken
    return msgspec.json.decode(bytes(kept), type=Principal)


def _key(ticket: str) -> str:
    return f"{settings.REDIS_KEY_PREFIX}:live:ticket:{ticket}"
