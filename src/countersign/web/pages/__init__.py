"""Pages for browsers: the templates, and what every page is sent with."""
