"""A grammar of SELECT statements, each with the expected result: accepted, or refused and why.

The grammar generates SQL that has one meaning in Athena and in DuckDB, so that DuckDB can execute
a statement without translation. Every query and every relation has the same three columns (`id`,
`tenant_id`, `text`), so that each can replace any other.

`Statement.codes` follows from the construction of the statement: empty if it must be accepted,
otherwise the codes of every offence in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

LAKE = ("documents", "raw")
FORBIDDEN = ("enriched", "compacted")
TENANTS = ("demo", "Demo", "o'brien", "a/b", "x' OR '1' = '1", "\\'", "demo'--", "ü\n--")
ACME = "acme"
"""A tenant that conditions name; no statement is run for it."""
COLUMNS = ("id", "tenant_id", "text")

COMMENTS = ("/* FROM enriched */", "/* ' */", "-- ' ; DROP TABLE documents\n", '-- "\n')
LITERALS = (
    "' FROM enriched'",
    "''' UNION TABLE enriched --'",
    "'/*'",
    "'a'' OR ''1'' = ''1'",
    "'\\'",
)
UNKNOWN = (
    *FORBIDDEN,
    '"ENRICHED"',
    '"documents$partitions"',
    '"raw$files"',
    '"s3://other/x"',
    '"documents "',
    '"information_schema.tables"',
)
OTHER_DATABASES = (
    "echostream.documents",
    'echostream."enriched"',
    "awsdatacatalog.echostream.raw",
    '"lambda:x".a.documents',
    "information_schema.tables",
)
FUNCTIONS = ("read_parquet('s3://other/x')", "sequence(1, 3)", "read_text('s3://other/x')")
NO_NUMBERS_OF_ROWS = (
    "LIMIT (SELECT count(*) FROM documents)",
    "LIMIT 1 + 1",
    "OFFSET 1 + 1",
    "FETCH FIRST 5 PERCENT ROWS ONLY",
)
TABLE_FUNCTIONS = (*FUNCTIONS, "TABLE(system.query(query => 'SELECT 1'))")
SET_OPERATIONS = tuple(
    f"{operation}{kind}"
    for operation in ("UNION", "INTERSECT", "EXCEPT")
    for kind in ("", " ALL", " DISTINCT")
)
JOINS = ("JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL OUTER JOIN")
NATURAL = ("NATURAL JOIN", "NATURAL LEFT JOIN", "NATURAL FULL JOIN")

CONSTRUCTS = frozenset(
    {
        *SET_OPERATIONS,
        *JOINS,
        *NATURAL,
        "CROSS JOIN",
        "comma",
        "USING",
        "parenthesised join",
        "LATERAL",
        "UNNEST",
        "VALUES",
        "TABLE",
        "WITH",
        "nested WITH",
        "WITH in a subquery",
        "WITH before parentheses",
        "name of a lake's table in WITH",
        "name of a forbidden table in WITH",
        "column names in WITH",
        "quoted name",
        "other case",
        "alias",
        "alias with the name of a table",
        "column aliases",
        "derived table",
        "subquery in SELECT",
        "subquery in WHERE",
        "subquery in ORDER BY",
        "EXISTS",
        "IN",
        "aggregate",
        "GROUP BY",
        "window",
        "ORDER BY",
        "LIMIT",
        "OFFSET",
        "FETCH",
        "comment",
        "literal",
        "own tenant by name",
    }
)
"""Every construct of a statement that must be accepted."""

OFFENCES = frozenset(
    {
        "unknown_table",
        "other_database",
        "table_function",
        "table_option",
        "match_recognize",
        "other_tenant",
        "recursive",
        "row_count",
        "not_a_select",
        "many_statements",
    }
)
"""Every code of an offence that the grammar can generate."""


@dataclass(frozen=True)
class Statement:
    """A statement for a tenant, its offences and constructs, and whether it reads the lake."""

    sql: str
    tenant: str
    codes: frozenset[str]
    constructs: frozenset[str]
    reads_lake: bool


class Pick(Protocol):
    """Chooses one of the options."""

    def __call__(self, options: Sequence[T], /) -> T: ...


def quoted(value: str) -> str:
    """A value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


@dataclass
class Writer:
    """Generates one statement, and records its constructs and offences.

    `pick` makes each choice. The parameter `scope` has the names of WITH that are valid at that
    place, in lower case.
    """

    pick: Pick
    tenant: str
    may_offend: bool
    codes: set[str] = field(default_factory=set)
    constructs: set[str] = field(default_factory=set)
    reads_lake: bool = False
    written_names: list[str] = field(default_factory=list)
    aliases: int = 0

    def choose(self, *options: T) -> T:
        return self.pick(options)

    def chance(self, one_in: int) -> bool:
        return self.pick(range(one_in)) == one_in - 1

    def use(self, construct: str) -> str:
        self.constructs.add(construct)
        return construct

    def offends(self) -> bool:
        return self.may_offend and self.chance(4)

    def gap(self) -> str:
        if not self.chance(8):
            return " "
        self.use("comment")
        return f" {self.choose(*COMMENTS)} "

    def new_alias(self) -> str:
        self.aliases += 1
        return f"a{self.aliases}" if self.chance(2) else f'"A {self.aliases}"'

    # Queries

    def query(self, scope: frozenset[str], depth: int) -> str:
        """A query of three columns, with or without WITH, ORDER BY and LIMIT."""
        head = ""
        if depth and self.chance(2):
            head, scope = self.with_clause(scope, depth - 1)
        body, is_plain = self.body(scope, depth)
        if head and body.startswith("("):
            self.use("WITH before parentheses")
        return head + body + self.tail(scope, depth, is_plain)

    def with_clause(self, scope: frozenset[str], depth: int) -> tuple[str, frozenset[str]]:
        """WITH, and the scope after it: a name is valid from the next query on."""
        self.use("WITH")
        if scope:
            self.use("nested WITH")
        free = ["documents", "raw", "compacted", "x", "Y z"]
        queries = []
        for _ in range(self.choose(1, 2, 2)):
            name = self.choose(*free)
            free.remove(name)
            body = self.query(scope, depth)
            columns = ""
            if self.chance(4):
                columns = f" ({', '.join(COLUMNS)})"
                self.use("column names in WITH")
            queries.append(f"{self.in_any_case(name)}{columns} AS{self.gap()}({body})")
            scope |= {name.lower()}
            self.written_names.append(name)
            if name in LAKE:
                self.use("name of a lake's table in WITH")
            if name in FORBIDDEN:
                self.use("name of a forbidden table in WITH")
        recursive = ""
        if self.offends():
            self.codes.add("recursive")
            recursive = "RECURSIVE "
        return f"WITH {recursive}{', '.join(queries)} ", scope

    def body(self, scope: frozenset[str], depth: int) -> tuple[str, bool]:
        """A query without its WITH and ORDER BY; whether it is one SELECT."""
        kind = self.choose("select", "select", "select", "table", "set", "set", "parens")
        if kind == "table":
            self.use("TABLE")
            return f"TABLE {self.table_name(scope)}", False
        if kind == "select" or not depth:
            sql = self.select(scope, depth)
            return sql, not sql.startswith("SELECT DISTINCT")
        if kind == "parens":
            return f"({self.body(scope, depth - 1)[0]})", False
        operation = self.use(self.choose(*SET_OPERATIONS))
        left = self.operand(scope, depth - 1, may_be_values=False)
        right = self.operand(scope, depth - 1, may_be_values=True)
        return f"{left} {operation}{self.gap()}{right}", False

    def operand(self, scope: frozenset[str], depth: int, *, may_be_values: bool) -> str:
        if may_be_values and self.chance(6):
            return self.values()
        if self.chance(2):
            return f"({self.subquery(scope, depth)})"
        return self.body(scope, depth)[0]

    def subquery(self, scope: frozenset[str], depth: int) -> str:
        sql = self.query(scope, depth)
        if sql.startswith("WITH"):
            self.use("WITH in a subquery")
        return sql

    def tail(self, scope: frozenset[str], depth: int, is_plain: bool) -> str:
        """ORDER BY all columns, so that LIMIT always returns the same rows."""
        if not self.chance(3):
            return ""
        self.use("ORDER BY")
        first = ""
        if is_plain and depth and self.chance(3):
            self.use("subquery in ORDER BY")
            first = f"{self.scalar(scope, depth - 1)}, "
        order = f" ORDER BY {first}1, 2, 3"
        if self.offends():
            self.codes.add("row_count")
            return f"{order} {self.choose(*NO_NUMBERS_OF_ROWS)}"
        if self.chance(4):
            self.use("OFFSET")
            order += " OFFSET 1"
        kind = self.choose("none", "limit", "fetch")
        count = self.choose(0, 1, 2, 3, 5, 9)
        if kind == "limit":
            self.use("LIMIT")
            return f"{order} LIMIT {count}"
        if kind == "fetch":
            self.use("FETCH")
            return f"{order} FETCH FIRST {count + 1} ROWS ONLY"
        return order

    def select(self, scope: frozenset[str], depth: int) -> str:
        """One SELECT over joined relations, with or without a condition."""
        one, source = self.source(scope, depth)
        where = ""
        if self.chance(2):
            where = f" WHERE{self.gap()}{self.condition(one, scope, depth)}"
        kind = self.choose("rows", "rows", "rows", "aggregate", "group", "window")
        if kind == "aggregate":
            self.use("aggregate")
            items = f"min({one}.id) AS id, max({one}.tenant_id) AS tenant_id"
            return f"SELECT {items}, CAST(count(*) AS VARCHAR) AS text FROM{source}{where}"
        if kind == "group":
            self.use("GROUP BY")
            items = f"{one}.id, max({one}.tenant_id) AS tenant_id"
            having = " HAVING count(*) > 0" if self.chance(2) else ""
            return (
                f"SELECT {items}, CAST(count({one}.text) AS VARCHAR) AS text FROM{source}{where}"
                f" GROUP BY {one}.id{having}"
            )
        if kind == "window":
            self.use("window")
            third = f"CAST(count(*) OVER (PARTITION BY {one}.tenant_id) AS VARCHAR)"
        else:
            third = self.third_item(one, scope, depth)
        distinct = "DISTINCT " if self.chance(6) else ""
        items = f"{distinct}{one}.id, {one}.tenant_id, {third} AS text"
        return f"SELECT {items} FROM{self.gap()}{source}{where}"

    def third_item(self, one: str, scope: frozenset[str], depth: int) -> str:
        kind = self.choose("column", "column", "literal", "scalar", "exists")
        if kind == "literal":
            self.use("literal")
            return f"{one}.text || {self.choose(*LITERALS)}"
        if kind == "scalar" and depth:
            self.use("subquery in SELECT")
            return self.scalar(scope, depth - 1)
        if kind == "exists" and depth:
            self.use("subquery in SELECT")
            return f"CASE WHEN {self.exists(one, scope, depth - 1)} THEN {one}.text END"
        return f"{one}.text"

    def scalar(self, scope: frozenset[str], depth: int) -> str:
        name = self.new_alias()
        function = self.choose("min", "max", "count")
        column = f"CAST({function}({name}.{self.choose(*COLUMNS)}) AS VARCHAR)"
        return f"(SELECT {column} FROM {self.relation(scope, depth, name)})"

    # Relations

    def source(self, scope: frozenset[str], depth: int) -> tuple[str, str]:
        """The text after FROM, and the name in it whose three columns can be selected."""
        one = self.name_of_relation()
        first = self.relation(scope, depth, one)
        kind = self.choose("one", "one", "join", "join", "natural", "cross", "lateral", "unnest")
        if kind == "natural" and depth:
            other = self.new_alias()
            joined = self.use(self.choose(*NATURAL))
            both = f"{first} {joined} {self.relation(scope, depth - 1, other)}"
            name = self.new_alias()
            columns = ", ".join(COLUMNS)
            return name, f" (SELECT {columns} FROM {both}) AS {name}"
        if kind == "one" or not depth:
            return one, f" {first}"
        if kind == "unnest":
            self.use("UNNEST")
            words = self.new_alias()
            element = self.scalar(scope, depth - 1) if self.chance(3) else f"{one}.text"
            unnest = f"UNNEST(ARRAY[{one}.id, {element}]) AS {words}(w)"
            return one, f" {first} CROSS JOIN {unnest}"
        other = self.new_alias()
        if kind == "lateral":
            return one, f" {first} CROSS JOIN LATERAL {self.lateral(one, other, scope, depth)}"
        if kind == "cross":
            joined = self.choose(" CROSS JOIN ", ", ")
            self.use(joined.strip(" ").replace(",", "comma"))
            return one, f" {first}{joined}{self.relation(scope, depth - 1, other)}"
        return one, self.joined(first, one, self.relation(scope, depth - 1, other), other)

    def lateral(self, one: str, alias: str, scope: frozenset[str], depth: int) -> str:
        if self.offends():
            self.codes.add("table_function")
            return f"{self.choose(*FUNCTIONS)} AS {alias}"
        self.use("LATERAL")
        inner = self.new_alias()
        relation = self.relation(scope, depth - 1, inner)
        return f"(SELECT {inner}.id FROM {relation} WHERE {inner}.id >= {one}.id) AS {alias}"

    def joined(self, first: str, one: str, second: str, other: str) -> str:
        joined = self.use(self.choose(*JOINS))
        conditions = [f"ON {one}.id = {other}.id"]
        if joined != "FULL OUTER JOIN":  # DuckDB supports it for equality only
            conditions += [f"ON {one}.text <> {other}.text", "ON true"]
        condition = self.choose(*conditions)
        if self.chance(3):
            self.use("USING")
            condition = "USING (text)"
        both = f"{first} {joined} {second} {condition}"
        if self.chance(3):
            self.use("parenthesised join")
            return f" ({both})"
        return f" {both}"

    def name_of_relation(self) -> str:
        """The alias of a relation: sometimes the name of another table."""
        if not self.chance(4):
            return self.new_alias()
        self.use("alias with the name of a table")
        return self.choose("documents", "raw", '"Enriched"', "compacted")

    def relation(self, scope: frozenset[str], depth: int, alias: str) -> str:
        """A table or a query with this alias and the three columns."""
        kind = self.choose("table", "table", "table", "derived", "values")
        if kind == "derived" and depth:
            self.use("derived table")
            return f"({self.subquery(scope, depth - 1)}) AS {alias}"
        if kind == "values":
            return f"({self.values()}) AS {alias}({', '.join(COLUMNS)})"
        self.use("alias")
        if self.offends():
            return self.forbidden_relation(alias)
        name = self.table_name(scope)
        if self.chance(6):
            self.use("column aliases")
            return f"{name} AS {alias}({', '.join(COLUMNS)})"
        return f"{name}{self.choose(' AS ', ' ')}{alias}"

    def forbidden_relation(self, alias: str) -> str:
        code = self.choose("table_function", "table_option", "match_recognize", "other_database")
        self.codes.add(code)
        if code == "table_function":
            return f"{self.choose(*TABLE_FUNCTIONS)} AS {alias}"
        if code == "table_option":
            self.reads_lake = True
            return f"{self.choose(*LAKE)} FOR TIMESTAMP AS OF now() AS {alias}"
        if code == "match_recognize":
            self.reads_lake = True
            pattern = "ORDER BY id MEASURES a.id AS x PATTERN (a+) DEFINE a AS true"
            return f"(SELECT * FROM {self.choose(*LAKE)} MATCH_RECOGNIZE ({pattern})) AS {alias}"
        return f"{self.choose(*OTHER_DATABASES)} AS {alias}"

    def table_name(self, scope: frozenset[str]) -> str:
        """The name of a permitted table, or of a forbidden one, whose code is recorded."""
        if self.offends():
            return self.forbidden_name(scope)
        name = self.choose(*LAKE, *sorted(scope), *sorted(scope))
        if name not in scope:
            self.reads_lake = True
        return self.in_any_case(name)

    def forbidden_name(self, scope: frozenset[str]) -> str:
        """A name of no permitted table; another WITH may define it, out of scope here."""
        names = {name.lower() for name in (*self.written_names, *FORBIDDEN)}
        undefined = sorted(names - scope - set(LAKE))
        unbound = [name for name in UNKNOWN if name.strip('"').lower() not in scope]
        if undefined and self.chance(2):
            self.codes.add("unknown_table")
            return self.in_any_case(self.choose(*undefined))
        if self.chance(4):
            self.codes.add("other_database")
            return self.choose(*OTHER_DATABASES)
        self.codes.add("unknown_table")
        return self.choose(*unbound)

    def in_any_case(self, name: str) -> str:
        """A name in any case, with or without quotes: neither engine distinguishes them."""
        if self.chance(2):
            self.use("other case")
            name = self.choose(name.upper(), name.title())
        if " " in name or self.chance(3):
            self.use("quoted name")
            return f'"{name}"'
        return name

    def values(self) -> str:
        self.use("VALUES")
        rows = [f"('v{n}', 'v', {self.choose(*LITERALS)})" for n in range(2)]
        return f"VALUES {', '.join(rows)}"

    # Conditions

    def condition(self, one: str, scope: frozenset[str], depth: int) -> str:
        kind = self.choose("plain", "plain", "tenant", "exists", "in", "compare", "and", "or")
        if self.offends():
            return self.other_tenant(one)
        if kind == "tenant":
            return self.own_tenant(one)
        if kind == "plain" or not depth:
            return self.plain_condition(one)
        if kind in ("and", "or"):
            left = self.condition(one, scope, depth - 1)
            return f"{left} {kind.upper()} {self.condition(one, scope, depth - 1)}"
        return self.subquery_condition(kind, one, scope, depth - 1)

    def subquery_condition(self, kind: str, one: str, scope: frozenset[str], depth: int) -> str:
        self.use("subquery in WHERE")
        if kind == "exists":
            return self.exists(one, scope, depth)
        if kind == "in":
            return self.membership(one, scope, depth)
        return f"{one}.id {self.choose('=', '<>', '>=')} {self.scalar(scope, depth)}"

    def plain_condition(self, one: str) -> str:
        """A condition without a subquery; some are true for the rows of every tenant."""
        self.use("literal")
        return self.choose(
            "true",
            f"{one}.id IS NOT NULL OR true",
            f"{one}.tenant_id <> '{ACME}'",
            f"{one}.tenant_id LIKE '%'",
            f"NOT {one}.tenant_id = {quoted(self.tenant)}",
            f"{one}.text <> {self.choose(*LITERALS)}",
            f"{one}.id LIKE '%1'",
        )

    def exists(self, one: str, scope: frozenset[str], depth: int) -> str:
        self.use("EXISTS")
        inner = self.new_alias()
        relation = self.relation(scope, depth, inner)
        negation = self.choose("", "NOT ")
        return f"{negation}EXISTS (SELECT 1 FROM {relation} WHERE {inner}.id > {one}.id)"

    def membership(self, one: str, scope: frozenset[str], depth: int) -> str:
        self.use("IN")
        inner = self.new_alias()
        selected = f"SELECT {inner}.id FROM {self.relation(scope, depth, inner)}"
        return f"{one}.id {self.choose('IN', 'NOT IN', '= ANY', '>= ALL')} ({selected})"

    def own_tenant(self, one: str) -> str:
        self.use("own tenant by name")
        own = quoted(self.tenant)
        return self.choose(
            f"{one}.tenant_id = {own}",
            f'{own} = {one}."TENANT_ID"',
            f"{one}.tenant_id IN ({own}, {own})",
        )

    def other_tenant(self, one: str) -> str:
        self.codes.add("other_tenant")
        own = quoted(self.tenant)
        return self.choose(
            f"{one}.tenant_id = '{ACME}'",
            f"'{ACME}' = {one}.\"TENANT_ID\"",
            f"{one}.tenant_id IN ({own}, '{ACME}')",
            f"NOT {one}.tenant_id IN ('{ACME}')",
            f"{one}.tenant_id IS NOT DISTINCT FROM '{ACME}'",
        )

    # Statements other than SELECT

    def wrapped(self, sql: str) -> str:
        """The statement itself, or as a part of another one that must be refused."""
        if not self.may_offend or not self.chance(8):
            return sql
        code, text = self.choose(
            ("not_a_select", f"CREATE TABLE x AS {sql}"),
            ("not_a_select", f"INSERT INTO documents {sql}"),
            ("not_a_select", f"EXPLAIN {sql}"),
            ("not_a_select", f"UNLOAD ({sql}) TO 's3://x/' WITH (format = 'PARQUET')"),
            ("many_statements", f"{sql}; TABLE enriched"),
        )
        self.codes.add(code)
        if text.startswith("CREATE"):
            self.codes.add("invalid_sql")  # sqlglot cannot parse CREATE TABLE x AS (TABLE y)
        return text


def write(pick: Pick, tenants: Sequence[str] = TENANTS) -> Statement:
    """One statement; about three in four must be accepted."""
    writer = Writer(pick, pick(tenants), may_offend=pick((False, False, True)))
    sql = writer.wrapped(writer.query(frozenset(), pick((0, 1, 2, 2))))
    return Statement(
        sql,
        writer.tenant,
        frozenset(writer.codes),
        frozenset(writer.constructs),
        writer.reads_lake,
    )


@cache
def _one_of(options: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Cached: Hypothesis takes longer to create a strategy than to draw from it."""
    return st.sampled_from(options)


@st.composite
def statements(draw: st.DrawFn, tenants: Sequence[str] = TENANTS) -> Statement:
    """Statements that Hypothesis chooses, and shrinks after a failure."""

    def pick(options: Sequence[T], /) -> T:
        option: T = draw(_one_of(options))
        return option

    return write(pick, tenants)
