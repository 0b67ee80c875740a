"""Copies the browser libraries from ``node_modules`` into ``static/vendor``: ``python -m commercebrain.web.assets``.

The libraries are dependencies of the project (``package.json``), not files of it. Only what pages load is copied;
the pointers to source maps are cut off, since the manifest storage would look for files that are not shipped.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from commercebrain.engine.errors import UserError

STATIC = Path(__file__).resolve().parent / "static"
VENDOR = STATIC / "vendor"

# Source below node_modules → name below static/vendor.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/core/LICENSE": "tabler/LICENSE",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "icons/tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "icons/fonts/tabler-icons.woff2",
    "@tabler/icons-webfont/LICENSE": "icons/LICENSE",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "@alpinejs/csp/dist/cdn.min.js": "alpine/alpine-csp.min.js",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
}
OPTIONAL = {"LICENSE", "NOTICE"}  # some packages carry their licence in package.json alone

SOURCE_MAP = re.compile(rb"(?m)^\s*(?://[#@]|/\*[#@])\s*sourceMappingURL=[^\n]*$|/\*# sourceMappingURL=[^*]*\*/")
# Every browser that runs the rest of the page reads woff2; the older formats would be dead weight.
FONT_SOURCES = re.compile(rb'(@font-face\{[^}]*?src:)[^}]*?(url\("[^"]*?\.woff2)[^"]*("\) format\("woff2"\))[^}]*')


def find_node_modules(start: Path | None = None) -> Path:
    """The nearest ``node_modules`` from ``start`` upwards (default: the current folder, then the checkout).

    Raises :class:`UserError` (``assets.no_node_modules``) when there is none.
    """
    for origin in [start] if start else [Path.cwd(), Path(__file__).resolve().parent]:
        for folder in (origin, *origin.parents):
            if (folder / "node_modules").is_dir():
                return folder / "node_modules"
    raise UserError(
        "assets.no_node_modules",
        "找不到 node_modules：请先在项目根目录运行 npm ci（或 make setup），再重试。",
        "node_modules is not there: run npm ci (or make setup) in the project's root first, then try again.",
    )


def copy_assets(node_modules: Path, vendor: Path = VENDOR) -> list[Path]:
    """Copies what pages need and returns the files written; unchanged files are left alone.

    Raises :class:`UserError` (``assets.missing_file``) naming the package whose file is absent.
    """
    written = []
    for source, name in FILES.items():
        origin, goal = node_modules / source, vendor / name
        if not origin.is_file():
            if origin.name in OPTIONAL:
                continue
            raise UserError(
                "assets.missing_file",
                f"前端文件 {source} 不在 node_modules 里：请运行 npm ci 重新安装。",
                f"The browser library file {source} is not in node_modules: run npm ci to install it again.",
            )
        content = origin.read_bytes()
        if goal.suffix in {".css", ".js"}:
            content = SOURCE_MAP.sub(b"", content)
        if goal.name == "tabler-icons.min.css":
            content = FONT_SOURCES.sub(rb"\1\2\3", content)
        if not goal.is_file() or goal.read_bytes() != content:
            goal.parent.mkdir(parents=True, exist_ok=True)
            goal.write_bytes(content)
            written.append(goal)
    return written


def main() -> int:
    """The command; 0 when everything is in place, 1 with a sentence when not."""
    try:
        written = copy_assets(find_node_modules())
    except UserError as fault:
        print(f"{fault.zh}\n{fault.en}", file=sys.stderr)
        return 1
    print(f"static/vendor: {len(written)} of {len(FILES)} files written, the rest unchanged")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
