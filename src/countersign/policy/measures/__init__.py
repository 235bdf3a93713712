"""Settings and rules of a community's measures: trust, raid mode, runaway guard, allowances."""
