# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Operations on single files.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFileReplacement
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeFiles

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# ---- what has to hold before

function Test-FileExpectation([object]$Operation) {
    $expected = Get-Field $Operation 'expect'
    if ($null -eq $expected) { return }
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $found = if ([System.IO.File]::Exists($path)) { Get-FileHashText $path } else { $null }
    if ($null -ne $found -and $found -eq (Get-Field $Operation 'staged_sha256')) { return }
    if ($expected.Contains('absent')) {
        $isThere = $null -ne $found -or [System.IO.Directory]::Exists($path)
        if ($isThere -eq [bool]$expected['absent']) {
            throw (New-NodeFailure 'precondition' "$path is $(if ($isThere) { 'there' } else { 'not there' }), unlike when it was read.")
        }
        return
    }
    $wanted = Get-Field $expected 'sha256'
    if ($null -eq $found) { throw (New-NodeFailure 'precondition' "$path is not there any more.") }
    if ($found -ne $wanted) {
        throw (New-NodeFailure 'precondition' "$path has changed since it was read: its SHA-256 is $found, expected was $wanted.")
    }
}

# ---- operations

function Invoke-WriteFile([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $bytes = [Convert]::FromBase64String((Get-RequiredField $Operation 'content'))
    $hash = Get-BytesHash $bytes
    $memory = Get-FileMemory $path
    if ($null -ne $memory['bytes'] -and (Get-BytesHash $memory['bytes']) -eq $hash) { return New-Outcome $false @{ sha256 = $hash } }
    Register-Undo $Context 'Restore-FileMemory' $memory
    Write-FileBytes $path $bytes $Context['run']
    New-Outcome $true @{ sha256 = $hash }
}

function Invoke-StageFile([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $bytes = [Convert]::FromBase64String((Get-RequiredField $Operation 'content'))
    $hash = Get-BytesHash $bytes
    $staged = Get-SideName $path $Context['run'] 'new'
    $detail = [ordered]@{ sha256 = $hash; staged = $staged }
    if ([System.IO.File]::Exists($staged) -and (Invoke-WhileHeld { Get-FileHashText $staged }) -eq $hash) { return New-Outcome $false $detail }
    Register-Undo $Context 'Restore-FileMemory' (Invoke-WhileHeld { Get-FileMemory $staged })
    $rules = if ([System.IO.File]::Exists($path)) { Get-SecurityText $path } else { $null }
    Invoke-WhileHeld { New-FileWithBytes $staged $bytes $rules }
    New-Outcome $true $detail
}

function Invoke-ReplaceFile([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $wanted = Get-RequiredField $Operation 'staged_sha256'
    $staged = Get-SideName $path $Context['run'] 'new'
    $old = Get-SideName $path $Context['run'] 'old'
    $null = Repair-Replacement $staged $path $old
    $detail = @{ sha256 = $wanted }
    if ([System.IO.File]::Exists($path) -and (Get-FileHashText $path) -eq $wanted) { return New-Outcome $false $detail }
    if (-not [System.IO.File]::Exists($staged)) { throw (New-NodeFailure 'not_found' "There is no staged file $staged.") }
    $found = Get-FileHashText $staged
    if ($found -ne $wanted) { throw (New-NodeFailure 'precondition' "The staged file $staged has the SHA-256 $found, expected was $wanted.") }
    # The first old file of a run is the one to go back to.
    $backup = if ([System.IO.File]::Exists($old)) { Get-SideName $path $Context['run'] 'bak' } else { $old }
    $wasThere = [System.IO.File]::Exists($path)
    Register-Undo $Context 'Undo-ReplaceFile' @{ path = $path; staged = $staged; backup = $backup; was_there = $wasThere; sha256 = $wanted }
    Move-IntoPlace $staged $path $backup
    New-Outcome $true $detail
}

function Undo-ReplaceFile([object]$Done, [object]$Context) {
    $path = $Done['path']
    $isReplaced = [System.IO.File]::Exists($path) -and (Get-FileHashText $path) -eq $Done['sha256']
    if (-not $isReplaced -and [System.IO.File]::Exists($path)) { return }
    if ($Done['was_there']) { Move-IntoPlace $Done['backup'] $path $Done['staged'] }
    else { Invoke-WhileHeld { [System.IO.File]::Move($path, $Done['staged']) } }
}

function Invoke-RestoreFile([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $run = Get-Field $Operation 'run' $Context['run']
    $old = Get-SideName $path $run 'old'
    $changed = [System.IO.File]::Exists($old)
    if ($changed) {
        $former = Get-SideName $path $run 'bak'
        Move-IntoPlace $old $path $former
        $null = Remove-FileIfThere $former
    }
    $removed = Remove-FileIfThere (Get-SideName $path $run 'new')
    New-Outcome ($changed -or $removed)
}

function Invoke-SettleFile([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    $run = Get-Field $Operation 'run' $Context['run']
    # Without the file itself its old one is all there is: that is for restore_file.
    if (-not [System.IO.File]::Exists($path) -and [System.IO.File]::Exists((Get-SideName $path $run 'old'))) {
        throw (New-NodeFailure 'not_found' "$path is not there, only its former bytes are.")
    }
    $changed = $false
    foreach ($kind in @('new', 'old', 'bak', 'tmp')) {
        if (Remove-FileIfThere (Get-SideName $path $run $kind)) { $changed = $true }
    }
    New-Outcome $changed
}

function Invoke-DeleteFile([object]$Operation, [object]$Context) {
    $path = Resolve-NodePath (Get-RequiredField $Operation 'path')
    if ([System.IO.Directory]::Exists($path)) { throw (New-NodeFailure 'access_denied' "$path is a folder.") }
    if (-not [System.IO.File]::Exists($path)) { return New-Outcome $false }
    Register-Undo $Context 'Restore-FileMemory' (Get-FileMemory $path)
    $null = Remove-FileIfThere $path
    New-Outcome $true
}
