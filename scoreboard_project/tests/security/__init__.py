"""The server as an attacker sees it: the risks of the OWASP API Security Top 10 (2023), and what holds against each."""
