"""Tests of what is said if the setting `database` is wrong, with what to do about it."""

import pytest

from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.ports.errors import StoreUnavailable
from tests.postgres_server import shared_server


async def use(url, folder):
    """Use a database as a server does first."""
    database = PostgresDatabase(parse_postgres_url(url, folder))
    try:
        return await database.read_rows("SELECT 1 AS one", {})
    finally:
        await database.close()


async def refusal(url, folder):
    """Return what the first use of a database says."""
    with pytest.raises((DatabaseUnusable, StoreUnavailable)) as raised:
        await use(url, folder)
    return str(raised.value)


async def test_a_user_without_rights_on_the_tables_is_told_what_to_grant(url, driver, tmp_path):
    await driver.execute("CREATE USER reading")
    await driver.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reading")
    try:
        said = await refusal(url.replace("postgres@", "reading@"), tmp_path)
        await driver.execute("CREATE TABLE schema_of_others (a int)")
        await driver.execute("ALTER TABLE schema_of_others OWNER TO pg_read_all_data")
        await driver.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reading"
        )
        await driver.execute("REVOKE ALL ON schema_of_others FROM reading")
        assert await use(url.replace("postgres@", "reading@"), tmp_path)
    finally:
        await driver.execute("DROP OWNED BY reading")
        await driver.execute("DROP USER reading")

    assert "may not read and write" in said
    assert "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES" in said


async def test_an_unknown_parameter_and_a_wrong_port_are_named(url, tmp_path):
    assert "does not know" in await refusal(f"{url}?sslmod=require", tmp_path)
    port = url.replace(f":{shared_server().port}/", ":99999/")
    assert "invalid port" in await refusal(port, tmp_path)


async def test_a_limit_of_connections_is_told_with_what_to_raise(url, driver, tmp_path):
    await driver.execute("CREATE USER crowded LOGIN CONNECTION LIMIT 0")
    await driver.execute("CREATE USER closed NOLOGIN")
    try:
        crowded = await refusal(url.replace("postgres@", "crowded@"), tmp_path)
        closed = await refusal(url.replace("postgres@", "closed@"), tmp_path)
    finally:
        await driver.execute("DROP USER crowded")
        await driver.execute("DROP USER closed")

    assert 'too many connections for role "crowded". Each process needs eight' in crowded
    assert "Create the user with LOGIN" in closed


async def test_certificates_are_looked_for_beside_the_settings(url, tmp_path):
    said = await refusal(f"{url}?sslmode=verify-full&sslrootcert=ca.pem", tmp_path)
    assert "sslrootcert=ca.pem, and there is no file" in said

    (tmp_path / "ca.pem").write_text("")
    address = parse_postgres_url(f"{url}?sslrootcert=ca.pem", tmp_path)
    assert f"{tmp_path}/ca.pem".replace("/", "%2F") in address.url
