from benchmarks import damages
from handigits.errors import HandigitsError
from handigits.ink import decode


def test_originals_are_good_pictures_of_every_format() -> None:
    assert all(decode(content).gray.size == 36 * 40 for content in damages.originals())


def test_a_picture_is_damaged_the_same_way_each_time() -> None:
    files = damages.originals()
    assert damages.damaged(files, 7) == damages.damaged(files, 7)
    assert len({damages.damaged(files, number) for number in range(50)}) > 45


def test_damage_reaches_the_decoders() -> None:
    files = damages.originals()
    answered = 0
    for number in range(200):
        try:
            decode(damages.damaged(files, number))
            answered += 1
        except HandigitsError:
            pass
    assert 20 < answered < 180
