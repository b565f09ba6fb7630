; What the setup program and the uninstaller both do.

!macro SWITCH option variable
  StrCpy ${variable} 1
  ClearErrors
  ${GetOptions} $R0 "${option}" $0
  ${If} ${Errors}
    StrCpy ${variable} 0
  ${EndIf}
!macroend

!macro READ_SWITCHES un
Function ${un}readSwitches
  StrCpy $mode ""
  StrCpy $chosen 0
  ${GetParameters} $R0
  !insertmacro SWITCH "--updated" $updated
  !insertmacro SWITCH "--force-run" $forceRun
  !insertmacro SWITCH "--keep-shortcuts" $keepShortcuts
  !insertmacro SWITCH "--no-desktop-shortcut" $noDesktop
  !insertmacro SWITCH "--delete-app-data" $deleteData
  !insertmacro SWITCH "--seen" $seen
  !insertmacro SWITCH "--swap" $swap
  !insertmacro SWITCH "--unregister" $unregister
  !insertmacro SWITCH "/allusers" $1
  ${If} $1 == 1
    StrCpy $mode "all"
    StrCpy $chosen 1
  ${EndIf}
  !insertmacro SWITCH "/currentuser" $1
  ${If} $1 == 1
    StrCpy $mode "current"
    StrCpy $chosen 1
  ${EndIf}
  ClearErrors
FunctionEnd
!macroend
!insertmacro READ_SWITCHES ""
!insertmacro READ_SWITCHES "un."

!macro RUN_ELEVATED un
; The program $1 with the arguments $0 and the rights of an administrator, for which Windows asks. In $9 its exit status,
; empty when it was refused.
Function ${un}runElevated
  StrCpy $9 ""
  System::Call '*(&w1024 r1) p .r3'
  System::Call '*(&w1024 r0) p .r4'
  System::Call '*(&w8 "runas") p .r5'
  ; SHELLEXECUTEINFO; the program is waited for
  System::Call '*(i {{ execute_size }}, i 0x140, p $HWNDPARENT, p r5, p r3, p r4, p 0, i 1{{ pad_in }}, p 0, p 0, p 0, p 0, i 0{{ pad_in }}, p 0, p 0) p .r6'
  System::Call 'shell32::ShellExecuteExW(p r6) i .r7'
  ${If} $7 <> 0
    System::Call '*$6(i, i, p, p, p, p, p, i{{ pad_out }}, p, p, p, p, i{{ pad_out }}, p, p .r8)'
    System::Call 'kernel32::WaitForSingleObject(p r8, i -1)'
    System::Call 'kernel32::GetExitCodeProcess(p r8, *i .r9)'
    System::Call 'kernel32::CloseHandle(p r8)'
  ${EndIf}
  System::Free $3
  System::Free $4
  System::Free $5
  System::Free $6
FunctionEnd
!macroend
!insertmacro RUN_ELEVATED ""
!insertmacro RUN_ELEVATED "un."

{{#if entry}}
; A program that runs cannot be opened for writing. The updater starts the setup program before the
; application has ended: that is waited for. Else people are asked, and Windows is to close it.
!macro CLOSE_APP un
Function ${un}closeApp
  StrCpy $R1 0
  StrCpy $R2 10
  StrCpy $R3 "$INSTDIR{{ in_entry | nsis }}"
  ${If} $updated == 1
    StrCpy $R2 70
  ${EndIf}
  ${Do}
    ${IfNot} ${FileExists} "$R3"
      Return
    ${EndIf}
    SetFileAttributes "$R3" NORMAL ; one that people made read-only cannot be written either
    ClearErrors
    FileOpen $R0 "$R3" a
    ${IfNot} ${Errors}
      FileClose $R0
      Return
    ${EndIf}
    ClearErrors
    IntOp $R1 $R1 + 1
    ${If} $updated == 1
    ${AndIf} $R1 < 60
      Sleep 500
      ${Continue}
    ${EndIf}
    ${If} $updated == 1
    ${OrIf} ${Silent}
      ${If} $R1 > $R2
        SetErrorLevel 3
        Abort "$(appRuns)"
      ${EndIf}
    ${ElseIf} ${Cmd} `MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "$(appRuns)" IDCANCEL`
      SetErrorLevel 1
      Abort
    ${EndIf}
    Call ${un}shutApp
    Sleep 1000
  ${Loop}
FunctionEnd

; The Restart Manager asks the application to end as a logoff does, and ends it if it does not.
Function ${un}shutApp
  System::Call 'rstrtmgr::RmStartSession(*i .r2, i 0, w .r3) i .r4'
  ${If} $4 = 0
    System::Call '*(&w1024 R3) p .r6'
    System::Call '*(p r6) p .r5'
    System::Call 'rstrtmgr::RmRegisterResources(i r2, i 1, p r5, i 0, p 0, i 0, p 0) i .r4'
    ${If} $4 = 0
      System::Call 'rstrtmgr::RmShutdown(i r2, i 1, p 0) i .r4'
    ${EndIf}
    System::Call 'rstrtmgr::RmEndSession(i r2)'
    System::Free $5
    System::Free $6
  ${EndIf}
FunctionEnd
!macroend
!insertmacro CLOSE_APP ""
!insertmacro CLOSE_APP "un."

; The shortcut $R0. It carries the application's id, by which the task bar and notifications know it.
Function writeShortcut
  CreateShortCut "$R0" "$INSTDIR{{ in_entry | nsis }}" "" "$INSTDIR{{ in_entry | nsis }}" 0 "" "" "{{ summary | nsis }}"
{{#if id}}
  Call setAppId
{{/if}}
FunctionEnd

{{#if id}}
Function setAppId
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P= 0
    Return
  ${EndIf}
  ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1).r9'
  ${If} $9 = 0
    ${IPersistFile::Load} $1 '(R0,${STGM_READWRITE}).r9'
    ${If} $9 = 0
      ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2).r9'
      ${If} $9 = 0
        StrCpy $6 "{{ id | nsis }}"
        System::Call '*(&w260 r6) p .r5'
        System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID}) p .r3'
        System::Call '*(&i2 31, &i6 0, p r5, p 0) p .r4' ; PROPVARIANT with VT_LPWSTR
        ${IPropertyStore::SetValue} $2 '($3,$4)'
        ${IPropertyStore::Commit} $2 ""
        ${IUnknown::Release} $2 ""
        ${IPersistFile::Save} $1 '(R0,1)'
        System::Free $3
        System::Free $4
        System::Free $5
      ${EndIf}
    ${EndIf}
    ${IUnknown::Release} $1 ""
  ${EndIf}
  ${IUnknown::Release} $0 ""
FunctionEnd
{{/if}}
{{/if}}
