"""Measurements of the product on the machine at hand: `make bench`.

A target is a module of this package with a `main()` and a first docstring line that says what it measures and in
which unit. It prints one line per figure: what, value, unit.
"""
