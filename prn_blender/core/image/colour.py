"""TODO docstring."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy as np

# sRGB to linear light and back by a power: a gain of light is a gain of the stored values.
GAMMA = 2.2


LUMA = np.array([0.299, 0.587, 0.114], np.float32)


# Linear light: darker, colours are noise.
FLOOR = 0.01
