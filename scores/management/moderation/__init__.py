"""What `manage.py moderate` does: its options, its steps, its lists, and its refusals."""
