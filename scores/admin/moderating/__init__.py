"""How staff moderate in the admin: they order something, see what it would do, give a reason and confirm."""
