"""The files of contrib/cluster agree with the settings, the container and each other."""

import shutil

import kubernetes_validate
import pytest
import yaml

from countersign.bootstrap.workers.supervisor import STOP_SECONDS
from countersign.config import read_config
from tests.cli.contrib.cluster import CLUSTER, services
from tests.cli.contrib.test_container import instructions


@pytest.fixture
def config(tmp_path):
    shutil.copy(CLUSTER / "countersign.yaml", tmp_path)
    return read_config(tmp_path / "countersign.yaml")


@pytest.fixture
def compose():
    return services()


@pytest.fixture
def manifests():
    found = yaml.safe_load_all((CLUSTER / "kubernetes.yaml").read_text())
    return {each["kind"]: each for each in found}


def pod(manifests, kind):
    return manifests[kind]["spec"]["template"]["spec"]


def test_the_settings_share_a_database_and_counters(config):
    assert config.is_database_shared
    assert config.workers == 2
    assert config.shared_counters is not None
    assert config.policies.source == "database"


def test_the_hosts_in_the_settings_are_services_of_the_compose_file(config, compose):
    assert "@postgres:5432/" in config.database
    assert "valkey://valkey:6379" in str(config.shared_counters.url)
    assert {"postgres", "valkey", "one", "two", "migrate"} <= compose.keys()
    assert compose["one"] == compose["two"]
    assert compose["migrate"]["command"] == ["database", "migrate"]


def test_the_load_balancer_asks_both_where_they_listen(config, compose):
    (listener,) = config.listen
    balancer = (CLUSTER / "Caddyfile").read_text()
    assert f"reverse_proxy one:{listener.port} two:{listener.port} " in balancer
    assert "./Caddyfile:/etc/caddy/Caddyfile:ro" in compose["caddy"]["volumes"]


def test_addresses_that_the_load_balancer_tells_are_believed(config):
    network = yaml.safe_load((CLUSTER / "compose.yaml").read_text())["networks"]["default"]
    (subnet,) = [each["subnet"] for each in network["ipam"]["config"]]
    assert [str(each) for each in config.limits.trusted_proxies] == [subnet]


def test_each_container_has_an_admin_token_of_its_own_in_a_folder_that_it_may_write(
    config, compose, manifests
):
    folder = str(config.admin.token_file.parent)
    assert any(each.partition(":")[0] == folder for each in compose["one"]["tmpfs"])
    for kind in ("Job", "Deployment"):
        (container,) = pod(manifests, kind)["containers"]
        mounted = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        volumes = {each["name"]: each for each in pod(manifests, kind)["volumes"]}
        assert volumes[mounted[folder]]["emptyDir"] == {}


def test_the_user_is_that_of_the_container(compose, manifests):
    (made,) = [rest for word, rest in instructions() if word == "RUN" and "useradd" in rest]
    context = pod(manifests, "Deployment")["securityContext"]
    user, group = context["runAsUser"], context["runAsGroup"]
    assert f"groupadd --gid {group} countersign " in made
    assert f"useradd --uid {user} --gid {group} " in made
    assert f"/run/countersign:uid={user},mode=0700" in compose["one"]["tmpfs"]


def test_ports_and_probes_agree_with_the_settings(config, manifests):
    (container,) = pod(manifests, "Deployment")["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    (listener,) = config.listen
    assert ports == {"federation": listener.port, "metrics": config.metrics.port}
    for probe in ("readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == "metrics"
    (served,) = manifests["Service"]["spec"]["ports"]
    assert served["targetPort"] == "federation"


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_the_manifests_are_valid_for_kubernetes(manifests, version):
    assert {*manifests} == {"Job", "Deployment", "Service", "PodDisruptionBudget"}
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_manifest_with_a_misspelled_field_is_found(manifests):
    manifests["Deployment"]["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(manifests["Deployment"], "1.37", strict=True)


def test_a_pod_finishes_its_requests_in_the_time_that_it_has(manifests):
    (container,) = pod(manifests, "Deployment")["containers"]
    command, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    has_seconds = pod(manifests, "Deployment")["terminationGracePeriodSeconds"]
    assert has_seconds > int(seconds) + STOP_SECONDS


def test_selectors_match_the_labels_of_pods(manifests):
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert manifests["Service"]["spec"]["selector"] == labels
    assert manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert manifests["Deployment"]["spec"]["replicas"] > 1


def test_only_the_job_migrates(manifests):
    (migrates,) = pod(manifests, "Job")["containers"]
    (serves,) = pod(manifests, "Deployment")["containers"]
    assert migrates["args"] == ["database", "migrate"]
    assert "args" not in serves
