"""Tests of `countersign policy`: documents checked, tested and compared before activation."""

import json

import pytest

POLICY = """\
filters:
  - keyword: {words: ["cheap watches"]}
    says: "No adverts, please."
tests:
  - {name: chat passes, message: lunch, expect: sign}
  - {name: adverts do not, message: "Cheap watches!", expect: refuse, by: keyword}
"""


@pytest.fixture
def document(tmp_path):
    file = tmp_path / "new.yaml"
    file.write_text(POLICY)
    return file


class TestCheck:
    def test_a_valid_document_ends_with_0(self, countersign, document):
        done = countersign("policy", "check", document)

        assert done.status == 0
        assert done.out.startswith("Valid: 1 step, 2 tests, revision ")

    def test_every_mistake_is_told_with_file_and_line(self, countersign, document):
        document.write_text("filters:\n  - keywrd: {}\n  - event-size: {max_bytes: lots}\n")

        done = countersign("policy", "check", document)

        assert done.status == 1
        assert f"{document}: line 2: filters[0].keywrd: found an unknown filter" in done.err
        assert f"{document}: line 3: filters[1].event-size.max_bytes: found 'lots'" in done.err
        assert "2 mistakes." in done.err

    def test_programs_get_json(self, countersign, document):
        document.write_text("filters: [keywrd]")

        said = json.loads(countersign("policy", "check", document, "--json").out)

        assert not said["is_valid"]
        assert said["mistakes"][0]["line"] == 1

    def test_warnings_are_no_mistakes(self, countersign, document):
        document.write_text("filters: [event-size, event-size]")

        done = countersign("policy", "check", document)

        assert done.status == 0
        assert "Warning: event-size stands there twice" in done.out


class TestTest:
    def test_passing_tests_end_with_0(self, countersign, document):
        done = countersign("policy", "test", document)

        assert done.status == 0
        assert "2 of 2 passed." in done.out

    def test_a_failing_test_is_explained_and_ends_with_1(self, countersign, document):
        document.write_text(POLICY.replace("expect: refuse", "expect: sign"))

        done = countersign("policy", "test", document)

        assert done.status == 1
        assert f"FAIL adverts do not ({document}:6)" in done.out
        assert "expected sign, found refuse." in done.out
        assert "keyword refuses it\n  because: contains" in done.out

    def test_a_folder_holds_more_cases(self, countersign, document, tmp_path):
        folder = tmp_path / "cases"
        folder.mkdir()
        (folder / "ham.yaml").write_text("- {message: dinner, expect: sign}\n")
        (folder / "spam.json").write_text('[{"message": "dinner", "expect": "refuse"}]')

        done = countersign("policy", "test", document, "--cases", folder, "--json")

        said = json.loads(done.out)
        assert (done.status, said["tests"], said["failed"]) == (1, 4, 1)
        assert said["results"][-1]["because"] == "expected refuse, found sign."

    def test_mistakes_in_a_case_file_are_told(self, countersign, document, tmp_path):
        (tmp_path / "cases").mkdir()
        (tmp_path / "cases" / "a.yaml").write_text("- {message: a, expect: nothing}\n")

        done = countersign("policy", "test", document, "--cases", tmp_path / "cases")

        assert done.status == 1
        assert "a.yaml: line 1: [0].expect: found 'nothing'" in done.err

    def test_no_test_at_all_is_no_success(self, countersign, document):
        document.write_text("filters: [event-size]")

        assert countersign("policy", "test", document).status == 1


class TestDiff:
    def test_shows_what_would_change_in_what_is_there(self, home, document):
        home.refuse_words("cheap watches", "cheap clocks")

        done = home.run("policy", "diff", document)

        assert done.status == 0
        assert "~ keyword changed" in done.out
        assert "words: -'cheap clocks'" in done.out

    def test_compares_two_files(self, countersign, document, tmp_path):
        other = tmp_path / "other.yaml"
        other.write_text("filters: []")

        said = json.loads(countersign("policy", "diff", document, other, "--json").out)

        assert said["changes"] == [{"kind": "removed", "name": "keyword", "details": []}]

    def test_two_files_and_a_community_are_too_many(self, countersign, document):
        done = countersign("policy", "diff", document, document, "--community", "kids")

        assert done.status == 2
        assert "not both" in done.err


@pytest.mark.parametrize(
    "command", ["show", "list", "calibrate", "diff {file}", "backtest {file}"], ids=str
)
def test_an_unknown_community_is_reported_with_the_known_ones(home, document, command):
    (home.folder / "communities").mkdir(exist_ok=True)
    (home.folder / "communities" / "kids.yaml").write_text("filters: []")

    arguments = command.format(file=document).split()
    done = home.run("policy", *arguments, "--community", "kid")

    assert done.status == 1
    assert "Communities with one: default, kids." in done.err
