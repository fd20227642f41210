"""Puts the models into the wheel, as `prn_blender/models`; all else is in pyproject.toml.

In a checkout, and in an editable installation of it, they stay beside the package.
"""
# SPDX-License-Identifier: GPL-3.0-or-later

import shutil
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

ROOT = Path(__file__).resolve().parent


def model_files() -> list[Path]:
    """What belongs to the models, of pyproject.toml's list.

    Raises
    ------
    SetupError
        One is missing: what was installed would find no face.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    files = [ROOT / "models" / name for name in project["tool"]["prn-blender"]["model-files"]]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise SetupError(f"models/ lacks {', '.join(missing)}; get the complete repository.")
    return files


class BuildWithModels(build_py):
    """The package's modules, then its models."""

    def run(self) -> None:
        files = model_files()
        super().run()
        if self.editable_mode:
            return
        for file, place in zip(files, self._places(), strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs = super().get_outputs(include_bytecode)
        return outputs if self.editable_mode else [*outputs, *map(str, self._places())]

    def _places(self) -> list[Path]:
        folder = Path(self.build_lib) / "prn_blender" / "models"
        return [folder / file.name for file in model_files()]


setup(cmdclass={"build_py": BuildWithModels})
