"""Deutsch: Fehler, außer denen der Modelle. Begriffe werden ohne Artikel eingesetzt."""
# SPDX-License-Identifier: GPL-3.0-or-later

TEXTS = {
    "A box is four numbers, x0 y0 x1 y1, in pixels of the photo of {width} x {height}; found "
    "{box}.":
        "Ein Rahmen besteht aus vier Zahlen, x0 y0 x1 y1, in Pixeln des Fotos von {width} x "
        "{height}; dieser ist {box}.",
    "A face from several photos keeps its cameras and its topology; take the other photos away "
    "first.":
        "Ein Gesicht aus mehreren Fotos behält seine Kameras und seine Topologie; entfernen Sie "
        "zuerst die anderen Fotos.",
    "A face from several photos keeps its cameras; take the other photos away first.":
        "Ein Gesicht aus mehreren Fotos behält seine Kameras; entfernen Sie zuerst die anderen "
        "Fotos.",
    'A model needs a name, and another one than "{default_name}".':
        'Ein Modell braucht einen Namen, und einen anderen als "{default_name}".',
    "A photo is an (H, W, 3) uint8 array; found {shape} {dtype}.":
        "Ein Foto ist ein Feld (H, W, 3) aus uint8; dieses ist {shape} {dtype}.",
    "A pin at {x:g} {y:g} is far outside the photo of {width} x {height} pixels.":
        "Eine Nadel bei {x:g} {y:g} liegt weit außerhalb des Fotos von {width} x {height} Pixeln.",
    "A pin needs a place of the face that has no other pin, and a point of the photo.":
        "Eine Nadel braucht eine Stelle des Gesichts ohne andere Nadel und einen Punkt des Fotos.",
    "A texture has no shape; the donor's shape needs a donor's photo.":
        "Eine Textur hat keine Form; für die Form des Spenders braucht es sein Foto.",
    "Blender cannot bake the nodes of this material: {why}":
        "Blender kann die Nodes dieses Materials nicht backen: {why}",
    "Blender cannot show {path}.": "Blender kann {path} nicht zeigen.",
    "Choose an existing folder for the files.":
        "Wählen Sie einen vorhandenen Ordner für die Dateien.",
    "Faces are chosen by numbers such as 2 or 1, 3; found {text!r}.":
        "Gesichter werden durch Nummern gewählt, etwa 2 oder 1, 3; hier steht {text!r}.",
    "Hair is kept by {share}; it can be 0 to 1.": "Haare bleiben zu {share}; möglich ist 0 bis 1.",
    "Mesh and camera are those of the first photo; choose it in Photos of This Person.":
        "Mesh und Kamera sind die des ersten Fotos; wählen Sie es unter Fotos dieser Person.",
    "No face was found in the frames of {path}.":
        "In den Bildern von {path} wurde kein Gesicht gefunden.",
    "No face was found in {name}; try a clearer picture, or crop it closer to the face.":
        "In {name} wurde kein Gesicht gefunden; versuchen Sie es mit einem deutlicheren Bild, "
        "oder schneiden Sie es näher am Gesicht zu.",
    "No file was chosen to save to.": "Es wurde keine Datei zum Speichern gewählt.",
    "No frame shows the person's face.": "Kein Einzelbild zeigt das Gesicht der Person.",
    "No further photo of this person is lost.": "Kein weiteres Foto dieser Person ist verloren.",
    "No mesh has the material {material!r}; give it to the face again.":
        "Kein Netz hat das Material {material!r}; geben Sie es dem Gesicht wieder.",
    "No movie was chosen.": "Es wurde kein Film gewählt.",
    "No part of the face is named; there are {names}.":
        "Es ist kein Teil des Gesichts genannt; es gibt {names}.",
    "No photo was chosen to take a face from.":
        "Es wurde kein Foto gewählt, aus dem ein Gesicht kommt.",
    "No photo was chosen.": "Es wurde kein Foto gewählt.",
    "Nodes of your own are baked by Cycles, which is off; enable it in Preferences > Add-ons.":
        "Eigene Nodes werden von Cycles gebacken, und das ist aus; schalten Sie es unter "
        "Einstellungen > Add-ons ein.",
    "None of the photos can be used: {why}": "Keines der Fotos ist brauchbar: {why}",
    "Nothing is selected; select a face built from a photo.":
        "Nichts ist ausgewählt; wählen Sie ein Gesicht, das aus einem Foto erstellt wurde.",
    "Nothing was chosen to be written.": "Es wurde nichts zum Schreiben gewählt.",
    "Nothing was moved.": "Es wurde nichts bewegt.",
    "Only a whole head has skin around its face: Mesh and Camera..., Topology.":
        "Nur ein ganzer Kopf hat Haut um sein Gesicht: Mesh und Kamera..., Topologie.",
    "onnxruntime, which runs the network, cannot be loaded: {why}. Reinstall the add-on (or run "
    "`make setup`).":
        "onnxruntime, das das Netz rechnet, lässt sich nicht laden: {why}. Installieren Sie das "
        "Add-on neu (oder führen Sie `make setup` aus).",
    "Open an Image Editor first.": "Öffnen Sie zuerst einen Bildeditor.",
    "Photo {number} of {count} cannot be taken away.":
        "Foto {number} von {count} lässt sich nicht entfernen.",
    "Scale and std have to be numbers above 0, offset and mean any numbers.":
        "Skalierung und Standardabweichung müssen Zahlen über 0 sein, Versatz und Mittel "
        "beliebige Zahlen.",
    "SciPy, which writes .mat files, is not installed. It is no part of the add-on: run `pip "
    "install scipy` in an ordinary Python and call `python -m prn_blender` there.":
        "SciPy, das .mat-Dateien schreibt, ist nicht installiert. Es gehört nicht zum Add-on: "
        "führen Sie `pip install scipy` in einem gewöhnlichen Python aus und rufen Sie dort "
        "`python -m prn_blender` auf.",
    "Stopped after {count} frames.": "Nach {count} Bildern angehalten.",
    "The blend is {mode!r}; it can be {names}.":
        "Die Überblendung ist {mode!r}; möglich sind {names}.",
    "The box {x0:g} {y0:g} {x1:g} {y1:g} is {w:g} x {h:g} pixels; each side needs at least "
    "{limit} (x0 y0 is the upper left corner).":
        "Der Rahmen {x0:g} {y0:g} {x1:g} {y1:g} hat {w:g} x {h:g} Pixel; jede Seite braucht "
        "mindestens {limit} (x0 y0 ist die Ecke links oben).",
    "The box {x0:g} {y0:g} {x1:g} {y1:g} lies outside the photo of {width} x {height} pixels.":
        "Der Rahmen {x0:g} {y0:g} {x1:g} {y1:g} liegt außerhalb des Fotos von {width} x {height} "
        "Pixeln.",
    "The camera is {kind!r}; it can be ortho or persp.":
        "Die Kamera ist {kind!r}; möglich sind ortho und persp.",
    "The camera of photo {number} was deleted; undo that, or give the photo anew.":
        "Die Kamera von Foto {number} wurde gelöscht; das zurücknehmen oder das Foto neu angeben.",
    "The camera of this photo is linked: make it local first.":
        "Die Kamera dieses Fotos ist verknüpft: machen Sie sie zuerst lokal.",
    "The camera of {item!r} was deleted; build the face again.":
        "Die Kamera von {item!r} wurde gelöscht; erstellen Sie das Gesicht neu.",
    "The caution is {caution}; it can be 0 to 1.":
        "Die Vorsicht ist {caution}; sie kann 0 bis 1 sein.",
    "The donor's UV layout {donor!r} is not the target's, {target!r}; reconstruct both with the "
    "same model.":
        "Das UV-Layout des Spenders, {donor!r}, ist nicht das des Ziels, {target!r}; erstellen "
        "Sie beide mit demselben Modell.",
    "The eye distance is {eye_distance} m; it can be 0.001 to 10.":
        "Der Augenabstand ist {eye_distance} m; möglich ist 0.001 bis 10.",
    "The face was built from its first photo, which stays.":
        "Das Gesicht wurde aus seinem ersten Foto gebaut; dieses bleibt.",
    "The face {name!r} is no longer there.": "Das Gesicht {name!r} ist nicht mehr da.",
    "The face's position map holds impossible values; build the face again.":
        "Die Positionskarte des Gesichts enthält unmögliche Werte; erstellen Sie das Gesicht neu.",
    "The face's position map is missing or damaged; build the face again.":
        "Die Positionskarte des Gesichts fehlt oder ist beschädigt; erstellen Sie das Gesicht neu.",
    "The feather is {feather}; it can be 0 to 1 eye distances.":
        "Der weiche Rand ist {feather}; möglich ist 0 bis 1 Augenabstand.",
    "The fill is {fill!r}; it can be {names}.": "Die Füllung ist {fill!r}; möglich sind {names}.",
    "The first frame is {start}; frames are counted from 1.":
        "Das erste Bild ist {start}; Bilder werden von 1 an gezählt.",
    "The focal length is too short: part of the face would lie behind the camera. Choose a longer "
    "one or the orthographic camera.":
        "Die Brennweite ist zu kurz: ein Teil des Gesichts läge hinter der Kamera. Wählen Sie "
        "eine längere oder die orthografische Kamera.",
    "The focal length is {focal_mm} mm; it can be 1 to 5000.":
        "Die Brennweite ist {focal_mm} mm; möglich ist 1 bis 5000.",
    "The folder {folder} cannot be made: {why}.":
        "Der Ordner {folder} lässt sich nicht anlegen: {why}.",
    "The folder {folder} cannot be read: {why}.": "Der Ordner {folder} ist nicht lesbar: {why}.",
    "The folder {folder} has the frames of the shot itself; choose another one.":
        "Im Ordner {folder} liegen die Bilder der Aufnahme selbst; wählen Sie einen anderen.",
    "The folder {folder} has {count} pictures; the limit is {limit}.":
        "Der Ordner {folder} hat {count} Bilder; die Grenze ist {limit}.",
    "The frame rate is {rate}; it can be {low} to {high} frames a second.":
        "Die Bildrate ist {rate}; möglich sind {low} bis {high} Bilder pro Sekunde.",
    "The front view is {kind!r}; it can be similarity or affine.":
        "Die Vorderansicht ist {kind!r}; möglich sind similarity und affine.",
    "The image cannot be encoded as {suffix}.": "Das Bild lässt sich nicht als {suffix} speichern.",
    "The image cannot be encoded as {suffix}: {why}.":
        "Das Bild lässt sich nicht als {suffix} speichern: {why}.",
    "The image of the texture layer {layer} was deleted; undo that, make the layer again, or "
    "build the face again.":
        "Das Bild der Texturebene {layer} wurde gelöscht; machen Sie das rückgängig, erzeugen Sie "
        "die Ebene oder das Gesicht neu.",
    "The image {image!r} has no pixels; its file is missing.":
        "Das Bild {image!r} hat keine Pixel; seine Datei fehlt.",
    "The image {image!r} has {millions} million pixels; at most {limit} are supported.":
        "Das Bild {image!r} hat {millions} Millionen Pixel; möglich sind höchstens {limit}.",
    "The landmarks are {kind!r}; they can be {names}.":
        "Die Landmarken sind {kind!r}; möglich sind {names}.",
    "The largest face in {name} is {size:.0f} pixels wide; at least {limit} are needed.":
        "Das größte Gesicht in {name} ist {size:.0f} Pixel breit; nötig sind mindestens {limit}.",
    "The last frame, {end}, comes before the first one, {start}.":
        "Das letzte Bild, {end}, kommt vor dem ersten, {start}.",
    "The mask holds something else than numbers 0 to 1.":
        "Die Maske enthält etwas anderes als Zahlen von 0 bis 1.",
    "The mask is {shape}; it has to be square, as the texture is.":
        "Die Maske ist {shape}; sie muss quadratisch sein wie die Textur.",
    "The mask {image!r} is {width} x {height} pixels; it has to be square, as the texture is.":
        "Die Maske {image!r} hat {width} x {height} Pixel; sie muss quadratisch sein wie die "
        "Textur.",
    "The mask {path} is black wherever the face is.":
        "Die Maske {path} ist schwarz, wo immer das Gesicht ist.",
    "The mask {path} is {width} x {height} pixels; it has to be square, as the texture is.":
        "Die Maske {path} hat {width} x {height} Pixel; sie muss quadratisch sein wie die Textur.",
    "The material is {kind!r}; it can be shadeless or lit.":
        "Das Material ist {kind!r}; möglich sind shadeless und lit.",
    "The mesh has too few vertices left; Mesh and Camera... makes it anew.":
        "Das Mesh hat zu wenige Eckpunkte übrig; Mesh und Kamera... macht es neu.",
    "The mesh of {item!r} has lost what says where its points are in the photo; Mesh and "
    "Camera... makes it anew.":
        "Dem Mesh von {item!r} fehlt, was sagt, wo seine Punkte im Foto sind; Mesh und Kamera... "
        "macht es neu.",
    "The mesh of {item!r} has {count} points and the head {expected}; a rig needs the head as it "
    "was built.":
        "Das Mesh von {item!r} hat {count} Punkte und der Kopf {expected}; ein Rig braucht den "
        "Kopf, wie er gebaut wurde.",
    "The mesh stride is {stride}; it can be 1, 2 or 4.":
        "Die Schrittweite des Meshs ist {stride}; möglich sind 1, 2 und 4.",
    "The mesh {item!r} has no shape keys with ARKit's names, such as jawOpen.":
        "Das Mesh {item!r} hat keine Shape Keys mit Namen von ARKit wie jawOpen.",
    "The model does not tell this head.": "Das Modell kennt diesen Kopf nicht.",
    "The model that comes with the add-on cannot be removed.":
        "Das mitgelieferte Modell lässt sich nicht entfernen.",
    "The movie {path} cannot be read: {why}.": "Der Film {path} ist nicht lesbar: {why}.",
    "The movie {path} does not exist.": "Den Film {path} gibt es nicht.",
    "The node group of the texture has lost its input {socket!r}; build the face again.":
        "Die Nodegruppe der Textur hat ihren Eingang {socket!r} verloren; erstellen Sie das "
        "Gesicht neu.",
    "The node group {group!r} was made by an earlier version of PRN Face and changed by hand, so "
    "it cannot be brought up to date; take that change back, or build the face again.":
        "Die Nodegruppe {group!r} stammt aus einer früheren Version von PRN Face und wurde von "
        "Hand geändert, sie kann nicht erneuert werden; nehmen Sie die Änderung zurück, oder "
        "erstellen Sie das Gesicht neu.",
    "The number of faces is {max_faces}; it has to be at least 1.":
        "Die Zahl der Gesichter ist {max_faces}; sie muss mindestens 1 sein.",
    "The photo of {item!r} is no longer in the file; put it back or build the face again.":
        "Das Foto von {item!r} ist nicht mehr in der Datei; legen Sie es zurück oder erstellen "
        "Sie das Gesicht neu.",
    "The photo shows nothing of this face.": "Das Foto zeigt nichts von diesem Gesicht.",
    "The photo {image!r} is {now_width} x {now_height} pixels; the face was built from one of "
    "{width} x {height}; put it back or build the face again.":
        "Das Foto {image!r} hat {now_width} x {now_height} Pixel; das Gesicht wurde aus einem mit "
        "{width} x {height} erstellt; legen Sie es zurück oder erstellen Sie das Gesicht neu.",
    "The photo {name} is neither where it was nor in the .blend file; put it back or build the "
    "face again.":
        "Das Foto {name} ist weder an seinem Ort noch in der .blend-Datei; legen Sie es zurück "
        "oder erstellen Sie das Gesicht neu.",
    "The photo {name} of this person is neither where it was nor in the .blend file; put it back, "
    "or take it away with Remove Lost Photos.":
        "Das Foto {name} dieser Person ist weder an seinem Ort noch in der .blend-Datei; legen "
        'Sie es zurück, oder entfernen Sie es mit "Verlorene Fotos entfernen".',
    "The rendered picture cannot be written into the temporary folder; is the disk full?":
        "Das gerenderte Bild lässt sich nicht in den temporären Ordner schreiben; ist der "
        "Datenträger voll?",
    "The step is {step}; it has to be at least 1.":
        "Der Schritt ist {step}; er muss mindestens 1 sein.",
    "The strength is {strength:g}; it can be 0 to {most:g}.":
        "Die Stärke ist {strength:g}; möglich sind 0 bis {most:g}.",
    "The strength is {strength}; it can be 0 to 1.":
        "Die Stärke ist {strength}; möglich ist 0 bis 1.",
    "The texture size is {size!r}; it can be auto or {min_size} to {max_size}.":
        "Die Größe der Textur ist {size!r}; möglich ist auto oder {min_size} bis {max_size}.",
    "The texture size is {size}; it can be {min_size} to {max_size}.":
        "Die Größe der Textur ist {size}; möglich ist {min_size} bis {max_size}.",
    "The texture's input {socket!r} comes from the node {node!r} and not from an image; bake the "
    "texture and link the baked image there.":
        "Der Eingang {socket!r} der Textur kommt vom Node {node!r} und nicht von einem Bild; "
        "backen Sie die Textur und verbinden Sie das gebackene Bild damit.",
    "The {what} has {width} x {height} texels; it has to be square, {min_size} to {max_size}.":
        "{what}: {width} x {height} Texel gehen nicht; nötig ist ein Quadrat mit {min_size} bis "
        "{max_size}.",
    "The {what} is {shape} {dtype}; expected (N, N, 4) uint8.":
        "{what}: {shape} {dtype} geht nicht; nötig ist (N, N, 4) uint8.",
    "The {what} is {value!r}; it can be {names}.":
        "{what}: {value!r} gibt es nicht; möglich sind {names}.",
    "The {what} {path} cannot be read: {why}.": "{what} {path} lässt sich nicht lesen: {why}.",
    "The {what} {path} does not exist.": "{what} {path} gibt es nicht.",
    "The {what} {path} is empty (0 bytes).": "{what} {path} ist leer (0 Bytes).",
    "The {what} {path} is larger than {limit} MB, the limit.":
        "{what} {path} ist größer als erlaubt; die Grenze sind {limit} MB.",
    "There are {count} photos; a person can have 1 to {most}.":
        "Es sind {count} Fotos; eine Person kann 1 bis {most} haben.",
    "There are {count} pins; a face can have {most}.":
        "Es sind {count} Nadeln; ein Gesicht kann {most} haben.",
    "There are {max_models} models already; remove one first.":
        "Es gibt schon {max_models} Modelle; entfernen Sie zuerst eines.",
    "There is no execution provider {name!r} here; this onnxruntime has {available}.":
        "Einen Execution Provider {name!r} gibt es hier nicht; onnxruntime hat {available}.",
    "There is no face to swap.": "Es gibt kein Gesicht zum Tauschen.",
    "There is no face {name!r} to take.": "Es gibt kein Gesicht {name!r} zum Übernehmen.",
    "There is no image {mask!r} to use as a mask.":
        "Ein Bild {mask!r} für die Maske gibt es nicht.",
    "There is no image {name!r} in this file.": "In dieser Datei gibt es kein Bild {name!r}.",
    "There is no layer {layer} to paint on yet; use {first} first.":
        "Eine Ebene {layer} zum Malen gibt es noch nicht; benutzen Sie zuerst: {first}.",
    "There is no model {name}; there are {names}.":
        "Ein Modell {name} gibt es nicht; es gibt {names}.",
    "There is no part {name!r}; there are {names}.":
        "Einen Teil {name!r} gibt es nicht; es gibt {names}.",
    "There is no person {number} in the shot, only {count}.":
        "Eine Person {number} gibt es in der Aufnahme nicht, nur {count}.",
    "There is no photo in the folder {folder}.": "Im Ordner {folder} ist kein Foto.",
    "There is no photo {number} of {item!r}, only {count}.":
        "Ein Foto {number} von {item!r} gibt es nicht, nur {count}.",
    "There is not enough memory to open {path}.":
        "Der Speicher reicht nicht aus, um {path} zu öffnen.",
    "This face was built with another model; choose that one, or build the face again.":
        "Dieses Gesicht entstand mit einem anderen Modell; wählen Sie es, oder bauen Sie es neu.",
    "This model knows no whole heads: change the face to a lattice first.":
        "Dieses Modell kennt keine ganzen Köpfe: Machen Sie das Gesicht zuerst zu einem Gitter.",
    "Too little of the face's skin is visible to tell how it is lit.":
        "Von der Haut des Gesichts ist zu wenig zu sehen, um zu sagen, wie sie beleuchtet ist.",
    "What do the texels mean? Name PRNet's folder Data/uv-data, or a UV layout (.npz).":
        "Was bedeuten die Texel? Geben Sie PRNets Ordner Data/uv-data oder ein UV-Layout (.npz) "
        "an.",
    "What looked like a face in {name} is too unclear to be reconstructed; try a clearer picture, "
    "or crop it closer to the face.":
        "Was in {name} wie ein Gesicht aussah, ist zu undeutlich; versuchen Sie es mit einem "
        "deutlicheren Bild, oder schneiden Sie es näher am Gesicht zu.",
    "What {item!r} remembers of its photo is damaged: {field!r} is missing or makes no sense; "
    "build the face again.":
        "Was {item!r} von seinem Foto weiß, ist beschädigt: {field!r} fehlt oder ergibt keinen "
        "Sinn; erstellen Sie das Gesicht neu.",
    "{item!r} cannot be painted while it is disabled in viewports (the Outliner's screen).":
        "{item!r} lässt sich nicht bemalen, solange es in Ansichten deaktiviert ist (der "
        "Bildschirm im Outliner).",
    "{item!r} has a rig already.": "{item!r} hat schon ein Rig.",
    "{item!r} has no material with the group {group!r}; build the face again.":
        "{item!r} hat kein Material mit der Gruppe {group!r}; erstellen Sie das Gesicht neu.",
    "{item!r} has other vertices than it was built with, so it cannot follow positions.":
        "{item!r} hat andere Eckpunkte als beim Erstellen und kann Positionen nicht folgen.",
    "{item!r} is a lattice; Mesh and Camera..., Topology: Head, makes a whole head of it.":
        "{item!r} ist ein Gitter; Mesh und Kamera..., Topologie: Kopf macht daraus einen ganzen "
        "Kopf.",
    "{item!r} is a lattice; with Mesh and Camera..., Topology: Head, it can have a rig.":
        "{item!r} ist ein Gitter; mit Mesh und Kamera..., Topologie: Kopf, kann es ein Rig "
        "bekommen.",
    "{item!r} is hidden, or not in this view layer; show it first.":
        "{item!r} ist ausgeblendet oder nicht in dieser Ansichtsebene; zuerst einblenden.",
    "{item!r} was saved by a newer version of PRN Face (its record has version {found}, the "
    "newest known here is {known}); update the add-on.":
        "{item!r} wurde mit einer neueren Version von PRN Face gespeichert (seine Angaben haben "
        "Version {found}, die neueste hier bekannte ist {known}); aktualisieren Sie das Add-on.",
    "{library}, which ships with the add-on, cannot be loaded: {why}. Reinstall the add-on (or "
    "run `make setup`).":
        "{library} gehört zum Add-on und lässt sich nicht laden: {why}. Installieren Sie das "
        "Add-on neu (oder führen Sie `make setup` aus).",
    "{name!r} is not a face built from a photo; select one.":
        "{name!r} ist kein Gesicht, das aus einem Foto erstellt wurde; wählen Sie eines.",
    "{name} has no face {number}.": "{name} hat kein Gesicht {number}.",
    "{name} has {number} megapixels, too many to draw into at its full size; the limit is "
    "{limit}. Scale it down or crop it first.":
        "{name} hat {number} Megapixel, zu viele, um in voller Größe hineinzuzeichnen; die Grenze "
        "ist {limit}. Verkleinern oder beschneiden Sie es zuerst.",
    "{name} has {number} megapixels; the limit is {limit}. Scale it down or crop it first.":
        "{name} hat {number} Megapixel; die Grenze ist {limit}. Verkleinern oder beschneiden Sie "
        "es zuerst.",
    "{name} is {width} x {height} pixels; each side needs at least {min_side}.":
        "{name} hat {width} x {height} Pixel; jede Seite braucht mindestens {min_side}.",
    "{package}, which {what}, {reason}. It is no part of the add-on: an ordinary Python has it "
    "after `pip install {package}` (docs/prnet.md).":
        "{package} ({what}) {reason}. Es gehört nicht zum Add-on: ein gewöhnliches Python hat es "
        "nach `pip install {package}` (docs/prnet.md).",
    "{path} cannot be written to its end; is the disk full?":
        "{path} lässt sich nicht bis zum Ende schreiben; ist der Datenträger voll?",
    "{path} cannot be written: choose .png or .jpg.":
        "{path} lässt sich nicht schreiben: wählen Sie .png oder .jpg.",
    "{path} cannot be written: {why}.": "{path} lässt sich nicht schreiben: {why}.",
    "{path} does not say how many frames a second it has; say it yourself.":
        "{path} gibt keine Bildrate an; bitte selbst angeben.",
    "{path} ends at frame {number}, before frame {start}, the first one asked for.":
        "{path} endet bei Bild {number}, vor dem ersten verlangten Bild {start}.",
    "{path} follows the contract and names its own UV layout; leave the layout out.":
        "{path} folgt dem Vertrag und nennt sein eigenes UV-Layout; geben Sie keines an.",
    "{path} has frames of {width} x {height} pixels; the limit is 8192 x 4320. Scale it down "
    "first.":
        "{path} hat Bilder von {width} x {height} Pixeln; die Grenze ist 8192 x 4320. Bitte erst "
        "verkleinern.",
    "{path} has more than {limit} rows.": "{path} hat mehr als {limit} Zeilen.",
    "{path} has no frame that can be decoded: it is damaged or incomplete, or its codec is "
    "unknown here. Convert it to MP4 with H.264 first.":
        "Kein Bild von {path} ist lesbar: Die Datei ist beschädigt oder unvollständig, oder ihr "
        "Codec ist hier unbekannt. Bitte erst in MP4 mit H.264 umwandeln.",
    "{path} has no numbers in row {row} where its head line promises some.":
        "In Zeile {row} von {path} fehlen Zahlen, die die Kopfzeile ankündigt.",
    "{path} has no rows, or numbers in them that no face has.":
        "{path} hat keine Zeilen, oder Zahlen darin, die kein Gesicht hat.",
    "{path} has {count} frames; there is no frame {start}.":
        "{path} hat {count} Bilder; ein Bild {start} gibt es nicht.",
    "{path} has {width} x {height} pixels, and the shot's first picture {first_width} x "
    "{first_height}; all pictures of a shot have one size.":
        "{path} hat {width} x {height} Pixel, das erste Bild der Aufnahme {first_width} x "
        "{first_height}; alle Bilder einer Aufnahme haben eine Größe.",
    "{path} holds numbers that are not finite.": "{path} enthält Zahlen, die nicht endlich sind.",
    "{path} is a damaged or incomplete movie, or one of a kind that is unknown here.":
        "{path} ist ein beschädigter oder unvollständiger Film, oder von einer Art, die hier "
        "unbekannt ist.",
    "{path} is a folder; choose a {what} file.":
        "{path} ist ein Ordner; wählen Sie eine Datei ({what}).",
    "{path} is a TIFF of a kind that cannot be read; save it with 8 or 16 bits a channel.":
        "{path} ist ein TIFF einer Art, die nicht gelesen werden kann; speichern Sie es mit 8 "
        "oder 16 Bit je Kanal.",
    "{path} is another program's file and stays as it is; move it, or write elsewhere.":
        "{path} gehört einem anderen Programm und bleibt, wie es ist; verschieben Sie die Datei, "
        "oder schreiben Sie woandershin.",
    "{path} is damaged or incomplete: {why}.": "{path} ist beschädigt oder unvollständig: {why}.",
    "{path} is damaged, or does not hold all of these as numbers: {names}.":
        "{path} ist beschädigt oder enthält nicht alle diese Werte als Zahlen: {names}.",
    "{path} is no Live Link Face file: its head line has none of ARKit's names, such as JawOpen.":
        "{path} ist keine Datei von Live Link Face: Ihre Kopfzeile hat keinen der Namen von ARKit "
        "wie JawOpen.",
    "{path} is no movie of a kind that is read, such as MP4, QuickTime, Matroska or AVI.":
        "{path} ist kein Film einer Art, die gelesen wird, wie MP4, QuickTime, Matroska oder AVI.",
    "{path} is no PRNet folder, checkpoint (.index), state dict (.pth) or .onnx file.":
        "{path} ist weder ein PRNet-Ordner noch ein Checkpoint (.index), ein State-Dict (.pth) "
        "oder eine .onnx-Datei.",
    "{path} is not a picture that can be read here but {what}; {advice}.":
        "{path} ist kein hier lesbares Bild, sondern {what}; {advice}.",
    "{path} is not a picture that can be read; JPEG, PNG, WebP, TIFF, BMP and AVIF can.":
        "{path} ist kein lesbares Bild; lesbar sind JPEG, PNG, WebP, TIFF, BMP und AVIF.",
    "{path} is not a regular file; choose a {what} file.":
        "{path} ist keine gewöhnliche Datei; wählen Sie eine andere ({what}).",
    "{path} is there already, and not from here; choose another folder.":
        "{path} gibt es schon, nicht von hier; wählen Sie einen anderen Ordner.",
    "{text} Tick the box to accept these terms.":
        "{text} Setzen Sie das Häkchen, um dem zuzustimmen.",
    "{why} Name such a Python in the add-on's preferences, and import again.":
        "{why} Geben Sie ein solches Python in den Einstellungen des Add-ons an, und importieren "
        "Sie noch einmal.",
    "{why}: nothing was added.": "{why}: Es wurde nichts hinzugefügt.",
}  # fmt: skip
