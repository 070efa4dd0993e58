"""A PostgreSQL cluster that passes from one data directory to the next: making one takes longer than most tests."""

from pathlib import Path

from scoreboard_project.embedded.places import make_data_directory
from scoreboard_project.testing.servers.throwaway import ThrowawayServices


class SpareCluster:
    """The cluster of throwaway services, while no data directory has it."""

    def __init__(self, services: ThrowawayServices) -> None:
        self._services = services
        self._spare = services.directory / "postgres"

    def lend(self, data_dir: Path) -> None:
        """Make the data directory as a first start leaves it."""
        if not self._spare.exists():
            self._services.postgres.start()
            self._services.postgres.stop()
        self._spare.rename(make_data_directory(data_dir) / "postgres")

    def take_back(self, data_dir: Path) -> None:
        """Keep the cluster for the next data directory, if it was shut down cleanly."""
        cluster = data_dir / "postgres"
        if cluster.exists() and not (cluster / "postmaster.pid").exists():
            cluster.rename(self._spare)
