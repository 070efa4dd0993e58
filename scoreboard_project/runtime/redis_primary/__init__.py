"""Which of several Redis servers is the primary: Sentinels or the nodes of a Cluster say so at each new connection."""
