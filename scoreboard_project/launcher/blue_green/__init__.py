"""Two sets of processes behind one gateway, which sends clients to one or the other."""
