import sys

import pytest

from benchmarks.processes import run


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_failure_tells_what_the_program_said() -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3:\nno paper left"):
        run(python("import sys; print('no paper left', file=sys.stderr); sys.exit(3)"))


def test_each_line_is_seen_as_it_comes_and_kept() -> None:
    seen: list[str] = []
    finished = run(python("import json; [print(json.dumps({'epoch': epoch})) for epoch in (1, 2)]"), watch=seen.append)
    assert seen == ['{"epoch": 1}', '{"epoch": 2}']
    assert finished.lines == [{"epoch": 1}, {"epoch": 2}]


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell")
def test_memory_is_the_peak_of_that_process_alone() -> None:
    large = run(python("b'x' * 1_500_000_000")).peak_memory_mb  # more than the tests hold; see `_wait`
    small = run(python("'tiny'")).peak_memory_mb
    assert large is not None
    assert small is not None
    assert large > 1500 > small


def test_time_is_that_of_the_whole_process() -> None:
    assert run(python("import time; time.sleep(0.2)")).seconds > 0.2
