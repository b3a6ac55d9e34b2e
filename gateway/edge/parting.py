"""What a door that is going to close says of it, in headers that machines read."""

from email.utils import format_datetime

from gateway.edge.matching import Route


def parting_words(route: Route) -> list[tuple[bytes, bytes]]:
    """`Deprecation` (RFC 9745), `Sunset` (RFC 8594) and links to what takes its place."""
    if route.deprecated is None:
        return []
    said = [(b"deprecation", b"@%d" % int(route.deprecated.timestamp()))]
    if route.sunset is not None:
        said.append((b"sunset", format_datetime(route.sunset, usegmt=True).encode()))
    if route.successor:
        said.append((b"link", f'<{route.successor}>; rel="successor-version"'.encode()))
    return said
