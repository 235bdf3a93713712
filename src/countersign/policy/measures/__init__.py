"""Rules and records of trust, allowances, mutes, raid mode and the runaway guard."""
