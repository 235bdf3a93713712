"""Policy documents beside what a running server has in force."""
