// SPDX-License-Identifier: GPL-3.0-or-later
// A job type for Flamenco 3: render the .blend files of a batch, each from its photo's camera.
// docs/batch.md ("A farm of Blenders") says where this file goes and how a job is sent.

const JOB_TYPE = {
  label: "PRN Face Renders",
  description: "Render the .blend files that `prn-blender batch --blend` has written",
  settings: [
    {
      key: "blend_folder", type: "string", subtype: "dir_path", required: true,
      description: "The batch's folder of results, as workers see it",
    },
    {
      key: "names", type: "string", required: true,
      description: "Results to render, as the manifest has their keys, one a line",
    },
    {
      key: "output_folder", type: "string", subtype: "dir_path", required: true,
      description: "Where pictures go, in the same tree of folders",
    },
    {
      key: "per_task", type: "int32", default: 20,
      description: "Files that a worker renders before it asks for more",
    },
    {
      key: "engine", type: "string", required: true, default: "CYCLES",
      choices: ["CYCLES", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH"],
      description: "EEVEE and Workbench need a graphics card",
    },
    {
      key: "format", type: "string", required: true, default: "PNG",
      choices: ["PNG", "JPEG", "OPEN_EXR"],
    },
  ],
};

function compileJob(job) {
  const settings = job.settings;
  const names = namesOf(settings.names);
  const size = Math.max(1, settings.per_task || 1);
  for (let start = 0; start < names.length; start += size) {
    const some = names.slice(start, start + size);
    const task = author.Task(`faces ${start + 1}-${start + some.length}`, "blender");
    for (const name of some) {
      task.addCommand(renderCommand(settings, name));
    }
    job.addTask(task);
  }
}

// The names in a setting; throws where one would lead out of the folders.
function namesOf(text) {
  const names = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (names.length === 0) {
    throw "There is no name to render; the setting `names` takes one a line.";
  }
  for (const name of names) {
    const parts = name.split(/[\\/]/);
    if (parts.some((part) => part === ".." || part === "") || /^[A-Za-z]:/.test(name)) {
      throw `The name ${JSON.stringify(name)} leads out of the folder of results.`;
    }
  }
  return names;
}

// NAME.blend becomes NAME_0001.png: there is one frame.
function renderCommand(settings, name) {
  return author.Command("blender-render", {
    exe: "{blender}",
    exeArgs: "{blenderArgs}",
    argsBefore: [],
    blendfile: path.join(settings.blend_folder, `${name}.blend`),
    args: [
      "--engine", settings.engine,
      "--render-output", path.join(settings.output_folder, `${name}_####`),
      "--render-format", settings.format,
      "--render-frame", "1",
    ],
  });
}
