"""The stores by which several processes work as one."""
