"""Connections to whichever server is the primary when they are opened, and which end when it is no longer that."""

from typing import Any

from django.conf import settings
from redis import Connection, Redis, SSLConnection
from redis.asyncio import Connection as LoopConnection
from redis.asyncio import Redis as LoopRedis
from redis.asyncio import SSLConnection as LoopSSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, ReadOnlyError, RedisError

from scoreboard_project.runtime.redis_primary.place import Address, RedisPlace

NO_PRIMARY = "nobody knows a primary"
NO_LONGER = "this server is no longer the primary"
# The beginnings of the errors that say so, for who reads answers without redis-py.
NO_LONGER_CODES = frozenset({"READONLY", "MOVED"})


class FollowingConnection(Connection):
    """Of threads."""

    def __init__(self, *, place: RedisPlace, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._place = place

    def _connect(self) -> Any:  # noqa: ANN401 - redis-py's
        self.host, self.port = self._find_primary()
        return super()._connect()  # type: ignore[no-untyped-call]

    def _find_primary(self) -> Address:
        for host, port in self._place.nodes:
            options = {"host": host, "port": port, "socket_timeout": self.socket_timeout, **_login(self)}
            asked = Redis(**options, socket_connect_timeout=self.socket_connect_timeout, ssl=_has_tls(self))
            try:
                # redis-py would give each question's answer another form.
                asked.response_callbacks.clear()
                found = self._place.answered(asked.execute_command(*self._place.question), settings.REDIS_KEY_PREFIX)
            except RedisError:
                continue
            finally:
                asked.close()
            if found:
                return found[0] or host, found[1]
        raise RedisConnectionError(NO_PRIMARY)

    def read_response(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        try:
            return super().read_response(*args, **options)  # type: ignore[no-untyped-call]
        except (ReadOnlyError, MovedError):
            self.disconnect()  # type: ignore[no-untyped-call]
            raise RedisConnectionError(NO_LONGER) from None


class FollowingSSLConnection(FollowingConnection, SSLConnection):
    """Of threads, with TLS."""


class FollowingLoopConnection(LoopConnection):
    """Of event loops."""

    def __init__(self, *, place: RedisPlace, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._place = place

    async def _connect(self) -> None:
        self.host, self.port = await self._find_primary()
        await super()._connect()  # type: ignore[no-untyped-call]

    async def _find_primary(self) -> Address:
        for host, port in self._place.nodes:
            options = {"host": host, "port": port, "socket_timeout": self.socket_timeout, **_login(self)}
            asked = LoopRedis(**options, socket_connect_timeout=self.socket_connect_timeout, ssl=_has_tls(self))
            try:
                asked.response_callbacks.clear()
                answer = await asked.execute_command(*self._place.question)
                found = self._place.answered(answer, settings.REDIS_KEY_PREFIX)
            except RedisError:
                continue
            finally:
                await asked.aclose()
            if found:
                return found[0] or host, found[1]
        raise RedisConnectionError(NO_PRIMARY)

    async def read_response(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        try:
            return await super().read_response(*args, **options)
        except (ReadOnlyError, MovedError):
            await self.disconnect()
            raise RedisConnectionError(NO_LONGER) from None


class FollowingLoopSSLConnection(FollowingLoopConnection, LoopSSLConnection):
    """Of event loops, with TLS."""


def _login(connection: Any) -> dict[str, Any]:  # noqa: ANN401 - of threads or loops
    """A node of a Cluster is asked by who uses it. Sentinels must let anyone ask who is the primary."""
    if connection._place.name:
        return {}
    return {"username": connection.username, "password": connection.password}


def _has_tls(connection: object) -> bool:
    return isinstance(connection, (SSLConnection, LoopSSLConnection))


OF_THREADS = {"redis": FollowingConnection, "rediss": FollowingSSLConnection}
OF_LOOPS = {"redis": FollowingLoopConnection, "rediss": FollowingLoopSSLConnection}
