"""All detectors, by the kind of their flags."""

from collections.abc import Mapping

from scores.trust.detection.detectors.impossible_metadata import IMPOSSIBLE_METADATA
from scores.trust.detection.detectors.intervals import INTERVALS
from scores.trust.detection.detectors.jump import JUMP
from scores.trust.detection.detectors.many_addresses import MANY_ADDRESSES
from scores.trust.detection.detectors.newcomer import NEWCOMER
from scores.trust.detection.detectors.rate import RATE
from scores.trust.detection.detectors.shared_address import SHARED_ADDRESS
from scores.trust.detection.detectors.shared_agent import SHARED_AGENT
from scores.trust.detection.findings import Kind

ALL = (RATE, INTERVALS, SHARED_ADDRESS, SHARED_AGENT, MANY_ADDRESSES, IMPOSSIBLE_METADATA, JUMP, NEWCOMER)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in ALL}
