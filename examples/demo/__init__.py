"""Two real homeservers and a Policy Server on one machine, for the demo and for the journey tests.

Everything listens on loopback addresses only and lives in one directory. Nothing here is part of
the installed package.
"""
