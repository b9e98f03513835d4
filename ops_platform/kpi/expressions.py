"""What a KPI computes, as SQL that a reader can check and run, made from its declaration and written nowhere else."""

from collections.abc import Mapping
from datetime import UTC, datetime

import ibis
import ibis.expr.types as ir
import sqlglot
from sqlglot import exp

from ops_platform.facts import Facts
from ops_platform.kpi.catalogue import SUBJECTS
from ops_platform.kpi.definition import Kpi, none
from ops_platform.kpi.measures import COUNTS, tables
from ops_platform.policy import Policy

DIALECT = "duckdb"
NO_MONTH, NO_TIME = "1970-01", datetime(1970, 2, 1, tzinfo=UTC)
WHERE = "where"
_ONE, _ZERO = exp.Literal.number(1), exp.Literal.number(0)


def expressions(kpi: Kpi, schema: ibis.Schema) -> Mapping[str, str]:
    """Return what a KPI sums up over its table, and which rows concern it, as SQL.

    Parameters
    ----------
    schema
        Columns of the KPI's table.

    Returns
    -------
    dict
        An aggregate by the name of each count that the KPI has, and under ``where`` the condition on rows where it has
        one.
    """
    table = ibis.table(schema, name=kpi.table)
    counts = {name: getattr(kpi, name) for name in COUNTS}
    found = {name: _aggregate(_sql(table, count(table))) for name, count in counts.items() if count is not none}
    return found | ({WHERE: _text(_sql(table, kpi.where(table)))} if kpi.where else {})


def schemas(facts: Facts, policy: Policy) -> dict[str, ibis.Schema]:
    """Return the columns of every table over which a KPI is declared."""
    engine = facts.warehouse.connect()
    # As they are of a month in which nothing happened, which costs nothing.
    found = [tables(engine, subject, facts, NO_MONTH, policy, NO_TIME) for subject in SUBJECTS]
    return {name: table.schema() for of_subject in found for name, table in of_subject.items()}


def _sql(table: ir.Table, value: ir.Value) -> exp.Expression:
    """Return the SQL of a value over a table, its columns without quotes and table."""
    query = sqlglot.parse_one(ibis.to_sql(table.select(value=value), dialect=DIALECT), read=DIALECT)
    [projection] = query.selects
    return _plain(projection.unalias())


def _plain(value: exp.Expression) -> exp.Expression:
    """Return SQL without what an engine needs and a reader does not: quotes, brackets, a number's cast to itself."""
    root = exp.Paren(this=value)
    for column in list(root.find_all(exp.Column)):
        column.replace(exp.column(column.name))
    for cast in list(root.find_all(exp.Cast)):
        if isinstance(cast.this, exp.Literal):
            cast.replace(cast.this)
    for twice in list(root.find_all(exp.Not)):
        if isinstance(twice.this.unnest(), exp.Not):
            twice.replace(twice.this.unnest().this)
    for brackets in list(root.find_all(exp.Paren)):
        if brackets is not root and _are_idle(brackets):
            brackets.replace(brackets.this)
    return root.unnest()


def _are_idle(brackets: exp.Paren) -> bool:
    """Tell whether an expression reads the same without its brackets."""
    inside, around = brackets.this, brackets.parent
    if isinstance(inside, exp.Mul):
        return not isinstance(around, exp.Mul | exp.Div)
    if isinstance(inside, exp.Add | exp.Sub):
        first = isinstance(around, exp.Add | exp.Sub) and around.this is brackets
        return first or (isinstance(inside, exp.Add) and isinstance(around, exp.Add))
    return isinstance(around, exp.If) or isinstance(inside, type(around)) or not isinstance(inside, exp.And | exp.Or)


def _aggregate(value: exp.Expression) -> str:
    """Return the sum of a value over rows; what is counted or added where a condition holds has it as a filter."""
    factors = list(value.flatten(unnest=False)) if isinstance(value, exp.Mul) else [value]
    conditions = [_condition(one.unnest()) for one in factors]
    rest = [_known(one) for one, condition in zip(factors, conditions, strict=True) if condition is None]
    summed = f"SUM({' * '.join(map(_text, rest))})" if rest and rest != [_ONE] else "COUNT(*)"
    filters = [_text(one) for one in conditions if one is not None]
    return f"{summed} FILTER (WHERE {' AND '.join(filters)})" if filters else summed


def _condition(value: exp.Expression) -> exp.Expression | None:
    """Return the condition of what is one where it holds and otherwise nothing; None of anything else."""
    if not isinstance(value, exp.Case) or len(value.args["ifs"]) != 1:
        return None
    [branch], otherwise = value.args["ifs"], value.args.get("default")
    return branch.this.unnest() if (branch.args["true"], otherwise) == (_ONE, _ZERO) else None


def _known(value: exp.Expression) -> exp.Expression:
    """Return a term of a sum without what makes its nulls nothing, as which a sum takes them anyway."""
    return value.this if isinstance(value, exp.Coalesce) and value.expressions == [_ZERO] else value


def _text(value: exp.Expression) -> str:
    return str(value.transform(_is_not_null).sql(dialect=DIALECT))


def _is_not_null(node: exp.Expression) -> exp.Expression:
    inside = node.this.unnest() if isinstance(node, exp.Not) else None
    if isinstance(inside, exp.Is) and isinstance(inside.expression, exp.Null):
        return exp.Is(this=inside.this, expression=exp.Not(this=exp.Null()))
    return node
