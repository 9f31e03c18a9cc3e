"""A migrated database is the declared one: tables, keys, indexes, functions, triggers, read from PostgreSQL itself."""

import importlib

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.compiler import compiles
from sqlmodel import AutoString, SQLModel

from routing.database import upgrade
from routing.database.sql_functions import declared, replace_functions

pytestmark = pytest.mark.thorough

for room in ("casework", "contacts", "engine", "place", "process"):
    importlib.import_module(f"routing.{room}.tables")

PARTS = {
    "columns": "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),"
    " a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE {ours} AND c.relkind = 'r'",
    "indexes": "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE {ours}",
    "constraints": "SELECT c.relname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c"
    " ON c.oid = k.conrelid WHERE {ours} AND k.contype <> 'n'",
    "functions": "SELECT pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc') FROM pg_proc p"
    " WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS"
    " (SELECT FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')",
    "triggers": "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE NOT t.tgisinternal",
}
OURS = "c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'"


@compiles(AutoString, "postgresql")
def _as_text(*_, **__):
    """SQLModel says VARCHAR where the migrations say text, which PostgreSQL treats alike."""
    return "text"


@pytest.fixture(scope="module")
def urls(postgres):
    """Two databases: one that went through all migrations, one made of what is declared."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        for name in ("migrated", "made_new"):
            server.execute(f"CREATE DATABASE {name}")
    upgrade(postgres.url("migrated"))
    engine = create_engine(postgres.url("made_new").replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE EXTENSION pg_trgm")
        connection.exec_driver_sql("SET check_function_bodies = off")
        for body in declared().values():  # the triggers of the tables call them
            connection.exec_driver_sql(body.replace("%", "%%"))
        SQLModel.metadata.create_all(connection)
        replace_functions(connection)
    engine.dispose()
    yield postgres.url("migrated"), postgres.url("made_new")
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
        for name in ("migrated", "made_new"):
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("part", PARTS)
def test_a_migrated_database_is_the_declared_one(urls, part):
    migrated, made = (read(url, part) for url in urls)
    assert migrated - made == set()
    assert made - migrated == set()
    assert migrated


def read(url, part):
    with psycopg.connect(url) as connection:
        return {" | ".join(map(str, row)) for row in connection.execute(PARTS[part].format(ours=OURS)).fetchall()}


def test_each_file_makes_the_one_function_that_it_is_called_after(urls):
    with psycopg.connect(urls[0]) as connection:
        made = connection.execute(
            "SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS"
            " (SELECT FROM pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e')"
        ).fetchall()
    assert sorted(name for (name,) in made) == sorted(declared())
    for name, body in declared().items():
        assert body.startswith(f"CREATE OR REPLACE FUNCTION {name}(")


def test_a_database_that_has_them_is_only_asked_and_one_that_was_changed_is_mended(urls):
    engine = create_engine(urls[0].replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert replace_functions(connection) == []
        connection.exec_driver_sql("COMMENT ON FUNCTION address_hash IS 'of a former version'")
        assert replace_functions(connection) == ["address_hash"]
        connection.rollback()
    engine.dispose()
