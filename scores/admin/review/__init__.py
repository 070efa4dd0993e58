"""How staff settle a flag: the evidence, the points against everyone's, every event, and why the score is so."""
