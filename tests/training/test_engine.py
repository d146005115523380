import pytest
import torch

from handigits.config import Device, Precision, TrainConfig
from handigits.errors import ConfigError
from handigits.training.engine import prepare_engine


@pytest.fixture(autouse=True)
def own_threads() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_threads_are_those_asked_for() -> None:
    assert prepare_engine(TrainConfig(threads=1, device="cpu")).threads == 1
    assert torch.get_num_threads() == 1


def test_threads_come_from_the_cores_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert prepare_engine(TrainConfig(device="cpu")).threads == 3


@pytest.mark.parametrize(("cuda", "mps", "chosen"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_auto_takes_the_fastest_device_there_is(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, chosen: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert prepare_engine(TrainConfig(threads=1, precision="fp32")).device.type == chosen


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, device: Device
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=f"device {device} is not available .*available: cpu"):
        prepare_engine(TrainConfig(device=device))


@pytest.mark.parametrize(
    ("matrices", "vectors", "chosen"), [(True, False, "bf16"), (False, True, "bf16"), (False, False, "fp32")]
)
def test_auto_takes_bf16_on_a_cpu_that_multiplies_it_in_hardware(
    monkeypatch: pytest.MonkeyPatch, matrices: bool, vectors: bool, chosen: str
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: matrices)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: vectors)
    assert prepare_engine(TrainConfig(device="cpu", threads=1)).precision == chosen


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_the_precision_is_that_of_the_multiplications(precision: Precision, dtype: torch.dtype) -> None:
    engine = prepare_engine(TrainConfig(precision=precision, device="cpu", threads=1))
    with engine.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
