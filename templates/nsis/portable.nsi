; {{ name }} {{ version }} as one program: unpacks itself once into a folder of the user and starts what is there.
Unicode true
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
RequestExecutionLevel user
SilentInstall silent
OutFile "out.exe"
Name "{{ title | nsis }}" "{{ title_amp | nsis }}"
{{#if icon}}
Icon "icon.ico"
{{/if}}

!include LogicLib.nsh
!include x64.nsh

VIProductVersion "{{ version4 }}"
VIFileVersion "{{ version4 }}"
VIAddVersionKey "ProductName" "{{ title | nsis }}"
VIAddVersionKey "ProductVersion" "{{ version | nsis }}"
VIAddVersionKey "FileVersion" "{{ version | nsis }}"
VIAddVersionKey "FileDescription" "{{ summary | nsis }}"
VIAddVersionKey "CompanyName" "{{ vendor | nsis }}"
VIAddVersionKey "LegalCopyright" "{{ copyright | nsis }}"

!define NAME_IN_FOLDER "{{ in_version | nsis }}-{{ hash }}"

Var folder ; of all versions
Var place ; of this one
Var entry ; in it; macros would read the recipe's text once more
Var mutex

Section
{{#if arm}}
  ${IfNot} ${IsNativeARM64}
    MessageBox MB_OK|MB_ICONSTOP "{{ title | nsis }} is for computers with an ARM64 processor."
    SetErrorLevel 4
    Quit
  ${EndIf}
{{/if}}
  StrCpy $entry "{{ in_entry | nsis }}"
  ; The folder that people started it in is the application's too; unpacking changes it.
  System::Alloc 65536
  Pop $R0
  System::Call 'kernel32::GetCurrentDirectoryW(i 32767, p R0)'
  ; One at a time looks for it, unpacks it and starts it. Where one was killed the next one has its turn.
  System::Call 'kernel32::CreateMutexW(p 0, i 0, w "Local\{{ name | nsis }}-portable") p .R1'
  StrCpy $mutex $R1
  System::Call 'kernel32::WaitForSingleObject(p R1, i -1)'
  StrCpy $folder "$LOCALAPPDATA{{ in_name | nsis }}-portable"
  CreateDirectory "$folder"
  ${IfNot} ${FileExists} "$folder\*.*"
    StrCpy $folder "$TEMP{{ in_name | nsis }}-portable"
    CreateDirectory "$folder"
  ${EndIf}
  StrCpy $place "$folder${NAME_IN_FOLDER}"
  ${IfNot} ${FileExists} "$place$entry"
    Call unpack
  ${EndIf}
  Call startApp
SectionEnd

; Beside the place, and then in one step: what is killed while it unpacks leaves no half of an application there.
Function unpack
  Call clear
  System::Call 'kernel32::GetCurrentProcessId() i .r1'
  StrCpy $INSTDIR "$folder\.new-$1"
  SetOutPath "$INSTDIR"
  !include "install.nsh"
  SetOutPath "$TEMP"
  ; Scanners for viruses hold new files for a moment, and folders of such files cannot be renamed.
  StrCpy $0 0
  ${Do}
    Delete "$place"
    RMDir /r "$place"
    ClearErrors
    Rename "$INSTDIR" "$place"
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    IntOp $0 $0 + 1
    Sleep 250
  ${LoopUntil} $0 > 40
  Abort
FunctionEnd

Function .onInstFailed
  SetOutPath "$TEMP"
  RMDir /r "$INSTDIR"
  MessageBox MB_OK|MB_ICONSTOP "{{ title | nsis }}: $place cannot be written. Is the disk full?"
  SetErrorLevel 2
FunctionEnd

; Other versions go, unless one of them runs: then its program cannot be opened for writing, and its folder cannot be renamed.
; So does what was left by one that was killed.
Function clear
  FindFirst $0 $1 "$folder\*.*"
  ${DoWhile} $1 != ""
    StrCpy $2 $1 5
    ${If} $2 == ".new-"
    ${OrIf} $2 == ".old-"
      RMDir /r "$folder\$1"
    ${ElseIf} $1 != "."
    ${AndIf} $1 != ".."
      StrCpy $2 "free"
      ${If} ${FileExists} "$folder\$1$entry"
        ClearErrors
        FileOpen $3 "$folder\$1$entry" a
        ${If} ${Errors}
          StrCpy $2 "runs"
        ${Else}
          FileClose $3
        ${EndIf}
      ${EndIf}
      ${If} $2 == "free"
        ClearErrors
        Rename "$folder\$1" "$folder\.old-$1"
        ${IfNot} ${Errors}
          RMDir /r "$folder\.old-$1"
        ${EndIf}
      ${EndIf}
    ${EndIf}
    FindNext $0 $1
  ${Loop}
  FindClose $0
  ClearErrors
FunctionEnd

; By pointers, for a command line may be longer than a string of NSIS.
Function startApp
  System::Call 'kernel32::SetCurrentDirectoryW(p R0)'
  System::Call 'kernel32::SetEnvironmentVariable(t "PORTABLE_EXECUTABLE_FILE", t "$EXEPATH")'
  System::Call 'kernel32::SetEnvironmentVariable(t "PORTABLE_EXECUTABLE_DIR", t "$EXEDIR")'
  System::Call 'kernel32::SetEnvironmentVariable(t "PORTABLE_EXECUTABLE_APP_FILENAME", t "{{ name | nsis }}")'
  System::Call 'kernel32::GetCommandLineW() p .r0'
  System::Call 'shlwapi::PathGetArgsW(p r0) p .r1'
  System::Alloc 70000
  Pop $2
  StrCpy $9 "$\"$place$entry$\" "
  System::Call 'kernel32::lstrcpyW(p r2, w r9)'
  System::Call 'kernel32::lstrcatW(p r2, p r1)'
  System::Alloc 128 ; STARTUPINFO, all zero but its size
  Pop $3
  System::Call '*$3(i {{ startup_size }})'
  System::Call '*(p, p, i, i) p .r4' ; PROCESS_INFORMATION
  System::Call 'kernel32::CreateProcessW(p 0, p r2, p 0, p 0, i 1, i 0, p 0, p 0, p r3, p r4) i .r5 ?e'
  Pop $9
  StrCpy $R1 $mutex
  System::Call 'kernel32::ReleaseMutex(p R1)'
  System::Call 'kernel32::CloseHandle(p R1)'
  System::Call '*$4(p .r6, p .r7)'
  ${If} $5 = 0
  ${AndIf} $9 = 740 ; ERROR_ELEVATION_REQUIRED
    Call startAgain
  ${EndIf}
  ${If} $5 = 0
    MessageBox MB_OK|MB_ICONSTOP "{{ title | nsis }}: $place$entry cannot be started."
    SetErrorLevel 2
    Quit
  ${EndIf}
  System::Call 'kernel32::WaitForSingleObject(p r6, i -1)'
  System::Call 'kernel32::GetExitCodeProcess(p r6, *i .r8)'
  System::Call 'kernel32::CloseHandle(p r6)'
  System::Call 'kernel32::CloseHandle(p r7)'
  SetErrorLevel $8
FunctionEnd

; An application that wants the rights of an administrator: this program once more, with these, for which Windows asks. It
; starts it then. In $5 whether it was, in $6 its process.
Function startAgain
  StrCpy $9 "$EXEPATH"
  System::Call '*(&w1024 r9) p .R2'
  System::Call '*(&w8 "runas") p .R3'
  System::Call '*(i {{ execute_size }}, i 0x140, p 0, p R3, p R2, p r1, p R0, i 1{{ pad_in }}, p 0, p 0, p 0, p 0, i 0{{ pad_in }}, p 0, p 0) p .R4'
  System::Call 'shell32::ShellExecuteExW(p R4) i .r5'
  ${If} $5 <> 0
    System::Call '*$R4(i, i, p, p, p, p, p, i{{ pad_out }}, p, p, p, p, i{{ pad_out }}, p, p .r6)'
  ${EndIf}
FunctionEnd
