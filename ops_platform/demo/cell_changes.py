"""Changes on cells with a true effect: drops that became fewer, that became more, and that stayed as they were."""

import numpy as np

from ops_platform.demo.books import Books
from ops_platform.demo.branch import Branch
from ops_platform.demo.period import DAY, HOUR
from ops_platform.demo.radio import Block

FACTORS = (0.4, 2.2, 1.0)
KINDS = ("tilt", "power", "parameter")
CELLS_A_STORY = 40
"""Of how many cells of an office one is improved, one made worse and one changed to no effect; at least one is."""
FIRST_DAY, DAYS = 14, 4
"""Since the beginning of the last closed month but one, so that four weeks on either side are known."""


def plan_changes(rng: np.random.Generator, branch: Branch, books: Books) -> None:
    """Write down the changes of each office, on cells that nobody else touched; what others did had no effect."""
    books.changes += [{"action_id": row["action_id"], "factor": 1.0} for row in books.rows["optimisation_actions"]]
    touched = {row["cell_id"] for row in books.rows["optimisation_actions"]}
    begin = books.period.edges[-3] + FIRST_DAY
    for office in branch.offices:
        cells = [cell for cell in branch.cells if cell.site.office_id == office.office_id
                 and cell.technology == "GSM" and not cell.site.special and cell.cell_id not in touched]  # fmt: skip
        chosen = rng.permutation(len(cells))[: len(FACTORS) * max(1, len(cells) // CELLS_A_STORY)]
        for place, index in enumerate(chosen.tolist()):
            cell, factor = cells[index], FACTORS[place % len(FACTORS)]
            day = begin + int(rng.integers(DAYS))
            row = books.add(
                "optimisation_actions", action_id=books.serial("optimisation_actions", "YH"), cell_id=cell.cell_id,
                action=KINDS[place % len(KINDS)], old_value="4", new_value="6", done_at=day * DAY + 14 * HOUR,
                staff_id=branch.people(office.office_id, "maintenance")[0],
            )  # fmt: skip
            books.changes.append({"action_id": row["action_id"], "cell_id": cell.cell_id, "day": day, "factor": factor})
            books.scenarios[f"cell_change_{factor}"] += 1


def apply_changes(rng: np.random.Generator, books: Books, block: Block) -> None:
    """Make the drops of a block what they truly were after the changes, from the day after each on."""
    drops = block.counters.get("drops")
    if drops is None:
        return
    rows = {cell.cell_id: row for row, cell in enumerate(block.cells)}
    for change in books.changes:
        row, first = rows.get(change.get("cell_id", "")), change.get("day", 0) + 1 - block.first_day
        if row is None or change["factor"] == 1.0 or first >= drops.shape[1]:
            continue
        mine = drops[row, max(0, first) :]
        if change["factor"] < 1:
            mine[...] = rng.binomial(mine, change["factor"])
        else:
            most = block.counters["tch_seizures"][row, max(0, first) :]
            mine[...] = np.minimum(most, mine + rng.poisson(mine * (change["factor"] - 1)))
