"""The same examples in every run, and no clock over them.

`--hypothesis-profile=default` looks for new ones.
"""

import os

from hypothesis import settings

# Hundreds of servers and commands are started here. Where the environment keeps Python from writing
# what it compiled, each would compile all of our modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
