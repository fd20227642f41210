"""Write files for other programs: OBJ with material and texture, coloured OBJ and PLY."""
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..choices import TextureSize
from ..face.face import Face
from ..files.ascii_table import decimals, integers, lines
from ..files.safe import linkable, plain, write_bytes
from ..geometry.camera import Camera, make_camera
from ..geometry.lattice import triangulate
from ..geometry.uv_layout import UVLayout
from ..photo.photo import encode_image
from ..typed import Points, Texture, Triangles
from .derived import front_vertices, vertex_colours
from .names import result_name

# From the canonical frame to OBJ's usual axes: Y up, looking along +Z.
_TO_OBJ = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)


def write_obj(
    face: Face,
    folder: str | os.PathLike[str],
    name: str,
    stride: int = 1,
    texture_size: TextureSize = "auto",
    mask_hidden: bool = False,
    front: str | None = None,
    camera: Camera | None = None,
    edited: Texture | None = None,
) -> list[str]:
    """Write NAME.obj, NAME.mtl and NAME_texture.png.

    The mesh is the face in the canonical frame at real size, in metres and in OBJ's usual axes
    (Y up, looking along +Z), which importers turn back into Blender's.

    Parameters
    ----------
    face : Face
    folder : path-like
        An existing folder.
    name : str
        The first part of the files' names. What programs do not find inside of an OBJ, such as
        spaces, becomes "_" (`linkable`).
    stride : {1, 2, 4}
        Texels between neighbouring vertices.
    texture_size, mask_hidden, edited
        As for `texture_pixels`.
    front : {"similarity", "affine"}, optional
        Turn the face to the front like that, see `front_vertices`. By default its vertices are
        those that `Camera.place` puts in front of the photo's camera, in the canonical frame.
    camera : Camera, optional
        That camera; by default the orthographic one.

    Returns
    -------
    list of str
        The names of the files written.

    Raises
    ------
    OutputError
        A file cannot be written.
    OptionError
        An option has a value that makes no sense.
    """
    positions = _canonical_positions(face, stride, front, camera)
    name = linkable(name)
    mesh, material, texture = (result_name(name, e) for e in (".obj", ".mtl", "_texture.png"))
    folder = Path(folder)
    write_bytes(folder / texture, texture_png(face, texture_size, mask_hidden, edited))
    write_bytes(folder / material, material_text(texture))
    start = f"mtllib {material}\no face\n".encode()
    write_bytes(folder / mesh, start + _vertex_lines(positions) + _obj_faces(face.layout, stride))
    return [mesh, material, texture]


def write_coloured(
    face: Face,
    folder: str | os.PathLike[str],
    name: str,
    stride: int = 1,
    camera: Camera | None = None,
    edited: Texture | None = None,
) -> list[str]:
    """Write NAME_colors.obj and NAME_colors.ply: a mesh whose vertices have the photo's colours.

    Axes and units are those of `write_obj`. In the OBJ file the colours, 0..1, follow the
    coordinates, as MeshLab and Blender read them. The PLY file is binary; alpha is 0 where the
    photo does not show the vertex.

    Parameters
    ----------
    face, folder, name, stride, camera
        As for `write_obj`.
    edited
        As for `vertex_colours`.

    Returns
    -------
    list of str
        The names of the files written.

    Raises
    ------
    OutputError
        A file cannot be written.
    OptionError
        Another stride.
    """
    texels, corners = face.layout.mesh(stride)
    positions = _canonical_positions(face, stride, None, camera)
    number = np.empty(face.layout.mask.size, np.int64)
    number[face.layout.texels] = np.arange(len(face.layout.texels))
    colours = vertex_colours(face, edited)[number[texels]]
    names = [result_name(plain(name), e) for e in ("_colors.obj", "_colors.ply")]
    rows = np.column_stack([positions, colours[:, :3] / np.float32(255)])
    write_bytes(
        Path(folder) / names[0], b"o face\n" + _vertex_lines(rows) + _plain_faces(corners + 1)
    )
    write_bytes(Path(folder) / names[1], _ply(positions, colours, _triangles(face.layout, stride)))
    return names


def texture_pixels(
    face: Face, size: TextureSize, mask_hidden: bool, edited: Texture | None = None
) -> Texture:
    """Get the texture that is written into a file.

    Parameters
    ----------
    face : Face
    size : int or "auto"
        As in `Face.texture`.
    mask_hidden : bool
        Whether it is black where the photo does not show the face, as PRNet's mask has it.
    edited : (M, M, 4) uint8 sRGB, optional
        A texture to take in place of the photo's, in its own size.

    Returns
    -------
    (N, N, 4) uint8 sRGB

    Raises
    ------
    OptionError
        The size is out of bounds.
    """
    texture = face.texture(size) if edited is None else edited
    if not mask_hidden:
        return texture
    alpha = texture[..., 3:].astype(np.uint16)
    colour = (texture[..., :3] * alpha + 127) // 255
    return np.concatenate([colour.astype(np.uint8), texture[..., 3:]], axis=-1)


def texture_png(
    face: Face, size: TextureSize, mask_hidden: bool, edited: Texture | None = None
) -> bytes:
    """Encode `texture_pixels` as a PNG file; the face keeps that of its own texture."""
    if edited is None and not mask_hidden:
        return face.texture_png(size)
    return encode_image(texture_pixels(face, size, mask_hidden, edited), ".png")


def material_text(texture: str) -> bytes:
    """Make an .mtl file that shows a texture, given by its name alone: folders can be moved."""
    text = f"newmtl face\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {texture}\n"
    return text.encode()


def _canonical_positions(
    face: Face, stride: int, front: str | None, camera: Camera | None
) -> Points:
    """(n, 3) float32 metres: the vertices of `write_obj`, Y up, looking along +Z."""
    texels, _ = face.layout.mesh(stride)
    if front is None:
        camera = camera or make_camera(face.photo, face.geometry)
        local = camera.place(face.geometry).local.reshape(-1, 3)
    else:
        local = np.zeros((face.layout.mask.size, 3), np.float32)
        local[face.layout.texels] = front_vertices(face, front)
    return local[texels] @ _TO_OBJ


def _vertex_lines(rows: np.ndarray) -> bytes:
    """The lines of vertices: rows (n, 3) of coordinates, or (n, 6) with colours."""
    columns = [part for column in rows.T for part in (" ", decimals(column, 6))]
    return lines("v", *columns)


@lru_cache(maxsize=4)
def _obj_faces(layout: UVLayout, stride: int) -> bytes:
    """The lines of texture coordinates and polygons, which are the same for all faces."""
    texels, corners = layout.mesh(stride)
    u, v = layout.uv.reshape(-1, 2)[texels].T
    start = lines("vt ", decimals(u, 6), " ", decimals(v, 6)) + b"usemtl face\ns 1\n"
    return start + _corner_lines(corners + 1, lambda i: [i, "/", i])


def _plain_faces(corners: np.ndarray) -> bytes:
    """The lines of polygons without texture coordinates."""
    return b"s 1\n" + _corner_lines(corners, lambda i: [i])


def _corner_lines(
    corners: np.ndarray, token: Callable[[np.ndarray], list[str | np.ndarray]]
) -> bytes:
    """The lines of polygons.

    Parameters
    ----------
    corners : (m, 4) int
        Numbers of vertices, counted from 1; 0 as the fourth corner marks a triangle.
    token : callable
        From the ASCII numbers of one corner, as `integers` makes them, to what is written for it.
    """
    triangle = corners[:, 3] < 1
    parts = []
    for rows, count in ((corners[~triangle], 4), (corners[triangle], 3)):
        if len(rows):
            tokens = [t for k in range(count) for t in (" ", *token(integers(rows[:, k])))]
            parts.append(lines("f", *tokens))
    return b"".join(parts)


def _triangles(layout: UVLayout, stride: int) -> Triangles:
    """The triangles of a mesh, cut by the canonical face: they are the same for all faces."""
    texels, corners = layout.mesh(stride)
    return triangulate(corners, layout.canonical.reshape(-1, 3)[texels])


def _ply(positions: Points, colours: np.ndarray, triangles: Triangles) -> bytes:
    """A binary PLY file.

    It has triangles, because not every program reads polygons of mixed sizes from a binary file.
    """
    vertex = np.empty(len(positions), [("position", "<f4", 3), ("colour", "u1", 4)])
    vertex["position"], vertex["colour"] = positions, colours
    channels = "".join(f"property uchar {c}\n" for c in ("red", "green", "blue", "alpha"))
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {len(positions)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"{channels}element face {len(triangles)}\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    record = np.empty(len(triangles), [("count", "u1"), ("corners", "<i4", 3)])
    record["count"], record["corners"] = 3, triangles
    return header.encode() + vertex.tobytes() + record.tobytes()
