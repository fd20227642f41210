"""PRNet's encoder-decoder, which gives the position map itself (input of 256 x 256 pixels)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .points import Points

RESFCN_SCALE = 1.1
"""Crop sides at the network's output 1: a face may reach a little beyond its crop."""


class ResFcn256(nn.Module):
    """PRNet's network: a residual encoder to 8 x 8 x 512, then seventeen transposed convolutions.

    Padding is that of TensorFlow's SAME: for kernels of four, one before and two after.
    Source: yfeng95/PRNet (MIT), read off its `predictor.py`; written anew.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        w = width

        def norm(c: int) -> nn.BatchNorm2d:
            return nn.BatchNorm2d(c, eps=1e-3)

        class Block(nn.Module):
            def __init__(self, cin: int, cout: int, stride: int) -> None:
                super().__init__()
                self.shortcut = (
                    nn.Conv2d(cin, cout, 1, stride, bias=False)
                    if stride != 1 or cin != cout
                    else nn.Identity()
                )
                self.a = nn.Sequential(
                    nn.Conv2d(cin, cout // 2, 1, bias=False), norm(cout // 2), nn.ReLU()
                )
                self.b = nn.Sequential(
                    nn.ZeroPad2d((1, 2, 1, 2) if stride == 1 else (1, 1, 1, 1)),
                    nn.Conv2d(cout // 2, cout // 2, 4, stride, bias=False),
                    norm(cout // 2),
                    nn.ReLU(),
                    nn.Conv2d(cout // 2, cout, 1, bias=False),
                )
                self.after = nn.Sequential(norm(cout), nn.ReLU())

            def forward(self, x: Tensor) -> Tensor:
                return self.after(self.b(self.a(x)) + self.shortcut(x))

        class Up(nn.Module):
            def __init__(self, cin: int, cout: int, stride: int, last: bool = False) -> None:
                super().__init__()
                self.stride = stride
                self.conv = nn.ConvTranspose2d(cin, cout, 4, stride, padding=1, bias=False)
                self.norm = norm(cout)
                self.last = last

            def forward(self, x: Tensor) -> Tensor:
                y = self.conv(x)
                if self.stride == 1:  # one more row and column than SAME keeps
                    y = functional.pad(y, (0, -1, 0, -1)) if y.shape[-1] > x.shape[-1] else y
                y = functional.relu(self.norm(y))
                return torch.sigmoid(y) if self.last else y

        layers: list[nn.Module] = [
            nn.ZeroPad2d((1, 2, 1, 2)),
            nn.Conv2d(3, w, 4, bias=False),
            norm(w),
            nn.ReLU(),
        ]
        c = w
        for k in (2, 4, 8, 16, 32):
            layers += [Block(c, w * k, 2), Block(w * k, w * k, 1)]
            c = w * k
        layers.append(Up(c, c, 1))
        for cout, more in ((w * 16, 2), (w * 8, 2), (w * 4, 2), (w * 2, 1), (w, 0)):
            layers.append(Up(c, cout, 2))
            layers += [Up(cout, cout, 1) for _ in range(more)]
            c = cout
        layers += [Up(c, 3, 1), Up(3, 3, 1), Up(3, 3, 1, last=True)]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Predict position maps.

        Parameters
        ----------
        images : (N, 3, S, S)
            RGB, 0..1.

        Returns
        -------
        (N, 3, S, S)
            x, y, z; times `RESFCN_SCALE` these are crop sides, z towards the viewer.
        """
        return self.layers(images)

    def predict(self, images: Tensor, points: Points) -> tuple[list[Tensor], Tensor]:
        """Predict the points of a loss, which have to be all texels of the map.

        Returns
        -------
        list of one (N, P, 3)
            Crop sides, z away from the viewer.
        Tensor
            0: nothing is added to the loss.

        Raises
        ------
        ValueError
            The loss has other points.
        """
        maps = self(images).float() * RESFCN_SCALE
        found = maps.flatten(2).transpose(1, 2) * maps.new_tensor([1.0, 1.0, -1.0])
        if found.shape[1] != len(points.mean):
            raise ValueError(
                f"resfcn256 gives {found.shape[1]} texels, the loss has {len(points.mean)} points: "
                'set loss.mask_weighting = "prnet" and generate.size = 256'
            )
        return [found], maps.new_zeros(())
