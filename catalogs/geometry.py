"""Outlines of regions as GeoJSON, checked: polygons with holes, across the date line and around a pole.

References
----------
Butler, H., et al., 2016: The GeoJSON format. RFC 7946: 3.1.6 a polygon's first ring is its edge and the
others are holes, rings are closed; 3.1.9 what crosses the date line should be cut there. We take both what is
cut and longitudes that go on beyond 180, and refuse an edge that may be meant either way round the Earth.
"""

import json
import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import fsspec

Ring = tuple[tuple[float, float], ...]
Polygons = tuple[tuple[Ring, ...], ...]
"""Polygons of rings of (longitude, latitude): the edge, then holes. Rings are not closed."""


def read_geojson(url: str) -> dict[str, Any]:
    """Polygons of a GeoJSON file on any fsspec URL, as one geometry; ``ValueError`` says what is wrong."""
    try:
        with fsspec.open(url, "rb") as file:
            content = json.load(file)
    except OSError as error:
        raise ValueError(f"cannot read {url}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{url} is not JSON: {error}") from error
    found = list(_polygons(content, url))
    if not found:
        raise ValueError(f"{url} holds no polygon")
    return {"type": "MultiPolygon", "coordinates": found}


def _polygons(content: Any, url: str) -> Iterator[Any]:
    """Coordinates of every polygon of a GeoJSON object."""
    kind = content.get("type") if isinstance(content, Mapping) else None
    if kind == "FeatureCollection":
        for feature in content.get("features") or ():
            yield from _polygons(feature, url)
    elif kind == "Feature":
        yield from _polygons(content.get("geometry"), url)
    elif kind == "GeometryCollection":
        for geometry in content.get("geometries") or ():
            yield from _polygons(geometry, url)
    elif kind == "Polygon":
        yield content.get("coordinates")
    elif kind == "MultiPolygon":
        yield from content.get("coordinates") or ()
    else:
        raise ValueError(f"{url}: a region is made of Polygon or MultiPolygon, not {kind!r}")


def polygons_of(geometry: Mapping[str, Any]) -> Polygons:
    """Checked polygons of a GeoJSON geometry; ``ValueError`` says which ring is wrong and why."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"geometry must be a Polygon or a MultiPolygon, not {kind!r}")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list | tuple) or not polygons:
        raise ValueError(f"{kind} has no coordinates")
    return tuple(_polygon(rings, f"polygon {n}") for n, rings in enumerate(polygons, 1))


def _polygon(rings: Any, name: str) -> tuple[Ring, ...]:
    if not isinstance(rings, list | tuple) or not rings:
        raise ValueError(f"{name} has no ring")
    edge, *holes = (_closed(_positions(r, f"{name}, ring {n}"), f"{name}, ring {n}")
                    for n, r in enumerate(rings, 1))  # fmt: skip
    return checked_ring(edge, name), *(_within(checked_ring(h, name), edge, name) for h in holes)


def _positions(ring: Any, name: str) -> Ring:
    try:
        return tuple((float(p[0]), float(p[1])) for p in ring)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise ValueError(f"{name}: a position must be [longitude, latitude]: {error}") from error


def _closed(ring: Ring, name: str) -> Ring:
    """A closed ring without the repeated position."""
    if len(ring) < 4:
        raise ValueError(f"{name} has {len(ring)} positions, a closed ring needs 4")
    if ring[0] == ring[-1]:
        return ring[:-1]
    if ring[0][1] == ring[-1][1] and (ring[0][0] - ring[-1][0]) % 360 == 0:
        raise ValueError(f"{name} goes round the Earth and so round a pole: {POLE}")
    raise ValueError(f"{name} is not closed: it begins at {ring[0]} and ends at {ring[-1]}")


POLE = "let it follow the meridians -180 and 180 to the pole and close along the pole's latitude"


def checked_ring(ring: Ring, name: str, furthest: float = 90.0) -> Ring:
    """A ring (not closed) whose edges mean one way only; straight in longitude and latitude.

    Edges that are passed both ways, by which parts and holes may be joined, enclose nothing and may be long.
    ``furthest`` is the largest latitude.
    """
    for lon, lat in ring:
        if not (math.isfinite(lon) and abs(lat) <= furthest and abs(lon) <= 540):
            raise ValueError(f"{name}: no place at longitude {lon:g}, latitude {lat:g}")
    if len(set(ring)) < 3:
        raise ValueError(f"{name} has fewer than 3 different corners")
    east = [lon for lon, _ in ring]
    if max(east) - min(east) > 360:
        raise ValueError(f"{name} spans {max(east) - min(east):g} degrees of longitude, more than the Earth")
    edges = list(pairwise((*ring, ring[0])))
    there = set(edges)
    for a, b in edges:
        if 180 < abs(b[0] - a[0]) < 360 and (b, a) not in there:
            raise ValueError(_either_way(a, b, name))
    return ring


def _either_way(a: tuple[float, float], b: tuple[float, float], name: str) -> str:
    return (
        f"{name}: the edge from ({a[0]:g}, {a[1]:g}) to ({b[0]:g}, {b[1]:g}) spans {abs(b[0] - a[0]):g} "
        "degrees of longitude. Across the date line cut the polygon there (RFC 7946, 3.1.9) or let "
        f"longitudes go on beyond 180; the long way round put a corner between; around a pole {POLE}"
    )


def _within(hole: Ring, edge: Ring, name: str) -> Ring:
    """A hole on the same turn of longitude as the polygon's edge."""
    west, east = min(lon for lon, _ in edge), max(lon for lon, _ in edge)
    first = min(lon for lon, _ in hole)
    turned = tuple((lon + west + (first - west) % 360 - first, lat) for lon, lat in hole)
    south, north = min(lat for _, lat in edge), max(lat for _, lat in edge)
    if any(lon > east or not south <= lat <= north for lon, lat in turned):
        raise ValueError(f"{name} has a hole that reaches beyond its edge")
    return turned
