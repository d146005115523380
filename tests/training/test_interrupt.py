import os
import signal
import threading

import pytest

from handigits.training.interrupt import listen_for_stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_becomes_a_request(number: signal.Signals) -> None:
    with listen_for_stop() as stop:
        assert not stop.requested
        os.kill(os.getpid(), number)
        assert stop.requested


def test_the_second_ctrl_c_is_a_ctrl_c() -> None:
    with listen_for_stop(), pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_signals_act_as_before_after_the_block() -> None:
    with pytest.raises(RuntimeError), listen_for_stop():
        os.kill(os.getpid(), signal.SIGTERM)
        raise RuntimeError
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_another_thread_gets_no_signals_and_no_error() -> None:
    requested: list[bool] = []

    def listen() -> None:
        with listen_for_stop() as stop:
            requested.append(stop.requested)

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert requested == [False]
