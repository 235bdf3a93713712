"""Cooperation of several processes as one server: changes by others, and leadership."""
