"""MNIST as PyTorch's own example trains it: a DataLoader, and a transform for each image each time.

32C3-64C3-pool-dropout .25-FC128-dropout .5-FC10, Adadelta at 1.0 times 0.7 after each epoch, batch 64, fp32. Every
image passes through a Pillow image, to a tensor in [0, 1], and is normalised, as torchvision's transforms do it; they
are written out here, because torchvision is not needed for anything else.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from benchmarks.peers.protocol import load_images, parse_options, race, tell_packages

MEAN, STD = (0.1307,), (0.3081,)


class Digits(Dataset[tuple[Tensor, int]]):
    """Images as a folder of pictures would give them, transformed one by one."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> None:
        self.images, self.labels = torch.from_numpy(images), torch.from_numpy(labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.images[index].numpy())
        return normalize(to_tensor(picture)), int(self.labels[index])


def to_tensor(picture: Image.Image) -> Tensor:
    """A grey picture as float32 (1, H, W) in [0, 1]."""
    pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    pixels = pixels.view(picture.size[1], picture.size[0], 1).permute(2, 0, 1).contiguous()
    return pixels.to(torch.float32).div(255)


def normalize(image: Tensor) -> Tensor:
    """Subtract the mean of each channel and divide by its deviation."""
    mean = torch.as_tensor(MEAN, dtype=image.dtype).view(-1, 1, 1)
    std = torch.as_tensor(STD, dtype=image.dtype).view(-1, 1, 1)
    return image.clone().sub_(mean).div_(std)


class Net(nn.Module):
    """The example's network."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.hidden = nn.Linear(64 * 12 * 12, 128)
        self.output = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Log-probabilities (B, 10) of images (B, 1, 28, 28)."""
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(x))
        x = self.dropout1(functional.max_pool2d(x, 2))
        x = functional.relu(self.hidden(torch.flatten(x, 1)))
        return functional.log_softmax(self.output(self.dropout2(x)), dim=1)


def main() -> None:
    """Train, and test after each epoch."""
    options = parse_options()
    mnist = load_images(options.images)
    tell_packages("torch")
    torch.manual_seed(options.seed)
    train = DataLoader(Digits(mnist.train_images, mnist.train_labels), batch_size=64, shuffle=True)
    test = DataLoader(Digits(mnist.test_images, mnist.test_labels), batch_size=1000)
    model = Net()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)

    def train_epoch() -> None:
        model.train()
        for images, labels in train:
            optimizer.zero_grad()
            loss = functional.nll_loss(model(images), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        scheduler.step()

    @torch.no_grad()
    def test_accuracy() -> float:
        model.eval()
        right = sum(int((model(images).argmax(1) == labels).sum()) for images, labels in test)
        return right / len(mnist.test_labels)

    race(options, train_epoch, test_accuracy)


if __name__ == "__main__":
    main()
