"""Measures beyond single events: trust, allowances, mutes, raids, the guard, indicators."""
