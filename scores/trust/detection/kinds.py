"""All detectors, by the kind of their flags."""

from collections.abc import Mapping

from scores.trust.detection.detectors.rate import RATE
from scores.trust.detection.findings import Kind

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (RATE,)}
