"""PRNet's network as PyTorch ports write it: other names, other order of definition."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from prn_blender.core.model.importer.resfcn import blocks, ups


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, past: str | None) -> None:
        super().__init__()
        half = outputs // 2
        if past:
            setattr(self, past, nn.Conv2d(inputs, outputs, 1, stride, bias=False))
        self.past = past
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3)  # defined before what it follows
        padding = (1, 2, 1, 2) if stride == 1 else (1, 1, 1, 1)
        self.main = nn.Sequential(
            nn.Conv2d(inputs, half, 1, bias=False), nn.BatchNorm2d(half, eps=1e-3), nn.ReLU(),
            nn.ConstantPad2d(padding, 0.0), nn.Conv2d(half, half, 4, stride, bias=False),
            nn.BatchNorm2d(half, eps=1e-3), nn.ReLU(), nn.Conv2d(half, outputs, 1, bias=False),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        past = getattr(self, self.past)(x) if self.past else x
        return torch.relu(self.norm(self.main(x) + past))


class Crop(nn.Module):
    """Uneven cropping after a transposed convolution, as TensorFlow's SAME."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., 1:-2, 1:-2]


class Port(nn.Module):
    def __init__(self, activation: Any, shortcut: str = "skip_conv") -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.ConstantPad2d((1, 2, 1, 2), 0.0), nn.Conv2d(3, 16, 4, bias=False),
            nn.BatchNorm2d(16, eps=1e-3), nn.ReLU(),
        )  # fmt: skip
        self.down = nn.Sequential(
            *[Block(b.inputs, b.outputs, b.stride, shortcut if b.has_shortcut else None)
              for b in blocks()]
        )  # fmt: skip
        layers: list[nn.Module] = []
        for u in ups():
            even = u.stride == 2
            layers += [
                nn.ConvTranspose2d(u.inputs, u.outputs, 4, u.stride, int(even), bias=False),
                nn.Identity() if even else Crop(),
                nn.BatchNorm2d(u.outputs, eps=1e-3),
                nn.ReLU(),
            ]
        self.up = nn.Sequential(*layers[:-1], activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.up(self.down(self.stem(x)))


def random_port(activation: Any, shortcut: str = "skip_conv") -> Port:
    """Weights for which float32's rounding stays small, see resfcn_tensorflow.py."""
    torch.manual_seed(0)
    port = Port(activation, shortcut)
    for module in port.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.normal_(module.bias, 2.0, 0.3)
            module.momentum = None  # the average of what it saw, that is the pictures below
    last = [m for m in port.modules() if isinstance(m, nn.BatchNorm2d)][-1]
    with torch.no_grad():
        last.weight /= 16
        last.bias -= 2
        port.train()
        port(torch.rand(2, 3, 128, 128))
    return port.eval()
