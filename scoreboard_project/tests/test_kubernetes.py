"""deploy/kubernetes keeps to the schemas of Kubernetes, and its parts fit each other and the rest of deploy/."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from scoreboard_project.testing.kustomize import Resource, containers, merged, pod_of, render
from scoreboard_project.testing.servers.api_server import ROOT
from scoreboard_project.testing.servers.deploy_commands import compose

KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted((KUBERNETES / "overlays").iterdir())
VERSION = "1.36"
# Their schemas are the operators', not Kubernetes's.
OF_OPERATORS = {"Cluster", "RedisReplication", "RedisSentinel"}
SECRETS = {"scoreboard", "gateway-tls", "postgres-app"}


@pytest.fixture(scope="module", params=OVERLAYS, ids=lambda path: path.name)
def resources(request: pytest.FixtureRequest) -> list[Resource]:
    folder: Path = request.param
    return render(folder)


def named(resources: list[Resource], kind: str, name: str) -> Resource:
    (found,) = (each for each in resources if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def test_every_resource_keeps_to_its_schema(resources: list[Resource]) -> None:
    ours = [each for each in resources if each["kind"] not in OF_OPERATORS]
    assert len(ours) > 20
    for resource in ours:
        kubernetes_validate.validate(resource, VERSION, strict=True)


def test_a_wrong_field_would_be_found(resources: list[Resource]) -> None:
    api = named(resources, "Deployment", "api")
    wrong = merged(api, {"spec": {"replica": 2}})
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_no_two_resources_have_the_same_name(resources: list[Resource]) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in resources]
    assert len(set(names)) == len(names)
    assert {each["metadata"].get("namespace") for each in resources if each["kind"] != "Namespace"} == {"scoreboard"}


def test_every_pod_of_ours_is_restricted_and_knows_its_size(resources: list[Resource]) -> None:
    with_pods = [each for each in resources if containers(each)]
    assert {each["metadata"]["name"] for each in with_pods} == {
        *("api", "live", "worker", "migrate", "reindex-ranks", "check-ranks", "gateway"),
    }
    for resource in with_pods:
        pod = pod_of(resource)
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in containers(resource):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}
            assert "memory" in container["resources"]["limits"]


def test_a_pod_mounts_only_what_is_there(resources: list[Resource]) -> None:
    maps = {each["metadata"]["name"] for each in resources if each["kind"] == "ConfigMap"}
    for resource in resources:
        pod = pod_of(resource)
        mounted = {mount["name"] for each in containers(resource) for mount in each["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod.get("volumes", [])}
        text = yaml.safe_dump(pod)
        assert set(re.findall(r"configMap(?:Ref)?:\s+name: (\S+)", text)) <= maps
        assert set(re.findall(r"secret:\s+(?:items:.*?)?name: (\S+)", text, re.DOTALL)) <= SECRETS


def test_services_budgets_and_scalers_find_their_pods(resources: list[Resource]) -> None:
    deployments = {each["metadata"]["name"]: each for each in resources if each["kind"] == "Deployment"}
    for resource in resources:
        spec = resource.get("spec", {})
        if resource["kind"] == "Service":
            assert spec["selector"]["app"] in deployments
            ports = {port["name"] for port in containers(deployments[spec["selector"]["app"]])[0]["ports"]}
            assert {port["targetPort"] for port in spec["ports"]} <= ports
        if resource["kind"] == "PodDisruptionBudget":
            assert spec["selector"]["matchLabels"]["app"] in deployments
        if resource["kind"] == "HorizontalPodAutoscaler":
            assert spec["scaleTargetRef"]["name"] in deployments
    for name, deployment in deployments.items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items(), name


def test_secrets_are_only_named(resources: list[Resource]) -> None:
    assert not [each for each in resources if each["kind"] == "Secret"]
    for name, value in named(resources, "ConfigMap", "settings")["data"].items():
        if re.search(r"SECRET|PRIVATE|PASSWORD|_URL", name):
            assert name.endswith("_FILE")
            assert value.startswith("/run/secrets/scoreboard/")


def test_the_processes_run_what_those_of_compose_run(resources: list[Resource]) -> None:
    services: dict[str, Any] = compose()["services"]
    for name in ("worker", "migrate"):
        kind = "Job" if name == "migrate" else "Deployment"
        assert containers(named(resources, kind, name))[0]["command"] == services[name]["command"]
    for name in ("api", "live"):
        assert "command" not in containers(named(resources, "Deployment", name))[0]
        assert "command" not in services[name]
    compose_names = {name.removesuffix("_FILE") for name in services["api"]["environment"]}
    settings = {name.removesuffix("_FILE") for name in named(resources, "ConfigMap", "settings")["data"]}
    assert settings <= compose_names


def test_the_gateway_is_that_of_deploy_but_asks_for_addresses_again_and_again(resources: list[Resource]) -> None:
    files = named(resources, "ConfigMap", "gateway")["data"]
    folder = ROOT / "deploy" / "nginx"
    assert set(files) == {path.name for path in folder.glob("*.conf")}
    asks = files.pop("upstreams.conf")
    assert files == {name: (folder / name).read_text() for name in files}
    asks = re.sub(r"resolver .*\n", "", asks).replace(" resolve ", " ").replace(".scoreboard.svc.cluster.local", "")
    assert _without_comments(asks) == _without_comments((folder / "upstreams.conf").read_text())


def _without_comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("of_pods", "of_cron_jobs"),
    [
        ("base/process.yaml", "base/process-of-cron-job.yaml"),
        ("overlays/operators/database-url.yaml", "overlays/operators/database-url-of-cron-job.yaml"),
    ],
)
def test_cron_jobs_are_patched_like_the_others(of_pods: str, of_cron_jobs: str) -> None:
    first, second = (yaml.safe_load((KUBERNETES / name).read_text()) for name in (of_pods, of_cron_jobs))
    assert first["spec"] == second["spec"]["jobTemplate"]["spec"]
