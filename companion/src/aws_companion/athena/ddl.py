"""DDL: views, partitions, databases, SHOW and DESCRIBE.

CREATE EXTERNAL TABLE is forwarded to the emulator's own Athena.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa
from sqlglot import exp

from aws_companion.athena.catalog import Catalog, Partition, Table, view_input
from aws_companion.athena.execution import Column, QueryFailed, Result, Statement
from aws_companion.athena.s3_objects import ObjectStore
from aws_companion.athena.translate import format_query
from aws_companion.athena.type_names import hive_type

POLL_SECONDS = 0.02
_NAME = r"[`\"]?([\w$]+)[`\"]?"
_PARTITION = re.compile(r"PARTITION\s*\(([^)]*)\)(?:\s*LOCATION\s*'([^']+)')?", re.IGNORECASE)
_PAIR = re.compile(rf"{_NAME}\s*=\s*(?:'([^']*)'|(\w+))")


def create_view(
    tree: exp.Create, statement: Statement, columns: Sequence[Column], catalog: Catalog
) -> Result:
    """Store a view's SQL in the catalog, formatted anew, as Athena does.

    Replacing a view is one call.
    """
    view = tree.this
    database, name = (view.db or statement.database).lower(), view.name.lower()
    sql = format_query(tree.expression)
    typed_columns = [(c.name.lower(), hive_type(c.type), c.type) for c in columns]
    table_input = view_input(name, database, sql, typed_columns)
    is_new = catalog.create_table(database, table_input, if_not_exists=True)
    if not is_new and tree.args.get("replace"):
        if not catalog.table(database, name).view:
            raise QueryFailed(f"TABLE_ALREADY_EXISTS: {database}.{name} is a table, not a view")
        catalog.update_table(database, table_input)
    elif not is_new and not tree.args.get("exists"):
        raise QueryFailed(f"VIEW_ALREADY_EXISTS: line 1:1: View already exists: {database}.{name}")
    return Result("DDL", "CREATE_VIEW")


def run(
    tree: exp.Expr, statement: Statement, catalog: Catalog, objects: ObjectStore, emulator: Any
) -> Result:
    """Run any other statement. Raises `QueryFailed` for an unsupported one."""
    text = " ".join(statement.sql.split()).rstrip("; ")
    kind = str(tree.args.get("kind", "")).upper()
    if isinstance(tree, exp.Create | exp.Drop) and kind in ("DATABASE", "SCHEMA"):
        return _database(tree, catalog)
    if isinstance(tree, exp.Drop) and kind in ("TABLE", "VIEW"):
        return _drop(tree, statement, catalog)
    if isinstance(tree, exp.Create) and kind == "TABLE":
        return _create_table(tree, statement, catalog, emulator)
    for pattern, handler in _STATEMENTS:
        match = re.fullmatch(pattern, text, re.IGNORECASE)
        if match:
            return handler(match, statement, catalog, objects)
    raise QueryFailed(f"NOT_SUPPORTED: {text[:60]}: not supported; see the README of aws-companion")


def lines(substatement: str, text: Iterable[str], *names: str) -> Result:
    """A result of DDL: lines of text whose columns are separated by tabs."""
    cells = pa.array(list(text), pa.string())
    columns = [Column(name, "string") for name in names or ("result",)]
    return Result("UTILITY", substatement, columns, pa.table({"line": cells}))


def _database(tree: exp.Create | exp.Drop, catalog: Catalog) -> Result:
    target = tree.this if isinstance(tree, exp.Create) else tree.args["tables"][0]
    name, exists = target.name.lower(), bool(tree.args.get("exists"))
    if isinstance(tree, exp.Create):
        catalog.create_database(name, if_not_exists=exists)
        return Result("DDL", "CREATE_DATABASE")
    if not tree.args.get("cascade") and name in catalog.databases() and catalog.tables(name):
        raise QueryFailed(f"FAILED: InvalidOperationException: Database {name} is not empty")
    catalog.drop_database(name, if_exists=exists)
    return Result("DDL", "DROP_DATABASE")


def _drop(tree: exp.Drop, statement: Statement, catalog: Catalog) -> Result:
    """Drop a table or a view from the catalog. The files of a table stay, as on AWS."""
    named = tree.args["tables"][0]
    database = (named.db or statement.database).lower()
    catalog.drop_table(database, named.name.lower(), if_exists=bool(tree.args.get("exists")))
    return Result("DDL", f"DROP_{tree.args['kind']}".upper())


def _create_table(
    tree: exp.Create, statement: Statement, catalog: Catalog, emulator: Any
) -> Result:
    """Have the emulator's own Athena create a table. Raises `QueryFailed` if it did not."""
    _run_on_emulator(statement, emulator)
    named = tree.find(exp.Table)
    assert named is not None  # noqa: S101 (a CREATE TABLE names a table)
    database, name = (named.db or statement.database).lower(), named.name.lower()
    try:
        catalog.table(database, name)
    except QueryFailed as error:
        message = f"NOT_SUPPORTED: the emulator's Athena did not create {database}.{name};"
        raise QueryFailed(f"{message} use CreateTable of the Glue API") from error
    return Result("DDL", "CREATE_TABLE")


def _run_on_emulator(statement: Statement, emulator: Any) -> None:
    """Run a statement on the emulator's own Athena. Raises `QueryFailed`."""
    athena = emulator.client("athena")
    started = athena.start_query_execution(
        QueryString=statement.sql,
        QueryExecutionContext={"Database": statement.database},
        ResultConfiguration={"OutputLocation": statement.output},
    )
    while True:
        response = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])
        status = response["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] in ("FAILED", "CANCELLED"):
            raise QueryFailed(f"FAILED: {status.get('StateChangeReason', 'refused')}")
        time.sleep(POLL_SECONDS)


# SHOW, DESCRIBE, ALTER and MSCK

Match = re.Match[str]


def _table(match: Match, statement: Statement, catalog: Catalog) -> Table:
    database, name = match["database"] or statement.database, match["table"]
    return catalog.table(database.lower(), name.lower())


def _show_databases(match: Match, _: Statement, catalog: Catalog, __: ObjectStore) -> Result:
    return lines("SHOW_DATABASES", _matching(catalog.databases(), match["like"]), "database_name")


def _show_tables(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    tables = catalog.tables((match["database"] or statement.database).lower())
    return lines("SHOW_TABLES", _matching([t.name for t in tables], match["like"]), "tab_name")


def _show_views(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    tables = catalog.tables((match["database"] or statement.database).lower())
    names = [table.name for table in tables if table.view]
    return lines("SHOW_VIEWS", _matching(names, match["like"]), "views")


def _show_columns(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    table = _table(match, statement, catalog)
    return lines("SHOW_COLUMNS", [name for name, _ in table.all_columns], "field")


def _show_partitions(
    match: Match, statement: Statement, catalog: Catalog, _: ObjectStore
) -> Result:
    table = _table(match, statement, catalog)
    names = [name for name, _ in table.partition_keys]
    if not names:
        raise QueryFailed(f"FAILED: SemanticException Table {table.name} is not partitioned")
    paths = (
        "/".join(f"{n}={v}" for n, v in zip(names, partition.values, strict=True))
        for partition in catalog.partitions(table)
    )
    return lines("SHOW_PARTITIONS", sorted(paths), "partition")


def _show_properties(
    match: Match, statement: Statement, catalog: Catalog, _: ObjectStore
) -> Result:
    table = _table(match, statement, catalog)
    pairs = (f"{name}\t{value}" for name, value in sorted(table.parameters.items()))
    return lines("SHOW_TABLE_PROPERTIES", pairs, "prpt_name")


def _show_view(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    table = _table(match, statement, catalog)
    if not table.view:
        raise QueryFailed(f"{table.database}.{table.name} is a table, not a view")
    text = [f"CREATE VIEW {table.name} AS", *table.view.splitlines()]
    return lines("SHOW_CREATE_VIEW", text, "Create View")


def _show_table(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    table = _table(match, statement, catalog)
    columns = ", \n".join(f"  `{name}` {kind}" for name, kind in table.columns)
    keys = ", \n".join(f"  `{name}` {kind}" for name, kind in table.partition_keys)
    parts = [f"CREATE EXTERNAL TABLE `{table.name}`(\n{columns})"]
    parts += [f"PARTITIONED BY ( \n{keys})"] if keys else []
    parts += [f"ROW FORMAT SERDE \n  '{table.serde}' "]
    parts += _properties("WITH SERDEPROPERTIES", table.serde_parameters)
    parts += [f"LOCATION\n  '{table.location}'", *_properties("TBLPROPERTIES", table.parameters)]
    return lines("SHOW_CREATE_TABLE", "\n".join(parts).splitlines(), "createtab_stmt")


def _properties(keyword: str, properties: Any) -> list[str]:
    pairs = ", \n".join(f"  '{name}'='{value}'" for name, value in sorted(properties.items()))
    return [f"{keyword} (\n{pairs})"] if pairs else []


def _describe(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    table = _table(match, statement, catalog)
    text = [f"{name:<20}\t{kind:<20}\t" for name, kind in table.all_columns]
    if table.partition_keys:
        text += ["\t \t ", "# Partition Information\t \t ", "# col_name\tdata_type\tcomment"]
        text += [f"{name:<20}\t{kind:<20}\t" for name, kind in table.partition_keys]
    return lines("DESCRIBE_TABLE", text, "col_name")


def _add_partitions(match: Match, statement: Statement, catalog: Catalog, _: ObjectStore) -> Result:
    table = _table(match, statement, catalog)
    partitions = [_partition(table, *clause) for clause in _PARTITION.findall(match["rest"])]
    catalog.add_partitions(table, partitions, if_not_exists=bool(match["exists"]))
    return Result("DDL", "ALTER_TABLE_ADD_PARTITION")


def _drop_partitions(
    match: Match, statement: Statement, catalog: Catalog, _: ObjectStore
) -> Result:
    table = _table(match, statement, catalog)
    registered = {partition.values for partition in catalog.partitions(table)}
    for clause in _PARTITION.findall(match["rest"]):
        values = _partition(table, *clause).values
        if values not in registered and not match["exists"]:
            raise QueryFailed(f"FAILED: SemanticException Partition not found: {clause[0]}")
        catalog.drop_partition(table, values)
    return Result("DDL", "ALTER_TABLE_DROP_PARTITION")


def _partition(table: Table, pairs: str, location: str) -> Partition:
    values_by_name = {name.lower(): text or word for name, text, word in _PAIR.findall(pairs)}
    names = [name for name, _ in table.partition_keys]
    if sorted(values_by_name) != sorted(names):
        raise QueryFailed(f"FAILED: SemanticException partition keys are {', '.join(names)}")
    values = tuple(values_by_name[name] for name in names)
    default = "".join(f"{name}={values_by_name[name]}/" for name in names)
    folder = location or table.location.rstrip("/") + "/" + default
    return Partition(values, folder.rstrip("/") + "/")


def _repair(match: Match, statement: Statement, catalog: Catalog, objects: ObjectStore) -> Result:
    """Register the folders of the form `name=value` that are not yet partitions."""
    table = _table(match, statement, catalog)
    names = [name for name, _ in table.partition_keys]
    folders: list[tuple[tuple[str, ...], str]] = [((), table.location.rstrip("/") + "/")]
    for name in names:
        folders = [
            ((*values, folder.removeprefix(f"{name}=")), f"{parent}{folder}/")
            for values, parent in folders
            for folder in objects.subfolders(parent)
            if folder.startswith(f"{name}=")
        ]
    registered = {partition.values for partition in catalog.partitions(table)}
    missing = [Partition(values, uri) for values, uri in folders if values not in registered]
    catalog.add_partitions(table, missing, if_not_exists=True)
    messages = (
        f"Repair: Added partition to metastore {table.name}:{one.location}" for one in missing
    )
    return lines("MSCK_REPAIR_TABLE", messages)


def _matching(names: Iterable[str], like: str | None) -> list[str]:
    if not like:
        return list(names)
    pattern = "|".join(part.replace("*", ".*") for part in like.split("|"))
    return [name for name in names if re.fullmatch(pattern, name)]


_AT = r"(?:[`\"]?(?P<database>\w+)[`\"]?\.)?[`\"]?(?P<table>[\w$]+)[`\"]?"
_IN = r"(?:\s+(?:IN|FROM)\s+[`\"]?(?P<database>\w+)[`\"]?)?(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?"
StatementHandler = Callable[[Match, Statement, Catalog, ObjectStore], Result]
_STATEMENTS: Sequence[tuple[str, StatementHandler]] = (
    (r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+(?:LIKE\s+)?'(?P<like>[^']*)')?", _show_databases),
    (rf"SHOW\s+TABLES{_IN}", _show_tables),
    (rf"SHOW\s+VIEWS{_IN}", _show_views),
    (rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_AT}", _show_columns),
    (rf"SHOW\s+PARTITIONS\s+{_AT}", _show_partitions),
    (rf"SHOW\s+TBLPROPERTIES\s+{_AT}", _show_properties),
    (rf"SHOW\s+CREATE\s+VIEW\s+{_AT}", _show_view),
    (rf"SHOW\s+CREATE\s+TABLE\s+{_AT}", _show_table),
    (rf"(?:DESCRIBE|DESC)(?:\s+(?:EXTENDED|FORMATTED))?\s+{_AT}", _describe),
    (
        rf"ALTER\s+TABLE\s+{_AT}\s+ADD\s+(?P<exists>IF\s+NOT\s+EXISTS\s+)?(?P<rest>PARTITION.*)",
        _add_partitions,
    ),
    (
        rf"ALTER\s+TABLE\s+{_AT}\s+DROP\s+(?P<exists>IF\s+EXISTS\s+)?(?P<rest>PARTITION.*)",
        _drop_partitions,
    ),
    (rf"MSCK\s+REPAIR\s+TABLE\s+{_AT}", _repair),
)
