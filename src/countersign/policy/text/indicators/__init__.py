"""Indicators in a text: what a fraud needs to be reached or paid, whatever words it uses."""
