"""Fails when a lock file names a registry's address, lacks a hash, or no longer answers to what it locks.

Plain Python without packages, so that it runs before anything is installed.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"(https?|git\+\w+)://", re.IGNORECASE)
FUNDING = {"funding", "homepage", "bugs", "repository", "license"}


def normal(name: str) -> str:
    """A package name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def python_lock(path: Path) -> list[str]:
    """Faults of one hashed requirements file."""
    text = path.read_text()
    faults = [
        f"{path.name}:{n}: holds an address" for n, line in enumerate(text.splitlines(), 1) if ADDRESS.search(line)
    ]
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        if "--hash=sha256:" not in entry:
            faults.append(f"{path.name}: {entry.splitlines()[0]} has no hash")
    return faults


def locked_names(path: Path) -> set[str]:
    """The packages that a requirements file pins."""
    return {normal(match) for match in re.findall(r"^([A-Za-z0-9._-]+)==", path.read_text(), re.MULTILINE)}


def addresses(node: object, trail: str = "") -> list[str]:
    """Where a package-lock holds an address outside the fields that are about funding and licences."""
    if isinstance(node, dict):
        return [hit for key, value in node.items() if key not in FUNDING for hit in addresses(value, f"{trail}/{key}")]
    if isinstance(node, list):
        return [hit for index, value in enumerate(node) for hit in addresses(value, f"{trail}/{index}")]
    return [trail] if isinstance(node, str) and ADDRESS.search(node) else []


def main() -> int:
    """Prints each fault; 1 when there is one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {normal(re.split(r"[\s\[<>=!~;]", item)[0]) for item in project["project"]["dependencies"]}
    wanted_dev = {normal(re.split(r"[\s\[<>=!~;]", item)[0]) for item in project["dependency-groups"]["dev"]}
    faults: list[str] = []
    for path in sorted([*ROOT.glob("requirements*.txt"), *ROOT.glob("bench/requirements*.txt")]):
        faults += python_lock(path)
    for name, needs in (
        ("requirements.txt", wanted),
        ("requirements-dev.txt", wanted | wanted_dev),
        ("requirements-all.txt", wanted | wanted_dev),
    ):
        for missing in sorted(needs - locked_names(ROOT / name)):
            faults.append(f"{name}: {missing} stands in pyproject.toml and is not locked; compile the locks again")
    lock = json.loads((ROOT / "package-lock.json").read_text())
    faults += [f"package-lock.json: address at {trail}" for trail in addresses(lock)]
    for name, entry in lock["packages"].items():
        if name and not entry.get("integrity"):
            faults.append(f"package-lock.json: {name} has no integrity hash")
    declared = json.loads((ROOT / "package.json").read_text())["dependencies"]
    if lock["packages"][""]["dependencies"] != declared:
        faults.append("package-lock.json: does not answer to package.json; run npm install")
    print("\n".join(faults) or "lock files: hashed, without addresses, complete")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
