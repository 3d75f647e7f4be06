# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# How a file gets other bytes without ever being half written: a temporary file beside it, flushed, with the access rules of the
# file it will be, then ReplaceFile with a backup. All names end in .config, which IIS's request filtering never serves.

#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeContract
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeAccounts
#AnsibleRequires -PowerShell ansible_collections.webfarm.signalr.plugins.module_utils.NodeMachine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# About six seconds in all.
$script:pauses = @(50, 100, 200, 400, 800, 1500, 3000)

# Sharing and lock violation, ReplaceFile's 1175 and 1176 (both files still have their names), and EAGAIN where this is tested.
$script:passing = @('80070020', '80070021', '80070497', '80070498', '0000000B')

# Carries out an action, again after a pause while another program holds the file.
function Invoke-WhileHeld([scriptblock]$Action) {
    for ($attempt = 0; ; $attempt++) {
        try { return & $Action }
        catch {
            if ($attempt -ge $script:pauses.Count -or (Get-ErrorNumber $_) -notin $script:passing) { throw }
            [System.Threading.Thread]::Sleep($script:pauses[$attempt])
        }
    }
}

# <name>.<run>.<kind>.config beside a file.
function Get-SideName([string]$Path, [string]$Run, [string]$Kind) {
    "$Path.$Run.$Kind.config"
}

function Get-SecurityText([string]$Path) {
    if (-not (Test-HasSecurity)) { return $null }
    Invoke-WindowsMachine 'GetSecurity' $Path
}

# Owner, group and rules without the flags that only say how the rules came about: Windows sets them anew when it writes rules.
function Get-SecurityMeaning([string]$Security) {
    $Security -replace '(?<=D:P?)(AI|AR)+', ''
}

function Test-SameSecurity([string]$Path, [string]$Security) {
    (Get-SecurityMeaning (Get-SecurityText $Path)) -eq (Get-SecurityMeaning $Security)
}

# Access rules first, then the owner, who may need a privilege; only what differs.
function Restore-Security([string]$Path, [object]$Security) {
    if ($null -eq $Security -or (Test-SameSecurity $Path $Security)) { return }
    Invoke-WindowsMachine 'SetAccessRules' $Path $Security
    if (Test-SameSecurity $Path $Security) { return }
    Invoke-WindowsAccount 'EnableRestorePrivilege'
    Invoke-WindowsMachine 'SetOwner' $Path $Security
    if (-not (Test-SameSecurity $Path $Security)) {
        throw (New-NodeFailure 'access_denied' "The owner and access rules of $Path could not be put back as they were.")
    }
}

# A new file with these bytes on the disk. The access rules come before the bytes, so that nobody reads what is not for him.
function New-FileWithBytes([string]$Path, [byte[]]$Bytes, [object]$Security) {
    $stream = New-Object System.IO.FileStream $Path, ([System.IO.FileMode]::Create), ([System.IO.FileAccess]::Write), ([System.IO.FileShare]::None)
    $stream.Dispose()
    try {
        if ($null -ne $Security) { Invoke-WindowsMachine 'SetAccessRules' $Path $Security }
        $stream = New-Object System.IO.FileStream $Path, ([System.IO.FileMode]::Open), ([System.IO.FileAccess]::Write), ([System.IO.FileShare]::None)
        try {
            $stream.Write($Bytes, 0, $Bytes.Length)
            $stream.Flush($true)
        }
        finally {
            $stream.Dispose()
        }
    }
    catch {
        [System.IO.File]::Delete($Path)
        throw
    }
}

function Remove-FileIfThere([string]$Path) {
    if (-not [System.IO.File]::Exists($Path)) { return $false }
    Invoke-WhileHeld { Clear-ReadOnly $Path; [System.IO.File]::Delete($Path) }
    $true
}

function Clear-ReadOnly([string]$Path) {
    $attributes = [System.IO.File]::GetAttributes($Path)
    if ($attributes -band [System.IO.FileAttributes]::ReadOnly) {
        [System.IO.File]::SetAttributes($Path, ($attributes -band -bnot [System.IO.FileAttributes]::ReadOnly))
    }
}

# ReplaceFile's error 1177 leaves no file of the name: the old one is the backup, the new one has its temporary name. Either the new
# one gets its name after all, or the old one gets it back.
function Repair-Replacement([string]$New, [string]$Path, [string]$Backup) {
    if ([System.IO.File]::Exists($Path) -or -not [System.IO.File]::Exists($Backup)) { return $false }
    if ([System.IO.File]::Exists($New)) {
        try {
            Invoke-WhileHeld { [System.IO.File]::Move($New, $Path) }
            return $true
        }
        catch {
            [System.IO.File]::Move($Backup, $Path)
            throw
        }
    }
    [System.IO.File]::Move($Backup, $Path)
    $false
}

# $New becomes $Path, what was there becomes $Backup; attributes, owner, group and access rules stay.
function Move-IntoPlace([string]$New, [string]$Path, [string]$Backup) {
    if (-not [System.IO.File]::Exists($Path)) {
        Invoke-WhileHeld { [System.IO.File]::Move($New, $Path) }
        return
    }
    $security = Get-SecurityText $Path
    $attributes = [System.IO.File]::GetAttributes($Path)
    Clear-ReadOnly $Path
    try {
        Invoke-WhileHeld { [System.IO.File]::Replace($New, $Path, $Backup, $true) }
    }
    catch {
        if (-not (Repair-Replacement $New $Path $Backup)) {
            if ([System.IO.File]::Exists($Path)) { [System.IO.File]::SetAttributes($Path, $attributes) }
            throw
        }
    }
    Restore-Security $Path $security
    if ([System.IO.File]::GetAttributes($Path) -ne $attributes) { [System.IO.File]::SetAttributes($Path, $attributes) }
}

# The file has these bytes afterwards, whether it was there or not. The former bytes are gone: who needs them keeps them.
function Write-FileBytes([string]$Path, [byte[]]$Bytes, [string]$Run, [object]$Security = $null) {
    $temporary = Get-SideName $Path $Run 'tmp'
    $backup = Get-SideName $Path $Run 'bak'
    $rules = if ([System.IO.File]::Exists($Path)) { Get-SecurityText $Path } else { $Security }
    Invoke-WhileHeld { New-FileWithBytes $temporary $Bytes $rules }
    try {
        Move-IntoPlace $temporary $Path $backup
        if ($null -ne $Security) { Restore-Security $Path $Security }
    }
    finally {
        $null = Remove-FileIfThere $temporary
        if ([System.IO.File]::Exists($Path)) { $null = Remove-FileIfThere $backup }
    }
}

# The bytes and the access rules of a file for an undo; $null bytes: there is no file.
function Get-FileMemory([string]$Path) {
    if (-not [System.IO.File]::Exists($Path)) { return @{ path = $Path; bytes = $null; security = $null } }
    @{ path = $Path; bytes = Read-FileBytes $Path; security = Get-SecurityText $Path }
}

function Restore-FileMemory([object]$Memory, [object]$Context) {
    if ($null -eq $Memory['bytes']) { $null = Remove-FileIfThere $Memory['path'] }
    else { Write-FileBytes $Memory['path'] $Memory['bytes'] $Context['run'] $Memory['security'] }
}
