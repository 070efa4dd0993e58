"""deploy/nginx between clients and the processes of the deployment."""
