"""Deutsch: Fehler der Modelle und ihrer Dateien."""
# SPDX-License-Identifier: GPL-3.0-or-later

TEXTS = {
    "A UV layout cannot be called {layout_file}.": "Ein UV-Layout kann nicht {layout_file} heißen.",
    "canonical_vertices.npy has both eyes in one place.":
        "canonical_vertices.npy hat beide Augen an einer Stelle.",
    "face_ind.txt does not hold ascending texel numbers below {flat}.":
        "face_ind.txt enthält keine aufsteigenden Nummern von Texeln unter {flat}.",
    "In {path} there is no Data/net-data/{checkpoint}: the weights are not part of PRNet's "
    "repository, its README says where they are.":
        "In {path} gibt es kein Data/net-data/{checkpoint}: die Gewichte gehören nicht zu PRNets "
        "Repository, sein README sagt, wo sie sind.",
    "No face was seen on {name}; name the vertices of its 68 landmarks in a file landmarks.txt "
    "beside neutral.obj.":
        "An {name} wurde kein Gesicht erkannt; nennen Sie die Punkte seiner 68 Landmarken in "
        "einer Datei landmarks.txt neben neutral.obj.",
    "PRNet's UV files do not fit each other: {faces} face indices, {vertices} canonical vertices, "
    "landmarks {shape}; expected (2, 68).":
        "PRNets UV-Dateien passen nicht zusammen: {faces} Indizes des Gesichts, {vertices} "
        "kanonische Vertices, Landmarken {shape}; erwartet wird (2, 68).",
    "The checkpoint's file {path} is missing; both NAME.index and NAME.data-00000-of-00001 are "
    "needed.":
        "Die Datei {path} des Checkpoints fehlt; nötig sind NAME.index und "
        "NAME.data-00000-of-00001.",
    "The default model {file} is missing; reinstall the add-on (or get the complete repository).":
        "Das mitgelieferte Modell {file} fehlt; installieren Sie das Add-on neu (oder holen Sie "
        "das vollständige Repository).",
    "The face detector failed while it ran: {why}.":
        "Der Gesichtsdetektor ist beim Rechnen gescheitert: {why}.",
    "The face detector's model {file} is missing; reinstall the add-on (or get the complete "
    "repository).":
        "Das Modell {file} des Gesichtsdetektors fehlt; installieren Sie das Add-on neu (oder "
        "holen Sie das vollständige Repository).",
    "The faces were read by different models; use Update to This Model first.":
        "Verschiedene Modelle haben die Gesichter gelesen; zuerst: Auf dieses Modell bringen.",
    "The head file {path} that this face was made with is not where it was; put it back, or build "
    "the face anew.":
        "Die Kopfdatei {path}, mit der dieses Gesicht gebaut wurde, ist nicht mehr an ihrem Ort; "
        "legen Sie sie zurück oder bauen Sie das Gesicht neu.",
    "The head {name} does not fit this model: it was imported for another one. Import it again, "
    "or take the model that comes with the add-on.":
        "Der Kopf {name} passt nicht zu diesem Modell: er wurde für ein anderes importiert. "
        "Importieren Sie ihn neu oder nehmen Sie das Modell des Add-ons.",
    "The import took longer than {timeout} s.": "Der Import dauerte länger als {timeout} s.",
    "The model {model} makes {map_size} x {map_size} maps, its UV layout {layout_path} describes "
    "{size} x {size}.":
        "Das Modell {model} macht Karten von {map_size} x {map_size}, sein UV-Layout "
        "{layout_path} beschreibt {size} x {size}.",
    "The model {model} needs its UV layout {layout_path} beside it.":
        "Das Modell {model} braucht sein UV-Layout {layout_path} neben sich.",
    "The model {name} does not tell whose face it sees; several photos of a person take the model "
    "that comes with the add-on.":
        "Das Modell {name} sagt nicht, wessen Gesicht es sieht; mehrere Fotos einer Person "
        "brauchen das mitgelieferte Modell.",
    "The model {name} failed while it ran: {why}.":
        "Das Modell {name} ist beim Rechnen gescheitert: {why}.",
    "The model {name} has changed on disk since it was added; add it again, or choose another one.":
        "Das Modell {name} hat sich auf der Festplatte geändert; importieren Sie es wieder, oder "
        "wählen Sie ein anderes.",
    "The model {name} is gone; add it again, or choose another one.":
        "Das Modell {name} ist nicht mehr da; importieren Sie es wieder, oder wählen Sie ein "
        "anderes.",
    "The model {name} returned positions that are not finite or lie far outside its picture.":
        "Das Modell {name} liefert Positionen, die nicht endlich sind oder weit außerhalb seines "
        "Bildes liegen.",
    "The Python named in the preferences cannot be run: {why}.":
        "Das in den Einstellungen angegebene Python lässt sich nicht ausführen: {why}.",
    "The UV layout {layout!r} that this face was made with is not here; install its model again "
    "or build the face anew.":
        "Das UV-Layout {layout!r}, mit dem dieses Gesicht erstellt wurde, ist nicht da; "
        "importieren Sie sein Modell wieder oder erstellen Sie das Gesicht neu.",
    "The UV layout {layout_path} belongs to another model than {model}: its sha256 is not the one "
    "the model names.":
        "Das UV-Layout {layout_path} gehört zu einem anderen Modell als {model}: sein sha256 ist "
        "nicht der, den das Modell nennt.",
    "The UV layout {path} has arrays of unexpected shape, type or values: mask {mask}, canonical "
    "{canonical}, landmark_texels {texels}.":
        "Das UV-Layout {path} hat Felder von unerwarteter Form, Art oder Werten: mask {mask}, "
        "canonical {canonical}, landmark_texels {texels}.",
    "The UV layout {path} has landmarks outside its mask.":
        "Das UV-Layout {path} hat Landmarken außerhalb seiner Maske.",
    "The UV layout {path} has no surface that could become a mesh.":
        "Das UV-Layout {path} hat keine Fläche, aus der ein Mesh werden könnte.",
    "The UV layout {path} is damaged or not an .npz file.":
        "Das UV-Layout {path} ist beschädigt oder keine .npz-Datei.",
    "The UV layout {path} unpacks to {unpacked} MB.":
        "Das UV-Layout {path} wird ausgepackt {unpacked} MB groß.",
    "The weights are damaged: a batch norm has a negative variance.":
        "Die Gewichte sind beschädigt: eine Batch-Norm hat eine negative Varianz.",
    "The weights are damaged: {name} holds numbers that are not finite.":
        "Die Gewichte sind beschädigt: {name} enthält Zahlen, die nicht endlich sind.",
    "There is no whole head for this face: its model does not tell identity in the way of the "
    "model that comes with the add-on.":
        "Für dieses Gesicht gibt es keinen ganzen Kopf: sein Modell sagt nicht auf die Weise des "
        "mitgelieferten Modells, wessen Gesicht es ist.",
    "This model does not tell expressions; they take the model that comes with the add-on.":
        "Dieses Modell sagt nichts über den Ausdruck; dazu braucht es das Modell, das mit dem "
        "Add-on kommt.",
    "This model knows no whole head; import with the one of the add-on.":
        "Dieses Modell kennt keinen ganzen Kopf; importieren Sie mit dem des Add-ons.",
    "uv_kpt_ind.txt has landmarks outside the face.":
        "uv_kpt_ind.txt hat Landmarken außerhalb des Gesichts.",
    "{data} has {found:,} bytes and its index asks for {needed:,}: it is incomplete, or the two "
    "files do not belong together.":
        "{data} hat {found:,} Bytes, und sein Index verlangt {needed:,}: die Datei ist "
        "unvollständig, oder die beiden gehören nicht zusammen.",
    "{data} is damaged, or is not the one {index} belongs to: a checksum differs.":
        "{data} ist beschädigt oder gehört nicht zu {index}: eine Prüfsumme weicht ab.",
    "{index} is not the index of a TensorFlow checkpoint, or is damaged.":
        "{index} ist nicht der Index eines TensorFlow-Checkpoints, oder ist beschädigt.",
    "{name} could not be matched with a face; name its landmarks in landmarks.txt.":
        "{name} ließ sich mit keinem Gesicht zur Deckung bringen; nennen Sie seine Landmarken in "
        "landmarks.txt.",
    "{name} has inputs {inputs} and outputs {outputs}; expected the input 'image' and the output "
    "'position_map'.":
        "{name} hat die Eingänge {inputs} und die Ausgänge {outputs}; erwartet werden der Eingang "
        "'image' und der Ausgang 'position_map'.",
    "{name} has the outputs {listed}: {hint}.": "{name} hat die Ausgänge {listed}: {hint}.",
    "{name} has {key} = {text!r} in its metadata; expected a number above 0.":
        "{name} hat {key} = {text!r} in seinen Metadaten; erwartet wird eine Zahl über 0.",
    "{name} holds no state dict.": "{name} enthält kein State-Dict.",
    "{name} is not PRNet's checkpoint: it holds {tensor!r}, which resfcn256 does not have.":
        "{name} ist nicht PRNets Checkpoint: er enthält {tensor!r}, was resfcn256 nicht hat.",
    "{name} is not PRNet's checkpoint: {missing} of resfcn256's {expected} tensors are missing, "
    "such as {first}.":
        "{name} ist nicht PRNets Checkpoint: {missing} der {expected} Tensoren von resfcn256 "
        "fehlen, etwa {first}.",
    "{name} is not PRNet's checkpoint: {tensor} is {shapes}; expected {expected}.":
        "{name} ist nicht PRNets Checkpoint: {tensor} ist {shapes}; erwartet wird {expected}.",
    "{name} is of another network than resfcn256: {why}. Export it to ONNX with the code it came "
    "with, and import that.":
        "{name} gehört zu einem anderen Netz als resfcn256: {why}. Exportieren Sie es mit seinem "
        "eigenen Code nach ONNX, und importieren Sie das.",
    "{name} names no UV layout in its metadata (prn.uv_layout = {layout_file!r}); expected the "
    "name of a file beside it.":
        "{name} nennt in seinen Metadaten kein UV-Layout (prn.uv_layout = {layout_file!r}); "
        "erwartet wird der Name einer Datei daneben.",
    "{name} takes exactly {count} images at once; expected any N.":
        "{name} nimmt genau {count} Bilder auf einmal; erwartet wird jede Zahl N.",
    "{name}: '{node}' is {type} {shape}; expected float (N, S, S, 3).":
        "{name}: '{node}' ist {type} {shape}; erwartet wird float (N, S, S, 3).",
    "{path} belongs to another UV layout than {name}.":
        "{path} gehört zu einer anderen UV-Aufteilung als {name}.",
    "{path} does not belong to this model.": "{path} gehört nicht zu diesem Modell.",
    "{path} has a face that is not made of whole numbers; export it again.":
        "{path} hat eine Fläche, die nicht aus ganzen Zahlen besteht; exportieren Sie neu.",
    "{path} has a face with {count} corners; 3 to {most} are read.":
        "{path} hat eine Fläche mit {count} Ecken; gelesen werden 3 bis {most}.",
    "{path} has a line of coordinates that are no numbers; export it again.":
        "{path} hat eine Zeile mit Koordinaten, die keine Zahlen sind; exportieren Sie neu.",
    "{path} has another topology than {other}: {count} vertices instead of {expected}, or other "
    "faces; all files of a folder need the same vertices in the same order.":
        "{path} hat eine andere Topologie als {other}: {count} Punkte statt {expected}, oder "
        "andere Flächen; alle Dateien eines Ordners brauchen dieselben Punkte in derselben "
        "Reihenfolge.",
    "{path} has arrays of unexpected shape, type or values.":
        "{path} enthält Felder von unerwarteter Form, Art oder mit unerwarteten Werten.",
    "{path} has coordinates that are not finite; export it again.":
        "{path} hat Koordinaten, die nicht endlich sind; exportieren Sie neu.",
    "{path} has faces whose vertices are not there; export it again.":
        "{path} hat Flächen, deren Punkte es nicht gibt; exportieren Sie neu.",
    "{path} has more than {vertices} vertices or {faces} faces, the limit for a head.":
        "{path} hat mehr als {vertices} Punkte oder {faces} Flächen, die Grenze für einen Kopf.",
    "{path} has no faces; export the head as a mesh.":
        "{path} hat keine Flächen; exportieren Sie den Kopf als Mesh.",
    "{path} has to list the numbers of 68 vertices, counted from 0, in the order of iBUG's "
    "landmarks.":
        "{path} muss die Nummern von 68 Punkten nennen, von 0 an gezählt, in der Reihenfolge der "
        "Landmarken von iBUG.",
    "{path} has version {version} of the head's format; this add-on reads version {known}.":
        "{path} hat Version {version} des Kopf-Formats; dieses Add-on liest Version {known}.",
    "{path} has {shapes} shapes of {vertices} vertices, more than fit into memory here; leave "
    "some out.":
        "{path} hat {shapes} Formen mit {vertices} Punkten, mehr als hier in den Speicher passen; "
        "lassen Sie einige weg.",
    "{path} holds no .obj files.": "{path} enthält keine .obj-Dateien.",
    "{path} holds numbers that make no sense.": "{path} enthält Zahlen, die keinen Sinn ergeben.",
    "{path} holds {count} .obj files; at most {most} are read.":
        "{path} enthält {count} .obj-Dateien; höchstens {most} werden gelesen.",
    "{path} in {folder} is damaged; remove it and add the models again.":
        "{path} in {folder} ist beschädigt; löschen Sie die Datei und importieren Sie die Modelle "
        "wieder.",
    "{path} is damaged or not an .npy file.": "{path} ist beschädigt oder keine .npy-Datei.",
    "{path} is damaged or not an .npz file.": "{path} ist beschädigt oder keine .npz-Datei.",
    "{path} is larger than {limit} MB, the limit.":
        "{path} ist größer als erlaubt; die Grenze sind {limit} MB.",
    "{path} is no head: it needs the arrays points (V, 3) and quads (Q, 3 or 4), and what else it "
    "has must fit them.":
        "{path} ist kein Kopf: nötig sind die Arrays points (V, 3) und quads (Q, 3 oder 4), und "
        "was es sonst enthält, muss dazu passen.",
    "{path} is not a picture of {size} x {size} pixels.":
        "{path} ist kein Bild von {size} x {size} Pixeln.",
    "{path} is not a PyTorch state dict, is damaged, or holds more than tensors ({why}).":
        "{path} ist kein State-Dict von PyTorch, ist beschädigt oder enthält mehr als Tensoren "
        "({why}).",
    "{path} is not a table of numbers.": "{path} ist keine Tabelle aus Zahlen.",
    "{path} is not a UV layout: it has no {names}.": "{path} ist kein UV-Layout: es fehlt {names}.",
    "{path} is not an ONNX model that onnxruntime can load; it is damaged, incomplete or of "
    "another kind.":
        "{path} ist kein ONNX-Modell, das onnxruntime laden kann; es ist beschädigt, "
        "unvollständig oder von anderer Art.",
    "{path} is not an ONNX model, or is damaged.":
        "{path} ist kein ONNX-Modell, oder ist beschädigt.",
    "{path} is not the network that finds faces.":
        "{path} ist nicht das Netz, das Gesichter findet.",
    "{path} is {dtype} {shape}; expected (n, 3) floats.":
        "{path} ist {dtype} {shape}; erwartet wird (n, 3) aus Gleitkommazahlen.",
    "{path} keeps its weights in other files; save it as one file first.":
        "{path} hat seine Gewichte in anderen Dateien; speichern Sie es erst als eine.",
    "{path} needs one file of the head without expression, called neutral.obj; {count} are called "
    "so.":
        "{path} braucht eine Datei des Kopfes ohne Ausdruck namens neutral.obj; so heißen {count}.",
    "{path} takes {found}; expected one picture, (N, 3, {resolution}, {resolution}) or (N, "
    "{resolution}, {resolution}, 3).":
        "{path} nimmt {found}; erwartet wird ein Bild, (N, 3, {resolution}, {resolution}) oder "
        "(N, {resolution}, {resolution}, 3).",
    "{path} would have {size} MB, more than is read; leave out some expressions or identities, or "
    "take a coarser mesh.":
        "{path} hätte {size} MB, mehr als gelesen wird; lassen Sie einige Ausdrücke oder Personen "
        "weg, oder nehmen Sie ein gröberes Mesh.",
}  # fmt: skip
