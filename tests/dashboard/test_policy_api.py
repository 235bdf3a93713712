"""Policy documents over the admin API, for the dashboard's pages and other programs."""

from tests.dashboard.world import ADVERT


def test_documents_are_shown_compared_and_changed_step_by_step(world):
    shown = world.admin("GET", "/policy/show")
    compared = world.admin("POST", "/policy/compare", {"document": "filters: [depth, dept]"})
    other = world.admin("POST", "/policy/compare", {"document": "filters: [depth]"})
    changed = world.admin("POST", "/policy/mode", {"step": "keyword", "mode": "warn"})
    now = world.admin("GET", "/policy/show")
    before = world.admin("GET", f"/policy/show?revision={shown['revision']}")
    back = world.admin("POST", "/policy/rollback", {})
    history = world.admin("GET", "/policy/history")["changes"]

    assert ADVERT in shown["document"]
    assert [step["mode"] for step in shown["steps"]] == ["enforce", "shadow", "enforce", "enforce"]
    assert (compared["revision"], len(compared["mistakes"])) == (None, 1)
    assert [each["kind"] for each in other["differences"]] == ["added", *4 * ["removed"]]
    assert now["revision"] == changed["revision"] != shown["revision"]
    assert [step["mode"] for step in now["steps"]] == ["warn", "shadow", "enforce", "enforce"]
    assert (before["is_in_force"], before["document"]) == (False, shown["document"])
    assert back["revision"] == shown["revision"]
    assert [each["what"] for each in history[:2]] == ["rolled back", "activated"]
    assert history[1]["note"] == "keyword: warn"
