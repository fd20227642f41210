"""Deutsch: was Fehler und Meldungen sagen. Begriffe werden ohne Artikel eingesetzt."""
# SPDX-License-Identifier: GPL-3.0-or-later

GERMAN_SENTENCES = {
    "{path} belongs to another UV layout than {name}.": (
        "{path} gehört zu einer anderen UV-Aufteilung als {name}."
    ),
    "{path} has arrays of unexpected shape, type or values.": (
        "{path} enthält Felder von unerwarteter Form, Art oder mit unerwarteten Werten."
    ),
    "{path} is damaged or not an .npz file.": "{path} ist beschädigt oder keine .npz-Datei.",
    "Saved {path} without what was changed since: Apply to Photo makes it anew":
        "{path} gespeichert, ohne das seither Geänderte: Auf das Foto anwenden macht es neu",
    "The swapped photo, without your painting (Apply to Photo adds it)":
        "Das getauschte Foto, ohne Ihr Gemaltes (Auf das Foto anwenden fügt es hinzu)",
    "Hid 1 face of another photo; its Photo View shows it again":
        "1 Gesicht eines anderen Fotos ausgeblendet; dessen Fotoansicht zeigt es wieder",
    "Hid {count} faces of other photos; their Photo View shows them again":
        "{count} Gesichter anderer Fotos ausgeblendet; deren Fotoansicht zeigt sie wieder",
    "The marked face is upside down; if it should not be, undo and mark it again, from the brows "
    "to the chin":
        "Das eingerahmte Gesicht steht auf dem Kopf; wenn das nicht stimmt, machen Sie es "
        "rückgängig und rahmen Sie es neu ein, von den Brauen bis zum Kinn",
    "Nothing is in the way": "Nichts ist im Weg",
    "The camera of this photo is linked: make it local first.":
        "Die Kamera dieses Fotos ist verknüpft: machen Sie sie zuerst lokal.",
    "The node group of the texture has lost its input {socket!r}; build the face again.":
        "Die Nodegruppe der Textur hat ihren Eingang {socket!r} verloren; erstellen Sie das "
        "Gesicht neu.",
    "No file was chosen to save to.": "Es wurde keine Datei zum Speichern gewählt.",
    "{item!r} cannot be painted while it is disabled in viewports (the Outliner's screen).":
        "{item!r} lässt sich nicht bemalen, solange es in Ansichten deaktiviert ist (der "
        "Bildschirm im Outliner).",
    "The donor looks {angle:.0f} degrees to the side: eyes and nose may be smeared. One that is "
    "turned like this face, or less, does better.":
        "Der Spender schaut {angle:.0f} Grad zur Seite: Augen und Nase können verschmiert sein. "
        "Einer, der wie dieses Gesicht oder weniger gedreht ist, taugt mehr.",
    # Anpassen
    "A pull needs two points of the photo and a radius above 0.":
        "Ein Zug braucht zwei Punkte des Fotos und einen Radius über 0.",
    "The photo shows nothing of this face.": "Das Foto zeigt nichts von diesem Gesicht.",
    "The photo shows no face at {x:.0f}, {y:.0f}.":
        "Das Foto zeigt kein Gesicht bei {x:.0f}, {y:.0f}.",
    "The mesh has too few vertices left; Mesh and Camera... makes it anew.":
        "Das Mesh hat zu wenige Eckpunkte übrig; Mesh und Kamera... macht es neu.",
    "Nothing was moved.": "Es wurde nichts bewegt.",
    "Adjusted {name!r}": "{name!r} angepasst",
    "The texture was changed since it came from the photo, and stays as it is":
        "Die Textur wurde verändert, seit sie aus dem Foto kam, und bleibt, wie sie ist",
    # Dateien
    "photo": "Foto",
    "texture": "Textur",
    "texture {path}": "Textur {path}",
    "donor's texture": "Textur des Spenders",
    "model": "Modell",
    "list of models": "Liste der Modelle",
    "UV layout": "UV-Layout",
    "state dict": "State-Dict",
    ".mat file": ".mat-Datei",
    "file of PRNet's": "Datei von PRNet",
    "picture of PRNet's": "Bild von PRNet",
    "{path} is a folder; choose a {what} file.":
        "{path} ist ein Ordner; wählen Sie eine Datei ({what}).",
    "The {what} {path} does not exist.": "{what} {path} gibt es nicht.",
    "{path} is not a regular file; choose a {what} file.":
        "{path} ist keine gewöhnliche Datei; wählen Sie eine andere ({what}).",
    "The {what} {path} cannot be read: {why}.": "{what} {path} lässt sich nicht lesen: {why}.",
    "The {what} {path} is larger than {limit} MB, the limit.":
        "{what} {path} ist größer als erlaubt; die Grenze sind {limit} MB.",
    "{path} is larger than {limit} MB, the limit.":
        "{path} ist größer als erlaubt; die Grenze sind {limit} MB.",
    "The {what} {path} is empty (0 bytes).": "{what} {path} ist leer (0 Bytes).",
    "The folder {folder} cannot be made: {why}.":
        "Der Ordner {folder} lässt sich nicht anlegen: {why}.",
    "{path} cannot be written: {why}.": "{path} lässt sich nicht schreiben: {why}.",
    "{path} cannot be written: choose .png or .jpg.":
        "{path} lässt sich nicht schreiben: wählen Sie .png oder .jpg.",
    "{path} holds numbers that are not finite.": "{path} enthält Zahlen, die nicht endlich sind.",
    "{path} holds numbers that make no sense.":
        "{path} enthält Zahlen, die keinen Sinn ergeben.",
    "{path} is damaged or not an .npy file.": "{path} ist beschädigt oder keine .npy-Datei.",
    "{path} is damaged, or does not hold all of these as numbers: {names}.":
        "{path} ist beschädigt oder enthält nicht alle diese Werte als Zahlen: {names}.",
    # Foto
    "{path} is not a picture that can be read; JPEG, PNG, WebP, TIFF and BMP can.":
        "{path} ist kein lesbares Bild; lesbar sind JPEG, PNG, WebP, TIFF und BMP.",
    "There is not enough memory to open {path}.":
        "Der Speicher reicht nicht aus, um {path} zu öffnen.",
    "{path} is damaged or incomplete: {why}.": "{path} ist beschädigt oder unvollständig: {why}.",
    "{name} has {number} megapixels; the limit is {limit}. Scale it down or crop it first.":
        "{name} hat {number} Megapixel; die Grenze ist {limit}. Verkleinern oder beschneiden Sie "
        "es zuerst.",
    "more than {number}": "mehr als {number}",
    "{name} is {width} x {height} pixels; each side needs at least {min_side}.":
        "{name} hat {width} x {height} Pixel; jede Seite braucht mindestens {min_side}.",
    "A photo is an (H, W, 3) uint8 array; found {shape} {dtype}.":
        "Ein Foto ist ein Feld (H, W, 3) aus uint8; dieses ist {shape} {dtype}.",
    "The image cannot be encoded as {suffix}: {why}.":
        "Das Bild lässt sich nicht als {suffix} speichern: {why}.",
    "The image cannot be encoded as {suffix}.":
        "Das Bild lässt sich nicht als {suffix} speichern.",
    # Gesichter finden
    "No photo was chosen.": "Es wurde kein Foto gewählt.",
    "No face was found in {name}; try a clearer picture, or crop it closer to the face.":
        "In {name} wurde kein Gesicht gefunden; versuchen Sie es mit einem deutlicheren Bild, oder "
        "schneiden Sie es näher am Gesicht zu.",
    "What looked like a face in {name} is too unclear to be reconstructed; try a clearer picture, "
    "or crop it closer to the face.":
        "Was in {name} wie ein Gesicht aussah, ist zu undeutlich; versuchen Sie es mit einem "
        "deutlicheren Bild, oder schneiden Sie es näher am Gesicht zu.",
    "The largest face in {name} is {size:.0f} pixels wide; at least {limit} are needed.":
        "Das größte Gesicht in {name} ist {size:.0f} Pixel breit; nötig sind mindestens {limit}.",
    "The number of faces is {max_faces}; it has to be at least 1.":
        "Die Zahl der Gesichter ist {max_faces}; sie muss mindestens 1 sein.",
    "A box is four numbers, x0 y0 x1 y1, in pixels of the photo of {width} x {height}; found "
    "{box}.":
        "Ein Rahmen besteht aus vier Zahlen, x0 y0 x1 y1, in Pixeln des Fotos von {width} x "
        "{height}; dieser ist {box}.",
    "The box {x0:g} {y0:g} {x1:g} {y1:g} is {w:g} x {h:g} pixels; each side needs at least "
    "{limit} (x0 y0 is the upper left corner).":
        "Der Rahmen {x0:g} {y0:g} {x1:g} {y1:g} hat {w:g} x {h:g} Pixel; jede Seite braucht "
        "mindestens {limit} (x0 y0 ist die Ecke links oben).",
    "The box {x0:g} {y0:g} {x1:g} {y1:g} lies outside the photo of {width} x {height} pixels.":
        "Der Rahmen {x0:g} {y0:g} {x1:g} {y1:g} liegt außerhalb des Fotos von {width} x {height} "
        "Pixeln.",
    "Faces are chosen by numbers such as 2 or 1, 3; found {text!r}.":
        "Gesichter werden durch Nummern gewählt, etwa 2 oder 1, 3; hier steht {text!r}.",
    "There is no face {number}: one face was found in the photo.":
        "Ein Gesicht {number} gibt es nicht: auf dem Foto wurde ein Gesicht gefunden.",
    "There is no face {number}: {count} faces were found in the photo.":
        "Ein Gesicht {number} gibt es nicht: auf dem Foto wurden {count} Gesichter gefunden.",
    "There is no image {name!r} in this file.": "In dieser Datei gibt es kein Bild {name!r}.",
    "Found 1 face in {name}": "1 Gesicht in {name} gefunden",
    "Found {count} faces in {name}": "{count} Gesichter in {name} gefunden",
    # Gesichter erstellen
    "Built 1 face": "1 Gesicht erstellt",
    "Built {count} faces": "{count} Gesichter erstellt",
    "Rebuilt 1 face": "1 Gesicht neu erstellt",
    "Rebuilt {count} faces": "{count} Gesichter neu erstellt",
    "Stopped before anything was built": "Abgebrochen, bevor etwas erstellt war",
    "Stopped after {done} of {total} photos. {built}":
        "Nach {done} von {total} Fotos abgebrochen. {built}",
    "{built}; hid {item!r}, which stood in the way: the eye in the Outliner shows it":
        "{built}; {item!r} stand im Weg und ist ausgeblendet: das Auge im Outliner zeigt ihn",
    "{built}. Paint and swap it in the sidebar (N), tab PRN":
        "{built}. Malen und tauschen: in der Seitenleiste (N), Reiter PRN",
    "The camera is {kind!r}; it can be ortho or persp.":
        "Die Kamera ist {kind!r}; möglich sind ortho und persp.",
    "The focal length is {focal_mm} mm; it can be 1 to 5000.":
        "Die Brennweite ist {focal_mm} mm; möglich ist 1 bis 5000.",
    "The eye distance is {eye_distance} m; it can be 0.001 to 10.":
        "Der Augenabstand ist {eye_distance} m; möglich ist 0.001 bis 10.",
    "The focal length is too short: part of the face would lie behind the camera. Choose a longer "
    "one or the orthographic camera.":
        "Die Brennweite ist zu kurz: ein Teil des Gesichts läge hinter der Kamera. Wählen Sie eine "
        "längere oder die orthografische Kamera.",
    "The mesh stride is {stride}; it can be 1, 2 or 4.":
        "Die Schrittweite des Meshs ist {stride}; möglich sind 1, 2 und 4.",
    "The texture size is {size!r}; it can be auto or {min_size} to {max_size}.":
        "Die Größe der Textur ist {size!r}; möglich ist auto oder {min_size} bis {max_size}.",
    "The texture size is {size}; it can be {min_size} to {max_size}.":
        "Die Größe der Textur ist {size}; möglich ist {min_size} bis {max_size}.",
    "The material is {kind!r}; it can be shadeless or lit.":
        "Das Material ist {kind!r}; möglich sind shadeless und lit.",
    "The landmarks are {kind!r}; they can be {names}.":
        "Die Landmarken sind {kind!r}; möglich sind {names}.",
    # Was ein Gesicht weiß
    "Nothing is selected; select a face built from a photo.":
        "Nichts ist ausgewählt; wählen Sie ein Gesicht, das aus einem Foto erstellt wurde.",
    "{name!r} is not a face built from a photo; select one.":
        "{name!r} ist kein Gesicht, das aus einem Foto erstellt wurde; wählen Sie eines.",
    "What {item!r} remembers of its photo is incomplete; build the face again.":
        "Was {item!r} von seinem Foto weiß, ist unvollständig; erstellen Sie das Gesicht neu.",
    "The photo of {item!r} is no longer in the file; build the face again.":
        "Das Foto von {item!r} ist nicht mehr in der Datei; erstellen Sie das Gesicht neu.",
    "The camera of {item!r} was deleted; build the face again.":
        "Die Kamera von {item!r} wurde gelöscht; erstellen Sie das Gesicht neu.",
    "The photo {name} is neither where it was nor in the .blend file; put it back or point the "
    "camera's background image to it.":
        "Das Foto {name} ist weder an seinem Ort noch in der .blend-Datei; legen Sie es zurück "
        "oder geben Sie es im Hintergrundbild der Kamera an.",
    "of this face": "dieses Gesichts",
    "The photo {image!r} is {now_width} x {now_height} pixels; the face was built from one of "
    "{width} x {height}.":
        "Das Foto {image!r} hat {now_width} x {now_height} Pixel; das Gesicht wurde aus einem mit "
        "{width} x {height} erstellt.",
    "The face's position map is missing or damaged; build the face again.":
        "Die Positionskarte des Gesichts fehlt oder ist beschädigt; erstellen Sie das Gesicht neu.",
    "The face's position map holds impossible values; build the face again.":
        "Die Positionskarte des Gesichts enthält unmögliche Werte; erstellen Sie das Gesicht neu.",
    "The UV layout {layout!r} that this face was made with is not here; install its model again "
    "or build the face anew.":
        "Das UV-Layout {layout!r}, mit dem dieses Gesicht erstellt wurde, ist nicht da; "
        "importieren Sie sein Modell wieder oder erstellen Sie das Gesicht neu.",
    "The mesh of {item!r} has lost what says where its points are in the photo; Mesh and "
    "Camera... makes it anew.":
        "Dem Mesh von {item!r} fehlt, was sagt, wo seine Punkte im Foto sind; Mesh und Kamera... "
        "macht es neu.",
    "The image {image!r} has no pixels; its file is missing.":
        "Das Bild {image!r} hat keine Pixel; seine Datei fehlt.",
    "The image {image!r} has {millions} million pixels; at most {limit} are supported.":
        "Das Bild {image!r} hat {millions} Millionen Pixel; möglich sind höchstens {limit}.",
    # Textur
    "{item!r} has no material with the group {group!r}; build the face again.":
        "{item!r} hat kein Material mit der Gruppe {group!r}; erstellen Sie das Gesicht neu.",
    "The texture's input {socket!r} comes from the node {node!r} and not from an image; bake the "
    "texture and link the baked image there.":
        "Der Eingang {socket!r} der Textur kommt vom Node {node!r} und nicht von einem Bild; "
        "backen Sie die Textur und verbinden Sie das gebackene Bild damit.",
    "No mesh has the material {material!r}; give it to the face again.":
        "Kein Netz hat das Material {material!r}; geben Sie es dem Gesicht wieder.",
    "Nodes of your own are baked by Cycles, which is off; enable it in Preferences > Add-ons.":
        "Eigene Nodes werden von Cycles gebacken, und das ist aus; schalten Sie es unter "
        "Einstellungen > Add-ons ein.",
    "Blender cannot bake the nodes of this material: {why}":
        "Blender kann die Nodes dieses Materials nicht backen: {why}",
    "The image of the texture layer {layer} was deleted; undo that, make the layer again, or build "
    "the face again.":
        "Das Bild der Texturebene {layer} wurde gelöscht; machen Sie das rückgängig, erzeugen Sie "
        "die Ebene oder das Gesicht neu.",
    "There is no layer {layer} to paint on yet; use {first} first.":
        "Eine Ebene {layer} zum Malen gibt es noch nicht; benutzen Sie zuerst: {first}.",
    "Choose a brush that can be edited to use the stencil":
        "Wählen Sie einen änderbaren Pinsel, um die Schablone zu benutzen",
    "Too little of the face's skin is visible to tell how it is lit.":
        "Von der Haut des Gesichts ist zu wenig zu sehen, um zu sagen, wie sie beleuchtet ist.",
    "The fill is {fill!r}; it can be {names}.": "Die Füllung ist {fill!r}; möglich sind {names}.",
    "The {what} is {shape} {dtype}; expected (N, N, 4) uint8.":
        "{what}: {shape} {dtype} geht nicht; nötig ist (N, N, 4) uint8.",
    "The {what} has {width} x {height} texels; it has to be square, {min_size} to {max_size}.":
        "{what}: {width} x {height} Texel gehen nicht; nötig ist ein Quadrat mit {min_size} bis "
        "{max_size}.",
    "Baked {side} x {side} pixels into {image!r}": "{side} x {side} Pixel in {image!r} gebacken",
    "{what} is the image {image!r}": "{what} ist das Bild {image!r}",
    "{what} is the image {image!r}; Show Result, among the buttons of Texture, opens it":
        "{what} ist das Bild {image!r}; Ergebnis zeigen, bei den Knöpfen der Textur, öffnet es",
    "Open an Image Editor first.": "Öffnen Sie zuerst einen Bildeditor.",
    "Saved {path}": "{path} ist gespeichert",
    "The photo with your edits": "Das Foto mit Ihren Änderungen",
    "Wrote {path}, but no image editor starts: set one in the Preferences, File Paths, or open "
    "the file yourself":
        "{path} geschrieben, aber es startet kein Bildeditor: geben Sie einen in den "
        "Einstellungen unter Dateipfade an, oder öffnen Sie die Datei selbst",
    "Wrote {path}: save it there, then press Reload":
        "{path} geschrieben: speichern Sie dort, dann drücken Sie Neu laden",
    "Reloaded 1 layer": "1 Ebene neu geladen",
    "Reloaded {count} layers": "{count} Ebenen neu geladen",
    "Added the vertex groups {names}, and face sets":
        "Vertexgruppen {names} und Face Sets angelegt",
    "Render the scene {scene!r} (F12): photo and edited face":
        "Rendern Sie die Szene {scene!r} (F12): Foto und bearbeitetes Gesicht",
    # Tausch
    "No photo was chosen to take a face from.":
        "Es wurde kein Foto gewählt, aus dem ein Gesicht kommt.",
    "{path} shows 1 face; there is no number {number}.":
        "{path} zeigt 1 Gesicht; eine Nummer {number} gibt es nicht.",
    "{path} shows {count} faces; there is no number {number}.":
        "{path} zeigt {count} Gesichter; eine Nummer {number} gibt es nicht.",
    "There is no image {mask!r} to use as a mask.":
        "Ein Bild {mask!r} für die Maske gibt es nicht.",
    "The mask {image!r} is {width} x {height} pixels; it has to be square, as the texture is.":
        "Die Maske {image!r} hat {width} x {height} Pixel; sie muss quadratisch sein wie die "
        "Textur.",
    "The mask {path} is {width} x {height} pixels; it has to be square, as the texture is.":
        "Die Maske {path} hat {width} x {height} Pixel; sie muss quadratisch sein wie die Textur.",
    "The mask is {shape}; it has to be square, as the texture is.":
        "Die Maske ist {shape}; sie muss quadratisch sein wie die Textur.",
    "The mask {path} is black wherever the face is.":
        "Die Maske {path} ist schwarz, wo immer das Gesicht ist.",
    "The swapped photo": "Das getauschte Foto",
    "There is no face to swap.": "Es gibt kein Gesicht zum Tauschen.",
    "There is no part {name!r}; there are {names}.":
        "Einen Teil {name!r} gibt es nicht; es gibt {names}.",
    "No part of the face is named; there are {names}.":
        "Es ist kein Teil des Gesichts genannt; es gibt {names}.",
    "The blend is {mode!r}; it can be {names}.":
        "Die Überblendung ist {mode!r}; möglich sind {names}.",
    "The repair is {repair}; it can be 0 to 1.":
        "Das Ausbessern steht auf {repair}; möglich ist 0 bis 1.",
    "The strength is {strength}; it can be 0 to 1.":
        "Die Stärke ist {strength}; möglich ist 0 bis 1.",
    "The feather is {feather}; it can be 0 to 1 eye distances.":
        "Der weiche Rand ist {feather}; möglich ist 0 bis 1 Augenabstand.",
    "The {what} is {value!r}; it can be {names}.":
        "{what}: {value!r} gibt es nicht; möglich sind {names}.",
    "colour match": "Farbanpassung",
    "shape": "Form",
    "mouth": "Mund",
    "The donor's UV layout {donor!r} is not the target's, {target!r}; reconstruct both with the "
    "same model.":
        "Das UV-Layout des Spenders, {donor!r}, ist nicht das des Ziels, {target!r}; erstellen Sie "
        "beide mit demselben Modell.",
    "A texture has no shape; the donor's shape needs a donor's photo.":
        "Eine Textur hat keine Form; für die Form des Spenders braucht es sein Foto.",
    "Only {used:.0%} of what was to be swapped is: hair, beards, glasses or hard shadows hide the "
    "rest, on this face or the donor's.":
        "Nur {used:.0%} von dem, was getauscht werden sollte, ist es: Haare, Bärte, Brillen oder "
        "harte Schatten verdecken den Rest, hier oder beim Spender.",
    "Something covers what is to be swapped, on this face or the donor's: glasses, hair, a hand, a "
    "shadow. What stays as it is: {names}.":
        "Etwas verdeckt, was getauscht werden soll, hier oder beim Spender: Brille, Haare, eine "
        "Hand, ein Schatten. Es bleibt, wie es ist: {names}.",
    "the eyes": "die Augen",
    "the nose": "die Nase",
    "the mouth": "der Mund",
    "The donor's photo shows only {seen:.0%} of what is swapped; the rest stays as it is. One that "
    "is turned like this face, or less, does better.":
        "Das Foto des Spenders zeigt nur {seen:.0%} von dem, was getauscht wird; der Rest bleibt, "
        "wie er ist. Eines, auf dem er wie dieses Gesicht oder weniger gedreht ist, taugt mehr.",
    # Ausgaben
    "Nothing was chosen to be written.": "Es wurde nichts zum Schreiben gewählt.",
    "Choose an existing folder for the files.":
        "Wählen Sie einen vorhandenen Ordner für die Dateien.",
    "Wrote 1 file to {folder}": "1 Datei nach {folder} geschrieben",
    "Wrote {count} files to {folder}": "{count} Dateien nach {folder} geschrieben",
    "front view": "Vorderansicht",
    "depth format": "Tiefenformat",
    "profile": "Konvention",
    "The front view is {kind!r}; it can be similarity or affine.":
        "Die Vorderansicht ist {kind!r}; möglich sind similarity und affine.",
    "SciPy, which reads and writes .mat files, is not installed. It is no part of the add-on: run "
    "`pip install scipy` in an ordinary Python and call `python -m prn_blender` there.":
        "SciPy, das .mat-Dateien liest und schreibt, ist nicht installiert. Es gehört nicht zum "
        "Add-on: führen Sie `pip install scipy` in einem gewöhnlichen Python aus und rufen Sie "
        "dort `python -m prn_blender` auf.",
    # Bibliotheken
    "A library": "Eine Bibliothek",
    "{library}, which ships with the add-on, cannot be loaded: {why}. Reinstall the add-on (or "
    "run `make setup`).":
        "{library} gehört zum Add-on und lässt sich nicht laden: {why}. Installieren Sie das "
        "Add-on neu (oder führen Sie `make setup` aus).",
    "onnxruntime, which runs the network, cannot be loaded: {why}. Reinstall the add-on (or run "
    "`make setup`).":
        "onnxruntime, das das Netz rechnet, lässt sich nicht laden: {why}. Installieren Sie das "
        "Add-on neu (oder führen Sie `make setup` aus).",
    "The face detector failed while it ran: {why}.":
        "Der Gesichtsdetektor ist beim Rechnen gescheitert: {why}.",
    "{path} is not the network that finds faces.":
        "{path} ist nicht das Netz, das Gesichter findet.",
    "Something else in this Python loaded onnxruntime first, so that it may report to Microsoft; "
    "set {variable}=1 in the environment before the start, and it does not.":
        "Etwas anderes in diesem Python hat onnxruntime vorher geladen, sodass es Microsoft "
        "berichten kann; mit {variable}=1 in der Umgebung vor dem Start tut es das nicht.",
    "The system report is on the clipboard": "Der Systembericht ist in der Zwischenablage",
    # Modelle
    "The default model {file} is missing; reinstall the add-on (or get the complete repository).":
        "Das mitgelieferte Modell {file} fehlt; installieren Sie das Add-on neu (oder holen Sie "
        "das vollständige Repository).",
    "The face detector's model {file} is missing; reinstall the add-on (or get the complete "
    "repository).":
        "Das Modell {file} des Gesichtsdetektors fehlt; installieren Sie das Add-on neu (oder "
        "holen Sie das vollständige Repository).",
    "The model {model} needs its UV layout {layout_path} beside it.":
        "Das Modell {model} braucht sein UV-Layout {layout_path} neben sich.",
    "The UV layout {layout_path} belongs to another model than {model}: its sha256 is not the one "
    "the model names.":
        "Das UV-Layout {layout_path} gehört zu einem anderen Modell als {model}: sein sha256 ist "
        "nicht der, den das Modell nennt.",
    "The model {model} makes {map_size} x {map_size} maps, its UV layout {layout_path} describes "
    "{size} x {size}.":
        "Das Modell {model} macht Karten von {map_size} x {map_size}, sein UV-Layout {layout_path} "
        "beschreibt {size} x {size}.",
    "There is no model {name}; there are {names}.":
        "Ein Modell {name} gibt es nicht; es gibt {names}.",
    "The model {name} is gone; add it again, or choose another one.":
        "Das Modell {name} ist nicht mehr da; importieren Sie es wieder, oder wählen Sie ein "
        "anderes.",
    "The model {name} has changed on disk since it was added; add it again, or choose another one.":
        "Das Modell {name} hat sich auf der Festplatte geändert; importieren Sie es wieder, oder "
        "wählen Sie ein anderes.",
    'A model needs a name, and another one than "{default_name}".':
        'Ein Modell braucht einen Namen, und einen anderen als "{default_name}".',
    "There are {max_models} models already; remove one first.":
        "Es gibt schon {max_models} Modelle; entfernen Sie zuerst eines.",
    "The model that comes with the add-on cannot be removed.":
        "Das mitgelieferte Modell lässt sich nicht entfernen.",
    "{path} in {folder} is damaged; remove it and add the models again.":
        "{path} in {folder} ist beschädigt; löschen Sie die Datei und importieren Sie die Modelle "
        "wieder.",
    "A UV layout cannot be called {layout_file}.": "Ein UV-Layout kann nicht {layout_file} heißen.",
    "{path} is not an ONNX model that onnxruntime can load; it is damaged, incomplete or of "
    "another kind.":
        "{path} ist kein ONNX-Modell, das onnxruntime laden kann; es ist beschädigt, unvollständig "
        "oder von anderer Art.",
    "The model {name} returned positions that are not finite or lie far outside its picture.":
        "Das Modell {name} liefert Positionen, die nicht endlich sind oder weit außerhalb seines "
        "Bildes liegen.",
    "The model {name} failed while it ran: {why}.":
        "Das Modell {name} ist beim Rechnen gescheitert: {why}.",
    "{name} has inputs {inputs} and outputs {outputs}; expected the input 'image' and the output "
    "'position_map'.":
        "{name} hat die Eingänge {inputs} und die Ausgänge {outputs}; erwartet werden der Eingang "
        "'image' und der Ausgang 'position_map'.",
    "{name}: '{node}' is {type} {shape}; expected float (N, S, S, 3).":
        "{name}: '{node}' ist {type} {shape}; erwartet wird float (N, S, S, 3).",
    "{name} takes exactly {count} images at once; expected any N.":
        "{name} nimmt genau {count} Bilder auf einmal; erwartet wird jede Zahl N.",
    "{name} has {key} = {text!r} in its metadata; expected a number above 0.":
        "{name} hat {key} = {text!r} in seinen Metadaten; erwartet wird eine Zahl über 0.",
    "{name} names no UV layout in its metadata (prn.uv_layout = {layout_file!r}); expected the "
    "name of a file beside it.":
        "{name} nennt in seinen Metadaten kein UV-Layout (prn.uv_layout = {layout_file!r}); "
        "erwartet wird der Name einer Datei daneben.",
    "The UV layout {path} unpacks to {unpacked} MB.":
        "Das UV-Layout {path} wird ausgepackt {unpacked} MB groß.",
    "The UV layout {path} is damaged or not an .npz file.":
        "Das UV-Layout {path} ist beschädigt oder keine .npz-Datei.",
    "{path} is not a UV layout: it has no {names}.":
        "{path} ist kein UV-Layout: es fehlt {names}.",
    "The UV layout {path} has arrays of unexpected shape, type or values: mask {mask}, canonical "
    "{canonical}, landmark_texels {texels}.":
        "Das UV-Layout {path} hat Felder von unerwarteter Form, Art oder Werten: mask {mask}, "
        "canonical {canonical}, landmark_texels {texels}.",
    "The UV layout {path} has landmarks outside its mask.":
        "Das UV-Layout {path} hat Landmarken außerhalb seiner Maske.",
    "The UV layout {path} has no surface that could become a mesh.":
        "Das UV-Layout {path} hat keine Fläche, aus der ein Mesh werden könnte.",
    # Modelle importieren
    "Added {name}, {size:.1f} MB": "{name} hinzugefügt, {size:.1f} MB",
    "Stopped; the photo is the one it was": "Abgebrochen; es bleibt beim Foto von vorher",
    "Stopped; the face is as it was": "Abgebrochen; das Gesicht ist unverändert",
    "Stopped before anything was written": "Abgebrochen, bevor etwas geschrieben war",
    "Stopped after 1 file, which is in {folder}":
        "Nach 1 Datei abgebrochen; sie liegt in {folder}",
    "Stopped after {count} files, which are in {folder}":
        "Nach {count} Dateien abgebrochen; sie liegen in {folder}",
    "The face {name!r} is no longer there.": "Das Gesicht {name!r} ist nicht mehr da.",
    "Hid 1 object, in renders too; the eye in the Outliner shows it again":
        "1 Objekt ausgeblendet, auch beim Rendern; das Auge im Outliner zeigt es wieder",
    "Hid {count} objects, in renders too; the eye in the Outliner shows them again":
        "{count} Objekte ausgeblendet, auch beim Rendern; das Auge im Outliner zeigt sie wieder",
    "Stopped; no model was added": "Abgebrochen; es wurde kein Modell hinzugefügt",
    "{text} Tick the box to accept these terms.":
        "{text} Setzen Sie das Häkchen, um dem zuzustimmen.",
    "PRNet's code is under the MIT licence. Its weights were trained on 300W-LP, which was made "
    "with the Basel Face Model; both may be used for non-commercial research only, and so may "
    "these weights and the UV files. Faces made with them are yours to use only as far as those "
    "terms allow.":
        "PRNets Code steht unter der MIT-Lizenz. Seine Gewichte wurden mit 300W-LP trainiert, das "
        "mit dem Basel Face Model gemacht wurde; beide dürfen nur für nichtkommerzielle Forschung "
        "benutzt werden, und ebenso diese Gewichte und die UV-Dateien. Damit erstellte Gesichter "
        "dürfen Sie nur benutzen, soweit jene Bedingungen es erlauben.",
    "This model is not part of PRN Face, whose makers know nothing of its terms; it calls its "
    "licence: {license}. You answer for having the right to use it.":
        "Dieses Modell gehört nicht zu PRN Face, dessen Autoren seine Bedingungen nicht kennen; es "
        "nennt als Lizenz: {license}. Dass Sie es benutzen dürfen, verantworten Sie.",
    "{why} Name such a Python in the add-on's preferences, and import again.":
        "{why} Geben Sie ein solches Python in den Einstellungen des Add-ons an, und importieren "
        "Sie noch einmal.",
    "The Python named in the preferences cannot be run: {why}.":
        "Das in den Einstellungen angegebene Python lässt sich nicht ausführen: {why}.",
    "The import took longer than {timeout} s.": "Der Import dauerte länger als {timeout} s.",
    "{package}, which {what}, {reason}. It is no part of the add-on: an ordinary Python has it "
    "after `pip install {package}` (docs/prnet.md).":
        "{package} ({what}) {reason}. Es gehört nicht zum Add-on: ein gewöhnliches Python hat es "
        "nach `pip install {package}` (docs/prnet.md).",
    "is not installed": "ist nicht installiert",
    "cannot be loaded: {why}": "lässt sich nicht laden: {why}",
    "changes ONNX files": "ändert ONNX-Dateien",
    "writes ONNX files": "schreibt ONNX-Dateien",
    "reads PyTorch's files": "liest PyTorch-Dateien",
    "reads PRNet's checkpoint": "liest PRNets Checkpoint",
    "{path} is no PRNet folder, checkpoint (.index), state dict (.pth) or .onnx file.":
        "{path} ist weder ein PRNet-Ordner noch ein Checkpoint (.index), ein State-Dict (.pth) "
        "oder eine .onnx-Datei.",
    "{path} follows the contract and names its own UV layout; leave the layout out.":
        "{path} folgt dem Vertrag und nennt sein eigenes UV-Layout; geben Sie keines an.",
    "What do the texels mean? Name PRNet's folder Data/uv-data, or a UV layout (.npz).":
        "Was bedeuten die Texel? Geben Sie PRNets Ordner Data/uv-data oder ein UV-Layout (.npz) "
        "an.",
    "In {path} there is no Data/net-data/{checkpoint}: the weights are not part of PRNet's "
    "repository, its README says where they are.":
        "In {path} gibt es kein Data/net-data/{checkpoint}: die Gewichte gehören nicht zu PRNets "
        "Repository, sein README sagt, wo sie sind.",
    "{name} is not PRNet's checkpoint: {missing} of resfcn256's {expected} tensors are missing, "
    "such as {first}.":
        "{name} ist nicht PRNets Checkpoint: {missing} der {expected} Tensoren von resfcn256 "
        "fehlen, etwa {first}.",
    "{name} is not PRNet's checkpoint: it holds {tensor!r}, which resfcn256 does not have.":
        "{name} ist nicht PRNets Checkpoint: er enthält {tensor!r}, was resfcn256 nicht hat.",
    "{name} is not PRNet's checkpoint: {tensor} is {shapes}; expected {expected}.":
        "{name} ist nicht PRNets Checkpoint: {tensor} ist {shapes}; erwartet wird {expected}.",
    "{index} is not the index of a TensorFlow checkpoint, or is damaged.":
        "{index} ist nicht der Index eines TensorFlow-Checkpoints, oder ist beschädigt.",
    "{data} has {found:,} bytes and its index asks for {needed:,}: it is incomplete, or the two "
    "files do not belong together.":
        "{data} hat {found:,} Bytes, und sein Index verlangt {needed:,}: die Datei ist "
        "unvollständig, oder die beiden gehören nicht zusammen.",
    "{data} is damaged, or is not the one {index} belongs to: a checksum differs.":
        "{data} ist beschädigt oder gehört nicht zu {index}: eine Prüfsumme weicht ab.",
    "The checkpoint's file {path} is missing; both NAME.index and NAME.data-00000-of-00001 are "
    "needed.":
        "Die Datei {path} des Checkpoints fehlt; nötig sind NAME.index und "
        "NAME.data-00000-of-00001.",
    "{path} is not a PyTorch state dict, is damaged, or holds more than tensors ({why}).":
        "{path} ist kein State-Dict von PyTorch, ist beschädigt oder enthält mehr als Tensoren "
        "({why}).",
    "{name} holds no state dict.": "{name} enthält kein State-Dict.",
    "{name} is of another network than resfcn256: {why}. Export it to ONNX with the code it came "
    "with, and import that.":
        "{name} gehört zu einem anderen Netz als resfcn256: {why}. Exportieren Sie es mit seinem "
        "eigenen Code nach ONNX, und importieren Sie das.",
    "the first convolution": "die erste Faltung",
    "{what} is missing": "es fehlt: {what}",
    "{name} is {shape}, which does not fit {key}": "{name} ist {shape}, was nicht zu {key} passt",
    "{name} has a bias": "{name} hat einen Bias",
    "{name} is no batch norm that fits {key}":
        "{name} ist keine Batch-Norm, die zu {key} passt",
    "{name} has {main} convolutions, {past} past them and {norms} batch norms; expected 3, "
    "{expected} and 3":
        "{name} hat {main} Faltungen, {past} an ihnen vorbei und {norms} Batch-Normen; erwartet "
        "werden 3, {expected} und 3",
    "after the last layer there is {name}": "nach der letzten Schicht kommt noch {name}",
    "{path} is not an ONNX model, or is damaged.":
        "{path} ist kein ONNX-Modell, oder ist beschädigt.",
    "{path} keeps its weights in other files; save it as one file first.":
        "{path} hat seine Gewichte in anderen Dateien; speichern Sie es erst als eine.",
    "{path} takes {found}; expected one picture, (N, 3, {resolution}, {resolution}) or (N, "
    "{resolution}, {resolution}, 3).":
        "{path} nimmt {found}; erwartet wird ein Bild, (N, 3, {resolution}, {resolution}) oder (N, "
        "{resolution}, {resolution}, 3).",
    "nothing": "nichts",
    "{name} has the outputs {listed}: {hint}.": "{name} hat die Ausgänge {listed}: {hint}.",
    "name the one that is the position map": "nennen Sie den, der die Positionskarte ist",
    "none of these can be one": "keiner davon kann eine Positionskarte sein",
    "Scale and std have to be numbers above 0, offset and mean any numbers.":
        "Skalierung und Standardabweichung müssen Zahlen über 0 sein, Versatz und Mittel "
        "beliebige Zahlen.",
    "The weights are damaged: a batch norm has a negative variance.":
        "Die Gewichte sind beschädigt: eine Batch-Norm hat eine negative Varianz.",
    "The weights are damaged: {name} holds numbers that are not finite.":
        "Die Gewichte sind beschädigt: {name} enthält Zahlen, die nicht endlich sind.",
    "PRNet's UV files do not fit each other: {faces} face indices, {vertices} canonical vertices, "
    "landmarks {shape}; expected (2, 68).":
        "PRNets UV-Dateien passen nicht zusammen: {faces} Indizes des Gesichts, {vertices} "
        "kanonische Vertices, Landmarken {shape}; erwartet wird (2, 68).",
    "face_ind.txt does not hold ascending texel numbers below {flat}.":
        "face_ind.txt enthält keine aufsteigenden Nummern von Texeln unter {flat}.",
    "uv_kpt_ind.txt has landmarks outside the face.":
        "uv_kpt_ind.txt hat Landmarken außerhalb des Gesichts.",
    "canonical_vertices.npy has both eyes in one place.":
        "canonical_vertices.npy hat beide Augen an einer Stelle.",
    "{path} is not a table of numbers.": "{path} ist keine Tabelle aus Zahlen.",
    "{path} is {dtype} {shape}; expected (n, 3) floats.":
        "{path} ist {dtype} {shape}; erwartet wird (n, 3) aus Gleitkommazahlen.",
    "{path} is not a picture of {size} x {size} pixels.":
        "{path} ist kein Bild von {size} x {size} Pixeln.",
}  # fmt: skip
