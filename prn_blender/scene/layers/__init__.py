"""The texture of a face as layers in a material, which the artist can edit.

In: a face object; images for its layers. Out: its layers (`layers_of`), their values for another
thread (`layer_values`), and all of them as one array (`bake`). Knows nothing of how a texture is
put into the photo.

- `texture_group`: the node group in which the layers meet, and its formulas;
- `layers`: which image is which layer, and how one is set;
- `layer_values`, `bake`, `cycles_bake`: the same formulas evaluated in numpy, and by Cycles where
  the artist has added nodes;
- `composed`, `composed_files`, `head_tile`, `export_nodes`: the image of all layers, painted around
  on a whole head, that exporters and Solid view get;
- `complete`, `paint`, `part_masks`, `external`, `edited_pass`: what single layers and passes need.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

from typing import TYPE_CHECKING

from ...core.lazy import lazily

if TYPE_CHECKING:
    from .complete import add_completed
    from .composed import compose
    from .layer_values import LayerValues, read_layers
    from .layers import TextureLayers, editable_layers, find_layers, layers_of, result_is_old
    from .paint import paint_layer

__all__ = [
    "LayerValues",
    "TextureLayers",
    "add_completed",
    "compose",
    "editable_layers",
    "find_layers",
    "layers_of",
    "paint_layer",
    "read_layers",
    "result_is_old",
]

__getattr__ = lazily(
    __name__,
    {
        "complete": ("add_completed",),
        "composed": ("compose",),
        "layer_values": (
            "LayerValues",
            "read_layers",
        ),
        "layers": (
            "TextureLayers",
            "editable_layers",
            "find_layers",
            "layers_of",
            "result_is_old",
        ),
        "paint": ("paint_layer",),
    },
)
