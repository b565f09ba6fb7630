; What the pages of NSIS do not say.
{{#if english}}
LangString whoTitle ${LANG_ENGLISH} "For whom"
LangString whoText ${LANG_ENGLISH} "Who is to use {{ title | nsis }} on this computer?"
LangString whoMe ${LANG_ENGLISH} "Only for &me"
LangString whoAll ${LANG_ENGLISH} "For &all users of this computer (asks for an administrator)"
LangString appRuns ${LANG_ENGLISH} "{{ title | nsis }} is running. It will be closed now; save your work first."
LangString setupRuns ${LANG_ENGLISH} "The setup of {{ title | nsis }} is running already."
LangString needAdmin ${LANG_ENGLISH} "Only an administrator can do this for all users."
LangString wrongMachine ${LANG_ENGLISH} "{{ title | nsis }} is for computers with another processor. Please download the version for this one."
LangString oldStays ${LANG_ENGLISH} "The earlier version of {{ title | nsis }} could not be removed completely. Go on all the same?"
{{/if}}
{{#if german}}
LangString whoTitle ${LANG_GERMAN} "Für wen"
LangString whoText ${LANG_GERMAN} "Wer soll {{ title | nsis }} auf diesem Computer benutzen?"
LangString whoMe ${LANG_GERMAN} "Nur für &mich"
LangString whoAll ${LANG_GERMAN} "Für &alle Benutzer dieses Computers (fragt nach einem Administrator)"
LangString appRuns ${LANG_GERMAN} "{{ title | nsis }} läuft gerade und wird jetzt beendet. Bitte speichern Sie zuerst Ihre Arbeit."
LangString setupRuns ${LANG_GERMAN} "Die Installation von {{ title | nsis }} läuft bereits."
LangString needAdmin ${LANG_GERMAN} "Für alle Benutzer kann das nur ein Administrator."
LangString wrongMachine ${LANG_GERMAN} "{{ title | nsis }} ist für Computer mit einem anderen Prozessor. Bitte laden Sie die Ausgabe für diesen herunter."
LangString oldStays ${LANG_GERMAN} "Die frühere Version von {{ title | nsis }} konnte nicht vollständig entfernt werden. Trotzdem fortfahren?"
{{/if}}
{{#if french}}
LangString whoTitle ${LANG_FRENCH} "Pour qui"
LangString whoText ${LANG_FRENCH} "Qui doit utiliser {{ title | nsis }} sur cet ordinateur ?"
LangString whoMe ${LANG_FRENCH} "Pour &moi seulement"
LangString whoAll ${LANG_FRENCH} "Pour &tous les utilisateurs de cet ordinateur (demande un administrateur)"
LangString appRuns ${LANG_FRENCH} "{{ title | nsis }} est en cours d'exécution et va être fermé. Enregistrez d'abord votre travail."
LangString setupRuns ${LANG_FRENCH} "L'installation de {{ title | nsis }} est déjà en cours."
LangString needAdmin ${LANG_FRENCH} "Seul un administrateur peut faire cela pour tous les utilisateurs."
LangString wrongMachine ${LANG_FRENCH} "{{ title | nsis }} est prévu pour un autre processeur. Veuillez télécharger la version pour celui-ci."
LangString oldStays ${LANG_FRENCH} "La version précédente de {{ title | nsis }} n'a pas pu être entièrement supprimée. Continuer quand même ?"
{{/if}}
{{#if spanish}}
LangString whoTitle ${LANG_SPANISH} "Para quién"
LangString whoText ${LANG_SPANISH} "¿Quién va a usar {{ title | nsis }} en este equipo?"
LangString whoMe ${LANG_SPANISH} "Solo para &mí"
LangString whoAll ${LANG_SPANISH} "Para &todos los usuarios de este equipo (pide un administrador)"
LangString appRuns ${LANG_SPANISH} "{{ title | nsis }} se está ejecutando y se va a cerrar. Guarde antes su trabajo."
LangString setupRuns ${LANG_SPANISH} "La instalación de {{ title | nsis }} ya está en marcha."
LangString needAdmin ${LANG_SPANISH} "Solo un administrador puede hacer esto para todos los usuarios."
LangString wrongMachine ${LANG_SPANISH} "{{ title | nsis }} es para equipos con otro procesador. Descargue la versión para este."
LangString oldStays ${LANG_SPANISH} "No se pudo quitar por completo la versión anterior de {{ title | nsis }}. ¿Continuar de todos modos?"
{{/if}}
