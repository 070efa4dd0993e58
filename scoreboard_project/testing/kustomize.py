"""Renders a kustomization of deploy/ as `kubectl kustomize` does, with what those files use of it and nothing more.

Any other key is an error. Names of ConfigMaps get no hash, so the files must turn that off.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]
KNOWN = {
    *("apiVersion", "kind", "namespace", "resources", "configMapGenerator", "generatorOptions"),
    *("labels", "images", "patches"),
}
OF_THE_CLUSTER = {"Namespace"}


def render(folder: Path) -> list[Resource]:
    """Its resources, in the order of its files."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(kustomization) <= KNOWN, set(kustomization) - KNOWN
    found = [resource for name in kustomization.get("resources", []) for resource in _resources(folder / name)]
    for generator in kustomization.get("configMapGenerator", []):
        assert kustomization["generatorOptions"] == {"disableNameSuffixHash": True}
        _generate(folder, generator, found)
    for patch in kustomization.get("patches", []):
        _patch(folder, patch, found)
    for resource in found:
        _name(resource, kustomization)
    return found


def _resources(path: Path) -> Iterator[Resource]:
    if path.is_dir():
        yield from render(path)
    else:
        yield from yaml.safe_load_all(path.read_text())


def _generate(folder: Path, generator: dict[str, Any], found: list[Resource]) -> None:
    """A ConfigMap, or more files for one that is there (`behavior: merge`)."""
    contents = {name: (folder / name).read_text() for name in generator.get("files", [])}
    for name in generator.get("envs", []):
        contents |= dict(line.split("=", 1) for line in (folder / name).read_text().splitlines())
    if generator.get("behavior") == "merge":
        (there,) = (each for each in found if _is(each, "ConfigMap", generator["name"]))
        there["data"] |= contents
    else:
        metadata = {"name": generator["name"]}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": contents})


def _is(resource: Resource, kind: str, name: str) -> bool:
    return (resource["kind"], resource["metadata"]["name"]) == (kind, name)


def _patch(folder: Path, patch: dict[str, Any], found: list[Resource]) -> None:
    """A strategic merge patch, for the resources of a kind that have a label."""
    label, _equals, value = patch["target"]["labelSelector"].partition("=")
    change = yaml.safe_load((folder / patch["path"]).read_text())
    targets = [each for each in found if each["kind"] == patch["target"]["kind"]]
    targets = [each for each in targets if each["metadata"].get("labels", {}).get(label) == value]
    assert targets, patch
    for target in targets:
        target["spec"] = merged(target["spec"], change["spec"])


def merged(old: Any, new: Any) -> Any:
    """Mappings are merged, lists whose items have names by name, all else is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: merged(old[key], value) if key in old else value for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and all("name" in item for item in (*old, *new)):
        changes = {item["name"]: item for item in new}
        both = [merged(item, changes.pop(item["name"], item)) for item in old]
        return [*both, *changes.values()]
    return new


def _name(resource: Resource, kustomization: dict[str, Any]) -> None:
    """The namespace, the labels and the versions of images that the kustomization gives to all."""
    metadata = resource["metadata"]
    if "namespace" in kustomization and resource["kind"] not in OF_THE_CLUSTER:
        metadata["namespace"] = kustomization["namespace"]
    for labels in kustomization.get("labels", []):
        metadata["labels"] = metadata.get("labels", {}) | labels["pairs"]
    tags = {image["name"]: image["newTag"] for image in kustomization.get("images", [])}
    for container in containers(resource):
        if container["image"] in tags:
            container["image"] += f":{tags[container['image']]}"


def pod_of(resource: Resource) -> Resource:
    """The spec of the pods that a Deployment, Job or CronJob makes; empty for anything else."""
    spec = resource.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
    found: Resource = template.get("spec", {})
    return found


def containers(resource: Resource) -> list[Resource]:
    found: list[Resource] = pod_of(resource).get("containers", [])
    return found
