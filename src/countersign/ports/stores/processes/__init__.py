"""Ports of the stores by which several processes work as one."""
