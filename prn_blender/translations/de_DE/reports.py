"""Deutsch: Meldungen, Hinweise, und Begriffe, die in andere Sätze eingesetzt werden."""
# SPDX-License-Identifier: GPL-3.0-or-later

TEXTS = {
    ".mat file": ".mat-Datei",
    "1 face is a lattice: its model does not tell a whole head":
        "1 Gesicht ist ein Gitter: sein Modell kennt keinen ganzen Kopf",
    "a .blend file": "eine .blend-Datei",
    "a camera's raw file": "die Rohdatei einer Kamera",
    "a DDS texture": "eine DDS-Textur",
    "a drawing or a document": "eine Zeichnung oder ein Dokument",
    "a GIF": "ein GIF",
    "a HEIC photo": "ein HEIC-Foto",
    "a JPEG 2000 picture": "ein JPEG-2000-Bild",
    "a JPEG XL picture": "ein JPEG-XL-Bild",
    "A library": "Eine Bibliothek",
    "a movie": "ein Film",
    "a painting program's own file": "die eigene Datei eines Malprogramms",
    "a Radiance HDR picture": "ein Radiance-HDR-Bild",
    "a TGA picture": "ein TGA-Bild",
    "a web page": "eine Webseite",
    "Added the vertex groups {names}, and face sets":
        "Vertexgruppen {names} und Face Sets angelegt",
    "Added {count} lamps": "{count} Lampen hinzugefügt",
    "Added {name}, {size:.1f} MB": "{name} hinzugefügt, {size:.1f} MB",
    "Added {rig!r}: turn its bones in Pose Mode":
        "{rig!r} hinzugefügt: seine Knochen lassen sich im Posenmodus drehen",
    "Adjusted {name!r}": "{name!r} angepasst",
    "after the last layer there is {name}": "nach der letzten Schicht kommt noch {name}",
    "an AVIF picture": "ein AVIF-Bild",
    "an OpenEXR picture": "ein OpenEXR-Bild",
    "Baked {side} x {side} pixels into {image!r}": "{side} x {side} Pixel in {image!r} gebacken",
    "blue": "blau",
    "Both sides of the face go along with each other":
        "Beide Seiten des Gesichts gehen miteinander",
    "Built 1 face": "1 Gesicht erstellt",
    "Built {count} faces": "{count} Gesichter erstellt",
    "cannot be loaded: {why}": "lässt sich nicht laden: {why}",
    "Changed 1 face": "1 Gesicht geändert",
    "Changed {count} faces": "{count} Gesichter geändert",
    "changes ONNX files": "ändert ONNX-Dateien",
    "Choose a brush that can be edited to use the stencil":
        "Wählen Sie einen änderbaren Pinsel, um die Schablone zu benutzen",
    "colour management": "Farbverwaltung",
    "colour match": "Farbanpassung",
    "colours of face corners": "Farben an den Ecken von Flächen",
    'convert it to JPEG first; iPhones take JPEGs where Settings > Camera > Formats says "Most '
    'Compatible"':
        "wandeln Sie es zuerst in JPEG um; iPhones nehmen JPEGs auf, wo Einstellungen > Kamera > "
        'Formate "Maximale Kompatibilität" sagt',
    "covered eyes, nose or mouth": "verdeckte Augen, Nase oder Mund",
    "CSV": "CSV-Datei",
    "depth format": "Tiefenformat",
    "develop it, and save it as JPEG or TIFF first":
        "entwickeln Sie sie und speichern Sie sie zuerst als JPEG oder TIFF",
    "donor's texture": "Textur des Spenders",
    "download the picture itself": "laden Sie das Bild selbst herunter",
    "Drivers move these keys of {item!r}, whatever the photo shows: {names}":
        "Diese Formschlüssel von {item!r} bewegen Treiber, was immer das Foto zeigt: {names}",
    "Each side of the face goes by itself": "Jede Seite des Gesichts geht für sich",
    "file of PRNet's": "Datei von PRNet",
    "film exposure": "Filmbelichtung",
    "Found 1 face in {name}": "1 Gesicht in {name} gefunden",
    "Found {count} faces in {name}": "{count} Gesichter in {name} gefunden",
    "front view": "Vorderansicht",
    "further UV maps": "weitere UV-Maps",
    "gaze": "Blick",
    "hair or a beard": "Haare oder ein Bart",
    "hands, shadows and the like on the donor's skin":
        "Hände, Schatten und Ähnliches auf der Haut des Spenders",
    "head": "Kopf",
    "Hid 1 face of another photo; its Photo View shows it again":
        "1 Gesicht eines anderen Fotos ausgeblendet; dessen Fotoansicht zeigt es wieder",
    "Hid 1 object, in renders too; the eye in the Outliner shows it again":
        "1 Objekt ausgeblendet, auch beim Rendern; das Auge im Outliner zeigt es wieder",
    "Hid {count} faces of other photos; their Photo View shows them again":
        "{count} Gesichter anderer Fotos ausgeblendet; deren Fotoansicht zeigt sie wieder",
    "Hid {count} objects, in renders too; the eye in the Outliner shows them again":
        "{count} Objekte ausgeblendet, auch beim Rendern; das Auge im Outliner zeigt sie wieder",
    "is guessed": "ist geraten",
    "is not installed": "ist nicht installiert",
    "it is a photo that was given before": "es ist ein Foto, das schon dabei war",
    "it seems to show somebody else than the others":
        "es zeigt anscheinend jemand anderen als die übrigen",
    "its position cache: animate it again": "ihr Positions-Cache: animieren Sie sie neu",
    "Left out: {why}": "Weggelassen: {why}",
    "list of landmarks": "Liste der Landmarken",
    "list of models": "Liste der Modelle",
    "marks on edges": "Markierungen an Kanten",
    "model": "Modell",
    "mouth": "Mund",
    "name the one that is the position map": "nennen Sie den, der die Positionskarte ist",
    "none of these can be one": "keiner davon kann eine Positionskarte sein",
    "note": "Notiz",
    "nothing": "nichts",
    "Nothing is in the way": "Nichts ist im Weg",
    "Nothing was changed: the faces have these options":
        "Nichts wurde geändert: Die Gesichter haben diese Optionen",
    "of this face": "dieses Gesichts",
    "Only {used:.0%} of what was to be swapped is. The rest stays as it is: {reasons}. Less "
    "caution swaps it, too.":
        "Nur {used:.0%} von dem, was getauscht werden sollte, ist es. Der Rest bleibt, wie er "
        "ist: {reasons}. Mit weniger Vorsicht wird auch das getauscht.",
    "photo": "Foto",
    "picture of PRNet's": "Bild von PRNet",
    "Pillow 11.3 or later reads it, or save it as JPEG":
        "Pillow ab 11.3 liest es, oder speichern Sie es als JPEG",
    "pixel filter": "Pixelfilter",
    "points and faces that were added or deleted": "hinzugefügte oder gelöschte Punkte und Flächen",
    "PRNet's code is under the MIT licence. Its weights were trained on 300W-LP, which was made "
    "with the Basel Face Model; both may be used for non-commercial research only, and so may "
    "these weights and the UV files. Faces made with them are yours to use only as far as those "
    "terms allow.":
        "PRNets Code steht unter der MIT-Lizenz. Seine Gewichte wurden mit 300W-LP trainiert, das "
        "mit dem Basel Face Model gemacht wurde; beide dürfen nur für nichtkommerzielle Forschung "
        "benutzt werden, und ebenso diese Gewichte und die UV-Dateien. Damit erstellte Gesichter "
        "dürfen Sie nur benutzen, soweit jene Bedingungen es erlauben.",
    "profile": "Konvention",
    "purple": "violett",
    "reads PRNet's checkpoint": "liest PRNets Checkpoint",
    "reads PyTorch's files": "liest PyTorch-Dateien",
    "red": "rot",
    "Reloaded 1 layer": "1 Ebene neu geladen",
    "Reloaded {count} layers": "{count} Ebenen neu geladen",
    "render region": "Renderbereich",
    "render size": "Rendergröße",
    "Render the scene {scene!r} (F12): photo and edited face":
        "Rendern Sie die Szene {scene!r} (F12): Foto und bearbeitetes Gesicht",
    "Renders show no photo": "Renderbilder zeigen kein Foto",
    "Renders show the photo behind the face": "Renderbilder zeigen das Foto hinter dem Gesicht",
    "Renders show the photo, but through another camera: Photo View sets the photo's":
        "Bilder zeigen das Foto, aber durch eine andere Kamera: Fotoansicht setzt die des Fotos",
    "save a picture of it as JPEG or PNG first":
        "speichern Sie zuerst ein Bild davon als JPEG oder PNG",
    "save a single picture of it as JPEG or PNG first":
        "speichern Sie zuerst ein Einzelbild davon als JPEG oder PNG",
    "save it as it should look, as JPEG or PNG, first":
        "speichern Sie es zuerst so, wie es aussehen soll, als JPEG oder PNG",
    "save it as JPEG or PNG first": "speichern Sie es zuerst als JPEG oder PNG",
    "Saved {path}": "{path} ist gespeichert",
    "Saved {path} without what was changed since: Apply to Photo makes it anew":
        "{path} gespeichert, ohne das seither Geänderte: Auf das Foto anwenden macht es neu",
    "shape": "Form",
    "Something covers what is to be swapped, on this face or the donor's: glasses, hair, a hand, "
    "a shadow. What stays as it is: {names}. Less caution swaps it, too.":
        "Etwas verdeckt, was getauscht werden soll, auf diesem Gesicht oder dem des Spenders: "
        "eine Brille, Haare, eine Hand, ein Schatten. So bleibt, wie es ist: {names}. Mit weniger "
        "Vorsicht wird auch das getauscht.",
    "Something else in this Python loaded onnxruntime first, so that it may report to Microsoft; "
    "set {variable}=1 in the environment before the start, and it does not.":
        "Etwas anderes in diesem Python hat onnxruntime vorher geladen, sodass es Microsoft "
        "berichten kann; mit {variable}=1 in der Umgebung vor dem Start tut es das nicht.",
    "state dict": "State-Dict",
    "stays as it is": "bleibt, wie er ist",
    "Stopped after 1 file, which is in {folder}": "Nach 1 Datei abgebrochen; sie liegt in {folder}",
    "Stopped after {count} files, which are in {folder}":
        "Nach {count} Dateien abgebrochen; sie liegen in {folder}",
    "Stopped after {done} of {total} photos. {built}":
        "Nach {done} von {total} Fotos abgebrochen. {built}",
    "Stopped before anything was built": "Abgebrochen, bevor etwas erstellt war",
    "Stopped before anything was written": "Abgebrochen, bevor etwas geschrieben war",
    "Stopped; no model was added": "Abgebrochen; es wurde kein Modell hinzugefügt",
    "Stopped; the face is as it was": "Abgebrochen; das Gesicht ist unverändert",
    "Stopped; the photo is the one it was": "Abgebrochen; es bleibt beim Foto von vorher",
    "Stopped; {count} frames are in {folder}, and the same again goes on there":
        "Angehalten; {count} Bilder sind in {folder}, und dasselbe noch einmal fährt dort fort",
    "texture": "Textur",
    "texture {path}": "Textur {path}",
    "The donor looks {angle:.0f} degrees to the side: eyes and nose may be smeared. One that is "
    "turned like this face, or less, does better.":
        "Der Spender schaut {angle:.0f} Grad zur Seite: Augen und Nase können verschmiert sein. "
        "Einer, der wie dieses Gesicht oder weniger gedreht ist, taugt mehr.",
    "The donor's photo shows only {seen:.0%} of what is swapped; the rest {rest}. One that is "
    "turned like this face, or less, does better.":
        "Das Foto des Spenders zeigt nur {seen:.0%} von dem, was getauscht wird; der Rest {rest}. "
        "Eines, auf dem er wie dieses Gesicht oder weniger gedreht ist, taugt mehr.",
    "the eyes": "die Augen",
    "The face is that of 1 photo": "Das Gesicht stammt aus 1 Foto",
    "The face is that of {count} photos": "Das Gesicht stammt aus {count} Fotos",
    "the first convolution": "die erste Faltung",
    "The frames are in {folder}": "Die Bilder sind in {folder}",
    "the head's expressions, with their animation":
        "die Gesichtsausdrücke des Kopfes mit ihrer Animation",
    "The light in this photo is too flat to tell much of fine detail":
        "Das Licht in diesem Foto ist zu flach, um viel von feinen Details zu verraten",
    "The marked face is upside down; if it should not be, undo and mark it again, from the brows "
    "to the chin":
        "Das eingerahmte Gesicht steht auf dem Kopf; wenn das nicht stimmt, machen Sie es "
        "rückgängig und rahmen Sie es neu ein, von den Brauen bis zum Kinn",
    "the mouth": "der Mund",
    "The movie shows no face after frame {frame}, or it breaks off there":
        "Der Film zeigt nach Frame {frame} kein Gesicht mehr, oder er bricht dort ab",
    "the nose": "die Nase",
    "The photo with your edits": "Das Foto mit Ihren Änderungen",
    "the points of the hook {name}": "die Punkte des Hakens {name}",
    "the sculpting of the modifier {name}": "was mit dem Modifikator {name} modelliert wurde",
    "The swapped photo": "Das getauschte Foto",
    "The swapped photo, without your painting (Apply to Photo adds it)":
        "Das getauschte Foto, ohne Ihr Gemaltes (Auf das Foto anwenden fügt es hinzu)",
    "The system report is on the clipboard": "Der Systembericht ist in der Zwischenablage",
    "The texture was changed since it came from the photo, and stays as it is":
        "Die Textur wurde verändert, seit sie aus dem Foto kam, und bleibt, wie sie ist",
    "The two photos may show two people; more photos would tell":
        "Die beiden Fotos zeigen vielleicht zwei Menschen; mehr Fotos würden es verraten",
    "There is no face {number}: one face was found in the photo.":
        "Ein Gesicht {number} gibt es nicht: auf dem Foto wurde ein Gesicht gefunden.",
    "There is no face {number}: {count} faces were found in the photo.":
        "Ein Gesicht {number} gibt es nicht: auf dem Foto wurden {count} Gesichter gefunden.",
    "there is only one": "es gibt nur eines",
    "This model is not part of PRN Face, whose makers know nothing of its terms; it calls its "
    "licence: {license}. You answer for having the right to use it.":
        "Dieses Modell gehört nicht zu PRN Face, dessen Autoren seine Bedingungen nicht kennen; "
        "es nennt als Lizenz: {license}. Dass Sie es benutzen dürfen, verantworten Sie.",
    "This OCIO configuration has no view without tone mapping: renders have the colours of "
    "{view!r}, not the photo's":
        "Diese OCIO-Konfiguration hat keine Ansicht ohne Tonwertkurve: Gerendertes hat die Farben "
        "von {view!r}, nicht die des Fotos",
    "Updated 1 face": "1 Gesicht auf den neuesten Stand gebracht",
    "Updated {count} faces": "{count} Gesichter auf den neuesten Stand gebracht",
    "UV layout": "UV-Layout",
    "way of naming keys": "Benennung der Schlüssel",
    "What stayed. {meaning}. Less Caution swaps it, too":
        "Was blieb. {meaning}. Mit weniger Vorsicht wird auch das getauscht",
    "what the donor's photo does not show": "was das Foto des Spenders nicht zeigt",
    "what {name} is bound to: bind it again": "woran {name} gebunden ist: neu binden",
    "writes ONNX files": "schreibt ONNX-Dateien",
    "Wrote 1 file to {folder}": "1 Datei nach {folder} geschrieben",
    "Wrote {count} files to {folder}": "{count} Dateien nach {folder} geschrieben",
    "Wrote {name} for {program}": "{name} für {program} geschrieben",
    "Wrote {path}, but no image editor starts: set one in the Preferences, File Paths, or open "
    "the file yourself":
        "{path} geschrieben, aber es startet kein Bildeditor: geben Sie einen in den "
        "Einstellungen unter Dateipfade an, oder öffnen Sie die Datei selbst",
    "Wrote {path}: save it there, then press Reload":
        "{path} geschrieben: speichern Sie dort, dann drücken Sie Neu laden",
    "yellow": "gelb",
    "{built}. Paint and swap it in the sidebar (N), tab PRN Face":
        "{built}. Malen und tauschen: in der Seitenleiste (N), Reiter PRN Face",
    "{built}; hid {item!r}, which stood in the way: the eye in the Outliner shows it":
        "{built}; {item!r} stand im Weg und ist ausgeblendet: das Auge im Outliner zeigt ihn",
    "{built}; set for it: {what} (Match Render)":
        "{built}; dafür eingestellt: {what} (Render anpassen)",
    "{built}; the scene's render settings stay (Match Render)":
        "{built}; die Rendereinstellungen der Szene bleiben (Render anpassen)",
    "{count} faces are lattices: their model does not tell a whole head":
        "{count} Gesichter sind Gitter: ihr Modell kennt keinen ganzen Kopf",
    "{item!r} has no keys for {count} expressions that the photo shows: {names}":
        "{item!r} fehlen Formschlüssel für {count} Ausdrücke, die das Foto zeigt: {names}",
    "{item!r} has the expression of {photo}": "{item!r} hat den Ausdruck von {photo}",
    "{item!r} has the expressions of {count} photos as keyframes":
        "{item!r} hat die Ausdrücke von {count} Fotos als Keyframes",
    "{item!r} has {count} frames on {keys} shape keys":
        "{item!r} hat {count} Bilder auf {keys} Shape Keys",
    "{item!r} moves in {count} frames; {measured} of them show the face":
        "{item!r} bewegt sich in {count} Bildern; {measured} davon zeigen das Gesicht",
    "{name!r} is in the Asset Browser": "{name!r} ist im Asset-Browser",
    "{name!r} is now as {photo} shows it": "{name!r} ist jetzt so, wie {photo} es zeigt",
    "{name} has a bias": "{name} hat einen Bias",
    "{name} has {main} convolutions, {past} past them and {norms} batch norms; expected 3, "
    "{expected} and 3":
        "{name} hat {main} Faltungen, {past} an ihnen vorbei und {norms} Batch-Normen; erwartet "
        "werden 3, {expected} und 3",
    "{name} is no batch norm that fits {key}": "{name} ist keine Batch-Norm, die zu {key} passt",
    "{name} is {shape}, which does not fit {key}": "{name} ist {shape}, was nicht zu {key} passt",
    "{path} shows 1 face; there is no number {number}.":
        "{path} zeigt 1 Gesicht; eine Nummer {number} gibt es nicht.",
    "{path} shows {count} faces; there is no number {number}.":
        "{path} zeigt {count} Gesichter; eine Nummer {number} gibt es nicht.",
    "{said}; Complete Hidden Side makes that side anew":
        "{said}; Verdeckte Seite ergänzen macht diese Seite neu",
    "{said}; Fine Detail finds its wrinkles and pores":
        "{said}; Feine Details findet seine Falten und Poren",
    "{what} is missing": "es fehlt: {what}",
    "{what} is the image {image!r}": "{what} ist das Bild {image!r}",
    "{what} is the image {image!r}; Show Result, among the buttons of Texture, opens it":
        "{what} ist das Bild {image!r}; Ergebnis zeigen, bei den Knöpfen der Textur, öffnet es",
}  # fmt: skip
