"""What an engine says of itself every few seconds, and notes beside the database, for when that is away."""

import pytest

from routing.engine import make_context
from routing.engine.heartbeat import Reach, beat
from routing.engine.prefect_gateway import Trouble
from routing.errors import StoreUnavailable
from routing.health import last_well, look


@pytest.fixture
def ctx(settings):
    made = make_context(settings.model_copy(update={"smtp_security": "none"}))
    yield made
    made.close()


def test_what_is_wrong_with_prefect_and_since_when_reaches_whoever_looks(ctx, database):
    reach = Reach()
    beat(ctx, reach, [], [])
    assert look(database, [], None).engine.prefect_trouble == "unasked"
    reach.lost(Trouble.NOT_DEPLOYED)
    beat(ctx, reach, [], [])
    engine = look(database, [], None).engine
    assert (engine.living, engine.is_prefect_there, engine.prefect_trouble) == (1, False, "not-deployed")
    assert engine.prefect_since == reach.since
    assert engine.prefect_seen is None
    reach.found()
    beat(ctx, reach, [], [])
    engine = look(database, [], None).engine
    assert (engine.is_prefect_there, engine.prefect_trouble, engine.prefect_since) == (True, None, None)
    assert engine.prefect_seen == engine.last_seen


def test_a_database_that_takes_the_heartbeat_is_noted_as_well_and_no_other(ctx, settings, database):
    with database.transaction() as tx:
        tx.execute("ALTER ROLE waywarden SET default_transaction_read_only = on")
    try:
        with pytest.raises(StoreUnavailable):
            beat(ctx, Reach(), [], [])
        assert "database" not in last_well(settings.data_dir)
    finally:
        with database.transaction() as tx:
            tx.execute("SET TRANSACTION READ WRITE")
            tx.execute("ALTER ROLE waywarden RESET default_transaction_read_only")
    ctx.database.close()
    again = make_context(ctx.settings)
    beat(again, Reach(), [], [])
    assert set(last_well(settings.data_dir)) == {"database", "disk"}
    again.close()
