"""The detectors, one a module: what it reads, a pure function that judges it, and its evidence in words."""
