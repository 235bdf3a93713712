"""Tests of the files with the admin token and a running server's address: content and access."""

import os
import stat
import subprocess
import sys

import pytest

from countersign.adapters.files.admin_files import AdminAddress, AdminFileUnusable, ensure_token
from countersign.adapters.system import SystemRandomness


class TestToken:
    def test_is_made_once_for_its_owner(self, tmp_path):
        file = tmp_path / "admin.token"

        token = ensure_token(file, SystemRandomness())

        assert len(token) == 43
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert ensure_token(file, SystemRandomness()) == token

    @pytest.mark.parametrize(
        ("content", "mode", "words"),
        [
            (b"", 0o600, "is empty"),
            (b"\n", 0o600, "is empty"),
            (b"token", 0o640, "chmod 600"),
            (b"\xff", 0o600, "holds no admin token"),
        ],
    )
    def test_that_cannot_be_used_is_refused(self, tmp_path, content, mode, words):
        file = tmp_path / "admin.token"
        file.write_bytes(content)
        file.chmod(mode)

        with pytest.raises(AdminFileUnusable, match=words):
            ensure_token(file, SystemRandomness())

        assert file.read_bytes() == content

    def test_without_a_folder_is_refused(self, tmp_path):
        with pytest.raises(AdminFileUnusable, match="No such file or directory"):
            ensure_token(tmp_path / "no" / "admin.token", SystemRandomness())


class TestAddress:
    @pytest.fixture
    def file(self, tmp_path):
        return tmp_path / "admin.address"

    def test_is_noted_and_wiped(self, file):
        address = AdminAddress.claim(file)
        assert file.read_text() == ""

        address.write("127.0.0.1", 4711)
        assert file.read_text() == "127.0.0.1:4711\n"

        address.release()
        assert file.read_text() == ""

    def test_of_ipv6_has_brackets(self, file):
        address = AdminAddress.claim(file)
        address.write("::1", 4711)

        assert file.read_text() == "[::1]:4711\n"
        address.release()

    def test_has_one_holder_at_a_time(self, file):
        first = AdminAddress.claim(file)
        first.write("127.0.0.1", 4711)

        with pytest.raises(AdminFileUnusable, match="A server runs with these settings already"):
            AdminAddress.claim(file)

        assert file.read_text() == "127.0.0.1:4711\n"
        first.release()
        AdminAddress.claim(file).release()

    def test_of_a_crashed_server_is_free(self, file):
        script = (
            "import os, pathlib\n"
            "from countersign.adapters.files.admin_files import AdminAddress\n"
            f"AdminAddress.claim(pathlib.Path({str(file)!r})).write('127.0.0.1', 4711)\n"
            "os._exit(1)\n"
        )
        subprocess.run([sys.executable, "-c", script], check=False)
        assert file.read_text() == "127.0.0.1:4711\n"

        AdminAddress.claim(file).release()

    def test_is_for_its_owner(self, file):
        AdminAddress.claim(file).release()

        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_claim_leaves_no_file_open_when_refused(self, file):
        first = AdminAddress.claim(file)
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count, not paths

        with pytest.raises(AdminFileUnusable):
            AdminAddress.claim(file)

        # Files of other tests may be closed meanwhile.
        assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
        first.release()

    def test_without_a_folder_is_refused(self, tmp_path):
        with pytest.raises(AdminFileUnusable, match="No such file or directory"):
            AdminAddress.claim(tmp_path / "no" / "admin.address")
