"""``ops siting``: a problem from CSV files, solved and written; what is wrong with a file is said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ops_platform.cli import main


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Two patches of five points, ten apart from patch to patch's rim at least, and a lonely one of little traffic."""
    patch = np.array([[0, 0], [3, 0], [0, 3], [3, 3], [1, 1]])
    rows = np.concatenate([patch + 20, patch + 60, [[0, 90]]])
    file = tmp_path / "weak.csv"
    traffic = [10.0] * 10 + [1.0]
    pd.DataFrame({"x": rows[:, 0], "y": rows[:, 1], "traffic": traffic}).to_csv(file, index=False)
    return file


def test_it_covers_the_share_at_least_cost(points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sites = tmp_path / "sites.csv"
    sites.write_text("id,x,y\n1,14,14\n", encoding="utf-8")
    out = tmp_path / "new.csv"
    main(
        ["siting", "solve", str(points), "--sites", str(sites), "--moves", "100", "--certify", "30", "--out", str(out)]
    )
    rows = pd.read_csv(out)
    assert rows["type"].tolist() == ["micro", "micro"]
    assert rows["cost_so_far"].tolist() == [1.0, 2.0]
    assert rows["share_so_far"].iloc[-1] == pytest.approx(100 / 101)
    assert (np.hypot(rows["x"] - 14, rows["y"] - 14) >= 10).all()
    said = capsys.readouterr().out
    assert "cost: 2" in said
    assert "99.0099%" in said
    assert "at least 100.00% of the optimum" in said


def test_a_budget_or_a_number_asks_for_most_traffic(points: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    kind = ["--type", "big:100:3:0", "--type", "small:10:1:0"]
    main(["siting", "solve", str(points), *kind, "--budget", "2.5", "--moves", "0", "--out", str(out)])
    assert pd.read_csv(out)["type"].tolist() == ["small", "small"]
    main(["siting", "solve", str(points), *kind, "--count", "1", "--moves", "0", "--out", str(out)])
    assert pd.read_csv(out)["type"].tolist() == ["big"]


def test_it_puts_points_into_classes(points: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "classes.csv"
    main(["siting", "cluster", str(points), "--out", str(out)])
    assert pd.read_csv(out)["class"].tolist() == [0] * 5 + [1] * 5 + [2]
    assert "11 点 points, 3 类 classes, 最大 largest 5" in capsys.readouterr().out


def test_files_in_chinese_are_read(tmp_path: Path) -> None:
    file, out = tmp_path / "弱覆盖.csv", tmp_path / "classes.csv"
    file.write_bytes("x,y,业务量\n1,2,3\n".encode("gb18030"))
    main(["siting", "cluster", str(file), "--out", str(out)])
    assert pd.read_csv(out)["traffic"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n", "no column traffic"),
        ("x,y,traffic\n1,2,3\n1,two,3\n", "row 3, y = two: 不是数"),
        ("x,y,traffic\n1,2,-3\n", "row 2, traffic = -3.0: 负值"),
        ("x,y,traffic\n1,2,inf\n", "row 2, traffic = inf"),
        ("", "is empty"),
        ("x,y,traffic\n1,2,0\n", "nothing to cover"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "weak.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=message):
        main(["siting", "solve", str(file), "--out", str(tmp_path / "new.csv")])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cover", "1.5"], "--cover 1.5"),
        (["--type", "macro:30:10"], "--type macro:30:10: "),
        (["--type", "macro:0:1:1"], "kind macro: radius"),
        (["--step", "0"], "--step 0"),
        (["--type", "micro:10:1:1000"], "not the target"),
    ],
)
def test_what_is_wrong_with_the_question_is_said(
    points: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        main(["siting", "solve", str(points), *options, "--out", str(tmp_path / "new.csv")])
