; How one version takes the place of another. Nothing of the old one is touched before the new one lies on the disk whole;
; then both are moved, which takes no room and a moment; and the old one is put back when the new one cannot be placed.
; In the application's folder: ~n is what is new, ~o what is old, ~done says that the exchange was made, ~g0 to ~g9 are what
; cannot be deleted yet: a program that runs can be renamed, and no more.

Var swapFrom
Var swapTo
Var swapKeep ; where what lies in the way goes; empty: it is deleted
Var swapTries
Var swapFailed ; the file that could not be moved

; The folder, when it is empty. Who looks through it, or has just ended in it, may hold it for a moment.
!macro DROP_EMPTY dir
  StrCpy $swapTries 0
  ${Do}
    RMDir "${dir}"
    ${DirState} "${dir}" $1
    ${If} $1 <> 0 ; not there, or full
      ${Break}
    ${EndIf}
    IntOp $swapTries $swapTries + 1
    Sleep 250
  ${LoopUntil} $swapTries > 8
!macroend

!macro SWAP un
; The file $R0\$R2. Scanners for viruses hold new files for a moment.
Function ${un}swapFile
  StrCpy $swapTries 0
  ${Do}
    ${If} ${FileExists} "$swapTo$R0\$R2"
      ${If} $swapKeep != ""
      ${AndIfNot} ${FileExists} "$swapKeep$R0\$R2"
        CreateDirectory "$swapKeep$R0"
        Rename "$swapTo$R0\$R2" "$swapKeep$R0\$R2"
      ${Else}
        Delete "$swapTo$R0\$R2"
      ${EndIf}
    ${EndIf}
    ClearErrors
    Rename "$swapFrom$R0\$R2" "$swapTo$R0\$R2"
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    ${If} $swapFailed != ""
      Return
    ${EndIf}
    IntOp $swapTries $swapTries + 1
    Sleep 250
  ${LoopUntil} $swapTries > 8
  StrCpy $swapFailed "$swapTo$R0\$R2"
FunctionEnd

; All that is below $swapFrom, to $swapTo. On the stack: "", the folder in it where to begin.
Function ${un}swapFolder
  Exch $R0
  Push $R1
  Push $R2
  CreateDirectory "$swapTo$R0"
  FindFirst $R1 $R2 "$swapFrom$R0\*.*"
  ${DoWhile} $R2 != ""
    ${If} $R2 != "."
    ${AndIf} $R2 != ".."
      ${If} ${FileExists} "$swapFrom$R0\$R2\*.*"
        SetErrors
        ${IfNot} ${FileExists} "$swapTo$R0\$R2"
          ClearErrors
          Rename "$swapFrom$R0\$R2" "$swapTo$R0\$R2"
        ${EndIf}
        ${If} ${Errors}
          Push "$R0\$R2"
          Call ${un}swapFolder
        ${EndIf}
      ${Else}
        Call ${un}swapFile
      ${EndIf}
    ${EndIf}
    FindNext $R1 $R2
  ${Loop}
  FindClose $R1
  RMDir "$swapFrom$R0"
  Pop $R2
  Pop $R1
  Pop $R0
FunctionEnd

; What was moved out of the folder $0, back into it.
Function ${un}swapBack
  ${IfNot} ${FileExists} "$0\~o\*.*"
  ${OrIf} ${FileExists} "$0\~done"
    Return
  ${EndIf}
  StrCpy $swapFrom "$0\~o"
  StrCpy $swapTo "$0"
  StrCpy $swapKeep ""
  Push $swapFailed
  StrCpy $swapFailed ""
  Push ""
  Call ${un}swapFolder
  Pop $swapFailed
FunctionEnd

; What is left in the folder $0: ~n, ~g0 … and, when the exchange was made, ~o.
Function ${un}swapClean
  RMDir /r "$0\~n"
  StrCpy $swapTo ""
  StrCpy $1 0
  ${Do}
    RMDir /r "$0\~g$1"
    ${If} $swapTo == ""
    ${AndIfNot} ${FileExists} "$0\~g$1\*.*"
      StrCpy $swapTo "$0\~g$1"
    ${EndIf}
    IntOp $1 $1 + 1
  ${LoopUntil} $1 > 9
  ${If} ${FileExists} "$0\~done"
    ${If} ${FileExists} "$0\~o\*.*"
    ${AndIf} $swapTo != ""
      ClearErrors
      Rename "$0\~o" "$swapTo"
      ${If} ${Errors}
        StrCpy $swapFrom "$0\~o"
        StrCpy $swapKeep ""
        Push ""
        Call ${un}swapFolder
      ${EndIf}
      RMDir /r "$swapTo"
    ${EndIf}
    ${IfNot} ${FileExists} "$0\~o\*.*"
      Delete "$0\~done"
    ${EndIf}
  ${EndIf}
  ClearErrors
FunctionEnd
!macroend
!insertmacro SWAP ""
!insertmacro SWAP "un."

; --- the setup program ---

Var stage ; where the new files are until all of them are there
Var place ; where they are to go
Var old ; the earlier version's uninstaller; empty: there is none
Var oldDir
Var oldKeeps ; 1: its uninstaller can put its files aside, and back
Var oldClasses ; 1: it has deep links or file types

; In $R1: the command of an uninstaller. In $R1: its path, in $R2 its folder unless that is known; or empty.
Function findUninstaller
  StrCpy $R3 $R1 1
  ${If} $R3 != "$\""
    StrCpy $R1 ""
    Return
  ${EndIf}
  StrCpy $R4 0
  ${Do}
    IntOp $R4 $R4 + 1
    StrCpy $R3 $R1 1 $R4
    ${If} $R3 == ""
      StrCpy $R1 ""
      Return
    ${EndIf}
  ${LoopUntil} $R3 == "$\""
  IntOp $R4 $R4 - 1
  StrCpy $R1 $R1 $R4 1
  ${If} $R2 == ""
    ${GetParent} "$R1" $R2
  ${EndIf}
  ${IfNot} ${FileExists} "$R1"
    StrCpy $R1 ""
  ${EndIf}
FunctionEnd

; The earlier version; and what one that was ended in the middle has left.
Function findOld
  StrCpy $place $INSTDIR
  ReadRegStr $R1 SHCTX "${UNINSTALL_KEY}" "UninstallString"
  ReadRegStr $R2 SHCTX "${INSTALL_KEY}" "InstallLocation"
  ReadRegStr $oldKeeps SHCTX "${INSTALL_KEY}" "Swap"
  ReadRegStr $oldClasses SHCTX "${INSTALL_KEY}" "Classes"
  ReadRegStr $R3 SHCTX "${INSTALL_KEY}" "ShortcutName"
  ReadRegStr $R4 SHCTX "${INSTALL_KEY}" "MenuDirectory"
  ${If} $R3 == ""
    StrCpy $R3 "{{ file_title | nsis }}"
  ${EndIf}
  ${If} $R4 != ""
    StrCpy $R4 "\$R4"
  ${EndIf}
  StrCpy $oldMenu "$SMPROGRAMS$R4\$R3.lnk"
  ${IfNot} ${FileExists} "$oldMenu"
    StrCpy $oldMenu ""
  ${EndIf}
  StrCpy $oldDesktop "$DESKTOP\$R3.lnk"
  ${IfNot} ${FileExists} "$oldDesktop"
    StrCpy $oldDesktop ""
  ${EndIf}
  StrCpy $0 $R2 1 -1
  ${If} $0 == "\"
    StrCpy $R2 $R2 -1
  ${EndIf}
  StrCpy $R5 $R2
  SetOutPath "$TEMP"
  StrCpy $0 $INSTDIR
  Call swapClean
  Call swapBack
  ${If} $R5 != ""
    StrCpy $0 $R5
    Call swapClean
    Call swapBack
  ${EndIf}
  Call findUninstaller
  StrCpy $old $R1
  StrCpy $oldDir $R2
  ClearErrors
FunctionEnd

; All files beside where they are to go: what needs room, and may fail, comes first. Uninstallers of others empty the whole
; folder, so for them it is beside that, also when the new place is in it.
Function stageNew
  StrCpy $stage "$INSTDIR\~n"
  ${If} $old != ""
  ${AndIf} $oldKeeps != 1
    StrCpy $stage "$INSTDIR~n"
    StrLen $0 "$oldDir\"
    StrCpy $0 "$INSTDIR\" $0
    ${If} $0 == "$oldDir\"
      StrCpy $stage "$oldDir~n"
    ${EndIf}
    CreateDirectory "$stage"
    ${IfNot} ${FileExists} "$stage\*.*"
      InitPluginsDir
      StrCpy $stage "$PLUGINSDIR\~n"
    ${EndIf}
  ${EndIf}
  StrCpy $INSTDIR $stage
  SetOutPath "$INSTDIR"
{{#if only_uninstaller}}
{{else}}
  !include "install.nsh"
{{/if}}
  ClearErrors
  WriteUninstaller "$INSTDIR{{ in_uninstaller | nsis }}"
  SetOutPath "$TEMP"
  StrCpy $INSTDIR $place
  ${If} ${Errors}
    SetErrorLevel 2
    Abort
  ${EndIf}
FunctionEnd

; The earlier version's uninstaller with the switches $R3, in $R5 its exit status, empty when it cannot be started. Where
; programs in temporary folders are forbidden it runs where it is.
Function runOld
  StrCpy $R4 "/currentuser"
  ${If} $mode == "all"
    StrCpy $R4 "/allusers"
  ${EndIf}
  ClearErrors
  ExecWait "$\"$PLUGINSDIR\old.exe$\" /S /KEEP_APP_DATA --updated --keep-shortcuts $R4 $R3 _?=$oldDir" $R5
  ${If} ${Errors}
    ClearErrors
    ExecWait "$\"$old$\" /S /KEEP_APP_DATA --updated --keep-shortcuts $R4 $R3 _?=$oldDir" $R5
    ${If} ${Errors}
      StrCpy $R5 ""
      ClearErrors
    ${EndIf}
  ${EndIf}
FunctionEnd

; Takes the old files out of the way, and leaves its shortcuts, so that those that people have pinned go on working.
Function takeOld
  ${If} $old == ""
    Return
  ${EndIf}
  InitPluginsDir
  StrCpy $R1 0
  ${Do}
    CopyFiles /SILENT "$old" "$PLUGINSDIR\old.exe"
    StrCpy $R3 ""
    ${If} $oldKeeps == 1
      StrCpy $R3 "--swap"
    ${EndIf}
    Call runOld
    IntOp $R1 $R1 + 1
    ${If} $R5 == 0
      ${If} $oldKeeps != 1
        Delete "$old"
        !insertmacro DROP_EMPTY "$oldDir"
      ${EndIf}
      ClearErrors
      Return
    ${EndIf}
    ${If} $oldKeeps == 1
      ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(oldUsed)" /SD IDCANCEL IDCANCEL`
        SetErrorLevel 7
        Abort "$(oldUsed)"
      ${EndIf}
    ${ElseIf} $R1 < 4
      Sleep 1000 ; it gives up at once where a scanner for viruses holds a file
    ${Else}
      ${If} ${Cmd} `MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "$(oldStays)" /SD IDOK IDCANCEL`
        SetErrorLevel 7
        Abort
      ${EndIf}
      ClearErrors
      Return
    ${EndIf}
  ${Loop}
FunctionEnd

; Deep links and file types stay with the earlier version as long as it may have to come back.
Function unregisterOld
  ${If} $oldKeeps == 1
  ${AndIf} $oldClasses == 1
  ${AndIf} $old != ""
    StrCpy $R3 "--swap --unregister"
    Call runOld
  ${EndIf}
  ClearErrors
FunctionEnd

Function placeNew
  StrCpy $swapFrom $stage
  StrCpy $swapTo $INSTDIR
  StrCpy $swapKeep "$INSTDIR\~o"
  StrCpy $swapFailed ""
  ${If} ${FileExists} "$stage\*.*"
    Push ""
    Call swapFolder
  ${Else}
    StrCpy $swapFailed $stage ; somebody has taken it away
  ${EndIf}
  ${If} $swapFailed == ""
    ClearErrors
    Return
  ${EndIf}
  StrCpy $0 $INSTDIR
  Call swapBack
  ${If} $oldDir != ""
    StrCpy $0 $oldDir
    Call swapBack
  ${EndIf}
  MessageBox MB_OK|MB_ICONSTOP "$(notPlaced)" /SD IDOK
  SetErrorLevel 8
  Abort "$(notPlaced)"
FunctionEnd

; Said first: a run that is ended here must not put half of it back.
Function dropOld
  StrCpy $0 $INSTDIR
  Call dropFrom
  ${If} $oldDir != ""
  ${AndIf} $oldDir != $INSTDIR
    StrCpy $0 $oldDir
    Call dropFrom
    !insertmacro DROP_EMPTY "$oldDir"
  ${EndIf}
  ClearErrors
FunctionEnd

Function dropFrom
  ${If} ${FileExists} "$0\~o\*.*"
    FileOpen $1 "$0\~done" w
    FileClose $1
  ${EndIf}
  Call swapClean
FunctionEnd

; Installed for all, the application of the one who installs it would be there twice.
Function takeOther
  ${If} $mode != "all"
    Return
  ${EndIf}
  ReadRegStr $R1 HKCU "${UNINSTALL_KEY}" "UninstallString"
  ReadRegStr $R2 HKCU "${INSTALL_KEY}" "InstallLocation"
  Call findUninstaller
  ${If} $R1 == ""
  ${OrIf} $R2 == $INSTDIR
    Return
  ${EndIf}
  InitPluginsDir
  CopyFiles /SILENT "$R1" "$PLUGINSDIR\other.exe"
  ClearErrors
  ExecWait "$\"$PLUGINSDIR\other.exe$\" /S /KEEP_APP_DATA --updated /currentuser _?=$R2" $R5
  ${IfNot} ${Errors}
  ${AndIf} $R5 = 0
    Delete "$R1"
    !insertmacro DROP_EMPTY "$R2"
  ${EndIf}
  ClearErrors
FunctionEnd

Function .onInstFailed
  ${If} $stage != ""
    SetOutPath "$TEMP"
    RMDir /r "$stage"
    RMDir "$place"
  ${EndIf}
FunctionEnd

; --- the uninstaller ---

; The file $INSTDIR$R0 of the application goes: for good, or aside.
Function un.takeFile
  ${If} $swap != 1
    Delete "$INSTDIR$R0"
    Return
  ${EndIf}
  ${If} $swapFailed != ""
  ${OrIfNot} ${FileExists} "$INSTDIR$R0"
    Return
  ${EndIf}
  StrCpy $swapTries 0
  ${Do}
    ClearErrors
    Rename "$INSTDIR$R0" "$INSTDIR\~o$R0"
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    IntOp $swapTries $swapTries + 1
    Sleep 250
  ${LoopUntil} $swapTries > 8
  StrCpy $swapFailed "$INSTDIR$R0"
FunctionEnd

; Files of this folder follow.
Function un.takeIn
  ${If} $swap == 1
    CreateDirectory "$INSTDIR\~o$R0"
  ${EndIf}
FunctionEnd

{{#if folders}}
Function un.takeDir
  Call un.takeIn
  RMDir "$INSTDIR$R0"
FunctionEnd
{{/if}}

Function un.takeAll
  !include "remove.nsh"
  StrCpy $R0 ""
  Call un.takeIn
  StrCpy $R0 "{{ in_uninstaller | nsis }}"
  Call un.takeFile
  ${If} $swapFailed != ""
    StrCpy $0 $INSTDIR
    Call un.swapBack
    SetErrorLevel 7
    Abort
  ${EndIf}
  ${If} $swap != 1
    StrCpy $0 $INSTDIR
    Call un.swapClean
    RMDir /r "$INSTDIR\~o"
    !insertmacro DROP_EMPTY "$INSTDIR"
  ${EndIf}
FunctionEnd
