"""What operators and panels both need, and neither has to know of the other.

- Long work: `jobs/` (progress, and what Esc does), `threads`, `background_answers` (what a panel
  shows and takes long to find out), `recent_faces` (the network, asked once for each photo).
- What is worked on: `chosen_photo` (of the photo panel), `face_numbers`, `target` (the active
  face), `result_picture`.
- Options: `choices` (menus: labels and tooltips), `build_options`, `file_browser`, `settings` (the
  preferences).
- What is seen: `views/` (3D views), `previews` (pictures in panels), `reporting` (sentences and
  errors, translated), `redraw`, `libraries` (is the add-on complete?).

In come Blender's context, events and options; out go calls of `core` and `scene`, reports and
pixels. Nothing here imports `operators`, `properties` or `panels`.
"""
# SPDX-License-Identifier: GPL-3.0-or-later
