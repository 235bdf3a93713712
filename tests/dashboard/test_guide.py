"""The script for the pictures of docs/moderators-guide.md can take them anew."""

from concurrent.futures import ThreadPoolExecutor

from PIL import Image
from scripts.screenshots import MAX_BYTES, OUT, PICTURES, WIDTH, Story, take_pictures


def test_the_script_reaches_what_each_picture_shows(browser, tmp_path):
    with ThreadPoolExecutor(1) as thread:  # an event loop of the browser's runs in this one
        story = thread.submit(Story, tmp_path / "home").result()
    try:
        take_pictures(browser, story, tmp_path / "images")
    finally:
        story.close()

    taken = sorted((tmp_path / "images").iterdir())
    assert [file.name for file in taken] == sorted(f"{name}.png" for name in PICTURES)
    assert [file.name for file in taken] == sorted(file.name for file in OUT.glob("*.png"))
    for file in taken:
        with Image.open(file) as picture, Image.open(OUT / file.name) as shown:
            assert picture.size == shown.size == (WIDTH, PICTURES[file.stem].height)
        assert file.stat().st_size <= MAX_BYTES
