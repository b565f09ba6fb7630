; The setup program of {{ name }} {{ version }}.
Unicode true
!pragma warning disable 6010 ; functions that not every recipe needs
Target {{ stub }}
{{#if compressor}}
SetCompressor {{ compressor }}
{{else}}
SetCompress off
{{/if}}
{{#if dictionary}}
SetCompressorDictSize {{ dictionary }}
{{/if}}
SetDateSave off
SetOverwrite on
AllowSkipFiles off
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel user ; it asks for more itself: an updater without such rights has to be able to start it

OutFile "out.exe"
Name "{{ title | nsis }}" "{{ title_amp | nsis }}"
BrandingText "{{ title_amp | nsis }} {{ version | nsis }}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

; What hooks are used to find.
!define PRODUCT_NAME "{{ hook_title | nsis }}"
!define PRODUCT_FILENAME "{{ file_title | nsis }}"
!define APP_FILENAME "{{ name | nsis }}"
!define APP_PACKAGE_NAME "{{ name | nsis }}"
!define APP_ID "{{ id | nsis }}"
!define APP_GUID "{{ guid }}"
!define VERSION "{{ version | nsis }}"
{{#if vendor}}
!define COMPANY_NAME "{{ hook_vendor | nsis }}"
{{/if}}
{{#if entry}}
!define APP_EXECUTABLE_FILENAME "{{ entry | nsis }}"
{{/if}}
!define PROJECT_DIR "project"
!define BUILD_RESOURCES_DIR "hookdir"
!define INSTALL_KEY "Software{{ in_guid | nsis }}"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall{{ in_guid | nsis }}"
!define INSTALL_REGISTRY_KEY "${INSTALL_KEY}"
!define UNINSTALL_REGISTRY_KEY "${UNINSTALL_KEY}"
!define UNINSTALL_FILENAME "{{ uninstaller | nsis }}"

!include LogicLib.nsh
!include FileFunc.nsh
!include WinVer.nsh
!include x64.nsh
!include nsDialogs.nsh
!include MUI2.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh
!include Integration.nsh

Var mode ; "all" or "current"
Var updated ; 1: started by the updater inside the application
Var forceRun ; 1: the application is to be started afterwards, silent or not
Var chosen ; 1: the command line says for whom
Var keepShortcuts ; 1: a later version writes them anew
Var swap ; 1: a later version puts its files in the place of these
Var unregister ; 1: and now takes over deep links and file types
Var noDesktop ; 1: no shortcut there, whatever the recipe says
Var deleteData ; 1: what the application wrote goes, too
Var mutex
Var seen ; 1: the pages up to that for whom were seen, and consented to
Var dirGiven ; what /D= said
Var oldMenu ; the shortcuts of an earlier version that are still there
Var oldDesktop
{{#if ask}}
Var whoMe
Var whoAll
{{/if}}

!macro _isUpdated _a _b _t _f
  !insertmacro _== $updated 1 `${_t}` `${_f}`
!macroend
!define isUpdated `"" isUpdated ""`
!macro _isForceRun _a _b _t _f
  !insertmacro _== $forceRun 1 `${_t}` `${_f}`
!macroend
!define isForceRun `"" isForceRun ""`

{{#if hooks}}
!addincludedir "hookdir"
!include "hooks.nsh"
{{/if}}
!ifmacrodef customHeader
  !insertmacro customHeader
!endif
!macro IS_THERE_NO hook
  !ifmacrodef ${hook}
    !warning "the hook ${hook} is not known, and does nothing"
  !endif
!macroend
!insertmacro IS_THERE_NO customCheckAppRunning
!insertmacro IS_THERE_NO customFinishPage
!insertmacro IS_THERE_NO customInstallMode
!insertmacro IS_THERE_NO customPageAfterChangeDir
!insertmacro IS_THERE_NO customRemoveFiles
!insertmacro IS_THERE_NO customUnInstallCheck
!insertmacro IS_THERE_NO customUnInstallCheckCurrentUser
!insertmacro IS_THERE_NO customUnInstallSection
!insertmacro IS_THERE_NO customUnWelcomePage
!insertmacro IS_THERE_NO customUninstallPage
!insertmacro IS_THERE_NO customWelcomePage

{{#if icon}}
!define MUI_ICON "icon.ico"
!define MUI_UNICON "icon.ico"
{{/if}}
!define MUI_ABORTWARNING
!define MUI_LANGDLL_ALLLANGUAGES

{{#if one_click}}
AutoCloseWindow true
{{else}}
!define MUI_PAGE_CUSTOMFUNCTION_PRE skipSeen
!insertmacro MUI_PAGE_WELCOME
{{/if}}
{{#if license}}
!define MUI_PAGE_CUSTOMFUNCTION_PRE skipSeen
!define MUI_LICENSEPAGE_CHECKBOX
!insertmacro MUI_PAGE_LICENSE "license.txt"
{{/if}}
{{#if ask}}
Page custom whoPage whoLeave
{{/if}}
{{#if one_click}}
{{else}}
!define MUI_PAGE_CUSTOMFUNCTION_PRE skipUpdated
!insertmacro MUI_PAGE_DIRECTORY
!define MUI_PAGE_CUSTOMFUNCTION_PRE ownFolder
{{/if}}
!insertmacro MUI_PAGE_INSTFILES
{{#if one_click}}
{{else}}
{{#if run}}
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION startApp
{{/if}}
!insertmacro MUI_PAGE_FINISH
{{/if}}
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES

{{#each languages}}
!insertmacro MUI_LANGUAGE "{{ . }}"
{{/each}}
!include "strings.nsh"

VIProductVersion "{{ version4 }}"
VIFileVersion "{{ version4 }}"
{{#each languages}}
VIAddVersionKey /LANG=${LANG_{{ . | upper }}} "ProductName" "{{ title | nsis }}"
VIAddVersionKey /LANG=${LANG_{{ . | upper }}} "ProductVersion" "{{ version | nsis }}"
VIAddVersionKey /LANG=${LANG_{{ . | upper }}} "FileVersion" "{{ version | nsis }}"
VIAddVersionKey /LANG=${LANG_{{ . | upper }}} "FileDescription" "{{ summary | nsis }}"
VIAddVersionKey /LANG=${LANG_{{ . | upper }}} "CompanyName" "{{ vendor | nsis }}"
VIAddVersionKey /LANG=${LANG_{{ . | upper }}} "LegalCopyright" "{{ copyright | nsis }}"
{{/each}}

{{#if uninstaller_command}}
; Run on the uninstaller, "%1", before it goes in.
!uninstfinalize "{{ uninstaller_command | nsis }}" = 0
{{/if}}

!include "common.nsh"
!include "swap.nsh"

Function skipSeen
  ${If} $updated == 1
  ${OrIf} $seen == 1
    Abort
  ${EndIf}
FunctionEnd

Function skipUpdated
  ${If} $updated == 1
    Abort
  ${EndIf}
FunctionEnd

{{#if one_click}}
{{else}}
; People look for a folder that has other things in it, and mean one of its own there.
Function ownFolder
  Call trimDir
  ${GetFileName} "$INSTDIR" $0
  StrCpy $1 "{{ file_title | nsis }}"
  StrCpy $2 "$INSTDIR{{ in_uninstaller | nsis }}"
  ${If} $updated == 1
  ${OrIf} $0 == $1
  ${OrIf} ${FileExists} "$2"
    Return
  ${EndIf}
  ReadRegStr $0 SHCTX "${INSTALL_KEY}" "InstallLocation"
  ${If} $0 != $INSTDIR
  ${AndIf} $0 != "$INSTDIR\"
  ${AndIf} ${FileExists} "$INSTDIR\*.*"
    ${DirState} "$INSTDIR" $0
    ${If} $0 <> 0
      StrCpy $INSTDIR "$INSTDIR{{ in_title | nsis }}"
    ${EndIf}
  ${EndIf}
FunctionEnd

{{/if}}
Function .onInit
{{#if wide}}
  SetRegView 64
{{/if}}
  !ifmacrodef preInit
    !insertmacro preInit
  !endif
  Call readSwitches
  Call readDir
  StrCpy $dirGiven $INSTDIR
{{#if arm}}
  ${IfNot} ${IsNativeARM64}
    MessageBox MB_OK|MB_ICONSTOP "$(wrongMachine)" /SD IDOK
    SetErrorLevel 4
    Quit
  ${EndIf}
{{/if}}
  Call chooseMode
  Call setMode
  Call elevate
  ${If} $9 == ""
    SetErrorLevel 6
    Quit
  ${EndIf}
  Call lock
  ${If} $0 = 183 ; ERROR_ALREADY_EXISTS
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(setupRuns)" /SD IDOK
    SetErrorLevel 5
    Quit
  ${EndIf}
  !ifmacrodef customInit
    !insertmacro customInit
  !endif
FunctionEnd

; NSIS takes /D= without quotes, up to the end. Programs that quote what has blanks write "/D=C:\some folder".
Function readDir
  ${If} $INSTDIR == ""
    ${GetParameters} $R0
    StrCpy $R1 0
    ${Do}
      StrCpy $R2 $R0 4 $R1
      IntOp $R1 $R1 + 1
      ${If} $R2 == "$\"/D="
        IntOp $R1 $R1 + 3
        StrCpy $R0 $R0 "" $R1
        StrCpy $R1 0
        ${Do}
          StrCpy $R2 $R0 1 $R1
          ${If} $R2 == "$\""
            StrCpy $R0 $R0 $R1
          ${EndIf}
          IntOp $R1 $R1 + 1
        ${LoopUntil} $R2 == ""
        StrCpy $INSTDIR $R0 ; which takes what no path can have, as quotes, away
      ${EndIf}
    ${LoopUntil} $R2 == ""
  ${EndIf}
  Call trimDir
FunctionEnd

; What is compared, and gets \name behind it, has no \ at its end.
Function trimDir
  Push $0
  Push $1
  ${Do}
    StrCpy $0 $INSTDIR 1 -1
    StrLen $1 $INSTDIR
    ${If} $0 != "\"
    ${OrIf} $1 < 4 ; the root of a drive
      ${Break}
    ${EndIf}
    StrCpy $INSTDIR $INSTDIR -1
  ${Loop}
  Pop $1
  Pop $0
FunctionEnd

; In $0 the error of it. One with more rights that this one starts has its own.
Function lock
  System::Call 'kernel32::CreateMutexW(p 0, i 0, w "{{ guid }}-setup") p .r1 ?e'
  Pop $0
  StrCpy $mutex $1
FunctionEnd

; Recipe's texts are compared by way of a variable: macros read what they are given once more, and
; would find ${NAMES} in it.

; For whom: what the recipe says, then the command line, then where an earlier version is.
Function chooseMode
{{#if machine}}
  StrCpy $mode "all"
{{else}}
  ${If} $mode == ""
    StrCpy $mode "current"
{{#if ask}}
    ReadRegStr $0 HKCU "${INSTALL_KEY}" "InstallLocation"
    ReadRegStr $1 HKLM "${INSTALL_KEY}" "InstallLocation"
    ${If} $0 == ""
    ${AndIf} $1 != ""
      StrCpy $mode "all"
    ${EndIf}
{{/if}}
  ${EndIf}
{{#if ask}}
{{else}}
  StrCpy $mode "current"
{{/if}}
{{/if}}
FunctionEnd

; The place: /D=, where an earlier version is, the usual one.
Function setMode
  SetShellVarContext current
  StrCpy $1 "$LOCALAPPDATA\Programs{{ in_title | nsis }}"
  ${If} $mode == "all"
    SetShellVarContext all
    StrCpy $1 "{{ program_files }}{{ in_title | nsis }}"
  ${EndIf}
  ${If} $dirGiven == ""
    ReadRegStr $INSTDIR SHCTX "${INSTALL_KEY}" "InstallLocation"
    Call trimDir
    ${If} $INSTDIR == ""
      StrCpy $INSTDIR $1
    ${EndIf}
  ${EndIf}
FunctionEnd

; What is for all needs an administrator: the same once more, with the question that Windows asks. Comes back with $9 empty
; when that was refused; this program ends when the other one has.
Function elevate
  StrCpy $9 "none"
  ${If} $mode != "all"
    Return
  ${EndIf}
  UserInfo::GetAccountType
  Pop $0
  ${If} $0 == "Admin"
    Return
  ${EndIf}
  ${GetParameters} $0
  StrCpy $0 "$0 /allusers"
  ${If} $seen == 1
    StrCpy $0 "$0 --seen"
  ${EndIf}
  ${If} $dirGiven != ""
    StrCpy $0 "$0 /D=$dirGiven"
  ${EndIf}
  StrCpy $1 "$EXEPATH"
  Call runElevated
  ${If} $9 != ""
    SetErrorLevel $9
    Quit
  ${EndIf}
  MessageBox MB_OK|MB_ICONSTOP "$(needAdmin)" /SD IDOK
FunctionEnd

{{#if ask}}
Function whoPage
  ${If} $updated == 1
  ${OrIf} $chosen == 1
    Abort
  ${EndIf}
  !insertmacro MUI_HEADER_TEXT "$(whoTitle)" "$(whoText)"
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateRadioButton} 0 20u 100% 12u "$(whoMe)"
  Pop $whoMe
  ${NSD_CreateRadioButton} 0 40u 100% 12u "$(whoAll)"
  Pop $whoAll
  ${If} $mode == "all"
    ${NSD_Check} $whoAll
  ${Else}
    ${NSD_Check} $whoMe
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function whoLeave
  ${NSD_GetState} $whoAll $0
  StrCpy $mode "current"
  ${If} $0 = ${BST_CHECKED}
    StrCpy $mode "all"
  ${EndIf}
  Call setMode
  ${If} $mode == "all"
    HideWindow
    StrCpy $1 $mutex
    System::Call 'kernel32::CloseHandle(p r1)'
    StrCpy $seen 1
    Call elevate
    Call lock
    BringToFront
    ${If} $9 == ""
      Abort ; one may choose anew
    ${EndIf}
  ${EndIf}
FunctionEnd

{{/if}}
Section "-{{ name | nsis }}"
  AddSize {{ kilobytes }} ; the files are unpacked by a function, which is not counted
{{#if entry}}
  Call closeApp
{{/if}}
  Call findOld
  Call stageNew
  Call takeOld
  Call placeNew
  Call unregisterOld
  SetOutPath "$INSTDIR" ; shortcuts begin there
  Call writeEntry
{{#if entry}}
  Call writeShortcuts
{{#if classes}}
  Call writeClasses
{{/if}}
{{/if}}
  Call dropOld
  Call takeOther
{{#if cache}}
  ; The next update is made from what is the same in this file. The updater looks for it below the user's folders, always.
  SetShellVarContext current
  StrCpy $R0 "$LOCALAPPDATA{{ in_cache | nsis }}"
  ${If} $EXEPATH != "$R0\installer.exe"
    CreateDirectory "$R0"
    CopyFiles /SILENT "$EXEPATH" "$R0\installer.exe"
  ${EndIf}
  ${If} $mode == "all"
    SetShellVarContext all
  ${EndIf}
{{/if}}
  ClearErrors
  !ifmacrodef customInstall
    !insertmacro customInstall
  !endif
SectionEnd

Function writeEntry
  WriteRegStr SHCTX "${INSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${INSTALL_KEY}" "ShortcutName" "{{ file_title | nsis }}"
  WriteRegStr SHCTX "${INSTALL_KEY}" "KeepShortcuts" "true"
  WriteRegStr SHCTX "${INSTALL_KEY}" "Swap" "1"
{{#if classes}}
  WriteRegStr SHCTX "${INSTALL_KEY}" "Classes" "1"
{{else}}
  DeleteRegValue SHCTX "${INSTALL_KEY}" "Classes"
{{/if}}
  StrCpy $0 "/currentuser"
  ${If} $mode == "all"
    StrCpy $0 "/allusers"
  ${EndIf}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayName" "{{ title | nsis }}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayVersion" "{{ version | nsis }}"
{{#if vendor}}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "Publisher" "{{ vendor | nsis }}"
{{/if}}
{{#if icon}}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR{{ in_uninstaller | nsis }},0"
{{else}}
{{#if entry}}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR{{ in_entry | nsis }},0"
{{/if}}
{{/if}}
{{#if homepage}}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "URLInfoAbout" "{{ homepage | nsis }}"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "HelpLink" "{{ homepage | nsis }}"
{{/if}}
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "UninstallString" "$\"$INSTDIR{{ in_uninstaller | nsis }}$\" $0"
  WriteRegStr SHCTX "${UNINSTALL_KEY}" "QuietUninstallString" "$\"$INSTDIR{{ in_uninstaller | nsis }}$\" $0 /S"
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "EstimatedSize" {{ kilobytes }}
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "VersionMajor" {{ major }}
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "VersionMinor" {{ minor }}
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL_KEY}" "NoRepair" 1
FunctionEnd

{{#if entry}}
Function writeShortcuts
{{#if menu}}
  StrCpy $R0 "$SMPROGRAMS{{ in_title | nsis }}.lnk"
  StrCpy $R1 $oldMenu
  Call renewShortcut
{{/if}}
{{#if desktop}}
  StrCpy $R0 "$DESKTOP{{ in_title | nsis }}.lnk"
  StrCpy $R1 $oldDesktop
  ${If} $noDesktop != 1
    Call renewShortcut
  ${EndIf}
{{/if}}
FunctionEnd

; The shortcut $R0, which was $R1 before. Whoever has thrown that away, or moved it, does not want it back.
Function renewShortcut
  ${If} $updated == 1
  ${AndIf} $oldDir != ""
  ${AndIf} $R1 == ""
    Return
  ${EndIf}
  ${If} $R1 != ""
  ${AndIf} $R1 != $R0
    Delete "$R1"
    ${GetParent} "$R1" $R1
    ${If} $R1 != $SMPROGRAMS
    ${AndIf} $R1 != $DESKTOP
      RMDir "$R1"
    ${EndIf}
  ${EndIf}
  Call writeShortcut
FunctionEnd

{{#if classes}}
; In $1 whether an update may have what the command $0 opens: what people gave to another program since stays that one's.
Function mayTake
  StrCpy $1 1
  ${If} $updated != 1
  ${OrIf} $0 == ""
    Return
  ${EndIf}
  StrLen $2 "$\"$INSTDIR\"
  StrCpy $2 $0 $2
  ${If} $2 == "$\"$INSTDIR\"
    Return
  ${EndIf}
  StrLen $2 "$\"$oldDir\"
  StrCpy $2 $0 $2
  ${If} $2 != "$\"$oldDir\"
    StrCpy $1 0
  ${EndIf}
FunctionEnd

Function writeClasses
{{#each protocols}}
  ReadRegStr $0 SHCTX "Software\Classes{{ . | nsis }}\shell\open\command" ""
  Call mayTake
  ${If} $1 == 1
  DeleteRegKey SHCTX "Software\Classes{{ . | nsis }}"
  WriteRegStr SHCTX "Software\Classes{{ . | nsis }}" "" "URL:{{ title | nsis }}"
  WriteRegStr SHCTX "Software\Classes{{ . | nsis }}" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes{{ . | nsis }}\DefaultIcon" "" "$INSTDIR{{ in_entry | nsis }},0"
  WriteRegStr SHCTX "Software\Classes{{ . | nsis }}\shell\open\command" "" "$\"$INSTDIR{{ in_entry | nsis }}$\" $\"%1$\""
  ${EndIf}
{{/each}}
{{#each associations}}
  WriteRegStr SHCTX "Software\Classes{{ in_progid | nsis }}" "" "{{ description | nsis }}"
  WriteRegStr SHCTX "Software\Classes{{ in_progid | nsis }}\DefaultIcon" "" "$INSTDIR{{ in_entry | nsis }},0"
  WriteRegStr SHCTX "Software\Classes{{ in_progid | nsis }}\shell\open\command" "" "$\"$INSTDIR{{ in_entry | nsis }}$\" $\"%1$\""
  WriteRegStr SHCTX "Software\Classes\.{{ extension | nsis }}\OpenWithProgids" "{{ progid | nsis }}" ""
  ReadRegStr $0 SHCTX "Software\Classes\.{{ extension | nsis }}" ""
  ${If} $0 == ""
    WriteRegStr SHCTX "Software\Classes\.{{ extension | nsis }}" "" "{{ progid | nsis }}"
{{#if mime}}
    WriteRegStr SHCTX "Software\Classes\.{{ extension | nsis }}" "Content Type" "{{ mime | nsis }}"
{{/if}}
  ${EndIf}
{{/each}}
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
FunctionEnd

{{/if}}
; Not with the rights of an administrator, which the shell does not pass on.
Function startApp
  StrCpy $0 ""
  ${If} $updated == 1
    StrCpy $0 " --updated"
  ${EndIf}
  SetOutPath "$INSTDIR"
  ${If} $mode == "all"
    Exec "$\"$WINDIR\explorer.exe$\" $\"$INSTDIR{{ in_entry | nsis }}$\""
  ${Else}
    ClearErrors
    Exec "$\"$INSTDIR{{ in_entry | nsis }}$\"$0"
    ${If} ${Errors} ; it wants an administrator's rights, which the shell asks for
      ExecShell "" "$INSTDIR{{ in_entry | nsis }}" "$0"
    ${EndIf}
  ${EndIf}
FunctionEnd

{{/if}}
Function .onInstSuccess
{{#if entry}}
  ${If} $forceRun == 1
{{#if one_click}}
{{else}}
  ${AndIf} ${Silent}
{{/if}}
    Call startApp
    Return
  ${EndIf}
{{#if one_click}}
{{#if run}}
  ${IfNot} ${Silent}
    Call startApp
  ${EndIf}
{{/if}}
{{/if}}
{{/if}}
FunctionEnd

Function un.onInit
{{#if wide}}
  SetRegView 64
{{/if}}
  Call un.readSwitches
  ${If} $mode == ""
    StrCpy $mode "current"
    ReadRegStr $0 HKLM "${INSTALL_KEY}" "InstallLocation"
    ${If} $0 == $INSTDIR
      StrCpy $mode "all"
    ${EndIf}
  ${EndIf}
  SetShellVarContext current
  ${If} $mode == "all"
    UserInfo::GetAccountType
    Pop $0
    ${If} $0 != "Admin"
      ${GetParameters} $0
      StrCpy $0 "$0 /allusers"
      StrCpy $1 "$INSTDIR{{ in_uninstaller | nsis }}"
      Call un.runElevated
      ${If} $9 == ""
        StrCpy $9 6
      ${EndIf}
      SetErrorLevel $9
      Quit
    ${EndIf}
    SetShellVarContext all
  ${EndIf}
  !ifmacrodef customUnInit
    !insertmacro customUnInit
  !endif
FunctionEnd

Section "Uninstall"
{{#if classes}}
  ${If} $unregister == 1
    Call un.removeClasses
    Return
  ${EndIf}
{{/if}}
{{#if entry}}
  Call un.closeApp
{{/if}}
  !ifmacrodef customUnInstall
    !insertmacro customUnInstall
  !endif
  SetOutPath "$TEMP"
  Call un.takeAll
{{#if entry}}
  ${If} $keepShortcuts != 1
    StrCpy $R0 "$SMPROGRAMS{{ in_title | nsis }}.lnk"
    StrCpy $R1 "$DESKTOP{{ in_title | nsis }}.lnk"
    ${UnpinShortcut} "$R0"
    ${UnpinShortcut} "$R1"
    Delete "$R0"
    Delete "$R1"
  ${EndIf}
{{#if cache}}
  ${If} $updated != 1
    SetShellVarContext current
    RMDir /r "$LOCALAPPDATA{{ in_cache | nsis }}"
    ${If} $mode == "all"
      SetShellVarContext all
    ${EndIf}
  ${EndIf}
{{/if}}
{{#if classes}}
  ${If} $swap != 1 ; they stay with the files until the later version has its own
    Call un.removeClasses
  ${EndIf}
{{/if}}
{{/if}}
  ${If} $deleteData == 1
  ${AndIf} $updated != 1
    SetShellVarContext current
    RMDir /r "$APPDATA{{ in_name | nsis }}"
    RMDir /r "$APPDATA{{ in_title | nsis }}"
    ${If} $mode == "all"
      SetShellVarContext all
    ${EndIf}
  ${EndIf}
  ${If} $swap != 1
    DeleteRegKey SHCTX "${UNINSTALL_KEY}"
    DeleteRegKey SHCTX "${INSTALL_KEY}"
  ${EndIf}
SectionEnd

{{#if classes}}
; What another program has taken over since is left to it.
Function un.removeClasses
{{#each protocols}}
  ReadRegStr $0 SHCTX "Software\Classes{{ . | nsis }}\shell\open\command" ""
  StrCpy $1 "$\"$INSTDIR{{ in_entry | nsis }}$\" $\"%1$\""
  ${If} $0 == $1
    DeleteRegKey SHCTX "Software\Classes{{ . | nsis }}"
  ${EndIf}
{{/each}}
{{#each associations}}
  DeleteRegKey SHCTX "Software\Classes{{ in_progid | nsis }}"
  DeleteRegValue SHCTX "Software\Classes\.{{ extension | nsis }}\OpenWithProgids" "{{ progid | nsis }}"
  ReadRegStr $0 SHCTX "Software\Classes\.{{ extension | nsis }}" ""
  StrCpy $1 "{{ progid | nsis }}"
  ${If} $0 == $1
    DeleteRegValue SHCTX "Software\Classes\.{{ extension | nsis }}" ""
{{#if mime}}
    DeleteRegValue SHCTX "Software\Classes\.{{ extension | nsis }}" "Content Type"
{{/if}}
  ${EndIf}
  DeleteRegKey /ifempty SHCTX "Software\Classes\.{{ extension | nsis }}\OpenWithProgids"
  DeleteRegKey /ifempty SHCTX "Software\Classes\.{{ extension | nsis }}"
{{/each}}
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
FunctionEnd
{{/if}}
