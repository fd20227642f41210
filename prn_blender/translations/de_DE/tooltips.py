"""Deutsch: Tooltips."""
# SPDX-License-Identifier: GPL-3.0-or-later

TEXTS = {
    "1 looks at every frame, 2 at every second one, and so on":
        "1 sieht jedes Bild an, 2 jedes zweite und so weiter",
    "16 bits": "16 Bit",
    "1: whatever might look wrong stays as it is. Less: hands and shadows on the donor's skin are "
    "swapped, too; below 0.75 hair and beards, below 0.5 covered eyes, noses and mouths; 0: all":
        "1: Was falsch aussehen könnte, bleibt, wie es ist. Weniger: auch Hände und Schatten auf "
        "der Haut des Spenders werden getauscht; unter 0,75 Haare und Bärte, unter 0,5 verdeckte "
        "Augen, Nasen und Münder; 0: alles",
    "35 mm equivalent of the perspective camera": "Kleinbildäquivalent der perspektivischen Kamera",
    "A 3D view is needed, to show the photo in":
        "Dafür braucht es eine 3D-Ansicht, die das Foto zeigt",
    "A clear layer on top of everything": "Eine durchsichtige Ebene über allem",
    "A face of this file to take instead of one of another photo":
        "Ein Gesicht dieser Datei anstelle eines aus einem anderen Foto",
    "A mesh in metres with its material and texture, for other programs":
        "Ein Mesh in Metern mit Material und Textur, für andere Programme",
    "A mesh that looks straight ahead": "Ein Mesh, das geradeaus blickt",
    "A photo in which no face was found": "Ein Foto, in dem kein Gesicht gefunden wurde",
    "A PNG or JPEG to write as well; without one the image is in the .blend only":
        "Ein PNG oder JPEG, das auch geschrieben wird; sonst ist das Bild nur in der .blend-Datei",
    "A Python with onnx and TensorFlow (or PyTorch), which read PRNet's weights and are no part "
    "of Blender; only used when a model is imported":
        "Ein Python mit onnx und TensorFlow (oder PyTorch), die PRNets Gewichte lesen und nicht "
        "zu Blender gehören; nur beim Importieren benutzt",
    "A second network places their edges, and shut eyes and open mouths come out as the photo has "
    "them; without it a face is there sooner":
        "Ein zweites Netz legt ihre Ränder fest, und geschlossene Augen und offene Münder werden "
        "wie im Foto; ohne es ist ein Gesicht schneller da",
    "A shape key that takes the expression off the face":
        "Ein Formschlüssel, der dem Gesicht seinen Ausdruck nimmt",
    "A vertex for every fourth texel, about 4,000: easy to sculpt":
        "Ein Vertex für jedes vierte Texel, etwa 4.000: leicht zu formen",
    "A vertex for every second texel, about 17,000":
        "Ein Vertex für jedes zweite Texel, etwa 17.000",
    "A vertex for every texel of the position map, about 65,000":
        "Ein Vertex für jedes Texel der Positionskarte, etwa 65.000",
    "Above the brows": "Über den Brauen",
    "Add a Displace modifier, which moves the skin of a finely divided mesh by its detail; the "
    "normal map alone only shades it":
        "Einen Verschieben-Modifikator hinzufügen, der die Haut eines fein unterteilten Netzes um "
        "ihre Details bewegt; die Normal-Map allein schattiert sie nur",
    "Add a model: a PRNet folder with its weights, a port's .pth file, or an .onnx file":
        "Ein Modell hinzufügen: ein PRNet-Ordner mit Gewichten, eine .pth-Datei oder eine "
        ".onnx-Datei",
    "Add a vertex group with a soft rim for each part of the face, and face sets for sculpting":
        "Eine Vertexgruppe mit weichem Rand für jeden Teil des Gesichts, und Face Sets zum Formen",
    "Add an armature with bones for neck, head, jaw and eyes, and what the eyes look at":
        "Ein Skelett mit Knochen für Hals, Kopf, Kiefer und Augen hinzufügen, und wohin die Augen "
        "blicken",
    "Add further photos of this person: shape and texture come from all of them":
        "Weitere Fotos dieser Person hinzufügen: Form und Textur stammen dann aus allen",
    "All of them, or none": "Alle, oder keines",
    "All points of the face in the photo's pixels, as a NumPy file":
        "Alle Punkte des Gesichts in Pixeln des Fotos, als NumPy-Datei",
    "All that the face is to have; without any it is as it was found":
        "Alle, die das Gesicht haben soll; ohne sie ist es, wie es gefunden wurde",
    "An empty for each point": "Ein leeres Objekt für jeden Punkt",
    "An image in the face's UV space to use instead of parts: white is swapped":
        "Ein Bild im UV-Raum des Gesichts statt der Teile: Weiß wird getauscht",
    "An image of the distance to the camera, and the scene's depth pass":
        "Ein Bild des Abstands zur Kamera, und der Tiefen-Pass der Szene",
    "As large as the largest layer": "So groß wie die größte Ebene",
    "As large as the photo's own detail": "So groß, wie das Foto Einzelheiten hat",
    "As PRNet: also sheared toward the mean face":
        "Wie PRNet: auch zum mittleren Gesicht hin geschert",
    "Below the lips": "Unter den Lippen",
    "Blend coarse shapes widely and fine detail narrowly":
        "Grobe Formen breit und feine Einzelheiten schmal überblenden",
    "Both cheeks": "Beide Wangen",
    "Both lips, not what lies between them": "Beide Lippen, nicht was dazwischen liegt",
    "Bring it into the light and colour of this photo": "In Licht und Farbe dieses Fotos bringen",
    "browDown_L, in the way of MetaHumans and of many rigs for Unity":
        "browDown_L, wie bei MetaHumans und vielen Rigs für Unity",
    "browDownLeft, as Live Link Face and most programs know them":
        "browDownLeft, wie Live Link Face und die meisten Programme sie kennen",
    "BrowDownLeft, as programs for VRM's avatars read them":
        "BrowDownLeft, wie Programme für VRM-Avatare sie lesen",
    "Build a textured face mesh and a matching camera from a photo":
        "Aus einem Foto ein Gesicht mit Textur und die passende Kamera erstellen",
    "Build this face": "Dieses Gesicht erstellen",
    "Check and warn on overwriting existing files":
        "Vor dem Überschreiben vorhandener Dateien warnen",
    "Choose a photo and see the faces in it": "Ein Foto wählen und die Gesichter darauf sehen",
    "Choose all faces of the photo, or none": "Alle Gesichter des Fotos wählen, oder keines",
    "Click a face to choose it; tick the boxes to choose several":
        "Ein Gesicht anklicken, um es zu wählen; Häkchen setzen, um mehrere zu wählen",
    "Copy versions, libraries and the model in use to the clipboard, for a bug report":
        "Versionen, Bibliotheken und das Modell für einen Fehlerbericht in die Zwischenablage "
        "kopieren",
    "Crop pixels per unit of an .onnx file's output; 0 if it follows the contract":
        "Pixel des Ausschnitts je Einheit der Ausgabe; 0, wenn die Datei dem Vertrag folgt",
    "Dense points and landmarks over the camera's view: green where the photo shows the face, red "
    "where it is hidden":
        "Dichte Punkte und Landmarken über der Kameraansicht: grün, wo das Foto das Gesicht "
        "zeigt, rot, wo es verdeckt ist",
    "Draw a box around a face that was not found, from the brows to the chin, and build it":
        "Einen Rahmen um ein nicht gefundenes Gesicht ziehen, von den Brauen bis zum Kinn, und es "
        "erstellen",
    "Every face that is found": "Jedes Gesicht, das gefunden wird",
    "Eyebrows": "Augenbrauen",
    "Eyes look where those of the photo look": "Die Augen blicken, wohin die des Fotos blicken",
    "Eyes move and blink as they did": "Die Augen bewegen sich und blinzeln wie zuvor",
    "Eyes with their lids": "Augen mit Lidern",
    "Faces by their numbers; 1 is the largest": "Gesichter nach Nummern; 1 ist das größte",
    "FBX with centimetres, embedded textures and ARKit's names":
        "FBX mit Zentimetern, eingebetteten Texturen und den Namen von ARKit",
    "FBX with metres, embedded textures and names that end in _L and _R":
        "FBX mit Metern, eingebetteten Texturen und Namen, die auf _L und _R enden",
    "Filepath used for exporting the file": "Wohin geschrieben wird",
    "Fill in the side of the face that the photo does not show, as a layer with a mask":
        "Die Seite ergänzen, die das Foto nicht zeigt, als Ebene mit Maske",
    "Find wrinkles, folds and pores by the light in the photo, for skin lit by the scene":
        "Falten und Poren am Licht im Foto finden, für Haut im Licht der Szene",
    "Floats": "Gleitkommazahlen",
    "Frames a second of the file; 0: what its timecodes count to":
        "Bilder pro Sekunde der Datei; 0: so viele, wie ihre Timecodes zählen",
    "Frames a second of the shot; 0: what the movie says, and 24 for pictures":
        "Bilder pro Sekunde der Aufnahme; 0: was der Film angibt, bei Einzelbildern 24",
    "From one photo's keyframe to the next": "Vom Keyframe eines Fotos zum nächsten",
    "From the chin to the middle of the forehead": "Vom Kinn bis zur Mitte der Stirn",
    "Give the brush the photo as its texture, to paint from it: move it with the right mouse "
    "button, scale it with Shift, turn it with Ctrl":
        "Dem Pinsel das Foto als Textur geben, um davon zu malen: mit der rechten Maustaste "
        "verschieben, mit Umschalt skalieren, mit Strg drehen",
    "Give the face the donor's features too, as a shape key; pose and expression stay":
        "Auch die Züge des Spenders übernehmen, als Shape Key; Haltung und Ausdruck bleiben",
    "Give the scene a black world, for its own would light the face as well":
        "Der Szene eine schwarze Welt geben, denn ihre eigene würde das Gesicht auch beleuchten",
    "Give this face another photo of the person; sculpting, shape keys and layers stay":
        "Dem Gesicht ein anderes Foto der Person geben; Sculpting, Shape Keys und Ebenen bleiben",
    "Give this photo's faces another mesh, camera, size or texture; what you made of them stays":
        "Den Gesichtern dieses Fotos ein anderes Mesh, eine andere Kamera, Größe oder Textur "
        "geben; was Sie daraus gemacht haben, bleibt",
    "GLB with Perfect Sync's names, from which programs make a VRM avatar":
        "GLB mit den Namen von Perfect Sync, woraus Programme einen VRM-Avatar machen",
    "Have every vertex go where each frame shows it: lips move exactly, and shape keys have no "
    "effect while the modifier Position Cache is on":
        "Jeder Eckpunkt geht dorthin, wo ihn jedes Bild zeigt: Lippen bewegen sich genau, und "
        "Formschlüssel wirken nicht, solange der Modifikator Position Cache an ist",
    "Have the face move as a person in a movie does: its pose, and expressions as shape keys":
        "Das Gesicht bewegen wie eine Person in einem Film: die Haltung, und die Mimik als Shape "
        "Keys",
    "Have the scene play at the shot's frame rate, from its first frame to its last":
        "Die Szene mit der Bildrate der Aufnahme abspielen, vom ersten bis zu ihrem letzten Bild",
    "Hide the objects that reach into the face or stand before it, in the view and in renders":
        "Objekte ausblenden, die ins Gesicht ragen oder davor stehen, in der Ansicht und beim "
        "Rendern",
    "How dense the mesh is": "Wie dicht das Mesh ist",
    "How dense the mesh of a new face is": "Wie dicht das Mesh eines neuen Gesichts ist",
    "How edits meet the rest of the photo": "Wie Änderungen an das übrige Foto anschließen",
    "How far the donor's colours are made to fit in; 0 shows them as in its own photo":
        "Wie weit die Farben des Spenders angepasst sind; 0 zeigt sie wie in seinem Foto",
    "How many threads of the processor run the network; 0 uses all its cores":
        "Wie viele Threads des Prozessors das Netz ausführen; 0 nutzt alle Kerne",
    "How much of the completed texture shows, where its mask is white":
        "Wie stark die ergänzte Textur zu sehen ist, wo ihre Maske weiß ist",
    "How much of the donor shows; can be changed later":
        "Wie stark der Spender zu sehen ist; lässt sich später ändern",
    "How much of the donor's brows shows, of Strength":
        "Wie stark die Brauen des Spenders zu sehen sind, von der Stärke",
    "How much of the donor's cheeks shows, of Strength":
        "Wie stark die Wangen des Spenders zu sehen sind, von der Stärke",
    "How much of the donor's chin shows, of Strength":
        "Wie stark das Kinn des Spenders zu sehen ist, von der Stärke",
    "How much of the donor's eyes shows, of Strength":
        "Wie stark die Augen des Spenders zu sehen sind, von der Stärke",
    "How much of the donor's face shows, in all its parts":
        "Wie stark das Gesicht des Spenders zu sehen ist, in allen Teilen",
    "How much of the donor's face shows, of Strength":
        "Wie stark das Gesicht des Spenders zu sehen ist, von der Stärke",
    "How much of the donor's forehead shows, of Strength":
        "Wie stark die Stirn des Spenders zu sehen ist, von der Stärke",
    "How much of the donor's lips shows, of Strength":
        "Wie stark die Lippen des Spenders zu sehen sind, von der Stärke",
    "How much of the donor's mouth shows, of Strength":
        "Wie stark der Mund des Spenders zu sehen ist, von der Stärke",
    "How much of the donor's nose shows, of Strength":
        "Wie stark die Nase des Spenders zu sehen ist, von der Stärke",
    "How much of the expression; more than 1 exaggerates":
        "Wie viel des Ausdrucks; mehr als 1 übertreibt",
    "How much of this face shows": "Wie stark dieses Gesicht zu sehen ist",
    "How much of what you painted shows": "Wie stark Gemaltes zu sehen ist",
    "How near each pixel of the photo is to the camera, and a picture of it":
        "Wie nah jeder Pixel des Fotos der Kamera ist, und ein Bild davon",
    "How strongly wrinkles and pores shade skin that the scene lights":
        "Wie stark Falten und Poren Haut schattieren, die die Szene beleuchtet",
    "How sure the network is, 0 to 1": "Wie sicher das Netz ist, 0 bis 1",
    "How the camera projects": "Wie die Kamera abbildet",
    "How the depth is stored": "Wie die Tiefe gespeichert wird",
    "How the donor meets the rest of the photo": "Wie der Spender an das übrige Foto anschließt",
    "How the donor's skin is made to fit in": "Wie die Haut des Spenders angepasst wird",
    "How the face takes light": "Wie das Gesicht Licht annimmt",
    "Keep the texture that there is": "Die vorhandene Textur behalten",
    "Key shape keys with ARKit's names; a face without any gets those that move":
        "Keyframes für Shape Keys mit den Namen von ARKit; ein Gesicht ohne bekommt die, die sich "
        "bewegen",
    "Key the active mesh's shape keys, those with ARKit's names, as a Live Link Face file says":
        "Keyframes für die Shape Keys des aktiven Meshs mit den Namen von ARKit, nach einer Datei "
        "von Live Link Face",
    "Leave Edit Mode first": "Verlassen Sie zuerst den Bearbeitungsmodus",
    "Leave hair, or whatever else hangs into the face, as it is in the photo; at 0 there is skin "
    "in its place":
        "Haare, oder was sonst ins Gesicht hängt, lassen, wie sie im Foto sind; bei 0 steht dort "
        "Haut",
    "Leave it as it is": "So lassen, wie sie ist",
    "Leave out keys that straight lines between the others replace":
        "Keyframes weglassen, die gerade Linien zwischen den anderen ersetzen",
    "Leave the current mode first": "Zuerst den gegenwärtigen Modus verlassen",
    "Leave the current mode: faces are added in Object Mode":
        "Verlassen Sie den Modus: Gesichter werden im Objektmodus erstellt",
    "Left, top, right and bottom of a face in the photo's pixels, brows to chin, where none was "
    "found by itself; all 0: look for faces":
        "Links, oben, rechts und unten eines Gesichts in Pixeln des Fotos, Brauen bis Kinn, wo "
        "keines von selbst gefunden wurde; alle 0: Gesichter suchen",
    "Left, top, right, bottom in the photo's pixels": "Links, oben, rechts, unten in Bildpunkten",
    "Let the scene's lights fall on the skin; off shows it as photographed":
        "Das Licht der Szene auf die Haut fallen lassen; aus zeigt sie wie fotografiert",
    "Lines and edges continued from around": "Linien und Kanten von ringsum fortgesetzt",
    "Lips, teeth and a little around": "Lippen, Zähne und ein wenig ringsum",
    "Look through the camera of this photo; the face takes on its expression":
        "Durch die Kamera dieses Fotos sehen; das Gesicht nimmt dessen Ausdruck an",
    "Look through this photo's camera and render with it; faces turned to the front turn back":
        "Durch die Kamera dieses Fotos blicken und damit rendern; nach vorn gedrehte Gesichter "
        "drehen sich zurück",
    "Make a keyframe at the current frame; several photos always become keyframes":
        "Am aktuellen Frame einen Keyframe setzen; mehrere Fotos werden immer zu Keyframes",
    "Make a scene whose render is the photo with the edited face: paint, mix, render again":
        "Eine Szene, deren Render das Foto mit dem bearbeiteten Gesicht ist: malen, mischen, neu "
        "rendern",
    "Make it the active model": "Es zum aktiven Modell machen",
    "Make one image of all texture layers, for other programs and games":
        "Aus allen Ebenen ein Bild machen, für andere Programme und Spiele",
    "Make the texture black where the photo does not show the face":
        "Die Textur schwarz machen, wo das Foto das Gesicht nicht zeigt",
    "Meshes whose vertices have the photo's colours":
        "Meshs, deren Vertices die Farben des Fotos haben",
    "Metres, degrees, our file names": "Meter, Grad, unsere Dateinamen",
    "Mix by the soft mask: colours stay as they are in the texture":
        "Nach der weichen Maske mischen: die Farben bleiben wie in der Textur",
    "Name of an image of this file to take instead of a photo on disk":
        "Name eines Bildes dieser Datei, das statt eines Fotos genommen wird",
    "No front mesh": "Kein Mesh von vorn",
    "No landmarks": "Keine Landmarken",
    "No layer of this face was edited in another program yet":
        "Noch keine Ebene dieses Gesichts wurde in einem anderen Programm bearbeitet",
    "No perspective; the face keeps the shape the network saw":
        "Keine Perspektive; das Gesicht behält die Form, die das Netz sah",
    "No swap of this face has left anything as it was":
        "Kein Tausch hat an diesem Gesicht etwas gelassen",
    "Nothing is being worked on": "Es wird an nichts gearbeitet",
    "Of the perspective camera, in mm for 35 mm film; short ones stand closer":
        "Der perspektivischen Kamera, in mm bei Kleinbild; kurze stehen näher",
    "Of the position map: row times its side, plus column":
        "Der Positionskarte: Zeile mal ihrer Seite, plus Spalte",
    "One object with a vertex for each point": "Ein Objekt mit einem Vertex für jeden Punkt",
    "Only a whole head has a rig: Mesh and Camera..., Topology":
        "Nur ein ganzer Kopf hat ein Rig: Mesh und Kamera..., Topologie",
    "Only of a whole head: Mesh and Camera..., Topology":
        "Nur von einem ganzen Kopf: Mesh und Kamera..., Topologie",
    "Only the mean and contrast of its colours": "Nur Mittel und Kontrast der Farben",
    "Paint on the face in Texture Paint, on a layer of its own: nothing beneath is changed":
        "Auf dem Gesicht malen, auf einer eigenen Ebene: darunter ändert sich nichts",
    "Paint on the skin around the face, which no photo shows: skull, ears and neck":
        "Auf der Haut um das Gesicht malen, die kein Foto zeigt: Schädel, Ohren und Hals",
    "Paint the part of the mesh red that the photo does not show; renders leave it out":
        "Den Teil des Meshs rot färben, den das Foto nicht zeigt; Renderbilder lassen es weg",
    "Paint where the other face shows: white shows it, black shows the photo; nothing else is "
    "changed":
        "Malen, wo das andere Gesicht zu sehen ist: Weiß zeigt es, Schwarz das Foto; sonst ändert "
        "sich nichts",
    "Pin brows, eyes, mouth or outline to where the photo has them: the whole face follows":
        "Brauen, Augen, Mund oder Umriss dort feststecken, wo das Foto sie hat: das ganze Gesicht "
        "folgt",
    "Pin places of the face to where the photo has them: mesh and texture follow":
        "Stellen des Gesichts dort feststecken, wo das Foto sie hat: Mesh und Textur folgen",
    "PRNet's folder Data/uv-data; empty to look beside the weights":
        "PRNets Ordner Data/uv-data; leer sucht neben den Gewichten",
    "Put another photo's face, or parts of it, on this one: as a layer, and into the photo":
        "Das Gesicht eines anderen Fotos, oder Teile davon, auf dieses setzen: als Ebene und in "
        "das Foto",
    "Put this face in the place of a person's in a movie; frames go into a folder beside it":
        "Dieses Gesicht an die Stelle eines Gesichts in einem Film setzen; die Bilder kommen in "
        "einen Ordner daneben",
    "Put what was painted, swapped or retouched back into the photo, at its full resolution":
        "Gemaltes, Getauschtes und Retuschiertes in voller Auflösung in das Foto setzen",
    "Real distance between the middles of the eyes in mm, which sets the face's size: 63 for a "
    "mean adult, 50 for a small child":
        "Wirklicher Abstand der Augenmitten in mm, der die Größe des Gesichts bestimmt: 63 im "
        "Mittel bei Erwachsenen, 50 bei einem kleinen Kind",
    "Reconstruct faces with this model from now on":
        "Gesichter von nun an mit diesem Modell rekonstruieren",
    "Remove this model and its files": "Dieses Modell und seine Dateien entfernen",
    "Save the photo with your edits or the swap as a PNG or JPEG file":
        "Das Foto mit Ihren Änderungen oder dem Tausch als PNG oder JPEG speichern",
    "Select a face that was built from a photo":
        "Wählen Sie ein Gesicht aus, das aus einem Foto entstand",
    "Select a face, or a mesh with shape keys with ARKit's names":
        "Ein Gesicht auswählen oder ein Mesh mit Shape Keys, die ARKits Namen haben",
    "Select a mesh with shape keys that have ARKit's names":
        "Ein Mesh mit Shape Keys auswählen, die die Namen von ARKit haben",
    "Set the scene's camera, render size, colour management and exposure so that a render shows "
    "what the photo shows; off in files that were saved before, and each scene remembers what was "
    "chosen":
        "Kamera, Rendergröße, Farbverwaltung und Belichtung der Szene so einstellen, dass ein "
        "Rendering zeigt, was das Foto zeigt; aus in Dateien, die schon gespeichert waren, und "
        "jede Szene merkt sich, was gewählt wurde",
    "Shape this photo's faces as the present model sees them; what you made of them stays":
        "Die Gesichter des Fotos formen, wie das heutige Modell sie sieht; Ihre Arbeit bleibt",
    "Share of Strength wherever the donor's mask is white, in any part":
        "Anteil der Stärke, wo immer die Maske des Spenders weiß ist, in jedem Teil",
    "Show on the photo what the swap has left as it was, a colour for each reason":
        "Auf dem Foto zeigen, was der Tausch gelassen hat, mit einer Farbe für jeden Grund",
    "Show the 68 landmarks as balls on the mesh: green where the photo shows them, else red":
        "Die 68 Landmarken als Kugeln auf dem Mesh zeigen: grün, wo das Foto sie zeigt, sonst rot",
    "Show the face in the Asset Browser, with its picture, so that other files can have it":
        "Das Gesicht mit seinem Bild im Asset-Browser zeigen, damit andere Dateien es haben können",
    "Show the photo behind the face in renders, too, or no longer":
        "Das Foto auch in Renderbildern hinter dem Gesicht zeigen oder nicht mehr",
    "Show the photo behind the face in the camera's view":
        "Das Foto in der Kameraansicht hinter dem Gesicht zeigen",
    "Show the photo with your edits or the swap in an Image Editor":
        "Das Foto mit Ihren Änderungen oder dem Tausch in einem Bildeditor zeigen",
    "Side of a new face's texture in pixels": "Seite der Textur eines neuen Gesichts in Pixeln",
    "Side of the image in pixels": "Seite des Bildes in Pixeln",
    "Side of the photo's texture in pixels": "Seitenlänge der Textur des Fotos in Pixeln",
    "Side of the texture in pixels": "Seite der Textur in Pixeln",
    "Skin that the scene's lights fall on": "Haut, auf die das Licht der Szene fällt",
    "Skull, ears, neck, eyes and teeth with 52 expressions as shape keys, as binary glTF":
        "Schädel, Ohren, Hals, Augen und Zähne mit 52 Ausdrücken als Formschlüssel, als binäres "
        "glTF",
    "Something is being worked on; press Esc to stop that":
        "Es wird gerade an etwas gearbeitet; Esc bricht das ab",
    "Start the image editor; without it only the file is written":
        "Den Bildeditor starten; sonst wird nur die Datei geschrieben",
    "Stay with each expression until the next keyframe":
        "Jeden Ausdruck bis zum nächsten Keyframe halten",
    "Stop after what has been built so far; Esc does the same":
        "Anhalten und behalten, was schon erstellt ist; Esc tut dasselbe",
    "Take away the photos that are neither where they were nor in this file":
        "Die Fotos entfernen, die weder an ihrem Ort noch in dieser Datei sind",
    "Take hidden skin from the other half of the face, where the photo shows it":
        "Verdeckte Haut von der anderen Gesichtshälfte nehmen, wo das Foto sie zeigt",
    "Take on the expression of a photo, whoever is in it; those of several one after the other":
        "Den Ausdruck eines Fotos annehmen, wer immer darauf ist; die mehrerer nacheinander",
    "Take the focal length that the camera wrote into the photo, if it did":
        "Die Brennweite nehmen, die der Fotoapparat in das Foto schrieb, falls er es tat",
    "Take the photo's colours at the border, so that no seam shows":
        "Am Rand die Farben des Fotos nehmen, damit keine Naht zu sehen ist",
    "Take the photo's light and shade out of the whole texture, so that the scene's lights can "
    "fall on it":
        "Licht und Schatten des Fotos aus der ganzen Textur nehmen, damit das Licht der Szene "
        "darauf fallen kann",
    "Take the photo's light out of the texture, and light the face by lamps as in the photo":
        "Das Licht des Fotos aus der Textur nehmen und das Gesicht durch Lampen so beleuchten wie "
        "im Foto",
    "Take this photo away: shape and texture are those of the others":
        "Dieses Foto wegnehmen: Form und Textur sind dann die der übrigen",
    "Take what another program has saved into the texture layers":
        "Was ein anderes Programm gespeichert hat, in die Ebenen übernehmen",
    "The 68 points in the photo's pixels, as text": "Die 68 Punkte in Pixeln des Fotos, als Text",
    "The 68 points of the face": "Die 68 Punkte des Gesichts",
    "The camera moves about the head, which stays where it is":
        "Die Kamera bewegt sich um den Kopf, der bleibt, wo er ist",
    "The chosen photo": "Das gewählte Foto",
    "The colours around, blurred": "Die Farben ringsum, verschwommen",
    "The completed texture itself": "Die ergänzte Textur selbst",
    "The donor's texture itself": "Die Textur des Spenders selbst",
    "The donor's, unless only this mouth is open":
        "Die des Spenders, außer wenn nur dieser Mund offen ist",
    "The donor's: the face looks as in the donor's photo":
        "Der des Spenders: Das Gesicht blickt wie in seinem Foto",
    "The face as the network sees it: dense, with a rim around it":
        "Das Gesicht, wie das neuronale Netz es sieht: dicht, mit einem Rand darum",
    "The face has one photo": "Das Gesicht hat nur ein Foto",
    "The face is linked from another file: make it local first":
        "Das Gesicht ist aus einer anderen Datei verknüpft: machen Sie es erst lokal",
    "The face that was worked on, for the redo panel: another may be active by now":
        "Das bearbeitete Gesicht, für das Anpassen der Operation: ein anderes kann inzwischen "
        "aktiv sein",
    "The face's material has no texture layers: build the face again":
        "Das Material des Gesichts hat keine Ebenen: erstellen Sie das Gesicht neu",
    "The face's material is linked from another file: make it local first":
        "Das Material des Gesichts ist aus einer anderen Datei verknüpft: machen Sie es erst lokal",
    "The faces to build, such as 2 or 1, 3; the largest is 1":
        "Welche Gesichter, etwa 2 oder 1, 3; das größte ist 1",
    "The first photo shows the same person at rest: what others have beyond that is their "
    "expression. Else they are compared with what calm faces have in common":
        "Das erste Foto zeigt dieselbe Person in Ruhe: Was die anderen darüber hinaus haben, ist "
        "ihr Ausdruck. Sonst werden sie mit dem verglichen, was ruhige Gesichter gemeinsam haben",
    "The head moves, and the camera stands still":
        "Der Kopf bewegt sich, und die Kamera steht still",
    "The largest face, most often the one the photo is about":
        "Das größte Gesicht, meist das, um das es auf dem Foto geht",
    "The last frame that is taken; 0: to the end":
        "Das letzte Bild, das genommen wird; 0: bis zum Ende",
    "The nose": "Die Nase",
    "The object as it is, with modifiers and shape keys, and its texture in one file":
        "Das Objekt, wie es ist, mit Modifikatoren und Shape Keys, und seine Textur in einer Datei",
    "The original's file names, axes and units": "Dateinamen, Achsen und Einheiten des Originals",
    "The other side of the face comes along as far as no pin there says otherwise":
        "Die andere Seite des Gesichts kommt mit, soweit keine Nadel dort etwas anderes sagt",
    "The photo": "Das Foto",
    "The photo with landmarks, dense points and the pose drawn on it":
        "Das Foto mit Landmarken, dichten Punkten und der Haltung darauf",
    "The photo's colours as a colour attribute of the mesh":
        "Die Farben des Fotos als Farbattribut des Meshs",
    "The photo's colours, whatever the scene's lights":
        "Die Farben des Fotos, gleich wie die Szene beleuchtet ist",
    "The photo's texture itself; rather use Paint": "Die Textur des Fotos selbst; besser ist Malen",
    "The projection of the shot's camera": "Die Projektion der Kamera der Aufnahme",
    "The shot's first frame that is taken": "Das erste Bild der Aufnahme, das genommen wird",
    "The skin around the face of a whole head: skull, ears and neck":
        "Die Haut um das Gesicht eines ganzen Kopfes: Schädel, Ohren und Hals",
    "The texture without the photo's light, for lit materials, and that light as lamps":
        "Die Textur ohne das Licht des Fotos, für beleuchtete Materialien, und dieses Licht als "
        "Lampen",
    "The whole head in quads, with eyes, teeth and 52 expressions as shape keys":
        "Der ganze Kopf in Vierecken, mit Augen, Zähnen und 52 Ausdrücken als Formschlüssel",
    "There is no result yet: swap, or press Apply to Photo":
        "Es gibt noch kein Ergebnis: tauschen Sie, oder drücken Sie Auf das Foto anwenden",
    "They look as in this face's photo, all the time":
        "Sie blicken immer wie im Foto dieses Gesichts",
    "This face's own: it looks where it looked": "Der eigene: Das Gesicht blickt, wohin es blickte",
    "Those of the other photo": "Die des anderen Fotos",
    "Those of this photo": "Die dieses Fotos",
    "Turn the active face to the front, or back to its pose in the photo":
        "Das aktive Gesicht nach vorn drehen, oder zurück in die Haltung des Fotos",
    "Turn the object as the file's head turns, too":
        "Auch das Objekt drehen, wie sich der Kopf der Datei dreht",
    "Turn the object as the photo's head is turned. A mesh from somewhere else has to look along "
    "-Y where its rotation is cleared":
        "Das Objekt drehen, wie der Kopf auf dem Foto gedreht ist. Ein Mesh von anderswo muss "
        "ohne Drehung entlang -Y blicken",
    "Turned to the front; the face keeps its shape": "Nach vorn gedreht; die Form bleibt",
    "Use photos that seem to show somebody else, too":
        "Auch Fotos verwenden, die anscheinend jemand anderen zeigen",
    "Vertices, colours and triangles for MATLAB": "Vertices, Farben und Dreiecke für MATLAB",
    "What a new face becomes": "Was aus einem neuen Gesicht wird",
    "What comes from the other photo; hold Shift to choose several":
        "Was vom anderen Foto kommt; mit Umschalt mehrere wählen",
    "What comes from this face; hold Shift to choose several":
        "Was von diesem Gesicht kommt; mit Umschalt mehrere wählen",
    "What gets the keys of the pose": "Was die Keyframes der Haltung bekommt",
    "What is edited": "Was bearbeitet wird",
    "What neither half of the face shows": "Was keine Gesichtshälfte zeigt",
    "What runs the network: the processor, or what onnxruntime finds beside it":
        "Was das Netz ausführt: der Prozessor, oder was onnxruntime daneben findet",
    "What strokes go to": "Wohin Striche gehen",
    "What the face becomes": "Was aus dem Gesicht wird",
    "What the whole head's expressions are called in its file":
        "Wie die Ausdrücke des ganzen Kopfes in seiner Datei heißen",
    "What to call it; empty for PRNet, or the file's name":
        "Wie es heißen soll; leer für PRNet, oder den Namen der Datei",
    "What whole heads of new faces are made of: a file of the command import-head; empty for the "
    "head that comes with the add-on":
        "Woraus ganze Köpfe neuer Gesichter gemacht werden: eine Datei des Befehls import-head; "
        "leer für den Kopf, der zum Add-on gehört",
    "Where the file of the position cache goes; by default beside the movie":
        "Wohin die Datei des Positions-Caches kommt; von sich aus neben den Film",
    "Where the files go": "Wohin die Dateien kommen",
    "Where the frames go; by default a folder beside the movie, named after it":
        "Wohin die Bilder kommen; sonst in einen Ordner neben dem Film, der nach ihm heißt",
    "Which face of the other photo; 1 is the largest":
        "Welches Gesicht des anderen Fotos; 1 ist das größte",
    "Which face of the other photo; the largest is 1":
        "Welches Gesicht des anderen Fotos; das größte ist 1",
    "Which faces of the photo to build": "Welche Gesichter des Fotos erstellt werden",
    "Which one; the first is 1": "Welches; das erste ist 1",
    "Which program reads the file": "Welches Programm die Datei liest",
    "White shows the completed texture, black does not":
        "Weiß zeigt die ergänzte Textur, Schwarz nicht",
    "White shows the donor's face, black does not":
        "Weiß zeigt das Gesicht des Spenders, Schwarz nicht",
    "Whom the face plays: 1 takes most of the shot; 0 is the one who looks most like the face":
        "Wen das Gesicht spielt: 1 nimmt am meisten von der Aufnahme ein; 0 ist, wer dem Gesicht "
        "am ähnlichsten sieht",
    "Whose expression, where a photo shows several faces: 1 is the largest":
        "Wessen Ausdruck, wenn ein Foto mehrere Gesichter zeigt: 1 ist das größte",
    "Whose eyeballs show between the lids": "Wessen Augäpfel zwischen den Lidern zu sehen sind",
    "Whose face is replaced: 1 takes most of the shot":
        "Wessen Gesicht ersetzt wird: 1 nimmt am meisten vom Film ein",
    "Whose names, axes and units the files have":
        "Wessen Namen, Achsen und Einheiten die Dateien haben",
    "Whose teeth show between the lips": "Wessen Zähne zwischen den Lippen zu sehen sind",
    "Width of the soft border, in distances between the eyes":
        "Breite des weichen Rands, in Augenabständen",
    "With a focal length, for scenes with depth": "Mit Brennweite, für Szenen mit Tiefe",
    "Wrinkles and pores that the photo's light tells of, as displacement and as normal map":
        "Falten und Poren, von denen das Licht des Fotos zeugt, als Verschiebung und Normal-Map",
    "Write a texture layer to a file and open it in the image editor of the Preferences":
        "Eine Ebene in eine Datei schreiben und im Bildeditor der Einstellungen öffnen",
    "Write the active face to files: meshes with the texture as it is, landmarks, pose, more":
        "Das aktive Gesicht in Dateien schreiben: Meshs mit der Textur, wie sie ist, Landmarken, "
        "Haltung und mehr",
    "Write the whole head with its rig as another program reads it: unit, axes, textures, names":
        "Den ganzen Kopf mit seinem Rig so schreiben, wie ein anderes Programm ihn liest: "
        "Einheit, Achsen, Texturen, Namen",
    "x and y in the photo's pixels": "x und y in Pixeln des Fotos",
    "Yaw, pitch and roll, and the matrix from the mean face to the photo, as text":
        "Gier-, Nick- und Rollwinkel, und die Matrix vom mittleren Gesicht zum Foto, als Text",
    "You have read the terms below and agree to them":
        "Sie haben die Bedingungen unten gelesen und stimmen zu",
}  # fmt: skip
