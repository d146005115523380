"""Over a hundred handwritten typefaces, of hands real and designed: to train the gate with and to measure it by.

They are the Latin part of typefaces under the SIL Open Font or the Apache licence, from the npm packages of Fontsource
(https://fontsource.org), fetched by `npm pack` into `benchmarks/.typefaces` when they are first asked for; nothing of
them is committed or comes with handigits. One in five is kept apart: what learns from typefaces never sees it, and is
measured by those of them that have no sibling among the others.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["NAMES", "every_typeface", "typefaces"]

_FOLDER = Path(__file__).parent / ".typefaces"
_KEPT_APART = 5  # one in so many, from the first on
_VERSION = "4 - 5"  # of the packages: not every registry has the fifth of all

_NAMES = """
annie-use-your-telescope architects-daughter arizonia babylonica bad-script bilbo calligraffitti caramel cause caveat
caveat-brush cedarville-cursive chilanka clicker-script comic-neue coming-soon condiment cookie courgette
covered-by-your-grace crafty-girls damion dancing-script dawning-of-a-new-day dekko delius delius-swash-caps
dr-sugiyama east-sea-dokdo edu-nsw-act-foundation edu-qld-beginner edu-sa-beginner edu-tas-beginner
edu-vic-wa-nt-beginner euphoria-script felipa fuzzy-bubbles gaegu gamja-flower give-you-glory gloria-hallelujah
gochi-hand grape-nuts great-vibes handlee hi-melody homemade-apple indie-flower italianno itim jim-nightshade
just-another-hand just-me-again-down-here kalam kavivanar kite-one klee-one kristi la-belle-aurore licorice
liu-jian-mao-cao long-cang loved-by-the-king ma-shan-zheng mali mansalva marck-script meddon montez mr-bedfort
mr-dafoe mr-de-haviland mynerve nanum-brush-script nanum-pen-script nerko-one neucha niconne norican
nothing-you-could-do oooh-baby over-the-rainbow pacifico pangolin patrick-hand permanent-marker playpen-sans
playwrite-de-grund playwrite-es playwrite-fr-moderne playwrite-in playwrite-it-trad playwrite-nl playwrite-pl
playwrite-us-modern playwrite-us-trad poor-story rancho redressed reenie-beanie rock-salt rouge-script ruthie
sacramento satisfy schoolbell seaweed-script sedgwick-ave send-flowers shadows-into-light shadows-into-light-two
shantell-sans short-stack single-day sofia square-peg sriracha stalemate sue-ellen-francisco sunshiney
swanky-and-moo-moo the-girl-next-door unkempt vibur waiting-for-the-sunrise walter-turncoat yeon-sung yesteryear
yomogi zen-kurenaido zeyada zhi-mang-xing
"""
NAMES = tuple(_NAMES.split())
"""In the order of the alphabet, as Fontsource spells them."""


def typefaces(*, kept_apart: bool) -> list[Path]:
    """Files of the typefaces to learn from, or of those that are kept apart; small downloads at the first call.

    Raises:
        FileNotFoundError: they are not there, and npm is not installed.
        subprocess.CalledProcessError: npm could not fetch one.
    """
    learnt = [name for at, name in enumerate(NAMES) if at % _KEPT_APART]
    families = {_family(name) for name in learnt}
    apart = [name for name in NAMES[::_KEPT_APART] if _family(name) not in families]
    return [_fetched(name) for name in (apart if kept_apart else learnt)]


def every_typeface() -> list[Path]:
    """Files of all of them; fails as `typefaces` does."""
    return [_fetched(name) for name in NAMES]


def _family(name: str) -> str:
    """Typefaces of one family, such as all that are called playwrite, may be of one hand."""
    return name.partition("-")[0]


def _fetched(name: str) -> Path:
    path = _FOLDER / f"{name}.woff"
    if not path.is_file():
        print(f"fetching the typeface {name} ...", file=sys.stderr, flush=True)
        _FOLDER.mkdir(exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm, which fetches the typefaces, is not installed; it comes with Node.js.")
        with TemporaryDirectory() as folder:
            package = f"@fontsource/{name}@{_VERSION}"
            subprocess.run([npm, "pack", "--silent", package, "--pack-destination", folder], check=True)
            [archive] = Path(folder).glob("*.tgz")
            with tarfile.open(archive) as files:
                member = files.extractfile(f"package/files/{name}-latin-400-normal.woff")
                assert member is not None
                path.write_bytes(member.read())
    return path
