"""The filters that come with Countersign, one a file; a docstring is a manual page."""
