"""The generation as a whole: the same for a seed, complete or absent, independent of the platform's rules."""

import ast
import hashlib
from pathlib import Path

import pytest

import ops_platform.demo
from ops_platform.demo import generate, is_generated

ROOM = Path(ops_platform.demo.__file__).parent


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_seed_gives_the_same_bytes_and_another_seed_other_sites(demo: Path, tmp_path: Path) -> None:
    again = generate(tmp_path / "again", scale=0.05)
    other = generate(tmp_path / "other", seed=7, scale=0.05, months=2)
    assert fingerprint(again) == fingerprint(demo)
    assert (other / "inbox" / "cells.csv").read_bytes() != (demo / "inbox" / "cells.csv").read_bytes()
    assert not list(other.glob("inbox/alarms_2026-03*"))


def test_a_generation_is_stamped_and_replaces_only_a_generation(demo: Path, tmp_path: Path) -> None:
    assert is_generated(demo, scale=0.05)
    assert not is_generated(demo, scale=0.06)
    assert not demo.with_name("out.part").exists()
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match="empty folder"):
        generate(tmp_path, scale=0.05)
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_progress_is_reported(tmp_path: Path) -> None:
    seen: list[float] = []
    generate(tmp_path / "out", scale=0.05, months=2, progress=lambda _step, share: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_fewer_than_two_months_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        generate(tmp_path / "out", months=1)


def test_the_truth_is_independent_of_the_platform() -> None:
    for module in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] not in {"geo", "assets", "sensors", "expectations"}, (module.name, name)
                assert not name.startswith("ops_platform") or name.startswith("ops_platform.demo"), (module.name, name)


def test_everything_says_that_it_is_made_up(demo: Path) -> None:
    readme = (demo / "README.md").read_text(encoding="utf-8")
    assert "虚构" in readme
    assert "made up" in readme
    cells = (demo / "inbox" / "cells.csv").read_text(encoding="gb18030").splitlines()[1:]
    assert all("演示" in line for line in cells)
