"""The proxy that the environment names for a server (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY), if any."""

from importlib.util import find_spec
from ipaddress import ip_address
from urllib.request import getproxies, proxy_bypass

import httpx


def environment_proxy(url: httpx.URL) -> str | None:
    """The same one for requests and live boards. None for this machine itself, as in browsers, and for NO_PROXY."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    if is_this_machine(url.host) or proxy_bypass(host) or proxy_bypass(f"{host}:{url.port}" if url.port else host):
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def can_use(proxy: str | None, library: str) -> bool:
    """False for a SOCKS proxy without the library that speaks with it."""
    return not (proxy and proxy.startswith("socks")) or find_spec(library) is not None


def missing(library: str) -> str:
    """What to tell whoever set that proxy."""
    return (
        f"The environment names a SOCKS proxy, and {library} is not installed. "
        "Install scoreboard-client[socks], or pass trust_env=False to connect without the proxy"
    )


class WithoutSocks(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Stands in for a proxy that httpx cannot use: a client can be made, and its requests say what is missing."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol(missing("socksio"))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)
