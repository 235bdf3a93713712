"""Small parts that every layer uses: standard library only, no I/O, no clock."""
